package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	owner     = "guatu"    // role and database
	superuser = "postgres" // used by this package alone, to make owner and PostGIS
	making    = ".making"  // suffix of a cluster that initdb has not finished
)

// postgresEnds: fast shutdown (open transactions are rolled back), immediate
// shutdown (recovery at the next start), and at last the kernel.
var postgresEnds = []end{{syscall.SIGINT, 25 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}}

// postgres is a private cluster and the programs that serve it.
type postgres struct {
	bin     string // folder of initdb and postgres
	version int    // major
	account *account
	state   *state
}

// startPostgres makes the cluster if it is not there yet, serves it on a
// loopback port and makes role, database and PostGIS if they are missing.
func (s *Stack) startPostgres(ctx context.Context, throwaway bool) error {
	pg := &postgres{state: s.state}
	if err := pg.place(s); err != nil {
		return err
	}
	dir := s.state.cluster()
	if err := pg.clear(ctx); err != nil {
		return err
	}
	if throwaway {
		for _, old := range []string{dir, dir + making} {
			if err := os.RemoveAll(old); err != nil {
				return unusable(old, err)
			}
		}
	}
	if !exists(dir) {
		err := s.Steps.Do(fmt.Sprintf("新建 PostgreSQL %d 数据库集群 %s", pg.version, dir), func(func(string, ...any)) error {
			return pg.initdb(ctx, throwaway)
		})
		if err != nil {
			return err
		}
	} else if s.state.made {
		if err := pg.resetPassword(ctx); err != nil {
			return err
		}
	}
	sv := &service{
		name: "PostgreSQL", program: "postgres", dir: dir, log: filepath.Join(s.State, "postgres.log"),
		steps: s.Steps, failed: s.failed, patient: 10 * time.Minute, ends: postgresEnds,
		command: func() (*exec.Cmd, error) { return pg.serve(throwaway), nil },
		before:  pg.clear,
		ready:   pg.ready,
	}
	s.services = append(s.services, sv)
	err := s.startOnFreePort(ctx, sv, &s.state.PostgresPort)
	if err != nil {
		return err
	}
	s.DatabaseURL = pg.url(owner, s.state.Owner, owner)
	return nil
}

// startOnFreePort starts sv on the port that *at remembers or, when others
// hold it, on another one.
func (s *Stack) startOnFreePort(ctx context.Context, sv *service, at *int) (err error) {
	for range 3 {
		p, err := port(*at)
		if err != nil {
			return err
		}
		if *at != 0 && p != *at {
			s.Steps.Say("端口 %d 已被其他程序占用，%s 改用 %d", *at, sv.name, p)
		}
		*at = p
		if err := s.state.save(); err != nil {
			return err
		}
		err = s.Steps.Do(fmt.Sprintf("启动 %s（127.0.0.1:%d）", sv.name, p), func(func(string, ...any)) error { return sv.start(ctx) })
		if err == nil || free(p) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// place finds the programs, the account and the folder: the state folder
// itself or, where the account cannot reach that, one below /var/lib/guatu.
func (pg *postgres) place(s *Stack) (err error) {
	st := pg.state
	if st.Cluster != "" {
		if err := s.lockElsewhere(); err != nil {
			return err
		}
	}
	want, err := clusterVersion(st.cluster())
	if err != nil {
		return err
	}
	if pg.bin, pg.version, err = findPostgres(want); err != nil {
		return err
	}
	if pg.account, err = accountFor(st.cluster()); err != nil {
		return err
	}
	if pg.reaches(filepath.Dir(st.cluster())) {
		return nil
	}
	if os.Getuid() != 0 || want != 0 {
		return problem("state_unusable", nil, "运行 PostgreSQL 的用户 %s 进不了 %s；请放开上级目录的权限，或用 --state 另指定一个目录", pg.account, filepath.Dir(st.cluster()))
	}
	st.Cluster = filepath.Join(elsewhere, st.ID, "postgres")
	if err := os.MkdirAll(filepath.Dir(st.Cluster), 0o711); err != nil {
		return unusable(elsewhere, err)
	}
	if !pg.reaches(filepath.Dir(st.Cluster)) {
		return problem("state_unusable", nil, "用户 %s 进不了 %s，也进不了 %s；请用 --state 指定一个它能进入的目录", pg.account, st.dir, filepath.Dir(st.Cluster))
	}
	if err := os.WriteFile(st.note(), []byte(st.dir+"\n"), 0o600); err != nil {
		return unusable(elsewhere, err)
	}
	s.Steps.Say("用户 %s 进不了 %s，数据库集群放在 %s", pg.account, st.dir, st.Cluster)
	for _, dir := range orphans() {
		s.Steps.Say("  %s 所属的状态目录已不存在，不再需要时可手工删除", dir)
	}
	if err := s.lockElsewhere(); err != nil {
		return err
	}
	return st.save()
}

// clusterVersion is the major version that made the cluster, 0 if there is none.
func clusterVersion(dir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err == nil {
		return strconv.Atoi(strings.TrimSpace(string(b)))
	}
	if !os.IsNotExist(err) {
		return 0, unusable(dir, err)
	}
	if err := os.Remove(dir); err == nil || os.IsNotExist(err) { // an empty folder is no cluster
		return 0, nil
	}
	return 0, problem("cluster_damaged", nil, "%s 不是完整的数据库集群，但也不是空目录，程序不会删除它；请从备份恢复，或把它移走后重试", dir)
}

// note is the file beside a cluster elsewhere that names its state folder.
func (s *state) note() string { return filepath.Join(filepath.Dir(s.Cluster), "state-folder") }

// lockElsewhere takes the folder of a cluster that lies outside the state
// folder, because a copy of the state folder would point at the same one.
func (s *Stack) lockElsewhere() (err error) {
	st := s.state
	if !exists(filepath.Dir(st.Cluster)) {
		return problem("cluster_missing", nil, "数据库集群 %s 不见了；请从备份恢复，或删除 %s 重新开始", st.Cluster, st.file())
	}
	if s.elsewhere, err = lock(filepath.Dir(st.Cluster)); err != nil {
		return err
	}
	b, err := os.ReadFile(st.note())
	if err != nil {
		return unusable(filepath.Dir(st.Cluster), err)
	}
	noted := strings.TrimSpace(string(b))
	if noted == st.dir {
		return nil
	}
	if other, err := os.ReadFile(filepath.Join(noted, "state.json")); err == nil && bytes.Contains(other, []byte(st.ID)) {
		return problem("state_copied", nil, "状态目录 %s 是 %s 的副本，两者共用数据库集群 %s；请改用原目录，或用 --state 另指定一个新目录", st.dir, noted, st.Cluster)
	}
	return os.WriteFile(st.note(), []byte(st.dir+"\n"), 0o600) // the folder was moved
}

// orphans lists the folders elsewhere whose state folder is gone.
func orphans() (dirs []string) {
	notes, _ := filepath.Glob(filepath.Join(elsewhere, "*", "state-folder")) // the pattern is well-formed
	for _, note := range notes {
		b, err := os.ReadFile(note)
		if err != nil {
			continue
		}
		id := filepath.Base(filepath.Dir(note))
		if st, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(b)), "state.json")); err != nil || !bytes.Contains(st, []byte(id)) {
			dirs = append(dirs, filepath.Dir(note))
		}
	}
	return dirs
}

// findPostgres looks in PATH and where Debian installs it for the programs of
// major version want, or of the newest version when want is 0.
func findPostgres(want int) (bin string, version int, err error) {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed
	sort.Slice(debian, func(i, j int) bool { return major(debian[i]) > major(debian[j]) })
	seen, bare := 0, ""
	for _, dir := range append(dirs, debian...) {
		if !exists(filepath.Join(dir, "postgres")) || !exists(filepath.Join(dir, "initdb")) {
			continue
		}
		out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output() // "postgres (PostgreSQL) 15.14 (Debian …)"
		if err != nil {
			continue
		}
		fields := strings.Fields(string(out))
		if len(fields) < 3 {
			continue
		}
		v, _ := strconv.Atoi(strings.FieldsFunc(fields[2], func(r rune) bool { return r < '0' || r > '9' })[0])
		seen = v
		if want != 0 && v != want {
			continue
		}
		if !hasPostGIS(dir, v) {
			bare = dir
			continue
		}
		return dir, v, nil
	}
	switch {
	case bare != "":
		return "", 0, problem("postgis_missing", nil, "%s 的 PostgreSQL 没有 PostGIS 扩展；请运行 make setup", bare)
	case seen != 0:
		return "", 0, problem("postgres_version", nil, "数据库集群由 PostgreSQL %d 建立，本机只有 %d；请安装 postgresql-%d-postgis-3", want, seen, want)
	}
	return "", 0, problem("postgres_missing", nil, "没有找到 PostgreSQL 服务端程序（initdb、postgres）；请运行 make setup，或把它们所在目录加入 PATH")
}

// major reads the version from a path like /usr/lib/postgresql/15/bin.
func major(bin string) int {
	v, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return v
}

// hasPostGIS looks where Debian and a build from source put the extension.
func hasPostGIS(bin string, version int) bool {
	if real, err := filepath.EvalSymlinks(filepath.Join(bin, "postgres")); err == nil {
		bin = filepath.Dir(real)
	}
	for _, dir := range []string{
		fmt.Sprintf("/usr/share/postgresql/%d/extension", version),
		filepath.Join(bin, "../share/extension"),
		filepath.Join(bin, "../share/postgresql/extension"),
	} {
		if exists(filepath.Join(dir, "postgis.control")) {
			return true
		}
	}
	return false
}

// accountFor says who runs the cluster: the present user or, since PostgreSQL
// refuses root, the cluster's owner, postgres, or nobody.
func accountFor(cluster string) (*account, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	if at, err := os.Stat(cluster); err == nil {
		if o := at.Sys().(*syscall.Stat_t); o.Uid != 0 {
			return &account{name: userName(o.Uid), uid: int(o.Uid), gid: int(o.Gid)}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return &account{name: name, uid: uid, gid: gid}, nil
		}
	}
	return nil, problem("no_account", nil, "PostgreSQL 不能以 root 运行，而本机没有 postgres 或 nobody 用户；请用普通用户运行")
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "uid " + id
}

// reaches tries whether the account can work in dir, as the kernel sees it.
func (pg *postgres) reaches(dir string) bool {
	cmd := pg.run(context.Background(), "postgres", "--version")
	cmd.Dir = dir
	return cmd.Run() == nil
}

// run prepares a PostgreSQL program as the account, without guatu's environment.
func (pg *postgres) run(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(pg.bin, program), args...)
	cmd.Env = []string{"PATH=" + pg.bin + ":/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: pg.account.credential(), Setpgid: true}
	return cmd
}

// initdb makes the cluster under another name and renames it when it is
// complete and on disk. What bears that name was therefore never complete.
func (pg *postgres) initdb(ctx context.Context, throwaway bool) error {
	dir := pg.state.cluster()
	temp := dir + making
	if err := os.RemoveAll(temp); err != nil {
		return unusable(temp, err)
	}
	if err := os.Mkdir(temp, 0o700); err != nil {
		return unusable(temp, err)
	}
	secret := temp + ".password"
	defer os.Remove(secret)
	if err := WriteSecret(secret, []byte(pg.state.Superuser+"\n")); err != nil {
		return err
	}
	if a := pg.account; a != nil {
		for _, path := range []string{temp, secret} {
			if err := os.Lchown(path, a.uid, a.gid); err != nil {
				return unusable(path, err)
			}
		}
	}
	args := []string{"-D", temp, "--username=" + superuser, "--pwfile=" + secret, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"}
	if throwaway {
		args = append(args, "--no-sync")
	}
	cmd := pg.run(ctx, "initdb", args...)
	cmd.Dir = temp
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return problem("initdb_failed", err, "新建数据库集群失败：\n%s\n", strings.TrimSpace(string(out)))
	}
	return os.Rename(temp, dir)
}

// resetPassword gives a cluster whose state.json was lost a new superuser
// password, in single-user mode, which needs none.
func (pg *postgres) resetPassword(ctx context.Context) error {
	cmd := pg.run(ctx, "postgres", "--single", "-D", pg.state.cluster(), superuser)
	cmd.Dir = pg.state.cluster()
	cmd.Stdin = strings.NewReader("ALTER ROLE " + superuser + " PASSWORD '" + pg.state.Superuser + "'\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return problem("reset_failed", err, "无法为已有的数据库集群重设口令：\n%s\n", strings.TrimSpace(string(out)))
	}
	return nil
}

// serve is the command that runs the cluster. Settings are given here and not
// in postgresql.conf, so that they follow the program that was started.
func (pg *postgres) serve(throwaway bool) *exec.Cmd {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(pg.state.PostgresPort),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"shared_buffers":          "256MB",
		"work_mem":                "16MB",
		"max_wal_size":            "2GB",
		"random_page_cost":        "1.1",
		"jit":                     "off",
		"fsync":                   "on",
		"synchronous_commit":      "on",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"log_line_prefix":         "%m [%p] %q%u@%d ",
		"cluster_name":            owner,
	}
	if throwaway {
		settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"] = "off", "off", "off"
	}
	var shm syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &shm); err != nil || shm.Blocks*uint64(shm.Bsize) < 512<<20 {
		settings["dynamic_shared_memory_type"] = "mmap" // containers give /dev/shm 64 MB
	}
	args := []string{"-D", pg.state.cluster()}
	for k, v := range settings {
		args = append(args, "-c", k+"="+v)
	}
	return pg.run(context.Background(), "postgres", args...)
}

// clear ends a server that an earlier guatu left on this cluster and removes
// its postmaster.pid, whose number may by now be that of an innocent process.
// An initdb that outlived its guatu is killed: asked politely, it would empty
// the folder that the next one works in.
func (pg *postgres) clear(ctx context.Context) error {
	dir := pg.state.cluster()
	for _, program := range []string{"initdb", "postgres"} {
		if err := endLeft(ctx, program, dir+making, 0, []end{{syscall.SIGKILL, 5 * time.Second}}); err != nil {
			return err
		}
	}
	pidFile := filepath.Join(dir, "postmaster.pid")
	head := 0
	if b, err := os.ReadFile(pidFile); err == nil {
		first, _, _ := strings.Cut(string(b), "\n")
		head, _ = strconv.Atoi(strings.TrimSpace(first))
	}
	ends := postgresEnds
	if _, alive := look(head, "postgres", dir); !alive { // SIGINT would only cancel what its backends do
		ends = []end{{syscall.SIGTERM, 10 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}}
	}
	if err := endLeft(ctx, "postgres", dir, head, ends); err != nil {
		return err
	}
	if err := os.Remove(pidFile); err != nil && !os.IsNotExist(err) {
		return unusable(dir, err)
	}
	return nil
}

// url is a connection string for the private cluster.
func (pg *postgres) url(role, password, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(role, password),
		Host: "127.0.0.1:" + strconv.Itoa(pg.state.PostgresPort), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// ready connects and makes what is missing. It can be cut at any point and
// called again. PostGIS goes into template1, so that every database that
// guatu makes has it without being allowed to install it.
func (pg *postgres) ready(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, pg.url(superuser, pg.state.Superuser, "template1"))
	if err != nil {
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == "28P01" { // invalid_password
			return problem("password_refused", nil, "%s 中的口令与数据库集群 %s 不符；请恢复匹配的文件，或删除 state.json 由程序重设", pg.state.file(), pg.state.cluster())
		}
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var hasRole, hasDatabase bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1), EXISTS (SELECT FROM pg_database WHERE datname = $1)`, owner).
		Scan(&hasRole, &hasDatabase)
	if err != nil {
		return err
	}
	statements := []string{"CREATE EXTENSION IF NOT EXISTS postgis"}
	if !hasRole {
		statements = append(statements, "CREATE ROLE "+owner)
	}
	// The password is 26 letters and digits of our own making.
	statements = append(statements, "ALTER ROLE "+owner+" LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS NOREPLICATION PASSWORD '"+pg.state.Owner+"'")
	if !hasDatabase {
		statements = append(statements, "CREATE DATABASE "+owner+" OWNER "+owner)
	}
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("prepare cluster: %w", err)
		}
	}
	return nil
}
