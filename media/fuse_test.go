package media_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"guatu/media"
	"guatu/media/buckettest"
)

// Phones that hang up in the middle of an upload say nothing about the store:
// the next caller is served.
func TestCallersThatHangUpDoNotBlowTheFuse(t *testing.T) {
	t.Parallel()
	b := buckettest.Open(t)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	for range 10 {
		if _, err := b.PutOnce(gone, "k", []byte("x"), sha256.Sum256([]byte("x")), "text/plain"); !errors.Is(err, context.Canceled) {
			t.Fatalf("put of a caller who hung up: %v", err)
		}
	}
	if _, err := b.Head(t.Context(), "nothing", ""); !errors.Is(err, media.ErrNoObject) {
		t.Errorf("the next caller gets %v", err)
	}
}
