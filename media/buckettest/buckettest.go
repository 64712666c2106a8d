// Package buckettest gives tests a bucket of their own, and holds the one suite
// that every S3 server has to pass.
package buckettest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"guatu/media"
)

// Servers are the S3 servers that the tests have: the one of S3_ENDPOINT, and
// each of GUATU_TEST_S3, which are URLs like http://key:secret@host:port/bucket?region=r
// separated by blanks. A test without any fails.
func Servers(t testing.TB) map[string]media.BucketConfig {
	t.Helper()
	all := map[string]media.BucketConfig{"S3_ENDPOINT": Config(t)}
	for text := range strings.FieldsSeq(os.Getenv("GUATU_TEST_S3")) {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("GUATU_TEST_S3: %v", err)
		}
		secret, _ := u.User.Password()
		all[u.Host] = media.BucketConfig{
			Endpoint: u.Scheme + "://" + u.Host, AccessKey: u.User.Username(), SecretKey: secret,
			Bucket: strings.Trim(u.Path, "/"), Region: u.Query().Get("region"),
		}
	}
	return all
}

// Config is the server that the environment names.
func Config(t testing.TB) media.BucketConfig {
	t.Helper()
	c := media.BucketConfig{
		Endpoint: os.Getenv("S3_ENDPOINT"), AccessKey: os.Getenv("S3_ACCESS_KEY"), SecretKey: os.Getenv("S3_SECRET_KEY"),
		Bucket: os.Getenv("S3_BUCKET"), Region: os.Getenv("S3_REGION"),
	}
	if c.Endpoint == "" || c.AccessKey == "" || c.SecretKey == "" {
		t.Fatal("S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY are not set: run `make test`, or `guatu services -- go test ./…`")
	}
	return c
}

// Open is a fresh bucket on the environment's server. It is emptied and left
// behind as empty when the test ends.
func Open(t testing.TB) *media.Bucket {
	t.Helper()
	b, _ := OpenOn(t, Config(t))
	return b
}

// OpenOn is a fresh bucket on a given server, and whether it keeps versions.
func OpenOn(t testing.TB, c media.BucketConfig) (*media.Bucket, bool) {
	t.Helper()
	var random [6]byte
	_, _ = rand.Read(random[:])
	c.Bucket = "guatu-test-" + hex.EncodeToString(random[:])
	b, err := media.OpenBucket(c)
	if err != nil {
		t.Fatal(err)
	}
	versioned, err := b.Ensure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := b.Destroy(ctx); err != nil {
			t.Logf("empty the test's bucket: %v", err)
		}
	})
	return b, versioned
}
