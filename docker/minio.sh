#!/bin/bash
# Serves /data, and refuses a secret that anybody could guess.
set -euo pipefail
secret=${MINIO_ROOT_PASSWORD:?没有设置 GUATU_S3_SECRET_KEY}
if [ ${#secret} -lt 16 ]; then
	echo "GUATU_S3_SECRET_KEY 太短：至少 16 个字符，可用 openssl rand -hex 24 生成" >&2
	exit 1
fi
exec minio server --quiet --address :9000 --certs-dir /tmp/certs /data
