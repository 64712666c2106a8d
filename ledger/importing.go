package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/ledger/area"
	"guatu/ledger/sheet"
	"guatu/ledger/text"
)

// ErrImportDone says that an import has been accepted before.
var ErrImportDone = errors.New("import has been accepted already")

// The actions that a row of an import can lead to.
const (
	ActionCreate = "create"
	ActionUpdate = "update"
	ActionSkip   = "skip" // nothing would change, or the row has errors
)

// Import is a file between upload and acceptance. Nothing of it is in the
// ledger before it is accepted.
type Import struct {
	ID        int64
	Kind      string // projects or sites
	Filename  string
	State     string // preview or accepted
	CreatedAt time.Time
	Preview   Preview
}

// Preview is what a file would do.
type Preview struct {
	Sheet   string // of a workbook
	Format  string // xlsx, csv, geojson
	Title   string
	Unit    sheet.Unit // the answer to "which unit?", where one was given
	Ask     string     // the sheet that was asked for; "" for the best
	Columns []ImportColumn
	Rows    []ImportRow
	Asks    []sheet.Ask
	Notices []sheet.Notice
}

// ImportColumn is a column of the file and what it was taken for.
type ImportColumn struct {
	Letter string
	Header string // unique in the preview
	Field  sheet.Field
	Unit   sheet.Unit
}

// ImportIssue is an error or a warning of a row. Cell is where it stands in the
// file, Column the header there; both are empty for a whole row.
type ImportIssue struct {
	Cell    string
	Column  string
	Index   int // of the column; -1 for a whole row
	Code    string
	Message string
}

// ImportRow is one project of a ledger, or one feature of a boundary file.
type ImportRow struct {
	Line     int               // of the sheet; of features, their number from 1
	Cells    map[string]string // by header
	Facts    Facts
	Since    time.Time // since when Facts.Stage holds; zero: not stated
	Team     []Member
	Site     SiteTarget
	Errors   []ImportIssue
	Warnings []ImportIssue

	Action    string
	ProjectID int64    // that it would change; 0 for a new one
	Changes   []string // the facts that would change
}

// SiteTarget is where a feature of a boundary file belongs.
type SiteTarget struct {
	SiteID    int64 // 0: a new one
	County    string
	Name      string
	Project   string // its name
	Schematic bool
	Reason    string
}

// Outcome counts what an accepted import did. Refused rows are those with errors.
type Outcome struct {
	Created int
	Updated int
	Skipped int
	Refused int
}

// Good says whether the row can be taken.
func (r ImportRow) Good() bool { return len(r.Errors) == 0 }

func (r *ImportRow) fail(code, format string, args ...any) {
	r.Action = ActionSkip
	r.Errors = append(r.Errors, ImportIssue{Index: -1, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (r *ImportRow) warn(code, format string, args ...any) {
	r.Warnings = append(r.Warnings, ImportIssue{Index: -1, Code: code, Message: fmt.Sprintf(format, args...)})
}

// AreaTree is the administrative tree as the database holds it.
func (s *Store) AreaTree(ctx context.Context) (*area.Tree, error) {
	rows, err := s.pool.Query(ctx, query("area_all"), pgx.StrictNamedArgs{})
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[AreaRow])
	if err != nil {
		return nil, fmt.Errorf("read areas: %w", Told(err))
	}
	areas := make([]area.Area, len(list))
	for i, a := range list {
		areas[i] = area.Area{Code: a.Code, Level: area.Level(a.Level), Name: a.Name, Parent: deref(a.Parent), At: a.At}
	}
	return area.NewTree(areas), nil
}

// LedgerFile is an uploaded project ledger and what its sender answered.
type LedgerFile struct {
	Name  string
	Body  []byte
	Sheet string     // "" for the one that looks most like a ledger
	Unit  sheet.Unit // "" where the file says it
	Home  string     // code of the office's own city
}

// ReadProjects says what a ledger would do, in the scope of who sends it. It
// writes nothing. A *sheet.Refused says that the file cannot be read at all.
func (s *Store) ReadProjects(ctx context.Context, scope Scope, f LedgerFile) (Preview, error) {
	tree, err := s.AreaTree(ctx)
	if err != nil {
		return Preview{}, err
	}
	table, err := sheet.Read(f.Body, sheet.Options{Sheet: f.Sheet, Unit: f.Unit, Areas: tree, Home: f.Home})
	if err != nil {
		return Preview{}, err
	}
	p := previewOf(table, f)
	return p, s.plan(ctx, s.pool, scope, tree, p.Rows)
}

// previewOf turns a table into rows of the ledger's own.
func previewOf(t *sheet.Table, f LedgerFile) Preview {
	p := Preview{Sheet: t.Sheet, Format: t.Format, Title: t.Title, Unit: f.Unit, Ask: f.Sheet, Asks: t.Asks, Notices: t.Notices}
	headers := map[int]string{}
	used := map[string]bool{}
	for _, c := range t.Columns {
		if c.Header == "" && !slices.ContainsFunc(t.Rows, func(r sheet.Row) bool { return r.Cells[c.Index] != "" }) {
			continue
		}
		h := c.Header
		if h == "" || used[h] {
			h = strings.TrimSpace(h + "（" + c.Letter() + " 列）")
		}
		used[h], headers[c.Index] = true, h
		p.Columns = append(p.Columns, ImportColumn{Letter: c.Letter(), Header: h, Field: c.Field, Unit: c.Unit})
	}
	p.Rows = make([]ImportRow, len(t.Rows))
	for i, r := range t.Rows {
		row := ImportRow{Line: r.Line, Cells: map[string]string{}, Since: since(r.Project.StageOn)}
		for col, text := range r.Cells {
			if h := headers[col]; h != "" {
				row.Cells[h] = text
			}
		}
		row.Facts = factsOf(r.Project, f.Name)
		for _, m := range r.Project.Team {
			row.Team = append(row.Team, Member{Role: m.Role, Name: m.Name, Title: m.Title, Phone: m.Phone})
		}
		row.Errors, row.Warnings = issuesOf(r.Errors, headers), issuesOf(r.Warnings, headers)
		p.Rows[i] = row
	}
	return p
}

// since is the beginning of a day in Beijing.
func since(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Beijing)
}

func factsOf(p sheet.Project, filename string) Facts {
	f := Facts{
		Code: p.Code, Name: p.Name, Area: p.Area, Counties: p.Counties, Industry: p.Industry, InvestWan: p.InvestWan,
		OwnerUnit: p.OwnerUnit, Stage: Stage(p.Stage), Note: p.Note, Source: p.Source,
	}
	if p.Batch != "" {
		f.Batches = []Batch{{Term: p.Term, Batch: p.Batch}}
	}
	if f.Source == "" && filename != "" {
		f.Source = "文件：" + filename
	}
	return f
}

func issuesOf(issues []sheet.Issue, headers map[int]string) []ImportIssue {
	var out []ImportIssue
	for _, i := range issues {
		out = append(out, ImportIssue{Cell: i.Cell, Column: headers[i.Column], Index: i.Column, Code: i.Code, Message: i.Message})
	}
	return out
}

// matched is a project that a row may mean.
type matched struct {
	projectRow
	AreaParent *string
	InScope    bool
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// plan says for every good row which project it means and what would change.
func (s *Store) plan(ctx context.Context, db querier, scope Scope, tree *area.Tree, rows []ImportRow) error {
	var codes, names []string
	for _, r := range rows {
		if r.Good() {
			names = append(names, r.Facts.Name)
			if r.Facts.Code != "" {
				codes = append(codes, r.Facts.Code)
			}
		}
	}
	found, err := db.Query(ctx, query("project_match"), scope.Args(pgx.StrictNamedArgs{"codes": nonNil(codes), "names": nonNil(names)}))
	if err != nil {
		return fmt.Errorf("match projects: %w", err)
	}
	list, err := pgx.CollectRows(found, pgx.RowToStructByNameLax[matched])
	if err != nil {
		return fmt.Errorf("match projects: %w", Told(err))
	}
	byCode, byName := map[string]matched{}, map[string][]matched{}
	for _, m := range list {
		if m.Code != nil {
			byCode[*m.Code] = m
		}
		byName[m.Name] = append(byName[m.Name], m)
	}
	taken := map[int64]int{}
	for i := range rows {
		if r := &rows[i]; r.Good() {
			planRow(r, scope, tree, byCode, byName, taken)
		} else {
			r.Action = ActionSkip
		}
	}
	return nil
}

func planRow(r *ImportRow, scope Scope, tree *area.Tree, byCode map[string]matched, byName map[string][]matched, taken map[int64]int) {
	r.Action, r.ProjectID, r.Changes = ActionCreate, 0, nil
	if !scope.reaches(r.Facts.Counties) {
		r.fail("outside_scope", "这个项目不在您的辖区内，不能导入")
		return
	}
	m, several := match(r.Facts, tree, byCode, byName)
	switch {
	case several:
		r.fail("match_ambiguous", "台账里有几个同名项目，分不清是哪一个，请写上项目代码或县区")
		return
	case m == nil:
		checked := r.Facts.copy()
		if err := checked.tidy(); err != nil {
			r.fail("value_not_allowed", "这一行有内容不能保存（%v），请改正", err)
		}
		return
	case !m.InScope:
		r.fail("outside_scope", "台账里的同一个项目不在您的辖区内，不能修改")
		return
	case taken[m.ID] != 0:
		r.fail("row_twice", "与第 %d 行说的是台账里的同一个项目，请删去一行或改正", taken[m.ID])
		return
	}
	taken[m.ID] = r.Line
	before := m.project()
	after := merge(before.Facts, r.Facts, tree)
	if err := after.tidy(); err != nil {
		r.fail("value_not_allowed", "这一行有内容不能保存（%v），请改正", err)
		return
	}
	_, changed := differing(before.Facts, after)
	for key := range changed {
		r.Changes = append(r.Changes, key)
	}
	if len(newSeats(before.Members, r.Team)) > 0 {
		r.Changes = append(r.Changes, "members")
	}
	slices.Sort(r.Changes)
	r.ProjectID, r.Action = m.ID, ActionUpdate
	if len(r.Changes) == 0 {
		r.Action = ActionSkip
	}
	if slices.Index(Stages, after.Stage) < slices.Index(Stages, before.Stage) {
		r.warn("stage_back", "阶段将从“%s”退回到“%s”，请核对", StageNames[before.Stage], StageNames[after.Stage])
	}
}

// match finds the project that a row means: by code, else by name in its area,
// else by name where one of the two knows the city only.
func match(f Facts, tree *area.Tree, byCode map[string]matched, byName map[string][]matched) (_ *matched, several bool) {
	if m, ok := byCode[f.Code]; ok && f.Code != "" {
		return &m, false
	}
	var exact, near []matched
	for _, m := range byName[f.Name] {
		switch {
		case f.Code != "" && m.Code != nil: // two codes, two projects
		case m.Area == f.Area:
			exact = append(exact, m)
		case inside(tree, f.Area, m.Area) || inside(tree, m.Area, f.Area):
			near = append(near, m)
		}
	}
	for _, hits := range [][]matched{exact, near} {
		if len(hits) > 0 {
			return &hits[0], len(hits) > 1
		}
	}
	return nil, false
}

// inside says whether an area is below another one of city or province level.
func inside(tree *area.Tree, code, above string) bool {
	for a, ok := tree.Lookup(code); ok && a.Parent != ""; a, ok = tree.Lookup(a.Parent) {
		if a.Parent == above {
			return true
		}
	}
	return false
}

// merge lays what a row says over what the ledger says. What the row leaves
// empty stays; a city does not take the place of one of its counties.
func merge(have, row Facts, tree *area.Tree) Facts {
	out := have.copy()
	for _, f := range []struct{ to, from *string }{
		{&out.Code, &row.Code}, {&out.Name, &row.Name}, {&out.Industry, &row.Industry}, {&out.OwnerUnit, &row.OwnerUnit}, {&out.Note, &row.Note},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if row.Source != "" && !(strings.HasPrefix(row.Source, "文件：") && have.Source != "") {
		out.Source = row.Source
	}
	if row.InvestWan != nil {
		out.InvestWan = row.InvestWan
	}
	if row.Stage != "" {
		out.Stage = row.Stage
	}
	out.Batches = unique(append(out.Batches, row.Batches...))
	if row.Area == have.Area || inside(tree, have.Area, row.Area) {
		if len(row.Counties) > 1 {
			out.Counties = unique(append(out.Counties, row.Counties...))
		}
		return out
	}
	out.Area = row.Area
	out.Counties = append(slices.DeleteFunc(out.Counties, func(c string) bool { return c == have.Area }), row.Counties...)
	return out
}

// newSeats are the members of a row that are not yet so in the team. Who keeps
// the seat keeps the login and what the row does not say.
func newSeats(have, row []Member) []Member {
	var out []Member
	for _, m := range row {
		for _, h := range have {
			if h.Role == m.Role && h.Name == m.Name {
				m.PersonID = h.PersonID
				if m.Phone == "" {
					m.Phone = h.Phone
				}
				if m.Title == "" {
					m.Title = h.Title
				}
			}
		}
		same := slices.ContainsFunc(have, func(h Member) bool {
			return h.Role == m.Role && h.Name == m.Name && h.Phone == m.Phone && h.Title == m.Title
		})
		if !same {
			out = append(out, m)
		}
	}
	return out
}

// KeepImport stores a file with its preview until it is accepted or a week has
// passed.
func (s *Store) KeepImport(ctx context.Context, kind, filename string, body []byte, p Preview) (Import, error) {
	name, err := text.Line(filename, text.Name)
	if err != nil || name == "" {
		name = kind
	}
	i := Import{Kind: kind, Filename: name, State: "preview", CreatedAt: s.now(), Preview: p}
	person := optional(ActorOf(ctx).PersonID)
	err = s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		if _, err := tx.Exec(ctx, query("import_sweep"), pgx.StrictNamedArgs{"now": s.now(), "person_id": person}); err != nil {
			return nil, err
		}
		err := tx.QueryRow(ctx, query("import_add"), pgx.StrictNamedArgs{
			"kind": kind, "person_id": person, "filename": name, "file": body, "preview": p, "now": i.CreatedAt,
		}).Scan(&i.ID)
		if err != nil {
			return nil, err
		}
		return []Event{{Verb: "import.uploaded", Subject: fmt.Sprintf("import:%d", i.ID),
			After: JSON(map[string]any{"kind": kind, "filename": name, "rows": len(p.Rows)})}}, nil
	})
	return i, Told(err)
}

// Import returns one of the caller's own imports; the program itself reaches all.
func (s *Store) Import(ctx context.Context, id int64) (Import, error) {
	return readImport(ctx, s.pool, "import_get", id)
}

func readImport(ctx context.Context, db querier, name string, id int64) (Import, error) {
	rows, err := db.Query(ctx, query(name), pgx.StrictNamedArgs{"id": id, "person_id": optional(ActorOf(ctx).PersonID)})
	if err != nil {
		return Import{}, fmt.Errorf("read import: %w", err)
	}
	i, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Import])
	if err != nil {
		return Import{}, fmt.Errorf("read import %d: %w", id, Told(err))
	}
	return i, nil
}

func (s *Store) importFile(ctx context.Context, db querier, id int64) ([]byte, error) {
	rows, err := db.Query(ctx, query("import_file"), pgx.StrictNamedArgs{"id": id, "person_id": optional(ActorOf(ctx).PersonID)})
	if err != nil {
		return nil, fmt.Errorf("read imported file: %w", err)
	}
	body, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	return body, Told(err)
}

// AcceptImport does what an import's preview says, in one transaction, for all
// rows without errors. What the ledger says by now is looked at again: a row
// that no longer fits is refused, a row that changes nothing is skipped. home and
// within are as for the preview.
func (s *Store) AcceptImport(ctx context.Context, scope Scope, id int64, home string, within orb.Bound) (Outcome, error) {
	var done Outcome
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		if _, err := tx.Exec(ctx, query("import_serial"), pgx.StrictNamedArgs{}); err != nil {
			return nil, err
		}
		i, err := readImport(ctx, tx, "import_lock", id)
		if err != nil {
			return nil, err
		}
		if i.State != "preview" {
			return nil, ErrImportDone
		}
		var events []Event
		if i.Kind == "sites" {
			events, done, err = s.acceptSites(ctx, tx, scope, i, home, within)
		} else {
			events, done, err = s.acceptProjects(ctx, tx, scope, i)
		}
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, query("import_accept"), pgx.StrictNamedArgs{"id": id, "now": s.now()}); err != nil {
			return nil, err
		}
		events = append(events, Event{Verb: "import.accepted", Subject: fmt.Sprintf("import:%d", id), After: JSON(map[string]any{
			"kind": i.Kind, "filename": i.Filename, "created": done.Created, "updated": done.Updated, "skipped": done.Skipped, "refused": done.Refused,
		})})
		if done.Created+done.Updated == 0 {
			return events, nil
		}
		return events, Tick(ctx, tx, "site")
	})
	return done, Told(err)
}

func (s *Store) acceptProjects(ctx context.Context, tx pgx.Tx, scope Scope, i Import) ([]Event, Outcome, error) {
	var done Outcome
	tree, err := s.AreaTree(ctx)
	if err != nil {
		return nil, done, err
	}
	if err := s.plan(ctx, tx, scope, tree, i.Preview.Rows); err != nil {
		return nil, done, err
	}
	var events []Event
	var fresh []ImportRow
	for _, r := range i.Preview.Rows {
		switch {
		case !r.Good():
			done.Refused++
		case r.Action == ActionCreate:
			fresh = append(fresh, r)
		case r.Action == ActionUpdate:
			made, err := s.updateFromRow(ctx, tx, scope, r, tree, i.Filename)
			if err != nil {
				return nil, done, fmt.Errorf("line %d: %w", r.Line, err)
			}
			events = append(events, made...)
			done.Updated++
		default:
			done.Skipped++
		}
	}
	for part := range slices.Chunk(fresh, 1000) {
		made, err := s.createFromRows(ctx, tx, part, Reason{Text: "导入 " + i.Filename})
		if err != nil {
			return nil, done, err
		}
		events = append(events, made...)
	}
	done.Created = len(fresh)
	return events, done, nil
}

// createFromRows writes new projects in two round trips: the projects, then
// what hangs on their ids.
func (s *Store) createFromRows(ctx context.Context, tx pgx.Tx, rows []ImportRow, why Reason) ([]Event, error) {
	first, second := &pgx.Batch{}, &pgx.Batch{}
	for n := range rows {
		if err := rows[n].Facts.tidy(); err != nil {
			return nil, err
		}
		first.Queue(query("project_add"), s.factArgs(rows[n].Facts)).QueryRow(func(row pgx.Row) error { return row.Scan(&rows[n].ProjectID) })
	}
	if err := tx.SendBatch(ctx, first).Close(); err != nil {
		return nil, err
	}
	var events []Event
	for _, r := range rows {
		why.Since = r.Since
		s.queueLists(second, r.ProjectID, r.Facts)
		second.Queue(query("stage_add"), s.stageArgs(ctx, r.ProjectID, r.Facts.Stage, why))
		events = append(events, projectEvent("project.created", r.ProjectID, r.Facts.Area, nil, r.Facts.told()))
		for _, m := range newSeats(nil, r.Team) {
			second.Queue(query("member_put"), seatArgs(r.ProjectID, m))
			events = append(events, seatEvent(r.ProjectID, r.Facts.Area, m))
		}
	}
	return events, tx.SendBatch(ctx, second).Close()
}

func (s *Store) updateFromRow(ctx context.Context, tx pgx.Tx, scope Scope, r ImportRow, tree *area.Tree, filename string) ([]Event, error) {
	before, _, err := lockProject(ctx, tx, scope, r.ProjectID)
	if err != nil {
		return nil, err
	}
	after := merge(before, r.Facts, tree)
	if err := after.tidy(); err != nil {
		return nil, err
	}
	var events []Event
	e, err := s.putProject(ctx, tx, scope, r.ProjectID, before, after, Reason{Text: "导入 " + filename, Since: r.Since})
	if err != nil {
		return nil, err
	}
	if e.Verb != "" {
		events = append(events, e)
	}
	if !slices.Contains(r.Changes, "members") {
		return events, nil
	}
	rows, err := tx.Query(ctx, query("member_list"), pgx.StrictNamedArgs{"project_id": r.ProjectID})
	if err != nil {
		return nil, err
	}
	have, err := pgx.CollectRows(rows, pgx.RowToStructByName[Member])
	if err != nil {
		return nil, err
	}
	for _, m := range newSeats(have, r.Team) {
		e, err := s.seat(ctx, tx, r.ProjectID, after.Area, m)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, s.touch(ctx, tx, r.ProjectID)
}

// ImportErrors writes the sender's own sheet with a column 导入问题 and the bad
// cells marked, as a workbook.
func (s *Store) ImportErrors(ctx context.Context, id int64, w io.Writer) error {
	i, err := s.Import(ctx, id)
	if err != nil {
		return err
	}
	bad, odd := map[int][]sheet.Issue{}, map[int][]sheet.Issue{}
	for n, r := range i.Preview.Rows {
		line := r.Line
		if i.Kind == "sites" {
			line = n + 2 // below the header
		}
		bad[line], odd[line] = sheetIssues(r.Errors), sheetIssues(r.Warnings)
	}
	if i.Kind == "sites" {
		return siteTable(i.Preview).WriteCopy(w, bad, odd)
	}
	body, err := s.importFile(ctx, s.pool, id)
	if err != nil {
		return err
	}
	table, err := sheet.Read(body, sheet.Options{Sheet: i.Preview.Ask, Unit: i.Preview.Unit})
	if err != nil {
		return err
	}
	return table.WriteCopy(w, bad, odd)
}

func sheetIssues(issues []ImportIssue) []sheet.Issue {
	var out []sheet.Issue
	for _, i := range issues {
		out = append(out, sheet.Issue{Cell: i.Cell, Column: i.Index, Code: i.Code, Message: i.Message})
	}
	return out
}

// siteTable are the properties of a boundary file as a table.
func siteTable(p Preview) *sheet.Table {
	headers := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		headers[i] = c.Header
	}
	rows := make([][]string, len(p.Rows))
	for i, r := range p.Rows {
		for _, h := range headers {
			rows[i] = append(rows[i], r.Cells[h])
		}
	}
	return sheet.NewTable("红线", headers, rows)
}
