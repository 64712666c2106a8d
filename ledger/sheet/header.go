package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// head is where a sheet's header stands and what it says.
type head struct {
	lines   span // by number
	depth   int
	columns []Column
	score   int
}

const (
	headSearch = 40 // the header stands within so many filled lines
	headDepth  = 3  // and has at most so many lines
)

// findHead looks for the header: the lines whose columns are taken for most
// fields, a project name among them; of equals the one with fewest lines, so
// that a title is no part of it. ok is false where there is none.
func findHead(g *grid) (head, bool) {
	var best head
	for i := 0; i < min(len(g.lines), headSearch); i++ {
		for depth := 1; depth <= headDepth && i+depth <= len(g.lines); depth++ {
			h := tryHead(g, g.lines[i:i+depth])
			if h.score > best.score || h.score > 0 && h.score == best.score && depth < best.depth {
				h.depth = depth
				best = h
			}
		}
	}
	return best, best.score > 0
}

// tryHead reads some lines as a header. The score is 0 where they are none.
func tryHead(g *grid, lines []line) head {
	h := head{lines: span{lines[0].n, lines[len(lines)-1].n}}
	if h.lines.last-h.lines.first >= headDepth {
		return h
	}
	for _, l := range lines {
		if slices.ContainsFunc(l.cells, func(c cell) bool { return c.kind == date || c.kind == number && !year.MatchString(c.text) }) {
			return h
		}
	}
	if cutsMerge(g, h.lines) {
		return h
	}
	texts := make([][]string, len(lines))
	width := g.width()
	for i, l := range lines {
		texts[i] = across(g, l, width, i+1 < len(lines))
	}
	at := map[Field]int{} // where each field was found, in h.columns
	orders := map[Field]int{}
	for col := range width {
		var parts []string
		for i := range lines {
			parts = append(parts, texts[i][col])
		}
		r, unit := taken(parts)
		c := Column{Index: col, Header: title(parts), Field: r.field, Unit: unit}
		if c.Field != Invest {
			c.Unit = NoUnit
		} else if c.Unit != NoUnit {
			c.UnitFrom = "header"
		}
		if first, twice := at[c.Field]; twice && c.Field != None && c.Field != Phone && c.Field != Post {
			if r.order >= orders[c.Field] {
				c.Field, c.Unit, c.UnitFrom = None, NoUnit, ""
			} else {
				h.columns[first].Field, h.columns[first].Unit, h.columns[first].UnitFrom = None, NoUnit, ""
			}
		}
		if c.Field != None {
			at[c.Field], orders[c.Field] = len(h.columns), r.order
		}
		h.columns = append(h.columns, c)
	}
	_, named := at[Name]
	if !named {
		return h
	}
	others := slices.ContainsFunc(h.columns, func(c Column) bool { return c.Field != Name && c.Header != "" && c.Header != Problems })
	if len(at) >= 2 || !others && orders[Name] == 0 {
		h.score = len(at)
		if _, ok := at[Seq]; ok {
			h.score-- // a number alone says little
		}
		h.score = max(1, h.score)
	}
	return h
}

// cutsMerge says whether cells merged downwards begin in the header and go on
// below it: then the header is longer.
func cutsMerge(g *grid, lines span) bool {
	for _, m := range g.merges {
		if m.top < lines.first || m.top > lines.last || m.bottom <= lines.last || m.bottom-lines.first >= headDepth {
			continue
		}
		if slices.ContainsFunc(g.lines, func(l line) bool { return l.n > lines.last && l.n <= m.bottom }) {
			return true
		}
	}
	return false
}

// across are the texts of a header line by column; where it has lines below it,
// a text covers the empty columns that are merged with it, or, in a file without
// merges, those to its right that have a text below but none of their own.
func across(g *grid, l line, width int, upper bool) []string {
	out := make([]string, width)
	for i, c := range l.cells {
		out[i] = c.text
	}
	for _, m := range g.merges {
		if m.top <= l.n && l.n <= m.bottom && m.left < width {
			from := g.at(m.top, m.left).text
			for c := m.left; c <= min(m.right, width-1); c++ {
				if out[c] == "" {
					out[c] = from
				}
			}
		}
	}
	if upper && len(g.merges) == 0 {
		for c := 1; c < width; c++ {
			if out[c] == "" && g.at(l.n+1, c).text != "" && g.at(l.n+1, c-1).text != "" {
				out[c] = out[c-1]
			}
		}
	}
	return out
}

// title is a column's header as one line of text.
func title(parts []string) string {
	var words []string
	for _, p := range parts {
		p = strings.Join(strings.Fields(cell{text: p}.shown()), "")
		if p != "" && (len(words) == 0 || words[len(words)-1] != p) {
			words = append(words, p)
		}
	}
	return strings.Join(words, "/")
}

var (
	year     = regexp.MustCompile(`^(19|20)\d{2}$`)
	unitRow  = regexp.MustCompile(`(?:^|[^\p{Han}]|金额|计量|货币|投资)单位:?([^:;)]{1,20})`)
	unitWord = regexp.MustCompile(`亿元|亿|千万元|百万元|万元|千元|元`)
)

// unitAbove looks for “单位：亿元” in the lines above and inside the header. Two
// different ones are none.
func unitAbove(g *grid, h head) Unit {
	found := NoUnit
	for _, l := range g.lines {
		if l.n > h.lines.last {
			break
		}
		for _, c := range l.cells {
			for _, m := range unitRow.FindAllStringSubmatch(fold(c.text), -1) {
				for _, word := range unitWord.FindAllString(m[1], -1) {
					u, _ := ParseUnit(word)
					if found != NoUnit && u != found {
						return NoUnit
					}
					found = u
				}
			}
		}
	}
	return found
}

// units gives every column of amounts its unit: from its header, from the lines
// above, or from the caller's answer. Where all three are silent and a cell
// needs one, that is a question.
func (t *Table) units(g *grid, h head, answer Unit) {
	above := unitAbove(g, h)
	for i := range t.Columns {
		c := &t.Columns[i]
		switch {
		case c.Field != Invest:
		case c.Unit != NoUnit && above != NoUnit && c.Unit != above:
			t.notice("unit_differs", fmt.Sprintf("表头“%s”与表上的“单位：%s”不一致，按表头读取", c.Header, above))
		case c.Unit != NoUnit:
		case above != NoUnit:
			c.Unit, c.UnitFrom = above, "sheet"
		case answer != NoUnit:
			c.Unit, c.UnitFrom = answer, "answer"
		}
	}
}

func (t *Table) notice(code, message string, lines ...int) {
	t.Notices = append(t.Notices, Notice{Code: code, Message: message, Lines: lines})
}
