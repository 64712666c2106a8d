package mediatest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
)

// Case is one file and what is to become of it.
type Case struct {
	Bytes  []byte
	Accept bool
}

// Cases are small files of every kind that a phone, a browser or an attacker
// sends, by what is special about them.
func Cases() map[string]Case {
	shot := Photo{}.JPEG()
	scan := bytes.Index(shot, []byte{0xFF, 0xDA})
	half := shot[:scan+(len(shot)-scan)/2]
	pic := PNG(40, 30)
	all := map[string]Case{
		"a plain photo":                   {shot, true},
		"one pixel":                       {Photo{Width: 1, Height: 1}.JPEG(), true},
		"an odd size":                     {Photo{Width: 641, Height: 483}.JPEG(), true},
		"a phone photo with everything":   {Phone("everything").JPEG(), true},
		"a photo lying on its side":       {Photo{Orientation: 6}.JPEG(), true},
		"an orientation that is none":     {Photo{Orientation: 77}.JPEG(), true},
		"the sea at null island":          {Photo{NS: "N", EW: "E"}.JPEG(), true},
		"latitude 200":                    {Photo{Lat: 200, Lon: 114, NS: "N", EW: "E"}.JPEG(), true},
		"no hemisphere":                   {Photo{Lat: 33.5, Lon: 114}.JPEG(), true},
		"a date that is none":             {Photo{Time: "2026:13:45 99:99:99"}.JPEG(), true},
		"a camera named by an enemy":      {Photo{Make: "A\x00B\u202Egnp.exe", Model: "<img src=x onerror=alert(1)>\n\a"}.JPEG(), true},
		"an EXIF block of noise":          {withSegment(shot, 0xE1, append([]byte("Exif\x00\x00"), noise(4000)...)), true},
		"an EXIF directory that circles":  {withSegment(shot, 0xE1, []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x69\x87\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00\x08\x00\x00\x00")), true},
		"a clip behind the photo":         {append(bytes.Clone(shot), noise(5000)...), true},
		"only the closing marker missing": {shot[:len(shot)-2], true},
		"a PNG":                           {pic, true},
		"a grey PNG of 16 bits":           {encodePNG(image.NewGray16(image.Rect(0, 0, 9, 9))), true},
		"a PNG with a palette":            {encodePNG(image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.White, color.Black})), true},
		"a PNG with bytes behind it":      {append(bytes.Clone(pic), "behind"...), true},

		"nothing":                          {nil, false},
		"one byte":                         {[]byte{0xFF}, false},
		"text":                             {[]byte("照片在附件里"), false},
		"a page":                           {[]byte("<!DOCTYPE html><script>alert(1)</script>"), false},
		"zeros":                            {make([]byte, 4096), false},
		"noise":                            {noise(4096), false},
		"a GIF":                            {encodeGIF(), false},
		"an SVG":                           {[]byte("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"), false},
		"a TIFF":                           {[]byte("II*\x00\x08\x00\x00\x00\x00\x00"), false},
		"a PDF":                            {[]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"), false},
		"an AVIF":                          {[]byte("\x00\x00\x00\x1CftypavifP\x00\x00\x00avifmif1miaf\x00\x00\x00\x08meta"), false},
		"a film":                           {[]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42\x00\x00\x00\x08moov"), false},
		"an image sequence":                {[]byte("\x00\x00\x00\x18ftyphevc\x00\x00\x00\x00msf1hevc\x00\x00\x00\x08moov"), false},
		"a HEIC that ends at its name":     {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), false},
		"a JPEG of two markers":            {[]byte{0xFF, 0xD8, 0xFF, 0xD9}, false},
		"a JPEG without its picture":       {shot[:scan], false},
		"half a JPEG":                      {half, false},
		"half a JPEG closed":               {append(bytes.Clone(half), 0xFF, 0xD9), false},
		"half a JPEG with a whole preview": {append(withSegment(shot, 0xE1, Photo{Width: 64, Height: 48}.JPEG())[:scan+4000], 0), false},
		"a JPEG with a picture of zeros":   {append(append(bytes.Clone(shot[:scan+14]), make([]byte, 400)...), 0xFF, 0xD9), false},
		"a JPEG with a picture of noise":   {append(append(bytes.Clone(shot[:scan+14]), unmarked(noise(9000))...), 0xFF, 0xD9), false},
		"a JPEG of 20000 × 20000":          {resizeJPEG(shot, 20000, 20000), false},
		"a JPEG of 65535 × 10":             {resizeJPEG(shot, 65535, 10), false},
		"a JPEG without height":            {resizeJPEG(shot, 640, 0), false},
		"half a PNG":                       {pic[:len(pic)/2], false},
		"a PNG without its end":            {pic[:len(pic)-12], false},
		"a PNG with one bit changed":       {flipped(pic, len(pic)/2), false},
		"a PNG of 20000 × 20000":           {ResizePNG(pic, 20000, 20000), false},
		"a PNG with too little data":       {ResizePNG(pic, 40, 300), false},
		"a PNG that moves":                 {movingPNG(pic), false},
		"a WebP that moves":                {webp(append([]byte{0x02, 0, 0, 0}, 9, 0, 0, 9, 0, 0)), false},
		"a WebP of 16384 × 16384":          {webp(append([]byte{0, 0, 0, 0}, 0xFF, 0x3F, 0, 0xFF, 0x3F, 0)), false},
		"a WebP without a frame":           {webp(append([]byte{0, 0, 0, 0}, 9, 0, 0, 9, 0, 0)), false},
		"a WebP that says it is longer":    {[]byte("RIFF\xFF\xFF\x00\x00WEBPVP8L\x05\x00\x00\x00\x2F\x00\x00\x00\x00\x00"), false},
		"a WebP whose frame is empty":      {[]byte("RIFF\x12\x00\x00\x00WEBPVP8L\x06\x00\x00\x00\x2F\x00\x00\x00\x00\x00"), false},
	}
	return all
}

// Phone is a photo as a phone in Luohe would take it; tag makes it unique.
func Phone(tag string) Photo {
	return Photo{
		Make: "HUAWEI", Model: "ALN-AL00", Orientation: 1, Time: "2026:03:05 08:30:00",
		Lat: 33.5712, Lon: 114.0365, NS: "N", EW: "E", GPSDay: "2026:03:05", GPSClock: [3]int{0, 29, 58}, Bearing: 271.5, Tag: tag,
	}
}

// PNG is a small picture.
func PNG(w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i*7 | 3)
	}
	return encodePNG(img)
}

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func encodeGIF() []byte {
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.White, color.Black}), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// noise is n bytes that mean nothing, always the same.
func noise(n int) []byte {
	b, x := make([]byte, n), uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// unmarked keeps noise from containing markers.
func unmarked(b []byte) []byte {
	for i := range b {
		if b[i] == 0xFF {
			b[i] = 0xFE
		}
	}
	return b
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x10
	return b
}

// withSegment puts a segment right behind the start of a JPEG.
func withSegment(jpeg []byte, marker byte, data []byte) []byte {
	out := append([]byte{0xFF, 0xD8, 0xFF, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(data)+2))...)
	return append(append(out, data...), jpeg[2:]...)
}

// resizeJPEG makes a JPEG lie about its size.
func resizeJPEG(jpeg []byte, w, h int) []byte {
	out := bytes.Clone(jpeg)
	at := bytes.Index(out, []byte{0xFF, 0xC0}) + 5
	binary.BigEndian.PutUint16(out[at:], uint16(h))
	binary.BigEndian.PutUint16(out[at+2:], uint16(w))
	return out
}

// ResizePNG makes a PNG lie about its size, with a right checksum.
func ResizePNG(png []byte, w, h int) []byte {
	out := bytes.Clone(png)
	binary.BigEndian.PutUint32(out[16:], uint32(w))
	binary.BigEndian.PutUint32(out[20:], uint32(h))
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// movingPNG declares two frames.
func movingPNG(png []byte) []byte {
	chunk := append([]byte{0, 0, 0, 8}, "acTL\x00\x00\x00\x02\x00\x00\x00\x00"...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return append(append(bytes.Clone(png[:33]), chunk...), png[33:]...)
}

// webp is an extended file with this header and nothing else.
func webp(header []byte) []byte {
	return append([]byte("RIFF\x16\x00\x00\x00WEBPVP8X\x0A\x00\x00\x00"), header...)
}
