package ledger

import (
	"fmt"
	"strings"

	"guatu/ledger/text"
)

// FieldError says which field of a row was refused, and why.
type FieldError struct {
	Field string // as the API names it: name, invest_wan
	Err   error
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %v", e.Field, e.Err) }

func (e *FieldError) Unwrap() error { return e.Err }

// fields cleans the texts of a row and remembers the first that cannot be kept.
type fields struct{ err error }

func (f *fields) fail(field string, err error) {
	if f.err == nil && err != nil {
		f.err = &FieldError{Field: field, Err: err}
	}
}

// line cleans a text of one line in place.
func (f *fields) line(field string, s *string, room int) {
	clean, err := text.Line(*s, room)
	if err != nil {
		f.fail(field, err)
		return
	}
	*s = clean
}

// name is line for a text that must not be empty.
func (f *fields) name(field string, s *string) {
	f.line(field, s, text.Name)
	if *s == "" {
		f.fail(field, ErrEmpty)
	}
}

// note cleans a text that may have several lines.
func (f *fields) note(field string, s *string) {
	clean, err := text.Note(*s, text.Long)
	if err != nil {
		f.fail(field, err)
		return
	}
	*s = clean
}

// like is a pattern that finds q anywhere, its own wildcards escaped (promises
// S16); nil where there is nothing to look for.
func like(q string) *string {
	q = strings.TrimSpace(q)
	if q == "" {
		return nil
	}
	q = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q) + "%"
	return &q
}

// optional is nil for the zero value, so that a filter that is not set is NULL.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
