package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"sync"
)

// phones are invented; some write the zone of their clock, most do not.
var phones = []struct {
	make, model string
	zoned       bool
}{
	{"示例", "示例 Phone A1", true},
	{"示例", "示例 Phone A1", false},
	{"示例通讯", "示例通讯 M20 Pro", false},
	{"示例", "示例 Phone X9", true},
	{"样机", "样机 S7", false},
}

// The longer and the shorter side of a photo in pixels.
const (
	longSide  = 1200
	shortSide = 900
)

// Picture draws a shot and returns it as a JPEG with its EXIF block, about 110 KB.
// It costs some 30 ms of one core.
func (c *City) Picture(s Shot) ([]byte, error) {
	p := &c.Projects[s.Project]
	at := s.TakenAt.In(Shanghai)
	r := stream(c.Seed, fmt.Sprintf("moment %x", s.ID))
	sc := p.Sites[s.Site].scene
	done := sc.done - sc.rate*c.Now.Sub(s.TakenAt).Hours()/24
	w, h := longSide, shortSide
	if s.Upright {
		w, h = h, w
	}
	v := sc.look(w, h, math.Max(0.05, math.Min(1, done)), s.from, float64(at.Hour())+float64(at.Minute())/60, s.weather, r)
	v.caption(strings.TrimSuffix(p.Name, "（示例）"), at.Format("2006-01-02 15:04"))
	tags := EXIF{
		Make: phones[s.Phone].make, Model: phones[s.Phone].model, Software: "guatu demo",
		Description: "示例：" + p.Name, Orientation: 1, TakenAt: s.TakenAt, Zoned: s.Zoned,
		Width: longSide, Height: shortSide, At: s.EXIFAt, AltitudeM: between(r, 54, 68),
		AccuracyM: s.AccuracyM, Bearing: between(r, 0, 360), ISO: uint16(50 + 10*r.IntN(12)), Exposure: [2]uint32{1, uint32(120 + r.IntN(1800))},
	}
	if s.Upright {
		v, tags.Orientation = v.turned(), 6
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, v.image(), &jpeg.Options{Quality: 78}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return tags.intoJPEG(out.Bytes())
}

// caption writes the band that every demo photo carries.
func (c *canvas) caption(name, when string) {
	const high = 50
	y := float64(c.h - high)
	c.fill([]vec{{0, y}, {float64(c.w), y}, {float64(c.w), float64(c.h)}, {0, float64(c.h)}}, paint{low: ink{}, top: ink{}, alpha: 0.58})
	c.fill([]vec{{14, y + 10}, {82, y + 10}, {82, y + 40}, {14, y + 40}}, plain(ink{198, 60, 48}))
	c.write("示例", 20, c.h-high+8, 90)
	right := c.w - 14 - measure(when)
	c.write(when, right, c.h-high+8, c.w)
	c.write(name, 98, c.h-high+8, right-16)
}

// The glyphs of the captions, drawn once from Noto Sans SC (SIL Open Font
// License 1.1) by TestGlyphs -update: 16 levels of grey, one cell for each rune of glyphs.txt.
//
//go:embed glyphs.png
var glyphsPNG []byte

//go:embed glyphs.txt
var glyphRunes string

const (
	cellWide, cellHigh = 28, 34
	cellsInRow         = 24
)

var glyphs = sync.OnceValue(func() *image.Gray {
	img, err := png.Decode(bytes.NewReader(glyphsPNG))
	if err != nil {
		panic(err) // the picture is part of the program
	}
	return img.(*image.Gray)
})

var glyphPlace = sync.OnceValue(func() map[rune]int {
	place := map[rune]int{}
	for i, r := range []rune(glyphRunes) {
		place[r] = i
	}
	return place
})

// advance is how far a rune moves the pen in pixels.
func advance(r rune) int {
	if r < 0x2000 {
		return 15
	}
	return 27
}

func measure(s string) int {
	n := 0
	for _, r := range s {
		n += advance(r)
	}
	return n
}

// write sets s in white with its upper left corner at x, y, and cuts it off before limit.
func (c *canvas) write(s string, x, y, limit int) {
	atlas := glyphs()
	for _, r := range s {
		if x+advance(r) > limit {
			return
		}
		if i, ok := glyphPlace()[r]; ok {
			c.stamp(atlas, i%cellsInRow*cellWide, i/cellsInRow*cellHigh, x, y)
		}
		x += advance(r)
	}
}

func (c *canvas) stamp(atlas *image.Gray, ax, ay, x, y int) {
	for dy := range cellHigh {
		for dx := range cellWide {
			a := int32(atlas.Pix[(ay+dy)*atlas.Stride+ax+dx])
			if a == 0 || x+dx >= c.w || y+dy >= c.h {
				continue
			}
			px := c.pix[4*((y+dy)*c.w+x+dx):]
			for k := range 3 {
				px[k] = uint8(int32(px[k]) + (255-int32(px[k]))*a/255)
			}
		}
	}
}
