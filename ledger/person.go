package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Role is what a person may do; a grant says where.
type Role string

// The roles.
const (
	Commander Role = "commander" // 指挥部
	Watcher   Role = "watcher"   // 视频值守
	Inspector Role = "inspector" // 现场盯办人
	Land      Role = "land"      // 自然资源和规划局
	Forestry  Role = "forestry"  // 林业局
	County    Role = "county"    // 县区
	Auditor   Role = "auditor"   // 审计
	Admin     Role = "admin"     // 管理员
)

// Roles are all of them.
var Roles = []Role{Commander, Watcher, Inspector, Land, Forestry, County, Auditor, Admin}

// Person is somebody who logs in or answers for something.
type Person struct {
	ID       int64
	Login    *string // nil: does not log in
	Name     string
	Title    string
	Phone    string
	OrgID    *int64
	OrgName  *string
	Disabled bool
}

// Grant is a role in an area and all below it, or in one project.
type Grant struct {
	ID        int64
	Role      Role
	Area      *string
	AreaName  *string
	ProjectID *int64
	Counties  []string // Area with every city and county below it; empty for a project
}

// Access is who calls and what was granted.
type Access struct {
	Person     Person
	SessionID  int64 // 0 for a bearer token
	TokenID    int64 // 0 for a session
	Grants     []Grant
	HomeArea   string // where what the person sends in without a place belongs
	LastSeenAt time.Time
}

// Has says whether any grant gives one of the roles.
func (a Access) Has(roles ...Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(roles, g.Role) })
}

// Scope is the ground on which the person holds one of the roles.
func (a Access) Scope(roles ...Role) Scope {
	scope := Scope{Person: a.Person.ID}
	for _, g := range a.Grants {
		if !slices.Contains(roles, g.Role) {
			continue
		}
		scope.Counties = append(scope.Counties, g.Counties...)
		if g.ProjectID != nil {
			scope.Projects = append(scope.Projects, *g.ProjectID)
		}
	}
	slices.Sort(scope.Counties)
	slices.Sort(scope.Projects)
	scope.Counties = slices.Compact(scope.Counties)
	scope.Projects = slices.Compact(scope.Projects)
	return scope
}

// RoleNames are the roles that the person holds anywhere, each once, in the order of Roles.
func (a Access) RoleNames() []Role {
	held := []Role{}
	for _, r := range Roles {
		if a.Has(r) {
			held = append(held, r)
		}
	}
	return held
}

// NewPerson is what it takes to add a person.
type NewPerson struct {
	Login    string // lower-cased; empty: does not log in
	Name     string
	Title    string
	Phone    string
	OrgID    *int64
	Password string // empty: cannot log in by password
}

// NewGrant names a role and where it holds: exactly one of Area and ProjectID.
type NewGrant struct {
	Role      Role
	Area      string
	ProjectID int64
}

// ErrWeakPassword says that a password is shorter than MinPassword runes.
var ErrWeakPassword = errors.New("password too short")

// MinPassword is the shortest password in runes (ASVS 5.0 V6.2.1).
const MinPassword = 8

// AddPerson writes a person with grants. ErrTaken: the login exists.
func (s *Store) AddPerson(ctx context.Context, p NewPerson, grants []NewGrant) (int64, error) {
	hash, err := hashOrNone(ctx, p.Password)
	if err != nil {
		return 0, err
	}
	var id int64
	err = s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		err := tx.QueryRow(ctx, query("person_add"), pgx.StrictNamedArgs{
			"login": strings.ToLower(strings.TrimSpace(p.Login)), "name": p.Name, "title": p.Title, "phone": p.Phone,
			"org_id": p.OrgID, "password_hash": hash,
		}).Scan(&id)
		if err != nil {
			return nil, err
		}
		if err := setGrants(ctx, tx, id, grants); err != nil {
			return nil, err
		}
		return []Event{{Verb: "person.added", Subject: fmt.Sprintf("person:%d", id),
			After: JSON(map[string]any{"login": p.Login, "name": p.Name, "grants": grants})}}, nil
	})
	return id, Told(err)
}

// SetGrants replaces a person's grants.
func (s *Store) SetGrants(ctx context.Context, person int64, grants []NewGrant) error {
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		var before []byte
		if err := tx.QueryRow(ctx, query("person_lock"), pgx.StrictNamedArgs{"id": person}).Scan(&before); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, query("grant_clear"), pgx.StrictNamedArgs{"person_id": person}); err != nil {
			return nil, err
		}
		if err := setGrants(ctx, tx, person, grants); err != nil {
			return nil, err
		}
		return []Event{{Verb: "person.granted", Subject: fmt.Sprintf("person:%d", person),
			Before: before, After: JSON(grants)}}, nil
	}))
}

func setGrants(ctx context.Context, tx pgx.Tx, person int64, grants []NewGrant) error {
	for _, g := range grants {
		_, err := tx.Exec(ctx, query("grant_add"), pgx.StrictNamedArgs{
			"person_id": person, "role": string(g.Role), "area": g.Area, "project_id": g.ProjectID,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// SetPassword gives a person a new password and ends all sessions but keep.
func (s *Store) SetPassword(ctx context.Context, person int64, password string, keep int64) error {
	hash, err := hashOrNone(ctx, password)
	if err != nil {
		return err
	}
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		done, err := tx.Exec(ctx, query("person_password"), pgx.StrictNamedArgs{"id": person, "password_hash": hash})
		if err != nil {
			return nil, err
		}
		if done.RowsAffected() == 0 {
			return nil, ErrNotFound
		}
		if _, err := tx.Exec(ctx, query("session_end_others"), pgx.StrictNamedArgs{"person_id": person, "keep": keep, "now": s.now()}); err != nil {
			return nil, err
		}
		return []Event{{Verb: "person.password_set", Subject: fmt.Sprintf("person:%d", person)}}, nil
	}))
}

// Disable ends a person's access at once, or gives it back.
func (s *Store) Disable(ctx context.Context, person int64, disabled bool) error {
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		done, err := tx.Exec(ctx, query("person_disable"), pgx.StrictNamedArgs{"id": person, "disabled": disabled, "now": s.now()})
		if err != nil {
			return nil, err
		}
		if done.RowsAffected() == 0 {
			return nil, ErrNotFound
		}
		return []Event{{Verb: "person.disabled", Subject: fmt.Sprintf("person:%d", person),
			After: JSON(map[string]bool{"disabled": disabled})}}, nil
	}))
}

// Persons returns those whose unit or grants lie in scope, by name, after the
// given id, at most limit.
func (s *Store) Persons(ctx context.Context, scope Scope, after int64, limit int) ([]Person, error) {
	rows, err := s.pool.Query(ctx, query("person_list"), scope.Args(pgx.StrictNamedArgs{"after": after, "max": limit}))
	if err != nil {
		return nil, fmt.Errorf("list persons: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Person])
}

// PersonInScope returns one person as Persons would, ErrNotFound where it would not.
func (s *Store) PersonInScope(ctx context.Context, scope Scope, id int64) (Person, error) {
	rows, err := s.pool.Query(ctx, query("person_get"), scope.Args(pgx.StrictNamedArgs{"id": id}))
	if err != nil {
		return Person{}, fmt.Errorf("read person: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
	return p, Told(err)
}

// PersonByLogin finds a person by login name, for the shell.
func (s *Store) PersonByLogin(ctx context.Context, login string) (Person, error) {
	rows, err := s.pool.Query(ctx, query("person_by_login"), pgx.StrictNamedArgs{"login": strings.ToLower(strings.TrimSpace(login))})
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
	return p, Told(err)
}

// Grants are what a person was granted, with the counties that each reaches.
func (s *Store) Grants(ctx context.Context, person int64) ([]Grant, error) {
	rows, err := s.pool.Query(ctx, query("grant_list"), pgx.StrictNamedArgs{"person_id": person})
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Grant])
}

// Org is a unit.
type Org struct {
	ID   int64
	Name string
	Kind string
	Area string
}

// AddOrg writes a unit, or finds the one of that name.
func (s *Store) AddOrg(ctx context.Context, o Org) (int64, error) {
	var id int64
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		var made bool
		err := tx.QueryRow(ctx, query("org_add"), pgx.StrictNamedArgs{"name": o.Name, "kind": o.Kind, "area": o.Area}).Scan(&id, &made)
		if err != nil || !made {
			return nil, err
		}
		return []Event{{Verb: "org.added", Subject: fmt.Sprintf("org:%d", id), County: o.Area, After: JSON(o)}}, nil
	})
	return id, Told(err)
}

// Orgs are the units in scope, by name.
func (s *Store) Orgs(ctx context.Context, scope Scope) ([]Org, error) {
	rows, err := s.pool.Query(ctx, query("org_list"), pgx.StrictNamedArgs{"scope_all": scope.All, "scope_counties": nonNil(scope.Counties)})
	if err != nil {
		return nil, fmt.Errorf("list orgs: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Org])
}

// CheckPassword answers ErrLogin where password is not the person's.
func (s *Store) CheckPassword(ctx context.Context, person int64, password string) error {
	var hash *string
	if err := s.pool.QueryRow(ctx, query("person_hash"), pgx.StrictNamedArgs{"id": person}).Scan(&hash); err != nil {
		return fmt.Errorf("read password hash: %w", Told(err))
	}
	right, err := matches(ctx, hash, password)
	if err == nil && !right {
		err = ErrLogin
	}
	return err
}
