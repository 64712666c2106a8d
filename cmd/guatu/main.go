// Command guatu (挂图) is the whole product in one binary: the server, the local
// run with its own PostgreSQL and MinIO, and the tools of the trade.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the shell's table of contents.
type commands struct {
	config

	Dev      devCmd      `cmd:"" help:"在本机运行全部：自带 PostgreSQL、MinIO 和演示数据"`
	Serve    serveCmd    `cmd:"" help:"运行服务（数据库和对象存储由环境变量给出）"`
	Migrate  migrateCmd  `cmd:"" help:"把数据库升到最新结构"`
	Doctor   doctorCmd   `cmd:"" help:"检查数据库、对象存储、时钟、磁盘、ffmpeg、字体"`
	Fsck     fsckCmd     `cmd:"" help:"检查照片、回执、对象、审计是否完好（I1–I8）"`
	Seed     seedCmd     `cmd:"" help:"装入演示城市，或生成任意规模的城市"`
	Import   importCmd   `cmd:"" help:"导入项目台账、红线、行政区划"`
	User     userCmd     `cmd:"" help:"人员"`
	Token    tokenCmd    `cmd:"" help:"为一名人员生成脚本用的令牌（可撤销）"`
	Audit    auditCmd    `cmd:"" help:"审计链"`
	Services servicesCmd `cmd:"" hidden:"" help:"为一条命令启动 PostgreSQL 和 MinIO（测试用）"`
	Bench    benchCmd    `cmd:"" hidden:"" help:"性能数字（开发用）"`
	Docs     docsCmd     `cmd:"" hidden:"" help:"由程序生成的文档"`
}

// quit is an exit code without words: the command has said what there is to say.
type quit int

func (q quit) Error() string { return fmt.Sprintf("exit %d", int(q)) }

func main() {
	if err := readSecretFiles(); err != nil {
		fail(err)
	}
	var c commands
	parsed := parser(&c).Parse
	ctx, err := parsed(os.Args[1:])
	if err != nil {
		var wrong *kong.ParseError
		if errors.As(err, &wrong) {
			fmt.Fprintf(os.Stderr, "guatu：%v\n用 guatu --help 看全部命令\n", err)
			os.Exit(2)
		}
		fail(err)
	}
	if err := c.fromState(ctx.Command()); err != nil {
		fail(err)
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	ctx.BindTo(stop, (*context.Context)(nil))
	if err := ctx.Run(&c.config); err != nil {
		var code quit
		if errors.As(err, &code) {
			os.Exit(int(code))
		}
		fail(err)
	}
}

func parser(c *commands) *kong.Kong {
	return kong.Must(c, kong.Name("guatu"), kong.Description("挂图：重大项目挂图作战"), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "guatu：%v\n", err)
	os.Exit(1)
}
