package crs

import (
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// Form is what the numbers of a survey file look like.
type Form string

// The forms, told by magnitude (docs/sources.md#crs).
const (
	FormPrefixed Form = "prefixed" // metres, easting of 8 digits that begins with the zone
	FormBare     Form = "bare"     // metres, easting of 6 digits: the zone must come from elsewhere
	FormDegrees  Form = "degrees"
	FormPacked   Form = "packed" // ddd.mmss: 114.0112 is 114°01′12″; taken only where a person says so
)

// Order says which number of a pair comes first.
type Order string

// The orders. Chinese survey files write X = north first.
const (
	NorthFirst Order = "north_first"
	EastFirst  Order = "east_first"
)

// Hint is what a file or a person says about coordinates; zero values say nothing.
type Hint struct {
	Zone    int  // 带号
	Width   int  // 几度分带
	Degrees Form // FormDegrees or FormPacked, where a person has chosen
}

// Reading is how the pairs of a file are to be read.
type Reading struct {
	System System
	Order  Order
	Form   Form
}

// Place returns {east, north}, or {longitude, latitude} in decimal degrees, of a
// pair as it was written.
func (r Reading) Place(pair orb.Point) orb.Point {
	if r.Order == NorthFirst {
		pair[0], pair[1] = pair[1], pair[0]
	}
	if r.Form == FormPacked {
		pair[0], pair[1] = unpack(pair[0]), unpack(pair[1])
	}
	return pair
}

// What numbers can be in China. The ranges do not overlap, so that magnitude
// alone tells which number is which.
const (
	minNorth, maxNorth = 1.9e6, 6.0e6
	maxOff, maxOff6    = 3e5, 3.4e5 // from the central meridian, of a 3° and a 6° zone
	minLon, maxLon     = 73, 136
	minLat, maxLat     = 3, 54
)

// withinZone takes an easting without prefix, whose middle is 500,000.
func withinZone(v float64, width int) bool {
	if width == 6 {
		return math.Abs(v-500_000) <= maxOff6
	}
	return math.Abs(v-500_000) <= maxOff
}

func isNorth(v float64) bool { return v >= minNorth && v < maxNorth }
func isLon(v float64) bool   { return v >= minLon && v <= maxLon }
func isLat(v float64) bool   { return v >= minLat && v <= maxLat }

// look is what one pair says for itself.
type look struct {
	form  Form
	order Order
	zone  int
}

// Detect finds out how pairs of numbers, as written, are to be read. All must
// be of one form, one order and one zone. The *Error names the first pair that
// does not fit, and what a person could say to settle it.
func Detect(pairs []orb.Point, hint Hint) (Reading, error) {
	if err := checkHint(hint); err != nil {
		return Reading{}, err
	}
	if len(pairs) == 0 {
		return Reading{}, refuse(CodeMagnitude, "没有坐标。")
	}
	first, err := lookAt(pairs[0], hint)
	if err != nil {
		return Reading{}, err.at(0)
	}
	for i, pair := range pairs[1:] {
		next, err := lookAt(pair, hint)
		if err != nil {
			return Reading{}, err.at(i + 1)
		}
		if next != first {
			return Reading{}, mixed(first, next).at(i + 1)
		}
	}
	if first.form == FormDegrees {
		return degreesOf(pairs, first, hint)
	}
	s, err := zoneOf(first, hint)
	if err != nil {
		return Reading{}, err
	}
	return Reading{System: s, Order: first.order, Form: first.form}, nil
}

func lookAt(pair orb.Point, hint Hint) (look, *Error) {
	north, east, order := pair[0], pair[1], NorthFirst
	if isNorth(east) || isLat(east) && isLon(north) {
		north, east, order = east, north, EastFirst
	}
	zone := int(math.Floor(east / 1e6))
	switch {
	case isLat(north) && isLon(east):
		return look{FormDegrees, order, 0}, nil
	case isNorth(north) && east >= 1e7 && east < 1e8:
		if WidthOf(zone) == 0 {
			return look{}, refuse(CodeZone, "横坐标 %s 的前两位 %d 不是带号：6 度带是 13–23，3 度带是 25–45。请检查坐标后再传。", number(east), zone)
		}
		if within := math.Mod(east, 1e6); !withinZone(within, WidthOf(zone)) {
			return look{}, refuse(CodeMagnitude, "横坐标 %s 去掉带号 %d 后是 %s，超出一个带的范围。请检查坐标后再传。", number(east), zone, number(within))
		}
		return look{FormPrefixed, order, zone}, nil
	case isNorth(north) && withinZone(east, max(hint.Width, WidthOf(hint.Zone))):
		return look{FormBare, order, 0}, nil
	case math.Abs(north) < minNorth && math.Abs(east) < 1e7 && math.Max(math.Abs(north), math.Abs(east)) > 180,
		isNorth(north) && east < 1e7:
		e := recognised(CodeLocalGrid)
		e.Message = "坐标 " + number(pair[0]) + ", " + number(pair[1]) + "：" + e.Message
		return look{}, e
	}
	return look{}, refuse(CodeMagnitude, "坐标 %s, %s 既不像高斯投影的米制坐标（纵坐标 7 位、横坐标 6 位或 8 位），也不像我国的经纬度。请检查后再传。", number(pair[0]), number(pair[1]))
}

func mixed(a, b look) *Error {
	switch {
	case a.form != b.form && a.form != FormDegrees && b.form != FormDegrees:
		return refuse(CodeMixed, "横坐标有的带带号（8 位），有的不带（6 位）。请统一后再传。")
	case a.form != b.form:
		return refuse(CodeMixed, "坐标有的是米，有的是经纬度。请统一后再传。")
	case a.zone != b.zone:
		return refuse(CodeMixed, "坐标分属第 %d 带和第 %d 带。一个文件请只用一个带。", a.zone, b.zone)
	}
	return refuse(CodeMixed, "纵横坐标的次序前后不一致：从这里起 X、Y 对调了。请改正后再传。")
}

func checkHint(h Hint) *Error {
	width := WidthOf(h.Zone)
	switch {
	case h.Zone != 0 && h.Zone >= minLon && math.Mod(float64(h.Zone), 3) == 0:
		return refuse(CodeZone, "带号写成了中央子午线 %d。请写带号，例如 %d（3 度带）。", h.Zone, h.Zone/3)
	case h.Zone != 0 && width == 0:
		return refuse(CodeZone, "带号 %d 不存在：6 度带是 13–23，3 度带是 25–45。请改正后再传。", h.Zone)
	case h.Width != 0 && h.Width != 3 && h.Width != 6:
		return refuse(CodeZone, "几度分带写的是 %d，只能是 3 或 6。请改正后再传。", h.Width)
	case h.Zone != 0 && h.Width != 0 && width != h.Width:
		return refuse(CodeContradiction, "几度分带是 %d，带号 %d 却是 %d 度带的。请与测绘单位核实。", h.Width, h.Zone, width)
	}
	return nil
}

func zoneOf(l look, hint Hint) (System, *Error) {
	zone, prefixed := l.zone, l.form == FormPrefixed
	switch {
	case !prefixed && hint.Zone == 0:
		return System{}, refuse(CodeZoneNeeded, "横坐标没有带号，文件里也没有写带号，不知道是哪一个带。请补上带号（例如 38），或在上传时指明。").needs(NeedZone)
	case !prefixed:
		zone = hint.Zone
	case hint.Zone != 0 && hint.Zone != zone:
		return System{}, refuse(CodePrefix, "横坐标前两位是 %d，带号却写着 %d。请与测绘单位核实。", zone, hint.Zone)
	case hint.Width != 0 && hint.Width != WidthOf(zone):
		return System{}, refuse(CodeContradiction, "横坐标前两位 %d 是 %d 度带的带号，几度分带却写着 %d。请与测绘单位核实。", zone, WidthOf(zone), hint.Width)
	}
	s, _ := ZoneSystem(zone, prefixed)
	return s, nil
}

// degreesOf tells decimal degrees from packed ddd.mmss as far as the numbers do:
// minutes or seconds of 60 and more, or seconds finer than 0.01 mm, cannot be packed.
func degreesOf(pairs []orb.Point, l look, hint Hint) (Reading, error) {
	r := Reading{System: Geographic4490, Order: l.order, Form: FormDegrees}
	packable := true
	for i, pair := range pairs {
		for _, v := range pair {
			if canBePacked(v) {
				continue
			}
			if hint.Degrees == FormPacked {
				return Reading{}, refuse(CodeMagnitude, "%s 不是“度.分秒”：分、秒应小于 60。请检查后再传，或改选十进制度。", number(v)).at(i).needs(NeedDegrees)
			}
			packable = false
		}
	}
	switch {
	case hint.Degrees == FormPacked:
		r.Form = FormPacked
	case hint.Degrees != FormDegrees && packable:
		return Reading{}, refuse(CodeDegreesUnclear, "经纬度可以读成十进制度，也可以读成“度.分秒”（%s 是 %s°，还是 %s）。请指明是哪一种。",
			number(pairs[0][0]), number(pairs[0][0]), Sexagesimal(unpack(pairs[0][0]))).needs(NeedDegrees)
	}
	return r, nil
}

// canBePacked asks whether v can be ddd.mmss. It works on the digits: 0.6 is
// 60 minutes, and no float says so exactly.
func canBePacked(v float64) bool {
	_, fraction, _ := strings.Cut(number(v), ".")
	if len(fraction) > 9 {
		return false
	}
	fraction += "0000"
	return fraction[0] < '6' && fraction[2] < '6'
}

// unpack turns ddd.mmss into decimal degrees.
func unpack(v float64) float64 {
	whole, fraction, _ := strings.Cut(number(math.Abs(v)), ".")
	fraction += "0000"
	deg, _ := strconv.ParseFloat(whole, 64)
	minutes, _ := strconv.ParseFloat(fraction[:2], 64)
	seconds, _ := strconv.ParseFloat(fraction[2:4]+"."+fraction[4:]+"0", 64)
	return math.Copysign(deg+minutes/60+seconds/3600, v)
}
