package geo

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/paulmach/orb"
)

// coordinateDigits is what GeoJSON is written with: 1e-7 degrees are about 1 cm.
const coordinateDigits = 7

// AppendGeoJSON appends g as a GeoJSON geometry (RFC 7946), coordinates rounded
// to 7 digits, and null for nil. Rounding is for eyes and exports: what is
// computed from is the stored geometry.
func AppendGeoJSON(b []byte, g orb.Geometry) []byte {
	if isNil(g) {
		return append(b, "null"...)
	}
	switch g := g.(type) {
	case orb.Ring:
		return AppendGeoJSON(b, orb.Polygon{g})
	case orb.Bound:
		return AppendGeoJSON(b, g.ToPolygon())
	case orb.Collection:
		b = append(b, `{"type":"GeometryCollection","geometries":`...)
		b = appendList(b, g, AppendGeoJSON)
		return append(b, '}')
	}
	b = append(b, `{"type":"`...)
	b = append(b, g.GeoJSONType()...)
	b = append(b, `","coordinates":`...)
	switch g := g.(type) {
	case orb.Point:
		b = appendPosition(b, g)
	case orb.MultiPoint:
		b = appendList(b, g, appendPosition)
	case orb.LineString:
		b = appendList(b, g, appendPosition)
	case orb.MultiLineString:
		b = appendList(b, g, func(b []byte, l orb.LineString) []byte { return appendList(b, l, appendPosition) })
	case orb.Polygon:
		b = appendPolygon(b, g)
	case orb.MultiPolygon:
		b = appendList(b, g, appendPolygon)
	}
	return append(b, '}')
}

func appendPolygon(b []byte, p orb.Polygon) []byte {
	return appendList(b, p, func(b []byte, r orb.Ring) []byte { return appendList(b, r, appendPosition) })
}

func appendList[T any](b []byte, all []T, appendOne func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, one := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendOne(b, one)
	}
	return append(b, ']')
}

func appendPosition(b []byte, p orb.Point) []byte {
	b = appendDegrees(append(b, '['), p[0])
	b = appendDegrees(append(b, ','), p[1])
	return append(b, ']')
}

// appendDegrees writes without exponent and without trailing zeros.
func appendDegrees(b []byte, v float64) []byte {
	start := len(b)
	b = strconv.AppendFloat(b, v, 'f', coordinateDigits, 64)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	if string(b[start:]) == "-0" {
		b = append(b[:start], '0')
	}
	return b
}

// EncodeGeoJSON writes a FeatureCollection that DecodeGeoJSON takes back.
func EncodeGeoJSON(w io.Writer, features []Feature) error {
	b := []byte(`{"type":"FeatureCollection","features":[`)
	for i, f := range features {
		if i > 0 {
			b = append(b, ',', '\n')
		}
		b = append(b, `{"type":"Feature",`...)
		if f.ID != "" {
			id, err := json.Marshal(f.ID)
			if err != nil {
				return fmt.Errorf("write feature %d: %w", i, err)
			}
			b = append(append(append(b, `"id":`...), id...), ',')
		}
		properties, err := json.Marshal(f.Properties)
		if err != nil {
			return fmt.Errorf("write properties of feature %d: %w", i, err)
		}
		b = append(append(b, `"properties":`...), properties...)
		b = AppendGeoJSON(append(b, `,"geometry":`...), f.Geometry)
		b = append(b, '}')
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	_, err := w.Write(append(b, "]}\n"...))
	return err
}
