package geo

import (
	"context"
	"embed"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed sql/*.sql
var files embed.FS

// query returns sql/<name>.sql; a name without a file is a mistake in the program.
func query(name string) string {
	body, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return string(body)
}

var (
	clocksQuery = query("tile_clocks")
	drawQuery   = query("tile_draw")
)

// The layers of the ground besides the patches, whose kinds are rows.
const (
	// SiteLayer is the boundaries of sites; those smaller than a pixel are left out.
	SiteLayer = "site"
	// SiteLabelLayer is a point for every site, so that none vanishes when one zooms out.
	SiteLabelLayer = "site_label"
)

// BackdropLayers are the kinds of backdrop that everybody may see.
var BackdropLayers = []string{"county", "river", "road", "rail"}

// Clocks count the changes of the ground. They are raised in the transaction of
// a change, so two tiles of equal clocks show the same.
type Clocks struct {
	Site, Backdrop, Patch int64
}

// Ground is what tiles can be made of right now.
type Ground struct {
	Clocks
	Kinds  []string // of patches
	Origin string   // tells this database from every other one
}

// View is which rows of scoped ground may be drawn; the zero View draws none.
type View struct {
	All      bool
	Counties []string
	Projects []int64
}

// TileQuery is a tile to be drawn.
type TileQuery struct {
	Tile
	Layers  []string
	Sites   View // for SiteLayer and SiteLabelLayer
	Patches View // for patches, by county
}

// Drawn is a tile in the Mapbox Vector Tile format, not compressed, and the
// clocks of the snapshot that it shows.
type Drawn struct {
	Clocks
	MVT []byte
}

// Tiles draws vector tiles from the database.
type Tiles struct{ pool *pgxpool.Pool }

// NewTiles draws from pool.
func NewTiles(pool *pgxpool.Pool) *Tiles { return &Tiles{pool} }

// Ground reads the clocks, in one statement.
func (t *Tiles) Ground(ctx context.Context) (Ground, error) {
	rows, err := t.pool.Query(ctx, clocksQuery)
	if err != nil {
		return Ground{}, fmt.Errorf("read clocks of the ground: %w", err)
	}
	g, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Ground])
	if err != nil {
		return Ground{}, fmt.Errorf("read clocks of the ground: %w", err)
	}
	return g, nil
}

const (
	// mostFeatures is how many sites, labels, pieces of backdrop and patches a tile
	// shows at most, each, largest first.
	mostFeatures = 20_000
	// mostBytes is how large a tile may be before it is drawn coarser.
	mostBytes = 1 << 20
	// pixelUnits: MapLibre shows a tile of 4096 units on 512 pixels.
	pixelUnits = TileExtent / 512
	// coarsest bounds how often a tile is drawn again: each time the smallest
	// polygon is four times as large.
	coarsest = 6
)

// Draw draws a tile. Where it is larger than a megabyte it is drawn again
// without the smallest polygons, for as long as that helps; sites keep their
// labels.
func (t *Tiles) Draw(ctx context.Context, q TileQuery) (Drawn, error) {
	smallest := q.pixelM2()
	d, err := t.draw(ctx, q, smallest)
	for round := 0; err == nil && len(d.MVT) > mostBytes && round < coarsest; round++ {
		before := len(d.MVT)
		smallest *= 4
		if d, err = t.draw(ctx, q, smallest); len(d.MVT) == before {
			break // it is the labels or the backdrop
		}
	}
	return d, err
}

func (t *Tiles) draw(ctx context.Context, q TileQuery, smallest float64) (Drawn, error) {
	rows, err := t.pool.Query(ctx, drawQuery, q.args(smallest))
	if err != nil {
		return Drawn{}, fmt.Errorf("draw tile %v: %w", q.Tile, err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Drawn])
	if err != nil {
		return Drawn{}, fmt.Errorf("draw tile %v: %w", q.Tile, err)
	}
	return d, nil
}

func (q TileQuery) args(smallest float64) pgx.StrictNamedArgs {
	backdrops, patches := []string{}, []string{}
	for _, name := range q.Layers {
		switch {
		case slices.Contains(BackdropLayers, name):
			backdrops = append(backdrops, name)
		case name != SiteLayer && name != SiteLabelLayer:
			patches = append(patches, name)
		}
	}
	return pgx.StrictNamedArgs{
		"z": q.Z, "x": q.X, "y": q.Y, "window": q.Buffered(), "unit_m": q.Unit(),
		"most": mostFeatures, "most_rank": mostRank(q.Z), "smallest_m2": smallest,
		"backdrops": backdrops, "patches": patches,
		"sites": slices.Contains(q.Layers, SiteLayer), "labels": slices.Contains(q.Layers, SiteLabelLayer),
		"scope_all": q.Sites.All, "scope_counties": orEmpty(q.Sites.Counties), "scope_projects": orEmpty(q.Sites.Projects),
		"patch_all": q.Patches.All, "patch_counties": orEmpty(q.Patches.Counties),
	}
}

// mostRank leaves small rivers and roads out of the zooms where they would be a tangle.
func mostRank(zoom int) int {
	if zoom >= 12 {
		return math.MaxInt32
	}
	return max(0, zoom-8)
}

// pixelM2 is the ground, in square metres, that one pixel of the map shows.
func (t Tile) pixelM2() float64 {
	side := t.Unit() * pixelUnits * math.Cos(t.Bound().Center()[1]*math.Pi/180)
	return side * side
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
