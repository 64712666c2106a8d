package geo_test

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"guatu/geo"
)

// connect opens one connection to a real PostGIS. It fails rather than skips.
func connect(t testing.TB) *pgx.Conn {
	t.Helper()
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		t.Fatal("DATABASE_URL is not set: run `make test`, or `guatu services -- go test ./geo`")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("connect to PostGIS: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if err := geo.Register(ctx, conn); err != nil {
		t.Fatalf("register geometry types: %v", err)
	}
	return conn
}

var wktOf = map[string]orb.Geometry{
	"POINT(114.02 33.58)":                                   orb.Point{114.02, 33.58},
	"MULTIPOINT((1 2),(3 4))":                               orb.MultiPoint{{1, 2}, {3, 4}},
	"LINESTRING(1 2,3 4)":                                   orb.LineString{{1, 2}, {3, 4}},
	"LINESTRING EMPTY":                                      orb.LineString{},
	"MULTILINESTRING((1 2,3 4),(5 6,7 8))":                  orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
	"POLYGON((0 0,9 0,9 9,0 0),(5 1,6 2,6 1,5 1))":          orb.Polygon{{{0, 0}, {9, 0}, {9, 9}, {0, 0}}, {{5, 1}, {6, 2}, {6, 1}, {5, 1}}},
	"POLYGON EMPTY":                                         orb.Polygon{},
	"MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))": orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}, {{{5, 5}, {6, 5}, {6, 6}, {5, 5}}}},
	"GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(1 2,3 4)))": orb.Collection{orb.Point{1, 2}, orb.Collection{orb.LineString{{1, 2}, {3, 4}}}},
	"GEOMETRYCOLLECTION EMPTY": orb.Collection{},
}

func TestCodecReadsAndWritesWhatPostGISHolds(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	ctx := context.Background()
	for wkt, want := range wktOf {
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeSimpleProtocol} {
			var got orb.Geometry
			if err := conn.QueryRow(ctx, "SELECT ST_GeomFromText($1, 4490)", mode, wkt).Scan(&got); err != nil {
				t.Fatalf("read %s (%s): %v", wkt, mode, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("read %s (%s): %s", wkt, mode, diff)
			}
			var text string
			if err := conn.QueryRow(ctx, "SELECT ST_AsEWKT($1::geometry)", mode, want).Scan(&text); err != nil {
				t.Fatalf("write %s (%s): %v", wkt, mode, err)
			}
			if want := "SRID=4490;" + wkt; text != want {
				// PostGIS 3.3 writes the points of a multipoint without their brackets.
				if flat := strings.NewReplacer("((1 2),(3 4))", "(1 2,3 4)").Replace(want); text != flat {
					t.Errorf("write (%s): %s, want %s", mode, text, want)
				}
			}
		}
	}
}

func TestCodecKeepsEveryBit(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		want := anyGeometry(rt, 2)
		var got orb.Geometry
		if err := conn.QueryRow(ctx, "SELECT $1::geometry", want).Scan(&got); err != nil {
			rt.Fatalf("%v: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("came back changed: %s", diff)
		}
	})
}

// anyGeometry draws a geometry of any kind, empty ones too, not necessarily valid.
func anyGeometry(t *rapid.T, depth int) orb.Geometry {
	number := rapid.Float64Range(-180, 180)
	point := rapid.Custom(func(t *rapid.T) orb.Point { return orb.Point{number.Draw(t, "x"), number.Draw(t, "y")} })
	points := rapid.SliceOfN(point, 2, 6)
	// PostGIS refuses polygons whose rings are not closed.
	ring := rapid.Custom(func(t *rapid.T) orb.Ring {
		r := rapid.SliceOfN(point, 3, 6).Draw(t, "ring")
		return append(r, r[0])
	})
	polygon := rapid.Custom(func(t *rapid.T) orb.Polygon { return rapid.SliceOfN(ring, 0, 3).Draw(t, "rings") })
	line := rapid.Custom(func(t *rapid.T) orb.LineString { return points.Draw(t, "line") })
	kinds := 7
	if depth == 0 {
		kinds = 6
	}
	switch rapid.IntRange(1, kinds).Draw(t, "kind") {
	case 1:
		return point.Draw(t, "point")
	case 2:
		return line.Draw(t, "line")
	case 3:
		return polygon.Draw(t, "polygon")
	case 4:
		return orb.MultiPoint(rapid.SliceOfN(point, 0, 4).Draw(t, "points"))
	case 5:
		return orb.MultiLineString(rapid.SliceOfN(line, 0, 3).Draw(t, "lines"))
	case 6:
		return orb.MultiPolygon(rapid.SliceOfN(polygon, 0, 3).Draw(t, "polygons"))
	}
	all := make(orb.Collection, rapid.IntRange(0, 3).Draw(t, "n"))
	for i := range all {
		all[i] = anyGeometry(t, depth-1)
	}
	return all
}

func TestCodecScansIntoTheColumnsKind(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	ctx := context.Background()

	var point orb.Point
	var ground orb.MultiPolygon
	err := conn.QueryRow(ctx, `SELECT ST_SetSRID(ST_Point(1, 2), 4490), ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))', 4490)`).Scan(&point, &ground)
	if err != nil || point != (orb.Point{1, 2}) || len(ground) != 1 {
		t.Errorf("scan = %v, %v, %v", point, ground, err)
	}
	err = conn.QueryRow(ctx, `SELECT ST_SetSRID(ST_Point(1, 2), 4490)`).Scan(&ground)
	if err == nil || !strings.Contains(err.Error(), "cannot scan a Point into *orb.MultiPolygon") {
		t.Errorf("a point into a multipolygon: %v", err)
	}

	type row struct {
		At     *orb.Point
		Ground orb.Geometry
		Near   orb.LineString
	}
	rows, _ := conn.Query(ctx, `SELECT NULL::geometry(Point, 4490) AS at, NULL::geometry AS ground, 'SRID=4490;LINESTRING(1 2,3 4)'::geometry AS near`)
	got, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[row])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(row{Near: orb.LineString{{1, 2}, {3, 4}}}, got); diff != "" {
		t.Error(diff)
	}
	if err := conn.QueryRow(ctx, `SELECT NULL::geometry`).Scan(&point); err == nil {
		t.Error("NULL went into an orb.Point")
	}
}

func TestCodecSendsNullBoundsArraysAndCopies(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	ctx := context.Background()

	var none *orb.Point
	var isNull, isNullToo, meets bool
	err := conn.QueryRow(ctx, `SELECT $1::geometry IS NULL, $2::geometry IS NULL, 'SRID=4490;POINT(1 1)'::geometry && $3::geometry`,
		none, orb.MultiPolygon(nil), orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{2, 2}}).Scan(&isNull, &isNullToo, &meets)
	if err != nil || !isNull || !isNullToo || !meets {
		t.Errorf("null %v, nil slice null %v, bound meets %v, %v", isNull, isNullToo, meets, err)
	}

	some := orb.Point{3, 4}
	var back []orb.Point
	err = conn.QueryRow(ctx, `SELECT array_agg(g ORDER BY ST_X(g)) FROM unnest($1::geometry[] || $2::geometry) g`,
		[]orb.Point{{1, 2}, {9, 9}}, &some).Scan(&back)
	if diff := cmp.Diff([]orb.Point{{1, 2}, {3, 4}, {9, 9}}, back); err != nil || diff != "" {
		t.Errorf("array: %v %s", err, diff)
	}

	if _, err := conn.Exec(ctx, `CREATE TEMP TABLE ground (id int, g geometry(Polygon, 4490), h geography(Point, 4490))`); err != nil {
		t.Fatal(err)
	}
	square := orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}
	n, err := conn.CopyFrom(ctx, pgx.Identifier{"ground"}, []string{"id", "g", "h"},
		pgx.CopyFromRows([][]any{{1, square, some}, {2, nil, none}}))
	if err != nil || n != 2 {
		t.Fatalf("copy = %d, %v", n, err)
	}
	var g orb.Polygon
	var h orb.Point
	err = conn.QueryRow(ctx, `SELECT g, h FROM ground WHERE id = 1`).Scan(&g, &h)
	if err != nil || h != some || cmp.Diff(square, g) != "" {
		t.Errorf("copied %v %v, %v", g, h, err)
	}
}

func TestCodecRefuses(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	ctx := context.Background()
	for sql, want := range map[string]error{
		`SELECT 'SRID=4490;POINT Z (1 2 3)'::geometry`:                     geo.ErrEWKB,
		`SELECT 'SRID=4490;POINT M (1 2 3)'::geometry`:                     geo.ErrEWKB,
		`SELECT 'SRID=4490;CIRCULARSTRING(0 0,1 1,2 0)'::geometry`:         geo.ErrEWKB,
		`SELECT 'SRID=4490;POINT EMPTY'::geometry`:                         geo.ErrEmptyPoint,
		`SELECT 'SRID=4490;POINT(NaN 1)'::geometry`:                        geo.ErrNotFinite,
		`SELECT 'SRID=4326;POINT(1 2)'::geometry`:                          geo.ErrForeignSRID,
		`SELECT 'POINT(1 2)'::geometry`:                                    geo.ErrForeignSRID,
		`SELECT ST_Transform('SRID=4490;POINT(114 33)'::geometry, 4526)`:   geo.ErrForeignSRID,
		`SELECT 'SRID=4490;GEOMETRYCOLLECTION(POINT Z (1 2 3))'::geometry`: geo.ErrEWKB,
	} {
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeSimpleProtocol} {
			var g orb.Geometry
			if err := conn.QueryRow(ctx, sql, mode).Scan(&g); !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", sql, err, want)
			}
		}
	}
	for name, g := range map[string]orb.Geometry{
		"nan": orb.Point{math.NaN(), 1},
		"inf": orb.Polygon{{{0, 0}, {math.Inf(1), 0}, {1, 1}, {0, 0}}},
	} {
		if _, err := conn.Exec(ctx, `SELECT $1::geometry`, g); !errors.Is(err, geo.ErrNotFinite) {
			t.Errorf("sending %s = %v", name, err)
		}
	}
}

func FuzzEWKB(f *testing.F) {
	for _, g := range wktOf {
		b, err := geo.AppendEWKB(nil, g)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0, 0x20, 0, 0, 6, 0, 0, 0x11, 0x8a, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := geo.DecodeEWKB(b)
		if err != nil {
			return
		}
		again, err := geo.AppendEWKB(nil, g)
		if err != nil {
			t.Fatalf("read but not writable: %v", err)
		}
		back, err := geo.DecodeEWKB(again)
		if err != nil || cmp.Diff(g, back) != "" {
			t.Fatalf("round trip: %v\n%v\n%v", err, g, back)
		}
	})
}
