package shapefile_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/crs"
	"guatu/geo/shapefile"
)

const fixtures = "../../../shared/fixtures/"

func open(b []byte, opts shapefile.Options) ([]*shapefile.Layer, error) {
	return shapefile.Open(bytes.NewReader(b), int64(len(b)), opts)
}

func one(t testing.TB, b []byte, opts shapefile.Options) *shapefile.Layer {
	t.Helper()
	layers, err := open(b, opts)
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %s", len(layers), told(err))
	}
	return layers[0]
}

func told(err error) string {
	var e *shapefile.Error
	if errors.As(err, &e) {
		return e.Code + " " + e.Message
	}
	return "no shapefile.Error: " + err.Error()
}

func all(t testing.TB, l *shapefile.Layer) []shapefile.Feature {
	t.Helper()
	var features []shapefile.Feature
	for f, err := range l.Features() {
		if err != nil {
			t.Fatal(told(err))
		}
		features = append(features, f)
	}
	return features
}

func file(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixtures, path))
	if err != nil {
		t.Fatalf("the fixtures belong beside the repository: %v", err)
	}
	return b
}

// TestVerdicts: every shapefile of the fixtures is read whole, or refused, as its
// verdict says.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	for path, tt := range map[string]struct {
		refused  string // by Open
		system   string // the code of the refusal of System
		features int
		epsg     int
		shape    shapefile.Shape
		charset  shapefile.Charset
		first    string // a value of the first feature
	}{
		"vector-formats/accept/codepage.zip":                            {features: 2, epsg: 4326, shape: shapefile.Points, charset: "windows-1250", first: "??"},
		"vector-formats/accept/utf.zip":                                 {features: 2, epsg: 4326, shape: shapefile.Points, charset: shapefile.UTF8, first: "💩"},
		"vector-formats/accept/coutwildrnp.zip":                         {features: 67, epsg: 4326, shape: shapefile.Polygons, charset: shapefile.UTF8, first: "Mount Naomi Wilderness"},
		"vector-formats/accept/mixedcase.zip":                           {features: 40, shape: shapefile.Polygons, charset: shapefile.UTF8, first: "First Worcester"},
		"vector-formats/accept/senate.zip":                              {features: 40, shape: shapefile.Polygons, charset: shapefile.UTF8, first: "First Worcester"},
		"vector-formats/accept/pandr.zip":                               {features: 80, epsg: 4326, shape: shapefile.Points, charset: shapefile.UTF8, first: "Bridgewater"},
		"vector-formats/reject/noshp.zip":                               {refused: shapefile.CodeNoShp},
		"vector-formats/reject/badzip.zip":                              {refused: shapefile.CodeNotZIP},
		"vector-osm/liechtenstein-formats/shp-gbk-cpg-4526.zip":         {features: 120, epsg: 4526, shape: shapefile.Polygons, charset: shapefile.GB18030, first: "乔木林地"},
		"vector-osm/liechtenstein-formats/shp-gbk-filenames.zip":        {features: 120, epsg: 4526, shape: shapefile.Polygons, charset: shapefile.GB18030, first: "乔木林地"},
		"vector-osm/liechtenstein-formats/shp-gbk-nocpg-4547.zip":       {features: 120, epsg: 4547, shape: shapefile.Polygons, charset: shapefile.GB18030, first: "乔木林地"},
		"vector-osm/liechtenstein-formats/shp-utf8-cpg-4490.zip":        {features: 120, epsg: 4490, shape: shapefile.Polygons, charset: shapefile.UTF8, first: "乔木林地"},
		"vector-osm/liechtenstein-formats/shp-gbk-nocpg-noprj-4526.zip": {features: 120, system: shapefile.CodeNoPrj, shape: shapefile.Polygons, charset: shapefile.GB18030, first: "乔木林地"},
	} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			layers, err := open(file(t, path), shapefile.Options{})
			if tt.refused != "" {
				var e *shapefile.Error
				if !errors.As(err, &e) || e.Code != tt.refused || !errors.Is(err, shapefile.ErrShapefile) {
					t.Fatalf("%v, want %s", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(told(err))
			}
			l := layers[0]
			if l.Shape != tt.shape || l.Charset != tt.charset || l.Rows != tt.features {
				t.Errorf("%+v", l)
			}
			s, _, err := l.System()
			var e *shapefile.Error
			switch {
			case tt.system == "" && (err != nil || s.EPSG != tt.epsg):
				t.Errorf("%s, %v", s, err)
			case tt.system != "" && (!errors.As(err, &e) || e.Code != tt.system || e.Needs != crs.NeedSystem || len(e.Suggest) != 1 || e.Suggest[0].EPSG != 4526):
				t.Errorf("%s, %+v", s, e)
			}
			features := all(t, l)
			if len(features) != tt.features {
				t.Fatalf("%d features", len(features))
			}
			found := false
			for _, v := range features[0].Values {
				found = found || v == tt.first
			}
			if !found {
				t.Errorf("%v has no %q", features[0].Values, tt.first)
			}
			for _, f := range features {
				if len(f.Odd) > 0 || f.Geometry == nil || f.Record == 0 {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestAnswersSystem: where the .prj is missing a person may say it, and is held to the numbers.
func TestAnswersSystem(t *testing.T) {
	t.Parallel()
	b := file(t, "vector-osm/liechtenstein-formats/shp-gbk-nocpg-noprj-4526.zip")
	right, _ := crs.ZoneSystem(38, true)
	if s, notes, err := one(t, b, shapefile.Options{System: &right}).System(); err != nil || s != right || len(notes) != 1 {
		t.Errorf("%s %v %v", s, notes, err)
	}
	for _, code := range []int{4490, 4547, 4527} {
		wrong, err := crs.FromEPSG(code)
		if err != nil {
			t.Fatal(err)
		}
		var e *shapefile.Error
		if _, _, err := one(t, b, shapefile.Options{System: &wrong}).System(); !errors.As(err, &e) || e.Code != crs.CodeContradiction || e.Suggest[0].EPSG != 4526 {
			t.Errorf("EPSG:%d: %+v", code, err)
		}
	}
	b = file(t, "vector-osm/liechtenstein-formats/shp-gbk-nocpg-4547.zip")
	if s, _, err := one(t, b, shapefile.Options{System: &right}).System(); err != nil || s.EPSG != 4547 {
		t.Errorf("a .prj comes first: %s, %v", s, err)
	}
}

// TestSameGround: the four deliveries of one layer are the same patches, and
// their areas are those of Planimeter.
func TestSameGround(t *testing.T) {
	t.Parallel()
	r := csv.NewReader(bytes.NewReader(file(t, "vector-osm/liechtenstein-area-truth.csv")))
	r.Comment, r.LazyQuotes = '#', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	truth, ringsOf := map[string]float64{}, map[string]int{}
	for _, row := range rows[1:] {
		truth[row[0]], _ = strconv.ParseFloat(row[2], 64)
		ringsOf[row[0]] = strings.Count(row[3], "), (") + 1
	}
	want := map[string][]any{}
	for _, name := range []string{"shp-gbk-cpg-4526", "shp-gbk-filenames", "shp-gbk-nocpg-4547", "shp-utf8-cpg-4490"} {
		l := one(t, file(t, "vector-osm/liechtenstein-formats/"+name+".zip"), shapefile.Options{})
		s, _, err := l.System()
		if err != nil {
			t.Fatal(err)
		}
		p := s.Projector()
		compared := 0
		for _, f := range all(t, l) {
			id := f.Values[0].(string)
			if want[id] == nil {
				want[id] = f.Values
			}
			for i, v := range f.Values {
				if i != 5 && v != want[id][i] { // the sixth has letters that GBK cannot say
					t.Errorf("%s %s: %v, want %v", name, id, f.Values, want[id])
				}
			}
			g, err := p.InverseGround(f.Geometry.(orb.MultiPolygon))
			if err != nil {
				t.Fatal(err)
			}
			if err := geo.Check(g); err != nil {
				t.Errorf("%s %s: %v", name, id, err)
			}
			if truth[id] == 0 {
				continue
			}
			compared++
			rings := 0
			for _, polygon := range g {
				rings += len(polygon)
			}
			if got := crs.EllipsoidalM2(g); math.Abs(got/truth[id]-1) > 1e-6 || rings != ringsOf[id] {
				t.Errorf("%s %s: %.4f m² in %d rings, want %.4f in %d", name, id, got, rings, truth[id], ringsOf[id])
			}
		}
		if compared < 20 {
			t.Errorf("%s: %d patches compared", name, compared)
		}
	}
}

// pack makes a ZIP of files.
func pack(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpack is the way back.
func unpack(t testing.TB, b []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = body.Bytes()
	}
	return files
}

func zone38(t testing.TB) crs.System {
	t.Helper()
	s, ok := crs.ZoneSystem(38, true)
	if !ok {
		t.Fatal("no zone 38")
	}
	return s
}

// box is a square of some metres in zone 38.
func box(e, n, size float64) orb.Ring {
	e, n = 38501000+e, 3717000+n
	return orb.Ring{{e, n}, {e, n + size}, {e + size, n + size}, {e + size, n}, {e, n}}
}

// sample is three patches: a plain one, one with a hole, one without a shape.
func sample(t testing.TB) shapefile.Table {
	return shapefile.Table{
		Name: "地类图斑", Shape: shapefile.Polygons, System: zone38(t),
		Fields: []shapefile.Field{{Name: "BSM", Type: 'C'}, {Name: "DLMC", Type: 'C'}, {Name: "TBMJ", Type: 'N', Decimals: 2}, {Name: "SJNF", Type: 'N'}, {Name: "RQ", Type: 'D'}, {Name: "SFTC", Type: 'L'}},
		Features: []shapefile.Feature{
			{Record: 1, Geometry: orb.MultiPolygon{{box(0, 0, 100)}}, Values: []any{"1", "水田", 10000.0, int64(2023), "2023-12-31", true}},
			{Record: 2, Geometry: orb.MultiPolygon{{box(200, 0, 100), reversed(box(210, 10, 50))}, {box(400, 0, 10)}}, Values: []any{"2", "旱地（可调整）", 7600.5, int64(-1), nil, false}},
			{Record: 3, Values: []any{"3", nil, nil, nil, nil, nil}},
		},
	}
}

func reversed(r orb.Ring) orb.Ring {
	out := r.Clone()
	out.Reverse()
	return out
}

func write(t testing.TB, table shapefile.Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := shapefile.Write(&b, table); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	table := sample(t)
	l := one(t, write(t, table), shapefile.Options{})
	if s, notes, err := l.System(); err != nil || s != table.System || len(notes) != 0 || l.Name != table.Name || len(l.Notes) != 0 || l.Charset != shapefile.GB18030 {
		t.Errorf("%+v %s %v %v", l, s, notes, err)
	}
	if diff := cmp.Diff(table.Features, all(t, l)); diff != "" {
		t.Error(diff)
	}
	if schema, ok := shapefile.SchemaOf(l); !ok || schema.Name != "DLTB" || schema.Match(l.Fields)["TBMJ"] != 2 {
		t.Errorf("%+v", schema)
	}
	table.Features[0].Values[1] = "𠮷野家" // not in GBK
	l = one(t, write(t, table), shapefile.Options{})
	if got := all(t, l)[0].Values[1]; got != "𠮷野家" || l.Charset != shapefile.UTF8 {
		t.Errorf("%v in %s", got, l.Charset)
	}
	table.Features[0].Values[1] = strings.Repeat("长", 200)
	var b bytes.Buffer
	if w, err := shapefile.Write(&b, table); err != nil || w.Cut != 1 {
		t.Errorf("%+v, %v", w, err)
	}
	if got := all(t, one(t, b.Bytes(), shapefile.Options{}))[0].Values[1]; got != strings.Repeat("长", 127) {
		t.Errorf("%v", got)
	}
}

func TestWriteOtherShapes(t *testing.T) {
	t.Parallel()
	for shape, g := range map[shapefile.Shape]orb.Geometry{
		shapefile.Points:      orb.Point{38501000, 3717000},
		shapefile.MultiPoints: orb.MultiPoint{{38501000, 3717000}, {38501001, 3717000}},
		shapefile.Lines:       orb.MultiLineString{{{38501000, 3717000}, {38501001, 3717000}}, {{38501000, 3717001}, {38501001, 3717002}, {38501001, 3717003}}},
	} {
		table := shapefile.Table{Name: "x", Shape: shape, System: zone38(t), Features: []shapefile.Feature{{Record: 1, Geometry: g, Values: []any{}}}}
		l := one(t, write(t, table), shapefile.Options{})
		if diff := cmp.Diff(table.Features, all(t, l)); diff != "" || l.Shape != shape {
			t.Error(l.Shape, diff)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*shapefile.Table){
		"a system without a .prj":  func(s *shapefile.Table) { s.System = crs.System{Projection: crs.WebMercator} },
		"no shape":                 func(s *shapefile.Table) { s.Shape = "" },
		"a point among polygons":   func(s *shapefile.Table) { s.Features[0].Geometry = orb.Point{1, 2} },
		"too few values":           func(s *shapefile.Table) { s.Features[0].Values = []any{"1"} },
		"text in a number":         func(s *shapefile.Table) { s.Features[0].Values[2] = "一万" },
		"a number in text":         func(s *shapefile.Table) { s.Features[0].Values[0] = int64(1) },
		"a day that is none":       func(s *shapefile.Table) { s.Features[0].Values[4] = "2023-13-01" },
		"yes in text":              func(s *shapefile.Table) { s.Features[0].Values[0] = true },
		"no number":                func(s *shapefile.Table) { s.Features[0].Values[2] = math.NaN() },
		"a value of another type":  func(s *shapefile.Table) { s.Features[0].Values[2] = 3 },
		"more fields than allowed": func(s *shapefile.Table) { s.Fields = make([]shapefile.Field, 256) },
	} {
		table := sample(t)
		spoil(&table)
		if _, err := shapefile.Write(&bytes.Buffer{}, table); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
