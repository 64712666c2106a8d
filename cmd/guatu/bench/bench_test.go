package bench_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guatu/cmd/guatu/bench"
)

// server answers one request at a time, each in 10 ms.
func server() bench.Do {
	door := make(chan struct{}, 1)
	return func(ctx context.Context, _, _ int) error {
		select {
		case door <- struct{}{}:
			defer func() { <-door }()
		case <-ctx.Done():
			return ctx.Err()
		}
		time.Sleep(10 * time.Millisecond)
		return nil
	}
}

func TestAClosedLoopSaysWhatAServerCan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := bench.Closed(t.Context(), 4, time.Second, server())
		if got := run.Rate(); got < 98 || got > 101 {
			t.Errorf("rate = %.1f/s, the server does 100", got)
		}
		if got := run.At(0.5); got != 40*time.Millisecond {
			t.Errorf("p50 = %s, four clients share 10 ms each", got)
		}
	})
}

// A server that cannot keep up is shown by an open loop and hidden by a closed one.
func TestAnOpenLoopCountsTheWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calm := bench.Open(t.Context(), 8, 50, time.Second, server())
		if got := calm.At(0.99); got != 10*time.Millisecond || len(calm.Took) != 50 {
			t.Errorf("at half load: %s", calm)
		}
		flooded := bench.Open(t.Context(), 8, 200, time.Second, server())
		if got := flooded.At(0.99); got < 900*time.Millisecond || len(flooded.Took) != 200 {
			t.Errorf("at double load p99 = %s of %d, the last request waits a second", got, len(flooded.Took))
		}
	})
}

func TestFailuresAreCountedApart(t *testing.T) {
	t.Parallel()
	bad := errors.New("refused")
	var n atomic.Int64
	run := bench.Each(t.Context(), 3, 30, func(context.Context, int, int) error {
		if n.Add(1)%3 == 0 {
			return bad
		}
		return nil
	})
	if len(run.Took) != 20 || run.Failed != 10 || !errors.Is(run.Error, bad) {
		t.Errorf("%d succeeded, %d failed with %v", len(run.Took), run.Failed, run.Error)
	}
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	run := bench.Run{}
	for i := 1; i <= 100; i++ {
		run.Took = append(run.Took, time.Duration(i)*time.Millisecond)
	}
	for share, want := range map[float64]time.Duration{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := run.At(share); got != want*time.Millisecond {
			t.Errorf("At(%g) = %s, want %d ms", share, got, want)
		}
	}
	if (bench.Run{}).At(0.99) != 0 {
		t.Error("a run without requests has a latency")
	}
}

func TestRenewKeepsTheRestOfThePage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "page.md")
	page := "# 性能\n前\n<!-- guatu bench: begin -->\n旧\n<!-- guatu bench: end -->\n后\n"
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	var table bench.Table
	table.Add("什么", "每秒")
	table.Add("上传", "100")
	for range 2 { // renewing twice is renewing once
		if err := bench.Renew(path, table.Markdown()); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := os.ReadFile(path)
	want := "# 性能\n前\n<!-- guatu bench: begin -->\n| 什么 | 每秒 |\n|---|---|\n| 上传 | 100 |\n<!-- guatu bench: end -->\n后\n"
	if string(got) != want {
		t.Errorf("page is now\n%s", got)
	}
	if lines := strings.Split(table.Text(), "\n"); lines[0] != "什么  每秒" || lines[2] != "上传  100 " {
		t.Errorf("text is\n%s", table.Text())
	}
	if err := os.WriteFile(path, []byte("# 没有位置\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := bench.Renew(path, "x"); !errors.Is(err, bench.ErrNoPlace) {
		t.Errorf("a page without a place: %v", err)
	}
}
