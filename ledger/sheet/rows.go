package sheet

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guatu/ledger/area"
	"guatu/ledger/text"
)

// read turns a sheet into project lines.
func (t *Table) read(g grid, h head, opt Options) {
	joined := map[int]bool{} // lines whose name only continues the line above
	nameCol := -1
	for _, c := range h.columns {
		if c.Field == Name {
			nameCol = c.Index
		}
	}
	for _, m := range g.merges {
		if m.left == nameCol && m.right == nameCol && m.top > h.lines.last {
			for n := m.top + 1; n <= min(m.bottom, m.top+1000); n++ {
				joined[n] = true
			}
		}
	}
	g.spread()
	t.grid, t.header, t.Columns = g, h.lines, h.columns
	t.Title = t.titleAbove(h)
	t.units(&g, h, opt.Unit)
	r := reader{t: t, opt: opt, head: h, joined: joined, seen: map[string]int{}, skipped: map[string][]int{}}
	r.term, r.batch = batchOver(t.Title)
	for _, l := range g.lines {
		if l.n > h.lines.last {
			r.line(l)
		}
	}
	r.finish()
}

// titleAbove is the first text above the header that is not the unit.
func (t *Table) titleAbove(h head) string {
	for _, l := range t.grid.lines {
		if l.n >= h.lines.first {
			break
		}
		for _, c := range l.cells {
			if s := strings.TrimSpace(c.shown()); s != "" && !unitRow.MatchString(fold(s)) {
				return s
			}
		}
	}
	return ""
}

// reader goes down the lines below a header.
type reader struct {
	t       *Table
	opt     Options
	head    head
	joined  map[int]bool
	seen    map[string]int   // what makes a project one of its kind, and its line
	skipped map[string][]int // lines that are no projects, by why
	asked   bool
	stack   []section
	term    int // from the title
	batch   string

	sum     float64  // of the amounts so far, 万元
	summed  float64  // of those above the latest line of sums
	sumMiss bool     // some amount could not be read
	open    []stated // sums that what stands above them does not make
	amounts []float64
}

// section is a line such as “漯河市（41个）” or “一、工业项目”: what it says holds
// for the lines below it.
type section struct {
	level    int
	area     string
	stage    string
	batch    string
	term     int
	industry string
}

// value is the cell that a line has for a field, and the column; -1 for none.
func (r *reader) value(l line, f Field) (cell, int) {
	for _, c := range r.t.Columns {
		if c.Field == f {
			if c.Index >= len(l.cells) {
				return cell{}, c.Index
			}
			v := l.cells[c.Index]
			v.text = unguard(v.text)
			return v, c.Index
		}
	}
	return cell{}, -1
}

var (
	totals   = regexp.MustCompile(`^.{0,12}(合计|小计|总计|共计|累计|汇总)([(].*)?[:]?$`)
	remarks  = regexp.MustCompile(`^(注|备注|说明|填表说明|填报说明|填报单位|填表单位|填报人|填表人|制表人|制表|审核|审核人|负责人|联系人|联系电话|报送单位|填报日期|填报时间|填表日期|单位负责人|单位\(盖章\)|附)[0-9]*[:.、]`)
	ordinal  = regexp.MustCompile(`^[(]?([一二三四五六七八九十]+|[0-9]{1,2})[)]?[、.．,)]`)
	counted  = regexp.MustCompile(`[(](共|合计)?\d+[个项家][^()]*[)]$`)
	colNames = regexp.MustCompile(`^([0-9]{1,3}|[甲乙丙丁戊己庚辛壬癸])$`)
)

// line sorts one line into projects and everything else.
func (r *reader) line(l line) {
	cols := l.filled()
	if len(cols) == 0 {
		return
	}
	name, nameCol := r.value(l, Name)
	first := fold(l.cells[cols[0]].text)
	switch {
	case l.hidden:
		r.skip("hidden", l.n)
	case r.joined[l.n]:
		r.skip("joined", l.n)
	case l.n <= r.head.lines.last+2 && r.numbered(l, cols):
		r.skip("numbers", l.n)
	case r.repeated(l):
		r.skip("repeated", l.n)
	case r.total(l, cols):
		r.skip("total", l.n)
	case remarks.MatchString(first) && (len(cols) == 1 || blank(name.text)):
		r.skip("remark", l.n)
	case r.section(l, cols):
		r.skip("section", l.n)
	case blank(name.text) && name.kind != failed && name.kind != pending:
		r.nameless(l, cols, nameCol)
	default:
		r.project(l)
	}
}

func (r *reader) skip(why string, n int) { r.skipped[why] = append(r.skipped[why], n) }

// numbered is the line of column numbers (“甲 乙 1 2 3”) that stands under some headers.
func (r *reader) numbered(l line, cols []int) bool {
	if len(cols) < 3 {
		return false
	}
	last := 0
	for _, c := range cols {
		s := fold(l.cells[c].text)
		if !colNames.MatchString(s) {
			return false
		}
		if n, err := strconv.Atoi(s); err == nil {
			if n != last+1 && last != 0 {
				return false
			}
			last = n
		}
	}
	return true
}

// repeated is the header once more, as on every printed page.
func (r *reader) repeated(l line) bool {
	same, all := 0, 0
	says := func(c Column) bool {
		if c.Index >= len(l.cells) || l.cells[c.Index].text == "" {
			return false
		}
		text := title([]string{l.cells[c.Index].text})
		return text == c.Header || strings.HasPrefix(c.Header, text+"/") || strings.HasSuffix(c.Header, "/"+text)
	}
	for _, c := range r.t.Columns {
		if c.Header == "" {
			continue
		}
		all++
		switch {
		case says(c):
			same++
		case c.Field == Name:
			return false
		}
	}
	return same >= 2 && 2*same >= all
}

// total is a line of sums. It is compared with what was read.
func (r *reader) total(l line, cols []int) bool {
	found := ""
	for _, c := range cols[:min(len(cols), 3)] {
		f := r.t.Columns[c].Field
		if s := fold(l.cells[c].text); (f == None || f == Seq || f == Name || f == City || f == County || f == Place) && totals.MatchString(s) {
			found = s
			break
		}
	}
	if found == "" {
		return false
	}
	c, col := r.value(l, Invest)
	if col < 0 || strings.Contains(found, "小计") {
		return true
	}
	if says, _, _, _ := money(c, r.t.Columns[col].Unit); says != nil && !r.sumMiss {
		// Half of the last digit that the total shows, for it may be rounded.
		slack := math.Max(r.slack(c, col), 1e-6**says)
		if t := (stated{l.n, *says, slack}); !t.is(r.sum) && !t.is(r.sum-r.summed) {
			r.open = append(r.open, t)
		}
	}
	r.summed = r.sum
	return true
}

// stated is what a line of sums says, 万元. It may stand below the lines that it
// adds up or above them all.
type stated struct {
	line  int
	wan   float64
	slack float64
}

func (t stated) is(sum float64) bool { return math.Abs(t.wan-sum) <= t.slack }

func (r *reader) slack(c cell, col int) float64 {
	_, fraction, _ := strings.Cut(fold(c.text), ".")
	digits := strings.TrimRight(fraction, "亿千百万元")
	half, _ := strconv.ParseFloat("0.5"+exponent[r.t.Columns[col].Unit], 64)
	return half * math.Pow10(-len(digits)) * 1.01
}

// section takes a line that heads others and holds nothing else.
func (r *reader) section(l line, cols []int) bool {
	if len(cols) > 2 {
		return false
	}
	name, nameCol := r.value(l, Name)
	seq, seqCol := r.value(l, Seq)
	s := ""
	switch {
	case len(cols) == 1:
		s = strings.TrimSpace(l.cells[cols[0]].text)
	case cols[0] == seqCol && cols[1] == nameCol && ordinalWord.MatchString(fold(seq.text)): // 一 | 工业项目
		s = strings.TrimSpace(seq.text) + "、" + strings.TrimSpace(name.text)
	default:
		return false
	}
	f := fold(s)
	wide := slices.ContainsFunc(r.t.grid.merges, func(m rect) bool { return m.top <= l.n && l.n <= m.bottom && m.right > m.left+1 })
	place := r.areaOf(f)
	marked := ordinal.MatchString(f) || counted.MatchString(f) || wide || place != ""
	if cols[0] == nameCol && !marked {
		return false // a project of which only the name is known
	}
	if _, err := strconv.ParseFloat(f, 64); err == nil {
		return false
	}
	sec := section{level: 40, area: place}
	switch {
	case place != "" && r.opt.Areas.CityOf(place) == place:
		sec.level = 0
	case place != "" && len(r.stack) == 0:
		sec.level = 5
	}
	if m := ordinal.FindStringSubmatch(f); m != nil {
		switch {
		case strings.HasPrefix(f, "("):
			sec.level = 20
		case numeral(m[1]) > 0 && !regexpDigits.MatchString(m[1]):
			sec.level = 10
		default:
			sec.level = 30
		}
	}
	word := strings.TrimSuffix(counted.ReplaceAllString(ordinal.ReplaceAllString(f, ""), ""), ":")
	sec.term, sec.batch = batchOver(word)
	if st, say := stage(word); say == nil && sec.batch == "" {
		sec.stage = st
	}
	if kind, ok := strings.CutSuffix(word, "项目"); ok && sec.stage == "" && sec.batch == "" && place == "" && len([]rune(kind)) <= 8 {
		sec.industry = strings.TrimSuffix(kind, "类")
	}
	for len(r.stack) > 0 && r.stack[len(r.stack)-1].level >= sec.level {
		r.stack = r.stack[:len(r.stack)-1]
	}
	r.stack = append(r.stack, sec)
	return true
}

var ordinalWord = regexp.MustCompile(`^[(]?[一二三四五六七八九十]{1,3}[)]?[、.]?$`)

// areaOf is the area that a section's words name, "" for none.
func (r *reader) areaOf(f string) string {
	if r.opt.Areas == nil {
		return ""
	}
	word := strings.TrimSuffix(counted.ReplaceAllString(ordinal.ReplaceAllString(f, ""), ""), ":")
	word = strings.TrimSuffix(word, "项目")
	p := r.opt.Areas.Resolve("", word, r.opt.Home)
	if p.Doubt != area.Sure && p.Doubt != area.OnlyCity {
		return ""
	}
	if a := p.Area.Name; word != a && !strings.HasSuffix(a, word) && !strings.HasPrefix(a, word) {
		return "" // an address or a project name that begins with a county
	}
	return p.Area.Code
}

// nameless is a line that has facts but no name.
func (r *reader) nameless(l line, cols []int, nameCol int) {
	facts := 0
	for _, c := range cols {
		if f := r.t.Columns[c].Field; f != None && f != Seq && !blank(l.cells[c].text) {
			facts++
		}
	}
	if facts == 0 {
		r.skip("empty", l.n)
		return
	}
	row := r.start(l)
	row.fail(r.t.issue(l.n, nameCol, Name, "name_missing", "没有填项目名称，请补上；如果这一行不是项目，请删去"))
	r.t.Rows = append(r.t.Rows, *row)
}

func (row *Row) fail(i Issue) { row.Errors = append(row.Errors, i) }
func (row *Row) warn(i Issue) { row.Warnings = append(row.Warnings, i) }

func (t *Table) issue(n, col int, f Field, code, message string) Issue {
	return Issue{Cell: t.address(n, col), Column: col, Field: f, Code: code, Message: message}
}

func (r *reader) start(l line) *Row {
	row := &Row{Line: l.n, Cells: map[int]string{}}
	for i, c := range l.cells {
		if c.text != "" {
			row.Cells[i] = c.shown()
		}
	}
	return row
}

// project reads one project line.
func (r *reader) project(l line) {
	row := r.start(l)
	p := &row.Project
	words := func(f Field, room int) string { return r.words(row, l, f, room) }
	p.Name = words(Name, text.Name)
	p.Code = words(Code, text.Code)
	p.OwnerUnit = words(OwnerUnit, text.Name)
	p.Industry = words(Industry, text.Name)
	p.Source = words(Source, text.Long)
	p.Note = r.note(row, l)
	if p.Name == "" && row.Good() {
		_, col := r.value(l, Name)
		row.fail(r.t.issue(l.n, col, Name, "name_missing", "没有填项目名称，请补上"))
	}
	r.place(row, l)
	r.money(row, l)
	r.life(row, l)
	r.team(row, l)
	r.once(row, l)
	r.t.Rows = append(r.t.Rows, *row)
}

// words reads a cell of text: what no cell may hold is an error, what says
// nothing is "".
func (r *reader) words(row *Row, l line, f Field, room int) string {
	c, col := r.value(l, f)
	if col < 0 {
		return ""
	}
	return r.clean(row, l, c, col, f, room)
}

func (r *reader) clean(row *Row, l line, c cell, col int, f Field, room int) string {
	label := Labels[f]
	switch {
	case c.kind == failed:
		row.fail(r.t.issue(l.n, col, f, "cell_failed", fmt.Sprintf("%s的公式出错（%s），请改正或直接填写结果", label, c.shown())))
		return ""
	case c.kind == pending:
		row.fail(r.t.issue(l.n, col, f, "formula_unsaved", label+"是公式但文件里没有保存结果，请在 Excel 或 WPS 中打开、保存一次后再导入"))
		return ""
	case f != Note && blank(c.text), strings.TrimSpace(c.text) == "":
		return ""
	}
	read := text.Line
	if f == Note || f == Scale || f == Progress {
		read = text.Note
	}
	s, err := read(c.text, room)
	if err != nil {
		row.fail(r.t.issue(l.n, col, f, textCode(err), textMessage(label, room, err)))
		return ""
	}
	return s
}

// note gathers the remarks and what else is worth keeping, each under its name.
func (r *reader) note(row *Row, l line) string {
	var parts []string
	for _, f := range []Field{Note, Scale, Progress} {
		s := r.words(row, l, f, text.Long)
		if s == "" || f == Note && blank(s) {
			continue
		}
		if f != Note {
			if st, say := stage(s); f == Progress && st != "" && say == nil {
				continue // read as a stage
			}
			s = Labels[f] + "：" + s
		}
		parts = append(parts, s)
	}
	all := strings.Join(parts, "\n")
	if runes := []rune(all); len(runes) > text.Long {
		row.warn(r.t.issue(l.n, -1, Note, "note_cut", fmt.Sprintf("备注与建设内容合计超过 %d 字，只保留前面的部分", text.Long)))
		all = string(runes[:text.Long])
	}
	return all
}

// place tells the counties. A doubt is a warning, an unknown city an error.
func (r *reader) place(row *Row, l line) {
	if r.opt.Areas == nil {
		return
	}
	city := r.words(row, l, City, text.Name)
	county := r.words(row, l, County, text.Name)
	site := r.words(row, l, Place, text.Name)
	_, col := r.value(l, County)
	if _, c := r.value(l, Place); col < 0 || county == "" && site != "" {
		col = c
	}
	if _, c := r.value(l, City); col < 0 || city != "" && county == "" && site == "" {
		col = c
	}
	tree, home := r.opt.Areas, r.opt.Home
	sec := r.within()
	if city == "" && sec.area != "" {
		home = sec.area
		if c := tree.CityOf(sec.area); c != "" {
			home = c
		}
	}
	var p area.Place
	switch {
	case county != "":
		p = tree.Resolve(city, county, home)
		if (p.Doubt == area.NoCounty || p.Doubt == area.OnlyCity) && site != "" {
			if better := tree.Resolve(city, site, home); better.Doubt == area.Sure {
				p = better
			}
		}
	case city == "" && site == "" && sec.area != "":
		a, _ := tree.Lookup(sec.area)
		p = area.Place{Area: a}
		if a.Level != area.County {
			p.Doubt = area.OnlyCity
		}
	default:
		p = tree.Resolve(city, site, home)
		if a, ok := tree.Lookup(sec.area); ok && a.Level == area.County && city == "" && p.Doubt == area.NoCounty {
			p = area.Place{Area: a}
		}
	}
	row.Project.Area = p.Area.Code
	row.Project.Counties = p.Counties
	if len(p.Counties) == 0 && p.Area.Code != "" {
		row.Project.Counties = []string{p.Area.Code}
	}
	said := strings.Join(slices.DeleteFunc([]string{city, county, site}, func(s string) bool { return s == "" }), " ")
	tell := func(message string) {
		row.warn(r.t.issue(l.n, col, County, string(p.Doubt), message))
	}
	switch p.Doubt {
	case area.NoCity:
		message := fmt.Sprintf("“%s”不在行政区划表中，请改成市、县区的规范名称（如 漯河市召陵区）", said)
		if said == "" {
			message = "没有填县区或建设地点，请补上"
		}
		row.fail(r.t.issue(l.n, col, County, string(p.Doubt), message))
	case area.OnlyCity:
		tell(fmt.Sprintf("没有写到县区，先记在%s，位置待定", p.Area.Name))
	case area.OnlyProvince:
		tell(fmt.Sprintf("没有写到市县，先记在%s，位置待定", p.Area.Name))
	case area.NoCounty:
		tell(fmt.Sprintf("“%s”对不上%s的县区，先记在%s，位置待定", said, p.Area.Name, p.Area.Name))
	case area.Ambiguous:
		tell(fmt.Sprintf("“%s”可以是几个县区，先记在%s，请写全名", said, p.Area.Name))
	case area.Several:
		tell(fmt.Sprintf("跨 %d 个县区，以%s为主", len(p.Counties), p.Area.Name))
	case area.Assumed:
		tell(fmt.Sprintf("没有填县区，先记在%s，位置待定", p.Area.Name))
	}
}

// within is what the sections above a line say, the nearest first.
func (r *reader) within() section {
	var all section
	for _, s := range r.stack {
		all.area = or(s.area, all.area)
		all.stage = or(s.stage, all.stage)
		all.batch = or(s.batch, all.batch)
		all.industry = or(s.industry, all.industry)
		if s.term > 0 {
			all.term = s.term
		}
	}
	return all
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (r *reader) money(row *Row, l line) {
	c, col := r.value(l, Invest)
	if col < 0 {
		return
	}
	if c.kind == failed || c.kind == pending {
		r.clean(row, l, c, col, Invest, text.Name)
		r.sumMiss = true
		return
	}
	wan, approx, ask, say := money(c, r.t.Columns[col].Unit)
	row.Project.InvestWan, row.Project.Approx = wan, approx
	if ask {
		row.fail(r.t.issue(l.n, col, Invest, "unit_missing", fmt.Sprintf("总投资“%s”没有写单位，请在表头写明“总投资（亿元）”或“总投资（万元）”，或在导入时选择单位", c.shown())))
		if !r.asked {
			r.asked = true
			r.t.Asks = append(r.t.Asks, Ask{Code: "unit_missing", Message: "表里没有写总投资的单位，是亿元、万元还是元？", Choices: []string{string(Yi), string(Wan), string(Yuan)}})
		}
	}
	for _, s := range say {
		i := r.t.issue(l.n, col, Invest, s.code, s.message)
		if s.bad {
			row.fail(i)
		} else {
			row.warn(i)
		}
	}
	if wan == nil {
		r.sumMiss = r.sumMiss || !row.Good()
		return
	}
	r.sum += *wan
	r.amounts = append(r.amounts, *wan)
}

// life reads the stage, its day, and the batch.
func (r *reader) life(row *Row, l line) {
	p := &row.Project
	sec := r.within()
	for _, f := range []Field{Stage, Progress} {
		c, col := r.value(l, f)
		if col < 0 || p.Stage != "" {
			continue
		}
		s, say := stage(c.text)
		p.Stage = s
		if say != nil && f == Stage {
			row.warn(r.t.issue(l.n, col, f, say.code, say.message))
		}
	}
	p.Stage = or(p.Stage, sec.stage)
	p.Industry = or(p.Industry, sec.industry)

	if c, col := r.value(l, Batch); col >= 0 && !blank(c.text) {
		p.Term, p.Batch = batch(c.text)
		if p.Batch == "" {
			row.warn(r.t.issue(l.n, col, Batch, "batch_unknown", fmt.Sprintf("认不出批次“%s”，未读取；可填：签约一批、开工一批、投产一批", c.shown())))
		}
	}
	if c, col := r.value(l, Term); col >= 0 && !blank(c.text) {
		n, say := term(c.text)
		if say != nil {
			row.warn(r.t.issue(l.n, col, Term, say.code, say.message))
		} else if n > 0 {
			p.Term = n
		}
	}
	p.Batch = or(p.Batch, or(sec.batch, r.batch))
	if p.Term == 0 {
		p.Term = max(sec.term, 0)
	}
	if p.Term == 0 {
		p.Term = r.term
	}
	if (p.Term == 0) != (p.Batch == "") {
		if _, col := r.value(l, Batch); p.Batch != "" || p.Term > 0 && col >= 0 {
			row.warn(r.t.issue(l.n, col, Batch, "batch_incomplete", "期次和批次要一起写（如 第十三期 开工一批），未记入批次"))
		}
		p.Term, p.Batch = 0, ""
	}
	r.days(row, l)
}

// days reads the dates; the one that belongs to the stage says since when it holds.
func (r *reader) days(row *Row, l line) {
	since := map[Field][]string{
		SignedOn: {"signed", "landed"}, StartedOn: {"started", "building"}, FinishedOn: {"accepting"},
		ProducedOn: {"producing"}, ReachedOn: {"reached"},
	}
	for _, f := range []Field{SignedOn, StartedOn, FinishedOn, ProducedOn, ReachedOn} {
		c, col := r.value(l, f)
		if col < 0 {
			continue
		}
		at, say := day(c)
		if say != nil {
			row.warn(r.t.issue(l.n, col, f, say.code, say.message))
		}
		if !at.IsZero() && slices.Contains(since[f], row.Project.Stage) {
			row.Project.StageOn = at
		}
	}
}

var phoneIn = regexp.MustCompile(`(?:\+?86[- ]?)?1\d{10}|0\d{2,3}[- ]?\d{7,8}|\d{7,8}`)

// team reads the five-one team: a name, perhaps with a telephone number, and the
// columns 职务 and 联系电话 to its right.
func (r *reader) team(row *Row, l line) {
	var now *Member
	for _, col := range r.t.Columns {
		f := col.Field
		if !slices.Contains(team, f) && f != Phone && f != Post {
			continue
		}
		s := ""
		if col.Index < len(l.cells) {
			c := l.cells[col.Index]
			c.text = unguard(c.text)
			s = r.clean(row, l, c, col.Index, f, text.Name)
		}
		switch {
		case slices.Contains(team, f):
			now = nil
			phone := phoneIn.FindString(s)
			name := strings.Trim(strings.ReplaceAll(s, phone, ""), " ,，:：;；()（）/、")
			if name == "" {
				continue
			}
			row.Project.Team = append(row.Project.Team, Member{Role: string(f), Name: name, Phone: phone})
			now = &row.Project.Team[len(row.Project.Team)-1]
		case now == nil || s == "":
		case f == Phone && len([]rune(s)) <= text.Code:
			now.Phone = s
		case f == Post:
			now.Title = s
		}
	}
}

// once finds lines that say the same project twice.
func (r *reader) once(row *Row, l line) {
	keys := []string{"code:" + row.Project.Code}
	if row.Project.Code == "" {
		keys = []string{"name:" + row.Project.Area + ":" + row.Project.Name}
	}
	for _, k := range keys {
		if row.Project.Name == "" {
			return
		}
		if first, twice := r.seen[k]; twice {
			_, col := r.value(l, Name)
			row.fail(r.t.issue(l.n, col, Name, "row_twice", fmt.Sprintf("与第 %d 行是同一个项目（名称和县区或项目代码相同），请删去一行或改正", first)))
			continue
		}
		r.seen[k] = l.n
	}
}

// finish says what was skipped and what looks odd about whole columns.
func (r *reader) finish() {
	for _, s := range []struct{ why, code, message string }{
		{"section", "rows_section", "分组行"},
		{"total", "rows_total", "合计行"},
		{"remark", "rows_remark", "表注"},
		{"repeated", "rows_repeated", "重复的表头"},
		{"joined", "rows_joined", "与上一行合并的续行"},
		{"hidden", "rows_hidden", "隐藏行（需要导入请先取消隐藏）"},
	} {
		if lines := r.skipped[s.why]; len(lines) > 0 {
			r.t.notice(s.code, fmt.Sprintf("第 %s 行是%s，没有当作项目", listed(lines), s.message), lines...)
		}
	}
	for _, t := range r.open {
		if !t.is(r.sum) && !r.sumMiss {
			r.t.notice("total_differs", fmt.Sprintf("第 %d 行合计是 %s 万元，各行相加是 %s 万元，请核对是否有漏行或单位不一致", t.line, decimal(t.wan), decimal(r.sum)), t.line)
		}
	}
	has := func(f Field) bool {
		return slices.ContainsFunc(r.t.Columns, func(c Column) bool { return c.Field == f })
	}
	if len(r.t.Rows) > 0 && !has(Stage) && !has(Progress) && !slices.ContainsFunc(r.t.Rows, func(row Row) bool { return row.Project.Stage != "" }) {
		r.t.notice("stage_absent", "表里没有建设阶段，新项目先记为“谋划”，已有项目的阶段不变")
	}
	for _, c := range r.t.Columns {
		if c.Field == Invest && c.Unit == Wan && len(r.amounts) >= 5 && slices.Max(r.amounts) < 500 {
			r.t.notice("unit_suspect", "总投资按万元读取后，最大的一个也不到 500 万元，请核对单位是不是亿元")
		}
		if c.Field == Invest && c.Unit == Yi && len(r.amounts) >= 5 && slices.Min(r.amounts) > 5e6 {
			r.t.notice("unit_suspect", "总投资按亿元读取后，最小的一个也超过 500 亿元，请核对单位是不是万元")
		}
	}
	if len(r.t.Rows) == 0 {
		r.t.notice("no_rows", "表头下面没有项目")
	}
}

// listed writes line numbers as people read them: 5、8–12、20 and so on.
func listed(lines []int) string {
	var parts []string
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1] == lines[j]+1 {
			j++
		}
		part := strconv.Itoa(lines[i])
		if j > i {
			part += "–" + strconv.Itoa(lines[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	if len(parts) > 20 {
		return strings.Join(parts[:20], "、") + " 等"
	}
	return strings.Join(parts, "、")
}

// unguard takes off what keeps spreadsheet programs from computing: the quote
// before = + - @ that our own copies carry, and ="…".
func unguard(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "'"); ok && computes(rest) {
		return rest
	}
	if inner, ok := strings.CutPrefix(s, `="`); ok {
		if inner, ok := strings.CutSuffix(inner, `"`); ok {
			return inner
		}
	}
	return s
}

// Day is a project's StageOn as the ledger writes days; "" where it is not stated.
func (p Project) Day() string {
	if p.StageOn.IsZero() {
		return ""
	}
	return p.StageOn.Format(time.DateOnly)
}
