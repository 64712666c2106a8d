package sheet

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// cell is one cell as it is stored, before anybody asks what it means.
type cell struct {
	text string
	kind kind
}

type kind uint8

const (
	words   kind = iota
	number       // text is the decimal number
	date         // text is YYYY-MM-DD
	failed       // an Excel error such as #REF!
	pending      // a formula whose result was not saved
)

// line is one row of a sheet; n counts from 1.
type line struct {
	n      int
	hidden bool
	cells  []cell
}

// rect is a merged range, both corners inside, counted from 0 in columns and
// from 1 in lines.
type rect struct{ top, left, bottom, right int }

// span is a run of lines, both inside; zero for none.
type span struct{ first, last int }

type grid struct {
	name   string
	hidden bool
	lines  []line // by n
	merges []rect
	widths map[int]float64
}

// at is the cell of a line and column; the zero cell where there is none.
func (g *grid) at(n, col int) cell {
	i, ok := slices.BinarySearchFunc(g.lines, n, func(l line, n int) int { return cmp.Compare(l.n, n) })
	if !ok || col >= len(g.lines[i].cells) {
		return cell{}
	}
	return g.lines[i].cells[col]
}

// spread copies the value of vertically merged cells into every line of the
// merge, as the eye reads it. Ranges that span columns keep their value in the
// first one: a title is not a value of every column.
//
// Excel never lets ranges overlap; where a file does, the work stays bounded.
func (g *grid) spread() {
	left := 10 * len(g.lines)
	for _, m := range g.merges {
		if m.left != m.right || m.top == m.bottom {
			continue
		}
		top := g.at(m.top, m.left)
		if top.text == "" {
			continue
		}
		from, _ := slices.BinarySearchFunc(g.lines, m.top+1, func(l line, n int) int { return cmp.Compare(l.n, n) })
		for i := from; i < len(g.lines) && g.lines[i].n <= m.bottom && left > 0; i++ {
			left--
			l := &g.lines[i]
			for len(l.cells) <= m.left {
				l.cells = append(l.cells, cell{})
			}
			if l.cells[m.left].text == "" {
				l.cells[m.left] = top
			}
		}
	}
}

// width is the number of columns that hold something.
func (g *grid) width() int {
	w := 0
	for _, l := range g.lines {
		w = max(w, len(l.cells))
	}
	return w
}

// filled are the columns of a line that hold something.
func (l line) filled() []int {
	var cols []int
	for i, c := range l.cells {
		if strings.TrimSpace(c.text) != "" || c.kind == pending {
			cols = append(cols, i)
		}
	}
	return cols
}

// shown is a cell's text for a preview: no control characters, cut at 300 characters.
func (c cell) shown() string {
	s := c.harmless()
	if utf8.RuneCountInString(s) <= 300 {
		return s
	}
	return string([]rune(s)[:300]) + "…"
}

// harmless is a cell's text with what must not be stored or shown replaced.
func (c cell) harmless() string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case r < 0x20 || (r >= 0x7f && r < 0xa0) || (r >= 0x202A && r <= 0x202E) || (r >= 0x2066 && r <= 0x2069):
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(c.text, "\uFFFD"))
}
