package media

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"guatu/ledger"
)

// Refusals that have nothing to do with the picture.
var (
	ErrDigest     = errors.New("body is not what its digest says")
	ErrOverloaded = errors.New("too many uploads at once")
)

// Bounds of the intake (promises 3.9).
const (
	maxReceiving = 128 // bodies on their way in
	maxWorking   = 16  // uploads being checked, stored and committed
	workPatience = 5 * time.Second
	removeTime   = 8 * time.Second // of a swept object; its row is locked meanwhile
)

// Jobs enqueues a job in the transaction of the change that it follows from.
type Jobs interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// Parts are what a Store works with.
type Parts struct {
	Ledger     *ledger.Store
	Bucket     *Bucket
	Decoder    *Decoder
	Jobs       Jobs               // nil: the store is only read and checked
	Key        ed25519.PrivateKey // signs receipts
	PendingTTL time.Duration      // how long an unfinished upload may stay; 0: a day
	Log        *slog.Logger
}

// Store takes photos in, keeps them and hands them out.
type Store struct {
	Parts
	keyID     string
	receiving chan struct{}
	working   chan struct{}
	pass      func(point string) // failpoints of tests
}

// The places between which a crash must lose nothing (promises F1, F2, F15).
const (
	pointIntended  = "after_intent"
	pointPut       = "after_put"
	pointCommit    = "before_commit"
	pointCommitted = "after_commit"
	pointSwept     = "sweep_locked"
	pointRemoved   = "sweep_removed"
)

// New makes a Store. Where it takes photos in, it makes its signing key known to
// the ledger first.
func New(ctx context.Context, p Parts) (*Store, error) {
	if p.PendingTTL <= 0 {
		p.PendingTTL = 24 * time.Hour
	}
	public, ok := p.Key.Public().(ed25519.PublicKey)
	if !ok || len(p.Key) != ed25519.PrivateKeySize {
		return nil, errors.New("receipt key is not an Ed25519 key")
	}
	sum := sha256.Sum256(public)
	s := &Store{
		Parts: p, keyID: hex.EncodeToString(sum[:8]),
		receiving: make(chan struct{}, maxReceiving), working: make(chan struct{}, maxWorking),
		pass: func(string) {},
	}
	if p.Jobs == nil {
		return s, nil
	}
	if err := p.Ledger.PutReceiptKey(ctx, s.keyID, public); err != nil {
		return nil, fmt.Errorf("make receipt key known: %w", err)
	}
	return s, nil
}

// HashOf is a sum as the ledger writes it.
func HashOf(sum [sha256.Size]byte) string { return "sha256:" + hex.EncodeToString(sum[:]) }

// SumOf reads what HashOf wrote.
func SumOf(hash string) (sum [sha256.Size]byte, err error) {
	b, err := hex.DecodeString(hash[min(len(hash), len("sha256:")):])
	if err != nil || len(b) != len(sum) || HashOf([sha256.Size]byte(b)) != hash {
		return sum, fmt.Errorf("%q is not a sha256 hash", hash)
	}
	return [sha256.Size]byte(b), nil
}

// signed is the text of a receipt: what the server vouches for, keys in order.
type signed struct {
	County      string  `json:"county"`
	DuplicateOf *string `json:"duplicate_of,omitempty"`
	ID          string  `json:"id"`
	PersonID    int64   `json:"person_id"`
	ReceivedAt  string  `json:"received_at"`
	SHA256      string  `json:"sha256"`
	SiteID      *int64  `json:"site_id"`
	Size        int64   `json:"size"`
}

// sign makes the receipt of a photo. Its twin is named where the sender may see
// it; that there is one is told in any case by a flag.
func (s *Store) sign(ctx context.Context, p ledger.Photo, twin *ledger.Twin) (ledger.Receipt, error) {
	text := signed{
		County: p.County, ID: p.ID.String(), PersonID: p.PersonID, SHA256: p.Hash[len("sha256:"):],
		ReceivedAt: p.ReceivedAt.Format(time.RFC3339Nano), SiteID: p.SiteID, Size: p.Size,
	}
	if twin != nil && (twin.PersonID == p.PersonID || ledger.ScopeOf(ctx).Covers(twin.County, twin.ProjectID)) {
		id := twin.ID.String()
		text.DuplicateOf = &id
	}
	body, err := json.Marshal(text)
	if err != nil {
		return ledger.Receipt{}, err
	}
	return ledger.Receipt{KeyID: s.keyID, Body: string(body), Signature: ed25519.Sign(s.Key, body)}, nil
}

// Sweep gives up unfinished uploads that are older than PendingTTL and returns
// how many. Several servers may sweep at once.
func (s *Store) Sweep(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		hash, err := s.Ledger.Sweep(ledger.System(ctx), s.PendingTTL, s.removeOrphan)
		if err != nil || hash == "" {
			return n, err
		}
		s.Log.InfoContext(ctx, "swept an unfinished upload", "hash", hash)
	}
}

// removeOrphan hides an object behind a marker; where the store keeps versions,
// the bytes stay reachable by theirs.
func (s *Store) removeOrphan(ctx context.Context, hash string) error {
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	sum, err := SumOf(hash)
	if err != nil {
		return err
	}
	key := ObjectKey(sum)
	s.pass(pointSwept)
	defer s.pass(pointRemoved)
	if _, err := s.Bucket.Head(ctx, key, ""); err != nil {
		if errors.Is(err, ErrNoObject) {
			return nil
		}
		return err
	}
	return s.Bucket.Delete(ctx, key, "")
}

// KeepSweeping sweeps every interval until ctx ends. A failure costs a line in
// the log and the next try.
func (s *Store) KeepSweeping(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "could not sweep uploads", "err", err)
		}
	}
}

// OpenOriginal reads a photo's own bytes from an offset on; a negative n means
// to the end. A read of all of them is checked: where they are not what the
// ledger says, the reader fails with ErrWrongBytes before its last bytes.
func (s *Store) OpenOriginal(ctx context.Context, o ledger.Original, from, n int64) (io.ReadCloser, error) {
	sum, err := SumOf(o.Hash)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, ObjectKey(sum), o.VersionID, sum, o.Size, from, n)
}

// OpenSmaller reads a derivative's bytes in the same way.
func (s *Store) OpenSmaller(ctx context.Context, d ledger.Smaller, from, n int64) (io.ReadCloser, error) {
	sum, err := SumOf(d.Hash)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, d.Key, "", sum, d.Size, from, n)
}

func (s *Store) open(ctx context.Context, key, version string, sum [sha256.Size]byte, size, from, n int64) (io.ReadCloser, error) {
	body, _, err := s.Bucket.Get(ctx, key, version, from, n)
	if err != nil {
		return nil, err
	}
	if from > 0 || n >= 0 && n < size {
		return body, nil
	}
	return &checked{from: body, hash: sha256.New(), want: sum, left: size}, nil
}
