package geo_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"guatu/geo"
)

func decode(text string) ([]geo.Feature, error) {
	return geo.DecodeGeoJSON(strings.NewReader(text), geo.Limits{})
}

func TestDecodeGeoJSONTakes(t *testing.T) {
	t.Parallel()
	pointAt := []geo.Feature{{Geometry: orb.Point{114.02, 33.58}}}
	ring := orb.Ring{{114, 33}, {114.1, 33}, {114.1, 33.1}, {114, 33}}
	hole := orb.Ring{{114.05, 33.02}, {114.07, 33.05}, {114.07, 33.02}, {114.05, 33.02}}
	for name, tt := range map[string]struct {
		text string
		want []geo.Feature
	}{
		"a bare point":           {`{"type":"Point","coordinates":[114.02,33.58]}`, pointAt},
		"members in any order":   {`{"coordinates":[114.02,33.58],"extra":[{"a":"]}"}],"type":"Point"}`, pointAt},
		"byte order mark, space": {"\xef\xbb\xbf \r\n\t{ \"type\" : \"Point\" , \"coordinates\" : [ 114.02 , 33.58 ] } \n", pointAt},
		"escaped names":          {`{"\u0074ype":"P\u006fint","coordinates":[114.02,33.58]}`, pointAt},
		"exponents":              {`{"type":"Point","coordinates":[1.1402e2,3358e-2]}`, pointAt},
		"height":                 {`{"type":"Point","coordinates":[114.02,33.58,61.5]}`, []geo.Feature{{Geometry: orb.Point{114.02, 33.58}, HadHeights: true}}},
		"minus zero is zero":     {`{"type":"Point","coordinates":[-0,-0.0]}`, []geo.Feature{{Geometry: orb.Point{0, 0}}}},
		"a feature": {`{"type":"Feature","id":7,"properties":{"名称":"示例","n":1.5},"geometry":{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}}`,
			[]geo.Feature{{ID: "7", Properties: map[string]any{"名称": "示例", "n": 1.5}, Geometry: orb.MultiPoint{{1, 2}, {3, 4}}}}},
		"no place":            {`{"type":"Feature","properties":null,"geometry":null}`, []geo.Feature{{}}},
		"an empty collection": {`{"type":"FeatureCollection","features":[]}`, []geo.Feature{}},
		"several": {`{"type":"FeatureCollection","features":[{"type":"Feature","id":"a","geometry":null},{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}]}`,
			[]geo.Feature{{ID: "a"}, {Geometry: orb.Point{1, 2}}}},
		"rings are wound": {`{"type":"Polygon","coordinates":[[[114,33],[114.1,33.1],[114.1,33],[114,33]],[[114.05,33.02],[114.07,33.02],[114.07,33.05],[114.05,33.02]]]}`,
			[]geo.Feature{{Geometry: orb.Polygon{ring, hole}}}},
		"lines": {`{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}`,
			[]geo.Feature{{Geometry: orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}}}},
		"a collection": {`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[1,2],[3,4]]}]}`,
			[]geo.Feature{{Geometry: orb.Collection{orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}}}}},
		"multipolygon": {`{"type":"MultiPolygon","coordinates":[[[[114,33],[114.1,33],[114.1,33.1],[114,33]]]]}`,
			[]geo.Feature{{Geometry: orb.MultiPolygon{{ring}}}}},
		"crs of GDAL":           {`{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"type":"Point","coordinates":[114.02,33.58]}`, pointAt},
		"crs 4490":              {`{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}},"type":"Point","coordinates":[114.02,33.58]}`, pointAt},
		"crs 4490 with version": {`{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG:9.9.1:4490"}},"type":"Point","coordinates":[114.02,33.58]}`, pointAt},
		"crs as an address":     {`{"crs":{"type":"name","properties":{"name":"http://www.opengis.net/def/crs/EPSG/0/4326"}},"type":"Point","coordinates":[114.02,33.58]}`, pointAt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decode(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if len(got) == 1 {
				if p, ok := got[0].Geometry.(orb.Point); ok && p[0] == 0 && math.Signbit(p[0]) {
					t.Error("minus zero came through")
				}
			}
		})
	}
}

func polygonText(ring string) string { return `{"type":"Polygon","coordinates":[[` + ring + `]]}` }

func TestDecodeGeoJSONRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 5000) + `{"type":"Point","coordinates":[1,2]}` + strings.Repeat(`]}`, 5000)
	crs := func(name string) string {
		return `{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"` + name + `"}}}`
	}
	for name, tt := range map[string]struct {
		text, code, path string
		says             string // a part of the message
	}{
		"nothing":                {"", geo.CodeNotJSON, "$", "空的"},
		"not JSON":               {"POINT(1 2)", geo.CodeNotJSON, "$", "第 1 行"},
		"cut off":                {`{"type":"Point","coordinates":[1,`, geo.CodeNotJSON, "$", "突然结束"},
		"two texts":              {`{"type":"Point","coordinates":[1,2]} {}`, geo.CodeNotJSON, "$", "不是合法的 JSON"},
		"NaN":                    {"{\"type\":\"Point\",\n\"coordinates\":[NaN,2]}", geo.CodeNotJSON, "$", "第 2 行有 NaN"},
		"Infinity":               {`{"type":"Point","coordinates":[Infinity,2]}`, geo.CodeNotJSON, "$", "Infinity"},
		"-Infinity":              {`{"type":"Point","coordinates":[1,-Infinity]}`, geo.CodeNotJSON, "$", "Infinity"},
		"a string":               {`"Point"`, geo.CodeType, "$", "文本"},
		"a huge exponent":        {`{"type":"Point","coordinates":[1e400,2]}`, geo.CodeNumberRange, "$.coordinates[0]", "1e400"},
		"a huge one elsewhere":   {`{"type":"Feature","geometry":null,"properties":{"a":[1,{"b":-9e999}]}}`, geo.CodeNumberRange, "$.properties.a[1].b", "太大"},
		"GBK":                    {"{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"\xc3\xfb\":1}}", geo.CodeNotUTF8, "$", "UTF-8"},
		"a key twice":            {`{"type":"Point","coordinates":[1,2],"coordinates":[3,4]}`, geo.CodeDuplicateKey, "$", "coordinates"},
		"a key twice, escaped":   {`{"type":"Point","t\u0079pe":"Point","coordinates":[1,2]}`, geo.CodeDuplicateKey, "$", "type"},
		"a key twice, inside":    {`{"type":"Feature","geometry":null,"properties":{"a":{"b":1,"b":2}}}`, geo.CodeDuplicateKey, "$.properties.a", "b"},
		"5,000 deep":             {deep, geo.CodeTooDeep, "$", "太深"},
		"brackets only":          {strings.Repeat("[", 100000), geo.CodeTooDeep, "$", "太深"},
		"null in geometries":     {`{"type":"GeometryCollection","geometries":[null]}`, geo.CodeType, "$.geometries[0]", "null"},
		"empty geometries":       {`{"type":"GeometryCollection","geometries":[]}`, geo.CodeEmpty, "$.geometries", "空"},
		"empty point":            {`{"type":"Point","coordinates":[]}`, geo.CodePosition, "$.coordinates", "0 个数"},
		"empty polygon":          {`{"type":"Polygon","coordinates":[]}`, geo.CodeEmpty, "$.coordinates", "空"},
		"empty ring":             {`{"type":"Polygon","coordinates":[[]]}`, geo.CodeEmpty, "$.coordinates[0]", "空"},
		"one number":             {`{"type":"Point","coordinates":[1]}`, geo.CodePosition, "$.coordinates", "1 个数"},
		"too flat":               {`{"type":"Polygon","coordinates":[[1,2],[3,4]]}`, geo.CodePosition, "$.coordinates[0][0]", "数值"},
		"too deep":               {`{"type":"LineString","coordinates":[[[1,2],[3,4]]]}`, geo.CodePosition, "$.coordinates[0][0]", "数组"},
		"mixed heights":          {`{"type":"LineString","coordinates":[[1,2,3],[3,4]]}`, geo.CodeMixedZ, "$.coordinates[1]", "高程"},
		"latitude 200":           {`{"type":"Point","coordinates":[1,200]}`, geo.CodeLonLat, "$.coordinates", "±90"},
		"swapped":                {`{"type":"Point","coordinates":[33.58,114.02]}`, geo.CodeSwapped, "$.coordinates", "[114.02, 33.58]"},
		"metres with zone":       {`{"type":"Point","coordinates":[38501856.74,3717075.81]}`, geo.CodeLonLat, "$.coordinates", "第 38 带"},
		"metres, north first":    {`{"type":"Point","coordinates":[3717075.81,38501856.74]}`, geo.CodeLonLat, "$.coordinates", "第 38 带"},
		"metres without zone":    {`{"type":"Point","coordinates":[501856.74,3717075.81]}`, geo.CodeLonLat, "$.coordinates", "米制"},
		"not closed":             {polygonText(`[1,1],[2,1],[2,2],[1,2]`), "ring_not_closed", "$.coordinates[0][3]", "没有闭合"},
		"two corners":            {polygonText(`[1,1],[2,1],[1,1],[1,1]`), "too_few_points", "$.coordinates[0]", "太少"},
		"crosses itself":         {polygonText(`[114,33],[114.2,33.2],[114.2,33],[114,33.2],[114,33]`), "ring_crosses_itself", "$.coordinates[0][0]", "经度 114.1000000、纬度 33.1000000 处"},
		"across the dateline":    {polygonText(`[170,40],[-170,40],[-170,50],[170,50],[170,40]`), geo.CodeAntimeridian, "$.coordinates[0][1]", "180°"},
		"nested collections":     {`{"type":"GeometryCollection","geometries":[{"type":"GeometryCollection","geometries":[]}]}`, geo.CodeNested, "$.geometries[0]", "GeometryCollection"},
		"wrong case":             {`{"type":"polygon","coordinates":[]}`, geo.CodeType, "$.type", "Polygon"},
		"in a collection":        {`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null},{"type":"Feature","geometry":{"type":"Point","coordinates":[1,"2"]}}]}`, geo.CodePosition, "$.features[1].geometry.coordinates[1]", "第 2 个要素："},
		"crs in metres":          {crs("urn:ogc:def:crs:EPSG::4526"), geo.CodeCRS, "$.crs", "高斯投影"},
		"crs of 1980":            {crs("EPSG:4610"), geo.CodeCRS, "$.crs", "西安"},
		"crs of 1954":            {crs("EPSG:2437"), geo.CodeCRS, "$.crs", "北京"},
		"crs of the web":         {crs("EPSG:3857"), geo.CodeCRS, "$.crs", "墨卡托"},
		"crs unheard of":         {crs("GCJ-02"), geo.CodeCRS, "$.crs", "GCJ-02"},
		"crs that links":         {`{"type":"Point","coordinates":[1,2],"crs":{"type":"link","properties":{"href":"x"}}}`, geo.CodeCRS, "$.crs", "名称"},
		"crs null":               {`{"type":"Point","coordinates":[1,2],"crs":null}`, geo.CodeCRS, "$.crs", "未知"},
		"crs of a feature":       {`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"crs":1}]}`, geo.CodeCRS, "$.features[0].crs", "名称"},
		"no geometry":            {`{"type":"Feature","properties":{}}`, geo.CodeMember, "$", "geometry"},
		"a feature in a feature": {`{"type":"Feature","geometry":{"type":"Feature","geometry":null}}`, geo.CodeType, "$.geometry.type", "Feature"},
		"geometry as a feature":  {`{"type":"FeatureCollection","features":[{"type":"Point","coordinates":[1,2]}]}`, geo.CodeType, "$.features[0].type", "Point"},
		"topology":               {`{"type":"Topology","objects":{}}`, geo.CodeType, "$.type", "Topology"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(tt.text)
			var refusal *geo.GeoJSONError
			if !errors.As(err, &refusal) {
				t.Fatalf("DecodeGeoJSON = %v", err)
			}
			if refusal.Code != tt.code || refusal.Path != tt.path || !strings.Contains(refusal.Message, tt.says) {
				t.Errorf("got %s at %s: %s\nwant %s at %s: …%s…", refusal.Code, refusal.Path, refusal.Message, tt.code, tt.path, tt.says)
			}
			if !errors.Is(err, geo.ErrGeoJSON) || errors.Is(err, geo.ErrNotSimple) != (refusal.Flaw != nil) {
				t.Errorf("sentinels of %v", err)
			}
		})
	}
}

func TestDecodeGeoJSONLimits(t *testing.T) {
	t.Parallel()
	points := func(n int) string {
		return `{"type":"MultiPoint","coordinates":[` + strings.Repeat("[1,2],", n-1) + `[1,2]]}`
	}
	features := func(n, each int) string {
		one := `{"type":"Feature","geometry":` + points(each) + `}`
		return `{"type":"FeatureCollection","features":[` + strings.Repeat(one+",", n-1) + one + `]}`
	}
	var rings strings.Builder
	rings.WriteString(`[[0,0],[0.9,0],[0.9,0.9],[0,0.9],[0,0]]`)
	for i := range 1000 {
		x := 0.001 + float64(i)*0.0008
		fmt.Fprintf(&rings, ",[[%f,0.1],[%f,0.1],[%f,0.2],[%f,0.1]]", x, x+0.0004, x, x)
	}
	for name, tt := range map[string]struct {
		text string
		lim  geo.Limits
		code string
	}{
		"as many points as a feature may have": {points(20_000), geo.Limits{}, ""},
		"one more":                             {points(20_001), geo.Limits{}, geo.CodeTooMany},
		"as many points as a request may have": {features(10, 20_000), geo.Limits{}, ""},
		"one more feature":                     {features(11, 19_000), geo.Limits{}, geo.CodeTooMany},
		"too many rings":                       {`{"type":"Polygon","coordinates":[` + rings.String() + `]}`, geo.Limits{}, geo.CodeTooManyRings},
		"too many bytes":                       {points(100) + strings.Repeat(" ", 4<<20), geo.Limits{}, geo.CodeTooLarge},
		"too many members":                     {`{"type":"Feature","geometry":null,"properties":{` + manyKeys(1001) + `}}`, geo.Limits{}, geo.CodeTooManyMembers},
		"own limits":                           {points(10), geo.Limits{Vertices: 9}, geo.CodeTooMany},
		"rings within own limits":              {`{"type":"Polygon","coordinates":[` + rings.String() + `]}`, geo.Limits{Rings: 1001}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := geo.DecodeGeoJSON(strings.NewReader(tt.text), tt.lim)
			var refusal *geo.GeoJSONError
			switch {
			case tt.code == "" && err != nil:
				t.Error(err)
			case tt.code != "" && (!errors.As(err, &refusal) || refusal.Code != tt.code || !errors.Is(err, geo.ErrTooLarge)):
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
}

func TestDecodeGeoJSONKeepsToTheCity(t *testing.T) {
	t.Parallel()
	city := geo.Limits{Within: orb.Bound{Min: orb.Point{113.4, 33.3}, Max: orb.Point{114.3, 34.0}}}
	for text, code := range map[string]string{
		`[114.02,33.58]`:   "",
		`[33.58,114.02]`:   geo.CodeSwapped,
		`[116.4,39.9]`:     geo.CodeOutside,
		`[40.0,80.0]`:      geo.CodeOutside,
		`[501856,3717075]`: geo.CodeLonLat,
	} {
		_, err := geo.DecodeGeoJSON(strings.NewReader(`{"type":"Point","coordinates":`+text+`}`), city)
		var refusal *geo.GeoJSONError
		if code == "" && err != nil || code != "" && (!errors.As(err, &refusal) || refusal.Code != code) {
			t.Errorf("%s = %v, want %q", text, err, code)
		}
	}
}

func TestDecodeGeoJSONPassesOnReadErrors(t *testing.T) {
	t.Parallel()
	_, err := geo.DecodeGeoJSON(iotest.ErrReader(io.ErrUnexpectedEOF), geo.Limits{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, geo.ErrGeoJSON) {
		t.Errorf("DecodeGeoJSON = %v", err)
	}
}

// TestDecodeGeoJSONIsQuick is G10: the worst that the limits let through. It is
// not parallel, so that the processor time is its own.
func TestDecodeGeoJSONIsQuick(t *testing.T) {
	collection := func(n int, ring func(i int) orb.Ring) string {
		var features []geo.Feature
		for i := range n {
			features = append(features, geo.Feature{Geometry: orb.Polygon{ring(i)}})
		}
		var b bytes.Buffer
		if err := geo.EncodeGeoJSON(&b, features); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	round := func(p orb.Point) orb.Point {
		return orb.Point{math.Round(p[0]*1e5) / 1e5, math.Round(p[1]*1e5) / 1e5}
	}
	scribble := func(n int) func(int) orb.Ring {
		return func(int) orb.Ring {
			r := make(orb.Ring, n)
			for i := range r {
				r[i] = round(orb.Point{114 + rnd.Float64(), 33 + rnd.Float64()})
			}
			return append(r, r[0])
		}
	}
	for name, tt := range map[string]struct {
		text  string
		ok    bool
		limit time.Duration
	}{
		"crossing ring of 200":        {collection(1, scribble(200)), false, 100 * time.Millisecond},
		"crossing ring of 2,000":      {collection(1, scribble(2000)), false, 100 * time.Millisecond},
		"valid ring of 20,000":        {collection(1, func(int) orb.Ring { return surveyed(rnd, 19_999) }), true, 250 * time.Millisecond},
		"4 MB of valid rings":         {collection(9, func(int) orb.Ring { return surveyed(rnd, 18_000) }), true, 250 * time.Millisecond},
		"4 MB of properties":          {`{"type":"Feature","geometry":null,"properties":{"a":["` + strings.Repeat(`x","`, 800_000) + `"]}}`, true, 250 * time.Millisecond},
		"4 MB of keys":                {`{"type":"Feature","geometry":null,"properties":{` + manyKeys(400_000) + `}}`, false, 250 * time.Millisecond},
		"100,000 brackets":            {strings.Repeat("[", 100_000), false, 50 * time.Millisecond},
		"an endless number":           {`{"type":"Point","coordinates":[1,` + strings.Repeat("1", 4_000_000) + `]}`, false, 250 * time.Millisecond},
		"4 MB of empty collections":   {`{"type":"FeatureCollection","features":[` + strings.Repeat(`{"type":"Feature","geometry":null},`, 110_000) + `{"type":"Feature","geometry":null}]}`, true, 400 * time.Millisecond},
		"4 MB of backslashes in keys": {`{"` + strings.Repeat(`\\`, 2_000_000) + `":1}`, false, 250 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			took := cpuTime(t, func() { _, err = decode(tt.text) })
			t.Logf("%.1f MB in %v", float64(len(tt.text))/(1<<20), took)
			if (err == nil) != tt.ok {
				t.Errorf("DecodeGeoJSON = %v", err)
			}
			if took > tt.limit*raceSlack {
				t.Errorf("took %v, want at most %v", took, tt.limit)
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%x":1`, i)
	}
	return b.String()
}

func TestEncodeGeoJSON(t *testing.T) {
	t.Parallel()
	for want, g := range map[string]orb.Geometry{
		`null`: orb.MultiPolygon(nil),
		`{"type":"Point","coordinates":[114.0200001,33]}`:                                   orb.Point{114.02000011, 33},
		`{"type":"Point","coordinates":[0,-0.5]}`:                                           orb.Point{-1e-9, -0.5},
		`{"type":"MultiPoint","coordinates":[[1,2],[30,40]]}`:                               orb.MultiPoint{{1, 2}, {30, 40}},
		`{"type":"LineString","coordinates":[[1,2],[3,4]]}`:                                 orb.LineString{{1, 2}, {3, 4}},
		`{"type":"MultiLineString","coordinates":[[[1,2],[3,4]]]}`:                          orb.MultiLineString{{{1, 2}, {3, 4}}},
		`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`:                      orb.Ring{{0, 0}, {1, 0}, {1, 1}, {0, 0}},
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}`:               orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}},
		`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}`: orb.Collection{orb.Point{1, 2}},
		`{"type":"Polygon","coordinates":[[[1,2],[3,2],[3,4],[1,4],[1,2]]]}`:                orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}},
	} {
		if got := string(geo.AppendGeoJSON(nil, g)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}

	features := []geo.Feature{
		{ID: `a"b`, Geometry: orb.Point{1, 2}, Properties: map[string]any{"名称": "<示例>"}},
		{ID: "", Geometry: orb.Polygon{square(114, 33, 0.5)}},
		{Geometry: nil},
	}
	var b bytes.Buffer
	if err := geo.EncodeGeoJSON(&b, features); err != nil {
		t.Fatal(err)
	}
	back, err := geo.DecodeGeoJSON(&b, geo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(features, back); diff != "" {
		t.Error(diff)
	}
	if err := geo.EncodeGeoJSON(io.Discard, []geo.Feature{{Properties: map[string]any{"a": math.NaN()}}}); err == nil {
		t.Error("wrote NaN")
	}
}

// sharedSet opens a set of fixtures outside the repository; a clone without it
// says so and goes on with its own cases.
func sharedSet(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "fixtures", pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Logf("fixture set %s is not here: only the cases of this repository were run", pattern)
	}
	return files
}

func TestGeoJSONHintFixtures(t *testing.T) {
	t.Parallel()
	for _, file := range sharedSet(t, "geometry/geojsonhint/good/*.geojson") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(string(b)); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	// What each bad file is refused for here. Where geojsonhint complains of
	// something else, or only remarks, the difference is told.
	codes := map[string]string{
		"bad-featurelist":                     geo.CodePosition,
		"bad-object-type":                     geo.CodeType,
		"bad-polygonloop":                     geo.CodePosition,
		"badcoord":                            geo.CodePosition,
		"badfeature":                          geo.CodeType,
		"bbox-4or6elements":                   geo.CodeBBox,
		"bbox-string":                         geo.CodeBBox,
		"different-first-size":                geo.CodeMixedZ, // hint: not closed. Heights are dropped here, so what is wrong is that one point has one
		"expected_object":                     geo.CodeType,
		"feature_changed_semantics":           geo.CodeMember,
		"featurecollection-type-case":         geo.CodeType,
		"featurecollection_changed_semantics": geo.CodeMember,
		"geometrycollection_nested":           geo.CodeNested, // hint says should; here must
		"multiple_problems":                   geo.CodeType,   // the first of five
		"multipoint-nondimension":             geo.CodePosition,
		"notype":                              geo.CodeMember,
		"point-string":                        geo.CodePosition,
		"point-toomany":                       geo.CodePosition, // hint only remarks; a fourth number has no meaning that is known
		"polygon_winding_order":               "",               // hint only remarks; the ring is turned
		"short-line":                          "too_few_points",
		"short-multilinestring":               "too_few_points",
		"unknowntype":                         geo.CodeType,
	}
	for _, file := range sharedSet(t, "geometry/geojsonhint/bad/*.geojson") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".geojson")
		want, ok := codes[name]
		if !ok {
			t.Errorf("%s is new: decide what it is refused for", name)
		}
		_, err = decode(string(b))
		var refusal *geo.GeoJSONError
		if want == "" && err != nil || want != "" && (!errors.As(err, &refusal) || refusal.Code != want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestAntimeridianFixtures(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"simple":     "",                    // lies between 90 and 100 degrees
		"issues-182": "ring_crosses_itself", // not at the antimeridian: runs back over its own edge
		"over-180":   geo.CodeLonLat,        // 190 degrees are no longitude
	}
	for _, file := range sharedSet(t, "geometry/antimeridian/input/*.json") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		want, ok := others[name]
		if !ok {
			want = geo.CodeAntimeridian
		}
		_, err = decode(string(b))
		var refusal *geo.GeoJSONError
		if want == "" && err != nil || want != "" && (!errors.As(err, &refusal) || refusal.Code != want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestLiechtensteinSites(t *testing.T) {
	t.Parallel()
	for _, file := range sharedSet(t, "vector-osm/liechtenstein-sites.geojson") {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		sites, err := geo.DecodeGeoJSON(f, geo.Limits{Within: orb.Bound{Min: orb.Point{113, 33}, Max: orb.Point{115, 35}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(sites) != 40 || sites[0].Properties["site_id"] != "LI-S001" {
			t.Errorf("%d sites, first %v", len(sites), sites[0].Properties)
		}
	}
}

// TestGEOSFixtures holds Check against the verdicts that GEOS tests itself with.
func TestGEOSFixtures(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	judged := 0
	for _, file := range sharedSet(t, "geometry/geos-xml/*.xml") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var run struct {
			Cases []struct {
				Desc string `xml:"desc"`
				A    string `xml:"a"`
				B    string `xml:"b"`
				Ops  []struct {
					Name string `xml:"name,attr"`
					Arg  string `xml:"arg1,attr"`
					Want string `xml:",chardata"`
				} `xml:"test>op"`
			} `xml:"case"`
		}
		if err := xml.Unmarshal(b, &run); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range run.Cases {
			for _, op := range c.Ops {
				text := strings.TrimSpace(c.A)
				if strings.EqualFold(op.Arg, "b") {
					text = strings.TrimSpace(c.B)
				}
				// PostGIS has no linear rings and cannot read empty points into orb.
				if op.Name != "isValid" || strings.HasPrefix(text, "LINEARRING") || strings.HasPrefix(text, "POINT EMPTY") {
					continue
				}
				var g orb.Geometry
				cast := "ST_SetSRID(ST_GeomFromText($1), 4490)"
				if text[0] == '0' {
					cast = "ST_SetSRID($1::geometry, 4490)"
				}
				if err := conn.QueryRow(t.Context(), "SELECT "+cast, text).Scan(&g); err != nil {
					if errors.Is(err, geo.ErrNotFinite) || errors.Is(err, geo.ErrEmptyPoint) || strings.Contains(err.Error(), "geometry requires more points") || strings.Contains(err.Error(), "non-closed rings") || strings.Contains(err.Error(), "invalid geometry") {
						continue // refused before it is a geometry
					}
					t.Errorf("%s: %s: %v", filepath.Base(file), c.Desc, err)
					continue
				}
				judged++
				if got := geo.Check(g); (got == nil) != strings.Contains(op.Want, "true") {
					t.Errorf("%s: %s: Check = %v, want %s", filepath.Base(file), c.Desc, got, op.Want)
				}
			}
		}
	}
	t.Logf("%d verdicts", judged)
}

func FuzzGeoJSON(f *testing.F) {
	for _, text := range []string{
		`{"type":"Feature","id":7,"properties":{"a":[1,{"b":"\u00e9"}]},"geometry":{"type":"Polygon","coordinates":[[[114,33],[114.1,33],[114.1,33.1],[114,33]]]}}`,
		`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null}]}`,
		`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2,3]}]}`,
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]],[[2,1],[3,2],[3,1],[2,1]]]],"bbox":[0,0,4,4]}`,
		`{"type":"Point","coordinates":[1e400,-0]} `, `{"a":NaN}`, "\xef\xbb\xbf{}", `[[[[`, `{"type":"Point","crs":{"type":"name","properties":{"name":"EPSG:4526"}}}`,
	} {
		f.Add([]byte(text))
	}
	for _, pattern := range []string{"geometry/geojsonhint/*/*.geojson", "geometry/antimeridian/input/*.json"} {
		for _, file := range sharedSet(f, pattern) {
			if b, err := os.ReadFile(file); err == nil {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		features, err := geo.DecodeGeoJSON(bytes.NewReader(b), geo.Limits{})
		var refusal *geo.GeoJSONError
		if err != nil {
			if !errors.As(err, &refusal) || refusal.Code == "" || refusal.Message == "" || !strings.HasPrefix(refusal.Path, "$") {
				t.Fatalf("refused without words: %v", err)
			}
			return
		}
		if !json.Valid(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))) {
			t.Fatal("took what is no JSON")
		}
		for _, feature := range features {
			if feature.Geometry == nil {
				continue
			}
			if err := geo.Check(feature.Geometry); err != nil {
				t.Fatalf("took ground with a flaw: %v", err)
			}
			if _, err := geo.AppendEWKB(nil, feature.Geometry); err != nil {
				t.Fatalf("took what cannot be stored: %v", err)
			}
		}
		var again bytes.Buffer
		if err := geo.EncodeGeoJSON(&again, features); err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		// Rounding to a centimetre may close a gap; nothing else may happen.
		if _, err := geo.DecodeGeoJSON(&again, geo.Limits{Bytes: 64 << 20}); err != nil && !errors.Is(err, geo.ErrNotSimple) {
			t.Fatalf("written and refused: %v\n%s", err, again.Bytes())
		}
	})
}

func BenchmarkDecodeGeoJSON(b *testing.B) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var features []geo.Feature
	for range 9 {
		features = append(features, geo.Feature{Geometry: orb.Polygon{surveyed(rnd, 18_000)}})
	}
	var text bytes.Buffer
	if err := geo.EncodeGeoJSON(&text, features); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := geo.DecodeGeoJSON(bytes.NewReader(text.Bytes()), geo.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
