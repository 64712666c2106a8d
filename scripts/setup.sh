#!/usr/bin/env bash
# 装好运行（run）或测试（test）所缺的东西；已有的不动。每一步一行，写明用时。
# Installs what is missing to run or to test, and touches nothing that is there.
set -euo pipefail
cd "$(dirname "$0")/.."
for_what=${1:-run}
source scripts/say.sh

minio_module=github.com/minio/minio
minio_version=v0.0.0-20260212201848-7aac2a2c5b7c

at_least() { # at_least 1.26 1.26.8
	[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

tools() {
	command -v go >/dev/null || die go_missing "没有找到 go 命令；请先安装 Go 1.26 或更新版本并加入 PATH"
	local go node
	go=$(go env GOVERSION) && go=${go#go}
	at_least 1.26 "$go" || die go_too_old "Go 版本是 $go，需要 1.26 或更新版本"
	command -v node >/dev/null && command -v npm >/dev/null || die node_missing "没有找到 node 或 npm 命令；请先安装 Node.js 20（不低于 20.19）并加入 PATH"
	node=$(node --version) && node=${node#v}
	at_least 20.19 "$node" || die node_too_old "Node.js 版本是 $node，需要 20.19 或更新版本"
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# has_postgis: some installed PostgreSQL has the extension, whichever package brought it.
has_postgis() {
	local bin version
	for bin in /usr/lib/postgresql/*/bin/initdb; do
		version=${bin#/usr/lib/postgresql/}
		if [ -x "$bin" ] && [ -e "/usr/share/postgresql/${version%%/*}/extension/postgis.control" ]; then return 0; fi
	done
	return 1
}

packages() {
	local want=(ffmpeg gdal-bin libvips-tools fonts-noto-cjk) missing=() p
	# The race detector needs a C compiler; exiftool is the second opinion on photos.
	if [ "$for_what" = test ]; then want+=(chromium libimage-exiftool-perl gcc libc6-dev); fi
	has_postgis || missing+=(postgresql-postgis)
	for p in "${want[@]}"; do installed "$p" || missing+=("$p"); done
	if [ ${#missing[@]} = 0 ]; then return; fi

	command -v apt-get >/dev/null || die no_apt "缺少 ${missing[*]}，而本机没有 apt-get；请在 Debian 12 上运行，或自行安装对应的软件"
	local root=()
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die no_sudo "缺少 ${missing[*]}，安装需要 root 或 sudo；请以 root 执行：apt-get install ${missing[*]}"
		sudo -v || die no_sudo "sudo 未获授权；请以 root 执行：apt-get install ${missing[*]}"
		root=(sudo)
	fi
	if ! installed postgresql-common; then
		# Debian would start a cluster of its own on port 5432 that nobody here needs.
		say "约定 Debian 安装 PostgreSQL 时不自动建立 main 集群"
		"${root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
		echo "create_main_cluster = false" | "${root[@]}" tee /etc/postgresql-common/createcluster.d/guatu.conf >/dev/null
	fi
	local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
	long "更新 Debian 软件包索引" "${apt[@]}" update
	long "安装 Debian 软件包 ${missing[*]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

npm_packages() {
	local stamp=web/node_modules/.guatu-lock now
	now=$(sha256sum <web/package-lock.json)
	if [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then return; fi
	long "安装 npm 软件包（npm ci）" npm --prefix web ci --no-audit --no-fund --loglevel=error
	echo "$now" >"$stamp"
}

minio() {
	if [ -x bin/minio ] && go version -m bin/minio 2>/dev/null | grep -q "mod[[:space:]]$minio_module[[:space:]]$minio_version"; then return; fi
	mkdir -p bin
	long "编译 MinIO $minio_version（首次约 3 分钟）" \
		env GOBIN="$PWD/bin" GOFLAGS= CGO_ENABLED=0 go install -v -trimpath -ldflags=-s "$minio_module@$minio_version"
}

tools
packages
npm_packages
minio
say "运行环境齐备"
