package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"guatu/cmd/guatu/demo"
	"guatu/cmd/guatu/stack"
)

// devCmd is `guatu dev`: everything on one machine, with nothing to set up.
type devCmd struct {
	Empty bool `help:"不装入演示数据"`
}

// stopPatience bounds how long PostgreSQL and MinIO may take to end.
const stopPatience = 40 * time.Second

// Run starts what is missing, migrates, loads the demo once, serves, and stops
// all of it in order when a person says so. The second Ctrl-C hurries.
func (d *devCmd) Run(ctx context.Context, conf *config) (err error) {
	ctx, hurried, release := interrupts(ctx)
	defer release()
	l, err := listen(conf.Listen) // before anything is started
	if err != nil {
		return err
	}
	if err := free(l); err != nil {
		return err
	}
	s, err := stack.Start(ctx, stack.Options{State: conf.state(defaultState), Log: os.Stderr, DatabaseURL: string(conf.DatabaseURL), S3: conf.s3()})
	if err != nil {
		return ended(ctx, err)
	}
	defer func() {
		stopping, cancel := context.WithTimeout(hurried, stopPatience)
		defer cancel()
		e := s.Steps.Do("停止数据库和对象存储", func(func(string, ...any)) error { return s.Stop(stopping) })
		if err = errors.Join(ended(ctx, err), e); err == nil {
			_ = os.Remove(filepath.Join(s.State, envFile))
			s.Steps.Say("已全部停止，数据保存在 %s", s.State)
		}
	}()
	if err := d.adopt(conf, s); err != nil {
		return err
	}
	err = s.Steps.Do("检查数据库结构", func(func(string, ...any)) error {
		_, err := prepareDatabase(ctx, conf)
		return err
	})
	if err != nil {
		return err
	}
	if !d.Empty {
		if err := d.load(ctx, conf, s.Steps); err != nil {
			return err
		}
	}
	h, err := open(ctx, conf, conf.logger())
	if err != nil {
		return err
	}
	defer h.close()
	if err := adminPort(conf, s); err != nil {
		return err
	}
	return d.serve(ctx, hurried, h, s)
}

// load puts the demo city into an empty ledger, once. A ledger that people
// have begun to fill is left as it is.
func (d *devCmd) load(ctx context.Context, conf *config, steps *stack.Steps) error {
	steps.Say("检查演示数据")
	p := newProgress()
	loaded, err := seed(ctx, conf, demo.Demo(time.Now()), p.report)
	p.end()
	switch {
	case errors.Is(err, demo.ErrNotEmpty) || errors.Is(err, demo.ErrOtherDemo):
		steps.Say("台账里已有数据，不装入演示数据")
		d.Empty = true
		return nil
	case err != nil:
		return fmt.Errorf("load the demo: %w", err)
	case !loaded.Already:
		steps.Say("%s", words(loaded))
	}
	return nil
}

// serve runs the server until ctx ends, a service is lost for good, or the
// person is in a hurry.
func (d *devCmd) serve(ctx, hurried context.Context, h *house, s *stack.Stack) error {
	serving, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- h.serve(serving, d.welcome) }()
	for {
		select {
		case err := <-done:
			if lost := context.Cause(serving); ctx.Err() == nil && lost != nil {
				return lost
			}
			return err
		case err := <-s.Failed():
			cancel(err)
		case <-hurried.Done():
			return nil
		case <-ctx.Done():
			s.Steps.Say("正在停止，请稍候（再按一次 Ctrl-C 立即停止）")
			ctx = context.WithoutCancel(ctx) // said once
		}
	}
}

// welcome is the last thing that a start prints: where to go and who to be.
func (d *devCmd) welcome(url string) {
	fmt.Printf("\n挂图已启动：%s\n", url)
	if !d.Empty {
		fmt.Printf("演示账号（人物均为虚构，口令都是 %s）：\n", demo.Password)
		for _, who := range demoLogins {
			fmt.Printf("  %-10s %s\n", who.login, who.says)
		}
	} else {
		fmt.Println("没有演示账号：另开一个终端，用 bin/guatu user add 新增人员（bin/guatu user add --help）")
	}
	fmt.Print("按 Ctrl-C 停止。\n\n")
}

// demoLogins are those of the demo, one for each role.
var demoLogins = []struct{ login, says string }{
	{"commander", "指挥部值班长"},
	{"watcher", "视频值守员"},
	{"inspector", "现场盯办人（手机页面在 /m）"},
	{"land", "自然资源和规划局"},
	{"forestry", "林业局"},
	{"county", "县区专班"},
	{"auditor", "审计"},
	{"admin", "系统管理员"},
}

// adopt takes the services' addresses and the folder's own keys into conf.
func (d *devCmd) adopt(conf *config, s *stack.Stack) error {
	conf.DatabaseURL = secret(s.DatabaseURL)
	conf.S3Endpoint, conf.S3AccessKey, conf.S3SecretKey = s.S3.Endpoint, s.S3.AccessKey, secret(s.S3.SecretKey)
	conf.S3Region, conf.S3Bucket = s.S3.Region, s.S3.Bucket
	if conf.ReceiptKey == "" {
		key, err := stack.Secret(s.State, "receipt.key")
		if err != nil {
			return err
		}
		conf.ReceiptKey = secret(key)
	}
	if err := conf.check(); err != nil {
		return err
	}
	return stack.WriteSecret(filepath.Join(s.State, envFile), []byte(strings.Join(append(s.Env(), "GUATU_RECEIPT_KEY="+string(conf.ReceiptKey)), "\n")+"\n"))
}

// envFile says in a state folder where its running services are, for the other
// commands. A clean stop removes it.
const envFile = "env"

// fromState lets commands such as import and token work on the services of a
// running `guatu dev` where the environment names none. dev, services and serve
// never do: the first two start their own, the last must be told.
func (c *config) fromState(command string) error {
	name, _, _ := strings.Cut(command, " ")
	if c.DatabaseURL != "" || name == "dev" || name == "services" || name == "serve" || name == "docs" {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(c.state(defaultState), envFile))
	if errors.Is(err, fs.ErrNotExist) && c.State == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("状态目录 %s 里没有正在运行的 guatu dev：%w", c.State, err)
	}
	into := map[string]func(string){
		"DATABASE_URL":      func(v string) { c.DatabaseURL = secret(v) },
		"S3_ENDPOINT":       func(v string) { c.S3Endpoint = v },
		"S3_ACCESS_KEY":     func(v string) { c.S3AccessKey = v },
		"S3_SECRET_KEY":     func(v string) { c.S3SecretKey = secret(v) },
		"S3_REGION":         func(v string) { c.S3Region = v },
		"S3_BUCKET":         func(v string) { c.S3Bucket = v },
		"GUATU_RECEIPT_KEY": func(v string) { c.ReceiptKey = secret(v) },
	}
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if set := into[key]; set != nil {
			set(value)
		}
	}
	return nil
}

// defaultState is the state folder of `guatu dev` that nobody chose.
const defaultState = ".guatu/dev"

// state is the state folder that was chosen, or the given one.
func (c *config) state(otherwise string) string { return cmp.Or(c.State, otherwise) }

// adminPort finds another admin port where the default is taken, as by a second
// `guatu dev`: here it is nobody's bookmark.
func adminPort(conf *config, s *stack.Stack) error {
	l, err := listen(conf.AdminListen)
	if err == nil || conf.AdminListen != defaultAdmin {
		return errors.Join(err, free(l))
	}
	if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("find an admin port: %w", err)
	}
	conf.AdminListen = l.Addr().String()
	s.Steps.Say("管理端口 %s 已被占用，改用 %s", defaultAdmin, conf.AdminListen)
	return free(l)
}

// free gives a port back that was only tried.
func free(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

// defaultAdmin is the admin address that nobody chose.
const defaultAdmin = "127.0.0.1:8485"

// interrupts ends ctx at the first Ctrl-C, SIGTERM or hang-up, and hurried at
// the second.
func interrupts(parent context.Context) (ctx, hurried context.Context, release func()) {
	ctx, cancel := context.WithCancel(parent)
	hurried, hurry := context.WithCancel(context.WithoutCancel(parent))
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		if _, ok := <-told; ok {
			cancel()
		}
		if _, ok := <-told; ok {
			hurry()
		}
	}()
	return ctx, hurried, func() {
		signal.Stop(told)
		close(told)
		cancel()
		hurry()
	}
}

// ended makes nothing of an error that is only the echo of a person's Ctrl-C.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// s3 is the object store that the configuration names, if any.
func (c *config) s3() stack.S3 {
	return stack.S3{Endpoint: c.S3Endpoint, AccessKey: c.S3AccessKey, SecretKey: string(c.S3SecretKey), Region: c.S3Region, Bucket: c.S3Bucket}
}

// servicesCmd is `guatu services -- CMD`: what `make test` wraps around the tests.
type servicesCmd struct {
	Throwaway bool     `help:"一次性：先清空，不落盘，用完即删"`
	Command   []string `arg:"" passthrough:"" help:"要运行的命令"`
}

// Run starts PostgreSQL and MinIO where the environment names none, runs the
// command with their addresses in its environment, and exits as it did.
func (c *servicesCmd) Run(ctx context.Context, conf *config) error {
	command := c.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	o := stack.Options{State: conf.state(".guatu/test"), Log: os.Stderr, Throwaway: c.Throwaway, DatabaseURL: string(conf.DatabaseURL), S3: conf.s3()}
	code, err := stack.Services(context.WithoutCancel(ctx), o, command)
	if err == nil && code != 0 {
		return quit(code)
	}
	return err
}
