package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
)

func TestConfigDocsAreCurrent(t *testing.T) {
	t.Parallel()
	var want bytes.Buffer
	if err := writeConfigDocs(&want); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/config.md")
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("docs/config.md is not what the program says: run `make gen` (%v)", err)
	}
}

// The description is written without services, for `make gen`.
func TestOpenAPIIsWrittenWithoutServices(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := writeOpenAPI(t.Context(), &got); err != nil || !json.Valid(got.Bytes()) || !strings.Contains(got.String(), "/api/v1/photos/{id}") {
		t.Errorf("writeOpenAPI: %v, %d bytes", err, got.Len())
	}
}

func TestEverySettingIsExplained(t *testing.T) {
	t.Parallel()
	var c commands
	for _, flag := range parser(&c).Model.Flags {
		if flag.Name == "help" {
			continue
		}
		if flag.Help == "" || len(flag.Envs) == 0 || flag.Group == nil {
			t.Errorf("--%s lacks help, environment name or group", flag.Name)
		}
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	const value = "s3cr3t-canary-value"
	c := config{DatabaseURL: value, S3SecretKey: value, ReceiptKey: value}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "conf", c, "key", c.ReceiptKey)
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "slog": log.String(),
	} {
		if strings.Contains(text, value) {
			t.Errorf("%s shows a secret: %s", name, text)
		}
	}
}

func TestCheckRefusesWhatMustNotRun(t *testing.T) {
	t.Parallel()
	good := config{
		DatabaseURL: "postgres://x", S3Endpoint: "http://127.0.0.1:9000", S3AccessKey: "key", S3SecretKey: "0123456789abcdefghij",
		ReceiptKey: secret(base64.StdEncoding.EncodeToString(make([]byte, 32))), Bounds: "113,33,114,34",
	}
	if err := good.check(); err != nil {
		t.Fatalf("a good configuration is refused: %v", err)
	}
	for name, tt := range map[string]struct {
		spoil func(*config)
		says  string
	}{
		"default secret":         {func(c *config) { c.S3SecretKey = "minioadmin" }, "默认值或太短"},
		"short secret":           {func(c *config) { c.S3SecretKey = "abc" }, "默认值或太短"},
		"no database":            {func(c *config) { c.DatabaseURL = "" }, "DATABASE_URL"},
		"no store":               {func(c *config) { c.S3Endpoint = "" }, "S3_ENDPOINT"},
		"receipt key too short":  {func(c *config) { c.ReceiptKey = "YWJj" }, "GUATU_RECEIPT_KEY"},
		"basemap without number": {func(c *config) { c.BasemapTemplate = "https://t.example/{z}/{x}/{y}" }, "APPROVAL_NO"},
		"bounds the wrong way":   {func(c *config) { c.Bounds = "114,33,113,34" }, "西小于东"},
		"proxy that is no net":   {func(c *config) { c.TrustedProxies = []string{"proxy"} }, "TRUSTED_PROXIES"},
	} {
		c := good
		tt.spoil(&c)
		if err := c.check(); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want something about %s", name, err, tt.says)
		}
	}
}
