#!/usr/bin/env bash
# The network at its worst: stalled cold reads leave everything else quick; a peek moves little; offline work; server restarts.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
PORT=$((20000 + RANDOM % 20000)); DAV=$WORK/dav
server_up() { "$ROOT/tests/servers/lighttpd-dav" up "$DAV" $PORT; }
server_down() { "$ROOT/tests/servers/lighttpd-dav" down "$DAV"; }
server_up >/dev/null || { not_ok "server"; finish; }
SERVERS_DOWN="kill -CONT \$(cat '$DAV/run/pid') 2>/dev/null; '$ROOT/tests/servers/lighttpd-dav' down '$DAV'"
URL=http://127.0.0.1:$PORT/open/vault
A=$WORK/a B=$WORK/b
field() { on "$1" "$CLOUDSEAL" status "$2" --json | python3 -c "import json,sys; print(json.load(sys.stdin)$3)"; }
check "init" new_vault a v "$URL"
check "mount" mount_vault a v "$A"
big() { head -c 1073741824 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null >"$A/big"; }
check "a 1 GiB file" big
for i in $(seq 64); do head -c 300000 /dev/urandom >"$A/cold$i"; done
mkdir "$A/dir"; for i in $(seq 200); do echo $i >"$A/dir/$i"; done; echo warm >"$A/warm"; head -c 2000000 /dev/urandom >"$A/warm2"
check "sync" sync_vault a v --timeout 200s
check "join" join_vault b w "$URL"
check "mount b" mount_vault b w "$B"
moved() {
	local before after; before=$(field b w '["store"]["received"]')
	[ "$(head -c 100 "$B/big" | sha256sum)" = "$(head -c 100 "$A/big" | sha256sum)" ] || return 1
	sleep 1; after=$(field b w '["store"]["received"]')
	echo "moved $((after - before)) bytes"; [ $((after - before)) -lt 1048576 ] && [ $((after - before)) -gt 0 ]
}
check "head -c 100 of a cold 1 GiB file moves less than 1 MiB" moved
cat "$B/warm" "$B/warm2" >/dev/null
stalled() { # 64 cold reads while the server does not answer
	kill -STOP "$(cat "$DAV/run/pid")"
	local pids=() i
	for i in $(seq 64); do cat "$B/cold$i" >/dev/null 2>&1 & pids+=($!); done
	sleep 1; drop_caches
	python3 - "$B" <<'PY'
import os, sys, time
root = sys.argv[1]; worst = {}
def timed(what, f):
    for _ in range(20):
        t = time.monotonic(); f(); worst[what] = max(worst.get(what, 0), time.monotonic() - t); time.sleep(0.01)
timed('ls', lambda: [os.lstat(f'{root}/dir/{n}') for n in os.listdir(f'{root}/dir')][:1])
timed('listdir', lambda: os.listdir(root))
timed('small cached read', lambda: open(f'{root}/warm', 'rb').read())
def cached():
    fd = os.open(f'{root}/warm2', os.O_RDONLY); os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED); os.pread(fd, 65536, 1000000); os.close(fd)
timed('cached block read', cached)
timed('create and write', lambda: open(f'{root}/new{time.monotonic_ns()}', 'w').write('x'))
print({k: f'{v * 1000:.1f} ms' for k, v in worst.items()})
sys.exit(any(v > 0.05 for v in worst.values()))
PY
	local rc=$?
	local waiting; waiting=$(jobs -r | wc -l); echo "$waiting readers still wait"; [ "$waiting" -ge 60 ] || rc=1
	kill -CONT "$(cat "$DAV/run/pid")"
	wait "${pids[@]}" || rc=1
	return $rc
}
check "64 stalled cold reads: ls and cached reads within 50 ms, and they end well" stalled
same_cold() { for i in $(seq 64); do cmp "$A/cold$i" "$B/cold$i" || return 1; done; }
check "and the bytes are right" same_cold
interrupted() {
	head -c 300000 /dev/urandom >"$A/late"; sync_vault a v >/dev/null && wait_for 20 test -e "$B/late" || return 1
	kill -STOP "$(cat "$DAV/run/pid")"
	cat "$B/late" >/dev/null 2>&1 & local p=$!; sleep 0.5; kill -INT $p; kill -TERM $p
	wait_for 3 bash -c "! kill -0 $p"; local rc=$?; kill -CONT "$(cat "$DAV/run/pid")"; return $rc
}
check "a stalled reader can be interrupted" interrupted

# --- no network at all ---
server_down
offline() {
	lock_vault b w >/dev/null && mount_vault b w "$B" && [ "$(cat "$B/warm")" = warm ] && echo offline >"$B/offline" &&
		[ "$(field b w '["online"]')" = False ] && lock_vault b w && mount_vault b w "$B" && [ "$(cat "$B/offline")" = offline ]
}
check "mount, cached read, write, lock and mount again, all offline" offline
cold_offline() { ! timeout 120 cat "$B/cold1" >/dev/null 2>"$WORK/e" || true; timeout 100 head -c 10 "$B/big" >/dev/null; }
status_words() { on b "$CLOUDSEAL" status w | grep -qiE 'offline|unreachable|refused'; }
check "status says why in words" wait_for 20 status_words
server_up >/dev/null
check "sync after the server is back" sync_vault b w --timeout 90s
check "and the other device sees it" wait_for 30 test -e "$A/offline"
killed_server() { # killed mid-upload, restarted
	head -c 60000000 /dev/urandom >"$A/upload"; on a "$CLOUDSEAL" sync v >/dev/null 2>&1 & local p=$!
	sleep 0.3; kill -KILL "$(cat "$DAV/run/pid")"; sleep 1; server_up >/dev/null; wait $p; sync_vault a v --timeout 90s &&
		wait_for 30 cmp -s "$A/upload" "$B/upload"
}
check "server killed during an upload and restarted" killed_server
check "lock a" lock_vault a v; check "lock b" lock_vault b w
finish
