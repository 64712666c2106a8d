package geo

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// china is a box around the country; longitudes and latitudes do not overlap
// much in it, so that swapped ones can be told.
var china = orb.Bound{Min: orb.Point{73, 3}, Max: orb.Point{136, 54}}

// place refuses a point that is not on the ground that is asked for, and says
// what the reason most likely is.
func (d *decoder) place(p orb.Point) *GeoJSONError {
	bounded := d.lim.Within != orb.Bound{}
	onEarth := math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90
	switch swapped := (orb.Point{p[1], p[0]}); {
	case math.Abs(p[0]) == 180:
		return refuseAntimeridian(p)
	case onEarth && (!bounded || d.lim.Within.Contains(p)):
		return nil
	case bounded && d.lim.Within.Contains(swapped), !onEarth && china.Contains(swapped):
		err := refuse(CodeSwapped, "坐标 %s 的经纬度像是写反了。GeoJSON 先写经度、后写纬度（如 [%v, %v]），请对调后再传。", pair(p), p[1], p[0])
		return err
	case math.Abs(p[0]) >= 1000 || math.Abs(p[1]) >= 1000:
		return refuse(CodeLonLat, "坐标 %s 不是经纬度，%s。请先转成 CGCS2000 经纬度（EPSG:4490）再传。", pair(p), guessMetres(p))
	case !onEarth:
		return refuse(CodeLonLat, "坐标 %s 不是经纬度：经度在 ±180、纬度在 ±90 之间。请改正后再传。", pair(p))
	}
	err := refuse(CodeOutside, "坐标 %s 在本市范围之外。请检查坐标系和点位后再传。", pair(p))
	err.At = &p
	return err
}

func pair(p orb.Point) string {
	return "[" + strconv.FormatFloat(p[0], 'f', -1, 64) + ", " + strconv.FormatFloat(p[1], 'f', -1, 64) + "]"
}

// guessMetres names the projection that numbers in metres look like.
func guessMetres(p orb.Point) string {
	for _, east := range p {
		if zone := math.Floor(east / 1e6); zone >= 13 && zone <= 45 && zone != 24 {
			return fmt.Sprintf("像是高斯投影的米制坐标（第 %.0f 带）", zone)
		}
	}
	return "像是投影后的米制坐标"
}

func refuseAntimeridian(p orb.Point) *GeoJSONError {
	err := refuse(CodeAntimeridian, "边界在 %s 碰到或跨过了 180° 经线，本系统不支持。请检查经度是否写错。", pair(p))
	err.At = &p
	return err
}

// checkBBox refuses a bbox that is none. Its numbers are not used.
func checkBBox(v value) *GeoJSONError {
	n := 0
	ok := v.kind() == '['
	if ok {
		for _, number := range v.elements() {
			n++
			ok = ok && number.kind() == '0'
		}
	}
	if !ok || n != 4 && n != 6 {
		return refuse(CodeBBox, "bbox 应是 4 个（带高程为 6 个）数值。请改正或删去 bbox 后再传。")
	}
	return nil
}

// crsCode finds the EPSG number in the names that programs write.
var crsCode = regexp.MustCompile(`(?i)EPSG(?:/0/|:[0-9.]*:|:)([0-9]{4,6})$`)

// checkCRS takes the old crs member where it says what RFC 7946 says anyway, and
// refuses the rest: taking metres or another datum for degrees moves the ground.
func checkCRS(v value) *GeoJSONError {
	if v.kind() == 'n' {
		return refuse(CodeCRS, "crs 写为 null，表示坐标系未知。请删去 crs（即 WGS 84 经纬度），或写明 EPSG:4490 后再传。")
	}
	var crs struct {
		Type       string
		Properties struct{ Name string }
	}
	if v.kind() == '{' {
		for key, member := range v.members() {
			switch {
			case key == "type" && member.kind() == '"':
				crs.Type = member.text()
			case key == "properties" && member.kind() == '{':
				for key, member := range member.members() {
					if key == "name" && member.kind() == '"' {
						crs.Properties.Name = member.text()
					}
				}
			}
		}
	}
	name := crs.Properties.Name
	if crs.Type != "name" || name == "" {
		return refuse(CodeCRS, "crs 没有写明坐标系的名称。请删去 crs（即 WGS 84 经纬度），或写明 EPSG:4490 后再传。")
	}
	if strings.HasSuffix(strings.ToUpper(name), "CRS84") {
		return nil
	}
	code := 0
	if found := crsCode.FindStringSubmatch(name); found != nil {
		code, _ = strconv.Atoi(found[1])
	}
	switch {
	case code == 4326 || code == SRID:
		return nil
	case code >= 4491 && code <= 4554:
		return refuse(CodeCRS, "坐标系是 %s（CGCS2000 高斯投影，米）。请先转成 CGCS2000 经纬度（EPSG:4490）再传。", clip(name))
	case code == 4610 || code >= 2327 && code <= 2390:
		return refuse(CodeCRS, "坐标系是 %s（1980 西安坐标系），不能可靠地换算。请向测绘单位要 CGCS2000 的成果。", clip(name))
	case code == 4214 || code >= 2401 && code <= 2442 || code >= 21413 && code <= 21463:
		return refuse(CodeCRS, "坐标系是 %s（1954 北京坐标系），不能可靠地换算。请向测绘单位要 CGCS2000 的成果。", clip(name))
	case code == 3857 || code == 900913:
		return refuse(CodeCRS, "坐标系是 %s（网络墨卡托，米）。请先转成 CGCS2000 经纬度（EPSG:4490）再传。", clip(name))
	}
	return refuse(CodeCRS, "坐标系 %s 不能直接使用。请转成 CGCS2000 经纬度（EPSG:4490）或 WGS 84 经纬度后再传。", clip(name))
}
