package bench

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// A Table is what was measured, one line each; the first line are the headings.
type Table [][]string

// Add appends a line.
func (t *Table) Add(cells ...string) { *t = append(*t, cells) }

// Text is the table for a terminal; a Chinese character takes two columns there.
func (t Table) Text() string {
	wide := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			wide[i] = max(wide[i], width(cell))
		}
	}
	var out strings.Builder
	for n, row := range t {
		for i, cell := range row {
			if i > 0 {
				out.WriteString("  ")
			}
			out.WriteString(cell + strings.Repeat(" ", wide[i]-width(cell)))
		}
		out.WriteString("\n")
		if n == 0 {
			for i, w := range wide {
				if i > 0 {
					out.WriteString("  ")
				}
				out.WriteString(strings.Repeat("─", w))
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

func width(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r >= 0x2E80 {
			n++
		}
	}
	return n
}

// Markdown is the table for a page.
func (t Table) Markdown() string {
	var out strings.Builder
	for n, row := range t {
		out.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if n == 0 {
			out.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return out.String()
}

// The figures of a page stand between these lines; `guatu bench` renews them.
const (
	begin = "<!-- guatu bench: begin -->"
	end   = "<!-- guatu bench: end -->"
)

// ErrNoPlace says that a page has no place for figures.
var ErrNoPlace = errors.New("the page has no place for the figures")

// Renew puts figures between the two lines of a page that begin and end them.
func Renew(path, figures string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	before, rest, ok := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%w: %s wants a line %q and a line %q", ErrNoPlace, path, begin, end)
	}
	text := before + begin + "\n" + strings.TrimSpace(figures) + "\n" + end + after
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
