package media_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"guatu/ledger"
	"guatu/media"
	"guatu/media/mediatest"
)

const (
	yuanhui  = "411102"
	yancheng = "411103"
)

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func TestAcceptStoresAndVouches(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	li := h.Sender(yuanhui)
	b := mediatest.Phone("vouch").JPEG()
	got := li.Must(b)
	if !got.New || got.Photo.County != yuanhui || *got.Photo.SiteID != *li.Site || got.Photo.Camera != "HUAWEI ALN-AL00" || got.Photo.PositionSource != "exif" {
		t.Errorf("accepted %+v", got.Photo)
	}
	if !ed25519.Verify(mediatest.Key.Public().(ed25519.PublicKey), []byte(got.Receipt.Body), got.Receipt.Signature) {
		t.Error("the receipt's signature does not hold")
	}
	var text struct {
		SHA256, ID, County string
		Size               int
	}
	if err := json.Unmarshal([]byte(got.Receipt.Body), &text); err != nil || text.ID != got.Photo.ID.String() || "sha256:"+text.SHA256 != got.Photo.Hash || text.Size != len(b) {
		t.Errorf("the receipt says %s", got.Receipt.Body)
	}
	if want := "upload 1 blob 1 photo 1 receipt 1 river_job 1 received 1"; h.Rows() != want {
		t.Errorf("rows are %s", h.Rows())
	}
	o, err := h.Ledger.Original(li.Context(), li.Scope, got.Photo.ID)
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.Store.OpenOriginal(t.Context(), o, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, b) {
		t.Errorf("read %d bytes back, %v", len(back), err)
	}

	again, err := li.Send(h.Store, got.Photo.ID, b)
	if err != nil || again.New {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if diff := cmp.Diff(got.Receipt, again.Receipt); diff != "" {
		t.Errorf("another receipt: %s", diff)
	}
	var taken ledger.PhotoIDTakenError
	if _, err := li.Send(h.Store, got.Photo.ID, mediatest.Phone("other").JPEG()); !errors.As(err, &taken) || taken.Hash != got.Photo.Hash {
		t.Errorf("other bytes under the id: %v", err)
	}
	stranger := h.Sender(yancheng)
	if _, err := stranger.Send(h.Store, got.Photo.ID, b); !errors.As(err, &taken) || taken.Hash != "" {
		t.Errorf("a stranger's use of the id: %v", err)
	}
	if want := "upload 1 blob 1 photo 1 receipt 1 river_job 1 received 1"; h.Rows() != want {
		t.Errorf("after all that rows are %s", h.Rows())
	}
}

func TestAcceptRefusesAndLeavesNothing(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	li := h.Sender(yuanhui)
	for name, c := range mediatest.Cases() {
		if c.Accept {
			continue
		}
		_, err := li.Send(h.Store, newID(), c.Bytes)
		known := false
		for _, want := range []error{media.ErrEmpty, media.ErrNotImage, media.ErrUnsupported, media.ErrTooManyPixels, media.ErrManyFrames, media.ErrBroken} {
			known = known || errors.Is(err, want)
		}
		if !known {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := mediatest.Phone("x").JPEG()
	if _, err := li.Send(h.Store, newID(), b, func(in *media.Incoming) { in.Digest[0] ^= 1 }); !errors.Is(err, media.ErrDigest) {
		t.Errorf("a wrong digest: %v", err)
	}
	foreign := h.Sender(yancheng)
	if _, err := li.Send(h.Store, newID(), b, func(in *media.Incoming) { in.SiteID = foreign.Site }); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a foreign site: %v", err)
	}
	if _, err := h.Store.Receive(t.Context(), io.LimitReader(endless{}, media.MaxBytes+10), -1); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("too large a body: %v", err)
	}
	if _, err := h.Store.Receive(t.Context(), endless{}, media.MaxBytes+1); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("a body that says it is too large: %v", err)
	}
	if want := "upload 0 blob 0 photo 0 receipt 0 river_job 0 received 0"; h.Rows() != want || len(h.Objects()) != 0 {
		t.Errorf("left behind: %s, %v", h.Rows(), h.Objects())
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// The same bytes under another id are another photo: stored, flagged, never
// refused (S25); the twin is named where the sender may see it.
func TestAcceptFlagsDuplicates(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	li, wang := h.Sender(yuanhui), h.Sender(yancheng)
	b := mediatest.Phone("twin").JPEG()
	first := li.Must(b)
	mine := li.Must(b)
	theirs := wang.Must(b)
	if slices.Contains(first.Photo.Flags, ledger.FlagDuplicate) {
		t.Error("the first is flagged")
	}
	if !slices.Contains(mine.Photo.Flags, ledger.FlagDuplicate) || !strings.Contains(mine.Receipt.Body, `"duplicate_of":"`+first.Photo.ID.String()) {
		t.Errorf("own twin: %v %s", mine.Photo.Flags, mine.Receipt.Body)
	}
	if !slices.Contains(theirs.Photo.Flags, ledger.FlagDuplicate) || strings.Contains(theirs.Receipt.Body, "duplicate_of") {
		t.Errorf("a foreign twin: %v %s", theirs.Photo.Flags, theirs.Receipt.Body)
	}
	if n := len(h.Objects()); n != 1 {
		t.Errorf("%d objects for the same bytes", n)
	}
}

// Sixteen connections send one photo at once, to two servers: one row, one
// object, one job, sixteen equal receipts (F13).
func TestAcceptTheSameFromSixteenConnections(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	servers := []*media.Store{h.Store, h.Another()}
	li := h.Sender(yuanhui)
	for round := range 5 {
		id, b := newID(), mediatest.Phone(string(rune('a'+round))).JPEG()
		got := make([]media.Accepted, 16)
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range got {
			all.Go(func() {
				<-start
				var err error
				if got[i], err = li.Send(servers[i%2], id, b); err != nil {
					t.Errorf("connection %d: %v", i, err)
				}
			})
		}
		close(start)
		all.Wait()
		fresh := 0
		for _, a := range got {
			if diff := cmp.Diff(got[0].Receipt, a.Receipt); diff != "" {
				t.Errorf("two receipts: %s", diff)
			}
			if a.New {
				fresh++
			}
		}
		if fresh != 1 {
			t.Errorf("%d of 16 were new", fresh)
		}
	}
	if want := "upload 5 blob 5 photo 5 receipt 5 river_job 5 received 5"; h.Rows() != want {
		t.Errorf("rows are %s", h.Rows())
	}
}

func TestAcceptWeighsClaims(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	li := h.Sender(yuanhui)
	at := func(d time.Duration) *time.Time { v := time.Now().Add(d); return &v }
	camera := func(d time.Duration) string {
		return time.Now().Add(d).In(ledger.Beijing).Format("2006:01:02 15:04:05")
	}
	here := orb.Point{114.0365, 33.5712}
	for name, tt := range map[string]struct {
		photo  mediatest.Photo
		change func(*media.Incoming)
		check  func(ledger.Photo) bool
	}{
		"the browser's position counts": {mediatest.Phone("1"), func(in *media.Incoming) { in.Position = &here },
			func(p ledger.Photo) bool {
				return p.PositionSource == "browser" && *p.Position == here && !slices.Contains(p.Flags, media.FlagPlaces)
			}},
		"the file tells another place": {mediatest.Photo{Lat: 34.8, Lon: 113.6, NS: "N", EW: "E"}, func(in *media.Incoming) { in.Position = &here },
			func(p ledger.Photo) bool { return slices.Contains(p.Flags, media.FlagPlaces) }},
		"no position at all": {mediatest.Photo{Tag: "2"}, func(*media.Incoming) {},
			func(p ledger.Photo) bool {
				return p.PositionSource == "none" && p.Position == nil && p.TakenZone == "none"
			}},
		"the phone's clock stands in for EXIF": {mediatest.Photo{Tag: "3"}, func(in *media.Incoming) { in.TakenAt = at(-time.Minute) },
			func(p ledger.Photo) bool { return p.TakenZone == "phone" && p.TakenAt != nil && len(p.Flags) == 0 }},
		"phone and file disagree": {mediatest.Photo{Time: camera(-time.Hour)}, func(in *media.Incoming) { in.TakenAt = at(0) },
			func(p ledger.Photo) bool {
				return p.TakenZone == "assumed" && slices.Equal(p.Flags, []string{media.FlagClocks})
			}},
		"from the future": {mediatest.Photo{Time: camera(10 * 365 * 24 * time.Hour)}, func(*media.Incoming) {},
			func(p ledger.Photo) bool {
				return slices.Contains(p.Flags, media.FlagFuture) && p.ReceivedAt.Before(time.Now())
			}},
		"from last year": {mediatest.Photo{Time: camera(-365 * 24 * time.Hour)}, func(*media.Incoming) {},
			func(p ledger.Photo) bool { return slices.Contains(p.Flags, media.FlagOld) }},
		"into the inbox": {mediatest.Photo{Tag: "4"}, func(in *media.Incoming) { in.SiteID = nil },
			func(p ledger.Photo) bool { return p.SiteID == nil && p.ProjectID == nil && p.County == yuanhui }},
	} {
		got, err := li.Send(h.Store, newID(), tt.photo.JPEG(), tt.change)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		stored, err := h.Ledger.Photo(li.Context(), li.Scope, got.Photo.ID)
		if err != nil || !tt.check(stored) {
			t.Errorf("%s: %+v, %v", name, stored, err)
		}
	}
}

func TestDeriveTellsEveryPhotoOfTheBytes(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	li := h.Sender(yuanhui)
	b := mediatest.Phone("derive").JPEG()
	first, second := li.Must(b), li.Must(b)
	for range 2 { // at least once means twice at times
		if err := h.Store.Derive(ledger.System(t.Context()), first.Photo.Hash); err != nil {
			t.Fatal(err)
		}
	}
	third := li.Must(b)
	for _, a := range []media.Accepted{first, second, third} {
		p, err := h.Ledger.Photo(li.Context(), li.Scope, a.Photo.ID)
		if err != nil || p.Derivatives != "done" {
			t.Errorf("photo says %q, %v", p.Derivatives, err)
		}
	}
	if n := h.Count("SELECT count(*) FROM event WHERE verb = 'photo.derived'"); n != 2 {
		t.Errorf("%d photos were told", n)
	}
	for _, v := range []media.Variant{media.Large, media.Thumb} {
		d, err := h.Ledger.Smaller(li.Context(), li.Scope, second.Photo.ID, string(v))
		if err != nil {
			t.Fatal(err)
		}
		r, err := h.Store.OpenSmaller(t.Context(), d, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || int64(len(got)) != d.Size {
			t.Errorf("%s: %d bytes, %v", v, len(got), err)
		}
		r.Close()
	}
}

// Bytes that are not what the ledger says never reach a reader whole (F22).
func TestReadsFailClosed(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	li := h.Sender(yuanhui)
	b := mediatest.Photo{Width: 1200, Height: 900}.JPEG()
	a := li.Must(b)
	o, err := h.Ledger.Original(li.Context(), li.Scope, a.Photo.ID)
	if err != nil {
		t.Fatal(err)
	}
	key := media.ObjectKey(sha256.Sum256(b))
	flipped := bytes.Clone(b)
	flipped[len(b)-100] ^= 1
	for name, bad := range map[string][]byte{"one bit": flipped, "shorter": b[:len(b)-1], "longer": append(bytes.Clone(b), 0), "empty": {}} {
		stored, err := h.Bucket.Put(t.Context(), key, bad, sha256.Sum256(bad), "image/jpeg")
		if err != nil {
			t.Fatal(err)
		}
		o.VersionID = stored.Version
		r, err := h.Store.OpenOriginal(t.Context(), o, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if !errors.Is(err, media.ErrWrongBytes) || len(got) >= len(b) {
			t.Errorf("%s: read %d of %d bytes, %v", name, len(got), len(b), err)
		}
	}
	// An upload of the same bytes heals the object.
	for v, err := range h.Bucket.Versions(t.Context(), key) {
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Bucket.Delete(t.Context(), key, v.Version); err != nil {
			t.Fatal(err)
		}
	}
	li.Must(b)
	if o, err = h.Ledger.Original(li.Context(), li.Scope, a.Photo.ID); err != nil {
		t.Fatal(err)
	}
	r, err := h.Store.OpenOriginal(t.Context(), o, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, b) {
		t.Errorf("after it was sent again: %d bytes, %v", len(got), err)
	}
}

// BenchmarkAccept is the whole intake of a 100 KB photo, without HTTP.
func BenchmarkAccept(b *testing.B) {
	h := mediatest.Open(b)
	li := h.Sender(yuanhui)
	shot := mediatest.Photo{Width: 1280, Height: 960}.JPEG()
	b.SetBytes(int64(len(shot)))
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := newID()
			if _, err := li.Send(h.Store, id, append(bytes.Clone(shot), id[:]...)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "photos/s")
}
