package ledger

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"

	"guatu/ledger/text"
)

// Member is one of the five-one team (五个一, docs/sources.md#X5). A role that
// no member has is a hole, and is shown as one.
type Member struct {
	Role     string // leader, officer, helper, inspector, owner
	PersonID *int64 // nil: does not log in here
	Name     string
	Title    string
	Phone    string
}

// MemberRoles are the five places of a team, in the order of the policy text.
var MemberRoles = []string{"leader", "officer", "helper", "inspector", "owner"}

// MemberRoleNames are what the places are called.
var MemberRoleNames = map[string]string{
	"leader": "分包市领导", "officer": "首席服务官", "helper": "政务服务帮办人", "inspector": "现场盯办人", "owner": "项目单位负责人",
}

func (m *Member) tidy() error {
	var c fields
	if !slices.Contains(MemberRoles, m.Role) {
		c.fail("role", ErrValue)
	}
	c.name("name", &m.Name)
	c.line("title", &m.Title, text.Name)
	c.line("phone", &m.Phone, text.Code)
	return c.err
}

// SeatMember puts somebody into a place of the team of a project in scope, in
// the stead of whoever sat there. A person who logs in must be in scope, too.
func (s *Store) SeatMember(ctx context.Context, scope Scope, project int64, m Member) error {
	if err := m.tidy(); err != nil {
		return err
	}
	if m.PersonID != nil {
		if _, err := s.PersonInScope(ctx, scope, *m.PersonID); err != nil {
			return &FieldError{Field: "person_id", Err: err}
		}
	}
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		facts, _, err := lockProject(ctx, tx, scope, project)
		if err != nil {
			return nil, err
		}
		e, err := s.seat(ctx, tx, project, facts.Area, m)
		if err != nil {
			return nil, err
		}
		return []Event{e}, s.touch(ctx, tx, project)
	}))
}

func (s *Store) seat(ctx context.Context, tx pgx.Tx, project int64, area string, m Member) (Event, error) {
	var before json.RawMessage
	if err := tx.QueryRow(ctx, query("member_put"), seatArgs(project, m)).Scan(&before); err != nil {
		return Event{}, err
	}
	e := seatEvent(project, area, m)
	if string(before) != "null" {
		e.Before = before
	}
	return e, nil
}

func seatArgs(project int64, m Member) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"project_id": project, "role": m.Role, "person_id": m.PersonID, "name": m.Name, "title": m.Title, "phone": m.Phone,
	}
}

func seatEvent(project int64, area string, m Member) Event {
	return projectEvent("project.member_seated", project, area, nil,
		map[string]any{"role": m.Role, "person_id": m.PersonID, "name": m.Name, "title": m.Title, "phone": m.Phone})
}

// touch counts a project's version on.
func (s *Store) touch(ctx context.Context, tx pgx.Tx, project int64) error {
	_, err := tx.Exec(ctx, query("project_touch"), pgx.StrictNamedArgs{"id": project, "now": s.now()})
	return err
}

// DropMember empties a place of the team of a project in scope; ErrNotFound
// where nobody sits there.
func (s *Store) DropMember(ctx context.Context, scope Scope, project int64, role string) error {
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		facts, _, err := lockProject(ctx, tx, scope, project)
		if err != nil {
			return nil, err
		}
		var before json.RawMessage
		if err := tx.QueryRow(ctx, query("member_drop"), pgx.StrictNamedArgs{"project_id": project, "role": role}).Scan(&before); err != nil {
			return nil, err
		}
		e := projectEvent("project.member_dropped", project, facts.Area, nil, map[string]any{"role": role})
		e.Before = before
		return []Event{e}, s.touch(ctx, tx, project)
	}))
}
