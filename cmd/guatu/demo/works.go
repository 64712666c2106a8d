package demo

import "math"

// yardwork is what lies about on every building site: tracks, puddles, stacks, people, vehicles.
func (s scene) yardwork(st *stage, busy int) {
	f, m := st.fixed, st.moment
	track := between(f, -14, 14)
	for _, o := range []float64{0, 2.3} { // wheel tracks lead away from the camera
		x := track + o
		st.ground([]vec{st.at(x, 1.3), st.at(x+0.8, 1.3), st.at(x*0.5+0.5, 60), st.at(x*0.5, 60)}, wetSoil, 14, 0.55)
	}
	puddles := 2
	if st.light.wet {
		puddles = 7
	}
	for range puddles {
		at := st.at(between(f, -26, 26), between(f, 9, 50))
		p, k := st.place(p3{at.x, at.y, 0}), st.focal/at.y
		c := st.light.skyLow.mix(soil, 0.35)
		st.disc(p, 2.6*k, 2.6*k*st.eye/at.y*0.55, paint{top: c, low: c, alpha: 0.75})
	}
	for range 2 + f.IntN(3) { // stacks of bars and boards
		at := st.at(between(f, -24, 24), between(f, 17, 44))
		c := pickInk(f.IntN(3))
		st.add(at.y, func() { st.box(prism{at, 0.1, 6, 1.6, 0, 0.9}, c, 10) })
	}
	for range busy {
		at := vec{between(m, -22, 22), between(m, 13, 62)}
		helmet := []ink{yellow, {214, 56, 44}, {240, 240, 236}, {60, 110, 190}}[m.IntN(4)]
		vest := []ink{{240, 126, 38}, {232, 220, 60}, {240, 126, 38}}[m.IntN(3)]
		st.add(at.y, func() { st.worker(at, helmet, vest) })
	}
	at := st.at(between(f, -60, -46), 88)
	end := st.at(between(f, 60, 84), 120)
	st.add(118, func() { st.hoarding(at, end, s.fence) })
}

func pickInk(i int) ink {
	return []ink{{146, 84, 60}, {196, 160, 104}, {150, 150, 146}}[i]
}

func (s scene) fieldSite(st *stage) {
	f := st.fixed
	for i := range 14 { // rows of a crop
		x := -70 + float64(i)*10
		c := []ink{{128, 146, 80}, {150, 152, 92}, {116, 136, 72}}[i%3]
		st.ground([]vec{st.at(x, 1.3), st.at(x+6, 1.3), st.at(x*0.7+5, 240), st.at(x*0.7, 240)}, c, 20, 0.8)
	}
	for i := range 6 { // survey stakes with red tape
		at := st.at(-30+float64(i)*12+between(f, -2, 2), between(f, 12, 44))
		st.add(at.y, func() {
			st.beam(p3{at.x, at.y, 0}, p3{at.x, at.y, 1.6}, 0.09, ink{226, 214, 190})
			st.face([]p3{{at.x, at.y, 1.6}, {at.x + 0.8, at.y, 1.45}, {at.x, at.y, 1.2}}, ink{206, 48, 44}, 0, 1)
		})
	}
	at := st.at(between(f, -10, 10), 22)
	st.add(at.y, func() { // a notice board without words
		for _, x := range []float64{-2.4, 2.4} {
			st.beam(p3{at.x + x, at.y, 0}, p3{at.x + x, at.y, 3.4}, 0.14, gravel)
		}
		st.face([]p3{{at.x - 2.8, at.y, 1.3}, {at.x + 2.8, at.y, 1.3}, {at.x + 2.8, at.y, 3.4}, {at.x - 2.8, at.y, 3.4}}, ink{52, 98, 158}, 0, 1)
		st.face([]p3{{at.x - 2.6, at.y, 2.7}, {at.x + 2.6, at.y, 2.7}, {at.x + 2.6, at.y, 3.2}, {at.x - 2.6, at.y, 3.2}}, ink{234, 238, 242}, 0, 1)
	})
	for i := range 9 {
		at := st.at(-64+float64(i)*15+between(f, -4, 4), between(f, 90, 150))
		h := between(f, 7, 13)
		st.add(at.y, func() { st.tree(at, h, ink{84, 116, 62}) })
	}
	if st.moment.IntN(2) == 0 {
		at := vec{between(st.moment, -14, 14), 20}
		st.add(at.y, func() { st.worker(at, ink{240, 240, 236}, ink{240, 126, 38}) })
	}
}

// earthworks: a pit that deepens, piles, then footings on its floor.
func (s scene) earthworks(st *stage, done float64) {
	f, m := st.fixed, st.moment
	wide, far := between(f, 34, 46), between(f, 74, 96)
	rim := []vec{st.at(-wide, 24), st.at(wide, 22), st.at(wide*0.95, far), st.at(-wide*0.9, far)}
	st.ground(rim, soil.mix(wetSoil, 0.35), 20, 1)
	floor := []vec{st.at(-wide*0.84, 29), st.at(wide*0.86, 28), st.at(wide*0.84, far-7), st.at(-wide*0.8, far-7)}
	st.ground(floor, wetSoil.mix(gravel, math.Max(0, done-0.4)), 20, 1)
	rows := int(done * 9)
	for j := 8; j >= 0; j-- { // piles first, caps on them later
		for i := range 9 {
			at := st.at(-wide*0.7+float64(i)*wide*1.4/8, 33+float64(j)*(far-44)/8)
			switch {
			case j < rows-4:
				st.add(at.y, func() { st.box(prism{at, 0, 3, 3, 0, 1.1}, concrete, 8) })
			case j < rows:
				st.add(at.y, func() {
					st.box(prism{at, 0, 0.7, 0.7, 0, 0.9}, concrete, 0)
					for k := -1.0; k <= 1; k++ {
						st.beam(p3{at.x + k*0.25, at.y, 0.9}, p3{at.x + k*0.25, at.y, 1.9}, 0.06, ink{120, 84, 60})
					}
				})
			}
		}
	}
	for i := range 3 {
		at := st.at(-40+float64(i)*38+between(f, -6, 6), far+between(f, 6, 16))
		w, h := between(f, 18, 30), between(f, 4, 7)
		st.add(at.y, func() { st.heap(at, w, h, i != 1) })
	}
	for range 2 + m.IntN(2) {
		at, dir, reach := vec{between(m, -26, 26), between(m, 34, far-8)}, float64(1-2*m.IntN(2)), between(m, -0.6, 1.4)
		st.add(at.y, func() { st.digger(at, dir, reach) })
	}
	for range 1 + m.IntN(3) {
		at, dir := vec{between(m, -30, 30), between(m, 30, far+4)}, float64(1-2*m.IntN(2))
		c := []ink{{196, 60, 48}, {60, 104, 160}, {232, 170, 44}}[m.IntN(3)]
		st.add(at.y, func() { st.lorry(at, dir, c, done > 0.55) })
	}
	if done > 0.6 {
		at, a := st.at(between(f, -20, 20), far+8), m.Float64()*6
		st.add(at.y, func() { st.crane(at, 34, a, s.crane) })
	}
	s.yardwork(st, 3+m.IntN(4))
}

func (s scene) frameSite(st *stage, done float64) {
	f, m := st.fixed, st.moment
	spots := []vec{{-26, 66}, {24, 74}, {-2, 118}, {52, 128}}
	for i, p := range spots[:2+f.IntN(3)] {
		at := st.at(p.x+between(f, -4, 4), p.y)
		b := prism{at, between(f, -0.42, 0.42) * st.mirror, between(f, 28, 38), between(f, 15, 20), 0, 0}
		have := math.Min(s.floors, math.Max(0.2, s.floors*(done-0.13*float64(i))))
		st.add(at.y, func() { st.frame(b, s.floors, have, s.net) })
		if i < 2 {
			foot, a := st.at(p.x+22, p.y+8), m.Float64()*2*math.Pi
			st.add(foot.y, func() { st.crane(foot, s.floors*3.8+16, a, s.crane) })
		}
	}
	at := st.at(between(f, 18, 30), 40)
	st.add(at.y, func() { st.heap(at, 14, 2.6, true) })
	for range 1 + m.IntN(2) {
		at, dir := vec{between(m, -20, 20), between(m, 26, 46)}, float64(1-2*m.IntN(2))
		st.add(at.y, func() { st.lorry(at, dir, ink{66, 116, 170}, true) })
	}
	s.yardwork(st, 4+m.IntN(5))
}

func (s scene) hallSite(st *stage, done float64) {
	f, m := st.fixed, st.moment
	high := between(f, 9, 13)
	turn := between(f, -0.30, 0.30) * st.mirror
	for i, y := range []float64{62, 112, 160}[:2+f.IntN(2)] {
		b := prism{st.at(between(f, -14, 14), y), turn, between(f, 74, 104), 34, 0, 0}
		p := math.Max(0, math.Min(1, done*1.5-0.3*float64(i)))
		st.add(y, func() { st.hall(b, high, math.Min(1, p*1.6), math.Max(0, math.Min(1, p*2-1)), s.wall, s.band) })
	}
	at, a := st.at(between(f, 34, 44), 48), m.Float64()*6
	if done < 0.75 {
		st.add(at.y, func() { // a mobile crane
			st.lorry(at, 1, yellow, false)
			s, c := math.Sincos(a)
			tip := p3{at.x + 9*c, at.y + 5*s + 6, 21}
			st.beam(p3{at.x - 1, at.y, 2.6}, tip, 0.5, yellow)
			st.beam(tip, p3{tip.x, tip.y, 8}, 0.1, dark)
		})
	}
	for range 1 + m.IntN(2) {
		at, dir := vec{between(m, -30, 10), between(m, 24, 44)}, float64(1-2*m.IntN(2))
		st.add(at.y, func() { st.lorry(at, dir, ink{196, 60, 48}, false) })
	}
	s.yardwork(st, 3+m.IntN(4))
}

func (s scene) fittingSite(st *stage, done float64) {
	f, m := st.fixed, st.moment
	turn := between(f, -0.25, 0.25) * st.mirror
	st.ground([]vec{st.at(-7, 1.3), st.at(7, 1.3), st.at(4, 150), st.at(-3, 150)}, gravel.mix(asphalt, math.Min(1, done*1.2)), 12, 1)
	st.ground([]vec{st.at(8, 1.3), st.at(60, 1.3), st.at(50, 52), st.at(8, 52)}, soil.mix(ink{96, 142, 72}, done), 24, 1)
	b := prism{st.at(between(f, -30, -20), 70), turn, between(f, 60, 84), 32, 0, 0}
	st.add(b.at.y, func() { st.hall(b, 11, 1, 1, s.wall, s.band) })
	o := prism{st.at(between(f, 38, 50), 66), turn, 30, 14, 0, 0}
	st.add(o.at.y, func() {
		st.block(o, 4, s.wall.mix(ink{214, 190, 160}, 0.4))
		if done < 0.8 { // part of it is still scaffolded
			h := o
			h.wide, h.deep = o.wide+2, o.deep+2
			for _, i := range h.sides() {
				st.face(h.wall(i, 0, 0.5, 0, 15), s.net.lit(st.shade(o, i)), 12, 0.6)
			}
		}
	})
	for i := range 8 {
		at := st.at(10, 20+float64(i)*9)
		if float64(i) < done*9 {
			st.add(at.y, func() { st.tree(at, 3.4, ink{92, 132, 66}) })
		}
	}
	at, dir := vec{between(m, -8, 8), between(m, 26, 60)}, float64(1-2*m.IntN(2))
	st.add(at.y, func() { st.lorry(at, dir, ink{230, 232, 232}, false) })
	s.yardwork(st, 2+m.IntN(3))
}

func (s scene) runningSite(st *stage) {
	f, m := st.fixed, st.moment
	turn := between(f, -0.22, 0.22) * st.mirror
	st.ground([]vec{st.at(-70, 14), st.at(70, 14), st.at(70, 26), st.at(-70, 26)}, asphalt, 10, 1)
	st.ground([]vec{st.at(-70, 19.8), st.at(70, 19.8), st.at(70, 20.1), st.at(-70, 20.1)}, ink{230, 230, 224}, 0, 0.9)
	st.ground([]vec{st.at(-70, 26), st.at(70, 26), st.at(70, 46), st.at(-70, 46)}, ink{98, 138, 74}, 22, 1)
	for i, y := range []float64{66, 116} {
		b := prism{st.at(between(f, -20, 4), y), turn, between(f, 80, 110), 36, 0, 0}
		c := s.wall
		if i == 1 {
			c = s.wall.lit(0.96)
		}
		st.add(y, func() { st.hall(b, 11, 1, 1, c, s.band) })
	}
	o := prism{st.at(58, 60), turn, 26, 14, 0, 0}
	st.add(o.at.y, func() { st.block(o, 5, s.wall) })
	for i := range 12 {
		at := st.at(-66+float64(i)*12, 29+between(f, 0, 3))
		st.add(at.y, func() { st.tree(at, 4.6, ink{86, 126, 62}) })
	}
	for range 2 + m.IntN(3) {
		at, dir := vec{between(m, -34, 34), 17 + 5*float64(m.IntN(2))}, float64(1-2*m.IntN(2))
		c := []ink{{230, 232, 232}, {196, 60, 48}, {66, 104, 150}}[m.IntN(3)]
		st.add(at.y, func() { st.lorry(at, dir, c, false) })
	}
}

// roadSite: earth, gravel and asphalt advance along the road.
func (s scene) roadSite(st *stage, done float64) {
	f, m := st.fixed, st.moment
	bend := between(f, -16, 16)
	side := func(x, y float64) vec { return st.at(x+bend*y*y/40000, y) }
	lay := func(half, from, to float64, c ink, grain int) {
		const n = 10
		var l, r []vec
		for i := range n + 1 {
			y := from + (to-from)*float64(i)/n
			l, r = append(l, side(-half, y)), append(r, side(half, y))
		}
		for i := n; i >= 0; i-- {
			l = append(l, r[i])
		}
		st.ground(l, c, grain, 1)
	}
	lay(17, 1.3, 380, soil.mix(wetSoil, 0.3), 18)
	lay(13, 1.3, 40+done*330, gravel, 16)
	lay(11, 1.3, 4+done*240, asphalt, 8)
	if done > 0.5 {
		for y := 6.0; y < done*160; y += 12 {
			lay2 := []vec{side(-0.15, y), side(0.15, y), side(0.15, y+5), side(-0.15, y+5)}
			st.ground(lay2, ink{236, 236, 230}, 0, 0.95)
		}
	}
	for y := 24.0; y < done*200; y += 26 {
		for _, x := range []float64{-13, 13} {
			at := side(x, y)
			st.add(at.y, func() {
				st.beam(p3{at.x, at.y, 0}, p3{at.x, at.y, 8.5}, 0.2, gravel)
				st.beam(p3{at.x, at.y, 8.5}, p3{at.x - math.Copysign(2, at.x), at.y, 9}, 0.16, gravel)
			})
		}
	}
	at := side(between(m, -6, 6), 8+done*230)
	if at.y < 120 {
		st.add(at.y, func() { // a roller at the edge of the asphalt
			st.box(prism{at, 0, 2.1, 3.6, 0.9, 2.4}, yellow, 0)
			p, k := st.place(p3{at.x, at.y - 2, 0.7}), st.focal/at.y
			st.fill([]vec{{p.x - k*1.1, p.y - k*0.7}, {p.x + k*1.1, p.y - k*0.7}, {p.x + k*1.1, p.y + k*0.7}, {p.x - k*1.1, p.y + k*0.7}}, plain(st.ink(dark, at.y)))
		})
	}
	for range 1 + m.IntN(3) {
		at, dir := side(between(m, -9, 9), between(m, 30, 110)), float64(1-2*m.IntN(2))
		c := []ink{{196, 60, 48}, {232, 170, 44}}[m.IntN(2)]
		st.add(at.y, func() { st.lorry(at, dir, c, false) })
	}
	d := side(20, between(m, 50, 80))
	st.add(d.y, func() { st.digger(d, 1, 0.4) })
	s.yardwork(st, 2+m.IntN(4))
}
