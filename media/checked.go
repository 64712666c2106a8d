package media

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// checked passes bytes on while it hashes them, and keeps the last ones back
// until the hash is known to be right: a reader of damaged bytes comes short
// and notices.
type checked struct {
	from io.ReadCloser
	hash hash.Hash
	want [sha256.Size]byte
	left int64  // bytes that should still come
	held []byte // read, hashed, and not yet handed out
	end  error
}

func (c *checked) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(c.held) == 0 {
		if c.end != nil {
			return 0, c.end
		}
		c.fill()
	}
	n := copy(p, c.held)
	c.held = c.held[n:]
	return n, nil
}

// fill reads the next piece; the piece that completes the object is handed out
// only if the whole is right.
func (c *checked) fill() {
	buf := make([]byte, min(32<<10, c.left+1))
	n, err := io.ReadFull(c.from, buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	c.hash.Write(buf[:n])
	c.left -= int64(n)
	switch {
	case err != nil:
		c.end = err
	case c.left < 0, n < len(buf) && c.left > 0:
		c.end = fmt.Errorf("%w: other length", ErrWrongBytes)
	case c.left == 0 && [sha256.Size]byte(c.hash.Sum(nil)) != c.want:
		c.end = fmt.Errorf("%w: other hash", ErrWrongBytes)
	default:
		c.held = buf[:n]
		if c.left == 0 {
			c.end = io.EOF
		}
	}
}

func (c *checked) Close() error { return c.from.Close() }
