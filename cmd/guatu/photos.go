package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"guatu/ledger"
	"guatu/media"
)

// The bounds of work that nobody waits for (promises 3.9, S7).
const (
	decoders    = 2
	jobTime     = 60 * time.Second
	rescueAfter = 2 * time.Minute // a job whose server died is taken up again
	stopJobs    = 10 * time.Second
	canaryEvery = 10 * time.Second
)

// studio is the photos' side of an installation: the intake, and the jobs that
// follow from it. Its connections are apart from those that people wait for.
type studio struct {
	store *media.Store
	jobs  *river.Client[pgx.Tx]
	pool  *pgxpool.Pool
}

// openStudio connects intake and jobs. The schema must be there already; the
// object store may come later.
func openStudio(ctx context.Context, conf *config, people *ledger.Store, log *slog.Logger) (*studio, error) {
	key, err := conf.signingKey()
	if err != nil {
		return nil, err
	}
	bucket, err := conf.bucket()
	if err != nil {
		return nil, err
	}
	pool, err := ledger.Open(ctx, string(conf.DatabaseURL), ledger.Limits(jobTime, 10*time.Second), func(c *pgxpool.Config) { c.MaxConns = 10 })
	if err != nil {
		return nil, err
	}
	deriver := &media.Deriver{}
	workers := river.NewWorkers()
	river.AddWorker(workers, deriver)
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}, media.DeriveQueue: {MaxWorkers: decoders}},
		Workers:              workers,
		Logger:               slog.New(quieter{log.Handler()}),
		FetchCooldown:        20 * time.Millisecond,
		JobTimeout:           jobTime,
		RescueStuckJobsAfter: rescueAfter,
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("job client: %w", err)
	}
	store, err := media.New(ctx, media.Parts{
		Ledger: people, Bucket: bucket, Decoder: media.NewDecoder(decoders), Jobs: jobs, Key: key, PendingTTL: conf.PendingTTL, Log: log,
	})
	if err != nil {
		pool.Close()
		return nil, err
	}
	deriver.Store = store
	return &studio{store, jobs, pool}, nil
}

func (s *studio) close() { s.pool.Close() }

// bucket is the object store that the configuration names.
func (c *config) bucket() (*media.Bucket, error) {
	return media.OpenBucket(media.BucketConfig{
		Endpoint: c.S3Endpoint, AccessKey: c.S3AccessKey, SecretKey: string(c.S3SecretKey), Bucket: c.S3Bucket, Region: c.S3Region,
	})
}

// run works on jobs and sweeps until ctx ends; jobs under way may finish.
func (s *studio) run(ctx context.Context, log *slog.Logger) error {
	s.makeBucket(ctx, log)
	var work sync.WaitGroup
	work.Go(func() {
		s.store.KeepSweeping(ctx, min(max(s.store.PendingTTL/24, time.Second), 10*time.Minute))
	})
	defer work.Wait()
	if err := s.jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	<-ctx.Done()
	soft, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopJobs)
	defer cancel()
	if err := s.jobs.Stop(soft); err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopJobs)
		defer cancel()
		return s.jobs.StopAndCancel(hard)
	}
	return nil
}

// makeBucket makes the bucket and switches its versions on. Everything else is
// served while the object store is away.
func (s *studio) makeBucket(ctx context.Context, log *slog.Logger) {
	for told := false; ; {
		versioned, err := s.store.Bucket.Ensure(ctx)
		if err == nil {
			if !versioned {
				log.WarnContext(ctx, "the object store keeps no versions: a deleted object is gone for good")
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		if !told {
			log.WarnContext(ctx, "object store is not ready, uploads are refused until it is", "err", err)
			told = true
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// canary tells whether photos could be taken in, from a try that is at most
// canaryEvery old.
type canary struct {
	bucket *media.Bucket
	mu     sync.Mutex
	at     time.Time
	err    error
}

func (c *canary) check(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.at) > canaryEvery {
		name, _ := os.Hostname()
		c.err = c.bucket.Canary(ctx, name)
		c.at = time.Now()
	}
	return c.err
}

// quieter leaves out what River says when all is well.
type quieter struct{ slog.Handler }

func (q quieter) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

func (q quieter) WithAttrs(a []slog.Attr) slog.Handler { return quieter{q.Handler.WithAttrs(a)} }

func (q quieter) WithGroup(name string) slog.Handler { return quieter{q.Handler.WithGroup(name)} }

// fsckCmd is `guatu fsck`.
type fsckCmd struct {
	Quick bool `help:"只核对记录和对象清单，不逐字节读取照片"`
	JSON  bool `help:"以 JSON 输出"`
}

// invariants are what fsck promises, in the order of its report.
var invariants = []struct{ id, says string }{
	{"I1", "每张已确认的照片都有记录、上传凭据和签名有效的回执"},
	{"I2", "每条记录所指的对象都在，版本、大小和内容相符"},
	{"I3", "每个照片编号只有一条记录"},
	{"I4", "没有无主的对象，没有过期未清的上传"},
	{"I5", "每张照片恰有一条接收审计，审计链完整"},
	{"I6", "每张照片的缩略图已生成、失败已注明，或任务仍在排队"},
	{"I8", "任何县区的连接都看不到别处的照片"},
}

// faultWords say what a fault means and what to do.
var faultWords = map[string]string{
	"upload_without_photo":  "已确认的上传没有照片记录，记录可能被人删除",
	"photo_without_receipt": "照片没有回执",
	"photo_without_upload":  "照片没有对应的上传凭据，记录可能被人改过",
	"receipt_forged":        "回执的签名无效，内容可能被人改过",
	"receipt_of_other":      "回执与照片记录不符",
	"blob_not_stored":       "照片的内容没有标记为已存",
	"object_lost":           "对象不在存储里（或被删除标记遮住），请从备份恢复",
	"object_replaced":       "存储里的对象已不是记录的那一版",
	"object_damaged":        "对象内容与 SHA-256 不符，请从备份恢复",
	"object_unreadable":     "对象读不出来",
	"id_twice":              "同一编号有多条记录",
	"pending_too_long":      "未完成的上传过期未清，请确认服务在运行",
	"orphan":                "对象没有任何记录指向它",
	"audit_count":           "接收审计不是恰好一条",
	"audit_without_photo":   "有接收审计而没有照片，记录可能被人删除",
	"chain_broken":          "审计链断裂",
	"no_job":                "缩略图未生成，也没有排队的任务",
	"derivatives_missing":   "标记为已生成，缩略图却不全",
	"wall_open":             "行级安全没有生效",
	"foreign_rows":          "能看到不属于自己的行",
}

// fsckShown is how many faults of one invariant are printed; --json has all.
const fsckShown = 20

// Run checks the whole installation, changes nothing, and exits 1 where an
// invariant is broken.
func (f *fsckCmd) Run(ctx context.Context, conf *config) error {
	if err := conf.check(); err != nil {
		return err
	}
	pool, err := ledger.Open(ctx, string(conf.DatabaseURL), ledger.Limits(time.Hour, 10*time.Second))
	if err != nil {
		return err
	}
	defer pool.Close()
	bucket, err := conf.bucket()
	if err != nil {
		return err
	}
	key, err := conf.signingKey()
	if err != nil {
		return err
	}
	store, err := media.New(ctx, media.Parts{
		Ledger: ledger.NewStore(pool, time.Now), Bucket: bucket, Key: key, PendingTTL: conf.PendingTTL, Log: conf.logger(),
	})
	if err != nil {
		return err
	}
	found, err := store.Check(ctx, f.Quick)
	if errors.Is(err, media.ErrBucketDown) {
		return fmt.Errorf("对象存储没有应答，无法检查：%w", err)
	}
	if err != nil {
		return err
	}
	if f.JSON {
		err = printJSON(fsckReport(found))
	} else {
		printFsck(found, f.Quick)
	}
	if err == nil && len(found.Faults) > 0 {
		return quit(1)
	}
	return err
}

func faultsOf(found media.Checked, id string) (list []ledger.Fault) {
	for _, f := range found.Faults {
		if f.Invariant == id {
			list = append(list, f)
		}
	}
	return list
}

func fsckReport(found media.Checked) map[string]any {
	type fault struct {
		Subject string `json:"subject"`
		Code    string `json:"code"`
		Says    string `json:"says"`
		Detail  string `json:"detail,omitempty"`
	}
	type check struct {
		ID     string  `json:"id"`
		Says   string  `json:"says"`
		OK     bool    `json:"ok"`
		Faults []fault `json:"faults"`
	}
	checks := []check{}
	for _, i := range invariants {
		c := check{ID: i.id, Says: i.says, Faults: []fault{}}
		for _, f := range faultsOf(found, i.id) {
			c.Faults = append(c.Faults, fault{f.Subject, f.Code, faultWords[f.Code], f.Detail})
		}
		c.OK = len(c.Faults) == 0
		checks = append(checks, c)
	}
	return map[string]any{
		"ok": len(found.Faults) == 0, "photos": found.Photos, "objects": found.Objects, "bytes_read": found.Bytes, "checks": checks,
	}
}

func printFsck(found media.Checked, quick bool) {
	for _, i := range invariants {
		faults := faultsOf(found, i.id)
		if len(faults) == 0 {
			fmt.Printf("✓ %s %s\n", i.id, i.says)
			continue
		}
		fmt.Printf("✗ %s %s：%d 处不符\n", i.id, i.says, len(faults))
		for _, f := range faults[:min(len(faults), fsckShown)] {
			fmt.Printf("    %s：%s", f.Subject, faultWords[f.Code])
			if f.Detail != "" {
				fmt.Printf("（%s）", f.Detail)
			}
			fmt.Println()
		}
		if more := len(faults) - fsckShown; more > 0 {
			fmt.Printf("    还有 %d 处，用 --json 看全部\n", more)
		}
	}
	how := fmt.Sprintf("读了 %.1f MB", float64(found.Bytes)/(1<<20))
	if quick {
		how = "没有逐字节读取"
	}
	fmt.Printf("共 %d 张照片、%d 个对象，%s\n", found.Photos, found.Objects, how)
}
