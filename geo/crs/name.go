package crs

import (
	"strings"

	"github.com/paulmach/orb"
)

// DatumNamed reads what people write into 坐标系 of a file, such as
// 2000国家大地坐标系 or CGCS2000. It answers an *Error for 1980 西安, 1954 北京,
// local grids and everything else.
func DatumNamed(text string) (Datum, error) {
	name := plain(strings.TrimSpace(text))
	switch {
	case says(name, "北京", "BEIJING", "BJ54", "1954", "54坐标") || name == "54":
		return "", recognised(CodeBeijing54)
	case says(name, "西安", "XIAN", "1980", "80坐标") || name == "80":
		return "", recognised(CodeXian80)
	case says(name, "独立", "地方", "城市", "LOCAL"):
		return "", recognised(CodeLocalGrid)
	case says(name, "2000国家", "国家2000", "CGCS2000", "国家大地坐标系2000", "国家大地2000", "CHINA2000", "2000坐标", "大地2000", "2000大地") || name == "2000":
		return CGCS2000, nil
	}
	return "", refuse(CodeUnknown, "坐标系写的是“%s”，只能是 2000 国家大地坐标系。%s", clip(text), askFor2000)
}

// Suggest says what coordinates in east-north order look like, likeliest first,
// for a person to confirm where a file does not say it. Without a zone in the
// numbers there is nothing to suggest.
func Suggest(at orb.Point) []System {
	l, err := lookAt(orb.Point{at[1], at[0]}, Hint{})
	switch {
	case err != nil || l.order != NorthFirst:
		return nil
	case l.form == FormDegrees:
		return []System{Geographic4490}
	case l.form == FormPrefixed:
		return []System{zoneSystem(l.zone, true)}
	}
	return nil
}
