package demo

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A yard remembers what stands where, in squares of side metres, so that
// placing ten thousand sites does not compare each with each.
type yard struct {
	side    float64
	lines   map[[2]int32][][2]vec // borders, banks, main roads, rail
	boxes   map[[2]int32][]box    // sites
	owner   map[[2]int32]int      // county of a square that no border or bank crosses
	ground  *Ground
	heading map[[2]int32]float64
	bounds  [][2]vec // of each county
	town    []int    // index into towns of the one nearest to each county's business
}

func newYard(g *Ground) *yard {
	y := &yard{side: 700, lines: map[[2]int32][][2]vec{}, boxes: map[[2]int32][]box{}, owner: map[[2]int32]int{}, ground: g, heading: map[[2]int32]float64{}}
	for _, c := range g.list {
		lo, hi := c.outline.vecBounds()
		town := 0
		for i, t := range towns[1:3] {
			if c.outline.holds(t.at.cell()) {
				town = i + 1
			}
		}
		y.bounds, y.town = append(y.bounds, [2]vec{lo, hi}), append(y.town, town)
		y.fence(loopVecs(c.outline))
		for _, w := range g.water[c.code] {
			y.fence(loopVecs(w))
		}
	}
	for _, r := range g.roads {
		if r.rank <= 2 {
			y.fence(r.line)
		}
		for i := 0; i+1 < len(r.line); i++ {
			if d := r.line[i+1].sub(r.line[i]); !r.rail && r.rank < 4 {
				y.heading[y.square(r.line[i])] = math.Atan2(d.y, d.x)
			}
		}
	}
	return y
}

func loopVecs(l loop) []vec {
	out := make([]vec, 0, len(l)+1)
	for _, c := range l {
		out = append(out, c.vec())
	}
	return append(out, out[0])
}

func (y *yard) square(v vec) [2]int32 {
	return [2]int32{int32(math.Floor(v.x / y.side)), int32(math.Floor(v.y / y.side))}
}

func (y *yard) squares(lo, hi vec, do func(k [2]int32) bool) bool {
	a, b := y.square(lo), y.square(hi)
	for i := a[0]; i <= b[0]; i++ {
		for j := a[1]; j <= b[1]; j++ {
			if !do([2]int32{i, j}) {
				return false
			}
		}
	}
	return true
}

func (y *yard) fence(line []vec) {
	for i := 0; i+1 < len(line); i++ {
		a, b := line[i], line[i+1]
		lo := vec{math.Min(a.x, b.x), math.Min(a.y, b.y)}
		hi := vec{math.Max(a.x, b.x), math.Max(a.y, b.y)}
		y.squares(lo, hi, func(k [2]int32) bool {
			y.lines[k] = append(y.lines[k], [2]vec{a, b})
			return true
		})
	}
}

// free says whether a plot fits where it is: on land of one county, clear of
// banks, main roads and other sites.
func (y *yard) free(p plot, county int) bool {
	for _, b := range p.boxes {
		if y.landOf(b[0].to(b[2], 0.5)) != county {
			return false
		}
		lo, hi := b.bounds()
		clear := y.squares(lo, hi, func(k [2]int32) bool {
			for _, s := range y.lines[k] {
				if b.meets(s[:]) {
					return false
				}
			}
			for _, o := range y.boxes[k] {
				if b.meets(o[:]) {
					return false
				}
			}
			return true
		})
		if !clear {
			return false
		}
	}
	return true
}

// landOf is the index of the county on whose dry land v lies, or -1.
func (y *yard) landOf(v vec) int {
	exact := func(v vec) int {
		c := v.cell()
		i := y.ground.countyAt(c)
		if i < 0 || slices.ContainsFunc(y.ground.water[y.ground.list[i].code], func(l loop) bool { return l.holds(c) }) {
			return -1
		}
		return i
	}
	k := y.square(v)
	if len(y.lines[k]) > 0 {
		return exact(v)
	}
	i, ok := y.owner[k]
	if !ok {
		i = exact(vec{(float64(k[0]) + 0.5) * y.side, (float64(k[1]) + 0.5) * y.side})
		y.owner[k] = i
	}
	return i
}

func (y *yard) take(p plot) {
	for _, b := range p.boxes {
		lo, hi := b.bounds()
		y.squares(lo, hi, func(k [2]int32) bool {
			y.boxes[k] = append(y.boxes[k], b)
			return true
		})
	}
}

// angleAt is along the nearest road or the street grid, so that plots stand as plots do.
func (y *yard) angleAt(r *rand.Rand, at vec) float64 {
	for _, t := range towns {
		if at.sub(t.at).len() < t.radius*1.05 {
			return t.turn + math.Pi/2*float64(r.IntN(2))
		}
	}
	k := y.square(at)
	for d := int32(0); d <= 2; d++ {
		for i := -d; i <= d; i++ {
			for j := -d; j <= d; j++ {
				if a, ok := y.heading[[2]int32{k[0] + i, k[1] + j}]; ok {
					return a
				}
			}
		}
	}
	return between(r, 0, math.Pi)
}

// spot is where a site of a county might lie: near a town's rim, in the
// development zone, along a road, seldom in the open fields.
func (y *yard) spot(r *rand.Rand, county int) vec {
	lo, hi := y.bounds[county][0], y.bounds[county][1]
	anywhere := func() vec { return vec{between(r, lo.x, hi.x), between(r, lo.y, hi.y)} }
	around := func(at vec, from, to float64) vec {
		s, co := math.Sincos(r.Float64() * 2 * math.Pi)
		return at.add(vec{co, s}.times(between(r, from, to)))
	}
	switch r.IntN(10) {
	case 0, 1, 2, 3, 4, 5: // the rim of the town nearest to the county
		t := towns[y.town[county]]
		return around(t.at, t.radius*0.55, t.radius*1.45)
	case 6, 7, 8: // near a road
		for range 12 {
			p := anywhere()
			if _, ok := y.heading[y.square(p)]; ok {
				return p
			}
		}
	}
	return anywhere()
}

func (l loop) vecBounds() (lo, hi vec) {
	lo, hi = l[0].vec(), l[0].vec()
	for _, c := range l {
		v := c.vec()
		lo.x, lo.y = math.Min(lo.x, v.x), math.Min(lo.y, v.y)
		hi.x, hi.y = math.Max(hi.x, v.x), math.Max(hi.y, v.y)
	}
	return lo, hi
}
