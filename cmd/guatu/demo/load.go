package demo

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guatu/geo"
	"guatu/ledger"
	"guatu/media"
)

var (
	// ErrNotEmpty says that the ledger has projects that are not the demo's: the
	// demo is never mixed into them.
	ErrNotEmpty = errors.New("the ledger has other projects")
	// ErrOtherDemo says that another city was loaded here before.
	ErrOtherDemo = errors.New("another city is loaded")
)

// A Loader puts a city into an installation.
type Loader struct {
	DSN     string        // owner of the tables; large tables go in by COPY
	Pool    *pgxpool.Pool // of ledger.Open, for everything that has a store
	Bucket  *media.Bucket
	Decoder *media.Decoder
	Jobs    media.Jobs
	Key     ed25519.PrivateKey // signs the receipts
	Log     *slog.Logger
	// Report is told how far a step is; total is 0 while it is not known.
	Report func(step string, done, total int)
}

// Loaded says what a load did, or what an earlier one had done.
type Loaded struct {
	Already  bool                     `json:"-"` // nothing was left to do
	Now      time.Time                `json:"now"`
	Projects int                      `json:"projects"`
	Sites    int                      `json:"sites"`
	People   int                      `json:"people"`
	Photos   int                      `json:"photos"`
	Layers   map[string]int           `json:"-"` // patches of each layer
	Took     map[string]time.Duration `json:"-"`
}

// subject is what the events of a load are about; its verbs say how far it came.
const subject = "demo"

const (
	verbBegan  = "demo.began"
	verbCity   = "demo.city"
	verbLoaded = "demo.loaded"
)

// plan is what a load set out to do; it stands in its first event.
type plan struct {
	Seed   uint64    `json:"seed"`
	Sites  int       `json:"sites"`
	Photos bool      `json:"photos"`
	Now    time.Time `json:"now"`
}

// A mark is one of the events that say how far a load came.
type mark struct {
	Verb  string
	After json.RawMessage
}

// Load puts the city of o into the installation. What an interrupted load left
// out is added; a second load changes nothing and says so. o.Now is the moment
// of the city's story, and an interrupted load goes on with its own.
//
// Errors: ErrNotEmpty, ErrOtherDemo.
func (l *Loader) Load(ctx context.Context, o Options) (Loaded, error) {
	ctx = ledger.System(ctx)
	out := Loaded{Layers: map[string]int{}, Took: map[string]time.Duration{}}
	if o.Sites > 0 {
		if err := l.city(ctx, o, &out); err != nil {
			return out, err
		}
	}
	if o.Patches > 0 {
		began := time.Now()
		added, err := l.patches(ctx, o, out.Layers)
		if err != nil {
			return out, err
		}
		out.Already = !added && (o.Sites == 0 || out.Already)
		out.Took["patches"] = time.Since(began)
	}
	return out, nil
}

// step runs one part of a load and notes how long it took.
func (out *Loaded) step(name string, do func() error) error {
	began := time.Now()
	err := do()
	out.Took[name] = time.Since(began)
	if err != nil {
		return fmt.Errorf("load %s: %w", name, err)
	}
	return nil
}

func (l *Loader) city(ctx context.Context, o Options, out *Loaded) error {
	store := ledger.NewStore(l.Pool, time.Now)
	o, last, err := l.settle(ctx, store, o)
	if err != nil {
		return err
	}
	out.Now = o.Now
	if last.Verb == verbLoaded {
		out.Already = true
		return json.Unmarshal(last.After, out)
	}
	began := time.Now()
	c := Generate(o)
	out.Took["generate"] = time.Since(began)
	out.Projects, out.Sites, out.People, out.Photos = len(c.Projects), c.siteCount(), len(c.People), len(c.Shots)
	if last.Verb == verbBegan {
		if err := out.step("city", func() error { return l.rows(ctx, store, c) }); err != nil {
			return err
		}
	}
	if err := out.step("photos", func() error { return l.photos(ctx, c) }); err != nil {
		return err
	}
	return note(ctx, store, verbLoaded, out)
}

// settle finds out how far an earlier load came, and begins one where there was
// none. It returns the options to go on with.
func (l *Loader) settle(ctx context.Context, store *ledger.Store, o Options) (Options, mark, error) {
	o.Now = o.Now.Truncate(time.Second)
	rows, err := l.Pool.Query(ctx, "SELECT verb, coalesce(after, '{}') AS after FROM event WHERE subject = $1 AND verb = ANY ($2) ORDER BY id",
		subject, []string{verbBegan, verbCity, verbLoaded})
	if err != nil {
		return o, mark{}, fmt.Errorf("look for an earlier load: %w", err)
	}
	marks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[mark])
	if err != nil {
		return o, mark{}, fmt.Errorf("look for an earlier load: %w", err)
	}
	want := plan{o.Seed, o.Sites, o.Photos, o.Now}
	if len(marks) > 0 {
		var was plan
		if err := json.Unmarshal(marks[0].After, &was); err != nil {
			return o, mark{}, fmt.Errorf("read the earlier load's plan: %w", err)
		}
		o.Now, want.Now = was.Now, was.Now
		if was != want {
			return o, mark{}, fmt.Errorf("%w: seed %d with %d sites", ErrOtherDemo, was.Seed, was.Sites)
		}
		return o, marks[len(marks)-1], nil
	}
	var others int
	if err := l.Pool.QueryRow(ctx, "SELECT count(*) FROM project").Scan(&others); err != nil {
		return o, mark{}, fmt.Errorf("count projects: %w", err)
	}
	if others > 0 {
		return o, mark{}, fmt.Errorf("%w: %d", ErrNotEmpty, others)
	}
	return o, mark{Verb: verbBegan}, note(ctx, store, verbBegan, want)
}

func note(ctx context.Context, store *ledger.Store, verb string, after any) error {
	return store.Write(ctx, func(pgx.Tx) ([]ledger.Event, error) {
		return []ledger.Event{{Verb: verb, Subject: subject, After: ledger.JSON(after)}}, nil
	})
}

func (c *City) siteCount() int {
	n := 0
	for _, p := range c.Projects {
		n += len(p.Sites)
	}
	return n
}

// owner connects as the owner of the tables, with geometry.
func (l *Loader) owner(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, l.DSN)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := geo.Register(ctx, conn); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

func (l *Loader) report(step string, done, total int) {
	if l.Report != nil {
		l.Report(step, done, total)
	}
}
