package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"guatu/cmd/guatu/bench"
	"guatu/cmd/guatu/demo"
	"guatu/cmd/guatu/stack"
)

// benchCmd is `guatu bench`: the figures of docs/performance.md, measured on a
// private PostgreSQL and MinIO that nobody else uses.
type benchCmd struct {
	Short bool   `help:"短测：小城市、短时间，只看个大概，不写文档"`
	Docs  string `help:"把结果写进这个文件的标记之间" default:"docs/performance.md"`
	Web   string `help:"网页目录（其中的 node_modules 里有 playwright-core）" default:"web"`
}

// measure is how much is done.
type measure struct {
	cities  []int
	patches int
	uploads time.Duration // of each of the two loops
	warm    time.Duration
	rounds  int // of the browser
}

var (
	wholeMeasure = measure{cities: []int{84, 10000}, patches: 1_000_000, uploads: 20 * time.Second, warm: 8 * time.Second, rounds: 5}
	shortMeasure = measure{cities: []int{84, 1000}, patches: 50_000, uploads: 4 * time.Second, warm: 2 * time.Second, rounds: 1}
)

// benchState is the folder of the services; it is made for the run and removed after it.
const benchState = ".guatu/figures"

// Run measures everything and ends with a table.
func (b *benchCmd) Run(ctx context.Context, conf *config) (err error) {
	m := wholeMeasure
	if b.Short {
		m = shortMeasure
	}
	if err := os.RemoveAll(benchState); err != nil { // what a killed run left
		return err
	}
	s, err := stack.Start(ctx, stack.Options{State: benchState, Log: os.Stderr})
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
		defer cancel()
		if err = errors.Join(err, s.Stop(stopping)); err == nil {
			err = os.RemoveAll(benchState)
		}
	}()
	f := &figures{cmd: b, m: m, stack: s, progress: newProgress()}
	f.table.Add("测什么", "条件", "每秒", "p50", "p99", "备注")
	err = f.all(ctx, conf)
	fmt.Print("\n", f.table.Text(), "\n", f.where(), "\n") // what was measured before a failure, too
	if err != nil || b.Short {
		return err
	}
	return bench.Renew(b.Docs, f.page())
}

// figures is a run of the benchmark.
type figures struct {
	cmd      *benchCmd
	m        measure
	stack    *stack.Stack
	progress *progress
	table    bench.Table
	load     string // of the machine when it began
}

func (f *figures) all(ctx context.Context, conf *config) error {
	f.load = loadAverage()
	for i, n := range f.m.cities {
		if err := f.city(ctx, conf, n, i == 0); err != nil {
			return fmt.Errorf("%d 个点位：%w", n, err)
		}
	}
	if err := f.survey(ctx, conf); err != nil {
		return fmt.Errorf("图斑：%w", err)
	}
	return nil
}

// installation is a database and a bucket of its own on the private services.
func (f *figures) installation(ctx context.Context, conf *config, name string) (*config, error) {
	admin, err := pgx.Connect(ctx, f.stack.DatabaseURL)
	if err != nil {
		return nil, err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return nil, err
	}
	at, err := url.Parse(f.stack.DatabaseURL)
	if err != nil {
		return nil, err
	}
	at.Path = "/" + name
	key, err := stack.Secret(f.stack.State, "receipt.key")
	if err != nil {
		return nil, err
	}
	own := *conf
	own.DatabaseURL, own.ReceiptKey, own.LogLevel = secret(at.String()), secret(key), "warn"
	own.S3Endpoint, own.S3AccessKey, own.S3SecretKey = f.stack.S3.Endpoint, f.stack.S3.AccessKey, secret(f.stack.S3.SecretKey)
	own.S3Region, own.S3Bucket = f.stack.S3.Region, strings.ReplaceAll(name, "_", "-")
	if err := own.check(); err != nil {
		return nil, err
	}
	_, err = prepareDatabase(ctx, &own)
	return &own, err
}

// seeded is an installation with a city in it; how long the loading took is told.
func (f *figures) seeded(ctx context.Context, conf *config, name string, o demo.Options) (*config, demo.Loaded, error) {
	own, err := f.installation(ctx, conf, name)
	if err != nil {
		return nil, demo.Loaded{}, err
	}
	loaded, err := seed(ctx, own, o, f.progress.report)
	f.progress.end()
	return own, loaded, err
}

// city measures a city with n sites: map, tiles, and with uploads the way of a photo.
func (f *figures) city(ctx context.Context, conf *config, n int, uploads bool) error {
	f.stack.Steps.Say("生成并装入 %s 个点位的城市", count(n))
	o := demo.Options{Seed: demo.Demo(time.Now()).Seed, Sites: n, Now: time.Now(), Photos: n <= 84}
	own, loaded, err := f.seeded(ctx, conf, fmt.Sprintf("city_%d", n), o)
	if err != nil {
		return err
	}
	place := count(n) + " 点位"
	f.table.Add("装入城市", place, "", "", "", fmt.Sprintf("生成 %s，入库 %s", bench.Short(loaded.Took["generate"]), bench.Short(loaded.Took["city"])))
	if loaded.Photos > 0 {
		took := loaded.Took["photos"]
		f.table.Add("画并上传演示照片", fmt.Sprintf("%d 张", loaded.Photos), fmt.Sprintf("%.0f", float64(loaded.Photos)/took.Seconds()), "", "", bench.Short(took))
	}
	s, err := startServer(ctx, own)
	if err != nil {
		return err
	}
	defer s.stop()
	if loaded.Photos > 0 {
		began := time.Now()
		if err := s.settle(ctx, f.progress.report); err != nil {
			return err
		}
		f.progress.end()
		took := time.Since(began)
		f.table.Add("缩略图 1600 + 320", fmt.Sprintf("%d 张", loaded.Photos), fmt.Sprintf("%.1f", float64(loaded.Photos)/took.Seconds()), "", "", "后台任务，"+bench.Short(took))
	}
	if err := f.tiles(ctx, s, place); err != nil {
		return err
	}
	if err := f.board(ctx, s, place); err != nil {
		return err
	}
	if err := f.browser(ctx, s, place); err != nil {
		return err
	}
	if uploads {
		return f.uploads(ctx, s)
	}
	return nil
}

// page is what docs/performance.md keeps.
func (f *figures) page() string { return f.where() + "\n\n" + f.table.Markdown() }

func programPath() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}
