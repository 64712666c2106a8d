package crs_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"guatu/geo/crs"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pairs []orb.Point
		hint  crs.Hint
		epsg  int
		form  crs.Form
		order crs.Order
		at    orb.Point // the first point, placed
	}{
		"prefix of a 3° zone":            {[]orb.Point{{3717250, 38501000}, {3717000, 38501400}}, crs.Hint{}, 4526, crs.FormPrefixed, crs.NorthFirst, orb.Point{38501000, 3717250}},
		"prefix and header agree":        {[]orb.Point{{3717250, 38501000}}, crs.Hint{Zone: 38, Width: 3}, 4526, crs.FormPrefixed, crs.NorthFirst, orb.Point{38501000, 3717250}},
		"prefix of a 6° zone":            {[]orb.Point{{3717250, 20221000}}, crs.Hint{Width: 6}, 4498, crs.FormPrefixed, crs.NorthFirst, orb.Point{20221000, 3717250}},
		"east first":                     {[]orb.Point{{38501000, 3717250}}, crs.Hint{}, 4526, crs.FormPrefixed, crs.EastFirst, orb.Point{38501000, 3717250}},
		"bare, zone from the header":     {[]orb.Point{{3717250, 501000}}, crs.Hint{Zone: 38}, 4547, crs.FormBare, crs.NorthFirst, orb.Point{501000, 3717250}},
		"bare, 6° zone":                  {[]orb.Point{{3717250, 221000}}, crs.Hint{Zone: 20, Width: 6}, 4509, crs.FormBare, crs.NorthFirst, orb.Point{221000, 3717250}},
		"bare, east first":               {[]orb.Point{{501000, 3717250}}, crs.Hint{Zone: 38}, 4547, crs.FormBare, crs.EastFirst, orb.Point{501000, 3717250}},
		"degrees, latitude first":        {[]orb.Point{{33.579317658, 114.010771485}, {33.58157, 114.6}}, crs.Hint{}, 4490, crs.FormDegrees, crs.NorthFirst, orb.Point{114.010771485, 33.579317658}},
		"degrees, longitude first":       {[]orb.Point{{114.01, 33.99}}, crs.Hint{}, 4490, crs.FormDegrees, crs.EastFirst, orb.Point{114.01, 33.99}},
		"degrees too fine to be seconds": {[]orb.Point{{33.1234567891, 114.01}}, crs.Hint{}, 4490, crs.FormDegrees, crs.NorthFirst, orb.Point{114.01, 33.1234567891}},
		"degrees by a person's word":     {[]orb.Point{{33.1234, 114.0112}}, crs.Hint{Degrees: crs.FormDegrees}, 4490, crs.FormDegrees, crs.NorthFirst, orb.Point{114.0112, 33.1234}},
		"packed by a person's word":      {[]orb.Point{{33.3630, 114.0112}}, crs.Hint{Degrees: crs.FormPacked}, 4490, crs.FormPacked, crs.NorthFirst, orb.Point{114.02, 33.608333333333333}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := crs.Detect(tt.pairs, tt.hint)
			if err != nil || r.System.EPSG != tt.epsg || r.Form != tt.form || r.Order != tt.order {
				t.Fatalf("%+v, %v", r, err)
			}
			if got := r.Place(tt.pairs[0]); math.Abs(got[0]-tt.at[0]) > 1e-12 || math.Abs(got[1]-tt.at[1]) > 1e-12 {
				t.Errorf("placed at %v, want %v", got, tt.at)
			}
		})
	}
}

func TestDetectRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pairs []orb.Point
		hint  crs.Hint
		code  string
		index int
		needs crs.Need
	}{
		"no pairs":                     {nil, crs.Hint{}, crs.CodeMagnitude, -1, crs.NeedNothing},
		"zone 24":                      {[]orb.Point{{3717250, 24501000}}, crs.Hint{}, crs.CodeZone, 0, crs.NeedNothing},
		"zone 46":                      {[]orb.Point{{3717250, 46501000}}, crs.Hint{}, crs.CodeZone, 0, crs.NeedNothing},
		"zone 12":                      {[]orb.Point{{3717250, 12501000}}, crs.Hint{}, crs.CodeZone, 0, crs.NeedNothing},
		"header zone 24":               {[]orb.Point{{3717250, 501000}}, crs.Hint{Zone: 24}, crs.CodeZone, -1, crs.NeedNothing},
		"meridian as zone":             {[]orb.Point{{3717250, 501000}}, crs.Hint{Zone: 114}, crs.CodeZone, -1, crs.NeedNothing},
		"prefix against the header":    {[]orb.Point{{3717250, 38501000}}, crs.Hint{Zone: 39}, crs.CodePrefix, -1, crs.NeedNothing},
		"prefix against the width":     {[]orb.Point{{3717250, 38501000}}, crs.Hint{Width: 6}, crs.CodeContradiction, -1, crs.NeedNothing},
		"header against itself":        {[]orb.Point{{3717250, 501000}}, crs.Hint{Zone: 38, Width: 6}, crs.CodeContradiction, -1, crs.NeedNothing},
		"a width of four degrees":      {[]orb.Point{{3717250, 501000}}, crs.Hint{Zone: 38, Width: 4}, crs.CodeZone, -1, crs.NeedNothing},
		"bare without a zone":          {[]orb.Point{{3717250, 501000}}, crs.Hint{}, crs.CodeZoneNeeded, -1, crs.NeedZone},
		"prefixed and bare mixed":      {[]orb.Point{{3717250, 38501000}, {3717250, 501000}}, crs.Hint{}, crs.CodeMixed, 1, crs.NeedNothing},
		"metres and degrees mixed":     {[]orb.Point{{3717250, 38501000}, {3717250, 38501000}, {33.5, 114}}, crs.Hint{}, crs.CodeMixed, 2, crs.NeedNothing},
		"two zones":                    {[]orb.Point{{3717250, 38640000}, {3717250, 39360000}}, crs.Hint{}, crs.CodeMixed, 1, crs.NeedNothing},
		"one pair swapped":             {[]orb.Point{{3717250, 38501000}, {38501000, 3717250}}, crs.Hint{}, crs.CodeMixed, 1, crs.NeedNothing},
		"beyond the zone":              {[]orb.Point{{3717250, 38901000}}, crs.Hint{}, crs.CodeMagnitude, 0, crs.NeedNothing},
		"six digits both":              {[]orb.Point{{312500, 501000}}, crs.Hint{Zone: 38}, crs.CodeLocalGrid, 0, crs.NeedNothing},
		"five digits east":             {[]orb.Point{{3717250, 51000}}, crs.Hint{Zone: 38}, crs.CodeLocalGrid, 0, crs.NeedNothing},
		"thousands":                    {[]orb.Point{{12345.678, 23456.789}}, crs.Hint{}, crs.CodeLocalGrid, 0, crs.NeedNothing},
		"negative":                     {[]orb.Point{{-1234, -5678}}, crs.Hint{}, crs.CodeLocalGrid, 0, crs.NeedNothing},
		"not a number":                 {[]orb.Point{{math.NaN(), 38501000}}, crs.Hint{}, crs.CodeMagnitude, 0, crs.NeedNothing},
		"infinite":                     {[]orb.Point{{math.Inf(1), math.Inf(-1)}}, crs.Hint{}, crs.CodeMagnitude, 0, crs.NeedNothing},
		"zero":                         {[]orb.Point{{0, 0}}, crs.Hint{}, crs.CodeMagnitude, 0, crs.NeedNothing},
		"abroad":                       {[]orb.Point{{48.85, 2.35}}, crs.Hint{}, crs.CodeMagnitude, 0, crs.NeedNothing},
		"degrees or minutes":           {[]orb.Point{{33.3630, 114.0112}}, crs.Hint{}, crs.CodeDegreesUnclear, -1, crs.NeedDegrees},
		"packed with sixty minutes":    {[]orb.Point{{33.3630, 114.6}}, crs.Hint{Degrees: crs.FormPacked}, crs.CodeMagnitude, 0, crs.NeedDegrees},
		"packed with sixty-one second": {[]orb.Point{{33.3630, 114.1}, {33.3661, 114}}, crs.Hint{Degrees: crs.FormPacked}, crs.CodeMagnitude, 1, crs.NeedDegrees},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := crs.Detect(tt.pairs, tt.hint)
			var e *crs.Error
			if !errors.As(err, &e) || e.Code != tt.code || e.Index != tt.index || e.Needs != tt.needs {
				t.Fatalf("%+v, want %s at %d, needs %q", err, tt.code, tt.index, tt.needs)
			}
			if strings.ContainsAny(e.Message, "%\x00") || len([]rune(e.Message)) < 5 {
				t.Errorf("says %q", e.Message)
			}
		})
	}
}

// TestDetectEverywhere: whatever a survey of China writes is read back as what it is.
func TestDetectEverywhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]int{13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 30, 37, 38, 39, 45}).Draw(t, "zone")
		prefixed := rapid.Bool().Draw(t, "prefixed")
		eastFirst := rapid.Bool().Draw(t, "east first")
		s, _ := crs.ZoneSystem(zone, prefixed)
		lonlat := orb.Point{s.Lon0 + rapid.Float64Range(-0.5, 0.5).Draw(t, "off")*float64(s.Width), rapid.Float64Range(18, 53).Draw(t, "lat")}
		at, err := s.Projector().Forward(lonlat)
		if err != nil {
			t.Fatal(err)
		}
		pair := orb.Point{at[1], at[0]}
		if eastFirst {
			pair = at
		}
		r, err := crs.Detect([]orb.Point{pair, pair}, crs.Hint{Zone: zone})
		if err != nil || r.System != s || r.Place(pair) != at {
			t.Fatalf("%v in %s: %+v, %v", pair, s, r, err)
		}
	})
}

func TestSexagesimal(t *testing.T) {
	t.Parallel()
	for deg, want := range map[float64]string{114.02: "114°01′12.00″", 33.58: "33°34′48.00″", 113.9999999: "114°00′00.00″", 0: "0°00′00.00″", -1.5: "-1°30′00.00″"} {
		if got := crs.Sexagesimal(deg); got != want {
			t.Errorf("%v is %s, want %s", deg, got, want)
		}
	}
}

func TestDatumNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2000国家大地坐标系": "", "CGCS2000": "", " cgcs 2000 ": "", "国家2000大地坐标系": "", "2000": "", "2000国家大地坐标系（CGCS2000）": "", "2000坐标系": "", "China_2000": "",
		"1980西安坐标系": crs.CodeXian80, "西安80": crs.CodeXian80, "80": crs.CodeXian80, "Xian_1980": crs.CodeXian80, "80坐标系": crs.CodeXian80,
		"1954年北京坐标系": crs.CodeBeijing54, "北京54": crs.CodeBeijing54, "54": crs.CodeBeijing54, "Beijing 1954": crs.CodeBeijing54,
		"漯河城市独立坐标系": crs.CodeLocalGrid, "地方坐标系": crs.CodeLocalGrid, "WGS84": crs.CodeUnknown, "？": crs.CodeUnknown, "": crs.CodeUnknown,
	} {
		d, err := crs.DatumNamed(text)
		var e *crs.Error
		switch {
		case want == "" && (err != nil || d != crs.CGCS2000):
			t.Errorf("%q: %s, %v", text, d, err)
		case want != "" && (!errors.As(err, &e) || e.Code != want):
			t.Errorf("%q: %s, %v, want %s", text, d, err, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	for at, want := range map[orb.Point]int{{38501000, 3717250}: 4526, {114.02, 33.58}: 4490, {501000, 3717250}: 0, {3717250, 38501000}: 0, {1, 2}: 0, {20501000, 3717250}: 4498} {
		got := 0
		for _, s := range crs.Suggest(at) {
			got = s.EPSG
		}
		if got != want {
			t.Errorf("%v looks like EPSG:%d, want %d", at, got, want)
		}
	}
}

func TestParseSexagesimal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"114°01′12″": 114.02, "114°1'12.0\"": 114.02, "东经114度01分12秒": 114.02, "114°01′12″E": 114.02, "N33°34′48″": 33.58, "33°34.8′": 33.58, "33.58°": 33.58, "0°00′00.36″": 0.0001,
		"114°01’12”": 114.02, "114°01'12''": 114.02, "114°01′12′′": 114.02, "114°01''": -1, "114": -1, "": -1, "°": -1, "114°60′00″": -1, "114°01′61″": -1, "114.5°01′": -1, "114°12″": -1, "W114°01′": -1, "S1°": -1, "-1°": -1, "1e2°": -1, "400°": -1, "1°2′3″4": -1,
	} {
		got, ok := crs.ParseSexagesimal(text)
		if ok != (want >= 0) || ok && math.Abs(got-want) > 1e-12 {
			t.Errorf("%q is %v, %t, want %v", text, got, ok, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		deg := math.Round(rapid.Float64Range(0, 180).Draw(t, "deg")*360_000) / 360_000
		if back, ok := crs.ParseSexagesimal(crs.Sexagesimal(deg)); !ok || math.Abs(back-deg) > 1e-9 {
			t.Fatalf("%v is %s is %v", deg, crs.Sexagesimal(deg), back)
		}
	})
}
