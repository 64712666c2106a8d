package geo_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"guatu/geo"
)

// TestSideIsExact compares with rational arithmetic where rounding decides
// wrongly: points within a few ulps of a line through distant ones (Kettner
// 2008), and coordinates of very different size.
func TestSideIsExact(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(21, 22))
	near := func(v float64) float64 {
		for range r.IntN(4) {
			v = math.Nextafter(v, 1000*float64(r.IntN(2)))
		}
		return v
	}
	fooled := 0
	for range 20_000 {
		a := orb.Point{near(0.5), near(0.5)}
		b, c := orb.Point{near(12), near(12)}, orb.Point{near(24), near(24)}
		if r.IntN(2) == 0 {
			slope, from := r.Float64(), r.Float64()
			on := func(x float64) orb.Point { return orb.Point{x, near(from + slope*x)} }
			a, b, c = on(r.Float64()*1e-3), on(10*r.Float64()), on(180*r.Float64())
		}
		want := rational(a, b, c)
		if got := geo.SideForTest(a, b, c); got != want {
			t.Fatalf("side(%v, %v, %v) = %d, want %d", a, b, c, got, want)
		}
		if naive := (a[0]-c[0])*(b[1]-c[1]) - (a[1]-c[1])*(b[0]-c[0]); want != 0 && naive*float64(want) <= 0 || want == 0 && naive != 0 {
			fooled++
		}
	}
	if fooled < 100 {
		t.Errorf("plain arithmetic is wrong on %d only: the drawing proves little", fooled)
	}
}

func rational(a, b, c orb.Point) int {
	of := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	minus := func(x, y float64) *big.Rat { return new(big.Rat).Sub(of(x), of(y)) }
	left := new(big.Rat).Mul(minus(a[0], c[0]), minus(b[1], c[1]))
	right := new(big.Rat).Mul(minus(a[1], c[1]), minus(b[0], c[0]))
	return left.Cmp(right)
}
