package shapefile_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"

	"guatu/geo/shapefile"
)

// table makes a .dbf by hand: fields as name, type and length, and rows as they stand.
func table(driver byte, fields [][3]any, rows ...string) []byte {
	b := make([]byte, 32)
	width := 1
	for _, f := range fields {
		var d [32]byte
		copy(d[:11], f[0].(string))
		d[11], d[16] = f[1].(string)[0], byte(f[2].(int))
		width += f[2].(int)
		b = append(b, d[:]...)
	}
	b = append(b, '\r')
	b[0], b[29] = 3, driver
	binary.LittleEndian.PutUint32(b[4:], uint32(len(rows)))
	binary.LittleEndian.PutUint16(b[8:], uint16(len(b)))
	binary.LittleEndian.PutUint16(b[10:], uint16(width))
	for _, r := range rows {
		b = append(b, r+strings.Repeat(" ", width-len(r))...)
	}
	return append(b, 0x1a)
}

// dotted packs a table with as many points.
func dotted(t testing.TB, dbf []byte, cpg string) *shapefile.Layer {
	t.Helper()
	n := int(binary.LittleEndian.Uint32(dbf[4:]))
	features := make([]shapefile.Feature, n)
	for i := range features {
		features[i] = shapefile.Feature{Geometry: orb.Point{38501000, 3717000}, Values: []any{}}
	}
	files := unpack(t, write(t, shapefile.Table{Name: "p", Shape: shapefile.Points, System: zone38(t), Features: features}))
	delete(files, "p.cpg")
	if cpg != "" {
		files["p.cpg"] = []byte(cpg)
	}
	files["p.dbf"] = dbf
	return one(t, pack(t, files), shapefile.Options{})
}

func TestFieldTypes(t *testing.T) {
	t.Parallel()
	integer, double := "\x85\xff\xff\xff", string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(1.5)))
	nan := string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())))
	for name, tt := range map[string]struct {
		kind string
		cell string
		want any
		odd  bool
	}{
		"text": {"C", "abc", "abc", false}, "text of NULs": {"C", "ab\x00\x00xx", "ab", false}, "blank text": {"C", "    ", nil, false},
		"whole number": {"N", "   42", int64(42), false}, "point": {"N", "1.50", 1.5, false}, "float": {"F", "1.5e+3", 1500.0, false},
		"blank number": {"N", "     ", nil, false}, "stars": {"N", "*****", nil, true}, "NaN": {"N", "nan", nil, true}, "words": {"N", "一", nil, true}, "comma": {"N", "1,5", nil, true},
		"twenty digits": {"N", "12345678901234567890", 12345678901234567890.0, false},
		"day":           {"D", "20231231", "2023-12-31", false}, "no day": {"D", "00000000", nil, false}, "odd day": {"D", "20231331", nil, true}, "short day": {"D", "2023", nil, true},
		"yes": {"L", "T", true, false}, "no": {"L", "n", false, false}, "unknown": {"L", "?", nil, false}, "odd yes": {"L", "X", nil, true},
		"integer": {"I", integer, int64(-123), false}, "double": {"O", double, 1.5, false}, "no double": {"O", nan, nil, true}, "double of FoxPro": {"B", double, 1.5, false},
		"memo": {"M", "0000000012", nil, false}, "short integer": {"I", "ab", nil, true}, "unknown type": {"Z", "abc", "abc", false},
	} {
		l := dotted(t, table(0, [][3]any{{"F", tt.kind, len(tt.cell)}}, " "+tt.cell), "")
		f := all(t, l)[0]
		if diff := cmp.Diff(tt.want, f.Values[0]); diff != "" || (len(f.Odd) > 0) != tt.odd {
			t.Errorf("%s: %s, odd %v", name, diff, f.Odd)
		}
	}
}

// TestDeletedRows: their shapes are left out, too.
func TestDeletedRows(t *testing.T) {
	t.Parallel()
	l := dotted(t, table(0, [][3]any{{"F", "C", 3}}, " one", "*two", " ten"), "")
	var got []any
	for _, f := range all(t, l) {
		got = append(got, f.Record, f.Values[0])
	}
	if diff := cmp.Diff([]any{1, "one", 3, "ten"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	gbk := func(s string) string {
		out, err := simplifiedchinese.GBK.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, tt := range map[string]struct {
		cell   string
		driver byte
		cpg    string
		want   shapefile.Charset
		text   string
		note   bool
	}{
		"GBK, nothing said":            {gbk("水浇地"), 0, "", shapefile.GB18030, "水浇地", false},
		"GBK, said":                    {gbk("水浇地"), 0, "GBK", shapefile.GB18030, "水浇地", false},
		"GBK by its number":            {gbk("水浇地"), 0, "936", shapefile.GB18030, "水浇地", false},
		"GBK, UTF-8 said":              {gbk("水浇地"), 0, "UTF-8", shapefile.GB18030, "水浇地", true},
		"GBK, Latin said":              {gbk("水浇地"), 0x57, "ISO-8859-1", shapefile.GB18030, "水浇地", true},
		"GBK by the driver":            {gbk("水浇地"), 0x4d, "", shapefile.GB18030, "水浇地", false},
		"UTF-8, nothing said":          {"水浇地", 0, "", shapefile.UTF8, "水浇地", false},
		"UTF-8, GBK said":              {"水浇地", 0x4d, "GBK", shapefile.UTF8, "水浇地", true},
		"UTF-8, said":                  {"水浇地", 0, "UTF-8", shapefile.UTF8, "水浇地", false},
		"the one that fools notepads":  {gbk("联通"), 0, "", shapefile.GB18030, "联通", false},
		"the same, said to be GBK":     {gbk("联通"), 0, "GBK", shapefile.GB18030, "联通", false},
		"GBK cut in half":              {gbk("水浇地")[:5], 0, "", shapefile.GB18030, "水浇", false},
		"UTF-8 cut in half":            {"水浇地"[:8], 0, "", shapefile.UTF8, "水浇", false},
		"Czech, said":                  {"Hlu\xe8\xedn", 0, "1250", "windows-1250", "Hlučín", false},
		"Czech by the driver":          {"Hlu\xe8\xedn", 0xc8, "", "windows-1250", "Hlučín", false},
		"plain, Latin said":            {"abc", 0, "ANSI 1252", "windows-1252", "abc", false},
		"plain, nothing said":          {"abc", 0x57, "", shapefile.UTF8, "abc", false},
		"rare characters of GBK, said": {gbk("瀧澤丂"), 0, "GBK", shapefile.GB18030, "瀧澤丂", false},
	} {
		l := dotted(t, table(tt.driver, [][3]any{{"F", "C", len(tt.cell)}}, " "+tt.cell), tt.cpg)
		if got := all(t, l)[0].Values[0]; l.Charset != tt.want || got != tt.text || (len(l.Notes) > 0) != tt.note {
			t.Errorf("%s: %q in %s, notes %v", name, got, l.Charset, l.Notes)
		}
	}
	// One bad value among many does not turn the table over, and is told.
	rows := []string{" \xff\xff"}
	for range 50 {
		rows = append(rows, " "+gbk("水浇地"))
	}
	l := dotted(t, table(0x4d, [][3]any{{"F", "C", 10}}, rows...), "")
	f := all(t, l)
	if l.Charset != shapefile.GB18030 || len(f[0].Odd) != 1 || f[1].Values[0] != "水浇地" {
		t.Errorf("%s %+v", l.Charset, f[0])
	}
	if l := dotted(t, table(0, [][3]any{{gbk("地类名称"), "C", 3}}, " abc"), ""); l.Fields[0].Name != "地类名称" {
		t.Errorf("%q", l.Fields[0].Name)
	}
}

// TestHeights: Z and M are dropped, and gaps that the index knows of are passed over.
func TestHeights(t *testing.T) {
	t.Parallel()
	want := all(t, one(t, write(t, sample(t)), shapefile.Options{}))
	for code, hasZ := range map[byte]bool{15: true, 25: false} {
		l := one(t, spoilt(t, func(f map[string][]byte) {
			plain := f["地类图斑.shp"]
			out := bytes.Clone(plain[:100])
			shx := bytes.Clone(f["地类图斑.shx"][:100])
			out[32], shx[32] = code, code
			for at := 100; at < len(plain); {
				n := 2 * int(binary.BigEndian.Uint32(plain[at+4:]))
				body := bytes.Clone(plain[at+8 : at+8+n])
				if body[0] == 5 {
					body[0] = code
					points := int(binary.LittleEndian.Uint32(body[40:]))
					body = append(body, make([]byte, 16+8*points)...)
				}
				out = append(out, 1, 2, 3, 4, 5, 6, 7, 8) // a gap
				shx = binary.BigEndian.AppendUint32(shx, uint32(len(out)/2))
				shx = binary.BigEndian.AppendUint32(shx, uint32(len(body)/2))
				out = append(out, plain[at:at+4]...)
				out = binary.BigEndian.AppendUint32(out, uint32(len(body)/2))
				out = append(out, body...)
				at += 8 + n
			}
			binary.BigEndian.PutUint32(out[24:], uint32(len(out)/2))
			f["地类图斑.shp"], f["地类图斑.shx"] = out, shx
		}), shapefile.Options{})
		if diff := cmp.Diff(want, all(t, l)); diff != "" || l.HasZ != hasZ {
			t.Errorf("type %d: %t %s", code, l.HasZ, diff)
		}
	}
}

// TestLess: without an index or a table what is there is read, and told.
func TestLess(t *testing.T) {
	t.Parallel()
	l := one(t, spoilt(t, func(f map[string][]byte) { delete(f, "地类图斑.shx") }), shapefile.Options{})
	if diff := cmp.Diff(sample(t).Features, all(t, l)); diff != "" || len(l.Notes) != 1 {
		t.Error(diff, l.Notes)
	}
	l = one(t, spoilt(t, func(f map[string][]byte) { delete(f, "地类图斑.dbf") }), shapefile.Options{})
	if got := all(t, l); len(got) != 3 || got[0].Values != nil || l.Rows != -1 || len(l.Notes) != 1 {
		t.Errorf("%+v %v", got, l.Notes)
	}
	two := unpack(t, write(t, sample(t)))
	for name, body := range unpack(t, write(t, sample(t))) {
		two["永农"+name[len("地类图斑"):]] = body
	}
	if layers, err := open(pack(t, two), shapefile.Options{}); err != nil || len(layers) != 2 || layers[1].Name != "永农" {
		t.Errorf("%v %v", layers, err)
	}
	open := spoilt(t, func(f map[string][]byte) { copy(f["地类图斑.shp"][220:], f["地类图斑.shp"][156:164]) })
	if g := all(t, one(t, open, shapefile.Options{}))[0].Geometry.(orb.MultiPolygon); g[0][0][0] != g[0][0][len(g[0][0])-1] {
		t.Errorf("a ring is open: %v", g)
	}
}
