// Package media is what was seen: how photos come in, what their bytes say,
// the derivatives that people look at, and the bucket that keeps them.
//
// It knows no HTTP. Bytes that come from outside are hostile until proven
// otherwise: their type is decided by content, their size by their header,
// and nothing is decoded in this process that has not been bounded first.
package media

import (
	"errors"
	"fmt"
)

// Limits of what is taken in (docs: promises S7).
const (
	MaxBytes  = 25 << 20   // largest body of one request
	MaxPixels = 50_000_000 // width × height, as stored
	MaxSide   = 16_384     // longest side in pixels, as stored
)

// Type is a kind of image that is kept, as its media type.
type Type string

// The four types that phones make and browsers and bureaus send. Every other
// one is refused, however well formed.
const (
	JPEG Type = "image/jpeg"
	PNG  Type = "image/png"
	WebP Type = "image/webp"
	HEIC Type = "image/heic" // HEIC and HEIF with HEVC or JPEG inside
)

// Ext is the usual ending of a file of this type, with the dot.
func (t Type) Ext() string {
	switch t {
	case JPEG:
		return ".jpg"
	case PNG:
		return ".png"
	case WebP:
		return ".webp"
	case HEIC:
		return ".heic"
	}
	return ".bin"
}

// Picture is what the structure of the bytes says.
//
// Width and Height are in pixels as stored, before any EXIF orientation.
// Unproven means that the container is sound but that the pixels were not
// looked at here: a decode in the child has to confirm them.
type Picture struct {
	Type          Type
	Width, Height int
	Unproven      bool
}

// Refusals of a body. They are final: the same bytes will be refused again.
var (
	ErrEmpty         = errors.New("body is empty")
	ErrNotImage      = errors.New("not an image")
	ErrUnsupported   = errors.New("unsupported kind of image")
	ErrTooManyPixels = errors.New("too many pixels")
	ErrManyFrames    = errors.New("more than one frame")
	ErrBroken        = errors.New("image is damaged")
)

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBroken}, args...)...)
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnsupported}, args...)...)
}

// checkSize judges the pixels that a header claims.
func checkSize(w, h int) error {
	switch {
	case w <= 0 || h <= 0:
		return broken("%d × %d pixels", w, h)
	case w > MaxSide || h > MaxSide || w*h > MaxPixels:
		return fmt.Errorf("%w: %d × %d", ErrTooManyPixels, w, h)
	}
	return nil
}
