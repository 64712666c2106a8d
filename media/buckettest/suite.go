package buckettest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"guatu/media"
)

// Run is what Guatu needs of an S3 server.
func Run(t *testing.T, conf media.BucketConfig) {
	b, versioned := OpenOn(t, conf)
	ctx := t.Context()
	body := bytes.Repeat([]byte("挂图作战 "), 1000)
	sum := sha256.Sum256(body)
	key := media.ObjectKey(sum)
	read := func(key, version string, from, n int64) ([]byte, error) {
		r, _, err := b.Get(ctx, key, version, from, n)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}

	if _, err := b.Head(ctx, key, ""); !errors.Is(err, media.ErrNoObject) {
		t.Errorf("head of nothing: %v", err)
	}
	if _, err := read(key, "", 0, -1); !errors.Is(err, media.ErrNoObject) {
		t.Errorf("get of nothing: %v", err)
	}
	if err := b.Delete(ctx, "sha256/no/ne/none", ""); err != nil {
		t.Errorf("delete of nothing: %v", err)
	}

	wrong := sum
	wrong[0] ^= 1
	if _, err := b.PutOnce(ctx, key, body, wrong, "text/plain"); !errors.Is(err, media.ErrWrongBytes) {
		t.Errorf("put with a wrong checksum: %v", err)
	}
	if _, err := b.Head(ctx, key, ""); !errors.Is(err, media.ErrNoObject) {
		t.Errorf("a refused put left an object behind: %v", err)
	}

	// Sixteen at once write the same object: all succeed, one version exists.
	var all sync.WaitGroup
	stored := make([]media.Object, 16)
	for i := range stored {
		all.Go(func() {
			var err error
			if stored[i], err = b.PutOnce(ctx, key, body, sum, "text/plain"); err != nil {
				t.Errorf("put: %v", err)
			}
		})
	}
	all.Wait()
	for _, o := range stored {
		if o.Version != stored[0].Version || o.Sum != sum || o.Size != int64(len(body)) {
			t.Errorf("put answers %+v and %+v", stored[0], o)
		}
		if versioned && o.Version == "" {
			t.Error("a versioned bucket answers without a version")
		}
	}
	o, err := b.Head(ctx, key, stored[0].Version)
	if err != nil || o.Size != int64(len(body)) || o.Sum != sum && o.Sum != [32]byte{} {
		t.Errorf("head: %+v, %v", o, err)
	}

	for name, tt := range map[string]struct {
		from, n int64
		want    []byte
	}{
		"all":          {0, -1, body},
		"the head":     {0, 10, body[:10]},
		"one byte":     {0, 1, body[:1]},
		"the middle":   {500, 100, body[500:600]},
		"from an byte": {700, -1, body[700:]},
	} {
		if got, err := read(key, stored[0].Version, tt.from, tt.n); err != nil || !bytes.Equal(got, tt.want) {
			t.Errorf("get %s: %d bytes, %v", name, len(got), err)
		}
	}

	for _, k := range []string{"sha256/aa/1", "sha256/bb/2", "derived/x"} {
		if _, err := b.Put(ctx, k, []byte(k), sha256.Sum256([]byte(k)), "text/plain"); err != nil {
			t.Fatalf("put %s: %v", k, err)
		}
	}
	var keys []string
	for o, err := range b.List(ctx, "sha256/") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	if want := []string{"sha256/aa/1", "sha256/bb/2", key}; !slices.Equal(keys, sorted(want)) {
		t.Errorf("list = %v", keys)
	}

	// A marker hides the object; by its version it is still there; the next
	// upload of the same bytes makes it visible again.
	if err := b.Delete(ctx, key, ""); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if _, err := b.Head(ctx, key, ""); !errors.Is(err, media.ErrNoObject) {
		t.Errorf("a deleted object is still there: %v", err)
	}
	if versioned {
		if got, err := read(key, stored[0].Version, 0, -1); err != nil || !bytes.Equal(got, body) {
			t.Errorf("the version behind a marker: %d bytes, %v", len(got), err)
		}
	}
	again, err := b.PutOnce(ctx, key, body, sum, "text/plain")
	if err != nil {
		t.Fatalf("put after delete: %v", err)
	}
	if versioned && again.Version == stored[0].Version {
		t.Error("the version of a new object is the old one")
	}
	if got, err := read(key, again.Version, 0, -1); err != nil || !bytes.Equal(got, body) {
		t.Errorf("get after a second put: %d bytes, %v", len(got), err)
	}
	if versioned {
		if err := b.Delete(ctx, key, again.Version); err != nil {
			t.Errorf("delete a version: %v", err)
		}
		if _, err := read(key, again.Version, 0, -1); !errors.Is(err, media.ErrNoObject) {
			t.Errorf("a version that was deleted for good: %v", err)
		}
	}

	// Other bytes under this key are damage: the true ones take their place.
	bad := []byte("other bytes")
	if _, err := b.Put(ctx, key, bad, sha256.Sum256(bad), "text/plain"); err != nil {
		t.Fatal(err)
	}
	mended, err := b.PutOnce(ctx, key, body, sum, "text/plain")
	if err != nil || mended.Sum != sum {
		t.Errorf("put over damage: %+v, %v", mended, err)
	}
	if got, err := read(key, "", 0, -1); err != nil || !bytes.Equal(got, body) {
		t.Errorf("get after damage was mended: %d bytes, %v", len(got), err)
	}
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
