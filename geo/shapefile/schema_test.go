package shapefile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"guatu/geo/shapefile"
)

// TestSchemas: official layers are known by name or by their columns, and the
// columns by name, alias, or what ten bytes left of it.
func TestSchemas(t *testing.T) {
	t.Parallel()
	fields := func(names ...string) (f []shapefile.Field) {
		for _, n := range names {
			f = append(f, shapefile.Field{Name: n, Type: 'C'})
		}
		return f
	}
	for name, tt := range map[string]struct {
		layer  string
		fields []shapefile.Field
		schema string
		match  map[string]int
	}{
		"by name":                    {"DLTB", fields("bsm", "dlbm"), "DLTB", map[string]int{"BSM": 0, "DLBM": 1}},
		"by name within a name":      {"411102永久基本农田保护图斑2023", fields("YJJBNTMJ"), "YJJBNTTB", map[string]int{"YJJBNTMJ": 0}},
		"by columns":                 {"图层1", fields("TBMJ", "TBDLMJ", "DLBM"), "DLTB", map[string]int{"TBMJ": 0, "TBDLMJ": 1, "DLBM": 2}},
		"dialect of the red line":    {"stbhhx", fields("XJXZQDM", "LHLX", "MJ"), "STBHHX", map[string]int{"XZQDM": 0, "HXLX": 1, "MJ": 2}},
		"forest sub-compartments":    {"林地", fields("LIN_BAN", "XIAO_BAN", "BH_DJ", "SHI_QUAN_D"), "XIAOBAN", map[string]int{"LIN_BAN": 0, "XIAO_BAN": 1, "BH_DJ": 2, "SHI_QUAN_D": 3}},
		"cut at ten bytes":           {"小班", fields("YOU_SHI_SH", "BAO_HU_DEN"), "XIAOBAN", map[string]int{"YOU_SHI_SZ": 0, "BH_DJ": 1}},
		"Chinese cut in GBK":         {"永农", fields("永久基本农"), "YJJBNTTB", map[string]int{}}, // 图斑编号, 图斑面积 or 面积: nobody knows
		"Chinese cut in GBK, unique": {"DLTB", fields("权属单位代", "图斑地类面"), "DLTB", map[string]int{"QSDWDM": 0, "TBDLMJ": 1}},
		"Chinese cut in UTF-8":       {"DLTB", fields("图斑编"), "DLTB", map[string]int{"TBBH": 0}},
		"approval":                   {"ZZ_NYDZYFW", fields("XMMC", "DKMJ"), "ZZ_NYDZYFW", map[string]int{"XMMC": 0, "DKMJ": 1}},
		"nothing known":              {"roads", fields("NAME", "MJ"), "", nil},
	} {
		s, ok := shapefile.SchemaOf(&shapefile.Layer{Name: tt.layer, Fields: tt.fields})
		if ok != (tt.schema != "") || s.Name != tt.schema {
			t.Errorf("%s: %q", name, s.Name)
			continue
		}
		if diff := cmp.Diff(tt.match, s.Match(tt.fields)); ok && diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, s := range shapefile.Schemas {
		if s.Title == "" || len(s.Columns) == 0 || len(s.Aliases) == 0 {
			t.Errorf("%+v", s)
		}
		for _, c := range s.Columns {
			if len(c.Name) > 10 || c.Title == "" {
				t.Errorf("%s: %+v", s.Name, c)
			}
		}
	}
}
