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
SERVICES  = bin/guatu services --state .guatu/test --throwaway --
GOTEST    = go test -count=1 -json

.PHONY: help run test lint gen bless bench fuzz e2e doctor setup setup-test web build

help: ## 显示这份说明
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup web build ## 装好所缺、构建，在 http://127.0.0.1:8484 运行（Ctrl-C 停止；STATE= LISTEN= 可改）
	@exec bin/guatu dev --state $(STATE) --listen $(LISTEN)

test: setup-test lint build ## 全部测试：Go（含 -race）、网页单元测试、浏览器测试
	@source scripts/say.sh
	say "Go 测试"
	$(SERVICES) $(GOTEST) ./... | node scripts/gotest.mjs
	say "Go 测试（-race）"
	CGO_ENABLED=1 $(SERVICES) $(GOTEST) -race -short ./... | node scripts/gotest.mjs
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
