package stack_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guatu/cmd/guatu/stack"
)

// helper makes the test binary hold a stack until it is killed, so that a test
// can do to it what nobody can do to oneself.
const helper = "GUATU_STACK_TEST_HOLDS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helper); dir != "" {
		signal.Ignore(syscall.SIGINT)
		s, err := stack.Start(context.Background(), stack.Options{State: dir, Log: os.Stderr})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.DatabaseURL)
		select {}
	}
	os.Exit(m.Run())
}

func TestStartStopTwice(t *testing.T) {
	t.Parallel()
	dir := open(t)
	s := start(t, dir)
	execute(t, s.DatabaseURL, "CREATE TABLE kept (n int)", "CREATE DATABASE other")
	first := s.DatabaseURL
	stop(t, s)
	if _, err := dial(s.DatabaseURL); err == nil {
		t.Error("PostgreSQL still answers after Stop")
	}
	if resp, err := http.Get(s.S3.Endpoint + "/minio/health/live"); err == nil {
		resp.Body.Close()
		t.Error("MinIO still answers after Stop")
	}

	s = start(t, dir)
	if s.DatabaseURL != first {
		t.Errorf("DatabaseURL changed from %s to %s", first, s.DatabaseURL)
	}
	execute(t, s.DatabaseURL, "SELECT n FROM kept")
	var super, bypass bool
	one(t, s.DatabaseURL, "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user", &super, &bypass)
	if super || bypass {
		t.Errorf("guatu is superuser %t, bypasses row security %t", super, bypass)
	}
	var area float64
	one(t, strings.Replace(s.DatabaseURL, "/guatu?", "/other?", 1), "SELECT ST_Area('POLYGON((0 0,1 0,1 1,0 0))'::geometry)", &area)
	if area != 0.5 {
		t.Errorf("PostGIS in a database of guatu's own says area %v, want 0.5", area)
	}
	var settings []string
	one(t, s.DatabaseURL, `SELECT array_agg(name || '=' || setting ORDER BY name) FROM pg_settings
		WHERE name IN ('fsync','synchronous_commit','full_page_writes','jit','TimeZone','server_encoding','listen_addresses','max_connections')`, &settings)
	want := "TimeZone=UTC fsync=on full_page_writes=on jit=off listen_addresses=127.0.0.1 max_connections=200 server_encoding=UTF8 synchronous_commit=on"
	if got := strings.Join(settings, " "); got != want {
		t.Errorf("settings are %s, want %s", got, want)
	}
	for _, name := range []string{"state.json", "lock", "postgres.log", "minio.log"} {
		if at, err := os.Stat(filepath.Join(dir, name)); err != nil || at.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want mode 0600", name, at.Mode(), err)
		}
	}
}

// Whatever is killed, the next start finds every committed row again.
func TestStartAfterKill(t *testing.T) {
	t.Parallel()
	for name, victims := range map[string][]string{
		"guatu alone, services left running":    nil,
		"guatu and postmaster, a backend busy":  {"postmaster"},
		"guatu, every PostgreSQL process":       {"postmaster", "backends"},
		"guatu and MinIO":                       {"minio"},
		"guatu, PostgreSQL and MinIO, all gone": {"postmaster", "backends", "minio"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := open(t)
			held, url := hold(t, dir)
			execute(t, url, "CREATE TABLE kept (n int)", "INSERT INTO kept SELECT generate_series(1, 5000)")
			busy, err := dial(url)
			if err != nil {
				t.Fatal(err)
			}
			defer busy.Close(context.Background())
			// A loop inside one function call, which does not notice a dead postmaster.
			go busy.Exec(context.Background(), "SELECT count(*) FROM generate_series(1, 2000000000)")

			kill(t, held.Process.Pid)
			held.Wait()
			for _, v := range victims {
				for _, pid := range pids(t, dir, v) {
					kill(t, pid)
				}
			}
			s := start(t, dir)
			var n int
			one(t, s.DatabaseURL, "SELECT count(*) FROM kept", &n)
			if n != 5000 {
				t.Errorf("%d rows are left of 5000", n)
			}
			stop(t, s)
			for _, kind := range []string{"postmaster", "backends", "minio"} {
				if left := pids(t, dir, kind); len(left) > 0 {
					t.Errorf("%s left after Stop: %v", kind, left)
				}
			}
		})
	}
}

func TestServiceComesBack(t *testing.T) {
	t.Parallel()
	s := start(t, open(t))
	execute(t, s.DatabaseURL, "CREATE TABLE kept (n int)")
	for _, name := range []string{"postgres", "minio", "minio", "postgres"} {
		if err := s.Kill(name); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "both services answer again", func() error {
		conn, err := dial(s.DatabaseURL)
		if err != nil {
			return err
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), "SELECT n FROM kept"); err != nil {
			return err
		}
		return live(s.S3.Endpoint)
	})
}

func TestHalfMadeCluster(t *testing.T) {
	t.Parallel()
	t.Run("initdb was cut", func(t *testing.T) {
		t.Parallel()
		dir := open(t)
		half := filepath.Join(dir, "postgres.making")
		if err := os.MkdirAll(filepath.Join(half, "base"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, dir)
		execute(t, s.DatabaseURL, "SELECT 1")
		if _, err := os.Stat(half); err == nil {
			t.Errorf("%s is still there", half)
		}
	})
	t.Run("killed during initdb", func(t *testing.T) {
		t.Parallel()
		dir := open(t)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), helper+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "initdb writes", func() error {
			_, err := os.Stat(filepath.Join(dir, "postgres.making", "base"))
			return err
		})
		kill(t, cmd.Process.Pid)
		cmd.Wait()
		execute(t, start(t, dir).DatabaseURL, "SELECT 1")
	})
	t.Run("data that is no cluster is left alone", func(t *testing.T) {
		t.Parallel()
		dir := open(t)
		precious := filepath.Join(dir, "postgres", "precious")
		if err := os.MkdirAll(precious, 0o700); err != nil {
			t.Fatal(err)
		}
		refused(t, stack.Options{State: dir}, "cluster_damaged")
		if _, err := os.Stat(precious); err != nil {
			t.Errorf("the folder's content is gone: %v", err)
		}
	})
	t.Run("a damaged cluster shows its log and is left alone", func(t *testing.T) {
		t.Parallel()
		dir := open(t)
		stop(t, start(t, dir))
		cluster := dataFolder(t, dir, "postgres")
		if err := os.Remove(filepath.Join(cluster, "global", "pg_control")); err != nil {
			t.Fatal(err)
		}
		if err := refused(t, stack.Options{State: dir}, "start_failed"); !strings.Contains(err.Error(), "pg_control") {
			t.Errorf("the error does not show the log: %v", err)
		}
		if _, err := os.Stat(filepath.Join(cluster, "base")); err != nil {
			t.Errorf("the cluster is gone: %v", err)
		}
	})
}

func TestPortsTaken(t *testing.T) {
	t.Parallel()
	dir := open(t)
	s := start(t, dir)
	execute(t, s.DatabaseURL, "CREATE TABLE kept (n int)")
	stop(t, s)
	for _, at := range []string{s.DatabaseURL, s.S3.Endpoint} {
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	again := start(t, dir)
	if again.DatabaseURL == s.DatabaseURL || again.S3.Endpoint == s.S3.Endpoint {
		t.Errorf("kept a port that is taken: %s %s", again.DatabaseURL, again.S3.Endpoint)
	}
	execute(t, again.DatabaseURL, "SELECT n FROM kept")
}

// Started as root, PostgreSQL runs as another user, who cannot enter a folder
// below one of mode 0700. A folder that was copied must not share its cluster.
func TestFolderOutOfReach(t *testing.T) {
	t.Parallel()
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(closed, "state")
	s := start(t, dir)
	execute(t, s.DatabaseURL, "CREATE TABLE kept (n int)")
	stop(t, s)
	cluster := dataFolder(t, dir, "postgres")
	if outside := !strings.HasPrefix(cluster, closed); outside != (os.Getuid() == 0) {
		t.Errorf("the cluster lies in %s, uid %d", cluster, os.Getuid())
	}
	if os.Getuid() == 0 {
		copied := filepath.Join(closed, "copy")
		if out, err := exec.Command("cp", "-a", dir, copied).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		refused(t, stack.Options{State: copied}, "state_copied")
		os.RemoveAll(copied)
	}
	moved := filepath.Join(closed, "moved")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	execute(t, start(t, moved).DatabaseURL, "SELECT n FROM kept")
}

func TestSecondInstanceIsRefused(t *testing.T) {
	t.Parallel()
	dir := open(t)
	s := start(t, dir)
	err := refused(t, stack.Options{State: dir}, "state_in_use")
	if line := err.Error(); strings.Contains(line, "\n") || !strings.Contains(line, strconv.Itoa(os.Getpid())) {
		t.Errorf("not one line that names the holder: %q", line)
	}
	execute(t, s.DatabaseURL, "SELECT 1")
}

// postmaster.pid may name a process that has nothing to do with it.
func TestStalePidIsNotSignalled(t *testing.T) {
	t.Parallel()
	dir := open(t)
	stop(t, start(t, dir))
	cluster := dataFolder(t, dir, "postgres")
	innocent := exec.Command("sleep", "300")
	innocent.Dir = cluster
	at, err := os.Stat(cluster)
	if err != nil {
		t.Fatal(err)
	}
	owner := at.Sys().(*syscall.Stat_t)
	if os.Getuid() == 0 {
		innocent.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
	}
	if err := innocent.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- innocent.Wait() }()
	defer innocent.Process.Kill()
	pidFile := filepath.Join(cluster, "postmaster.pid")
	if err := os.WriteFile(pidFile, fmt.Appendf(nil, "%d\n%s\n1\n1\n\n\n\n", innocent.Process.Pid, cluster), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(pidFile, int(owner.Uid), int(owner.Gid)); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, dir))
	select {
	case err := <-ended:
		t.Errorf("a stranger's process was ended: %v", err)
	default:
	}
}

func TestLostPasswordsAreMadeAnew(t *testing.T) {
	t.Parallel()
	dir := open(t)
	s := start(t, dir)
	execute(t, s.DatabaseURL, "CREATE TABLE kept (n int)")
	stop(t, s)
	if err := os.Remove(filepath.Join(dir, "state.json")); err != nil {
		t.Fatal(err)
	}
	execute(t, start(t, dir).DatabaseURL, "SELECT n FROM kept")
}

func TestThrowaway(t *testing.T) {
	t.Parallel()
	dir := open(t)
	for range 2 {
		s, err := stack.Start(t.Context(), stack.Options{State: dir, Throwaway: true})
		if err != nil {
			t.Fatal(err)
		}
		execute(t, s.DatabaseURL, "CREATE TABLE gone (n int)")
		stop(t, s)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "postgres*", "base")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	refused(t, stack.Options{State: dir}, "state_throwaway")

	real := open(t)
	stop(t, start(t, real))
	refused(t, stack.Options{State: real, Throwaway: true}, "state_not_throwaway")
	if err := os.Remove(filepath.Join(real, "state.json")); err != nil {
		t.Fatal(err)
	}
	refused(t, stack.Options{State: real, Throwaway: true}, "state_not_throwaway")
}

func TestMissingMinIO(t *testing.T) {
	t.Parallel()
	refused(t, stack.Options{State: open(t), MinIO: "/nonexistent/minio"}, "minio_missing")
}

func TestGivenServicesAreUsed(t *testing.T) {
	t.Parallel()
	dir := open(t)
	s, err := stack.Start(t.Context(), stack.Options{State: dir, DatabaseURL: "postgres://given", S3: stack.S3{Endpoint: "http://given", Bucket: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, s)
	if s.DatabaseURL != "postgres://given" || s.S3.Endpoint != "http://given" {
		t.Errorf("got %s and %s", s.DatabaseURL, s.S3.Endpoint)
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
		t.Error("a cluster was made nevertheless")
	}
}

func TestCutStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log, w := io.Pipe()
	go func() {
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if strings.Contains(lines.Text(), "MinIO") {
				cancel()
			}
		}
	}()
	if _, err := stack.Start(ctx, stack.Options{State: dir, Log: w}); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, want canceled", err)
	}
	for _, kind := range []string{"postmaster", "backends", "minio"} {
		if left := pids(t, dir, kind); len(left) > 0 {
			t.Errorf("%s still running: %v", kind, left)
		}
	}
	execute(t, start(t, dir).DatabaseURL, "SELECT 1")
}

func TestServicesReturnsTheExitCode(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		`test -n "$DATABASE_URL" && test -n "$S3_ENDPOINT" && exit 7`: 7,
		`kill -TERM $$`: 128 + 15,
		`true`:          0,
	} {
		got, err := stack.Services(t.Context(), stack.Options{
			State: open(t), DatabaseURL: "postgres://given", S3: stack.S3{Endpoint: "http://given"},
		}, []string{"sh", "-c", script})
		if got != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", script, got, err, want)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, err := stack.Secret(dir, "session.key")
	if err != nil {
		t.Fatal(err)
	}
	b, err := stack.Secret(dir, "session.key")
	if err != nil || a != b || len(a) < 32 {
		t.Errorf("Secret = %q then %q, %v", a, b, err)
	}
	if at, err := os.Stat(filepath.Join(dir, "session.key")); err != nil || at.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", at.Mode(), err)
	}
}

// open is a folder that every user can enter; what a test leaves outside it is
// removed with it.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "guatu-stack-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, dir string) *stack.Stack {
	t.Helper()
	var log bytes.Buffer
	s, err := stack.Start(t.Context(), stack.Options{State: dir, Log: &log})
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	t.Cleanup(func() {
		s.Stop(context.Background()) // once more does no harm
		if cluster := dataFolder(t, dir, "postgres"); !strings.HasPrefix(cluster, dir) {
			os.RemoveAll(filepath.Dir(cluster))
		}
	})
	return s
}

func stop(t *testing.T, s *stack.Stack) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// hold starts a stack in another process and returns when it is ready.
func hold(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helper+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "postgres://") {
		t.Fatalf("the holder says %q, %v", line, err)
	}
	return cmd, strings.TrimSpace(line)
}

// refused starts a stack that must not start, for the reason of the code.
func refused(t *testing.T, o stack.Options, code string) error {
	t.Helper()
	s, err := stack.Start(t.Context(), o)
	if err == nil {
		stop(t, s)
	}
	p, ok := errors.AsType[*stack.Problem](err)
	if !ok || p.Code != code {
		t.Fatalf("Start = %v, want a problem %s", err, code)
	}
	return err
}

// dataFolder is where the data of a service of dir lies.
func dataFolder(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if err == nil && name == "postgres" {
		if _, rest, ok := strings.Cut(string(b), `"cluster": "`); ok {
			path, _, _ := strings.Cut(rest, `"`)
			return path
		}
	}
	return filepath.Join(dir, name)
}

// pids lists what works in the data folders of dir.
func pids(t *testing.T, dir, kind string) (found []int) {
	t.Helper()
	folder := map[string]string{"minio": "minio", "postmaster": "postgres", "backends": "postgres"}[kind]
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if cwd, err := os.Readlink(link); err != nil || cwd != dataFolder(t, dir, folder) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			t.Fatal(err)
		}
		line, err := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline"))
		if err != nil || len(line) == 0 {
			continue
		}
		if backend := bytes.HasPrefix(line, []byte("postgres: ")); kind == "minio" || backend == (kind == "backends") {
			found = append(found, pid)
		}
	}
	return found
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
}

func dial(url string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return pgx.Connect(ctx, url)
}

func execute(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn, err := dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range statements {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func one(t *testing.T, url, sql string, into ...any) {
	t.Helper()
	conn, err := dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(context.Background(), sql).Scan(into...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func live(endpoint string) error {
	resp, err := http.Get(endpoint + "/minio/health/live")
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	var err error
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}
