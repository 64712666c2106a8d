package ledger_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

func TestSealsBreakWhereAnEventIsTouched(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]string{
		"untouched": "",
		"altered":   "UPDATE event SET after = '{\"n\": 99}' WHERE id = (SELECT event_id FROM event_seal WHERE seq = 3)",
		"removed":   "DELETE FROM event WHERE id = (SELECT event_id FROM event_seal WHERE seq = 3)",
		"swapped":   "UPDATE event_seal SET event_id = event_id + 1000000 WHERE seq IN (2, 3); UPDATE event_seal SET event_id = event_id - 1000000 - 1 WHERE seq = 3; UPDATE event_seal SET event_id = event_id - 1000000 + 1 WHERE seq = 2",
		"unsealed":  "DELETE FROM event_seal WHERE seq = 3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := ledgertest.Open(t)
			for i := range 6 {
				err := store.Write(t.Context(), func(pgx.Tx) ([]ledger.Event, error) {
					return []ledger.Event{{Verb: "test.made", After: ledger.JSON(map[string]int{"n": i})}}, nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			n := 0
			for range 3 { // settled events come a little at a time
				m, err := store.Seal(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				n += m
			}
			if n != 6 {
				t.Fatalf("sealed %d of 6", n)
			}
			if harm != "" {
				ledgertest.Tamper(t, store, harm)
			}
			held, err := store.VerifySeals(t.Context())
			if harm == "" && (err != nil || held != 6) {
				t.Errorf("VerifySeals = %d, %v", held, err)
			}
			if harm != "" && !errors.Is(err, ledger.ErrChain) {
				t.Errorf("VerifySeals = %d, %v, want ErrChain", held, err)
			}
		})
	}
}
