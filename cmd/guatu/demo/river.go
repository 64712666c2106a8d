package demo

import (
	"math"
	"slices"
)

// A river is drawn county by county, from mouth to mouth, and put together.
type river struct {
	name  string
	rank  int
	line  []cell // downstream
	water loop   // both banks, counter-clockwise
}

// rivers, downstream; each reach lies in one county.
var rivers = []struct {
	name        string
	rank        int
	swing, wave float64 // metres
	reaches     []reach
	joins       string // river whose right bank it ends at
	joinsAt     vec
	joinsWidth  float64
}{
	{name: "沙河（示意）", rank: 0, swing: 420, wave: 4200, reaches: []reach{
		{"411121", mouth{"EF0", "沙河"}, mouth{"FG0", "沙河"}, []float64{113.53, 33.635, 113.62, 33.655, 113.71, 33.645}, 115},
		{"411103", mouth{"FG0", "沙河"}, mouth{"CH0", "沙河"}, []float64{113.84, 33.640, 113.92, 33.622, 113.98, 33.600, 114.025, 33.592}, 145},
		{"411104", mouth{"CH0", "沙河"}, mouth{"CD0", "沙河"}, []float64{114.13, 33.607, 114.19, 33.588, 114.25, 33.575}, 170},
	}},
	{name: "澧河（示意）", rank: 0, swing: 300, wave: 3000, joins: "沙河（示意）", joinsAt: lonLat(114.013, 33.584), joinsWidth: 110, reaches: []reach{
		{"411121", mouth{"EF0", "澧河"}, mouth{"GE0", "澧河"}, []float64{113.55, 33.513, 113.64, 33.508, 113.74, 33.530}, 68},
		{"411102", mouth{"GE0", "澧河"}, mouth{"GH0", "澧河"}, []float64{113.88, 33.545, 113.94, 33.556}, 82},
		{"411103", mouth{"GH0", "澧河"}, mouth{}, []float64{114.001, 33.581}, 95},
	}},
	{name: "颍河（示意）", rank: 1, swing: 260, wave: 2600, reaches: []reach{
		{"411122", mouth{"AB0", "颍河"}, mouth{"AB0", "颍河出"}, []float64{113.80, 33.873, 113.88, 33.862, 113.97, 33.868, 114.07, 33.846}, 48},
	}},
}

type reach struct {
	county   string
	from, to mouth
	via      []float64
	width    float64 // metres
}

// drawRivers cuts the rivers out of the counties. land is what is left of each
// county on the rivers' sides; water is the piece of river in it. Land and water
// of a county fill its outline exactly.
func drawRivers(list []county, ends map[mouth][2]cell) (out []river, land, water map[string][]loop) {
	land, water = map[string][]loop{}, map[string][]loop{}
	for _, c := range list {
		land[c.code] = []loop{c.outline}
	}
	for _, rv := range rivers {
		r := stream(drawing, "river "+rv.name)
		var left, right, line []cell
		for k, rc := range rv.reaches {
			from, to := ends[rc.from], ends[rc.to]
			if rc.to == (mouth{}) {
				to = openBank(land[rc.county], rv.joinsAt, rv.joinsWidth, water[rc.county])
			}
			for i, piece := range land[rc.county] {
				a, b := edgeIndex(piece, from), edgeIndex(piece, to)
				if a < 0 || b < 0 {
					continue
				}
				w := flow(piece, a, b, rc.via)
				w = meander(r, w, rv.swing, rv.wave)
				l, rt := banks(r, piece, a, b, w, rc.width)
				strip, one, other := splitStrip(piece, a, b, l, rt)
				land[rc.county] = append(slices.Delete(slices.Clone(land[rc.county]), i, i+1), one, other)
				water[rc.county] = append(water[rc.county], strip)
				left = append(left, piece[a])
				left = append(left, l...)
				right = append(right, piece[(a+1)%len(piece)])
				right = append(right, rt...)
				line = append(line, cells(w)...)
				if k == len(rv.reaches)-1 {
					left = append(left, piece[(b+1)%len(piece)])
					right = append(right, piece[b])
				}
				break
			}
		}
		slices.Reverse(left)
		out = append(out, river{rv.name, rv.rank, line, append(loop(right), left...)})
	}
	return out, land, water
}

// edgeIndex finds the edge of l between two vertices, in either order, or -1.
func edgeIndex(l loop, two [2]cell) int {
	for i, a := range l {
		if b := l[(i+1)%len(l)]; a == two[0] && b == two[1] || a == two[1] && b == two[0] {
			return i
		}
	}
	return -1
}

// openBank opens a mouth in the bank where another river joins: in the water's
// edge and in the land that lies against it.
func openBank(land []loop, at vec, width float64, water []loop) [2]cell {
	strip := water[0]
	line := make([]vec, len(strip))
	for i, c := range strip {
		line[i] = c.vec()
	}
	i := nearest(line, at)
	a, b := strip[i], strip[i+1]
	// Widen to the wanted width by dropping vertices between, on both sides alike.
	from, to := i, i+1
	for line[to].sub(line[from]).len() < width && to+1 < len(strip) && from > 0 {
		if (to-from)%2 == 0 {
			from--
		} else {
			to++
		}
	}
	a, b = strip[from], strip[to]
	drop := strip[from+1 : to]
	gone := func(c cell) bool { return slices.Contains(drop, c) }
	for k := range land {
		land[k] = slices.DeleteFunc(slices.Clone(land[k]), gone)
	}
	water[0] = slices.DeleteFunc(slices.Clone(strip), gone)
	return [2]cell{a, b}
}

// flow is the middle of a river from edge a to edge b of a piece of land,
// starting and ending square to them.
const stub = 190 // metres that a river runs square to a mouth

func flow(piece loop, a, b int, via []float64) []vec {
	end := func(i int) (mid, in vec) {
		p, q := piece[i].vec(), piece[(i+1)%len(piece)].vec()
		return p.to(q, 0.5), q.sub(p).unit().left()
	}
	start, in := end(a)
	stop, out := end(b)
	way := []vec{start, start.add(in.times(stub))}
	for i := 0; i+1 < len(via); i += 2 {
		way = append(way, lonLat(via[i], via[i+1]))
	}
	way = append(way, stop.add(out.times(stub)), stop)
	return through(way, 70)
}

// banks are the left and right bank of a river along its middle, without the
// vertices of the mouths at either end.
func banks(r interface{ Float64() float64 }, piece loop, a, b int, mid []vec, width float64) (left, right []cell) {
	n := len(mid)
	at := func(i int) float64 { return piece[(i+1)%len(piece)].vec().sub(piece[i].vec()).len() }
	first, last := at(a), at(b)
	w := func(i int) float64 {
		own := width * (1 + 0.12*math.Sin(float64(i)*0.09))
		t := math.Min(1, float64(min(i, n-1-i))/12)
		end := first
		if i > n/2 {
			end = last
		}
		return (end*(1-t) + own*t) / 2
	}
	jitter := func(line []vec) []vec {
		for i := range line {
			line[i] = line[i].add(heading(line, i).left().times((r.Float64() - 0.5) * width * 0.05))
		}
		return line[2 : n-2]
	}
	left = cells(jitter(aside(mid, w)))
	right = cells(jitter(aside(mid, func(i int) float64 { return -w(i) })))
	return left, right
}

// splitStrip cuts a counter-clockwise loop by a strip that enters through its
// edge i and leaves through its edge j. left and right are the strip's sides as
// it is walked, without their ends, which are the vertices of the two edges.
func splitStrip(l loop, i, j int, left, right []cell) (strip, leftPiece, rightPiece loop) {
	n := len(l)
	i1, j1 := (i+1)%n, (j+1)%n
	strip = append(loop{l[i1]}, right...)
	strip = append(strip, l[j], l[j1])
	strip = append(strip, reversedCells(left)...)
	strip = append(strip, l[i])
	rightPiece = append(walk(l, i1, j), reversedCells(right)...)
	leftPiece = append(walk(l, j1, i), left...)
	return strip, leftPiece, rightPiece
}

// splitLine cuts a loop by a line from its vertex i to its vertex j; line is
// what lies between them.
func splitLine(l loop, i, j int, line []cell) (one, other loop) {
	one = append(walk(l, i, j), reversedCells(line)...)
	other = append(walk(l, j, i), line...)
	return one, other
}

// walk is the vertices of l from i round to j, both included.
func walk(l loop, i, j int) loop {
	if i <= j {
		return append(make(loop, 0, j-i+1), l[i:j+1]...)
	}
	return append(append(make(loop, 0, len(l)-i+j+1), l[i:]...), l[:j+1]...)
}

func reversedCells(line []cell) []cell {
	out := slices.Clone(line)
	slices.Reverse(out)
	return out
}
