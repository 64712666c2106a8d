// Package datum turns GCJ-02 and BD-09 positions into true ones and back.
//
// Neither is a coordinate reference system: they are irregular but fixed
// offsets of 300 to 800 m that domestic maps and phone services add to a true
// position. So they belong to the source of a position, are undone where it
// comes in, and never stand in a database (docs/sources.md#gcj02). Points are
// orb.Point{longitude, latitude} in degrees; "true" means WGS 84 or CGCS2000,
// which differ by less than the accuracy of any phone.
//
// The package is for positions that come into a government network. There is no
// public service that undoes the offset, and none may be built on it.
package datum

import (
	"math"

	"github.com/paulmach/orb"
)

// Datum names what the numbers of a position mean.
type Datum string

// The datums of positions.
const (
	WGS84 Datum = "wgs84" // also CGCS2000: true positions
	GCJ02 Datum = "gcj02" // Amap, Tencent, WeChat's chooseLocation, Google in China
	BD09  Datum = "bd09"  // Baidu
)

// ToTrue undoes the offset of a position of datum d.
func ToTrue(d Datum, p orb.Point) orb.Point {
	switch d {
	case GCJ02:
		return FromGCJ02(p)
	case BD09:
		return FromBD09(p)
	}
	return p
}

// ToGCJ02 adds the offset to a true position. Outside of China, as InChina has
// it, there is none.
func ToGCJ02(p orb.Point) orb.Point {
	if !InChina(p) {
		return p
	}
	return shift(p)
}

// FromGCJ02 takes the offset off, by four steps of p ← p - (f(p) - g): exact to
// 1.2 µm over China. Near the outline, where a shifted and an unshifted position
// can have the same numbers, the shifted one is taken.
func FromGCJ02(g orb.Point) orb.Point {
	if !inBox(g) {
		return g
	}
	p := g
	for range 4 {
		there := shift(p)
		p = orb.Point{p[0] - (there[0] - g[0]), p[1] - (there[1] - g[1])}
	}
	if !InChina(p) {
		return g
	}
	return p
}

// ToBD09 turns a true position into Baidu's.
func ToBD09(p orb.Point) orb.Point { return gcjToBD(ToGCJ02(p)) }

// FromBD09 turns Baidu's position into the true one, exact to 1 µm.
func FromBD09(b orb.Point) orb.Point { return FromGCJ02(bdToGCJ(b)) }

// GCJ02ToBD09 goes between the two offsets.
func GCJ02ToBD09(g orb.Point) orb.Point { return gcjToBD(g) }

// BD09ToGCJ02 goes between the two offsets.
func BD09ToGCJ02(b orb.Point) orb.Point { return bdToGCJ(b) }

// Suspect tells whether a position that was declared true looks like GCJ-02 or
// BD-09: it lies outside of where it should be (inside answers that), and inside
// once the offset is undone. It answers WGS84 where nothing is to be suspected.
// It is a question for a person, not an answer.
func Suspect(p orb.Point, inside func(orb.Point) bool) Datum {
	if !InChina(p) || inside(p) {
		return WGS84
	}
	for _, d := range []Datum{GCJ02, BD09} {
		if inside(ToTrue(d, p)) {
			return d
		}
	}
	return WGS84
}

// The constants of the offset (docs/sources.md#gcj02): Krasovsky's ellipsoid.
const (
	gcjA  = 6378245.0
	gcjEE = 0.00669342162296594323
)

// shift adds the offset of GCJ-02.
func shift(p orb.Point) orb.Point {
	x, y := p[0]-105, p[1]-35
	root := math.Sqrt(math.Abs(x))
	waves := (20*math.Sin(6*math.Pi*x) + 20*math.Sin(2*math.Pi*x)) * 2 / 3
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + waves +
		(20*math.Sin(math.Pi*y)+40*math.Sin(math.Pi*y/3))*2/3 +
		(160*math.Sin(math.Pi*y/12)+320*math.Sin(math.Pi*y/30))*2/3
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + waves +
		(20*math.Sin(math.Pi*x)+40*math.Sin(math.Pi*x/3))*2/3 +
		(150*math.Sin(math.Pi*x/12)+300*math.Sin(math.Pi*x/30))*2/3
	sin, cos := math.Sincos(p[1] * math.Pi / 180)
	m := 1 - gcjEE*sin*sin
	return orb.Point{
		p[0] + east*180/(gcjA/math.Sqrt(m)*cos*math.Pi),
		p[1] + north*180/(gcjA*(1-gcjEE)/(m*math.Sqrt(m))*math.Pi),
	}
}

// bdPi is π·3000/180.
const bdPi = math.Pi * 3000 / 180

func gcjToBD(g orb.Point) orb.Point {
	z := math.Hypot(g[0], g[1]) + 0.00002*math.Sin(g[1]*bdPi)
	theta := math.Atan2(g[1], g[0]) + 0.000003*math.Cos(g[0]*bdPi)
	sin, cos := math.Sincos(theta)
	return orb.Point{z*cos + 0.0065, z*sin + 0.006}
}

// bdToGCJ is the closed inverse (0.22 m) and three steps of fixed-point iteration.
func bdToGCJ(b orb.Point) orb.Point {
	x, y := b[0]-0.0065, b[1]-0.006
	z := math.Hypot(x, y) - 0.00002*math.Sin(y*bdPi)
	theta := math.Atan2(y, x) - 0.000003*math.Cos(x*bdPi)
	sin, cos := math.Sincos(theta)
	g := orb.Point{z * cos, z * sin}
	for range 3 {
		there := gcjToBD(g)
		g = orb.Point{g[0] - (there[0] - b[0]), g[1] - (there[1] - b[1])}
	}
	return g
}
