package geo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/paulmach/orb"
)

// ErrNotSimple is what every Flaw is: ground whose boundary does not say clearly
// what is inside.
var ErrNotSimple = errors.New("boundary is not simple")

// FlawKind is the stable name of what is wrong with a geometry.
type FlawKind string

// The flaws, each one a reason for which OGC (and so ST_IsValid) calls a geometry invalid.
const (
	FlawNotFinite       FlawKind = "not_finite"          // NaN or Inf
	FlawTooFewPoints    FlawKind = "too_few_points"      // a ring of less than three, a line of less than two different points
	FlawNotClosed       FlawKind = "ring_not_closed"     // the last point of a ring is not its first
	FlawCrossesItself   FlawKind = "ring_crosses_itself" // two edges of one ring cross or run over each other
	FlawTouchesItself   FlawKind = "ring_touches_itself" // a ring comes back to one of its own points
	FlawRingsCross      FlawKind = "rings_cross"         // two rings of one polygon cross or share an edge
	FlawHoleOutside     FlawKind = "hole_outside"        // a hole does not lie in its outer ring
	FlawHolesNested     FlawKind = "holes_nested"        // a hole lies in a hole
	FlawInteriorSplit   FlawKind = "interior_split"      // holes touch so that they cut the ground in two
	FlawPolygonsOverlap FlawKind = "polygons_overlap"    // two parts of a multipolygon overlap or share an edge
	FlawUnknownGeometry FlawKind = "unknown_geometry"    // nil, or a type that is no ground
)

// Flaw is the first thing found wrong with a geometry, and where. Indices count
// from 0; the other ring is meaningful where two rings take part.
type Flaw struct {
	Kind FlawKind
	At   orb.Point // longitude, latitude; exact to rounding for crossings

	Part, Ring, Vertex                int // the edge begins at this vertex as the ring is given
	OtherPart, OtherRing, OtherVertex int
}

func (f *Flaw) Error() string {
	return fmt.Sprintf("%s: %s at %.7f,%.7f (part %d ring %d vertex %d)",
		ErrNotSimple, f.Kind, f.At[0], f.At[1], f.Part, f.Ring, f.Vertex)
}

// Is makes every flaw an ErrNotSimple.
func (f *Flaw) Is(target error) bool { return target == ErrNotSimple }

// Check returns nil or the *Flaw of g. It agrees with PostGIS's ST_IsValid, but
// takes O(n log n) time whatever the input is, where GEOS needs seconds and
// gigabytes for a ring that crosses itself often. It reads g only.
//
// A line that crosses itself is valid, as in PostGIS.
func Check(g orb.Geometry) error {
	if f := flawOf(g); f != nil {
		return f
	}
	return nil
}

func flawOf(g orb.Geometry) *Flaw {
	switch g := g.(type) {
	case orb.Point:
		return flawOfPoints([]orb.Point{g})
	case orb.MultiPoint:
		return flawOfPoints(g)
	case orb.LineString:
		return flawOfLines([]orb.LineString{g})
	case orb.MultiLineString:
		return flawOfLines(g)
	case orb.Ring:
		return flawOfGround(orb.MultiPolygon{{g}})
	case orb.Polygon:
		return flawOfGround(orb.MultiPolygon{g})
	case orb.MultiPolygon:
		return flawOfGround(g)
	case orb.Bound:
		return flawOfGround(orb.MultiPolygon{g.ToPolygon()})
	case orb.Collection:
		for _, member := range g {
			if f := flawOf(member); f != nil {
				return f
			}
		}
		return nil
	}
	return &Flaw{Kind: FlawUnknownGeometry}
}

func flawOfPoints(points []orb.Point) *Flaw {
	for i, p := range points {
		if !finite(p[0]) || !finite(p[1]) {
			return &Flaw{Kind: FlawNotFinite, Vertex: i}
		}
	}
	return nil
}

func flawOfLines(lines []orb.LineString) *Flaw {
	for i, line := range lines {
		if f := flawOfPoints(line); f != nil {
			f.Part = i
			return f
		}
		if len(line) > 0 && len(distinct(line)) < 2 {
			return &Flaw{Kind: FlawTooFewPoints, At: line[0], Part: i}
		}
	}
	return nil
}

func flawOfGround(ground orb.MultiPolygon) *Flaw {
	var rings []ring
	edges := 0
	for i, polygon := range ground {
		shell := int32(len(rings))
		for j, given := range polygon {
			r := ring{part: i, index: j, shell: shell}
			if f := r.fill(given); f != nil {
				f.Part, f.Ring = i, j
				return f
			}
			edges += len(r.at)
			rings = append(rings, r)
		}
	}
	return newSweep(rings, edges).run()
}

// fill takes a ring's points, each run of equal ones once and without the
// closing one, and refuses what is no ring at all.
func (r *ring) fill(given orb.Ring) *Flaw {
	if f := flawOfPoints(given); f != nil {
		return f
	}
	if len(given) == 0 {
		return &Flaw{Kind: FlawTooFewPoints}
	}
	if given[0] != given[len(given)-1] {
		return &Flaw{Kind: FlawNotClosed, At: given[0], Vertex: len(given) - 1}
	}
	r.vertex = distinct(given)
	r.vertex = r.vertex[:len(r.vertex)-1]
	if len(r.vertex) < 3 {
		return &Flaw{Kind: FlawTooFewPoints, At: given[0]}
	}
	r.at = make([]orb.Point, len(r.vertex))
	for i, v := range r.vertex {
		r.at[i] = given[v]
	}
	return nil
}

// distinct returns the indices of the points that differ from the one before.
func distinct[P ~[]orb.Point](points P) []int32 {
	kept := make([]int32, 0, len(points))
	for i, p := range points {
		if i == 0 || p != points[i-1] {
			kept = append(kept, int32(i))
		}
	}
	return kept
}

// Wind returns g with outer rings counter-clockwise and holes clockwise, as RFC
// 7946 asks. Rings are turned in place. g must be free of flaws.
func Wind(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Polygon:
		for i, r := range g {
			if counterClockwise(r) != (i == 0) {
				slices.Reverse(r)
			}
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			Wind(polygon)
		}
	case orb.Collection:
		for _, member := range g {
			Wind(member)
		}
	}
}

// counterClockwise judges by the turn at the westernmost point, which is exact
// also for slivers whose computed area is rounding noise.
func counterClockwise(r orb.Ring) bool {
	points := r[:len(r)-1]
	west := 0
	for i, p := range points {
		if byPlace(p, points[west]) < 0 {
			west = i
		}
	}
	before, after := west, west
	for points[before] == points[west] {
		before = (before + len(points) - 1) % len(points)
	}
	for points[after] == points[west] {
		after = (after + 1) % len(points)
	}
	return side(points[before], points[west], points[after]) > 0
}
