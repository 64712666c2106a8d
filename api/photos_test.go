package api_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"guatu/api"
	"guatu/api/apitest"
	"guatu/ledger"
	"guatu/media"
	"guatu/media/buckettest"
	"guatu/media/mediatest"
)

// gallery is a server with an intake, a site in each of two counties, and an
// inspector of each.
type gallery struct {
	*apitest.World
	store         *media.Store
	site, sibling int64
	project       int64
	li, wang      *apitest.Person
	ownCounty     string
}

// hang is far beyond what any file takes on a busy machine: a file that reaches
// it would never have been answered.
const hang = 30 * time.Second

func newGallery(t *testing.T) *gallery {
	return galleryOn(t, func(l *ledger.Store) *media.Store { return mediatest.On(t, l) })
}

func galleryOn(t *testing.T, intake func(*ledger.Store) *media.Store) *gallery {
	g := &gallery{ownCounty: "411104"}
	g.World = apitest.Start(t, func(_ *api.Config, p *api.Parts) {
		g.store = intake(p.Ledger)
		p.Media = g.store
	})
	var other int64
	g.project, g.site = g.ground(g.ownCounty)
	other, g.sibling = g.ground("411121")
	g.li, g.wang = g.On(ledger.Inspector, g.project), g.On(ledger.Inspector, other)
	return g
}

func (g *gallery) ground(county string) (project, site int64) {
	g.T.Helper()
	err := g.Ledger.Pool().QueryRow(g.T.Context(), `WITH p AS (INSERT INTO project (name, area) VALUES ('示例 ' || gen_random_uuid(), $1) RETURNING id),
			a AS (INSERT INTO project_area (project_id, county) SELECT id, $1 FROM p)
		INSERT INTO site (county, project_id, name, boundary)
		SELECT $1, id, '示例点位', ST_Multi(ST_MakeEnvelope(114.03, 33.57, 114.04, 33.58, 4490)) FROM p RETURNING project_id, id`, county).Scan(&project, &site)
	if err != nil {
		g.T.Fatal(err)
	}
	return project, site
}

func (g *gallery) count(sql string) (n int) {
	g.T.Helper()
	if err := g.Ledger.Pool().QueryRow(ledger.System(g.T.Context()), sql).Scan(&n); err != nil {
		g.T.Fatal(err)
	}
	return n
}

type receipt struct {
	ID, SHA256, County, Signature, Body, DuplicateOf string
	KeyID                                            string `json:"key_id"`
	Size                                             int64
	SiteID                                           *int64    `json:"site_id"`
	ReceivedAt                                       time.Time `json:"received_at"`
	Photo                                            struct {
		ID, TakenZone, Derivatives, Camera string
		Flags                              []string
		Position                           *[2]float64
		URLs                               map[string]string
		Person                             struct{ Name string }
	}
}

func digestHeader(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

func send(p *apitest.Person, id, query string, b []byte, header ...string) apitest.Answer {
	p.World.T.Helper()
	if len(header) == 0 {
		header = []string{"Repr-Digest", digestHeader(b)}
	}
	return p.Call(http.MethodPut, "/api/v1/photos/"+id+query, b, header...)
}

func photoID() string { return uuid.Must(uuid.NewV7()).String() }

func TestPhotoWholeWay(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	b, id := mediatest.Phone("way").JPEG(), photoID()
	query := fmt.Sprintf("?site=%d&lon=114.0365&lat=33.5712&accuracy=12&position_source=browser&position_at=2026-03-05T08:29:58%%2B08:00&taken_at=2026-03-05T00:30:00Z", g.site)
	first := send(g.li, id, query, b).Must(t, http.StatusCreated)
	var r receipt
	first.Into(t, &r)
	if r.ID != id || r.Size != int64(len(b)) || r.County != g.ownCounty || *r.SiteID != g.site || r.Photo.Derivatives != "waiting" || r.Photo.Camera != "HUAWEI ALN-AL00" {
		t.Errorf("receipt %+v", r)
	}
	if first.Header.Get("Location") != "/api/v1/photos/"+id {
		t.Errorf("Location %q", first.Header.Get("Location"))
	}
	var keys struct{ Items []struct{ ID, Public string } }
	g.Nobody().Get("/api/v1/receipt-keys").Must(t, 200).Into(t, &keys)
	public, err := base64.StdEncoding.DecodeString(keys.Items[0].Public)
	signature, _ := base64.StdEncoding.DecodeString(r.Signature)
	if err != nil || keys.Items[0].ID != r.KeyID || !ed25519.Verify(public, []byte(r.Body), signature) {
		t.Error("the receipt does not verify with the published key")
	}

	// The derivatives come meanwhile; the retry still gets the first answer.
	if err := g.store.Derive(ledger.System(t.Context()), "sha256:"+r.SHA256); err != nil {
		t.Fatal(err)
	}
	again := send(g.li, id, query, b).Must(t, http.StatusOK)
	if !bytes.Equal(first.Body, again.Body) {
		t.Errorf("a retry is answered otherwise:\n%s\n%s", first.Body, again.Body)
	}
	var kept receipt
	g.li.Get("/api/v1/photos/"+id+"/receipt").Must(t, 200).Into(t, &kept)
	if kept.Body != r.Body || kept.Signature != r.Signature {
		t.Errorf("the kept receipt is another one: %+v", kept)
	}
	taken := send(g.li, id, query, mediatest.Phone("other").JPEG())
	if taken.Status != http.StatusConflict || taken.Code() != "photo_id_taken" || !strings.Contains(string(taken.Body), `"sha256":"`+r.SHA256+`"}`) {
		t.Errorf("other bytes: %d %s", taken.Status, taken.Body)
	}
	// By hex digest, without a site: into the inbox of the home county.
	sum := sha256.Sum256(b)
	inbox := send(g.li, photoID(), "", b, "X-Content-Sha256", hex.EncodeToString(sum[:])).Must(t, http.StatusCreated)
	var twin receipt
	inbox.Into(t, &twin)
	if twin.SiteID != nil || twin.County != g.ownCounty || !slices.Contains(twin.Photo.Flags, "duplicate") || !strings.Contains(string(inbox.Body), `"duplicate_of":"`+id) {
		t.Errorf("the twin in the inbox: %s", inbox.Body)
	}

	var list struct {
		Items []struct{ ID string }
		Next  string
	}
	g.li.Get("/api/v1/photos?limit=1").Must(t, 200).Into(t, &list)
	if len(list.Items) != 1 || list.Items[0].ID != twin.ID || list.Next == "" {
		t.Errorf("first page %+v", list)
	}
	g.li.Get("/api/v1/photos?limit=1&cursor="+list.Next).Must(t, 200).Into(t, &list)
	if len(list.Items) != 1 || list.Items[0].ID != id || list.Next != "" {
		t.Errorf("second page %+v", list)
	}
	day := time.Now().In(ledger.Beijing).Format(time.DateOnly)
	for query, want := range map[string]int{
		"?mine=true": 2, fmt.Sprintf("?site_id=%d", g.site): 1, fmt.Sprintf("?project_id=%d", g.project): 1, "?county=411104": 2, "?county=411121": 0,
		"?day=" + day: 2, "?day=2020-01-01": 0,
	} {
		g.li.Get("/api/v1/photos"+query).Must(t, 200).Into(t, &list)
		if len(list.Items) != want {
			t.Errorf("%s: %d photos, want %d", query, len(list.Items), want)
		}
	}
	for query, want := range map[string]int{"?cursor=nonsense": 400, "?day=yesterday": 422, "?limit=0": 422, "?nothing=1": 422} {
		g.li.Get("/api/v1/photos"+query).Must(t, want)
	}
}

func TestPhotoRefusals(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	b := mediatest.Phone("refused").JPEG()
	auditor, county := g.In(ledger.Auditor, g.ownCounty), g.In(ledger.County, "411121")
	for name, tt := range map[string]struct {
		by         *apitest.Person
		id, query  string
		body       []byte
		header     []string
		want       int
		code, says string
	}{
		"nobody":                   {by: g.Nobody(), body: b, want: 401, code: "unauthenticated"},
		"a role that only reads":   {by: auditor, body: b, want: 403, code: "forbidden"},
		"no digest":                {body: b, header: []string{"X", "y"}, want: 400, code: "digest_missing"},
		"a digest that is none":    {body: b, header: []string{"Repr-Digest", "sha-256=abc"}, want: 400, code: "digest_invalid"},
		"a short digest":           {body: b, header: []string{"Repr-Digest", "sha-256=:AAAA:"}, want: 400, code: "digest_invalid"},
		"two digests that differ":  {body: b, header: []string{"Repr-Digest", digestHeader(b), "X-Content-Sha256", strings.Repeat("0", 64)}, want: 400, code: "digest_invalid"},
		"another digest":           {body: b, header: []string{"Repr-Digest", digestHeader([]byte("x"))}, want: 422, code: "digest_mismatch"},
		"nothing":                  {body: []byte{}, want: 422, code: "empty_body"},
		"text":                     {body: []byte("照片"), want: 422, code: "not_an_image"},
		"an id that is none":       {id: "not-a-uuid", body: b, want: 422, code: "bad_photo_id"},
		"the nil id":               {id: uuid.Nil.String(), body: b, want: 422, code: "bad_photo_id"},
		"a site that is none":      {query: "?site=abc", body: b, want: 422, code: "invalid", says: "query.site"},
		"a site elsewhere":         {query: fmt.Sprintf("?site=%d", g.sibling), body: b, want: 404, code: "not_found"},
		"a site nowhere":           {query: "?site=999999", body: b, want: 404, code: "not_found"},
		"a site of another county": {by: county, query: fmt.Sprintf("?site=%d", g.site), body: b, want: 404, code: "not_found"},
		"half a position":          {query: "?lon=114", body: b, want: 422, code: "invalid", says: "query.lon"},
		"longitude 200":            {query: "?lon=200&lat=33", body: b, want: 422, code: "invalid", says: "query.lon"},
		"latitude NaN":             {query: "?lon=114&lat=NaN", body: b, want: 422, code: "invalid", says: "query.lat"},
		"a time that is none":      {query: "?taken_at=yesterday", body: b, want: 422, code: "invalid", says: "query.taken_at"},
		"a question unknown":       {query: "?sql=1", body: b, want: 422, code: "invalid", says: "query.sql"},
		"too large":                {body: make([]byte, media.MaxBytes+1), want: 413, code: "too_large"},
	} {
		by, id := tt.by, tt.id
		if by == nil {
			by = g.li
		}
		if id == "" {
			id = photoID()
		}
		got := send(by, id, tt.query, tt.body, tt.header...)
		if got.Status != tt.want || got.Code() != tt.code || !strings.Contains(string(got.Body), tt.says) {
			t.Errorf("%s: %d %s, want %d %s", name, got.Status, got.Body, tt.want, tt.code)
		}
		if kind := got.Header.Get("Content-Type"); kind != "application/problem+json" {
			t.Errorf("%s: answered as %s", name, kind)
		}
	}
	for _, table := range []string{"upload", "blob", "photo", "receipt", "river_job"} {
		if n := g.count("SELECT count(*) FROM " + table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
}

// Every photo of ../shared/fixtures/photos and every generated one meets its
// verdict, and a refused one leaves no row and no object behind.
func TestPhotoFixturesOverHTTP(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	type file struct {
		bytes   []byte
		verdict string
	}
	files := map[string]file{}
	const photos = "../../shared/fixtures/photos"
	if list, err := os.ReadFile(filepath.Join(photos, "MANIFEST.json")); err != nil {
		t.Logf("lacks ../shared/fixtures/photos, tested with generated files only: %v", err)
	} else {
		var all []struct{ File, Verdict string }
		if err := json.Unmarshal(list, &all); err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if f.Verdict == "" {
				continue
			}
			b, err := os.ReadFile(filepath.Join(photos, f.File))
			if err != nil {
				t.Fatal(err)
			}
			files[f.File] = file{b, f.Verdict}
		}
	}
	for name, c := range mediatest.Cases() {
		verdict := "reject"
		if c.Accept {
			verdict = "accept"
		}
		files["generated: "+name] = file{c.Bytes, verdict}
	}
	var (
		mu     sync.Mutex
		hashes = map[string]bool{}
		all    sync.WaitGroup
		slots  = make(chan struct{}, 4)
	)
	for name, f := range files {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			start := time.Now()
			got := send(g.li, photoID(), fmt.Sprintf("?site=%d", g.site), f.bytes)
			if took := time.Since(start); took > hang {
				t.Errorf("%s took %s", name, took)
			}
			stored := got.Status == http.StatusCreated
			refused := got.Status >= 400 && got.Status < 500 && got.Code() != ""
			switch f.verdict {
			case "accept", "quirk":
				if !stored {
					t.Errorf("%s: %d %s, want 201", name, got.Status, got.Body)
				}
			case "reject":
				if !refused {
					t.Errorf("%s: %d %s, want a refusal", name, got.Status, got.Body)
				}
			default:
				if !stored && !refused {
					t.Errorf("%s: %d %s", name, got.Status, got.Body)
				}
			}
			if stored {
				sum := sha256.Sum256(f.bytes)
				mu.Lock()
				hashes[media.ObjectKey(sum)] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	objects := 0
	for o, err := range g.store.Bucket.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		objects++
		if !hashes[o.Key] {
			t.Errorf("%s was left behind by a refused upload", o.Key)
		}
	}
	if objects != len(hashes) || g.count("SELECT count(*) FROM blob WHERE state <> 'stored'") != 0 {
		t.Errorf("%d objects for %d stored bodies", objects, len(hashes))
	}
	t.Logf("%d files, %d stored", len(files), len(hashes))
}

func TestPhotoBytes(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	b, id := mediatest.Photo{Width: 2000, Height: 1000, Tag: "bytes", Lat: 33.5, Lon: 114, NS: "N", EW: "E"}.JPEG(), photoID()
	send(g.li, id, fmt.Sprintf("?site=%d", g.site), b).Must(t, http.StatusCreated)
	sum := sha256.Sum256(b)
	original, thumb := "/media/photos/"+id+"/original", "/media/photos/"+id+"/320"
	viewed := func() int { return g.count("SELECT count(*) FROM event WHERE verb = 'photo.viewed'") }

	if got := g.li.Get(thumb); got.Status != http.StatusNotFound || got.Code() != "not_ready" {
		t.Errorf("a thumb before it is made: %d %s", got.Status, got.Body)
	}
	if err := g.store.Derive(ledger.System(t.Context()), media.HashOf(sum)); err != nil {
		t.Fatal(err)
	}
	full := g.li.Get(original).Must(t, http.StatusOK)
	etag := full.Header.Get("ETag")
	for name, want := range map[string]string{
		"ETag": `"` + hex.EncodeToString(sum[:]) + `"`, "Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff",
		"Cache-Control": "private, no-cache", "Accept-Ranges": "bytes", "Content-Disposition": `attachment; filename="` + id + `.jpg"`,
	} {
		if got := full.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !bytes.Equal(full.Body, b) || viewed() != 1 {
		t.Errorf("read %d of %d bytes, %d views", len(full.Body), len(b), viewed())
	}
	var event struct{ Variant string }
	var actor int64
	var after []byte
	if err := g.Ledger.Pool().QueryRow(t.Context(), "SELECT actor_id, after FROM event WHERE verb = 'photo.viewed' AND subject = 'photo:"+id+"'").Scan(&actor, &after); err != nil || actor != g.li.ID {
		t.Errorf("the view is told of %d, %v", actor, err)
	}
	if err := json.Unmarshal(after, &event); err != nil || event.Variant != "original" {
		t.Errorf("the view says %s", after)
	}

	for spec, want := range map[string]struct {
		status   int
		from, to int
	}{
		"bytes=0-99": {206, 0, 100}, "bytes=100-": {206, 100, len(b)}, "bytes=-50": {206, len(b) - 50, len(b)},
		"bytes=5-5": {206, 5, 6}, fmt.Sprintf("bytes=10-%d", len(b)+500): {206, 10, len(b)}, fmt.Sprintf("bytes=-%d", len(b)*2): {206, 0, len(b)},
		fmt.Sprintf("bytes=%d-", len(b)): {416, 0, 0}, "bytes=9-3": {416, 0, 0}, "bytes=-0": {416, 0, 0},
		"bytes=1-2,5-6": {200, 0, len(b)}, "lines=1-2": {200, 0, len(b)}, "bytes=x-y": {200, 0, len(b)},
	} {
		got := g.li.Call(http.MethodGet, original, nil, "Range", spec)
		if got.Status != want.status {
			t.Errorf("%s: %d, want %d", spec, got.Status, want.status)
			continue
		}
		if want.status == 416 {
			if got.Code() != "bad_range" || got.Header.Get("Content-Range") != fmt.Sprintf("bytes */%d", len(b)) {
				t.Errorf("%s: %s %v", spec, got.Body, got.Header)
			}
			continue
		}
		if !bytes.Equal(got.Body, b[want.from:want.to]) {
			t.Errorf("%s: other bytes, %d of them", spec, len(got.Body))
		}
	}
	views := viewed()
	g.li.Call(http.MethodGet, original, nil, "If-None-Match", etag).Must(t, http.StatusNotModified)
	g.li.Call(http.MethodGet, original, nil, "Range", "bytes=0-9", "If-Range", `"other"`).Must(t, http.StatusOK)
	if got := viewed() - views; got != 1 {
		t.Errorf("%d views were told for one look and one that needed no bytes", got)
	}

	small := g.li.Get(thumb).Must(t, http.StatusOK)
	if small.Header.Get("ETag") == etag || !strings.HasPrefix(small.Header.Get("Cache-Control"), "private") || bytes.Contains(small.Body, []byte("Exif")) {
		t.Errorf("thumb: %v", small.Header)
	}
	for path, want := range map[string]int{"/media/photos/" + id + "/640": 404, "/media/photos/" + photoID() + "/320": 404, "/media/photos/x/320": 404} {
		g.li.Get(path).Must(t, want)
	}

	for name, tt := range map[string]struct {
		by              *apitest.Person
		original, thumb int
	}{
		"commander of the city":       {g.In(ledger.Commander, "411100"), 200, 200},
		"land bureau of the county":   {g.In(ledger.Land, g.ownCounty), 200, 200},
		"auditor of the project":      {g.On(ledger.Auditor, g.project), 200, 200},
		"forestry of the county":      {g.In(ledger.Forestry, g.ownCounty), 403, 200},
		"watcher of the city":         {g.In(ledger.Watcher, "411100"), 403, 200},
		"another inspector of it":     {g.On(ledger.Inspector, g.project), 403, 200},
		"land bureau elsewhere":       {g.In(ledger.Land, "411121"), 404, 404},
		"inspector elsewhere":         {g.wang, 404, 404},
		"county here, land elsewhere": {g.Person(ledger.NewGrant{Role: ledger.County, Area: g.ownCounty}, ledger.NewGrant{Role: ledger.Land, Area: "411121"}), 403, 200},
		"nobody":                      {g.Nobody(), 401, 401},
	} {
		views := viewed()
		if got := tt.by.Get(original); got.Status != tt.original {
			t.Errorf("%s: original %d, want %d", name, got.Status, tt.original)
		}
		if got := tt.by.Get(thumb); got.Status != tt.thumb {
			t.Errorf("%s: thumb %d, want %d", name, got.Status, tt.thumb)
		}
		if got := viewed() - views; (tt.original == 200) != (got == 1) {
			t.Errorf("%s: %d views told", name, got)
		}
	}
}

// A damaged object is cut short of its length; the client sees it.
func TestPhotoBytesDamaged(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	b, id := mediatest.Photo{Width: 1500, Height: 1000, Tag: "damaged"}.JPEG(), photoID()
	send(g.li, id, "", b).Must(t, http.StatusCreated)
	key := media.ObjectKey(sha256.Sum256(b))
	bad := bytes.Clone(b)
	bad[len(bad)/2] ^= 1
	stored, err := g.store.Bucket.Put(t.Context(), key, bad, sha256.Sum256(bad), "image/jpeg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Ledger.Pool().Exec(ledger.System(t.Context()), "UPDATE blob SET version_id = $1", stored.Version); err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequest(http.MethodGet, g.URL+"/media/photos/"+id+"/original", nil)
	req.Header.Set("Authorization", "Bearer "+g.li.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("%d damaged bytes came through whole", len(got))
	}
	for o, err := range g.store.Bucket.Versions(t.Context(), "") {
		if err == nil {
			err = g.store.Bucket.Delete(t.Context(), o.Key, o.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := g.li.Get("/media/photos/" + id + "/original"); got.Status != http.StatusBadGateway || got.Code() != "bytes_missing" {
		t.Errorf("lost bytes: %d %s", got.Status, got.Body)
	}
}

// An object store that is away, fails, falls silent, cuts or lies makes uploads
// wait (503 with Retry-After, within ten seconds, never 201) and nothing else;
// when it is back, the same upload goes through (F4).
func TestPhotoWhileTheStoreIsDown(t *testing.T) {
	t.Parallel()
	conf := buckettest.Config(t)
	conf.Bucket = "guatu-test-" + photoID()[24:]
	straight, err := media.OpenBucket(conf)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := straight.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = straight.Destroy(context.Background()) })
	behind, err := url.Parse(conf.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var fault atomic.Value
	fault.Store("")
	real := httputil.NewSingleHostReverseProxy(behind)
	real.Director = func(r *http.Request) { r.URL.Scheme, r.URL.Host = behind.Scheme, behind.Host } // Host stays: it is signed
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch fault.Load() {
		case "fails":
			http.Error(w, "", http.StatusInternalServerError)
		case "is slow down":
			http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
		case "falls silent":
			_, _ = io.Copy(io.Discard, r.Body) // only then is the end of the caller noticed
			<-r.Context().Done()
		case "cuts before the body":
			panic(http.ErrAbortHandler)
		case "cuts after the body":
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		case "stores and cuts":
			real.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case "lies":
			_, _ = io.Copy(io.Discard, r.Body)
			if r.Method != http.MethodPut {
				w.WriteHeader(http.StatusNotFound)
			}
		default:
			real.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		proxy.CloseClientConnections()
		proxy.Close()
	})
	conf.Endpoint = proxy.URL
	for name := range map[string]bool{"fails": true, "is slow down": true, "falls silent": true, "cuts before the body": true, "cuts after the body": true, "stores and cuts": true, "lies": true} {
		bucket, err := media.OpenBucket(conf)
		if err != nil {
			t.Fatal(err)
		}
		g := galleryOn(t, func(l *ledger.Store) *media.Store { return mediatest.OnBucket(t, l, bucket) })
		fault.Store("")
		kept, keptID := mediatest.Phone("kept "+name).JPEG(), photoID()
		send(g.li, keptID, "", kept).Must(t, http.StatusCreated)

		fault.Store(name)
		b, id := mediatest.Phone("down "+name).JPEG(), photoID()
		start := time.Now()
		got := send(g.li, id, "", b)
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s: refused after %s", name, took)
		}
		if got.Status != http.StatusServiceUnavailable || got.Code() != "storage_down" || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s %v", name, got.Status, got.Body, got.Header)
		}
		g.li.Get("/api/v1/photos").Must(t, http.StatusOK)
		g.li.Get("/api/v1/photos/"+keptID).Must(t, http.StatusOK)
		send(g.li, keptID, "", kept).Must(t, http.StatusOK) // its receipt needs no store
		if n := g.count("SELECT count(*) FROM photo"); n != 1 {
			t.Errorf("%s: %d photos", name, n)
		}

		fault.Store("")
		for end := time.Now().Add(15 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			if got = send(g.li, id, "", b); got.Status == http.StatusCreated {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: not taken after the store is back: %d %s", name, got.Status, got.Body)
			}
		}
		if full := g.li.Get("/media/photos/"+id+"/original").Must(t, http.StatusOK); !bytes.Equal(full.Body, b) {
			t.Errorf("%s: other bytes", name)
		}
	}
}
