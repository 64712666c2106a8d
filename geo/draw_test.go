package geo_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/tiletest"
	"guatu/ledger/ledgertest"
)

// ground is a migrated database with two counties, n sites in each, and some
// backdrop and patches.
func ground(t testing.TB, n int) *pgxpool.Pool {
	t.Helper()
	store := ledgertest.Open(t)
	ledgertest.Areas(t, store)
	exec(t, store.Pool(), `
		INSERT INTO project (name, area, stage) SELECT '示例项目 ' || c, c, 'building' FROM unnest('{411102,411104}'::text[]) c;
		INSERT INTO site (county, project_id, name, boundary, schematic)
		SELECT p.area, p.id, p.area || '-' || i,
		       ST_Multi(ST_MakeEnvelope(x, y, x + 0.002, y + 0.002, 4490)), true
		FROM project p, generate_series(0, `+fmt.Sprint(n-1)+`) i,
		     LATERAL (SELECT CASE p.area WHEN '411102' THEN 113.9 ELSE 114.01 END + 0.003 * (i % 30) AS x, 33.5 + 0.003 * (i / 30) AS y) at;
		INSERT INTO backdrop (kind, name, rank, shape) VALUES
			('river', '沙河', 0, ST_GeomFromText('LINESTRING(113.8 33.55, 114.2 33.56)', 4490)),
			('river', '小沟', 5, ST_GeomFromText('LINESTRING(113.9 33.52, 114.1 33.54)', 4490)),
			('road', '示例大道', 1, ST_GeomFromText('LINESTRING(114 33.4, 114 33.7)', 4490)),
			('county', '召陵区', 0, ST_GeomFromText('POLYGON((114 33.4, 114.2 33.4, 114.2 33.7, 114 33.7, 114 33.4))', 4490));
		INSERT INTO layer_version (kind, source, active) VALUES ('forest', '示例', true), ('forest', '旧的', false), ('redline', '示例', true);
		INSERT INTO patch (county, layer_version_id, id, code, level, shape, area_m2)
		SELECT c, v.id, i, '0301', 'Ⅱ', g, ST_Area(g::geography)
		FROM layer_version v, unnest('{411102,411104}'::text[]) c, generate_series(0, 19) i,
		     LATERAL (SELECT ST_Multi(ST_MakeEnvelope(x, 33.5, x + 0.004, 33.51, 4490)) AS g
		              FROM (SELECT CASE c WHEN '411102' THEN 113.9 ELSE 114.01 END + 0.004 * i AS x) w) at;
		ANALYZE site; ANALYZE backdrop; ANALYZE patch`)
	return store.Pool()
}

func exec(t testing.TB, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(context.Background(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
}

var (
	everything = geo.View{All: true}
	ownCounty  = geo.View{Counties: []string{"411104"}}
)

func draw(t testing.TB, tiles *geo.Tiles, q geo.TileQuery) map[string]tiletest.Layer {
	t.Helper()
	drawn, err := tiles.Draw(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := tiletest.Decode(drawn.MVT)
	if err != nil {
		t.Fatalf("%v: %v", q.Tile, err)
	}
	return layers
}

// names counts features by layer and by the county that test names begin with.
func names(layers map[string]tiletest.Layer) map[string]int {
	count := map[string]int{}
	for _, l := range layers {
		for _, f := range l.Features {
			name, _ := f.Properties["name"].(string)
			county, _, _ := strings.Cut(name, "-")
			count[strings.TrimSpace(l.Name+" "+county)]++
		}
	}
	return count
}

func TestDrawShowsWhatTheViewMayShow(t *testing.T) {
	t.Parallel()
	tiles := geo.NewTiles(ground(t, 60))
	at := geo.TileAt(orb.Point{114.0, 33.5}, 9)
	sites, patches := []string{geo.SiteLayer, geo.SiteLabelLayer}, []string{"forest", "redline"}
	for name, tt := range map[string]struct {
		q    geo.TileQuery
		want map[string]int
	}{
		"all sites":       {geo.TileQuery{Layers: sites, Sites: everything}, map[string]int{"site 411102": 60, "site 411104": 60, "site_label 411102": 60, "site_label 411104": 60}},
		"one county":      {geo.TileQuery{Layers: sites, Sites: ownCounty}, map[string]int{"site 411104": 60, "site_label 411104": 60}},
		"one project":     {geo.TileQuery{Layers: sites, Sites: geo.View{Projects: []int64{1}}}, map[string]int{"site 411102": 60, "site_label 411102": 60}},
		"nobody":          {geo.TileQuery{Layers: sites}, map[string]int{}},
		"labels alone":    {geo.TileQuery{Layers: []string{geo.SiteLabelLayer}, Sites: ownCounty}, map[string]int{"site_label 411104": 60}},
		"active patches":  {geo.TileQuery{Layers: patches, Patches: everything}, map[string]int{"forest": 40, "redline": 40}},
		"own patches":     {geo.TileQuery{Layers: patches, Patches: ownCounty}, map[string]int{"forest": 20, "redline": 20}},
		"no patches":      {geo.TileQuery{Layers: patches, Sites: everything}, map[string]int{}},
		"patches by kind": {geo.TileQuery{Layers: []string{"redline"}, Patches: ownCounty}, map[string]int{"redline": 20}},
		"backdrop":        {geo.TileQuery{Layers: []string{"county", "river", "road"}}, map[string]int{"county 召陵区": 1, "river 沙河": 1, "road 示例大道": 1}},
		"unknown":         {geo.TileQuery{Layers: []string{"person"}, Sites: everything, Patches: everything}, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.q.Tile = at
			if diff := cmp.Diff(tt.want, names(draw(t, tiles, tt.q))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDrawDetails(t *testing.T) {
	t.Parallel()
	tiles := geo.NewTiles(ground(t, 60))
	layers := []string{geo.SiteLayer, geo.SiteLabelLayer, "river"}

	t.Run("a site says what it is and no county", func(t *testing.T) {
		t.Parallel()
		q := geo.TileQuery{Tile: geo.TileAt(orb.Point{114.011, 33.501}, 15), Layers: layers, Sites: ownCounty}
		site := draw(t, tiles, q)["site"].Features[0]
		want := map[string]any{"id": int64(site.ID), "name": "411104-0", "stage": "building", "project_id": int64(2), "project": "示例项目 411104", "schematic": true}
		if diff := cmp.Diff(want, site.Properties); diff != "" || site.Kind != tiletest.Polygon || site.ID == 0 {
			t.Errorf("kind %d id %d: %s", site.Kind, site.ID, diff)
		}
	})
	t.Run("the ground is where it is", func(t *testing.T) {
		t.Parallel()
		q := geo.TileQuery{Tile: geo.TileAt(orb.Point{114.011, 33.501}, 16), Layers: layers, Sites: ownCounty}
		bound := q.Bound()
		label := draw(t, tiles, q)["site_label"].Features[0]
		x := bound.Min[0] + float64(label.Parts[0][0][0])/4096*(bound.Max[0]-bound.Min[0])
		y := bound.Max[1] - float64(label.Parts[0][0][1])/4096*(bound.Max[1]-bound.Min[1])
		if math.Abs(x-114.011) > 1e-5 || math.Abs(y-33.501) > 1e-5 {
			t.Errorf("label at %v %v", x, y)
		}
	})
	t.Run("zoomed out, boundaries go and labels stay", func(t *testing.T) {
		t.Parallel()
		got := names(draw(t, tiles, geo.TileQuery{Tile: geo.TileAt(orb.Point{114, 33.5}, 5), Layers: layers, Sites: everything}))
		if got["site_label 411104"] != 60 || got["site 411104"] != 0 {
			t.Error(got)
		}
	})
	t.Run("small rivers come with the zoom", func(t *testing.T) {
		t.Parallel()
		for zoom, want := range map[int]int{8: 0, 12: 1} {
			got := names(draw(t, tiles, geo.TileQuery{Tile: geo.TileAt(orb.Point{114, 33.53}, zoom), Layers: layers}))
			if got["river 小沟"] != want || got["river 沙河"] != 1 && zoom == 8 {
				t.Errorf("zoom %d: %v", zoom, got)
			}
		}
	})
	t.Run("nothing there is no bytes", func(t *testing.T) {
		t.Parallel()
		drawn, err := tiles.Draw(t.Context(), geo.TileQuery{Tile: geo.Tile{Z: 3, X: 0, Y: 0}, Layers: layers, Sites: everything})
		if err != nil || len(drawn.MVT) != 0 || drawn.Site == 0 {
			t.Errorf("%+v, %v", drawn, err)
		}
	})
	t.Run("the clocks and kinds are told", func(t *testing.T) {
		t.Parallel()
		ground, err := tiles.Ground(t.Context())
		if err != nil || ground.Site < 1 || ground.Backdrop < 1 || ground.Patch < 1 || ground.Origin == "" ||
			cmp.Diff([]string{"dltb", "farmland", "forest", "redline"}, ground.Kinds) != "" {
			t.Errorf("%+v, %v", ground, err)
		}
	})
}

// TestDrawKeepsTilesSmall: a city of detailed patches becomes coarser, not larger.
func TestDrawKeepsTilesSmall(t *testing.T) {
	t.Parallel()
	pool := ground(t, 1)
	exec(t, pool, `
		INSERT INTO patch (county, layer_version_id, id, shape, area_m2)
		SELECT '411104', 1, 1000 + i, g, ST_Area(g::geography)
		FROM generate_series(0, 14999) i,
		     LATERAL (SELECT ST_Multi(ST_Buffer(ST_SetSRID(ST_Point(114 + 0.002 * (i % 150), 33.4 + 0.002 * (i / 150)), 4490), 0.0003 + 0.00005 * (i % 12), 16)) AS g) at`)
	drawn, err := geo.NewTiles(pool).Draw(t.Context(), geo.TileQuery{Tile: geo.TileAt(orb.Point{114.1, 33.5}, 9), Layers: []string{"forest"}, Patches: everything})
	if err != nil {
		t.Fatal(err)
	}
	layers, err := tiletest.Decode(drawn.MVT)
	if err != nil || len(drawn.MVT) > 1<<20 || len(layers["forest"].Features) < 500 {
		t.Errorf("%d bytes, %d patches, %v", len(drawn.MVT), len(layers["forest"].Features), err)
	}
}

// TestTilesUseTheirIndexes: each part of the statement begins at the index of its window.
func TestTilesUseTheirIndexes(t *testing.T) {
	t.Parallel()
	pool := ground(t, 900)
	text, err := os.ReadFile("sql/tile_draw.sql")
	if err != nil {
		t.Fatal(err)
	}
	tile := geo.TileAt(orb.Point{114.011, 33.501}, 16)
	for name, mode := range map[string]string{"with the values known": "force_custom_plan", "prepared once": "force_generic_plan"} {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		plan := explain(t, conn.Conn(), mode, string(text), tile)
		conn.Release()
		for _, index := range []string{"site_boundary_gist", "site_label_gist", "backdrop_shape_gist", "patch_elsewhere_shape_idx"} {
			if !strings.Contains(plan, "on "+index) && !strings.Contains(plan, "using "+index) {
				t.Errorf("%s: %s is not used:\n%s", name, index, plan)
			}
		}
	}
}

// explain plans the statement as the pool runs it: prepared, then executed.
func explain(t testing.TB, conn *pgx.Conn, mode, text string, tile geo.Tile) string {
	t.Helper()
	ctx := context.Background()
	named := geo.TileQuery{Tile: tile, Layers: []string{"site", "site_label", "river", "forest"}, Sites: ownCounty, Patches: ownCounty}.ArgsForTest()
	text, args, err := named.RewriteQuery(ctx, conn, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	literals := make([]string, len(args))
	for i, arg := range args {
		literals[i] = literal(t, arg)
	}
	// Sequential scans of these small tables would win fairly; the question is
	// whether the index can be used at all.
	if _, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode+"; SET enable_seqscan = off; PREPARE draw AS "+text, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_, _ = conn.Exec(ctx, "DEALLOCATE draw; RESET plan_cache_mode; RESET enable_seqscan", pgx.QueryExecModeSimpleProtocol)
	}()
	rows, _ := conn.Query(ctx, "EXPLAIN EXECUTE draw("+strings.Join(literals, ", ")+")", pgx.QueryExecModeSimpleProtocol)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func literal(t testing.TB, v any) string {
	switch v := v.(type) {
	case orb.Bound:
		b, err := geo.AppendEWKB(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("'%x'", b)
	case []string:
		return "'{" + strings.Join(v, ",") + "}'"
	case []int64:
		return "'{}'"
	}
	return fmt.Sprint(v)
}
