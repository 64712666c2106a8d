#!/usr/bin/env bash
# Builds the web pages into web/dist when their sources are not those of the
# last build; also when a file was removed or a branch was switched.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh

stamp=bin/.web-sources
now=$(find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/e2e -prune -o -type f ! -name '*_test.go' ! -name '*.test.ts' -print0 |
	sort -z | xargs -0 sha256sum | sha256sum)
if [ -e web/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then exit; fi
long "构建网页" npm --prefix web run build
echo "$now" >"$stamp"
