package shapefile

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"guatu/geo/crs"
)

// Table is a layer that is to be written. Geometry is in System; every feature
// has the shape's type or none, and as many values as there are fields, of the
// types that Feature names.
type Table struct {
	Name     string // of the files in the archive
	Shape    Shape
	System   crs.System
	Fields   []Field // Length and Decimals of text and whole numbers are found out where 0
	Features []Feature
}

// Written says what could not be written as it was given.
type Written struct {
	Charset Charset // GB18030 as “GBK”, or UTF-8 where a character is not in GBK
	Fields  []Field // names cut to ten bytes
	Cut     int     // texts that were longer than 254 bytes
}

// Write writes t as a ZIP of .shp, .shx, .dbf, .prj and .cpg. Text is in GBK,
// which every Chinese GIS program reads, or in UTF-8 where GBK lacks a
// character. Outer rings run clockwise, as the format asks.
func Write(w io.Writer, t Table) (Written, error) {
	prj := t.System.ESRI()
	code, ok := map[Shape]int32{Points: 1, Lines: 3, Polygons: 5, MultiPoints: 8}[t.Shape]
	if prj == "" || !ok {
		return Written{}, fmt.Errorf("write shapefile %s: %q in %s cannot be written", t.Name, t.Shape, t.System)
	}
	shp, shx, err := t.shapes(code)
	if err != nil {
		return Written{}, err
	}
	dbf, written, err := t.table()
	if err != nil {
		return Written{}, err
	}
	cpg := "GBK"
	if written.Charset == UTF8 {
		cpg = "UTF-8"
	}
	z := zip.NewWriter(w)
	for _, m := range []struct {
		suffix string
		body   []byte
	}{{".shp", shp}, {".shx", shx}, {".dbf", dbf}, {".prj", []byte(prj)}, {".cpg", []byte(cpg)}} {
		f, err := z.Create(t.Name + m.suffix)
		if err == nil {
			_, err = f.Write(m.body)
		}
		if err != nil {
			return Written{}, fmt.Errorf("write shapefile %s: %w", t.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return Written{}, fmt.Errorf("write shapefile %s: %w", t.Name, err)
	}
	return written, nil
}

// shapes writes the .shp and the .shx.
func (t *Table) shapes(code int32) (shp, shx []byte, err error) {
	shp, shx = make([]byte, headSize), make([]byte, headSize)
	bound := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for i, f := range t.Features {
		at := len(shp)
		shp = binary.BigEndian.AppendUint32(shp, uint32(i+1))
		shp = binary.BigEndian.AppendUint32(shp, 0)
		if shp, err = appendShape(shp, t.Shape, code, f.Geometry); err != nil {
			return nil, nil, fmt.Errorf("write shapefile %s: record %d: %w", t.Name, i+1, err)
		}
		if f.Geometry != nil {
			bound = bound.Union(f.Geometry.Bound())
		}
		words := uint32(len(shp)-at-8) / 2
		binary.BigEndian.PutUint32(shp[at+4:], words)
		shx = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(shx, uint32(at/2)), words)
	}
	if len(shp) > math.MaxInt32 {
		return nil, nil, fmt.Errorf("write shapefile %s: longer than the format allows", t.Name)
	}
	if bound.Min[0] > bound.Max[0] {
		bound = orb.Bound{}
	}
	for _, b := range [][]byte{shp, shx} {
		binary.BigEndian.PutUint32(b, 9994)
		binary.BigEndian.PutUint32(b[24:], uint32(len(b)/2))
		binary.LittleEndian.PutUint32(b[28:], 1000)
		binary.LittleEndian.PutUint32(b[32:], uint32(code))
		for i, v := range []float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]} {
			binary.LittleEndian.PutUint64(b[36+8*i:], math.Float64bits(v))
		}
	}
	return shp, shx, nil
}

func appendShape(b []byte, shape Shape, code int32, g orb.Geometry) ([]byte, error) {
	var parts [][]orb.Point
	switch g := g.(type) {
	case nil:
		return binary.LittleEndian.AppendUint32(b, 0), nil
	case orb.Point:
		if shape == Points {
			return appendPoint(binary.LittleEndian.AppendUint32(b, uint32(code)), g), nil
		}
	case orb.MultiPoint:
		if shape == MultiPoints {
			b = appendBound(binary.LittleEndian.AppendUint32(b, uint32(code)), g.Bound())
			b = binary.LittleEndian.AppendUint32(b, uint32(len(g)))
			return appendPoints(b, g), nil
		}
	case orb.MultiLineString:
		if shape == Lines {
			for _, l := range g {
				parts = append(parts, l)
			}
		}
	case orb.MultiPolygon:
		if shape == Polygons {
			for _, polygon := range g {
				for i, r := range polygon {
					if (r.Orientation() == orb.CW) != (i == 0) {
						r = slices.Clone(r)
						slices.Reverse(r)
					}
					parts = append(parts, r)
				}
			}
		}
	}
	if parts == nil {
		return nil, fmt.Errorf("a %T in a layer of %s", g, shape)
	}
	b = appendBound(binary.LittleEndian.AppendUint32(b, uint32(code)), g.Bound())
	total := 0
	for _, p := range parts {
		total += len(p)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(parts)))
	b = binary.LittleEndian.AppendUint32(b, uint32(total))
	at := 0
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, uint32(at))
		at += len(p)
	}
	for _, p := range parts {
		b = appendPoints(b, p)
	}
	return b, nil
}

func appendPoints(b []byte, points []orb.Point) []byte {
	for _, p := range points {
		b = appendPoint(b, p)
	}
	return b
}

func appendPoint(b []byte, p orb.Point) []byte {
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
}

func appendBound(b []byte, o orb.Bound) []byte { return appendPoint(appendPoint(b, o.Min), o.Max) }
