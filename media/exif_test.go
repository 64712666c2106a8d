package media_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"guatu/media"
	"guatu/media/mediatest"
)

// deviations are the fields where we say something else than exiftool, and why.
var deviations = map[string]string{
	"accept/thompson-springs.jpg DateTimeOriginal": "exiftool makes it from IPTC, which is not read; XMP's date and the satellites' UTC give the moment",
	"never-crash/corrupted.jpg":                    "its picture is damaged: it is refused before EXIF is read",
}

func TestReadEXIFAgreesWithExiftool(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(photos, "exiftool-groundtruth.json"))
	if err != nil {
		t.Logf("lacks ../shared/fixtures/photos: %v", err)
		return
	}
	var truths []map[string]any
	if err := json.Unmarshal(raw, &truths); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range fixtures(t) {
		files[f.Name] = f.Bytes
	}
	compared := 0
	for _, truth := range truths {
		name := filepath.Clean(truth["SourceFile"].(string))
		p, err := media.Sniff(files[name])
		if err != nil {
			if deviations[name] == "" && !strings.HasPrefix(name, "reject/") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		compared++
		compareTruth(t, name, truth, p, media.ReadEXIF(files[name], p.Type))
	}
	if compared < 55 {
		t.Errorf("compared %d files only", compared)
	}
}

func compareTruth(t *testing.T, name string, truth map[string]any, p media.Picture, e media.EXIF) {
	t.Helper()
	text := func(key string) string { s, _ := truth[key].(string); return s }
	differ := func(key string, got, want any) {
		if deviations[name+" "+key] == "" {
			t.Errorf("%s: %s is %v, exiftool says %v", name, key, got, want)
		}
	}
	near := func(key string, got *float64) {
		want, there := truth[key].(float64)
		if there != (got != nil) || there && math.Abs(*got-want) > 1e-6 {
			differ(key, got, truth[key])
		}
	}
	if w, h := truth["ImageWidth"].(float64), truth["ImageHeight"].(float64); float64(p.Width) != w || float64(p.Height) != h {
		differ("ImageSize", []int{p.Width, p.Height}, []float64{w, h})
	}
	if e.Make != text("Make") {
		differ("Make", e.Make, text("Make"))
	}
	if e.Model != text("Model") {
		differ("Model", e.Model, text("Model"))
	}
	if o, ok := truth["Orientation"].(float64); ok && float64(e.Orientation) != o || !ok && e.Orientation != 1 {
		differ("Orientation", e.Orientation, truth["Orientation"])
	}
	var lat, lon *float64
	if e.Position != nil {
		lon, lat = &e.Position[0], &e.Position[1]
	}
	near("GPSLatitude", lat)
	near("GPSLongitude", lon)
	near("GPSAltitude", e.AltitudeM)
	if want, got := text("GPSDateTime"), e.GPSAt.Format("2006:01:02 15:04:05"); want != "" && got != want[:19] || want == "" && !e.GPSAt.IsZero() {
		differ("GPSDateTime", got, want)
	}
	// The camera's own clock, and its zone where the file states one.
	want := text("DateTimeOriginal")
	if want == "" {
		want = text("CreateDate")
	}
	switch got := e.TakenAt.Format("2006:01:02 15:04:05-07:00"); {
	case want == "" && e.TakenZone == media.ZoneGPS && e.TakenAt.Equal(e.GPSAt):
	case want == "":
		if !e.TakenAt.IsZero() {
			differ("DateTimeOriginal", got, "nothing")
		}
	case len(want) > 19 && strings.ContainsAny(want[19:], "+-"):
		if got != want || e.TakenZone != media.ZoneEXIF {
			differ("DateTimeOriginal", got, want)
		}
	default:
		if got[:19] != want[:19] {
			differ("DateTimeOriginal", got, want)
		}
	}
	if offset := text("OffsetTimeOriginal"); offset != "" && (e.TakenZone != media.ZoneEXIF || e.TakenAt.Format("-07:00") != offset) {
		differ("Zone", e.TakenAt, offset)
	}
}

func TestReadEXIF(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	type want struct {
		at    string
		zone  media.Zone
		pos   *[2]float64
		flags []string
	}
	for name, tt := range map[string]struct {
		photo mediatest.Photo
		want  want
	}{
		"nothing": {mediatest.Photo{}, want{}},
		"a phone in Luohe: zone told by the satellites": {mediatest.Phone(""),
			want{at: "2026-03-05T08:30:00+08:00", zone: media.ZoneGPS, pos: &[2]float64{114.0365, 33.5712}}},
		"a phone without a fix: zone assumed": {mediatest.Photo{Time: "2026:03:05 08:30:00"},
			want{at: "2026-03-05T08:30:00+08:00", zone: media.ZoneAssumed}},
		"a phone that states its zone": {mediatest.Photo{Time: "2026:03:05 08:30:00", Offset: "+09:00"},
			want{at: "2026-03-05T08:30:00+09:00", zone: media.ZoneEXIF}},
		"a stated zone that is none": {mediatest.Photo{Time: "2026:03:05 08:30:00", Offset: "+99:00"},
			want{at: "2026-03-05T08:30:00+08:00", zone: media.ZoneAssumed}},
		"a fix that is twenty minutes old": {mediatest.Photo{Time: "2026:03:05 08:30:00", GPSDay: "2026:03:05", GPSClock: [3]int{0, 10, 0}},
			want{at: "2026-03-05T08:30:00+08:00", zone: media.ZoneGPS}},
		"a camera in another zone": {mediatest.Photo{Time: "2026:03:05 06:00:00", GPSDay: "2026:03:05", GPSClock: [3]int{0, 29, 58}},
			want{at: "2026-03-05T06:00:00+05:30", zone: media.ZoneGPS}},
		"a camera with a wrong day": {mediatest.Photo{Time: "2026:03:01 08:30:00", GPSDay: "2026:03:05", GPSClock: [3]int{0, 30, 0}},
			want{at: "2026-03-01T08:30:00+08:00", zone: media.ZoneAssumed, flags: []string{media.FlagGPSClock}}},
		"only the satellites' time": {mediatest.Photo{GPSDay: "2026:03:05", GPSClock: [3]int{0, 30, 0}},
			want{at: "2026-03-05T00:30:00Z", zone: media.ZoneGPS}},
		"a date that is none":   {mediatest.Photo{Time: "2026:13:45 99:99:99"}, want{flags: []string{media.FlagBadTime}}},
		"a camera never set":    {mediatest.Photo{Time: "0000:00:00 00:00:00"}, want{}},
		"the southern and west": {mediatest.Photo{Lat: 33.5, Lon: 70.5, NS: "S", EW: "W"}, want{pos: &[2]float64{-70.5, -33.5}}},
		"null island":           {mediatest.Photo{NS: "N", EW: "E"}, want{flags: []string{media.FlagNullIsland}}},
		"no hemisphere":         {mediatest.Photo{Lat: 33.5, Lon: 114}, want{flags: []string{media.FlagNoRef}}},
		"one hemisphere":        {mediatest.Photo{Lat: 33.5, Lon: 114, NS: "N"}, want{flags: []string{media.FlagNoRef}}},
		"latitude 200":          {mediatest.Photo{Lat: 200, Lon: 114, NS: "N", EW: "E"}, want{flags: []string{media.FlagOutOfRange}}},
		"orientation 77":        {mediatest.Photo{Orientation: 77}, want{flags: []string{media.FlagBadRotation}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := media.ReadEXIF(tt.photo.JPEG(), media.JPEG)
			if tt.want.at == "" != e.TakenAt.IsZero() || tt.want.at != "" && !e.TakenAt.Equal(at(tt.want.at)) {
				t.Errorf("TakenAt = %s, want %s", e.TakenAt, tt.want.at)
			}
			if e.TakenZone != tt.want.zone {
				t.Errorf("TakenZone = %q, want %q", e.TakenZone, tt.want.zone)
			}
			close := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-6 })
			if diff := cmp.Diff(tt.want.pos, e.Position, close); diff != "" {
				t.Errorf("Position: %s", diff)
			}
			if !slices.Equal(e.Flags, tt.want.flags) {
				t.Errorf("Flags = %v, want %v", e.Flags, tt.want.flags)
			}
		})
	}
	phone := media.ReadEXIF(mediatest.Phone("x").JPEG(), media.JPEG)
	if phone.Make != "HUAWEI" || phone.Model != "ALN-AL00" || phone.BearingDeg == nil || *phone.BearingDeg != 271.5 || phone.BearingMagnetic {
		t.Errorf("read %+v", phone)
	}
}

// Whatever a file calls itself, what is kept can be stored and shown.
func TestReadEXIFCleansText(t *testing.T) {
	t.Parallel()
	p := mediatest.Photo{Make: " HUA\u0007WEI \u202Egnp.exe", Model: strings.Repeat("型", 200)}
	e := media.ReadEXIF(p.JPEG(), media.JPEG)
	if e.Make != "HUAWEI gnp.exe" {
		t.Errorf("Make = %q", e.Make)
	}
	if n := len([]rune(e.Model)); n != 64 {
		t.Errorf("Model has %d characters: %q", n, e.Model)
	}
}

func FuzzEXIF(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []media.Type{media.JPEG, media.PNG, media.WebP, media.HEIC} {
			start := time.Now()
			e := media.ReadEXIF(b, kind)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			if e.Orientation < 1 || e.Orientation > 8 {
				t.Errorf("orientation %d", e.Orientation)
			}
			if p := e.Position; p != nil && !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
				t.Errorf("position %v", *p)
			}
			for _, s := range []string{e.Make, e.Model, e.Software} {
				if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) || len([]rune(s)) > 64 {
					t.Errorf("text %q", s)
				}
			}
		}
	})
}
