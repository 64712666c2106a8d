package demo

import (
	"slices"
	"sync"

	"github.com/paulmach/orb"
)

// A Ground is what the city lies on: outlines, rivers, roads, rail. It is one
// drawing, the same for every seed, and 示意 throughout.
type Ground struct {
	Counties []County
	Features []Feature

	outline loop
	list    []county
	land    map[string][]loop // of a county, between its rivers
	water   map[string][]loop
	roads   []road
}

// A County is a county-level area. Outlines of neighbours share every vertex.
type County struct {
	Code, Name string
	At         orb.Point // where its name is written
	Outline    orb.Polygon
}

// A Feature is something that the map is drawn on. Kind is county, river, road
// or rail; Rank 0 is the most important; a river is a Polygon of its banks
// without a name and a LineString with its name.
type Feature struct {
	Kind, Name, Code string
	Rank             int
	Shape            orb.Geometry
}

// DrawGround draws the ground; it is drawn once and shared, so do not change it.
var DrawGround = sync.OnceValue(drawGround)

func drawGround() *Ground {
	list, ends := drawCounties()
	rivers, land, water := drawRivers(list, ends)
	g := &Ground{list: list, land: land, water: water, outline: cityOutline(list)}
	for _, c := range list {
		outline := orb.Polygon{c.outline.ring()}
		g.Counties = append(g.Counties, County{c.code, c.name, c.seat.point(), outline})
		g.Features = append(g.Features, Feature{"county", c.name, c.code, 0, outline})
	}
	for _, r := range rivers {
		g.Features = append(g.Features,
			Feature{"river", "", "", r.rank, orb.Polygon{r.water.ring()}},
			Feature{"river", r.name, "", r.rank, lineOf(r.line)})
	}
	for _, b := range brooks(g.outline) {
		g.Features = append(g.Features, Feature{"river", "", "", 2, lineOf(cells(b))})
	}
	g.roads = drawRoads(g.outline, g.allWater())
	for _, r := range g.roads {
		kind := "road"
		if r.rail {
			kind = "rail"
		}
		g.Features = append(g.Features, Feature{kind, r.name, "", r.rank, lineOf(cells(r.line))})
	}
	return g
}

func (g *Ground) allWater() []loop {
	var out []loop
	for _, c := range g.list {
		out = append(out, g.water[c.code]...)
	}
	return out
}

// countyAt is the index in Counties of the county that holds c, or -1.
func (g *Ground) countyAt(c cell) int {
	return slices.IndexFunc(g.list, func(k county) bool { return k.outline.holds(c) })
}

// brooks are small waters without a name.
func brooks(city loop) [][]vec {
	var out [][]vec
	for i, via := range [][]float64{
		{113.50, 33.69, 113.58, 33.68, 113.66, 33.68, 113.76, 33.672, 113.86, 33.66, 113.93, 33.628},
		{113.49, 33.46, 113.57, 33.47, 113.66, 33.468, 113.74, 33.500, 113.80, 33.535},
		{113.76, 33.77, 113.87, 33.785, 113.97, 33.775, 114.06, 33.788, 114.155, 33.775},
		{113.80, 33.93, 113.90, 33.925, 114.00, 33.915, 114.09, 33.915, 114.15, 33.90},
		{114.13, 33.47, 114.17, 33.50, 114.20, 33.535, 114.23, 33.572},
		{114.13, 33.685, 114.18, 33.655, 114.22, 33.635, 114.29, 33.60},
	} {
		var way []vec
		for k := 0; k+1 < len(via); k += 2 {
			way = append(way, lonLat(via[k], via[k+1]))
		}
		r := stream(drawing, "brook "+string(rune('a'+i)))
		line := meander(r, through(wander(r, way, 3000, 0.10), 90), 120, 1500)
		for _, piece := range inside(city, road{line: line}) {
			out = append(out, piece.line)
		}
	}
	return out
}
