package media

import "encoding/binary"

// A Huffman walk over JPEG entropy data: symbols are decoded and their bits
// skipped, no coefficient is kept and no pixel made. It finds what a truncated
// or overwritten photo betrays, at a fraction of the price of decoding.

const lookBits = 9

// huffTable decodes codes of up to 16 bits: short ones by look-up, the rest by
// length as in ITU-T T.81 F.2.2.3.
type huffTable struct {
	look    [1 << lookBits]uint16 // length<<8 | symbol; 0 where longer
	maxCode [17]int32             // greatest code of each length, -1 where none
	base    [17]int32             // index of the first symbol minus its code
	symbols []byte
}

// newHuffTable reads the counts of codes by length and the symbols that follow;
// nil where they make no prefix code. n is the number of symbols.
func newHuffTable(counts, rest []byte) (t *huffTable, n int) {
	for _, c := range counts {
		n += int(c)
	}
	if n == 0 || n > 256 || n > len(rest) {
		return nil, 0
	}
	t = &huffTable{symbols: rest[:n]}
	code, at := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		c := int32(counts[length-1])
		t.maxCode[length] = -1
		if code+c > 1<<length {
			return nil, 0
		}
		t.base[length] = at - code
		if length <= lookBits {
			for i := range c {
				first := (code + i) << (lookBits - length)
				for k := range int32(1) << (lookBits - length) {
					t.look[first+k] = uint16(length)<<8 | uint16(rest[at+i])
				}
			}
		}
		if c > 0 {
			t.maxCode[length] = code + c - 1
		}
		code, at = (code+c)<<1, at+c
	}
	return t, n
}

// bitReader reads bits of a scan, dropping stuffed zeros and stopping at markers.
type bitReader struct {
	b    []byte
	at   int
	acc  uint64
	n    int // valid bits in acc, at its low end
	over int // zero bits made up behind the end
}

func (r *bitReader) fill() {
	if r.at+8 <= len(r.b) {
		v := binary.BigEndian.Uint64(r.b[r.at:])
		if (^v-0x0101010101010101)&v&0x8080808080808080 == 0 { // no byte is 0xFF
			k := (56 - r.n) / 8
			r.acc = r.acc<<(8*k) | v>>(64-8*k)
			r.n += 8 * k
			r.at += k
			return
		}
	}
	for r.n <= 48 {
		var c byte
		switch {
		case r.at >= len(r.b):
			r.over += 8
		case r.b[r.at] != 0xFF:
			c = r.b[r.at]
			r.at++
		case r.at+1 < len(r.b) && r.b[r.at+1] == 0:
			c = 0xFF
			r.at += 2
		default:
			r.over += 8
		}
		r.acc = r.acc<<8 | uint64(c)
		r.n += 8
	}
}

// short reports whether bits were used that the data does not have.
func (r *bitReader) short() bool { return r.over > r.n }

// symbol decodes one code; -1 where no code fits. Up to 16 further bits may be
// skipped before the next call.
func (r *bitReader) symbol(t *huffTable) int {
	if r.n < 32 {
		r.fill()
	}
	if e := t.look[r.acc>>(r.n-lookBits)&(1<<lookBits-1)]; e != 0 {
		r.n -= int(e >> 8)
		return int(e & 0xFF)
	}
	code := int32(r.acc >> (r.n - 16) & 0xFFFF)
	for length := lookBits + 1; length <= 16; length++ {
		if c := code >> (16 - length); c <= t.maxCode[length] {
			r.n -= length
			return int(t.symbols[c+t.base[length]])
		}
	}
	return -1
}

// scanPart is a component as one scan codes it.
type scanPart struct {
	jpegPart
	dc, ac *huffTable
}

// scanWalk is one first (not refining) pass over some coefficients.
type scanWalk struct {
	parts    []scanPart
	from, to int
	refines  bool
	eobRun   int
}

// walk goes through the scan where j stands, about budget bytes far. It returns
// how far it came and whether that was the end of the scan.
func (s *scanWalk) walk(j *jpegWalk, budget int) (used int, end bool, err error) {
	for _, p := range s.parts {
		if s.from == 0 && p.dc == nil || s.to > 0 && p.ac == nil {
			return 0, false, broken("JPEG scan without its Huffman table")
		}
	}
	units := ceilDiv(j.width, 8*j.hmax) * ceilDiv(j.height, 8*j.vmax)
	blocks := make([]int, len(s.parts))
	for i, p := range s.parts {
		blocks[i] = p.h * p.v
	}
	if len(s.parts) == 1 {
		p := s.parts[0]
		units = ceilDiv(ceilDiv(j.width*p.h, j.hmax), 8) * ceilDiv(ceilDiv(j.height*p.v, j.vmax), 8)
		blocks[0] = 1
	}
	interval := j.interval
	r := bitReader{b: j.b[j.at:]}
	for unit := range units {
		if interval > 0 && unit > 0 && unit%interval == 0 {
			if !r.restart((unit/interval - 1) % 8) {
				return 0, false, broken("JPEG lacks a restart marker after %d of %d units", unit, units)
			}
			s.eobRun = 0
		}
		for i := range s.parts {
			p := &s.parts[i]
			for range blocks[i] {
				if !s.block(&r, p) {
					return 0, false, broken("JPEG data makes no sense after %d of %d units", unit, units)
				}
			}
		}
		if r.short() {
			return 0, false, broken("JPEG data ends after %d of %d units", unit, units)
		}
		if r.at > budget {
			return r.at, false, nil
		}
	}
	return r.at, true, nil
}

// block skips the coefficients of one block.
func (s *scanWalk) block(r *bitReader, p *scanPart) bool {
	k := s.from
	if k == 0 {
		size := r.symbol(p.dc)
		if size < 0 || size > 11 {
			return false
		}
		r.n -= size
		k = 1
	}
	if s.eobRun > 0 {
		s.eobRun--
		return true
	}
	if s.to == 0 {
		return true
	}
	acc, n, look := r.acc, r.n, &p.ac.look
	for k <= s.to {
		if n < 32 {
			r.acc, r.n = acc, n
			r.fill()
			acc, n = r.acc, r.n
		}
		var sym int
		if e := look[acc>>(n-lookBits)&(1<<lookBits-1)]; e != 0 {
			n -= int(e >> 8)
			sym = int(e & 0xFF)
		} else {
			r.acc, r.n = acc, n
			if sym = r.symbol(p.ac); sym < 0 {
				return false
			}
			n = r.n
		}
		run, size := sym>>4, sym&15
		if size == 0 {
			if run == 15 {
				k += 16
				continue
			}
			if s.from > 0 && run > 0 {
				s.eobRun = 1<<run - 1 + int(acc>>(n-run)&(1<<run-1))
				n -= run
			}
			r.acc, r.n = acc, n
			return s.from > 0 || run == 0
		}
		if k += run + 1; k > 64 {
			return false
		}
		n -= size
	}
	r.acc, r.n = acc, n
	return true
}

// restart goes to the byte boundary and over the marker RSTi.
func (r *bitReader) restart(i int) bool {
	if r.short() {
		return false
	}
	b := r.b[min(r.at, len(r.b)):]
	for len(b) > 2 && b[0] == 0xFF && b[1] == 0xFF {
		b = b[1:]
	}
	if len(b) < 2 || b[0] != 0xFF || b[1] != mRST0+byte(i) {
		return false
	}
	*r = bitReader{b: r.b, at: len(r.b) - len(b) + 2}
	return true
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
