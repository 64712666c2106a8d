package boundary

import "github.com/paulmach/orb"

// Common is the area that two grounds have in common, without a bound on the work.
func Common(a, b orb.MultiPolygon) (float64, orb.Point) {
	budget := 1 << 40
	return common(a, b, &budget)
}
