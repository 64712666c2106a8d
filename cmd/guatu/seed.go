package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"guatu/cmd/guatu/demo"
	"guatu/ledger"
	"guatu/media"
)

// seedCmd is `guatu seed`.
type seedCmd struct {
	Demo    bool   `help:"演示城市：84 个点位、人员、十四天照片"`
	Sites   int    `help:"随机城市的点位数（无照片）" placeholder:"N"`
	Patches int    `help:"土地调查图斑数，四个图层合计" placeholder:"M"`
	Seed    uint64 `help:"随机种子，同一种子得到同一城市" default:"20260101" placeholder:"K"`
	JSON    bool   `help:"以 JSON 输出"`
}

// Run puts an invented city into the installation; a second run changes nothing.
func (s *seedCmd) Run(ctx context.Context, conf *config) error {
	o := demo.Options{Seed: s.Seed, Sites: s.Sites, Patches: s.Patches, Now: time.Now()}
	switch {
	case s.Demo && s.Sites > 0:
		return errors.New("--demo 与 --sites 不能同用")
	case s.Demo:
		o = demo.Demo(time.Now())
		o.Patches = s.Patches
	case s.Sites < 0 || s.Patches < 0 || s.Sites > 200_000 || s.Patches > 50_000_000:
		return errors.New("--sites 应在 0–200000，--patches 应在 0–50000000 之间")
	case s.Sites == 0 && s.Patches == 0:
		return errors.New("请用 --demo 装入演示城市，或用 --sites N --patches M 生成任意规模的城市")
	case s.Patches > 0 && s.Patches < 200:
		return errors.New("--patches 至少 200")
	}
	if err := conf.check(); err != nil {
		return err
	}
	if _, err := prepareDatabase(ctx, conf); err != nil {
		return err
	}
	p := newProgress()
	loaded, err := seed(ctx, conf, o, p.report)
	p.end()
	switch {
	case errors.Is(err, demo.ErrNotEmpty):
		return fmt.Errorf("台账里已有项目，演示数据只能装入空库：%w", err)
	case errors.Is(err, demo.ErrOtherDemo):
		return fmt.Errorf("库里已有另一座演示城市，请换一个空库：%w", err)
	case err != nil:
		return err
	case s.JSON:
		return printJSON(told(loaded))
	}
	fmt.Println(words(loaded))
	return nil
}

// seed loads a city; report is told how far it is.
func seed(ctx context.Context, conf *config, o demo.Options, report func(step string, done, total int)) (demo.Loaded, error) {
	key, err := conf.signingKey()
	if err != nil {
		return demo.Loaded{}, err
	}
	pool, err := ledger.Open(ctx, string(conf.DatabaseURL))
	if err != nil {
		return demo.Loaded{}, err
	}
	defer pool.Close()
	bucket, err := media.OpenBucket(media.BucketConfig{
		Endpoint: conf.S3Endpoint, AccessKey: conf.S3AccessKey, SecretKey: string(conf.S3SecretKey), Bucket: conf.S3Bucket, Region: conf.S3Region,
	})
	if err != nil {
		return demo.Loaded{}, err
	}
	if _, err := bucket.Ensure(ctx); err != nil {
		return demo.Loaded{}, fmt.Errorf("对象存储不可用：%w", err)
	}
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{}) // enqueues only; the server works
	if err != nil {
		return demo.Loaded{}, err
	}
	l := &demo.Loader{
		DSN: string(conf.DatabaseURL), Pool: pool, Bucket: bucket, Decoder: media.NewDecoder(1), Jobs: jobs, Key: key,
		Log: conf.logger(), Report: report,
	}
	return l.Load(ctx, o)
}

// told is what a load did, for --json. Times are in seconds.
func told(l demo.Loaded) map[string]any {
	seconds := map[string]float64{}
	for name, took := range l.Took {
		seconds[name] = took.Seconds()
	}
	return map[string]any{
		"already": l.Already, "now": l.Now, "projects": l.Projects, "sites": l.Sites, "people": l.People, "photos": l.Photos,
		"layers": l.Layers, "seconds": seconds,
	}
}

// words is what a load did, for a person.
func words(l demo.Loaded) string {
	out := "已装入"
	if l.Already {
		out = "数据已经在库中，没有改动"
	}
	if l.Projects > 0 {
		out += fmt.Sprintf("：%d 个项目，%d 个点位，%d 人，%d 张照片", l.Projects, l.Sites, l.People, l.Photos)
	}
	for _, layer := range slices.Sorted(maps.Keys(l.Layers)) {
		out += fmt.Sprintf("；%s %d 个图斑", layer, l.Layers[layer])
	}
	if l.Photos > 0 && !l.Already {
		out += "。\n缩略图由服务在后台生成"
	}
	return out + "。"
}
