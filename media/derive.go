package media

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Variant names a size of a photo that people look at: the length of its long
// edge in pixels.
type Variant string

// The two derivatives of every photo: for a screen and for a list.
const (
	Large Variant = "1600"
	Thumb Variant = "320"
)

// Bounds on making derivatives.
const (
	decodeTimeout = 20 * time.Second
	maxDerivative = 4 << 20 // bytes of one derivative
)

// Derivative is a JPEG in sRGB, upright, with no metadata at all.
type Derivative struct {
	Variant       Variant
	Width, Height int
	Bytes         []byte
}

// Decoder decodes foreign images in child processes, a few at a time.
type Decoder struct {
	slots chan struct{}
	// command starts the decoder for a long edge of so many pixels.
	command func(edge int) []string
	timeout time.Duration
}

// NewDecoder allows n children at once; 2 is what the promises (S7) say.
func NewDecoder(n int) *Decoder {
	return &Decoder{slots: make(chan struct{}, n), command: vips, timeout: decodeTimeout}
}

// vips turns standard input into an upright JPEG without metadata. Input comes
// by pipe, so that libvips chooses its loader by the same leading bytes as
// Sniff did and by no name; loaders that its authors call untrusted are blocked.
func vips(edge int) []string {
	size := strconv.Itoa(edge)
	return []string{
		"vipsthumbnail", "stdin", "--size", size + "x" + size + ">",
		"--export-profile", "srgb",
		"-o", ".jpg[Q=82,strip,optimize_coding,background=255]",
	}
}

// Prove decodes an Unproven picture completely. It returns an error that wraps
// ErrBroken where the bytes are at fault.
func (d *Decoder) Prove(ctx context.Context, b []byte, p Picture) error {
	_, err := d.decode(ctx, b, p, Large)
	return err
}

// Derive makes the derivatives, largest first. An error that wraps ErrBroken is
// final; any other may pass: ErrDecoderBusy on a machine with too much to do.
func (d *Decoder) Derive(ctx context.Context, b []byte, p Picture) ([]Derivative, error) {
	large, err := d.decode(ctx, b, p, Large)
	if err != nil {
		return nil, err
	}
	thumb, err := d.decode(ctx, large.Bytes, Picture{Type: JPEG, Width: large.Width, Height: large.Height}, Thumb)
	if err != nil {
		return nil, err
	}
	return []Derivative{large, thumb}, nil
}

// decode waits for a slot, runs the child and checks what it made.
func (d *Decoder) decode(ctx context.Context, b []byte, p Picture, v Variant) (Derivative, error) {
	wait := time.NewTimer(d.timeout)
	defer wait.Stop()
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-wait.C:
		return Derivative{}, fmt.Errorf("%w: all %d are at work", ErrDecoderBusy, cap(d.slots))
	case <-ctx.Done():
		return Derivative{}, ctx.Err()
	}
	edge, _ := strconv.Atoi(string(v))
	timed, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	out, err := runChild(timed, b, maxDerivative, d.command(edge)...)
	switch {
	case ctx.Err() != nil:
		return Derivative{}, ctx.Err()
	case errors.Is(err, errChildFailed), errors.Is(err, errChildLimit):
		return Derivative{}, fmt.Errorf("%w: %w", ErrBroken, err)
	case err != nil:
		return Derivative{}, err
	}
	made, err := checkDerivative(out, p, edge)
	if err != nil {
		return Derivative{}, fmt.Errorf("check %s derivative: %w", v, err)
	}
	return Derivative{Variant: v, Width: made.Width, Height: made.Height, Bytes: out}, nil
}

// checkDerivative looks at a child's output as if it came from outside: a whole
// JPEG of the expected size with nothing in it but the picture.
func checkDerivative(out []byte, p Picture, edge int) (Picture, error) {
	made, err := Sniff(out)
	if err != nil || made.Type != JPEG {
		return Picture{}, fmt.Errorf("%w: output: %w", ErrBroken, err)
	}
	long := min(max(p.Width, p.Height), edge)
	if got := max(made.Width, made.Height); got != long {
		return Picture{}, fmt.Errorf("%w: output has an edge of %d instead of %d pixels", ErrBroken, got, long)
	}
	if m := hiddenSegment(out); m != 0 {
		return Picture{}, fmt.Errorf("%w: output carries segment %#x", ErrBroken, m)
	}
	return made, nil
}

// hiddenSegment finds the first segment of a sound JPEG that is not needed for
// its pixels: EXIF, XMP, ICC, a comment, a maker's own.
func hiddenSegment(b []byte) byte {
	for j := (jpegWalk{b: b, at: 2}); ; {
		m, _, err := j.segment()
		if err != nil || m == mSOS || m == mEOI {
			return 0
		}
		if m > 0xE0 && m <= 0xEF || m == 0xFE {
			return m
		}
	}
}
