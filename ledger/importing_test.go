package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"guatu/ledger"
	"guatu/ledger/ledgertest"
	"guatu/ledger/sheet"
)

var henan = orb.Bound{Min: orb.Point{110, 31}, Max: orb.Point{117, 37}}

func shared(t *testing.T, name string) ([]byte, bool) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../../shared/fixtures", name))
	if err != nil {
		t.Logf("lacking fixture set: %s", name)
		return nil, false
	}
	return body, true
}

// take previews a ledger, keeps it and accepts it.
func take(t *testing.T, store *ledger.Store, ctx context.Context, scope ledger.Scope, name string, body []byte) (ledger.Preview, ledger.Outcome) {
	t.Helper()
	p, err := store.ReadProjects(ctx, scope, ledger.LedgerFile{Name: name, Body: body, Home: "411100"})
	if err != nil {
		t.Fatal(err)
	}
	i, err := store.KeepImport(ctx, "projects", name, body, p)
	if err != nil {
		t.Fatal(err)
	}
	done, err := store.AcceptImport(ctx, scope, i.ID, "411100", henan)
	if err != nil {
		t.Fatal(err)
	}
	return p, done
}

func TestImportOfRealLedgers(t *testing.T) {
	t.Parallel()
	csv, ok := shared(t, "ledger/henan-projects.csv")
	if !ok {
		return
	}
	xlsx, ok := shared(t, "ledger/重点项目清单-亿元.xlsx")
	if !ok {
		return
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes(bytes.TrimPrefix(csv, []byte("\uFEFF")))
	if err != nil {
		t.Fatal(err)
	}
	store, ctx := openTree(t)
	for _, tt := range []struct {
		name string
		body []byte
		want ledger.Outcome
	}{
		{"henan-projects.csv", csv, ledger.Outcome{Created: 86}},
		{"henan-projects.csv", csv, ledger.Outcome{Skipped: 86}},
		{"另存为GBK.csv", gbk, ledger.Outcome{Skipped: 86}},
		{"重点项目清单-亿元.xlsx", xlsx, ledger.Outcome{Updated: 41}}, // the workbook knows their stages
		{"重点项目清单-亿元.xlsx", xlsx, ledger.Outcome{Skipped: 41}},
		{"henan-projects.csv", csv, ledger.Outcome{Skipped: 86}}, // says no stage: those of the workbook stay
	} {
		before := count(t, store, "SELECT count(*) FROM event WHERE verb LIKE 'project.%'")
		_, done := take(t, store, ctx, everywhere, tt.name, tt.body)
		if done != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, done, tt.want)
		}
		if made := count(t, store, "SELECT count(*) FROM event WHERE verb LIKE 'project.%'") - before; made != done.Created+done.Updated {
			t.Errorf("%s: %d events for %+v", tt.name, made, done)
		}
	}
	if n := count(t, store, "SELECT count(*) FROM project"); n != 86 {
		t.Errorf("%d projects", n)
	}
	if n := count(t, store, "SELECT count(*) FROM project WHERE invest_wan IS NULL"); n != 86-26 {
		t.Errorf("%d projects have no investment", n)
	}
	if n := count(t, store, "SELECT invest_wan::int FROM project WHERE name LIKE 'PVC%'"); n != 187_300 {
		t.Errorf("PVC盐化工 costs %d 万元", n)
	}
	if n := count(t, store, "SELECT count(*) FROM project_area WHERE county = '411104'"); n != 6 {
		t.Errorf("%d projects in 召陵区", n)
	}
	if n := count(t, store, "SELECT count(*) FROM stage_change c JOIN project p ON p.id = c.project_id WHERE c.stage = 'idea'"); n != 86 {
		t.Errorf("%d beginnings", n)
	}
}

func TestAPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	ledgertest.Project(t, store, "411104", func(f *ledger.Facts) { f.Name = "旧项目" })
	rows := func() int {
		return count(t, store, "SELECT (SELECT count(*) FROM project) + (SELECT sum(version) FROM project) + (SELECT count(*) FROM stage_change) + (SELECT count(*) FROM member) + (SELECT version FROM clock WHERE name = 'site')")
	}
	before := rows()
	file := []byte("项目名称,县区,总投资（亿元）,建设阶段\n旧项目,召陵区,9,投产\n新项目,源汇区,1,在建\n坏项目,源汇区,很多,在建\n")
	p, err := store.ReadProjects(ctx, everywhere, ledger.LedgerFile{Name: "a.csv", Body: file, Home: "411100"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.KeepImport(ctx, "projects", "a.csv", file, p); err != nil {
		t.Fatal(err)
	}
	if rows() != before {
		t.Error("a preview changed the ledger")
	}
	var got []string
	for _, r := range p.Rows {
		got = append(got, fmt.Sprint(r.Line, " ", r.Action, " ", strings.Join(r.Changes, ","), " ", len(r.Errors)))
	}
	want := []string{"2 update invest_wan,source,stage 0", "3 create  0", "4 skip  1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRowsFindTheirProjects(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	header := "项目名称,市,县区,项目代码,总投资（亿元）,建设单位,期次,三个一批,首席服务官,联系电话,开工时间,建设阶段\n"
	_, done := take(t, store, ctx, everywhere, "一.csv", []byte(header+
		"甲,漯河市,召陵区,,1,甲公司,13,签约一批,张三,0395-1,,签约\n"+
		"乙,漯河市,,,2,,,,,,,\n"+
		"丙,漯河市,源汇区,2312-1,3,,,,,,,\n"+
		"丁,漯河市,源汇区,,,,,,,,,\n丁,漯河市,召陵区,,,,,,,,,\n"))
	if done != (ledger.Outcome{Created: 5}) {
		t.Fatalf("first: %+v", done)
	}
	p, done := take(t, store, ctx, everywhere, "二.csv", []byte(header+
		"甲,漯河市,召陵区,2312-9,,,14,签约一批,张三,,2026-03-05,开工\n"+ // gets a code, a batch and a stage; keeps what is empty
		"乙,漯河市,临颍县,,,,,,,,,\n"+ // the county becomes known
		"丙改名,漯河市,源汇区,2312-1,,,,,,,,\n"+ // found by its code
		"丁,漯河市,,,,,,,,,,\n"+ // which of the two?
		"丙,漯河市,源汇区,2312-2,,,,,,,,\n")) // another code, another project
	if done != (ledger.Outcome{Created: 1, Updated: 3, Refused: 1}) {
		t.Errorf("second: %+v", done)
	}
	if e := p.Rows[3].Errors; len(e) != 1 || e[0].Code != "match_ambiguous" {
		t.Errorf("丁: %+v", e)
	}
	list, err := store.Projects(ctx, everywhere, ledger.ProjectFilter{}, ledger.ProjectKey{}, 20)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range list {
		wan, team := "?", ""
		if p.InvestWan != nil {
			wan = fmt.Sprint(*p.InvestWan)
		}
		for _, m := range p.Members {
			team += m.Role + ":" + m.Name + m.Phone
		}
		got = append(got, strings.TrimSpace(fmt.Sprint(p.Name, " ", p.Area, " ", p.Counties, " ", p.Code, " ", wan, " ", p.OwnerUnit, " ", p.Stage, " ", p.Batches, " ", team)))
	}
	want := map[string]bool{
		"甲 411104 [411104] 2312-9 10000 甲公司 started [{13 signed} {14 signed}] officer:张三0395-1": true,
		"乙 411122 [411122]  20000  idea []":         true,
		"丙改名 411102 [411102] 2312-1 30000  idea []": true,
		"丁 411102 [411102]  ?  idea []":             true,
		"丁 411104 [411104]  ?  idea []":             true,
		"丙 411102 [411102] 2312-2 ?  idea []":       true,
	}
	for _, g := range got {
		if !want[g] {
			t.Errorf("unexpected: %q", g)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d projects, want %d", len(got), len(want))
	}
	if n := count(t, store, "SELECT count(*) FROM stage_change WHERE stage = 'started' AND valid_from = '2026-03-05 00:00+08'"); n != 1 {
		t.Errorf("the day of the start is kept %d times", n)
	}
}

func TestImportKeepsToItsScope(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	file := []byte("项目名称,市,县区,项目代码\n甲,漯河市,召陵区,\n乙,漯河市,源汇区,\n丙,漯河市,,\n丁,漯河市,召陵区,C-1\n")
	if _, err := store.AddProject(ctx, everywhere, ledger.Facts{Name: "别处", Area: "411121", Code: "C-1"}, ledger.Reason{}); err != nil {
		t.Fatal(err)
	}
	zhaoling := ledger.Scope{Counties: []string{"411104"}}
	p, done := take(t, store, ctx, zhaoling, "a.csv", file)
	if done != (ledger.Outcome{Created: 1, Refused: 3}) {
		t.Errorf("%+v", done)
	}
	for _, r := range p.Rows[1:] {
		if len(r.Errors) != 1 || r.Errors[0].Code != "outside_scope" {
			t.Errorf("line %d: %+v", r.Line, r.Errors)
		}
	}
	if n := count(t, store, "SELECT count(*) FROM project"); n != 2 {
		t.Errorf("%d projects", n)
	}
}

func TestImportBelongsToItsSender(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	one := ledgertest.Project(t, store, "411104").Inspector
	two := ledgertest.Project(t, store, "411104").Inspector
	mine := ledger.WithActor(ctx, ledger.Actor{PersonID: one})
	theirs := ledger.WithActor(ctx, ledger.Actor{PersonID: two})
	file := []byte("项目名称,县区\n甲,召陵区\n")
	p, err := store.ReadProjects(mine, everywhere, ledger.LedgerFile{Body: file, Home: "411100"})
	if err != nil {
		t.Fatal(err)
	}
	i, err := store.KeepImport(mine, "projects", "a.csv", file, p)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"read":   second(store.Import(theirs, i.ID)),
		"accept": second(store.AcceptImport(theirs, everywhere, i.ID, "", henan)),
		"errors": store.ImportErrors(theirs, i.ID, &bytes.Buffer{}),
	} {
		if !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if _, err := store.AcceptImport(mine, everywhere, i.ID, "", henan); err != nil {
		t.Fatal(err)
	}
	if _, err := store.AcceptImport(mine, everywhere, i.ID, "", henan); !errors.Is(err, ledger.ErrImportDone) {
		t.Errorf("again: %v", err)
	}
	for n := range 12 {
		if _, err := store.KeepImport(mine, "projects", fmt.Sprint(n), file, p); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, store, "SELECT count(*) FROM import_batch WHERE state = 'preview'"); n != 10 {
		t.Errorf("%d previews are kept", n)
	}
}

// Two people who send the same ledger at once make each project once.
func TestImportsAtOnce(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	var file strings.Builder
	file.WriteString("项目名称,县区,总投资（亿元）\n")
	for i := range 50 {
		fmt.Fprintf(&file, "项目%d,召陵区,%d\n", i, i+1)
	}
	var ids []int64
	for range 4 {
		p, err := store.ReadProjects(ctx, everywhere, ledger.LedgerFile{Body: []byte(file.String()), Home: "411100"})
		if err != nil {
			t.Fatal(err)
		}
		i, err := store.KeepImport(ctx, "projects", "a.csv", []byte(file.String()), p)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, i.ID)
	}
	var all sync.WaitGroup
	outcomes := make([]ledger.Outcome, len(ids))
	for n, id := range ids {
		all.Go(func() {
			var err error
			if outcomes[n], err = store.AcceptImport(ctx, everywhere, id, "411100", henan); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var sum ledger.Outcome
	for _, o := range outcomes {
		sum.Created += o.Created
		sum.Skipped += o.Skipped
	}
	if sum != (ledger.Outcome{Created: 50, Skipped: 150}) {
		t.Errorf("%+v of %+v", sum, outcomes)
	}
}

func TestErrorsComeBackInTheSendersSheet(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	file := []byte("单位：万元\n项目名称,县区,总投资\n甲,召陵区,很多\n乙,深圳市,1\n丙,召陵区,2\n")
	p, err := store.ReadProjects(ctx, everywhere, ledger.LedgerFile{Body: file, Home: "411100"})
	if err != nil {
		t.Fatal(err)
	}
	i, err := store.KeepImport(ctx, "projects", "a.csv", file, p)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := store.ImportErrors(ctx, i.ID, &b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil || len(rows) != 5 || rows[1][3] != sheet.Problems || !strings.Contains(rows[2][3], "不是数字") || !strings.Contains(rows[3][3], "行政区划") || len(rows[4]) != 3 {
		t.Errorf("rows = %q, %v", rows, err)
	}
}

func TestImportOfBoundaries(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	for name, area := range map[string]string{"甲": "411104", "乙": "411102", "丙": "411121"} {
		if _, err := store.AddProject(ctx, everywhere, ledger.Facts{Name: name, Area: area}, ledger.Reason{}); err != nil {
			t.Fatal(err)
		}
	}
	feature := func(properties string, lon float64) string {
		return fmt.Sprintf(`{"type":"Feature","properties":%s,"geometry":{"type":"Polygon","coordinates":[[[%[2]g,33.5],[%[3]g,33.5],[%[3]g,33.51],[%[2]g,33.51],[%[2]g,33.5]]]}}`,
			properties, lon, lon+0.01)
	}
	file := func(features ...string) []byte {
		return []byte(`{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`)
	}
	load := func(scope ledger.Scope, body []byte) (ledger.Preview, ledger.Outcome) {
		t.Helper()
		p, err := store.ReadSites(ctx, scope, ledger.BoundaryFile{Body: body, Home: "411100", Within: henan})
		if err != nil {
			t.Fatal(err)
		}
		i, err := store.KeepImport(ctx, "sites", "红线.geojson", body, p)
		if err != nil {
			t.Fatal(err)
		}
		done, err := store.AcceptImport(ctx, scope, i.ID, "411100", henan)
		if err != nil {
			t.Fatal(err)
		}
		return p, done
	}
	all := file(
		feature(`{"项目名称":"甲"}`, 114.1),
		feature(`{"project":"乙","name":"北区","县区":"源汇区","reason":"批复〔2026〕1号"}`, 114.0),
		feature(`{"project":"乙","name":"南区"}`, 114.02),
		feature(`{"name":"没有的项目"}`, 114.04),
		feature(`{"note":"x"}`, 114.06),
		feature(`{"name":"甲"}`, 114.08),
	)
	p, done := load(everywhere, all)
	if done != (ledger.Outcome{Created: 3, Refused: 3}) {
		t.Errorf("first: %+v", done)
	}
	var refused []string
	for _, r := range p.Rows {
		for _, e := range r.Errors {
			refused = append(refused, fmt.Sprint(r.Line, " ", e.Code))
		}
	}
	if diff := cmp.Diff([]string{"4 project_unknown", "5 project_missing", "6 row_twice"}, refused); diff != "" {
		t.Error(diff)
	}
	if _, done = load(everywhere, all); done != (ledger.Outcome{Skipped: 3, Refused: 3}) {
		t.Errorf("again: %+v", done)
	}
	if _, done = load(everywhere, file(feature(`{"name":"甲"}`, 114.2))); done != (ledger.Outcome{Updated: 1}) {
		t.Errorf("moved: %+v", done)
	}
	if p, done = load(ledger.Scope{Counties: []string{"411104"}}, file(feature(`{"name":"丙"}`, 113.6))); done != (ledger.Outcome{Refused: 1}) || p.Rows[0].Errors[0].Code != "project_unknown" {
		t.Errorf("of another county: %+v %+v", done, p.Rows)
	}
	if n := count(t, store, "SELECT count(*) FROM site_version WHERE source_hash LIKE 'sha256:%'"); n != 4 {
		t.Errorf("%d boundaries name their file", n)
	}
	if n := count(t, store, "SELECT count(*) FROM site_version WHERE reason = '批复〔2026〕1号'"); n != 1 {
		t.Errorf("the reason is kept %d times", n)
	}
	var b bytes.Buffer
	i, err := store.KeepImport(ctx, "sites", "红线.geojson", all, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.ImportErrors(ctx, i.ID, &b); err != nil || b.Len() == 0 {
		t.Errorf("errors of a boundary file: %v", err)
	}
}
