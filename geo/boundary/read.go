package boundary

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Read reads a boundary file. The error is Errors, or what r answered.
//
// Where the lines could be taken apart and the coordinates placed, a File comes
// back even beside errors, so that a page can draw what is wrong: plots without
// flaws have their Ground. Where File.Confirm holds, nothing may be stored
// before a person has agreed to the notes.
func Read(r io.Reader, opts Options) (*File, error) {
	opts.Limits = opts.Limits.orDefault()
	b, err := io.ReadAll(io.LimitReader(r, int64(opts.Limits.Bytes)+1))
	if err != nil {
		return nil, fmt.Errorf("read boundary file: %w", err)
	}
	if len(b) > opts.Limits.Bytes {
		return nil, Errors{refuseSize(0, CodeTooLarge, "文件超过 %d MB。请分成几个文件后再传。", opts.Limits.Bytes>>20)}
	}
	text, encoding, refusal := decode(b)
	if refusal != nil {
		return nil, Errors{refusal}
	}
	rd := &reader{opts: opts, file: &File{}}
	var lines []line
	lines, rd.file.Form = split(text)
	rd.file.Form.Encoding = encoding
	rd.parse(lines)
	return rd.finish()
}

// finish judges what was parsed: system, ground, areas.
func (rd *reader) finish() (*File, error) {
	if len(rd.errs) > 0 {
		return nil, rd.errs
	}
	if !rd.place() {
		return nil, rd.errs
	}
	rd.build()
	rd.judge()
	if len(rd.errs) > 0 {
		slices.SortStableFunc(rd.errs, func(a, b *Error) int { return a.Line - b.Line })
		return rd.file, rd.errs
	}
	return rd.file, nil
}

// reader holds a file while it is read.
type reader struct {
	opts Options
	file *File
	errs Errors

	points  int
	orphans bool // points before any plot were told once
	broken  bool // the plot at hand has a line that could not be taken apart
}

// fail adds an error, up to the limit.
func (rd *reader) fail(e *Error) {
	if len(rd.errs) < maxErrors {
		rd.errs = append(rd.errs, e)
	}
}

func (rd *reader) note(line int, code string, confirm bool, format string, args ...any) {
	rd.file.Notes = append(rd.file.Notes, Note{Code: code, Message: fmt.Sprintf(format, args...), Line: line, Confirm: confirm})
}

// The places that a line can stand in.
const (
	inHead = iota
	inPlots
	inTail
)

func (rd *reader) parse(lines []line) {
	f := rd.file
	where, section, seen := inHead, "", false
	for _, l := range lines {
		text := strings.Trim(strings.TrimSpace(l.text), "\x1a")
		title, isTitle := titleOf(text)
		switch {
		case isTitle && title == sectionPlots:
			if where, section = inPlots, title; !seen {
				f.Head = append(f.Head, l.text)
			}
			seen = true
		case isTitle && seen:
			where, section = inTail, title
			f.Tail = append(f.Tail, l.text)
		case isTitle:
			section = title
			f.Head = append(f.Head, l.text)
		case where == inTail:
			f.Tail = append(f.Tail, l.text)
		case where == inHead:
			f.Head = append(f.Head, l.text)
			rd.header(section, line{l.number, text})
		case text != "":
			rd.row(line{l.number, text})
		}
		if rd.tooMuch(l.number) {
			return
		}
	}
	rd.closePlot()
	switch {
	case !seen:
		rd.fail(refuse(0, CodeNoPlots, "文件里没有 [地块坐标]。请确认这是勘测定界（报部）坐标文件，并保留 [地块坐标] 一行。"))
	case len(f.Plots) == 0 && len(rd.errs) == 0:
		rd.fail(refuse(0, CodeNoPoints, "[地块坐标] 下面没有地块。请检查文件是否完整。"))
	}
}

// tooMuch ends the reading at the first limit that is passed.
func (rd *reader) tooMuch(at int) bool {
	switch lim := rd.opts.Limits; {
	case rd.points > lim.Points:
		rd.fail(refuseSize(at, CodeTooManyPoints, "界址点超过 %d 个。请分成几个文件后再传。", lim.Points))
	case len(rd.file.Plots) > lim.Plots:
		rd.fail(refuseSize(at, CodeTooManyPlots, "地块超过 %d 个。请分成几个文件后再传。", lim.Plots))
	default:
		return false
	}
	return true
}

// titleOf takes [a title] out of its brackets, full-width ones too.
func titleOf(text string) (string, bool) {
	for _, pair := range [][2]string{{"[", "]"}, {"［", "］"}, {"【", "】"}} {
		if inner, ok := strings.CutPrefix(text, pair[0]); ok {
			if inner, ok = strings.CutSuffix(inner, pair[1]); ok {
				return strings.Join(strings.Fields(inner), ""), true
			}
		}
	}
	return "", false
}

// header takes 键=值. What is no pair is kept in Head and means nothing.
func (rd *reader) header(section string, l line) {
	at := strings.IndexAny(l.text, "=＝")
	if at < 0 {
		return
	}
	_, value, _ := strings.Cut(strings.Replace(l.text, "＝", "=", 1), "=")
	e := Entry{Section: section, Key: strings.TrimSpace(l.text[:at]), Value: strings.TrimSpace(value), Line: l.number}
	for _, before := range rd.file.Header {
		if before.Section == section && before.Key == e.Key && before.Value != e.Value && slices.Contains([]string{KeyDatum, KeyWidth, KeyZone, KeyUnit, KeyProjection}, e.Key) {
			rd.fail(refuse(l.number, CodeHeader, "“%s”写了两次，内容不同（上一次在第 %d 行）。请只留一个。", e.Key, before.Line))
		}
	}
	rd.file.Header = append(rd.file.Header, e)
}

// row takes a plot line or a point line.
func (rd *reader) row(l line) {
	columns := columnsOf(l.text)
	last := narrow(columns[len(columns)-1])
	switch {
	case last == "@":
		rd.closePlot()
		rd.plot(l, columns[:len(columns)-1])
	case len(columns) > 5 || kindAt(columns) >= 0:
		rd.closePlot()
		rd.fail(refuse(l.number, CodeNoAt, "地块行没有以“,@”结尾。请补上后再传（应为：点数,面积,地块编号,地块名称,面,图幅号,用途,地类编码,@）。"))
		rd.file.Plots = append(rd.file.Plots, Plot{Line: l.number})
		rd.broken = true
	case len(rd.file.Plots) == 0:
		if !rd.orphans {
			rd.fail(refuse(l.number, CodeOrphanPoint, "界址点前面没有地块行。请在它之前补上“点数,面积,地块编号,地块名称,面,图幅号,用途,地类编码,@”。"))
		}
		rd.orphans = true
	default:
		rd.point(l, columns)
	}
}

// columnsOf cuts a row at its commas. Full-width commas are separators only where
// the plain ones do not make a row: they may stand in a name. Empty columns at
// the end are dropped.
func columnsOf(text string) []string {
	cut := func(s string) []string {
		columns := strings.Split(s, ",")
		for len(columns) > 1 && strings.TrimSpace(columns[len(columns)-1]) == "" {
			columns = columns[:len(columns)-1]
		}
		for i := range columns {
			columns[i] = strings.TrimSpace(columns[i])
		}
		return columns
	}
	columns := cut(text)
	if !strings.Contains(text, "，") || columns[len(columns)-1] == "@" && kindAt(columns) >= 0 {
		return columns
	}
	return cut(strings.ReplaceAll(text, "，", ","))
}

// kindAt finds the column that says 面, 线 or 点: the fifth, the fourth in old
// lines without a name, or a later one where the name has commas in it.
func kindAt(columns []string) int {
	for _, i := range []int{4, 3, 5, 6, 7} {
		if i < len(columns) && slices.Contains([]Kind{Area, Line, Spot}, Kind(columns[i])) {
			return i
		}
	}
	return -1
}

func (rd *reader) plot(l line, columns []string) {
	rd.broken = true
	rd.file.Plots = append(rd.file.Plots, Plot{Line: l.number, Columns: columns})
	p := &rd.file.Plots[len(rd.file.Plots)-1]
	kind := kindAt(columns)
	if kind < 0 {
		rd.fail(refuse(l.number, CodePlotLine, "地块行里找不到“面”“线”或“点”。应为：点数,面积,地块编号,地块名称,面,图幅号,用途,地类编码,@。"))
		return
	}
	n, ok := whole(columns[0])
	if !ok {
		rd.fail(refuse(l.number, CodeNumber, "点数“%s”不是整数。请改正后再传。", clip(columns[0])))
		return
	}
	p.DeclaredPoints = n
	p.Declared, p.Number, p.Kind = columns[1], columns[2], Kind(columns[kind])
	p.Name = strings.Join(columns[3:kind], ",")
	for i, to := range []*string{&p.Sheet, &p.Use, &p.LandCode} {
		if kind+1+i < len(columns) {
			*to = columns[kind+1+i]
		}
	}
	if kind+4 < len(columns) {
		p.Extra = columns[kind+4:]
	}
	if _, ok := decimal(p.Declared); p.Kind == Area && !ok {
		rd.fail(refuse(l.number, CodeNumber, "面积“%s”不是数值。请改正后再传。", clip(p.Declared)))
		return
	}
	rd.broken = false
}

func (rd *reader) point(l line, columns []string) {
	p := &rd.file.Plots[len(rd.file.Plots)-1]
	rd.points++
	if len(columns) != 4 {
		rd.fail(refuse(l.number, CodePointLine, "界址点应有 4 列：点号,圈号,X,Y，这里是 %d 列。请改正后再传。", len(columns)))
		rd.broken = true
		return
	}
	pt := Point{Line: l.number, Name: columns[0], First: columns[2], Second: columns[3]}
	ring, ok := whole(columns[1])
	if !ok || ring == 0 {
		rd.fail(refuse(l.number, CodeRingNumber, "圈号“%s”应是 1、2、3 这样的正整数。请改正后再传。", clip(columns[1])))
		rd.broken = true
		return
	}
	pt.Ring = ring
	for i, text := range columns[2:] {
		v, ok := decimal(text)
		if !ok {
			rd.fail(refuse(l.number, CodeNumber, "坐标“%s”不是数值（不能为空，不能用科学计数）。请改正后再传。", clip(text)))
			rd.broken = true
			return
		}
		pt.At[i] = v // as written; place turns it
	}
	p.Points = append(p.Points, pt)
}

// closePlot compares the number of points with the declared one: all lines, or
// all but those that close a ring.
func (rd *reader) closePlot() {
	if len(rd.file.Plots) == 0 || rd.broken {
		rd.broken = false
		return
	}
	p := &rd.file.Plots[len(rd.file.Plots)-1]
	closing := 0
	for ring := range ringsOf(p.Points) {
		if len(ring) > 1 && ring[0].At == ring[len(ring)-1].At {
			closing++
		}
	}
	declared := p.DeclaredPoints
	if n := len(p.Points); declared != n && declared != n-closing {
		rd.fail(refuse(p.Line, CodeCount, "地块行写着 %d 个点，下面却有 %d 个（其中闭合点 %d 个）。请检查是否缺点或多点。", declared, n, closing))
	}
}

// ringsOf cuts points where the 圈号 changes.
func ringsOf(points []Point) func(yield func([]Point) bool) {
	return func(yield func([]Point) bool) {
		for len(points) > 0 {
			n := 1
			for n < len(points) && points[n].Ring == points[0].Ring {
				n++
			}
			if !yield(points[:n]) {
				return
			}
			points = points[n:]
		}
	}
}

// whole reads a number without sign or point, full-width digits too.
func whole(text string) (int, bool) {
	text = narrow(text)
	if text == "" || len(text) > 9 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// decimal reads a number without exponent, full-width digits too.
func decimal(text string) (float64, bool) {
	text = strings.TrimSpace(narrow(text))
	digits := strings.TrimPrefix(text, "-")
	if len(digits) > 32 || strings.Trim(digits, "0123456789.") != "" || strings.Trim(digits, ".") == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}
