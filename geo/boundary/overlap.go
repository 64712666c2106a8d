package boundary

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// overlapFloorM2 is how much two plots of one file may lie on each other: what
// rounded coordinates of a common edge make.
const overlapFloorM2 = 1

// overlapBudget bounds the work of all comparisons of one file, in edges looked
// at: about half a second. A file that needs more is told to be unchecked.
const overlapBudget = 10_000_000

// overlaps refuses plots that lie on each other by more than a square metre.
// Plots that share an edge do not.
func (rd *reader) overlaps() {
	f := rd.file
	type boxed struct {
		plot, edges int
		bound       orb.Bound
	}
	var plots []boxed
	for i := range f.Plots {
		if f.Plots[i].Ground != nil {
			plots = append(plots, boxed{i, len(f.Plots[i].Points), f.Plots[i].Plane.Bound()})
		}
	}
	slices.SortFunc(plots, func(a, b boxed) int {
		if a.bound.Min[0] < b.bound.Min[0] {
			return -1
		}
		return 1
	})
	budget := overlapBudget
	for i, a := range plots {
		for _, b := range plots[i+1:] {
			if b.bound.Min[0] >= a.bound.Max[0] {
				break
			}
			budget--
			if b.bound.Min[1] >= a.bound.Max[1] || b.bound.Max[1] <= a.bound.Min[1] {
				continue
			}
			budget -= 20 + a.edges + b.edges
			m2, at := common(f.Plots[a.plot].Plane, f.Plots[b.plot].Plane, &budget)
			if budget <= 0 {
				rd.note(0, CodeOverlapUnknown, true, "地块太多或太复杂，没有全部核对是否互相重叠。请确认，或分成几个文件后再传。")
				return
			}
			if m2 > overlapFloorM2 {
				rd.overlap(a.plot, b.plot, m2, at)
			}
		}
	}
}

func (rd *reader) overlap(a, b int, m2 float64, plane orb.Point) {
	f := rd.file
	if f.Plots[a].Line > f.Plots[b].Line {
		a, b = b, a
	}
	lonlat, err := f.PlaneSystem.Projector().Inverse(plane)
	at := plane
	if f.System.Degrees() {
		at = lonlat
	}
	e := refuse(f.Plots[b].Line, CodeOverlap, "地块%s与地块%s（第 %d 行）重叠 %s 平方米，例如 %s 处。请改正坐标后再传。",
		rd.nameOf(b), rd.nameOf(a), f.Plots[a].Line, square(m2), f.words(at))
	e.Plot, e.At = f.Plots[b].Number, &at
	if err == nil {
		e.LonLat = &lonlat
	}
	rd.fail(e)
}

// common returns the area that two grounds have in common and a point of its
// widest piece. Both must be free of flaws.
//
// The plane is cut into strips from west to east at every corner and crossing.
// Within a strip no edges meet, so what both cover is trapezoids whose area is
// the strip's width times their height in its middle. Common edges have no
// height and do no harm, which is why nothing has to be snapped.
func common(a, b orb.MultiPolygon, budget *int) (m2 float64, at orb.Point) {
	west := math.Max(a.Bound().Min[0], b.Bound().Min[0])
	east := math.Min(a.Bound().Max[0], b.Bound().Max[0])
	var edges []strut
	var cuts []float64
	for side, g := range [2]orb.MultiPolygon{a, b} {
		edges, cuts = struts(edges, cuts, g, side, west, east)
	}
	slices.SortFunc(edges, func(a, b strut) int { return compare(a.from[0], b.from[0]) })
	cuts = append(cuts, west, east)
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	s := strips{budget: budget}
	next := 0
	for i := 1; i < len(cuts); i++ {
		s.west, s.east = cuts[i-1], cuts[i]
		s.active = slices.DeleteFunc(s.active, func(e strut) bool { return e.to[0] <= s.west })
		for next < len(edges) && edges[next].from[0] <= s.west {
			if edges[next].to[0] > s.west {
				s.active = append(s.active, edges[next])
			}
			next++
		}
		if *budget -= 4*len(s.active) + 1; *budget <= 0 { // they are sorted, too
			return 0, at
		}
		s.measure()
	}
	return s.m2, s.at
}

// strut is an edge that runs east, of ground 0 or 1.
type strut struct {
	from, to  orb.Point
	side      int
	low, high float64 // where it meets the west and the east of the strip at hand
}

func (e *strut) at(x float64) float64 {
	return e.from[1] + (x-e.from[0])/(e.to[0]-e.from[0])*(e.to[1]-e.from[1])
}

func struts(edges []strut, cuts []float64, g orb.MultiPolygon, side int, west, east float64) ([]strut, []float64) {
	for _, polygon := range g {
		for _, ring := range polygon {
			for i := 1; i < len(ring); i++ {
				from, to := ring[i-1], ring[i]
				if from[0] > to[0] {
					from, to = to, from
				}
				if from[0] == to[0] || to[0] <= west || from[0] >= east {
					continue
				}
				edges = append(edges, strut{from: from, to: to, side: side})
				for _, x := range [2]float64{from[0], to[0]} {
					if x > west && x < east {
						cuts = append(cuts, x)
					}
				}
			}
		}
	}
	return edges, cuts
}

// strips sums what both grounds cover, strip by strip.
type strips struct {
	west, east float64
	active     []strut
	tops       []float64 // the highest end of an edge and all below it
	crossings  []float64
	heights    []height
	m2, widest float64
	at         orb.Point
	budget     *int
}

type height struct {
	y    float64
	side int
}

// measure adds one strip, cut once more where edges of the two grounds cross in it.
func (s *strips) measure() {
	for i := range s.active {
		s.active[i].low, s.active[i].high = s.active[i].at(s.west), s.active[i].at(s.east)
	}
	slices.SortFunc(s.active, func(a, b strut) int {
		if c := compare(a.low, b.low); c != 0 {
			return c
		}
		return compare(a.high, b.high)
	})
	s.crossings, s.tops = append(s.crossings[:0], s.west), s.tops[:0]
	for i := range s.active {
		above := &s.active[i]
		for k := i - 1; k >= 0 && s.tops[k] > above.high && *s.budget > 0; k-- {
			*s.budget--
			below := &s.active[k]
			if gap, turned := above.low-below.low, below.high-above.high; below.side != above.side && turned > 0 && gap+turned > 0 {
				s.crossings = append(s.crossings, s.west+(s.east-s.west)*gap/(gap+turned))
			}
		}
		top := above.high
		if i > 0 {
			top = math.Max(top, s.tops[i-1])
		}
		s.tops = append(s.tops, top)
	}
	slices.Sort(s.crossings)
	s.crossings = append(s.crossings, s.east)
	for i := 1; i < len(s.crossings); i++ {
		s.trapezoids(s.crossings[i-1], s.crossings[i])
	}
}

// trapezoids adds what both cover between two lines that no edge crosses another in.
func (s *strips) trapezoids(west, east float64) {
	if east <= west {
		return
	}
	middle := west + (east-west)/2
	s.heights = s.heights[:0]
	for i := range s.active {
		s.heights = append(s.heights, height{s.active[i].at(middle), s.active[i].side})
	}
	*s.budget -= len(s.heights)
	slices.SortFunc(s.heights, func(a, b height) int { return compare(a.y, b.y) })
	var inside [2]bool
	for i, h := range s.heights {
		if inside[0] && inside[1] {
			tall := h.y - s.heights[i-1].y
			piece := (east - west) * tall
			s.m2 += piece
			if piece > s.widest {
				s.widest, s.at = piece, orb.Point{middle, h.y - tall/2}
			}
		}
		inside[h.side] = !inside[h.side]
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
