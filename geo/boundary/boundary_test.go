package boundary_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"guatu/geo"
	"guatu/geo/boundary"
	"guatu/geo/crs"
)

const header = `[属性描述]
格式版本号=1.01
数据产生单位=示例测绘单位
数据产生日期=2025-06-15
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=,,,,,,
[地块坐标]
`

const plotA = `5,10.0000,DK001,示例地块一,面,,工业用地,0601,@
J1,1,3717250.000,38501000.000
J2,1,3717250.000,38501400.000
J3,1,3717000.000,38501400.000
J4,1,3717000.000,38501000.000
J1,1,3717250.000,38501000.000
`

const plotsB = `10,9.5000,DK001,示例地块一（扣除内岛）,面,,工业用地,,@
J1,1,3717250.00,38501000.00
J2,1,3717250.00,38501400.00
J3,1,3717000.00,38501400.00
J4,1,3717000.00,38501000.00
J1,1,3717250.00,38501000.00
J5,2,3717100.00,38501150.00
J6,2,3717100.00,38501250.00
J7,2,3717150.00,38501250.00
J8,2,3717150.00,38501150.00
J5,2,3717100.00,38501150.00
4,0.6000,DK002,示例地块二,面,,公路用地,,@
1,1,3717000.00,38501500.00
2,1,3717060.00,38501500.00
3,1,3717060.00,38501600.00
4,1,3717000.00,38501600.00
`

// ring is what sample A is, in east and north.
var ring = orb.Ring{{38501000, 3717250}, {38501400, 3717250}, {38501400, 3717000}, {38501000, 3717000}, {38501000, 3717250}}

func read(t testing.TB, text string) *boundary.File {
	t.Helper()
	f, err := boundary.Read(strings.NewReader(text), boundary.Options{})
	if err != nil {
		t.Fatal(explain(err))
	}
	return f
}

// explain lists what a refusal says.
func explain(err error) string {
	var all boundary.Errors
	if !errors.As(err, &all) {
		return "no boundary.Errors: " + err.Error()
	}
	var b strings.Builder
	for _, e := range all {
		b.WriteString(e.Code + " " + e.Message + "\n")
	}
	return b.String()
}

func codes(f *boundary.File) (notes []string) {
	for _, n := range f.Notes {
		notes = append(notes, n.Code)
	}
	return notes
}

func TestSampleA(t *testing.T) {
	t.Parallel()
	f := read(t, header+plotA)
	if len(f.Plots) != 1 || f.System.EPSG != 4526 || f.Order != crs.NorthFirst || f.Unit != boundary.Hectare || len(f.Notes) != 0 {
		t.Fatalf("%+v", f)
	}
	p := f.Plots[0]
	if p.Number != "DK001" || p.Name != "示例地块一" || p.Kind != boundary.Area || p.Sheet != "" || p.Use != "工业用地" || p.LandCode != "0601" || len(p.Extra) != 0 || p.Line != 13 {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff(orb.MultiPolygon{{ring}}, p.Plane); diff != "" {
		t.Error(diff)
	}
	if p.PlanarM2 != 100_000 || p.DeclaredM2 != 100_000 || math.Abs(p.EllipsoidalM2-100_000) > 0.01 {
		t.Errorf("areas %v %v %v", p.DeclaredM2, p.PlanarM2, p.EllipsoidalM2)
	}
	// The corners that PostGIS computes.
	bound := p.Ground.Bound()
	for i, want := range []float64{114.010771485, 33.579317658, 114.015080471, 33.58157119} {
		if got := []float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]}[i]; math.Abs(got-want) > 1e-6 { // the edges are not quite parallels
			t.Errorf("corner %d is %.9f, want %.9f", i, got, want)
		}
	}
	if geo.Check(p.Ground) != nil || f.Entry("数据产生单位").Value != "示例测绘单位" || f.Why == "" || p.Points[0].First != "3717250.000" {
		t.Errorf("%+v", f)
	}
}

func TestSampleB(t *testing.T) {
	t.Parallel()
	f := read(t, header+plotsB)
	if len(f.Plots) != 2 || f.Plots[0].PlanarM2 != 95_000 || f.Plots[1].PlanarM2 != 6_000 {
		t.Fatalf("%+v", f.Plots)
	}
	if len(f.Plots[0].Ground) != 1 || len(f.Plots[0].Ground[0]) != 2 || len(f.Plots[1].Ground[0]) != 1 {
		t.Errorf("rings %v", f.Plots[0].Ground)
	}
	if diff := cmp.Diff([]string{boundary.CodeClosed}, codes(f)); diff != "" || f.Notes[0].Line != 24 || f.Confirm() {
		t.Errorf("%+v", f.Notes)
	}
}

func gbk(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func utf16(t testing.TB, s string, order unicode.Endianness, bom unicode.BOMPolicy) string {
	t.Helper()
	out, err := unicode.UTF16(order, bom).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestVariants: the forms seen in the wild all say sample A.
func TestVariants(t *testing.T) {
	t.Parallel()
	a := header + plotA
	swap := strings.NewReplacer(
		"3717250.000,38501000.000", "38501000.000,3717250.000", "3717250.000,38501400.000", "38501400.000,3717250.000",
		"3717000.000,38501400.000", "38501400.000,3717000.000", "3717000.000,38501000.000", "38501000.000,3717000.000")
	line := "5,10.0000,DK001,示例地块一,面,,工业用地,0601,@"
	for name, tt := range map[string]struct {
		text  string
		opts  boundary.Options
		form  boundary.Encoding
		notes []string
	}{
		"UTF-8":                  {text: a},
		"UTF-8 with a mark":      {text: "\ufeff" + a, form: boundary.UTF8BOM},
		"GBK":                    {text: gbk(t, a), form: boundary.GB18030},
		"UTF-16LE with a mark":   {text: utf16(t, a, unicode.LittleEndian, unicode.UseBOM), form: boundary.UTF16LEBOM},
		"UTF-16LE without":       {text: utf16(t, a, unicode.LittleEndian, unicode.IgnoreBOM), form: boundary.UTF16LE},
		"UTF-16BE with a mark":   {text: utf16(t, a, unicode.BigEndian, unicode.UseBOM), form: boundary.UTF16BEBOM},
		"CR LF":                  {text: strings.ReplaceAll(a, "\n", "\r\n")},
		"CR only":                {text: strings.ReplaceAll(a, "\n", "\r")},
		"GBK with CR only":       {text: gbk(t, strings.ReplaceAll(a, "\n", "\r")), form: boundary.GB18030},
		"no end of line":         {text: strings.TrimRight(a, "\n")},
		"blank lines":            {text: strings.ReplaceAll(a, "\n", "\n\n  \n")},
		"end of file of DOS":     {text: a + "\x1a"},
		"names without J":        {text: strings.ReplaceAll(a, "\nJ", "\n")},
		"not closed":             {text: strings.TrimSuffix(strings.Replace(a, "5,10.0000", "4,10.0000", 1), "J1,1,3717250.000,38501000.000\n"), notes: []string{boundary.CodeClosed}},
		"count without closing":  {text: strings.Replace(a, "5,10.0000", "4,10.0000", 1)},
		"bare eastings":          {text: strings.ReplaceAll(a, "38501", "501")},
		"east first":             {text: swap.Replace(a), notes: []string{boundary.CodeEastFirst}},
		"spaces after commas":    {text: strings.Replace(a, line, "5, 10.0000, DK001, 示例地块一, 面, , 工业用地, 0601, @", 1)},
		"old line without name":  {text: strings.Replace(a, line, "5,10.0000,DK001,面,,工业用地,0601,@", 1)},
		"thirteen columns":       {text: strings.Replace(a, line, "5,10.0000,DK001,示例地块一,面,,工业用地,0601,旱地,6,5,备注,@", 1)},
		"short line":             {text: strings.Replace(a, line, "5,10.0000,DK001,示例地块一,面,@", 1)},
		"name with a comma":      {text: strings.Replace(a, line, "5,10.0000,DK001,示例,地块一,面,,工业用地,0601,@", 1)},
		"name is 面":              {text: strings.Replace(a, line, "5,10.0000,DK001,面,面,,工业用地,0601,@", 1)},
		"full-width commas":      {text: strings.NewReplacer(",", "，", "=", "＝").Replace(a)},
		"full-width digits":      {text: strings.Replace(a, "J2,1,3717250.000", "J2,１,３７１７２５０．０００", 1)},
		"full-width brackets":    {text: strings.NewReplacer("[", "［", "]", "］").Replace(a)},
		"an earlier section":     {text: "[项目信息]\n项目名称=示例\n坐标系说明=无\n" + a},
		"a later section":        {text: a + "[备注]\n无, 5,5,@\n"},
		"values left blank":      {text: strings.NewReplacer("几度分带=3", "几度分带=", "带号=38", "带号=", "投影类型=高斯克吕格", "投影类型 = ").Replace(a)},
		"zeros as parameters":    {text: strings.Replace(a, ",,,,,,", "0,0,0,0,0,0,0", 1)},
		"real parameters":        {text: strings.Replace(a, ",,,,,,", "-12.3,4,5,0,0,0,1", 1), notes: []string{boundary.CodeShiftParameters}},
		"no header":              {text: "[地块坐标]\n" + plotA, opts: boundary.Options{Datum: crs.CGCS2000}, notes: []string{boundary.CodeNoHeader}},
		"bare, zone from person": {text: strings.ReplaceAll("[地块坐标]\n"+plotA, "38501", "501"), opts: boundary.Options{Datum: crs.CGCS2000, Zone: 38}, notes: []string{boundary.CodeNoHeader}},
		"area in m²":             {text: strings.Replace(a, "10.0000", "100000", 1)},
		"area in 亩":              {text: strings.Replace(a, "10.0000", "150.0", 1)},
		"area in km²":            {text: strings.Replace(a, "10.0000", "0.1", 1)},
		"area a little off":      {text: strings.Replace(a, "10.0000", "10.0300", 1), notes: []string{boundary.CodeAreaDiffers}},
		"clockwise or not":       {text: header + "4,10.0000,DK001,示例地块一,面,,工业用地,0601,@\nJ1,1,3717250,38501000\nJ4,1,3717000,38501000\nJ3,1,3717000,38501400\nJ2,1,3717250,38501400\n", notes: []string{boundary.CodeClosed}},
		"zone written 38带":       {text: strings.Replace(a, "带号=38", "带号=38带", 1)},
		"trailing commas":        {text: strings.ReplaceAll(a, "1000.000\n", "1000.000,,\n")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := boundary.Read(strings.NewReader(tt.text), tt.opts)
			if err != nil {
				t.Fatal(explain(err))
			}
			p := f.Plots[0]
			if len(f.Plots) != 1 || p.Number != "DK001" || math.Abs(p.PlanarM2-100_000) > 1e-6 || math.Abs(p.DeclaredM2/100_000-1) > 0.004 {
				t.Errorf("%+v", p)
			}
			if b := p.Ground.Bound(); math.Abs(b.Min[0]-114.010771485) > 1e-6 || math.Abs(b.Max[1]-33.58157119) > 1e-6 {
				t.Errorf("lies at %v", b)
			}
			if tt.form != "" && f.Form.Encoding != tt.form {
				t.Errorf("read as %s", f.Form.Encoding)
			}
			if diff := cmp.Diff(tt.notes, codes(f)); diff != "" {
				t.Error(diff)
			}
			again := writeAgain(t, f, tt.opts)
			if diff := cmp.Diff(f.Plots, again.Plots, ignoreLines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

var ignoreLines = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Line" }, cmp.Ignore())

// writeAgain writes f and reads it again; the second writing is byte for byte the first.
func writeAgain(t testing.TB, f *boundary.File, opts boundary.Options) *boundary.File {
	t.Helper()
	var first, second bytes.Buffer
	if err := f.Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := boundary.Read(bytes.NewReader(first.Bytes()), opts)
	if err != nil {
		t.Fatalf("written and refused: %s\n%s", explain(err), first.String())
	}
	if err := again.Write(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatalf("%v\n%s\n%s", err, first.String(), second.String())
	}
	if again.Form != f.Form || again.System != f.System || again.Unit != f.Unit {
		t.Fatalf("%+v is not %+v", again, f)
	}
	return again
}

func TestWrittenAsItStood(t *testing.T) {
	t.Parallel()
	a := header + plotA
	for name, text := range map[string]string{
		"sample A": a, "sample B": header + plotsB, "CR LF": strings.ReplaceAll(a, "\n", "\r\n"), "CR only": strings.ReplaceAll(a, "\n", "\r"),
		"no final end": strings.TrimSuffix(a, "\n"), "with a mark": "\ufeff" + a, "GBK": gbk(t, a), "UTF-16LE": utf16(t, a, unicode.LittleEndian, unicode.IgnoreBOM),
		"sections": "[项目信息]\nx=1\n\n" + a + "[备注]\nabc\n\n",
	} {
		var b bytes.Buffer
		if err := read(t, text).Write(&b); err != nil || b.String() != text {
			t.Errorf("%s: %v\n%q", name, err, b.String())
		}
	}
}

// TestDegrees: a file in degrees says so by its unit, or a person does.
func TestDegrees(t *testing.T) {
	t.Parallel()
	points := "3,5.7205,DK1,n,面,,,,@\nJ1,1,33.58,114.01\nJ2,1,33.58,114.015\nJ3,1,33.5822222222,114.015\n"
	f := read(t, strings.Replace(header, "计量单位=米", "计量单位=度", 1)+points)
	p := f.Plots[0]
	if f.System.EPSG != 4490 || f.PlaneSystem.EPSG != 4547 || math.Abs(p.PlanarM2-57_205) > 5 || p.Ground[0][0][0][0] < 114 {
		t.Errorf("%s, %.1f m²", f.System, p.PlanarM2)
	}
}

func TestPartsAndHoles(t *testing.T) {
	t.Parallel()
	square := func(ring string, north, east, size float64) string {
		var b strings.Builder
		for _, d := range [][2]float64{{0, 0}, {0, size}, {size, size}, {size, 0}, {0, 0}} {
			b.WriteString("J," + ring + "," + decimals(north+d[0]) + "," + decimals(east+d[1]) + "\n")
		}
		return b.String()
	}
	for name, tt := range map[string]struct {
		points string
		n      string
		ha     string
		rings  []int // per part
	}{
		"hole":                        {square("1", 3717000, 38501000, 400) + square("2", 3717100, 38501100, 100), "10", "15", []int{2}},
		"hole first":                  {square("1", 3717100, 38501100, 100) + square("2", 3717000, 38501000, 400), "10", "15", []int{2}},
		"two parts":                   {square("1", 3717000, 38501000, 100) + square("2", 3717000, 38502000, 100), "10", "2", []int{1, 1}},
		"part within a hole":          {square("1", 3717000, 38501000, 400) + square("2", 3717100, 38501100, 200) + square("3", 3717150, 38501150, 100), "15", "13", []int{2, 1}},
		"numbers go back":             {square("1", 3717000, 38501000, 100) + square("2", 3717000, 38502000, 100) + square("1", 3717000, 38503000, 100), "15", "3", []int{1, 1, 1}},
		"hole that touches at a dot":  {square("1", 3717000, 38501000, 400) + "J,2,3717000,38501200\nJ,2,3717100,38501300\nJ,2,3717100,38501100\n", "8", "15", []int{2}},
		"parts that touch at a point": {square("1", 3717000, 38501000, 100) + square("2", 3717100, 38501100, 100), "10", "2", []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := read(t, header+tt.n+","+tt.ha+",DK1,n,面,,,,@\n"+tt.points)
			var rings []int
			for _, polygon := range f.Plots[0].Ground {
				rings = append(rings, len(polygon))
			}
			if diff := cmp.Diff(tt.rings, rings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func decimals(v float64) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// expected is 勘测定界-expected.json.
type expected map[string]struct {
	Rings    int
	Vertices int
	Area     float64    `json:"area_geodesic_m2"`
	Centroid [2]float64 `json:"centroid_lonlat"`
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	const dir = "../../../shared/fixtures/vector-osm/liechtenstein-formats/"
	b, err := os.ReadFile(dir + "勘测定界-expected.json")
	if err != nil {
		t.Fatalf("the fixtures belong beside the repository: %v", err)
	}
	var want expected
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for file, tt := range map[string]struct {
		epsg, plots int
		confirm     bool
		refused     string
		answer      boundary.Options // what a person answers to the refusal
	}{
		"勘测定界-带号前缀-gbk.txt":    {epsg: 4526, plots: 6},
		"勘测定界-无前缀-utf8.txt":    {epsg: 4547, plots: 6},
		"勘测定界-utf8bom-含孔洞.txt": {epsg: 4526, plots: 1},
		"勘测定界-XY颠倒-gbk.txt":    {epsg: 4526, plots: 2, confirm: true},
		"勘测定界-缺属性描述-gbk.txt":   {epsg: 4526, plots: 2, refused: boundary.CodeDatumMissing, answer: boundary.Options{Datum: crs.CGCS2000}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(dir + file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := boundary.Read(bytes.NewReader(b), boundary.Options{})
			if tt.refused != "" {
				var e *boundary.Error
				if !errors.As(err, &e) || e.Code != tt.refused || e.Needs != crs.NeedSystem || len(e.Suggest) != 1 || e.Suggest[0].EPSG != tt.epsg {
					t.Fatalf("%+v", err)
				}
				f, err = boundary.Read(bytes.NewReader(b), tt.answer)
			}
			if err != nil {
				t.Fatal(explain(err))
			}
			if f.System.EPSG != tt.epsg || len(f.Plots) != tt.plots || f.Confirm() != tt.confirm || f.Unit != boundary.Hectare {
				t.Fatalf("%s, %d plots, notes %+v", f.System, len(f.Plots), f.Notes)
			}
			for _, p := range f.Plots {
				w := want[p.Number]
				if len(p.Ground) != 1 || len(p.Ground[0]) != w.Rings || len(p.Ground[0][0]) != w.Vertices+1 {
					t.Errorf("%s: %v", p.Number, p.Ground)
				}
				// The file's coordinates are rounded to a millimetre.
				if math.Abs(p.EllipsoidalM2/w.Area-1) > 1e-5 {
					t.Errorf("%s: %.3f m², want %.3f", p.Number, p.EllipsoidalM2, w.Area)
				}
				center := p.Ground.Bound().Center()
				if math.Abs(center[0]-w.Centroid[0]) > 2e-6 || math.Abs(center[1]-w.Centroid[1]) > 2e-6 {
					t.Errorf("%s lies at %v, want %v", p.Number, center, w.Centroid)
				}
			}
			var again bytes.Buffer
			if err := f.Write(&again); err != nil || !bytes.Equal(again.Bytes(), b) {
				t.Errorf("written as %q, %v", again.String(), err)
			}
		})
	}
	if files, _ := filepath.Glob(dir + "*.txt"); len(files) != 5 {
		t.Errorf("%d files in the fixtures, want 5: %v", len(files), files)
	}
}
