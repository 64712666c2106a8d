package media

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bep/imagemeta"
)

// Bounds on reading the metadata of one image.
const (
	maxTags     = 2000
	maxTagBytes = 10_000
	maxReads    = 20_000
	exifTimeout = 500 * time.Millisecond
	maxText     = 64 // characters of make, model and software
)

// Zone says how the offset of a camera's clock from UTC is known.
type Zone string

// Ways to know the zone of TakenAt. Chinese phones mostly write local time
// without one.
const (
	ZoneNone    Zone = ""
	ZoneEXIF    Zone = "exif"    // the file states the offset
	ZoneGPS     Zone = "gps"     // told by the satellites' UTC
	ZoneAssumed Zone = "assumed" // taken to be +08:00
)

// Flags that ReadEXIF raises: what the file says and cannot be believed.
const (
	FlagUnreadable  = "exif_unreadable"     // metadata is damaged; what could be read is kept
	FlagNoPosition  = "gps_empty"           // a GPS block without a position
	FlagNullIsland  = "gps_null_island"     // 0,0
	FlagNoRef       = "gps_no_hemisphere"   // position without N/S or E/W
	FlagOutOfRange  = "gps_out_of_range"    // no such latitude or longitude
	FlagGPSVoid     = "gps_void"            // the receiver itself called the fix void
	FlagGPSClock    = "gps_clock_disagrees" // camera and satellites tell different times
	FlagBadTime     = "taken_at_unreadable" // a date that does not exist
	FlagBadRotation = "orientation_unknown" // outside 1–8
)

// EXIF is what a file says about itself: claims of a stranger, cleaned but
// never proof. Zero values mean that nothing usable was said.
//
// Position is (longitude, latitude) in WGS 84 as phones write it; AltitudeM is
// in metres above the reference of the file; BearingDeg is degrees clockwise
// from north (magnetic where BearingMagnetic). Orientation is 1–8 as in EXIF, 1 where nothing is said.
type EXIF struct {
	TakenAt         time.Time // to the second, in its own zone; zero where unknown
	TakenZone       Zone
	Position        *[2]float64
	AltitudeM       *float64
	BearingDeg      *float64
	BearingMagnetic bool
	GPSAt           time.Time // UTC of the satellite fix; zero where unknown
	Orientation     int
	Make, Model     string
	Software        string
	Flags           []string
}

// luohe is the zone that is assumed where a camera is silent.
var luohe = time.FixedZone("+08:00", 8*3600)

// ReadEXIF reads the metadata of an image whose structure Sniff has accepted:
// the EXIF block first, XMP for what EXIF leaves open. It never fails: what
// cannot be read is flagged and left out.
func ReadEXIF(b []byte, t Type) EXIF {
	format, ok := map[Type]imagemeta.ImageFormat{
		JPEG: imagemeta.JPEG, PNG: imagemeta.PNG, WebP: imagemeta.WebP, HEIC: imagemeta.HEIF,
	}[t]
	if !ok {
		return EXIF{Orientation: 1}
	}
	e := EXIF{}
	tags, damaged := readTags(b, format)
	if damaged {
		e.flag(FlagUnreadable)
	}
	e.GPSAt = tags.gpsTime()
	e.takenAt(tags)
	e.position(tags)
	e.Orientation = 1
	if v, ok := tags.number("Orientation"); ok {
		if v >= 1 && v <= 8 && v == math.Trunc(v) {
			e.Orientation = int(v)
		} else {
			e.flag(FlagBadRotation)
		}
	}
	e.Make, e.Model = printable(tags.text("Make"), maxText), printable(tags.text("Model"), maxText)
	e.Software = printable(tags.text("Software"), maxText)
	return e
}

func (e *EXIF) flag(f string) { e.Flags = append(e.Flags, f) }

// metaTags are the raw values by name, EXIF before XMP.
type metaTags struct{ exif, xmp map[string]any }

// wanted are the tags that are used; everything else is skipped unread.
var wanted = map[string]bool{
	"DateTimeOriginal": true, "CreateDate": true, "OffsetTime": true, "OffsetTimeOriginal": true,
	"OffsetTimeDigitized": true, "Orientation": true, "Make": true, "Model": true, "Software": true,
	"GPSLatitude": true, "GPSLatitudeRef": true, "GPSLongitude": true, "GPSLongitudeRef": true,
	"GPSAltitude": true, "GPSAltitudeRef": true, "GPSImgDirection": true, "GPSImgDirectionRef": true,
	"GPSDateStamp": true, "GPSTimeStamp": true, "GPSStatus": true, "DateTimeDigitized": true,
}

// readTags lets the library read, with every resource bounded from outside: a
// hostile file costs at most maxReads small reads and exifTimeout.
func readTags(b []byte, format imagemeta.ImageFormat) (tags metaTags, damaged bool) {
	tags = metaTags{exif: map[string]any{}, xmp: map[string]any{}}
	defer func() {
		if recover() != nil {
			damaged = true
		}
	}()
	for source, into := range map[imagemeta.Source]map[string]any{imagemeta.EXIF: tags.exif, imagemeta.XMP: tags.xmp} {
		from, format := b, format
		if block := prefixedWebP(b); source == imagemeta.EXIF && format == imagemeta.WebP && block != nil {
			from, format = block, imagemeta.TIFF
		}
		_, err := imagemeta.Decode(imagemeta.Options{
			R:            &boundedReader{Reader: bytes.NewReader(from), left: maxReads, until: time.Now().Add(exifTimeout)},
			ImageFormat:  format,
			Sources:      source,
			LimitNumTags: maxTags,
			LimitTagSize: maxTagBytes,
			ShouldHandleTag: func(t imagemeta.TagInfo) bool {
				return wanted[t.Tag] && (source == imagemeta.XMP || inPlace(t))
			},
			HandleTag: func(t imagemeta.TagInfo) error {
				if _, ok := into[t.Tag]; !ok {
					into[t.Tag] = t.Value
				}
				return nil
			},
		})
		damaged = damaged || err != nil
	}
	return tags, damaged
}

// prefixedWebP is the TIFF block of a WebP whose writer kept the prefix that
// belongs in JPEG; nil for any other file.
func prefixedWebP(b []byte) []byte {
	if len(b) < 12 || string(b[8:12]) != "WEBP" {
		return nil
	}
	for p := b[12:]; len(p) >= 8; {
		n := int64(binary.LittleEndian.Uint32(p[4:]))
		if n > int64(len(p)-8) {
			return nil
		}
		if d := p[8 : 8+n]; string(p[:4]) == "EXIF" {
			block, _ := bytes.CutPrefix(d, []byte("Exif\x00\x00"))
			if len(block) == len(d) {
				return nil
			}
			return block
		}
		p = p[min(8+n+n&1, int64(len(p))):]
	}
	return nil
}

// inPlace reports whether an EXIF tag stands where it means what its name says:
// numbers of GPS tags are other tags' numbers elsewhere, and a thumbnail has
// its own orientation.
func inPlace(t imagemeta.TagInfo) bool {
	if strings.HasPrefix(t.Tag, "GPS") {
		return strings.HasSuffix(t.Namespace, "/GPSInfoIFD")
	}
	return t.Namespace == "IFD0" || strings.HasSuffix(t.Namespace, "/ExifIFDP")
}

// boundedReader ends a reader's patience with files that send it in circles.
type boundedReader struct {
	*bytes.Reader
	left  int
	until time.Time
}

var errTired = errors.New("metadata asks for too many reads")

func (r *boundedReader) spend() error {
	if r.left--; r.left < 0 || r.left%256 == 0 && time.Now().After(r.until) {
		return errTired
	}
	return nil
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if err := r.spend(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

func (r *boundedReader) Seek(offset int64, whence int) (int64, error) {
	if err := r.spend(); err != nil {
		return 0, err
	}
	return r.Reader.Seek(offset, whence)
}

var _ io.ReadSeeker = (*boundedReader)(nil)

// value is the EXIF value of a tag, or the XMP one.
func (t metaTags) value(name string) any {
	if v, ok := t.exif[name]; ok && v != "" {
		return v
	}
	return t.xmp[name]
}

func (t metaTags) text(name string) string {
	s, _ := t.value(name).(string)
	return strings.TrimRight(s, "\x00 ")
}

func (t metaTags) number(name string) (float64, bool) { return number(t.value(name)) }

// number understands what the library makes of EXIF and XMP numbers.
func number(v any) (float64, bool) {
	var f float64
	switch v := v.(type) {
	case interface{ Float64() float64 }:
		f = v.Float64()
	case float64:
		f = v
	case float32:
		f = float64(v)
	case uint8:
		f = float64(v)
	case uint16:
		f = float64(v)
	case uint32:
		f = float64(v)
	case int32:
		f = float64(v)
	case int:
		f = float64(v)
	case string:
		num, den, frac := strings.Cut(strings.TrimSpace(v), "/")
		a, err := strconv.ParseFloat(num, 64)
		if err != nil {
			return 0, false
		}
		if f = a; frac {
			d, err := strconv.ParseFloat(den, 64)
			if err != nil {
				return 0, false
			}
			f = a / d
		}
	case []any:
		if len(v) == 0 {
			return 0, false
		}
		return number(v[0])
	default:
		return 0, false
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// takenAt finds the moment of the shutter: the EXIF date with the zone that is
// known for it, an XMP date, or the satellites' time alone.
func (e *EXIF) takenAt(t metaTags) {
	for _, c := range []struct {
		date    string
		offsets []string
	}{
		{"DateTimeOriginal", []string{"OffsetTimeOriginal", "OffsetTime"}},
		{"CreateDate", []string{"OffsetTimeDigitized", "OffsetTime"}},
		{"DateTimeDigitized", []string{"OffsetTimeDigitized", "OffsetTime"}},
	} {
		s := t.text(c.date)
		if s == "" {
			continue
		}
		local, offset, ok := parseTime(s)
		if !ok {
			if strings.Trim(s, "0: -T") != "" {
				e.flag(FlagBadTime)
			}
			continue
		}
		for _, name := range c.offsets {
			if offset == nil {
				offset = parseOffset(t.text(name))
			}
		}
		e.TakenZone = ZoneEXIF
		if offset == nil {
			offset, e.TakenZone = e.zoneFromGPS(local)
		}
		zone := time.FixedZone("", *offset)
		e.TakenAt = local.Add(-time.Duration(*offset) * time.Second).In(zone)
		return
	}
	if !e.GPSAt.IsZero() {
		e.TakenAt, e.TakenZone = e.GPSAt, ZoneGPS
	}
}

// zoneFromGPS tells the camera's offset from the difference to the satellites'
// UTC. A fix can be half an hour old where +08:00 explains it; any other offset
// has to fit within five minutes to a half hour.
func (e *EXIF) zoneFromGPS(local time.Time) (*int, Zone) {
	assumed := 8 * 3600
	if e.GPSAt.IsZero() {
		return &assumed, ZoneAssumed
	}
	diff := local.Sub(e.GPSAt)
	if (diff - 8*time.Hour).Abs() <= 30*time.Minute {
		return &assumed, ZoneGPS
	}
	near := diff.Round(30 * time.Minute)
	if near.Abs() <= 14*time.Hour && (diff-near).Abs() <= 5*time.Minute {
		offset := int(near / time.Second)
		return &offset, ZoneGPS
	}
	e.flag(FlagGPSClock)
	return &assumed, ZoneAssumed
}

// parseTime reads the wall clock of EXIF ("2024:03:05 08:00:00") and XMP
// ("2024-03-05T08:00:00.5+08:00") dates, as if it were UTC; offset in seconds
// where the text has one. Years outside 1990–2100 are not dates of photos.
func parseTime(s string) (local time.Time, offset *int, ok bool) {
	if len(s) < 16 || len(s) > 40 {
		return time.Time{}, nil, false
	}
	day, clock := strings.ReplaceAll(s[:10], "-", ":"), s[11:]
	if i := strings.IndexAny(clock, "+-Z"); i >= 0 {
		if offset = parseOffset(clock[i:]); offset == nil {
			return time.Time{}, nil, false
		}
		clock = clock[:i]
	}
	clock, _, _ = strings.Cut(strings.TrimSpace(clock), ".")
	if strings.Count(clock, ":") == 1 {
		clock += ":00"
	}
	local, err := time.Parse("2006:01:02 15:04:05", day+" "+clock)
	if err != nil || local.Year() < 1990 || local.Year() > 2100 {
		return time.Time{}, nil, false
	}
	return local, offset, true
}

// parseOffset reads "+08:00", "-0500" or "Z" as seconds east of UTC.
func parseOffset(s string) *int {
	if s == "Z" {
		return new(int)
	}
	for _, layout := range []string{"-07:00", "-0700"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			if _, sec := t.Zone(); sec >= -14*3600 && sec <= 14*3600 {
				return &sec
			}
		}
	}
	return nil
}

// gpsTime joins the satellites' date and time of day, which are UTC; XMP has
// both in one.
func (t metaTags) gpsTime() time.Time {
	day, _ := t.exif["GPSDateStamp"].(string)
	clock, _ := t.exif["GPSTimeStamp"].(string)
	both := strings.TrimSpace(day) + " " + strings.TrimSpace(clock)
	if len(both) < 16 {
		both, _ = t.xmp["GPSTimeStamp"].(string)
	}
	at, offset, ok := parseTime(strings.TrimSuffix(both, "Z"))
	if !ok || offset != nil {
		return time.Time{}
	}
	return at
}

// position takes a position only where all four parts are there and make sense.
func (e *EXIF) position(t metaTags) {
	if s, _ := t.exif["GPSStatus"].(string); s == "V" {
		e.flag(FlagGPSVoid)
	}
	lat, okLat := number(t.exif["GPSLatitude"])
	lon, okLon := number(t.exif["GPSLongitude"])
	_, block := t.exif["GPSLatitude"]
	if okLat && okLon {
		ns, ew := t.text("GPSLatitudeRef"), t.text("GPSLongitudeRef")
		if lat, okLat = hemisphere(lat, ns, "N", "S"); okLat {
			lon, okLat = hemisphere(lon, ew, "E", "W")
		}
		if !okLat {
			if lat == 0 && lon == 0 {
				e.flag(FlagNoPosition)
			} else {
				e.flag(FlagNoRef)
			}
			return
		}
	} else {
		lat, okLat = number(t.xmp["GPSLatitude"])
		lon, okLon = number(t.xmp["GPSLongitude"])
		if !okLat || !okLon {
			if block {
				e.flag(FlagNoPosition)
			}
			return
		}
	}
	switch {
	case math.Abs(lat) > 90 || math.Abs(lon) > 180:
		e.flag(FlagOutOfRange)
		return
	case math.Abs(lat) < 1e-4 && math.Abs(lon) < 1e-4:
		e.flag(FlagNullIsland)
		return
	}
	e.Position = &[2]float64{lon, lat}
	if v, ok := t.number("GPSAltitude"); ok && math.Abs(v) < 10_000 {
		if ref, _ := t.number("GPSAltitudeRef"); ref == 1 && v != 0 {
			v = -v
		}
		e.AltitudeM = &v
	}
	if v, ok := t.number("GPSImgDirection"); ok && v >= 0 && v <= 360 {
		v = math.Mod(v, 360)
		e.BearingDeg, e.BearingMagnetic = &v, t.text("GPSImgDirectionRef") == "M"
	}
}

// hemisphere applies a hemisphere; a value that has its own sign is not believed.
func hemisphere(v float64, ref, plus, minus string) (float64, bool) {
	switch strings.ToUpper(strings.TrimSpace(ref)) {
	case plus:
		return v, v >= 0
	case minus:
		return -v, v >= 0
	}
	return v, false
}

// Camera is make and model in one, the make once.
func (e EXIF) Camera() string {
	if strings.HasPrefix(strings.ToLower(e.Model), strings.ToLower(e.Make)) {
		return e.Model
	}
	return strings.TrimSpace(e.Make + " " + e.Model)
}

// JSON is what is kept of the claims beside the photo.
func (e EXIF) JSON() json.RawMessage {
	note := map[string]any{}
	put := func(name string, v any, there bool) {
		if there {
			note[name] = v
		}
	}
	put("taken_at", e.TakenAt, !e.TakenAt.IsZero())
	put("taken_zone", e.TakenZone, e.TakenZone != ZoneNone)
	put("position", e.Position, e.Position != nil)
	put("altitude_m", e.AltitudeM, e.AltitudeM != nil)
	put("bearing_deg", e.BearingDeg, e.BearingDeg != nil)
	put("bearing_magnetic", true, e.BearingMagnetic)
	put("gps_at", e.GPSAt, !e.GPSAt.IsZero())
	put("make", e.Make, e.Make != "")
	put("model", e.Model, e.Model != "")
	put("software", e.Software, e.Software != "")
	put("flags", e.Flags, len(e.Flags) > 0)
	text, err := json.Marshal(note)
	if err != nil {
		panic(err) // numbers were checked to be finite
	}
	return text
}
