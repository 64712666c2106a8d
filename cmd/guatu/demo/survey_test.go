package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

func surveyed(t testing.TB, seed uint64, n int) []Patch {
	t.Helper()
	c := &City{Options: Options{Seed: seed, Patches: n}, Ground: DrawGround()}
	return slices.Collect(c.Patches())
}

// sized is a smaller number under -short, which the race detector's run uses.
func sized(whole, short int) int {
	if testing.Short() {
		return short
	}
	return whole
}

func loopOf(r orb.Ring) loop {
	l := make(loop, 0, len(r))
	for _, p := range r[:len(r)-1] {
		l = append(l, cellOf(p))
	}
	return l
}

// A layer without gaps and overlaps is one whose edges cancel: each is walked
// once by the patch on its left and once, backwards, by the patch on its right,
// but for the city's own border. It is checked in whole numbers.
func TestLandPatchesFillTheCityExactly(t *testing.T) {
	t.Parallel()
	type edge struct{ a, b cell }
	edges := map[edge]bool{}
	var sum int64
	for _, p := range surveyed(t, 7, sized(6000, 1500)) {
		if p.Layer != "dltb" {
			continue
		}
		for i, ring := range p.Shape[0] {
			l := loopOf(ring)
			sum += l.area2()
			if (l.area2() > 0) != (i == 0) || !l.simple() {
				t.Fatalf("patch %d: ring %d is turned the wrong way or crosses itself", p.ID, i)
			}
			for k, a := range l {
				e := edge{a, l[(k+1)%len(l)]}
				if edges[e] {
					t.Fatalf("patch %d walks an edge that another has walked the same way", p.ID)
				}
				edges[e] = true
			}
		}
	}
	city := DrawGround().outline
	if sum != city.area2() {
		t.Errorf("patches sum to %d, the city is %d", sum, city.area2())
	}
	border := map[cell]cell{}
	for e := range edges {
		if !edges[edge{e.b, e.a}] {
			border[e.a] = e.b
		}
	}
	var round loop
	for at := border[city[0]]; at != city[0] && len(round) <= len(border); at = border[at] {
		round = append(round, at)
	}
	if len(round)+1 != len(border) {
		t.Errorf("the edges that do not cancel are %d, the way round the city takes %d of them", len(border), len(round)+1)
	}
}

func TestPatchesAreAsManyAsAsked(t *testing.T) {
	t.Parallel()
	for _, n := range []int{200, 1000, 5000, sized(20000, 6000)} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			per := map[string]int{}
			all := surveyed(t, 3, n)
			for _, p := range all {
				per[p.Layer]++
			}
			if len(all) != n {
				t.Errorf("asked for %d patches, got %d: %v", n, len(all), per)
			}
			for _, layer := range Layers {
				if per[layer] == 0 && n >= 5000 {
					t.Errorf("of %d patches none is %s", n, layer)
				}
			}
		})
	}
}

func TestPatchesAreTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	if a, b := fingerprint(surveyed(t, 5, 3000)), fingerprint(surveyed(t, 5, 3000)); a != b {
		t.Error("two runs of one seed differ")
	}
	if a, b := fingerprint(surveyed(t, 5, 3000)), fingerprint(surveyed(t, 6, 3000)); a == b {
		t.Error("two seeds make the same patches")
	}
}

func fingerprint(all []Patch) string {
	h := sha256.New()
	for _, p := range all {
		fmt.Fprint(h, p.Layer, p.County, p.ID, p.Code, p.Level, string(p.Attrs))
		for _, ring := range p.Shape[0] {
			_ = binary.Write(h, binary.LittleEndian, ring)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// Shapes are like those of a real survey: most are small, some are very large,
// and some surround others.
func TestPatchesHaveTheVerticesOfASurvey(t *testing.T) {
	t.Parallel()
	var counts []int
	holes := 0
	for _, p := range surveyed(t, 11, sized(30000, 8000)) {
		n := 0
		for _, ring := range p.Shape[0] {
			n += len(ring) - 1
		}
		counts = append(counts, n)
		if len(p.Shape[0]) > 1 {
			holes++
		}
	}
	slices.Sort(counts)
	at := func(share float64) int { return counts[min(len(counts)-1, int(share*float64(len(counts))))] }
	sum := 0
	for _, n := range counts {
		sum += n
	}
	mean := float64(sum) / float64(len(counts))
	t.Logf("vertices: least %d, median %d, mean %.1f, p99 %d, most %d; %d with holes", counts[0], at(.5), mean, at(.99), counts[len(counts)-1], holes)
	if counts[0] < 3 || at(0.02) < 5 || counts[len(counts)-1] > 520 || counts[len(counts)-1] < 250 || mean < 18 || mean > 45 || float64(at(.99)) < 3*float64(at(.5)) {
		t.Error("the distribution of vertices is not that of a survey")
	}
	if share := float64(holes) / float64(len(counts)); share < 0.004 || share > 0.1 {
		t.Errorf("%.2f %% of the patches have holes", share*100)
	}
}

func TestRedlinePatchesKeepApart(t *testing.T) {
	t.Parallel()
	var red []orb.Bound
	for _, p := range surveyed(t, 2, sized(12000, 5000)) {
		if p.Layer != "redline" {
			continue
		}
		b := p.Shape.Bound()
		for _, o := range red {
			if b.Intersects(o) {
				t.Fatalf("red line %d reaches into the square of another", p.ID)
			}
		}
		red = append(red, b)
	}
}

func TestAreasAreEllipsoidal(t *testing.T) {
	t.Parallel()
	// The rectangle of domain.md §1.1: E 38501000–38501400, N 3717000–3717250 in
	// EPSG:4526, 10.0000 ha in the plane, with a scale of 1 + 2e-10 that close to the meridian.
	sw, ne := orb.Point{114.010771485, 33.579317658}, orb.Point{114.015080471, 33.58157119}
	l := loop{cellOf(sw), cellOf(orb.Point{ne[0], sw[1]}), cellOf(ne), cellOf(orb.Point{sw[0], ne[1]})}
	if got := l.ellipsoidM2(); math.Abs(got-100000)/100000 > 2e-4 {
		t.Errorf("area = %.2f m², want about 100000", got)
	}
}

func BenchmarkPatches(b *testing.B) {
	c := &City{Options: Options{Seed: 1, Patches: 100000}, Ground: DrawGround()}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range c.Patches() {
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "patches/s")
}
