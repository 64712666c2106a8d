package boundary

import (
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/geo/crs"
)

// judge compares what the plots say with what they are: areas, numbers that are
// given twice, ground outside of the city, plots that lie on each other.
func (rd *reader) judge() {
	rd.areas()
	rd.numbers()
	rd.within()
	rd.overlaps()
}

// How far a declared area may be off (docs/sources.md#txt): beyond max(1 m²,
// 0.1 %) a person is told, beyond 1 % the file is refused. What the last digit
// of the declared number leaves open is allowed, up to 5 %.
const (
	areaFloorM2  = 1
	areaNotice   = 0.001
	areaRefusal  = 0.01
	areaRounding = 0.05

	areaUnitShare = 0.2
)

var units = []AreaUnit{Hectare, SquareMetre, Mu, SquareKilometre}

// areas finds the unit that the declared areas are in, and what is off. A unit
// fits a plot that is off by less than a fifth: the units are factors of 15 and
// more apart.
func (rd *reader) areas() {
	f := rd.file
	votes := map[AreaUnit]int{}
	for i := range f.Plots {
		p := &f.Plots[i]
		if p.Ground == nil {
			continue
		}
		p.PlanarM2, p.EllipsoidalM2 = crs.PlanarM2(p.Plane), crs.EllipsoidalM2(p.Ground)
		for _, u := range units {
			if off, most := p.offBy(u, areaUnitShare); p.Declared != "" && off <= most {
				votes[u]++
			}
		}
	}
	for _, u := range units {
		if votes[u] > votes[f.Unit] {
			f.Unit = u
		}
	}
	for i := range f.Plots {
		if p := &f.Plots[i]; p.Ground != nil && p.Declared != "" {
			rd.area(i, p)
		}
	}
}

// offBy is by how many square metres the declared area is off if it is in u, and
// how many it may be.
func (p *Plot) offBy(u AreaUnit, share float64) (off, most float64) {
	declared, _ := decimal(p.Declared)
	_, fraction, _ := strings.Cut(narrow(p.Declared), ".")
	lastDigit := math.Pow10(-len(fraction)) / 2 * u.M2()
	most = max(areaFloorM2, share*p.PlanarM2, min(lastDigit*(1+1e-9), areaRounding*p.PlanarM2))
	return math.Abs(declared*u.M2() - p.PlanarM2), most
}

func (rd *reader) area(plot int, p *Plot) {
	name, unit := rd.nameOf(plot), rd.file.Unit
	if unit == "" {
		e := refuse(p.Line, CodeAreaUnit, "地块%s写的面积 %s 与坐标算出的 %s 平方米对不上：按公顷、平方米、亩、平方千米都不符。请检查面积和坐标。",
			name, clip(p.Declared), square(p.PlanarM2))
		e.Plot = p.Number
		rd.fail(e)
		return
	}
	declared, _ := decimal(p.Declared)
	p.DeclaredM2 = declared * unit.M2()
	off, most := p.offBy(unit, areaRefusal)
	_, quiet := p.offBy(unit, areaNotice)
	percent := strconv.FormatFloat(100*off/p.PlanarM2, 'f', 2, 64)
	switch {
	case off > most:
		e := refuse(p.Line, CodeArea, "地块%s写的面积 %s %s与坐标算出的 %s 平方米相差 %s 平方米（%s%%），超过 1%%。请检查面积和坐标。",
			name, clip(p.Declared), unit, square(p.PlanarM2), square(off), percent)
		e.Plot = p.Number
		rd.fail(e)
	case off > quiet:
		rd.note(p.Line, CodeAreaDiffers, false, "地块%s写的面积 %s %s与坐标算出的 %s 平方米相差 %s 平方米（%s%%）。",
			name, clip(p.Declared), unit, square(p.PlanarM2), square(off), percent)
	}
}

func square(m2 float64) string {
	return strconv.FormatFloat(geo.Round(m2, geo.DigitsM2), 'f', geo.DigitsM2, 64)
}

// numbers refuses a 地块编号 that stands twice.
func (rd *reader) numbers() {
	first := map[string]int{}
	for _, p := range rd.file.Plots {
		if line, twice := first[p.Number]; twice && p.Number != "" {
			e := refuse(p.Line, CodeDuplicate, "地块编号“%s”在第 %d 行已经用过。请改成不同的编号。", clip(p.Number), line)
			e.Plot = p.Number
			rd.fail(e)
			continue
		}
		first[p.Number] = p.Line
	}
}

// within refuses plots that leave the city, once each.
func (rd *reader) within() {
	bound := rd.opts.Within
	if bound == (orb.Bound{}) {
		return
	}
	inverse := rd.file.System.Projector()
	for i := range rd.file.Plots {
		for _, pt := range rd.file.Plots[i].Points {
			at, err := inverse.Inverse(pt.At)
			if err == nil && bound.Contains(at) {
				continue
			}
			e := refuse(pt.Line, CodeOutside, "地块%s的点 %s（%s，即东经 %.5f°、北纬 %.5f°）在本市范围之外。请检查带号、坐标系和 X、Y 的次序。",
				rd.nameOf(i), clip(pt.Name), rd.file.words(pt.At), at[0], at[1])
			where := pt.At
			e.Plot, e.Point, e.At, e.LonLat = rd.file.Plots[i].Number, pt.Name, &where, &at
			rd.fail(e)
			break
		}
	}
}
