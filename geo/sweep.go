package geo

import (
	"slices"
	"sort"

	"github.com/paulmach/orb"
)

// The sweep walks over all rings of a (multi)polygon from west to east and keeps
// the edges that it is standing on in order from south to north (Shamos and
// Hoey 1976). Two edges that cross are neighbours just before they do, so only
// neighbours are compared. Whatever meets at a vertex is judged there. The first
// flaw ends the walk, so the order is right as long as it is used.

// ring is one ring as the sweep sees it.
type ring struct {
	part, index int
	shell       int32       // the outer ring of its polygon, in the list of all rings
	at          []orb.Point // without repeated points and without the closing one
	vertex      []int32     // the index of each in the ring as given

	met       bool  // the sweep has come to its westernmost point
	ccw       bool  // known then
	container int32 // the innermost ring around it, or -1
	linked    int32 // union-find: rings of one polygon that touch, directly or by others
	seen      int   // how often it comes to the point at hand
}

// edge is one edge, its ends in the order of the sweep.
type edge struct {
	from, to  orb.Point
	ring      int32
	vertex    int32 // the corner of the ring that it begins at as the ring runs
	rightward bool  // the ring runs from from to to
}

// corner is a vertex of a ring.
type corner struct {
	at           orb.Point
	ring, vertex int32
}

type sweep struct {
	rings   []ring
	edges   []edge
	first   []int32 // the first edge of each ring
	corners []corner
	order   shelf

	left, right []int32 // the edges that end and begin at the point at hand, south to north
	touching    []int32 // the rings that do
}

func newSweep(rings []ring, edges int) *sweep {
	s := &sweep{rings: rings, edges: make([]edge, 0, edges), corners: make([]corner, 0, edges)}
	for i := range rings {
		r := &rings[i]
		r.container, r.linked = -1, int32(i)
		s.first = append(s.first, int32(len(s.edges)))
		for v, p := range r.at {
			e := edge{from: p, to: r.at[(v+1)%len(r.at)], ring: int32(i), vertex: int32(v), rightward: true}
			if byPlace(e.to, e.from) < 0 {
				e.from, e.to, e.rightward = e.to, e.from, false
			}
			s.edges = append(s.edges, e)
			s.corners = append(s.corners, corner{p, int32(i), int32(v)})
		}
	}
	slices.SortFunc(s.corners, func(a, b corner) int { return byPlace(a.at, b.at) })
	return s
}

func (s *sweep) run() *Flaw {
	for i := 0; i < len(s.corners); {
		p := s.corners[i].at
		n := i + 1
		for n < len(s.corners) && s.corners[n].at == p {
			n++
		}
		if f := s.visit(p, s.corners[i:n]); f != nil {
			return f
		}
		i = n
	}
	return nil
}

// visit judges everything that meets at p and moves the order past it.
func (s *sweep) visit(p orb.Point, corners []corner) *Flaw {
	start := s.order.search(func(e int32) bool { return side(s.edges[e].from, s.edges[e].to, p) <= 0 })
	s.left, s.right = s.left[:0], s.right[:0]
	below, above := s.order.before(start), int32(-1)
	passing := int32(-1)
	for at := start; ; at = s.order.next(at) {
		e, ok := s.order.get(at)
		if !ok {
			break
		}
		if side(s.edges[e].from, s.edges[e].to, p) != 0 {
			above = e
			break
		}
		s.left = append(s.left, e)
		if s.edges[e].to != p {
			if passing >= 0 {
				return s.crossing(passing, e, p)
			}
			passing = e
			s.right = append(s.right, e)
		}
	}
	for _, c := range corners {
		s.begin(c, p)
	}
	slices.SortFunc(s.right, func(a, b int32) int { return -side(p, s.edges[a].to, s.edges[b].to) })
	for i := 1; i < len(s.right); i++ {
		if side(p, s.edges[s.right[i-1]].to, s.edges[s.right[i]].to) == 0 {
			return s.crossing(s.right[i-1], s.right[i], p) // they run over each other from p on
		}
	}
	if f := s.meet(p, corners); f != nil {
		return f
	}
	s.order.replace(start, len(s.left), s.right)
	if f := s.neighbours(below, above); f != nil {
		return f
	}
	return s.enclose(p, below)
}

// begin adds the edges of a corner that begin at it.
func (s *sweep) begin(c corner, p orb.Point) {
	n := int32(len(s.rings[c.ring].at))
	for _, v := range [2]int32{(c.vertex + n - 1) % n, c.vertex} {
		if e := s.first[c.ring] + v; s.edges[e].from == p {
			s.right = append(s.right, e)
		}
	}
}

// meet walks once around p. Every ring may come twice (in and out), and the
// rings must lie side by side or in each other like brackets: ( ( ) ) ( ).
func (s *sweep) meet(p orb.Point, corners []corner) *Flaw {
	if len(corners) == 1 && len(s.left)+len(s.right) == 2 {
		return nil // one ring turns here, nothing else
	}
	around := s.right
	for i := len(s.left) - 1; i >= 0; i-- {
		around = append(around, s.left[i])
	}
	s.right = around[:len(s.right)]
	for _, e := range around {
		s.rings[s.edges[e].ring].seen = 0
	}
	s.touching = s.touching[:0]
	var flaw *Flaw
	var open []int32
	for _, e := range around {
		r := s.edges[e].ring
		s.rings[r].seen++
		switch {
		case s.rings[r].seen > 2:
			return s.touch(e, p)
		case s.rings[r].seen == 1:
			open = append(open, e)
			s.touching = append(s.touching, r)
		case s.edges[open[len(open)-1]].ring == r:
			open = open[:len(open)-1]
		case flaw == nil: // keep looking: that a ring meets itself is the better explanation
			flaw = s.crossing(open[len(open)-1], e, p)
		}
	}
	if flaw != nil {
		return flaw
	}
	return s.link(p)
}

// link remembers that the rings touch at p. Rings of one polygon that are linked
// by two ways close a loop, and what the loop surrounds is cut off.
func (s *sweep) link(p orb.Point) *Flaw {
	touching := s.touching
	slices.SortFunc(touching, func(a, b int32) int { return int(s.rings[a].shell - s.rings[b].shell) })
	for i := 1; i < len(touching); i++ {
		a, b := touching[i-1], touching[i]
		if s.rings[a].shell != s.rings[b].shell {
			continue
		}
		rootA, rootB := s.root(a), s.root(b)
		if rootA == rootB {
			return s.ringFlaw(FlawInteriorSplit, p, b, a)
		}
		s.rings[rootA].linked = rootB
	}
	return nil
}

func (s *sweep) root(r int32) int32 {
	for s.rings[r].linked != r {
		s.rings[r].linked = s.rings[s.rings[r].linked].linked
		r = s.rings[r].linked
	}
	return r
}

// neighbours compares the edges that have just come to lie beside each other.
func (s *sweep) neighbours(below, above int32) *Flaw {
	if len(s.right) == 0 {
		return s.compare(below, above)
	}
	if f := s.compare(below, s.right[0]); f != nil {
		return f
	}
	return s.compare(s.right[len(s.right)-1], above)
}

func (s *sweep) compare(a, b int32) *Flaw {
	if a < 0 || b < 0 {
		return nil
	}
	x, y := &s.edges[a], &s.edges[b]
	if side(x.from, x.to, y.from)*side(x.from, x.to, y.to) >= 0 || side(y.from, y.to, x.from)*side(y.from, y.to, x.to) >= 0 {
		return nil // apart, or touching at an end, which is judged there
	}
	return s.crossing(a, b, crossingPoint(x, y))
}

// crossingPoint is where two edges that cross do so, to rounding.
func crossingPoint(x, y *edge) orb.Point {
	dx := orb.Point{x.to[0] - x.from[0], x.to[1] - x.from[1]}
	dy := orb.Point{y.to[0] - y.from[0], y.to[1] - y.from[1]}
	apart := orb.Point{y.from[0] - x.from[0], y.from[1] - x.from[1]}
	t := (apart[0]*dy[1] - apart[1]*dy[0]) / (dx[0]*dy[1] - dx[1]*dy[0])
	if !(t >= 0 && t <= 1) { // nearly parallel: any point of the edge is as good
		t = 0.5
	}
	return orb.Point{x.from[0] + t*dx[0], x.from[1] + t*dx[1]}
}

// enclose finds, for each ring whose westernmost point is p, the ring around it:
// the edge just south of it belongs to that ring or to a sibling.
func (s *sweep) enclose(p orb.Point, below int32) *Flaw {
	for i, e := range s.right {
		r := s.edges[e].ring
		ring := &s.rings[r]
		if i > 0 {
			below = s.right[i-1]
		}
		if ring.met {
			continue
		}
		ring.met, ring.ccw = true, s.edges[e].rightward
		if below >= 0 {
			around := s.edges[below].ring
			if s.edges[below].rightward != s.rings[around].ccw {
				around = s.rings[around].container // it is south of below's ring, so beside it
			}
			ring.container = around
		}
		if f := s.nested(r, p); f != nil {
			return f
		}
	}
	return nil
}

func (s *sweep) nested(r int32, p orb.Point) *Flaw {
	ring := &s.rings[r]
	around := ring.container
	if ring.shell == r { // an outer ring may lie free, or in a hole of another part
		if around >= 0 && s.rings[around].shell == around {
			return s.ringFlaw(FlawPolygonsOverlap, p, r, around)
		}
		return nil
	}
	switch {
	case around == ring.shell:
		return nil
	case around >= 0 && s.rings[around].shell == ring.shell:
		return s.ringFlaw(FlawHolesNested, p, r, around)
	}
	return s.ringFlaw(FlawHoleOutside, p, r, ring.shell)
}

// crossing names the flaw of two edges that cross, or run over each other, at p.
func (s *sweep) crossing(a, b int32, p orb.Point) *Flaw {
	x, y := &s.edges[a], &s.edges[b]
	if x.ring == y.ring && x.vertex > y.vertex {
		x, y = y, x
	}
	f := s.ringFlaw(FlawPolygonsOverlap, p, x.ring, y.ring)
	switch {
	case x.ring == y.ring:
		f.Kind = FlawCrossesItself
	case s.rings[x.ring].part == s.rings[y.ring].part:
		f.Kind = FlawRingsCross
	}
	f.Vertex = int(s.rings[x.ring].vertex[x.vertex])
	f.OtherVertex = int(s.rings[y.ring].vertex[y.vertex])
	return f
}

func (s *sweep) touch(e int32, p orb.Point) *Flaw {
	f := s.crossing(e, e, p)
	f.Kind = FlawTouchesItself
	return f
}

func (s *sweep) ringFlaw(kind FlawKind, p orb.Point, r, other int32) *Flaw {
	x, y := &s.rings[r], &s.rings[other]
	return &Flaw{Kind: kind, At: p, Part: x.part, Ring: x.index, OtherPart: y.part, OtherRing: y.index}
}

// shelf is a sorted list of edges in pieces of bounded length, so that putting
// one in costs little however many edges the sweep stands on.
type shelf struct{ pieces [][]int32 }

const pieceLength = 128

// place is a position in a shelf; one past the last is {len(pieces), 0}.
type place struct{ piece, i int }

// search returns the first place whose edge answers yes; all after it must too.
func (s *shelf) search(yes func(e int32) bool) place {
	piece := sort.Search(len(s.pieces), func(i int) bool { return yes(s.pieces[i][len(s.pieces[i])-1]) })
	if piece == len(s.pieces) {
		return place{piece, 0}
	}
	return place{piece, sort.Search(len(s.pieces[piece]), func(i int) bool { return yes(s.pieces[piece][i]) })}
}

func (s *shelf) get(at place) (int32, bool) {
	if at.piece == len(s.pieces) {
		return -1, false
	}
	return s.pieces[at.piece][at.i], true
}

func (s *shelf) next(at place) place {
	if at.i++; at.i == len(s.pieces[at.piece]) {
		return place{at.piece + 1, 0}
	}
	return at
}

// before returns the edge before a place, or -1.
func (s *shelf) before(at place) int32 {
	switch {
	case at.i > 0:
		return s.pieces[at.piece][at.i-1]
	case at.piece > 0:
		last := s.pieces[at.piece-1]
		return last[len(last)-1]
	}
	return -1
}

// replace puts with in the place of the n edges from at on.
func (s *shelf) replace(at place, n int, with []int32) {
	for n > 0 {
		piece := s.pieces[at.piece]
		cut := min(n, len(piece)-at.i)
		s.pieces[at.piece] = slices.Delete(piece, at.i, at.i+cut)
		n -= cut
		switch {
		case len(s.pieces[at.piece]) == 0:
			s.pieces = slices.Delete(s.pieces, at.piece, at.piece+1)
			at.i = 0
		case n > 0:
			at = place{at.piece + 1, 0}
		}
	}
	if len(with) == 0 {
		return
	}
	switch {
	case len(s.pieces) == 0:
		s.pieces, at = append(s.pieces, nil), place{}
	case at.piece == len(s.pieces):
		at = place{at.piece - 1, len(s.pieces[at.piece-1])}
	}
	piece := slices.Insert(s.pieces[at.piece], at.i, with...)
	if len(piece) <= 2*pieceLength {
		s.pieces[at.piece] = piece
		return
	}
	var split [][]int32
	for part := range slices.Chunk(piece, pieceLength) {
		split = append(split, slices.Clone(part))
	}
	s.pieces = slices.Replace(s.pieces, at.piece, at.piece+1, split...)
}
