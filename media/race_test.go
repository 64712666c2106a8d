package media_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"guatu/ledger"
	"guatu/media"
	"guatu/media/mediatest"
)

// The race of the one place where a subtle bug would lose an acknowledged photo
// (promises 3.3, F1, F2, F15): uploads of the same bytes against the sweeper.
//
// A schedule is a string of steps: A and B let an uploader go on to its next
// point, S the sweeper; a, b and s end them there as SIGKILL would (their
// transaction is rolled back, nobody is answered); T lets more than the
// patience with unfinished uploads go by.

// actor is one of them, held at a point until it may go on.
type actor struct {
	reached chan string // empty: finished
	resume  chan bool   // false: die here
	idle    bool
	work    func()
}

type died struct{}

func (a *actor) at(point string) {
	a.reached <- point
	if !<-a.resume {
		panic(died{})
	}
}

// step starts or resumes the actor and waits until it is held again, has
// finished, or waits for a lock that somebody else holds.
func (a *actor) step(live bool) {
	if a.idle {
		if !live {
			return
		}
		a.idle = false
		go func() {
			defer func() {
				if p := recover(); p != nil && p != any(died{}) {
					panic(p)
				}
				a.reached <- ""
			}()
			a.work()
		}()
	} else {
		select {
		case a.resume <- live:
		case <-time.After(time.Millisecond): // it waits for a lock
		}
	}
	a.wait(40 * time.Millisecond)
}

func (a *actor) wait(d time.Duration) (held bool) {
	select {
	case point := <-a.reached:
		a.idle = point == ""
		return true
	case <-time.After(d):
		return false
	}
}

// race plays schedules in one house, one after the other.
type race struct {
	h       *mediatest.House
	sender  *mediatest.Sender
	servers [3]*media.Store
	n       int
	unsure  atomic.Bool // a put ended without an answer: it may still land, later than any sweep of the test
}

func newRace(t *testing.T) *race {
	h := mediatest.Open(t)
	return &race{h: h, sender: h.Sender(yuanhui), servers: [3]*media.Store{h.Another(), h.Another(), h.Another()}}
}

// play runs one schedule to its end and says what it broke.
func (r *race) play(schedule string) error {
	r.n++
	r.unsure.Store(false)
	b := mediatest.Photo{Width: 32, Height: 24, Tag: fmt.Sprintf("race %d", r.n)}.JPEG()
	sum := sha256.Sum256(b)
	var acked []media.Accepted
	ack := make(chan media.Accepted, 100)
	actors := map[byte]*actor{}
	for i, name := range []byte("AB") {
		a := &actor{reached: make(chan string), resume: make(chan bool), idle: true}
		store, id := r.servers[i], uuid.Must(uuid.NewV7())
		store.OnPoint(a.at)
		a.work = func() { // a second start is the phone's retry
			got, err := r.sender.Send(store, id, b)
			if err == nil {
				ack <- got
			}
			if errors.Is(err, media.ErrBucketDown) {
				r.unsure.Store(true)
			}
		}
		actors[name] = a
	}
	s := &actor{reached: make(chan string), resume: make(chan bool), idle: true}
	sweeper := r.servers[2]
	sweeper.OnPoint(s.at)
	s.work = func() { _, _ = sweeper.Sweep(context.Background()) }
	actors['S'] = s

	for _, c := range []byte(schedule) {
		if c == 'T' {
			r.h.Pass(25 * time.Hour)
			continue
		}
		live := c >= 'A' && c <= 'Z'
		if !live {
			c -= 'a' - 'A'
		}
		actors[c].step(live)
	}
	// Whoever is still alive comes to an end.
	for end := time.Now().Add(20 * time.Second); ; {
		busy := false
		for _, name := range []byte("ABS") {
			if a := actors[name]; !a.idle {
				busy = true
				a.step(true)
			}
		}
		if !busy {
			break
		}
		if time.Now().After(end) {
			return fmt.Errorf("the actors wait for each other")
		}
	}
	close(ack)
	for a := range ack {
		acked = append(acked, a)
	}
	return r.check(b, sum, acked)
}

// check is what has to hold after any schedule.
func (r *race) check(b []byte, sum [sha256.Size]byte, acked []media.Accepted) error {
	ctx, key := context.Background(), media.ObjectKey(sum)
	seen := func() error {
		for _, a := range acked {
			o, err := r.h.Ledger.Original(ledger.System(ctx), ledger.Scope{All: true}, a.Photo.ID)
			if err != nil {
				return fmt.Errorf("an acknowledged photo has no row: %w", err)
			}
			for _, version := range []string{o.VersionID, ""} { // also where the store keeps no versions
				o.VersionID = version
				body, err := r.h.Store.OpenOriginal(ctx, o, 0, -1)
				if err != nil {
					return fmt.Errorf("an acknowledged photo is lost (version %q): %w", version, err)
				}
				got, err := io.ReadAll(body)
				body.Close()
				if err != nil || !bytes.Equal(got, b) {
					return fmt.Errorf("an acknowledged photo has other bytes: %w", err)
				}
			}
		}
		return nil
	}
	if err := seen(); err != nil {
		return err
	}
	photos := r.h.Count("SELECT count(*) FROM photo WHERE hash = $1", media.HashOf(sum))
	r.h.Pass(25 * time.Hour)
	if _, err := r.h.Store.Sweep(ctx); err != nil {
		return err
	}
	if err := seen(); err != nil {
		return fmt.Errorf("after the last sweep: %w", err)
	}
	if _, err := r.h.Bucket.Head(ctx, key, ""); photos == 0 && err == nil && !r.unsure.Load() {
		return fmt.Errorf("an orphan stays after the sweep")
	}
	for table, want := range map[string]int{"receipt": photos, "event": photos} {
		query := "SELECT count(*) FROM receipt r JOIN photo p ON p.id = r.photo_id WHERE p.hash = $1"
		if table == "event" {
			query = "SELECT count(*) FROM event e JOIN photo p ON e.subject = 'photo:' || p.id WHERE e.verb = 'photo.received' AND p.hash = $1"
		}
		if got := r.h.Count(query, media.HashOf(sum)); got != want {
			return fmt.Errorf("%d rows in %s for %d photos", got, table, want)
		}
	}
	if n := r.h.Count("SELECT count(*) FROM blob WHERE state = 'pending'") + r.h.Count("SELECT count(*) FROM upload WHERE state = 'pending'"); n != 0 {
		return fmt.Errorf("%d pending rows stay after the sweep", n)
	}
	return nil
}

// interleave calls f with every way to merge two orders.
func interleave(x, y, done string, f func(string)) {
	if x == "" || y == "" {
		f(done + x + y)
		return
	}
	interleave(x[1:], y, done+x[:1], f)
	interleave(x, y[1:], done+y[:1], f)
}

// One upload against time and one sweep, in every order; the sweeper killed at
// each of its points, the upload at each of its own and tried again.
func TestEveryOrderOfUploadAndSweep(t *testing.T) {
	t.Parallel()
	orders := [][2]string{{"AAAAA", "TSSS"}, {"AAAAA", "TSs"}, {"AaAAA", "TSSS"}, {"AAaA", "TSSS"}, {"AAAaA", "TSSS"}}
	if testing.Short() {
		orders = orders[:2]
	}
	for _, o := range orders {
		t.Run(o[0]+" and "+o[1], func(t *testing.T) {
			t.Parallel()
			r := newRace(t)
			interleave(o[0], o[1], "", func(schedule string) {
				if err := r.play(schedule); err != nil {
					t.Errorf("%s: %v", schedule, err)
				}
			})
			t.Logf("%d schedules", r.n)
		})
	}
}

// Two uploads of the same bytes, a sweeper, time and SIGKILL in any order.
func TestAnyOrderOfTwoUploadsAndSweeps(t *testing.T) {
	t.Parallel()
	r := newRace(t)
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{"A", "A", "A", "B", "B", "B", "S", "S", "T", "a", "b", "s"}), 4, 24).Draw(rt, "steps")
		if err := r.play(strings.Join(steps, "")); err != nil {
			rt.Fatal(err)
		}
	})
}

// A server that dies between object and commit has promised nothing: the retry
// succeeds, once, and nothing is left over (F1). One that dies between commit
// and answer has promised everything: the retry gets the same receipt (F2).
func TestRetryAfterACrash(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	li := h.Sender(yuanhui)
	dying := h.Another()
	n := 0
	for _, point := range []string{"after_intent", "after_put", "before_commit", "after_commit"} {
		dying.OnPoint(func(p string) {
			if p == point {
				panic(died{})
			}
		})
		for i := range 10 {
			n++
			id, b := uuid.Must(uuid.NewV7()), mediatest.Photo{Width: 32, Height: 24, Tag: fmt.Sprintf("%s %d", point, i)}.JPEG()
			func() {
				defer func() {
					if recover() != any(died{}) {
						t.Errorf("%s: nobody died", point)
					}
				}()
				_, _ = li.Send(dying, id, b)
			}()
			first, err := li.Send(h.Store, id, b)
			if err != nil || first.New != (point != "after_commit") {
				t.Errorf("%s: the retry gets %v, %v", point, first.New, err)
			}
			again, err := li.Send(h.Store, id, b)
			if err != nil || again.New || again.Receipt.Body != first.Receipt.Body || !bytes.Equal(again.Receipt.Signature, first.Receipt.Signature) {
				t.Errorf("%s: another receipt: %v", point, err)
			}
		}
	}
	if want := fmt.Sprintf("upload %d blob %d photo %d receipt %d river_job %d received %d", n, n, n, n, n, n); h.Rows() != want || len(h.Objects()) != n {
		t.Errorf("rows are %s, %d objects, want %s", h.Rows(), len(h.Objects()), want)
	}
	if h.Pass(25 * time.Hour); h.Count("SELECT count(*) FROM blob WHERE state = 'pending'") != 0 {
		t.Error("something is pending")
	}
}
