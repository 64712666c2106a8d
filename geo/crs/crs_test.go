package crs_test

import (
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"guatu/geo/crs"
)

// shared opens a file of the fixtures that stand beside the repository.
func shared(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/fixtures", path))
	if err != nil {
		t.Fatalf("the fixtures belong beside the repository: %v", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord, r.LazyQuotes = '#', -1, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(rows), err)
	}
	return rows[1:]
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func system(t testing.TB, code int) crs.System {
	t.Helper()
	s, err := crs.FromEPSG(code)
	if err != nil {
		t.Fatalf("EPSG:%d: %v", code, err)
	}
	return s
}

// checkBothWays compares with coordinates of the PROJ library, within a millimetre.
func checkBothWays(t *testing.T, code int, lonlat, at orb.Point) {
	t.Helper()
	p := system(t, code).Projector()
	got, err := p.Forward(lonlat)
	if err != nil || math.Abs(got[0]-at[0]) > 1e-3 || math.Abs(got[1]-at[1]) > 1e-3 {
		t.Errorf("EPSG:%d Forward(%v) = %.6f, %v, want %.6f", code, lonlat, got, err, at)
	}
	back, err := p.Inverse(at)
	if err != nil || math.Abs(back[0]-lonlat[0]) > 1e-8 || math.Abs(back[1]-lonlat[1]) > 1e-8 {
		t.Errorf("EPSG:%d Inverse(%v) = %.12f, %v, want %.12f", code, at, back, err, lonlat)
	}
}

func TestSixtyPoints(t *testing.T) {
	t.Parallel()
	for _, row := range shared(t, "crs/cgcs2000-gk3-60.csv") {
		v := make([]float64, len(row))
		for i := range row {
			v[i] = number(t, row[i])
		}
		lonlat := orb.Point{v[1], v[0]}
		zone := int(v[2])
		if got := crs.ZoneAt(v[1], 3); got != zone || crs.CentralMeridian(zone, 3) != v[3] {
			t.Errorf("%v lies in zone %d, want %d", lonlat, got, zone)
		}
		for prefixed, code := range map[bool]int{true: int(v[4]), false: int(v[7])} {
			if s, ok := crs.ZoneSystem(zone, prefixed); !ok || s.EPSG != code {
				t.Errorf("zone %d prefixed %t is EPSG:%d, want %d", zone, prefixed, s.EPSG, code)
			}
		}
		checkBothWays(t, int(v[4]), lonlat, orb.Point{v[6], v[5]})
		checkBothWays(t, int(v[7]), lonlat, orb.Point{v[9], v[8]})
	}
}

func TestNeighbourZones(t *testing.T) {
	t.Parallel()
	for _, row := range shared(t, "crs/henan-neighbour-zones.csv") {
		code := int(number(t, row[2]))
		at := orb.Point{number(t, row[4]), number(t, row[3])}
		if code == 3857 || code > 32600 {
			at[0], at[1] = at[1], at[0]
		}
		checkBothWays(t, code, orb.Point{number(t, row[1]), number(t, row[0])}, at)
	}
}

// TestGIGS runs the IOGP tests of the two projections, with other ellipsoids and origins.
func TestGIGS(t *testing.T) {
	t.Parallel()
	for file, s := range map[string]crs.System{
		"5101.1-jhs.gie": {Ellipsoid: crs.WGS84Ellipsoid, Projection: crs.TransverseMercator, Lat0: 49, Lon0: -2, K0: 0.9996012717, FE: 400_000, FN: -100_000},
		"5102.1.gie":     {Ellipsoid: crs.Ellipsoid{A: 6378388, InvF: 297}, Projection: crs.LambertConic, Lat0: 46.8, Lon0: 2.337229166666667, K0: 0.99987742, FE: 600_000, FN: 2_200_000},
	} {
		text, err := os.ReadFile(filepath.Join("../../../shared/fixtures/crs", file))
		if err != nil {
			t.Fatal(err)
		}
		p := s.Projector()
		var from orb.Point
		checked := 0
		// The second and third operation of a file repeat the points backwards.
		first := strings.SplitN(string(text), "operation", 3)[1]
		for line := range strings.Lines(first) {
			switch f := strings.Fields(line); {
			case len(f) == 3 && f[0] == "accept":
				from = orb.Point{number(t, f[1]), number(t, f[2])}
			case len(f) >= 3 && f[0] == "expect":
				to := orb.Point{number(t, f[1]), number(t, f[2])}
				got, err := p.Forward(from)
				if err != nil || math.Hypot(got[0]-to[0], got[1]-to[1]) > 0.03 {
					t.Errorf("%s: Forward(%v) = %v, %v, want %v", file, from, got, err, to)
				}
				back, err := p.Inverse(to)
				if err != nil || math.Hypot(back[0]-from[0], back[1]-from[1]) > 3e-7 {
					t.Errorf("%s: Inverse(%v) = %v, %v, want %v", file, to, back, err, from)
				}
				checked++
			}
		}
		if checked < 10 {
			t.Errorf("%s: %d points", file, checked)
		}
	}
}

// TestVectorsOfTheBrief: the figures that were measured with PostGIS.
func TestVectorsOfTheBrief(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		code       int
		lonlat, at orb.Point
	}{
		{4526, orb.Point{114.02, 33.58}, orb.Point{38501856.7396, 3717075.8091}},
		{4547, orb.Point{114.02, 33.58}, orb.Point{501856.7396, 3717075.8091}},
		{4526, orb.Point{114.010771485, 33.579317658}, orb.Point{38501000, 3717000}},
		{4526, orb.Point{114.015080471, 33.58157119}, orb.Point{38501400, 3717250}},
	} {
		checkBothWays(t, v.code, v.lonlat, v.at)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]int{13, 19, 20, 23, 25, 37, 38, 39, 45}).Draw(t, "zone")
		s, _ := crs.ZoneSystem(zone, rapid.Bool().Draw(t, "prefixed"))
		p := s.Projector()
		from := orb.Point{s.Lon0 + rapid.Float64Range(-10, 10).Draw(t, "east"), rapid.Float64Range(-89, 89).Draw(t, "lat")}
		at, err := p.Forward(from)
		if err != nil {
			t.Fatal(err)
		}
		back, err := p.Inverse(at)
		if err != nil || math.Abs(back[0]-from[0])*math.Cos(from[1]*math.Pi/180) > 1e-12*180 || math.Abs(back[1]-from[1]) > 1e-11 {
			t.Fatalf("%v -> %v -> %v, %v", from, at, back, err)
		}
	})
}

func TestOutOfDomain(t *testing.T) {
	t.Parallel()
	for _, code := range []int{4490, 4526, 4547, 3857, 32649} {
		p := system(t, code).Projector()
		for _, at := range []orb.Point{{math.NaN(), 1}, {1, math.Inf(1)}, {1e300, 1}, {3, 1e15}, {-1e11, 1e11}} {
			if _, err := p.Inverse(at); !errors.Is(err, crs.ErrCRS) {
				t.Errorf("EPSG:%d Inverse(%v): %v", code, at, err)
			}
			if _, err := p.Forward(at); !errors.Is(err, crs.ErrCRS) {
				t.Errorf("EPSG:%d Forward(%v): %v", code, at, err)
			}
		}
	}
	if _, err := system(t, 4526).Projector().Forward(orb.Point{-60, 10}); !errors.Is(err, crs.ErrCRS) {
		t.Errorf("the other side of the earth: %v", err)
	}
}

func TestCodesThatAreRefused(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{
		4610: crs.CodeXian80, 2327: crs.CodeXian80, 2362: crs.CodeXian80, 2390: crs.CodeXian80,
		4214: crs.CodeBeijing54, 2401: crs.CodeBeijing54, 2442: crs.CodeBeijing54, 21413: crs.CodeBeijing54, 21463: crs.CodeBeijing54,
		4555: crs.CodeUnknown, 4479: crs.CodeUnknown, 0: crs.CodeUnknown, 32661: crs.CodeUnknown, 32700: crs.CodeUnknown,
	} {
		var e *crs.Error
		if _, err := crs.FromEPSG(code); !errors.As(err, &e) || e.Code != want || e.Message == "" {
			t.Errorf("EPSG:%d: %v", code, err)
		}
	}
}

func TestZonesAndTheirCodes(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for n := -5; n < 60; n++ {
		for _, prefixed := range []bool{true, false} {
			s, ok := crs.ZoneSystem(n, prefixed)
			if ok != (n >= 13 && n <= 23 || n >= 25 && n <= 45) {
				t.Errorf("zone %d: %t", n, ok)
			}
			if !ok {
				continue
			}
			if seen[s.EPSG] {
				t.Errorf("EPSG:%d twice", s.EPSG)
			}
			seen[s.EPSG] = true
			if back := system(t, s.EPSG); back != s {
				t.Errorf("EPSG:%d is %+v, want %+v", s.EPSG, back, s)
			}
		}
	}
	if len(seen) != 64 {
		t.Errorf("%d systems", len(seen))
	}
	for lon, want := range map[float64][2]int{109.4999: {36, 19}, 109.5: {37, 19}, 112.5: {38, 19}, 114: {38, 20}, 115.4999: {38, 20}, 115.5: {39, 20}, 118.5: {40, 20}, 120: {40, 21}} {
		if got := [2]int{crs.ZoneAt(lon, 3), crs.ZoneAt(lon, 6)}; got != want {
			t.Errorf("zones at %v are %v, want %v", lon, got, want)
		}
	}
	if got := system(t, 4526).String(); got != "CGCS2000 3 度带第 38 带（中央子午线 114°，横坐标含带号）" {
		t.Error(got)
	}
}
