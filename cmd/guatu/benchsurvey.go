package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"guatu/cmd/guatu/bench"
	"guatu/cmd/guatu/demo"
)

// survey measures loading patches and drawing them.
func (f *figures) survey(ctx context.Context, conf *config) error {
	f.stack.Steps.Say("生成并装入 %s 个图斑", count(f.m.patches))
	began := time.Now()
	made := 0
	c := demo.Generate(demo.Options{Seed: 1, Patches: f.m.patches})
	for range c.Patches() {
		if made++; made%8192 == 0 {
			f.progress.report("只生成", made, f.m.patches)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	f.progress.end()
	alone := time.Since(began)
	f.table.Add("生成图斑", count(made)+" 个", count(int(float64(made)/alone.Seconds())), "", "", "不入库，单线程，"+bench.Short(alone))
	own, loaded, err := f.seeded(ctx, conf, "survey", demo.Options{Seed: 1, Sites: 84, Now: time.Now(), Patches: f.m.patches})
	if err != nil {
		return err
	}
	took := loaded.Took["patches"]
	f.table.Add("装入图斑", count(f.m.patches)+" 个，四图层", count(int(float64(f.m.patches)/took.Seconds())), "", "", "含生成、COPY、GiST 索引，"+bench.Short(took))
	if err := f.ogr2ogr(ctx, own, float64(f.m.patches)/took.Seconds()); err != nil {
		return err
	}
	s, err := startServer(ctx, own)
	if err != nil {
		return err
	}
	defer s.stop()
	return f.patchTiles(ctx, s)
}

// ogr2ogr loads some of the same patches with GDAL's COPY, which is what a
// person would use, and says how our loading compares.
func (f *figures) ogr2ogr(ctx context.Context, conf *config, ours float64) error {
	some := f.m.patches / 5
	f.stack.Steps.Say("用 ogr2ogr 装入其中 %s 个图斑作对照", count(some))
	dir, err := os.MkdirTemp("", "guatu-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	at, err := pgx.ParseConfig(string(conf.DatabaseURL))
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "patches.gpkg")
	pg := fmt.Sprintf("PG:host=%s port=%d user=%s dbname=%s", at.Host, at.Port, at.User, at.Database)
	tool := func(args ...string) error {
		cmd := exec.CommandContext(ctx, "ogr2ogr", args...)
		cmd.Env = append(os.Environ(), "PGPASSWORD="+at.Password)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("ogr2ogr：%w\n%.600s", err, out)
		}
		return nil
	}
	query := fmt.Sprintf("SELECT county, id, scheme, code, level, attrs::text AS attrs, area_m2, shape FROM patch LIMIT %d", some)
	if err := tool("-f", "GPKG", file, pg, "-sql", query, "-nln", "patches"); err != nil {
		return err
	}
	began := time.Now()
	if err := tool("-f", "PostgreSQL", pg, file, "-nln", "patch_by_ogr", "--config", "PG_USE_COPY", "YES"); err != nil {
		return err
	}
	took := time.Since(began)
	theirs := float64(some) / took.Seconds()
	f.table.Add("对照：ogr2ogr（COPY）", count(some)+" 个", count(int(theirs)), "", "", fmt.Sprintf("含读 GPKG、GiST 索引，%s；本程序为其 %.1f 倍", bench.Short(took), ours/theirs))
	return nil
}

// patchTiles measures tiles of the land survey, which are never the same twice at first.
func (f *figures) patchTiles(ctx context.Context, s *benchServer) error {
	const layers = "dltb,farmland,forest"
	sites, err := s.sites(ctx)
	if err != nil {
		return err
	}
	version, err := s.tileVersion(ctx, layers)
	if err != nil {
		return err
	}
	for _, zooms := range [][]int{{14, 15, 16}, {12, 13}} {
		list := addresses(layers, version, zooms, 120, sites)
		var size atomic.Int64
		run := bench.Each(ctx, clients, len(list), func(ctx context.Context, _, n int) error {
			_, body, err := s.ask(ctx, http.MethodGet, list[n], s.token, nil, nil)
			size.Add(int64(len(body)))
			return err
		})
		note := fmt.Sprintf("三图层，%d 张，平均 %s", len(list), bytesOf(size.Load()/int64(max(1, len(list)))))
		where := fmt.Sprintf("%s 图斑，z%d–%d", count(f.m.patches), zooms[0], zooms[len(zooms)-1])
		if err := f.row("图斑瓦片，首次", where, note, run); err != nil {
			return err
		}
	}
	return nil
}
