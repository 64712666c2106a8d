package media

import (
	"encoding/binary"
	"slices"
)

// maxItems bounds the parts of one HEIF file; a 50 MP phone picture has about
// 200 tiles.
const maxItems = 4096

// sniffHEIF walks the boxes of an ISO base media file: brand, primary item, its
// size, and that every item's bytes are in the file. Width and height are those
// before rotation by the container.
func sniffHEIF(b []byte) (Picture, error) {
	var meta []byte
	for p, first := b, true; len(p) > 0; first = false {
		kind, d, rest, ok := box(p)
		if !ok {
			if meta == nil || first {
				return Picture{}, broken("HEIF box leaves the file")
			}
			return Picture{}, broken("HEIF ends early")
		}
		switch kind {
		case "ftyp":
			if err := checkBrands(d); err != nil {
				return Picture{}, err
			}
		case "meta":
			if meta != nil || len(d) < 4 {
				return Picture{}, broken("HEIF meta box")
			}
			meta = d[4:]
		case "moov":
			if meta == nil {
				return Picture{}, ErrManyFrames
			}
		}
		p = rest
	}
	if meta == nil {
		return Picture{}, broken("HEIF without a meta box")
	}
	h := heif{file: b, types: map[uint32]string{}}
	for p := meta; len(p) > 0; {
		kind, d, rest, ok := box(p)
		if !ok {
			return Picture{}, broken("HEIF meta box is cut")
		}
		if err := h.inner(kind, &cursor{b: d}); err != nil {
			return Picture{}, err
		}
		p = rest
	}
	return h.picture()
}

// box splits off one ISO box.
func box(p []byte) (kind string, data, rest []byte, ok bool) {
	if len(p) < 8 {
		return "", nil, nil, false
	}
	n, head := uint64(binary.BigEndian.Uint32(p)), uint64(8)
	switch n {
	case 0:
		n = uint64(len(p))
	case 1:
		if len(p) < 16 {
			return "", nil, nil, false
		}
		n, head = binary.BigEndian.Uint64(p[8:]), 16
	}
	if n < head || n > uint64(len(p)) {
		return "", nil, nil, false
	}
	return string(p[4:8]), p[head:n], p[n:], true
}

// checkBrands refuses what is a film, a sequence or AV1.
func checkBrands(d []byte) error {
	if len(d) < 8 {
		return broken("HEIF file type box")
	}
	major, heif := string(d[:4]), false
	for p := d; len(p) >= 4; p = p[4:] {
		heif = heif || slices.Contains([]string{"heic", "heix", "heim", "heis", "mif1", "mif2"}, string(p[:4]))
	}
	switch {
	case major == "avif" || major == "avis":
		return unsupported("AVIF")
	case slices.Contains([]string{"hevc", "hevx", "hevm", "hevs", "msf1"}, major):
		return ErrManyFrames
	case !heif:
		return unsupported("ISO media file %q", printable(major, 4))
	}
	return nil
}

// heif is what the meta box says of its items.
type heif struct {
	file    []byte
	primary uint32
	types   map[uint32]string
	sizes   [][2]int // ipco: (width, height) of each property, 0 where it is no size
	own     []int    // 1-based properties of the primary item
	located bool
}

func (h *heif) inner(kind string, c *cursor) error {
	switch kind {
	case "pitm":
		h.primary = c.id(c.version() > 0)
	case "iinf":
		n := c.id(c.version() > 0)
		if n > maxItems {
			return broken("HEIF with %d items", n)
		}
		for p := c.b; len(p) > 0; {
			kind, d, rest, ok := box(p)
			if !ok {
				return broken("HEIF item list is cut")
			}
			if kind == "infe" && len(h.types) < maxItems {
				e := cursor{b: d}
				if v := e.version(); v >= 2 {
					id := e.id(v > 2)
					e.take(2)
					h.types[id] = string(e.take(4))
				}
			}
			p = rest
		}
	case "iloc":
		return h.locations(c)
	case "iprp":
		return h.properties(c.b)
	}
	if c.short {
		return broken("HEIF box %q is cut", kind)
	}
	return nil
}

// locations checks that every extent lies within the file.
func (h *heif) locations(c *cursor) error {
	v := c.version()
	sizes := c.uint(2)
	off, length, base, index := int(sizes>>12&15), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if v == 0 {
		index = 0
	}
	n := c.id(v > 1)
	if n > maxItems {
		return broken("HEIF with %d items", n)
	}
	for range n {
		c.id(v > 1)
		method := uint64(0)
		if v > 0 {
			method = c.uint(2) & 15
		}
		c.take(2)
		from := c.uint(base)
		for range c.uint(2) {
			c.uint(index)
			at, size := c.uint(off), c.uint(length)
			if c.short {
				return broken("HEIF locations are cut")
			}
			end := from + at + size
			if method == 0 && (end > uint64(len(h.file)) || end < size) {
				return broken("HEIF item lies behind the end of the file")
			}
		}
	}
	if c.short {
		return broken("HEIF locations are cut")
	}
	h.located = true
	return nil
}

// properties reads the sizes (ispe) and which of them the primary item has.
func (h *heif) properties(p []byte) error {
	for len(p) > 0 {
		kind, d, rest, ok := box(p)
		if !ok {
			return broken("HEIF properties are cut")
		}
		p = rest
		switch kind {
		case "ipco":
			for q := d; len(q) > 0; {
				kind, d, rest, ok := box(q)
				if !ok || len(h.sizes) > maxItems {
					return broken("HEIF properties are cut")
				}
				size := [2]int{}
				if kind == "ispe" {
					c := cursor{b: d}
					c.take(4)
					size = [2]int{int(c.uint(4)), int(c.uint(4))}
					if err := checkSize(size[0], size[1]); err != nil {
						return err
					}
				}
				h.sizes = append(h.sizes, size)
				q = rest
			}
		case "ipma":
			h.associations(&cursor{b: d})
		}
	}
	return nil
}

func (h *heif) associations(c *cursor) {
	head := c.uint(4)
	wide, long := head>>24 > 0, head&1 != 0
	for n := c.uint(4); n > 0 && !c.short; n-- {
		id := c.id(wide)
		for range c.uint(1) {
			property := int(c.uint(1))
			if long {
				property = property<<8 | int(c.uint(1))
				property &= 0x7FFF
			} else {
				property &= 0x7F
			}
			if id == h.primary && h.primary != 0 {
				h.own = append(h.own, property)
			}
		}
	}
}

// picture draws the conclusion. The order of boxes is free, but pitm comes
// before iprp in every file that is seen; where it does not, the largest size
// counts.
func (h *heif) picture() (Picture, error) {
	switch kind := h.types[h.primary]; kind {
	case "hvc1", "grid", "iden", "iovl", "jpeg":
	case "av01":
		return Picture{}, unsupported("AVIF")
	case "":
		return Picture{}, broken("HEIF without a primary item")
	default:
		return Picture{}, unsupported("HEIF item %q", printable(kind, 4))
	}
	if !h.located {
		return Picture{}, broken("HEIF without locations")
	}
	var size [2]int
	for _, i := range h.own {
		if i >= 1 && i <= len(h.sizes) && h.sizes[i-1][0] > 0 {
			size = h.sizes[i-1]
		}
	}
	if size[0] == 0 {
		for _, s := range h.sizes {
			if s[0]*s[1] > size[0]*size[1] {
				size = s
			}
		}
	}
	if size[0] == 0 {
		return Picture{}, broken("HEIF without a size")
	}
	return Picture{Type: HEIC, Width: size[0], Height: size[1], Unproven: true}, nil
}

// cursor reads big-endian fields; past the end it yields zeros and says short.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.short, c.b = true, nil
		return make([]byte, n)
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) uint(n int) (v uint64) {
	for _, x := range c.take(n) {
		v = v<<8 | uint64(x)
	}
	return v
}

// version reads the head of a full box.
func (c *cursor) version() int { return int(c.uint(4) >> 24) }

// id reads an item id or count of 16 or 32 bits.
func (c *cursor) id(wide bool) uint32 {
	if wide {
		return uint32(c.uint(4))
	}
	return uint32(c.uint(2))
}
