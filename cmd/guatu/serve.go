package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"guatu/api"
	"guatu/ledger"
	"guatu/migrations"
	"guatu/web"
)

// house is an opened installation: every room that works on rows and bytes.
type house struct {
	conf   *config
	log    *slog.Logger
	pool   *pgxpool.Pool // what people wait for
	ledger *ledger.Store
}

// open connects the rooms to the database and the object store. The schema must
// be there already.
func open(ctx context.Context, conf *config, log *slog.Logger) (*house, error) {
	pool, err := ledger.Open(ctx, string(conf.DatabaseURL), ledger.Limits(5*time.Second, 3*time.Second), func(c *pgxpool.Config) {
		c.MaxConns = 24
	})
	if err != nil {
		return nil, err
	}
	h := &house{conf: conf, log: log, pool: pool, ledger: ledger.NewStore(pool, time.Now)}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("连不上数据库：%w", err)
	}
	return h, nil
}

func (h *house) close() { h.pool.Close() }

// serveCmd is `guatu serve`.
type serveCmd struct{}

// Run migrates, serves, and stops when ctx ends.
func (serveCmd) Run(ctx context.Context, conf *config) error {
	if err := conf.check(); err != nil {
		return err
	}
	log := conf.logger()
	if _, err := prepareDatabase(ctx, conf); err != nil {
		return err
	}
	h, err := open(ctx, conf, log)
	if err != nil {
		return err
	}
	defer h.close()
	return h.serve(ctx, func(url string) { log.Info("serving", "url", url) })
}

// The bounds of a request (promises S15). Bodies have their own, by route.
const (
	headerTime  = 5 * time.Second
	idleTime    = 2 * time.Minute
	headerBytes = 64 << 10
	drainTime   = 25 * time.Second
	sealEvery   = 2 * time.Second
)

// serve answers until ctx ends, then stops in order: not ready, no new
// connections, open requests drained, background work ended (promises 3.10).
// ready is called with the address once connections are accepted.
func (h *house) serve(ctx context.Context, ready func(url string)) error {
	conf, err := h.conf.api()
	if err != nil {
		return err
	}
	photos, err := openStudio(ctx, h.conf, h.ledger, h.log)
	if err != nil {
		return err
	}
	defer photos.close()
	server := api.New(conf, api.Parts{Ledger: h.ledger, Media: photos.store, Web: web.FS(), Log: h.log})
	main, err := listen(h.conf.Listen)
	if err != nil {
		return err
	}
	side, err := listen(h.conf.AdminListen)
	if err != nil {
		_ = main.Close()
		return err
	}
	var up atomic.Bool
	public := &http.Server{
		Handler: server, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	checks := append(h.checks(), api.Check{Name: "bucket", Run: (&canary{bucket: photos.store.Bucket}).check})
	admin := &http.Server{Handler: api.Admin(&up, checks), ReadHeaderTimeout: headerTime}
	// work outlives the requests: it ends when they are drained.
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	streams, endStreams := context.WithCancel(work)
	defer endStreams()
	group, failed := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Run(streams) })
	group.Go(func() error { return h.background(work) })
	group.Go(func() error { return photos.run(work, h.log) })
	group.Go(func() error { return served(public.Serve(main)) })
	group.Go(func() error { return served(admin.Serve(side)) })
	group.Go(func() error {
		<-failed.Done()
		up.Store(false)
		if ctx.Err() != nil {
			time.Sleep(h.conf.DrainDelay)
		}
		endStreams() // open streams would hold the drain up
		drain, cancel := context.WithTimeout(work, drainTime)
		defer cancel()
		err := public.Shutdown(drain)
		endWork()
		return errors.Join(err, admin.Shutdown(drain))
	})
	up.Store(true)
	ready("http://" + main.Addr().String())
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	h.log.Info("stopped")
	return nil
}

// background is the work that nobody waits for, until ctx ends.
func (h *house) background(ctx context.Context) error {
	system := ledger.System(ctx)
	h.ledger.KeepSealing(system, sealEvery, func(err error) { h.log.WarnContext(ctx, "could not seal events", "err", err) })
	return nil
}

// checks are what has to hold for a server to be ready.
func (h *house) checks() []api.Check {
	return []api.Check{
		{Name: "database", Run: func(ctx context.Context) error { return h.pool.Ping(ctx) }},
		{Name: "schema", Run: h.checkSchema},
		{Name: "clock", Run: h.checkClock},
	}
}

func (h *house) checkSchema(ctx context.Context) error {
	want, err := migrations.Latest()
	if err != nil {
		return err
	}
	got, err := migrations.Version(ctx, h.pool)
	if err == nil && got < want {
		err = fmt.Errorf("schema is at %d, this program needs %d", got, want)
	}
	return err
}

// clockSkew is how far the database's clock may be from ours.
const clockSkew = 2 * time.Second

func (h *house) checkClock(ctx context.Context) error {
	begun := time.Now()
	var there time.Time
	if err := h.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&there); err != nil {
		return err
	}
	middle := begun.Add(time.Since(begun) / 2)
	if skew := there.Sub(middle).Abs(); skew > clockSkew {
		return fmt.Errorf("database clock differs by %s", skew.Round(time.Millisecond))
	}
	return nil
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("端口 %s 用不了：%w。请停掉占用它的程序，或换一个地址（--listen / --admin-listen）", address, err)
	}
	return l, nil
}

func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
