package crs

import "math"

// The zone numbers in use: 6° zones 13..23 and 3° zones 25..45 do not overlap,
// so that the first two digits of an easting fix zone and width. 24 is neither.
const (
	firstZone6, lastZone6 = 13, 23
	firstZone3, lastZone3 = 25, 45
)

// WidthOf returns 3 or 6, the width in degrees of the zones that n can number
// in China, or 0 for a number that is none.
func WidthOf(n int) int {
	switch {
	case n >= firstZone6 && n <= lastZone6:
		return 6
	case n >= firstZone3 && n <= lastZone3:
		return 3
	}
	return 0
}

// ZoneAt returns the zone that longitude lon (degrees east) lies in, for zones
// of width 3 or 6 degrees. A longitude on a border of 3° zones belongs to the eastern one.
func ZoneAt(lon float64, width int) int {
	if width == 6 {
		return int(math.Floor(lon/6)) + 1
	}
	return int(math.Floor(lon/3 + 0.5))
}

// CentralMeridian returns the middle of a zone in degrees east: 3n, or 6n-3.
func CentralMeridian(n, width int) float64 {
	if width == 6 {
		return float64(6*n - 3)
	}
	return float64(3 * n)
}

// ZoneSystem returns the CGCS2000 Gauss-Krüger system of a zone. prefixed says
// that the zone number stands before the easting. It answers false for a number
// that is no zone in China.
//
// EPSG (docs/sources.md#crs): 3° 4488+n and 4509+n, 6° 4478+n and 4489+n.
func ZoneSystem(n int, prefixed bool) (System, bool) {
	width := WidthOf(n)
	if width == 0 {
		return System{}, false
	}
	s := System{
		Datum: CGCS2000, Ellipsoid: CGCS2000Ellipsoid, Projection: TransverseMercator,
		Zone: n, Width: width, Prefixed: prefixed,
		Lon0: CentralMeridian(n, width), K0: 1, FE: 500_000,
	}
	if prefixed {
		s.FE += float64(n) * 1e6
	}
	switch {
	case width == 3 && prefixed:
		s.EPSG = 4488 + n
	case width == 3:
		s.EPSG = 4509 + n
	case prefixed:
		s.EPSG = 4478 + n
	default:
		s.EPSG = 4489 + n
	}
	return s, true
}

// Geographic4490 is CGCS2000 in degrees, the system of everything stored.
var Geographic4490 = System{EPSG: 4490, Datum: CGCS2000, Ellipsoid: CGCS2000Ellipsoid}

// FromEPSG returns the system of a code, or an *Error that says why the code
// cannot be used: the datum, or a code that is not known here.
func FromEPSG(code int) (System, error) {
	switch {
	case code == 4490:
		return Geographic4490, nil
	case code >= 4491 && code <= 4501:
		return zoneSystem(code-4478, true), nil
	case code >= 4502 && code <= 4512:
		return zoneSystem(code-4489, false), nil
	case code >= 4513 && code <= 4533:
		return zoneSystem(code-4488, true), nil
	case code >= 4534 && code <= 4554:
		return zoneSystem(code-4509, false), nil
	case code == 4326:
		return System{EPSG: 4326, Datum: WGS84, Ellipsoid: WGS84Ellipsoid}, nil
	case code == 3857, code == 900913:
		return System{EPSG: 3857, Datum: WGS84, Ellipsoid: WGS84Ellipsoid, Projection: WebMercator}, nil
	case code > 32600 && code <= 32660:
		return System{
			EPSG: code, Datum: WGS84, Ellipsoid: WGS84Ellipsoid, Projection: TransverseMercator,
			Lon0: float64(6*(code-32600) - 183), K0: 0.9996, FE: 500_000,
		}, nil
	case code == 4610, code >= 2327 && code <= 2390:
		return System{}, recognised(CodeXian80)
	case code == 4214, code >= 2401 && code <= 2442, code >= 21413 && code <= 21463:
		return System{}, recognised(CodeBeijing54)
	}
	return System{}, refuse(CodeUnknown, "坐标系 EPSG:%d 不在可用之列。%s", code, askFor2000)
}

func zoneSystem(n int, prefixed bool) System {
	s, _ := ZoneSystem(n, prefixed)
	return s
}
