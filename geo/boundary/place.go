package boundary

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo/crs"
)

// place finds out what the numbers are in, by the header, by what a person said
// and by their magnitude, and turns every point. It answers false where that
// is not certain.
func (rd *reader) place() bool {
	hint := rd.hint()
	rd.datum()
	if len(rd.errs) > 0 {
		return false
	}
	f := rd.file
	pairs := make([]orb.Point, 0, rd.points)
	for i := range f.Plots {
		for _, pt := range f.Plots[i].Points {
			pairs = append(pairs, pt.At)
		}
	}
	if len(pairs) == 0 {
		rd.fail(refuse(0, CodeNoPoints, "文件里没有界址点。请检查文件是否完整。"))
		return false
	}
	reading, err := crs.Detect(pairs, hint)
	if err != nil {
		rd.fail(fromCRS(err, rd.lineOf(err)))
		return false
	}
	f.System, f.Order, f.Numbers = reading.System, reading.Order, reading.Form
	f.PlaneSystem = f.System
	for i := range f.Plots {
		for j := range f.Plots[i].Points {
			at := &f.Plots[i].Points[j].At
			*at = reading.Place(*at)
		}
	}
	if f.System.Degrees() {
		first := reading.Place(pairs[0])
		f.PlaneSystem, _ = crs.ZoneSystem(crs.ZoneAt(first[0], 3), false)
	}
	rd.explain(hint)
	return true
}

// lineOf finds the line of the pair that a refusal of the coordinates names.
func (rd *reader) lineOf(err error) int {
	var e *crs.Error
	if !errors.As(err, &e) || e.Index < 0 {
		return 0
	}
	n := e.Index
	for i := range rd.file.Plots {
		points := rd.file.Plots[i].Points
		if n < len(points) {
			return points[n].Line
		}
		n -= len(points)
	}
	return 0
}

// hint takes 带号 and 几度分带 from the header.
func (rd *reader) hint() crs.Hint {
	h := crs.Hint{Zone: rd.opts.Zone, Degrees: rd.opts.Degrees}
	if h.Degrees == "" && rd.file.Entry(KeyUnit).Value == "度" {
		h.Degrees = crs.FormDegrees
	}
	for i, to := range []*int{&h.Zone, &h.Width} {
		key := []string{KeyZone, KeyWidth}[i]
		e := rd.file.Entry(key)
		if e.Value == "" {
			continue
		}
		n, ok := whole(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(e.Value, "带"), "度"), "°"))
		if !ok {
			rd.fail(refuse(e.Line, CodeHeader, "%s“%s”不是整数。请改正后再传。", key, clip(e.Value)))
			continue
		}
		*to = n
	}
	return h
}

// datum refuses what is not CGCS2000 in metres (or degrees), and asks where
// nothing is said.
func (rd *reader) datum() {
	f := rd.file
	switch e := f.Entry(KeyDatum); {
	case e.Value != "":
		if _, err := crs.DatumNamed(e.Value); err != nil {
			rd.fail(fromCRS(err, e.Line))
		}
	case rd.opts.Datum == crs.CGCS2000:
		rd.note(0, CodeNoHeader, false, "文件没有写坐标系，按上传时的说明作为 2000 国家大地坐标系读取。")
	default:
		err := refuse(0, CodeDatumMissing, "文件没有写坐标系。请向测绘单位核实；确实是 2000 国家大地坐标系的，请在 [属性描述] 里补上“坐标系=2000国家大地坐标系”，或在上传时指明。")
		err.Needs = crs.NeedSystem
		if len(f.Plots) > 0 && len(f.Plots[0].Points) > 0 {
			at := f.Plots[0].Points[0].At
			err.Suggest = append(crs.Suggest(orb.Point{at[1], at[0]}), crs.Suggest(at)...)
		}
		rd.fail(err)
	}
	switch e := f.Entry(KeyUnit); strings.ToLower(e.Value) {
	case "", "米", "m", "meter", "metre", "公尺", "度":
	default:
		rd.fail(refuse(e.Line, CodeUnitNotMetre, "计量单位是“%s”，只能是米。请换算成米后再传。", clip(e.Value)))
	}
	if e := f.Entry(KeyProjection); e.Value != "" && !strings.Contains(e.Value, "高斯") && !strings.Contains(strings.ToLower(e.Value), "gauss") {
		rd.fail(refuse(e.Line, CodeProjection, "投影类型是“%s”，只能是高斯克吕格。请向测绘单位要高斯克吕格 3 度带的成果。", clip(e.Value)))
	}
	if e := f.Entry(KeyParameters); strings.Trim(narrow(e.Value), "0., ，") != "" {
		rd.note(e.Line, CodeShiftParameters, true, "文件写着转换参数“%s”：坐标可能是由别的坐标系转来的，或者还没有转换。请与测绘单位核实坐标已是 2000 国家大地坐标系。", clip(e.Value))
	}
}

// explain says in Chinese by what the system was told, and what is unusual.
func (rd *reader) explain(hint crs.Hint) {
	f := rd.file
	switch f.Numbers {
	case crs.FormPrefixed:
		f.Why = "横坐标 8 位，前两位是带号 " + strconv.Itoa(f.System.Zone)
		if hint.Zone != 0 {
			f.Why += "，与文件所写的带号一致"
		}
	case crs.FormBare:
		f.Why = "横坐标 6 位不带带号，带号 " + strconv.Itoa(hint.Zone)
		if f.Entry(KeyZone).Value != "" {
			f.Why += " 是文件写明的"
		} else {
			f.Why += " 是上传时指明的"
		}
	case crs.FormPacked:
		f.Why = "数值是经纬度，按“度.分秒”读取"
	default:
		f.Why = "数值是十进制的经纬度"
	}
	if f.Order == crs.EastFirst && !f.System.Degrees() {
		line := f.Plots[0].Line
		if points := f.Plots[0].Points; len(points) > 0 {
			line = points[0].Line
		}
		rd.note(line, CodeEastFirst, true, "X、Y 两列写反了（先东后北）：按数值大小已判明并对调，请核对点位后确认。")
	}
}

// words writes a place in the file's own coordinates, X being north.
func (f *File) words(at orb.Point) string {
	if f.System.Degrees() {
		return "经度 " + strconv.FormatFloat(at[0], 'f', 9, 64) + "、纬度 " + strconv.FormatFloat(at[1], 'f', 9, 64)
	}
	return "X=" + strconv.FormatFloat(at[1], 'f', 3, 64) + "、Y=" + strconv.FormatFloat(at[0], 'f', 3, 64)
}

// lonLat turns a place of the file's system, or answers nil.
func (f *File) lonLat(at orb.Point) *orb.Point {
	p, err := f.System.Projector().Inverse(at)
	if err != nil || math.IsNaN(p[0]) {
		return nil
	}
	return &p
}
