package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/api/apitest"
	"guatu/geo"
	"guatu/geo/tiletest"
	"guatu/ledger"
)

// lay puts rows into a world behind the API's back.
func lay(t testing.TB, w *apitest.World, sql string, args ...any) {
	t.Helper()
	args = append([]any{pgx.QueryExecModeSimpleProtocol}, args...)
	if _, err := w.Ledger.Pool().Exec(ledger.System(context.Background()), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// laySites makes a project with n sites in each of two counties; site names
// begin with their county.
func laySites(t testing.TB, w *apitest.World, n int) {
	t.Helper()
	lay(t, w, `
		INSERT INTO project (name, area, stage, invest_wan) SELECT '示例 ' || c, c, 'building', 5000 FROM unnest('{411104,411121}'::text[]) c;
		INSERT INTO project_area SELECT id, area FROM project;
		INSERT INTO site (county, project_id, name, boundary, schematic)
		SELECT p.area, p.id, p.area || '-' || i, ST_Multi(ST_MakeEnvelope(x, y, x + 0.002, y + 0.002, 4490)), true
		FROM project p, generate_series(0, `+fmt.Sprint(n-1)+`) i,
		     LATERAL (SELECT CASE p.area WHEN '411104' THEN 114.0 ELSE 113.7 END + 0.003 * (i % 60) AS x, 33.45 + 0.003 * (i / 60) AS y) at;
		INSERT INTO backdrop (kind, name, shape) VALUES ('river', '沙河', ST_GeomFromText('LINESTRING(113.5 33.55, 114.3 33.56)', 4490));
		INSERT INTO layer_version (kind, source, active) VALUES ('forest', '示例', true);
		INSERT INTO patch (county, layer_version_id, id, code, shape, area_m2)
		SELECT p.area, v.id, 1, p.area, s.boundary, s.area_m2 FROM layer_version v, project p JOIN LATERAL
		    (SELECT boundary, area_m2 FROM site WHERE project_id = p.id ORDER BY id LIMIT 1) s ON true;
		ANALYZE`)
}

const cityTile = "9/417/205" // 113.2–113.9 × 33.1–33.7

func tilePath(layers string, zoom int, at orb.Point) string {
	return fmt.Sprintf("/tiles/%s/%v.mvt", layers, geo.TileAt(at, zoom))
}

func decoded(t testing.TB, a apitest.Answer) map[string]tiletest.Layer {
	t.Helper()
	layers, err := tiletest.Decode(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return layers
}

// counties are the beginnings of the names in a layer.
func counties(l tiletest.Layer) []string {
	var all []string
	for _, f := range l.Features {
		county, _, _ := strings.Cut(fmt.Sprint(f.Properties["name"]), "-")
		if !slices.Contains(all, county) {
			all = append(all, county)
		}
	}
	slices.Sort(all)
	return all
}

func TestTilesShowOnlyTheCallersGround(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 20)
	for name, tt := range map[string]struct {
		who  *apitest.Person
		want string
	}{
		"commander of the city":    {w.In(ledger.Commander, "411100"), "[411104 411121]"},
		"county":                   {w.In(ledger.County, "411104"), "[411104]"},
		"inspector of a county":    {w.In(ledger.Inspector, "411121"), "[411121]"},
		"inspector of one project": {w.On(ledger.Inspector, 1), "[411104]"},
		"inspector elsewhere":      {w.In(ledger.Inspector, "411122"), "[]"},
	} {
		for zoom := 5; zoom <= 7; zoom++ { // one tile holds both counties
			for range 2 { // drawn, then cached
				a := tt.who.Get(tilePath("site", zoom, orb.Point{113.99, 33.46}))
				if tt.want == "[]" {
					a.Must(t, http.StatusNoContent)
					continue
				}
				layers := decoded(t, a.Must(t, http.StatusOK))
				if got := fmt.Sprint(counties(layers["site_label"])); got != tt.want {
					t.Errorf("%s at zoom %d sees %s, want %s", name, zoom, got, tt.want)
				}
				for _, l := range layers {
					for _, f := range l.Features {
						if county, _, _ := strings.Cut(f.Properties["name"].(string), "-"); !strings.Contains(tt.want, county) {
							t.Errorf("%s sees %v", name, f.Properties)
						}
					}
				}
			}
		}
	}
	w.Nobody().Get("/tiles/site/"+cityTile+".mvt").Must(t, http.StatusUnauthorized)
}

func TestPatchTilesAreForTheBureaus(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 2)
	codes := func(p *apitest.Person) string {
		var all []string
		for _, f := range decoded(t, p.Get(tilePath("forest", 7, orb.Point{113.99, 33.46})).Must(t, 200))["forest"].Features {
			all = append(all, fmt.Sprint(f.Properties["code"]))
		}
		slices.Sort(all)
		return fmt.Sprint(all)
	}
	// 400 m squares are below a pixel at zoom 7: make them worth drawing.
	lay(t, w, `UPDATE patch SET shape = ST_Multi(ST_Expand(shape, 0.05)), area_m2 = 1e8`)
	if got := codes(w.In(ledger.Land, "411100")); got != "[411104 411121]" {
		t.Errorf("the city's land bureau sees %s", got)
	}
	if got := codes(w.In(ledger.Forestry, "411121")); got != "[411121]" {
		t.Errorf("a county's forestry bureau sees %s", got)
	}
	// A right in one county does not widen by another role elsewhere.
	mixed := w.Person(ledger.NewGrant{Role: ledger.Inspector, Area: "411100"}, ledger.NewGrant{Role: ledger.Land, Area: "411104"})
	if got := codes(mixed); got != "[411104]" {
		t.Errorf("land in one county, inspector in the city: sees %s", got)
	}
	for _, role := range []ledger.Role{ledger.Inspector, ledger.County, ledger.Watcher} {
		a := w.In(role, "411100").Get("/tiles/site,forest/" + cityTile + ".mvt")
		if a.Must(t, http.StatusForbidden); a.Code() != "forbidden" {
			t.Errorf("%s: %s", role, a.Body)
		}
	}
}

// TestATileAfterACommitShowsIt edits and fetches without waiting, 200 times.
func TestATileAfterACommitShowsIt(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 1)
	who, other := w.In(ledger.Commander, "411100"), w.In(ledger.County, "411104")
	path := tilePath("site", 15, orb.Point{114.001, 33.451})
	etag := ""
	for i := range 200 {
		name := fmt.Sprintf("第 %d 次", i)
		err := w.Ledger.Write(t.Context(), func(tx pgx.Tx) ([]ledger.Event, error) {
			if _, err := tx.Exec(t.Context(), `UPDATE site SET name = $1 WHERE county = '411104'`, name); err != nil {
				return nil, err
			}
			return nil, ledger.Tick(t.Context(), tx, "site")
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*apitest.Person{who, other} {
			a := p.Call("GET", path, nil, "If-None-Match", etag).Must(t, http.StatusOK)
			if got := decoded(t, a)["site"].Features[0].Properties["name"]; got != name {
				t.Fatalf("after edit %d the tile shows %v", i, got)
			}
			if p == who {
				etag = a.Header.Get("Etag")
				p.Call("GET", path, nil, "If-None-Match", etag).Must(t, http.StatusNotModified)
			}
		}
	}
}

// TestTilesAreFreshUnderConcurrentEdits: whoever reads the clock, then fetches,
// never sees less than that clock.
func TestTilesAreFreshUnderConcurrentEdits(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 1)
	who := w.In(ledger.Commander, "411100")
	path := tilePath("site", 15, orb.Point{114.001, 33.451})
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	writers.Go(func() {
		defer close(done)
		for i := range 150 {
			err := w.Ledger.Write(t.Context(), func(tx pgx.Tx) ([]ledger.Event, error) {
				if err := ledger.Tick(t.Context(), tx, "site"); err != nil {
					return nil, err
				}
				_, err := tx.Exec(t.Context(), `UPDATE site SET name = $1 WHERE county = '411104'`, fmt.Sprint(i))
				return nil, err
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				var before string
				if err := w.Ledger.Pool().QueryRow(t.Context(), `SELECT name FROM site WHERE county = '411104'`).Scan(&before); err != nil {
					t.Error(err)
					return
				}
				least, err := strconv.Atoi(before)
				if err != nil {
					least = -1 // not yet edited
				}
				a := who.Get(path).Must(t, http.StatusOK)
				shown := decoded(t, a)["site"].Features[0].Properties["name"].(string)
				if got, err := strconv.Atoi(shown); err == nil && got < least || err != nil && least >= 0 {
					t.Errorf("read %d, then the tile showed %s", least, shown)
				}
			}
		})
	}
	writers.Wait()
	readers.Wait()
}

func TestTileVersionsAndCaching(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 1)
	city, county := w.In(ledger.Commander, "411100"), w.In(ledger.County, "411104")
	version := func(p *apitest.Person) (site, backdrop string) {
		var facts struct {
			Version struct{ Site, Backdrop string }
		}
		p.Get("/api/v1/map").Must(t, 200).Into(t, &facts)
		return facts.Version.Site, facts.Version.Backdrop
	}
	site, backdrop := version(city)
	theirs, same := version(county)
	if site == theirs || backdrop != same {
		t.Errorf("site versions %s %s must differ between scopes, backdrop versions %s %s must not", site, theirs, backdrop, same)
	}
	path := tilePath("site", 15, orb.Point{114.001, 33.451})
	cached := func(v string) bool {
		a := city.Get(path+v).Must(t, 200)
		if !strings.Contains(a.Header.Get("Vary"), "Cookie") {
			t.Errorf("Vary = %q", a.Header.Get("Vary"))
		}
		return strings.Contains(a.Header.Get("Cache-Control"), "max-age")
	}
	if !cached("?v=" + site) {
		t.Error("a tile of the current version is not cached")
	}
	for _, v := range []string{"", "?v=", "?v=0", "?v=" + theirs} {
		if cached(v) {
			t.Errorf("a tile with %q is cached", v)
		}
	}
	err := w.Ledger.Write(t.Context(), func(tx pgx.Tx) ([]ledger.Event, error) { return nil, ledger.Tick(t.Context(), tx, "site") })
	if err != nil {
		t.Fatal(err)
	}
	if cached("?v=" + site) {
		t.Error("a tile of an old version is cached")
	}
	if now, still := version(city); now == site || still != backdrop {
		t.Errorf("after a change of sites: %s %s", now, still)
	}
}

func TestTileRefusals(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 1)
	who := w.In(ledger.Commander, "411100")
	for path, want := range map[string]string{
		"/tiles/site/19/0/0.mvt":                "400 bad_tile",
		"/tiles/site/9/512/0.mvt":               "400 bad_tile",
		"/tiles/site/9/a/0.mvt":                 "400 bad_tile",
		"/tiles/site/09/417/205.mvt":            "400 bad_tile",
		"/tiles/site/9/417/205":                 "400 bad_tile",
		"/tiles/site/9/417/205.png":             "400 bad_tile",
		"/tiles/person/" + cityTile + ".mvt":    "404 no_such_layer",
		"/tiles/site,/" + cityTile + ".mvt":     "404 no_such_layer",
		"/tiles/person.json":                    "404 no_such_layer",
		"/tiles/site":                           "404 no_such_layer",
		"/tiles/site/0/0/0.mvt":                 "200 ",
		"/tiles/site/9/0/0.mvt":                 "204 ",
		"/tiles/river/" + cityTile + ".mvt":     "200 ",
		"/tiles/rail,road/" + cityTile + ".mvt": "204 ",
	} {
		a := who.Get(path)
		if got := fmt.Sprintf("%d %s", a.Status, a.Code()); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
}

func TestTileJSON(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 1)
	who := w.In(ledger.Commander, "411100")
	var doc struct {
		TileJSON string
		Tiles    []string
		Bounds   []float64
		MaxZoom  int
		Layers   []struct {
			ID     string
			Fields map[string]string
		} `json:"vector_layers"`
	}
	who.Get("/tiles/river,site.json").Must(t, 200).Into(t, &doc)
	if doc.TileJSON != "3.0.0" || len(doc.Bounds) != 4 || doc.MaxZoom != geo.MaxZoom || len(doc.Layers) != 3 {
		t.Fatalf("%+v", doc)
	}
	address := strings.NewReplacer("{z}/{x}/{y}", geo.TileAt(orb.Point{114.001, 33.451}, 13).String(), w.URL, "").Replace(doc.Tiles[0])
	a := who.Get(address).Must(t, 200)
	if !strings.Contains(a.Header.Get("Cache-Control"), "max-age") {
		t.Errorf("the address in the TileJSON is not of the current version: %s", address)
	}
	for name, layer := range decoded(t, a) {
		told := slices.IndexFunc(doc.Layers, func(l struct {
			ID     string
			Fields map[string]string
		}) bool {
			return l.ID == name
		})
		if told < 0 {
			t.Errorf("layer %s is not told", name)
			continue
		}
		for key := range layer.Features[0].Properties {
			if doc.Layers[told].Fields[key] == "" && key != "kind" {
				t.Errorf("%s.%s is not told", name, key)
			}
		}
	}
}

// TestRandomTilesAreCheap is S14: addresses all over the world.
func TestRandomTilesAreCheap(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 50)
	who := w.In(ledger.Commander, "411100")
	rnd := rand.New(rand.NewPCG(5, 6))
	took := make([]time.Duration, 0, 2000)
	for range cap(took) {
		z := rnd.IntN(geo.MaxZoom + 1)
		path := fmt.Sprintf("/tiles/site,river/%d/%d/%d.mvt", z, rnd.IntN(1<<z), rnd.IntN(1<<z))
		begun := time.Now()
		if a := who.Get(path); a.Status != 200 && a.Status != 204 {
			t.Fatalf("%s = %d %s", path, a.Status, a.Body)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	t.Logf("p50 %v, p99 %v", took[len(took)/2], took[len(took)*99/100])
	if took[len(took)/2] > 2*time.Second {
		t.Errorf("half of the tiles took more than %v", took[len(took)/2])
	}
}

func TestBoardShowsSitesPhotosAndWhatHasNoGround(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	laySites(t, w, 2)
	commander, county := w.In(ledger.Commander, "411100"), w.In(ledger.County, "411104")
	lay(t, w, `
		INSERT INTO project (name, area, stage) VALUES ('无地项目甲', '411104', 'signed'), ('无地项目乙', '411121', 'idea');
		INSERT INTO project_area SELECT id, area FROM project WHERE name LIKE '无地%';
		INSERT INTO project_batch VALUES (1, 13, 'signed'), (1, 15, 'started');
		INSERT INTO blob (hash, size, type, state, stored_at) VALUES ('sha256:' || repeat('a', 64), 1, 'image/jpeg', 'stored', now())`)
	// The day is Beijing's: 2026-03-04 16:00 UTC is its first moment, 15:59:59 belongs to the day before.
	photo := func(site string, at string) {
		lay(t, w, fmt.Sprintf(`
			INSERT INTO photo (county, id, project_id, site_id, person_id, hash, size, type, width, height, received_at)
			SELECT county, gen_random_uuid(), project_id, id, %d, 'sha256:' || repeat('a', 64), 1, 'image/jpeg', 1, 1, '%s'
			FROM site WHERE name = '%s'`, commander.ID, at, site))
	}
	photo("411104-0", "2026-03-04T15:59:59Z")
	photo("411104-0", "2026-03-04T16:00:00Z")
	photo("411104-0", "2026-03-05T15:59:59Z")
	photo("411104-0", "2026-03-05T16:00:00Z")
	photo("411121-1", "2026-03-05T01:00:00Z")

	type site struct {
		Name, Project, County, Stage string
		Batches                      []string
		PhotosToday                  int     `json:"photos_today"`
		LastPhotoAt                  *string `json:"last_photo_at"`
		AreaM2                       float64 `json:"area_m2"`
		At                           []float64
		Schematic                    bool
	}
	type board struct {
		Date, Version string
		Counts        map[string]int
		Sites         []site
		Unlocated     []struct {
			Name string
			Area struct{ Code, Name string }
		}
	}
	var city, own board
	commander.Get("/api/v1/board?date=2026-03-05").Must(t, 200).Into(t, &city)
	county.Get("/api/v1/board?date=2026-03-05").Must(t, 200).Into(t, &own)

	if city.Date != "2026-03-05" || len(city.Sites) != 4 || len(city.Unlocated) != 2 || len(own.Sites) != 2 || len(own.Unlocated) != 1 {
		t.Fatalf("city %+v\ncounty %+v", city, own)
	}
	for k, want := range map[string]int{"sites": 4, "unlocated": 2, "sent": 2, "photos": 3, "stage_building": 4} {
		if city.Counts[k] != want {
			t.Errorf("counts.%s = %d, want %d", k, city.Counts[k], want)
		}
	}
	first := city.Sites[0]
	if first.Name != "411104-0" || first.PhotosToday != 2 || *first.LastPhotoAt != "2026-03-05T15:59:59Z" || !first.Schematic ||
		fmt.Sprint(first.Batches) != "[signed:13 started:15]" || first.AreaM2 < 40000 || len(first.At) != 2 {
		t.Errorf("first site: %+v", first)
	}
	if city.Sites[2].Batches == nil || city.Sites[2].LastPhotoAt != nil {
		t.Errorf("a site without photos and batches: %+v", city.Sites[2])
	}
	if own.Unlocated[0].Name != "无地项目甲" || own.Unlocated[0].Area.Name != "召陵区" {
		t.Errorf("unlocated: %+v", own.Unlocated)
	}
	for _, s := range own.Sites {
		if s.County != "411104" {
			t.Errorf("a county sees %+v", s)
		}
	}
	var facts struct{ Version struct{ Site string } }
	commander.Get("/api/v1/map").Must(t, 200).Into(t, &facts)
	if facts.Version.Site != city.Version {
		t.Errorf("the board is of %s, the map of %s", city.Version, facts.Version.Site)
	}
	a := commander.Get("/api/v1/board?date=yesterday")
	if a.Status != 422 {
		t.Errorf("a wrong date: %d %s", a.Status, a.Body)
	}
}

func TestAnEmptyBoardIsEmptyNotNull(t *testing.T) {
	t.Parallel()
	w := apitest.Start(t)
	body := w.In(ledger.Commander, "411100").Get("/api/v1/board").Must(t, 200).Body
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil || string(raw["sites"]) != "[]" || string(raw["unlocated"]) != "[]" || string(raw["version"]) == `""` {
		t.Errorf("%s", body)
	}
	if today := time.Now().In(ledger.Beijing).Format(time.DateOnly); string(raw["date"]) != `"`+today+`"` {
		t.Errorf("date = %s, want %s", raw["date"], today)
	}
}

func BenchmarkBoard10000(b *testing.B) {
	w := apitest.Start(b)
	laySites(b, w, 5000)
	who := w.In(ledger.Commander, "411100")
	size := 0
	for b.Loop() {
		size = len(who.Get("/api/v1/board").Must(b, 200).Body)
	}
	b.ReportMetric(float64(size), "bytes")
}

func BenchmarkTile(b *testing.B) {
	for _, sites := range []int{42, 5000} {
		w := apitest.Start(b)
		laySites(b, w, sites)
		who := w.In(ledger.Commander, "411100")
		for _, zoom := range []int{9, 12, 15} {
			at := tilePath("site,river", zoom, orb.Point{114.001, 33.451})
			who.Get(at).Must(b, 200) // drawn
			b.Run(fmt.Sprintf("cached/sites=%d/z=%d", 2*sites, zoom), func(b *testing.B) {
				for b.Loop() {
					who.Get(at).Must(b, 200)
				}
			})
		}
	}
}
