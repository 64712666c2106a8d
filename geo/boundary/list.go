package boundary

import (
	"strconv"
	"strings"

	"guatu/geo/crs"
)

// ReadList reads a pasted list of points: a line each of “X Y”, “点号 X Y” or
// “点号 圈号 X Y”, cut at blanks, tabs, commas or semicolons; longitude and
// latitude may also be in degrees, minutes and seconds. A blank line, or another
// 圈号, begins a new ring. Lines without numbers are taken for titles
// and passed over before the first point. The zone is told as in a file, but
// nothing names the datum: without Options.Datum the list is refused with
// crs.NeedSystem. The error is Errors. A list has no form to write it in again;
// Compose makes a file of it.
func ReadList(text string, opts Options) (*File, error) {
	opts.Limits = opts.Limits.orDefault()
	if len(text) > opts.Limits.Bytes {
		return nil, Errors{refuseSize(0, CodeTooLarge, "内容超过 %d MB。请分几次粘贴。", opts.Limits.Bytes>>20)}
	}
	rd := &reader{opts: opts, file: &File{Form: Form{Encoding: UTF8, NewLine: "\n", FinalNewLine: true}}}
	f := rd.file
	f.Plots = []Plot{{Line: 1, Kind: Area}}
	lines, _ := split(text)
	gap, ring := false, 1
	for _, l := range lines {
		cells := rd.decimals(cellsOf(l.text))
		n := len(f.Plots[0].Points)
		switch {
		case len(cells) == 0:
			gap = n > 0
			continue
		case n == 0 && len(rd.errs) == 0 && isTitle(cells):
			continue
		}
		if gap {
			ring, gap = ring+1, false
		}
		rd.cells(l, cells, ring)
		if rd.tooMuch(l.number) {
			return nil, rd.errs
		}
	}
	if rd.points == 0 {
		return nil, Errors{refuse(0, CodeNoPoints, "没有找到坐标。请每行粘贴一个点：点号 X Y。")}
	}
	f.Plots[0].DeclaredPoints = len(f.Plots[0].Points)
	return rd.finish()
}

// cellsOf cuts a pasted line.
func cellsOf(text string) []string {
	return strings.FieldsFunc(narrow(text), func(r rune) bool {
		return r == ' ' || r == '\t' || r == ',' || r == ';' || r == '、' || r == '\ufeff'
	})
}

// isTitle holds for a line that has no two numbers at its end.
func isTitle(cells []string) bool {
	if len(cells) < 2 {
		return true
	}
	for _, cell := range cells[len(cells)-2:] {
		if _, ok := decimal(cell); ok {
			return false
		}
	}
	return true
}

// decimals turns the last two cells into decimal degrees where they are degrees,
// minutes and seconds, which also settles what the numbers are.
func (rd *reader) decimals(cells []string) []string {
	for i := max(0, len(cells)-2); i < len(cells); i++ {
		if deg, ok := crs.ParseSexagesimal(cells[i]); ok {
			cells[i] = strconv.FormatFloat(deg, 'f', 10, 64)
			rd.opts.Degrees = crs.FormDegrees
		}
	}
	return cells
}

// cells takes one point of a list.
func (rd *reader) cells(l line, cells []string, ring int) {
	switch n := len(cells); n {
	case 2:
		rd.point(l, []string{"", strconv.Itoa(ring), cells[0], cells[1]})
	case 3:
		rd.point(l, []string{cells[0], strconv.Itoa(ring), cells[1], cells[2]})
	case 4:
		rd.point(l, cells)
	default:
		rd.fail(refuse(l.number, CodePointLine, "每行应是“点号 X Y”，这里有 %d 项。请改正后再传。", n))
	}
}
