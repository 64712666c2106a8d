package shapefile_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"guatu/geo/crs"
	"guatu/geo/shapefile"
)

// patches makes a layer of n squares with the columns of 地类图斑.
func patches(t testing.TB, n int) []byte {
	t.Helper()
	table := shapefile.Table{
		Name: "DLTB", Shape: shapefile.Polygons, System: zone38(t),
		Fields: []shapefile.Field{{Name: "BSM", Type: 'C'}, {Name: "DLBM", Type: 'C'}, {Name: "DLMC", Type: 'C'}, {Name: "ZLDWMC", Type: 'C'}, {Name: "TBMJ", Type: 'N', Decimals: 2}},
	}
	classes := [][2]string{{"0101", "水田"}, {"0102", "水浇地"}, {"0301", "乔木林地"}, {"1104A", "养殖坑塘"}}
	for i := range n {
		class := classes[i%len(classes)]
		e, n := float64(i%1000)*50, float64(i/1000)*50
		ring := make(orb.Ring, 0, 25)
		for k := range 24 {
			sin, cos := math.Sincos(-float64(k) / 24 * 2 * math.Pi)
			ring = append(ring, orb.Point{38480000 + e + 20*cos, 3700000 + n + 20*sin})
		}
		table.Features = append(table.Features, shapefile.Feature{
			Geometry: orb.MultiPolygon{{append(ring, ring[0])}},
			Values:   []any{strconv.Itoa(4111020000 + i), class[0], class[1], "召陵区万金镇" + strconv.Itoa(i%90) + "村", 1242.5},
		})
	}
	return write(t, table)
}

// TestStreaming: a layer of 100,000 patches is read with the memory of a few.
func TestStreaming(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 3_000
	}
	b := patches(t, n)
	l := one(t, b, shapefile.Options{})
	runtime.GC()
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	var most uint64
	count, area := 0, 0.0
	for f, err := range l.Features() {
		if err != nil {
			t.Fatal(told(err))
		}
		area += crs.PlanarM2(f.Geometry.(orb.MultiPolygon))
		if count++; count%(n/5) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&during)
			most = max(most, during.HeapAlloc)
		}
	}
	if count != n || math.Abs(area/float64(n)-1242.3) > 1 {
		t.Errorf("%d patches of %.1f m²", count, area/float64(n))
	}
	if most > before.HeapAlloc+8<<20 {
		t.Errorf("%d MB held while reading", (most-before.HeapAlloc)>>20)
	}
	runtime.KeepAlive(b)
}

// TestStreamEndsEarly: a reader that stops leaves nothing open, and may begin again.
func TestStreamEndsEarly(t *testing.T) {
	t.Parallel()
	l := one(t, patches(t, 100), shapefile.Options{})
	for range 3 {
		n := 0
		for range l.Features() {
			if n++; n == 2 {
				break
			}
		}
	}
	if n := len(all(t, l)); n != 100 {
		t.Errorf("%d patches", n)
	}
}

// TestDamagedInTransit: flipped bits in the packed data are noticed at the latest at the end.
func TestDamagedInTransit(t *testing.T) {
	t.Parallel()
	good := patches(t, 200)
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File[:3] {
		from, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		b := bytes.Clone(good)
		b[from+int64(f.CompressedSize64)*2/3] ^= 0x10
		_, err = ending(b, shapefile.Options{})
		if !errors.Is(err, shapefile.ErrShapefile) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		table := shapefile.Table{Name: rapid.StringMatching(`[一-龥a-z]{1,8}`).Draw(r, "name"), Shape: shapefile.Polygons, System: zone38(t)}
		kinds := rapid.SliceOfN(rapid.SampledFrom([]byte{'C', 'N', 'F', 'D', 'L'}), 0, 6).Draw(r, "kinds")
		for i, k := range kinds {
			table.Fields = append(table.Fields, shapefile.Field{Name: "字段" + strconv.Itoa(i), Type: k, Decimals: map[byte]int{'F': 3}[k]})
		}
		for i := range rapid.IntRange(0, 8).Draw(r, "features") {
			f := shapefile.Feature{Record: i + 1, Values: []any{}}
			parts := orb.MultiPolygon{}
			for p := range rapid.IntRange(0, 3).Draw(r, "parts") {
				polygon := orb.Polygon{box(float64(p)*1000, 0, 500)}
				for h := range rapid.IntRange(0, 3).Draw(r, "holes") {
					polygon = append(polygon, reversed(box(float64(p)*1000+float64(h)*100+10, 10, rapid.Float64Range(1, 50).Draw(r, "size"))))
				}
				parts = append(parts, polygon)
			}
			if len(parts) > 0 {
				f.Geometry = parts
			}
			for _, k := range kinds {
				f.Values = append(f.Values, draw(r, k))
			}
			table.Features = append(table.Features, f)
		}
		var b bytes.Buffer
		if _, err := shapefile.Write(&b, table); err != nil {
			r.Fatal(err)
		}
		layers, err := open(b.Bytes(), shapefile.Options{})
		if err != nil {
			r.Fatal(told(err))
		}
		var got []shapefile.Feature
		for f, err := range layers[0].Features() {
			if err != nil {
				r.Fatal(told(err))
			}
			got = append(got, f)
		}
		if diff := cmp.Diff(table.Features, got); diff != "" {
			r.Fatal(diff)
		}
	})
}

// draw makes a value of a field type, or none.
func draw(r *rapid.T, kind byte) any {
	if rapid.IntRange(0, 4).Draw(r, "blank") == 0 {
		return nil
	}
	switch kind {
	case 'C':
		if s := strings.TrimSpace(rapid.StringMatching(`[一-龥A-Za-z0-9，。（）]{0,20}`).Draw(r, "text")); s != "" {
			return s
		}
		return nil
	case 'N':
		return rapid.Int64Range(-1e15, 1e15).Draw(r, "whole")
	case 'F':
		return math.Round(rapid.Float64Range(-1e6, 1e6).Draw(r, "number")*1000)/1000 + 0
	case 'D':
		return "2025-0" + strconv.Itoa(rapid.IntRange(1, 9).Draw(r, "month")) + "-15"
	}
	return rapid.Bool().Draw(r, "yes")
}

// judge reads a whole archive and keeps what every answer must keep.
func judge(t *testing.T, b []byte) {
	layers, err := open(b, shapefile.Options{Limits: shapefile.Limits{Bytes: 8 << 20, Vertices: 10_000, Parts: 1_000}})
	check := func(err error) {
		var e *shapefile.Error
		if err != nil && (!errors.As(err, &e) || e.Code == "" || e.Message == "" || strings.Contains(e.Message, "%!")) {
			t.Fatalf("refused without words: %v", err)
		}
	}
	check(err)
	for _, l := range layers {
		_, _, err := l.System()
		check(err)
		shapefile.SchemaOf(l)
		for f, err := range l.Features() {
			check(err)
			if err == nil && (f.Record < 1 || l.Rows >= 0 && len(f.Values) != len(l.Fields)) {
				t.Fatalf("%+v", f)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(write(f, sample(f)))
	for _, pattern := range []string{"vector-formats/*/*.zip", "vector-osm/liechtenstein-formats/shp*.zip"} {
		files, _ := filepath.Glob(fixtures + pattern)
		for _, path := range files {
			if b, err := os.ReadFile(path); err == nil && len(b) < 100_000 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(judge)
}

// FuzzFiles gives the files themselves, so that checksums do not stand in the way.
func FuzzFiles(f *testing.F) {
	files := unpack(f, write(f, sample(f)))
	f.Add(files["地类图斑.shp"], files["地类图斑.shx"], files["地类图斑.dbf"], "GBK")
	f.Add(files["地类图斑.shp"], []byte{}, table(0x4d, [][3]any{{"F", "I", 4}, {"G", "M", 10}}, " abcd", "*abcd", " xxxx"), "")
	f.Fuzz(func(t *testing.T, shp, shx, dbf []byte, cpg string) {
		if len(shp) >= 28 { // so that more than the first check is reached
			binary.BigEndian.PutUint32(shp[24:], uint32(len(shp)/2))
		}
		if len(shx) >= 28 {
			binary.BigEndian.PutUint32(shx[24:], uint32(len(shx)/2))
		}
		members := map[string][]byte{"a.shp": shp, "a.dbf": dbf, "a.cpg": []byte(cpg)}
		if len(shx) > 0 {
			members["a.shx"] = shx
		}
		judge(t, stored(t, members))
	})
}

// TestMutations garbles bytes of every file: answers keep their promises.
func TestMutations(t *testing.T) {
	t.Parallel()
	good := unpack(t, write(t, sample(t)))
	rnd := rand.New(rand.NewPCG(11, 11))
	bytesOf := []byte{0, 1, 2, 3, 5, 7, 8, 13, 15, 25, '*', ' ', 0x7f, 0x80, 0xff, 'N', 'D', 'I', 'O'}
	rounds, whole := 5000, 0
	if testing.Short() {
		rounds = 500
	}
	for range rounds {
		files := map[string][]byte{}
		for name, body := range good {
			files[name] = bytes.Clone(body)
		}
		for range 1 + rnd.IntN(4) {
			name := "地类图斑" + []string{".shp", ".shp", ".shx", ".dbf", ".dbf", ".prj"}[rnd.IntN(6)]
			body := files[name]
			switch at := rnd.IntN(len(body)); rnd.IntN(8) {
			case 0:
				if name == "地类图斑.dbf" {
					files[name] = body[:max(at, 1)]
				}
			case 1:
				body[at] ^= 1 << rnd.IntN(8)
			default:
				body[at] = bytesOf[rnd.IntN(len(bytesOf))]
			}
		}
		b := stored(t, files)
		judge(t, b)
		if _, err := ending(b, shapefile.Options{}); err == nil {
			whole++
		}
	}
	if whole < rounds/10 || whole > rounds*9/10 {
		t.Errorf("%d of %d were read whole", whole, rounds)
	}
}

// stored packs without packing, which is quicker.
func stored(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name})
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

func BenchmarkFeatures(b *testing.B) {
	packed := patches(b, 20_000)
	l := one(b, packed, shapefile.Options{})
	b.SetBytes(int64(len(packed)))
	for b.Loop() {
		n := 0
		for _, err := range l.Features() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64(n), "features/op")
	}
}
