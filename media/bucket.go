package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Errors of the bucket.
var (
	ErrNoObject   = errors.New("no such object")
	ErrBucketDown = errors.New("object store does not answer")
	ErrWrongBytes = errors.New("object store holds other bytes than it should")
)

// Timeouts of the bucket, its own because the library's are minutes (promises
// 3.9). An upload has to be refused within ten seconds (F4).
const (
	dialTimeout   = 2 * time.Second
	headerTimeout = 8 * time.Second
	idleTimeout   = 10 * time.Second
	slowestBytes  = 5 << 20 // a second, on the way in
)

// BucketConfig names a bucket of any S3 server.
type BucketConfig struct {
	Endpoint  string // http://host:port
	AccessKey string
	SecretKey string
	Bucket    string
	Region    string
}

// Bucket is the only door to the object store. It uses what every S3 server
// has: path style, a region, checksums, conditional writes, versions where they
// can be switched on. It relies on no lifecycle rule, tag or notification.
type Bucket struct {
	core  minio.Core
	name  string
	fuse  fuse
	route string // region, for making the bucket
}

// Object is what the store says of an object.
type Object struct {
	Key      string
	Size     int64
	ETag     string
	Version  string            // empty where the server keeps none
	Sum      [sha256.Size]byte // zero where the server does not tell
	Modified time.Time
	Hidden   bool // Versions: a marker, or behind a newer version
	Marker   bool // Versions: says that the object was deleted
}

// OpenBucket prepares the client; it does not speak to the server yet.
func OpenBucket(conf BucketConfig) (*Bucket, error) {
	u, err := url.Parse(conf.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("object store endpoint %q is not http(s)://host:port", conf.Endpoint)
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:           credentials.NewStaticV4(conf.AccessKey, conf.SecretKey, ""),
		Secure:          u.Scheme == "https",
		Region:          conf.Region,
		BucketLookup:    minio.BucketLookupPath,
		TrailingHeaders: true,
		MaxRetries:      1,
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: headerTimeout,
			MaxIdleConns:          64,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       time.Minute,
			DisableCompression:    true,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("object store client: %w", err)
	}
	return &Bucket{core: minio.Core{Client: client}, name: conf.Bucket, route: conf.Region}, nil
}

// Ensure makes the bucket where it is missing and switches versions on.
// versioned is false where the server cannot keep them.
func (b *Bucket) Ensure(ctx context.Context) (versioned bool, err error) {
	there, err := b.core.BucketExists(ctx, b.name)
	if err != nil {
		return false, b.told("look for bucket", err)
	}
	if !there {
		err := b.core.MakeBucket(ctx, b.name, minio.MakeBucketOptions{Region: b.route})
		if code := minio.ToErrorResponse(err).Code; err != nil && code != "BucketAlreadyOwnedByYou" && code != "BucketAlreadyExists" {
			return false, b.told("make bucket", err)
		}
	}
	if err := b.core.EnableVersioning(ctx, b.name); err != nil {
		if errors.Is(b.told("", err), ErrBucketDown) {
			return false, b.told("switch versions on", err)
		}
		return false, nil
	}
	return true, nil
}

// ObjectKey is where the bytes of this hash are kept.
func ObjectKey(sum [sha256.Size]byte) string {
	h := hex.EncodeToString(sum[:])
	return "sha256/" + h[:2] + "/" + h[2:4] + "/" + h
}

// SumOfKey is the hash that an ObjectKey names.
func SumOfKey(key string) (sum [sha256.Size]byte, ok bool) {
	h := key[strings.LastIndexByte(key, '/')+1:]
	b, err := hex.DecodeString(h)
	if err != nil || len(b) != len(sum) {
		return sum, false
	}
	copy(sum[:], b)
	return sum, ObjectKey(sum) == key
}

// PutOnce writes an object that must not be there yet. The server checks sum.
// Where it is there already, its size and sum are compared: equal ones are the
// answer, other ones (damage) are overwritten by a new version.
func (b *Bucket) PutOnce(ctx context.Context, key string, body []byte, sum [sha256.Size]byte, kind string) (Object, error) {
	o, err := b.put(ctx, key, body, sum, kind, true)
	var said minio.ErrorResponse
	if !errors.As(err, &said) || said.StatusCode != http.StatusPreconditionFailed {
		return o, err
	}
	o, err = b.Head(ctx, key, "")
	switch {
	case err == nil && o.Size == int64(len(body)) && o.Sum == sum:
		return o, nil
	case err == nil && o.Size == int64(len(body)) && o.Sum == [sha256.Size]byte{}:
		if b.verify(ctx, o, sum) == nil {
			return o, nil
		}
	case err != nil && !errors.Is(err, ErrNoObject):
		return Object{}, err
	}
	return b.put(ctx, key, body, sum, kind, false)
}

// Put writes an object whether it is there or not.
func (b *Bucket) Put(ctx context.Context, key string, body []byte, sum [sha256.Size]byte, kind string) (Object, error) {
	return b.put(ctx, key, body, sum, kind, false)
}

func (b *Bucket) put(ctx context.Context, key string, body []byte, sum [sha256.Size]byte, kind string, once bool) (Object, error) {
	if err := b.fuse.ok(); err != nil {
		return Object{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, headerTimeout+time.Duration(len(body)/slowestBytes)*time.Second)
	defer cancel()
	opts := minio.PutObjectOptions{
		ContentType:          kind,
		DisableMultipart:     true,
		DisableContentSha256: true, // the checksum says it, once
		UserMetadata:         map[string]string{"x-amz-checksum-sha256": base64.StdEncoding.EncodeToString(sum[:])},
	}
	if once {
		opts.SetMatchETagExcept("*")
	}
	info, err := b.core.Client.PutObject(ctx, b.name, key, bytes.NewReader(body), int64(len(body)), opts)
	if err != nil {
		return Object{}, b.told("put object", err)
	}
	b.fuse.mend()
	o := Object{Key: key, Size: int64(len(body)), ETag: info.ETag, Version: info.VersionID, Sum: sum}
	if info.ChecksumSHA256 == opts.UserMetadata["x-amz-checksum-sha256"] {
		return o, nil
	}
	return o, b.confirm(ctx, o)
}

// confirm asks for an object whose server said yes to a put and did not repeat
// the checksum, as something between it and us might.
func (b *Bucket) confirm(ctx context.Context, o Object) error {
	got, err := b.Head(ctx, o.Key, o.Version)
	switch {
	case errors.Is(err, ErrNoObject), err == nil && (got.Size != o.Size || got.Sum != o.Sum && got.Sum != [sha256.Size]byte{}):
		return fmt.Errorf("put object: %w: it says that it stored %s and did not", ErrBucketDown, o.Key)
	}
	return err
}

// verify reads an object of a server that tells no checksum.
func (b *Bucket) verify(ctx context.Context, o Object, sum [sha256.Size]byte) error {
	body, _, err := b.Get(ctx, o.Key, o.Version, 0, -1)
	if err != nil {
		return err
	}
	defer body.Close()
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		return err
	}
	if [sha256.Size]byte(h.Sum(nil)) != sum {
		return ErrWrongBytes
	}
	return nil
}

// Head asks about an object; an empty version means the current one.
func (b *Bucket) Head(ctx context.Context, key, version string) (Object, error) {
	if err := b.fuse.ok(); err != nil {
		return Object{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, headerTimeout)
	defer cancel()
	info, err := b.core.StatObject(ctx, b.name, key, minio.StatObjectOptions{VersionID: version, Checksum: true})
	if err != nil {
		return Object{}, b.told("head object", err)
	}
	b.fuse.mend()
	return object(info), nil
}

func object(info minio.ObjectInfo) Object {
	o := Object{Key: info.Key, Size: info.Size, ETag: info.ETag, Version: info.VersionID, Modified: info.LastModified, Marker: info.IsDeleteMarker}
	if raw, err := base64.StdEncoding.DecodeString(info.ChecksumSHA256); err == nil && len(raw) == len(o.Sum) {
		copy(o.Sum[:], raw)
	}
	return o
}

// Get reads n bytes of an object from an offset on; a negative n means to its
// end, an empty version the current one. The reader fails when the server falls
// silent; it must be closed.
func (b *Bucket) Get(ctx context.Context, key, version string, from, n int64) (io.ReadCloser, Object, error) {
	if err := b.fuse.ok(); err != nil {
		return nil, Object{}, err
	}
	opts := minio.GetObjectOptions{VersionID: version}
	if from > 0 || n >= 0 {
		to := from + n - 1
		if n < 0 {
			to = 0 // SetRange(from, 0): to the end
		}
		if err := opts.SetRange(from, to); err != nil {
			return nil, Object{}, fmt.Errorf("range of object: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	body, info, _, err := b.core.GetObject(ctx, b.name, key, opts)
	if err != nil {
		cancel()
		return nil, Object{}, b.told("get object", err)
	}
	b.fuse.mend()
	return &patient{body, cancel}, object(info), nil
}

// patient ends a read that nothing comes out of.
type patient struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (p *patient) Read(buf []byte) (int, error) {
	t := time.AfterFunc(idleTimeout, p.cancel)
	defer t.Stop()
	return p.ReadCloser.Read(buf)
}

func (p *patient) Close() error {
	p.cancel()
	return p.ReadCloser.Close()
}

// Delete hides the current version behind a marker, or removes the given
// version for good. An object that is not there is no error.
func (b *Bucket) Delete(ctx context.Context, key, version string) error {
	if err := b.fuse.ok(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, headerTimeout)
	defer cancel()
	err := b.core.RemoveObject(ctx, b.name, key, minio.RemoveObjectOptions{VersionID: version})
	if err = b.told("delete object", err); err != nil && !errors.Is(err, ErrNoObject) {
		return err
	}
	return nil
}

// List walks the current objects under a prefix in the order of their keys.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return b.list(ctx, minio.ListObjectsOptions{Prefix: prefix, Recursive: true})
}

// Versions walks all versions under a prefix, markers included.
func (b *Bucket) Versions(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return b.list(ctx, minio.ListObjectsOptions{Prefix: prefix, Recursive: true, WithVersions: true})
}

func (b *Bucket) list(ctx context.Context, opts minio.ListObjectsOptions) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for info := range b.core.ListObjectsIter(ctx, b.name, opts) {
			if info.Err != nil {
				yield(Object{}, b.told("list objects", info.Err))
				return
			}
			o := object(info)
			o.Hidden = opts.WithVersions && (!info.IsLatest || info.IsDeleteMarker)
			if !yield(o, nil) {
				return
			}
		}
	}
}

// told words an error of the library: what the server decided stays as it is,
// everything else means that it does not answer.
func (b *Bucket) told(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) { // the caller went away: that says nothing about the store
		return fmt.Errorf("%s: %w", what, err)
	}
	var said minio.ErrorResponse
	errors.As(err, &said)
	decided := said.StatusCode > 0 && said.StatusCode < 500 && said.StatusCode != http.StatusTooManyRequests || said.StatusCode == http.StatusNotImplemented
	if decided {
		switch {
		case said.Code == "NoSuchBucket":
			return fmt.Errorf("%s: %w: %w", what, ErrBucketDown, err)
		case said.StatusCode == http.StatusNotFound:
			return fmt.Errorf("%s: %w: %w", what, ErrNoObject, err)
		case strings.Contains(said.Code, "Digest") || strings.Contains(said.Code, "Checksum"):
			return fmt.Errorf("%s: %w: %w", what, ErrWrongBytes, err)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	b.fuse.burn()
	return fmt.Errorf("%s: %w: %w", what, ErrBucketDown, err)
}

// fuse makes callers fail at once while the store is down, so that they do not
// pile up in its timeouts: after five failures in a row it lets one caller a
// second try.
type fuse struct {
	failures atomic.Int32
	next     atomic.Int64 // unix milliseconds of the next try
}

func (f *fuse) burn() {
	if f.failures.Add(1) >= 5 {
		f.next.Store(time.Now().Add(time.Second).UnixMilli())
	}
}

func (f *fuse) mend() { f.failures.Store(0) }

func (f *fuse) ok() error {
	if f.failures.Load() < 5 {
		return nil
	}
	next, now := f.next.Load(), time.Now().UnixMilli()
	if now >= next && f.next.CompareAndSwap(next, now+1000) {
		return nil
	}
	return fmt.Errorf("%w: it failed several times in a row", ErrBucketDown)
}

// Canary writes a small object, reads a part of it and removes it for good: what
// has to work for photos to be taken in.
func (b *Bucket) Canary(ctx context.Context, name string) error {
	body := []byte("guatu " + name)
	o, err := b.Put(ctx, "canary/"+name, body, sha256.Sum256(body), "text/plain")
	if err != nil {
		return err
	}
	r, _, err := b.Get(ctx, o.Key, o.Version, 1, 4)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(r)
	_ = r.Close()
	if err != nil {
		return err
	}
	if string(got) != "uatu" {
		return fmt.Errorf("%w: canary", ErrWrongBytes)
	}
	return b.Delete(ctx, o.Key, o.Version)
}

// Destroy removes every version of every object and the bucket itself: for
// tests and for a demo that starts over.
func (b *Bucket) Destroy(ctx context.Context) error {
	for o, err := range b.Versions(ctx, "") {
		if err != nil {
			return err
		}
		if err := b.Delete(ctx, o.Key, o.Version); err != nil {
			return err
		}
	}
	return b.told("remove bucket", b.core.RemoveBucket(ctx, b.name))
}

// Name is the bucket's name on its server.
func (b *Bucket) Name() string { return b.name }
