package crs

import (
	"fmt"
	"math"
	"strings"
)

// FromWKT reads the text of a .prj file, of ESRI's or OGC's dialect, and matches
// it by its parameters: the name that it goes by decides nothing. The notes say
// in Chinese what a person may want to know, such as a name that contradicts the
// parameters. The error is an *Error: 1980 西安, 1954 北京, an unknown datum, a
// unit that is not the metre, a projection that is not known, or parameters that
// contradict each other.
func FromWKT(text string) (s System, notes []string, err error) {
	root, ok := parseWKT(text)
	if !ok {
		return s, nil, refuse(CodeWKT, "坐标系文件（.prj）读不懂。请在 GIS 软件里重新定义投影后再传，或说明坐标系。").needs(NeedSystem)
	}
	if root.key == "COMPD_CS" || root.key == "COMPOUNDCRS" {
		root = root.find("PROJCS", "PROJCRS", "GEOGCS", "GEOGCRS", "GEODCRS") // the height is dropped
	}
	m := matcher{root: root}
	switch root.key {
	case "GEOGCS", "GEOGCRS", "GEODCRS", "PROJCS", "PROJCRS":
	case "LOCAL_CS", "ENGCRS", "ENGINEERINGCRS":
		return s, nil, recognised(CodeLocalGrid)
	default:
		return s, nil, refuse(CodeUnknown, "坐标系文件（.prj）里的“%s”不是平面或经纬度坐标系。%s", clip(root.key), askFor2000).needs(NeedSystem)
	}
	if refusal := m.match(); refusal != nil {
		return s, m.notes, refusal
	}
	m.compareName()
	return m.System, m.notes, nil
}

type matcher struct {
	System
	root  *node
	notes []string
}

func (m *matcher) match() *Error {
	if err := m.datum(); err != nil {
		return err
	}
	if m.root.key != "PROJCS" && m.root.key != "PROJCRS" {
		m.EPSG = map[Datum]int{CGCS2000: 4490, WGS84: 4326}[m.Datum]
		return nil
	}
	if err := m.metres(); err != nil {
		return err
	}
	return m.projection()
}

// metres refuses any unit but the metre.
func (m *matcher) metres() *Error {
	unit := m.root.find("UNIT", "LENGTHUNIT")
	if unit.key == "" { // WKT 2 may put it into the axes
		unit = m.root.find("AXIS").find("LENGTHUNIT")
	}
	if factor := unit.number(0); unit.key == "" || factor != 1 {
		return refuse(CodeUnit, "坐标系的长度单位是“%s”，不是米。请转成以米为单位的 CGCS2000 坐标后再传。", clip(unit.name()))
	}
	return nil
}

// datum takes the ellipsoid's numbers first and its names second. Names of the
// Chinese datums that are refused count even where the numbers are others.
func (m *matcher) datum() *Error {
	base := m.root
	if base.key == "PROJCS" || base.key == "PROJCRS" {
		base = m.root.find("GEOGCS", "BASEGEOGCRS", "BASEGEODCRS")
	}
	datum := base.find("DATUM", "ENSEMBLE", "GEODETICDATUM", "TRF")
	ellipsoid := datum.find("SPHEROID", "ELLIPSOID")
	m.Ellipsoid = Ellipsoid{ellipsoid.number(0), ellipsoid.number(1)}
	name := plain(datum.name())
	switch {
	case m.Ellipsoid.near(KrasovskyEllipsoid), says(name, "BEIJING", "北京", "1954", "BJ54"):
		return recognised(CodeBeijing54)
	case m.Ellipsoid.near(IAG75Ellipsoid), says(name, "XIAN", "西安", "1980"):
		return recognised(CodeXian80)
	case !m.Ellipsoid.same(CGCS2000Ellipsoid) && !m.Ellipsoid.same(WGS84Ellipsoid):
		return refuse(CodeUnknown, "坐标系的椭球（长半轴 %v，扁率倒数 %v）不是 CGCS2000 的。%s", m.Ellipsoid.A, m.Ellipsoid.InvF, askFor2000)
	}
	for _, v := range base.deep("TOWGS84").numbers {
		if v != 0 {
			return refuse(CodeContradiction, "坐标系文件（.prj）里写了转换参数（TOWGS84），说明坐标并不是 CGCS2000 的。%s", askFor2000)
		}
	}
	if prime := base.find("PRIMEM", "PRIMEMERIDIAN"); prime.number(0) != 0 {
		return refuse(CodeUnknown, "坐标系的起始子午线是“%s”，不是格林尼治。%s", clip(prime.name()), askFor2000)
	}
	if unit := base.find("UNIT", "ANGLEUNIT"); unit.key != "" && math.Abs(unit.number(0)-math.Pi/180) > 1e-9 {
		return refuse(CodeUnit, "坐标系的角度单位是“%s”，不是度。请转成以度为单位的经纬度后再传。", clip(unit.name()))
	}
	switch {
	case says(name, "CGCS2000", "CHINA2000", "CHINAGEODETICCOORDINATESYSTEM2000", "国家大地坐标系"):
		m.Datum, m.Ellipsoid = CGCS2000, CGCS2000Ellipsoid
	case says(name, "WGS84", "WGS1984", "WORLDGEODETICSYSTEM1984"):
		m.Datum, m.Ellipsoid = WGS84, WGS84Ellipsoid
	case says(name, "NORTHAMERICAN1983", "NORTHAMERICANDATUM1983", "NAD83"):
		m.Datum = NAD83
	case says(name, "ETRS", "EUROPEANTERRESTRIALREFERENCESYSTEM"):
		m.Datum = ETRS89
	default:
		e := refuse(CodeUnknown, "坐标系的基准“%s”不认识，但椭球与 CGCS2000 的一样。请与测绘单位核实；确实是 CGCS2000 的，请在上传时指明。", clip(datum.name()))
		return e.needs(NeedSystem)
	}
	return nil
}

// near holds also for the shortened numbers that programs write.
func (e Ellipsoid) near(o Ellipsoid) bool {
	return math.Abs(e.A-o.A) < 0.5 && math.Abs(e.InvF-o.InvF) < 1e-3
}

func (m *matcher) projection() *Error {
	method := plain(m.root.find("PROJECTION").name() + m.root.find("CONVERSION").find("METHOD").name())
	k0 := 1.0
	if v, ok := m.parameter("scalefactor", "scalefactoratnaturalorigin"); ok {
		k0 = v
	}
	m.K0 = k0
	m.FE, _ = m.parameter("falseeasting", "eastingatfalseorigin")
	m.FN, _ = m.parameter("falsenorthing", "northingatfalseorigin")
	m.Lon0, _ = m.parameter("centralmeridian", "longitudeofcenter", "longitudeofnaturalorigin", "longitudeoffalseorigin")
	m.Lat0, _ = m.parameter("latitudeoforigin", "latitudeofcenter", "latitudeofnaturalorigin", "latitudeoffalseorigin")
	switch method {
	case "TRANSVERSEMERCATOR", "GAUSSKRUGER", "GAUSSKRUEGER":
		m.Projection = TransverseMercator
		return m.zone()
	case "MERCATORAUXILIARYSPHERE", "MERCATOR1SP", "POPULARVISUALISATIONPSEUDOMERCATOR":
		_, sphere := m.parameter("auxiliaryspheretype")
		sphere = sphere || method[0] == 'P' || m.root.find("EXTENSION").key != "" || strings.Contains(plain(m.root.name()), "PSEUDOMERCATOR")
		if sphere && m.Datum == WGS84 && m.FE == 0 && m.FN == 0 && m.Lon0 == 0 {
			m.System, _ = FromEPSG(3857)
			return nil
		}
	case "LAMBERTCONFORMALCONIC", "LAMBERTCONFORMALCONIC1SP", "LAMBERTCONFORMALCONIC2SP", "LAMBERTCONICCONFORMAL1SP", "LAMBERTCONICCONFORMAL2SP":
		if m.cone() {
			return m.plausible()
		}
	}
	return refuse(CodeUnknown, "投影方式“%s”不在可用之列。请转成 CGCS2000 的 3 度带或经纬度后再传。", clip(m.root.find("PROJECTION").name()+m.root.find("CONVERSION").find("METHOD").name()))
}

// cone takes the parallels of a conic: one, which is also the origin, or two.
func (m *matcher) cone() bool {
	m.Projection = LambertConic
	one, hasOne := m.parameter("standardparallel1", "latitudeof1ststandardparallel")
	two, hasTwo := m.parameter("standardparallel2", "latitudeof2ndstandardparallel")
	if hasOne && hasTwo && one != two {
		m.Lat1, m.Lat2 = one, two
		return one+two != 0
	}
	return m.Lat0 != 0 && (!hasOne || one == m.Lat0)
}

// parameter finds a PARAMETER by any of its names, letters and digits only.
func (m *matcher) parameter(names ...string) (float64, bool) {
	for _, list := range [][]*node{m.root.nodes, m.root.find("CONVERSION").nodes} {
		for _, n := range list {
			if n.key != "PARAMETER" {
				continue
			}
			for _, name := range names {
				if strings.EqualFold(plain(n.name()), name) {
					return n.number(0), true
				}
			}
		}
	}
	return 0, false
}

// plausible refuses parameters that describe no map.
func (m *matcher) plausible() *Error {
	if !(math.Abs(m.Lon0) <= 180 && math.Abs(m.Lat0) <= 90 && math.Abs(m.Lat1) < 90 && math.Abs(m.Lat2) < 90 && m.K0 > 0.5 && m.K0 < 2 && math.Abs(m.FE) < 1e9 && math.Abs(m.FN) < 1e9) {
		return refuse(CodeContradiction, "坐标系文件（.prj）里的投影参数不合理。请在 GIS 软件里重新定义投影后再传。").needs(NeedSystem)
	}
	return nil
}

// zone finds the national zone or UTM zone that the parameters make, and notes
// where they make none.
func (m *matcher) zone() *Error {
	if err := m.plausible(); err != nil {
		return err
	}
	prefix := int(math.Floor(m.FE / 1e6))
	plainOrigin := m.Lat0 == 0 && m.FN == 0
	switch {
	case m.Datum == CGCS2000 && plainOrigin && m.K0 == 1 && m.FE == float64(prefix)*1e6+500_000 && WidthOf(prefix) > 0:
		s, _ := ZoneSystem(prefix, true)
		if s.Lon0 != m.Lon0 {
			return refuse(CodeContradiction, "坐标系文件（.prj）自相矛盾：东偏 %s 表示第 %d 带（中央子午线 %s°），却写着中央子午线 %s°。请与测绘单位核实。",
				number(m.FE), prefix, number(s.Lon0), number(m.Lon0))
		}
		m.System = s
		return nil
	case m.Datum == CGCS2000 && plainOrigin && m.K0 == 1 && m.FE == 500_000:
		// A 6° zone has the middle of a 3° zone: without a prefix they are the same numbers.
		if s, ok := ZoneSystem(int(m.Lon0/3), false); ok && s.Lon0 == m.Lon0 && s.Width == 3 {
			m.System = s
			return nil
		}
	case m.Datum == WGS84 && plainOrigin && m.K0 == 0.9996 && m.FE == 500_000:
		if s, err := FromEPSG(32600 + int(math.Round((m.Lon0+183)/6))); err == nil && s.Lon0 == m.Lon0 {
			m.System = s
			return nil
		}
	}
	if prefix != 0 && m.FE != 500_000 && m.Datum == CGCS2000 && WidthOf(prefix) == 0 {
		return refuse(CodeContradiction, "坐标系文件（.prj）的东偏 %s 不合任何一个带。请与测绘单位核实。", number(m.FE))
	}
	m.notes = append(m.notes, fmt.Sprintf("坐标系不是国家标准分带（中央子午线 %s°，东偏 %s 米），按文件里的参数换算，请与测绘单位核实。", number(m.Lon0), number(m.FE)))
	return nil
}

// compareName notes where the name says another datum or zone than the parameters.
func (m *matcher) compareName() {
	name := plain(m.root.name())
	if says(name, "XIAN", "西安", "BEIJING", "北京") ||
		m.Datum == CGCS2000 && says(name, "WGS1984", "WGS84") || m.Datum == WGS84 && says(name, "CGCS2000") {
		m.notes = append(m.notes, fmt.Sprintf("坐标系的名称写的是“%s”，参数却是%s：以参数为准，请核实。", clip(m.root.name()), m.System))
	}
}

// plain leaves upper-case letters and digits, so that D_China_2000 is CHINA2000.
func plain(s string) string {
	s = strings.TrimPrefix(strings.ToUpper(s), "D_")
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r > 0x7f {
			return r
		}
		return -1
	}, s)
}

func says(name string, any ...string) bool {
	for _, s := range any {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// clip keeps a foreign text short enough for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
