// Package ledger is the domain (项目台账): projects and their ground, the people
// who answer for them, and everything that happened. It knows neither HTTP nor
// the object store.
package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"guatu/geo"
	"guatu/migrations"
)

var (
	// ErrNotFound is both "there is none" and "you may not know": a caller is
	// never told which.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the row has changed since the caller read it.
	ErrConflict = errors.New("changed by somebody else meanwhile")
	// ErrBusy says that a lock or the database could not be had in time; the
	// caller may try again.
	ErrBusy = errors.New("busy")
)

//go:embed sql/*.sql
var files embed.FS

var statements = load(files, "sql")

// load reads a folder of statements by name. It panics on an unreadable file,
// which cannot happen with embedded ones.
func load(from fs.FS, dir string) map[string]string {
	names, err := fs.Glob(from, dir+"/*.sql")
	if err != nil {
		panic(err)
	}
	all := make(map[string]string, len(names))
	for _, name := range names {
		body, err := fs.ReadFile(from, name)
		if err != nil {
			panic(err)
		}
		all[strings.TrimSuffix(strings.TrimPrefix(name, dir+"/"), ".sql")] = string(body)
	}
	return all
}

// query returns sql/<name>.sql; a name without a file is a mistake in the program.
func query(name string) string {
	text, ok := statements[name]
	if !ok {
		panic("no statement sql/" + name + ".sql")
	}
	return text
}

// Beijing is the zone in which duties and documents have their days.
var Beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// Day is the date that at has in Beijing, at 00:00 there.
func Day(at time.Time) time.Time {
	y, m, d := at.In(Beijing).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Beijing)
}

// Open connects to the database behind dsn. Connections know geometry (package
// geo), carry the scope of the context that they are used in, and never keep
// a superuser's rights: row level security binds all of them.
func Open(ctx context.Context, dsn string, more ...func(*pgxpool.Config)) (*pgxpool.Pool, error) {
	conf, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read database url: %w", err)
	}
	conf.ConnConfig.RuntimeParams["timezone"] = "UTC"
	conf.ConnConfig.RuntimeParams["application_name"] = "guatu"
	conf.AfterConnect = prepare
	conf.PrepareConn = carryScope
	for _, change := range more {
		change(conf)
	}
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return pool, nil
}

// Limits sets the bounds that a role works under (promises 3.9).
func Limits(statement, lock time.Duration) func(*pgxpool.Config) {
	return func(conf *pgxpool.Config) {
		conf.ConnConfig.RuntimeParams["statement_timeout"] = fmt.Sprint(statement.Milliseconds())
		conf.ConnConfig.RuntimeParams["lock_timeout"] = fmt.Sprint(lock.Milliseconds())
		conf.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "10000"
	}
}

func prepare(ctx context.Context, conn *pgx.Conn) error {
	var super bool
	err := conn.QueryRow(ctx, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").Scan(&super)
	if err != nil {
		return fmt.Errorf("look at own role: %w", err)
	}
	if super {
		if _, err := conn.Exec(ctx, "SET ROLE "+migrations.AppRole); err != nil {
			return fmt.Errorf("step down from superuser: %w", err)
		}
	}
	return geo.Register(ctx, conn)
}

// Store is the door to the ledger's rows.
type Store struct {
	pool *pgxpool.Pool
	now  func() time.Time
}

// NewStore works on pool; now is the server's clock.
func NewStore(pool *pgxpool.Pool, now func() time.Time) *Store {
	return &Store{pool: pool, now: now}
}

// Pool is for the neighbours (media, jobs) that share the connections.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Now is the server's clock.
func (s *Store) Now() time.Time { return s.now() }

// Write runs one change: do changes rows and says what happened, and the rows
// and their events commit together or not at all.
func (s *Store) Write(ctx context.Context, do func(tx pgx.Tx) ([]Event, error)) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		events, err := do(tx)
		if err != nil {
			return err
		}
		return RecordAll(ctx, tx, events)
	})
}

// Told turns a database error into the domain's word for it, by the name of the
// constraint that was broken; other errors pass through.
func Told(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	if word, ok := constraints[pg.ConstraintName]; ok && pg.ConstraintName != "" {
		return fmt.Errorf("%w: %w", word, err)
	}
	switch pg.Code {
	case "55P03", "57014", "40P01", "40001", "53300": // lock not available, cancelled, deadlock, serialization, too many connections
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

var (
	// ErrTaken says that a name or code that must be unique is in use.
	ErrTaken = errors.New("already taken")
	// ErrUnknownArea says that an area code is not in the tree.
	ErrUnknownArea = errors.New("unknown area")
	// ErrValue says that a value is outside its list or range.
	ErrValue = errors.New("value not allowed")
	// ErrInUse says that other rows still need this one.
	ErrInUse = errors.New("still in use")
)

// constraints is the one table from the database's promises to our words.
var constraints = map[string]error{
	"person_login_key":         ErrTaken,
	"org_name_key":             ErrTaken,
	"project_code_key":         ErrTaken,
	"project_name_in_area":     ErrTaken,
	"project_area_fkey":        ErrUnknownArea,
	"project_area_county_fkey": ErrUnknownArea,
	"site_county_fkey":         ErrUnknownArea,
	"person_grant_area_fkey":   ErrUnknownArea,
	"org_area_fkey":            ErrUnknownArea,
	"area_parent_fkey":         ErrUnknownArea,
	"project_stage":            ErrValue,
	"project_invest_wan_check": ErrValue,
	"member_role":              ErrValue,
	"building_state":           ErrValue,
	"person_grant_role":        ErrValue,
	"site_boundary_valid":      ErrValue,
	"building_footprint_valid": ErrValue,

	"person_grant_project_id_fkey": ErrNotFound,
	"site_project_id_fkey":         ErrInUse,
	"photo_county_site_id_fkey":    ErrInUse,
}
