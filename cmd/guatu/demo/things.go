package demo

import "math"

// Colours of a building site.
var (
	soil     = ink{178, 150, 112}
	wetSoil  = ink{128, 104, 78}
	gravel   = ink{160, 156, 148}
	asphalt  = ink{70, 72, 76}
	concrete = ink{186, 183, 175}
	dark     = ink{58, 58, 62}
	netGreen = ink{40, 112, 66}
	steelRed = ink{150, 62, 48}
	yellow   = ink{236, 180, 34}
	grass    = ink{110, 132, 74}
)

// frame is a concrete building that has reached so many floors (with a fraction:
// the columns of the next one). Lower floors are walled up later.
func (v *view) frame(b prism, floors, done float64, net ink) {
	const storey = 3.8
	whole := math.Floor(done)
	walled := math.Max(0, whole-4)
	bays := max(3, int(b.wide/8))
	for k := 0.0; k < whole; k++ {
		z := k * storey
		for _, i := range b.sides() {
			n := bays
			if i%2 == 1 {
				n = max(2, int(b.deep/8))
			}
			shade := v.shade(b, i)
			if k < walled {
				v.face(b.wall(i, 0, 1, z, z+storey), ink{196, 188, 176}.lit(shade), 10, 1)
				for w := range n {
					a := (float64(w) + 0.25) / float64(n)
					v.face(b.wall(i, a, a+0.5/float64(n), z+1, z+2.8), dark.lit(shade), 0, 1)
				}
			} else {
				v.face(b.wall(i, 0, 1, z, z+storey), ink{74, 72, 72}.lit(shade), 0, 1)
				for w := 0; w <= n; w++ {
					a := float64(w) / float64(n)
					t := 0.6 / (b.wide + 1)
					v.face(b.wall(i, math.Max(0, a-t), math.Min(1, a+t), z, z+storey), concrete.lit(shade), 0, 1)
				}
			}
			v.face(b.wall(i, 0, 1, z+storey-0.45, z+storey), concrete.lit(shade*1.05), 0, 1)
		}
	}
	top := whole * storey
	if top < v.eye {
		v.lid(b, top, concrete, 12)
	}
	// Columns of the floor that is being made, with steel sticking out.
	if up := done - whole; done < floors {
		for _, i := range b.sides() {
			n := bays
			if i%2 == 1 {
				n = max(2, int(b.deep/8))
			}
			for w := 0; w <= n; w++ {
				p := b.corner(i).to(b.corner(i+1), float64(w)/float64(n))
				if float64(w)/float64(n) <= up*1.3 {
					v.beam(p3{p.x, p.y, top}, p3{p.x, p.y, top + storey*0.8}, 0.5, concrete)
				}
				v.beam(p3{p.x, p.y, top}, p3{p.x, p.y, top + storey*1.0}, 0.12, ink{120, 84, 60})
			}
		}
	}
	// The net hangs on scaffolding around the upper floors.
	if whole >= 1 && done < floors {
		z0, z1 := math.Max(0, top-2*storey), top+1.2
		hang := b
		hang.wide, hang.deep = b.wide+2, b.deep+2
		for _, i := range hang.sides() {
			v.face(hang.wall(i, 0, 1, z0, z1), net.lit(v.shade(b, i)), 14, 0.82)
			n := max(3, int(b.wide/6))
			for w := 0; w <= n; w++ {
				a := hang.wall(i, float64(w)/float64(n), 1, z0, z1)
				v.beam(a[0], a[3], 0.12, ink{90, 100, 96})
			}
			for z := z0; z <= z1; z += 1.9 {
				a := hang.wall(i, 0, 1, z, z1)
				v.beam(a[0], a[1], 0.10, ink{90, 100, 96})
			}
		}
	}
}

// hall is a factory hall: share of its steel frames up, share of its skin on.
func (v *view) hall(b prism, height, up, skin float64, wall, band ink) {
	bays := max(5, int(b.wide/9))
	ridge := height * 1.16
	side := func(a float64, e int) vec { // along the hall, near (0) or far (1) eaves
		p, q := b.corner(0).to(b.corner(1), a), b.corner(3).to(b.corner(2), a)
		return p.to(q, float64(e))
	}
	rib := func(a float64) {
		n, f := side(a, 0), side(a, 1)
		m := n.to(f, 0.5)
		v.beam(p3{f.x, f.y, 0}, p3{f.x, f.y, height}, 0.5, steelRed.lit(0.8))
		v.beam(p3{f.x, f.y, height}, p3{m.x, m.y, ridge}, 0.5, steelRed.lit(0.9))
		v.beam(p3{m.x, m.y, ridge}, p3{n.x, n.y, height}, 0.5, steelRed)
		v.beam(p3{n.x, n.y, 0}, p3{n.x, n.y, height}, 0.55, steelRed)
	}
	if up < 1 {
		for w := 0; w <= bays; w++ { // footings of what is still to come
			p := side(float64(w)/float64(bays), 0)
			v.box(prism{p, b.turn, 1.4, 1.4, 0, 0.6}, concrete, 0)
		}
	}
	if skin < 1 {
		for w := 0; w <= bays; w++ {
			if a := float64(w) / float64(bays); a <= up {
				rib(a)
				if w > 0 {
					for _, z := range []float64{height * 0.5, height} {
						p, q := side(a, 0), side(a-1/float64(bays), 0)
						v.beam(p3{p.x, p.y, z}, p3{q.x, q.y, z}, 0.22, steelRed.lit(1.1))
					}
				}
			}
		}
	}
	if skin <= 0 {
		return
	}
	// Roof: the near slope is seen from above, the far one not.
	n0, n1 := side(0, 0), side(skin, 0)
	m0, m1 := side(0, 0).to(side(0, 1), 0.5), side(skin, 0).to(side(skin, 1), 0.5)
	v.face([]p3{{n0.x, n0.y, height}, {n1.x, n1.y, height}, {m1.x, m1.y, ridge}, {m0.x, m0.y, ridge}}, band.mix(ink{215, 220, 225}, 0.45), 0, 1)
	for _, i := range b.sides() {
		shade := v.shade(b, i)
		a, e := 0.0, 1.0
		switch i {
		case 0:
			e = skin
		case 2:
			a = 1 - skin
		case 1:
			if skin < 1 {
				continue
			}
		}
		v.face(b.wall(i, a, e, 0, height), wall.lit(shade), 6, 1)
		v.face(b.wall(i, a, e, 0, 1.1), concrete.lit(shade*0.9), 8, 1)
		v.face(b.wall(i, a, e, height*0.88, height), band.lit(shade), 0, 1)
		if i%2 == 1 { // gable
			p, q := b.corner(i), b.corner(i+1)
			m := p.to(q, 0.5)
			v.face([]p3{{p.x, p.y, height}, {q.x, q.y, height}, {m.x, m.y, ridge}}, band.lit(shade), 0, 1)
		}
		n := max(3, int(b.wide*(e-a)/9))
		for w := range n {
			p := a + (e-a)*(float64(w)+0.18)/float64(n)
			q := a + (e-a)*(float64(w)+0.82)/float64(n)
			v.face(b.wall(i, p, q, height*0.55, height*0.74), ink{92, 116, 136}.lit(shade), 0, 1)
			if w%4 == 1 {
				v.face(b.wall(i, p, q, 0, height*0.42), ink{126, 132, 138}.lit(shade), 4, 1)
			}
		}
	}
}

// block is a finished building with windows.
func (v *view) block(b prism, floors int, wall ink) {
	const storey = 3.5
	h := float64(floors)*storey + 1
	for _, i := range b.sides() {
		shade := v.shade(b, i)
		v.face(b.wall(i, 0, 1, 0, h), wall.lit(shade), 6, 1)
		n := max(3, int(b.wide/4.5))
		if i%2 == 1 {
			n = max(2, int(b.deep/4.5))
		}
		for k := range floors {
			z := float64(k) * storey
			for w := range n {
				a := (float64(w) + 0.22) / float64(n)
				v.face(b.wall(i, a, a+0.56/float64(n), z+0.9, z+2.8), ink{84, 104, 124}.lit(shade), 0, 1)
			}
		}
	}
	if h < v.eye {
		v.lid(prism{b.at, b.turn, b.wide, b.deep, 0, h}, h, concrete, 8)
	}
}

// crane is a tower crane: its jib points towards angle.
func (v *view) crane(at vec, height, angle float64, c ink) {
	lattice := func(a, b p3, side float64, n int) {
		d := side / 2
		v.beam(p3{a.x - d, a.y, a.z}, p3{b.x - d, b.y, b.z}, 0.24, c)
		v.beam(p3{a.x + d, a.y, a.z}, p3{b.x + d, b.y, b.z}, 0.24, c)
		for k := range n {
			t, u := float64(k)/float64(n), float64(k+1)/float64(n)
			s := d
			if k%2 == 1 {
				s = -d
			}
			v.beam(p3{a.x - s + (b.x-a.x)*t, a.y, a.z + (b.z-a.z)*t}, p3{a.x + s + (b.x-a.x)*u, a.y, a.z + (b.z-a.z)*u}, 0.13, c)
		}
	}
	lattice(p3{at.x, at.y, 0}, p3{at.x, at.y, height + 2}, 1.9, int(height/2.4))
	s, co := math.Sincos(angle)
	tip := p3{at.x + 46*co, at.y + 46*s, height}
	back := p3{at.x - 15*co, at.y - 15*s, height}
	head := p3{at.x, at.y, height + 7}
	root := p3{at.x, at.y, height}
	v.beam(root, tip, 0.34, c)
	v.beam(p3{root.x, root.y, root.z + 1.5}, p3{tip.x, tip.y, tip.z + 0.4}, 0.24, c)
	for k := range 22 {
		t, u := float64(k)/22, (float64(k)+0.5)/22
		v.beam(p3{root.x + (tip.x-root.x)*t, root.y + (tip.y-root.y)*t, height}, p3{root.x + (tip.x-root.x)*u, root.y + (tip.y-root.y)*u, height + 1.5 - 1.1*u}, 0.12, c)
	}
	v.beam(root, back, 0.5, c)
	v.beam(head, p3{root.x + (tip.x-root.x)*0.7, root.y + (tip.y-root.y)*0.7, height + 0.9}, 0.12, c)
	v.beam(head, back, 0.14, c)
	v.beam(root, head, 0.6, c)
	v.box(prism{vec{back.x, back.y}, angle, 3, 1.6, height - 3, height}, gravel, 0)
	v.box(prism{vec{at.x + 1.6*co, at.y + 1.6*s}, angle, 1.9, 1.7, height - 2.1, height}, ink{230, 232, 228}, 0)
	h := 0.35 + 0.4*math.Abs(math.Sin(angle*3))
	hook := p3{root.x + (tip.x-root.x)*h, root.y + (tip.y-root.y)*h, height}
	low := p3{hook.x, hook.y, height * (0.35 + 0.4*math.Abs(math.Cos(angle*5)))}
	v.beam(hook, low, 0.10, dark)
	v.box(prism{vec{low.x, low.y}, angle, 3.4, 0.6, low.z - 0.8, low.z}, steelRed, 0)
}

// digger is an excavator of about 20 t; reach lifts its boom.
func (v *view) digger(at vec, dir, reach float64) {
	for _, s := range []float64{1.3, -1.3} {
		p := at.add(vec{0, s})
		v.box(prism{p, 0, 4.4, 0.7, 0, 1.0}, dark, 6)
	}
	v.box(prism{at.add(vec{-0.5 * dir, 0}), 0, 3.8, 2.7, 1.1, 2.3}, yellow, 4)
	v.box(prism{at.add(vec{1.0 * dir, -0.7}), 0, 1.5, 1.2, 1.2, 3.1}, ink{70, 86, 98}, 0)
	root := p3{at.x + 1.3*dir, at.y, 2.0}
	elbow := p3{at.x + 4.6*dir, at.y, 4.2 + reach}
	wrist := p3{at.x + 7.2*dir, at.y, 1.9 + reach*0.6}
	v.beam(root, elbow, 0.62, yellow)
	v.beam(elbow, wrist, 0.46, yellow)
	v.face([]p3{wrist, {wrist.x + 0.8*dir, wrist.y, wrist.z - 1.3}, {wrist.x - 0.7*dir, wrist.y, wrist.z - 1.4}, {wrist.x - 0.5*dir, wrist.y, wrist.z - 0.2}}, dark, 0, 1)
}

// lorry is a tipper or a mixer.
func (v *view) lorry(at vec, dir float64, c ink, drum bool) {
	for _, x := range []float64{-2.9, -1.6, 2.4} {
		p := v.place(p3{at.x + x*dir, at.y - 1.2, 0.5})
		k := v.focal / at.y * 0.52
		v.disc(p, k, k, plain(v.ink(ink{34, 34, 36}, at.y)))
	}
	v.box(prism{at.add(vec{2.7 * dir, 0}), 0, 2, 2.4, 0.8, 3.0}, c, 0)
	v.face([]p3{{at.x + 1.9*dir, at.y - 1.22, 1.9}, {at.x + 3.5*dir, at.y - 1.22, 1.9}, {at.x + 3.4*dir, at.y - 1.22, 2.8}, {at.x + 1.9*dir, at.y - 1.22, 2.8}}, ink{60, 74, 88}, 0, 1)
	if !drum {
		v.box(prism{at.add(vec{-1.3 * dir, 0}), 0, 5.2, 2.5, 1.0, 2.7}, c.mix(dark, 0.35), 4)
		return
	}
	v.box(prism{at.add(vec{-1.3 * dir, 0}), 0, 5, 2.2, 0.8, 1.2}, dark, 0)
	p, q := v.place(p3{at.x - 1.4*dir, at.y, 2.5}), v.focal/at.y
	v.disc(p, 2.5*q, 1.25*q, paint{top: v.ink(ink{238, 238, 234}, at.y), low: v.ink(ink{170, 172, 172}, at.y), y0: p.y - q, y1: p.y + q, alpha: 1})
}

// heap is a spoil heap; covered ones wear the green net that dust rules ask for.
func (v *view) heap(at vec, wide, high float64, covered bool) {
	c := soil.mix(wetSoil, 0.35)
	if covered {
		c = ink{74, 122, 78}
	}
	top := p3{at.x - wide*0.05, at.y, high}
	left, right := p3{at.x - wide/2, at.y, 0}, p3{at.x + wide/2, at.y, 0}
	front := p3{at.x + wide*0.08, at.y - wide*0.3, 0}
	v.face([]p3{left, front, top}, c.lit(v.light.leftLit), 18, 1)
	v.face([]p3{front, right, {at.x + wide*0.18, at.y, high * 0.8}, top}, c.lit(v.light.sideLit*0.92), 18, 1)
}

// hoarding is the fence around a site, panel by panel.
func (v *view) hoarding(a, b vec, c ink) {
	n := max(3, int(b.sub(a).len()/3))
	for i := range n {
		p, q := a.to(b, float64(i)/float64(n)), a.to(b, float64(i+1)/float64(n))
		shade := 0.94 + 0.06*float64(i%2)
		v.face([]p3{{p.x, p.y, 0}, {q.x, q.y, 0}, {q.x, q.y, 0.4}, {p.x, p.y, 0.4}}, concrete.lit(0.8), 0, 1)
		v.face([]p3{{p.x, p.y, 0.4}, {q.x, q.y, 0.4}, {q.x, q.y, 2.4}, {p.x, p.y, 2.4}}, c.lit(shade), 0, 1)
		v.face([]p3{{p.x, p.y, 2.25}, {q.x, q.y, 2.25}, {q.x, q.y, 2.45}, {p.x, p.y, 2.45}}, ink{235, 238, 240}, 0, 1)
	}
}

// worker is a small figure with a helmet and a vest.
func (v *view) worker(at vec, helmet, vest ink) {
	k := v.focal / at.y
	p := func(x, z float64) vec { return v.place(p3{at.x + x, at.y, z}) }
	v.fill([]vec{p(-0.2, 0.85), p(0.2, 0.85), p(0.16, 0), p(-0.16, 0)}, plain(v.ink(ink{52, 60, 82}, at.y)))
	v.fill([]vec{p(-0.27, 1.45), p(0.27, 1.45), p(0.24, 0.8), p(-0.24, 0.8)}, plain(v.ink(vest, at.y)))
	v.disc(p(0, 1.58), 0.13*k, 0.15*k, plain(v.ink(ink{196, 156, 128}, at.y)))
	v.disc(p(0, 1.68), 0.17*k, 0.11*k, plain(v.ink(helmet, at.y)))
}

// tree is a round crown on a stem; in a row they close a view.
func (v *view) tree(at vec, high float64, c ink) {
	v.beam(p3{at.x, at.y, 0}, p3{at.x, at.y, high * 0.5}, high*0.05, ink{92, 74, 58})
	k := v.focal / at.y
	for _, o := range [][3]float64{{0, 0.68, 0.30}, {-0.16, 0.56, 0.22}, {0.17, 0.58, 0.22}, {0.05, 0.82, 0.18}} {
		p := v.place(p3{at.x + o[0]*high, at.y, o[1] * high})
		seen := v.ink(c.lit(0.85+o[1]*0.3), at.y)
		v.disc(p, o[2]*high*k, o[2]*high*k*0.9, paint{top: seen.lit(1.1), low: seen.lit(0.82), y0: p.y - k*high*0.2, y1: p.y + k*high*0.2, grain: 16, alpha: 1})
	}
}
