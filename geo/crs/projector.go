package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// Projector carries points between longitude/latitude and the plane of one
// system. It is made once for many points and may be used by several goroutines.
type Projector struct {
	system System
	plane  plane
}

// plane is one projection; radians on one side, metres without false origin on
// the other. It answers NaN outside its domain.
type plane interface {
	forward(lon, lat float64) (x, y float64)
	inverse(x, y float64) (lon, lat float64)
}

// Projector prepares the arithmetic of s.
func (s System) Projector() *Projector {
	p := &Projector{system: s}
	switch s.Projection {
	case TransverseMercator:
		p.plane = newKrueger(s)
	case LambertConic:
		p.plane = newLambert(s)
	case WebMercator:
		p.plane = webMercator{s.Ellipsoid.A}
	}
	return p
}

// Forward turns longitude and latitude (degrees) into coordinates of the system:
// east, north in metres, or unchanged degrees. It answers an *Error for a point
// so far from the central meridian that the projection means nothing.
func (p *Projector) Forward(lonlat orb.Point) (orb.Point, error) {
	s := &p.system
	if !(math.Abs(lonlat[0]) <= 180 && math.Abs(lonlat[1]) <= 90) {
		return orb.Point{}, refuse(CodeDomain, "经纬度 %v, %v 不在地球上。请检查坐标后再传。", lonlat[0], lonlat[1])
	}
	if p.plane == nil {
		return lonlat, nil
	}
	x, y := p.plane.forward(radians(math.Remainder(lonlat[0]-s.Lon0, 360)), radians(lonlat[1]))
	if math.IsNaN(x) || math.IsNaN(y) || math.IsInf(y, 0) {
		return orb.Point{}, refuse(CodeDomain, "经纬度 %v, %v 离%s的中央子午线太远。请检查坐标系后再传。", lonlat[0], lonlat[1], s)
	}
	return orb.Point{x + s.FE, y + s.FN}, nil
}

// Inverse turns coordinates of the system into longitude and latitude in
// degrees, or answers an *Error for numbers that lie outside of it.
func (p *Projector) Inverse(at orb.Point) (orb.Point, error) {
	s := &p.system
	if p.plane == nil {
		if !(math.Abs(at[0]) <= 180 && math.Abs(at[1]) <= 90) {
			return orb.Point{}, refuse(CodeDomain, "经纬度 %v, %v 不在地球上。请检查坐标后再传。", at[0], at[1])
		}
		return at, nil
	}
	lon, lat := p.plane.inverse(at[0]-s.FE, at[1]-s.FN)
	if math.IsNaN(lon) || math.IsNaN(lat) {
		return orb.Point{}, refuse(CodeDomain, "坐标 %v, %v 不在%s的范围内。请检查坐标系后再传。", at[0], at[1], s)
	}
	return orb.Point{math.Remainder(degrees(lon)+s.Lon0, 360), degrees(lat)}, nil
}

// InverseGround is Inverse for whole polygons. The result shares nothing with g.
func (p *Projector) InverseGround(g orb.MultiPolygon) (orb.MultiPolygon, error) {
	return each(g, p.Inverse)
}

// ForwardGround is Forward for whole polygons. The result shares nothing with g.
func (p *Projector) ForwardGround(g orb.MultiPolygon) (orb.MultiPolygon, error) {
	return each(g, p.Forward)
}

func each(g orb.MultiPolygon, turn func(orb.Point) (orb.Point, error)) (orb.MultiPolygon, error) {
	out := make(orb.MultiPolygon, len(g))
	for i, polygon := range g {
		out[i] = make(orb.Polygon, len(polygon))
		for j, ring := range polygon {
			out[i][j] = make(orb.Ring, len(ring))
			for k, at := range ring {
				turned, err := turn(at)
				if err != nil {
					return nil, err
				}
				out[i][j][k] = turned
			}
		}
	}
	return out, nil
}

func radians(deg float64) float64 { return deg * (math.Pi / 180) }
func degrees(rad float64) float64 { return rad * (180 / math.Pi) }

type webMercator struct{ a float64 }

func (m webMercator) forward(lon, lat float64) (x, y float64) {
	if math.Abs(lat) > radians(89.5) {
		return math.NaN(), math.NaN()
	}
	return m.a * lon, m.a * math.Asinh(math.Tan(lat))
}

func (m webMercator) inverse(x, y float64) (lon, lat float64) {
	if !(math.Abs(x) <= m.a*math.Pi) || !(math.Abs(y) <= 4*m.a*math.Pi) {
		return math.NaN(), math.NaN()
	}
	return x / m.a, math.Atan(math.Sinh(y / m.a))
}
