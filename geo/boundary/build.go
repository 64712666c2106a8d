package boundary

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"guatu/geo"
)

// build makes ground of every 面: rings by 圈号, closed where they are not,
// holes and parts by containment, checked for flaws, and turned into the plane
// and into longitude and latitude.
func (rd *reader) build() {
	forward, inverse := rd.file.PlaneSystem.Projector(), rd.file.System.Projector()
	for i := range rd.file.Plots {
		p := &rd.file.Plots[i]
		if len(p.Points) == 0 {
			rd.fail(refuse(p.Line, CodeNoPoints, "地块%s没有界址点。请检查文件是否完整。", rd.nameOf(i)))
			continue
		}
		if p.Kind != Area {
			continue
		}
		rings, points := rd.rings(i)
		if rings == nil {
			continue
		}
		var source [][]int
		p.Given, source = Nest(rings)
		if err := geo.Check(p.Given); err != nil {
			var flaw *geo.Flaw
			errors.As(err, &flaw)
			rd.fail(rd.explainFlaw(i, flaw, source, points))
			continue
		}
		ground, err := inverse.InverseGround(p.Given)
		if err == nil {
			p.Plane = p.Given
			if rd.file.System.Degrees() {
				p.Plane, err = forward.ForwardGround(p.Given)
			}
		}
		if err != nil {
			rd.fail(fromCRS(err, p.Line))
			continue
		}
		geo.Wind(ground)
		p.Ground = ground
	}
}

// rings closes the rings of a plot, and refuses those that are none.
func (rd *reader) rings(plot int) (rings []orb.Ring, points [][]Point) {
	p := &rd.file.Plots[plot]
	var closed []string
	for run := range ringsOf(p.Points) {
		ring := make(orb.Ring, 0, len(run)+1)
		distinct := map[orb.Point]bool{}
		for _, pt := range run {
			ring = append(ring, pt.At)
			if len(distinct) < 3 {
				distinct[pt.At] = true
			}
		}
		if len(distinct) < 3 {
			rd.fail(refuse(run[0].Line, string(geo.FlawTooFewPoints), "地块%s的第 %d 圈只有 %d 个不同的点，至少要 3 个。请补全界址点。", rd.nameOf(plot), run[0].Ring, len(distinct)))
			return nil, nil
		}
		if ring[0] != ring[len(ring)-1] {
			ring = append(ring, ring[0])
			closed = append(closed, strconv.Itoa(run[0].Ring))
		}
		rings, points = append(rings, ring), append(points, run)
		if len(rings) > rd.opts.Limits.Rings {
			rd.fail(refuseSize(p.Line, CodeTooManyRings, "地块%s超过 %d 圈。请拆成几个地块后再传。", rd.nameOf(plot), rd.opts.Limits.Rings))
			return nil, nil
		}
	}
	if len(closed) > 0 {
		rd.note(p.Line, CodeClosed, false, "地块%s的第 %s 圈没有闭合点，已按首点闭合。", rd.nameOf(plot), strings.Join(closed[:min(len(closed), 10)], "、"))
	}
	return rings, points
}

// nameOf names a plot for people: its 编号, or its place in the file.
func (rd *reader) nameOf(plot int) string {
	if number := rd.file.Plots[plot].Number; number != "" {
		return "“" + clip(number) + "”"
	}
	return fmt.Sprintf("（文件中第 %d 个）", plot+1)
}

// explainFlaw says a flaw in the words of the file: points, rings and
// coordinates as they stand in it.
func (rd *reader) explainFlaw(plot int, flaw *geo.Flaw, source [][]int, points [][]Point) *Error {
	run := points[source[flaw.Part][flaw.Ring]]
	other := run
	if flaw.Kind != geo.FlawCrossesItself && flaw.Kind != geo.FlawTouchesItself {
		other = points[source[flaw.OtherPart][flaw.OtherRing]]
	}
	edge := func(run []Point, vertex int) string {
		from, to := run[vertex%len(run)], run[(vertex+1)%len(run)]
		return fmt.Sprintf("%s—%s（第 %d 行）", clip(from.Name), clip(to.Name), from.Line)
	}
	name, at := rd.nameOf(plot), rd.file.words(flaw.At)
	ring, otherRing := run[0].Ring, other[0].Ring
	line := run[flaw.Vertex%len(run)].Line
	var said string
	switch flaw.Kind {
	case geo.FlawCrossesItself:
		said = fmt.Sprintf("地块%s的第 %d 圈自相交：%s 与 %s 两条边在 %s 处相交或重叠。请检查这几个点的次序和坐标。",
			name, ring, edge(run, flaw.Vertex), edge(run, flaw.OtherVertex), at)
	case geo.FlawTouchesItself:
		said = fmt.Sprintf("地块%s的第 %d 圈在 %s 处碰到了自己。请在这一点分成两圈，或改正坐标。", name, ring, at)
		line = lineAt(run, flaw.At, line)
	case geo.FlawRingsCross, geo.FlawPolygonsOverlap:
		said = fmt.Sprintf("地块%s的第 %d 圈与第 %d 圈在 %s 处相交或共边：%s 与 %s。内圈只能整个在外圈之内，各部分只能分开。请改正后再传。",
			name, ring, otherRing, at, edge(run, flaw.Vertex), edge(other, flaw.OtherVertex))
	case geo.FlawHoleOutside, geo.FlawHolesNested:
		said = fmt.Sprintf("地块%s的第 %d 圈与第 %d 圈的内外关系不清（%s）。请检查这两圈的坐标。", name, ring, otherRing, at)
	case geo.FlawInteriorSplit:
		said = fmt.Sprintf("地块%s的第 %d 圈与其他圈相接，在 %s 处把地块断成了两块。请拆成两个部分后再传。", name, ring, at)
	default:
		said = fmt.Sprintf("地块%s的第 %d 圈不成面（%s）。请改正后再传。", name, ring, at)
	}
	e := refuse(line, string(flaw.Kind), "%s", said)
	where := flaw.At
	e.At, e.LonLat, e.Flaw = &where, rd.file.lonLat(where), flaw
	e.Plot, e.Point = rd.file.Plots[plot].Number, run[flaw.Vertex%len(run)].Name
	return e
}

// lineAt is the line of the last point that stands at a place, where one does.
func lineAt(run []Point, at orb.Point, otherwise int) int {
	for _, pt := range slices.Backward(run[:len(run)-1]) {
		if pt.At == at {
			return pt.Line
		}
	}
	return otherwise
}
