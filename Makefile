# 挂图：make 显示可用的命令；make run 在本机运行；make test 全部测试。

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

STATE    ?= .guatu/dev
LISTEN   ?= 127.0.0.1:8484
FUZZTIME ?= 10s
PKG      ?= ./...
SERVICES  = bin/guatu services --state .guatu/test --throwaway --
GOTEST    = go test -count=1 -timeout 20m -json

.PHONY: help run test lint gen bless bench fuzz e2e doctor setup setup-test web build

help: ## 显示这份说明
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup web build ## 装好所缺、构建，在 http://127.0.0.1:8484 运行（Ctrl-C 停止；STATE= LISTEN= 可改）
	@exec bin/guatu dev --state $(STATE) --listen $(LISTEN)

test: setup-test lint build ## 全部测试：Go（含 -race）、网页单元测试、浏览器测试
	@source scripts/say.sh
	say "Go 测试"
	$(SERVICES) $(GOTEST) $(PKG) | node scripts/gotest.mjs
	say "Go 测试（-race）"
	CGO_ENABLED=1 $(SERVICES) $(GOTEST) -race -short $(PKG) | node scripts/gotest.mjs
	say "网页单元测试"
	npm --prefix web test
	say "浏览器测试"
	npm --prefix web run e2e
	say "全部通过"

lint: web ## gofmt、go vet、网页类型检查
	@source scripts/say.sh
	bad=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go' -not -path './web/node_modules/*'))
	if [ -n "$$bad" ]; then die gofmt "这些文件需要 gofmt -w：$$bad"; fi
	long "go vet" go vet ./...
	long "检查网页代码" npm --prefix web run check

setup: ## 装好运行所缺的 Debian 包、npm 包和 MinIO
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

web: ## 构建网页（源文件未变则跳过）
	@if [ ! -e web/node_modules/.guatu-lock ]; then scripts/setup.sh run; fi
	scripts/web.sh

build: web ## 编译 bin/guatu
	@source scripts/say.sh
	long "编译 bin/guatu" env CGO_ENABLED=0 go build -buildvcs=false -trimpath -o bin/guatu ./cmd/guatu

gen: build ## 重新生成 docs/config.md 和网页的接口类型
	@bin/guatu docs config > docs/config.md
	bin/guatu docs openapi > bin/openapi.json
	npm --prefix web run --silent gen -- $(CURDIR)/bin/openapi.json
	git status --short docs web/src/api

bless: ## 认可新增的迁移文件：登记其校验和（已登记的不得再改）
	@cd migrations
	for f in *.sql; do grep -q "  $$f$$" SHA256SUMS || sha256sum "$$f" >> SHA256SUMS; done
	sha256sum --check --quiet SHA256SUMS

bench: setup-test build ## 性能数字：上传、瓦片、首屏、图斑，写进 docs/performance.md（约十分钟；SHORT=1 短测）
	@bin/guatu bench $(if $(SHORT),--short)
	if [ -z "$(SHORT)" ]; then bin/guatu services --state .guatu/bench --throwaway -- go test -run '^$$' -bench . -benchmem ./...; fi

fuzz: setup-test build ## 逐个运行模糊测试，每个 FUZZTIME（默认 10s）
	@source scripts/say.sh
	grep -rl '^func Fuzz' --include='*_test.go' --exclude-dir=node_modules . | xargs -n 1 dirname | sort -u | while read -r dir; do
		for name in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -c 6-); do
			say "$$dir $$name"
			$(SERVICES) go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$dir" </dev/null
		done
	done

e2e: setup-test build ## 只运行浏览器测试
	@npm --prefix web run e2e

doctor: ## 检查正在运行的 make run：数据库、对象存储、时钟、磁盘、字体
	@if [ ! -x bin/guatu ]; then $(MAKE) build; fi
	bin/guatu doctor --state $(STATE)
