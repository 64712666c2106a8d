package survey

import (
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo/datum"
)

// finish looks at where the ground lies. Outside of the city is a question: a
// wrong zone, swapped columns or an offset datum all show there first.
func (r *reader) finish() {
	city := r.opt.City
	if city == (orb.Bound{}) {
		return
	}
	var outside []string
	suspects := map[datum.Datum]int{}
	for i := range r.p.Plots {
		p := &r.p.Plots[i]
		if p.Ground == nil {
			continue
		}
		box := p.Ground.Bound()
		if city.Contains(box.Min) && city.Contains(box.Max) {
			continue
		}
		at := box.Center()
		one := issue(CodeAskOutside, "地块%s（东经 %.5f°、北纬 %.5f°）不全在本市范围之内。请核对带号、坐标系和 X、Y 的次序。", p.title(), at[0], at[1])
		one.At, one.Confirm = &at, true
		p.Warnings = append(p.Warnings, one)
		outside = append(outside, p.title())
		if p.System.Degrees() && r.opt.Datum == "" {
			suspects[datum.Suspect(at, city.Contains)]++
		}
	}
	if len(outside) == 0 {
		return
	}
	list := strings.Join(outside[:min(len(outside), 5)], "、")
	if len(outside) > 5 {
		list += "等"
	}
	r.p.Questions = append(r.p.Questions, Question{
		Code: CodeAskOutside, Query: "agree",
		Message: list + "不全在本市范围之内。确实如此吗？如果不是，请检查坐标系。",
		Choices: []Choice{{CodeAskOutside, "确实在范围之外"}},
	})
	for _, d := range []datum.Datum{datum.GCJ02, datum.BD09} {
		if suspects[d] > 0 {
			r.p.Questions = append(r.p.Questions, Question{
				Code: CodeAskDatum, Query: "datum",
				Message: "这些经纬度像是 " + datumNames[d] + "：去掉偏移后就落在本市之内。请核实来源；系统不会自行改动坐标。",
				Choices: []Choice{{string(d), "按 " + datumNames[d] + " 读取"}, {string(datum.WGS84), "就是真实坐标（WGS 84 / CGCS2000）"}},
			})
			return
		}
	}
}

var datumNames = map[datum.Datum]string{datum.GCJ02: "GCJ-02（高德、腾讯地图）", datum.BD09: "BD-09（百度地图）"}

// title is what to call a plot.
func (p *Plot) title() string {
	for _, s := range []string{p.Number, p.Name} {
		if s != "" {
			return "“" + s + "”"
		}
	}
	return " " + strconv.Itoa(p.N)
}
