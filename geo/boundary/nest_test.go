package boundary_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/boundary"
)

// wheel is a ring of n corners, wavy so that it is not convex.
func wheel(x, y, r float64, n int) orb.Ring {
	var ring orb.Ring
	for i := range n {
		sin, cos := math.Sincos(float64(i) / float64(n) * 2 * math.Pi)
		wave := r * (1 + 0.1*float64(i%2))
		ring = append(ring, orb.Point{x + wave*cos, y + wave*sin})
	}
	return append(ring, ring[0])
}

// TestNest: rings of few and of many corners, in any order and direction, find
// the same places.
func TestNest(t *testing.T) {
	t.Parallel()
	const e, n = 38501000.0, 3717000.0
	rnd := rand.New(rand.NewPCG(3, 3))
	for range 50 {
		corners := func() int { return []int{4, 40, 200, 3000}[rnd.IntN(4)] }
		rings := []orb.Ring{
			wheel(e, n, 1000, corners()), // 0: an outer ring
			wheel(e, n, 600, corners()),  // 1: its hole
			wheel(e, n, 350, corners()),  // 2: ground in the hole
			wheel(e+50, n, 100, corners()),
			wheel(e+5000, n, 900, corners()), // 4: ground beside
			wheel(e+4600, n, 90, corners()),
			wheel(e+5400, n, 90, corners()),
		}
		want := [][]int{{0, 1}, {2, 3}, {4, 5, 6}}
		order := rnd.Perm(len(rings))
		shuffled := make([]orb.Ring, len(rings))
		for to, from := range order {
			shuffled[to] = rings[from]
			if rnd.IntN(2) == 0 {
				slices.Reverse(shuffled[to])
			}
		}
		ground, source := boundary.Nest(shuffled)
		if err := geo.Check(ground); err != nil {
			t.Fatal(err)
		}
		var got [][]int
		for i, part := range source {
			for j, s := range part {
				if !cmp.Equal(ground[i][j], shuffled[s]) {
					t.Fatal("source does not name the ring")
				}
				part[j] = order[s]
			}
			slices.Sort(part[1:])
			got = append(got, part)
		}
		slices.SortFunc(got, func(a, b []int) int { return a[0] - b[0] })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestNestOfTouchingRings: corners on the ring around decide nothing.
func TestNestOfTouchingRings(t *testing.T) {
	t.Parallel()
	box := orb.Ring{{0, 0}, {8, 0}, {8, 8}, {0, 8}, {0, 0}}
	for name, tt := range map[string]struct {
		inner orb.Ring
		parts int
	}{
		"all corners on edges, inside": {orb.Ring{{4, 0}, {8, 4}, {4, 8}, {0, 4}, {4, 0}}, 1},
		"beside along an edge":         {orb.Ring{{8, 2}, {9, 2}, {9, 6}, {8, 6}, {8, 2}}, 2},
		"the same":                     {slices.Clone(box), 1},
		"no height":                    {orb.Ring{{1, 0}, {2, 0}, {3, 0}, {1, 0}}, 1},
	} {
		if ground, _ := boundary.Nest([]orb.Ring{box, tt.inner}); len(ground) != tt.parts {
			t.Errorf("%s: %d parts", name, len(ground))
		}
	}
	if ground, source := boundary.Nest(nil); len(ground) != 0 || len(source) != 0 {
		t.Error("something of nothing")
	}
	flat := make(orb.Ring, 300)
	if ground, _ := boundary.Nest([]orb.Ring{flat, box, flat}); len(ground) == 0 {
		t.Error("rings without area are lost")
	}
}

// TestNestOfTangles: rings that are made to cost much cost little.
func TestNestOfTangles(t *testing.T) {
	comb := orb.Ring{}
	for i := range 300_000 { // every edge runs from south to north
		comb = append(comb, orb.Point{float64(i), float64(i % 2 * 1_000_000)})
	}
	rings := []orb.Ring{append(comb, orb.Point{300_000, -1e6}, orb.Point{0, -1e6}, comb[0])}
	for i := range 10_000 {
		x, y := float64(i)*20, -1000.0
		rings = append(rings, orb.Ring{{x, y}, {x + 9, y}, {x, y + 9}, {x, y}})
	}
	took := cpuTime(t, func() {
		if ground, _ := boundary.Nest(rings); len(ground) == 0 {
			t.Error("rings are lost")
		}
	})
	if took > 4*time.Second*raceSlack {
		t.Errorf("took %v", took)
	}
}
