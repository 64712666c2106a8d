// Package mediatest draws photos for tests: whole ones with true EXIF blocks,
// and the broken, hostile and foreign files that arrive beside them.
package mediatest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"sync"
)

// Photo describes a JPEG to make. Empty fields are left out of its EXIF block;
// the zero Photo has no EXIF at all.
//
// Time is written as the camera would ("2026:03:05 08:00:00"), Offset is
// "+08:00". Lat and Lon are degrees with their hemisphere letters in NS and EW;
// GPSDay and GPSClock are UTC ("2026:03:05", {0, 0, 0}). Tag makes the bytes of
// two photos differ without drawing a new picture.
type Photo struct {
	Width, Height int // 640 × 480 where zero
	Orientation   int
	Make, Model   string
	Time, Offset  string
	Lat, Lon      float64
	NS, EW        string
	GPSDay        string
	GPSClock      [3]int
	Bearing       float64
	Tag           string
}

// JPEG is the photo's bytes; equal photos have equal bytes.
func (p Photo) JPEG() []byte {
	if p.Width == 0 {
		p.Width, p.Height = 640, 480
	}
	plain := picture(p.Width, p.Height)
	block := p.exif()
	if block == nil {
		return bytes.Clone(plain)
	}
	out := binary.BigEndian.AppendUint16([]byte{0xFF, 0xD8, 0xFF, 0xE1}, uint16(len(block)+2))
	return append(append(out, block...), plain[2:]...)
}

var drawn sync.Map // [2]int -> []byte

// picture is a scene with a horizon, a hall and an arrow that points up, so
// that turning it can be seen.
func picture(w, h int) []byte {
	if b, ok := drawn.Load([2]int{w, h}); ok {
		return b.([]byte)
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{uint8(150 + 60*y/h), uint8(180 + x*40/w), 230, 255}
			switch {
			case y > h*2/3:
				n := uint8((x*7919 + y*104729) % 40)
				c = color.RGBA{120 + n, 100 + n, 70, 255}
			case x > w/5 && x < w/2 && y > h/3:
				c = color.RGBA{200, 60, 50, 255}
			case x > w*3/5 && x < w*4/5 && y < h/2 && y > h/10+abs(x-w*7/10):
				c = color.RGBA{20, 20, 20, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		panic(err)
	}
	drawn.Store([2]int{w, h}, b.Bytes())
	return b.Bytes()
}

func abs(n int) int { return max(n, -n) }

// entry is one tag of an IFD: its type (2 ASCII, 3 short, 4 long, 5 rational)
// and its value's bytes, little-endian.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

func ascii(tag uint16, s string) entry {
	return entry{tag, 2, uint32(len(s) + 1), append([]byte(s), 0)}
}

func short(tag uint16, v int) entry {
	return entry{tag, 3, 1, binary.LittleEndian.AppendUint16(nil, uint16(v))}
}

func long(tag uint16, v int) entry {
	return entry{tag, 4, 1, binary.LittleEndian.AppendUint32(nil, uint32(v))}
}

func rationals(tag uint16, values ...float64) entry {
	e := entry{tag: tag, kind: 5, count: uint32(len(values))}
	for _, v := range values {
		e.value = binary.LittleEndian.AppendUint32(e.value, uint32(math.Round(v*10000)))
		e.value = binary.LittleEndian.AppendUint32(e.value, 10000)
	}
	return e
}

func degrees(tag uint16, v float64) entry {
	d := math.Floor(v)
	m := math.Floor((v - d) * 60)
	return rationals(tag, d, m, (v-d-m/60)*3600)
}

// exif is the block of an APP1 segment, or nil.
func (p Photo) exif() []byte {
	var main, shot, gps []entry
	add := func(to *[]entry, s string, tag uint16) {
		if s != "" {
			*to = append(*to, ascii(tag, s))
		}
	}
	add(&main, p.Make, 0x010F)
	add(&main, p.Model, 0x0110)
	if p.Orientation != 0 {
		main = append(main, short(0x0112, p.Orientation))
	}
	add(&main, p.Tag, 0x0131)
	add(&shot, p.Time, 0x9003)
	add(&shot, p.Offset, 0x9011)
	add(&gps, p.NS, 1)
	if p.Lat != 0 || p.Lon != 0 || p.NS != "" || p.EW != "" {
		gps = append(gps, degrees(2, math.Abs(p.Lat)))
	}
	add(&gps, p.EW, 3)
	if p.Lat != 0 || p.Lon != 0 || p.NS != "" || p.EW != "" {
		gps = append(gps, degrees(4, math.Abs(p.Lon)))
	}
	if p.GPSDay != "" {
		gps = append(gps, rationals(7, float64(p.GPSClock[0]), float64(p.GPSClock[1]), float64(p.GPSClock[2])))
	}
	if p.Bearing != 0 {
		gps = append(gps, ascii(0x10, "T"), rationals(0x11, p.Bearing))
	}
	add(&gps, p.GPSDay, 0x1D)
	if len(main)+len(shot)+len(gps) == 0 {
		return nil
	}
	return tiff(main, shot, gps)
}

// tiff lays out "Exif\0\0" and the three directories.
func tiff(main, shot, gps []entry) []byte {
	const head = 8
	main = append(main, long(0x8769, 0), long(0x8825, 0))
	at := head + size(main)
	main[len(main)-2] = long(0x8769, at)
	main[len(main)-1] = long(0x8825, at+size(shot))
	out := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00")
	from := head
	for _, dir := range [][]entry{main, shot, gps} {
		out = append(out, directory(dir, from)...)
		from += size(dir)
	}
	return out
}

func size(dir []entry) int {
	n := 2 + 12*len(dir) + 4
	for _, e := range dir {
		if len(e.value) > 4 {
			n += len(e.value)
		}
	}
	return n
}

func directory(dir []entry, from int) []byte {
	out := binary.LittleEndian.AppendUint16(nil, uint16(len(dir)))
	at := from + 2 + 12*len(dir) + 4
	var tail []byte
	for _, e := range dir {
		out = binary.LittleEndian.AppendUint16(out, e.tag)
		out = binary.LittleEndian.AppendUint16(out, e.kind)
		out = binary.LittleEndian.AppendUint32(out, e.count)
		if len(e.value) <= 4 {
			out = append(out, append(e.value, 0, 0, 0, 0)[:4]...)
			continue
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(at+len(tail)))
		tail = append(tail, e.value...)
	}
	return append(append(out, 0, 0, 0, 0), tail...)
}
