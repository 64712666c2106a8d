package ledgertest

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Explain is PostgreSQL's plan for the statement in file with these arguments.
func Explain(t testing.TB, ctx context.Context, pool *pgxpool.Pool, file string, args pgx.StrictNamedArgs) string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := pool.Query(ctx, "EXPLAIN "+string(body), args)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("explain %s: %v", file, err)
	}
	return strings.Join(lines, "\n")
}
