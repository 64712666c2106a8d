package demo

import (
	"fmt"
	"math"
	"slices"
)

// A road of the ground. rank 0 is a motorway, 1 a main road or ring, 2 a county
// road, 3 a township road, 4 a street.
type road struct {
	name string
	rank int
	rail bool
	line []vec
}

// mainRoads are drawn by hand; all names are marked 示意, and no course is that of a real road.
var mainRoads = []struct {
	name string
	rank int
	rail bool
	via  []float64
}{
	{"南北高速（示意）", 0, false, []float64{114.115, 34.00, 114.098, 33.90, 114.100, 33.78, 114.122, 33.68, 114.128, 33.59, 114.135, 33.50, 114.120, 33.40}},
	{"东西高速（示意）", 0, false, []float64{113.46, 33.475, 113.60, 33.462, 113.75, 33.485, 113.90, 33.500, 114.02, 33.494, 114.14, 33.485, 114.30, 33.515}},
	{"环北高速（示意）", 0, false, []float64{113.70, 33.78, 113.84, 33.765, 113.95, 33.775, 114.08, 33.772, 114.17, 33.79}},
	{"一〇七线（示意）", 1, false, []float64{113.955, 34.00, 113.945, 33.90, 113.952, 33.82, 113.972, 33.74, 113.990, 33.66, 113.998, 33.60, 113.992, 33.55, 113.998, 33.48, 113.992, 33.42}},
	{"漯舞路（示意）", 1, false, []float64{113.97, 33.571, 113.87, 33.570, 113.77, 33.548, 113.68, 33.500, 113.605, 33.447, 113.53, 33.43}},
	{"漯周路（示意）", 1, false, []float64{114.06, 33.588, 114.14, 33.625, 114.22, 33.625, 114.31, 33.618}},
	{"漯上路（示意）", 2, false, []float64{114.055, 33.545, 114.11, 33.525, 114.18, 33.475, 114.23, 33.43}},
	{"舞北路（示意）", 2, false, []float64{113.605, 33.447, 113.59, 33.54, 113.598, 33.63, 113.585, 33.72}},
	{"颍东路（示意）", 2, false, []float64{113.952, 33.815, 114.05, 33.805, 114.16, 33.80}},
	{"颍西路（示意）", 2, false, []float64{113.951, 33.828, 113.84, 33.82, 113.72, 33.83}},
	{"郾西路（示意）", 2, false, []float64{113.994, 33.632, 113.90, 33.66, 113.82, 33.68, 113.72, 33.70}},
	{"源南路（示意）", 2, false, []float64{113.993, 33.545, 113.93, 33.50, 113.87, 33.44}},
	{"郾东路（示意）", 2, false, []float64{114.03, 33.62, 114.07, 33.69, 114.12, 33.73, 114.17, 33.74}},
	{"召北路（示意）", 2, false, []float64{114.14, 33.625, 114.16, 33.68, 114.15, 33.71}},
	{"高速铁路（示意）", 0, true, []float64{113.925, 34.00, 113.905, 33.85, 113.918, 33.70, 113.935, 33.60, 113.945, 33.50, 113.935, 33.42}},
	{"南北铁路（示意）", 1, true, []float64{113.985, 34.00, 113.972, 33.88, 113.990, 33.78, 114.018, 33.68, 114.034, 33.60, 114.030, 33.52, 114.048, 33.42}},
	{"漯东铁路（示意）", 2, true, []float64{114.033, 33.577, 114.09, 33.578, 114.18, 33.548, 114.31, 33.545}},
	{"漯西铁路（示意）", 2, true, []float64{114.033, 33.577, 113.96, 33.59, 113.84, 33.572, 113.70, 33.575, 113.56, 33.555, 113.46, 33.552}},
}

// towns have a ring and streets: the centre and the two county seats.
var towns = []struct {
	at     vec
	radius float64 // metres
	turn   float64 // of the street grid
	ring   string
}{
	{lonLat(114.012, 33.580), 8600, -0.10, "环城路（示意）"},
	{lonLat(113.952, 33.818), 3200, 0.06, "颍环路（示意）"},
	{lonLat(113.605, 33.447), 3000, 0.14, "舞环路（示意）"},
	{lonLat(114.084, 33.536), 2300, -0.22, ""},
}

// rim is how far a town reaches in a direction: a rounded square that is not quite one.
func rim(r float64, angle float64) float64 {
	s, c := math.Sincos(angle)
	square := math.Pow(math.Pow(math.Abs(c), 3)+math.Pow(math.Abs(s), 3), -1.0/3)
	return r * square * (1 + 0.05*math.Sin(2*angle+1) + 0.03*math.Sin(5*angle))
}

// drawRoads draws the network inside the city's outline.
func drawRoads(city loop, water []loop) []road {
	var out []road
	for _, m := range mainRoads {
		var way []vec
		for i := 0; i+1 < len(m.via); i += 2 {
			way = append(way, lonLat(m.via[i], m.via[i+1]))
		}
		r := stream(drawing, "road "+m.name)
		line := way
		if !m.rail && m.rank > 0 {
			line = wander(r, way, 2500, 0.05)
		}
		out = append(out, inside(city, road{m.name, m.rank, m.rail, through(line, 160)})...)
	}
	for _, t := range towns {
		if t.ring != "" {
			out = append(out, road{t.ring, 1, false, circle(t.at, t.radius)})
		}
		if t.radius > 5000 {
			out = append(out, road{"内环路（示意）", 1, false, circle(t.at, t.radius*0.46)})
		}
	}
	out = append(out, lanes(city)...)
	return append(out, streets(water)...)
}

func circle(at vec, radius float64) []vec {
	n := int(radius * 2 * math.Pi / 170)
	line := make([]vec, 0, n+1)
	for i := range n {
		s, c := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		line = append(line, at.add(vec{c, s}.times(rim(radius, math.Atan2(s, c)))))
	}
	return append(line, line[0])
}

// inside keeps the parts of a road that lie in the city.
func inside(city loop, rd road) []road {
	var out []road
	var run []vec
	end := func() {
		if len(run) > 1 {
			out = append(out, road{rd.name, rd.rank, rd.rail, run})
		}
		run = nil
	}
	for _, p := range rd.line {
		if city.holds(p.cell()) {
			run = append(run, p)
		} else {
			end()
		}
	}
	end()
	return out
}

// lanes are township roads between villages: two villages are joined where no
// third lies in the circle that has them as ends (a Gabriel graph), which is
// what country roads look like from above.
func lanes(city loop) []road {
	r := stream(drawing, "lanes")
	var places []vec
	for range 6000 {
		p := vec{between(r, -52000, 27000), between(r, -20500, 46000)}
		if !city.holds(p.cell()) || slices.ContainsFunc(places, func(o vec) bool { return o.sub(p).len() < 4300 }) {
			continue
		}
		if t := towns[0]; p.sub(t.at).len() < t.radius*1.25 {
			continue
		}
		places = append(places, p)
	}
	var out []road
	for i, a := range places {
		for j := i + 1; j < len(places); j++ {
			b := places[j]
			mid, half := a.to(b, 0.5), a.sub(b).len()/2
			if half > 4800 || slices.ContainsFunc(places, func(o vec) bool { return o != a && o != b && o.sub(mid).len() < half }) {
				continue
			}
			line := through(wander(r, []vec{a, b}, 1600, 0.10), 220)
			out = append(out, inside(city, road{fmt.Sprintf("乡道%03d（示意）", len(out)+1), 3, false, line})...)
		}
	}
	return out
}

// streets are a grid in each town, cut at the river but for every third line, which is a bridge.
func streets(water []loop) []road {
	r := stream(drawing, "streets")
	var out []road
	wet := func(p vec) bool {
		c := p.cell()
		return slices.ContainsFunc(water, func(l loop) bool { return l.holds(c) })
	}
	for _, t := range towns {
		reach := t.radius * 0.93
		for _, across := range []bool{false, true} {
			n := 0
			for at := -reach; at < reach; at += between(r, 420, 820) {
				n++
				bridge, bend, phase := n%3 == 0, between(r, 0, 60), r.Float64()*6
				// Streets thin out towards the edge: some stop halfway.
				from, to := -reach, reach
				if r.Float64() < 0.35 {
					from = between(r, -reach, 0)
				}
				if r.Float64() < 0.35 {
					to = between(r, 0, reach)
				}
				var run []vec
				end := func() {
					if len(run) > 3 {
						out = append(out, road{"", 4, false, run})
					}
					run = nil
				}
				for s := from; s <= to; s += 110 {
					p := vec{s, at + bend*math.Sin(s/2600+phase)}
					if across {
						p = vec{p.y, p.x}
					}
					d := p.len()
					p = p.turn(t.turn)
					if d > rim(reach, math.Atan2(p.y, p.x)) {
						end()
						continue
					}
					p = p.add(t.at)
					if !bridge && wet(p) {
						end()
						continue
					}
					run = append(run, p)
				}
				end()
			}
		}
	}
	return out
}
