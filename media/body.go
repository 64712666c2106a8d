package media

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ErrTooLarge says that a body has more than MaxBytes.
var ErrTooLarge = errors.New("body is too large")

// inMemory is how much of a body is kept in memory; what is longer goes to an
// unlinked file in the temporary folder, so that many large uploads at once
// cost disk and not memory.
const inMemory = 1 << 20

// Body is a request's body, read to its end and hashed. It has to be closed.
type Body struct {
	Sum    [sha256.Size]byte
	b      []byte
	mapped bool
	free   func()
}

// Bytes are valid until Close.
func (b *Body) Bytes() []byte { return b.b }

// Close gives memory and file back.
func (b *Body) Close() error {
	if b.free != nil {
		b.free()
		b.free = nil
	}
	if !b.mapped {
		b.b = nil
		return nil
	}
	m := b.b
	b.b, b.mapped = nil, false
	return unix.Munmap(m)
}

// Receive reads a body whose length is told (or -1). It refuses one that is too
// large before it is read, or as soon as that shows; ErrOverloaded where too
// many bodies are on their way already.
func (s *Store) Receive(ctx context.Context, r io.Reader, length int64) (*Body, error) {
	if length > MaxBytes {
		return nil, ErrTooLarge
	}
	select {
	case s.receiving <- struct{}{}:
	default:
		return nil, fmt.Errorf("%w: %d uploads are being received", ErrOverloaded, cap(s.receiving))
	}
	body, err := readBody(r)
	if err != nil {
		<-s.receiving
		return nil, err
	}
	body.free = func() { <-s.receiving }
	return body, ctx.Err()
}

func readBody(r io.Reader) (*Body, error) {
	h := sha256.New()
	r = io.TeeReader(io.LimitReader(r, MaxBytes+1), h)
	head, err := io.ReadAll(io.LimitReader(r, inMemory))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	body := &Body{b: head}
	if len(head) == inMemory {
		if err := body.spill(r); err != nil {
			return nil, err
		}
	}
	if len(body.b) > MaxBytes {
		return nil, errors.Join(ErrTooLarge, body.Close())
	}
	body.Sum = [sha256.Size]byte(h.Sum(nil))
	return body, nil
}

// spill moves the body to a file that has no name any more and maps it.
func (b *Body) spill(rest io.Reader) error {
	f, err := os.CreateTemp("", "guatu-body-")
	if err != nil {
		return fmt.Errorf("keep body: %w", err)
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("keep body: %w", err)
	}
	if _, err := f.Write(b.b); err != nil {
		return fmt.Errorf("keep body: %w", err)
	}
	n, err := io.Copy(f, rest)
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	m, err := unix.Mmap(int(f.Fd()), 0, len(b.b)+int(n), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("keep body: %w", err)
	}
	b.b, b.mapped = m, true
	return nil
}
