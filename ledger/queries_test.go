package ledger_test

import (
	"path/filepath"
	"testing"

	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

// TestQueriesPrepare prepares every statement of the house against the migrated
// schema: a column that is renamed or a type that cannot be told fails here.
func TestQueriesPrepare(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../*/sql/*.sql")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d statements, %v", len(files), err)
	}
	store := ledgertest.Open(t)
	ctx := ledger.System(t.Context())
	for _, file := range files {
		ledgertest.Prepare(t, ctx, store.Pool(), file)
	}
}
