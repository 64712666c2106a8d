# Sourced by the other scripts: how they talk to the person at the terminal.

say() { printf '[%3d 秒] %s\n' "$SECONDS" "$*"; }

die() { # die code message
	printf '错误：%s（%s）\n' "$2" "$1" >&2
	exit 1
}

# long "what" command…: one line when it begins, one every five seconds, one
# when it is done. Its output goes to a file that is shown if it fails.
long() {
	local what=$1 log began=$SECONDS pid code=0 next
	shift
	mkdir -p bin
	log=$(mktemp bin/log.XXXXXX)
	say "$what"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -f "$log"; exit 130' INT TERM
	next=5
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		if [ $((SECONDS - began)) -ge $next ]; then
			say "  … 已 $((SECONDS - began)) 秒：$(tail -n 1 "$log" | tr -d '\r' | cut -c -70)"
			next=$((SECONDS - began + 5))
		fi
	done
	wait "$pid" || code=$?
	trap - INT TERM
	if [ $code != 0 ]; then
		tail -n 40 "$log" >&2
		rm -f "$log"
		die step_failed "「$what」失败，退出码 $code，以上是输出的末尾；排除原因后重新运行同一命令即可"
	fi
	rm -f "$log"
	say "  完成，用时 $((SECONDS - began)) 秒"
}
