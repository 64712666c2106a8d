package geo

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
)

var (
	// ErrNoPostGIS is returned by Register for a database that has no PostGIS yet.
	ErrNoPostGIS = errors.New("database has no postgis extension")
	// ErrEWKB is wrapped by every refusal of bytes that are no plain two-dimensional EWKB.
	ErrEWKB = errors.New("not a two-dimensional EWKB geometry")
	// ErrForeignSRID is wrapped when a geometry that is not in EPSG:4490 is scanned.
	ErrForeignSRID = errors.New("geometry is not in EPSG:4490")
	// ErrNotFinite is returned when a geometry with NaN or Inf is written or
	// read: PostGIS itself would store it and call a NaN point valid.
	ErrNotFinite = errors.New("geometry has a coordinate that is not a finite number")
	// ErrEmptyPoint is returned when POINT EMPTY is scanned; orb cannot say it.
	ErrEmptyPoint = errors.New("point is empty")
)

// Register teaches a connection to scan geometry columns into orb types and to
// send orb types as parameters, in binary. It belongs into pgxpool's
// AfterConnect: the type's OID differs from database to database.
//
// A nullable column scans into a pointer (*orb.Point through **orb.Point) or
// into orb.Geometry, where NULL is nil. A nil pointer or a nil slice is sent as
// NULL. orb.Bound and orb.Ring are sent as polygons and never scanned.
func Register(ctx context.Context, conn *pgx.Conn) error {
	for _, name := range []string{"geometry", "geography"} {
		var one, many *uint32
		err := conn.QueryRow(ctx, "SELECT to_regtype($1)::oid, to_regtype('_' || $1)::oid", name).Scan(&one, &many)
		if err != nil {
			return fmt.Errorf("look up %s: %w", name, err)
		}
		if one == nil || many == nil {
			return ErrNoPostGIS
		}
		element := &pgtype.Type{Name: name, OID: *one, Codec: codec{}}
		conn.TypeMap().RegisterType(element)
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "_" + name, OID: *many, Codec: &pgtype.ArrayCodec{ElementType: element}})
	}
	for _, g := range []any{
		orb.Point{}, orb.MultiPoint{}, orb.LineString{}, orb.MultiLineString{}, orb.Ring{},
		orb.Polygon{}, orb.MultiPolygon{}, orb.Collection{}, orb.Bound{},
	} {
		conn.TypeMap().RegisterDefaultPgType(g, "geometry")
	}
	return nil
}

// codec is EWKB in binary and its hexadecimal form in text.
type codec struct{}

func (codec) FormatSupported(format int16) bool {
	return format == pgtype.BinaryFormatCode || format == pgtype.TextFormatCode
}

func (codec) PreferredFormat() int16 { return pgtype.BinaryFormatCode }

func (codec) PlanEncode(_ *pgtype.Map, _ uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(orb.Geometry); !ok || isPointer(value) {
		return nil
	}
	if format == pgtype.TextFormatCode {
		return encodeHex{}
	}
	return encodeBinary{}
}

// isPointer tells *orb.Point, which has the methods of a geometry too, from orb.Point.
func isPointer(value any) bool {
	switch value.(type) {
	case *orb.Point, *orb.MultiPoint, *orb.LineString, *orb.MultiLineString, *orb.Ring,
		*orb.Polygon, *orb.MultiPolygon, *orb.Collection, *orb.Bound:
		return true
	}
	return false
}

func (codec) PlanScan(_ *pgtype.Map, _ uint32, format int16, target any) pgtype.ScanPlan {
	switch target.(type) {
	case *orb.Geometry, *orb.Point, *orb.MultiPoint, *orb.LineString, *orb.MultiLineString,
		*orb.Polygon, *orb.MultiPolygon, *orb.Collection:
		return scanPlan{hex: format == pgtype.TextFormatCode}
	}
	return nil
}

func (codec) DecodeDatabaseSQLValue(_ *pgtype.Map, _ uint32, format int16, src []byte) (driver.Value, error) {
	if src == nil {
		return nil, nil
	}
	if format == pgtype.TextFormatCode {
		return string(src), nil
	}
	return hex.EncodeToString(src), nil
}

func (codec) DecodeValue(_ *pgtype.Map, _ uint32, format int16, src []byte) (any, error) {
	if src == nil {
		return nil, nil
	}
	var g orb.Geometry
	err := scanPlan{hex: format == pgtype.TextFormatCode}.Scan(src, &g)
	return g, err
}

type encodeBinary struct{}

func (encodeBinary) Encode(value any, buf []byte) ([]byte, error) {
	return AppendEWKB(buf, value.(orb.Geometry))
}

type encodeHex struct{}

func (encodeHex) Encode(value any, buf []byte) ([]byte, error) {
	b, err := AppendEWKB(nil, value.(orb.Geometry))
	if b == nil || err != nil {
		return nil, err
	}
	return hex.AppendEncode(buf, b), nil
}

type scanPlan struct{ hex bool }

func (p scanPlan) Scan(src []byte, target any) error {
	if src == nil {
		if t, ok := target.(*orb.Geometry); ok {
			*t = nil
			return nil
		}
		return fmt.Errorf("cannot scan NULL into %T, use a pointer to it", target)
	}
	if p.hex {
		b, err := hex.DecodeString(string(src))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrEWKB, err)
		}
		src = b
	}
	g, err := DecodeEWKB(src)
	if err != nil {
		return err
	}
	ok := false
	switch t := target.(type) {
	case *orb.Geometry:
		*t, ok = g, true
	case *orb.Point:
		*t, ok = g.(orb.Point)
	case *orb.MultiPoint:
		*t, ok = g.(orb.MultiPoint)
	case *orb.LineString:
		*t, ok = g.(orb.LineString)
	case *orb.MultiLineString:
		*t, ok = g.(orb.MultiLineString)
	case *orb.Polygon:
		*t, ok = g.(orb.Polygon)
	case *orb.MultiPolygon:
		*t, ok = g.(orb.MultiPolygon)
	case *orb.Collection:
		*t, ok = g.(orb.Collection)
	}
	if !ok {
		return fmt.Errorf("cannot scan a %s into %T", g.GeoJSONType(), target)
	}
	return nil
}

// The EWKB type word: a kind in the low bits, flags in the high ones. ISO WKB
// says Z and M by adding 1000 and 2000, so such a kind is simply unknown here.
const (
	ewkbPoint           = 1
	ewkbLineString      = 2
	ewkbPolygon         = 3
	ewkbMultiPoint      = 4
	ewkbMultiLineString = 5
	ewkbMultiPolygon    = 6
	ewkbCollection      = 7

	ewkbSRID = 0x2000_0000
	ewkbZ    = 0x8000_0000
	ewkbM    = 0x4000_0000

	maxNesting = 8 // collections inside collections, as a stored column may hold them
)

// AppendEWKB appends g in little-endian EWKB with SRID 4490. A nil geometry
// (also a nil slice) appends nothing and returns nil, which pgx sends as NULL.
func AppendEWKB(buf []byte, g orb.Geometry) ([]byte, error) {
	if isNil(g) {
		return nil, nil
	}
	return appendGeometry(buf, g, ewkbSRID)
}

func isNil(g orb.Geometry) bool {
	switch g := g.(type) {
	case nil:
		return true
	case orb.MultiPoint:
		return g == nil
	case orb.LineString:
		return g == nil
	case orb.MultiLineString:
		return g == nil
	case orb.Ring:
		return g == nil
	case orb.Polygon:
		return g == nil
	case orb.MultiPolygon:
		return g == nil
	case orb.Collection:
		return g == nil
	}
	return false
}

func appendGeometry(b []byte, g orb.Geometry, flag uint32) ([]byte, error) {
	head := func(kind uint32, n int) {
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint32(b, kind|flag)
		if flag&ewkbSRID != 0 {
			b = binary.LittleEndian.AppendUint32(b, SRID)
		}
		if kind != ewkbPoint {
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		}
	}
	var err error
	switch g := g.(type) {
	case orb.Point:
		head(ewkbPoint, 1)
		return appendPoints(b, g)
	case orb.LineString:
		head(ewkbLineString, len(g))
		return appendPoints(b, g...)
	case orb.Ring:
		return appendGeometry(b, orb.Polygon{g}, flag)
	case orb.Bound:
		return appendGeometry(b, g.ToPolygon(), flag)
	case orb.Polygon:
		head(ewkbPolygon, len(g))
		for _, ring := range g {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(ring)))
			if b, err = appendPoints(b, ring...); err != nil {
				return nil, err
			}
		}
		return b, nil
	case orb.MultiPoint:
		head(ewkbMultiPoint, len(g))
		return appendParts(b, g)
	case orb.MultiLineString:
		head(ewkbMultiLineString, len(g))
		return appendParts(b, g)
	case orb.MultiPolygon:
		head(ewkbMultiPolygon, len(g))
		return appendParts(b, g)
	case orb.Collection:
		head(ewkbCollection, len(g))
		return appendParts(b, g)
	}
	return nil, fmt.Errorf("cannot write a %T as EWKB", g)
}

func appendParts[G orb.Geometry](b []byte, parts []G) ([]byte, error) {
	var err error
	for _, part := range parts {
		if b, err = appendGeometry(b, part, 0); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func appendPoints(b []byte, points ...orb.Point) ([]byte, error) {
	for _, p := range points {
		for _, v := range p {
			if !finite(v) {
				return nil, ErrNotFinite
			}
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b, nil
}

// DecodeEWKB reads the EWKB that PostGIS sends for a geometry in EPSG:4490.
// Z, M, curves, empty points, trailing bytes and other reference systems are
// refused; memory is bounded by the length of b.
func DecodeEWKB(b []byte) (orb.Geometry, error) {
	r := ewkbReader{b: b}
	g, srid := r.geometry(0, 0)
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.b) != 0:
		return nil, fmt.Errorf("%w: %d bytes after its end", ErrEWKB, len(r.b))
	case srid != SRID:
		return nil, fmt.Errorf("%w but in SRID %d", ErrForeignSRID, srid)
	}
	return g, nil
}

// ewkbReader walks b; after the first error it only returns zeros.
type ewkbReader struct {
	b     []byte
	order binary.ByteOrder
	err   error
}

func (r *ewkbReader) fail(err error) {
	if r.err == nil {
		r.err, r.b = err, nil
	}
}

func (r *ewkbReader) take(n int) []byte {
	if len(r.b) < n {
		r.fail(fmt.Errorf("%w: cut short", ErrEWKB))
		return make([]byte, n)
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

// count reads how many elements of at least size bytes follow.
func (r *ewkbReader) count(size int) int {
	n := r.order.Uint32(r.take(4))
	if uint64(n)*uint64(size) > uint64(len(r.b)) {
		r.fail(fmt.Errorf("%w: cut short", ErrEWKB))
		return 0
	}
	return int(n)
}

// geometry reads one geometry. want is the kind that a multi-geometry demands
// of its parts, 0 for any. It returns the SRID that the header names, or 0.
func (r *ewkbReader) geometry(want uint32, depth int) (orb.Geometry, int) {
	switch r.take(1)[0] {
	case 0:
		r.order = binary.BigEndian
	case 1:
		r.order = binary.LittleEndian
	default:
		r.order = binary.LittleEndian
		r.fail(fmt.Errorf("%w: unknown byte order", ErrEWKB))
	}
	kind, srid := r.order.Uint32(r.take(4)), 0
	if kind&(ewkbZ|ewkbM) != 0 {
		r.fail(fmt.Errorf("%w: it has Z or M", ErrEWKB))
	}
	if kind&ewkbSRID != 0 {
		srid = int(r.order.Uint32(r.take(4)))
		kind &^= ewkbSRID
	}
	if want != 0 && kind != want || depth > maxNesting {
		r.fail(fmt.Errorf("%w: kind %d nested where it may not be", ErrEWKB, kind))
	}
	if r.err != nil {
		return nil, 0
	}
	return r.body(kind, depth), srid
}

func (r *ewkbReader) body(kind uint32, depth int) orb.Geometry {
	switch kind {
	case ewkbPoint:
		p := r.point()
		if errors.Is(r.err, ErrNotFinite) && math.IsNaN(p[0]) && math.IsNaN(p[1]) {
			r.err = ErrEmptyPoint // POINT EMPTY is written as two NaN
		}
		return p
	case ewkbLineString:
		return orb.LineString(r.points())
	case ewkbPolygon:
		polygon := make(orb.Polygon, r.count(4))
		for i := range polygon {
			polygon[i] = r.points()
		}
		return polygon
	case ewkbMultiPoint:
		return orb.MultiPoint(parts[orb.Point](r, ewkbPoint, depth))
	case ewkbMultiLineString:
		return orb.MultiLineString(parts[orb.LineString](r, ewkbLineString, depth))
	case ewkbMultiPolygon:
		return orb.MultiPolygon(parts[orb.Polygon](r, ewkbPolygon, depth))
	case ewkbCollection:
		return orb.Collection(parts[orb.Geometry](r, 0, depth))
	}
	r.fail(fmt.Errorf("%w: unknown kind %d", ErrEWKB, kind))
	return nil
}

func parts[G orb.Geometry](r *ewkbReader, want uint32, depth int) []G {
	const smallest = 9 // byte order, kind, count
	all := make([]G, r.count(smallest))
	for i := range all {
		g, _ := r.geometry(want, depth+1)
		if r.err != nil {
			return nil
		}
		all[i] = g.(G)
	}
	return all
}

func (r *ewkbReader) points() []orb.Point {
	points := make([]orb.Point, r.count(16))
	for i := range points {
		points[i] = r.point()
	}
	return points
}

func (r *ewkbReader) point() orb.Point {
	b := r.take(16)
	p := orb.Point{
		math.Float64frombits(r.order.Uint64(b)),
		math.Float64frombits(r.order.Uint64(b[8:])),
	}
	if !finite(p[0]) || !finite(p[1]) {
		r.fail(ErrNotFinite)
	}
	return p
}
