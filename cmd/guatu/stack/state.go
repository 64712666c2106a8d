package stack

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// state is what a state folder remembers between runs, in state.json (0600).
type state struct {
	dir  string
	made bool // just now: nothing was remembered

	ID           string `json:"id"` // names the folder's data where it must lie elsewhere
	Throwaway    bool   `json:"throwaway,omitempty"`
	PostgresPort int    `json:"postgres_port"`
	MinIOPort    int    `json:"minio_port"`
	Superuser    string `json:"superuser_password"`
	Owner        string `json:"owner_password"`
	AccessKey    string `json:"s3_access_key"`
	SecretKey    string `json:"s3_secret_key"`
	// Cluster is where the PostgreSQL cluster lies when the account that runs
	// it cannot reach the state folder; empty means in the state folder.
	Cluster string `json:"cluster,omitempty"`
}

// elsewhere holds the clusters of state folders that lie where only root may
// go, one folder each.
const elsewhere = "/var/lib/guatu"

// lock takes the state folder for this process until the file is closed. The
// kernel lets go of it when the process dies in any way, so it is never stale.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, unusable(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unusable(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 20)
		n, _ := f.ReadAt(holder, 0)
		f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, unusable(dir, err)
		}
		return nil, problem("state_in_use", nil, "状态目录 %s 正被另一个 guatu（进程 %s）使用；请先停止它，或用 --state 另指定一个目录",
			dir, strings.TrimSpace(string(holder[:n])))
	}
	if err := f.Truncate(0); err != nil {
		return nil, unusable(dir, err)
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, unusable(dir, err)
	}
	return f, nil
}

func unusable(dir string, err error) error {
	return problem("state_unusable", err, "状态目录 %s 无法使用；请换用创建它的用户运行，或用 --state 另指定一个目录", dir)
}

// openState reads what dir remembers, or makes it: fresh passwords, no ports.
// A throwaway folder is emptied first.
func openState(dir string, throwaway bool) (*state, error) {
	real, err := filepath.EvalSymlinks(dir) // as the kernel names working directories
	if err != nil {
		return nil, unusable(dir, err)
	}
	s := &state{dir: real}
	b, err := os.ReadFile(s.file())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.made = true
	case err != nil:
		return nil, unusable(dir, err)
	default:
		if err := json.Unmarshal(b, s); err != nil {
			return nil, problem("state_damaged", err, "%s 已损坏；请从备份恢复，或用 --state 另指定一个目录", s.file())
		}
	}
	if throwaway != s.Throwaway && !s.made {
		if throwaway {
			return nil, problem("state_not_throwaway", nil, "状态目录 %s 保存着正式数据，不能用作一次性目录；请用 --state 另指定一个目录", dir)
		}
		return nil, problem("state_throwaway", nil, "状态目录 %s 是一次性测试目录，数据不保证落盘；请用 --state 另指定一个目录", dir)
	}
	if s.made && throwaway && (exists(s.cluster()) || exists(s.objects())) {
		return nil, problem("state_not_throwaway", nil, "状态目录 %s 已有数据，不能用作一次性目录；请用 --state 另指定一个目录", dir)
	}
	if s.made {
		s.ID, s.Throwaway = strings.ToLower(rand.Text()[:12]), throwaway
		s.Superuser, s.Owner = rand.Text(), rand.Text()
		s.AccessKey, s.SecretKey = "guatu"+rand.Text()[:12], rand.Text()+rand.Text()
	}
	return s, s.save()
}

func (s *state) file() string { return filepath.Join(s.dir, "state.json") }

// cluster is the PostgreSQL data directory.
func (s *state) cluster() string {
	if s.Cluster != "" {
		return s.Cluster
	}
	return filepath.Join(s.dir, "postgres")
}

// objects is the MinIO data directory.
func (s *state) objects() string { return filepath.Join(s.dir, "minio") }

// inner is the state folder of a guatu that runs on these services.
func (s *state) inner() string { return filepath.Join(s.dir, "inner") }

// save writes state.json whole or not at all, also across a power cut.
func (s *state) save() error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	return WriteSecret(s.file(), append(b, '\n'))
}

// removeData deletes the data of a throwaway folder.
func (s *state) removeData() error {
	if !s.Throwaway {
		return nil
	}
	dirs := []string{s.cluster(), s.cluster() + making, s.objects(), s.inner()}
	if s.Cluster != "" {
		dirs = append(dirs, filepath.Dir(s.Cluster))
	}
	for _, dir := range dirs {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove throwaway data: %w", err)
		}
	}
	s.Cluster = ""
	return s.save()
}

// port returns the remembered port if nobody has taken it, or a free one below
// the range from which the kernel gives ports to outgoing connections.
func port(remembered int) (int, error) {
	if remembered != 0 && free(remembered) {
		return remembered, nil
	}
	var b [2]byte
	for range 200 {
		rand.Read(b[:])
		if p := 15000 + (int(b[0])<<8+int(b[1]))%15000; free(p) {
			return p, nil
		}
	}
	return 0, problem("no_port", nil, "127.0.0.1 上 15000–29999 之间找不到空闲端口；请关闭占用端口的程序后重试")
}

func free(p int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// WriteSecret writes path with mode 0600, whole or not at all.
func WriteSecret(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // made with 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if _, err = f.Write(b); err != nil {
		f.Close()
		return err
	}
	if err = f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Secret returns the secret called name of a state folder and makes it at the
// first call: 32 random bytes in base64, in a file of mode 0600.
func Secret(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	b, err := os.ReadFile(path)
	if err == nil && len(b) > 0 {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", unusable(dir, err)
	}
	var random [32]byte
	rand.Read(random[:])
	secret := base64.StdEncoding.EncodeToString(random[:])
	return secret, WriteSecret(path, []byte(secret+"\n"))
}
