package stack

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one running program beyond doubt: a pid alone may by now belong
// to a stranger, a pid with its start time cannot.
type process struct {
	pid     int
	started string // clock ticks since boot, field 22 of /proc/PID/stat
}

// deleted is what the kernel adds to a link whose target is gone, as when a
// state folder was removed under its services.
const deleted = " (deleted)"

// running lists the processes whose program's name begins with name and whose working
// directory is dir. PostgreSQL and all its backends work in their data
// directory, and MinIO is started in its own, so this finds what is ours
// whoever started it, and nothing else.
func running(name, dir string) []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := look(pid, name, dir); ok {
			found = append(found, p)
		}
	}
	return found
}

// look reports whether pid is the program name at work in dir.
func look(pid int, name, dir string) (process, bool) {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	cwd, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil || strings.TrimSuffix(cwd, deleted) != dir {
		return process{}, false
	}
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	if err != nil || !strings.HasPrefix(filepath.Base(exe), name) {
		return process{}, false
	}
	stat, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		return process{}, false
	}
	// The program's name in the second field may hold spaces and brackets.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return process{}, false
	}
	return process{pid: pid, started: fields[19]}, true
}

// signal sends sig if p is still the same program in the same directory. The
// handle is taken before the last look, so the pid cannot change hands between.
func (p process) signal(name, dir string, sig os.Signal) {
	handle, err := os.FindProcess(p.pid)
	if err != nil {
		return
	}
	defer handle.Release()
	if now, ok := look(p.pid, name, dir); ok && now == p {
		_ = handle.Signal(sig) // gone meanwhile is what was wanted
	}
}

// end is one attempt to end a process: a signal and how long it may take.
type end struct {
	signal os.Signal
	wait   time.Duration
}

// endLeft ends every process called name that works in dir, by the given
// signals in turn, and returns when none is left. With head set and among
// them, only that one is told (PostgreSQL's postmaster ends its backends).
func endLeft(ctx context.Context, name, dir string, head int, ends []end) error {
	for _, e := range ends {
		left := running(name, dir)
		told := left
		for _, p := range left {
			if p.pid == head {
				told = []process{p}
			}
		}
		for _, p := range told {
			p.signal(name, dir, e.signal)
		}
		for until := time.Now().Add(e.wait); time.Now().Before(until); {
			if len(running(name, dir)) == 0 {
				return nil
			}
			if !sleep(ctx, 50*time.Millisecond) {
				return ctx.Err()
			}
		}
	}
	if left := running(name, dir); len(left) > 0 {
		return problem("left_over", nil, "%s 的残留进程 %d 无法结束，请手工结束后重试", name, left[0].pid)
	}
	return nil
}

// sleep waits for d and reports whether ctx still holds.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// account is the user that PostgreSQL runs as; nil means the present one.
type account struct {
	name     string
	uid, gid int
}

// credential is what exec needs to run as a; no supplementary groups are kept.
func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
}

func (a *account) String() string {
	if a == nil {
		return fmt.Sprintf("uid %d", os.Getuid())
	}
	return a.name
}
