package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// side tells where c lies as seen from a towards b: +1 left, -1 right, 0 exactly
// on the line. The sign is exact (a floating-point filter, then Shewchuk's
// expansions), so that a boundary is never called crossed because of rounding.
func side(a, b, c orb.Point) int {
	left := (a[0] - c[0]) * (b[1] - c[1])
	right := (a[1] - c[1]) * (b[0] - c[0])
	det := left - right
	if left == 0 || right == 0 {
		return sign(det) // a product is 0 only if a factor is: nothing was rounded away
	}
	// 3.33e-16: (3 + 16ε)ε, the bound of Shewchuk's ccwerrboundA.
	if bound := 3.3306690738754716e-16 * (math.Abs(left) + math.Abs(right)); det > bound || -det > bound {
		return sign(det)
	}
	return sideExact(a, b, c)
}

// sideExact sums the six products of the determinant without rounding. Products
// below 1e-290 would lose bits; degrees on the ground never get there.
func sideExact(a, b, c orb.Point) int {
	var sum expansion
	sum.addProduct(a[0], b[1])
	sum.addProduct(-a[0], c[1])
	sum.addProduct(-c[0], b[1])
	sum.addProduct(-a[1], b[0])
	sum.addProduct(a[1], c[0])
	sum.addProduct(c[1], b[0])
	return sum.sign()
}

// expansion is an exact sum of floats: components that do not overlap, smallest first.
type expansion struct {
	terms [12]float64
	n     int
}

func (e *expansion) addProduct(x, y float64) {
	high := x * y
	e.add(math.FMA(x, y, -high))
	e.add(high)
}

// add is Shewchuk's grow-expansion with the zeros dropped.
func (e *expansion) add(v float64) {
	kept := 0
	for _, term := range e.terms[:e.n] {
		sum := v + term
		part := sum - v
		if rest := (v - (sum - part)) + (term - part); rest != 0 {
			e.terms[kept] = rest
			kept++
		}
		v = sum
	}
	if v != 0 {
		e.terms[kept] = v
		kept++
	}
	e.n = kept
}

func (e *expansion) sign() int {
	if e.n == 0 {
		return 0
	}
	return sign(e.terms[e.n-1])
}

func sign(v float64) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// byPlace orders points from west to east, and from south to north where they
// share a meridian: the order in which the sweep meets them.
func byPlace(a, b orb.Point) int {
	switch {
	case a[0] < b[0]:
		return -1
	case a[0] > b[0]:
		return 1
	}
	return sign(a[1] - b[1])
}
