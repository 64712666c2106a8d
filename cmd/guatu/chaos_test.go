package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"guatu/cmd/guatu/stack"
	"guatu/ledger"
	"guatu/ledger/ledgertest"
	"guatu/media"
	"guatu/media/mediatest"
	"guatu/migrations/pgtest"
)

// The chaos test (promises F3, F5, G1 in small): clients upload until each
// photo is acknowledged, while the server is killed at least once a second and
// MinIO at least every ten. Whatever was acknowledged has to be there, byte for
// byte, once; what was not must leave nothing behind.
const (
	chaosClients = 8
	chaosUploads = 2000
	chaosServer  = time.Second      // longest life of a server once it answers
	chaosMinIO   = 10 * time.Second // longest life of a MinIO
	chaosTTL     = 6 * time.Second  // of unfinished uploads
	chaosKilling = 80 * time.Second // then the rest goes through in peace, so that a busy machine comes to an end
	chaosTime    = 5 * time.Minute  // for all uploads, on a machine that does other work too
)

// chaos is one run.
type chaos struct {
	t       *testing.T
	url     string
	env     []string
	token   string
	site    int64
	uploads int

	next    atomic.Int64
	tries   atomic.Int64
	kills   atomic.Int64
	minios  atomic.Int64
	mu      sync.Mutex
	journal []ack
	until   time.Time     // no kills any more
	stop    chan struct{} // closed when every upload is acknowledged
}

// ack is a line of the journal: what a client was promised.
type ack struct {
	n         int
	id        string
	body      string
	signature string
}

func TestChaos(t *testing.T) {
	t.Parallel()
	c := &chaos{t: t, uploads: chaosUploads, stop: make(chan struct{})}
	if testing.Short() {
		c.uploads = 200
	}
	dsn := pgtest.New(t)
	s := c.minio(dsn)
	conf := &config{DatabaseURL: secret(dsn), S3Endpoint: s.S3.Endpoint, S3AccessKey: s.S3.AccessKey, S3SecretKey: secret(s.S3.SecretKey), S3Bucket: s.S3.Bucket, S3Region: s.S3.Region}
	people := c.inspector(dsn)
	address := freeAddress(t)
	c.url = "http://" + address
	c.env = append(s.Env(), "DATABASE_URL="+dsn, "GUATU_RECEIPT_KEY="+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32)),
		"GUATU_PENDING_TTL="+chaosTTL.String(), "GUATU_LISTEN="+address, "GUATU_ADMIN_LISTEN="+freeAddress(t), "GUATU_LOG_LEVEL=error")

	c.until = time.Now().Add(chaosKilling)
	var evil sync.WaitGroup
	evil.Go(c.killServers)
	evil.Go(func() { c.killMinIO(s) })
	start := time.Now()
	var clients sync.WaitGroup
	for range chaosClients {
		clients.Go(c.client)
	}
	clients.Wait()
	took := time.Since(start)
	close(c.stop)
	evil.Wait()
	if t.Failed() {
		return
	}
	if c.kills.Load() < 5 {
		t.Errorf("only %d kills: that was no chaos", c.kills.Load())
	}

	// A server that is left alone sweeps what was given up.
	server := c.serve()
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	c.swept(people)
	c.compare(conf, people)
	c.fsck()
	t.Logf("%d uploads acknowledged in %s (%.0f a second) through %d kills of the server and %d of MinIO, %d tries",
		c.uploads, took.Round(time.Millisecond), float64(c.uploads)/took.Seconds(), c.kills.Load(), c.minios.Load(), c.tries.Load())
}

// minio starts an object store of the test's own, to be killed.
func (c *chaos) minio(dsn string) *stack.Stack {
	s, err := stack.Start(c.t.Context(), stack.Options{State: stateFolder(c.t), Log: io.Discard, Throwaway: true, DatabaseURL: dsn})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			c.t.Error(err)
		}
	})
	return s
}

// inspector is who uploads, and the ledger as the test looks at it.
func (c *chaos) inspector(dsn string) *ledger.Store {
	ctx := c.t.Context()
	pool, err := ledger.Open(ctx, dsn)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(pool.Close)
	people := ledger.NewStore(pool, time.Now)
	ledgertest.Areas(c.t, people)
	h := &mediatest.House{T: c.t, Ledger: people}
	project := h.Project("411104")
	c.site = h.Site("411104", project)
	id, err := people.AddPerson(ctx, ledger.NewPerson{Login: "chaos", Name: "示例盯办人"}, []ledger.NewGrant{{Role: ledger.Inspector, ProjectID: project}})
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token, err = people.MakeToken(ctx, id, "chaos", time.Hour); err != nil {
		c.t.Fatal(err)
	}
	return people
}

// serve starts a real server. It finds no decoder: two thousand thumbnails are
// not what is tried here, and their jobs have to wait in the queue unharmed.
func (c *chaos) serve() *exec.Cmd {
	cmd := guatu(c.t, "serve")
	cmd.Env = append(cmd.Env, c.env...)
	cmd.Env = append(cmd.Env, "PATH=/nonexistent")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		c.t.Error(err)
	}
	return cmd
}

func (c *chaos) killServers() {
	for {
		server := c.serve()
		for end := time.Now().Add(30 * time.Second); !c.answers() && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		life := rand.N(chaosServer)
		if time.Now().After(c.until) {
			life = chaosTime
		}
		select {
		case <-c.stop:
			_ = server.Process.Kill()
			_ = server.Wait()
			return
		case <-time.After(life):
		}
		_ = server.Process.Kill()
		_ = server.Wait()
		c.kills.Add(1)
	}
}

func (c *chaos) answers() bool {
	resp, err := http.Get(c.url + "/api/v1/receipt-keys")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func (c *chaos) killMinIO(s *stack.Stack) {
	for {
		select {
		case <-c.stop:
			return
		case <-time.After(chaosMinIO/4 + rand.N(chaosMinIO*3/4)):
		}
		if time.Now().After(c.until) {
			return
		}
		if err := s.Kill("minio"); err != nil {
			c.t.Error(err)
		}
		c.minios.Add(1)
	}
}

// photo is the n-th photo: most are small, some as large as a phone's; every
// tenth has the bytes of the one before.
func (c *chaos) photo(n int) []byte {
	if n%10 == 9 {
		n--
	}
	b := mediatest.Photo{Width: 160, Height: 120, Tag: fmt.Sprintf("chaos %d", n)}.JPEG()
	return append(b, make([]byte, n%7*n%90_000)...) // a maker's trailer
}

// client uploads one photo after the other, each until it is acknowledged.
func (c *chaos) client() {
	web := &http.Client{Timeout: 15 * time.Second}
	end := time.Now().Add(chaosTime)
	for {
		n := int(c.next.Add(1)) - 1
		if n >= c.uploads {
			return
		}
		id, b := uuid.Must(uuid.NewV7()).String(), c.photo(n)
		acks := 1
		if n%20 == 0 {
			acks = 2 // the phone did not hear the answer
		}
		for acks > 0 {
			if time.Now().After(end) {
				c.t.Errorf("upload %d is not acknowledged after %s", n, chaosTime)
				return
			}
			a, err := c.put(web, id, b)
			if err != nil {
				c.t.Errorf("upload %d: %v", n, err)
				return
			}
			if a == nil {
				time.Sleep(5*time.Millisecond + rand.N(60*time.Millisecond))
				continue
			}
			a.n, a.id = n, id
			c.mu.Lock()
			c.journal = append(c.journal, *a)
			c.mu.Unlock()
			acks--
		}
	}
}

// put tries once. Nil without an error: not acknowledged, try again.
func (c *chaos) put(web *http.Client, id string, b []byte) (*ack, error) {
	c.tries.Add(1)
	req, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s/api/v1/photos/%s?site=%d", c.url, id, c.site), bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	resp, err := web.Do(req)
	if err != nil {
		return nil, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
		return nil, nil
	}
	var receipt struct{ Body, Signature string }
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated || json.Unmarshal(body, &receipt) != nil {
		return nil, fmt.Errorf("answered %d %s", resp.StatusCode, body)
	}
	return &ack{body: receipt.Body, signature: receipt.Signature}, nil
}

// swept waits until nothing is pending any more.
func (c *chaos) swept(people *ledger.Store) {
	c.t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		var n int
		err := people.Pool().QueryRow(ledger.System(c.t.Context()),
			"SELECT (SELECT count(*) FROM blob WHERE state = 'pending') + (SELECT count(*) FROM upload WHERE state = 'pending')").Scan(&n)
		if err == nil && n == 0 {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("%d uploads are pending long after their time, %v", n, err)
		}
	}
}

// compare holds the journal against rows and bytes.
func (c *chaos) compare(conf *config, people *ledger.Store) {
	ctx := ledger.System(c.t.Context())
	bucket, err := conf.bucket()
	if err != nil {
		c.t.Fatal(err)
	}
	ids := map[string]ack{}
	for _, a := range c.journal {
		if first, ok := ids[a.id]; ok && (first.body != a.body || first.signature != a.signature) {
			c.t.Errorf("photo %s has two receipts: %s and %s", a.id, first.body, a.body)
		}
		ids[a.id] = a
	}
	if len(ids) != c.uploads {
		c.t.Errorf("%d photos are acknowledged, want %d", len(ids), c.uploads)
	}
	lost, corrupt := 0, 0
	objects := map[string]bool{}
	for id, a := range ids {
		photo, err := people.Original(ctx, ledger.Scope{All: true}, uuid.MustParse(id))
		if err != nil {
			lost++
			continue
		}
		want := c.photo(a.n)
		sum := sha256.Sum256(want)
		key := media.ObjectKey(sum)
		objects[key] = true
		r, _, err := bucket.Get(ctx, key, photo.VersionID, 0, -1)
		if errors.Is(err, media.ErrNoObject) {
			lost++
			continue
		}
		if err != nil {
			c.t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(got, want) || photo.Hash != media.HashOf(sum) {
			corrupt++
		}
	}
	var rows int
	if err := people.Pool().QueryRow(ctx, "SELECT count(*) FROM photo").Scan(&rows); err != nil {
		c.t.Fatal(err)
	}
	orphans := 0
	for o, err := range bucket.List(ctx, "") {
		if err != nil {
			c.t.Fatal(err)
		}
		if !objects[o.Key] {
			orphans++
		}
	}
	if lost != 0 || corrupt != 0 || rows != len(ids) || orphans != 0 {
		c.t.Errorf("lost %d, corrupt %d, duplicate rows %d, orphans after the sweep %d", lost, corrupt, rows-len(ids), orphans)
	} else {
		c.t.Logf("lost 0, corrupt 0, duplicate rows 0, orphans after the sweep 0")
	}
}

// fsck has the shipped command say the same.
func (c *chaos) fsck() {
	cmd := guatu(c.t, "fsck", "--json")
	cmd.Env = append(cmd.Env, c.env...)
	out, err := cmd.Output()
	var report struct {
		OK     bool
		Photos int
		Checks []struct {
			ID     string
			Faults []struct{ Subject, Code string }
		}
	}
	if json.Unmarshal(out, &report) != nil || err != nil || !report.OK || report.Photos != c.uploads {
		for _, check := range report.Checks {
			if len(check.Faults) > 0 {
				c.t.Errorf("%s: %d faults, first %v", check.ID, len(check.Faults), slices.Collect(slices.Values(check.Faults[:1])))
			}
		}
		c.t.Errorf("guatu fsck: %v, %d photos", err, report.Photos)
	}
}
