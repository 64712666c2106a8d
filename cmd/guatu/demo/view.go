package demo

import (
	"math"
	"slices"
)

// A p3 is a place in front of the camera: metres to the right, away, and up.
type p3 struct{ x, y, z float64 }

// A view is a camera on a canvas, with the light of the hour.
type view struct {
	*canvas
	eye     float64 // metres above the ground
	focal   float64 // pixels
	horizon float64 // pixels from the top
	light   light
}

// A light is what the hour and the weather do to colours.
type light struct {
	tint     ink     // 255 is neutral
	haze     ink     // what distance fades into
	reach    float64 // metres after which two thirds have faded
	sideLit  float64 // of faces that look to the right
	frontLit float64
	leftLit  float64
	skyTop   ink
	skyLow   ink
	clouds   int
	wet      bool
	sun      vec // pixels as a share of the picture; y < 0: not in it
}

const near = 1.2 // metres; what is closer is cut away

// place is where a point lands on the canvas, in pixels.
func (v *view) place(p p3) vec {
	k := v.focal / math.Max(p.y, near)
	return vec{float64(v.w)/2 + p.x*k, v.horizon - (p.z-v.eye)*k}
}

// ink is a colour as seen at a distance in this light.
func (v *view) ink(c ink, away float64) ink {
	c = ink{c.r * v.light.tint.r / 255, c.g * v.light.tint.g / 255, c.b * v.light.tint.b / 255}
	return c.mix(v.light.haze, 1-math.Exp(-away/v.light.reach))
}

// face paints a flat piece of the world.
func (v *view) face(ps []p3, c ink, grain int, alpha float64) {
	away := 0.0
	for _, p := range ps {
		away += math.Max(p.y, 0) / float64(len(ps))
	}
	if ps = clipNear(ps); len(ps) < 3 {
		return
	}
	poly := make([]vec, len(ps))
	for i, p := range ps {
		poly[i] = v.place(p)
	}
	seen := v.ink(c, away)
	v.fill(poly, paint{top: seen, low: seen, y1: 1, grain: grain, alpha: alpha})
}

// clipNear cuts away what lies behind the camera.
func clipNear(ps []p3) []p3 {
	if !slices.ContainsFunc(ps, func(p p3) bool { return p.y < near }) {
		return ps
	}
	var out []p3
	for i, a := range ps {
		b := ps[(i+1)%len(ps)]
		if a.y >= near {
			out = append(out, a)
		}
		if (a.y >= near) != (b.y >= near) {
			t := (near - a.y) / (b.y - a.y)
			out = append(out, p3{a.x + (b.x-a.x)*t, near, a.z + (b.z-a.z)*t})
		}
	}
	return out
}

// beam is a straight member, so thick in metres.
func (v *view) beam(a, b p3, thick float64, c ink) {
	if a.y < near || b.y < near {
		return
	}
	away := (a.y + b.y) / 2
	v.line(v.place(a), v.place(b), thick*v.focal/away, plain(v.ink(c, away)))
}

// A block is an upright prism over a rectangle that may be turned.
type prism struct {
	at     vec // its middle on the ground: right, away
	turn   float64
	wide   float64 // along its own x
	deep   float64
	z0, z1 float64
}

func (b prism) corner(i int) vec {
	s := [4]vec{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}[i&3]
	return vec{s.x * b.wide / 2, s.y * b.deep / 2}.turn(b.turn).add(b.at)
}

// sides are the faces that the camera at the origin sees, farther ones first.
func (b prism) sides() []int {
	var out []int
	for i := range 4 {
		p, q := b.corner(i), b.corner(i+1)
		if out0 := q.sub(p).left().times(-1); out0.dot(p) < 0 {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(i, j int) int {
		return int(1000 * (b.corner(j).to(b.corner(j+1), 0.5).len() - b.corner(i).to(b.corner(i+1), 0.5).len()))
	})
	return out
}

// wall is a rectangle on side i of the prism: from share a to b along it, from z0 to z1.
func (b prism) wall(i int, a, e, z0, z1 float64) []p3 {
	p, q := b.corner(i), b.corner(i+1)
	l, r := p.to(q, a), p.to(q, e)
	return []p3{{l.x, l.y, z0}, {r.x, r.y, z0}, {r.x, r.y, z1}, {l.x, l.y, z1}}
}

// shade is how bright side i is.
func (v *view) shade(b prism, i int) float64 {
	n := b.corner(i + 1).sub(b.corner(i)).left().times(-1).unit()
	if n.x > 0 {
		return v.light.frontLit + (v.light.sideLit-v.light.frontLit)*n.x
	}
	return v.light.frontLit + (v.light.leftLit-v.light.frontLit)*-n.x
}

// box paints a prism in one colour.
func (v *view) box(b prism, c ink, grain int) {
	if b.z1 < v.eye {
		v.lid(b, b.z1, c.lit(1.12), grain)
	}
	for _, i := range b.sides() {
		v.face(b.wall(i, 0, 1, b.z0, b.z1), c.lit(v.shade(b, i)), grain, 1)
	}
}

func (v *view) lid(b prism, z float64, c ink, grain int) {
	var ps []p3
	for i := range 4 {
		q := b.corner(i)
		ps = append(ps, p3{q.x, q.y, z})
	}
	v.face(ps, c, grain, 1)
}

// ground paints a polygon that lies on the ground.
func (v *view) ground(poly []vec, c ink, grain int, alpha float64) {
	ps := make([]p3, len(poly))
	for i, q := range poly {
		ps[i] = p3{q.x, q.y, 0}
	}
	v.face(ps, c, grain, alpha)
}
