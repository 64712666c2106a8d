package demo

import (
	"math"
	"math/rand/v2"
)

// A knife cuts loops. Every cut begins and ends at vertices that are there
// already and brings its own vertices with it, made before either side is cut
// further; so neighbours always have the same vertices, and since each cut is
// checked in whole numbers to lie strictly inside, no patch can cross itself or
// another.
type knife struct {
	r    *rand.Rand
	size float64 // metres across a usual patch

	sums  []int64 // of areas up to each vertex
	near  []int   // vertices near the wanted cut
	pairs []pair
	edges []int // edges near the chain that is being checked
}

type pair struct {
	i, j int
	cost float64
}

func newKnife(r *rand.Rand, size float64) *knife { return &knife{r: r, size: size} }

// densify puts vertices on long edges, so that small patches can be cut along
// them. Both neighbours of an edge get the same ones.
func (k *knife) densify(l loop) loop {
	step := k.size / 3
	out := make(loop, 0, len(l)*2)
	for i, a := range l {
		b := l[(i+1)%len(l)]
		out = append(out, a)
		p, q := a, b
		turned := p.x > q.x || p.x == q.x && p.y > q.y
		if turned {
			p, q = q, p
		}
		n := int64(math.Ceil(cellsApart(p, q) / step))
		if n > 64 {
			n = 64
		}
		for t := int64(1); t < n; t++ {
			m := t
			if turned {
				m = n - t
			}
			c := cell{p.x + int32(int64(q.x-p.x)*m/n), p.y + int32(int64(q.y-p.y)*m/n)}
			if c != out[len(out)-1] && c != b {
				out = append(out, c)
			}
		}
	}
	return out
}

// cellsApart is a distance in metres.
func cellsApart(a, b cell) float64 {
	return math.Hypot(float64(b.x-a.x)*metreX, float64(b.y-a.y)*metreY)
}

// split cuts a parcel in two, or in three with a road or ditch between.
func (k *knife) split(p parcel) ([]parcel, bool) {
	first := p.n / 2
	if p.n >= 4 {
		first = max(1, min(p.n-1, int(float64(p.n)*between(k.r, 0.36, 0.64)+0.5)))
	}
	want := float64(first) / float64(p.n)
	k.prepare(p.l)
	for _, c := range k.candidates(p, want) {
		if out, ok := k.tryStrip(p, c.i, c.j); ok {
			return out, true
		}
		if out, ok := k.tryLine(p, c.i, c.j); ok {
			return out, true
		}
	}
	return nil, false
}

// prepare sums areas, so that the area cut off by any chord is a subtraction.
func (k *knife) prepare(l loop) {
	k.sums = append(k.sums[:0], 0)
	var sum int64
	o := l[0]
	for i := range l {
		sum += cross(o, l[i], l[(i+1)%len(l)])
		k.sums = append(k.sums, sum)
	}
}

// cutOff is twice the area of the piece from vertex i to vertex j > i and straight back.
func (k *knife) cutOff(l loop, i, j int) int64 {
	return k.sums[j] - k.sums[i] + cross(l[0], l[j], l[i])
}

const fewest = 14 // vertices that are looked at near a cut

// candidates are chords that would cut a parcel at about the wanted share,
// across its longer way, the best first.
func (k *knife) candidates(p parcel, want float64) []pair {
	l := p.l
	// The longer way, from the second moments of the vertices.
	var mx, my, xx, xy, yy float64
	for _, c := range l {
		mx += float64(c.x)
		my += float64(c.y)
	}
	n := float64(len(l))
	mx, my = mx/n, my/n
	for _, c := range l {
		x, y := (float64(c.x)-mx)*metreX, (float64(c.y)-my)*metreY
		xx += x * x
		xy += x * y
		yy += y * y
	}
	angle := 0.5*math.Atan2(2*xy, xx-yy) + between(k.r, -0.12, 0.12)
	sin, cos := math.Sincos(angle)
	along := func(i int) float64 {
		return (float64(l[i].x)-mx)*metreX*cos + (float64(l[i].y)-my)*metreY*sin
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range l {
		t := along(i)
		lo, hi = math.Min(lo, t), math.Max(hi, t)
	}
	at := lo + (hi-lo)*want
	band := (hi - lo) * 0.06
	for {
		k.near = k.near[:0]
		for i := range l {
			if math.Abs(along(i)-at) <= band {
				k.near = append(k.near, i)
			}
		}
		if len(k.near) >= min(fewest, len(l)) || band > (hi-lo) {
			break
		}
		band *= 1.7
	}
	if len(k.near) > 30 { // of very many take some, evenly
		stride := float64(len(k.near)) / 30
		for i := range 30 {
			k.near[i] = k.near[int(float64(i)*stride)]
		}
		k.near = k.near[:30]
	}
	total := float64(k.sums[len(l)])
	scale := math.Sqrt(total / 2 * metreX * metreY)
	least := min(want, 1-want) * 0.45
	k.pairs = k.pairs[:0]
	for a, i := range k.near {
		for _, j := range k.near[a+1:] {
			if j-i < 2 || i+len(l)-j < 2 {
				continue
			}
			share := float64(k.cutOff(l, i, j)) / total
			off := math.Min(math.Abs(share-want), math.Abs(1-share-want))
			if share < least || share > 1-least {
				continue
			}
			long := cellsApart(l[i], l[j]) / scale
			k.offer(pair{i, j, long*long + 14*off*off})
		}
	}
	return k.pairs
}

// offer keeps the nine best pairs, in order.
func (k *knife) offer(p pair) {
	at := len(k.pairs)
	for at > 0 && k.pairs[at-1].cost > p.cost {
		at--
	}
	if at >= 9 {
		return
	}
	k.pairs = append(k.pairs, p)
	copy(k.pairs[at+1:], k.pairs[at:])
	k.pairs[at] = p
	k.pairs = k.pairs[:min(len(k.pairs), 9)]
}

// tryLine cuts along a line from vertex i to vertex j.
func (k *knife) tryLine(p parcel, i, j int) ([]parcel, bool) {
	l := p.l
	if !inCone(l, i, l[j]) || !inCone(l, j, l[i]) {
		return nil, false
	}
	for _, rough := range []float64{k.roughness(p.use), 0} {
		line := k.chain(l[i], l[j], k.spacing(p.use), rough)
		if !k.clear(l, i, j, line) {
			continue
		}
		a, b := splitLine(l, i, j, line)
		return k.deal(p, a, b), true
	}
	return nil, false
}

// deal gives each piece its part of the patches, by area.
func (k *knife) deal(p parcel, a, b loop) []parcel {
	x, y := float64(a.area2()), float64(b.area2())
	n := max(1, min(p.n-1, int(float64(p.n)*x/(x+y)+0.5)))
	return []parcel{{b, p.n - n, p.use}, {a, n, p.use}}
}

// roughness and spacing are how a boundary runs: straight with few vertices
// between fields, crooked with many along water and woods.
func (k *knife) roughness(u use) float64 {
	switch u {
	case useTown, useWorks:
		return between(k.r, 0, 0.02)
	case useForest, useWood:
		return between(k.r, 0.05, 0.16)
	}
	return [...]float64{0, 0.01, 0.02, 0.05, 0.10}[k.r.IntN(5)]
}

func (k *knife) spacing(u use) float64 {
	switch u {
	case useForest, useWood:
		return k.size / 7
	case useTown, useWorks:
		return k.size / 4
	}
	return k.size / [...]float64{3.2, 4, 5, 7, 11}[k.r.IntN(5)]
}

// chain is what lies between a and b: points about every step metres, pushed
// aside by up to rough times the distance. It is a graph over the chord, so it
// never meets itself.
func (k *knife) chain(a, b cell, step, rough float64) []cell {
	long := cellsApart(a, b)
	n := min(int(long/step+0.5), 4000)
	if n < 2 {
		return nil
	}
	p, d := a.vec(), b.vec().sub(a.vec())
	side := d.unit().left()
	out := make([]cell, 0, n-1)
	// Three waves of falling length and a little noise make the bends.
	f1, f2, f3 := k.r.Float64()*6.28, k.r.Float64()*6.28, k.r.Float64()*6.28
	amp := rough * math.Min(long, 9*k.size)
	turns := math.Max(1, long/(9*k.size))
	for i := 1; i < n; i++ {
		t := (float64(i) + between(k.r, -0.25, 0.25)) / float64(n)
		fade := math.Min(1, 5*math.Min(t, 1-t))
		bend := math.Sin(turns*6.28*t+f1) + 0.5*math.Sin(turns*14*t+f2) + 0.25*math.Sin(turns*33*t+f3)
		aside := fade * (amp*bend*0.57 + (k.r.Float64()-0.5)*rough*step)
		c := p.add(d.times(t)).add(side.times(aside)).cell()
		if c == a || c == b || len(out) > 0 && out[len(out)-1] == c {
			continue
		}
		out = append(out, c)
	}
	return out
}

// inCone says whether the way from vertex i towards c leads into l.
func inCone(l loop, i int, c cell) bool {
	n := len(l)
	prev, v, next := l[(i+n-1)%n], l[i], l[(i+1)%n]
	if cross(prev, v, next) >= 0 { // a corner that points outwards
		return cross(v, next, c) > 0 && cross(v, c, prev) > 0
	}
	return !(cross(v, prev, c) >= 0 && cross(v, c, next) >= 0)
}

// clear says whether a chain from vertex i to vertex j runs strictly inside l.
func (k *knife) clear(l loop, i, j int, line []cell) bool {
	first, last := l[j], l[i]
	if len(line) > 0 {
		first, last = line[0], line[len(line)-1]
	}
	if !inCone(l, i, first) || !inCone(l, j, last) {
		return false
	}
	k.gather(l, l[i], l[j], line)
	n := len(l)
	at := l[i]
	for s := 0; s <= len(line); s++ {
		to := l[j]
		if s < len(line) {
			to = line[s]
		}
		for _, e := range k.edges {
			// The edges at the chain's own ends are settled by inCone, unless the
			// chain comes back to them.
			if s == 0 && (e == i || (e+1)%n == i) || s == len(line) && (e == j || (e+1)%n == j) {
				if s == 0 && s == len(line) {
					continue
				}
				far := l[e]
				if e == i || e == j {
					far = l[(e+1)%n]
				}
				tip := to
				if s == len(line) {
					tip = at
				}
				own := l[i]
				if s == len(line) {
					own = l[j]
				}
				if cross(own, far, tip) == 0 && (within(own, far, tip) || within(own, tip, far)) {
					return false
				}
				continue
			}
			if meets(at, to, l[e], l[(e+1)%n]) {
				return false
			}
		}
		at = to
	}
	return true
}

// gather lists the edges of l whose boxes meet the box of a chain.
func (k *knife) gather(l loop, a, b cell, line []cell) {
	x0, x1, y0, y1 := min(a.x, b.x), max(a.x, b.x), min(a.y, b.y), max(a.y, b.y)
	for _, c := range line {
		x0, x1, y0, y1 = min(x0, c.x), max(x1, c.x), min(y0, c.y), max(y1, c.y)
	}
	k.edges = k.edges[:0]
	p := l[len(l)-1]
	for e, q := range l {
		if max(p.x, q.x) >= x0 && min(p.x, q.x) <= x1 && max(p.y, q.y) >= y0 && min(p.y, q.y) <= y1 {
			k.edges = append(k.edges, (e+len(l)-1)%len(l))
		}
		p = q
	}
}

// tryStrip cuts with a road, a track or a ditch between the halves, where the
// piece is of the size that such a thing usually bounds.
func (k *knife) tryStrip(p parcel, i, j int) ([]parcel, bool) {
	if p.n < 9 || p.use == useRiver {
		return nil, false
	}
	across := math.Sqrt(p.l.flatM2())
	var wide float64
	var u use
	switch {
	case p.use == useForest:
		return nil, false
	case across > 2600:
		wide, u = between(k.r, 14, 26), useRoad
	case across > 5*k.size && across > 260:
		if k.r.IntN(5) == 0 {
			return nil, false
		}
		wide, u = between(k.r, 5, 9), useTrack
		if k.r.IntN(3) == 0 {
			wide, u = between(k.r, 6, 12), useDitch
		}
	default:
		return nil, false
	}
	l := p.l
	n := len(l)
	i1, j1 := (i+1)%n, (j+1)%n
	if i1 == j || j1 == i {
		return nil, false
	}
	from := l[i].vec().to(l[i1].vec(), 0.5)
	to := l[j].vec().to(l[j1].vec(), 0.5)
	long := to.sub(from).len()
	if long < 12*wide || cellsApart(l[i], l[i1]) > 7*wide || cellsApart(l[j], l[j1]) > 7*wide {
		return nil, false
	}
	left, right := k.sides(from, to, wide)
	if len(left) == 0 || !k.clear(l, i, j1, left) || !k.clear(l, i1, j, right) || !apartChains(l[i], left, l[j1], l[i1], right, l[j]) {
		return nil, false
	}
	strip, a, b := splitStrip(l, i, j, left, right)
	p.n--
	out := k.deal(p, a, b)
	return append(out, parcel{strip, 1, u}), true
}

// sides are the two edges of a strip, without its mouths.
func (k *knife) sides(from, to vec, wide float64) (left, right []cell) {
	d := to.sub(from)
	long := d.len()
	step := k.size / 3
	n := int(long / step)
	side := d.unit().left()
	f := k.r.Float64() * 6.28
	amp := long * between(k.r, 0, 0.02)
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		if t*long < wide*2 || (1-t)*long < wide*2 {
			continue
		}
		mid := from.add(d.times(t)).add(side.times(amp * math.Sin(math.Pi*t) * math.Sin(5*t+f)))
		left = append(left, mid.add(side.times(wide/2)).cell())
		right = append(right, mid.sub(side.times(wide/2)).cell())
	}
	return left, right
}

// apartChains says that two sides of a strip never meet.
func apartChains(a0 cell, a []cell, a1, b0 cell, b []cell, b1 cell) bool {
	p := a0
	for s := 0; s <= len(a); s++ {
		q := a1
		if s < len(a) {
			q = a[s]
		}
		// Both sides go forward together, so only near pieces can meet.
		for t := max(0, s-3); t <= min(len(b), s+3); t++ {
			u, v := b0, b1
			if t > 0 {
				u = b[t-1]
			}
			if t < len(b) {
				v = b[t]
			}
			if meets(p, q, u, v) {
				return false
			}
		}
		p = q
	}
	return true
}

// holes finds room inside a piece for one to three others that it surrounds.
func (k *knife) holes(p parcel) []loop {
	if p.n < 2 || p.n > 4 || p.use == useRiver || len(p.l) > 200 || k.r.IntN(14) != 0 {
		return nil
	}
	var out []loop
	var mx, my float64
	for _, c := range p.l {
		mx += float64(c.x)
		my += float64(c.y)
	}
	mid := cell{int32(mx / float64(len(p.l))), int32(my / float64(len(p.l)))}
	if !p.l.holds(mid) {
		return nil
	}
	at := mid.vec()
	room := math.Inf(1)
	for i, c := range p.l {
		room = math.Min(room, toSegment(at, c.vec(), p.l[(i+1)%len(p.l)].vec()))
	}
	if room < 6 {
		return nil
	}
	place := []vec{at}
	reach := room * 0.85
	if p.n > 2 {
		off := vec{room * 0.45, 0}.turn(k.r.Float64() * 6.28)
		place, reach = []vec{at.add(off), at.sub(off)}, room*0.38
	}
	for _, c := range place[:min(len(place), p.n-1)] {
		out = append(out, k.blob(c, reach*0.45, reach, 6+k.r.IntN(14)))
	}
	return out
}

// blob is a star-shaped loop of n vertices between two distances from its middle.
func (k *knife) blob(at vec, inner, outer float64, n int) loop {
	out := make(loop, 0, n)
	f, g := k.r.Float64()*6.28, k.r.Float64()*6.28
	for i := range n {
		a := 2 * math.Pi * (float64(i) + between(k.r, -0.3, 0.3)) / float64(n)
		wave := 0.5 + 0.25*math.Sin(2*a+f) + 0.15*math.Sin(5*a+g) + 0.6/float64(n)*(k.r.Float64()*2-1)
		s, c := math.Sincos(a)
		out = append(out, at.add(vec{c, s}.times(inner+(outer-inner)*math.Max(0, math.Min(1, wave)))).cell())
	}
	return out
}
