package demo

import (
	"bytes"
	"image/jpeg"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/bep/imagemeta"
	"github.com/paulmach/orb"
)

func TestAFortnightOfPhotosHasBelievableGaps(t *testing.T) {
	t.Parallel()
	c := Generate(Demo(noon))
	ids, days, sites := map[[16]byte]bool{}, map[string]int{}, map[int]int{}
	late, nowhere, upright, weekend, weekdays := 0, 0, 0, 0, 0
	first := time.Date(2026, 11, 5, 0, 0, 0, 0, Shanghai)
	for i, s := range c.Shots {
		if ids[s.ID] || s.ID[6]>>4 != 7 || s.ID[8]>>6 != 2 {
			t.Fatalf("shot %d: id %x is taken or no UUIDv7", i, s.ID)
		}
		ids[s.ID] = true
		if s.ReceivedAt.Before(s.TakenAt) || s.ReceivedAt.After(noon) || s.TakenAt.Before(first) || i > 0 && s.ReceivedAt.Before(c.Shots[i-1].ReceivedAt) {
			t.Errorf("shot %d: taken %s, received %s", i, s.TakenAt, s.ReceivedAt)
		}
		days[s.ReceivedAt.In(Shanghai).Format(time.DateOnly)]++
		sites[s.Project]++
		if s.ReceivedAt.Sub(s.TakenAt) > time.Hour {
			late++
		}
		if s.Position == nil {
			nowhere++
		}
		if s.Upright {
			upright++
		}
		switch s.TakenAt.In(Shanghai).Weekday() {
		case time.Saturday, time.Sunday:
			weekend++
		default:
			weekdays++
		}
	}
	if n := len(c.Shots); n < 300 || n > 560 || len(days) != daysOfPhotos {
		t.Errorf("%d photos on %d days", n, len(days))
	}
	if today := days["2026-11-18"]; today < 30 { // a Wednesday, five past noon
		t.Errorf("%d photos came today", today)
	}
	if late < 5 || nowhere < 5 || upright < 50 || weekend == 0 || weekdays == 0 {
		t.Errorf("%d late, %d without position, %d upright, %d on 4 weekend days, %d on 10 others", late, nowhere, upright, weekend, weekdays)
	}
}

func TestPicturesCarryTheirTags(t *testing.T) {
	t.Parallel()
	c := Generate(Demo(noon))
	seen := map[bool]int{}
	for i := 0; i < len(c.Shots); i += sized(23, 70) {
		s := c.Shots[i]
		body, err := c.Picture(s)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := c.Picture(s)
		if !bytes.Equal(body, again) {
			t.Fatal("a second drawing of the same shot differs")
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(body))
		if err != nil || size.Width != longSide || size.Height != shortSide || len(body) > 300_000 {
			t.Fatalf("picture is %d bytes of %dx%d, %v", len(body), size.Width, size.Height, err)
		}
		var tags imagemeta.Tags
		_, err = imagemeta.Decode(imagemeta.Options{
			R: bytes.NewReader(body), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF,
			HandleTag: func(tag imagemeta.TagInfo) error { tags.Add(tag); return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		all := tags.EXIF()
		if got := all["DateTimeOriginal"].Value; got != s.TakenAt.In(Shanghai).Format("2006:01:02 15:04:05") {
			t.Errorf("DateTimeOriginal = %v, taken %s", got, s.TakenAt)
		}
		if _, has := all["OffsetTimeOriginal"]; has != s.Zoned {
			t.Errorf("OffsetTimeOriginal there: %v, want %v", has, s.Zoned)
		}
		want := uint16(1)
		if s.Upright {
			want = 6
		}
		if all["Orientation"].Value != want || !strings.HasPrefix(all["ImageDescription"].Value.(string), "示例：") {
			t.Errorf("Orientation %v, ImageDescription %v", all["Orientation"].Value, all["ImageDescription"].Value)
		}
		lat, lon, err := tags.GetLatLong()
		if s.EXIFAt == nil {
			if err == nil && (lat != 0 || lon != 0) {
				t.Errorf("a shot without GPS has %f, %f", lon, lat)
			}
			continue
		}
		if err != nil || math.Abs(lat-s.EXIFAt[1]) > 1e-6 || math.Abs(lon-s.EXIFAt[0]) > 1e-6 {
			t.Errorf("GPS = %f, %f, want %v (%v)", lon, lat, *s.EXIFAt, err)
		}
		seen[s.Upright]++
	}
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("orientations seen: %v", seen)
	}
}

// A site grows from day to day: what is drawn of two days differs above the ground.
func TestConsecutiveDaysShowProgress(t *testing.T) {
	t.Parallel()
	s := newScene(stream(1, "x"), "building", welfare, 3, false)
	s.kind = frames
	one := s.look(640, 480, 0.50, 0, 10, fine, stream(2, "moment"))
	two := s.look(640, 480, 0.52, 0, 10, fine, stream(2, "moment"))
	changed := 0
	for i := range one.pix {
		if one.pix[i] != two.pix[i] {
			changed++
		}
	}
	if changed < 200 {
		t.Errorf("a day of building changes %d bytes of the picture", changed)
	}
}

func BenchmarkPicture(b *testing.B) {
	c := Generate(Demo(noon))
	i := 0
	for b.Loop() {
		if _, err := c.Picture(c.Shots[i%len(c.Shots)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func TestSamplesAreOfOneSizeAndDiffer(t *testing.T) {
	t.Parallel()
	s, err := NewSamples(200_000, orb.Point{114.02, 33.58}, noon)
	if err != nil {
		t.Fatal(err)
	}
	one, two := s.Photo(1), s.Photo(2)
	if len(one) != 200_000 || len(two) != 200_000 || bytes.Equal(one, two) {
		t.Fatalf("samples are of %d and %d bytes, equal: %v", len(one), len(two), bytes.Equal(one, two))
	}
	if _, err := jpeg.Decode(bytes.NewReader(two)); err != nil {
		t.Error(err)
	}
}
