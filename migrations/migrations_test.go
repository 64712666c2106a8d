package migrations_test

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"guatu/migrations"
	"guatu/migrations/pgtest"
)

func TestUpByManyServersAtOnce(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Empty(t)
	latest, err := migrations.Latest()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			got, err := migrations.Up(t.Context(), dsn, slog.New(slog.DiscardHandler))
			if err != nil || got != latest {
				t.Errorf("Up = %d, %v, want %d", got, err, latest)
			}
		})
	}
	all.Wait()
}

func TestEventsAreAppendOnly(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(t.Context(), "INSERT INTO event (verb) VALUES ('test.made')"); err != nil {
		t.Fatal(err)
	}
	for name, statement := range map[string]string{
		"update":   "UPDATE event SET verb = 'x'",
		"delete":   "DELETE FROM event",
		"truncate": "TRUNCATE event CASCADE",
	} {
		if _, err := pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s of an event went through", name)
		}
	}
}
