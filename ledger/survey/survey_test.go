package survey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"

	"guatu/geo/datum"
	"guatu/ledger/survey"
)

func fixture(t testing.TB, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../../../shared/fixtures", path))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

const formats = "vector-osm/liechtenstein-formats/"

// luohe is the city of the tests.
var luohe = orb.Bound{Min: orb.Point{113.4, 33.4}, Max: orb.Point{114.4, 34.1}}

func TestFixturesMeetTheirVerdict(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		format      survey.Format
		plots, epsg int
		ground      int    // plots whose ground can be taken
		asks        string // the likeliest answer to the question for the system
		warns       string // about the whole file
		refused     string
	}{
		formats + "勘测定界-带号前缀-gbk.txt":            {format: survey.TXT, plots: 6, epsg: 4526, ground: 6},
		formats + "勘测定界-无前缀-utf8.txt":            {format: survey.TXT, plots: 6, epsg: 4547, ground: 6},
		formats + "勘测定界-utf8bom-含孔洞.txt":         {format: survey.TXT, plots: 1, epsg: 4526, ground: 1},
		formats + "勘测定界-XY颠倒-gbk.txt":            {format: survey.TXT, plots: 2, epsg: 4526, ground: 2, warns: "boundary_east_first"},
		formats + "勘测定界-缺属性描述-gbk.txt":           {format: survey.TXT, asks: "4526"},
		formats + "shp-gbk-cpg-4526.zip":         {format: survey.Shapefile, plots: 120, epsg: 4526, ground: 120},
		formats + "shp-gbk-filenames.zip":        {format: survey.Shapefile, plots: 120, epsg: 4526, ground: 120},
		formats + "shp-gbk-nocpg-4547.zip":       {format: survey.Shapefile, plots: 120, epsg: 4547, ground: 120},
		formats + "shp-utf8-cpg-4490.zip":        {format: survey.Shapefile, plots: 120, epsg: 4490, ground: 120},
		formats + "shp-gbk-nocpg-noprj-4526.zip": {format: survey.Shapefile, asks: "4526"},
		"vector-formats/accept/codepage.zip":     {format: survey.Shapefile, plots: 2, epsg: 4326},
		"vector-formats/accept/utf.zip":          {format: survey.Shapefile, plots: 2, epsg: 4326},
		"vector-formats/accept/pandr.zip":        {format: survey.Shapefile, plots: 80, epsg: 4326},
		"vector-formats/accept/coutwildrnp.zip":  {format: survey.Shapefile, plots: 67, epsg: 4326, ground: 67},
		"vector-formats/accept/senate.zip":       {format: survey.Shapefile, plots: 40, ground: 39}, // one touches itself, and is told
		"vector-formats/accept/mixedcase.zip":    {format: survey.Shapefile, plots: 40, ground: 39},
		"vector-formats/accept/grenada.geojson":  {format: survey.GeoJSON, plots: 1, epsg: 4326, ground: 1},
		"vector-formats/accept/rmnp.geojson":     {format: survey.GeoJSON, plots: 1, epsg: 4326, ground: 1},
		"vector-formats/accept/newlines.geojson": {format: survey.GeoJSON, plots: 3, epsg: 4326, ground: 1},
		"vector-formats/reject/noshp.zip":        {refused: "shapefile_no_shp"},
		"vector-formats/reject/badzip.zip":       {refused: "boundary_not_text"},
		formats + "DLTB.gdb.zip":                 {refused: survey.CodeNoHelper}, // with its helper: guatu/media
		formats + "landuse.kml":                  {refused: survey.CodeNoHelper},
		formats + "sites-4547.dxf":               {refused: survey.CodeNoHelper},
		"vector-formats/accept/geopackage.gpkg":  {refused: survey.CodeNoHelper},
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			p, err := survey.Read(fixture(t, name), "", survey.Options{})
			var r *survey.Refusal
			if errors.As(err, &r) {
				if r.Issues[0].Code != want.refused {
					t.Errorf("refused with %+v", r.Issues)
				}
				return
			}
			if err != nil || want.refused != "" {
				t.Fatalf("err = %v", err)
			}
			ground := 0
			for _, one := range p.Plots {
				if one.Ground != nil && len(one.Errors) == 0 {
					ground++
				}
				if (one.Ground == nil) != (len(one.Errors) > 0) {
					t.Errorf("plot %d: ground %v, errors %+v", one.N, one.Ground != nil, one.Errors)
				}
			}
			if p.Format != want.format || len(p.Plots) != want.plots || ground != want.ground {
				t.Errorf("%s with %d plots, %d of them ground", p.Format, len(p.Plots), ground)
			}
			if want.plots > 0 && (p.Systems[0].EPSG != want.epsg || p.Systems[0].Why == "") {
				t.Errorf("system %+v", p.Systems)
			}
			switch {
			case want.asks == "" && len(p.Questions) > 0:
				t.Errorf("asks %+v", p.Questions)
			case want.asks != "" && (len(p.Questions) != 1 || p.Questions[0].Choices[0].Value != want.asks):
				t.Errorf("asks %+v, want %s", p.Questions, want.asks)
			}
			if want.warns != "" && (len(p.Warnings) != 1 || p.Warnings[0].Code != want.warns || !p.Warnings[0].Confirm) {
				t.Errorf("warns %+v", p.Warnings)
			}
		})
	}
}

// The same six sites, in prefixed and in bare eastings, are where the fixtures say
// and as large.
func TestSurveyFilesAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	var truth map[string]struct {
		Area     float64    `json:"area_geodesic_m2"`
		Centroid [2]float64 `json:"centroid_lonlat"`
	}
	if err := json.Unmarshal(fixture(t, formats+"勘测定界-expected.json"), &truth); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"勘测定界-带号前缀-gbk.txt", "勘测定界-无前缀-utf8.txt"} {
		p, err := survey.Read(fixture(t, formats+name), "", survey.Options{City: luohe})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range p.Plots {
			want := truth[one.Number]
			if want.Area == 0 || math.Abs(one.Area.EllipsoidalM2-want.Area) > 0.2 { // of coordinates in millimetres
				t.Errorf("%s: %v m², want %v", one.Number, one.Area.EllipsoidalM2, want.Area)
			}
			if c := one.Ground.Bound().Center(); math.Hypot(c[0]-want.Centroid[0], c[1]-want.Centroid[1]) > 2e-4 {
				t.Errorf("%s lies at %v, want %v", one.Number, c, want.Centroid)
			}
			if one.Area.Verdict != survey.Agrees {
				t.Errorf("%s: verdict %s", one.Number, one.Area.Verdict)
			}
		}
	}
}

func TestAnAnswerSettlesTheQuestion(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file  []byte
		said  int
		plots int
		code  string
	}{
		"a TXT without header":             {file: fixture(t, formats+"勘测定界-缺属性描述-gbk.txt"), said: 4526, plots: 2},
		"a Shapefile without .prj":         {file: fixture(t, formats+"shp-gbk-nocpg-noprj-4526.zip"), said: 4526, plots: 120},
		"a Shapefile that cannot be in it": {file: fixture(t, formats+"shp-gbk-nocpg-noprj-4526.zip"), said: 4490, code: "crs_"},
		"1980 西安 is refused":               {file: fixture(t, formats+"shp-gbk-nocpg-noprj-4526.zip"), said: 2362, code: "crs_xian80"},
		"1954 北京 is refused":               {file: fixture(t, formats+"勘测定界-缺属性描述-gbk.txt"), said: 2414, code: "crs_beijing54"},
		"a pasted list":                    {file: []byte("J1 3717250 38501000\nJ2 3717250 38501400\nJ3 3717000 38501400\nJ4 3717000 38501000\n"), said: 4526, plots: 1},
		"a pasted list of bare eastings":   {file: []byte("3717250,501000\n3717250,501400\n3717000,501400\n"), said: 4547, plots: 1},
		"a pasted list of degrees":         {file: []byte("114.01\t33.57\n114.02\t33.57\n114.02\t33.58\n"), said: 4490, plots: 1},
		"a pasted list, nothing said":      {file: []byte("3717250,501000\n3717250,501400\n3717000,501400\n"), plots: 0},
		"a workbook":                       {file: workbook(t), said: 4526, plots: 1},
		"a workbook, nothing said":         {file: workbook(t), plots: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := survey.Read(tt.file, "", survey.Options{EPSG: tt.said})
			var r *survey.Refusal
			if errors.As(err, &r) {
				if tt.code == "" || !strings.HasPrefix(r.Issues[0].Code, tt.code) {
					t.Errorf("refused with %+v", r.Issues)
				}
				return
			}
			if err != nil || tt.code != "" {
				t.Fatalf("err = %v", err)
			}
			if len(p.Plots) != tt.plots || (len(p.Questions) > 0) != (tt.said == 0) {
				t.Errorf("%d plots, questions %+v", len(p.Plots), p.Questions)
			}
			for _, one := range p.Plots {
				if len(one.Errors) > 0 || !luohe.Contains(one.Ground.Bound().Center()) {
					t.Errorf("plot %+v", one)
				}
			}
			if tt.said == 0 && len(p.Questions[0].Choices) == 0 {
				t.Error("the question has no choices")
			}
		})
	}
}

// workbook is a list of points as offices keep it: a title, a header, a row a point.
func workbook(t testing.TB) []byte {
	t.Helper()
	x := excelize.NewFile()
	defer x.Close()
	for i, row := range [][]any{
		{"示例地块界址点成果表"}, {"点号", "X（北）", "Y（东）"},
		{"J1", 3717250.125, 38501000.5}, {"J2", 3717250.125, 38501400.5}, {"J3", 3717000.125, 38501400.5}, {"J1", 3717250.125, 38501000.5},
	} {
		if err := x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// GCJ-02 is offered where undoing it brings ground into the city, and done only
// when a person says so.
func TestOffsetDatumIsOfferedNeverApplied(t *testing.T) {
	t.Parallel()
	west := luohe.Min[0] + 0.0005
	var ring orb.Ring
	for _, p := range []orb.Point{{west, 33.6}, {west + 0.001, 33.6}, {west + 0.001, 33.601}, {west, 33.6}} {
		ring = append(ring, p)
	}
	east := orb.Ring{}
	for _, p := range ring { // just inside of the eastern border, and pushed over it
		east = append(east, datum.ToGCJ02(orb.Point{p[0] - west + luohe.Max[0] - 0.0015, p[1]}))
	}
	text, err := json.Marshal(map[string]any{"type": "Polygon", "coordinates": []orb.Ring{east}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := survey.Read(text, "", survey.Options{City: luohe})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Questions); n != 2 || p.Questions[1].Code != survey.CodeAskDatum || p.Questions[1].Choices[0].Value != "gcj02" {
		t.Fatalf("questions %+v", p.Questions)
	}
	if got := p.Plots[0].Ground[0][0][0]; math.Abs(got[0]-east[0][0]) > 1e-9 {
		t.Errorf("moved unasked to %v", got)
	}
	p, err = survey.Read(text, "", survey.Options{City: luohe, Datum: datum.GCJ02})
	if err != nil || len(p.Questions) != 0 || !luohe.Contains(p.Plots[0].Ground.Bound().Max) {
		t.Errorf("with the answer: %v %+v", err, p.Questions)
	}
	if got := p.Plots[0].Given[0][0][0]; math.Abs(got[0]-east[0][0]) > 1e-9 {
		t.Errorf("the given coordinates became %v", got)
	}
}

func TestOneBadFeatureDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	square := `[[[114,33.6],[114.001,33.6],[114.001,33.601],[114,33.601],[114,33.6]]]`
	bowtie := `[[[114,33.6],[114.001,33.601],[114.001,33.6],[114,33.601],[114,33.6]]]`
	feature := func(c string) string {
		return `{"type":"Feature","properties":{"地块编号":"DK1","面积":0.5},"geometry":{"type":"Polygon","coordinates":` + c + `}}`
	}
	p, err := survey.Read([]byte(`{"type":"FeatureCollection","features":[`+feature(square)+`,`+feature(bowtie)+`]}`), "", survey.Options{})
	if err != nil || len(p.Plots) != 2 {
		t.Fatal(err, len(p.Plots))
	}
	good, bad := p.Plots[0], p.Plots[1]
	if good.Number != "DK1" || len(good.Errors) != 0 || good.Area.Verdict != survey.Wrong || len(good.Warnings) != 1 {
		t.Errorf("the good one is %+v", good)
	}
	if len(bad.Errors) != 1 || bad.Errors[0].Code != "ring_crosses_itself" || bad.Errors[0].At == nil || math.Abs(bad.Errors[0].At[0]-114.0005) > 1e-9 {
		t.Errorf("the bad one is %+v", bad)
	}
}

func TestFilesThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	many := "[地块坐标]\n"
	for name, tt := range map[string]struct {
		file []byte
		code string
		size bool
	}{
		"nothing":             {nil, survey.CodeUnknownFormat, false},
		"a picture":           {[]byte("\xff\xd8\xff\xe0 JFIF\x00\x01"), "boundary_not_text", false},
		"a page":              {[]byte("<html><body>login</body></html>"), survey.CodeUnknownFormat, false},
		"21 MB":               {make([]byte, 21<<20), survey.CodeTooLarge, true},
		"1980 西安 in the file": {[]byte("[属性描述]\n坐标系=1980西安坐标系\n[地块坐标]\n3,1,A,A,面,,,,@\n1,1,3717250,38501000\n2,1,3717250,38501400\n3,1,3717000,38501400\n"), "crs_xian80", false},
		"an empty collection": {[]byte(`{"type":"FeatureCollection","features":[]}`), survey.CodeEmpty, false},
		"no plots":            {[]byte(many), "boundary_no_points", false},
		"JSON of something":   {[]byte(`[1,2,3]`), "geojson_wrong_type", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := survey.Read(tt.file, "", survey.Options{})
			var r *survey.Refusal
			if !errors.As(err, &r) || r.Issues[0].Code != tt.code || r.TooLarge != tt.size || r.Issues[0].Message == "" {
				t.Errorf("got %+v", err)
			}
		})
	}
}

// FuzzRead: whatever the bytes are, the door answers soon, the same twice, and what
// it calls ground can be taken.
func FuzzRead(f *testing.F) {
	for _, name := range []string{
		formats + "勘测定界-XY颠倒-gbk.txt", formats + "勘测定界-缺属性描述-gbk.txt", formats + "勘测定界-utf8bom-含孔洞.txt",
		"vector-formats/accept/codepage.zip", "vector-formats/accept/newlines.geojson", "vector-formats/reject/noshp.zip",
	} {
		f.Add(fixture(f, name), 0)
		f.Add(fixture(f, name), 4526)
	}
	f.Add([]byte("J1 3717250 38501000\nJ2 3717250 38501400\nJ3 3717000 38501400\n"), 4526)
	f.Add(workbook(f), 4526)
	f.Fuzz(func(t *testing.T, file []byte, said int) {
		start := time.Now()
		p, err := survey.Read(file, "", survey.Options{EPSG: said, City: luohe})
		if took := time.Since(start); took > 30*time.Second {
			t.Fatalf("took %s", took)
		}
		var r *survey.Refusal
		switch {
		case errors.As(err, &r):
			if len(r.Issues) == 0 || r.Issues[0].Code == "" || r.Issues[0].Message == "" {
				t.Fatalf("a refusal without words: %+v", r)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		for _, one := range p.Plots {
			if one.Ground == nil && len(one.Errors) == 0 {
				t.Fatalf("plot %d has neither ground nor an error", one.N)
			}
		}
		again, err := survey.Read(file, "", survey.Options{EPSG: said, City: luohe})
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Fatalf("the second reading differs: %v", err)
		}
	})
}
