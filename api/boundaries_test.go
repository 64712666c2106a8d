package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guatu/api/apitest"
	"guatu/ledger"
)

type surveySaid struct {
	Format    string
	SHA256    string
	Ready     bool
	Systems   []struct{ EPSG int }
	Questions []struct {
		Code, Query string
		Choices     []struct{ Value string }
	}
	Errors, Warnings []struct{ Code string }
	Plots            struct {
		Features []struct {
			ID         int
			Geometry   *struct{ Coordinates [][][][2]float64 }
			Properties struct {
				Number, Name, Use, Verdict string
				Given                      [][][][2]float64
				DeclaredM2                 float64 `json:"declared_m2"`
				PlanarM2                   float64 `json:"planar_m2"`
				EllipsoidalM2              float64 `json:"ellipsoidal_m2"`
				Errors, Warnings           []struct {
					Code string
					Line int
				}
			}
		}
	}
	Overlaps []struct {
		Plot, Other int
		AreaM2      float64 `json:"area_m2"`
	}
	Sites []struct {
		Plot   int
		SiteID int64 `json:"site_id"`
		Name   string
		AreaM2 float64 `json:"area_m2"`
	} `json:"site_overlaps"`
	Authority []struct {
		EPSG   int
		OffMM  float64 `json:"off_mm"`
		Agrees bool
	}
}

const surveyHead = `[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
[地块坐标]
`

// surveyPlot is one rectangle of a 勘测定界 file, its south-west corner so many
// metres from E 38501000, N 3717000.
func surveyPlot(number string, dx, dy, width, height int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "5,%.4f,%s,示例地块%s,面,,工业用地,0601,@\n", float64(width*height)/10_000, number, number)
	for i, p := range [][2]int{{dx, dy + height}, {dx + width, dy + height}, {dx + width, dy}, {dx, dy}, {dx, dy + height}} {
		fmt.Fprintf(&b, "J%d,1,%d.000,%d.000\n", i%4+1, 3717000+p[1], 38501000+p[0])
	}
	return b.String()
}

func fixture(t *testing.T, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../../shared/fixtures", path))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestBoundaryFileFromPreviewToAcceptance(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	land := w.In(ledger.Land, "411100")
	chief := w.In(ledger.Admin, "411100")
	var project struct{ ID int64 }
	chief.Call("POST", "/api/v1/projects", map[string]any{"name": "示例项目", "area": "411104"}).Must(t, 201).Into(t, &project)

	file := []byte(surveyHead + surveyPlot("DK001", 0, 0, 400, 250) + surveyPlot("DK002", 500, 0, 100, 60))
	preview := func(query string) surveySaid {
		t.Helper()
		var v surveySaid
		land.Call("POST", "/api/v1/boundaries/preview?"+query, file).Must(t, 200).Into(t, &v)
		return v
	}
	v := preview("filename=a.txt")
	if v.Format != "txt" || !v.Ready || len(v.Plots.Features) != 2 || v.Systems[0].EPSG != 4526 || len(v.Sites) != 0 {
		t.Fatalf("preview = %+v", v)
	}
	one := v.Plots.Features[0]
	if p := one.Properties; p.Number != "DK001" || p.Use != "工业用地" || p.Verdict != "agrees" || p.DeclaredM2 != 100_000 || p.PlanarM2 != 100_000 ||
		p.EllipsoidalM2 < 99_999 || p.EllipsoidalM2 > 100_001 || p.Given[0][0][0][0] < 38501000 {
		t.Errorf("plot = %+v", p)
	}
	// The south-west corner of docs/sources.md#crs, to 1e-7 degrees.
	if got := fmt.Sprintf("%.7f", one.Geometry.Coordinates[0][0]); !strings.Contains(fmt.Sprintf("%.7f", one.Geometry.Coordinates), "[114.0107715 33.5793177]") {
		t.Errorf("corner is not there: %s", got)
	}
	if len(v.Authority) != 1 || !v.Authority[0].Agrees || v.Authority[0].OffMM > 0.01 {
		t.Errorf("PostGIS says %+v", v.Authority)
	}
	first := land.Call("POST", "/api/v1/boundaries/preview?filename=a.txt", file)
	if again := land.Call("POST", "/api/v1/boundaries/preview?filename=a.txt", file); !bytes.Equal(again.Body, first.Body) {
		t.Errorf("the same bytes give another answer: %s\n%s", first.Body, again.Body)
	}

	accept := func(query string) apitest.Answer {
		return land.Call("POST", "/api/v1/boundaries/accept?reason="+url.QueryEscape("勘测定界")+"&"+query, file)
	}
	var done struct {
		SHA256 string
		Sites  []struct {
			ID      int64
			Name    string
			Version int
			AreaM2  float64 `json:"area_m2"`
		}
	}
	accept(fmt.Sprintf("plots=1,2&project_id=%d", project.ID)).Must(t, 201).Into(t, &done)
	if len(done.Sites) != 2 || done.Sites[0].Name != "DK001 示例地块DK001" || done.SHA256 != v.SHA256 {
		t.Fatalf("accepted %+v", done)
	}
	site := done.Sites[1].ID
	v = preview("")
	if len(v.Sites) != 2 || v.Sites[1].SiteID != site || v.Sites[1].AreaM2 < 5_999 || v.Sites[1].AreaM2 > 6_001 {
		t.Errorf("overlaps with sites = %+v", v.Sites)
	}
	accept(fmt.Sprintf("plots=1&site_id=%d&version=1", site)).Must(t, 201).Into(t, &done)
	if len(done.Sites) != 1 || done.Sites[0].Version != 2 || done.Sites[0].AreaM2 < 99_999 {
		t.Errorf("redrawn %+v", done)
	}
	for name, want := range map[string]struct {
		query, code string
		status      int
	}{
		"of an old version":     {fmt.Sprintf("plots=2&site_id=%d&version=1", site), "changed_meanwhile", 409},
		"nowhere":               {"plots=1", "boundary_where_to", 422},
		"in two places":         {fmt.Sprintf("plots=1&site_id=%d&project_id=%d", site, project.ID), "boundary_where_to", 422},
		"a plot that is not":    {fmt.Sprintf("plots=3&site_id=%d", site), "boundary_plot_number", 422},
		"a plot twice":          {fmt.Sprintf("plots=1,1&site_id=%d", site), "boundary_plot_number", 422},
		"of a site that is not": {"plots=1&site_id=999999", "not_found", 404},
		"with a foreign crs":    {fmt.Sprintf("plots=1&site_id=%d&crs=2362", site), "crs_xian80", 422},
		"GCJ-02 in metres":      {fmt.Sprintf("plots=1&site_id=%d&datum=gcj02", site), "datum_needs_degrees", 422},
	} {
		if got := accept(want.query); got.Status != want.status || got.Code() != want.code {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	var versions struct{ Items []struct{ Version int } }
	land.Get(fmt.Sprintf("/api/v1/sites/%d/versions", site)).Must(t, 200).Into(t, &versions)
	if len(versions.Items) != 2 {
		t.Errorf("refusals left %d versions", len(versions.Items))
	}
}

// Whatever keeps a plot from being accepted leaves nothing behind: all or nothing.
func TestBoundaryFilesThatAreNotAccepted(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	land := w.In(ledger.Land, "411100")
	var project struct{ ID int64 }
	w.In(ledger.Admin, "411100").Call("POST", "/api/v1/projects", map[string]any{"name": "示例项目", "area": "411104"}).Must(t, 201).Into(t, &project)
	headless := fixture(t, "vector-osm/liechtenstein-formats/勘测定界-缺属性描述-gbk.txt")
	swapped := fixture(t, "vector-osm/liechtenstein-formats/勘测定界-XY颠倒-gbk.txt")
	far := []byte(`{"type":"Polygon","coordinates":[[[100,0],[100.01,0],[100.01,0.01],[100,0]]]}`)
	near := []byte(`{"type":"Polygon","coordinates":[[[114.45,33.6],[114.46,33.6],[114.46,33.61],[114.45,33.6]]]}`)
	touching := []byte(surveyHead + surveyPlot("A", 0, 0, 100, 100) + surveyPlot("B", 100, 0, 100, 100))
	for name, tt := range map[string]struct {
		file         []byte
		query        string
		preview      int // status
		asks, code   string
		status       int
		plotsPlanned string
	}{
		"no system, not answered":     {file: headless, preview: 200, asks: "crs_question", code: "crs_question", status: 422},
		"no system, answered":         {file: headless, query: "crs=4526", preview: 200, status: 201},
		"columns swapped, not agreed": {file: swapped, preview: 200, code: "boundary_not_agreed", status: 422},
		"columns swapped, agreed":     {file: swapped, query: "agree=boundary_east_first", preview: 200, status: 201},
		"outside, not agreed":         {file: near, preview: 200, asks: "outside_city", code: "boundary_not_agreed", status: 422},
		"outside, agreed":             {file: near, query: "agree=outside_city", preview: 200, asks: "outside_city", status: 201},
		"far outside":                 {file: far, query: "agree=outside_city", preview: 200, asks: "outside_city", code: "boundary_outside", status: 422},
		"plots that overlap":          {file: []byte(surveyHead + surveyPlot("A", 0, 0, 100, 100) + surveyPlot("B", 50, 0, 100, 100)), preview: 200, code: "boundary_plots_overlap", status: 422, plotsPlanned: "1,2"},
		"plots that touch":            {file: touching, preview: 200, status: 201, plotsPlanned: "1,2"},
		"an area that is wrong":       {file: []byte(strings.Replace(surveyHead+surveyPlot("A", 0, 0, 100, 100), "1.0000", "1.0300", 1)), preview: 200, code: "boundary_area", status: 422},
		"no boundary file":            {file: []byte("\x89PNG\r\n\x1a\n\x00\x00"), preview: 422, code: "boundary_not_text", status: 422},
		"an empty body":               {file: []byte(" "), preview: 422, code: "boundary_unknown_format", status: 422},
		"a ZIP without shapes":        {file: fixture(t, "vector-formats/reject/noshp.zip"), preview: 422, code: "shapefile_no_shp", status: 422},
	} {
		t.Run(name, func(t *testing.T) {
			plots := "1"
			if tt.plotsPlanned != "" {
				plots = tt.plotsPlanned
			}
			got := land.Call("POST", "/api/v1/boundaries/preview?"+strings.ReplaceAll(tt.query, "agree=", "filename="), tt.file).Must(t, tt.preview)
			var v surveySaid
			if tt.preview == 200 {
				got.Into(t, &v)
				asks := ""
				for _, q := range v.Questions {
					asks = q.Code
				}
				if asks != tt.asks {
					t.Errorf("asks %q, want %q", asks, tt.asks)
				}
			}
			before := count(t, land)
			got = land.Call("POST", fmt.Sprintf("/api/v1/boundaries/accept?reason=a&project_id=%d&plots=%s&%s", project.ID, plots, tt.query), tt.file)
			if got.Status != tt.status || tt.code != "" && got.Code() != tt.code {
				t.Errorf("accept: %d %s, want %d %s", got.Status, got.Body, tt.status, tt.code)
			}
			if n := count(t, land) - before; (n > 0) != (tt.status == 201) {
				t.Errorf("%d sites more", n)
			}
		})
	}
}

func count(t *testing.T, by *apitest.Person) int {
	t.Helper()
	var list struct{ Items []struct{} }
	by.Get("/api/v1/sites?limit=500").Must(t, 200).Into(t, &list)
	return len(list.Items)
}

func TestBoundaryPreviewTellsOnlyOfSitesInScope(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	admin := w.In(ledger.Admin, "411100")
	var project, site struct{ ID int64 }
	admin.Call("POST", "/api/v1/projects", map[string]any{"name": "示例项目", "area": "411104"}).Must(t, 201).Into(t, &project)
	admin.Call("POST", "/api/v1/sites", map[string]any{"project_id": project.ID, "county": "411104", "name": "邻县点位", "boundary": plot("411104", 1), "reason": "示例"}).Must(t, 201).Into(t, &site)
	file := []byte(ledger.JSON(plot("411104", 1)))
	for county, want := range map[string]int{"411104": 1, "411121": 0} {
		got := w.In(ledger.Land, county).Call("POST", "/api/v1/boundaries/preview", file).Must(t, 200)
		var v surveySaid
		got.Into(t, &v)
		if len(v.Sites) != want || strings.Contains(string(got.Body), "邻县点位") != (want == 1) {
			t.Errorf("%s sees %+v", county, v.Sites)
		}
	}
	// A surveyor of the other county cannot deliver onto it, whatever the file says.
	got := w.In(ledger.Land, "411121").Call("POST", fmt.Sprintf("/api/v1/boundaries/accept?reason=a&plots=1&site_id=%d", site.ID), file)
	if got.Status != http.StatusNotFound {
		t.Errorf("foreign site: %d %s", got.Status, got.Body)
	}
}

func TestBoundaryLimitsAreToldQuickly(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	land := w.In(ledger.Land, "411100")
	star := func(n int) []byte { // every edge crosses nearly every other
		var b strings.Builder
		b.WriteString(`{"type":"Polygon","coordinates":[[`)
		for i := range n {
			fmt.Fprintf(&b, "[%.6f,%.6f],", 113.9+0.1*float64(i%2), 33.5+0.00001*float64(i*7919%n))
		}
		return []byte(b.String() + "[113.900000,33.500000]]]}")
	}
	for name, tt := range map[string]struct {
		file   []byte
		status []int
	}{
		"larger than the limit": {bytes.Repeat([]byte("1 2\n"), 6<<20), []int{413}},
		"too many points":       {[]byte(surveyHead + "120001,1,A,A,面,,,,@\n" + strings.Repeat("J1,1,3717000.000,38501000.000\n", 120_001)), []int{413, 422}},
		"a star of 2,000 edges": {star(2_000), []int{413, 422}},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got := land.Call("POST", "/api/v1/boundaries/preview", tt.file)
			if !(got.Status == tt.status[0] || len(tt.status) > 1 && got.Status == tt.status[1]) {
				t.Errorf("%d %.300s", got.Status, got.Body)
			}
			if took := time.Since(start); took > hang {
				t.Errorf("took %s", took)
			}
		})
	}
}
