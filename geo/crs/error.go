package crs

import (
	"errors"
	"fmt"
)

// ErrCRS is what every refusal of this package is.
var ErrCRS = errors.New("coordinates are not in a system that can be used")

// Need names what a person could say to settle a refusal.
type Need string

// What may be asked for.
const (
	NeedNothing Need = ""        // nothing said here would help: another file is needed
	NeedSystem  Need = "system"  // which system the numbers are in
	NeedZone    Need = "zone"    // the 带号
	NeedDegrees Need = "degrees" // whether 114.0112 is decimal or 114°01′12″
)

// Error says in Chinese why coordinates cannot be placed, and what to do or to
// ask the surveyor for. Code is stable.
type Error struct {
	Code    string
	Message string
	Index   int // the pair of coordinates that it is about, from 0; -1 where it is none
	Needs   Need
	Suggest []System // what it most likely is, to be confirmed by a person, likeliest first
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", ErrCRS, e.Code) }

// Is makes every refusal an ErrCRS.
func (e *Error) Is(target error) bool { return target == ErrCRS }

// The codes of Error.
const (
	CodeXian80         = "crs_xian80"
	CodeBeijing54      = "crs_beijing54"
	CodeLocalGrid      = "crs_local_grid"
	CodeUnknown        = "crs_unknown"
	CodeContradiction  = "crs_contradiction"
	CodeMagnitude      = "crs_magnitude"
	CodeMixed          = "crs_mixed_forms"
	CodeZoneNeeded     = "crs_zone_needed"
	CodeZone           = "crs_no_such_zone"
	CodePrefix         = "crs_prefix_is_not_zone"
	CodePackedDegrees  = "crs_packed_degrees"
	CodeDegreesUnclear = "crs_degrees_unclear"
	CodeUnit           = "crs_unit"
	CodeWKT            = "crs_prj_unreadable"
	CodeDomain         = "crs_out_of_domain"
)

// askFor2000 is what to say to the surveyor.
const askFor2000 = "请向测绘单位要 2000 国家大地坐标系（CGCS2000）的成果。"

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Index: -1}
}

func (e *Error) needs(n Need) *Error {
	e.Needs = n
	return e
}

func (e *Error) at(index int) *Error {
	e.Index = index
	return e
}

// recognised refuses a system that is known by name or by its numbers.
func recognised(code string) *Error {
	switch code {
	case CodeXian80:
		return refuse(code, "坐标是 1980 西安坐标系。它与 CGCS2000 相差几十米以上，各地不同，转换参数受控，不能代为换算。%s", askFor2000)
	case CodeBeijing54:
		return refuse(code, "坐标是 1954 北京坐标系。它与 CGCS2000 相差几十到一百多米，各地不同，转换参数受控，不能代为换算。%s", askFor2000)
	}
	return refuse(CodeLocalGrid, "坐标像是城市独立（地方）坐标系，不合任何一个国家标准带。%s如果只有地方坐标，请测绘单位按批准的转换参数转好再提供。", askFor2000)
}
