package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// geodesic computes areas under geodesics after Karney, Algorithms for
// geodesics, J. Geodesy 87, 2013. The two integrals (his eqs. 8 and 59) are
// summed by Gauss-Legendre's rule over the edge itself instead of as differences
// of series, so that small areas lose nothing.
type geodesic struct {
	a, f, e2, ep2 float64 // ep2 is e'², the second eccentricity squared
	c2            float64 // radius of the sphere of equal area, squared
}

var cgcs2000Geodesic = newGeodesic(CGCS2000Ellipsoid)

func newGeodesic(e Ellipsoid) *geodesic {
	g := &geodesic{a: e.A, f: e.f(), e2: e.e2()}
	g.ep2 = g.e2 / (1 - g.e2)
	ecc := math.Sqrt(g.e2)
	g.c2 = (e.A*e.A + e.b()*e.b()*math.Atanh(ecc)/ecc) / 2
	return g
}

// ring returns the signed area of a closed ring in m², positive where it runs
// clockwise. The sums of what lies between the edges and the equator are carried
// with their rounding errors (Neumaier).
func (g *geodesic) ring(r orb.Ring) float64 {
	sum, lost := 0.0, 0.0
	for i := 1; i < len(r); i++ {
		v := g.under(r[i-1], r[i])
		next := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			lost += (sum - next) + v
		} else {
			lost += (v - next) + sum
		}
		sum = next
	}
	return sum + lost
}

// under returns the area in m² between the geodesic from p to q and the equator,
// counted positive eastwards on the northern hemisphere.
func (g *geodesic) under(p, q orb.Point) float64 {
	lambda := radians(math.Remainder(q[0]-p[0], 360))
	if lambda == 0 || p[1] == 0 && q[1] == 0 {
		return 0 // along a meridian or the equator
	}
	beta1, beta2 := g.reduced(p[1]), g.reduced(q[1])
	sin1, cos1 := math.Sincos(beta1)
	sin2, cos2 := math.Sincos(beta2)
	omega := lambda
	var arc arc
	for range 60 {
		arc = arcOn(sin1, cos1, sin2, cos2, omega)
		next := lambda + g.f*arc.sinAlpha0*g.lag(arc)
		if change := math.Abs(next - omega); change <= 1e-14*math.Abs(lambda) {
			break
		}
		omega = next
	}
	// Twice the tangent of half the turn of azimuth, eq. 63.
	t1, t2 := math.Tan(beta1/2), math.Tan(beta2/2)
	turn := 2 * math.Atan2((t1+t2)*math.Sin(omega/2), (1+t1*t2)*math.Cos(omega/2))
	return g.c2*turn - g.e2*g.a*g.a*arc.cosAlpha0*arc.sinAlpha0*g.bulge(arc)
}

func (g *geodesic) reduced(lat float64) float64 {
	sin, cos := math.Sincos(radians(lat))
	return math.Atan2((1-g.f)*sin, cos)
}

// arc is an edge on the auxiliary sphere: a part of the great circle that
// crosses the equator at azimuth alpha0, from sigma1 to sigma2.
type arc struct {
	sinAlpha0, cosAlpha0 float64
	sigma1, sigma2       float64
}

func arcOn(sin1, cos1, sin2, cos2, omega float64) arc {
	sinOmega, cosOmega := math.Sincos(omega)
	// sin2·cos1 - sin1·cos2·cosOmega, without the cancellation for short edges.
	half := math.Sin(omega / 2)
	toward := sin2*cos1 - cos2*sin1 + 2*cos2*sin1*half*half
	aside := cos2 * sinOmega
	length := math.Hypot(aside, toward)
	sinAlpha1, cosAlpha1 := aside/length, toward/length
	a := arc{sinAlpha0: sinAlpha1 * cos1, cosAlpha0: math.Hypot(cosAlpha1, sinAlpha1*sin1)}
	a.sigma1 = math.Atan2(sin1, cosAlpha1*cos1)
	a.sigma2 = a.sigma1 + math.Atan2(length, sin1*sin2+cos1*cos2*cosOmega)
	return a
}

// lag is what the longitude on the sphere is ahead of that on the ellipsoid:
// the integral of (2-f)/(1+(1-f)√(1+k²sin²σ)), k² = e'²cos²α0.
func (g *geodesic) lag(a arc) float64 {
	k2 := g.ep2 * a.cosAlpha0 * a.cosAlpha0
	return a.integrate(func(sin float64) float64 {
		return (2 - g.f) / (1 + (1-g.f)*math.Sqrt(1+k2*sin*sin))
	})
}

// bulge is -I4: the integral of (t(e'²)-t(k²sin²σ))/(e'²-k²sin²σ)·sinσ/2 with
// t(x) = x + √(1/x+1)·asinh√x.
func (g *geodesic) bulge(a arc) float64 {
	k2 := g.ep2 * a.cosAlpha0 * a.cosAlpha0
	top := t(g.ep2)
	return a.integrate(func(sin float64) float64 {
		x := k2 * sin * sin
		slope := 4.0/3 - (g.ep2+x)*2/15 // t' near the poles, where both differences vanish
		if d := g.ep2 - x; d > 1e-7 {
			slope = (top - t(x)) / d
		}
		return slope * sin / 2
	})
}

func t(x float64) float64 {
	if x < 1e-9 {
		return 1 + x*4/3
	}
	return x + math.Sqrt(1/x+1)*math.Asinh(math.Sqrt(x))
}

// The nodes and weights of Gauss-Legendre's rules with 2, 4 and 10 points on
// [-1, 1]; each node stands for its mirror image too.
var (
	gauss2  = [][2]float64{{0.5773502691896257, 1}}
	gauss4  = [][2]float64{{0.3399810435848563, 0.6521451548625461}, {0.8611363115940526, 0.3478548451374538}}
	gauss10 = [][2]float64{
		{0.1488743389816312, 0.2955242247147529},
		{0.4333953941292472, 0.2692667193099963},
		{0.6794095682990244, 0.2190863625159820},
		{0.8650633666889845, 0.1494513491505806},
		{0.9739065285171717, 0.0666713443086881},
	}
)

// integrate sums f(sin σ) over the arc, with as many points as its length needs:
// up to 6 km two, up to 300 km four.
func (a arc) integrate(f func(sin float64) float64) float64 {
	middle, half := (a.sigma1+a.sigma2)/2, (a.sigma2-a.sigma1)/2
	rule := gauss10
	switch {
	case half < 5e-4:
		rule = gauss2
	case half < 0.025:
		rule = gauss4
	}
	sum := 0.0
	for _, n := range rule {
		sum += n[1] * (f(math.Sin(middle-half*n[0])) + f(math.Sin(middle+half*n[0])))
	}
	return sum * half
}
