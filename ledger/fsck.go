package ledger

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Fault is a row, an object or a wall that breaks an invariant of the promises
// (I1–I8). Code names the way; it is stable.
type Fault struct {
	Invariant string
	Subject   string
	Code      string `db:"fault"`
	Detail    string
}

// CheckRows looks for faults that the database alone can tell: I1 and I3–I6.
// Uploads may be pending for ttl.
func (s *Store) CheckRows(ctx context.Context, ttl time.Duration) ([]Fault, error) {
	rows, err := s.pool.Query(ctx, query("fsck_rows"), pgx.StrictNamedArgs{"ttl_s": ttl.Seconds()})
	if err != nil {
		return nil, fmt.Errorf("check rows: %w", err)
	}
	faults, err := pgx.CollectRows(rows, pgx.RowToStructByName[Fault])
	if err != nil {
		return nil, fmt.Errorf("check rows: %w", err)
	}
	if _, err := s.VerifySeals(ctx); errors.Is(err, ErrChain) {
		faults = append(faults, Fault{"I5", "event", "chain_broken", err.Error()})
	} else if err != nil {
		return nil, err
	}
	return faults, nil
}

// CheckReceipts verifies every receipt: that its signature holds and that it
// speaks of the photo that it belongs to (I1). It returns how many there are.
func (s *Store) CheckReceipts(ctx context.Context) (n int, faults []Fault, err error) {
	rows, err := s.pool.Query(ctx, query("fsck_receipts"))
	if err != nil {
		return 0, nil, fmt.Errorf("check receipts: %w", err)
	}
	var (
		id                uuid.UUID
		body, hash        string
		signature, public []byte
		size, person      int64
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &body, &signature, &public, &hash, &size, &person}, func() error {
		n++
		var says struct {
			ID       string `json:"id"`
			SHA256   string `json:"sha256"`
			Size     int64  `json:"size"`
			PersonID int64  `json:"person_id"`
		}
		switch {
		case len(public) != ed25519.PublicKeySize || !ed25519.Verify(public, []byte(body), signature):
			faults = append(faults, Fault{"I1", photoSubject(id), "receipt_forged", ""})
		case json.Unmarshal([]byte(body), &says) != nil || says.ID != id.String() || "sha256:"+says.SHA256 != hash || says.Size != size || says.PersonID != person:
			faults = append(faults, Fault{"I1", photoSubject(id), "receipt_of_other", body})
		}
		return nil
	})
	if err != nil {
		return n, nil, fmt.Errorf("check receipts: %w", err)
	}
	return n, faults, nil
}

// NamedObject is an object that a row names. Key is empty for a blob: its hash
// says where it is.
type NamedObject struct {
	Key       string
	Hash      string
	Size      int64
	VersionID string
	ETag      string // empty for a derivative
}

// NamedObjects calls f with every object that should be in the store.
func (s *Store) NamedObjects(ctx context.Context, f func(NamedObject)) error {
	rows, err := s.pool.Query(ctx, query("fsck_objects"))
	if err != nil {
		return fmt.Errorf("list named objects: %w", err)
	}
	var o NamedObject
	_, err = pgx.ForEachRow(rows, []any{&o.Key, &o.Hash, &o.Size, &o.VersionID, &o.ETag}, func() error {
		f(o)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list named objects: %w", err)
	}
	return nil
}

// Names says whether a row names an object by its hash or its key, or a photo
// waits for derivatives of source.
func (s *Store) Names(ctx context.Context, hash, key, source string) (known bool, err error) {
	err = s.pool.QueryRow(ctx, query("fsck_object_known"), pgx.StrictNamedArgs{"hash": hash, "key": key, "source": source}).Scan(&known)
	return known, err
}

// CheckWalls looks through the connections as each county and as nobody: what
// belongs to another must not be seen, whatever the statement says (I8).
func (s *Store) CheckWalls(ctx context.Context) ([]Fault, error) {
	var faults []Fault
	rows, err := s.pool.Query(ctx, query("fsck_walls"))
	if err != nil {
		return nil, fmt.Errorf("check walls: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("check walls: %w", err)
	}
	for _, what := range open {
		faults = append(faults, Fault{"I8", what, "wall_open", ""})
	}
	rows, err = s.pool.Query(System(ctx), query("fsck_photo_counties"))
	if err != nil {
		return nil, fmt.Errorf("check walls: %w", err)
	}
	counties, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("check walls: %w", err)
	}
	for _, county := range append(counties, "") {
		scope := Scope{}
		if county != "" {
			scope.Counties = []string{county}
		}
		var n int64
		if err := s.pool.QueryRow(WithScope(ctx, scope), query("fsck_foreign"), pgx.StrictNamedArgs{"county": county}).Scan(&n); err != nil {
			return nil, fmt.Errorf("check walls: %w", err)
		}
		if n > 0 {
			faults = append(faults, Fault{"I8", "county " + county, "foreign_rows", fmt.Sprint(n)})
		}
	}
	return faults, nil
}
