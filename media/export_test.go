package media

import "time"

// RunChild is for tests of the walls around a child.
var (
	RunChild        = runChild
	RunChildReading = runChildReading
)

// What a child's errors are, to tests.
var (
	ErrChildFailed = errChildFailed
	ErrChildLimit  = errChildLimit
)

// SlowDecoder runs another program instead of the decoder.
func SlowDecoder(n int, timeout time.Duration, argv ...string) *Decoder {
	return &Decoder{slots: make(chan struct{}, n), timeout: timeout, command: func(int) []string { return argv }}
}

// OnPoint calls f wherever a crash must lose nothing.
func (s *Store) OnPoint(f func(point string)) { s.pass = f }
