package stack

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The region and bucket of a private MinIO.
const (
	region = "us-east-1"
	bucket = "guatu"
)

var minioEnds = []end{{syscall.SIGTERM, 10 * time.Second}, {syscall.SIGKILL, 5 * time.Second}}

// startMinIO serves the objects of the state folder on a loopback port,
// without console, update check or any call to the outside.
func (s *Stack) startMinIO(ctx context.Context, bin string) error {
	dir := s.state.objects()
	clear := func(ctx context.Context) error { return endLeft(ctx, "minio", dir, 0, minioEnds) }
	if s.state.Throwaway {
		if err := clear(ctx); err != nil {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return unusable(dir, err)
		}
	}
	certs := filepath.Join(s.state.dir, "minio-certs") // empty: MinIO would look in the home folder
	for _, d := range []string{dir, certs} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return unusable(d, err)
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	address := func() string { return "127.0.0.1:" + strconv.Itoa(s.state.MinIOPort) }
	sv := &service{
		name: "MinIO", program: "minio", dir: dir, log: filepath.Join(s.State, "minio.log"),
		steps: s.Steps, failed: s.failed, patient: time.Minute, ends: minioEnds, before: clear,
		command: func() (*exec.Cmd, error) {
			cmd := exec.Command(bin, "server", "--quiet", "--address", address(), "--certs-dir", certs, dir)
			cmd.Env = []string{
				"PATH=/usr/bin:/bin", "HOME=" + s.state.dir,
				"MINIO_ROOT_USER=" + s.state.AccessKey, "MINIO_ROOT_PASSWORD=" + s.state.SecretKey,
				"MINIO_SITE_REGION=" + region, "MINIO_BROWSER=off", "MINIO_UPDATE=off", "MINIO_CALLHOME_ENABLE=off",
			}
			return cmd, nil
		},
		ready: func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address()+"/minio/health/ready", nil)
			if err != nil {
				return err
			}
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				return fmt.Errorf("minio is not ready: %s", resp.Status)
			}
			return nil
		},
	}
	s.services = append(s.services, sv)
	if err := s.startOnFreePort(ctx, sv, &s.state.MinIOPort); err != nil {
		return err
	}
	s.S3 = S3{Endpoint: "http://" + address(), AccessKey: s.state.AccessKey, SecretKey: s.state.SecretKey, Region: region, Bucket: bucket}
	return nil
}

// findMinIO looks for the program where make setup puts it, and in PATH. Its
// file name has to begin with minio: by that one left running is known again.
func findMinIO(given string) (string, error) {
	for _, c := range minioPaths(cmp.Or(given, os.Getenv("GUATU_MINIO"))) {
		real, err := filepath.EvalSymlinks(c)
		if err != nil {
			continue
		}
		if at, err := os.Stat(real); err != nil || !at.Mode().IsRegular() || at.Mode()&0o111 == 0 || !strings.HasPrefix(filepath.Base(real), "minio") {
			continue
		}
		return filepath.Abs(real)
	}
	return "", problem("minio_missing", nil, "没有找到 minio 程序；请运行 make setup，或用 GUATU_MINIO 指明它的路径")
}

// minioPaths is the given path alone, or all places worth a look.
func minioPaths(given string) (paths []string) {
	if given != "" {
		return []string{given}
	}
	if exe, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(exe), "minio"))
	}
	if dir, err := os.Getwd(); err == nil {
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			paths = append(paths, filepath.Join(dir, "bin", "minio"))
		}
	}
	if path, err := exec.LookPath("minio"); err == nil {
		paths = append(paths, path)
	}
	return paths
}
