package demo

import (
	"image"
	"math"
	"slices"
)

// An ink is a colour, opaque.
type ink struct{ r, g, b float64 } // 0…255

func (c ink) mix(o ink, t float64) ink {
	return ink{c.r + (o.r-c.r)*t, c.g + (o.g-c.g)*t, c.b + (o.b-c.b)*t}
}

func (c ink) lit(k float64) ink {
	return ink{math.Min(255, c.r*k), math.Min(255, c.g*k), math.Min(255, c.b*k)}
}

// A canvas is drawn on with filled polygons, antialiased; nothing is cleverer
// than that, so a picture of some hundred shapes costs a few milliseconds.
type canvas struct {
	w, h int
	pix  []uint8 // RGBA
	xs   []float64
	part []int32 // coverage of single pixels of a row, in 1/1024
	step []int32 // changes of the whole coverage
}

func newCanvas(w, h int) *canvas {
	return &canvas{w: w, h: h, pix: make([]uint8, 4*w*h), part: make([]int32, w+2), step: make([]int32, w+2)}
}

// A paint is how a shape is filled: from one ink at height y0 to another at y1,
// with grain of so many levels, and so opaque.
type paint struct {
	top, low ink
	y0, y1   float64
	grain    int
	alpha    float64
}

func plain(c ink) paint { return paint{top: c, low: c, y1: 1, alpha: 1} }

const sub = 4 // lines within a pixel row

// fill paints the inside of a polygon (even-odd) given in pixels.
func (c *canvas) fill(poly []vec, p paint) {
	if len(poly) < 3 {
		return
	}
	top, low := math.Inf(1), math.Inf(-1)
	for _, v := range poly {
		if math.IsNaN(v.x) || math.IsNaN(v.y) {
			return
		}
		top, low = math.Min(top, v.y), math.Max(low, v.y)
	}
	first, last := max(0, int(math.Floor(top))), min(c.h-1, int(math.Floor(low)))
	for y := first; y <= last; y++ {
		from, to := c.w, -1
		for s := range sub {
			yy := float64(y) + (float64(s)+0.5)/sub
			c.xs = c.xs[:0]
			for i, a := range poly {
				b := poly[0]
				if i+1 < len(poly) {
					b = poly[i+1]
				}
				if (a.y > yy) != (b.y > yy) {
					c.xs = append(c.xs, a.x+(yy-a.y)/(b.y-a.y)*(b.x-a.x))
				}
			}
			slices.Sort(c.xs)
			for i := 0; i+1 < len(c.xs); i += 2 {
				x0, x1 := math.Max(0, c.xs[i]), math.Min(float64(c.w), c.xs[i+1])
				if x1 <= x0 {
					continue
				}
				i0, i1 := int(x0), int(x1)
				const full = 1024 / sub
				if i0 == i1 {
					c.part[i0] += int32((x1 - x0) * full)
				} else {
					c.part[i0] += int32((float64(i0+1) - x0) * full)
					c.part[i1] += int32((x1 - float64(i1)) * full)
					c.step[i0+1] += full
					c.step[i1] -= full
				}
				from, to = min(from, i0), max(to, i1)
			}
		}
		if to >= 0 {
			c.row(y, from, min(to, c.w-1), p)
			clear(c.part[from : to+1])
			clear(c.step[from : to+2])
		}
	}
}

func (c *canvas) row(y, from, to int, p paint) {
	t := 0.0
	if p.y1 != p.y0 {
		t = math.Max(0, math.Min(1, (float64(y)-p.y0)/(p.y1-p.y0)))
	}
	col := p.top.mix(p.low, t)
	r, g, b := int32(col.r), int32(col.g), int32(col.b)
	opaque := int32(p.alpha * 1024)
	whole := int32(0)
	grain := int32(p.grain)
	noise := uint32(y)*2654435761 + 12345
	for x := from; x <= to; x++ {
		whole += c.step[x]
		cover := min(whole+c.part[x], 1024) * opaque >> 10
		if cover <= 0 {
			continue
		}
		rr, gg, bb := r, g, b
		if grain > 0 {
			// The same grain for two neighbours: a coarser look, and smaller files.
			n := (uint32(x>>1)*0x9E3779B1 ^ noise)
			n ^= n >> 15
			n *= 0x2C1B3C6D
			d := int32(n>>24)*grain>>8 - grain>>1
			rr, gg, bb = rr+d, gg+d, bb+d
			rr, gg, bb = max(0, min(255, rr)), max(0, min(255, gg)), max(0, min(255, bb))
		}
		o := 4 * (y*c.w + x)
		px := c.pix[o : o+4 : o+4]
		if cover >= 1020 {
			px[0], px[1], px[2], px[3] = uint8(rr), uint8(gg), uint8(bb), 255
			continue
		}
		px[0] = uint8(int32(px[0]) + (rr-int32(px[0]))*cover>>10)
		px[1] = uint8(int32(px[1]) + (gg-int32(px[1]))*cover>>10)
		px[2] = uint8(int32(px[2]) + (bb-int32(px[2]))*cover>>10)
		px[3] = 255
	}
}

// line is a stroke of the given width in pixels.
func (c *canvas) line(a, b vec, width float64, p paint) {
	n := b.sub(a).unit().left().times(math.Max(width, 0.7) / 2)
	if width < 0.7 {
		p.alpha *= width / 0.7
	}
	c.fill([]vec{a.add(n), b.add(n), b.sub(n), a.sub(n)}, p)
}

// disc is an ellipse.
func (c *canvas) disc(at vec, rx, ry float64, p paint) {
	n := int(math.Max(10, math.Min(40, rx/2)))
	poly := make([]vec, n)
	for i := range poly {
		s, co := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		poly[i] = vec{at.x + rx*co, at.y + ry*s}
	}
	c.fill(poly, p)
}

func (c *canvas) image() *image.RGBA {
	return &image.RGBA{Pix: c.pix, Stride: 4 * c.w, Rect: image.Rect(0, 0, c.w, c.h)}
}

// turned is the canvas a quarter turn anticlockwise: how a phone that is held
// upright stores a picture which it marks with orientation 6.
func (c *canvas) turned() *canvas {
	out := &canvas{w: c.h, h: c.w, pix: make([]uint8, len(c.pix))}
	for y := range c.h {
		for x := range c.w {
			from, to := 4*(y*c.w+x), 4*((c.w-1-x)*c.h+y)
			copy(out.pix[to:to+4], c.pix[from:from+4])
		}
	}
	return out
}
