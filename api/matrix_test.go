package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"guatu/api"
	"guatu/api/apitest"
	"guatu/ledger"
	"guatu/media"
	"guatu/media/mediatest"
)

// The authorization matrix (promises G6): every route of the table × every role
// × {own county, sibling county, parent city, member of the project, nobody} ×
// {object of the own county, object of the sibling}. What must come back follows
// from the table and the scope alone; a route without a probe fails the test.

const (
	ownCounty     = "411104"
	siblingCounty = "411121"
	city          = "411100"
)

// ground is what lies in one county: one object of every noun, all of whose
// texts carry the canary.
type ground struct {
	county, canary string
	project, site  int64
	building       int64
	org, person    int64
	session        int64
	imported       int64
	photo          string
}

// probe is how the matrix calls one route.
type probe struct {
	// call makes the request for an object; n is new for each call.
	call func(m *matrix, g *ground, n int64) (path string, body any, header []string)
	// lists: the answer shows the canaries of exactly the counties in scope.
	lists bool
	// personal: the route is about the caller alone, whatever the ground.
	personal bool
	// prepared makes a fresh object for routes that use theirs up.
	prepared func(m *matrix, g *ground, by *apitest.Person) *ground
	// allowed are the statuses of a call that is let through; default: 200, 201, 204.
	allowed []int
	// mine: objects that only their owner reaches; anyone else is told 404.
	mine bool
	// countyOnly: the object is of a county as a whole; a member of a project does not reach it.
	countyOnly bool
	// refused: roles that see the object and may still not do this.
	refused []ledger.Role
	// serial: calls of this probe get in each other's way.
	serial bool
	// endless: the answer does not end (a stream); what it carries is tested elsewhere.
	endless bool
}

type matrix struct {
	*apitest.World
	media        *media.Store
	own, sibling *ground
	n            atomic.Int64
	cells        atomic.Int64
}

// cell is one caller.
type cell struct {
	name   string
	role   ledger.Role
	person *apitest.Person
	sees   func(g *ground) bool
	// onProject: the scope is one project, not a county.
	onProject bool
}

func TestAuthorizationMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	callers := m.callers()
	for _, r := range api.Routes() {
		key := r.Method + " " + r.Path
		list := probes[key]
		if len(list) == 0 && !r.Public {
			t.Errorf("%s has no probe: add it to the matrix", key)
		}
		for _, p := range list {
			t.Run(key, func(t *testing.T) { m.probe(t, r, p, callers) })
		}
	}
	if n := m.cells.Load(); n < 1500 {
		t.Errorf("the matrix has only %d cells", n)
	} else {
		t.Logf("%d cells", n)
	}
}

func (m *matrix) probe(t *testing.T, r api.Route, p probe, callers []cell) {
	m.nobody(t, r, p)
	if p.endless {
		return
	}
	width := 6
	if p.serial {
		width = 1
	}
	slots := make(chan struct{}, width)
	var all sync.WaitGroup
	for _, c := range callers {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			m.row(t, r, p, c)
		})
	}
	all.Wait()
}

func (m *matrix) nobody(t *testing.T, r api.Route, p probe) {
	t.Helper()
	for name, header := range map[string][]string{
		"no login": nil, "bad token": {"Authorization", "Bearer gt_nonsense"}, "bad cookie": {"Cookie", "__Host-guatu=nonsense"},
	} {
		path, body, more := p.call(m, m.own, m.n.Add(1))
		got := m.Nobody().Call(r.Method, path, body, append(more, header...)...)
		m.cells.Add(1)
		if got.Status != http.StatusUnauthorized || got.Code() != "unauthenticated" {
			t.Errorf("%s: %d %s, want 401", name, got.Status, got.Body)
		}
	}
}

func (m *matrix) row(t *testing.T, r api.Route, p probe, c cell) {
	t.Helper()
	for _, g := range []*ground{m.own, m.sibling} {
		object := g
		if p.prepared != nil {
			object = p.prepared(m, g, c.person)
		}
		path, body, header := p.call(m, object, m.n.Add(1))
		got := c.person.Call(r.Method, path, body, header...)
		m.cells.Add(1)
		where := fmt.Sprintf("%s → object in %s", c.name, g.county)
		sees := c.sees(g) && !p.mine && !(p.countyOnly && c.onProject)
		switch {
		case !slices.Contains(r.Roles, c.role):
			if got.Status != http.StatusForbidden || got.Code() != "forbidden" {
				t.Errorf("%s: %d %s, want 403", where, got.Status, got.Body)
			}
		case p.lists:
			m.list(t, where, got, c, p)
		case sees && slices.Contains(p.refused, c.role):
			if got.Status != http.StatusForbidden {
				t.Errorf("%s: %d %s, want 403", where, got.Status, got.Body)
			}
		case p.personal || sees:
			want := p.allowed
			if want == nil {
				want = []int{200, 201, 204}
			}
			if !slices.Contains(want, got.Status) {
				t.Errorf("%s: %d %s, want %v", where, got.Status, got.Body, want)
			}
		default:
			if got.Status != http.StatusNotFound {
				t.Errorf("%s: %d %s, want 404", where, got.Status, got.Body)
			}
		}
		for _, other := range []*ground{m.own, m.sibling} {
			if !c.sees(other) && strings.Contains(string(got.Body), other.canary) {
				t.Errorf("%s: the answer shows %s, which the caller may not see: %.300s", where, other.canary, got.Body)
			}
		}
	}
}

func (m *matrix) list(t *testing.T, where string, got apitest.Answer, c cell, p probe) {
	t.Helper()
	if got.Status != http.StatusOK {
		t.Errorf("%s: %d %s, want 200", where, got.Status, got.Body)
		return
	}
	for _, g := range []*ground{m.own, m.sibling} {
		if c.sees(g) && !(p.countyOnly && c.onProject) && !strings.Contains(string(got.Body), g.canary) {
			t.Errorf("%s: the list lacks %s, which is in scope: %.300s", where, g.canary, got.Body)
		}
	}
}

// callers are every role in every place.
func (m *matrix) callers() []cell {
	var all []cell
	for _, role := range ledger.Roles {
		for place, area := range map[string]string{"own county": ownCounty, "sibling county": siblingCounty, "parent city": city} {
			all = append(all, cell{
				name: string(role) + " of the " + place, role: role, person: m.In(role, area),
				sees: func(g *ground) bool { return area == city || g.county == area },
			})
		}
		all = append(all, cell{
			name: string(role) + " on the own project", role: role, person: m.On(role, m.own.project),
			sees: func(g *ground) bool { return g == m.own }, onProject: true,
		})
	}
	slices.SortFunc(all, func(a, b cell) int { return strings.Compare(a.name, b.name) })
	return all
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{}
	m.World = apitest.Start(t, func(_ *api.Config, p *api.Parts) {
		m.media = mediatest.On(t, p.Ledger)
		p.Media = m.media
	})
	m.own = m.ground(t, ownCounty, "CANARY-OWN")
	m.sibling = m.ground(t, siblingCounty, "CANARY-SIBLING")
	return m
}

// ground makes one of everything in a county, by the API itself.
func (m *matrix) ground(t *testing.T, county, canary string) *ground {
	t.Helper()
	g := &ground{county: county, canary: canary}
	admin := m.In(ledger.Admin, "410000")
	made := func(method, path string, body any, header ...string) int64 {
		t.Helper()
		var thing struct {
			ID int64 `json:"id"`
		}
		admin.Call(method, path, body, header...).Must(t, 201).Into(t, &thing)
		return thing.ID
	}
	g.project = made("POST", "/api/v1/projects", map[string]any{"name": "示例项目 " + canary, "area": county})
	made("POST", "/api/v1/projects", map[string]any{"name": "示例待落位 " + canary, "area": county}) // on the board without a site
	g.imported = made("POST", "/api/v1/imports/projects?filename=a.csv", ledgerFile(canary, county))
	g.site = made("POST", "/api/v1/sites", map[string]any{
		"project_id": g.project, "county": county, "name": "示例点位 " + canary, "boundary": plot(county, 0), "reason": "示例",
	})
	g.building = made("POST", fmt.Sprintf("/api/v1/sites/%d/buildings", g.site), map[string]any{"name": "示例单体 " + canary})
	g.org = made("POST", "/api/v1/orgs", map[string]any{"name": "示例单位 " + canary, "kind": "bureau", "area": county})
	g.person = made("POST", "/api/v1/persons", map[string]any{
		"name": "示例人员 " + canary, "login": strings.ToLower(canary), "password": apitest.Password,
		"grants": []any{map[string]any{"role": "inspector", "project_id": g.project}},
	})
	login := m.Nobody().Call("POST", "/api/v1/sessions", map[string]any{"login": canary, "password": apitest.Password}).Must(t, 201)
	cookie := strings.Split(login.Header.Values("Set-Cookie")[0], ";")[0]
	var mine struct {
		Items []struct {
			ID int64 `json:"id"`
		} `json:"items"`
	}
	m.Nobody().Call("GET", "/api/v1/sessions", nil, "Cookie", cookie).Must(t, 200).Into(t, &mine)
	g.session = mine.Items[0].ID
	body, digest := picture(canary)
	g.photo = uuid.Must(uuid.NewV7()).String()
	m.Nobody().Call("PUT", fmt.Sprintf("/api/v1/photos/%s?site=%d", g.photo, g.site), body, "Cookie", cookie, "Repr-Digest", digest).Must(t, 201)
	if err := m.media.Derive(ledger.System(t.Context()), fmt.Sprintf("sha256:%x", sha256.Sum256(body))); err != nil {
		t.Fatal(err)
	}
	return g
}

// plot is a boundary inside the county, another place for each n.
func plot(county string, n int64) map[string]any {
	west, south := 114.10, 33.55
	if county == siblingCounty {
		west, south = 113.60, 33.50
	}
	west += float64(n%100) * 0.0015
	south += float64(n/100%50) * 0.0015
	east, north := west+0.001, south+0.001
	return map[string]any{"type": "Polygon", "coordinates": [][][2]float64{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}
}

// picture is a small JPEG of its own for each seed, with its Repr-Digest.
func picture(seed string) (body []byte, digest string) {
	sum := sha256.Sum256([]byte(seed))
	img := image.NewGray(image.Rect(0, 0, 32, 32))
	for i := range img.Pix {
		img.Pix[i] = sum[i%len(sum)]
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	hash := sha256.Sum256(b.Bytes())
	return b.Bytes(), "sha-256=:" + base64.StdEncoding.EncodeToString(hash[:]) + ":"
}

// at is a call without a body on an address that names the object.
func at(address func(g *ground) string) func(*matrix, *ground, int64) (string, any, []string) {
	return func(_ *matrix, g *ground, _ int64) (string, any, []string) { return address(g), nil, nil }
}

func with(address func(g *ground) string, body func(g *ground, n int64) any) func(*matrix, *ground, int64) (string, any, []string) {
	return func(_ *matrix, g *ground, n int64) (string, any, []string) { return address(g), body(g, n), nil }
}

func fixed(path string) func(*ground) string { return func(*ground) string { return path } }

func project(rest string) func(*ground) string {
	return func(g *ground) string { return fmt.Sprintf("/api/v1/projects/%d%s", g.project, rest) }
}

func site(rest string) func(*ground) string {
	return func(g *ground) string { return fmt.Sprintf("/api/v1/sites/%d%s", g.site, rest) }
}

func person(rest string) func(*ground) string {
	return func(g *ground) string { return fmt.Sprintf("/api/v1/persons/%d%s", g.person, rest) }
}

func onTheProject(g *ground, _ int64) any {
	return map[string]any{"grants": []any{map[string]any{"role": "inspector", "project_id": g.project}}}
}

// notOriginals see photos, but only their derivatives.
var notOriginals = []ledger.Role{ledger.Watcher, ledger.Inspector, ledger.Forestry, ledger.County}

// seated fills the seat that the call empties.
func seated(m *matrix, g *ground, _ *apitest.Person) *ground {
	m.In(ledger.Admin, "410000").Call("PUT", project("/members/helper")(g), map[string]any{"name": "示例帮办 " + g.canary}).Must(m.T, 200)
	return g
}

// ledgerFile is a ledger of one line.
func ledgerFile(name, county string) []byte {
	place := map[string]string{ownCounty: "召陵区", siblingCounty: "舞阳县"}[county]
	return []byte("项目名称,市,县区,总投资（亿元）\n示例导入 " + name + ",漯河市," + place + ",1.5\n")
}

// previewed is an import of the caller's own.
func previewed(_ *matrix, g *ground, by *apitest.Person) *ground {
	var thing struct {
		ID int64 `json:"id"`
	}
	got := by.Call("POST", "/api/v1/imports/projects?filename=a.csv", ledgerFile(by.Login, g.county))
	own := *g
	if got.Status == 201 {
		got.Into(by.World.T, &thing)
		own.imported = thing.ID
	}
	return &own
}

func imported(rest string) func(*ground) string {
	return func(g *ground) string { return fmt.Sprintf("/api/v1/imports/%d%s", g.imported, rest) }
}

// probes has at least one line for every route that is not public.
var probes = map[string][]probe{
	"GET /api/v1/me":                  {{call: at(fixed("/api/v1/me")), personal: true}},
	"GET /api/v1/sessions":            {{call: at(fixed("/api/v1/sessions")), personal: true}},
	"DELETE /api/v1/sessions/current": {{call: at(fixed("/api/v1/sessions/current")), personal: true, allowed: []int{404}}}, // a token has no session
	"DELETE /api/v1/sessions/{id}":    {{call: at(func(g *ground) string { return fmt.Sprintf("/api/v1/sessions/%d", g.session) }), mine: true}},
	"PUT /api/v1/me/password":         {{call: with(fixed("/api/v1/me/password"), func(*ground, int64) any { return map[string]any{"old": "wrong", "new": "another horse"} }), personal: true, allowed: []int{401}}},
	"GET /api/v1/areas":               {{call: at(fixed("/api/v1/areas")), personal: true}},
	"GET /api/v1/map":                 {{call: at(fixed("/api/v1/map")), personal: true}},
	"GET /api/v1/stream":              {{call: at(fixed("/api/v1/stream")), endless: true}},
	"GET /api/v1/board":               {{call: at(fixed("/api/v1/board")), lists: true}},
	"GET /api/v1/orgs":                {{call: at(fixed("/api/v1/orgs")), lists: true, countyOnly: true}},
	"POST /api/v1/orgs": {{call: with(fixed("/api/v1/orgs"), func(g *ground, n int64) any {
		return map[string]any{"name": fmt.Sprintf("示例 %d", n), "kind": "bureau", "area": g.county}
	}), countyOnly: true}},
	"GET /api/v1/persons": {{call: at(fixed("/api/v1/persons?limit=500")), lists: true}},
	"POST /api/v1/persons": {{call: with(fixed("/api/v1/persons"), func(g *ground, n int64) any {
		return map[string]any{"name": "示例", "grants": []any{map[string]any{"role": "inspector", "project_id": g.project}}}
	})}},
	"GET /api/v1/persons/{id}":          {{call: at(person(""))}},
	"PUT /api/v1/persons/{id}/grants":   {{call: with(person("/grants"), onTheProject)}},
	"PUT /api/v1/persons/{id}/password": {{call: with(person("/password"), func(*ground, int64) any { return map[string]any{"password": apitest.Password} })}},
	"PUT /api/v1/persons/{id}/disabled": {{call: with(person("/disabled"), func(*ground, int64) any { return map[string]any{"disabled": false} })}},
	"GET /api/v1/projects":              {{call: at(fixed("/api/v1/projects?limit=500")), lists: true}},
	"POST /api/v1/projects": {{call: with(fixed("/api/v1/projects"), func(g *ground, n int64) any {
		return map[string]any{"name": fmt.Sprintf("示例新项目 %d", n), "area": g.county}
	}), countyOnly: true}},
	"GET /api/v1/projects/{id}":                   {{call: at(project(""))}},
	"PATCH /api/v1/projects/{id}":                 {{call: with(project(""), func(_ *ground, n int64) any { return map[string]any{"note": fmt.Sprintf("示例 %d", n)} })}},
	"GET /api/v1/projects/{id}/stages":            {{call: at(project("/stages"))}},
	"PUT /api/v1/projects/{id}/members/{role}":    {{call: with(project("/members/officer"), func(_ *ground, n int64) any { return map[string]any{"name": fmt.Sprintf("示例 %d", n)} })}},
	"DELETE /api/v1/projects/{id}/members/{role}": {{call: at(project("/members/helper")), prepared: seated, serial: true}},
	"GET /api/v1/sites":                           {{call: at(fixed("/api/v1/sites?limit=500")), lists: true}},
	"POST /api/v1/sites": {{call: with(fixed("/api/v1/sites"), func(g *ground, n int64) any {
		return map[string]any{"project_id": g.project, "county": g.county, "name": fmt.Sprintf("示例 %d", n), "boundary": plot(g.county, n), "reason": "示例"}
	})}},
	"GET /api/v1/sites/{id}": {{call: at(site(""))}},
	"PUT /api/v1/sites/{id}/boundary": {{call: with(site("/boundary"), func(g *ground, n int64) any {
		return map[string]any{"boundary": plot(g.county, n), "reason": "示例"}
	})}},
	"GET /api/v1/sites/{id}/versions":          {{call: at(site("/versions"))}},
	"GET /api/v1/sites/{id}/buildings":         {{call: at(site("/buildings"))}},
	"POST /api/v1/sites/{id}/buildings":        {{call: with(site("/buildings"), func(_ *ground, n int64) any { return map[string]any{"name": fmt.Sprintf("示例 %d", n)} })}},
	"PATCH /api/v1/sites/{id}/buildings/{bid}": {{call: with(func(g *ground) string { return fmt.Sprintf("/api/v1/sites/%d/buildings/%d", g.site, g.building) }, func(*ground, int64) any { return map[string]any{"state": "structure"} })}},
	"POST /api/v1/boundaries/preview": {{call: with(fixed("/api/v1/boundaries/preview?filename=a.geojson"), func(g *ground, n int64) any {
		return []byte(ledger.JSON(plot(g.county, n)))
	}), personal: true}},
	"POST /api/v1/boundaries/accept": {
		{call: with(func(g *ground) string {
			return fmt.Sprintf("/api/v1/boundaries/accept?plots=1&reason=a&site_id=%d", g.site)
		}, func(g *ground, n int64) any {
			return []byte(ledger.JSON(plot(g.county, n)))
		})},
		{call: with(func(g *ground) string {
			return fmt.Sprintf("/api/v1/boundaries/accept?plots=1&reason=a&project_id=%d", g.project)
		}, func(g *ground, n int64) any {
			return []byte(ledger.JSON(plot(g.county, n)))
		})},
	},
	"POST /api/v1/imports/projects": {{call: with(fixed("/api/v1/imports/projects?filename=a.csv"), func(g *ground, n int64) any { return ledgerFile(fmt.Sprint(n), g.county) }), personal: true}},
	"POST /api/v1/imports/sites": {{call: with(fixed("/api/v1/imports/sites?filename=a.geojson"), func(g *ground, n int64) any {
		return []byte(fmt.Sprintf(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"项目名称":"示例 %d"},"geometry":%s}]}`, n, ledger.JSON(plot(g.county, n))))
	}), personal: true}},
	"GET /api/v1/imports/{id}":             {{call: at(imported("")), mine: true}, {call: at(imported("")), prepared: previewed, personal: true}},
	"GET /api/v1/imports/{id}/errors.xlsx": {{call: at(imported("/errors.xlsx")), mine: true}, {call: at(imported("/errors.xlsx")), prepared: previewed, personal: true}},
	"POST /api/v1/imports/{id}/accept":     {{call: at(imported("/accept")), mine: true}, {call: at(imported("/accept")), prepared: previewed, personal: true}},
	"PUT /api/v1/photos/{id}": {{call: func(_ *matrix, g *ground, n int64) (string, any, []string) {
		body, digest := picture(fmt.Sprint(g.county, n))
		return fmt.Sprintf("/api/v1/photos/%s?site=%d", uuid.Must(uuid.NewV7()), g.site), body, []string{"Repr-Digest", digest}
	}}},
	"GET /api/v1/photos":              {{call: at(fixed("/api/v1/photos?limit=500")), lists: true}},
	"GET /api/v1/photos/{id}":         {{call: at(func(g *ground) string { return "/api/v1/photos/" + g.photo })}},
	"GET /api/v1/photos/{id}/receipt": {{call: at(func(g *ground) string { return "/api/v1/photos/" + g.photo + "/receipt" })}},
	"GET /media/photos/{id}/{variant}": {
		{call: at(func(g *ground) string { return "/media/photos/" + g.photo + "/original" }), refused: notOriginals},
		{call: at(func(g *ground) string { return "/media/photos/" + g.photo + "/1600" })},
		{call: at(func(g *ground) string { return "/media/photos/" + g.photo + "/320" })},
	},
	"GET /tiles/{layers}/{z}/{x}/{y}.mvt": {{call: at(fixed("/tiles/site,county,river,road/7/104/51.mvt")), lists: true}},
	"GET /tiles/{layers}.json":            {{call: at(fixed("/tiles/site.json")), personal: true}},
}
