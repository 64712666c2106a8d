package sheet_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"guatu/ledger/area"
	"guatu/ledger/sheet"
)

func tree(t testing.TB) *area.Tree {
	t.Helper()
	f, err := os.Open("../areas.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	areas, err := area.ReadCSV(f)
	if err != nil {
		t.Fatal(err)
	}
	return area.NewTree(areas)
}

func luohe(t testing.TB) sheet.Options {
	return sheet.Options{Areas: tree(t), Home: "411100"}
}

func read(t testing.TB, file []byte, opt sheet.Options) *sheet.Table {
	t.Helper()
	table, err := sheet.Read(file, opt)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// shared is a file of the fixtures beside the repository; a clone without them
// says so and goes on with its own.
func shared(t *testing.T, name string) ([]byte, bool) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../../../shared/fixtures", name))
	if err != nil {
		t.Logf("lacking fixture set: %s", name)
		return nil, false
	}
	return body, true
}

// book makes a workbook of one sheet; nil cells stay empty.
func book(t testing.TB, rows [][]any, more ...func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		for j, v := range row {
			if v == nil {
				continue
			}
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue("Sheet1", at, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, change := range more {
		change(f)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func merge(from, to string) func(*excelize.File) {
	return func(f *excelize.File) {
		if err := f.MergeCell("Sheet1", from, to); err != nil {
			panic(err)
		}
	}
}

// brief is a row as a table test writes it: name area wan stage.
func brief(rows []sheet.Row) []string {
	var out []string
	for _, r := range rows {
		wan := "?"
		if r.Project.InvestWan != nil {
			wan = fmt.Sprint(*r.Project.InvestWan)
		}
		s := strings.TrimSpace(fmt.Sprintf("%d %s %s %s %s", r.Line, r.Project.Name, r.Project.Area, wan, r.Project.Stage))
		for _, e := range r.Errors {
			s += " !" + e.Code + "@" + e.Cell
		}
		out = append(out, s)
	}
	return out
}

func codes(notices []sheet.Notice) []string {
	var out []string
	for _, n := range notices {
		out = append(out, n.Code)
	}
	return out
}

func TestLedgersAsOfficesWriteThem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rows    [][]any
		merges  []string
		want    []string
		notices []string
	}{
		"plain": {
			rows: [][]any{
				{"项目名称", "县区", "总投资（亿元）"},
				{"甲项目", "召陵区", 12.5},
			},
			want: []string{"2 甲项目 411104 125000"}, notices: []string{"stage_absent"},
		},
		"title, unit, section, total, remark": {
			rows: [][]any{
				{"漯河市重点项目清单"},
				{"单位：万元"},
				{"序号", "项目名称", "建设地点", "总投资", "建设阶段"},
				{"召陵区（2个）"},
				{1, "甲项目", nil, 100, "在建"},
				{2, "乙项目", nil, "—", "续建"},
				{"舞阳县（1个）"},
				{3, "丙项目", nil, 50.5, "计划竣工"},
				{"合计", nil, nil, 150.5},
				{"注：投资为计划数"},
			},
			merges:  []string{"A1:E1", "A2:E2", "A4:E4", "A7:E7"},
			want:    []string{"5 甲项目 411104 100 building", "6 乙项目 411104 ? building", "8 丙项目 411121 50.5 building"},
			notices: []string{"rows_section", "rows_total", "rows_remark"},
		},
		"unit in its own header line, column numbers below": {
			rows: [][]any{
				{"项目名称", "县区", "总投资", "建设阶段"},
				{nil, nil, "（亿元）", nil},
				{1, 2, 3, 4},
				{"甲项目", "临颍", 3, "投产"},
			},
			merges: []string{"A1:A2", "B1:B2", "D1:D2"},
			want:   []string{"4 甲项目 411122 30000 producing"},
		},
		"header of two lines, merged": {
			rows: [][]any{
				{"序号", "项目名称", "投资情况（万元）", nil, "建设单位", nil},
				{nil, nil, "总投资", "年度计划投资", "名称", "联系电话"},
				{1, "甲项目", 800, 300, "甲公司", "0395-1234567"},
			},
			merges:  []string{"A1:A2", "B1:B2", "C1:D1", "E1:F1"},
			want:    []string{"3 甲项目 411100 800"},
			notices: []string{"stage_absent"},
		},
		"总投资 over 合计 and 其中": {
			rows: [][]any{
				{"项目名称", "总投资（亿元）", nil, nil},
				{nil, "合计", "其中：政府投资", "企业投资"},
				{"甲项目", 8, 3, 5},
			},
			merges:  []string{"A1:A2", "B1:D1"},
			want:    []string{"3 甲项目 411100 80000"},
			notices: []string{"stage_absent"},
		},
		"a year's plan is not the total": {
			rows: [][]any{
				{"项目名称", "2025年计划投资（亿元）", "累计完成投资（亿元）"},
				{"甲项目", 8, 3},
			},
			want: nil, // one known column is no header
		},
		"county merged down": {
			rows: [][]any{
				{"县区", "项目名称", "总投资_亿元"},
				{"召陵区", "甲项目", 1},
				{nil, "乙项目", 2},
				{"源汇区", "丙项目", 3},
			},
			merges:  []string{"A2:A3"},
			want:    []string{"2 甲项目 411104 10000", "3 乙项目 411104 20000", "4 丙项目 411102 30000"},
			notices: []string{"stage_absent"},
		},
		"project merged down is one project": {
			rows: [][]any{
				{"项目名称", "县区", "总投资(亿元)", "备注"},
				{"甲项目", "召陵区", 1, "一期"},
				{nil, nil, nil, "二期"},
				{"乙项目", "源汇区", 2, nil},
			},
			merges:  []string{"A2:A3", "B2:B3", "C2:C3"},
			want:    []string{"2 甲项目 411104 10000", "4 乙项目 411102 20000"},
			notices: []string{"rows_joined", "stage_absent"},
		},
		"numbered sections carry stage and kind, header repeated": {
			rows: [][]any{
				{"序号", "项目名称", "县区", "总投资（亿元）"},
				{"一", "工业项目", nil, nil},
				{"（一）续建项目（1个）"},
				{1, "甲项目", "召陵区", 1},
				{"序号", "项目名称", "县区", "总投资（亿元）"},
				{"（二）新开工项目"},
				{2, "乙项目", "召陵区", 1},
				{"小计", nil, nil, 2},
				{"总  计", nil, nil, 2},
			},
			want:    []string{"4 甲项目 411104 10000 building", "7 乙项目 411104 10000 started"},
			notices: []string{"rows_section", "rows_total", "rows_repeated"},
		},
		"total that does not add up": {
			rows: [][]any{
				{"项目名称", "县区", "总投资（亿元）", "阶段"},
				{"甲项目", "召陵区", 1, "开工"},
				{"合计", nil, 3, nil},
			},
			want:    []string{"2 甲项目 411104 10000 started"},
			notices: []string{"rows_total", "total_differs"},
		},
		"total above the lines, sums of sections": {
			rows: [][]any{
				{"项目名称", "县区", "总投资（亿元）", "阶段"},
				{"总计（3个）", nil, 6, nil},
				{"甲项目", "召陵区", 1, "开工"},
				{"乙项目", "召陵区", 2, "开工"},
				{"召陵区合计", nil, 3, nil},
				{"丙项目", "源汇区", 3, "开工"},
				{"源汇区合计", nil, 3, nil},
			},
			want:    []string{"3 甲项目 411104 10000 started", "4 乙项目 411104 20000 started", "6 丙项目 411102 30000 started"},
			notices: []string{"rows_total"},
		},
		"numbered but empty lines, facts without a name": {
			rows: [][]any{
				{"序号", "项目名称", "县区", "总投资（亿元）", "阶段"},
				{1, "甲项目", "召陵区", 1, "谋划"},
				{2},
				{3, nil, "召陵区", 4, nil},
			},
			want: []string{"2 甲项目 411104 10000 idea", "4   ? !name_missing@Sheet1!B4"},
		},
		"units fight: the header wins": {
			rows: [][]any{
				{"单位：亿元"},
				{"项目名称", "县区", "总投资（万元）", "阶段"},
				{"甲项目", "召陵区", 500, "落地"},
			},
			want:    []string{"3 甲项目 411104 500 landed"},
			notices: []string{"unit_differs"},
		},
		"full width": {
			rows: [][]any{
				{"＊项目名称", "县（市、区）", "总投资　（亿元）", "阶段"},
				{"甲项目", "召陵区", "１２．５", "签约"},
			},
			want: []string{"2 甲项目 411104 125000 signed"},
		},
		"the same project twice": {
			rows: [][]any{
				{"项目名称", "县区", "阶段"},
				{"甲项目", "召陵区", "签约"},
				{"甲项目", "源汇区", "签约"},
				{"甲 项目", "召陵区", "签约"},
				{"甲项目", "召陵", "开工"},
			},
			want: []string{
				"2 甲项目 411104 ? signed", "3 甲项目 411102 ? signed", "4 甲 项目 411104 ? signed",
				"5 甲项目 411104 ? started !row_twice@Sheet1!A5",
			},
		},
		"places": {
			rows: [][]any{
				{"项目名称", "市", "县区", "阶段"},
				{"甲项目", "漯河市", "市城乡一体化示范区", "签约"},
				{"乙项目", "深圳市", "南山区", "签约"},
				{"丙项目", "河南省", nil, "签约"},
			},
			want: []string{"2 甲项目 411100 ? signed", "3 乙项目  ? signed !area_unknown@Sheet1!C3", "4 丙项目 410000 ? signed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var change []func(*excelize.File)
			for _, m := range tt.merges {
				from, to, _ := strings.Cut(m, ":")
				change = append(change, merge(from, to))
			}
			table, err := sheet.Read(book(t, tt.rows, change...), luohe(t))
			if tt.want == nil {
				if r := sheet.IsRefused(err); r == nil || r.Code != "header_not_found" {
					t.Errorf("err = %v, want header_not_found", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, brief(table.Rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.notices, codes(table.Notices)); diff != "" {
				t.Errorf("notices (-want +got):\n%s%v", diff, table.Notices)
			}
		})
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"50": "500000", "12.5亿": "125000", "12.5亿元": "125000", "5000万": "5000", "5000 万元": "5000", "1,200.5": "12005000",
		"1，200.5万元": "1200.5", "约50亿元": "500000", "50亿元左右": "500000", "100以上": "1000000", "超100亿": "1000000", "50余亿元": "500000",
		"100多亿元": "1000000", "1亿2000万元": "12000", "30000000元": "3000", "３亿元": "30000", "人民币3亿元": "30000", "18.73": "187300", ".5": "5000",
		"—": "?", "/": "?", "暂无": "?", "": "?", "-": "?", "待定": "?",
		"5-8亿元": "invest_range", "10~12": "invest_range", "2.25亿美元": "invest_foreign", "-5": "invest_negative", "五十亿": "invest_not_number",
		"50（一期15）": "invest_not_number", "1,20": "invest_not_number", "1e9": "invest_not_number", "99999999": "invest_too_large", "NaN": "invest_not_number",
	} {
		t.Run(cell, func(t *testing.T) {
			t.Parallel()
			file := "项目名称\t县区\t总投资（亿元）\n甲\t召陵区\t" + cell + "\n"
			row := read(t, []byte(file), luohe(t)).Rows[0]
			got := "?"
			switch {
			case len(row.Errors) > 0:
				got = row.Errors[0].Code
				if row.Errors[0].Cell != "C2" {
					t.Errorf("cell = %s, want C2", row.Errors[0].Cell)
				}
			case row.Project.InvestWan != nil:
				got = fmt.Sprintf("%.12g", *row.Project.InvestWan)
			}
			if got != want {
				t.Errorf("%q = %s, want %s", cell, got, want)
			}
		})
	}
}

func TestNoUnitIsAQuestion(t *testing.T) {
	t.Parallel()
	file := []byte("项目名称,县区,总投资\n甲,召陵区,50\n乙,召陵区,3亿元\n丙,召陵区,\n")
	table := read(t, file, luohe(t))
	if len(table.Asks) != 1 || table.Asks[0].Code != "unit_missing" || len(table.Asks[0].Choices) != 3 {
		t.Errorf("asks = %v", table.Asks)
	}
	want := []string{"2 甲 411104 ? !unit_missing@C2", "3 乙 411104 30000", "4 丙 411104 ?"}
	if diff := cmp.Diff(want, brief(table.Rows)); diff != "" {
		t.Error(diff)
	}
	opt := luohe(t)
	opt.Unit = sheet.Wan
	table = read(t, file, opt)
	if len(table.Asks) != 0 || table.Columns[2].UnitFrom != "answer" {
		t.Errorf("answered, but asks = %v, unit from %q", table.Asks, table.Columns[2].UnitFrom)
	}
	want = []string{"2 甲 411104 50", "3 乙 411104 30000", "4 丙 411104 ?"}
	if diff := cmp.Diff(want, brief(table.Rows)); diff != "" {
		t.Error(diff)
	}
	// A file that says its unit is not overruled by the answer.
	table = read(t, []byte("项目名称,县区,总投资（亿元）\n甲,召陵区,50\n"), opt)
	if got := *table.Rows[0].Project.InvestWan; got != 500_000 {
		t.Errorf("invest = %v", got)
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	file := book(t, [][]any{
		{"漯河市“三个一批”项目台账"},
		{"项目名称", "县区", "建设阶段", "期次", "三个一批", "开工时间", "形象进度", "项目代码", "首席服务官", "联系电话", "现场盯办人"},
		{"甲", "召陵区", "已开工", "第十三期", "开工一批", "2024年3月5日", "主体封顶", "2312-411104-04-01-123456", "张三", "13800000000", "李四 13900000000"},
		{"乙", "召陵区", "续建", 13, "签约", 45356, nil, nil, "—", nil, nil},
		{"丙", "召陵区", "停工", nil, "第十三期投产一批", "2024.03", nil, nil, nil, nil, nil},
		{"丁", "召陵区", nil, nil, "开工", nil, "投产", nil, nil, nil, nil},
	})
	rows := read(t, file, luohe(t)).Rows
	var got []string
	for _, r := range rows {
		p := r.Project
		s := fmt.Sprintf("%s %s %d%s %s %s", p.Name, p.Stage, p.Term, p.Batch, p.Day(), p.Note)
		for _, w := range r.Warnings {
			s += " " + w.Code
		}
		got = append(got, s)
	}
	want := []string{
		"甲 started 13started 2024-03-05 形象进度：主体封顶",
		"乙 building 13signed 2024-03-05 ",
		"丙  13producing   stage_unknown date_month",
		"丁 producing 0   batch_incomplete",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	team := []sheet.Member{{Role: "officer", Name: "张三", Phone: "13800000000"}, {Role: "inspector", Name: "李四", Phone: "13900000000"}}
	if diff := cmp.Diff(team, rows[0].Project.Team); diff != "" {
		t.Error(diff)
	}
	if rows[0].Project.Code != "2312-411104-04-01-123456" {
		t.Errorf("code = %q", rows[0].Project.Code)
	}
	if len(rows[1].Project.Team) != 0 {
		t.Errorf("team = %v", rows[1].Project.Team)
	}
}

func TestWorkbookOddities(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetSheetName("Sheet1", "说明"))
	must(f.SetCellValue("说明", "A1", "填表说明：不含征迁"))
	for _, name := range []string{"源汇区", "召陵区", "旧表"} {
		_, err := f.NewSheet(name)
		must(err)
		must(f.SetSheetRow(name, "A1", &[]any{"项目名称", "县区", "总投资（亿元）", "开工时间", "阶段"}))
		must(f.SetSheetRow(name, "A2", &[]any{name + "甲项目", name, 1.1, 45356, "开工"}))
	}
	must(f.SetSheetRow("召陵区", "A3", &[]any{"召陵区乙项目", "召陵区", nil, nil, "开工"}))
	must(f.SetSheetRow("召陵区", "A4", &[]any{"召陵区藏项目", "召陵区", 1, nil, "开工"}))
	must(f.SetSheetRow("召陵区", "A6", &[]any{"召陵区丙项目", "召陵区", nil, nil, "开工"}))
	must(f.SetCellFormula("召陵区", "C3", "C2*2"))
	must(f.SetCellValue("召陵区", "B6", "#N/A"))
	must(f.SetRowVisible("召陵区", 4, false))
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(err)
	must(f.SetCellStyle("召陵区", "D2", "D2", style))
	must(f.SetCellRichText("召陵区", "A2", []excelize.RichTextRun{{Text: "召陵区"}, {Text: "甲项目", Font: &excelize.Font{Bold: true}}}))
	must(f.SetSheetVisible("旧表", false))
	var b bytes.Buffer
	_, err = f.WriteTo(&b)
	must(err)

	table := read(t, b.Bytes(), luohe(t))
	want := []string{"2 召陵区甲项目 411104 11000 started", "3 召陵区乙项目 411104 ? started !formula_unsaved@召陵区!C3", "6 召陵区丙项目 411100 ? started"}
	got := brief(table.Rows)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%+v", diff, table.Rows)
	}
	if got := table.Rows[0].Project.Day(); got != "2024-03-05" {
		t.Errorf("day of a styled serial = %q", got)
	}
	if diff := cmp.Diff([]string{"sheets_left", "sheets_skipped", "rows_hidden"}, codes(table.Notices)); diff != "" {
		t.Errorf("%s\n%v", diff, table.Notices)
	}
	opt := luohe(t)
	opt.Sheet = "源汇区"
	if table = read(t, b.Bytes(), opt); table.Sheet != "源汇区" || len(table.Rows) != 1 {
		t.Errorf("asked for 源汇区, got %q with %d rows", table.Sheet, len(table.Rows))
	}
	opt.Sheet = "没有"
	if _, err := sheet.Read(b.Bytes(), opt); sheet.IsRefused(err) == nil || sheet.IsRefused(err).Code != "sheet_not_found" {
		t.Errorf("err = %v", err)
	}
}

func TestEncodingsAndDelimiters(t *testing.T) {
	t.Parallel()
	plain := "项目名称,县区,总投资（亿元）,备注\n\"甲,“乙”项目\",召陵区,1.5,\"一期\n二期 \"\"快\"\"\"\n丙项目,源汇区,,\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	gb18030, err := simplifiedchinese.GB18030.NewEncoder().String(strings.Replace(plain, "丙项目", "𠮷丙项目", 1))
	if err != nil {
		t.Fatal(err)
	}
	utf16 := func(e unicode.Endianness, bom unicode.BOMPolicy) string {
		s, err := unicode.UTF16(e, bom).NewEncoder().String(plain)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, tt := range map[string]struct{ file, encoding, third string }{
		"UTF-8":                       {plain, "utf-8", "丙项目"},
		"UTF-8 with BOM":              {"\uFEFF" + plain, "utf-8", "丙项目"},
		"GBK":                         {gbk, "gb18030", "丙项目"},
		"GB18030":                     {gb18030, "gb18030", "𠮷丙项目"},
		"UTF-16 LE with BOM":          {utf16(unicode.LittleEndian, unicode.UseBOM), "utf-16le", "丙项目"},
		"UTF-16 BE with BOM":          {utf16(unicode.BigEndian, unicode.UseBOM), "utf-16be", "丙项目"},
		"UTF-16 LE without BOM":       {utf16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", "丙项目"},
		"lines end in CR LF":          {strings.ReplaceAll(plain, "\n", "\r\n"), "utf-8", "丙项目"},
		"lines end in CR":             {strings.ReplaceAll(strings.Replace(plain, "一期\n", "一期", 1), "\n", "\r"), "utf-8", "丙项目"},
		"semicolons":                  {strings.ReplaceAll(strings.Replace(plain, "甲,", "甲、", 1), ",", ";"), "utf-8", "丙项目"},
		"tabs":                        {strings.ReplaceAll(strings.Replace(plain, "甲,", "甲、", 1), ",", "\t"), "utf-8", "丙项目"},
		"bars":                        {strings.ReplaceAll(strings.Replace(plain, "甲,", "甲、", 1), ",", "|"), "utf-8", "丙项目"},
		"end mark of DOS":             {plain + "\x1a", "utf-8", "丙项目"},
		"quote inside a cell":         {strings.Replace(plain, "丙项目", "丙“新”5\"管项目", 1), "utf-8", "丙“新”5\"管项目"},
		"Excel's =" + `"…"` + " form": {strings.Replace(plain, "丙项目", `="丙项目"`, 1), "utf-8", "丙项目"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := read(t, []byte(tt.file), luohe(t))
			if table.Format != "csv" || table.Encoding != tt.encoding {
				t.Errorf("read as %s %s, want %s", table.Format, table.Encoding, tt.encoding)
			}
			if len(table.Rows) != 2 {
				t.Fatalf("rows = %v", brief(table.Rows))
			}
			first, second := table.Rows[0].Project, table.Rows[1].Project
			if !strings.Contains(first.Name, "“乙”项目") || !strings.HasPrefix(first.Note, "一期") || !strings.HasSuffix(first.Note, `二期 "快"`) {
				t.Errorf("first = %+v", first)
			}
			if second.Name != tt.third || second.InvestWan != nil {
				t.Errorf("second = %+v", second)
			}
		})
	}
}

func TestTextOfCells(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ cell, code, want string }{
		"bidi override":  {"甲\u202e项目", "text_bidi", ""},
		"escape":         {"甲\x1b项目", "text_control", ""},
		"garbled":        {"甲\uFFFD项目", "text_garbled", ""},
		"too long":       {strings.Repeat("长", 201), "text_too_long", ""},
		"fillers":        {"\ufeff 甲\u200b　项目\u00a0", "", "甲 项目"},
		"looks computed": {"=HYPERLINK(\"http://x\")", "", "=HYPERLINK(\"http://x\")"},
		"our own guard":  {"'=1+1项目", "", "=1+1项目"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := read(t, []byte("项目名称\t县区\n"+tt.cell+"\t召陵区\n"), luohe(t)).Rows[0]
			if tt.code != "" && (len(row.Errors) == 0 || row.Errors[0].Code != tt.code) {
				t.Errorf("errors = %v, want %s", row.Errors, tt.code)
			}
			if tt.code == "" && (len(row.Errors) > 0 || row.Project.Name != tt.want) {
				t.Errorf("name = %q, errors = %v", row.Project.Name, row.Errors)
			}
			if shown := row.Cells[0]; strings.ContainsAny(shown, "\u202e\x1b") || len([]rune(shown)) > 301 {
				t.Errorf("shown = %q", shown)
			}
		})
	}
}

func TestRealLedgers(t *testing.T) {
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
	fromCSV := read(t, csv, luohe(t))
	fromGBK := read(t, gbk, luohe(t))
	fromXLSX := read(t, xlsx, luohe(t))
	if len(fromCSV.Rows) != 86 || len(fromXLSX.Rows) != 41 {
		t.Fatalf("%d rows of the csv, %d of the workbook", len(fromCSV.Rows), len(fromXLSX.Rows))
	}
	if diff := cmp.Diff(fromCSV.Rows, fromGBK.Rows); diff != "" || fromGBK.Encoding != "gb18030" {
		t.Errorf("saved as GBK it reads otherwise (%s):\n%s", fromGBK.Encoding, diff)
	}
	byArea := map[string]int{}
	for _, r := range fromCSV.Rows {
		byArea[r.Project.Area]++
		if !r.Good() {
			t.Errorf("line %d: %v", r.Line, r.Errors)
		}
	}
	// 8 rows of Luohe name no county and 3 a zone without a code; 3 rows are the province's.
	want := map[string]int{
		"411100": 11, "411102": 5, "411103": 1, "411104": 6, "411121": 5, "411122": 6, "411171": 7,
		"411081": 4, "411082": 1, "411024": 2, "411622": 17, "411681": 13, "411521": 1, "411526": 4, "410000": 3,
	}
	if diff := cmp.Diff(want, byArea); diff != "" {
		t.Error(diff)
	}
	// The workbook holds the same projects; 3亿元 in its own cell is the csv's 3.
	for i, r := range fromXLSX.Rows {
		a, b := r.Project, fromCSV.Rows[i].Project
		if a.Name != b.Name || a.Area != b.Area || !cmp.Equal(a.InvestWan, b.InvestWan) || a.Note != b.Note || !r.Good() {
			t.Errorf("line %d: %+v, in the csv %+v", r.Line, a, b)
		}
	}
	if slices.Contains(codes(fromXLSX.Notices), "total_differs") {
		t.Error("the workbook's total is taken for wrong")
	}
}

// A copy of the sheet names the trouble, keeps every cell in its place, and can
// be read again.
func TestCopyWithProblems(t *testing.T) {
	t.Parallel()
	file := book(t, [][]any{
		{"漯河市清单"},
		{"项目名称", "县区", "总投资（亿元）", "阶段", "备注"},
		{"甲项目", "召陵区", "很多", "在建", "=cmd|'/c calc'!A0"},
		{"乙项目", "召陵区", 2.5, "在建", "@SUM(1)"},
		{"丙项目", "示范区", 3, "在建", "＝1＋1"},
	}, merge("A1", "E1"))
	table := read(t, file, luohe(t))
	bad, odd := map[int][]sheet.Issue{}, map[int][]sheet.Issue{}
	for _, r := range table.Rows {
		bad[r.Line], odd[r.Line] = r.Errors, r.Warnings
	}
	var b bytes.Buffer
	if err := table.WriteCopy(&b, bad, odd); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"漯河市清单"},
		{"项目名称", "县区", "总投资（亿元）", "阶段", "备注", "导入问题"},
		{"甲项目", "召陵区", "很多", "在建", "'=cmd|'/c calc'!A0", "错误：总投资“很多”不是数字，请填数字（可带单位，如 12.5亿元）；不清楚就留空"},
		{"乙项目", "召陵区", "2.5", "在建", "'@SUM(1)"},
		{"丙项目", "示范区", "3", "在建", "'＝1＋1", "提示：“示范区”对不上漯河市的县区，先记在漯河市，位置待定"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	plain, err := f.GetCellStyle("Sheet1", "C4")
	if err != nil {
		t.Fatal(err)
	}
	if marked, err := f.GetCellStyle("Sheet1", "C3"); err != nil || marked == plain {
		t.Errorf("C3 is not marked: style %d, %v", marked, err)
	}
	again := read(t, b.Bytes(), luohe(t))
	if diff := cmp.Diff(brief(table.Rows), brief(again.Rows)); diff != "" {
		t.Error(diff)
	}
	if got := again.Rows[0].Project.Note; got != "=cmd|'/c calc'!A0" {
		t.Errorf("note = %q", got)
	}
}
