// Package crs says which coordinate reference system the numbers of a survey
// file are in, and turns them into longitude and latitude and back.
//
// The systems are CGCS2000 (geographic, 3° and 6° Gauss-Krüger zones with and
// without the zone number before the easting), WGS 84 (geographic, UTM, web
// Mercator), and what a .prj file describes completely on a geocentric datum.
// 1980 西安, 1954 北京 and local grids are recognised and refused: their shift
// against CGCS2000 is tens of metres, differs from place to place and is
// restricted, and PostGIS would "convert" them without any (docs/sources.md#crs).
//
// Points are orb.Point{east, north} in metres or {longitude, latitude} in
// degrees, whatever the order was in the file. PostGIS's ST_Transform stays the
// authority for what is stored; the arithmetic here agrees with it within a
// micrometre and serves previews, checks and tests.
package crs

import (
	"fmt"
	"math"
	"strconv"
)

// Ellipsoid is the figure of the earth that a datum stands on.
type Ellipsoid struct {
	A    float64 // equatorial radius, metres
	InvF float64 // 1/flattening
}

// The ellipsoids that Chinese files name.
var (
	CGCS2000Ellipsoid  = Ellipsoid{6378137, 298.257222101}
	WGS84Ellipsoid     = Ellipsoid{6378137, 298.257223563}
	IAG75Ellipsoid     = Ellipsoid{6378140, 298.257} // of 1980 西安
	KrasovskyEllipsoid = Ellipsoid{6378245, 298.3}   // of 1954 北京
)

func (e Ellipsoid) f() float64  { return 1 / e.InvF }
func (e Ellipsoid) e2() float64 { return e.f() * (2 - e.f()) }
func (e Ellipsoid) b() float64  { return e.A * (1 - e.f()) }

// same holds where two ellipsoids differ by less than a millimetre anywhere.
func (e Ellipsoid) same(o Ellipsoid) bool {
	return math.Abs(e.A-o.A) < 1e-3 && math.Abs(e.InvF-o.InvF) < 1e-5
}

// Datum is what ties an ellipsoid to the ground.
type Datum string

// The datums that can be placed. Between CGCS2000 and WGS 84 the numbers are
// taken as equal, as PostGIS does; today's GNSS frame has moved on by 0.5 to
// 0.8 m (docs/sources.md#datum). NAD83 and ETRS89 are within 2 m of them.
const (
	CGCS2000 Datum = "CGCS2000"
	WGS84    Datum = "WGS 84"
	NAD83    Datum = "NAD83"
	ETRS89   Datum = "ETRS89"
)

// Projection is how a system lays the ellipsoid out flat.
type Projection string

// The projections. Geographic means none: degrees.
const (
	Geographic         Projection = ""
	TransverseMercator Projection = "tmerc"
	LambertConic       Projection = "lcc"
	WebMercator        Projection = "webmerc" // on a sphere of the equatorial radius; areas are 1.44 times too big at Luohe
)

// System is a coordinate reference system. It is plain data and comparable.
type System struct {
	EPSG      int // 0 where the parameters belong to no code known here; PostGIS then takes PROJ()
	Datum     Datum
	Ellipsoid Ellipsoid
	Projection

	Zone     int  // 带号 of a Gauss-Krüger zone, 0 where it is none
	Width    int  // 3 or 6, degrees
	Prefixed bool // eastings begin with the zone number (8 digits)

	Lon0, Lat0 float64 // degrees
	K0         float64 // scale on the central meridian or the one standard parallel
	FE, FN     float64 // false easting and northing, metres
	Lat1, Lat2 float64 // the standard parallels of a conic that has two, degrees
}

// Degrees holds for a geographic system.
func (s System) Degrees() bool { return s.Projection == Geographic }

// String names the system for people, in Chinese.
func (s System) String() string {
	switch {
	case s.Degrees():
		return string(s.Datum) + " 经纬度"
	case s.Zone > 0 && s.Prefixed:
		return fmt.Sprintf("%s %d 度带第 %d 带（中央子午线 %s°，横坐标含带号）", s.Datum, s.Width, s.Zone, number(s.Lon0))
	case s.Zone > 0:
		return fmt.Sprintf("%s %d 度带第 %d 带（中央子午线 %s°，横坐标不含带号）", s.Datum, s.Width, s.Zone, number(s.Lon0))
	case s.Projection == WebMercator:
		return "网络墨卡托（EPSG:3857）"
	case s.Projection == LambertConic:
		return fmt.Sprintf("%s 兰勃特投影（中央子午线 %s°）", s.Datum, number(s.Lon0))
	case s.Datum == WGS84 && s.EPSG > 32600 && s.EPSG <= 32660:
		return fmt.Sprintf("WGS 84 UTM 第 %d 带（北半球）", s.EPSG-32600)
	}
	return fmt.Sprintf("%s 高斯投影（中央子午线 %s°，东偏 %s 米）", s.Datum, number(s.Lon0), number(s.FE))
}

// PROJ is the system in the words of the PROJ library, for ST_Transform where
// there is no EPSG code.
func (s System) PROJ() string {
	ellps := fmt.Sprintf("+a=%s +rf=%s", number(s.Ellipsoid.A), number(s.Ellipsoid.InvF))
	switch s.Projection {
	case TransverseMercator:
		return fmt.Sprintf("+proj=tmerc +lat_0=%s +lon_0=%s +k=%s +x_0=%s +y_0=%s %s +units=m +no_defs",
			number(s.Lat0), number(s.Lon0), number(s.K0), number(s.FE), number(s.FN), ellps)
	case LambertConic:
		parallels := fmt.Sprintf("+lat_1=%s +k_0=%s", number(s.Lat0), number(s.K0))
		if s.Lat1 != s.Lat2 {
			parallels = fmt.Sprintf("+lat_1=%s +lat_2=%s", number(s.Lat1), number(s.Lat2))
		}
		return fmt.Sprintf("+proj=lcc %s +lat_0=%s +lon_0=%s +x_0=%s +y_0=%s %s +units=m +no_defs",
			parallels, number(s.Lat0), number(s.Lon0), number(s.FE), number(s.FN), ellps)
	case WebMercator:
		return "+proj=webmerc +datum=WGS84 +units=m +no_defs"
	}
	return "+proj=longlat " + ellps + " +no_defs"
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
