package media

import (
	"bytes"
	"encoding/binary"
)

// Bounds on one JPEG. A progressive file may paint the same pixels again and
// again; beyond maxEntropy bytes the closing marker has to do as proof.
const (
	maxScans   = 100
	maxEntropy = 256 << 10
)

// JPEG markers used by name.
const (
	mSOF0, mSOF1, mSOF2 = 0xC0, 0xC1, 0xC2
	mDHT, mDQT, mDRI    = 0xC4, 0xDB, 0xDD
	mSOI, mEOI, mSOS    = 0xD8, 0xD9, 0xDA
	mRST0, mTEM         = 0xD0, 0x01
)

// sniffJPEG walks the markers in order and the entropy data between them.
//
// A file without its closing marker is taken only where every block of a
// sequential picture is there: some cameras forget it, a cut transfer loses more.
func sniffJPEG(b []byte) (Picture, error) {
	j := jpegWalk{b: b, at: 2}
	for {
		m, d, err := j.segment()
		if err != nil {
			return Picture{}, err
		}
		switch {
		case m == mEOI:
			if j.scans == 0 {
				return Picture{}, broken("JPEG without a scan")
			}
			return Picture{Type: JPEG, Width: j.width, Height: j.height}, nil
		case m == mSOF0 || m == mSOF1 || m == mSOF2:
			err = j.frame(m, d)
		case m >= 0xC3 && m <= 0xCF && m != mDHT && m != 0xC8 && m != 0xCC:
			err = unsupported("JPEG process SOF%d", m-mSOF0)
		case m == mDHT:
			err = j.huffman(d)
		case m == mDQT:
			err = j.quant(d)
		case m == mDRI:
			if len(d) != 2 {
				return Picture{}, broken("JPEG restart interval")
			}
			j.interval = int(binary.BigEndian.Uint16(d))
		case m == mSOS:
			err = j.scan(d)
		}
		if err != nil {
			return Picture{}, err
		}
		if j.done {
			return Picture{Type: JPEG, Width: j.width, Height: j.height}, nil
		}
	}
}

// jpegWalk is the state that the segments of one file build up.
type jpegWalk struct {
	b    []byte
	at   int
	done bool // the picture is complete, though the closing marker is missing

	width, height int
	progressive   bool
	parts         []jpegPart
	hmax, vmax    int
	quants        [4]bool
	dc, ac        [4]*huffTable
	interval      int
	scans         int
	walked        int // entropy bytes looked at
	complete      int // components whose scan is there
}

// jpegPart is one component of the frame.
type jpegPart struct {
	id, h, v, quant int
}

// segment returns the next marker and its payload.
func (j *jpegWalk) segment() (byte, []byte, error) {
	b := j.b
	if j.at >= len(b) || b[j.at] != 0xFF {
		return 0, nil, broken("JPEG has no marker at byte %d", j.at)
	}
	for j.at < len(b) && b[j.at] == 0xFF {
		j.at++
	}
	if j.at >= len(b) {
		return 0, nil, broken("JPEG ends early")
	}
	m := b[j.at]
	j.at++
	switch {
	case m == mEOI:
		return m, nil, nil
	case m == 0, m == mSOI, m >= mRST0 && m < mRST0+8:
		return 0, nil, broken("JPEG marker %#x out of place", m)
	case m == mTEM:
		return m, nil, nil
	}
	if j.at+2 > len(b) {
		return 0, nil, broken("JPEG ends early")
	}
	n := int(binary.BigEndian.Uint16(b[j.at:]))
	if n < 2 || j.at+n > len(b) {
		return 0, nil, broken("JPEG segment %#x leaves the file", m)
	}
	d := b[j.at+2 : j.at+n]
	j.at += n
	return m, d, nil
}

func (j *jpegWalk) frame(m byte, d []byte) error {
	if j.parts != nil {
		return broken("JPEG with two frames")
	}
	if len(d) < 6 || len(d) != 6+3*int(d[5]) {
		return broken("JPEG frame header")
	}
	if d[0] != 8 {
		return unsupported("JPEG with %d bits", d[0])
	}
	j.height, j.width = int(binary.BigEndian.Uint16(d[1:])), int(binary.BigEndian.Uint16(d[3:]))
	if err := checkSize(j.width, j.height); err != nil {
		return err
	}
	if n := d[5]; n != 1 && n != 3 && n != 4 {
		return unsupported("JPEG with %d components", n)
	}
	for p := d[6:]; len(p) > 0; p = p[3:] {
		c := jpegPart{int(p[0]), int(p[1] >> 4), int(p[1] & 15), int(p[2])}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return broken("JPEG component")
		}
		for _, other := range j.parts {
			if other.id == c.id {
				return broken("JPEG component twice")
			}
		}
		j.hmax, j.vmax = max(j.hmax, c.h), max(j.vmax, c.v)
		j.parts = append(j.parts, c)
	}
	j.progressive = m == mSOF2
	return nil
}

func (j *jpegWalk) quant(d []byte) error {
	for len(d) > 0 {
		n := 65
		if d[0]>>4 == 1 {
			n = 129
		}
		if d[0]>>4 > 1 || d[0]&15 > 3 || len(d) < n {
			return broken("JPEG quantization table")
		}
		j.quants[d[0]&15] = true
		d = d[n:]
	}
	return nil
}

func (j *jpegWalk) huffman(d []byte) error {
	for len(d) > 0 {
		if len(d) < 17 || d[0]>>4 > 1 || d[0]&15 > 3 {
			return broken("JPEG Huffman table")
		}
		t, n := newHuffTable(d[1:17], d[17:])
		if t == nil {
			return broken("JPEG Huffman table")
		}
		if d[0]>>4 == 0 {
			j.dc[d[0]&15] = t
		} else {
			j.ac[d[0]&15] = t
		}
		d = d[17+n:]
	}
	return nil
}

// scan checks the header of a scan, walks its entropy data, and leaves at on
// the marker that follows.
func (j *jpegWalk) scan(d []byte) error {
	if j.parts == nil {
		return broken("JPEG scan before its frame")
	}
	if j.scans++; j.scans > maxScans {
		return broken("JPEG with more than %d scans", maxScans)
	}
	if len(d) < 1 || d[0] < 1 || d[0] > 4 || len(d) != 4+2*int(d[0]) {
		return broken("JPEG scan header")
	}
	n := int(d[0])
	s := scanWalk{from: int(d[1+2*n]), to: int(d[2+2*n]), refines: d[3+2*n]>>4 != 0}
	if !j.progressive {
		s.from, s.to, s.refines = 0, 63, false
	}
	if s.from > s.to || s.to > 63 || s.from > 0 && n > 1 || j.progressive && s.from == 0 && s.to != 0 {
		return broken("JPEG spectral selection")
	}
	for i := range n {
		id, tables := int(d[1+2*i]), d[2+2*i]
		c := j.part(id)
		if c == nil || !j.quants[c.quant] || tables>>4 > 3 || tables&15 > 3 {
			return broken("JPEG scan names what is not there")
		}
		s.parts = append(s.parts, scanPart{*c, j.dc[tables>>4], j.ac[tables&15]})
	}
	return j.entropy(&s)
}

func (j *jpegWalk) part(id int) *jpegPart {
	for i := range j.parts {
		if j.parts[i].id == id {
			return &j.parts[i]
		}
	}
	return nil
}

// entropy walks the coded data of a scan as far as that is cheap, then goes to
// the marker behind it. Where there is none, the walk has to go to the end.
func (j *jpegWalk) entropy(s *scanWalk) error {
	start, ended := j.at, false
	if budget := maxEntropy - j.walked; budget > 0 && !s.refines {
		used, end, err := s.walk(j, budget)
		if err != nil {
			return err
		}
		ended = end
		j.at += used
		j.walked += used
	}
	j.complete += len(s.parts)
	if j.toMarker() {
		if j.at == start {
			return broken("JPEG scan is empty")
		}
		return nil
	}
	if j.progressive || j.complete < len(j.parts) {
		return broken("JPEG ends early")
	}
	if !ended {
		j.at = start
		if _, _, err := s.walk(j, len(j.b)); err != nil {
			return err
		}
	}
	j.done = true
	return nil
}

// toMarker goes to the next marker that is not part of entropy data.
func (j *jpegWalk) toMarker() bool {
	for {
		i := bytes.IndexByte(j.b[j.at:], 0xFF)
		if i < 0 || j.at+i+1 >= len(j.b) {
			return false
		}
		j.at += i
		switch m := j.b[j.at+1]; {
		case m == 0xFF:
			j.at++
		case m == 0 || m >= mRST0 && m < mRST0+8:
			j.at += 2
		default:
			return true
		}
	}
}
