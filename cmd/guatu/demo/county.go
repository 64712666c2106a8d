package demo

import "slices"

// The outlines are drawn by hand near the extents that
// the ../shared fixtures name, and roughened by a fixed seed: they are 示意 and
// no boundary of the real city. Every border is one line that both neighbours
// use, so there is no gap and no overlap between counties.

// drawing is the seed of everything that is drawn once and looked at, whatever
// the seed of the city: outlines, rivers, roads.
const drawing = 0

type county struct {
	code, name string
	seat       vec // where its name is written
	outline    loop
}

// corner names of the borders, each with its place.
var corners = map[byte]vec{
	'A': lonLat(113.745, 33.742), 'B': lonLat(114.128, 33.752), 'C': lonLat(114.148, 33.700),
	'D': lonLat(114.062, 33.452), 'E': lonLat(113.842, 33.452), 'F': lonLat(113.735, 33.690),
	'G': lonLat(113.812, 33.598), 'H': lonLat(114.052, 33.570), 'I': lonLat(114.057, 33.556), 'J': lonLat(114.066, 33.512),
}

// borders run from the corner of their first letter to that of their second by
// way of the given places; the digit tells two borders between the same corners apart.
var borders = []struct {
	name string
	via  []float64
}{
	{"AB0", []float64{113.722, 33.80, 113.735, 33.875, 113.79, 33.925, 113.86, 33.965, 113.94, 33.985, 114.03, 33.968, 114.10, 33.965, 114.155, 33.93, 114.148, 33.87, 114.16, 33.81}},
	{"BC0", []float64{114.145, 33.725}},
	{"CD0", []float64{114.20, 33.698, 114.255, 33.675, 114.285, 33.63, 114.298, 33.56, 114.275, 33.50, 114.235, 33.445, 114.17, 33.425, 114.11, 33.435}},
	{"DE0", []float64{114.02, 33.465, 113.96, 33.452, 113.90, 33.462}},
	{"EF0", []float64{113.79, 33.425, 113.72, 33.402, 113.65, 33.415, 113.57, 33.405, 113.51, 33.44, 113.475, 33.50, 113.482, 33.56, 113.475, 33.615, 113.50, 33.67, 113.56, 33.70, 113.63, 33.715, 113.69, 33.695}},
	{"FA0", []float64{113.755, 33.715}},
	{"AB1", []float64{113.80, 33.725, 113.87, 33.712, 113.93, 33.735, 113.99, 33.745, 114.06, 33.73}},
	{"CH0", []float64{114.11, 33.675, 114.085, 33.64, 114.078, 33.60}},
	{"GH0", []float64{113.87, 33.593, 113.93, 33.585, 113.99, 33.574, 114.03, 33.573}},
	{"FG0", []float64{113.765, 33.66, 113.79, 33.63}},
	{"GE0", []float64{113.825, 33.57, 113.828, 33.53, 113.85, 33.49}},
	{"HI0", nil},
	{"IJ0", []float64{114.042, 33.54, 114.050, 33.522}},
	{"IJ1", []float64{114.095, 33.56, 114.118, 33.535, 114.10, 33.508}},
	{"JD0", []float64{114.055, 33.485}},
}

// counties go round their outlines counter-clockwise; “-” is a border walked backwards.
var counties = []struct {
	code, name string
	seat       vec
	round      []string
}{
	{"411102", "源汇区", lonLat(113.955, 33.515), []string{"-DE0", "-JD0", "-IJ0", "-HI0", "-GH0", "GE0"}},
	{"411103", "郾城区", lonLat(113.930, 33.665), []string{"GH0", "-CH0", "-BC0", "-AB1", "-FA0", "FG0"}},
	{"411104", "召陵区", lonLat(114.185, 33.560), []string{"-CD0", "CH0", "HI0", "IJ1", "JD0"}},
	{"411121", "舞阳县", lonLat(113.640, 33.560), []string{"-EF0", "-GE0", "-FG0"}},
	{"411122", "临颍县", lonLat(113.940, 33.840), []string{"AB1", "-AB0"}},
	{"411171", "漯河经济技术开发区", lonLat(114.082, 33.535), []string{"IJ0", "-IJ1"}},
}

// A mouth is where a river passes a border: two neighbouring vertices of it.
type mouth struct{ border, river string }

var mouths = []struct {
	mouth
	at    vec
	width float64 // metres from bank to bank
}{
	{mouth{"EF0", "沙河"}, lonLat(113.476, 33.620), 105},
	{mouth{"FG0", "沙河"}, lonLat(113.778, 33.643), 120},
	{mouth{"CH0", "沙河"}, lonLat(114.078, 33.602), 165},
	{mouth{"CD0", "沙河"}, lonLat(114.298, 33.562), 175},
	{mouth{"EF0", "澧河"}, lonLat(113.476, 33.500), 60},
	{mouth{"GE0", "澧河"}, lonLat(113.827, 33.545), 75},
	{mouth{"GH0", "澧河"}, lonLat(113.992, 33.574), 90},
	{mouth{"AB0", "颍河"}, lonLat(113.733, 33.865), 45},
	{mouth{"AB0", "颍河出"}, lonLat(114.152, 33.835), 55},
}

// drawCounties draws the borders with a vertex about every 120 m and puts the
// outlines together. ends holds both vertices of each mouth.
func drawCounties() (list []county, ends map[mouth][2]cell) {
	lines := map[string][]cell{}
	ends = map[mouth][2]cell{}
	for _, b := range borders {
		way := []vec{corners[b.name[0]]}
		for i := 0; i+1 < len(b.via); i += 2 {
			way = append(way, lonLat(b.via[i], b.via[i+1]))
		}
		way = append(way, corners[b.name[1]])
		line := wander(stream(drawing, "border "+b.name), through(way, 9000), 130, 0.23)
		for _, m := range mouths {
			if m.border == b.name {
				var two [2]cell
				line, two = carve(line, m.at, m.width)
				ends[m.mouth] = two
			}
		}
		lines[b.name] = cells(line)
	}
	for _, c := range counties {
		var round loop
		for _, name := range c.round {
			var line []cell
			if name[0] == '-' {
				line = slices.Clone(lines[name[1:]])
				slices.Reverse(line)
			} else {
				line = lines[name]
			}
			round = append(round, line[:len(line)-1]...)
		}
		list = append(list, county{c.code, c.name, c.seat, round})
	}
	return list, ends
}

// carve opens a mouth of the given width in a line where it passes nearest to
// at, and returns the line and the two vertices, in its order.
func carve(line []vec, at vec, width float64) ([]vec, [2]cell) {
	const straight = 420 // metres of the border that are laid straight on either side
	i := nearest(line, at)
	from, to := i, i
	for from > 1 && line[from].sub(line[i]).len() < straight {
		from--
	}
	for to < len(line)-2 && line[to].sub(line[i]).len() < straight {
		to++
	}
	p, q := line[from], line[to]
	d := q.sub(p).unit()
	mid := p.to(q, 0.5)
	a, b := mid.sub(d.times(width/2)), mid.add(d.times(width/2))
	return slices.Concat(line[:from+1], []vec{p.to(a, 0.35), p.to(a, 0.7), a, b, b.to(q, 0.3), b.to(q, 0.65)}, line[to:]), [2]cell{a.cell(), b.cell()}
}

// cityOutline is the outer border of all counties together.
func cityOutline(list []county) loop {
	type edge struct{ a, b cell }
	inner := map[edge]bool{}
	for _, c := range list {
		for i, a := range c.outline {
			inner[edge{a, c.outline[(i+1)%len(c.outline)]}] = true
		}
	}
	next := map[cell]cell{}
	var start cell
	for _, c := range list {
		for i, a := range c.outline {
			b := c.outline[(i+1)%len(c.outline)]
			if !inner[edge{b, a}] {
				next[a], start = b, a
			}
		}
	}
	out := loop{start}
	for at := next[start]; at != start; at = next[at] {
		out = append(out, at)
	}
	return out
}
