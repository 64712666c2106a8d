package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Limits of a child that decodes foreign bytes (promises S7, S8, 3.11).
const (
	childMemory = 1 << 30 // bytes of address space
	childCPU    = 10      // seconds
	childFiles  = 64      // open files
	childWrites = 1 << 20 // bytes of any file; nothing but pipes is writable anyway
	childStderr = 16 << 10
)

// Errors of a child.
var (
	errChildFailed = errors.New("decoder refuses the image")
	errChildLimit  = errors.New("decoder ran into its limits")
	ErrNoDecoder   = errors.New("decoder cannot be started")
	ErrDecoderBusy = errors.New("decoder did not come to an end")
)

// launchName is the name under which this binary starts itself to put limits
// on before it becomes the decoder; launchFailed is its exit code when it cannot.
const (
	launchName   = "guatu-decoder"
	launchFailed = 125
)

// readableName is the variable that names the one folder which the child may read
// besides the system's.
const readableName = "GUATU_CHILD_READS"

// The launcher runs in every binary that links this package, tests included, so
// that no caller can forget it. It is reached by name only.
func init() {
	if len(os.Args) > 1 && os.Args[0] == launchName {
		err := launch(os.Args[1], os.Args[1:])
		fmt.Fprintln(os.Stderr, "launch:", err)
		os.Exit(launchFailed)
	}
}

// launch puts the limits on this process and becomes the program. What every
// kernel offers is required; the file wall and the change of user are used
// where they are to be had.
func launch(program string, args []string) error {
	runtime.LockOSThread() // the walls below stand around one thread, and exec keeps its
	for what, limit := range map[int]uint64{
		unix.RLIMIT_CPU: childCPU, unix.RLIMIT_NOFILE: childFiles, unix.RLIMIT_FSIZE: childWrites, unix.RLIMIT_CORE: 0,
	} {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("limit %d: %w", what, err)
		}
	}
	if os.Geteuid() == 0 {
		const nobody = 65534
		_ = errors.Join(unix.Setgroups(nil), syscall.Setresgid(nobody, nobody, nobody), syscall.Setresuid(nobody, nobody, nobody))
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("follow parent: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	wallFiles(os.Getenv(readableName))
	if err := wallSockets(); err != nil {
		return fmt.Errorf("no network: %w", err)
	}
	// prlimit and not this process puts the last limit on: a Go program reserves
	// more address space than that, and dies of its next allocation.
	limit := "--as=" + strconv.Itoa(childMemory)
	return unix.Exec(prlimit, append([]string{prlimit, limit, "--", program}, args[1:]...), os.Environ())
}

// prlimit is of util-linux, which every Debian has.
const prlimit = "/usr/bin/prlimit"

// wallFiles leaves the program the system's libraries and the folder extra, where
// there is one, to read and nothing to write (Landlock, Linux 5.13). An older
// kernel goes without.
func wallFiles(extra string) {
	const read = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	all := unix.LandlockRulesetAttr{Handled_access_fs: unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&all)), 8, 0)
	if errno != 0 {
		return
	}
	for _, dir := range []string{"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts", extra} {
		at, err := unix.Open(dir, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		rule := unix.LandlockPathBeneathAttr{Allowed_access: read, Parent_fd: int32(at)}
		if strings.HasSuffix(dir, ".cache") {
			rule.Allowed_access = unix.LANDLOCK_ACCESS_FS_READ_FILE
		}
		_, _, _ = unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, fd, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	}
	_, _, _ = unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0)
}

// wallSockets makes every call that could open a socket, look into another
// process or go round the filter fail with EACCES (seccomp).
func wallSockets() error {
	const (
		loadNumber = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		ifEqual    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		answer     = unix.BPF_RET | unix.BPF_K
		deny       = unix.SECCOMP_RET_ERRNO | uint32(unix.EACCES)
	)
	calls := []uint32{
		unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_SENDTO,
		unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_IO_URING_SETUP, unix.SYS_BPF, unix.SYS_MOUNT,
	}
	program := []unix.SockFilter{{Code: loadNumber, K: 0}} // seccomp_data.nr
	for i, call := range calls {
		program = append(program, unix.SockFilter{Code: ifEqual, K: call, Jt: uint8(len(calls) - i)})
	}
	program = append(program, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW}, unix.SockFilter{Code: answer, K: deny})
	f := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&f)), 0, 0)
}

// runChild feeds in to a program on its standard input and returns what it
// prints, at most maxOut bytes. argv holds nothing that a user wrote. At the
// deadline of ctx the child and everything it started is killed.
func runChild(ctx context.Context, in []byte, maxOut int, argv ...string) ([]byte, error) {
	return runChildReading(ctx, "", in, maxOut, argv...)
}

// runChildReading is runChild for a program that reads the files of a folder.
func runChildReading(ctx context.Context, readable string, in []byte, maxOut int, argv ...string) ([]byte, error) {
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDecoder, err)
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoDecoder, err)
	}
	out, said := capped{max: maxOut}, tail{max: childStderr}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = append([]string{launchName, program}, argv[1:]...)
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent", "TMPDIR=/nonexistent",
		"VIPS_BLOCK_UNTRUSTED=1", "VIPS_CONCURRENCY=1", "VIPS_DISC_THRESHOLD=1g", "MALLOC_ARENA_MAX=2",
		readableName + "=" + readable,
	}
	cmd.Dir = "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second

	err = cmd.Run()
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whatever it left behind
	}
	var exit *exec.ExitError
	switch {
	case out.over:
		return nil, fmt.Errorf("%w: more than %d bytes of output", errChildLimit, maxOut)
	case ctx.Err() != nil && spent(cmd) < childCPU-1:
		return nil, fmt.Errorf("%w: %w", ErrDecoderBusy, context.Cause(ctx))
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", errChildLimit, context.Cause(ctx))
	case err == nil:
		return out.b, nil
	case !errors.As(err, &exit), exit.ExitCode() == launchFailed:
		return nil, fmt.Errorf("%w: %w: %s", ErrNoDecoder, err, said.text())
	case exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && spent(cmd) < childCPU-1:
		return nil, fmt.Errorf("%w: killed from outside: %w", ErrDecoderBusy, err) // the machine is out of memory
	case exit.ExitCode() < 0:
		return nil, fmt.Errorf("%w: %w: %s", errChildLimit, err, said.text())
	}
	return nil, fmt.Errorf("%w: %w: %s", errChildFailed, err, said.text())
}

// spent is the processor time of an ended child in seconds: little of it says
// that the machine was busy, all of it that the file was at fault.
func spent(cmd *exec.Cmd) float64 {
	if cmd.ProcessState == nil {
		return 0
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}

// capped keeps output up to a bound and fails beyond it.
type capped struct {
	b    []byte
	max  int
	over bool
}

func (c *capped) Write(p []byte) (int, error) {
	if len(c.b)+len(p) > c.max {
		c.over = true
		return 0, errors.New("output is too large")
	}
	c.b = append(c.b, p...)
	return len(p), nil
}

// tail keeps the last bytes of what a child says.
type tail struct {
	b   []byte
	max int
}

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p[max(0, len(p)-t.max):]...)
	if len(t.b) > t.max {
		t.b = append(t.b[:0], t.b[len(t.b)-t.max:]...)
	}
	return len(p), nil
}

// text is the end of it, fit for a log line.
func (t *tail) text() string {
	return strconv.Quote(printable(string(t.b[max(0, len(t.b)-400):]), 400))
}
