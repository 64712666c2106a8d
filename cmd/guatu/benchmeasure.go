package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/paulmach/orb"

	"guatu/cmd/guatu/bench"
	"guatu/cmd/guatu/demo"
)

//go:embed bench.mjs
var browserScript string

// clients ask at the same time, but for uploads and the board.
const clients = 4

// row measures one line of the table.
func (f *figures) row(what, where, note string, run bench.Run) error {
	if run.Failed > len(run.Took) {
		return fmt.Errorf("%s（%s）：%d 次失败，%w", what, where, run.Failed, run.Error)
	}
	if run.Failed > 0 { // a refusal under load is a figure too
		note += fmt.Sprintf("，**失败 %d**", run.Failed)
		f.stack.Steps.Say("  第一次失败：%v", run.Error)
	}
	f.table.Add(what, where, rate(run.Rate()), bench.Short(run.At(0.5)), bench.Short(run.At(0.99)), note)
	f.stack.Steps.Say("%s，%s：%s", what, where, run)
	return nil
}

func rate(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	return count(int(v))
}

// onMap is what the board knows of a site.
type onMap struct {
	ID int64
	At orb.Point
}

func (s *benchServer) sites(ctx context.Context) ([]onMap, error) {
	var board struct{ Sites []onMap }
	err := s.get(ctx, "/api/v1/board", s.token, &board)
	return board.Sites, err
}

// addresses are tiles as a map asks for them: all of the city from afar, and
// around sites from near; the same for the same city.
func addresses(layers, version string, zooms []int, perZoom int, sites []onMap) []string {
	r := rand.New(rand.NewPCG(1, 2))
	var out []string
	seen := map[string]bool{}
	for _, z := range zooms {
		for range perZoom {
			at := sites[r.IntN(len(sites))].At
			n := math.Exp2(float64(z))
			x := int((at[0] + 180) / 360 * n)
			lat := at[1] * math.Pi / 180
			y := int((1 - math.Asinh(math.Tan(lat))/math.Pi) / 2 * n)
			path := fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt?v=%s", layers, z, x, y, version)
			if !seen[path] {
				seen[path] = true
				out = append(out, path)
			}
		}
	}
	return out
}

func (s *benchServer) tileVersion(ctx context.Context, layers string) (string, error) {
	var told struct{ Tiles []string }
	if err := s.get(ctx, "/tiles/"+layers+".json", s.token, &told); err != nil {
		return "", err
	}
	if len(told.Tiles) == 0 {
		return "", fmt.Errorf("TileJSON of %s names no tiles", layers)
	}
	_, version, _ := strings.Cut(told.Tiles[0], "v=")
	return version, nil
}

// tiles measures a map's tiles: each once on a server that has drawn none, then
// again and again.
func (f *figures) tiles(ctx context.Context, s *benchServer, place string) error {
	const layers = "site,county,river,road"
	sites, err := s.sites(ctx)
	if err != nil {
		return err
	}
	version, err := s.tileVersion(ctx, layers)
	if err != nil {
		return err
	}
	list := addresses(layers, version, []int{8, 9, 10, 11, 12, 13, 14, 15, 16}, 60, sites)
	var size, most atomic.Int64
	fetch := func(ctx context.Context, _, n int) error {
		resp, body, err := s.ask(ctx, http.MethodGet, list[n%len(list)], s.token, nil, nil)
		if err == nil && resp.StatusCode == http.StatusOK {
			size.Add(int64(len(body)))
			for old := most.Load(); int64(len(body)) > old && !most.CompareAndSwap(old, int64(len(body))); old = most.Load() {
			}
		}
		return err
	}
	cold := bench.Each(ctx, clients, len(list), fetch)
	note := fmt.Sprintf("%d 张不同瓦片 z8–16，平均 %s，最大 %s", len(list), bytesOf(size.Load()/int64(len(list))), bytesOf(most.Load()))
	if err := f.row("瓦片，首次（无缓存）", place, note, cold); err != nil {
		return err
	}
	warm := bench.Closed(ctx, clients, f.m.warm, fetch)
	return f.row("瓦片，再次（已缓存）", place, "4 客户端闭环", warm)
}

func (f *figures) board(ctx context.Context, s *benchServer, place string) error {
	size := 0
	run := bench.Closed(ctx, 1, f.m.warm, func(ctx context.Context, _, _ int) error {
		_, body, err := s.ask(ctx, http.MethodGet, "/api/v1/board", s.token, nil, nil)
		size = len(body)
		return err
	})
	return f.row("作战图数据 /api/v1/board", place, "1 客户端，"+bytesOf(int64(size)), run)
}

// browser opens the map in headless Chromium, which draws WebGL in software.
func (f *figures) browser(ctx context.Context, s *benchServer, place string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	web, err := filepath.Abs(f.cmd.Web)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", "--input-type=module", "-")
	cmd.Stdin = strings.NewReader(browserScript)
	cmd.Env = append(os.Environ(), "GUATU_WEB="+web, "GUATU_URL="+s.url, "GUATU_PASSWORD="+demo.Password, fmt.Sprint("GUATU_ROUNDS=", f.m.rounds))
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("浏览器：%w\n%s", err, wrong.String())
	}
	var paint, idle []time.Duration
	var size int64
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var said struct{ Paint, Idle, Bytes float64 }
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			return fmt.Errorf("浏览器说：%s", lines.Text())
		}
		paint = append(paint, time.Duration(said.Paint*1e6))
		idle = append(idle, time.Duration(said.Idle*1e6))
		size = int64(said.Bytes)
	}
	slices.Sort(paint)
	slices.Sort(idle)
	rounds := len(paint)
	f.table.Add("挂图首屏（FCP）", place, "", bench.Short(paint[rounds/2]), bench.Short(paint[rounds-1]), fmt.Sprintf("中位/最慢，%d 次，1920×1080，软件 WebGL", rounds))
	f.table.Add("挂图画完（首次 idle）", place, "", bench.Short(idle[rounds/2]), bench.Short(idle[rounds-1]), "中位/最慢，下载 "+bytesOf(size))
	f.stack.Steps.Say("挂图，%s：首屏 %s，画完 %s", place, bench.Short(paint[rounds/2]), bench.Short(idle[rounds/2]))
	return nil
}

// photoBytes is the size of the photos that are sent.
const photoBytes = 200_000

// senders send photos at the same time, each as an inspector of the demo.
const senders = 8

// uploads measures the whole way of a photo to its signed receipt.
func (f *figures) uploads(ctx context.Context, s *benchServer) error {
	var tokens []string
	var sites []int64
	for i := range senders {
		login := "inspector"
		if i > 0 {
			login = fmt.Sprint("inspector", i+1)
		}
		token, err := s.tokenOf(ctx, login)
		if err != nil {
			return err
		}
		var own struct{ Items []struct{ ID int64 } }
		if err := s.get(ctx, "/api/v1/sites?limit=1", token, &own); err != nil {
			return err
		}
		if len(own.Items) == 0 {
			return fmt.Errorf("%s 没有点位", login)
		}
		tokens, sites = append(tokens, token), append(sites, own.Items[0].ID)
	}
	samples, err := demo.NewSamples(photoBytes, orb.Point{114.02, 33.58}, time.Now())
	if err != nil {
		return err
	}
	var sent atomic.Uint64
	send := func(ctx context.Context, _, _ int) error {
		n := sent.Add(1)
		photo := samples.Photo(n)
		sum := sha256.Sum256(photo)
		who := int(n) % senders
		header := http.Header{"Content-Type": {"image/jpeg"}, "Repr-Digest": {"sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"}}
		path := fmt.Sprintf("/api/v1/photos/%s?site=%d&lon=114.02&lat=33.58&accuracy=8&position_source=browser", uuid.Must(uuid.NewV7()), sites[who])
		_, _, err := s.ask(ctx, http.MethodPut, path, tokens[who], header, photo)
		return err
	}
	closed := bench.Closed(ctx, senders, f.m.uploads, send)
	if err := f.row("上传照片 200 KB，闭环", fmt.Sprintf("%d 客户端", senders), "到签名回执；同时后台生成缩略图", closed); err != nil {
		return err
	}
	if err := s.forget(ctx); err != nil {
		return err
	}
	steady := math.Max(1, closed.Rate()*0.5)
	open := bench.Open(ctx, 64, steady, f.m.uploads, send)
	return f.row("上传照片 200 KB，开环", fmt.Sprintf("每秒 %.0f 张", steady), "按到期时刻计时", open)
}

// where is the machine, the day and the state of the program.
func (f *figures) where() string {
	commit := "未知"
	if out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		commit = strings.TrimSpace(string(out))
		if changes, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no").Output(); err == nil && len(changes) > 0 {
			commit += "（有未提交的改动）"
		}
	}
	return fmt.Sprintf("测于 %s，提交 %s；%s，%d 核，%s，开始时 1 分钟负载 %s。",
		time.Now().In(demo.Shanghai).Format("2006-01-02 15:04"), commit, processor(), runtime.NumCPU(), runtime.Version(), f.load)
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "未知"
	}
	return strings.Fields(string(text))[0]
}

func bytesOf(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f KB", float64(n)/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
}
