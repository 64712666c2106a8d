package ledger_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

// A transaction that began first and commits last must not be skipped by a
// reader who has already seen the later one (promises F21).
func TestEventsOfALateCommitAreNotSkipped(t *testing.T) {
	t.Parallel()
	store := ledgertest.Open(t)
	ctx := t.Context()
	from, err := store.EndOfStream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen := func() (verbs []string) {
		events, err := store.EventsAfter(ctx, from, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			verbs = append(verbs, e.Verb)
			from = e.ID
		}
		return verbs
	}
	early, err := store.Pool().Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = early.Rollback(ctx) }()
	if err := ledger.Record(ctx, early, ledger.Event{Verb: "test.early"}); err != nil {
		t.Fatal(err)
	}
	if err := store.Write(ctx, func(pgx.Tx) ([]ledger.Event, error) { return []ledger.Event{{Verb: "test.late"}}, nil }); err != nil {
		t.Fatal(err)
	}
	if got := seen(); len(got) != 0 {
		t.Fatalf("read %v while an earlier transaction was open", got)
	}
	if err := early.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if got := seen(); len(got) != 2 || got[0] != "test.early" {
		t.Fatalf("read %v, want test.early, test.late", got)
	}
	if got := seen(); len(got) != 0 {
		t.Fatalf("read %v again", got)
	}
}
