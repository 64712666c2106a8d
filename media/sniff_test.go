package media_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"guatu/media"
	"guatu/media/mediatest"
)

// photos holds real files with a verdict each; a clone of the repository alone
// does not have it.
const photos = "../../shared/fixtures/photos"

type fixture struct {
	Name, Verdict string
	Bytes         []byte
}

func fixtures(t testing.TB) []fixture {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(photos, "MANIFEST.json"))
	if err != nil {
		t.Logf("lacks ../shared/fixtures/photos, tested with generated files only: %v", err)
		return nil
	}
	var all []struct{ File, Verdict string }
	if err := json.Unmarshal(list, &all); err != nil {
		t.Fatal(err)
	}
	var out []fixture
	for _, f := range all {
		if f.Verdict == "" { // a licence
			continue
		}
		b, err := os.ReadFile(filepath.Join(photos, f.File))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fixture{f.File, f.Verdict, b})
	}
	return out
}

func TestSniffMeetsEveryVerdict(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures(t) {
		start := time.Now()
		_, err := media.Sniff(f.Bytes)
		switch {
		case f.Verdict == "reject" && err == nil:
			t.Errorf("%s is taken", f.Name)
		case (f.Verdict == "accept" || f.Verdict == "quirk") && err != nil:
			t.Errorf("%s: %v", f.Name, err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %s", f.Name, took)
		}
	}
	for name, c := range mediatest.Cases() {
		p, err := media.Sniff(c.Bytes)
		if c.Accept != (err == nil) && !p.Unproven {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestSniffSaysWhy(t *testing.T) {
	t.Parallel()
	cases := mediatest.Cases()
	for name, want := range map[string]error{
		"nothing":                    media.ErrEmpty,
		"text":                       media.ErrNotImage,
		"a GIF":                      media.ErrUnsupported,
		"an SVG":                     media.ErrUnsupported,
		"a TIFF":                     media.ErrUnsupported,
		"a PDF":                      media.ErrUnsupported,
		"an AVIF":                    media.ErrUnsupported,
		"a film":                     media.ErrUnsupported,
		"an image sequence":          media.ErrManyFrames,
		"a PNG that moves":           media.ErrManyFrames,
		"a WebP that moves":          media.ErrManyFrames,
		"a JPEG of 20000 × 20000":    media.ErrTooManyPixels,
		"a JPEG of 65535 × 10":       media.ErrTooManyPixels,
		"a PNG of 20000 × 20000":     media.ErrTooManyPixels,
		"a WebP of 16384 × 16384":    media.ErrTooManyPixels,
		"half a JPEG":                media.ErrBroken,
		"a PNG with one bit changed": media.ErrBroken,
	} {
		c, ok := cases[name]
		if !ok {
			t.Fatalf("no case %q", name)
		}
		if _, err := media.Sniff(c.Bytes); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// Whatever is cut off a photo but its closing marker is noticed.
func TestSniffNoticesEveryCut(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"JPEG": mediatest.Photo{Width: 160, Height: 120}.JPEG(),
		"PNG":  mediatest.PNG(60, 40),
	} {
		if _, err := media.Sniff(b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for n := range len(b) - 3 {
			if _, err := media.Sniff(b[:n]); err == nil {
				t.Errorf("%s of %d bytes is taken when cut to %d", name, len(b), n)
			}
		}
	}
}

// A header that claims much must not make the reader allocate much.
func TestSniffIsFrugal(t *testing.T) {
	var chunks bytes.Buffer // a PNG of two million empty chunks
	chunks.Write(mediatest.PNG(4, 4)[:33])
	empty := []byte("\x00\x00\x00\x00IDAT\x35\xAF\x06\x1E")
	for range 1_000_000 {
		chunks.Write(empty)
	}
	for name, b := range map[string][]byte{
		"a bomb of 49 million pixels": mediatest.ResizePNG(mediatest.PNG(4, 4), 7000, 7000),
		"a million chunks":            chunks.Bytes(),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := media.Sniff(b); err == nil {
			t.Errorf("%s is taken", name)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
			t.Errorf("%s costs %d bytes", name, got)
		}
	}
}

// seed adds the small files; large ones only slow a fuzzer down.
func seed(f *testing.F) {
	f.Add(mediatest.Photo{Width: 48, Height: 32, Orientation: 3, Make: "x"}.JPEG())
	for _, c := range mediatest.Cases() {
		if len(c.Bytes) < 5000 {
			f.Add(c.Bytes)
		}
	}
	for _, x := range fixtures(f) {
		if len(x.Bytes) < 5000 {
			f.Add(x.Bytes)
		}
	}
}

func FuzzSniff(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		start := time.Now()
		p, err := media.Sniff(b)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %s", took)
		}
		if err == nil && (p.Width <= 0 || p.Height <= 0 || p.Width*p.Height > media.MaxPixels) {
			t.Errorf("takes %+v", p)
		}
	})
}

func BenchmarkSniff(b *testing.B) {
	shot := mediatest.Photo{Width: 1280, Height: 960}.JPEG()
	b.SetBytes(int64(len(shot)))
	for b.Loop() {
		if _, err := media.Sniff(shot); err != nil {
			b.Fatal(err)
		}
	}
}
