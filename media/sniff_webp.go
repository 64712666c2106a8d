package media

import "encoding/binary"

// sniffWebP walks the RIFF chunks and takes the size from the frame itself;
// the canvas of an extended file has to agree with it.
func sniffWebP(b []byte) (Picture, error) {
	riff := int64(binary.LittleEndian.Uint32(b[4:])) + 8
	if riff > int64(len(b)) || riff < 20 {
		return Picture{}, broken("WebP says it has %d bytes, has %d", riff, len(b))
	}
	var canvasW, canvasH int
	for p, first := b[12:riff], true; ; first = false {
		if len(p) < 8 {
			return Picture{}, broken("WebP without a frame")
		}
		n := int64(binary.LittleEndian.Uint32(p[4:]))
		if n > int64(len(p)-8) {
			return Picture{}, broken("WebP chunk leaves the file")
		}
		kind, d := string(p[:4]), p[8:8+n]
		p = p[min(8+n+n&1, int64(len(p))):]

		var w, h int
		switch kind {
		case "VP8X":
			if !first || len(d) < 10 {
				return Picture{}, broken("WebP header")
			}
			canvasW, canvasH = 1+le24(d[4:]), 1+le24(d[7:])
			if err := checkSize(canvasW, canvasH); err != nil {
				return Picture{}, err
			}
			if d[0]&0x02 != 0 {
				return Picture{}, ErrManyFrames
			}
			continue
		case "ANIM", "ANMF":
			return Picture{}, ErrManyFrames
		case "VP8 ":
			if len(d) < 10 || d[0]&1 != 0 || d[3] != 0x9D || d[4] != 0x01 || d[5] != 0x2A {
				return Picture{}, broken("WebP key frame")
			}
			if part := le24(d) >> 5; part > len(d)-10 {
				return Picture{}, broken("WebP first partition leaves the frame")
			}
			w, h = int(binary.LittleEndian.Uint16(d[6:])&0x3FFF), int(binary.LittleEndian.Uint16(d[8:])&0x3FFF)
		case "VP8L":
			if len(d) < 5 || d[0] != 0x2F || d[4]>>5 != 0 {
				return Picture{}, broken("WebP lossless header")
			}
			bits := binary.LittleEndian.Uint32(d[1:])
			w, h = 1+int(bits&0x3FFF), 1+int(bits>>14&0x3FFF)
		default:
			if first {
				return Picture{}, broken("WebP begins with %q", kind)
			}
			continue
		}
		if err := checkSize(w, h); err != nil {
			return Picture{}, err
		}
		if canvasW != 0 && (w != canvasW || h != canvasH) {
			return Picture{}, broken("WebP frame is not the size of its canvas")
		}
		return Picture{Type: WebP, Width: w, Height: h, Unproven: true}, nil
	}
}

func le24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
