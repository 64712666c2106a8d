// Package pgtest gives every test a migrated database of its own: a clone of a
// template that is named by the hash of the migrations, about 50 ms each.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guatu/migrations"
)

var template = sync.OnceValues(makeTemplate)

// New returns the DSN of a fresh database with the newest schema. It is dropped
// when the test ends. A test without DATABASE_URL fails: no database, no green.
func New(t testing.TB) string {
	t.Helper()
	name, err := template()
	if err != nil {
		t.Fatal(err)
	}
	return clone(t, "TEMPLATE "+name)
}

// Empty returns the DSN of a fresh database that has PostGIS and nothing else.
func Empty(t testing.TB) string {
	t.Helper()
	return clone(t, "")
}

func clone(t testing.TB, options string) string {
	t.Helper()
	ctx := t.Context()
	var random [6]byte
	_, _ = rand.Read(random[:])
	name := "guatu_test_" + hex.EncodeToString(random[:])
	admin, err := connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.WithoutCancel(ctx))
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name+" "+options); err != nil {
		t.Fatalf("create the test's database: %v", err)
	}
	t.Cleanup(func() { drop(t, name) })
	return at(name)
}

func drop(t testing.TB, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	admin, err := connect(ctx)
	if err != nil {
		t.Logf("drop %s: %v", name, err)
		return
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Logf("drop %s: %v", name, err)
	}
}

// makeTemplate migrates a database once for each state of the migrations. It is
// made under another name and renamed when it is whole, so that a killed run
// leaves nothing that looks finished.
func makeTemplate() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	name := "guatu_template_" + migrations.Hash()
	admin, err := connect(ctx)
	if err != nil {
		return "", err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	var there bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	half := name + "_half"
	if _, err := admin.Exec(ctx, "DROP DATABASE IF EXISTS "+half+" WITH (FORCE)"); err != nil {
		return "", err
	}
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+half); err != nil {
		return "", err
	}
	if _, err := migrations.Up(ctx, at(half), slog.New(slog.DiscardHandler)); err != nil {
		return "", fmt.Errorf("migrate the test template: %w", err)
	}
	_, err = admin.Exec(ctx, "ALTER DATABASE "+half+" RENAME TO "+name)
	return name, err
}

func connect(ctx context.Context) (*pgx.Conn, error) {
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		return nil, fmt.Errorf("DATABASE_URL is not set: run `make test`, or `guatu services -- go test ./…`")
	}
	return pgx.Connect(ctx, dsn)
}

// at is DATABASE_URL with another database in its path.
func at(name string) string {
	u, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil {
		return ""
	}
	u.Path = "/" + name
	return u.String()
}
