package crs

import "math"

// krueger is the ellipsoidal transverse Mercator projection by Krüger's series
// in the third flattening n, to the 6th order (Karney, Transverse Mercator with
// an accuracy of a few nanometers, J. Geodesy 85, 2011, eqs. 35 and 36): 5 nm
// within 3,900 km of the central meridian, where a zone is 140 km.
type krueger struct {
	e           float64 // eccentricity
	e2          float64
	scale       float64 // k0 times the rectifying radius
	start       float64 // northing of the latitude of origin
	alpha, beta [6]float64
}

// maxEta is about 39° from the central meridian on the equator.
const maxEta = 0.75

func newKrueger(s System) *krueger {
	f := s.Ellipsoid.f()
	n := f / (2 - f)
	n2 := n * n
	n3, n4, n5, n6 := n2*n, n2*n2, n2*n2*n, n2*n2*n2
	k := &krueger{
		e2: s.Ellipsoid.e2(), e: math.Sqrt(s.Ellipsoid.e2()),
		scale: s.K0 * s.Ellipsoid.A / (1 + n) * (1 + n2/4 + n4/64 + n6/256),
		alpha: [6]float64{
			n/2 - n2*2/3 + n3*5/16 + n4*41/180 - n5*127/288 + n6*7891/37800,
			n2*13/48 - n3*3/5 + n4*557/1440 + n5*281/630 - n6*1983433/1935360,
			n3*61/240 - n4*103/140 + n5*15061/26880 + n6*167603/181440,
			n4*49561/161280 - n5*179/168 + n6*6601661/7257600,
			n5*34729/80640 - n6*3418889/1995840,
			n6 * 212378941 / 319334400,
		},
		beta: [6]float64{
			n/2 - n2*2/3 + n3*37/96 - n4/360 - n5*81/512 + n6*96199/604800,
			n2/48 + n3/15 - n4*437/1440 + n5*46/105 - n6*1118711/3870720,
			n3*17/480 - n4*37/840 - n5*209/4480 + n6*5569/90720,
			n4*4397/161280 - n5*11/504 - n6*830251/7257600,
			n5*4583/161280 - n6*108847/3991680,
			n6 * 20648693 / 638668800,
		},
	}
	_, k.start = k.forward(0, radians(s.Lat0))
	return k
}

func (k *krueger) forward(lon, lat float64) (x, y float64) {
	if math.Abs(lon) > math.Pi/2 {
		return math.NaN(), math.NaN()
	}
	tau := k.conformal(math.Tan(lat))
	xi := math.Atan2(tau, math.Cos(lon))
	eta := math.Asinh(math.Sin(lon) / math.Hypot(tau, math.Cos(lon)))
	if math.Abs(eta) > maxEta {
		return math.NaN(), math.NaN()
	}
	dxi, deta := series(&k.alpha, xi, eta)
	return k.scale * (eta + deta), k.scale*(xi+dxi) - k.start
}

func (k *krueger) inverse(x, y float64) (lon, lat float64) {
	xi, eta := (y+k.start)/k.scale, x/k.scale
	if !(math.Abs(xi) <= math.Pi/2+maxEta) || !(math.Abs(eta) <= maxEta) {
		return math.NaN(), math.NaN()
	}
	dxi, deta := series(&k.beta, xi, eta)
	xi, eta = xi-dxi, eta-deta
	tau := math.Sin(xi) / math.Hypot(math.Sinh(eta), math.Cos(xi))
	return math.Atan2(math.Sinh(eta), math.Cos(xi)), math.Atan(k.geographic(tau))
}

// series sums c[j] sin(2(j+1)ζ) for the complex ζ = ξ + iη, by Clenshaw's recurrence.
func series(c *[6]float64, xi, eta float64) (re, im float64) {
	sin, cos := math.Sincos(2 * xi)
	sinh, cosh := math.Sinh(2*eta), math.Cosh(2*eta)
	twice := complex(2*cos*cosh, -2*sin*sinh) // 2 cos 2ζ
	var b1, b2 complex128
	for j := len(c) - 1; j >= 0; j-- {
		b1, b2 = twice*b1-b2+complex(c[j], 0), b1
	}
	sum := complex(sin*cosh, cos*sinh) * b1 // sin 2ζ
	return real(sum), imag(sum)
}

// conformal returns the tangent of the conformal latitude.
func (k *krueger) conformal(tau float64) float64 {
	root := math.Hypot(1, tau)
	sigma := math.Sinh(k.e * math.Atanh(k.e*tau/root))
	return tau*math.Hypot(1, sigma) - sigma*root
}

// geographic undoes conformal by Newton's method; three rounds reach rounding.
func (k *krueger) geographic(want float64) float64 {
	tau := want / (1 - k.e2)
	for range 5 {
		at := k.conformal(tau)
		step := (want - at) / math.Hypot(1, at) * (1 + (1-k.e2)*tau*tau) / ((1 - k.e2) * math.Hypot(1, tau))
		tau += step
		if math.Abs(step) <= 1e-16*math.Max(1, math.Abs(tau)) {
			break
		}
	}
	return tau
}
