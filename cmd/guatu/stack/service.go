package stack

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// service is one child process and the loop that keeps it alive.
type service struct {
	name    string // for people
	program string // of the executable: what running looks for
	dir     string // working directory, which is also its data directory
	log     string // file that gets its output
	steps   *Steps
	failed  chan<- error

	command func() (*exec.Cmd, error)       // a fresh one for every start
	before  func(ctx context.Context) error // ends what was left, mends what is stale
	ready   func(ctx context.Context) error // one try to talk to it
	patient time.Duration                   // how long it may take to become ready
	ends    []end                           // a clean stop; the second is for those in a hurry

	mu       sync.Mutex
	child    *child
	stopping bool
	keeping  context.Context // of the keeping loop, ended by stop
	quit     context.CancelFunc
	kept     chan struct{} // closed when the keeping loop ended
}

// child is one run of the program.
type child struct {
	cmd  *exec.Cmd
	from int64 // offset in the log where this run begins
	done chan struct{}
	err  error // how it ended, once done is closed
}

const logLimit = 8 << 20 // bytes; a longer log is put aside at the next start

// start starts the service, waits until it is ready and keeps it alive.
func (s *service) start(ctx context.Context) error {
	if err := s.launch(ctx); err != nil {
		return err
	}
	s.keeping, s.quit = context.WithCancel(context.WithoutCancel(ctx))
	s.kept = make(chan struct{})
	go s.keep()
	return nil
}

// launch starts the program once and waits until it is ready.
func (s *service) launch(ctx context.Context) error {
	if err := s.before(ctx); err != nil {
		return err
	}
	c, err := s.spawn()
	if err != nil {
		return problem("start_failed", err, "%s 无法启动", s.name)
	}
	deadline := time.Now().Add(s.patient)
	for {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := s.ready(try)
		cancel()
		select {
		case <-c.done:
			return problem("start_failed", c.err, "%s 启动后退出，日志 %s 的末尾是：\n%s\n", s.name, s.log, s.tail(c.from))
		default:
		}
		if err == nil {
			return nil
		}
		if p, ok := errors.AsType[*Problem](err); ok { // waiting does not help
			s.signal(s.ends[0].signal)
			<-c.done
			return p
		}
		if time.Now().After(deadline) {
			s.signal(syscall.SIGKILL)
			return problem("start_timeout", err, "%s 在 %s 内没有就绪，日志 %s 的末尾是：\n%s\n", s.name, s.patient, s.log, s.tail(c.from))
		}
		if !sleep(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// spawn runs the command with its output in the log, in a process group of its
// own, so that Ctrl-C reaches guatu alone and guatu decides the order.
func (s *service) spawn() (*child, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, errors.New("stopping")
	}
	if at, err := os.Stat(s.log); err == nil && at.Size() > logLimit {
		if err := os.Rename(s.log, s.log+".1"); err != nil {
			return nil, err
		}
	}
	log, err := os.OpenFile(s.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c := &child{done: make(chan struct{})}
	if c.from, err = log.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	if c.cmd, err = s.command(); err != nil {
		return nil, err
	}
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = s.dir, log, log
	if c.cmd.SysProcAttr == nil {
		c.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	c.cmd.SysProcAttr.Setpgid = true
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.err = c.cmd.Wait()
		close(c.done)
	}()
	s.child = c
	return c, nil
}

// keep brings the service back whenever it dies, at once the first time and
// with growing pauses while it dies before it is ready. After five such deaths
// in a row it gives up and says so.
func (s *service) keep() {
	defer close(s.kept)
	for {
		<-s.child.done
		if s.isStopping() {
			return
		}
		s.steps.Say("%s 意外退出（%v），正在重新启动", s.name, s.child.err)
		for deaths := 1; ; deaths++ {
			err := s.launch(s.keeping)
			if err == nil {
				s.steps.Say("%s 已恢复", s.name)
				break
			}
			if s.isStopping() {
				return
			}
			if deaths == 5 {
				s.failed <- err
				return
			}
			sleep(s.keeping, time.Second<<deaths)
		}
	}
}

func (s *service) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// stop ends the service by its clean signal. When ctx ends, or the clean stop
// takes too long, the harder ones follow.
func (s *service) stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	c := s.child
	s.mu.Unlock()
	if c == nil {
		return nil
	}
	if s.kept != nil {
		s.quit()
		defer func() { <-s.kept }()
	}
	for i, e := range s.ends {
		s.signal(e.signal)
		waiting, cancel := context.WithTimeout(context.Background(), e.wait)
		if i == 0 { // only the clean stop can be hurried
			stop := context.AfterFunc(ctx, cancel)
			defer stop()
		}
		select {
		case <-c.done:
			cancel()
			return endLeft(context.Background(), s.program, s.dir, 0, []end{{syscall.SIGTERM, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}})
		case <-waiting.Done():
			cancel()
		}
	}
	return problem("stop_failed", nil, "%s（进程 %d）无法停止，请手工结束", s.name, c.cmd.Process.Pid)
}

// signal reaches the present child; one that is gone already is no error.
func (s *service) signal(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child != nil {
		_ = s.child.cmd.Process.Signal(sig)
	}
}

// kill ends the present child with SIGKILL and returns when it is gone.
func (s *service) kill() error {
	s.mu.Lock()
	c := s.child
	s.mu.Unlock()
	err := c.cmd.Process.Kill()
	<-c.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// tail is the end of what the present run wrote to its log.
func (s *service) tail(from int64) string {
	const lines, most = 15, 16 << 10
	f, err := os.Open(s.log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err.Error()
	}
	b := make([]byte, min(end-from, most))
	if _, err := f.ReadAt(b, end-int64(len(b))); err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return "  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}
