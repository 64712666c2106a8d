package ledgertest

import (
	"testing"

	"guatu/ledger"
)

// Tamper does to the audit tables what only an owner of the database can: it
// takes their guards off, runs the statements, and puts the guards back.
func Tamper(t testing.TB, store *ledger.Store, statements string) {
	t.Helper()
	for _, part := range []string{
		"ALTER TABLE event DISABLE TRIGGER USER; ALTER TABLE event_seal DISABLE TRIGGER USER; ALTER TABLE event_seal DROP CONSTRAINT IF EXISTS event_seal_event_id_fkey",
		statements,
		"ALTER TABLE event ENABLE TRIGGER USER; ALTER TABLE event_seal ENABLE TRIGGER USER",
	} {
		if _, err := store.Pool().Exec(ledger.System(t.Context()), part); err != nil {
			t.Fatalf("tamper: %v", err)
		}
	}
}
