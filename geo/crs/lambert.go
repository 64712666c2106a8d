package crs

import "math"

// lambert is the conformal conic projection on the ellipsoid (IOGP Guidance Note
// 7-2, methods 9801 and 9802): foreign and small-scale files use it.
type lambert struct {
	e, n, scale, start float64
}

func newLambert(s System) *lambert {
	l := &lambert{e: math.Sqrt(s.Ellipsoid.e2())}
	one, two, k0 := radians(s.Lat1), radians(s.Lat2), 1.0
	if s.Lat1 == s.Lat2 {
		one, two, k0 = radians(s.Lat0), radians(s.Lat0), s.K0
	}
	l.n = math.Sin(one)
	if math.Abs(one-two) > 1e-10 {
		l.n = math.Log(l.m(one)/l.m(two)) / math.Log(l.t(one)/l.t(two))
	}
	l.scale = k0 * s.Ellipsoid.A * l.m(one) / (l.n * math.Pow(l.t(one), l.n))
	l.start = l.scale * math.Pow(l.t(radians(s.Lat0)), l.n)
	return l
}

// m is the radius of the parallel over the equatorial one.
func (l *lambert) m(lat float64) float64 {
	return math.Cos(lat) / math.Sqrt(1-l.e*l.e*math.Sin(lat)*math.Sin(lat))
}

// t is the tangent of half the conformal colatitude.
func (l *lambert) t(lat float64) float64 {
	es := l.e * math.Sin(lat)
	return math.Tan(math.Pi/4-lat/2) / math.Pow((1-es)/(1+es), l.e/2)
}

func (l *lambert) forward(lon, lat float64) (x, y float64) {
	r := l.scale * math.Pow(l.t(lat), l.n)
	sin, cos := math.Sincos(l.n * lon)
	return r * sin, l.start - r*cos
}

func (l *lambert) inverse(x, y float64) (lon, lat float64) {
	sign := math.Copysign(1, l.n)
	r := sign * math.Hypot(x, l.start-y)
	t := math.Pow(r/l.scale, 1/l.n)
	lon = math.Atan2(sign*x, sign*(l.start-y)) / l.n
	if math.Abs(lon) > math.Pi {
		return math.NaN(), math.NaN()
	}
	lat = math.Pi/2 - 2*math.Atan(t)
	for range 12 {
		es := l.e * math.Sin(lat)
		lat = math.Pi/2 - 2*math.Atan(t*math.Pow((1-es)/(1+es), l.e/2))
	}
	return lon, lat
}
