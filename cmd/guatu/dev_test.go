package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"guatu/cmd/guatu/demo"
)

// asCommand makes the test binary be guatu itself, for tests that kill it.
const asCommand = "GUATU_TEST_BINARY_IS_GUATU"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// guatu is a command line of its own process. It inherits no services.
func guatu(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	for _, env := range os.Environ() {
		if !strings.HasPrefix(env, "DATABASE_URL=") && !strings.HasPrefix(env, "S3_") {
			cmd.Env = append(cmd.Env, env)
		}
	}
	cmd.Env = append(cmd.Env, asCommand+"=1")
	return cmd
}

// said collects what a process prints while it runs.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// run is a `guatu dev` under test.
type run struct {
	cmd   *exec.Cmd
	said  *said
	ended chan error
}

// dev starts `guatu dev --empty` and returns when its login page answers.
func dev(t *testing.T, state, address string) *run {
	t.Helper()
	r := &run{cmd: guatu(t, "dev", "--empty", "--state", state, "--listen", address, "--admin-listen", "127.0.0.1:0"), said: &said{}, ended: make(chan error, 1)}
	r.cmd.Stdout, r.cmd.Stderr = r.said, r.said
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.cmd.Wait() }()
	t.Cleanup(func() { r.cmd.Process.Signal(syscall.SIGTERM) })
	for until := time.Now().Add(60 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-r.ended:
			t.Fatalf("guatu dev ended: %v\n%s", err, r.said)
		default:
		}
		if resp, err := http.Get("http://" + address + "/login"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK && strings.Contains(r.said.String(), "挂图已启动") {
				return r
			}
		}
	}
	t.Fatalf("no login page:\n%s", r.said)
	return nil
}

// stop presses Ctrl-C and wants everything to end well.
func (r *run) stop(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("after Ctrl-C: %v\n%s", err, r.said)
		}
	case <-time.After(60 * time.Second):
		t.Errorf("still running a minute after Ctrl-C:\n%s", r.said)
	}
}

// What is killed at any moment, the next start finds every row and needs no help.
func TestDevStartsAgainAfterKill(t *testing.T) {
	t.Parallel()
	state := stateFolder(t)
	address := freeAddress(t)
	rounds := []time.Duration{0, 300 * time.Millisecond, 1200 * time.Millisecond, 2500 * time.Millisecond}
	for i, after := range rounds { // killed while it starts, each time a little later
		r := &run{cmd: guatu(t, "dev", "--empty", "--state", state, "--listen", address, "--admin-listen", "127.0.0.1:0")}
		if err := r.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		r.cmd.Process.Kill()
		_ = r.cmd.Wait()
		if i%2 == 1 {
			killServices(t, state)
		}
	}
	first := dev(t, state, address)
	user := guatu(t, "user", "add", "zhang", "--state", state, "--name", "张三（示例）", "--grant", "commander@411100")
	if out, err := user.CombinedOutput(); err != nil {
		t.Fatalf("user add: %v\n%s", err, out)
	}
	first.cmd.Process.Kill()
	<-first.ended
	killServices(t, state)

	again := dev(t, state, address)
	if out, err := guatu(t, "token", "zhang", "--state", state).CombinedOutput(); err != nil {
		t.Errorf("the person is gone: %v\n%s", err, out)
	}
	again.stop(t)
	if left := services(t, state); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
}

func TestDevSaysWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	state := stateFolder(t)
	address := freeAddress(t)
	first := dev(t, state, address)
	for name, tt := range map[string]struct{ state, address, says string }{
		"port taken":  {stateFolder(t), address, "--listen"},
		"state taken": {state, freeAddress(t), "state_in_use"},
	} {
		out, err := guatu(t, "dev", "--empty", "--state", tt.state, "--listen", tt.address).CombinedOutput()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
			t.Errorf("%s: %v, want exit code 1", name, err)
		}
		if line := strings.TrimSpace(string(out)); strings.Contains(line, "\n") || !strings.Contains(line, tt.says) {
			t.Errorf("%s: not one line with %s: %s", name, tt.says, line)
		}
	}
	first.stop(t)
}

func TestCommandsWithoutARunningDevSaySo(t *testing.T) {
	t.Parallel()
	out, err := guatu(t, "token", "zhang", "--state", stateFolder(t)).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "没有正在运行的 guatu dev") {
		t.Errorf("%v: %s", err, out)
	}
}

// stateFolder is one that the user of PostgreSQL can enter.
func stateFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "guatu-dev-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		killServices(t, dir)
		os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// services lists what works in the data folders of a state folder.
func services(t *testing.T, state string) (pids []int) {
	t.Helper()
	folders := map[string]bool{filepath.Join(state, "minio"): true, filepath.Join(state, "postgres"): true}
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		var pid int
		if cwd, err := os.Readlink(link); err != nil || !folders[cwd] {
			continue
		}
		if _, err := fmt.Sscanf(link, "/proc/%d/", &pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

func killServices(t *testing.T, state string) {
	t.Helper()
	for _, pid := range services(t, state) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestWelcomeNamesLoginsThatExist(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, p := range demo.Generate(demo.Demo(time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC))).People {
		there[p.Login] = true
	}
	for _, who := range demoLogins {
		if !there[who.login] {
			t.Errorf("the demo has no login %s", who.login)
		}
	}
}
