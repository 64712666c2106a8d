// Package boundary reads and writes 勘测定界 / 报部 boundary-point files (TXT),
// in the many forms that surveyors and offices write them, and pasted lists of
// points (docs/sources.md#txt).
//
// Whatever the form, a file becomes plots: ground in longitude and latitude
// (EPSG:4490), ground in metres, both areas beside the declared one, and every
// point as it was written. Nothing is repaired but a ring that is not closed;
// what is not clear is refused with the line, a stable code and Chinese words
// that say what to do. A file that was read is written again in its own form.
package boundary

import (
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/crs"
)

// Limits bound what is read. A zero field means the default.
type Limits struct {
	Bytes  int // of the file
	Points int // of all plots
	Plots  int
	Rings  int // of one plot
}

// DefaultLimits are more than any real file needs and less than what hurts.
var DefaultLimits = Limits{Bytes: 20 << 20, Points: 100_000, Plots: 10_000, Rings: 1_000}

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	for _, f := range []struct{ to, from *int }{{&d.Bytes, &l.Bytes}, {&d.Points, &l.Points}, {&d.Plots, &l.Plots}, {&d.Rings, &l.Rings}} {
		if *f.from > 0 {
			*f.to = *f.from
		}
	}
	return d
}

// Options say what a file cannot, and where its ground may lie.
type Options struct {
	Limits Limits

	// Within is where every point must lie, longitude and latitude, usually the
	// city and a margin. The zero Bound means anywhere.
	Within orb.Bound

	// What a person has answered where a refusal Needs it; the file's own words
	// come first, and a contradiction is refused.
	Datum   crs.Datum // crs.CGCS2000 where the file does not name its system
	Zone    int       // 带号
	Degrees crs.Form  // crs.FormDegrees or crs.FormPacked
}

// Kind is what a plot is drawn as.
type Kind string

// The kinds.
const (
	Area Kind = "面"
	Line Kind = "线"
	Spot Kind = "点"
)

// AreaUnit is what declared areas are in.
type AreaUnit string

// The units that occur; the written rule says hectares.
const (
	Hectare         AreaUnit = "公顷"
	SquareMetre     AreaUnit = "平方米"
	Mu              AreaUnit = "亩"
	SquareKilometre AreaUnit = "平方千米"
)

// M2 returns how many square metres one of u is.
func (u AreaUnit) M2() float64 {
	switch u {
	case Hectare:
		return geo.M2PerHa
	case Mu:
		return geo.M2PerMu
	case SquareKilometre:
		return 1e6
	}
	return 1
}

// File is a boundary file that was read.
type File struct {
	Form   Form
	Head   []string // the lines up to [地块坐标], as they stood
	Tail   []string // sections that follow the plots, as they stood
	Header []Entry
	Plots  []Plot

	System      crs.System // what the numbers are in
	PlaneSystem crs.System // what Plane is in: System, or for degrees the 3° zone of the first point
	Order       crs.Order
	Numbers     crs.Form
	Why         string   // what the system was told by, in Chinese
	Unit        AreaUnit // of declared areas; empty where none fits or there is none
	Notes       []Note
}

// Entry is one line 键=值 of the header, or of a section before it.
type Entry struct {
	Section    string // such as 属性描述
	Key, Value string // trimmed
	Line       int    // from 1
}

// Entry returns what the header says under a key, 属性描述 before other
// sections, or an empty one.
func (f *File) Entry(key string) Entry {
	found := Entry{}
	for _, e := range f.Header {
		if e.Key == key && e.Section == sectionHeader {
			return e
		}
		if e.Key == key && found.Key == "" {
			found = e
		}
	}
	return found
}

// The sections of a file, and the keys that decide something.
const (
	sectionHeader = "属性描述"
	sectionPlots  = "地块坐标"

	KeyDatum      = "坐标系"
	KeyWidth      = "几度分带"
	KeyProjection = "投影类型"
	KeyUnit       = "计量单位"
	KeyZone       = "带号"
	KeyParameters = "转换参数"
)

// Plot is one 地块.
type Plot struct {
	Line           int
	Columns        []string // of the plot line as written, without the closing @
	Declared       string   // 面积 as written
	DeclaredPoints int      // 点数
	Number         string   // 地块编号
	Name           string   // 地块名称
	Kind           Kind
	Sheet          string   // 图幅号
	Use            string   // 用途
	LandCode       string   // 地类编码
	Extra          []string // what more columns say

	Points []Point // every point line, closing ones included

	Given  orb.MultiPolygon // in the file's system, east and north (or longitude and latitude), rings as they ran
	Plane  orb.MultiPolygon // in metres, in File.PlaneSystem
	Ground orb.MultiPolygon // EPSG:4490, outer rings counter-clockwise

	DeclaredM2    float64 // by File.Unit; 0 where there is none
	PlanarM2      float64 // of Plane, as 勘测定界 and 供地 count
	EllipsoidalM2 float64 // of Ground, as 三调 and 永农 count
}

// Point is one point line.
type Point struct {
	Line          int
	Name          string
	Ring          int
	First, Second string    // the two numbers as written, X and Y where the order is the usual one
	At            orb.Point // east, north in the file's system, or longitude, latitude
}

// Note is something that a person should know, or has to confirm.
type Note struct {
	Code    string
	Message string
	Line    int  // 0 where it is about the whole file
	Confirm bool // nothing may be stored before a person has agreed
}

// Confirm tells whether a person has to agree to a note before the file may be stored.
func (f *File) Confirm() bool {
	for _, n := range f.Notes {
		if n.Confirm {
			return true
		}
	}
	return false
}
