package shapefile_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guatu/geo/crs"
	"guatu/geo/shapefile"
)

// spoilt packs the sample again after a change of its files.
func spoilt(t testing.TB, change func(files map[string][]byte)) []byte {
	t.Helper()
	files := unpack(t, write(t, sample(t)))
	change(files)
	return pack(t, files)
}

// archive packs entries that zip.Writer would not write by itself.
func archive(t testing.TB, heads ...*zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, h := range heads {
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte("x"))
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

func TestRefusedArchives(t *testing.T) {
	t.Parallel()
	link := &zip.FileHeader{Name: "a.shp"}
	link.SetMode(fs.ModeSymlink | 0o777)
	locked := archive(t, &zip.FileHeader{Name: "a.shp"})
	for _, mark := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(locked, []byte(mark))
		locked[at+6+2*strings.Count(mark, "\x01")] |= 1
	}
	odd := archive(t, &zip.FileHeader{Name: "a.shp"})
	binary.LittleEndian.PutUint16(odd[bytes.Index(odd, []byte("PK\x01\x02"))+10:], 12)
	var many []*zip.FileHeader
	for i := range 51 {
		many = append(many, &zip.FileHeader{Name: strings.Repeat("x", i+1) + ".shp"})
	}
	twice := archive(t, &zip.FileHeader{Name: "a.shp", Method: zip.Deflate}, &zip.FileHeader{Name: "b.shp", Method: zip.Deflate})
	second := bytes.LastIndex(twice, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(twice[second+42:], 0) // both entries unpack the same bytes
	lying := archive(t, &zip.FileHeader{Name: "a.shp"})
	lying[len(lying)-12], lying[len(lying)-14] = 9, 9
	zip64 := archive(t, &zip.FileHeader{Name: "a.shp"})
	binary.LittleEndian.PutUint32(zip64[len(zip64)-6:], 0xffffffff)
	bomb := pack(t, map[string][]byte{"a.shp": make([]byte, 3<<20)})
	for name, tt := range map[string]struct {
		b    []byte
		opts shapefile.Options
		code string
	}{
		"nothing":                 {nil, shapefile.Options{}, shapefile.CodeNotZIP},
		"text":                    {[]byte("hello"), shapefile.Options{}, shapefile.CodeNotZIP},
		"an empty ZIP":            {pack(t, nil), shapefile.Options{}, shapefile.CodeNoShp},
		"cut off":                 {write(t, sample(t))[:500], shapefile.Options{}, shapefile.CodeNotZIP},
		"something before it":     {append([]byte("MZ..."), write(t, sample(t))...), shapefile.Options{}, shapefile.CodeNotZIP},
		"a folder":                {archive(t, &zip.FileHeader{Name: "data/a.shp"}), shapefile.Options{}, shapefile.CodeName},
		"a way out":               {archive(t, &zip.FileHeader{Name: "../a.shp"}), shapefile.Options{}, shapefile.CodeName},
		"a way out for Windows":   {archive(t, &zip.FileHeader{Name: `..\a.shp`}), shapefile.Options{}, shapefile.CodeName},
		"a drive":                 {archive(t, &zip.FileHeader{Name: "c:a.shp"}), shapefile.Options{}, shapefile.CodeName},
		"only a suffix":           {archive(t, &zip.FileHeader{Name: ".shp"}), shapefile.Options{}, shapefile.CodeSuffix},
		"a program":               {archive(t, &zip.FileHeader{Name: "a.exe"}), shapefile.Options{}, shapefile.CodeSuffix},
		"an archive":              {archive(t, &zip.FileHeader{Name: "a.shp"}, &zip.FileHeader{Name: "a.zip"}), shapefile.Options{}, shapefile.CodeSuffix},
		"a link":                  {archive(t, link), shapefile.Options{}, shapefile.CodeMember},
		"a password":              {locked, shapefile.Options{}, shapefile.CodeMember},
		"an odd method":           {odd, shapefile.Options{}, shapefile.CodeMember},
		"the same name twice":     {archive(t, &zip.FileHeader{Name: "a.shp"}, &zip.FileHeader{Name: "A.SHP"}), shapefile.Options{}, shapefile.CodeDuplicate},
		"fifty-one entries":       {archive(t, many...), shapefile.Options{}, shapefile.CodeEntries},
		"entries that overlap":    {twice, shapefile.Options{}, shapefile.CodeOverlapping},
		"a lying directory":       {lying, shapefile.Options{}, shapefile.CodeNotZIP},
		"ZIP64":                   {zip64, shapefile.Options{}, shapefile.CodeNotZIP},
		"a bomb":                  {bomb, shapefile.Options{}, shapefile.CodeRatio},
		"larger than allowed":     {write(t, sample(t)), shapefile.Options{Limits: shapefile.Limits{Bytes: 500}}, shapefile.CodeTooLarge},
		"one larger than all":     {write(t, sample(t)), shapefile.Options{Limits: shapefile.Limits{Bytes: 50}}, shapefile.CodeTooLarge},
		"a ZIP that calls itself": {archive(t, &zip.FileHeader{Name: "a.shp"}), shapefile.Options{}, shapefile.CodeHead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			layers, err := open(tt.b, tt.opts)
			var e *shapefile.Error
			if !errors.As(err, &e) || e.Code != tt.code || e.Message == "" || strings.Contains(e.Message, "%!") {
				t.Fatalf("%d layers, %+v, want %s", len(layers), err, tt.code)
			}
			large := tt.code == shapefile.CodeEntries || tt.code == shapefile.CodeRatio || tt.code == shapefile.CodeTooLarge
			if errors.Is(err, shapefile.ErrTooLarge) != large {
				t.Errorf("ErrTooLarge does not fit %s", e.Code)
			}
		})
	}
}

// ending is the error that a layer is refused with, or its stream ends with.
func ending(b []byte, opts shapefile.Options) (features int, err error) {
	layers, err := open(b, opts)
	if err != nil {
		return 0, err
	}
	for _, l := range layers {
		for _, err := range l.Features() {
			if err != nil {
				return features, err
			}
			features++
		}
	}
	return features, nil
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	put32 := binary.BigEndian.PutUint32
	for name, tt := range map[string]struct {
		change func(files map[string][]byte)
		code   string
		before int // features that come before
		says   string
	}{
		".shp is empty":                {func(f map[string][]byte) { f["地类图斑.shp"] = nil }, shapefile.CodeHead, 0, "太短"},
		".shp is something else":       {func(f map[string][]byte) { f["地类图斑.shp"] = bytes.Repeat([]byte("PK\x03\x04"), 50) }, shapefile.CodeHead, 0, "文件头"},
		".shp is shorter than it says": {func(f map[string][]byte) { f["地类图斑.shp"] = f["地类图斑.shp"][:300] }, shapefile.CodeLength, 0, "没有传完整"},
		".shp is longer than it says":  {func(f map[string][]byte) { f["地类图斑.shp"] = append(f["地类图斑.shp"], 0, 0) }, shapefile.CodeLength, 0, "实际是"},
		"a length below zero":          {func(f map[string][]byte) { put32(f["地类图斑.shp"][104:], 0xfffffff0) }, shapefile.CodeLength, 0, "第 1 个要素"},
		"a length beyond the file":     {func(f map[string][]byte) { put32(f["地类图斑.shp"][104:], 0x7fffffff) }, shapefile.CodeLength, 0, "第 1 个要素"},
		"surfaces":                     {func(f map[string][]byte) { f["地类图斑.shp"][32] = 31 }, shapefile.CodeShape, 0, "31"},
		"another type in a record":     {func(f map[string][]byte) { f["地类图斑.shp"][108] = 3 }, shapefile.CodeShape, 0, "第 1 个要素"},
		"more parts than there are":    {func(f map[string][]byte) { f["地类图斑.shp"][144] = 200 }, shapefile.CodeShape, 0, "第 1 个要素"},
		"parts below zero":             {func(f map[string][]byte) { f["地类图斑.shp"][147] = 0x80 }, shapefile.CodeShape, 0, "第 1 个要素"},
		"more points than there are":   {func(f map[string][]byte) { f["地类图斑.shp"][148] = 200 }, shapefile.CodeShape, 0, "第 1 个要素"},
		"a part that begins nowhere":   {func(f map[string][]byte) { f["地类图斑.shp"][152] = 3 }, shapefile.CodeShape, 0, "第 1 个要素"},
		"NaN": {func(f map[string][]byte) {
			binary.LittleEndian.PutUint64(f["地类图斑.shp"][156:], math.Float64bits(math.NaN()))
		}, shapefile.CodeNotFinite, 0, "不是数值"},
		"no data": {func(f map[string][]byte) {
			binary.LittleEndian.PutUint64(f["地类图斑.shp"][156:], math.Float64bits(-1e38))
		}, shapefile.CodeNotFinite, 0, "不是数值"},
		".shx points back":           {func(f map[string][]byte) { put32(f["地类图斑.shx"][108:], 50) }, shapefile.CodeLength, 1, "第 2 个要素"},
		".shx points beyond":         {func(f map[string][]byte) { put32(f["地类图斑.shx"][108:], 1<<30) }, shapefile.CodeLength, 1, "第 2 个要素"},
		".shx is shorter":            {func(f map[string][]byte) { f["地类图斑.shx"] = f["地类图斑.shx"][:116] }, shapefile.CodeCounts, 0, "2 个"},
		".shx is no index":           {func(f map[string][]byte) { f["地类图斑.shx"][0] = 1 }, shapefile.CodeHead, 0, "文件头"},
		"more rows than shapes":      {func(f map[string][]byte) { delete(f, "地类图斑.shx"); short(f, 2) }, shapefile.CodeCounts, 2, "3 行"},
		"more shapes than rows":      {func(f map[string][]byte) { delete(f, "地类图斑.shx"); f["地类图斑.dbf"][4] = 2 }, shapefile.CodeCounts, 2, "只有 2 行"},
		".dbf is cut off":            {func(f map[string][]byte) { f["地类图斑.dbf"] = f["地类图斑.dbf"][:250] }, shapefile.CodeLength, 0, "没有传完整"},
		".dbf is empty":              {func(f map[string][]byte) { f["地类图斑.dbf"] = nil }, shapefile.CodeTable, 0, "太短"},
		".dbf of dBase 7":            {func(f map[string][]byte) { f["地类图斑.dbf"][0] = 4 }, shapefile.CodeTable, 0, "文件头"},
		".dbf of a million rows":     {func(f map[string][]byte) { f["地类图斑.dbf"][6] = 16 }, shapefile.CodeLength, 0, "1048579 行"},
		".dbf whose fields are wide": {func(f map[string][]byte) { f["地类图斑.dbf"][32+16] = 250 }, shapefile.CodeTable, 0, "宽度"},
		".cpg is a book":             {func(f map[string][]byte) { f["地类图斑.cpg"] = make([]byte, 2000) }, shapefile.CodeTooLarge, 0, "太大"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, err := ending(spoilt(t, tt.change), shapefile.Options{})
			var e *shapefile.Error
			if !errors.As(err, &e) || e.Code != tt.code || n != tt.before || !strings.Contains(e.Message, tt.says) {
				t.Fatalf("%d features, %+v", n, err)
			}
		})
	}
}

// short leaves n records in the .shp of the sample.
func short(files map[string][]byte, n int) {
	b := files["地类图斑.shp"]
	at := 100
	for range n {
		at += 8 + 2*int(binary.BigEndian.Uint32(b[at+4:]))
	}
	binary.BigEndian.PutUint32(b[24:], uint32(at/2))
	files["地类图斑.shp"] = b[:at]
}

// TestOneBadRecord: the others come all the same.
func TestOneBadRecord(t *testing.T) {
	t.Parallel()
	b := spoilt(t, func(f map[string][]byte) { f["地类图斑.shp"][108] = 3 })
	var got []int
	for f, err := range one(t, b, shapefile.Options{}).Features() {
		var e *shapefile.Error
		if errors.As(err, &e) && (e.Record != 1 || f.Values[1] != "水田" || f.Geometry != nil) {
			t.Errorf("%+v %+v", f, e)
		}
		got = append(got, f.Record)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, got); diff != "" {
		t.Error(diff)
	}
	few := shapefile.Options{Limits: shapefile.Limits{Vertices: 6}}
	n := 0
	for _, err := range one(t, write(t, sample(t)), few).Features() {
		if errors.Is(err, shapefile.ErrTooLarge) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of the features are too large", n)
	}
	n, err := ending(write(t, sample(t)), shapefile.Options{Limits: shapefile.Limits{Vertices: 1, Parts: 1}})
	if !errors.Is(err, shapefile.ErrTooLarge) || n != 0 {
		t.Error(n, err)
	}
}

// TestPrjSettles: what a .prj says is judged by package crs, and the words reach the person.
func TestPrjSettles(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prj   string
		code  string
		needs crs.Need
	}{
		"1980 西安":      {`GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`, crs.CodeXian80, crs.NeedNothing},
		"1954 北京":      {`GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`, crs.CodeBeijing54, crs.NeedNothing},
		"rubbish":      {"hello", crs.CodeWKT, crs.NeedSystem},
		"another zone": {strings.NewReplacer("38", "39", "114.0", "117.0").Replace(zone38(t).ESRI()), crs.CodeContradiction, crs.NeedNothing},
		"degrees":      {crs.Geographic4490.ESRI(), crs.CodeContradiction, crs.NeedNothing},
		"far too long": {strings.Repeat(" ", 1<<17), shapefile.CodeTooLarge, crs.NeedNothing},
	} {
		said := zone38(t)
		b := spoilt(t, func(f map[string][]byte) { f["地类图斑.prj"] = []byte(tt.prj) })
		_, _, err := one(t, b, shapefile.Options{}).System()
		var e *shapefile.Error
		if !errors.As(err, &e) || e.Code != tt.code || e.Needs != tt.needs {
			t.Errorf("%s: %+v", name, err)
		}
		// A person's word settles only what is open.
		if _, _, err = one(t, b, shapefile.Options{System: &said}).System(); (err == nil) != (tt.needs == crs.NeedSystem) {
			t.Errorf("%s, said: %+v", name, err)
		}
	}
}
