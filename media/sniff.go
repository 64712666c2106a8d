package media

import (
	"bytes"
	"strings"
)

// Sniff decides by the bytes what they are and whether they are a whole image.
//
// It reads headers and structure only, allocates little whatever the header
// claims, and never panics. JPEG entropy data is walked and PNG data inflated
// up to a bound, so that truncated and garbled photos are found before they are
// stored; WebP and HEIC come back Unproven. Errors wrap one of ErrEmpty,
// ErrNotImage, ErrUnsupported, ErrTooManyPixels, ErrManyFrames, ErrBroken.
func Sniff(b []byte) (Picture, error) {
	switch {
	case len(b) == 0:
		return Picture{}, ErrEmpty
	case bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		return sniffJPEG(b)
	case bytes.HasPrefix(b, pngSignature):
		return sniffPNG(b)
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return sniffWebP(b)
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		return sniffHEIF(b)
	}
	if name := otherFormat(b); name != "" {
		return Picture{}, unsupported("%s", name)
	}
	return Picture{}, ErrNotImage
}

// otherFormat names formats that people really send, so that the answer can
// say what arrived; empty where the bytes say nothing.
func otherFormat(b []byte) string {
	for _, f := range []struct{ magic, name string }{
		{"GIF87a", "GIF"}, {"GIF89a", "GIF"},
		{"II*\x00", "TIFF"}, {"MM\x00*", "TIFF"}, {"II+\x00", "TIFF"}, {"MM\x00+", "TIFF"},
		{"%PDF-", "PDF"}, {"8BPS", "PSD"},
		{"\xFF\x0A", "JPEG XL"}, {"\x00\x00\x00\x0CJXL ", "JPEG XL"},
		{"\x00\x00\x00\x0CjP  ", "JPEG 2000"}, {"\xFF\x4F\xFF\x51", "JPEG 2000"},
		{"\x00\x00\x01\x00", "ICO"}, {"qoif", "QOI"},
	} {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return f.name
		}
	}
	if len(b) > 26 && string(b[:2]) == "BM" && string(b[6:10]) == "\x00\x00\x00\x00" {
		return "BMP"
	}
	head := strings.ToLower(string(b[:min(len(b), 1024)]))
	head = strings.TrimLeft(strings.TrimPrefix(head, "\uFEFF"), " \t\r\n")
	if strings.HasPrefix(head, "<svg") || strings.HasPrefix(head, "<") && strings.Contains(head, "<svg") {
		return "SVG"
	}
	return ""
}
