package demo

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

type sceneKind int

const (
	fields  sceneKind = iota // nothing has begun: stakes in the field
	earth                    // digging, piling, footings
	frames                   // concrete storeys rise
	halls                    // steel halls rise
	fitting                  // the shell stands; grounds are laid out
	running                  // it works
	roadway                  // a road is built
)

// A scene is what stands at a site and how far it is; its photos show it from a
// few places, a little further each day.
type scene struct {
	kind   sceneKind
	seed   uint64
	done   float64 // 0…1 at City.Now
	rate   float64 // share a day
	floors float64
	net    ink
	fence  ink
	crane  ink
	wall   ink
	band   ink
	city   bool // houses on the horizon rather than trees
}

func newScene(r *rand.Rand, stage, industry string, buildings int, road bool) scene {
	s := scene{seed: r.Uint64(), done: between(r, 0.35, 0.95), rate: between(r, 0.006, 0.022), floors: float64(5 + r.IntN(9)), city: r.IntN(3) == 0}
	s.net = pick(r, []ink{netGreen, netGreen, {46, 96, 120}, {60, 128, 84}})
	s.fence = pick(r, []ink{{62, 116, 178}, {62, 116, 178}, {72, 136, 92}, {205, 208, 210}})
	s.crane = pick(r, []ink{yellow, {206, 74, 44}, {226, 226, 222}, {232, 150, 36}})
	s.wall = pick(r, []ink{{226, 228, 228}, {214, 220, 226}, {232, 226, 212}, {200, 210, 216}})
	s.band = pick(r, []ink{{58, 104, 160}, {46, 122, 110}, {160, 62, 52}, {92, 104, 116}})
	high := industry == welfare || industry == municipal || industry == trade || industry == health && buildings%2 == 0
	switch stage {
	case "started":
		s.kind = earth
	case "building":
		s.kind = halls
		if high || r.IntN(3) == 0 {
			s.kind = frames
		}
	case "accepting":
		s.kind = fitting
	case "producing", "reached":
		s.kind, s.rate = running, 0
	default:
		s.kind, s.rate = fields, 0
	}
	if road && s.kind != fields {
		s.kind = roadway
	}
	return s
}

// Sky is the weather of a day, the same for the whole city.
type sky int

const (
	fine sky = iota
	cloudy
	hazy
	rain
)

// lightOf is the light at an hour of the day (9.5 is half past nine) under a sky.
func lightOf(hour float64, s sky, r *rand.Rand) light {
	l := light{tint: ink{255, 252, 246}, haze: ink{214, 222, 230}, reach: 900, sideLit: 1.04, frontLit: 0.86, leftLit: 0.66,
		skyTop: ink{104, 156, 214}, skyLow: ink{206, 224, 238}, clouds: 3 + r.IntN(3), sun: vec{0.8, -1}}
	low := math.Max(0, math.Abs(hour-12.2)-3.2) / 3 // 0 at noon, 1 near sunrise and sunset
	low = math.Min(1, low)
	warm := ink{255, 222, 178}
	l.tint = l.tint.mix(warm, low*0.8)
	l.skyLow = l.skyLow.mix(ink{250, 208, 160}, low*0.9)
	l.haze = l.haze.mix(ink{240, 208, 172}, low*0.8)
	l.skyTop = l.skyTop.mix(ink{118, 140, 184}, low*0.7)
	if hour > 13 { // the light comes from the other side in the afternoon
		l.sideLit, l.leftLit = l.leftLit, l.sideLit
		l.sun.x = 0.2
	}
	if low > 0.35 {
		l.sun.y = 0.36 - low*0.05
	}
	switch s {
	case cloudy:
		l.skyTop, l.skyLow = ink{150, 168, 188}, ink{214, 220, 226}
		l.sideLit, l.frontLit, l.leftLit = 0.94, 0.88, 0.80
		l.clouds, l.sun.y, l.reach = 7, -1, 700
	case hazy:
		l.skyTop, l.skyLow, l.haze = ink{186, 192, 194}, ink{222, 220, 212}, ink{218, 216, 208}
		l.sideLit, l.frontLit, l.leftLit = 0.95, 0.88, 0.80
		l.clouds, l.sun.y, l.reach = 0, -1, 190
	case rain:
		l.skyTop, l.skyLow, l.haze = ink{128, 138, 148}, ink{186, 192, 196}, ink{184, 190, 194}
		l.tint = ink{214, 220, 228}
		l.sideLit, l.frontLit, l.leftLit = 0.90, 0.86, 0.80
		l.clouds, l.sun.y, l.reach, l.wet = 5, -1, 300, true
	}
	return l
}

// look draws the scene on a canvas: done is its state that day, from which of
// its places it is seen, and at what hour under which sky.
func (s scene) look(w, h int, done float64, from int, hour float64, weather sky, moment *rand.Rand) *canvas {
	fixed := stream(s.seed, "scene")
	v := &view{canvas: newCanvas(w, h), light: lightOf(hour, weather, moment)}
	v.eye = [...]float64{between(fixed, 6, 10), 1.75, between(fixed, 11, 17)}[from%3]
	v.focal = float64(max(w, h)) * [...]float64{0.78, 0.70, 0.92}[from%3]
	v.horizon = float64(h) * [...]float64{0.44, 0.62, 0.38}[from%3]
	if h > w { // held upright there is more sky
		v.horizon += float64(h) * 0.08
	}
	mirror := 1.0
	if from%2 == 1 {
		mirror = -1
	}
	v.sky(moment)
	v.plain(s)
	v.skyline(fixed, s.city)
	st := &stage{view: v, mirror: mirror, fixed: fixed, moment: moment}
	switch s.kind {
	case earth:
		s.earthworks(st, done)
	case frames:
		s.frameSite(st, done)
	case halls:
		s.hallSite(st, done)
	case fitting:
		s.fittingSite(st, done)
	case running:
		s.runningSite(st)
	case roadway:
		s.roadSite(st, done)
	default:
		s.fieldSite(st)
	}
	st.play()
	if v.light.wet {
		v.rainfall(moment)
	}
	return v.canvas
}

// A stage collects what stands in a scene and draws it from the back to the front.
type stage struct {
	*view
	mirror        float64
	fixed, moment *rand.Rand
	acts          []act
}

type act struct {
	away float64
	draw func()
}

func (s *stage) at(x, y float64) vec { return vec{x * s.mirror, y} }

func (s *stage) add(away float64, draw func()) { s.acts = append(s.acts, act{away, draw}) }

func (s *stage) play() {
	slices.SortStableFunc(s.acts, func(a, b act) int { return cmp.Compare(b.away, a.away) })
	for _, a := range s.acts {
		a.draw()
	}
}

func (v *view) sky(r *rand.Rand) {
	w := float64(v.w)
	v.fill([]vec{{0, 0}, {w, 0}, {w, v.horizon + 2}, {0, v.horizon + 2}}, paint{top: v.light.skyTop, low: v.light.skyLow, y1: v.horizon, alpha: 1})
	if v.light.sun.y > 0 {
		at := vec{v.light.sun.x * w, v.light.sun.y * v.horizon * 2}
		for k := 5; k >= 0; k-- {
			v.disc(at, w*0.016*(1+float64(k)*1.3), w*0.016*(1+float64(k)*1.3), paint{top: ink{255, 236, 196}, low: ink{255, 236, 196}, alpha: 0.10 + 0.8/math.Pow(3.2, float64(k))})
		}
	}
	for range v.light.clouds {
		at := vec{r.Float64() * w, v.horizon * between(r, 0.10, 0.72)}
		wide := w * between(r, 0.06, 0.16)
		c := v.light.skyLow.mix(ink{255, 255, 255}, 0.45)
		for range 6 {
			o := vec{at.x + wide*between(r, -1, 1), at.y + wide*between(r, -0.08, 0.08)}
			k := wide * between(r, 0.25, 0.6)
			v.disc(o, k, k*0.26, paint{top: c, low: c, alpha: 0.16})
		}
	}
}

// plain is the ground as far as one sees, before anything is done to it.
func (v *view) plain(s scene) {
	w, h := float64(v.w), float64(v.h)
	base := soil
	switch s.kind {
	case fields:
		base = grass
	case running, fitting:
		base = ink{150, 152, 128}
	}
	if v.light.wet {
		base = base.mix(wetSoil, 0.45)
	}
	v.fill([]vec{{0, v.horizon}, {w, v.horizon}, {w, h}, {0, h}},
		paint{top: v.ink(base, 420), low: v.ink(base.lit(0.93), 6), y0: v.horizon, y1: v.horizon + (h-v.horizon)*0.5, grain: 22, alpha: 1})
}

// skyline closes the view: trees, or the houses of a town.
func (v *view) skyline(r *rand.Rand, town bool) {
	for x := -520.0; x < 520; {
		if town {
			wide := between(r, 18, 46)
			b := prism{vec{x, between(r, 360, 520)}, 0, wide, 14, 0, between(r, 18, 78)}
			v.box(b, ink{176, 178, 180}.mix(ink{196, 170, 150}, r.Float64()), 0)
			for z := 4.0; z < b.z1-3; z += 5 {
				a := b.wall(0, 0.08, 0.92, z, z+1.6)
				v.face(a, ink{120, 132, 144}, 0, 0.7)
			}
			x += wide + between(r, 2, 22)
			continue
		}
		wide, high := between(r, 14, 40), between(r, 8, 17)
		at := v.place(p3{x, between(r, 300, 420), high * 0.42})
		k := v.focal / 360
		v.disc(at, wide*k*0.7, high*k*0.66, plain(v.ink(ink{84, 108, 70}, 330)))
		x += wide * 0.6
	}
	if r.IntN(2) == 0 { // a power line
		for i := range 4 {
			x := -300 + float64(i)*190
			foot, head := p3{x, 260, 0}, p3{x, 260, 34}
			v.beam(foot, head, 0.8, ink{128, 134, 140})
			for _, z := range []float64{22, 27, 32} {
				v.beam(p3{x - 6, 260, z}, p3{x + 6, 260, z}, 0.5, ink{128, 134, 140})
				v.beam(p3{x - 5, 260, z}, p3{x + 185, 260, z}, 0.16, ink{128, 134, 140})
			}
		}
	}
}

func (v *view) rainfall(r *rand.Rand) {
	for range 170 {
		a := vec{r.Float64() * float64(v.w), r.Float64() * float64(v.h)}
		v.line(a, a.add(vec{-3, between(r, 14, 30)}), 0.9, paint{top: ink{230, 236, 240}, low: ink{230, 236, 240}, alpha: 0.28})
	}
}
