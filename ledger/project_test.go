package ledger_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"guatu/ledger"
	"guatu/ledger/ledgertest"
	"guatu/ledger/text"
)

var everywhere = ledger.Scope{All: true}

// openTree is a ledger with the administrative tree in it.
func openTree(t *testing.T) (*ledger.Store, context.Context) {
	t.Helper()
	store := ledgertest.Open(t)
	ledgertest.Areas(t, store)
	return store, ledger.System(t.Context())
}

// count is what a statement counts.
func count(t *testing.T, store *ledger.Store, sql string, args ...any) int {
	t.Helper()
	rows, err := store.Pool().Query(ledger.System(t.Context()), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAProjectIsWhatWasSaid(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	wan := 187_300.0
	said := ledger.Facts{
		Code: "2312-411104-04-01-123456", Name: " 双汇  第三工业园 ", Area: "411104", Counties: []string{"411102"}, Industry: "食品加工",
		InvestWan: &wan, OwnerUnit: "双汇", Stage: ledger.StageSigned, Batches: []ledger.Batch{{Term: 13, Batch: "signed"}, {Term: 13, Batch: "signed"}},
		Note: "一期\r\n二期", Source: "市发改委台账",
	}
	id, err := store.AddProject(ctx, everywhere, said, ledger.Reason{Text: "导入", Since: time.Date(2026, 3, 5, 0, 0, 0, 0, ledger.Beijing)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.Project(ctx, everywhere, id)
	if err != nil {
		t.Fatal(err)
	}
	want := said
	want.Name, want.Note = "双汇 第三工业园", "一期\n二期"
	want.Counties = []string{"411104", "411102"}
	want.Batches = []ledger.Batch{{Term: 13, Batch: "signed"}}
	if diff := cmp.Diff(want, p.Facts); diff != "" {
		t.Error(diff)
	}
	if p.AreaName != "召陵区" || p.Version != 1 || p.Sites == nil || p.Members == nil {
		t.Errorf("project = %+v", p)
	}
	steps, err := store.StageChanges(ctx, everywhere, id)
	if err != nil || len(steps) != 1 || steps[0].Stage != ledger.StageSigned || ledger.Day(steps[0].ValidFrom).Format(time.DateOnly) != "2026-03-05" {
		t.Errorf("stages = %+v, %v", steps, err)
	}
}

func TestChangesAreKeptOnce(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	g := ledgertest.Project(t, store, "411104")
	id, version := g.Project.ID, g.Project.Version
	events := func() int {
		return count(t, store, "SELECT count(*) FROM event WHERE project_id = $1 AND verb = 'project.changed'", id)
	}
	ticks := func() int { return count(t, store, "SELECT version FROM clock WHERE name = 'site'") }
	before := ticks()
	start := func(f *ledger.Facts) { f.Stage = ledger.StageProducing }
	if err := store.ChangeProject(ctx, everywhere, id, version, ledger.Reason{Text: "投产了"}, start); err != nil {
		t.Fatal(err)
	}
	if events() != 1 || ticks() != before+1 {
		t.Errorf("%d events, clock %d → %d", events(), before, ticks())
	}
	if err := store.ChangeProject(ctx, everywhere, id, version, ledger.Reason{}, start); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("an old version answers %v, want ErrConflict", err)
	}
	if err := store.ChangeProject(ctx, everywhere, id, 0, ledger.Reason{}, start); err != nil {
		t.Fatal(err)
	}
	if events() != 1 || ticks() != before+1 {
		t.Errorf("the same again: %d events, clock %d", events(), ticks())
	}
	steps, err := store.StageChanges(ctx, everywhere, id)
	if err != nil || len(steps) != 2 || steps[0].Stage != ledger.StageProducing || steps[0].Reason != "投产了" {
		t.Errorf("stages = %+v, %v", steps, err)
	}
	// A county that becomes known takes the place of the city; the county of a site stays.
	err = store.ChangeProject(ctx, everywhere, id, 0, ledger.Reason{}, func(f *ledger.Facts) { f.Area = "411102"; f.InvestWan = nil })
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.Project(ctx, everywhere, id)
	if err != nil || p.InvestWan != nil || !cmp.Equal(p.Counties, []string{"411102", "411104"}) {
		t.Errorf("project = %+v, %v", p, err)
	}
}

func TestWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	good := ledger.Facts{Name: "甲项目", Area: "411104"}
	if _, err := store.AddProject(ctx, everywhere, good, ledger.Reason{}); err != nil {
		t.Fatal(err)
	}
	nan, less := math.NaN(), -1.0
	for name, tt := range map[string]struct {
		change func(*ledger.Facts)
		field  string
		err    error
	}{
		"no name":           {func(f *ledger.Facts) { f.Name = " \u200b" }, "name", ledger.ErrEmpty},
		"name turned round": {func(f *ledger.Facts) { f.Name = "甲\u202e项目" }, "name", text.ErrBidi},
		"name with NUL":     {func(f *ledger.Facts) { f.Name = "甲\x00" }, "name", text.ErrControl},
		"name too long":     {func(f *ledger.Facts) { f.Name = strings.Repeat("长", 201) }, "name", text.ErrTooLong},
		"note not UTF-8":    {func(f *ledger.Facts) { f.Note = "\xff" }, "note", text.ErrEncoding},
		"NaN invested":      {func(f *ledger.Facts) { f.InvestWan = &nan }, "invest_wan", ledger.ErrValue},
		"less than nothing": {func(f *ledger.Facts) { f.InvestWan = &less }, "invest_wan", ledger.ErrValue},
		"unknown stage":     {func(f *ledger.Facts) { f.Stage = "stopped" }, "stage", ledger.ErrValue},
		"unknown batch":     {func(f *ledger.Facts) { f.Batches = []ledger.Batch{{Term: 0, Batch: "signed"}} }, "batches", ledger.ErrValue},
		"township":          {func(f *ledger.Facts) { f.Area = "411102001" }, "area", ledger.ErrUnknownArea},
		"no such area":      {func(f *ledger.Facts) { f.Area = "999999" }, "", ledger.ErrUnknownArea},
		"taken name":        {func(*ledger.Facts) {}, "", ledger.ErrTaken},
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			tt.change(&f)
			_, err := store.AddProject(ctx, everywhere, f, ledger.Reason{})
			if !errors.Is(err, tt.err) {
				t.Fatalf("err = %v, want %v", err, tt.err)
			}
			var field *ledger.FieldError
			if tt.field != "" && (!errors.As(err, &field) || field.Field != tt.field) {
				t.Errorf("err = %v, want field %s", err, tt.field)
			}
		})
	}
	if n := count(t, store, "SELECT count(*) FROM project"); n != 1 {
		t.Errorf("%d projects are left behind", n)
	}
}

func TestScopeDecidesAboutProjects(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	here := ledgertest.Project(t, store, "411104")
	both := ledgertest.Project(t, store, "411102", func(f *ledger.Facts) { f.Counties = []string{"411102", "411104"} })
	there := ledgertest.Project(t, store, "411121")
	zhaoling := ledger.Scope{Counties: []string{"411104"}}
	names := func(scope ledger.Scope) (ids []int64) {
		list, err := store.Projects(ctx, scope, ledger.ProjectFilter{}, ledger.ProjectKey{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			ids = append(ids, p.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]int64{both.Project.ID, here.Project.ID}, names(zhaoling)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{there.Project.ID}, names(ledger.Scope{Projects: []int64{there.Project.ID}})); diff != "" {
		t.Error(diff)
	}
	if got := names(ledger.Scope{}); len(got) != 0 {
		t.Errorf("the empty scope sees %v", got)
	}
	// The other county's site of a shared project stays hidden.
	p, err := store.Project(ctx, zhaoling, both.Project.ID)
	if err != nil || len(p.Sites) != 0 {
		t.Errorf("sites = %+v, %v", p.Sites, err)
	}
	id := there.Project.ID
	for name, err := range map[string]error{
		"read":   second(store.Project(ctx, zhaoling, id)),
		"change": store.ChangeProject(ctx, zhaoling, id, 0, ledger.Reason{}, func(f *ledger.Facts) { f.Name = "我的" }),
		"seat":   store.SeatMember(ctx, zhaoling, id, ledger.Member{Role: "owner", Name: "我"}),
		"drop":   store.DropMember(ctx, zhaoling, id, "owner"),
		"add":    second(store.AddProject(ctx, zhaoling, ledger.Facts{Name: "新", Area: "411121"}, ledger.Reason{})),
		"annex": store.ChangeProject(ctx, zhaoling, here.Project.ID, 0, ledger.Reason{}, func(f *ledger.Facts) {
			f.Counties = append(f.Counties, "411121")
		}),
		"seat a stranger": store.SeatMember(ctx, zhaoling, here.Project.ID, ledger.Member{Role: "owner", Name: "客", PersonID: &there.Inspector}),
	} {
		if !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestProjectsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	for _, name := range []string{"甲100%项目", "乙_项目", "丙项目", "丁项目", "戊项目"} {
		if _, err := store.AddProject(ctx, everywhere, ledger.Facts{Name: name, Area: "411104", Stage: ledger.StageSigned}, ledger.Reason{}); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	key := ledger.ProjectKey{}
	for {
		page, err := store.Projects(ctx, everywhere, ledger.ProjectFilter{}, key, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page {
			seen = append(seen, p.Name)
			key = ledger.ProjectKey{At: p.UpdatedAt, ID: p.ID}
		}
		if len(page) < 2 {
			break
		}
	}
	if diff := cmp.Diff([]string{"戊项目", "丁项目", "丙项目", "乙_项目", "甲100%项目"}, seen); diff != "" {
		t.Error(diff)
	}
	for q, want := range map[string]int{"项目": 5, "%": 1, "_": 1, `\`: 0, "丙": 1, "' OR 1=1 --": 0} {
		list, err := store.Projects(ctx, everywhere, ledger.ProjectFilter{Text: q}, ledger.ProjectKey{}, 10)
		if err != nil || len(list) != want {
			t.Errorf("%q finds %d, %v; want %d", q, len(list), err, want)
		}
	}
	list, err := store.Projects(ctx, everywhere, ledger.ProjectFilter{Stage: ledger.StageReached, Batch: "signed", Term: 3, County: "411104"}, ledger.ProjectKey{}, 10)
	if err != nil || len(list) != 0 {
		t.Errorf("list = %v, %v", list, err)
	}
}

func TestTheTeamHasFivePlaces(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	g := ledgertest.Project(t, store, "411104")
	var roles []string
	for _, m := range g.Project.Members {
		roles = append(roles, m.Role)
	}
	if diff := cmp.Diff(ledger.MemberRoles, roles); diff != "" {
		t.Error(diff)
	}
	if err := store.SeatMember(ctx, everywhere, g.Project.ID, ledger.Member{Role: "officer", Name: "另一人"}); err != nil {
		t.Fatal(err)
	}
	if err := store.DropMember(ctx, everywhere, g.Project.ID, "helper"); err != nil {
		t.Fatal(err)
	}
	if err := store.DropMember(ctx, everywhere, g.Project.ID, "helper"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("an empty place is emptied: %v", err)
	}
	if err := store.SeatMember(ctx, everywhere, g.Project.ID, ledger.Member{Role: "mayor", Name: "某"}); !errors.Is(err, ledger.ErrValue) {
		t.Errorf("a sixth place: %v", err)
	}
	p, err := store.Project(ctx, everywhere, g.Project.ID)
	if err != nil || len(p.Members) != 4 || p.Members[1].Name != "另一人" || p.Version != g.Project.Version+2 {
		t.Errorf("project = %+v, %v", p, err)
	}
	if n := count(t, store, "SELECT count(*) FROM event WHERE verb = 'project.member_seated' AND before->>'name' = '示例首席服务官'"); n != 1 {
		t.Errorf("%d events say who sat there before", n)
	}
}
