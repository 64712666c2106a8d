// Package bench measures: load on a server in closed and open loop, percentiles,
// and the table that is printed and kept in docs/performance.md.
package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Run is what a load did: how long each request took, and how many failed.
type Run struct {
	Took    []time.Duration // of the requests that succeeded, ascending
	Failed  int
	Elapsed time.Duration
	Error   error // the first failure
}

// Rate is successful requests a second.
func (r Run) Rate() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(len(r.Took)) / r.Elapsed.Seconds()
}

// At is the latency that a share of the requests did not exceed: At(0.99) is p99.
func (r Run) At(share float64) time.Duration {
	if len(r.Took) == 0 {
		return 0
	}
	return r.Took[max(0, min(len(r.Took), int(math.Ceil(share*float64(len(r.Took)))))-1)]
}

// String is the run on one line, for progress.
func (r Run) String() string {
	return fmt.Sprintf("%d 次，%.0f/秒，p50 %s，p99 %s，失败 %d", len(r.Took), r.Rate(), Short(r.At(0.5)), Short(r.At(0.99)), r.Failed)
}

// Do is one request. n counts requests over all workers, from 0.
type Do func(ctx context.Context, worker, n int) error

// Closed lets so many workers send one request after another until the time is
// over. It says what a server can do; it flatters latency, because a slow
// server is asked less.
func Closed(ctx context.Context, workers int, during time.Duration, do Do) Run {
	ctx, cancel := context.WithTimeout(ctx, during)
	defer cancel()
	return gather(ctx, workers, func(w *worker, count *atomic.Int64) {
		for ctx.Err() == nil {
			w.timed(ctx, time.Now(), do, int(count.Add(1)-1))
		}
	})
}

// Each sends every request once, in order, by so many workers.
func Each(ctx context.Context, workers, requests int, do Do) Run {
	return gather(ctx, workers, func(w *worker, count *atomic.Int64) {
		for ctx.Err() == nil {
			n := int(count.Add(1) - 1)
			if n >= requests {
				return
			}
			w.timed(ctx, time.Now(), do, n)
		}
	})
}

// Open sends rate requests a second at even distances whether the server keeps
// up or not, and measures each from the moment at which it was due: what people
// who do not know of each other experience. At most workers are under way; a
// request that has to wait for one of them waits on the clock.
func Open(ctx context.Context, workers int, rate float64, during time.Duration, do Do) Run {
	begun := time.Now()
	total := int64(rate * during.Seconds())
	return gather(ctx, workers, func(w *worker, count *atomic.Int64) {
		for ctx.Err() == nil {
			n := count.Add(1) - 1
			if n >= total {
				return
			}
			due := begun.Add(time.Duration(float64(n) / rate * float64(time.Second)))
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Until(due)):
			}
			w.timed(ctx, due, do, int(n))
		}
	})
}

type worker struct {
	id     int
	took   []time.Duration
	failed int
	err    error
}

func (w *worker) timed(ctx context.Context, from time.Time, do Do, n int) {
	err := do(ctx, w.id, n)
	switch {
	case err == nil:
		w.took = append(w.took, time.Since(from))
	case ctx.Err() != nil: // the time was over while it was under way
	default:
		w.failed++
		if w.err == nil {
			w.err = err
		}
	}
}

func gather(ctx context.Context, workers int, work func(*worker, *atomic.Int64)) Run {
	var (
		wait  sync.WaitGroup
		count atomic.Int64
	)
	all := make([]worker, workers)
	began := time.Now()
	for i := range all {
		all[i].id = i
		wait.Go(func() { work(&all[i], &count) })
	}
	wait.Wait()
	out := Run{Elapsed: time.Since(began)}
	for _, w := range all {
		out.Took = append(out.Took, w.took...)
		out.Failed += w.failed
		if out.Error == nil {
			out.Error = w.err
		}
	}
	slices.Sort(out.Took)
	return out
}

// Short is a duration with three figures: 12.3 ms, 1.25 s.
func Short(d time.Duration) string {
	switch ms := float64(d) / 1e6; {
	case d == 0:
		return "—"
	case ms < 10:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	default:
		return fmt.Sprintf("%.2f s", ms/1000)
	}
}
