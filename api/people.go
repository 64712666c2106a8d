package api

import (
	"context"
	"strconv"

	"guatu/ledger"
)

type personView struct {
	ID       int64       `json:"id"`
	Login    string      `json:"login"`
	Name     string      `json:"name"`
	Title    string      `json:"title"`
	Phone    string      `json:"phone"`
	OrgID    *int64      `json:"org_id"`
	Org      string      `json:"org"`
	Disabled bool        `json:"disabled"`
	Grants   []grantView `json:"grants"`
}

type grantView struct {
	Role      ledger.Role `json:"role" enum:"commander,watcher,inspector,land,forestry,county,auditor,admin"`
	Area      string      `json:"area,omitempty" pattern:"^[0-9]{6}$" doc:"Area code; everything below it is meant too"`
	ProjectID int64       `json:"project_id,omitempty" doc:"Instead of an area: one project"`
}

type personsAnswer struct {
	Body struct {
		Items []personView `json:"items"`
		Next  string       `json:"next"`
	}
}

func (s *Server) persons(ctx context.Context, in *page) (*personsAnswer, error) {
	var after int64
	if in.Cursor != "" {
		var ok bool
		if after, ok = parseID(in.Cursor); !ok {
			return nil, errCursor
		}
	}
	list, err := s.ledger.Persons(ctx, ledger.ScopeOf(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &personsAnswer{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = strconv.FormatInt(list[in.Limit-1].ID, 10)
	}
	out.Body.Items = make([]personView, len(list))
	for i, p := range list {
		if out.Body.Items[i], err = s.personView(ctx, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Server) personView(ctx context.Context, p ledger.Person) (personView, error) {
	v := personView{p.ID, deref(p.Login), p.Name, p.Title, p.Phone, p.OrgID, deref(p.OrgName), p.Disabled, []grantView{}}
	grants, err := s.ledger.Grants(ctx, p.ID)
	for _, g := range grants {
		one := grantView{Role: g.Role, Area: deref(g.Area)}
		if g.ProjectID != nil {
			one.ProjectID = *g.ProjectID
		}
		v.Grants = append(v.Grants, one)
	}
	return v, err
}

type newPersonCall struct {
	Body struct {
		Login    string      `json:"login,omitempty" maxLength:"60" pattern:"^[a-zA-Z0-9._@-]*$"`
		Name     string      `json:"name" minLength:"1" maxLength:"60"`
		Title    string      `json:"title,omitempty" maxLength:"60"`
		Phone    string      `json:"phone,omitempty" maxLength:"40"`
		OrgID    *int64      `json:"org_id,omitempty"`
		Password string      `json:"password,omitempty" maxLength:"1000"`
		Grants   []grantView `json:"grants,omitempty" maxItems:"50"`
	}
}

type personAnswer struct{ Body personView }

func (s *Server) addPerson(ctx context.Context, in *newPersonCall) (*personAnswer, error) {
	grants, err := s.grantable(ctx, in.Body.Grants)
	if err != nil {
		return nil, err
	}
	id, err := s.ledger.AddPerson(ctx, ledger.NewPerson{
		Login: in.Body.Login, Name: in.Body.Name, Title: in.Body.Title, Phone: in.Body.Phone,
		OrgID: in.Body.OrgID, Password: in.Body.Password,
	}, grants)
	if err != nil {
		return nil, err
	}
	return s.personByID(ledger.System(ctx), id)
}

// grantable checks that the caller hands out nothing beyond the own ground.
func (s *Server) grantable(ctx context.Context, asked []grantView) ([]ledger.NewGrant, error) {
	scope := ledger.ScopeOf(ctx)
	grants := make([]ledger.NewGrant, len(asked))
	for i, g := range asked {
		if (g.Area == "") == (g.ProjectID == 0) {
			return nil, ledger.ErrValue
		}
		if g.Area != "" && !scope.Covers(g.Area, 0) {
			return nil, ledger.ErrNotFound
		}
		if g.ProjectID != 0 {
			if err := s.ledger.ProjectInScope(ctx, scope, g.ProjectID); err != nil {
				return nil, err
			}
		}
		grants[i] = ledger.NewGrant{Role: g.Role, Area: g.Area, ProjectID: g.ProjectID}
	}
	return grants, nil
}

func (s *Server) person(ctx context.Context, in *itemID) (*personAnswer, error) {
	return s.personByID(ctx, in.ID)
}

func (s *Server) personByID(ctx context.Context, id int64) (*personAnswer, error) {
	p, err := s.ledger.PersonInScope(ctx, ledger.ScopeOf(ctx), id)
	if err != nil {
		return nil, err
	}
	v, err := s.personView(ctx, p)
	return &personAnswer{v}, err
}

type grantsCall struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Grants []grantView `json:"grants" maxItems:"50"`
	}
}

// manage says whether the caller may change this person at all: the person is
// in scope, and holds nothing that reaches beyond it. Otherwise a county's
// admin could take over the city's.
func (s *Server) manage(ctx context.Context, id int64) error {
	scope := ledger.ScopeOf(ctx)
	if _, err := s.ledger.PersonInScope(ctx, scope, id); err != nil {
		return err
	}
	held, err := s.ledger.Grants(ctx, id)
	if err != nil {
		return err
	}
	for _, g := range held {
		if g.Area != nil && !scope.Covers(*g.Area, 0) {
			return errForbidden
		}
		if g.ProjectID != nil && s.ledger.ProjectInScope(ctx, scope, *g.ProjectID) != nil {
			return errForbidden
		}
	}
	return nil
}

func (s *Server) setGrants(ctx context.Context, in *grantsCall) (*personAnswer, error) {
	if err := s.manage(ctx, in.ID); err != nil {
		return nil, err
	}
	grants, err := s.grantable(ctx, in.Body.Grants)
	if err != nil {
		return nil, err
	}
	if err := s.ledger.SetGrants(ctx, in.ID, grants); err != nil {
		return nil, err
	}
	return s.personByID(ledger.System(ctx), in.ID)
}

type resetCall struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Password string `json:"password" minLength:"8" maxLength:"1000"`
	}
}

// resetPassword also ends all of the person's sessions.
func (s *Server) resetPassword(ctx context.Context, in *resetCall) (*empty, error) {
	if err := s.manage(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.ledger.SetPassword(ctx, in.ID, in.Body.Password, 0)
}

type disableCall struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Disabled bool `json:"disabled"`
	}
}

func (s *Server) disablePerson(ctx context.Context, in *disableCall) (*personAnswer, error) {
	if err := s.manage(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.ledger.Disable(ctx, in.ID, in.Body.Disabled); err != nil {
		return nil, err
	}
	return s.personByID(ctx, in.ID)
}

type orgView struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	Area string `json:"area"`
}

type orgsAnswer struct {
	Body struct {
		Items []orgView `json:"items"`
	}
}

func (s *Server) orgs(ctx context.Context, _ *empty) (*orgsAnswer, error) {
	list, err := s.ledger.Orgs(ctx, ledger.ScopeOf(ctx))
	if err != nil {
		return nil, err
	}
	out := &orgsAnswer{}
	out.Body.Items = make([]orgView, len(list))
	for i, o := range list {
		out.Body.Items[i] = orgView(o)
	}
	return out, nil
}

type newOrgCall struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
		Kind string `json:"kind" enum:"headquarters,county,bureau,township,park,office,company"`
		Area string `json:"area" pattern:"^[0-9]{6}([0-9]{3})?$"`
	}
}

type orgAnswer struct{ Body orgView }

func (s *Server) addOrg(ctx context.Context, in *newOrgCall) (*orgAnswer, error) {
	if county := in.Body.Area[:6]; !ledger.ScopeOf(ctx).Covers(county, 0) {
		return nil, ledger.ErrNotFound
	}
	id, err := s.ledger.AddOrg(ctx, ledger.Org{Name: in.Body.Name, Kind: in.Body.Kind, Area: in.Body.Area})
	return &orgAnswer{orgView{id, in.Body.Name, in.Body.Kind, in.Body.Area}}, err
}

type areaView struct {
	Code   string      `json:"code"`
	Name   string      `json:"name"`
	Level  string      `json:"level"`
	Parent string      `json:"parent"`
	At     *[2]float64 `json:"at" nullable:"true" doc:"Reference point lon, lat (示意); null where none is known"`
}

type areasAnswer struct {
	Body struct {
		Items []areaView `json:"items"`
	}
}

func (s *Server) areas(ctx context.Context, _ *empty) (*areasAnswer, error) {
	list, err := s.ledger.Areas(ctx, ledger.ScopeOf(ctx))
	if err != nil {
		return nil, err
	}
	out := &areasAnswer{}
	out.Body.Items = make([]areaView, len(list))
	for i, a := range list {
		out.Body.Items[i] = areaView{a.Code, a.Name, a.Level, deref(a.Parent), (*[2]float64)(a.At)}
	}
	return out, nil
}
