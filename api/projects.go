package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"guatu/ledger"
)

// editors keep the ledger: 指挥部, the county on its own ground, 管理员.
var editors = only(ledger.Commander, ledger.County, ledger.Admin)

var projectRoutes = []route{
	op(get, "/api/v1/projects", "list-projects", "项目台账，新改的在前", everyone, (*Server).projects),
	op(post, "/api/v1/projects", "add-project", "新增项目", editors, (*Server).addProject),
	op(get, "/api/v1/projects/{id}", "get-project", "一个项目：五个一、点位、批次", everyone, (*Server).project),
	op(patch, "/api/v1/projects/{id}", "change-project", "修改项目；If-Match 防止覆盖别人的修改", editors, (*Server).changeProject),
	op(get, "/api/v1/projects/{id}/stages", "list-stages", "阶段的来历", everyone, (*Server).stages),
	op(put, "/api/v1/projects/{id}/members/{role}", "seat-member", "“五个一”中的一席", editors, (*Server).seatMember),
	op(del, "/api/v1/projects/{id}/members/{role}", "drop-member", "空出“五个一”中的一席", editors, (*Server).dropMember),
}

type batchView struct {
	Term  int    `json:"term" minimum:"1" maximum:"200" doc:"期次"`
	Batch string `json:"batch" enum:"signed,started,producing" doc:"签约、开工、投产一批"`
}

type memberView struct {
	Role     string `json:"role" enum:"leader,officer,helper,inspector,owner"`
	RoleName string `json:"role_name"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Phone    string `json:"phone"`
	PersonID *int64 `json:"person_id" doc:"Set where the member logs in here"`
}

type siteRefView struct {
	ID     int64   `json:"id"`
	County string  `json:"county"`
	Name   string  `json:"name"`
	AreaM2 float64 `json:"area_m2"`
}

type projectView struct {
	ID        int64         `json:"id"`
	Code      string        `json:"code" doc:"项目代码; empty where there is none yet"`
	Name      string        `json:"name"`
	Area      areaRef       `json:"area" doc:"The county that leads; the city while that is unknown"`
	Counties  []string      `json:"counties"`
	Industry  string        `json:"industry"`
	InvestWan *float64      `json:"invest_wan" doc:"万元; null: not stated"`
	OwnerUnit string        `json:"owner_unit"`
	Stage     ledger.Stage  `json:"stage" enum:"idea,reserve,signed,landed,started,building,accepting,producing,reached"`
	Batches   []batchView   `json:"batches" doc:"期 × 批; not the stage"`
	Members   []memberView  `json:"members" doc:"五个一; a role that is missing is a hole"`
	Sites     []siteRefView `json:"sites"`
	Note      string        `json:"note"`
	Source    string        `json:"source"`
	Version   int           `json:"version" doc:"For If-Match"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
}

func viewProject(p ledger.Project) projectView {
	v := projectView{
		ID: p.ID, Code: p.Code, Name: p.Name, Area: areaRef{p.Area, p.AreaName}, Counties: p.Counties, Industry: p.Industry,
		InvestWan: p.InvestWan, OwnerUnit: p.OwnerUnit, Stage: p.Stage, Note: p.Note, Source: p.Source, Version: p.Version,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		Batches: make([]batchView, len(p.Batches)), Members: make([]memberView, len(p.Members)), Sites: make([]siteRefView, len(p.Sites)),
	}
	for i, b := range p.Batches {
		v.Batches[i] = batchView(b)
	}
	for i, m := range p.Members {
		v.Members[i] = viewMember(m)
	}
	for i, s := range p.Sites {
		v.Sites[i] = siteRefView(s)
	}
	return v
}

func viewMember(m ledger.Member) memberView {
	return memberView{m.Role, ledger.MemberRoleNames[m.Role], m.Name, m.Title, m.Phone, m.PersonID}
}

type projectsQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most this many items"`
	Cursor string `query:"cursor" maxLength:"400" doc:"next of the page before"`
	Q      string `query:"q" maxLength:"100" doc:"In name, code or owner's unit"`
	Stage  string `query:"stage" enum:"idea,reserve,signed,landed,started,building,accepting,producing,reached"`
	County string `query:"county" pattern:"^[0-9]{6}$"`
	Batch  string `query:"batch" pattern:"^(signed|started|producing)(:[0-9]{1,3})?$" doc:"signed, or signed:13 for one term"`
}

type projectsAnswer struct {
	Body struct {
		Items []projectView `json:"items"`
		Next  string        `json:"next"`
	}
}

func (s *Server) projects(ctx context.Context, in *projectsQuery) (*projectsAnswer, error) {
	var key ledger.ProjectKey
	if err := readCursor(in.Cursor, &key); err != nil {
		return nil, err
	}
	kind, term, _ := strings.Cut(in.Batch, ":")
	n, _ := strconv.Atoi(term)
	list, err := s.ledger.Projects(ctx, ledger.ScopeOf(ctx), ledger.ProjectFilter{
		Text: in.Q, Stage: ledger.Stage(in.Stage), County: in.County, Batch: kind, Term: n,
	}, key, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &projectsAnswer{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		last := list[in.Limit-1]
		out.Body.Next = cursorOf(ledger.ProjectKey{At: last.UpdatedAt, ID: last.ID})
	}
	out.Body.Items = make([]projectView, len(list))
	for i, p := range list {
		out.Body.Items[i] = viewProject(p)
	}
	return out, nil
}

type projectAnswer struct {
	ETag string `header:"ETag"`
	Body projectView
}

func (s *Server) project(ctx context.Context, in *itemID) (*projectAnswer, error) {
	p, err := s.ledger.Project(ctx, ledger.ScopeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &projectAnswer{strconv.Quote(strconv.Itoa(p.Version)), viewProject(p)}, nil
}

type newProjectCall struct {
	Body struct {
		Name      string       `json:"name" minLength:"1" maxLength:"200"`
		Code      string       `json:"code,omitempty" maxLength:"64"`
		Area      string       `json:"area" pattern:"^[0-9]{6}$" doc:"Area code of the county that leads"`
		Counties  []string     `json:"counties,omitempty" maxItems:"50" doc:"All counties, where there are several"`
		Industry  string       `json:"industry,omitempty" maxLength:"200"`
		InvestWan maybeNumber  `json:"invest_wan,omitempty" doc:"万元"`
		OwnerUnit string       `json:"owner_unit,omitempty" maxLength:"200"`
		Stage     ledger.Stage `json:"stage,omitempty" enum:"idea,reserve,signed,landed,started,building,accepting,producing,reached"`
		Batches   []batchView  `json:"batches,omitempty" maxItems:"50"`
		Note      string       `json:"note,omitempty" maxLength:"2000"`
		Source    string       `json:"source,omitempty" maxLength:"2000"`
	}
}

func (s *Server) addProject(ctx context.Context, in *newProjectCall) (*projectAnswer, error) {
	b := in.Body
	id, err := s.ledger.AddProject(ctx, ledger.ScopeOf(ctx), ledger.Facts{
		Code: b.Code, Name: b.Name, Area: b.Area, Counties: b.Counties, Industry: b.Industry, InvestWan: b.InvestWan.value,
		OwnerUnit: b.OwnerUnit, Stage: b.Stage, Batches: batchesOf(b.Batches), Note: b.Note, Source: b.Source,
	}, ledger.Reason{})
	if err != nil {
		return nil, err
	}
	return s.project(ctx, &itemID{ID: id})
}

func batchesOf(list []batchView) []ledger.Batch {
	out := make([]ledger.Batch, len(list))
	for i, b := range list {
		out[i] = ledger.Batch(b)
	}
	return out
}

type changeProjectCall struct {
	ID      int64  `path:"id" minimum:"1"`
	IfMatch string `header:"If-Match" maxLength:"40" doc:"ETag of the project as it was read"`
	Body    struct {
		Name      *string       `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Code      *string       `json:"code,omitempty" maxLength:"64"`
		Area      *string       `json:"area,omitempty" pattern:"^[0-9]{6}$"`
		Counties  *[]string     `json:"counties,omitempty" maxItems:"50"`
		Industry  *string       `json:"industry,omitempty" maxLength:"200"`
		InvestWan maybeNumber   `json:"invest_wan,omitempty" doc:"万元; null: not stated"`
		OwnerUnit *string       `json:"owner_unit,omitempty" maxLength:"200"`
		Stage     *ledger.Stage `json:"stage,omitempty" enum:"idea,reserve,signed,landed,started,building,accepting,producing,reached"`
		Batches   *[]batchView  `json:"batches,omitempty" maxItems:"50"`
		Note      *string       `json:"note,omitempty" maxLength:"2000"`
		Source    *string       `json:"source,omitempty" maxLength:"2000"`
		Reason    string        `json:"reason,omitempty" maxLength:"2000" doc:"Why; kept with the change of stage"`
	}
}

func (s *Server) changeProject(ctx context.Context, in *changeProjectCall) (*projectAnswer, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	b := in.Body
	err = s.ledger.ChangeProject(ctx, ledger.ScopeOf(ctx), in.ID, version, ledger.Reason{Text: b.Reason}, func(f *ledger.Facts) {
		set(&f.Name, b.Name)
		set(&f.Code, b.Code)
		set(&f.Area, b.Area)
		set(&f.Counties, b.Counties)
		set(&f.Industry, b.Industry)
		set(&f.OwnerUnit, b.OwnerUnit)
		set(&f.Stage, b.Stage)
		set(&f.Note, b.Note)
		set(&f.Source, b.Source)
		if b.InvestWan.said {
			f.InvestWan = b.InvestWan.value
		}
		if b.Batches != nil {
			f.Batches = batchesOf(*b.Batches)
		}
	})
	if err != nil {
		return nil, err
	}
	return s.project(ctx, &itemID{ID: in.ID})
}

// set writes what was said; what was not said stays.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

var errIfMatch = errors.New("If-Match is not one of our ETags")

// ifMatch is the version in an If-Match header, 0 where there is none or any will do.
func ifMatch(header string) (int, error) {
	header = strings.TrimPrefix(strings.TrimSpace(header), "W/")
	if header == "" || header == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(header, `"`))
	if err != nil || n < 1 {
		return 0, errIfMatch
	}
	return n, nil
}

// maybeNumber is a number that may be null, and knows whether it was said.
type maybeNumber struct {
	said  bool
	value *float64
}

// UnmarshalJSON is called only where the member is there.
func (m *maybeNumber) UnmarshalJSON(b []byte) error {
	m.said = true
	return json.Unmarshal(b, &m.value)
}

// Schema is a number or null, never negative.
func (maybeNumber) Schema(huma.Registry) *huma.Schema {
	least := 0.0
	return &huma.Schema{Type: huma.TypeNumber, Nullable: true, Minimum: &least}
}

type stageView struct {
	Stage     ledger.Stage `json:"stage"`
	ValidFrom time.Time    `json:"valid_from"`
	Person    *personRef   `json:"person" doc:"Who said so; null: the system"`
	Reason    string       `json:"reason"`
}

type personRef struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func refPerson(id *int64, name string) *personRef {
	if id == nil {
		return nil
	}
	return &personRef{*id, name}
}

type stagesAnswer struct {
	Body struct {
		Items []stageView `json:"items"`
	}
}

func (s *Server) stages(ctx context.Context, in *itemID) (*stagesAnswer, error) {
	list, err := s.ledger.StageChanges(ctx, ledger.ScopeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ledger.ErrNotFound
	}
	out := &stagesAnswer{}
	out.Body.Items = make([]stageView, len(list))
	for i, c := range list {
		out.Body.Items[i] = stageView{c.Stage, c.ValidFrom, refPerson(c.PersonID, c.PersonName), c.Reason}
	}
	return out, nil
}

type seatCall struct {
	ID   int64  `path:"id" minimum:"1"`
	Role string `path:"role" enum:"leader,officer,helper,inspector,owner"`
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"200"`
		Title    string `json:"title,omitempty" maxLength:"200"`
		Phone    string `json:"phone,omitempty" maxLength:"64"`
		PersonID *int64 `json:"person_id,omitempty" minimum:"1"`
	}
}

type memberAnswer struct{ Body memberView }

func (s *Server) seatMember(ctx context.Context, in *seatCall) (*memberAnswer, error) {
	err := s.ledger.SeatMember(ctx, ledger.ScopeOf(ctx), in.ID, ledger.Member{
		Role: in.Role, Name: in.Body.Name, Title: in.Body.Title, Phone: in.Body.Phone, PersonID: in.Body.PersonID,
	})
	if err != nil {
		return nil, err
	}
	p, err := s.ledger.Project(ctx, ledger.ScopeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Members, func(m ledger.Member) bool { return m.Role == in.Role })
	if i < 0 {
		return nil, ledger.ErrNotFound
	}
	return &memberAnswer{viewMember(p.Members[i])}, nil
}

type dropCall struct {
	ID   int64  `path:"id" minimum:"1"`
	Role string `path:"role" enum:"leader,officer,helper,inspector,owner"`
}

func (s *Server) dropMember(ctx context.Context, in *dropCall) (*empty, error) {
	return nil, s.ledger.DropMember(ctx, ledger.ScopeOf(ctx), in.ID, in.Role)
}

// tellField names the field that was refused beside what the table says.
func tellField(err error) *Problem {
	var field *ledger.FieldError
	if !errors.As(err, &field) {
		return nil
	}
	for _, r := range problems {
		if !errors.Is(err, r.err) {
			continue
		}
		status := r.status
		if status == http.StatusNotFound {
			status = http.StatusUnprocessableEntity // the field's object, not the one in the path
		}
		p := answer(status, r.code, r.title)
		p.Errors = []ProblemItem{{Location: "body." + field.Field, Message: r.title, Code: r.code}}
		return p
	}
	return nil
}
