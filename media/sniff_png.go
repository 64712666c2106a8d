package media

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// maxInflate bounds the work on one PNG: beyond it the checksums that every
// chunk carries have to do.
const maxInflate = 64 << 20

// sniffPNG checks every chunk's CRC, the legality of the header, and that the
// image data inflates to the number of bytes that the header promises.
func sniffPNG(b []byte) (Picture, error) {
	var (
		head   pngHeader
		idat   []byte // from the first data chunk on
		closed bool
		colors bool
	)
	for p, chunks := b[len(pngSignature):], 0; ; chunks++ {
		if len(p) < 12 {
			return Picture{}, broken("PNG ends without IEND")
		}
		n := binary.BigEndian.Uint32(p)
		if n > 1<<31-1 || int64(n)+12 > int64(len(p)) {
			return Picture{}, broken("PNG chunk leaves the file")
		}
		kind, data := string(p[4:8]), p[8:8+n]
		sum, here := binary.BigEndian.Uint32(p[8+n:]), p
		p = p[12+n:]
		if crc32.ChecksumIEEE(here[4:8+n]) != sum {
			return Picture{}, broken("PNG chunk %q has a wrong checksum", kind)
		}
		if (chunks == 0) != (kind == "IHDR") {
			return Picture{}, broken("PNG header is not the first chunk")
		}
		switch kind {
		case "IHDR":
			var err error
			if head, err = readPNGHeader(data); err != nil {
				return Picture{}, err
			}
			if err := checkSize(head.width, head.height); err != nil {
				return Picture{}, err
			}
		case "acTL":
			if len(data) == 8 && binary.BigEndian.Uint32(data) > 1 {
				return Picture{}, ErrManyFrames
			}
		case "PLTE":
			if n == 0 || n > 768 || n%3 != 0 || colors || idat != nil {
				return Picture{}, broken("PNG palette")
			}
			colors = true
		case "IDAT":
			if closed {
				return Picture{}, broken("PNG data chunks are not in one run")
			}
			if idat == nil {
				idat = here
			}
		case "IEND":
			if idat == nil || head.kind == 3 && !colors {
				return Picture{}, broken("PNG without data or palette")
			}
			if err := head.inflate(idat); err != nil {
				return Picture{}, err
			}
			return Picture{Type: PNG, Width: head.width, Height: head.height}, nil
		default:
			if kind[0]&0x20 == 0 {
				return Picture{}, broken("PNG critical chunk %q is unknown", kind)
			}
		}
		closed = closed || idat != nil && kind != "IDAT"
	}
}

// pngHeader is IHDR; kind is the colour type.
type pngHeader struct {
	width, height int
	depth, kind   byte
	interlaced    bool
}

func readPNGHeader(d []byte) (pngHeader, error) {
	if len(d) != 13 {
		return pngHeader{}, broken("PNG header has %d bytes", len(d))
	}
	w, h := binary.BigEndian.Uint32(d), binary.BigEndian.Uint32(d[4:])
	if w == 0 || h == 0 || w > 1<<31-1 || h > 1<<31-1 {
		return pngHeader{}, broken("PNG of %d × %d pixels", w, h)
	}
	legal := map[byte]string{0: "\x01\x02\x04\x08\x10", 2: "\x08\x10", 3: "\x01\x02\x04\x08", 4: "\x08\x10", 6: "\x08\x10"}
	if depths, ok := legal[d[9]]; !ok || !bytes.Contains([]byte(depths), d[8:9]) {
		return pngHeader{}, broken("PNG colour type %d with %d bits", d[9], d[8])
	}
	if d[10] != 0 || d[11] != 0 || d[12] > 1 {
		return pngHeader{}, broken("PNG compression, filter or interlace method")
	}
	return pngHeader{int(w), int(h), d[8], d[9], d[12] == 1}, nil
}

// passes yields the sub-images (columns, rows) that the data holds in turn:
// one, or the seven of Adam7.
func (h pngHeader) passes() [][2]int {
	if !h.interlaced {
		return [][2]int{{h.width, h.height}}
	}
	var out [][2]int
	for _, a := range [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		w, rows := (h.width-a[0]+a[2]-1)/a[2], (h.height-a[1]+a[3]-1)/a[3]
		if w > 0 && rows > 0 {
			out = append(out, [2]int{w, rows})
		}
	}
	return out
}

// inflate reads the data row by row in constant memory. Bytes after the last
// row are ignored, as every decoder does.
func (h pngHeader) inflate(idat []byte) error {
	z, err := zlib.NewReader(bufio.NewReader(&idatReader{next: idat}))
	if err != nil {
		return broken("PNG data: %v", err)
	}
	defer z.Close()
	channels := map[byte]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[h.kind]
	row := make([]byte, 1+(h.width*channels*int(h.depth)+7)/8)
	left := maxInflate
	for _, pass := range h.passes() {
		r := row[:1+(pass[0]*channels*int(h.depth)+7)/8]
		for range pass[1] {
			if _, err := io.ReadFull(z, r); err != nil {
				return broken("PNG data ends early: %v", err)
			}
			if r[0] > 4 {
				return broken("PNG filter %d", r[0])
			}
			if left -= len(r); left < 0 {
				return nil
			}
		}
	}
	return nil
}

// idatReader joins the data of consecutive IDAT chunks, which have been checked
// to lie within the file.
type idatReader struct{ data, next []byte }

func (r *idatReader) Read(p []byte) (int, error) {
	for len(r.data) == 0 {
		if len(r.next) < 12 || string(r.next[4:8]) != "IDAT" {
			return 0, io.EOF
		}
		n := binary.BigEndian.Uint32(r.next)
		r.data, r.next = r.next[8:8+n], r.next[12+n:]
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}
