package boundary

import (
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/crs"
)

// ErrBoundary is what every refusal of this package is.
var ErrBoundary = errors.New("not a boundary file that can be taken")

// ErrTooLarge is what a refusal is, besides ErrBoundary, when a limit was passed.
var ErrTooLarge = errors.New("boundary file is larger than allowed")

// Error says what is wrong in a boundary file, where, and in Chinese what to do.
// Code is stable; flaws of the ground have geo's FlawKind as their code, and
// what is wrong with the coordinate system has the code of package crs.
type Error struct {
	Code    string
	Message string
	Line    int    // from 1; 0 where it is about the whole file
	Plot    string // 地块编号, or 第 n 个地块 where it has none
	Point   string // 点号

	At     *orb.Point // in the file's own system: east, north
	LonLat *orb.Point // the same place, where the system is known
	Flaw   *geo.Flaw

	Needs   crs.Need     // what a person could say to settle it
	Suggest []crs.System // what it most likely is, to be confirmed

	limit bool
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s at line %d", ErrBoundary, e.Code, e.Line)
}

// Is makes every refusal an ErrBoundary, and the narrower sentinel that fits.
func (e *Error) Is(target error) bool {
	return target == ErrBoundary || target == ErrTooLarge && e.limit || target == geo.ErrNotSimple && e.Flaw != nil
}

// Errors is everything found wrong with a file, in the order of its lines, at
// most maxErrors of them: a person mends them in one go.
type Errors []*Error

const maxErrors = 100

func (es Errors) Error() string {
	if len(es) == 1 {
		return es[0].Error()
	}
	return fmt.Sprintf("%s, and %d more", es[0].Error(), len(es)-1)
}

// Unwrap lets errors.Is and errors.As look at each.
func (es Errors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

// The codes of Error and Note besides the kinds of geo.Flaw and the codes of crs.
const (
	CodeTooLarge      = "boundary_too_large"
	CodeTooManyPoints = "boundary_too_many_points"
	CodeTooManyPlots  = "boundary_too_many_plots"
	CodeTooManyRings  = "boundary_too_many_rings"
	CodeNotText       = "boundary_not_text"
	CodeEncoding      = "boundary_encoding"
	CodeNoPlots       = "boundary_no_plots"        // no [地块坐标]
	CodeNoPoints      = "boundary_no_points"       // [地块坐标] with nothing in it, or a plot without points
	CodeOrphanPoint   = "boundary_orphan_point"    // a point before any plot
	CodePlotLine      = "boundary_plot_line"       // a plot line that cannot be taken apart
	CodeNoAt          = "boundary_plot_without_at" // a plot line that does not end in @
	CodePointLine     = "boundary_point_line"
	CodeNumber        = "boundary_number"
	CodeCount         = "boundary_point_count"
	CodeRingNumber    = "boundary_ring_number"
	CodeDatumMissing  = "boundary_crs_missing"
	CodeUnitNotMetre  = "boundary_unit"
	CodeProjection    = "boundary_projection"
	CodeHeader        = "boundary_header"
	CodeArea          = "boundary_area"
	CodeAreaUnit      = "boundary_area_unit"
	CodeDuplicate     = "boundary_duplicate_number"
	CodeOverlap       = "boundary_plots_overlap"
	CodeOutside       = "boundary_outside"

	// Of notes.
	CodeClosed          = "boundary_ring_was_closed"
	CodeEastFirst       = "boundary_east_first"
	CodeAreaDiffers     = "boundary_area_differs"
	CodeShiftParameters = "boundary_shift_parameters"
	CodeOverlapUnknown  = "boundary_overlap_not_checked"
	CodeNoHeader        = "boundary_no_header"
)

// refuse makes an error about a line; 0 is the whole file.
func refuse(line int, code, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	if line > 0 {
		message = fmt.Sprintf("第 %d 行：%s", line, message)
	}
	return &Error{Code: code, Message: message, Line: line}
}

func refuseSize(line int, code, format string, args ...any) *Error {
	e := refuse(line, code, format, args...)
	e.limit = true
	return e
}

// fromCRS carries a refusal of package crs over, to the line that it is about.
func fromCRS(err error, line int) *Error {
	var e *crs.Error
	if !errors.As(err, &e) {
		return refuse(line, crs.CodeUnknown, "%v", err)
	}
	out := refuse(line, e.Code, "%s", e.Message)
	out.Needs, out.Suggest = e.Needs, e.Suggest
	return out
}

// clip keeps a foreign text short and on one line.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}
