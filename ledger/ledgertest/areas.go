package ledgertest

import (
	"testing"

	"guatu/ledger"
)

// Areas puts the administrative tree into the database: Henan, its cities and
// counties, Luohe's townships.
func Areas(t testing.TB, store *ledger.Store) {
	t.Helper()
	if _, err := store.PutAreas(t.Context(), ledger.BuiltinAreas()); err != nil {
		t.Fatal(err)
	}
}
