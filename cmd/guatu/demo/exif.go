package demo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"
)

// EXIF is what a phone writes into a photo, as far as the demo's phones do.
type EXIF struct {
	Make, Model, Description string
	Software                 string
	Orientation              uint16    // 1 or 6
	TakenAt                  time.Time // written as the camera's wall clock, without its zone
	Zoned                    bool      // with OffsetTimeOriginal
	Width, Height            int
	At                       *orb.Point // WGS-84 as the receiver gives it; nil: no GPS block
	AltitudeM                float64
	AccuracyM                float64
	Bearing                  float64 // degrees
	ISO                      uint16
	Exposure                 [2]uint32
}

// Bytes is the APP1 segment with its marker.
func (e EXIF) Bytes() []byte {
	const clock = "2006:01:02 15:04:05"
	at := e.TakenAt.In(Shanghai)
	camera := ifd{
		rational(0x829A, e.Exposure[0], e.Exposure[1]),
		rational(0x829D, 18, 10),
		short(0x8827, e.ISO),
		{0x9000, 7, 4, []byte("0232")},
		text(0x9003, at.Format(clock)),
		text(0x9004, at.Format(clock)),
	}
	if e.Zoned {
		camera = append(camera, text(0x9010, at.Format("-07:00")), text(0x9011, at.Format("-07:00")), text(0x9012, at.Format("-07:00")))
	}
	camera = append(camera,
		entry{0x9101, 7, 4, []byte{1, 2, 3, 0}}, // Y, Cb, Cr
		rational(0x920A, 540, 100),              // focal length, mm
		text(0x9291, fmt.Sprintf("%03d", at.Nanosecond()/1e6)),
		entry{0xA000, 7, 4, []byte("0100")},
		short(0xA001, 1), // sRGB
		long(0xA002, uint32(e.Width)), long(0xA003, uint32(e.Height)),
		short(0xA405, 26), // focal length in 35 mm film
	)
	main := ifd{
		text(0x010E, e.Description), text(0x010F, e.Make), text(0x0110, e.Model),
		short(0x0112, e.Orientation),
		rational(0x011A, 72, 1), rational(0x011B, 72, 1), short(0x0128, 2),
		text(0x0131, e.Software), text(0x0132, at.Format(clock)),
		short(0x0213, 1), // centred
		long(0x8769, 0),
	}
	var gps ifd
	if e.At != nil {
		main = append(main, long(0x8825, 0))
		gps = e.gps()
	}
	return app1(main, camera, gps)
}

func (e EXIF) gps() ifd {
	utc := e.TakenAt.UTC()
	ref := func(v float64, plus, minus string) string {
		if v < 0 {
			return minus
		}
		return plus
	}
	return ifd{
		{0x0000, 1, 4, []byte{2, 3, 0, 0}},
		text(0x0001, ref(e.At[1], "N", "S")), degrees(0x0002, e.At[1]),
		text(0x0003, ref(e.At[0], "E", "W")), degrees(0x0004, e.At[0]),
		{0x0005, 1, 1, []byte{0}}, rational(0x0006, uint32(math.Round(math.Abs(e.AltitudeM)*10)), 10),
		rational3(0x0007, [3]uint32{uint32(utc.Hour()), uint32(utc.Minute()), uint32(utc.Second())}, 1),
		text(0x0010, "T"), rational(0x0011, uint32(math.Round(e.Bearing*10)), 10),
		text(0x0012, "WGS-84"),
		text(0x001D, utc.Format("2006:01:02")),
		rational(0x001F, uint32(math.Round(e.AccuracyM*10)), 10),
	}
}

// An ifd is a directory of the TIFF structure that EXIF is made of, tags ascending.
type ifd []entry

type entry struct {
	tag   uint16
	kind  uint16 // 1 byte, 2 text, 3 short, 4 long, 5 rational, 7 undefined
	count uint32
	value []byte
}

var le = binary.LittleEndian

func text(tag uint16, s string) entry {
	b := append([]byte(s), 0)
	return entry{tag, 2, uint32(len(b)), b}
}

func short(tag, v uint16) entry { return entry{tag, 3, 1, le.AppendUint16(nil, v)} }

func long(tag uint16, v uint32) entry { return entry{tag, 4, 1, le.AppendUint32(nil, v)} }

func rational(tag uint16, n, d uint32) entry {
	return entry{tag, 5, 1, le.AppendUint32(le.AppendUint32(nil, n), d)}
}

func rational3(tag uint16, n [3]uint32, d uint32) entry {
	var b []byte
	for _, v := range n {
		b = le.AppendUint32(le.AppendUint32(b, v), d)
	}
	return entry{tag, 5, 3, b}
}

// degrees are whole degrees, whole minutes and seconds to 1e-4 (3 mm).
func degrees(tag uint16, v float64) entry {
	ticks := uint64(math.Round(math.Abs(v) * 3600 * 1e4))
	e := rational3(tag, [3]uint32{uint32(ticks / 36_000_000), uint32(ticks / 600_000 % 60), uint32(ticks % 600_000)}, 1)
	le.PutUint32(e.value[20:], 1e4)
	return e
}

// size is what the directory takes with the values that do not fit into it.
func (d ifd) size() int {
	n := 2 + 12*len(d) + 4
	for _, e := range d {
		if len(e.value) > 4 {
			n += (len(e.value) + 1) &^ 1
		}
	}
	return n
}

// append writes the directory as it stands at offset in the TIFF block.
func (d ifd) append(b []byte, offset int) []byte {
	b = le.AppendUint16(b, uint16(len(d)))
	free := offset + 2 + 12*len(d) + 4
	var behind []byte
	for _, e := range d {
		b = le.AppendUint16(le.AppendUint16(b, e.tag), e.kind)
		b = le.AppendUint32(b, e.count)
		if len(e.value) <= 4 {
			b = append(b, e.value...)
			b = append(b, make([]byte, 4-len(e.value))...)
			continue
		}
		b = le.AppendUint32(b, uint32(free+len(behind)))
		behind = append(behind, e.value...)
		if len(behind)%2 == 1 {
			behind = append(behind, 0)
		}
	}
	return append(le.AppendUint32(b, 0), behind...)
}

func app1(main, camera, gps ifd) []byte {
	at := 8 + main.size()
	for i, e := range main {
		switch e.tag {
		case 0x8769:
			main[i] = long(e.tag, uint32(at))
		case 0x8825:
			main[i] = long(e.tag, uint32(at+camera.size()))
		}
	}
	tiff := append([]byte("II*\x00"), 8, 0, 0, 0)
	tiff = main.append(tiff, 8)
	tiff = camera.append(tiff, at)
	if gps != nil {
		tiff = gps.append(tiff, at+camera.size())
	}
	out := []byte{0xFF, 0xE1, 0, 0}
	out = append(out, "Exif\x00\x00"...)
	out = append(out, tiff...)
	binary.BigEndian.PutUint16(out[2:], uint16(len(out)-2))
	return out
}

// errNotJPEG is a mistake in the program: what is tagged is what was just encoded.
var errNotJPEG = errors.New("no JPEG to put EXIF into")

// intoJPEG puts the segment first in a JPEG, where EXIF says it belongs.
func (e EXIF) intoJPEG(picture []byte) ([]byte, error) {
	if !bytes.HasPrefix(picture, []byte{0xFF, 0xD8}) {
		return nil, errNotJPEG
	}
	out := append([]byte{0xFF, 0xD8}, e.Bytes()...)
	return append(out, picture[2:]...), nil
}
