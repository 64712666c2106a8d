// Package shapefile reads and writes ESRI shapefiles in a ZIP, as Chinese bureaus
// send them: DBF text and member names in GBK or UTF-8 with or without a .cpg
// that may lie, .prj files without codes, deleted rows, null shapes, heights
// (docs/sources.md#shapefile). It is pure Go and needs no GDAL.
//
// Features come as a stream: a layer of a million polygons needs no more memory
// than its largest one. Geometry stays in the file's own system and as it is:
// rings are sorted into polygons by containment, but nothing is repaired;
// geo.Check tells what is invalid, and Layer.System what the numbers are in. A
// file without .prj asks for the system and never guesses.
package shapefile

import (
	"iter"

	"github.com/paulmach/orb"

	"guatu/geo/crs"
)

// Limits bound what is read (promises S13, docs/sources.md#shapefile). A zero field means the default.
type Limits struct {
	Entries  int   // members of the archive
	Bytes    int64 // of all members, unpacked
	Ratio    int64 // unpacked over packed; archives that unpack to less than 1 MB are free of it
	Vertices int   // of one feature
	Parts    int   // rings or lines of one feature
}

// DefaultLimits fit an upload by a person. Loading a layer sets Bytes higher.
var DefaultLimits = Limits{Entries: 50, Bytes: 100 << 20, Ratio: 100, Vertices: 1_000_000, Parts: 20_000}

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	if l.Entries > 0 {
		d.Entries = l.Entries
	}
	if l.Bytes > 0 {
		d.Bytes = l.Bytes
	}
	if l.Ratio > 0 {
		d.Ratio = l.Ratio
	}
	if l.Vertices > 0 {
		d.Vertices = l.Vertices
	}
	if l.Parts > 0 {
		d.Parts = l.Parts
	}
	return d
}

// Options say what an archive cannot.
type Options struct {
	Limits Limits

	// System is what a person said the coordinates are in, for layers whose .prj
	// is missing or does not settle it. A .prj that does comes first.
	System *crs.System
}

// Shape is what a layer is made of. Heights and measures are dropped.
type Shape string

// The shapes, and the orb type that their features have.
const (
	Points      Shape = "point"      // orb.Point
	MultiPoints Shape = "multipoint" // orb.MultiPoint
	Lines       Shape = "line"       // orb.MultiLineString
	Polygons    Shape = "polygon"    // orb.MultiPolygon
)

// Layer is one shapefile of an archive.
type Layer struct {
	Name    string // of the files, without suffix
	Shape   Shape
	HasZ    bool      // heights were given and are dropped
	Bound   orb.Bound // as the file's head has it, not checked
	Rows    int       // of the table, deleted ones included; -1 where there is no table
	Fields  []Field
	Charset Charset
	Notes   []string // what a person may want to know, in Chinese

	files members
	table *table
	opts  Options
}

// Field is one column of the table.
type Field struct {
	Name     string
	Type     byte // of dBase: C text, N and F numbers, D day, L yes or no, I and O binary numbers
	Length   int  // bytes
	Decimals int
}

// Feature is one record. Values stand in the order of Layer.Fields: nil where
// nothing is said, else string (a day as YYYY-MM-DD), int64, float64 or bool.
type Feature struct {
	Record   int          // from 1
	Geometry orb.Geometry // nil where the shape is null
	Values   []any
	Odd      []Odd
}

// Odd is a value that its field cannot hold, such as **** where a number was too
// long. Its value is nil, or text with the bytes that mean nothing replaced.
type Odd struct {
	Field int
	Text  string
}

// Features streams the records in the order of the file, without deleted rows.
// An *Error with a Record comes beside a feature whose geometry cannot be used;
// the next one follows. Any other error ends the stream. Stopping early and
// streaming again are both fine.
func (l *Layer) Features() iter.Seq2[Feature, error] {
	return func(yield func(Feature, error) bool) {
		s, err := l.open()
		if err != nil {
			yield(Feature{}, err)
			return
		}
		defer s.close()
		for {
			f, err := s.next()
			switch {
			case err == errEnd:
				return
			case err != nil && !(isOfRecord(err)):
				yield(Feature{}, err)
				return
			}
			if f.Record == 0 {
				continue // deleted
			}
			if !yield(f, err) {
				return
			}
		}
	}
}
