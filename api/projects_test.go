package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"guatu/api/apitest"
	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

type projectSaid struct {
	ID        int64    `json:"id"`
	Name      string   `json:"name"`
	Counties  []string `json:"counties"`
	InvestWan *float64 `json:"invest_wan"`
	Stage     string   `json:"stage"`
	Version   int      `json:"version"`
	Area      struct{ Code, Name string }
	Batches   []struct {
		Term  int
		Batch string
	}
	Members []struct{ Role, Name string }
	Sites   []struct{ ID int64 }
}

func TestAProjectFromFirstToLast(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	chief := w.In(ledger.Commander, "411100")
	var p projectSaid
	made := chief.Call(http.MethodPost, "/api/v1/projects", map[string]any{
		"name": " 双汇  第三工业园 ", "area": "411104", "invest_wan": 187300, "stage": "signed",
		"batches": []any{map[string]any{"term": 13, "batch": "signed"}},
	}).Must(t, 201)
	made.Into(t, &p)
	if p.Name != "双汇 第三工业园" || p.Area.Name != "召陵区" || *p.InvestWan != 187300 || len(p.Batches) != 1 || p.Members == nil || p.Sites == nil {
		t.Errorf("project = %s", made.Body)
	}
	path := fmt.Sprintf("/api/v1/projects/%d", p.ID)
	etag := chief.Get(path).Must(t, 200).Header.Get("ETag")
	chief.Call(http.MethodPatch, path, map[string]any{"stage": "started", "invest_wan": nil, "reason": "入库"}, "If-Match", etag).Must(t, 200).Into(t, &p)
	if p.Stage != "started" || p.InvestWan != nil || p.Version != 2 {
		t.Errorf("project = %+v", p)
	}
	if got := chief.Call(http.MethodPatch, path, map[string]any{"stage": "reached"}, "If-Match", etag); got.Status != 409 || got.Code() != "changed_meanwhile" {
		t.Errorf("an old ETag: %d %s", got.Status, got.Body)
	}
	chief.Call(http.MethodPut, path+"/members/officer", map[string]any{"name": "示例服务官", "phone": "0395-0000000"}).Must(t, 200)
	chief.Get(path).Must(t, 200).Into(t, &p)
	if len(p.Members) != 1 || p.Members[0].Role != "officer" {
		t.Errorf("members = %+v", p.Members)
	}
	chief.Call(http.MethodDelete, path+"/members/officer", nil).Must(t, 204)
	if got := chief.Call(http.MethodDelete, path+"/members/officer", nil); got.Status != 404 {
		t.Errorf("an empty seat: %d", got.Status)
	}
	var stages struct {
		Items []struct{ Stage, Reason string }
	}
	chief.Get(path+"/stages").Must(t, 200).Into(t, &stages)
	if len(stages.Items) != 2 || stages.Items[0].Reason != "入库" {
		t.Errorf("stages = %+v", stages)
	}
}

func TestListsOfProjects(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	for i := range 5 {
		ledgertest.Project(t, w.Ledger, "411104", func(f *ledger.Facts) {
			f.Batches = []ledger.Batch{{Term: 10 + i, Batch: "signed"}}
		})
	}
	ledgertest.Project(t, w.Ledger, "411121")
	type list struct {
		Items []projectSaid
		Next  string
	}
	county := w.In(ledger.County, "411104")
	seen := map[int64]bool{}
	for path := "/api/v1/projects?limit=2"; path != ""; {
		var page list
		county.Get(path).Must(t, 200).Into(t, &page)
		for _, p := range page.Items {
			seen[p.ID] = true
		}
		path = ""
		if page.Next != "" {
			path = "/api/v1/projects?limit=2&cursor=" + page.Next
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d projects seen, want the county's 5", len(seen))
	}
	for query, want := range map[string]int{
		"batch=signed:12": 1, "batch=signed": 5, "stage=building": 5, "stage=idea": 0, "county=411121": 0, "q=示例": 5, "q=%25": 0,
	} {
		var page list
		county.Get("/api/v1/projects?"+query).Must(t, 200).Into(t, &page)
		if len(page.Items) != want || page.Items == nil {
			t.Errorf("%s: %d, want %d", query, len(page.Items), want)
		}
	}
	for _, query := range []string{"limit=0", "stage=x", "batch=x", "nonsense=1", "county=4111'"} {
		if got := county.Get("/api/v1/projects?" + query); got.Status != 422 {
			t.Errorf("%s: %d %s", query, got.Status, got.Body)
		}
	}
	if got := county.Get("/api/v1/projects?cursor=xx"); got.Status != 400 || got.Code() != "bad_cursor" {
		t.Errorf("bad cursor: %d %s", got.Status, got.Body)
	}
}

// What a text may not hold is refused wherever it enters, and said where (S21).
func TestTextsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	chief := w.In(ledger.Commander, "411100")
	for name, tt := range map[string]struct {
		body   string
		status int
	}{
		"NUL":               {`{"name":"甲\u0000","area":"411104"}`, 422},
		"bidi override":     {`{"name":"甲\u202e项目","area":"411104"}`, 422},
		"bidi in a note":    {`{"name":"甲","area":"411104","note":"\u2067"}`, 422},
		"not UTF-8":         {"{\"name\":\"甲\xff\",\"area\":\"411104\"}", 422},
		"lone surrogate":    {`{"name":"甲\ud800","area":"411104"}`, 422},
		"too long":          {`{"name":"` + strings.Repeat("长", 201) + `","area":"411104"}`, 422},
		"blank":             {`{"name":" \u3000","area":"411104"}`, 422},
		"invisible":         {`{"name":"\u200b","area":"411104"}`, 422},
		"unknown member":    {`{"name":"甲","area":"411104","owner_id":1}`, 422},
		"number for a text": {`{"name":1,"area":"411104"}`, 422},
		"negative money":    {`{"name":"甲","area":"411104","invest_wan":-1}`, 422},
		"endless money":     {`{"name":"甲","area":"411104","invest_wan":1e300}`, 422},
		"area unknown":      {`{"name":"甲","area":"411199"}`, 404},
		"not JSON":          {`{"name":`, 400},
		"deep":              {strings.Repeat(`[`, 100_000), 400},
	} {
		req, err := http.NewRequest(http.MethodPost, w.URL+"/api/v1/projects", strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		got := chief.Do(req)
		if got.Status != tt.status || got.Code() == "" || strings.Contains(string(got.Body), "panic") {
			t.Errorf("%s: %d %s, want %d", name, got.Status, got.Body, tt.status)
		}
	}
	for _, path := range []string{"/api/v1/projects?q=%00", "/api/v1/projects?q=%E2%80%AE", "/api/v1/projects?q=%ff", "/api/v1/sites?q=%1b"} {
		if got := chief.Get(path); got.Status != 422 {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	var page struct{ Items []projectSaid }
	chief.Get("/api/v1/projects").Must(t, 200).Into(t, &page)
	if len(page.Items) != 0 {
		t.Errorf("left behind: %+v", page.Items)
	}
	// Two ways to write é are one name.
	chief.Call(http.MethodPost, "/api/v1/projects", map[string]any{"name": "cafe\u0301项目", "area": "411104"}).Must(t, 201)
	if got := chief.Call(http.MethodPost, "/api/v1/projects", map[string]any{"name": "caf\u00e9项目", "area": "411104"}); got.Status != 409 {
		t.Errorf("the same name written otherwise: %d", got.Status)
	}
}

func polygon(points ...[2]float64) map[string]any {
	return map[string]any{"type": "Polygon", "coordinates": [][][2]float64{points}}
}

func square(lon, lat, side float64) map[string]any {
	return polygon([2]float64{lon, lat}, [2]float64{lon + side, lat}, [2]float64{lon + side, lat + side}, [2]float64{lon, lat + side}, [2]float64{lon, lat})
}

func TestASiteFromFirstToLast(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	g := ledgertest.Project(t, w.Ledger, "411104")
	land := w.In(ledger.Land, "411100")
	type site struct {
		ID        int64
		Version   int
		County    string
		AreaM2    float64 `json:"area_m2"`
		AreaMu    float64 `json:"area_mu"`
		AreaHa    float64 `json:"area_ha"`
		Schematic bool
		Boundary  struct{ Type string }
		Buildings []struct {
			ID        int64
			Name      string
			State     string
			Footprint *struct{ Type string }
		}
	}
	var s site
	land.Call(http.MethodPost, "/api/v1/sites", map[string]any{
		"project_id": g.Project.ID, "name": "二期", "boundary": map[string]any{"type": "Feature", "properties": nil, "geometry": square(114.1, 33.5, 0.002)}, "reason": "勘测定界",
	}).Must(t, 201).Into(t, &s)
	if s.Version != 1 || s.County != "411104" || s.Boundary.Type != "MultiPolygon" || s.Schematic || s.Buildings == nil {
		t.Errorf("site = %+v", s)
	}
	if d := s.AreaMu/s.AreaM2*2000/3 - 1; d > 1e-9 || d < -1e-9 || s.AreaM2 < 40_000 || s.AreaM2 > 42_000 || s.AreaHa*10_000 != s.AreaM2 {
		t.Errorf("areas = %+v", s)
	}
	path := fmt.Sprintf("/api/v1/sites/%d", s.ID)
	before := time.Now()
	land.Call(http.MethodPut, path+"/boundary", map[string]any{"boundary": square(114.1, 33.5, 0.003), "reason": "征地批复"}).Must(t, 200).Into(t, &s)
	if s.Version != 2 || s.AreaM2 < 90_000 {
		t.Errorf("site = %+v", s)
	}
	land.Get(path+"?as_of="+before.UTC().Format("2006-01-02T15:04:05.999999999Z")).Must(t, 200).Into(t, &s)
	if s.Version != 1 || s.AreaM2 > 42_000 {
		t.Errorf("as of before = %+v", s)
	}
	if got := land.Get(path + "?as_of=2020-01-01T00:00:00Z"); got.Status != 404 {
		t.Errorf("before it was: %d", got.Status)
	}
	var versions struct {
		Items []struct {
			Version int
			Reason  string
			Person  *struct{ ID int64 }
		}
	}
	land.Get(path+"/versions").Must(t, 200).Into(t, &versions)
	if len(versions.Items) != 2 || versions.Items[0].Reason != "征地批复" || versions.Items[0].Person == nil || versions.Items[0].Person.ID != land.ID {
		t.Errorf("versions = %+v", versions)
	}

	inspector := w.On(ledger.Inspector, g.Project.ID)
	var b struct{ ID int64 }
	inspector.Call(http.MethodPost, path+"/buildings", map[string]any{"name": "1#", "footprint": square(114.1005, 33.5005, 0.0005)}).Must(t, 201).Into(t, &b)
	one := fmt.Sprintf("%s/buildings/%d", path, b.ID)
	inspector.Call(http.MethodPatch, one, map[string]any{"state": "accepted"}).Must(t, 200)
	inspector.Get(path).Must(t, 200).Into(t, &s)
	if len(s.Buildings) != 1 || s.Buildings[0].State != "accepted" || s.Buildings[0].Footprint == nil {
		t.Errorf("buildings = %+v", s.Buildings)
	}
	inspector.Call(http.MethodPatch, one, map[string]any{"footprint": nil}).Must(t, 200)
	if got := inspector.Call(http.MethodPatch, one, map[string]any{"footprint": square(114.2, 33.5, 0.001)}); got.Status != 422 || got.Code() != "footprint_outside" {
		t.Errorf("outside: %d %s", got.Status, got.Body)
	}
	var list struct{ Items []site }
	inspector.Get("/api/v1/sites?bbox=114.0999,33.4999,114.1001,33.5001").Must(t, 200).Into(t, &list)
	if len(list.Items) != 1 || list.Items[0].ID != s.ID {
		t.Errorf("in view = %+v", list.Items)
	}
	if got := inspector.Get("/api/v1/sites?bbox=115,33,114,34"); got.Status != 422 || got.Code() != "bad_bbox" {
		t.Errorf("bbox: %d %s", got.Status, got.Body)
	}
}

// A boundary that is wrong is refused with the point, in Chinese, and leaves nothing.
func TestBoundariesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	g := ledgertest.Project(t, w.Ledger, "411104")
	chief := w.In(ledger.Commander, "411100")
	bow := polygon([2]float64{114, 33.5}, [2]float64{114.01, 33.51}, [2]float64{114.01, 33.5}, [2]float64{114, 33.51}, [2]float64{114, 33.5})
	several := map[string]any{"type": "FeatureCollection", "features": []any{
		map[string]any{"type": "Feature", "properties": nil, "geometry": square(114, 33.5, 0.001)},
		map[string]any{"type": "Feature", "properties": nil, "geometry": square(114.1, 33.5, 0.001)},
	}}
	for name, tt := range map[string]struct {
		boundary any
		code     string
	}{
		"crosses itself": {bow, "ring_crosses_itself"},
		"swapped":        {square(33.5, 114, 0.001), "geojson_lonlat_swapped"},
		"elsewhere":      {square(120, 30, 0.001), "geojson_outside"},
		"a point":        {map[string]any{"type": "Point", "coordinates": []float64{114, 33.5}}, "boundary_not_area"},
		"several":        {several, "boundary_several"},
		"null":           {nil, ""},
		"a text":         {"POLYGON((0 0))", ""},
	} {
		body := map[string]any{"boundary": tt.boundary, "reason": "试"}
		got := chief.Call(http.MethodPut, fmt.Sprintf("/api/v1/sites/%d/boundary", g.Site.ID), body)
		if got.Status != 422 || tt.code != "" && got.Code() != tt.code {
			t.Errorf("%s: %d %s, want 422 %s", name, got.Status, got.Body, tt.code)
		}
		if name == "crosses itself" && (!strings.Contains(string(got.Body), `"at":[114.005,33.505]`) || !strings.Contains(string(got.Body), "body.boundary")) {
			t.Errorf("the crossing point is not named: %s", got.Body)
		}
	}
	if s, err := w.Ledger.Site(t.Context(), ledger.Scope{All: true}, g.Site.ID, time.Time{}); err != nil || s.Version != 1 {
		t.Errorf("site = %+v, %v", s, err)
	}
}
