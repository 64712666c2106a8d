package demo

import (
	"fmt"
	"math"
)

// The forest survey (林草湿一张图) is another office's: its outlines do not match
// those of the land survey. Some large pieces of a county are wooded; within
// them sub-compartments (小班) lie side by side.

var species = []string{"杨树", "国槐", "侧柏", "刺槐", "泡桐", "榆树", "柳树", "经济林木"}

// forest yields n sub-compartments of a county, or as many as can be cut.
func (s *survey) forest(i, n int) {
	if n <= 0 {
		return
	}
	land := s.c.Ground.land[s.code]
	total := 0.0
	for _, l := range land {
		total += l.flatM2()
	}
	s.k = newKnife(stream(s.c.Seed, "forest "+s.code), math.Sqrt(0.16*total/float64(n)))
	s.debt = 0
	// Wooded pieces: a coarse subdivision of which every few are taken.
	var woods []loop
	for _, l := range land {
		stack := []parcel{{s.k.densify(l), max(2, min(n/12+2, int(90*l.flatM2()/total))), useForest}}
		for len(stack) > 0 {
			p := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if p.n > 1 {
				if pieces, ok := s.k.split(p); ok {
					stack = append(stack, pieces...)
					continue
				}
			}
			if s.k.r.IntN(6) == 0 && !inTown(p.l[0].vec()) {
				woods = append(woods, p.l)
			}
		}
	}
	if len(woods) == 0 {
		woods = land
	}
	area := 0.0
	for _, l := range woods {
		area += l.flatM2()
	}
	before := s.emitted
	for w, l := range woods {
		left := n - (s.emitted - before)
		share := int(math.Round(float64(left) * l.flatM2() / area))
		area -= l.flatM2()
		if w == len(woods)-1 {
			share = left
		}
		if share <= 0 {
			continue
		}
		s.debt = 0
		s.cut(parcel{l, share, useForest})
	}
}

func inTown(at vec) bool {
	for _, t := range towns {
		if at.sub(t.at).len() < t.radius*1.1 {
			return true
		}
	}
	return false
}

func (s *survey) woodPatch(l loop, holes []loop) {
	shape, area := outlineOf(l, holes)
	id := s.next("forest")
	r := s.k.r
	level := 4 - min(3, int(math.Abs(r.NormFloat64())*1.1)) // Ⅳ is usual, Ⅰ is rare
	right, public := "20", "2"
	if level == 1 {
		right, public = "10", "1"
	}
	kind := "0111"
	if r.IntN(5) == 0 {
		kind = "0131"
	}
	attrs := fmt.Appendf(nil, `{"SHENG":"41","XIAN":"%s","LIN_BAN":"%04d","XIAO_BAN":"%05d","DI_LEI":"%s","XBMJ":%.4f,"YOU_SHI_SZ":"%s","YU_BI_DU":%.2f,"BH_DJ":"%d","SHI_QUAN_D":"%s","GYL_BHLX":"%s"}`,
		s.code, id/40+1, id%40+1, kind, area/10000, species[r.IntN(len(species))], between(r, 0.2, 0.9), level, right, public)
	s.out(Patch{Layer: "forest", County: s.code, ID: id, Scheme: "forest", Code: kind, Level: fmt.Sprint(level), Attrs: attrs, Shape: shape, AreaM2: area})
}

// redline yields n pieces of the ecological red line (生态保护红线): rounded
// shapes with many vertices, each in a square of its own.
func (s *survey) redline(i, n int) {
	if n <= 0 {
		return
	}
	c := s.c.Ground.list[i]
	k := newKnife(stream(s.c.Seed, "redline "+c.code), s.size)
	lo, hi := c.outline.vecBounds()
	var places []vec
	side := math.Min(2600, math.Sqrt(c.outline.flatM2()/float64(n)/3))
	for ; len(places) < n; side *= 0.8 {
		places = lattice(c.outline, lo, hi, side)
	}
	k.r.Shuffle(len(places), func(a, b int) { places[a], places[b] = places[b], places[a] })
	reach := math.Min(side/0.8*0.46, 900)
	for _, at := range places[:n] {
		l := k.blob(at, reach*0.3, reach, 24+k.r.IntN(420))
		if !l.simple() {
			l = k.blob(at, reach*0.6, reach*0.7, 24)
		}
		shape, area := outlineOf(l, nil)
		id := s.next("redline")
		attrs := fmt.Appendf(nil, `{"HXBM":"%s%04d","HXMC":"示例生态保护红线","HXLX":"生物多样性维护","MJ":%.4f}`, c.code, id, area/10000)
		s.out(Patch{Layer: "redline", County: s.code, ID: id, Scheme: "redline", Code: "HX", Attrs: attrs, Shape: shape, AreaM2: area})
	}
}

// lattice returns the middles of the squares of a lattice whose corners lie in l.
func lattice(l loop, lo, hi vec, side float64) []vec {
	var out []vec
	for y := lo.y + side/2; y < hi.y; y += side {
		for x := lo.x + side/2; x < hi.x; x += side {
			at, in := vec{x, y}, true
			for _, d := range []vec{{}, {-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
				in = in && l.holds(at.add(d.times(side/2)).cell())
			}
			if in {
				out = append(out, at)
			}
		}
	}
	return out
}
