package api

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"guatu/geo"
	"guatu/ledger"
	"guatu/ledger/sheet"
)

var importRoutes = []route{
	op(post, "/api/v1/imports/projects", "import-projects", "项目台账（.xlsx、.csv）的预览；接受之前什么也不改", editors, (*Server).importProjects, fileBody(int64(sheet.DefaultLimits().File))),
	op(post, "/api/v1/imports/sites", "import-sites", "红线（GeoJSON）的预览；接受之前什么也不改", editors, (*Server).importSites, fileBody(geo.DefaultLimits.Bytes)),
	op(get, "/api/v1/imports/{id}", "get-import", "自己上传的一次导入", editors, (*Server).importByID),
	op(post, "/api/v1/imports/{id}/accept", "accept-import", "接受预览：没有错误的行一次写入", editors, (*Server).acceptImport, status(http.StatusOK)),
	op(get, "/api/v1/imports/{id}/errors.xlsx", "import-errors", "原表的副本，多一列“导入问题”，错处标色", editors, (*Server).importErrors, workbookAnswer),
}

// fileBody is a body that is a file.
func fileBody(limit int64) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.MaxBodyBytes, o.BodyReadTimeout = limit, 2*SlowBody
		o.RequestBody = &huma.RequestBody{Required: true, Description: "The file as it is", Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
}

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func workbookAnswer(o *huma.Operation) {
	o.Responses["200"] = &huma.Response{Description: "Workbook", Content: map[string]*huma.MediaType{
		workbookType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
}

// importsAtOnce bounds how many files are read at the same time: each may take
// 100 MB while it is.
const importsAtOnce = 2

// importSlot waits for its turn to read a file.
func (s *Server) importSlot(ctx context.Context) (release func(), err error) {
	wait, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	select {
	case s.imports <- struct{}{}:
		return func() { <-s.imports }, nil
	case <-wait.Done():
		return nil, ledger.ErrBusy
	}
}

type importView struct {
	ID       int64              `json:"id"`
	Kind     string             `json:"kind" enum:"projects,sites"`
	State    string             `json:"state" enum:"preview,accepted"`
	Filename string             `json:"filename"`
	Sheet    string             `json:"sheet" doc:"The sheet of a workbook that was read"`
	Columns  []importColumnView `json:"columns"`
	Rows     []importRowView    `json:"rows"`
	Counts   map[string]int     `json:"counts" doc:"create, update, skip, errors, warnings: rows of each kind"`
	Asks     []askView          `json:"asks" doc:"What the file leaves open; answer with the query parameter and send it again"`
	Notices  []noticeView       `json:"notices" doc:"What was done with lines that are no projects"`
}

type importColumnView struct {
	Header string      `json:"header" doc:"Unique; the key of cells"`
	Field  sheet.Field `json:"field" doc:"What the column was taken for; empty: not taken"`
	Letter string      `json:"letter" doc:"A, B, …"`
	Unit   sheet.Unit  `json:"unit" doc:"Of amounts: 亿元, 万元, 元"`
}

type importRowView struct {
	Row       int                 `json:"row" doc:"Line of the sheet, or number of the feature"`
	Cells     map[string]string   `json:"cells" doc:"By header"`
	Project   *importProjectView  `json:"project"`
	ProjectID int64               `json:"project_id" doc:"The project that it means; 0: a new one"`
	Errors    []importProblemView `json:"errors"`
	Warnings  []importProblemView `json:"warnings"`
	Action    string              `json:"action" enum:"create,update,skip"`
	Changes   []string            `json:"changes" doc:"The fields that would change"`
}

type importProblemView struct {
	Cell    string `json:"cell" doc:"As Excel writes it, such as 清单!D7; empty for the whole row"`
	Column  string `json:"column" doc:"Header of the column"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

type importProjectView struct {
	Name      string       `json:"name"`
	Code      string       `json:"code"`
	Area      *areaRef     `json:"area"`
	Counties  []string     `json:"counties"`
	Industry  string       `json:"industry"`
	InvestWan *float64     `json:"invest_wan" doc:"万元; null: not stated"`
	OwnerUnit string       `json:"owner_unit"`
	Stage     ledger.Stage `json:"stage" doc:"Empty: not stated"`
	Batches   []batchView  `json:"batches"`
	Members   []memberView `json:"members"`
	Note      string       `json:"note"`
	Source    string       `json:"source"`
}

type askView struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Query   string   `json:"query" doc:"The query parameter that answers it"`
	Choices []string `json:"choices"`
}

type noticeView struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Lines   []int  `json:"lines"`
}

type importAnswer struct{ Body importView }

type importProjectsCall struct {
	Filename string `query:"filename" maxLength:"300"`
	Sheet    string `query:"sheet" maxLength:"100" doc:"Read this sheet; left out: the one that looks most like a ledger"`
	Unit     string `query:"unit" enum:"亿元,万元,元" doc:"Unit of the investment, where the file does not say"`
	RawBody  []byte
}

func (s *Server) importProjects(ctx context.Context, in *importProjectsCall) (*importAnswer, error) {
	release, err := s.importSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	p, err := s.ledger.ReadProjects(ctx, ledger.ScopeOf(ctx), ledger.LedgerFile{
		Name: in.Filename, Body: in.RawBody, Sheet: in.Sheet, Unit: sheet.Unit(in.Unit), Home: s.conf.City,
	})
	if err != nil {
		return nil, err
	}
	return s.keepImport(ctx, "projects", in.Filename, in.RawBody, p)
}

type importSitesCall struct {
	Filename string `query:"filename" maxLength:"300"`
	RawBody  []byte
}

func (s *Server) importSites(ctx context.Context, in *importSitesCall) (*importAnswer, error) {
	release, err := s.importSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	p, err := s.ledger.ReadSites(ctx, ledger.ScopeOf(ctx), ledger.BoundaryFile{
		Name: in.Filename, Body: in.RawBody, Home: s.conf.City, Within: s.surroundings(),
	})
	if err != nil {
		return nil, err
	}
	return s.keepImport(ctx, "sites", in.Filename, in.RawBody, p)
}

func (s *Server) keepImport(ctx context.Context, kind, filename string, body []byte, p ledger.Preview) (*importAnswer, error) {
	i, err := s.ledger.KeepImport(ctx, kind, filename, body, p)
	if err != nil {
		return nil, err
	}
	return s.viewImport(ctx, i)
}

func (s *Server) importByID(ctx context.Context, in *itemID) (*importAnswer, error) {
	i, err := s.ledger.Import(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.viewImport(ctx, i)
}

type outcomeAnswer struct {
	Body struct {
		Created int `json:"created"`
		Updated int `json:"updated"`
		Skipped int `json:"skipped" doc:"Nothing would have changed"`
		Refused int `json:"refused" doc:"Rows with errors"`
	}
}

func (s *Server) acceptImport(ctx context.Context, in *itemID) (*outcomeAnswer, error) {
	done, err := s.ledger.AcceptImport(ctx, ledger.ScopeOf(ctx), in.ID, s.conf.City, s.surroundings())
	if err != nil {
		return nil, err
	}
	out := &outcomeAnswer{}
	out.Body.Created, out.Body.Updated, out.Body.Skipped, out.Body.Refused = done.Created, done.Updated, done.Skipped, done.Refused
	return out, nil
}

type workbookOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) importErrors(ctx context.Context, in *itemID) (*workbookOut, error) {
	release, err := s.importSlot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	var b bytes.Buffer
	if err := s.ledger.ImportErrors(ctx, in.ID, &b); err != nil {
		return nil, err
	}
	name := mime.FormatMediaType("attachment", map[string]string{"filename": "导入问题.xlsx"})
	return &workbookOut{workbookType, name, b.Bytes()}, nil
}

func (s *Server) viewImport(ctx context.Context, i ledger.Import) (*importAnswer, error) {
	names, err := s.areaNames(ctx)
	if err != nil {
		return nil, err
	}
	p := i.Preview
	v := importView{
		ID: i.ID, Kind: i.Kind, State: i.State, Filename: i.Filename, Sheet: p.Sheet,
		Columns: make([]importColumnView, len(p.Columns)), Rows: make([]importRowView, len(p.Rows)),
		Counts: map[string]int{"create": 0, "update": 0, "skip": 0, "errors": 0, "warnings": 0}, Asks: []askView{}, Notices: []noticeView{},
	}
	for n, c := range p.Columns {
		v.Columns[n] = importColumnView{c.Header, c.Field, c.Letter, c.Unit}
	}
	for n, r := range p.Rows {
		v.Rows[n] = viewImportRow(i.Kind, r, names)
		if len(r.Warnings) > 0 {
			v.Counts["warnings"]++
		}
		if r.Good() {
			v.Counts[r.Action]++
		} else {
			v.Counts["errors"]++
		}
	}
	for _, a := range p.Asks {
		v.Asks = append(v.Asks, askView{a.Code, a.Message, "unit", a.Choices})
	}
	for _, n := range p.Notices {
		v.Notices = append(v.Notices, noticeView{n.Code, n.Message, append([]int{}, n.Lines...)})
	}
	return &importAnswer{v}, nil
}

// areaNames are the names of all areas by code: what a file says may lie anywhere.
func (s *Server) areaNames(ctx context.Context) (map[string]string, error) {
	list, err := s.ledger.Areas(ledger.System(ctx), ledger.Scope{All: true})
	names := make(map[string]string, len(list))
	for _, a := range list {
		names[a.Code] = a.Name
	}
	return names, err
}

func viewImportRow(kind string, r ledger.ImportRow, names map[string]string) importRowView {
	v := importRowView{
		Row: r.Line, Cells: r.Cells, ProjectID: r.ProjectID, Errors: viewIssues(r.Errors), Warnings: viewIssues(r.Warnings),
		Action: r.Action, Changes: append([]string{}, r.Changes...),
	}
	f := r.Facts
	if kind == "sites" {
		if r.Site.Project == "" {
			return v
		}
		f = ledger.Facts{Name: r.Site.Project, Area: r.Site.County}
	}
	p := &importProjectView{
		Name: f.Name, Code: f.Code, Counties: append([]string{}, f.Counties...), Industry: f.Industry, InvestWan: f.InvestWan,
		OwnerUnit: f.OwnerUnit, Stage: f.Stage, Batches: []batchView{}, Members: []memberView{}, Note: f.Note, Source: f.Source,
	}
	if f.Area != "" {
		p.Area = &areaRef{f.Area, names[f.Area]}
	}
	for _, b := range f.Batches {
		p.Batches = append(p.Batches, batchView(b))
	}
	for _, m := range r.Team {
		p.Members = append(p.Members, viewMember(m))
	}
	v.Project = p
	return v
}

func viewIssues(issues []ledger.ImportIssue) []importProblemView {
	out := make([]importProblemView, len(issues))
	for n, i := range issues {
		out[n] = importProblemView{i.Cell, i.Column, i.Message, i.Code}
	}
	return out
}

// tellRefused says why a ledger cannot be read at all.
func tellRefused(err error) *Problem {
	var r *sheet.Refused
	if !errors.As(err, &r) {
		return nil
	}
	status := http.StatusUnprocessableEntity
	if r.Code == "too_large" {
		status = http.StatusRequestEntityTooLarge
	}
	p := answer(status, r.Code, "文件不能导入")
	p.Detail = r.Message
	return p
}
