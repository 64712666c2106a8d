package mediatest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"guatu/ledger"
	"guatu/ledger/ledgertest"
	"guatu/media"
	"guatu/media/buckettest"
	"guatu/migrations/pgtest"
)

// House is an intake on a database and a bucket of the test's own, with two
// counties that have a site each and an inspector each.
type House struct {
	T      testing.TB
	Ledger *ledger.Store
	Bucket *media.Bucket
	Store  *media.Store
	Jobs   *river.Client[pgx.Tx]
	clock  atomic.Int64 // how far the test's clock is ahead
}

// Key signs the receipts of tests.
var Key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// Open makes a house. Its clock is the real one plus what Pass adds.
func Open(t testing.TB) *House {
	t.Helper()
	h := &House{T: t, Bucket: buckettest.Open(t)}
	pool, err := ledger.Open(t.Context(), pgtest.New(t), ledger.Limits(5*time.Second, 3*time.Second), func(c *pgxpool.Config) { c.MaxConns = 12 })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	h.Ledger = ledger.NewStore(pool, func() time.Time { return time.Now().Add(time.Duration(h.clock.Load())) })
	ledgertest.Areas(t, h.Ledger)
	if h.Jobs, err = river.NewClient(riverpgxv5.New(pool), &river.Config{}); err != nil {
		t.Fatal(err)
	}
	h.Store = h.Another()
	return h
}

// Another is a second server on the same database and bucket.
func (h *House) Another() *media.Store {
	h.T.Helper()
	return store(h.T, h.Ledger, h.Bucket, h.Jobs)
}

// On is an intake on somebody else's ledger, with a bucket of its own. Its jobs
// are enqueued and stay where they are.
func On(t testing.TB, l *ledger.Store) *media.Store {
	t.Helper()
	return OnBucket(t, l, buckettest.Open(t))
}

// OnBucket is On with a bucket that the test chose.
func OnBucket(t testing.TB, l *ledger.Store, b *media.Bucket) *media.Store {
	t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(l.Pool()), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return store(t, l, b, jobs)
}

func store(t testing.TB, l *ledger.Store, b *media.Bucket, jobs media.Jobs) *media.Store {
	t.Helper()
	s, err := media.New(t.Context(), media.Parts{
		Ledger: l, Bucket: b, Decoder: media.NewDecoder(2), Jobs: jobs, Key: Key,
		PendingTTL: 24 * time.Hour, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Pass lets time go by, for the server's clock and for what lies pending and is
// not held by a transaction.
func (h *House) Pass(d time.Duration) {
	h.T.Helper()
	h.clock.Add(int64(d))
	for table, key := range map[string]string{"blob": "hash", "upload": "id"} {
		h.Exec("UPDATE "+table+" SET touched_at = touched_at - make_interval(secs => $1) WHERE "+key+
			" IN (SELECT "+key+" FROM "+table+" WHERE state = 'pending' FOR UPDATE SKIP LOCKED)", d.Seconds())
	}
}

// Exec runs a statement as the system.
func (h *House) Exec(sql string, args ...any) {
	h.T.Helper()
	if _, err := h.Ledger.Pool().Exec(ledger.System(context.Background()), sql, args...); err != nil {
		h.T.Fatalf("%s: %v", sql, err)
	}
}

// Count is the number that a query of the system answers.
func (h *House) Count(sql string, args ...any) (n int) {
	h.T.Helper()
	if err := h.Ledger.Pool().QueryRow(ledger.System(context.Background()), sql, args...).Scan(&n); err != nil {
		h.T.Fatalf("%s: %v", sql, err)
	}
	return n
}

// Project adds a project in a county.
func (h *House) Project(county string) (id int64) {
	h.T.Helper()
	err := h.Ledger.Pool().QueryRow(context.Background(), `WITH p AS (
			INSERT INTO project (name, area) VALUES ('示例 ' || gen_random_uuid(), $1) RETURNING id)
		INSERT INTO project_area (project_id, county) SELECT id, $1 FROM p RETURNING project_id`, county).Scan(&id)
	if err != nil {
		h.T.Fatal(err)
	}
	return id
}

// Site adds a square kilometre to a project.
func (h *House) Site(county string, project int64) (id int64) {
	h.T.Helper()
	err := h.Ledger.Pool().QueryRow(context.Background(), `INSERT INTO site (county, project_id, name, boundary)
		VALUES ($1, $2, '示例点位', ST_Multi(ST_MakeEnvelope(114.03, 33.57, 114.04, 33.58, 4490))) RETURNING id`, county, project).Scan(&id)
	if err != nil {
		h.T.Fatal(err)
	}
	return id
}

// Sender is somebody who sends photos, in the context of their scope.
type Sender struct {
	House  *House
	ID     int64
	County string
	Scope  ledger.Scope
	Site   *int64
}

// Sender adds an inspector with a project and a site in a county.
func (h *House) Sender(county string) *Sender {
	h.T.Helper()
	project := h.Project(county)
	site := h.Site(county, project)
	id, err := h.Ledger.AddPerson(context.Background(), ledger.NewPerson{Login: "i" + strings.ReplaceAll(uuid.NewString(), "-", ""), Name: "示例盯办人"},
		[]ledger.NewGrant{{Role: ledger.Inspector, ProjectID: project}})
	if err != nil {
		h.T.Fatal(err)
	}
	return &Sender{h, id, county, ledger.Scope{Projects: []int64{project}, Person: id}, &site}
}

// Context carries the sender's scope and name.
func (s *Sender) Context() context.Context {
	ctx := ledger.WithScope(s.House.T.Context(), s.Scope)
	return ledger.WithActor(ctx, ledger.Actor{PersonID: s.ID, Trace: "test"})
}

// Send has a server accept these bytes under an id.
func (s *Sender) Send(to *media.Store, id uuid.UUID, b []byte, change ...func(*media.Incoming)) (media.Accepted, error) {
	body, err := to.Receive(s.Context(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return media.Accepted{}, err
	}
	defer body.Close()
	in := media.Incoming{ID: id, PersonID: s.ID, SiteID: s.Site, HomeCounty: s.County, Digest: sha256.Sum256(b), Body: body}
	for _, c := range change {
		c(&in)
	}
	return to.Accept(s.Context(), in)
}

// Must is Send that has to succeed.
func (s *Sender) Must(b []byte) media.Accepted {
	s.House.T.Helper()
	a, err := s.Send(s.House.Store, uuid.Must(uuid.NewV7()), b)
	if err != nil {
		s.House.T.Fatal(err)
	}
	return a
}

// Objects are the keys that the bucket holds.
func (h *House) Objects() (keys []string) {
	h.T.Helper()
	for o, err := range h.Bucket.List(context.Background(), "") {
		if err != nil {
			h.T.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

// Rows says what the tables of the way of a photo hold, in one line.
func (h *House) Rows() string {
	h.T.Helper()
	out := ""
	for _, table := range []string{"upload", "blob", "photo", "receipt", "river_job"} {
		out += fmt.Sprintf("%s %d ", table, h.Count("SELECT count(*) FROM "+table))
	}
	return out + fmt.Sprintf("received %d", h.Count("SELECT count(*) FROM event WHERE verb = 'photo.received'"))
}
