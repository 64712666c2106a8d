package crs

import (
	"math"
	"strconv"
	"strings"
)

// Sexagesimal writes degrees as people read them, to 0.01″ (30 cm): 114°01′12.00″.
func Sexagesimal(deg float64) string {
	hundredths := int64(math.Round(math.Abs(deg) * 360_000))
	text := number(float64(hundredths / 360_000))
	if deg < 0 {
		text = "-" + text
	}
	return text + "°" + twoDigits(hundredths/6000%60) + "′" + twoDigits(hundredths/100%60) + "." + twoDigits(hundredths%100) + "″"
}

func twoDigits(v int64) string {
	return string([]byte{'0' + byte(v/10), '0' + byte(v%10)})
}

// sexagesimalMarks makes one of each mark's many forms; the longer ones come first.
var sexagesimalMarks = strings.NewReplacer(
	"''", "″", "′′", "″", "\"", "″", "”", "″", "秒", "″", "'", "′", "’", "′", "分", "′", "度", "°", "东经", "", "北纬", "",
)

// ParseSexagesimal reads 114°01′12.5″ as documents write it: with or without
// minutes and seconds, with ' and " or 度分秒, with E or N (东经, 北纬) before or
// behind. West and south are refused: they are not in China.
func ParseSexagesimal(text string) (deg float64, ok bool) {
	text = sexagesimalMarks.Replace(strings.TrimSpace(text))
	text = strings.Trim(text, "EeNn ")
	unit, last := 1.0, false
	for _, mark := range []string{"°", "′", "″"} {
		part, rest, found := strings.Cut(text, mark)
		if !found && mark == "°" {
			return 0, false
		}
		if !found {
			continue
		}
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || last || strings.Trim(part, "0123456789.") != "" || unit < 1 && v >= 60 || v >= 360 {
			return 0, false
		}
		deg += v * unit
		last = strings.Contains(part, ".") // nothing finer may follow a fraction
		unit /= 60
		if mark == "°" && !strings.Contains(rest, "′") && strings.Contains(rest, "″") {
			return 0, false // seconds without minutes
		}
		text = rest
	}
	return deg, text == ""
}
