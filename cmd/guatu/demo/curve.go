package demo

import (
	"math"
	"math/rand/v2"
)

// through draws a smooth line through the points, a vertex about every step
// metres: Catmull–Rom in its centripetal form, which neither loops nor overshoots
// where points are unevenly spaced.
func through(points []vec, step float64) []vec {
	var out []vec
	n := len(points)
	for i := 0; i+1 < n; i++ {
		p1, p2 := points[i], points[i+1]
		p0, p3 := p1.add(p1.sub(p2)), p2.add(p2.sub(p1))
		if i > 0 {
			p0 = points[i-1]
		}
		if i+2 < n {
			p3 = points[i+2]
		}
		t1 := math.Sqrt(p1.sub(p0).len())
		t2 := t1 + math.Sqrt(p2.sub(p1).len())
		t3 := t2 + math.Sqrt(p3.sub(p2).len())
		k := max(1, int(math.Round(p2.sub(p1).len()/step)))
		for s := range k {
			t := t1 + (t2-t1)*float64(s)/float64(k)
			a1 := p0.to(p1, t/t1)
			a2 := p1.to(p2, (t-t1)/(t2-t1))
			a3 := p2.to(p3, (t-t2)/(t3-t2))
			b1 := a1.to(a2, t/t2)
			b2 := a2.to(a3, (t-t1)/(t3-t1))
			out = append(out, b1.to(b2, (t-t1)/(t2-t1)))
		}
	}
	return append(out, points[n-1])
}

// wander breaks a line at its middles again and again until no piece is longer
// than step, moving each middle aside by up to rough times the piece's length:
// the look of a boundary that follows fields, ditches and old paths. Ends stay.
func wander(r *rand.Rand, line []vec, step, rough float64) []vec {
	out := []vec{line[0]}
	var split func(a, b vec)
	split = func(a, b vec) {
		d := b.sub(a)
		if d.len() <= step {
			out = append(out, b)
			return
		}
		mid := a.to(b, between(r, 0.42, 0.58)).add(d.left().times(between(r, -rough, rough)))
		split(a, mid)
		split(mid, b)
	}
	for i := 0; i+1 < len(line); i++ {
		split(line[i], line[i+1])
	}
	return out
}

// meander swings a line from side to side by up to swing metres, over wave
// metres or so for a full swing, less near its ends.
func meander(r *rand.Rand, line []vec, swing, wave float64) []vec {
	total := 0.0
	for i := 1; i < len(line); i++ {
		total += line[i].sub(line[i-1]).len()
	}
	out := make([]vec, len(line))
	phase, phase2, at := r.Float64()*2*math.Pi, r.Float64()*2*math.Pi, 0.0
	drift, pull := 1.0, 1.0
	for i, p := range line {
		if i > 0 {
			step := p.sub(line[i-1]).len()
			at += step
			drift += (r.Float64() - 0.5) * 0.12
			drift += (1 - drift) * 0.03
			pull += (r.Float64() - 0.5) * 0.10
			pull += (1 - pull) * 0.02
			phase += step / (wave * math.Max(0.6, drift)) * 2 * math.Pi
			phase2 += step / (wave * 2.7) * 2 * math.Pi
		}
		ends := math.Min(1, math.Min(at, total-at)/wave)
		aside := swing * ends * (math.Max(0.3, pull)*math.Sin(phase) + 0.6*math.Sin(phase2))
		out[i] = p.add(heading(line, i).left().times(aside))
	}
	return out
}

// heading is the direction of a line at its i-th vertex, of length one.
func heading(line []vec, i int) vec {
	return line[min(i+1, len(line)-1)].sub(line[max(i-1, 0)]).unit()
}

// aside is the line moved to its left by width(i) metres.
func aside(line []vec, width func(i int) float64) []vec {
	out := make([]vec, len(line))
	for i, p := range line {
		out[i] = p.add(heading(line, i).left().times(width(i)))
	}
	return out
}

func length(line []vec) float64 {
	sum := 0.0
	for i := 1; i < len(line); i++ {
		sum += line[i].sub(line[i-1]).len()
	}
	return sum
}

// nearest is the index of the vertex closest to p.
func nearest(line []vec, p vec) int {
	best := 0
	for i, v := range line {
		if v.sub(p).len() < line[best].sub(p).len() {
			best = i
		}
	}
	return best
}

// toSegment is the distance in metres from p to the segment a–b.
func toSegment(p, a, b vec) float64 {
	d := b.sub(a)
	n := d.dot(d)
	if n == 0 {
		return p.sub(a).len()
	}
	t := math.Max(0, math.Min(1, p.sub(a).dot(d)/n))
	return p.sub(a.add(d.times(t))).len()
}
