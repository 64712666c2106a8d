package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// workbook is an opened .xlsx file. Parts are read on demand, each byte counted.
type workbook struct {
	parts  map[string]*zip.File // by lower-case name
	limits Limits
	opened int
	read   int64
	meter  *meter

	strings []string
	dates   []bool // by style: its numbers are days
	epoch   time.Time
}

// openWorkbook checks the archive before anything in it is unpacked.
func openWorkbook(file []byte, limits Limits) (*workbook, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, refuse("xlsx_broken", "文件已损坏或没有传完整，请在 Excel 或 WPS 中重新另存为 .xlsx 后再导入")
	}
	if len(archive.File) > limits.Listed {
		return nil, refuse("xlsx_too_many_parts", fmt.Sprintf("文件内部有 %d 个部件，超过 %d 个，请只留下要导入的工作表，去掉图片后另存再导入", len(archive.File), limits.Listed))
	}
	w := &workbook{parts: make(map[string]*zip.File, len(archive.File)), limits: limits, meter: &meter{limits: limits}}
	for _, f := range archive.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		if slices.Contains(strings.Split(name, "/"), "..") || w.parts[name] != nil {
			return nil, refuse("xlsx_hostile", "文件内部结构不正常（部件重名或路径越界），拒绝读取；请用 Excel 或 WPS 重新另存后再导入")
		}
		w.parts[name] = f
	}
	switch {
	case w.parts["xl/workbook.bin"] != nil:
		return nil, refuse("xlsb", "这是 .xlsb 二进制工作簿，请另存为 .xlsx 后再导入")
	case w.parts["word/document.xml"] != nil:
		return nil, refuse("not_a_table", "这是 Word 文档，请把表格另存为 .xlsx 或 .csv 后再导入")
	case w.parts["content.xml"] != nil && w.parts["mimetype"] != nil:
		return nil, refuse("ods", "这是 OpenDocument 表格，请另存为 .xlsx 后再导入")
	}
	return w, nil
}

// part streams one part through do, counting what is really unpacked.
func (w *workbook) part(name string, do func(*scanner) error) error {
	f := w.parts[strings.ToLower(name)]
	if f == nil {
		return errNoPart
	}
	if f.Flags&1 != 0 {
		return refuse("xlsx_encrypted", "文件设了打开密码，请去掉密码后再导入")
	}
	if w.opened++; w.opened > w.limits.Parts {
		return refuse("xlsx_too_many_parts", fmt.Sprintf("工作簿超过 %d 个工作表，请只留下要导入的工作表另存后再导入", w.limits.Parts-5))
	}
	if f.UncompressedSize64 > 1<<20 && float64(f.UncompressedSize64) > w.limits.Ratio*float64(f.CompressedSize64) {
		return bomb()
	}
	body, err := f.Open()
	if err != nil {
		return refuse("xlsx_broken", "文件内部部件无法解压，请在 Excel 或 WPS 中重新另存为 .xlsx 后再导入")
	}
	defer body.Close()
	counted := &counter{book: w, body: body, packed: int64(f.CompressedSize64)}
	err = do(newScanner(counted))
	var refused *Refused
	switch {
	case err == nil || errors.As(err, &refused):
		return err
	case counted.refused != nil:
		return counted.refused
	}
	return refuse("xlsx_broken", "文件内部内容不完整或格式错误，请在 Excel 或 WPS 中重新另存为 .xlsx 后再导入")
}

var errNoPart = errors.New("no such part")

func bomb() error {
	return refuse("xlsx_bomb", "文件解压后过大，拒绝读取；请删去多余的空白行、空白列和图片后另存再导入")
}

// counter unpacks one part and stops at the limits.
type counter struct {
	book    *workbook
	body    io.Reader
	packed  int64
	read    int64
	refused error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.read += int64(n)
	c.book.read += int64(n)
	if c.book.read > c.book.limits.Unpacked || c.read > 1<<20 && float64(c.read) > c.book.limits.Ratio*float64(max(c.packed, 1)) {
		c.refused = bomb()
		return 0, c.refused
	}
	return n, err
}

// each calls start for every opening element until the part ends.
func (s *scanner) each(start func(e token) error) error {
	for {
		t, err := s.next()
		if t.kind == over || err != nil {
			return err
		}
		if t.kind == open {
			if err := start(t); err != nil {
				return err
			}
		}
	}
}

// text collects the characters of every <t> until the element closes;
// phonetic guides are left out.
func (s *scanner) text(until string) (string, error) {
	var b strings.Builder
	in, phonetic := false, false
	for {
		t, err := s.next()
		if err != nil {
			return "", err
		}
		switch t.kind {
		case over:
			return "", io.ErrUnexpectedEOF
		case open:
			in = string(t.name) == "t"
			phonetic = phonetic || string(t.name) == "rPh"
		case shut:
			in = false
			if string(t.name) == "rPh" {
				phonetic = false
			}
			if string(t.name) == until {
				return unescape(b.String()), nil
			}
		case chars:
			if in && !phonetic {
				b.WriteString(t.text)
			}
			if b.Len() > maxToken {
				return "", bomb()
			}
		}
	}
}

// chars collects the characters of an element that holds nothing else.
func (s *scanner) chars(until string) (string, error) {
	var b strings.Builder
	for {
		t, err := s.next()
		if err != nil {
			return "", err
		}
		switch t.kind {
		case over:
			return "", io.ErrUnexpectedEOF
		case shut:
			if string(t.name) == until {
				return b.String(), nil
			}
		case chars:
			b.WriteString(t.text)
			if b.Len() > maxToken {
				return "", bomb()
			}
		}
	}
}

// unescape turns Excel's _x000D_ back into the character that it stands for.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if i+7 <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if r, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				b.WriteRune(rune(r))
				i += 7
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// on reads the two ways in which a workbook writes a true attribute.
func on(s string) bool { return s == "1" || s == "true" }

// sheetPart is one sheet as the workbook lists it.
type sheetPart struct {
	name, id, part string
	hidden         bool
}

// list reads the workbook's table of contents, its styles and its strings.
func (w *workbook) list() ([]sheetPart, error) {
	root := "xl/workbook.xml"
	err := w.part("_rels/.rels", func(s *scanner) error {
		return s.each(func(e token) error {
			if string(e.name) == "Relationship" && strings.HasSuffix(e.attr("Type"), "/officeDocument") {
				root = strings.TrimPrefix(path.Clean("/"+e.attr("Target")), "/")
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, errNoPart) {
		return nil, err
	}
	var sheets []sheetPart
	w.epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	err = w.part(root, func(s *scanner) error {
		return s.each(func(e token) error {
			switch string(e.name) {
			case "workbookPr":
				if on(e.attr("date1904")) {
					w.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
				}
			case "sheet":
				state := e.attr("state")
				sheets = append(sheets, sheetPart{name: e.attr("name"), id: e.attr(":id"), hidden: state == "hidden" || state == "veryHidden"})
			}
			return nil
		})
	})
	if errors.Is(err, errNoPart) {
		return nil, refuse("not_a_table", "这不是 Excel 工作簿，请把表格另存为 .xlsx 或 .csv 后再导入")
	}
	if err != nil {
		return nil, err
	}
	dir := path.Dir(root)
	targets := map[string]string{}
	var stylesPart, stringsPart string
	err = w.part(path.Join(dir, "_rels", path.Base(root)+".rels"), func(s *scanner) error {
		return s.each(func(e token) error {
			if string(e.name) != "Relationship" || e.attr("TargetMode") == "External" {
				return nil
			}
			target := e.attr("Target")
			if strings.HasPrefix(target, "/") {
				target = strings.TrimPrefix(path.Clean(target), "/")
			} else {
				target = strings.TrimPrefix(path.Clean("/"+path.Join(dir, target)), "/")
			}
			targets[e.attr("Id")] = target
			switch kind := path.Base(e.attr("Type")); kind {
			case "styles":
				stylesPart = target
			case "sharedStrings":
				stringsPart = target
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, errNoPart) {
		return nil, err
	}
	for i := range sheets {
		sheets[i].part = targets[sheets[i].id]
	}
	if err := w.part(stylesPart, w.readStyles); err != nil && !errors.Is(err, errNoPart) {
		return nil, err
	}
	if err := w.part(stringsPart, w.readStrings); err != nil && !errors.Is(err, errNoPart) {
		return nil, err
	}
	return sheets, nil
}

func (w *workbook) readStrings(s *scanner) error {
	size := 0
	return s.each(func(e token) error {
		if string(e.name) != "si" {
			return nil
		}
		text, err := s.text("si")
		if err != nil {
			return err
		}
		if size += len(text) + 16; size > w.limits.Text {
			return refuse("too_much_text", fmt.Sprintf("表格里的文字超过 %d MB，请拆成几个文件分别导入", w.limits.Text>>20))
		}
		w.strings = append(w.strings, text)
		return nil
	})
}

// readStyles learns which styles show numbers as days.
func (w *workbook) readStyles(s *scanner) error {
	custom := map[string]string{}
	cells := false
	return s.each(func(e token) error {
		switch string(e.name) {
		case "numFmt":
			custom[e.attr("numFmtId")] = e.attr("formatCode")
		case "cellXfs":
			cells = true
		case "cellStyles", "dxfs":
			cells = false
		case "xf":
			if cells && len(w.dates) < 1<<16 {
				w.dates = append(w.dates, showsDay(e.attr("numFmtId"), custom))
			}
		}
		return nil
	})
}

// showsDay says whether a number format shows a day: the built-in ones (with
// the Chinese ones, ECMA-376 part 1, 18.8.30) or a format code with a y or d.
func showsDay(id string, custom map[string]string) bool {
	if code, ok := custom[id]; ok {
		quoted := false
		for i := 0; i < len(code); i++ {
			switch c := code[i]; {
			case c == '"':
				quoted = !quoted
			case c == '\\':
				i++
			case c == '[':
				for i < len(code) && code[i] != ']' {
					i++
				}
			case !quoted && (c == 'y' || c == 'Y' || c == 'd' || c == 'D'):
				return true
			}
		}
		return false
	}
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 54 || n == 57 || n == 58)
}

// sheet reads one sheet.
func (w *workbook) sheet(from sheetPart) (grid, error) {
	g := grid{name: from.name, hidden: from.hidden, widths: map[int]float64{}}
	var now *line
	keep := func() error {
		if now == nil {
			return nil
		}
		for len(now.cells) > 0 && now.cells[len(now.cells)-1] == (cell{}) {
			now.cells = now.cells[:len(now.cells)-1]
		}
		if len(now.cells) == 0 {
			return nil
		}
		if err := w.meter.row(len(g.lines), *now); err != nil {
			return err
		}
		g.lines = append(g.lines, *now)
		return nil
	}
	n, col, seen := 0, -1, 0
	err := w.part(from.part, func(s *scanner) error {
		err := s.each(func(e token) error {
			switch string(e.name) {
			case "col":
				first, _ := strconv.Atoi(e.attr("min"))
				last, _ := strconv.Atoi(e.attr("max"))
				width, err := strconv.ParseFloat(e.attr("width"), 64)
				if err == nil && width > 0 && width <= 255 && first > 0 {
					for c := first; c <= min(last, w.limits.Columns); c++ {
						g.widths[c-1] = width
					}
				}
			case "row":
				if err := keep(); err != nil {
					return err
				}
				n++
				if r, err := strconv.Atoi(e.attr("r")); err == nil && r > 0 && r <= 1<<20 {
					n = r
				}
				now, col = &line{n: n, hidden: on(e.attr("hidden"))}, -1
			case "c":
				if now == nil {
					return nil
				}
				col++
				if c, ok := column(e.attr("r")); ok {
					col = c
				}
				if seen++; seen > 4*w.limits.Cells {
					return refuse("too_many_cells", "表格里空白而带格式的单元格过多，请把内容复制到新的工作表后再导入")
				}
				value, err := w.cell(s, e)
				if err != nil || value == (cell{}) || strings.TrimSpace(value.text) == "" && value.kind != pending {
					return err
				}
				if col >= w.limits.Columns {
					return w.meter.row(0, line{cells: make([]cell, w.limits.Columns+1)})
				}
				for len(now.cells) <= col {
					now.cells = append(now.cells, cell{})
				}
				now.cells[col] = value
			case "mergeCell":
				if m, ok := merged(e.attr("ref")); ok && len(g.merges) < w.limits.Rows {
					g.merges = append(g.merges, m)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		return keep()
	})
	if errors.Is(err, errNoPart) {
		return g, nil // a chart or a macro sheet has no cells
	}
	slices.SortStableFunc(g.lines, func(a, b line) int { return a.n - b.n })
	g.lines = slices.CompactFunc(g.lines, func(a, b line) bool { return a.n == b.n })
	return g, err
}

// cell reads from a <c> that has been opened to its end.
func (w *workbook) cell(s *scanner, c token) (cell, error) {
	var value string
	var formula bool
	kindOf, style := c.attr("t"), c.attr("s")
	for {
		t, err := s.next()
		if err != nil {
			return cell{}, err
		}
		switch {
		case t.kind == over:
			return cell{}, io.ErrUnexpectedEOF
		case t.kind == shut && string(t.name) == "c":
			if formula && value == "" {
				return cell{kind: pending}, nil
			}
			return w.value(kindOf, style, value), nil
		case t.kind != open:
			continue
		}
		switch string(t.name) {
		case "v":
			value, err = s.chars("v")
		case "is":
			value, err = s.text("is")
		case "f":
			formula = true
		}
		if err != nil {
			return cell{}, err
		}
	}
}

// value is what a stored value means under its type and style.
func (w *workbook) value(kindOf, style, v string) cell {
	switch kindOf {
	case "s":
		if i, err := strconv.Atoi(v); err == nil && i >= 0 && i < len(w.strings) {
			return cell{text: w.strings[i]}
		}
		return cell{}
	case "inlineStr":
		return cell{text: v}
	case "str":
		return cell{text: unescape(v)}
	case "b":
		return cell{text: map[string]string{"0": "否", "1": "是"}[v]}
	case "e":
		return cell{text: v, kind: failed}
	case "d":
		if len(v) >= 10 {
			return cell{text: v[:10], kind: date}
		}
		return cell{text: v}
	}
	x, err := strconv.ParseFloat(v, 64)
	if err != nil || x != x || x > 1e300 || x < -1e300 {
		return cell{text: v}
	}
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.dates) && w.dates[i] && x >= 1 && x < 2958466 {
		return cell{text: w.day(x), kind: date}
	}
	return cell{text: decimal(x), kind: number}
}

// day is the date of a serial number. Before 1900-03-01 Excel counts a day that
// never was; no project is that old.
func (w *workbook) day(serial float64) string {
	return w.epoch.AddDate(0, 0, int(serial)).Format(time.DateOnly)
}

// decimal writes a number with the 15 digits that Excel shows, never with an exponent.
func decimal(x float64) string {
	short := strconv.FormatFloat(x, 'g', 15, 64)
	y, err := strconv.ParseFloat(short, 64)
	if err != nil {
		y = x
	}
	return strconv.FormatFloat(y, 'f', -1, 64)
}

// column reads the letters of a cell's address.
func column(ref string) (int, bool) {
	c := 0
	for i := 0; i < len(ref) && i < 4; i++ {
		if ref[i] < 'A' || ref[i] > 'Z' {
			return c - 1, c > 0
		}
		c = c*26 + int(ref[i]-'A') + 1
	}
	return 0, false
}

// merged reads a range such as A1:G1.
func merged(ref string) (rect, bool) {
	from, to, ok := strings.Cut(ref, ":")
	if !ok {
		return rect{}, false
	}
	left, ok1 := column(from)
	right, ok2 := column(to)
	top, err1 := strconv.Atoi(strings.TrimLeft(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	bottom, err2 := strconv.Atoi(strings.TrimLeft(to, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if !ok1 || !ok2 || err1 != nil || err2 != nil || left > right || top > bottom || top < 1 || bottom > 1<<20 {
		return rect{}, false
	}
	return rect{top: top, left: left, bottom: bottom, right: right}, true
}
