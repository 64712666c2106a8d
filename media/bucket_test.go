package media_test

import (
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"guatu/media"
	"guatu/media/buckettest"
)

func TestBucket(t *testing.T) {
	t.Parallel()
	for name, conf := range buckettest.Servers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			buckettest.Run(t, conf)
			b, _ := buckettest.OpenOn(t, conf)
			if err := b.Canary(t.Context(), "test"); err != nil {
				t.Errorf("canary: %v", err)
			}
			for o, err := range b.Versions(t.Context(), "") {
				t.Errorf("the canary leaves %+v behind, %v", o, err)
			}
		})
	}
}

// A store that is away, answers with errors or falls silent is told apart from
// one that refuses, within the time that an upload may take (F4).
func TestBucketDown(t *testing.T) {
	t.Parallel()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
	}))
	t.Cleanup(failing.Close)
	lying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(lying.Close)
	for name, endpoint := range map[string]string{
		"refuses connections": "http://" + gone.Addr().String(),
		"falls silent":        "http://" + silent.Addr().String(),
		"answers 503":         failing.URL,
		"lies":                lying.URL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := media.OpenBucket(media.BucketConfig{Endpoint: endpoint, AccessKey: "a", SecretKey: "b", Bucket: "guatu", Region: "us-east-1"})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err = b.PutOnce(t.Context(), "k", []byte("x"), sha256.Sum256([]byte("x")), "text/plain")
			if !errors.Is(err, media.ErrBucketDown) {
				t.Errorf("put: %v", err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("put took %s", took)
			}
			if name == "falls silent" || name == "lies" {
				return
			}
			for range 6 {
				_, _ = b.Head(t.Context(), "k", "")
			}
			start = time.Now()
			if _, err := b.Head(t.Context(), "k", ""); !errors.Is(err, media.ErrBucketDown) || time.Since(start) > 2*time.Second {
				t.Errorf("the fuse lets through: %v after %s", err, time.Since(start))
			}
		})
	}
	if _, err := media.OpenBucket(media.BucketConfig{Endpoint: "127.0.0.1:9000"}); err == nil {
		t.Error("an endpoint without http:// is taken")
	}
}
