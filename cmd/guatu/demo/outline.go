package demo

import (
	"math"
	"math/rand/v2"
)

// A plot is a red line before it has a place: rings in metres around its own
// middle, and the boxes that keep others away from it.
type plot struct {
	parts     []plotPart
	boxes     []box
	buildings []rect // inside it
}

type plotPart struct {
	shell []vec   // counter-clockwise
	holes [][]vec // clockwise
}

// A rect is an upright rectangle in the plot's own frame.
type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) ring() []vec {
	return []vec{{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}}
}

func (r rect) grow(by float64) rect { return rect{r.x0 - by, r.y0 - by, r.x1 + by, r.y1 + by} }

// A box is a convex quadrilateral, counter-clockwise.
type box [4]vec

func (r rect) box() box { return box(r.ring()) }

// plotKind says what a red line looks like.
type plotKind int

const (
	block  plotKind = iota // four sides, some corners cut
	angle                  // L-shaped
	notch                  // a corner left out
	holed                  // something inside stays out
	halves                 // two parts with a road between
	strip                  // a road
)

// drawPlot draws a red line of about area m².
func drawPlot(r *rand.Rand, kind plotKind, area float64) plot {
	ratio := between(r, 1.0, 2.1)
	if kind == halves {
		ratio = between(r, 1.9, 2.6)
	}
	w := math.Sqrt(area * ratio)
	h := area / w
	whole := rect{-w / 2, -h / 2, w / 2, h / 2}
	var p plot
	switch kind {
	case strip:
		return drawStrip(r, area)
	case angle:
		cw, ch := w*between(r, 0.4, 0.55), h*between(r, 0.4, 0.55)
		k := math.Sqrt(w * h / (w*h - cw*ch))
		whole, cw, ch = rect{whole.x0 * k, whole.y0 * k, whole.x1 * k, whole.y1 * k}, cw*k, ch*k
		p.parts = []plotPart{{shell: []vec{
			{whole.x0, whole.y0}, {whole.x1, whole.y0}, {whole.x1, whole.y1 - ch},
			{whole.x1 - cw, whole.y1 - ch}, {whole.x1 - cw, whole.y1}, {whole.x0, whole.y1},
		}}}
		p.buildings = append(rows(r, rect{whole.x0, whole.y0, whole.x1, whole.y1 - ch}), rows(r, rect{whole.x0, whole.y1 - ch, whole.x1 - cw, whole.y1})...)
	case notch:
		cw, ch := w*between(r, 0.15, 0.3), h*between(r, 0.15, 0.3)
		p.parts = []plotPart{{shell: chamfer(r, []vec{
			{whole.x0 + cw, whole.y0}, {whole.x1, whole.y0}, {whole.x1, whole.y1}, {whole.x0, whole.y1},
			{whole.x0, whole.y0 + ch}, {whole.x0 + cw, whole.y0 + ch},
		}, 1, 2)}}
		p.buildings = rows(r, rect{whole.x0 + cw, whole.y0, whole.x1, whole.y1})
	case holed:
		hw, hh := w*between(r, 0.12, 0.2), h*between(r, 0.14, 0.22)
		cx, cy := w*between(r, 0.1, 0.2), h*between(r, -0.15, 0.15)
		hole := rect{cx, cy, cx + hw, cy + hh}
		ring := hole.ring()
		p.parts = []plotPart{{shell: chamfer(r, whole.ring(), 0, 2), holes: [][]vec{{ring[0], ring[3], ring[2], ring[1]}}}}
		p.buildings = rows(r, rect{whole.x0, whole.y0, cx, whole.y1})
	case halves:
		gap := between(r, 24, 40)
		cut := w * between(r, -0.1, 0.15)
		left := rect{whole.x0 - gap/2, whole.y0, cut - gap/2, whole.y1}
		right := rect{cut + gap/2, whole.y0, whole.x1 + gap/2, whole.y1}
		p.parts = []plotPart{{shell: left.ring()}, {shell: chamfer(r, right.ring(), 1, 2)}}
		p.buildings = append(rows(r, left), rows(r, right)...)
	default:
		p.parts = []plotPart{{shell: chamfer(r, whole.ring(), r.IntN(4), r.IntN(4))}}
		p.buildings = rows(r, whole)
	}
	skew := between(r, -0.05, 0.05)
	for i := range p.parts {
		shear(p.parts[i].shell, skew)
		for _, hole := range p.parts[i].holes {
			shear(hole, skew)
		}
	}
	reach := math.Abs(skew) * h
	p.boxes = []box{rect{whole.x0 - 25, whole.y0, whole.x1 + 25, whole.y1}.grow(35 + reach).box()}
	return p
}

func shear(ring []vec, by float64) {
	for i := range ring {
		ring[i].x += ring[i].y * by
	}
}

// chamfer cuts two corners, as where a plot meets a crossing.
func chamfer(r *rand.Rand, ring []vec, a, b int) []vec {
	var out []vec
	for i, p := range ring {
		if i != a && i != b {
			out = append(out, p)
			continue
		}
		prev, next := ring[(i+len(ring)-1)%len(ring)], ring[(i+1)%len(ring)]
		cut := math.Min(between(r, 12, 30), 0.3*math.Min(prev.sub(p).len(), next.sub(p).len()))
		out = append(out, p.add(prev.sub(p).unit().times(cut)), p.add(next.sub(p).unit().times(cut)))
	}
	return out
}

// rows are buildings in rows, as a works lays out its halls.
func rows(r *rand.Rand, in rect) []rect {
	in = in.grow(-22)
	w, h := in.x1-in.x0, in.y1-in.y0
	if w < 60 || h < 50 {
		return nil
	}
	depth := math.Min(h, between(r, 42, 90))
	lines := max(1, int((h+16)/(depth+18)))
	lines = min(lines, 4)
	depth = (h - float64(lines-1)*18) / float64(lines) * 0.86
	var out []rect
	for i := range lines {
		y := in.y0 + float64(i)*(h+18)/float64(lines)
		for x := in.x0; x < in.x1-40 && len(out) < 9; {
			width := math.Min(in.x1-x, between(r, 70, 170))
			if r.Float64() < 0.85 {
				out = append(out, rect{x, y, x + width, y + depth*between(r, 0.8, 1)})
			}
			x += width + 16
		}
	}
	return out
}

// drawStrip is the corridor of a road: 36–48 m wide along a gentle curve.
func drawStrip(r *rand.Rand, area float64) plot {
	wide := between(r, 36, 48)
	long := area / wide
	bend := between(r, 0.05, 0.12) * long * float64(1-2*r.IntN(2))
	line := through([]vec{{-long / 2, 0}, {-long / 6, bend}, {long / 5, bend * 0.4}, {long / 2, -bend * 0.3}}, 90)
	left := aside(line, func(int) float64 { return wide / 2 })
	right := aside(line, func(int) float64 { return -wide / 2 })
	var p plot
	shell := append([]vec{}, right...)
	for i := len(left) - 1; i >= 0; i-- {
		shell = append(shell, left[i])
	}
	p.parts = []plotPart{{shell: shell}}
	for i := 0; i+1 < len(line); i++ {
		d := line[i+1].sub(line[i]).unit()
		n := d.left().times(wide/2 + 30)
		a, b := line[i].sub(d.times(30)), line[i+1].add(d.times(30))
		p.boxes = append(p.boxes, box{a.sub(n), b.sub(n), b.add(n), a.add(n)})
	}
	return p
}

// placed is the plot turned by angle and moved to at.
func (p plot) placed(at vec, angle float64) plot {
	move := func(ring []vec) []vec {
		out := make([]vec, len(ring))
		for i, v := range ring {
			out[i] = v.turn(angle).add(at)
		}
		return out
	}
	q := plot{buildings: p.buildings}
	for _, part := range p.parts {
		moved := plotPart{shell: move(part.shell)}
		for _, hole := range part.holes {
			moved.holes = append(moved.holes, move(hole))
		}
		q.parts = append(q.parts, moved)
	}
	for _, b := range p.boxes {
		q.boxes = append(q.boxes, box(move(b[:])))
	}
	return q
}

func (b box) bounds() (lo, hi vec) {
	lo, hi = b[0], b[0]
	for _, v := range b[1:] {
		lo.x, lo.y = math.Min(lo.x, v.x), math.Min(lo.y, v.y)
		hi.x, hi.y = math.Max(hi.x, v.x), math.Max(hi.y, v.y)
	}
	return lo, hi
}

// meets says whether two convex shapes share a place (separating axes).
func (b box) meets(o []vec) bool {
	return !apart(b[:], o) && !apart(o, b[:])
}

// apart says whether some side of a has all of o beyond it.
func apart(a, o []vec) bool {
	for i, p := range a {
		n := a[(i+1)%len(a)].sub(p).left()
		out := true
		for _, v := range o {
			if v.sub(p).dot(n) > 0 {
				out = false
				break
			}
		}
		if out {
			return true
		}
	}
	return false
}
