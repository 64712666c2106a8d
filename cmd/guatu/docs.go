package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// docsCmd is `guatu docs config`, hidden: `make gen` writes docs/config.md with it.
type docsCmd struct {
	Config docsConfigCmd `cmd:"" help:"docs/config.md"`
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
