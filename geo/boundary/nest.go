package boundary

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Nest sorts closed rings into polygons by what lies in what: a ring in an odd
// number of others is a hole of the innermost one, every other ring is the outer
// one of a part. Rings that cross are put somewhere; geo.Check tells them.
// Neither numbering nor direction is looked at, and rings are not changed. Parts
// come in the order of their outer rings; source[i][j] is the index of the ring
// that became ground[i][j].
//
// The work is bounded: of tangles that real ground never is, the remaining rings
// become parts of their own, which geo.Check then finds to overlap.
func Nest(rings []orb.Ring) (ground orb.MultiPolygon, source [][]int) {
	if len(rings) == 1 {
		return orb.MultiPolygon{{rings[0]}}, [][]int{{0}}
	}
	nodes := make([]nested, len(rings))
	order := make([]int, len(rings))
	for i, r := range rings {
		nodes[i] = nested{ring: r, bound: r.Bound(), size: math.Abs(doubled(r)), parent: -1}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case nodes[a].size > nodes[b].size:
			return -1
		case nodes[a].size < nodes[b].size:
			return 1
		}
		return 0
	})
	work := nestWork
	for at, i := range order {
		n := &nodes[i]
		for k := at - 1; k >= 0 && work > 0; k-- { // the smallest that is bigger comes first
			around := &nodes[order[k]]
			if work--; covers(around.bound, n.bound) && around.contains(n.ring, &work) {
				n.parent, n.depth = order[k], around.depth+1
				break
			}
		}
	}
	part := make([]int, len(rings))
	for i := range nodes {
		if nodes[i].depth%2 == 0 {
			part[i] = len(ground)
			ground = append(ground, orb.Polygon{rings[i]})
			source = append(source, []int{i})
		}
	}
	for i := range nodes {
		if nodes[i].depth%2 == 1 {
			p := part[nodes[i].parent]
			ground[p] = append(ground[p], rings[i])
			source[p] = append(source[p], i)
		}
	}
	return ground, source
}

// nestWork bounds Nest, in edges looked at: about half a second.
const nestWork = 300_000_000

// nested is one ring while its place is looked for.
type nested struct {
	ring          orb.Ring
	bound         orb.Bound
	size          float64
	parent, depth int
	strips        [][]int32 // of a long ring: the edges that meet each strip from south to north
}

// doubled is twice the signed area.
func doubled(r orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(r); i++ {
		sum += (r[i-1][0]-r[0][0])*(r[i][1]-r[0][1]) - (r[i][0]-r[0][0])*(r[i-1][1]-r[0][1])
	}
	return sum
}

func covers(a, b orb.Bound) bool {
	return a.Min[0] <= b.Min[0] && a.Min[1] <= b.Min[1] && a.Max[0] >= b.Max[0] && a.Max[1] >= b.Max[1]
}

// contains judges by the first point of r that is not on the ring around: a
// corner, or the middle of an edge where all corners touch.
func (n *nested) contains(r orb.Ring, work *int) bool {
	for _, p := range r {
		if side := n.locate(p, work); side != 0 {
			return side > 0
		}
	}
	for i := 1; i < len(r); i++ {
		if side := n.locate(orb.Point{(r[i-1][0] + r[i][0]) / 2, (r[i-1][1] + r[i][1]) / 2}, work); side != 0 {
			return side > 0
		}
	}
	return true // the same ring twice
}

// locate answers +1 inside, -1 outside and 0 on the ring.
func (n *nested) locate(p orb.Point, work *int) int {
	inside := false
	r := n.ring
	judge := func(i int) bool {
		a, b := r[i-1], r[i]
		cross := (b[0]-a[0])*(p[1]-a[1]) - (p[0]-a[0])*(b[1]-a[1])
		if cross == 0 && math.Min(a[0], b[0]) <= p[0] && p[0] <= math.Max(a[0], b[0]) && math.Min(a[1], b[1]) <= p[1] && p[1] <= math.Max(a[1], b[1]) {
			return true
		}
		if (a[1] > p[1]) != (b[1] > p[1]) && (cross > 0) == (b[1] > a[1]) {
			inside = !inside
		}
		return false
	}
	if len(r) < 128 {
		*work -= len(r)
		for i := 1; i < len(r); i++ {
			if judge(i) {
				return 0
			}
		}
	} else {
		if n.strips == nil {
			n.cut()
		}
		k := n.strip(p[1])
		if k < 0 || k >= len(n.strips) {
			return -1
		}
		*work -= len(n.strips[k])
		for _, i := range n.strips[k] {
			if judge(int(i)) {
				return 0
			}
		}
	}
	if inside {
		return 1
	}
	return -1
}

// cut files the edges of a long ring by strips, so that a point is compared with
// few of them. Edges that run through many strips get fewer of these.
func (n *nested) cut() {
	rise := 0.0
	for i := 1; i < len(n.ring); i++ {
		rise += math.Abs(n.ring[i][1] - n.ring[i-1][1])
	}
	count := math.Sqrt(float64(len(n.ring)))
	if height := n.bound.Max[1] - n.bound.Min[1]; rise > 0 && height > 0 {
		count = math.Min(count, 4*float64(len(n.ring))*height/rise)
	}
	n.strips = make([][]int32, max(1, int(count)))
	for i := 1; i < len(n.ring); i++ {
		from, to := n.strip(n.ring[i-1][1]), n.strip(n.ring[i][1])
		for k := max(0, min(from, to)); k <= min(max(from, to), len(n.strips)-1); k++ {
			n.strips[k] = append(n.strips[k], int32(i))
		}
	}
}

func (n *nested) strip(y float64) int {
	height := n.bound.Max[1] - n.bound.Min[1]
	if !(height > 0) {
		return 0
	}
	k := int((y - n.bound.Min[1]) / height * float64(len(n.strips)))
	if y == n.bound.Max[1] {
		k = len(n.strips) - 1
	}
	if y < n.bound.Min[1] {
		return -1
	}
	return k
}
