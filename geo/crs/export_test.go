package crs

import "github.com/paulmach/orb"

// AreaUnder is the area between a geodesic and the equator, for comparison with published edges.
func AreaUnder(e Ellipsoid, p, q orb.Point) float64 { return newGeodesic(e).under(p, q) }
