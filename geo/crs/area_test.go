package crs_test

import (
	"bufio"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"guatu/geo/crs"
)

func ground(t *testing.T, text string) orb.MultiPolygon {
	t.Helper()
	g, err := wkt.Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := g.(orb.Polygon); ok {
		return orb.MultiPolygon{p}
	}
	return g.(orb.MultiPolygon)
}

// TestAreasOfCountries compares with GeographicLib's Planimeter on edges of
// hundreds of kilometres. The file's coordinates are rounded to 0.1 mm, which is
// some square metres along a border.
func TestAreasOfCountries(t *testing.T) {
	t.Parallel()
	for _, row := range shared(t, "crs/planimeter-countries-12.csv") {
		want := number(t, row[3])
		got := crs.EllipsoidalM2(ground(t, row[4]))
		if math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%s: %.1f m², want %.1f", row[0], got, want)
		}
	}
}

// TestAreasOfLandUse compares with Planimeter on patches of a land-use layer, holes among them.
func TestAreasOfLandUse(t *testing.T) {
	t.Parallel()
	worst := 0.0
	for _, row := range shared(t, "vector-osm/liechtenstein-area-truth.csv") {
		want := number(t, row[2])
		got := crs.EllipsoidalM2(ground(t, row[3]))
		worst = math.Max(worst, math.Abs(got/want-1))
		if math.Abs(got/want-1) > 1e-6 {
			t.Errorf("%s: %.4f m², want %.4f", row[0], got, want)
		}
	}
	t.Logf("worst relative difference %.1e", worst)
}

// TestAreaUnderGeodesics compares with GeographicLib's test set, edges up to
// 15,000 km on WGS 84, whose ellipsoid differs by 0.1 mm.
func TestAreaUnderGeodesics(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../../../shared/fixtures/crs/GeodTest-100.dat")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		v := strings.Fields(lines.Text())
		p := orb.Point{number(t, v[1]), number(t, v[0])}
		q := orb.Point{number(t, v[4]), number(t, v[3])}
		if length := number(t, v[6]); length > 15e6 {
			continue
		}
		want := number(t, v[9])
		if got := crs.AreaUnder(crs.WGS84Ellipsoid, p, q); math.Abs(got-want) > 2 {
			t.Errorf("%v to %v: %.4f m², want %.4f", p, q, got, want)
		}
		n++
	}
	if n < 40 {
		t.Errorf("%d edges", n)
	}
}

// TestPlanarExcess: 勘测定界 areas are planar, 三调 areas are ellipsoidal; the
// figures are those that PostGIS measured in zone 38 at 33.6° north.
func TestPlanarExcess(t *testing.T) {
	t.Parallel()
	p := system(t, 4547).Projector()
	for km, want := range map[float64]float64{0: 0.0002, 20: 10, 50: 62, 80: 158, 100: 246, 140: 483} {
		e, n := 500_000+km*1000, 3_719_000.0
		square := orb.Ring{{e - 50, n - 50}, {e + 50, n - 50}, {e + 50, n + 50}, {e - 50, n + 50}, {e - 50, n - 50}}
		plane := orb.MultiPolygon{{square}}
		lonlat, err := p.InverseGround(plane)
		if err != nil {
			t.Fatal(err)
		}
		if got := crs.ExcessPPM(crs.PlanarM2(plane), crs.EllipsoidalM2(lonlat)); math.Abs(got-want) > 0.7 {
			t.Errorf("%v km from the meridian: %.4f ppm, want %v", km, got, want)
		}
	}
}

func TestPlanarArea(t *testing.T) {
	t.Parallel()
	outer := orb.Ring{{38501000, 3717250}, {38501400, 3717250}, {38501400, 3717000}, {38501000, 3717000}, {38501000, 3717250}}
	hole := orb.Ring{{38501150, 3717100}, {38501250, 3717100}, {38501250, 3717150}, {38501150, 3717150}, {38501150, 3717100}}
	if got := crs.PlanarM2(orb.MultiPolygon{{outer, hole}, {hole}}); got != 100_000 {
		t.Error(got)
	}
	if got := crs.PlanarM2(orb.MultiPolygon{{outer, hole}}); got != 95_000 {
		t.Error(got)
	}
	if got := crs.EllipsoidalM2(nil); got != 0 {
		t.Error(got)
	}
}

func BenchmarkEllipsoidalM2(b *testing.B) {
	ring := make(orb.Ring, 0, 1001)
	for i := range 1000 {
		sin, cos := math.Sincos(float64(i) / 1000 * 2 * math.Pi)
		ring = append(ring, orb.Point{114 + 0.01*cos, 33.6 + 0.01*sin})
	}
	g := orb.MultiPolygon{{append(ring, ring[0])}}
	for b.Loop() {
		crs.EllipsoidalM2(g)
	}
}
