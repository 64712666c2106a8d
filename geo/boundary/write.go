package boundary

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

var errNoForm = errors.New("write boundary file: a pasted list has no form to write it in")

// Write writes f in the form that it was read in: encoding, line ends, header,
// sections, columns, numbers as they stood. Blank lines among the plots, spaces
// around columns and full-width commas are not kept. Reading it
// again gives the same file. A pasted list has no form and cannot be written.
func (f *File) Write(w io.Writer) error {
	lines := append([]string{}, f.Head...)
	for _, p := range f.Plots {
		if p.Columns == nil {
			return errNoForm
		}
		lines = append(lines, strings.Join(append(append([]string{}, p.Columns...), "@"), ","))
		for _, pt := range p.Points {
			lines = append(lines, strings.Join([]string{pt.Name, strconv.Itoa(pt.Ring), pt.First, pt.Second}, ","))
		}
	}
	b, err := f.Form.encode(append(lines, f.Tail...))
	if err != nil {
		return fmt.Errorf("write boundary file as %s: %w", f.Form.Encoding, err)
	}
	_, err = w.Write(b)
	return err
}
