package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// progress tells a person on standard error how far something is: a bar that
// moves on a terminal, a line every few seconds elsewhere.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	moves bool // a terminal, where a line can be written over
	every time.Duration

	step  string
	began time.Time
	told  time.Time
	open  bool // a line without its end
}

func newProgress() *progress {
	p := &progress{w: os.Stderr, every: 3 * time.Second}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" {
		p.moves, p.every = true, 150*time.Millisecond
	}
	return p
}

// report says that done of total things of a step are there; total 0 is unknown.
func (p *progress) report(step string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if step != p.step {
		p.close()
		p.step, p.began, p.told = step, now, time.Time{}
	}
	if now.Sub(p.told) < p.every && (total == 0 || done < total) {
		return
	}
	p.told = now
	line := bar(step, done, total, now.Sub(p.began))
	if p.moves {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.open = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// bar is one line: what, a bar, a count, a rate.
func bar(step string, done, total int, since time.Duration) string {
	rate := ""
	if s := since.Seconds(); s > 0.5 && done > 0 {
		rate = fmt.Sprintf("  %s/秒", count(int(float64(done)/s)))
		if total > done {
			rate += fmt.Sprintf("  还需 %d 秒", int(s*float64(total-done)/float64(done)))
		}
	}
	if total <= 0 {
		return fmt.Sprintf("%s  %s%s", step, count(done), rate)
	}
	const wide = 24
	full := wide * done / total
	return fmt.Sprintf("%s  %s%s  %s/%s%s", step, strings.Repeat("█", full), strings.Repeat("░", wide-full), count(done), count(total), rate)
}

// count is a whole number with its thousands apart.
func count(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (p *progress) close() {
	if p.open {
		fmt.Fprintln(p.w)
		p.open = false
	}
}

// end leaves the terminal on a fresh line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
}
