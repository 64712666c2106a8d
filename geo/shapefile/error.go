package shapefile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"guatu/geo/crs"
)

// ErrShapefile is what every refusal of this package is.
var ErrShapefile = errors.New("not a shapefile that can be taken")

// ErrTooLarge is what a refusal is, besides ErrShapefile, when a limit was passed.
var ErrTooLarge = errors.New("shapefile is larger than allowed")

// Error says what is wrong with an archive, a member or a record, and in Chinese
// what to do. Code is stable; what is wrong with the coordinate system has the
// code of package crs, or CodeNoPrj.
type Error struct {
	Code    string
	Message string
	Member  string // the file in the archive
	Record  int    // from 1; 0 where it is about more than one

	Needs   crs.Need
	Suggest []crs.System // what the system most likely is, to be confirmed by a person

	limit bool
}

func (e *Error) Error() string {
	if e.Record > 0 {
		return fmt.Sprintf("%s: %s at record %d", ErrShapefile, e.Code, e.Record)
	}
	return fmt.Sprintf("%s: %s in %q", ErrShapefile, e.Code, e.Member)
}

// Is makes every refusal an ErrShapefile, and the narrower sentinel that fits.
func (e *Error) Is(target error) bool {
	return target == ErrShapefile || target == ErrTooLarge && e.limit
}

// The codes of Error.
const (
	CodeNotZIP      = "shapefile_not_zip"
	CodeEntries     = "shapefile_too_many_entries"
	CodeTooLarge    = "shapefile_too_large"
	CodeRatio       = "shapefile_packed_too_much"
	CodeName        = "shapefile_member_name"
	CodeSuffix      = "shapefile_member_not_allowed"
	CodeDuplicate   = "shapefile_member_twice"
	CodeMember      = "shapefile_member_kind" // a link, a folder, encrypted, or packed in an odd way
	CodeOverlapping = "shapefile_members_overlap"
	CodeDamaged     = "shapefile_damaged"
	CodeNoShp       = "shapefile_no_shp"
	CodeHead        = "shapefile_head"
	CodeLength      = "shapefile_length"
	CodeShape       = "shapefile_shape"
	CodeCounts      = "shapefile_counts_differ"
	CodeTable       = "shapefile_table"
	CodeNoPrj       = "shapefile_no_prj"
	CodeNotFinite   = "not_finite"
	CodeManyPoints  = "shapefile_too_many_points"
)

// refuse makes an error about a member, "" for the archive.
func refuse(member, code, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	if member != "" {
		message = clip(member) + "：" + message
	}
	return &Error{Code: code, Message: message, Member: member}
}

func refuseSize(member, code, format string, args ...any) *Error {
	e := refuse(member, code, format, args...)
	e.limit = true
	return e
}

// refuseRecord makes an error about one record; the stream goes on.
func refuseRecord(record int, code, format string, args ...any) *Error {
	return &Error{Code: code, Record: record, Message: fmt.Sprintf("第 %d 个要素：", record) + fmt.Sprintf(format, args...)}
}

func isOfRecord(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Record > 0
}

// errEnd is the end of a stream.
var errEnd = io.EOF

// clip keeps a foreign name short and on one line.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
