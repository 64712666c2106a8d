#!/bin/bash
# Serves the cluster below /var/lib/postgresql/data and makes it first if it is
# not there: PostGIS in template1, and the role guatu, which is no superuser, so
# that row level security binds it. The superuser logs in through the
# container's own socket only. Runs as the system user postgres.
set -euo pipefail
bin=$(echo /usr/lib/postgresql/*/bin)
data=/var/lib/postgresql/data/cluster
password=${GUATU_DB_PASSWORD:?没有设置 GUATU_DB_PASSWORD}
if [ ${#password} -lt 16 ]; then
	echo "GUATU_DB_PASSWORD 太短：至少 16 个字符，可用 openssl rand -hex 24 生成" >&2
	exit 1
fi

if [ ! -e "$data" ]; then
	# A half-made cluster bears the other name and is made anew.
	rm -rf "$data.making"
	"$bin/initdb" -D "$data.making" --auth-local=peer --auth-host=scram-sha-256 \
		--encoding=UTF8 --locale=C.UTF-8 --data-checksums
	echo "host all guatu all scram-sha-256" >>"$data.making/pg_hba.conf"
	sync
	mv "$data.making" "$data"
fi

# With no address to listen on, nobody else can come in while this is done.
"$bin/pg_ctl" -D "$data" -w -t 600 -o "-c listen_addresses=''" start
psql -X -q -v ON_ERROR_STOP=1 -v password="$password" -d template1 <<'SQL'
CREATE EXTENSION IF NOT EXISTS postgis;
SELECT 'CREATE ROLE guatu' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guatu') \gexec
ALTER ROLE guatu LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS NOREPLICATION PASSWORD :'password';
SELECT 'CREATE DATABASE guatu OWNER guatu' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'guatu') \gexec
SQL
"$bin/pg_ctl" -D "$data" -w -m fast stop
unset GUATU_DB_PASSWORD password

exec "$bin/postgres" -D "$data" -c listen_addresses='*' -c max_connections=200 -c shared_buffers=256MB \
	-c random_page_cost=1.1 -c jit=off -c timezone=UTC -c log_timezone=UTC -c dynamic_shared_memory_type=mmap
