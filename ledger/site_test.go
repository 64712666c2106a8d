package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

var bowTie = orb.MultiPolygon{{{{114.0, 33.5}, {114.01, 33.51}, {114.01, 33.5}, {114.0, 33.51}, {114.0, 33.5}}}}

func TestABoundaryHasAHistory(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)
	store := ledgertest.OpenAt(t, func() time.Time { return now })
	ledgertest.Areas(t, store)
	ctx := ledger.System(t.Context())
	g := ledgertest.Project(t, store, "411104")
	first := g.Site.Boundary
	ticks := func() int { return count(t, store, "SELECT version FROM clock WHERE name = 'site'") }
	before := ticks()

	now = now.Add(24 * time.Hour)
	wider := ledgertest.Square(g.Site.At, 400)
	actor := ledger.WithActor(ctx, ledger.Actor{PersonID: g.Inspector})
	if err := store.Redraw(actor, everywhere, g.Site.ID, 1, wider, false, "征地批复", "sha256:x"); err != nil {
		t.Fatal(err)
	}
	if err := store.Redraw(ctx, everywhere, g.Site.ID, 1, first, false, "", ""); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("an old version answers %v", err)
	}
	if err := store.Redraw(ctx, everywhere, g.Site.ID, 0, wider, false, "再传一次", ""); err != nil {
		t.Fatal(err)
	}
	if ticks() != before+1 {
		t.Errorf("clock %d → %d", before, ticks())
	}

	site, err := store.Site(ctx, everywhere, g.Site.ID, time.Time{})
	if err != nil || site.Version != 2 || !orb.Equal(site.Boundary, wider) || site.AreaM2 < 3.9*g.Site.AreaM2 || !site.ValidFrom.Equal(now) {
		t.Errorf("site = %+v, %v", site, err)
	}
	past, err := store.Site(ctx, everywhere, g.Site.ID, now.Add(-time.Hour))
	if err != nil || past.Version != 1 || !orb.Equal(past.Boundary, first) || past.AreaM2 != g.Site.AreaM2 {
		t.Errorf("as of an hour before = %+v, %v", past, err)
	}
	if _, err := store.Site(ctx, everywhere, g.Site.ID, now.Add(-48*time.Hour)); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("before its first version: %v", err)
	}
	list, err := store.Sites(ctx, everywhere, ledger.SiteFilter{AsOf: now.Add(-time.Hour)}, 0, 10)
	if err != nil || len(list) != 1 || list[0].Version != 1 {
		t.Errorf("list as of = %+v, %v", list, err)
	}
	versions, err := store.SiteVersions(ctx, everywhere, g.Site.ID)
	if err != nil || len(versions) != 2 {
		t.Fatalf("versions = %+v, %v", versions, err)
	}
	if v := versions[0]; v.Version != 2 || v.Reason != "征地批复" || v.PersonName != "示例盯办人" || !orb.Equal(versions[1].Boundary, first) {
		t.Errorf("versions = %+v", versions)
	}
}

func TestABoundaryThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	g := ledgertest.Project(t, store, "411104")
	for name, tt := range map[string]struct {
		boundary orb.MultiPolygon
		err      error
	}{
		"crosses itself": {bowTie, geo.ErrNotSimple},
		"empty":          {nil, ledger.ErrNotArea},
	} {
		_, err := store.AddSite(ctx, everywhere, ledger.NewSite{ProjectID: g.Project.ID, Name: "新", Boundary: tt.boundary})
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: add answers %v", name, err)
		}
		if err := store.Redraw(ctx, everywhere, g.Site.ID, 0, tt.boundary, true, "", ""); !errors.Is(err, tt.err) {
			t.Errorf("%s: redraw answers %v", name, err)
		}
	}
	var flaw *geo.Flaw
	err := store.Redraw(ctx, everywhere, g.Site.ID, 0, bowTie, true, "", "")
	if !errors.As(err, &flaw) || fmt.Sprintf("%.4f %.4f", flaw.At[0], flaw.At[1]) != "114.0050 33.5050" {
		t.Errorf("the crossing is not named: %v", err)
	}
	if n := count(t, store, "SELECT count(*) FROM site_version"); n != 1 {
		t.Errorf("%d versions", n)
	}
}

func TestScopeDecidesAboutSites(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	here, there := ledgertest.Project(t, store, "411104"), ledgertest.Project(t, store, "411121")
	zhaoling := ledger.Scope{Counties: []string{"411104"}}
	box := ledgertest.Square(here.Site.At, 500)
	for name, err := range map[string]error{
		"read":       second(store.Site(ctx, zhaoling, there.Site.ID, time.Time{})),
		"as of":      second(store.Site(ctx, zhaoling, there.Site.ID, time.Now().Add(time.Hour))),
		"versions":   second(store.SiteVersions(ctx, zhaoling, there.Site.ID)),
		"redraw":     store.Redraw(ctx, zhaoling, there.Site.ID, 0, box, true, "", ""),
		"buildings":  second(store.Buildings(ctx, zhaoling, there.Site.ID)),
		"build":      second(store.AddBuilding(ctx, zhaoling, ledger.Building{SiteID: there.Site.ID, Name: "1#"})),
		"add":        second(store.AddSite(ctx, zhaoling, ledger.NewSite{ProjectID: there.Project.ID, Name: "新", Boundary: box})),
		"add beyond": second(store.AddSite(ctx, zhaoling, ledger.NewSite{ProjectID: here.Project.ID, County: "411121", Name: "新", Boundary: box})),
	} {
		if !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	for name, scope := range map[string]ledger.Scope{"county": zhaoling, "project": {Projects: []int64{here.Project.ID}}} {
		for _, f := range []ledger.SiteFilter{{}, {AsOf: time.Now().Add(time.Hour)}, {Window: &orb.Bound{Min: orb.Point{113, 33}, Max: orb.Point{115, 35}}}} {
			list, err := store.Sites(ctx, scope, f, 0, 10)
			if err != nil || len(list) != 1 || list[0].ID != here.Site.ID {
				t.Errorf("%s %+v: %+v, %v", name, f, list, err)
			}
		}
	}
}

func TestBuildingsStandInTheirSite(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	g := ledgertest.Project(t, store, "411104")
	inside := ledgertest.Square(g.Site.At, 40)
	id, err := store.AddBuilding(ctx, everywhere, ledger.Building{SiteID: g.Site.ID, Name: "1#厂房", Footprint: &inside})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.AddBuilding(ctx, everywhere, ledger.Building{SiteID: g.Site.ID, Name: "2#厂房"}); err != nil {
		t.Fatal(err)
	}
	same := g.Site.Boundary
	if _, err := store.AddBuilding(ctx, everywhere, ledger.Building{SiteID: g.Site.ID, Name: "3#厂房", Footprint: &same}); err != nil {
		t.Errorf("a building as large as its site: %v", err)
	}
	outside := ledgertest.Square(orb.Point{g.Site.At[0] + 0.001, g.Site.At[1]}, 40)
	_, err = store.AddBuilding(ctx, everywhere, ledger.Building{SiteID: g.Site.ID, Name: "4#厂房", Footprint: &outside})
	if !errors.Is(err, ledger.ErrOutsideSite) {
		t.Errorf("across the boundary: %v", err)
	}
	err = store.ChangeBuilding(ctx, everywhere, g.Site.ID, id, func(b *ledger.Building) { b.State = "accepted" })
	if err != nil {
		t.Fatal(err)
	}
	if err := store.ChangeBuilding(ctx, everywhere, g.Site.ID, id, func(b *ledger.Building) { b.State = "sold" }); !errors.Is(err, ledger.ErrValue) {
		t.Errorf("unknown state: %v", err)
	}
	list, err := store.Buildings(ctx, everywhere, g.Site.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range list {
		got = append(got, fmt.Sprintf("%s %s %t", b.Name, b.State, b.Footprint != nil))
	}
	if diff := cmp.Diff([]string{"1#厂房 accepted true", "2#厂房 planned false", "3#厂房 planned true"}, got); diff != "" {
		t.Error(diff)
	}
}

// The map window is answered from the spatial index, whoever asks.
func TestSitesInViewUseTheIndex(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	g := ledgertest.Project(t, store, "411104")
	for _, sql := range []string{
		`INSERT INTO site (county, project_id, name, boundary)
		 SELECT '411104', $1, 'n' || i, ST_Multi(ST_MakeEnvelope(113 + (i % 100) * 0.01, 33 + (i / 100) * 0.01, 113.005 + (i % 100) * 0.01, 33.005 + (i / 100) * 0.01, 4490))
		 FROM generate_series(1, 20000) i`,
		`INSERT INTO site_version (county, site_id, version, boundary) SELECT county, id, 1, boundary FROM site WHERE project_id = $1 ON CONFLICT DO NOTHING`,
	} {
		if _, err := store.Pool().Exec(ctx, sql, g.Project.ID); err != nil {
			t.Fatal(err)
		}
	}
	owner, err := pgx.Connect(ctx, store.Pool().Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(ctx)
	if _, err := owner.Exec(ctx, "ANALYZE site; ANALYZE site_version"); err != nil {
		t.Fatal(err)
	}
	for name, scope := range map[string]ledger.Scope{
		"everywhere": everywhere, "county": {Counties: []string{"411104"}}, "project": {Projects: []int64{g.Project.ID}},
	} {
		plan := ledgertest.Explain(t, ctx, store.Pool(), "sql/site_list_in_view.sql", scope.Args(pgx.StrictNamedArgs{
			"west": 114.0, "south": 33.5, "east": 114.02, "north": 33.52, "after": 0, "county": nil, "project_id": nil, "like": nil, "max": 50,
		}))
		if !strings.Contains(plan, "site_boundary_gist") {
			t.Errorf("%s: not by the index:\n%s", name, plan)
		}
	}
}
