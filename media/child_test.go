package media_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"guatu/media"
)

func TestChildIsKilledWithItsFamilyAtTheDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	start := time.Now()
	// The grandchild holds the pipe open; its odd duration finds it in /proc.
	_, err := media.RunChild(ctx, nil, 1000, "sh", "-c", "sleep 61.25 & sleep 61.25")
	if !errors.Is(err, media.ErrDecoderBusy) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	for end := time.Now().Add(2 * time.Second); running("sleep\x0061.25"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a grandchild outlives the deadline")
		}
	}
}

func running(command string) bool {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range all {
		if b, err := os.ReadFile(f); err == nil && strings.HasPrefix(string(b), command) {
			return true
		}
	}
	return false
}

func TestChildStandsBetweenWalls(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	hit := make(chan struct{}, 1)
	go func() {
		if c, err := listener.Accept(); err == nil {
			c.Close()
			hit <- struct{}{}
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	target := filepath.Join(t.TempDir(), "made-by-child")

	run := func(script string) string {
		out, err := media.RunChild(t.Context(), nil, 10_000, "bash", "-c", script)
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return strings.TrimSpace(string(out))
	}
	if got := run("exec 3<>/dev/tcp/127.0.0.1/" + port + " || echo no; true"); got != "no" {
		t.Errorf("the network answers %q", got)
	}
	select {
	case <-hit:
		t.Error("the child opened a socket")
	case <-time.After(100 * time.Millisecond):
	}
	if got := run("ulimit -v; ulimit -t; ulimit -n; ulimit -c"); got != "1048576\n10\n64\n0" {
		t.Errorf("limits are %q", got)
	}
	if got := run("echo $HOME $DATABASE_URL $S3_SECRET_KEY"); got != "/nonexistent" {
		t.Errorf("the child's environment has %q", got)
	}
	if os.Geteuid() == 0 {
		if got := run("id -u"); got != "65534" {
			t.Errorf("runs as user %s", got)
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION); errno != 0 {
		t.Logf("this kernel has no Landlock (%v): the file wall is not tested", errno)
		return
	}
	run("echo x > " + target + "; true")
	if _, err := os.Stat(target); err == nil {
		t.Error("the child wrote a file")
	}
	if got := run("cat /etc/passwd || echo no; true"); got != "no" {
		t.Errorf("the child reads /etc/passwd")
	}
}

func TestChildCannotFloodTheServer(t *testing.T) {
	t.Parallel()
	if _, err := media.RunChild(t.Context(), nil, 1<<20, "yes"); !errors.Is(err, media.ErrChildLimit) {
		t.Errorf("endless output: %v", err)
	}
	_, err := media.RunChild(t.Context(), nil, 1000, "sh", "-c", `i=0; while [ $i -lt 5000 ]; do echo "line number $i" >&2; i=$((i+1)); done; exit 3`)
	if !errors.Is(err, media.ErrChildFailed) || !strings.Contains(err.Error(), "line number 4999") || len(err.Error()) > 1000 {
		t.Errorf("endless errors: %v", err)
	}
	if _, err := media.RunChild(t.Context(), nil, 1000, "sh", "-c", "kill -SEGV $$"); !errors.Is(err, media.ErrChildLimit) {
		t.Errorf("a crash: %v", err)
	}
	if _, err := media.RunChild(t.Context(), nil, 1000, "sh", "-c", "kill -KILL $$"); !errors.Is(err, media.ErrDecoderBusy) {
		t.Errorf("killed from outside: %v", err)
	}
	if _, err := media.RunChild(t.Context(), nil, 1000, "no-such-decoder"); !errors.Is(err, media.ErrNoDecoder) {
		t.Errorf("a missing program: %v", err)
	}
}
