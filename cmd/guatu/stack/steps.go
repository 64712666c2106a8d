package stack

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Steps tells a person at a terminal what is being done: a line when a step
// begins, a line every few seconds while it lasts, and its duration when it
// took longer than two seconds.
type Steps struct {
	mu    sync.Mutex
	w     io.Writer
	began time.Time
}

const (
	stepTick = 3 * time.Second
	stepLong = 2 * time.Second
)

// NewSteps reports to w; the seconds that it prints count from now.
func NewSteps(w io.Writer) *Steps { return &Steps{w: w, began: time.Now()} }

// Say prints one line with the seconds since the beginning before it.
func (p *Steps) Say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "[%5.1f 秒] %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, args...))
}

// Do runs f as a step. What f says last through note is repeated in the lines
// that tell how long it has been going on.
func (p *Steps) Do(what string, f func(note func(format string, args ...any)) error) error {
	p.Say("%s", what)
	began := time.Now()
	var mu sync.Mutex
	detail := ""
	done := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		tick := time.NewTicker(stepTick)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				mu.Lock()
				d := detail
				mu.Unlock()
				p.Say("  … %s，已 %d 秒%s", what, int(time.Since(began).Seconds()), d)
			}
		}
	})
	stop := sync.OnceFunc(func() {
		close(done)
		telling.Wait()
	})
	defer stop() // also when f panics
	err := f(func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		detail = "：" + fmt.Sprintf(format, args...)
	})
	stop()
	if took := time.Since(began); err == nil && took > stepLong {
		p.Say("  完成，用时 %.1f 秒", took.Seconds())
	}
	return err
}
