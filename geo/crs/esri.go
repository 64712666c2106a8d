package crs

import (
	"fmt"
)

// ESRI is the text of a .prj file in the words of ESRI, which all Chinese GIS
// programs read: the degrees of CGCS2000 and WGS 84 and the zones of CGCS2000.
// Other systems answer "".
func (s System) ESRI() string {
	const degree = `PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	base := `GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],` + degree
	switch {
	case s.Degrees() && s.Datum == WGS84:
		return `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],` + degree
	case s.Datum != CGCS2000:
		return ""
	case s.Degrees():
		return base
	case s.Zone == 0:
		return ""
	}
	name := "CGCS2000_"
	if s.Width == 3 {
		name += "3_Degree_"
	}
	if s.Prefixed {
		name += fmt.Sprintf("GK_Zone_%d", s.Zone)
	} else {
		name += fmt.Sprintf("GK_CM_%.0fE", s.Lon0)
	}
	return fmt.Sprintf(`PROJCS["%s",%s,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",%.1f],PARAMETER["False_Northing",0.0],`+
		`PARAMETER["Central_Meridian",%.1f],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`, name, base, s.FE, s.Lon0)
}
