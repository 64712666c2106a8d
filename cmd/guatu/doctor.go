package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"guatu/migrations"
)

// doctorCmd is `guatu doctor`.
type doctorCmd struct {
	JSON bool `help:"以 JSON 输出"`
}

// finding is what one examination found; an empty Advice is a clean bill.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`
}

// examination looks at one thing and says what it found. err: it is not as it must be.
type examination struct {
	name   string
	look   func(context.Context) (detail string, err error)
	advice string
}

// patience bounds one examination.
const patience = 10 * time.Second

// Run examines everything that the server leans on and exits 1 where something is amiss.
func (d *doctorCmd) Run(ctx context.Context, conf *config) error {
	h, err := open(ctx, conf, conf.logger())
	if err != nil {
		return fmt.Errorf("%w。请检查 DATABASE_URL，或先运行 make run", err)
	}
	defer h.close()
	findings := []finding{}
	amiss := 0
	for _, e := range h.examinations() {
		f := e.run(ctx)
		if !f.OK {
			amiss++
		}
		findings = append(findings, f)
		if !d.JSON {
			f.print()
		}
	}
	if d.JSON {
		if err := printJSON(map[string]any{"ok": amiss == 0, "findings": findings}); err != nil {
			return err
		}
	}
	if amiss > 0 {
		return quit(1)
	}
	return nil
}

func (e examination) run(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	detail, err := e.look(ctx)
	if err == nil {
		return finding{Name: e.name, OK: true, Detail: detail}
	}
	return finding{Name: e.name, Detail: err.Error(), Advice: e.advice}
}

func (f finding) print() {
	mark := "✓"
	if !f.OK {
		mark = "✗"
	}
	fmt.Printf("%s %s：%s\n", mark, f.Name, f.Detail)
	if f.Advice != "" {
		fmt.Printf("  → %s\n", f.Advice)
	}
}

// examinations are the rooms' own checks and what only a person at the machine
// needs to know.
func (h *house) examinations() []examination {
	return []examination{
		{"PostGIS", h.lookPostGIS, "安装 postgresql-15-postgis-3，并由超级用户执行 CREATE EXTENSION postgis"},
		{"数据库结构", h.lookSchema, "运行 guatu migrate"},
		{"数据库角色", h.lookRole, "给服务一个非超级用户、不带 BYPASSRLS 的角色"},
		{"时钟", h.lookClock, "用 NTP 校准本机和数据库服务器的时间"},
		{"对象存储", h.lookBucket, "核对 S3_ENDPOINT 和密钥，确认对象存储在运行、桶可写"},
		{"磁盘", lookDisk, "清理磁盘，至少留出十分之一"},
		{"ffmpeg", program("ffmpeg", "-version"), "apt-get install ffmpeg"},
		{"vipsthumbnail", program("vipsthumbnail", "--vips-version"), "apt-get install libvips-tools"},
		{"ogr2ogr", program("ogr2ogr", "--version"), "apt-get install gdal-bin"},
		{"中文字体", lookFonts, "apt-get install fonts-noto-cjk"},
	}
}

func (h *house) lookPostGIS(ctx context.Context) (string, error) {
	var version string
	err := h.pool.QueryRow(ctx, "SELECT postgis_full_version()").Scan(&version)
	if len(version) > 60 {
		version = version[:60] + "…"
	}
	return version, err
}

func (h *house) lookSchema(ctx context.Context) (string, error) {
	version, err := migrations.Version(ctx, h.pool)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("版本 %d", version), h.checkSchema(ctx)
}

func (h *house) lookRole(ctx context.Context) (string, error) {
	var name string
	var unbound bool
	err := h.pool.QueryRow(ctx, "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").Scan(&name, &unbound)
	if err == nil && unbound {
		err = fmt.Errorf("%s 不受行级安全约束", name)
	}
	return name + "，受行级安全约束", err
}

func (h *house) lookClock(ctx context.Context) (string, error) {
	return "与数据库相差不到 " + clockSkew.String(), h.checkClock(ctx)
}

// lookBucket writes, reads a part of, and removes a small object.
func (h *house) lookBucket(ctx context.Context) (string, error) {
	bucket, err := h.conf.bucket()
	if err != nil {
		return "", err
	}
	versioned, err := bucket.Ensure(ctx)
	if err != nil {
		return "", err
	}
	if err := bucket.Canary(ctx, "doctor"); err != nil {
		return "", err
	}
	if !versioned {
		return h.conf.S3Bucket + "，可写可读可删；不支持多版本，误删无法找回", nil
	}
	return h.conf.S3Bucket + "，可写可读可删，已启用多版本", nil
}

func lookDisk(context.Context) (string, error) {
	var disk unix.Statfs_t
	where, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if err := unix.Statfs(where, &disk); err != nil {
		return "", fmt.Errorf("look at the disk of %s: %w", where, err)
	}
	free, all := disk.Bavail*uint64(disk.Bsize), disk.Blocks*uint64(disk.Bsize)
	detail := fmt.Sprintf("剩余 %d GB / %d GB", free>>30, all>>30)
	if free < all/10 {
		return "", fmt.Errorf("%s，不足十分之一", detail)
	}
	return detail, nil
}

// program asks a tool for its version.
func program(name string, args ...string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		out, err := exec.CommandContext(ctx, name, args...).Output()
		if err != nil {
			return "", fmt.Errorf("%s 不能运行：%w", name, err)
		}
		first, _, _ := strings.Cut(string(out), "\n")
		return strings.TrimSpace(first), nil
	}
}

func lookFonts(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "fc-list", ":lang=zh-cn", "family").Output()
	if err != nil {
		return "", fmt.Errorf("fc-list 不能运行：%w", err)
	}
	families := strings.Fields(strings.ReplaceAll(string(out), "\n", " "))
	if len(families) == 0 {
		return "", fmt.Errorf("没有找到中文字体")
	}
	return fmt.Sprintf("%d 种", strings.Count(strings.TrimSpace(string(out)), "\n")+1), nil
}
