package media

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/riverqueue/river"

	"guatu/ledger"
)

// DeriveArgs is the job that makes the derivatives of a blob.
type DeriveArgs struct {
	Hash string `json:"hash"`
}

// Kind names the job in the queue.
func (DeriveArgs) Kind() string { return "photo_derive" }

// InsertOpts puts these jobs into a queue of their own: it is as wide as the
// decoder, while others need not wait for pictures.
func (DeriveArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: DeriveQueue} }

// DeriveQueue is the queue of DeriveArgs; give it as many workers as the decoder has slots.
const DeriveQueue = "derive"

// Deriver works on DeriveArgs. Doing a job twice does no harm: what exists is
// kept, and what is made lies under a key that its source names.
type Deriver struct {
	river.WorkerDefaults[DeriveArgs]
	Store *Store
}

// Timeout bounds one try.
func (*Deriver) Timeout(*river.Job[DeriveArgs]) time.Duration { return time.Minute }

// Work makes the derivatives of one blob.
func (d *Deriver) Work(ctx context.Context, job *river.Job[DeriveArgs]) error {
	return d.Store.Derive(ledger.System(ctx), job.Args.Hash)
}

// Derive makes the derivatives of a stored blob and tells its photos. A picture
// that cannot be decoded is told as failed and is no error: trying again would
// not help.
func (s *Store) Derive(ctx context.Context, hash string) error {
	blob, err := s.Ledger.StoredBlob(ctx, hash)
	if err != nil {
		return fmt.Errorf("derive %s: %w", hash, err)
	}
	if blob.Derived {
		return nil
	}
	made, err := s.derivatives(ctx, hash, blob)
	if errors.Is(err, ErrBroken) {
		s.Log.WarnContext(ctx, "no derivatives of an undecodable photo", "hash", hash, "err", err)
		return s.Ledger.Derived(ctx, hash, nil)
	}
	if err != nil {
		return fmt.Errorf("derive %s: %w", hash, err)
	}
	return s.Ledger.Derived(ctx, hash, made)
}

func (s *Store) derivatives(ctx context.Context, hash string, blob ledger.StoredBlob) ([]ledger.Derivative, error) {
	sum, err := SumOf(hash)
	if err != nil {
		return nil, err
	}
	r, err := s.open(ctx, ObjectKey(sum), blob.VersionID, sum, blob.Size, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	picture, err := Sniff(b)
	if err != nil {
		return nil, err
	}
	made, err := s.Decoder.Derive(ctx, b, picture)
	if err != nil {
		return nil, err
	}
	rows := make([]ledger.Derivative, len(made))
	for i, d := range made {
		key := DerivativeKey(sum, d.Variant)
		small := sha256.Sum256(d.Bytes)
		if _, err := s.Bucket.Put(ctx, key, d.Bytes, small, string(JPEG)); err != nil {
			return nil, err
		}
		rows[i] = ledger.Derivative{
			Variant: string(d.Variant), Key: key, Hash: HashOf(small), Size: int64(len(d.Bytes)), Width: d.Width, Height: d.Height,
		}
	}
	return rows, nil
}

// DerivativeKey is where a variant of the bytes of this hash is kept.
func DerivativeKey(source [sha256.Size]byte, v Variant) string {
	return "derived" + ObjectKey(source)[len("sha256"):] + "/" + string(v) + ".jpg"
}
