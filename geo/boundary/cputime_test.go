package boundary_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime runs f and returns the processor time that this process spent, which a
// busy machine does not stretch. The caller must not run beside parallel tests.
func cpuTime(t testing.TB, f func()) time.Duration {
	t.Helper()
	spent := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := spent()
	f()
	return spent() - before
}
