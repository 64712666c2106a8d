package crs_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"guatu/geo/crs"
)

const (
	esriGeog = `GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	ogcGeog  = `GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]`
	wgs84    = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]]`
)

func geog(datum string, a, rf float64) string {
	return fmt.Sprintf(`GEOGCS["GCS_%s",DATUM["%s",SPHEROID["S",%v,%v]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`, datum, datum, a, rf)
}

func gk(name, base string, fe, cm float64) string {
	return fmt.Sprintf(`PROJCS["%s",%s,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",%v],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",%v],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`, name, base, fe, cm)
}

func TestFromWKT(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		epsg int
		note string
	}{
		"ESRI, prefixed":            {gk("CGCS2000_3_Degree_GK_Zone_38", esriGeog, 38500000, 114), 4526, ""},
		"ESRI, bare":                {gk("CGCS2000_3_Degree_GK_CM_114E", esriGeog, 500000, 114), 4547, ""},
		"ESRI, 6° prefixed":         {gk("CGCS2000_GK_Zone_20", esriGeog, 20500000, 117), 4498, ""},
		"6° bare is the same as 3°": {gk("CGCS2000_GK_CM_117E", esriGeog, 500000, 117), 4548, ""},
		"the name lies":             {gk("whatever", esriGeog, 39500000, 117), 4527, ""},
		"the name says Xian":        {gk("Xian_1980_3_Degree_GK_Zone_38", esriGeog, 38500000, 114), 4526, "Xian_1980"},
		"OGC with authorities": {`PROJCS["CGCS2000 / 3-degree Gauss-Kruger zone 38",` + ogcGeog + `,PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",114],PARAMETER["scale_factor",1],PARAMETER["false_easting",38500000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["X",NORTH],AXIS["Y",EAST],AUTHORITY["EPSG","4526"]]`,
			4526, ""},
		"WKT 2": {`PROJCRS["CGCS2000 / 3-degree Gauss-Kruger CM 114E",BASEGEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000",ELLIPSOID["CGCS2000",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4490]],CONVERSION["3-degree Gauss-Kruger CM 114E",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",114],PARAMETER["Scale factor at natural origin",1,SCALEUNIT["unity",1]],PARAMETER["False easting",500000],PARAMETER["False northing",0]],CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]],AXIS["easting (Y)",east,ORDER[2],LENGTHUNIT["metre",1]],ID["EPSG",4547]]`,
			4547, ""},
		"geographic, ESRI":        {esriGeog, 4490, ""},
		"geographic, OGC":         {ogcGeog, 4490, ""},
		"with white space":        {" " + strings.ReplaceAll(esriGeog, ",", " ,\r\n\t") + "\r\n\x00", 4490, ""},
		"round brackets":          {strings.NewReplacer("[", "(", "]", ")").Replace(esriGeog), 4490, ""},
		"byte order mark":         {"\ufeff" + esriGeog, 4490, ""},
		"WGS 84":                  {wgs84, 4326, ""},
		"with a height system":    {`COMPD_CS["x",` + gk("p", esriGeog, 38500000, 114) + `,VERT_CS["h",VERT_DATUM["d",2005],UNIT["m",1]]]`, 4526, ""},
		"with zero shift":         {strings.Replace(ogcGeog, `AUTHORITY["EPSG","1043"]`, `TOWGS84[0,0,0,0,0,0,0]`, 1), 4490, ""},
		"UTM":                     {`PROJCS["WGS_1984_UTM_Zone_49N",` + wgs84 + `,PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`, 32649, ""},
		"web Mercator, ESRI":      {`PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",` + wgs84 + `,PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]`, 3857, ""},
		"another meridian":        {gk("local", esriGeog, 500000, 113.75), 0, "113.75"},
		"the datum's longer name": {geog("China Geodetic Coordinate System 2000", 6378137, 298.257222101), 4490, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, notes, err := crs.FromWKT(tt.text)
			if err != nil || s.EPSG != tt.epsg {
				t.Fatalf("%+v, %+v", s, err)
			}
			if s.EPSG != 0 && s != system(t, s.EPSG) {
				t.Errorf("%+v is not the system of its code", s)
			}
			if all := strings.Join(notes, ""); (tt.note == "") != (all == "") || !strings.Contains(all, tt.note) {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

func TestFromWKTRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text  string
		code  string
		needs crs.Need
	}{
		"Xian 1980":                {gk("Xian_1980_3_Degree_GK_Zone_38", geog("D_Xian_1980", 6378140, 298.257), 38500000, 114), crs.CodeXian80, ""},
		"Xian 1980 by its numbers": {gk("CGCS2000", geog("D_China_2000", 6378140, 298.257), 38500000, 114), crs.CodeXian80, ""},
		"Xian 1980 by its name":    {geog("D_Xian_1980", 6378137, 298.257222101), crs.CodeXian80, ""},
		"Beijing 1954":             {gk("Beijing_1954_3_Degree_GK_Zone_38", geog("D_Beijing_1954", 6378245, 298.3), 38500000, 114), crs.CodeBeijing54, ""},
		"Beijing by its numbers":   {geog("D_WGS_1984", 6378245, 298.3), crs.CodeBeijing54, ""},
		"Beijing by its name":      {geog("D_Beijing_1954", 6378137, 298.257223563), crs.CodeBeijing54, ""},
		"an unknown datum":         {geog("D_Unknown_based_on_GRS80_ellipsoid", 6378137, 298.257222101), crs.CodeUnknown, crs.NeedSystem},
		"an unknown ellipsoid":     {geog("D_China_2000", 6378388, 297), crs.CodeUnknown, ""},
		"a raised ellipsoid":       {geog("D_China_2000", 6378237, 298.257222101), crs.CodeUnknown, ""},
		"a hidden shift":           {strings.Replace(ogcGeog, `AUTHORITY["EPSG","1043"]`, `TOWGS84[12.5,0,0]`, 1), crs.CodeContradiction, ""},
		"feet":                     {strings.Replace(gk("p", esriGeog, 38500000, 114), `UNIT["Meter",1.0]`, `UNIT["Foot_US",0.3048006096]`, 1), crs.CodeUnit, ""},
		"no unit":                  {strings.Replace(gk("p", esriGeog, 38500000, 114), `,UNIT["Meter",1.0]`, ``, 1), crs.CodeUnit, ""},
		"gon":                      {strings.Replace(esriGeog, `UNIT["Degree",0.0174532925199433]`, `UNIT["Grad",0.01570796326794897]`, 1), crs.CodeUnit, ""},
		"another prime meridian":   {strings.Replace(esriGeog, `"Greenwich",0.0`, `"Paris",2.337229`, 1), crs.CodeUnknown, ""},
		"zone 38 on 117°":          {gk("p", esriGeog, 38500000, 117), crs.CodeContradiction, ""},
		"zone 24":                  {gk("p", esriGeog, 24500000, 72), crs.CodeContradiction, ""},
		"a local grid":             {`LOCAL_CS["Luohe",UNIT["Meter",1]]`, crs.CodeLocalGrid, ""},
		"geocentric":               {`GEOCCS["x",DATUM["D_China_2000"]]`, crs.CodeUnknown, crs.NeedSystem},
		"a projection not known":   {strings.Replace(gk("p", esriGeog, 0, 105), "Gauss_Kruger", "Bonne", 1), crs.CodeUnknown, ""},
		"empty":                    {"", crs.CodeWKT, crs.NeedSystem},
		"rubbish":                  {"hello", crs.CodeWKT, crs.NeedSystem},
		"cut off":                  {gk("p", esriGeog, 38500000, 114)[:200], crs.CodeWKT, crs.NeedSystem},
		"too deep":                 {strings.Repeat("A[", 100) + strings.Repeat("]", 100), crs.CodeWKT, crs.NeedSystem},
		"too long":                 {strings.Repeat(" ", 1<<17) + esriGeog, crs.CodeWKT, crs.NeedSystem},
		"nonsense parameters":      {strings.Replace(gk("p", esriGeog, 5, 114), `"Scale_Factor",1.0`, `"Scale_Factor",1e300`, 1), crs.CodeContradiction, crs.NeedSystem},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, err := crs.FromWKT(tt.text)
			var e *crs.Error
			if !errors.As(err, &e) || e.Code != tt.code || e.Needs != tt.needs || strings.Contains(e.Message, "%!") {
				t.Fatalf("%+v, %+v", s, err)
			}
		})
	}
}

// TestPrjOfFixtures: real .prj files, and where the systems without a code lie.
func TestPrjOfFixtures(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{
		"vector-osm/liechtenstein-formats/shp-gbk-cpg-4526.zip": 4526, "vector-osm/liechtenstein-formats/shp-gbk-nocpg-4547.zip": 4547,
		"vector-osm/liechtenstein-formats/shp-utf8-cpg-4490.zip": 4490, "vector-osm/liechtenstein-formats/shp-gbk-filenames.zip": 4526,
		"vector-formats/accept/utf.zip": 4326, "vector-formats/accept/coutwildrnp.zip": 4326, "vector-formats/accept/pandr.zip": 4326, "vector-formats/accept/senate.zip": 0,
	} {
		z, err := zip.OpenReader(filepath.Join("../../../shared/fixtures", file))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for _, f := range z.File {
			if filepath.Ext(f.Name) != ".prj" {
				continue
			}
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			s, _, err := crs.FromWKT(string(text))
			if err != nil || s.EPSG != want {
				t.Errorf("%s: %+v, %v", file, s, err)
			}
			if want == 0 { // Boston's State House in the Massachusetts plane, EPSG:26986
				at, err := s.Projector().Inverse(orb.Point{236275, 900994})
				if err != nil || math.Abs(at[0]+71.0638) > 0.01 || math.Abs(at[1]-42.3581) > 0.01 {
					t.Errorf("%s lies at %v, %v (%s)", file, at, err, s.PROJ())
				}
			}
		}
	}
}

func FuzzWKT(f *testing.F) {
	for _, text := range []string{esriGeog, ogcGeog, wgs84, gk("a", esriGeog, 38500000, 114), `LOCAL_CS["a""b",UNIT["m",1]]`, `A[,]`, `PROJCS["x",GEOGCS["",DATUM["D_China_2000",SPHEROID["",6378137,298.257222101]]],PROJECTION["Mercator_1SP"],UNIT["m",1]]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, _, err := crs.FromWKT(text)
		var e *crs.Error
		if err != nil {
			if !errors.As(err, &e) || e.Code == "" || e.Message == "" {
				t.Fatalf("refused without words: %v", err)
			}
			return
		}
		_, _ = s.Projector().Inverse(orb.Point{38500000, 3700000})
		if s.String() == "" || s.PROJ() == "" {
			t.Fatal("a system without a name")
		}
	})
}

func TestESRI(t *testing.T) {
	t.Parallel()
	for _, code := range []int{4490, 4326, 4526, 4547, 4498, 4513, 4491, 4554} {
		s := system(t, code)
		if back, notes, err := crs.FromWKT(s.ESRI()); err != nil || back != s || len(notes) > 0 {
			t.Errorf("EPSG:%d is read as %+v, %v, %v", code, back, notes, err)
		}
	}
	for _, code := range []int{3857, 32649} {
		if text := system(t, code).ESRI(); text != "" {
			t.Error(text)
		}
	}
	want := `PROJCS["CGCS2000_3_Degree_GK_Zone_38",` + esriGeog + `,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",38500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`
	if got := system(t, 4526).ESRI(); got != want {
		t.Error(got)
	}
}
