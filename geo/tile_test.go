package geo_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"guatu/geo"
)

func TestParseTile(t *testing.T) {
	t.Parallel()
	for address, want := range map[[3]string]geo.Tile{
		{"0", "0", "0"}:            {},
		{"12", "3344", "1644"}:     {Z: 12, X: 3344, Y: 1644},
		{"18", "262143", "262143"}: {Z: 18, X: 262143, Y: 262143},
	} {
		if got, err := geo.ParseTile(address[0], address[1], address[2]); err != nil || got != want {
			t.Errorf("ParseTile(%v) = %v, %v", address, got, err)
		}
	}
	for _, address := range [][3]string{
		{"19", "0", "0"}, {"-1", "0", "0"}, {"+1", "0", "0"}, {"01", "0", "0"}, {"", "0", "0"}, {"1", "2", "0"}, {"1", "0", "2"},
		{"1", "0x1", "0"}, {"1", "0", "0.mvt"}, {"1", " 0", "0"}, {"1", "0", "99999999999999999999"}, {"1", "１", "0"}, {"1e0", "0", "0"}, {"1", "0", "00"},
	} {
		if got, err := geo.ParseTile(address[0], address[1], address[2]); !errors.Is(err, geo.ErrTile) {
			t.Errorf("ParseTile(%v) = %v, %v", address, got, err)
		}
	}
}

func TestTileBoundsAreThoseOfPostGIS(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.IntRange(0, geo.MaxZoom).Draw(t, "z")
		tile := geo.Tile{Z: z, X: rapid.IntRange(0, 1<<z-1).Draw(t, "x"), Y: rapid.IntRange(0, 1<<z-1).Draw(t, "y")}
		var want orb.Polygon
		var unit float64
		err := conn.QueryRow(context.Background(), `
			SELECT ST_Envelope(ST_SetSRID(ST_Transform(e, 4326), 4490)), (ST_XMax(e) - ST_XMin(e)) / 4096
			FROM ST_TileEnvelope($1, $2, $3) e`, tile.Z, tile.X, tile.Y).Scan(&want, &unit)
		if err != nil {
			t.Fatal(err)
		}
		got, wanted := tile.Bound(), want.Bound()
		if far(got.Min, wanted.Min) || far(got.Max, wanted.Max) || math.Abs(tile.Unit()-unit) > 1e-9*unit {
			t.Fatalf("%v = %v, unit %v; PostGIS says %v, %v", tile, got, tile.Unit(), wanted, unit)
		}
		wide := tile.Buffered()
		if !wide.Contains(got.Min) || !wide.Contains(got.Max) {
			t.Fatalf("%v is not in %v", got, wide)
		}
		if back := geo.TileAt(got.Center(), z); back != tile {
			t.Fatalf("the middle of %v lies in %v", tile, back)
		}
	})
}

func far(a, b orb.Point) bool { return math.Hypot(a[0]-b[0], a[1]-b[1]) > 1e-9 }

func FuzzParseTile(f *testing.F) {
	f.Add("12", "3344", "1644")
	f.Add("18", "262144", "-0")
	f.Fuzz(func(t *testing.T, z, x, y string) {
		tile, err := geo.ParseTile(z, x, y)
		if err != nil {
			return
		}
		if fmt.Sprintf("%s/%s/%s", z, x, y) != tile.String() {
			t.Fatalf("%q %q %q was read as %v", z, x, y, tile)
		}
		b := tile.Bound()
		if !(b.Min[0] < b.Max[0] && b.Min[1] < b.Max[1]) {
			t.Fatalf("%v has no ground: %v", tile, b)
		}
	})
}
