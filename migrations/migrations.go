// Package migrations holds the schema and brings a database up to it: our own
// files by goose, then River's tables, both under one advisory lock, so that
// several servers may start at once.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var files embed.FS

// AppRole is a role without login that owns nothing. A server that is handed a
// superuser's DSN steps down to it, because row level security does not bind a
// superuser.
const AppRole = "guatu_app"

// lockKey is the advisory lock that one migrator at a time holds ("guatu" in ASCII).
const lockKey = 0x6775617475

// lockPatience bounds how long a start waits for another server's migration.
const lockPatience = 2 * time.Minute

// ErrNoPostGIS says that the extension is missing and that this role may not create it.
var ErrNoPostGIS = errors.New("postgis is not installed in this database and the role may not create it")

// Up brings the database behind dsn to the newest schema and returns its version.
// A killed run is finished by the next one: each file is a transaction of its own.
func Up(ctx context.Context, dsn string, log *slog.Logger) (int64, error) {
	conf, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return 0, fmt.Errorf("read database url: %w", err)
	}
	conf.MaxConns = 3
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer pool.Close()
	unlock, err := lock(ctx, pool, log)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if err := postgis(ctx, pool); err != nil {
		return 0, err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	version, err := own(ctx, db, log)
	if err != nil {
		return 0, err
	}
	if err := river(ctx, pool, log); err != nil {
		return 0, err
	}
	return version, grant(ctx, pool)
}

// Latest is the version of the newest file.
func Latest() (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	return goose.NumericComponent(names[len(names)-1])
}

// Version is the version that the database has, 0 where it has none.
func Version(ctx context.Context, pool *pgxpool.Pool) (int64, error) {
	var version int64
	err := pool.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" {
		return 0, nil
	}
	return version, err
}

// Hash names the schema: the test databases' template carries it.
func Hash() string {
	sum := sha256.New()
	names, _ := fs.Glob(files, "*.sql")
	for _, name := range names {
		body, _ := files.ReadFile(name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(body), body)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

func lock(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) (func(), error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	wait, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for told := false; ; {
		var got bool
		if err := conn.QueryRow(wait, "SELECT pg_try_advisory_lock($1)", lockKey).Scan(&got); err != nil {
			conn.Release()
			return nil, fmt.Errorf("take the migration lock: %w", err)
		}
		if got {
			break
		}
		if !told {
			log.Info("another server is migrating, waiting")
			told = true
		}
		select {
		case <-wait.Done():
			conn.Release()
			return nil, fmt.Errorf("another server has held the migration lock for %s: %w", lockPatience, wait.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
	return func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lockKey)
		conn.Release()
	}, nil
}

func postgis(ctx context.Context, pool *pgxpool.Pool) error {
	var there bool
	err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis')").Scan(&there)
	if err != nil {
		return fmt.Errorf("look for postgis: %w", err)
	}
	if there {
		return nil
	}
	if _, err := pool.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS postgis"); err != nil {
		return fmt.Errorf("%w: %w", ErrNoPostGIS, err)
	}
	return nil
}

func own(ctx context.Context, db *sql.DB, log *slog.Logger) (int64, error) {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	for _, r := range results {
		log.Info("migrated", "file", r.Source.Path, "took", r.Duration.Round(time.Millisecond))
	}
	return provider.GetDBVersion(ctx)
}

func river(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	quiet := slog.New(slog.DiscardHandler)
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return fmt.Errorf("read job migrations: %w", err)
	}
	done, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	if len(done.Versions) > 0 {
		log.Info("job tables migrated", "versions", len(done.Versions))
	}
	return nil
}

// grant lets AppRole work with the tables, where this role may make it at all.
func grant(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '`+AppRole+`') THEN
			CREATE ROLE `+AppRole+` NOLOGIN;
		END IF;
		EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
	END $$`)
	if err != nil {
		return fmt.Errorf("make role %s: %w", AppRole, err)
	}
	var there bool
	if err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", AppRole).Scan(&there); err != nil || !there {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "GRANT USAGE ON SCHEMA public TO "+AppRole+
			"; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO "+AppRole+
			"; GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO "+AppRole)
		return err
	})
}
