package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Scope is the ground that a caller may see: whole counties (6-digit codes; a
// city's own code stands for rows whose county is not known), single projects,
// and what the person sent in. The zero Scope sees nothing.
//
// Every scoped statement says
//
//	(@scope_all OR x.county = ANY (@scope_counties) OR x.project_id = ANY (@scope_projects))
type Scope struct {
	All      bool
	Counties []string
	Projects []int64
	Person   int64
}

// Args adds the scope's parameters to those of a statement.
func (s Scope) Args(more pgx.StrictNamedArgs) pgx.StrictNamedArgs {
	args := pgx.StrictNamedArgs{
		"scope_all":      s.All,
		"scope_counties": nonNil(s.Counties),
		"scope_projects": nonNil(s.Projects),
	}
	maps.Copy(args, more)
	return args
}

// Covers says whether a row of this county and project is inside.
func (s Scope) Covers(county string, project int64) bool {
	return s.All || slices.Contains(s.Counties, county) || project != 0 && slices.Contains(s.Projects, project)
}

// Class names what the scope may see, so that caches never mix two of them.
func (s Scope) Class() string {
	if s.All {
		return "all"
	}
	return strings.Join(s.Counties, ",") + "/" + joined(s.Projects)
}

func joined(ids []int64) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(words, ",")
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type scopeKey struct{}

// WithScope puts the caller's scope into the context; connections that are used
// under it see row-secured tables only as far as it reaches.
func WithScope(ctx context.Context, s Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

// ScopeOf is the scope in the context, the empty one where there is none.
func ScopeOf(ctx context.Context) Scope {
	s, _ := ctx.Value(scopeKey{}).(Scope)
	return s
}

// System is the context of the program itself: jobs, fsck, seeding.
func System(ctx context.Context) context.Context {
	return WithScope(ctx, Scope{All: true})
}

// settings is the scope as row level security reads it.
func (s Scope) settings() [4]string {
	on := "off"
	if s.All {
		on = "on"
	}
	person := ""
	if s.Person != 0 {
		person = strconv.FormatInt(s.Person, 10)
	}
	return [4]string{on, "{" + strings.Join(s.Counties, ",") + "}", "{" + joined(s.Projects) + "}", person}
}

// carryScope sets the context's scope on a connection that is about to be used,
// unless it has it already. A connection that cannot be told is thrown away.
func carryScope(ctx context.Context, conn *pgx.Conn) (bool, error) {
	want := ScopeOf(ctx).settings()
	carried := conn.PgConn().CustomData()
	if have, ok := carried["scope"].([4]string); ok && have == want {
		return true, nil
	}
	delete(carried, "scope")
	_, err := conn.Exec(ctx, `SELECT set_config('guatu.all', $1, false), set_config('guatu.counties', $2, false),
		set_config('guatu.projects', $3, false), set_config('guatu.person', $4, false)`,
		want[0], want[1], want[2], want[3])
	if err != nil {
		return false, fmt.Errorf("set scope on connection: %w", err)
	}
	carried["scope"] = want
	return true, nil
}

// ProjectInScope answers ErrNotFound unless the project lies in scope.
func (s *Store) ProjectInScope(ctx context.Context, scope Scope, id int64) error {
	var there bool
	if err := s.pool.QueryRow(ctx, query("project_in_scope"), scope.Args(pgx.StrictNamedArgs{"id": id})).Scan(&there); err != nil {
		return fmt.Errorf("look for project: %w", Told(err))
	}
	if !there {
		return ErrNotFound
	}
	return nil
}
