package demo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// A cell is a place on the grid: 1e-8 degree (about a millimetre) east and
// north of 113 E, 33 N. Integers make equal vertices equal and every question
// about sides and crossings exact.
type cell struct{ x, y int32 }

// A loop is a closed ring of cells, its first not repeated; counter-clockwise for
// what is inside it.
type loop []cell

const (
	perDegree = 1e8
	westEdge  = 113
	southEdge = 33
)

// A vec is metres east and north of the city's centre, flat: good to 1e-3 over
// the city, which is enough to draw with and never used to state an area.
type vec struct{ x, y float64 }

// The centre is 114.02 E, 33.58 N; the scales are CGCS2000's metres per degree at 33.70 N.
const (
	centreLon   = 114.02
	centreLat   = 33.58
	metresEast  = 92708.0
	metresNorth = 110917.0
	metreX      = metresEast / perDegree // of one grid step
	metreY      = metresNorth / perDegree
)

func lonLat(lon, lat float64) vec {
	return vec{(lon - centreLon) * metresEast, (lat - centreLat) * metresNorth}
}

func (v vec) add(o vec) vec           { return vec{v.x + o.x, v.y + o.y} }
func (v vec) sub(o vec) vec           { return vec{v.x - o.x, v.y - o.y} }
func (v vec) times(k float64) vec     { return vec{v.x * k, v.y * k} }
func (v vec) len() float64            { return math.Hypot(v.x, v.y) }
func (v vec) left() vec               { return vec{-v.y, v.x} }
func (v vec) dot(o vec) float64       { return v.x*o.x + v.y*o.y }
func (v vec) to(o vec, t float64) vec { return vec{v.x + (o.x-v.x)*t, v.y + (o.y-v.y)*t} }

func (v vec) unit() vec {
	n := v.len()
	if n == 0 {
		return vec{1, 0}
	}
	return v.times(1 / n)
}

func (v vec) turn(angle float64) vec {
	s, c := math.Sincos(angle)
	return vec{v.x*c - v.y*s, v.x*s + v.y*c}
}

func (v vec) cell() cell {
	return cell{
		int32(math.Round((v.x/metresEast + (centreLon - westEdge)) * perDegree)),
		int32(math.Round((v.y/metresNorth + (centreLat - southEdge)) * perDegree)),
	}
}

func (v vec) point() orb.Point { return v.cell().point() }

func (c cell) vec() vec {
	return vec{
		(float64(c.x)/perDegree - (centreLon - westEdge)) * metresEast,
		(float64(c.y)/perDegree - (centreLat - southEdge)) * metresNorth,
	}
}

// point divides whole numbers, so that it is the double nearest to the decimal.
func (c cell) point() orb.Point {
	return orb.Point{
		(westEdge*perDegree + float64(c.x)) / perDegree,
		(southEdge*perDegree + float64(c.y)) / perDegree,
	}
}

func cellOf(p orb.Point) cell {
	return cell{int32(math.Round((p[0] - westEdge) * perDegree)), int32(math.Round((p[1] - southEdge) * perDegree))}
}

// cross is twice the signed area of a, b, c: positive where c lies left of a→b.
func cross(a, b, c cell) int64 {
	return int64(b.x-a.x)*int64(c.y-a.y) - int64(b.y-a.y)*int64(c.x-a.x)
}

func sign(v int64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// within says whether c, known to lie on the line through a and b, lies between them.
func within(a, b, c cell) bool {
	return min(a.x, b.x) <= c.x && c.x <= max(a.x, b.x) && min(a.y, b.y) <= c.y && c.y <= max(a.y, b.y)
}

// meets says whether the closed segments a–b and c–d share any place.
func meets(a, b, c, d cell) bool {
	if max(a.x, b.x) < min(c.x, d.x) || max(c.x, d.x) < min(a.x, b.x) ||
		max(a.y, b.y) < min(c.y, d.y) || max(c.y, d.y) < min(a.y, b.y) {
		return false
	}
	p, q := sign(cross(a, b, c)), sign(cross(a, b, d))
	r, s := sign(cross(c, d, a)), sign(cross(c, d, b))
	if p*q < 0 && r*s < 0 {
		return true
	}
	return p == 0 && within(a, b, c) || q == 0 && within(a, b, d) ||
		r == 0 && within(c, d, a) || s == 0 && within(c, d, b)
}

// area2 is twice the signed area in grid steps; whole cities fit.
func (l loop) area2() int64 {
	var sum int64
	o := l[0]
	for i := 1; i+1 < len(l); i++ {
		sum += cross(o, l[i], l[i+1])
	}
	return sum
}

// flatM2 is the area in m² on the flat, always positive.
func (l loop) flatM2() float64 { return math.Abs(float64(l.area2())) / 2 * metreX * metreY }

// holds says whether c lies inside l, or (half of the time) on its edge.
func (l loop) holds(c cell) bool {
	in := false
	for i, j := 0, len(l)-1; i < len(l); j, i = i, i+1 {
		a, b := l[i], l[j]
		if (a.y > c.y) != (b.y > c.y) {
			if side := cross(a, b, c); (side > 0) == (b.y > a.y) && side != 0 {
				in = !in
			}
		}
	}
	return in
}

// simple says whether no two edges meet but neighbours at their common vertex.
// It sorts edges by their western end, so a city outline takes milliseconds.
func (l loop) simple() bool {
	n := len(l)
	if n < 3 {
		return false
	}
	order := make([]int, n)
	west := func(i int) int32 { return min(l[i].x, l[(i+1)%n].x) }
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(west(a)) - int(west(b)) })
	for oi, i := range order {
		a, b := l[i], l[(i+1)%n]
		if a == b {
			return false
		}
		east := max(a.x, b.x)
		for _, j := range order[oi+1:] {
			if west(j) > east {
				break
			}
			c, d := l[j], l[(j+1)%n]
			switch {
			case (i+1)%n == j: // b == c
				if cross(a, b, d) == 0 && (within(a, b, d) || within(c, d, a)) {
					return false
				}
			case (j+1)%n == i: // a == d
				if cross(c, d, b) == 0 && (within(c, d, b) || within(a, b, c)) {
					return false
				}
			default:
				if meets(a, b, c, d) {
					return false
				}
			}
		}
	}
	return true
}

func (l loop) reversed() loop {
	out := slices.Clone(l)
	slices.Reverse(out)
	return out
}

// ring closes the loop for the outside world.
func (l loop) ring() orb.Ring {
	out := make(orb.Ring, 0, len(l)+1)
	for _, c := range l {
		out = append(out, c.point())
	}
	return append(out, l[0].point())
}

func cells(line []vec) []cell {
	out := make([]cell, 0, len(line))
	for _, v := range line {
		if c := v.cell(); len(out) == 0 || out[len(out)-1] != c {
			out = append(out, c)
		}
	}
	return out
}

func lineOf(line []cell) orb.LineString {
	out := make(orb.LineString, len(line))
	for i, c := range line {
		out[i] = c.point()
	}
	return out
}
