package boundary_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/boundary"
	"guatu/geo/crs"
	"guatu/geo/shapefile"
)

// TestRefusals: every reason of the list, with the line it is on.
func TestRefusals(t *testing.T) {
	t.Parallel()
	a := header + plotA
	line := "5,10.0000,DK001,示例地块一,面,,工业用地,0601,@"
	with := func(old, new string) string {
		if !strings.Contains(a, old) {
			t.Fatalf("sample A has no %q", old)
		}
		return strings.Replace(a, old, new, 1)
	}
	for name, tt := range map[string]struct {
		text string
		opts boundary.Options
		code string
		line int
		says string
	}{
		"empty":                         {"", boundary.Options{}, boundary.CodeNoPlots, 0, "[地块坐标]"},
		"no [地块坐标]":                     {with("[地块坐标]\n", ""), boundary.Options{}, boundary.CodeNoPlots, 0, "[地块坐标]"},
		"nothing in it":                 {header, boundary.Options{}, boundary.CodeNoPoints, 0, "没有地块"},
		"a plot without points":         {header + "0,1,DK1,n,面,,,,@\n" + plotA, boundary.Options{}, boundary.CodeNoPoints, 13, "DK1"},
		"only plots without points":     {header + "0,1,DK1,n,面,,,,@\n", boundary.Options{}, boundary.CodeNoPoints, 0, "界址点"},
		"point before any plot":         {with(line+"\n", ""), boundary.Options{}, boundary.CodeOrphanPoint, 13, "地块行"},
		"plot line without @":           {with("0601,@", "0601"), boundary.Options{}, boundary.CodeNoAt, 13, "@"},
		"plot line without @, short":    {with(line, "5,10.0000,DK001,n,面"), boundary.Options{}, boundary.CodeNoAt, 13, "@"},
		"plot line without a kind":      {with(",面,", ",圆,"), boundary.Options{}, boundary.CodePlotLine, 13, "面"},
		"ring of two points":            {header + "2,1,DK1,n,面,,,,@\nJ1,1,3717250,38501000\nJ2,1,3717250,38501400\n", boundary.Options{}, "too_few_points", 14, "至少要 3 个"},
		"three points, two places":      {header + "3,1,DK1,n,面,,,,@\nJ1,1,3717250,38501000\nJ2,1,3717250,38501400\nJ1,1,3717250,38501000\n", boundary.Options{}, "too_few_points", 14, "2 个不同的点"},
		"NaN":                           {with("J2,1,3717250.000", "J2,1,NaN"), boundary.Options{}, boundary.CodeNumber, 15, "NaN"},
		"Inf":                           {with("J2,1,3717250.000", "J2,1,Inf"), boundary.Options{}, boundary.CodeNumber, 15, "Inf"},
		"exponent":                      {with("J2,1,3717250.000", "J2,1,3.71725e6"), boundary.Options{}, boundary.CodeNumber, 15, "科学计数"},
		"hexadecimal":                   {with("J2,1,3717250.000", "J2,1,0x38B8A2"), boundary.Options{}, boundary.CodeNumber, 15, "0x"},
		"underscores":                   {with("J2,1,3717250.000", "J2,1,3_717_250"), boundary.Options{}, boundary.CodeNumber, 15, "_"},
		"an empty number":               {with("J2,1,3717250.000,", "J2,1,,"), boundary.Options{}, boundary.CodeNumber, 15, "为空"},
		"two points in a number":        {with("J2,1,3717250.000", "J2,1,3717.250.000"), boundary.Options{}, boundary.CodeNumber, 15, "不是数值"},
		"a number of 40 digits":         {with("J2,1,3717250.000", "J2,1,"+strings.Repeat("1", 40)), boundary.Options{}, boundary.CodeNumber, 15, "不是数值"},
		"area is no number":             {with("10.0000", "十公顷"), boundary.Options{}, boundary.CodeNumber, 13, "面积"},
		"area is empty":                 {with("10.0000", ""), boundary.Options{}, boundary.CodeNumber, 13, "面积"},
		"count is no number":            {with("5,10", "五,10"), boundary.Options{}, boundary.CodeNumber, 13, "点数"},
		"count too high":                {with("5,10", "6,10"), boundary.Options{}, boundary.CodeCount, 13, "6 个点"},
		"count too low":                 {with("5,10", "3,10"), boundary.Options{}, boundary.CodeCount, 13, "3 个点"},
		"ring number zero":              {with("J2,1", "J2,0"), boundary.Options{}, boundary.CodeRingNumber, 15, "正整数"},
		"ring number negative":          {with("J2,1", "J2,-1"), boundary.Options{}, boundary.CodeRingNumber, 15, "正整数"},
		"ring number is a fraction":     {with("J2,1", "J2,1.5"), boundary.Options{}, boundary.CodeRingNumber, 15, "正整数"},
		"ring number is empty":          {with("J2,1", "J2,"), boundary.Options{}, boundary.CodeRingNumber, 15, "正整数"},
		"three columns":                 {with("J2,1,", "J2,"), boundary.Options{}, boundary.CodePointLine, 15, "4 列"},
		"five columns":                  {with("J2,1,3717250.000,38501400.000", "J2,1,3717250.000,38501400.000,61.5"), boundary.Options{}, boundary.CodePointLine, 15, "4 列"},
		"prefix is not 带号":              {with("带号=38", "带号=39"), boundary.Options{}, crs.CodePrefix, 0, "39"},
		"prefix is not what is said":    {with("带号=38", "带号="), boundary.Options{Zone: 37}, crs.CodePrefix, 0, "37"},
		"zone 24":                       {with("带号=38", "带号=24"), boundary.Options{}, crs.CodeZone, 0, "24"},
		"meridian as zone":              {with("带号=38", "带号=114"), boundary.Options{}, crs.CodeZone, 0, "中央子午线"},
		"width against zone":            {with("几度分带=3", "几度分带=6"), boundary.Options{}, crs.CodeContradiction, 0, "几度分带"},
		"zone is no number":             {with("带号=38", "带号=三十八"), boundary.Options{}, boundary.CodeHeader, 9, "三十八"},
		"1980 西安":                       {with("2000国家大地坐标系", "1980西安坐标系"), boundary.Options{}, crs.CodeXian80, 5, "测绘单位"},
		"1954 北京":                       {with("2000国家大地坐标系", "1954年北京坐标系"), boundary.Options{}, crs.CodeBeijing54, 5, "测绘单位"},
		"a local grid by name":          {with("2000国家大地坐标系", "漯河独立坐标系"), boundary.Options{}, crs.CodeLocalGrid, 5, "测绘单位"},
		"another system":                {with("2000国家大地坐标系", "WGS84"), boundary.Options{}, crs.CodeUnknown, 5, "WGS84"},
		"a local grid by numbers":       {strings.NewReplacer("3717", "17", "38501", "51").Replace(a), boundary.Options{}, crs.CodeLocalGrid, 14, "独立"},
		"system not said":               {with("坐标系=2000国家大地坐标系", "坐标系="), boundary.Options{}, boundary.CodeDatumMissing, 0, "坐标系"},
		"no header at all":              {"[地块坐标]\n" + plotA, boundary.Options{}, boundary.CodeDatumMissing, 0, "坐标系"},
		"zone not said":                 {strings.ReplaceAll(with("带号=38", "带号="), "38501", "501"), boundary.Options{}, crs.CodeZoneNeeded, 0, "带号"},
		"unit is not the metre":         {with("计量单位=米", "计量单位=千米"), boundary.Options{}, boundary.CodeUnitNotMetre, 8, "千米"},
		"projection":                    {with("高斯克吕格", "兰勃特"), boundary.Options{}, boundary.CodeProjection, 7, "兰勃特"},
		"system said twice":             {with("带号=38", "带号=38\n坐标系=1980西安坐标系"), boundary.Options{}, boundary.CodeHeader, 10, "两次"},
		"prefixed and bare mixed":       {with("J3,1,3717000.000,38501400.000", "J3,1,3717000.000,501400.000"), boundary.Options{}, crs.CodeMixed, 16, "统一"},
		"one pair swapped":              {with("J3,1,3717000.000,38501400.000", "J3,1,38501400.000,3717000.000"), boundary.Options{}, crs.CodeMixed, 16, "对调"},
		"two zones":                     {with("J3,1,3717000.000,38501400.000", "J3,1,3717000.000,39501400.000"), boundary.Options{}, crs.CodeMixed, 16, "38"},
		"degrees or minutes":            {header + "3,1,DK1,n,面,,,,@\nJ1,1,33.3448,114.0112\nJ2,1,33.3448,114.0113\nJ3,1,33.3449,114.0113\n", boundary.Options{}, crs.CodeDegreesUnclear, 0, "度"},
		"crosses itself":                {header + "4,10.0000,DK001,n,面,,,,@\nJ1,1,3717250,38501000\nJ2,1,3717000,38501400\nJ3,1,3717250,38501400\nJ4,1,3717000,38501000\n", boundary.Options{}, "ring_crosses_itself", 14, "J1—J2（第 14 行） 与 J3—J4（第 16 行） 两条边在 X=3717125.000、Y=38501200.000"},
		"touches itself":                {header + "6,10.0000,DK001,n,面,,,,@\nJ1,1,3717000,38501000\nJ2,1,3717100,38501100\nJ3,1,3717000,38501200\nJ4,1,3717200,38501200\nJ5,1,3717100,38501100\nJ6,1,3717200,38501000\n", boundary.Options{}, "ring_touches_itself", 18, "碰到了自己"},
		"rings cross":                   {header + "8,10.0000,DK001,n,面,,,,@\nJ1,1,3717000,38501000\nJ2,1,3717000,38501400\nJ3,1,3717400,38501400\nJ4,1,3717400,38501000\nK1,2,3717200,38501200\nK2,2,3717200,38501600\nK3,2,3717300,38501600\nK4,2,3717300,38501200\n", boundary.Options{}, "polygons_overlap", 18, "第 2 圈与第 1 圈在 X=3717200.000、Y=38501200.000 处相交"},
		"the same ring twice":           {header + "6,10.0000,DK001,n,面,,,,@\nJ1,1,3717000,38501000\nJ2,1,3717000,38501400\nJ3,1,3717400,38501400\nJ1,2,3717000,38501000\nJ2,2,3717000,38501400\nJ3,2,3717400,38501400\n", boundary.Options{}, "rings_cross", 14, "共边"},
		"area off by two percent":       {with("10.0000", "10.2000"), boundary.Options{}, boundary.CodeArea, 13, "2000.00"},
		"area in no unit":               {with("10.0000", "37.0000"), boundary.Options{}, boundary.CodeAreaUnit, 13, "37.0000"},
		"area of nothing":               {with("10.0000", "0"), boundary.Options{}, boundary.CodeAreaUnit, 13, "100000.00"},
		"number given twice":            {a + strings.ReplaceAll(plotA, "38501", "38502"), boundary.Options{}, boundary.CodeDuplicate, 19, "第 13 行"},
		"plots lie on each other":       {a + strings.NewReplacer("38501000", "38501390", "38501400", "38501790", "DK001", "DK002").Replace(plotA), boundary.Options{}, boundary.CodeOverlap, 19, "2500.00"},
		"outside of the city":           {a, boundary.Options{Within: orb.Bound{Min: orb.Point{113, 34}, Max: orb.Point{115, 35}}}, boundary.CodeOutside, 14, "范围之外"},
		"not text":                      {"PK\x03\x04\x00\x00\x00\x01", boundary.Options{}, boundary.CodeNotText, 0, "文本"},
		"bytes of no encoding":          {gbk(t, a) + "\xff\xff", boundary.Options{}, boundary.CodeEncoding, 0, "另存"},
		"broken UTF-8 behind a mark":    {"\ufeff" + a + "\xff", boundary.Options{}, boundary.CodeEncoding, 0, "另存"},
		"too many points":               {a, boundary.Options{Limits: boundary.Limits{Points: 4}}, boundary.CodeTooManyPoints, 18, "4 个"},
		"too many plots":                {header + plotsB, boundary.Options{Limits: boundary.Limits{Plots: 1}}, boundary.CodeTooManyPlots, 24, "1 个"},
		"too many rings":                {header + plotsB, boundary.Options{Limits: boundary.Limits{Rings: 1}}, boundary.CodeTooManyRings, 13, "1 圈"},
		"too large":                     {a, boundary.Options{Limits: boundary.Limits{Bytes: 100}}, boundary.CodeTooLarge, 0, "文件超过"},
		"title of another kind of file": {"点号,X,Y\n1,2,3\n", boundary.Options{}, boundary.CodeNoPlots, 0, "勘测定界"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := boundary.Read(strings.NewReader(tt.text), tt.opts)
			var all boundary.Errors
			if !errors.As(err, &all) || !errors.Is(err, boundary.ErrBoundary) {
				t.Fatalf("not refused: %v", err)
			}
			e := all[0]
			if e.Code != tt.code || e.Line != tt.line || !strings.Contains(e.Message, tt.says) || strings.Contains(e.Message, "%!") {
				t.Errorf("%s\nwant %s in line %d", explain(err), tt.code, tt.line)
			}
			if tt.line > 0 && !strings.HasPrefix(e.Message, "第 "+strconv.Itoa(tt.line)+" 行：") {
				t.Errorf("does not begin with the line: %s", e.Message)
			}
			if errors.Is(err, boundary.ErrTooLarge) != strings.HasPrefix(tt.code, "boundary_too_") {
				t.Errorf("ErrTooLarge does not fit %s", e.Code)
			}
		})
	}
}

// TestDrawnBesideErrors: a page can draw what is wrong, at its point.
func TestDrawnBesideErrors(t *testing.T) {
	t.Parallel()
	text := header + plotA + "4,10.0000,DK002,n,面,,,,@\nJ1,1,3717250,38502000\nJ2,1,3717000,38502400\nJ3,1,3717250,38502400\nJ4,1,3717000,38502000\n"
	f, err := boundary.Read(strings.NewReader(text), boundary.Options{})
	var e *boundary.Error
	if !errors.As(err, &e) || !errors.Is(err, geo.ErrNotSimple) || f == nil {
		t.Fatalf("%v, %+v", err, f)
	}
	if *e.At != (orb.Point{38502200, 3717125}) || math.Abs(e.LonLat[0]-114.0237) > 1e-3 || e.Plot != "DK002" || e.Point != "J1" || e.Flaw == nil {
		t.Errorf("%+v", e)
	}
	if f.Plots[0].Ground == nil || f.Plots[1].Ground != nil || f.Plots[1].Given == nil {
		t.Errorf("%+v", f.Plots)
	}
}

// TestAllErrorsAtOnce: a person mends them in one go, in the order of the lines.
func TestAllErrorsAtOnce(t *testing.T) {
	t.Parallel()
	text := header + "5,10,A,n,面,,,,@\nJ1,x,1,2\nJ2,1,3717250,a\nJ3,1,2\n9,10,B,n,面,,,,@\nJ1,1,3717250,38501000\n"
	_, err := boundary.Read(strings.NewReader(text), boundary.Options{})
	var all boundary.Errors
	errors.As(err, &all)
	var lines []int
	for _, e := range all {
		lines = append(lines, e.Line)
	}
	if diff := cmp.Diff([]int{14, 15, 16, 17}, lines); diff != "" {
		t.Error(diff, explain(err))
	}
	_, err = boundary.Read(strings.NewReader(header+strings.Repeat("x,y\n", 5000)+plotA+strings.Repeat("a,b,c,d\n", 5000)), boundary.Options{})
	if errors.As(err, &all); len(all) != 100 {
		t.Errorf("%d errors", len(all))
	}
}

// TestNeighboursAreNoOverlap: plots may share edges and corners, also a part of an edge.
func TestNeighboursAreNoOverlap(t *testing.T) {
	t.Parallel()
	east := strings.NewReplacer("38501000", "38501400", "38501400", "38501800", "DK001", "DK002").Replace(plotA)
	half := "4,1.0000,DK003,n,面,,,,@\nA,1,3717000,38501100\nB,1,3717000,38501200\nC,1,3716900,38501200\nD,1,3716900,38501100\n"
	inHole := "5,0.5000,DK009,n,面,,,,@\nJ5,1,3717100.00,38501150.00\nJ6,1,3717100.00,38501250.00\nJ7,1,3717150.00,38501250.00\nJ8,1,3717150.00,38501150.00\nJ5,1,3717100.00,38501150.00\n"
	sliver := strings.NewReplacer("38501000.000", "38501399.999", "38501400", "38501800", "DK001", "DK002").Replace(plotA)
	for name, text := range map[string]string{
		"one beside the other": header + plotA + east + half, "one in the hole of another": header + plotsB + inHole, "a millimetre of rounding": header + plotA + sliver,
	} {
		if f := read(t, text); f.Confirm() {
			t.Errorf("%s: %+v", name, f.Notes)
		}
	}
}

// TestOverlapAreas compares with figures that can be computed in the head.
func TestOverlapAreas(t *testing.T) {
	t.Parallel()
	square := func(e, n, size float64) orb.Ring {
		return orb.Ring{{e, n}, {e + size, n}, {e + size, n + size}, {e, n + size}, {e, n}}
	}
	diamond := func(e, n, r float64) orb.Ring {
		return orb.Ring{{e - r, n}, {e, n - r}, {e + r, n}, {e, n + r}, {e - r, n}}
	}
	const e, n = 38501000.0, 3717000.0
	for name, tt := range map[string]struct {
		a, b orb.MultiPolygon
		want float64
	}{
		"the same":              {orb.MultiPolygon{{square(e, n, 100)}}, orb.MultiPolygon{{square(e, n, 100)}}, 10_000},
		"a quarter":             {orb.MultiPolygon{{square(e, n, 100)}}, orb.MultiPolygon{{square(e+50, n+50, 100)}}, 2_500},
		"inside":                {orb.MultiPolygon{{square(e, n, 100)}}, orb.MultiPolygon{{square(e+20, n+30, 10)}}, 100},
		"in the hole":           {orb.MultiPolygon{{square(e, n, 100), square(e+10, n+10, 50)}}, orb.MultiPolygon{{square(e+10, n+10, 50)}}, 0},
		"over the hole":         {orb.MultiPolygon{{square(e, n, 100), square(e+10, n+10, 50)}}, orb.MultiPolygon{{square(e, n, 100)}}, 7_500},
		"beside":                {orb.MultiPolygon{{square(e, n, 100)}}, orb.MultiPolygon{{square(e+100, n, 100)}}, 0},
		"corner to corner":      {orb.MultiPolygon{{square(e, n, 100)}}, orb.MultiPolygon{{square(e+100, n+100, 100)}}, 0},
		"a star of two":         {orb.MultiPolygon{{square(e-50, n-50, 100)}}, orb.MultiPolygon{{diamond(e, n, 70)}}, 9_800 - 4*400},
		"two parts":             {orb.MultiPolygon{{square(e, n, 10)}, {square(e+50, n, 10)}}, orb.MultiPolygon{{square(e+5, n, 50)}}, 100},
		"diamonds edge to edge": {orb.MultiPolygon{{diamond(e, n, 70)}}, orb.MultiPolygon{{diamond(e+70, n+70, 70)}}, 0},
	} {
		for _, pair := range [][2]orb.MultiPolygon{{tt.a, tt.b}, {tt.b, tt.a}} {
			if got, at := boundary.Common(pair[0], pair[1]); math.Abs(got-tt.want) > 1e-3 {
				t.Errorf("%s: %.6f m² at %v, want %v", name, got, at, tt.want)
			}
		}
	}
}

// TestLimitsInTime: the largest files cost little processor time, whatever they
// say. With -short (and so the race detector) they are small and not timed.
func TestLimitsInTime(t *testing.T) {
	size := 1
	if testing.Short() {
		size = 20
	}
	var star, comb, many, nests strings.Builder
	for i := range 99_999 / size { // one ring that crosses itself everywhere
		sin, cos := math.Sincos(float64(i) * 2.4)
		fmt.Fprintf(&star, "J,1,%.3f,%.3f\n", 3717000+1000*sin, 38501000+1000*cos)
	}
	for k := range 2 { // two combs whose long teeth lie between each other, half a metre apart
		back := 38499000 + 3000*k
		fmt.Fprintf(&comb, "%d,1,DK%d,n,面,,,,@\nJ,1,3716999.9,%d\n", 40_000/size+2, k, back)
		for i := range 40_000 / size {
			fmt.Fprintf(&comb, "J,1,%.4f,%.4f\n", 3717000+float64(i)*0.1, 38500000+float64(i)*0.001+900*float64(i%2)+float64(k)*0.5)
		}
		fmt.Fprintf(&comb, "J,1,%.1f,%d\n", 3717000+0.1*float64(40_000/size)+0.1, back)
	}
	for i := range 9_000 / size { // many plots in one box, none touching
		x := 3717000 + float64(i)*0.1
		fmt.Fprintf(&many, "3,1,DK%d,n,面,,,,@\nA,1,%.3f,38501000\nB,1,%.3f,38502000\nC,1,%.3f,38502000\n", i, x, x+1000, x+1000.05)
	}
	fmt.Fprintf(&nests, "4000,1,DK1,n,面,,,,@\n")
	for i := range 1000 { // a thousand rings, each in the one before
		d := float64(i)
		fmt.Fprintf(&nests, "A,%d,%.3f,%.3f\nB,%d,%.3f,%.3f\nC,%d,%.3f,%.3f\nD,%d,%.3f,%.3f\n", i+1, 3717000+d, 38501000+d, i+1, 3717000+d, 38505000-d, i+1, 3721000-d, 38505000-d, i+1, 3721000-d, 38501000+d)
	}
	for name, text := range map[string]string{
		"a star":           strconv.Itoa(99_999/size) + ",1,DK1,n,面,,,,@\n" + star.String(),
		"two combs":        comb.String(),
		"many plots":       many.String(),
		"a thousand rings": nests.String(),
		"commas":           strings.Repeat(",", 5<<20) + "@\n",
		"one long number":  "3,1,DK1,n,面,,,,@\nJ,1," + strings.Repeat("1", 5<<20) + ",1\n",
	} {
		t.Run(name, func(t *testing.T) {
			var f *boundary.File
			var err error
			took := cpuTime(t, func() { f, err = boundary.Read(strings.NewReader(header+text), boundary.Options{}) })
			if took > 4*time.Second && size == 1 { // 0.1 to 1 s on an idle machine
				t.Errorf("took %v", took)
			}
			var all boundary.Errors
			if err != nil && !errors.As(err, &all) {
				t.Fatal(err)
			}
			if name == "two combs" && size == 1 && (f == nil || !f.Confirm()) { // unknown is never shown as clear
				t.Errorf("nobody is told that the combs were not compared: %v", err)
			}
			t.Logf("%v, %d errors", took, len(all))
		})
	}
}

// TestOverlapsOfFixtures compares with GEOS on real land use: what forty sites
// have in common with forest and farmland, in the plane.
func TestOverlapsOfFixtures(t *testing.T) {
	t.Parallel()
	const dir = "../../../shared/fixtures/vector-osm/"
	open := func(path string) []byte {
		b, err := os.ReadFile(dir + path)
		if err != nil {
			t.Fatalf("the fixtures belong beside the repository: %v", err)
		}
		return b
	}
	b := open("liechtenstein-formats/shp-gbk-nocpg-4547.zip")
	layers, err := shapefile.Open(bytes.NewReader(b), int64(len(b)), shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	patches := map[string][]orb.MultiPolygon{}
	for f, err := range layers[0].Features() {
		if err != nil {
			t.Fatal(err)
		}
		kind := f.Values[1].(string)[:2]
		patches[kind] = append(patches[kind], f.Geometry.(orb.MultiPolygon))
	}
	sites, err := geo.DecodeGeoJSON(bytes.NewReader(open("liechtenstein-sites.geojson")), geo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	ground := map[string]orb.MultiPolygon{}
	s, _ := crs.ZoneSystem(38, false)
	for _, site := range sites {
		plane, err := s.Projector().ForwardGround(orb.MultiPolygon{site.Geometry.(orb.Polygon)})
		if err != nil {
			t.Fatal(err)
		}
		ground[site.Properties["site_id"].(string)] = plane
	}
	r := csv.NewReader(bytes.NewReader(open("liechtenstein-overlap-truth.csv")))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 41 {
		t.Fatal(len(rows), err)
	}
	// The shapefiles lack the last eleven patches of the layer; three sites touch them.
	lacking := map[string]bool{"LI-S002": true, "LI-S018": true, "LI-S025": true}
	for _, row := range rows[1:] {
		for column, kind := range map[int]string{3: "03", 5: "01"} {
			want, _ := strconv.ParseFloat(row[column], 64)
			got := 0.0
			for _, patch := range patches[kind] {
				m2, _ := boundary.Common(ground[row[0]], patch)
				got += m2
			}
			if got > want+0.01 || got < want-0.01 && !lacking[row[0]] {
				t.Errorf("%s with %s: %.4f m², want %.4f", row[0], kind, got, want)
			}
		}
	}
}
