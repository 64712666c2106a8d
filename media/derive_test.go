package media_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"guatu/media"
	"guatu/media/mediatest"
)

func derive(t *testing.T, name string, b []byte) []media.Derivative {
	t.Helper()
	p, err := media.Sniff(b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	out, err := decoder.Derive(t.Context(), b, p)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

var decoder = media.NewDecoder(2)

func decodeJPEG(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// differ is the mean difference of the grey values of two pictures, 0–255; at
// says where the second has the pixel that the first has at x, y.
func differ(a, b image.Image, at func(x, y int) (int, int)) float64 {
	sum, n := 0.0, 0
	for y := 2; y < a.Bounds().Dy()-2; y += 3 {
		for x := 2; x < a.Bounds().Dx()-2; x += 3 {
			u, v := at(x, y)
			sum += max(gray(a, x, y)-gray(b, u, v), gray(b, u, v)-gray(a, x, y))
			n++
		}
	}
	return sum / float64(n)
}

func gray(m image.Image, x, y int) float64 {
	r, g, b, _ := m.At(x, y).RGBA()
	return float64(r+g+b) / 3 / 257
}

func TestDerivativesStandUpright(t *testing.T) {
	t.Parallel()
	const w, h = 300, 200
	stored := decodeJPEG(t, mediatest.Photo{Width: w, Height: h}.JPEG())
	// Where a pixel of the upright picture is stored, by EXIF orientation.
	for o, at := range map[int]func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, h - 1 - x },
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return w - 1 - y, x },
	} {
		t.Run(strconv.Itoa(o), func(t *testing.T) {
			t.Parallel()
			out := derive(t, "photo", mediatest.Photo{Width: w, Height: h, Orientation: o}.JPEG())
			large := decodeJPEG(t, out[0].Bytes)
			if got := differ(large, stored, at); got > 6 {
				t.Errorf("orientation %d differs by %.1f", o, got)
			}
		})
	}
	var first image.Image
	for _, f := range fixtures(t) {
		if !strings.HasPrefix(f.Name, "accept/landscape_") {
			continue
		}
		got := decodeJPEG(t, derive(t, f.Name, f.Bytes)[1].Bytes)
		if first == nil {
			first = got
		}
		// Each has its own number painted on; mirrored they would differ by far more.
		if d := differ(first, got, func(x, y int) (int, int) { return x, y }); d > 12 {
			t.Errorf("%s differs by %.1f from the first", f.Name, d)
		}
	}
}

// Every photo that is taken in gets its derivatives: of the right size, never
// enlarged, decodable by Go, and with nothing in them but pixels (S17).
func TestDerivativesCarryNothingButPixels(t *testing.T) {
	t.Parallel()
	all := map[string][]byte{}
	for _, f := range fixtures(t) {
		if _, err := media.Sniff(f.Bytes); err == nil && !(testing.Short() && strings.HasSuffix(f.Name, ".png")) {
			all[f.Name] = f.Bytes
		}
	}
	for name, c := range mediatest.Cases() {
		if c.Accept {
			all[name] = c.Bytes
		}
	}
	for kind, b := range otherKinds(t) {
		all["generated "+kind] = b
	}
	dir := t.TempDir()
	var turns sync.WaitGroup
	slots := make(chan struct{}, 2)
	for name, b := range all {
		slots <- struct{}{}
		turns.Go(func() {
			defer func() { <-slots }()
			p, _ := media.Sniff(b)
			out, err := decoder.Derive(t.Context(), b, p)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			for _, d := range out {
				edge, _ := strconv.Atoi(string(d.Variant))
				if got, want := max(d.Width, d.Height), min(edge, max(p.Width, p.Height)); got != want {
					t.Errorf("%s: %s has an edge of %d, want %d", name, d.Variant, got, want)
				}
				conf, err := jpeg.DecodeConfig(bytes.NewReader(d.Bytes))
				if err != nil || conf.Width != d.Width || conf.Height != d.Height {
					t.Errorf("%s: %s: %v %v", name, d.Variant, conf, err)
				}
				file := strings.NewReplacer("/", "_", " ", "_").Replace(name) + "." + string(d.Variant) + ".jpg"
				if err := os.WriteFile(filepath.Join(dir, file), d.Bytes, 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	turns.Wait()
	out, err := exec.Command("exiftool", "-G0", "-s", "-a", "-ee", "-q", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("exiftool (Debian package libimage-exiftool-perl): %v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if group, _, ok := strings.Cut(line, "]"); ok {
			switch group {
			case "[File", "[JFIF", "[ExifTool", "[Composite":
			default:
				t.Errorf("a derivative carries %s", strings.TrimSpace(line))
			}
		}
	}
	t.Logf("%d photos derived", len(all))
}

// otherKinds are files that Go cannot write, made by libvips, once.
func otherKinds(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := convert()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var convert = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "guatu-kinds-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	from := filepath.Join(dir, "in.jpg")
	if err := os.WriteFile(from, mediatest.Phone("").JPEG(), 0o600); err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for kind, save := range map[string]string{
		"WebP": "a.webp[Q=70]", "lossless WebP": "b.webp[lossless]", "HEIC": "c.heic[Q=50]",
		"progressive JPEG": "d.jpg[interlace]", "JPEG with a profile": "e.jpg[profile=srgb]", "interlaced PNG": "f.png[interlace]",
	} {
		if said, err := exec.Command("vips", "copy", from, filepath.Join(dir, save)).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("make %s: %w: %s", kind, err, said)
		}
		name, _, _ := strings.Cut(save, "[")
		if out[kind], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return out, nil
})

func TestSniffAndProveTheOtherKinds(t *testing.T) {
	t.Parallel()
	for kind, b := range otherKinds(t) {
		p, err := media.Sniff(b)
		if err != nil || p.Width != 640 || p.Height != 480 {
			t.Errorf("%s: %+v, %v", kind, p, err)
			continue
		}
		if err := decoder.Prove(t.Context(), b, p); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		e := media.ReadEXIF(b, p.Type)
		if e.Model != "ALN-AL00" || e.Position == nil {
			t.Errorf("%s: EXIF %+v", kind, e)
		}
		cut := b[:len(b)*2/3]
		if p, err := media.Sniff(cut); err == nil {
			if !p.Unproven {
				t.Errorf("two thirds of a %s are taken", kind)
			} else if err := decoder.Prove(t.Context(), cut, p); !errors.Is(err, media.ErrBroken) {
				t.Errorf("two thirds of a %s prove as %v", kind, err)
			}
		}
	}
}

// Frames of a container whose pixels are noise pass the walk and fail the proof.
func TestProveFindsNoiseInASoundContainer(t *testing.T) {
	t.Parallel()
	for kind, b := range otherKinds(t) {
		p, err := media.Sniff(b)
		if err != nil || !p.Unproven {
			continue
		}
		b = bytes.Clone(b)
		for i := len(b) / 3; i < len(b)-8; i++ {
			b[i] = byte(i * 31)
		}
		if p, err = media.Sniff(b); err != nil {
			continue
		}
		if err := decoder.Prove(t.Context(), b, p); err != nil && !errors.Is(err, media.ErrBroken) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestDecoderLimitsTimeAndNumber(t *testing.T) {
	t.Parallel()
	slow := media.SlowDecoder(2, 400*time.Millisecond, "sleep", "30")
	p := media.Picture{Type: media.JPEG, Width: 10, Height: 10}
	start := time.Now()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			// It used no processor time: the photo is not to blame.
			if err := slow.Prove(t.Context(), []byte("x"), p); !errors.Is(err, media.ErrDecoderBusy) || errors.Is(err, media.ErrBroken) {
				t.Errorf("a decoder that hangs: %v", err)
			}
		})
	}
	all.Wait()
	if took := time.Since(start); took < 400*time.Millisecond || took > 30*time.Second {
		t.Errorf("four hanging decodes, two at a time, took %s", took)
	}
	missing := media.SlowDecoder(1, time.Second, "no-such-decoder")
	if err := missing.Prove(t.Context(), []byte("x"), p); !errors.Is(err, media.ErrNoDecoder) || errors.Is(err, media.ErrBroken) {
		t.Errorf("a missing decoder blames the photo: %v", err)
	}
	liar := media.SlowDecoder(1, time.Second, "cat")
	withEXIF := mediatest.Phone("").JPEG()
	if err := liar.Prove(t.Context(), withEXIF, media.Picture{Type: media.JPEG, Width: 640, Height: 480}); !errors.Is(err, media.ErrBroken) {
		t.Errorf("a decoder that hands the original back: %v", err)
	}
}
