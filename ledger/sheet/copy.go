package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Problems is the header of the column that WriteCopy adds.
const Problems = "导入问题"

// maxCell is the number of characters that Excel keeps in a cell.
const maxCell = 32_000

// WriteCopy writes the sheet that was read as a workbook, every cell in its
// place, with a column 导入问题 behind the last one and the cells that issues
// name marked: red where the line cannot be taken, yellow where it can. issues
// go by line number. Only values are copied: formulas, links and macros of a
// stranger's file stay out, and texts that a spreadsheet program would compute
// are guarded (ASVS 1.2.10). What it writes can be corrected and read again.
func (t *Table) WriteCopy(w io.Writer, errors, warnings map[int][]Issue) error {
	f := excelize.NewFile()
	defer f.Close()
	name := sheetName(t.Sheet)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return fmt.Errorf("name sheet: %w", err)
	}
	red, err := mark(f, "FFC7CE", "9C0006")
	if err != nil {
		return err
	}
	yellow, err := mark(f, "FFEB9C", "7F6000")
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	if err != nil {
		return fmt.Errorf("make style: %w", err)
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("open sheet: %w", err)
	}
	last := t.grid.width()
	for col, width := range t.grid.widths {
		if col < last {
			if err := out.SetColWidth(col+1, col+1, width); err != nil {
				return fmt.Errorf("set width: %w", err)
			}
		}
	}
	if err := out.SetColWidth(last+1, last+1, 60); err != nil {
		return fmt.Errorf("set width: %w", err)
	}
	for _, l := range t.grid.lines {
		cells := make([]any, last+1)
		head := l.n >= t.header.first && l.n <= t.header.last
		for i, c := range l.cells {
			cells[i] = excelize.Cell{Value: c.guarded()}
			if head {
				cells[i] = excelize.Cell{StyleID: bold, Value: c.guarded()}
			}
		}
		paint := func(issues []Issue, style int) {
			for _, i := range issues {
				if i.Column < 0 || i.Column >= last {
					continue
				}
				var value any
				if i.Column < len(l.cells) {
					value = l.cells[i.Column].guarded()
				}
				cells[i.Column] = excelize.Cell{StyleID: style, Value: value}
			}
		}
		paint(warnings[l.n], yellow)
		paint(errors[l.n], red)
		switch told := tell(errors[l.n], warnings[l.n]); {
		case l.n == t.header.first:
			cells[last] = excelize.Cell{StyleID: bold, Value: Problems}
		case len(errors[l.n]) > 0:
			cells[last] = excelize.Cell{StyleID: red, Value: told}
		case told != "":
			cells[last] = excelize.Cell{StyleID: yellow, Value: told}
		}
		if err := out.SetRow("A"+strconv.Itoa(l.n), cells, excelize.RowOpts{Hidden: l.hidden}); err != nil {
			return fmt.Errorf("write line %d: %w", l.n, err)
		}
	}
	for _, m := range t.grid.merges {
		if m.right < last {
			if err := out.MergeCell(letters(m.left)+strconv.Itoa(m.top), letters(m.right)+strconv.Itoa(m.bottom)); err != nil {
				return fmt.Errorf("merge: %w", err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("finish sheet: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

func mark(f *excelize.File, fill, font string) (int, error) {
	id, err := f.NewStyle(&excelize.Style{
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}},
		Font:      &excelize.Font{Color: font},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"},
	})
	if err != nil {
		return 0, fmt.Errorf("make style: %w", err)
	}
	return id, nil
}

// tell is what stands in the added column.
func tell(errors, warnings []Issue) string {
	var parts []string
	for _, i := range errors {
		parts = append(parts, "错误："+i.Message)
	}
	for _, i := range warnings {
		parts = append(parts, "提示："+i.Message)
	}
	return cut(strings.Join(parts, "\n"))
}

func cut(s string) string {
	if runes := []rune(s); len(runes) > maxCell {
		return string(runes[:maxCell])
	}
	return s
}

// guarded is a cell's value for another workbook: numbers stay numbers, and a
// text that begins like a formula gets a quote in front.
func (c cell) guarded() any {
	if c.kind == number {
		if x, err := strconv.ParseFloat(c.text, 64); err == nil {
			return x
		}
	}
	s := cut(c.harmless())
	if s == "" {
		return nil
	}
	if computes(s) {
		return "'" + s
	}
	return s
}

// computes says whether a spreadsheet program may take a text for a formula.
func computes(s string) bool {
	s = strings.TrimLeft(s, " \u3000\u00a0")
	return s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(s)[0])
}

// sheetName is a name that Excel allows.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return -1
		}
		return r
	}, cell{text: s}.harmless())
	s = strings.Trim(s, "' ")
	if runes := []rune(s); len(runes) > 31 {
		s = string(runes[:31])
	}
	if s == "" {
		return "项目清单"
	}
	return s
}

// NewTable is a plain table with its header in line 1, for WriteCopy.
func NewTable(name string, headers []string, rows [][]string) *Table {
	t := &Table{Sheet: name, header: span{1, 1}, grid: grid{name: name}}
	for i, row := range append([][]string{headers}, rows...) {
		l := line{n: i + 1}
		for _, s := range row {
			l.cells = append(l.cells, cell{text: s})
		}
		t.grid.lines = append(t.grid.lines, l)
	}
	return t
}
