package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// PlanarM2 returns the area of polygons given in metres in a plane, as 勘测定界
// and 供地 compute it. Holes are taken off; the direction of rings does not matter.
func PlanarM2(plane orb.MultiPolygon) float64 {
	return sumOf(plane, shoelace)
}

// EllipsoidalM2 returns the area on the CGCS2000 ellipsoid of polygons given in
// longitude and latitude (degrees), as 三调 and 永农 state it and as PostGIS's
// ST_Area(geography) does.
//
// Edges are geodesics, the shortest ways between the points. This matters: an
// edge of 400 m that runs east at Luohe and is straight on a map of longitude
// and latitude encloses 0.5 m² more on one side than the geodesic does; between
// the geodesic and a line that is straight in a Gauss-Krüger zone the difference
// is below 0.02 m². Edges must be shorter than 10,000 km, and no ring may
// surround a pole. The error is below 0.1 m² for a country and 1e-9 of the area
// for a site.
func EllipsoidalM2(lonlat orb.MultiPolygon) float64 {
	return sumOf(lonlat, cgcs2000Geodesic.ring)
}

// ExcessPPM is how much bigger the planar area of the same ground is than the
// ellipsoidal one, in parts per million: 0 on the central meridian, 483 on the
// border of a 3° zone at 33.6° north. It is no 多占.
func ExcessPPM(planarM2, ellipsoidalM2 float64) float64 {
	return (planarM2/ellipsoidalM2 - 1) * 1e6
}

func sumOf(g orb.MultiPolygon, signed func(orb.Ring) float64) float64 {
	total := 0.0
	for _, polygon := range g {
		for i, ring := range polygon {
			area := math.Abs(signed(ring))
			if i > 0 {
				area = -area
			}
			total += area
		}
	}
	return total
}

// shoelace works relative to the first point: eastings of 38,500,000 would
// otherwise eat six of the sixteen digits.
func shoelace(r orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(r); i++ {
		ax, ay := r[i-1][0]-r[0][0], r[i-1][1]-r[0][1]
		bx, by := r[i][0]-r[0][0], r[i][1]-r[0][1]
		sum += ax*by - bx*ay
	}
	return sum / 2
}
