package ledger

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guatu/ledger/text"
)

// ErrEmpty says that something that must be named was left empty.
var ErrEmpty = errors.New("must not be empty")

// Stage is where a project stands in its life (policy-mechanisms 1.6). It is
// not its batch: a project signed in the third term may long have been producing
// (docs/sources.md#L2, #C7).
type Stage string

// The stages in their order.
const (
	StageIdea      Stage = "idea"      // 谋划
	StageReserve   Stage = "reserve"   // 储备
	StageSigned    Stage = "signed"    // 签约
	StageLanded    Stage = "landed"    // 落地
	StageStarted   Stage = "started"   // 开工 (入库纳统)
	StageBuilding  Stage = "building"  // 在建
	StageAccepting Stage = "accepting" // 竣工验收
	StageProducing Stage = "producing" // 投产
	StageReached   Stage = "reached"   // 达效
)

// Stages are all of them, in order.
var Stages = []Stage{StageIdea, StageReserve, StageSigned, StageLanded, StageStarted, StageBuilding, StageAccepting, StageProducing, StageReached}

// StageNames are what offices call the stages.
var StageNames = map[Stage]string{
	StageIdea: "谋划", StageReserve: "储备", StageSigned: "签约", StageLanded: "落地", StageStarted: "开工", StageBuilding: "在建",
	StageAccepting: "竣工验收", StageProducing: "投产", StageReached: "达效",
}

// Batch is a place on an honour roll: 期 × 签约/开工/投产一批. Kind is signed,
// started or producing; Term counts from 1.
type Batch struct {
	Term  int
	Batch string
}

// BatchKinds are the three batches of 三个一批.
var BatchKinds = []string{"signed", "started", "producing"}

// Facts are what the ledger says about a project and people may change.
//
// InvestWan is the planned total in 万元 (10,000 yuan), nil where it is not
// stated. Area is the county that leads, or the city while the county is not
// known; Counties are all that the project lies in, Area among them.
type Facts struct {
	Code      string // 项目代码 of the provincial approval platform; "": none yet
	Name      string
	Area      string
	Counties  []string
	Industry  string
	InvestWan *float64
	OwnerUnit string
	Stage     Stage
	Batches   []Batch
	Note      string
	Source    string
}

// Project is one line of the 三个一批 ledger with its team and its ground.
type Project struct {
	ID int64
	Facts
	AreaName  string
	Version   int // counts every change; what If-Match compares
	CreatedAt time.Time
	UpdatedAt time.Time
	Members   []Member
	Sites     []SiteRef // those in the reader's scope
}

// SiteRef is a site as its project lists it.
type SiteRef struct {
	ID     int64
	County string
	Name   string
	AreaM2 float64
}

// projectRow is a project as the statements return it.
type projectRow struct {
	ID                   int64
	Code                 *string
	Name, Area, AreaName string
	Industry             string
	InvestWan            *float64
	OwnerUnit            string
	Stage                Stage
	Note, Source         string
	Version              int
	CreatedAt, UpdatedAt time.Time
	Counties             []string
	Batches              []Batch
	Members              []Member
	Sites                []SiteRef
}

func (r projectRow) project() Project {
	return Project{
		ID: r.ID, AreaName: r.AreaName, Version: r.Version, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		Members: r.Members, Sites: r.Sites,
		Facts: Facts{
			Code: deref(r.Code), Name: r.Name, Area: r.Area, Counties: r.Counties, Industry: r.Industry, InvestWan: r.InvestWan,
			OwnerUnit: r.OwnerUnit, Stage: r.Stage, Batches: r.Batches, Note: r.Note, Source: r.Source,
		},
	}
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// ProjectFilter narrows a list; zero fields do not.
type ProjectFilter struct {
	Text   string // in name, code or owner's unit
	Stage  Stage
	County string
	Batch  string // signed, started, producing
	Term   int    // with Batch
}

// ProjectKey is the place of a project in a list; the zero key is before the first.
type ProjectKey struct {
	At time.Time
	ID int64
}

// Projects returns those in scope that pass the filter, the latest changed
// first, after a key, at most limit.
func (s *Store) Projects(ctx context.Context, scope Scope, f ProjectFilter, after ProjectKey, limit int) ([]Project, error) {
	rows, err := s.pool.Query(ctx, query("project_list"), scope.Args(pgx.StrictNamedArgs{
		"like": like(f.Text), "stage": optional(string(f.Stage)), "county": optional(f.County), "batch": optional(f.Batch),
		"term": optional(f.Term), "before_at": optional(after.At), "before_id": after.ID, "max": limit,
	}))
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[projectRow])
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", Told(err))
	}
	projects := make([]Project, len(list))
	for i, r := range list {
		projects[i] = r.project()
	}
	return projects, nil
}

// Project returns one project in scope, or ErrNotFound.
func (s *Store) Project(ctx context.Context, scope Scope, id int64) (Project, error) {
	rows, err := s.pool.Query(ctx, query("project_get"), scope.Args(pgx.StrictNamedArgs{"id": id}))
	if err != nil {
		return Project{}, fmt.Errorf("read project: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[projectRow])
	if err != nil {
		return Project{}, fmt.Errorf("read project %d: %w", id, Told(err))
	}
	return r.project(), nil
}

// tidy cleans the facts and says what cannot be kept.
func (f *Facts) tidy() error {
	var c fields
	c.name("name", &f.Name)
	c.line("code", &f.Code, text.Code)
	c.line("industry", &f.Industry, text.Name)
	c.line("owner_unit", &f.OwnerUnit, text.Name)
	c.note("note", &f.Note)
	c.note("source", &f.Source)
	if len(f.Area) != 6 {
		c.fail("area", ErrUnknownArea)
	}
	for _, county := range f.Counties {
		if len(county) != 6 {
			c.fail("counties", ErrUnknownArea)
		}
	}
	if f.Stage == "" {
		f.Stage = StageIdea
	}
	if !slices.Contains(Stages, f.Stage) {
		c.fail("stage", ErrValue)
	}
	if f.InvestWan != nil && !(*f.InvestWan >= 0 && *f.InvestWan <= 1e8 && !math.IsNaN(*f.InvestWan)) {
		c.fail("invest_wan", ErrValue)
	}
	for _, b := range f.Batches {
		if b.Term < 1 || b.Term > 200 || !slices.Contains(BatchKinds, b.Batch) {
			c.fail("batches", ErrValue)
		}
	}
	f.Counties = unique(append([]string{f.Area}, f.Counties...))
	f.Batches = unique(f.Batches)
	return c.err
}

// unique keeps the first of equal entries; it is never nil.
func unique[T comparable](list []T) []T {
	out := []T{}
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// reaches says whether every county of a list lies in scope.
func (s Scope) reaches(counties []string) bool {
	return !slices.ContainsFunc(counties, func(c string) bool { return !s.Covers(c, 0) })
}

// Reason is why a stage holds and since when; zero for "now, as said".
type Reason struct {
	Text  string
	Since time.Time
}

// AddProject writes a project whose counties lie in scope. ErrTaken: there is
// one of this code, or of this name in this area.
func (s *Store) AddProject(ctx context.Context, scope Scope, f Facts, why Reason) (int64, error) {
	if err := f.tidy(); err != nil {
		return 0, err
	}
	if !scope.reaches(f.Counties) {
		return 0, ErrNotFound
	}
	var id int64
	err := s.Write(ctx, func(tx pgx.Tx) (events []Event, err error) {
		var e Event
		if id, e, err = s.addProject(ctx, tx, f, why); err != nil {
			return nil, err
		}
		return []Event{e}, Tick(ctx, tx, "site")
	})
	return id, Told(err)
}

func (s *Store) addProject(ctx context.Context, tx pgx.Tx, f Facts, why Reason) (int64, Event, error) {
	var id int64
	err := tx.QueryRow(ctx, query("project_add"), s.factArgs(f)).Scan(&id)
	if err != nil {
		return 0, Event{}, err
	}
	if err := s.putLists(ctx, tx, id, f); err != nil {
		return 0, Event{}, err
	}
	if err := s.noteStage(ctx, tx, id, f.Stage, why); err != nil {
		return 0, Event{}, err
	}
	return id, projectEvent("project.created", id, f.Area, nil, f.told()), nil
}

func (s *Store) factArgs(f Facts) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"code": f.Code, "name": f.Name, "area": f.Area, "industry": f.Industry, "invest_wan": f.InvestWan,
		"owner_unit": f.OwnerUnit, "stage": string(f.Stage), "note": f.Note, "source": f.Source, "now": s.now(),
	}
}

func (s *Store) putLists(ctx context.Context, tx pgx.Tx, id int64, f Facts) error {
	b := &pgx.Batch{}
	s.queueLists(b, id, f)
	return tx.SendBatch(ctx, b).Close()
}

// queueLists adds the statements that set a project's counties and batches.
func (s *Store) queueLists(b *pgx.Batch, id int64, f Facts) {
	terms, kinds := make([]int, len(f.Batches)), make([]string, len(f.Batches))
	for i, one := range f.Batches {
		terms[i], kinds[i] = one.Term, one.Batch
	}
	b.Queue(query("project_areas_put"), pgx.StrictNamedArgs{"id": id, "counties": f.Counties})
	b.Queue(query("project_batches_put"), pgx.StrictNamedArgs{"id": id, "terms": terms, "batches": kinds})
}

func (s *Store) noteStage(ctx context.Context, tx pgx.Tx, id int64, stage Stage, why Reason) error {
	_, err := tx.Exec(ctx, query("stage_add"), s.stageArgs(ctx, id, stage, why))
	return err
}

func (s *Store) stageArgs(ctx context.Context, id int64, stage Stage, why Reason) pgx.StrictNamedArgs {
	since := why.Since
	if since.IsZero() {
		since = s.now()
	}
	return pgx.StrictNamedArgs{
		"project_id": id, "stage": string(stage), "valid_from": since, "person_id": optional(ActorOf(ctx).PersonID), "reason": why.Text,
	}
}

// ChangeProject lets change work on the facts of a project in scope and keeps
// the result. version is the one that the caller read, 0 for any; ErrConflict
// where it is no longer that. Counties that are new must lie in scope. A change
// that changes nothing writes nothing.
func (s *Store) ChangeProject(ctx context.Context, scope Scope, id int64, version int, why Reason, change func(*Facts)) error {
	var c fields
	c.note("reason", &why.Text)
	if c.err != nil {
		return c.err
	}
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		before, at, err := lockProject(ctx, tx, scope, id)
		if err != nil {
			return nil, err
		}
		if version != 0 && version != at {
			return nil, ErrConflict
		}
		after := before.copy()
		change(&after)
		if after.Area != before.Area { // the new one takes the old one's place
			after.Counties = slices.DeleteFunc(after.Counties, func(c string) bool { return c == before.Area })
		}
		if err := after.tidy(); err != nil {
			return nil, err
		}
		e, err := s.putProject(ctx, tx, scope, id, before, after, why)
		if err != nil || e.Verb == "" {
			return nil, err
		}
		return []Event{e}, Tick(ctx, tx, "site")
	}))
}

// putProject writes what differs; no event where nothing does.
func (s *Store) putProject(ctx context.Context, tx pgx.Tx, scope Scope, id int64, before, after Facts, why Reason) (Event, error) {
	was, is := differing(before, after)
	if len(is) == 0 {
		return Event{}, nil
	}
	added := slices.DeleteFunc(slices.Clone(after.Counties), func(c string) bool { return slices.Contains(before.Counties, c) })
	if !scope.reaches(added) {
		return Event{}, ErrNotFound
	}
	args := s.factArgs(after)
	args["id"] = id
	if _, err := tx.Exec(ctx, query("project_put"), args); err != nil {
		return Event{}, err
	}
	if err := s.putLists(ctx, tx, id, after); err != nil {
		return Event{}, err
	}
	if before.Stage != after.Stage {
		if err := s.noteStage(ctx, tx, id, after.Stage, why); err != nil {
			return Event{}, err
		}
	}
	if why.Text != "" {
		is["reason"] = why.Text
	}
	return projectEvent("project.changed", id, after.Area, was, is), nil
}

func lockProject(ctx context.Context, tx pgx.Tx, scope Scope, id int64) (Facts, int, error) {
	rows, err := tx.Query(ctx, query("project_lock"), scope.Args(pgx.StrictNamedArgs{"id": id}))
	if err != nil {
		return Facts{}, 0, err
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByNameLax[projectRow])
	if err != nil {
		return Facts{}, 0, err
	}
	return r.project().Facts, r.Version, nil
}

func (f Facts) copy() Facts {
	f.Counties, f.Batches = slices.Clone(f.Counties), slices.Clone(f.Batches)
	if f.InvestWan != nil {
		wan := *f.InvestWan
		f.InvestWan = &wan
	}
	return f
}

// told are the facts as events say them.
func (f Facts) told() map[string]any {
	return map[string]any{
		"code": f.Code, "name": f.Name, "area": f.Area, "counties": f.Counties, "industry": f.Industry, "invest_wan": f.InvestWan,
		"owner_unit": f.OwnerUnit, "stage": f.Stage, "batches": f.Batches, "note": f.Note, "source": f.Source,
	}
}

// differing are the facts that are not the same, as they were and as they are.
func differing(before, after Facts) (was, is map[string]any) {
	was, is = before.told(), after.told()
	sorted := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
	byTerm := func(list []Batch) []Batch {
		return slices.SortedFunc(slices.Values(list), func(a, b Batch) int {
			if a.Term != b.Term {
				return a.Term - b.Term
			}
			return slices.Index(BatchKinds, a.Batch) - slices.Index(BatchKinds, b.Batch)
		})
	}
	same := map[string]bool{
		"code": before.Code == after.Code, "name": before.Name == after.Name, "area": before.Area == after.Area,
		"counties": slices.Equal(sorted(before.Counties), sorted(after.Counties)), "industry": before.Industry == after.Industry,
		"invest_wan": (before.InvestWan == nil) == (after.InvestWan == nil) && deref(before.InvestWan) == deref(after.InvestWan),
		"owner_unit": before.OwnerUnit == after.OwnerUnit, "stage": before.Stage == after.Stage,
		"batches": slices.Equal(byTerm(before.Batches), byTerm(after.Batches)),
		"note":    before.Note == after.Note, "source": before.Source == after.Source,
	}
	for key, equal := range same {
		if equal {
			delete(was, key)
			delete(is, key)
		}
	}
	return was, is
}

func projectEvent(verb string, id int64, county string, before, after map[string]any) Event {
	e := Event{Verb: verb, County: county, ProjectID: &id, Subject: fmt.Sprintf("project:%d", id), After: JSON(after)}
	if before != nil {
		e.Before = JSON(before)
	}
	return e
}

// StageChange is one step of a project's life.
type StageChange struct {
	Stage      Stage
	ValidFrom  time.Time
	PersonID   *int64
	PersonName string
	Reason     string
}

// StageChanges are the steps of a project in scope, the latest first.
func (s *Store) StageChanges(ctx context.Context, scope Scope, id int64) ([]StageChange, error) {
	rows, err := s.pool.Query(ctx, query("stage_list"), scope.Args(pgx.StrictNamedArgs{"id": id}))
	if err != nil {
		return nil, fmt.Errorf("read stages: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[StageChange])
}
