package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"guatu/api"
)

// config is everything that an installation decides: flags, environment,
// defaults and help in one place. docs/config.md is made from it.
type config struct {
	DatabaseURL secret `name:"database-url" env:"DATABASE_URL" group:"数据库" help:"PostgreSQL + PostGIS 的连接串；角色不应是超级用户"`
	S3Endpoint  string `name:"s3-endpoint" env:"S3_ENDPOINT" group:"对象存储" help:"S3 服务地址，如 http://127.0.0.1:9000"`
	S3AccessKey string `name:"s3-access-key" env:"S3_ACCESS_KEY" group:"对象存储" help:"访问密钥"`
	S3SecretKey secret `name:"s3-secret-key" env:"S3_SECRET_KEY" group:"对象存储" help:"秘密密钥"`
	S3Region    string `name:"s3-region" env:"S3_REGION" default:"us-east-1" group:"对象存储" help:"区域"`
	S3Bucket    string `name:"s3-bucket" env:"S3_BUCKET" default:"guatu" group:"对象存储" help:"桶；不存在时自动创建"`

	State          string        `name:"state" env:"GUATU_STATE" placeholder:"DIR" group:"服务" help:"guatu dev 的状态目录，默认 .guatu/dev；其他命令在没有设置 DATABASE_URL 时使用其中正在运行的服务"`
	Listen         string        `name:"listen" env:"GUATU_LISTEN" default:"127.0.0.1:8484" group:"服务" help:"网页和接口的监听地址"`
	AdminListen    string        `name:"admin-listen" env:"GUATU_ADMIN_LISTEN" default:"127.0.0.1:8485" group:"服务" help:"管理端口：/livez /readyz /metrics，不要对外开放"`
	TrustedProxies []string      `name:"trusted-proxies" env:"GUATU_TRUSTED_PROXIES" group:"服务" help:"反向代理的网段，如 10.0.0.0/8；只信任它们的 X-Forwarded-*"`
	InsecureHTTP   bool          `name:"insecure-http" env:"GUATU_INSECURE_HTTP" group:"服务" help:"允许从别的机器用 http 登录（仅限内网试用）"`
	DrainDelay     time.Duration `name:"drain-delay" env:"GUATU_DRAIN_DELAY" default:"0s" group:"服务" help:"停止前先报告未就绪多久，给负载均衡时间"`
	LogLevel       string        `name:"log-level" env:"GUATU_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" group:"服务" help:"日志级别：debug info warn error"`
	LogJSON        bool          `name:"log-json" env:"GUATU_LOG_JSON" group:"服务" help:"日志写成 JSON"`

	ReceiptKey secret        `name:"receipt-key" env:"GUATU_RECEIPT_KEY" group:"照片" help:"回执签名密钥：32 字节的 base64（Ed25519 种子）；各服务器须相同"`
	PendingTTL time.Duration `name:"pending-ttl" env:"GUATU_PENDING_TTL" default:"24h" group:"照片" help:"没有完成的上传保留多久后清扫"`

	City            string `name:"city" env:"GUATU_CITY" default:"411100" group:"地图" help:"本市行政区划代码"`
	Bounds          string `name:"bounds" env:"GUATU_BOUNDS" default:"113.43,33.36,114.34,34.03" group:"地图" help:"地图初始范围：西,南,东,北（度，CGCS2000）；瓦片只在其周围提供"`
	BasemapTemplate string `name:"basemap-template" env:"GUATU_BASEMAP_TEMPLATE" group:"地图" help:"栅格底图网址模板，含 {z} {x} {y}，如天地图；空则只用自有底图"`
	BasemapCredit   string `name:"basemap-attribution" env:"GUATU_BASEMAP_ATTRIBUTION" group:"地图" help:"底图来源说明；用底图时必填"`
	BasemapApproval string `name:"basemap-approval-no" env:"GUATU_BASEMAP_APPROVAL_NO" group:"地图" help:"审图号；用底图时必填"`
}

// secret is a value that no log, error or dump may show.
type secret string

func (s secret) String() string       { return "hidden" }
func (s secret) GoString() string     { return "hidden" }
func (s secret) LogValue() slog.Value { return slog.StringValue("hidden") }

// secretNames are the settings that may stand in a file named by NAME_FILE.
var secretNames = []string{"DATABASE_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY", "GUATU_RECEIPT_KEY"}

// readSecretFiles puts the content of NAME_FILE into NAME where that is not set.
func readSecretFiles() error {
	for _, name := range secretNames {
		path := os.Getenv(name + "_FILE")
		if path == "" || os.Getenv(name) != "" {
			continue
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("读不到 %s_FILE 所指的文件：%w", name, err)
		}
		if err := os.Setenv(name, strings.TrimSpace(string(body))); err != nil {
			return err
		}
	}
	return nil
}

// badSecrets are what nobody may run with (promises S23).
var badSecrets = []string{"minioadmin", "minio123", "password", "postgres", "guatu", "changeme", "secret", "admin"}

// check refuses what would start and be wrong: missing services, default or
// short secrets, a basemap without its approval number.
func (c *config) check() error {
	var faults []error
	missing := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	missing(c.DatabaseURL != "", "没有设置 DATABASE_URL")
	missing(c.S3Endpoint != "" && c.S3AccessKey != "" && c.S3SecretKey != "", "没有设置 S3_ENDPOINT、S3_ACCESS_KEY、S3_SECRET_KEY")
	if c.S3SecretKey != "" {
		missing(!weak(string(c.S3SecretKey)), "S3_SECRET_KEY 是默认值或太短（至少 16 个字符），请换一个")
	}
	if _, err := c.signingKey(); err != nil {
		faults = append(faults, err)
	}
	if _, err := c.api(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

func weak(s string) bool {
	for _, bad := range badSecrets {
		if strings.EqualFold(s, bad) {
			return true
		}
	}
	return len(s) < 16
}

// signingKey is the key that receipts are signed with.
func (c *config) signingKey() (ed25519.PrivateKey, error) {
	seed, err := base64.StdEncoding.DecodeString(string(c.ReceiptKey))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("GUATU_RECEIPT_KEY 应是 32 字节随机数的 base64，可用 `openssl rand -base64 32` 生成")
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// api is the part of the configuration that the HTTP side needs.
func (c *config) api() (api.Config, error) {
	out := api.Config{City: c.City, InsecureHTTP: c.InsecureHTTP}
	for _, text := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return out, fmt.Errorf("GUATU_TRUSTED_PROXIES 里的 %q 不是网段（如 10.0.0.0/8）", text)
		}
		out.TrustedProxies = append(out.TrustedProxies, prefix)
	}
	parts := strings.Split(c.Bounds, ",")
	if len(parts) != 4 {
		return out, errors.New("GUATU_BOUNDS 应为 西,南,东,北 四个数")
	}
	for i, text := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return out, fmt.Errorf("GUATU_BOUNDS 里的 %q 不是数", text)
		}
		out.Bounds[i] = v
	}
	if out.Bounds[0] >= out.Bounds[2] || out.Bounds[1] >= out.Bounds[3] {
		return out, errors.New("GUATU_BOUNDS 应为 西,南,东,北，西小于东、南小于北")
	}
	if c.BasemapTemplate != "" {
		if c.BasemapCredit == "" || c.BasemapApproval == "" {
			return out, errors.New("用底图必须同时设置 GUATU_BASEMAP_ATTRIBUTION 和 GUATU_BASEMAP_APPROVAL_NO（地图管理条例第二十二条）")
		}
		out.Basemap = &api.Basemap{Template: c.BasemapTemplate, Attribution: c.BasemapCredit, ApprovalNo: c.BasemapApproval}
	}
	return out, nil
}

func (c *config) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // the enum admits nothing else
	options := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}
