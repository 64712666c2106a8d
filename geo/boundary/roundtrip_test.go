package boundary_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"guatu/geo"
	"guatu/geo/boundary"
	"guatu/geo/crs"
)

// star draws a ring without flaws around a point of the plane of a zone.
func star(t *rapid.T, at orb.Point, from, to float64) orb.Ring {
	n := rapid.IntRange(3, 12).Draw(t, "corners")
	var r orb.Ring
	for i := range n {
		radius := rapid.Float64Range(from, to).Draw(t, "radius")
		sin, cos := math.Sincos((float64(i) + rapid.Float64Range(0.1, 0.9).Draw(t, "turn")) * 2 * math.Pi / float64(n))
		r = append(r, orb.Point{at[0] + radius*cos, at[1] + radius*sin})
	}
	return append(r, r[0])
}

// TestComposedIsRead: what is made here is read as what it was made of, in every form.
func TestComposedIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]int{13, 20, 37, 38, 39}).Draw(t, "zone")
		s, _ := crs.ZoneSystem(zone, rapid.Bool().Draw(t, "prefixed"))
		inverse := s.Projector()
		var outlines []boundary.Outline
		for i := range rapid.IntRange(1, 4).Draw(t, "plots") {
			at := orb.Point{s.FE + float64(i)*2000 - 60_000, 3_700_000}
			plane := orb.MultiPolygon{{star(t, at, 200, 400)}}
			if rapid.Bool().Draw(t, "hole") {
				hole := star(t, at, 5, 20)
				if len(hole) == 4 || geo.Check(orb.MultiPolygon{{hole}}) != nil {
					hole = orb.Ring{{at[0], at[1]}, {at[0] + 9, at[1]}, {at[0], at[1] + 9}, {at[0], at[1]}}
				}
				plane[0] = append(plane[0], hole)
			}
			if rapid.Bool().Draw(t, "second part") {
				plane = append(plane, orb.Polygon{star(t, orb.Point{at[0], at[1] + 1000}, 200, 400)})
			}
			if geo.Check(plane) != nil { // a thin triangle beside its hole
				plane[0] = plane[0][:1]
			}
			lonlat, err := inverse.InverseGround(plane)
			if err != nil {
				t.Fatal(err)
			}
			geo.Wind(lonlat)
			outlines = append(outlines, boundary.Outline{
				Number: "DK" + string(rune('A'+i)), Name: rapid.StringMatching(`[一-龥a-z,，@面 ]{0,8}`).Draw(t, "name"), Use: "工业用地", LandCode: "0601", Ground: lonlat,
			})
		}
		style := boundary.Style{System: s, Producer: "示例单位", Date: "2025-06-15", Encoding: rapid.SampledFrom([]boundary.Encoding{
			boundary.UTF8, boundary.UTF8BOM, boundary.UTF16LE, boundary.UTF16LEBOM, boundary.UTF16BEBOM, boundary.GB18030}).Draw(t, "encoding")}
		made, err := boundary.Compose(outlines, style)
		if err != nil {
			t.Fatal(err)
		}
		made.Form.NewLine = rapid.SampledFrom([]string{"\r\n", "\n", "\r"}).Draw(t, "new line")
		var b bytes.Buffer
		if err := made.Write(&b); err != nil {
			t.Fatal(err)
		}
		f, err := boundary.Read(bytes.NewReader(b.Bytes()), boundary.Options{})
		if err != nil {
			t.Fatalf("%s\n%s", explain(err), b.String())
		}
		if f.Form != made.Form || f.System != s || f.Confirm() || len(f.Plots) != len(outlines) {
			t.Fatalf("%+v, want %+v", f, made)
		}
		for i, p := range f.Plots {
			if len(p.Ground) != len(outlines[i].Ground) || p.Number != outlines[i].Number || p.Use != "工业用地" || p.LandCode != "0601" {
				t.Fatalf("%+v", p)
			}
			if want := crs.EllipsoidalM2(outlines[i].Ground); math.Abs(p.EllipsoidalM2-want) > 3 {
				t.Fatalf("%v m², want %v", p.EllipsoidalM2, want)
			}
			if diff := cmp.Diff(made.Plots[i].Given.Bound(), p.Given.Bound()); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff(made.Plots[i].Points, p.Points, ignoreLines); diff != "" {
				t.Fatal(diff)
			}
		}
		var again bytes.Buffer
		if err := f.Write(&again); err != nil || !bytes.Equal(again.Bytes(), b.Bytes()) {
			t.Fatalf("%v\n%q\n%q", err, again.String(), b.String())
		}
	})
}

func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	s, _ := crs.ZoneSystem(38, true)
	bow := orb.MultiPolygon{{{{114, 33}, {114.1, 33.1}, {114.1, 33}, {114, 33.1}, {114, 33}}}}
	if _, err := boundary.Compose([]boundary.Outline{{Ground: bow}}, boundary.Style{System: s}); !errors.Is(err, geo.ErrNotSimple) {
		t.Error(err)
	}
	if _, err := boundary.Compose(nil, boundary.Style{System: crs.Geographic4490}); err == nil {
		t.Error("made a file in degrees")
	}
	far := orb.MultiPolygon{{{{-60, 3}, {-59, 3}, {-59, 4}, {-60, 3}}}}
	if _, err := boundary.Compose([]boundary.Outline{{Ground: far}}, boundary.Style{System: s}); !errors.Is(err, crs.ErrCRS) {
		t.Error(err)
	}
	f := read(t, header+plotA)
	f.Plots[0].Columns[3] = "😀"
	f.Form.Encoding = boundary.GB18030
	if err := f.Write(&bytes.Buffer{}); err != nil {
		t.Errorf("GB18030 says everything: %v", err)
	}
}

func TestReadList(t *testing.T) {
	t.Parallel()
	said := boundary.Options{Datum: crs.CGCS2000}
	for name, tt := range map[string]struct {
		text  string
		opts  boundary.Options
		m2    float64
		rings int
	}{
		"names and blanks":          {"J1 3717250 38501000\nJ2 3717250 38501400\nJ3 3717000 38501400\nJ4 3717000 38501000", said, 100_000, 1},
		"tabs from a sheet":         {"点号\tX坐标\tY坐标\r\nJ1\t3717250\t38501000\r\nJ2\t3717250\t38501400\r\nJ3\t3717000\t38501400\r\nJ4\t3717000\t38501000\r\nJ1\t3717250\t38501000\r\n", said, 100_000, 1},
		"commas, no names":          {"3717250,38501000\n3717250,38501400\n3717000,38501400\n3717000,38501000\n", said, 100_000, 1},
		"full-width":                {"界址点坐标表\n１，３７１７２５０，３８５０１０００\n２，３７１７２５０；３８５０１４００\n３、3717000　38501400\n", said, 50_000, 1},
		"east first":                {"38501000 3717250\n38501400 3717250\n38501400 3717000\n", said, 50_000, 1},
		"a hole after a gap":        {"J1 3717250 38501000\nJ2 3717250 38501400\nJ3 3717000 38501400\nJ4 3717000 38501000\n\n\nJ5 3717100 38501150\nJ6 3717100 38501250\nJ7 3717150 38501250\nJ8 3717150 38501150\n", said, 95_000, 2},
		"a hole by its 圈号":          {"J1 1 3717250 38501000\nJ2 1 3717250 38501400\nJ3 1 3717000 38501400\nJ4 1 3717000 38501000\nJ5 2 3717100 38501150\nJ6 2 3717100 38501250\nJ7 2 3717150 38501250\n", said, 97_500, 2},
		"zone from a person":        {"3717250 501000\n3717250 501400\n3717000 501400\n", boundary.Options{Datum: crs.CGCS2000, Zone: 38}, 50_000, 1},
		"degrees of a phone":        {"114.010771485,33.579317658\n114.015080471,33.579317658\n114.015080471,33.58157119\n114.010771485,33.58157119", said, 100_000, 1},
		"degrees, minutes, seconds": {"J1 东经114°00′36″ 北纬33°34′48″\nJ2 东经114°00′54″ 北纬33°34′48″\nJ3 东经114°00′54″ 北纬33°34′56″", said, 57_205, 1},
		"degrees and minutes":       {"33.3448 114.0036\n33.3448 114.0054\n33.3456 114.0054", boundary.Options{Datum: crs.CGCS2000, Degrees: crs.FormPacked}, 57_205, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := boundary.ReadList(tt.text, tt.opts)
			if err != nil {
				t.Fatal(explain(err))
			}
			p := f.Plots[0]
			if math.Abs(p.PlanarM2/tt.m2-1) > 5e-4 || len(p.Ground) != 1 || len(p.Ground[0]) != tt.rings {
				t.Errorf("%.1f m², %d rings", p.PlanarM2, len(p.Ground[0]))
			}
			if err := f.Write(&bytes.Buffer{}); err == nil {
				t.Error("a list was written")
			}
		})
	}
}

func TestReadListRefuses(t *testing.T) {
	t.Parallel()
	said := boundary.Options{Datum: crs.CGCS2000}
	square := "3717250 38501000\n3717250 38501400\n3717000 38501400\n"
	for name, tt := range map[string]struct {
		text string
		opts boundary.Options
		code string
		line int
	}{
		"nothing":          {"", said, boundary.CodeNoPoints, 0},
		"words":            {"各位领导：\n坐标见附件", said, boundary.CodeNoPoints, 0},
		"datum not said":   {square, boundary.Options{}, boundary.CodeDatumMissing, 0},
		"words in between": {square + "以下为内圈\n" + square, said, boundary.CodePointLine, 4},
		"too many items":   {square + "J1 1 2 3 4\n", said, boundary.CodePointLine, 4},
		"no number":        {square + "J4 abc 38501000\n", said, boundary.CodeNumber, 4},
		"two points":       {"3717250 38501000\n3717250 38501400\n", said, "too_few_points", 1},
		"crosses itself":   {"3717250 38501000\n3717000 38501400\n3717250 38501400\n3717000 38501000\n", said, "ring_crosses_itself", 1},
		"too many":         {square, boundary.Options{Limits: boundary.Limits{Points: 2}}, boundary.CodeTooManyPoints, 3},
		"too large":        {square, boundary.Options{Limits: boundary.Limits{Bytes: 9}}, boundary.CodeTooLarge, 0},
		"zone not said":    {"3717250 501000\n3717250 501400\n3717000 501400\n", said, crs.CodeZoneNeeded, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := boundary.ReadList(tt.text, tt.opts)
			var all boundary.Errors
			if !errors.As(err, &all) || all[0].Code != tt.code || all[0].Line != tt.line {
				t.Errorf("%v", err)
			}
		})
	}
}

// seeds are the fixtures and samples, for the fuzzers.
func seeds(f *testing.F) {
	for _, text := range []string{header + plotA, header + plotsB, "[地块坐标]\n" + plotA, "[属性描述]\r坐标系=1980西安\r[地块坐标]\r5,1,,面,@\rJ,1,1,2", "【地块坐标】\n３，１，１，ｎ，面，，，，＠\n", ",@", "\ufeff", "\xff\xfe[\x00"} {
		f.Add([]byte(text))
	}
	files, _ := filepath.Glob("../../../shared/fixtures/vector-osm/liechtenstein-formats/*.txt")
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil {
			f.Add(b)
		}
	}
}

// judged is what every answer must keep: words for every refusal, and for every
// file ground without flaws that is written and read again as the same.
func judged(t *testing.T, f *boundary.File, err error, again bool, opts boundary.Options) {
	if err != nil {
		var all boundary.Errors
		if !errors.As(err, &all) || len(all) == 0 {
			t.Fatalf("refused without words: %v", err)
		}
		for _, e := range all {
			if e.Code == "" || e.Message == "" || strings.Contains(e.Message, "%!") {
				t.Fatalf("refused without words: %+v", e)
			}
		}
		return
	}
	for _, p := range f.Plots {
		if err := geo.Check(p.Given); len(p.Given) > 0 && err != nil {
			t.Fatalf("took ground with a flaw: %v", err)
		}
		if p.Kind == boundary.Area && (len(p.Ground) == 0 || !(p.EllipsoidalM2 >= 0) || !(p.PlanarM2 >= 0)) {
			t.Fatalf("took a plot without ground: %+v", p)
		}
	}
	if again {
		writeAgain(t, f, opts)
	}
}

func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, opts := range []boundary.Options{{}, {Datum: crs.CGCS2000, Zone: 38, Degrees: crs.FormDegrees}} {
			file, err := boundary.Read(bytes.NewReader(b), opts)
			judged(t, file, err, true, opts)
		}
	})
}

func FuzzReadList(f *testing.F) {
	seeds(f)
	f.Add([]byte("J1 3717250 38501000\nJ2 3717250 38501400\n\nJ3 3717000 38501400\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		opts := boundary.Options{Datum: crs.CGCS2000}
		file, err := boundary.ReadList(string(b), opts)
		judged(t, file, err, false, opts)
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	text.WriteString(header)
	for i := range 1000 { // a street of plots, each beside the one before
		fmt.Fprintf(&text, "5,1,DK%d,n,面,,工业用地,0601,@\n", i)
		for _, d := range [5][2]int{{0, 0}, {0, 100}, {100, 100}, {100, 0}, {0, 0}} {
			fmt.Fprintf(&text, "J,1,%d.000,%d.000\n", 3700000+i%100*100+d[0], 38500000+i/100*100+d[1])
		}
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := boundary.Read(strings.NewReader(text.String()), boundary.Options{}); err != nil {
			b.Fatal(explain(err))
		}
	}
}

// TestMutations cuts, swaps and garbles lines of the samples: every answer keeps its promises.
func TestMutations(t *testing.T) {
	t.Parallel()
	lines := strings.Split(header+plotsB, "\n")
	words := []string{"@", ",", "面", "线", "1", "-1", "38501000", "501000", "33.5", "114.01", "=", "[", "]", "\r", "。", "坐标系=", "\x00", "5,1,DK9,n,面,,,,@", "J9,3,3717100,38501100"}
	rnd := rand.New(rand.NewPCG(7, 7))
	taken := 0
	for range 4000 {
		mutant := slices.Clone(lines)
		for range 1 + rnd.IntN(3) {
			i, k := rnd.IntN(len(mutant)), rnd.IntN(len(mutant))
			switch at := rnd.IntN(len(mutant[i]) + 1); rnd.IntN(6) {
			case 0:
				mutant = slices.Delete(mutant, i, i+1)
			case 1:
				mutant[i], mutant[k] = mutant[k], mutant[i]
			case 2:
				mutant = slices.Insert(mutant, i, mutant[k])
			case 3:
				mutant[i] = mutant[i][:at] + words[rnd.IntN(len(words))] + mutant[i][at:]
			case 4:
				mutant[i] = words[rnd.IntN(len(words))]
			case 5:
				mutant[i] = mutant[i][:at]
			}
		}
		f, err := boundary.Read(strings.NewReader(strings.Join(mutant, "\n")), boundary.Options{})
		judged(t, f, err, true, boundary.Options{})
		if err == nil {
			taken++
		}
	}
	if taken < 100 || taken > 3000 {
		t.Errorf("%d of 4000 were taken", taken)
	}
}
