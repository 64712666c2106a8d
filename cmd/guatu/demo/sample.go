package demo

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/jpeg"
	"time"

	"github.com/paulmach/orb"
)

// Samples are photos of exactly one size that differ from each other in a
// number only: what a benchmark sends. They decode and carry EXIF as phones' do.
type Samples struct {
	photo []byte
	at    int // of the number, eight bytes
}

// NewSamples draws a photo of about size bytes and fills it up with a comment.
// size is at least 120,000.
func NewSamples(size int, at orb.Point, taken time.Time) (*Samples, error) {
	r := stream(1, "sample")
	sc := newScene(r, "building", welfare, 4, false)
	sc.kind = frames
	v := sc.look(1600, 1200, 0.6, 0, 10, fine, r)
	v.caption("性能测试", taken.In(Shanghai).Format("2006-01-02 15:04"))
	tags := EXIF{
		Make: "示例", Model: "示例 Phone A1", Software: "guatu bench", Description: "示例：性能测试", Orientation: 1, TakenAt: taken,
		Width: 1600, Height: 1200, At: &at, AltitudeM: 60, AccuracyM: 8, ISO: 100, Exposure: [2]uint32{1, 500},
	}
	const comment = 2 + 2 + 8 // marker, length, number
	var best []byte
	for low, high := 30, 96; low < high; { // the finest quality that fits
		quality := (low + high) / 2
		var out bytes.Buffer
		if err := jpeg.Encode(&out, v.image(), &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("encode sample: %w", err)
		}
		tagged, err := tags.intoJPEG(out.Bytes())
		if err != nil {
			return nil, err
		}
		if len(tagged)+comment > size {
			high = quality
			continue
		}
		best, low = tagged, quality+1
	}
	pad := size - len(best) - comment
	if best == nil || pad > 0xFFFF-10 {
		return nil, fmt.Errorf("no sample of %d bytes can be drawn", size)
	}
	com := binary.BigEndian.AppendUint16([]byte{0xFF, 0xFE}, uint16(10+pad))
	com = append(com, make([]byte, 8+pad)...)
	// The comment stands behind SOI and EXIF.
	app1 := 4 + int(binary.BigEndian.Uint16(best[4:6]))
	s := &Samples{photo: append(append(append([]byte{}, best[:app1]...), com...), best[app1:]...), at: app1 + 4}
	return s, nil
}

// Photo is the n-th sample, a copy.
func (s *Samples) Photo(n uint64) []byte {
	out := bytes.Clone(s.photo)
	binary.BigEndian.PutUint64(out[s.at:], n)
	return out
}
