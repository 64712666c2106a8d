// Package sheet reads project ledgers as offices really write them: Excel
// workbooks and CSV files with title rows, units in odd places, merged cells,
// headers of two lines, sections, totals and notes.
//
// It decides nothing that the file does not say: an amount without a unit is a
// question, an empty amount is unknown and not zero, a place that cannot be
// found stays with its city and says so. It touches no database and no network.
package sheet

import (
	"strconv"
	"time"

	"guatu/ledger/area"
)

// Limits bound what a file may cost (promises S13).
type Limits struct {
	File     int     // bytes of the file
	Unpacked int64   // bytes really read out of a workbook's parts
	Ratio    float64 // unpacked to packed bytes of one part, counted from 1 MB on
	Parts    int     // parts of a workbook that are opened: the book, its strings, its styles, its sheets
	Listed   int     // entries that the archive may list, opened or not
	Rows     int     // lines with something in them, a sheet
	Columns  int     // columns with something in them
	Cells    int     // cells with something in them, all sheets together
	Text     int     // bytes of text, all cells together, a repeated one counted each time
}

// DefaultLimits are those of promises S13, and enough for a province's ledger.
func DefaultLimits() Limits {
	return Limits{
		File: 20 << 20, Unpacked: 100 << 20, Ratio: 100, Parts: 50, Listed: 500,
		Rows: 20_000, Columns: 200, Cells: 1_000_000, Text: 32 << 20,
	}
}

// Options are what the caller knows and the file may not say.
type Options struct {
	Sheet  string     // the sheet to read; "" for the one that looks most like a ledger
	Unit   Unit       // the answer to Asks "unit_missing"; used only where the file says nothing
	Areas  *area.Tree // nil: places are not resolved
	Home   string     // code of the office's own city
	Limits Limits     // zero: DefaultLimits
}

// Table is a ledger read from a file.
type Table struct {
	Format   string // xlsx or csv
	Encoding string // of a csv: utf-8, utf-16le, utf-16be, gb18030
	Sheet    string // the sheet that was read; "" for a csv
	Others   []Other
	Title    string
	Columns  []Column
	Rows     []Row // one for each project line
	Asks     []Ask
	Notices  []Notice

	grid   grid
	header span
}

// Other is a sheet of the workbook that was not read.
type Other struct {
	Name   string
	Hidden bool
	Ledger bool // looks like a ledger, too
}

// Column is what one column was taken for.
type Column struct {
	Index    int // 0 is A
	Header   string
	Field    Field // "" : not taken
	Unit     Unit  // of amounts
	UnitFrom string
}

// Letter is the column's name in the sheet.
func (c Column) Letter() string { return letters(c.Index) }

// Ask is a question that the file leaves open and only a person can answer.
type Ask struct {
	Code    string
	Message string
	Choices []string
}

// Notice says what was done with lines that are not projects, or what does not add up.
type Notice struct {
	Code    string
	Message string
	Lines   []int
}

// Issue is something wrong with (or worth knowing about) one cell or line.
type Issue struct {
	Cell    string // B7, with the sheet's name in front where there is one; "" for a whole line
	Column  int    // 0 is A; -1 for a whole line
	Field   Field
	Code    string // stable
	Message string // Chinese; says what to do
}

// Row is one project line.
type Row struct {
	Line     int            // as Excel counts, from 1
	Cells    map[int]string // column to text as shown, cut at 300 characters
	Project  Project
	Errors   []Issue // the line cannot be taken as it is
	Warnings []Issue // the line can be taken
}

// Project is what a line says. Zero values mean "not stated".
type Project struct {
	Code      string // 项目代码
	Name      string
	Area      string   // code of the county that leads, or of the city or province while it is unknown
	Counties  []string // all counties that the line names; Area alone where it names none
	InvestWan *float64 // 万元; nil: not stated
	Approx    bool     // 约, 超, 以上
	OwnerUnit string
	Industry  string
	Stage     string // as in ledger.Stage; "": not stated
	StageOn   time.Time
	Term      int    // 期次; 0: not stated
	Batch     string // signed, started, producing
	Note      string
	Source    string
	Team      []Member
}

// Member is one of the five-one team (五个一) as the line names it.
type Member struct {
	Role  string // leader, officer, helper, inspector, owner
	Name  string
	Title string
	Phone string
}

// Good says whether the line can be taken.
func (r Row) Good() bool { return len(r.Errors) == 0 }

// letters is the name of a column: 0 is A, 26 is AA.
func letters(col int) string {
	var b [8]byte
	i := len(b)
	for col++; col > 0; col = (col - 1) / 26 {
		i--
		b[i] = byte('A' + (col-1)%26)
	}
	return string(b[i:])
}

// address is the cell's place as Excel writes it.
func (t *Table) address(line, col int) string {
	at := strconv.Itoa(line)
	if col >= 0 {
		at = letters(col) + at
	}
	if t.Sheet != "" {
		return t.Sheet + "!" + at
	}
	return at
}

// Refused is why a file cannot be read at all.
type Refused struct {
	Code    string // stable
	Message string // Chinese; says what to do
}

func (r *Refused) Error() string { return r.Code + ": " + r.Message }

func refuse(code, message string) error { return &Refused{Code: code, Message: message} }
