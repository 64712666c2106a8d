// Package ledgertest gives tests a ledger with rows in it.
package ledgertest

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guatu/ledger"
	"guatu/migrations/pgtest"
)

// Open returns a ledger on a migrated database of the test's own, on the real clock.
func Open(t testing.TB) *ledger.Store {
	t.Helper()
	return OpenAt(t, time.Now)
}

// OpenAt is Open with the test's own clock.
func OpenAt(t testing.TB, now func() time.Time) *ledger.Store {
	t.Helper()
	pool, err := ledger.Open(t.Context(), pgtest.New(t), func(conf *pgxpool.Config) { conf.MaxConns = 8 })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return ledger.NewStore(pool, now)
}

// Prepare fails the test where PostgreSQL cannot prepare the statement in file.
func Prepare(t testing.TB, ctx context.Context, pool *pgxpool.Pool, file string) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(body), "-- ") {
		t.Errorf("%s: the first line must say what it returns", file)
	}
	text, _, err := pgx.NamedArgs{}.RewriteQuery(ctx, nil, string(body), nil)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Conn().PgConn().Prepare(ctx, "", text, nil); err != nil {
		t.Errorf("%s: %v", file, err)
	}
}
