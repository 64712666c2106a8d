package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"guatu/api"
	"guatu/ledger"
	"guatu/web"
)

// docsCmd is `guatu docs …`, hidden: `make gen` writes with it what follows from the program.
type docsCmd struct {
	Config  docsConfigCmd  `cmd:"" help:"docs/config.md"`
	OpenAPI docsOpenAPICmd `cmd:"" name:"openapi" help:"/api/openapi.json"`
}

type docsOpenAPICmd struct{}

// Run prints the description of every route. It needs no services: the pool
// connects only when it is used.
func (docsOpenAPICmd) Run(ctx context.Context) error { return writeOpenAPI(ctx, os.Stdout) }

func writeOpenAPI(ctx context.Context, w io.Writer) error {
	pool, err := ledger.Open(ctx, "postgres://127.0.0.1:1/none")
	if err != nil {
		return err
	}
	defer pool.Close()
	server := api.New(api.Config{}, api.Parts{Ledger: ledger.NewStore(pool, time.Now), Web: web.FS(), Log: slog.New(slog.DiscardHandler)})
	body, err := server.OpenAPI(false)
	if err != nil {
		return err
	}
	_, err = w.Write(append(body, '\n'))
	return err
}

type docsConfigCmd struct{}

func (docsConfigCmd) Run() error { return writeConfigDocs(os.Stdout) }

// writeConfigDocs lists every setting from the struct that reads them.
func writeConfigDocs(w io.Writer) error {
	var c commands
	var text strings.Builder
	text.WriteString("# 配置\n\n由 `make gen` 从 cmd/guatu/config.go 生成，请勿手改。命令行参数优先于环境变量。\n" +
		"带 † 的可以改用 `名称_FILE` 指向一个文件，内容即为其值。\n")
	group := ""
	for _, flag := range parser(&c).Model.Flags {
		if len(flag.Envs) == 0 || flag.Group == nil {
			continue
		}
		if flag.Group.Title != group {
			group = flag.Group.Title
			fmt.Fprintf(&text, "\n## %s\n\n| 环境变量 | 参数 | 默认 | 说明 |\n|---|---|---|---|\n", group)
		}
		env := flag.Envs[0]
		mark := ""
		for _, name := range secretNames {
			if name == env {
				mark = " †"
			}
		}
		initial := flag.Default
		if initial != "" {
			initial = "`" + initial + "`"
		}
		fmt.Fprintf(&text, "| `%s`%s | `--%s` | %s | %s |\n", env, mark, flag.Name, initial, flag.Help)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
