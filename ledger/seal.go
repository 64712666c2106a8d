package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The chain of events (promises 3.7): each seal is SHA-256(prev ‖ canonical row),
// so that a row that is changed, removed or slipped in breaks every later seal.
// What is cut off at the end shows only against a checkpoint kept elsewhere.

// sealLock is the advisory lock of the one sealer ("seal" in ASCII).
const sealLock = 0x7365616c

const sealBatch = 1000

// ErrChain is wrapped by every broken link that VerifySeals finds.
var ErrChain = errors.New("event chain broken")

// KeepSealing seals settled events every interval until ctx ends. Of several
// servers one at a time does the work.
func (s *Store) KeepSealing(ctx context.Context, every time.Duration, fault func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for {
			n, err := s.Seal(ctx)
			if err != nil && ctx.Err() == nil {
				fault(err)
			}
			if err != nil || n < sealBatch {
				break
			}
		}
	}
}

// Seal chains the oldest events that are settled and not yet sealed, and
// returns how many. It does nothing while another server seals.
func (s *Store) Seal(ctx context.Context) (int, error) {
	sealed := 0
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, query("seal_lock"), pgx.StrictNamedArgs{"lock": sealLock}).Scan(&mine); err != nil || !mine {
			return err
		}
		var (
			seq  int64
			prev []byte
		)
		err := tx.QueryRow(ctx, query("seal_last")).Scan(&seq, &prev)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var settled int64
		if err := tx.QueryRow(ctx, query("event_settled")).Scan(&settled); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, query("seal_next"), pgx.StrictNamedArgs{"settled": settled, "max": sealBatch})
		if err != nil {
			return err
		}
		type unsealed struct {
			ID        int64
			Canonical string
		}
		events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[unsealed])
		if err != nil {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"event_seal"}, []string{"seq", "event_id", "prev", "hash"},
			pgx.CopyFromSlice(len(events), func(i int) ([]any, error) {
				hash := link(prev, events[i].Canonical)
				row := []any{seq + int64(i) + 1, events[i].ID, nonNil(prev), hash}
				prev = hash
				return row, nil
			}))
		sealed = len(events)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("seal events: %w", err)
	}
	return sealed, nil
}

func link(prev []byte, canonical string) []byte {
	sum := sha256.New()
	sum.Write(prev)
	sum.Write([]byte(canonical))
	return sum.Sum(nil)
}

// VerifySeals walks the whole chain and returns how many seals hold. The error
// wraps ErrChain and names the first event at which the chain breaks.
func (s *Store) VerifySeals(ctx context.Context) (int64, error) {
	rows, err := s.pool.Query(ctx, query("seal_walk"))
	if err != nil {
		return 0, fmt.Errorf("walk the chain: %w", err)
	}
	defer rows.Close()
	var (
		n    int64
		prev []byte
	)
	for rows.Next() {
		var (
			seq, event  int64
			before, got []byte
			canonical   *string
		)
		if err := rows.Scan(&seq, &event, &before, &got, &canonical); err != nil {
			return n, fmt.Errorf("walk the chain: %w", err)
		}
		n++
		switch {
		case seq != n:
			return n - 1, fmt.Errorf("%w: seal %d is missing", ErrChain, n)
		case canonical == nil:
			return n - 1, fmt.Errorf("%w: event %d of seal %d is gone", ErrChain, event, seq)
		case string(before) != string(prev) || string(link(prev, *canonical)) != string(got):
			return n - 1, fmt.Errorf("%w: event %d of seal %d was altered", ErrChain, event, seq)
		}
		prev = got
	}
	return n, rows.Err()
}
