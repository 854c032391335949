#!/usr/bin/env bash
# The network at its worst: stalled cold reads leave everything else quick; a peek moves little; offline work; server restarts.
# timeout: 300
# alone: measures how quickly cached reads answer
. "$(dirname "$0")/../lib.sh"
take_ports || exit 1
PORT=$PORTS DAV=$WORK/dav
server_up() { "$ROOT/tests/servers/lighttpd-dav" up "$DAV" $PORT >/dev/null; }
server_down() { "$ROOT/tests/servers/lighttpd-dav" down "$DAV"; }
server_signal() { kill "-$1" "$(cat "$DAV/run/pid")"; }
SERVERS_DOWN="kill -CONT \$(cat '$DAV/run/pid') 2>/dev/null; '$ROOT/tests/servers/lighttpd-dav' down '$DAV'"
URL=http://127.0.0.1:$PORT/open/vault
A=$WORK/a B=$WORK/b
field() { on "$1" "$CLOUDSEAL" status "$2" --json | python3 -c "import json,sys; print(json.load(sys.stdin)$3)"; }
check "the server starts" server_up
check "init" new_vault a v "$URL"
check "mount" mount_vault a v "$A"
big() { # 1 GiB; but for --full, the same 16 MiB again and again, which the store has once
	[ "${CLOUDSEAL_FULL:-0}" = 1 ] && { head -c 1073741824 /dev/urandom >"$A/big"; return; }
	python3 - "$A/big" <<'PY'
import os, sys
part = 16 << 20
fd = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
data = os.urandom(part)
for at in range(0, part, 1 << 20): os.write(fd, data[at:at + (1 << 20)])
for to in range(part, 1 << 30, part):
    at = 0
    while at < part: at += os.copy_file_range(fd, fd, part - at, at, to + at)
assert os.fstat(fd).st_size == 1 << 30
PY
}
check "a file of 1 GiB" big
for i in $(seq 64); do head -c 300000 /dev/urandom >"$A/cold$i"; done
mkdir "$A/dir"; for i in $(seq 200); do echo $i >"$A/dir/$i"; done; echo warm >"$A/warm"; head -c 2000000 /dev/urandom >"$A/warm2"
check "sync" sync_vault a v --timeout 200
check "join" join_vault b w "$URL"
check "mount b" mount_vault b w "$B"
moved() {
	local before after; before=$(field b w '["traffic"]["received"]')
	[ "$(head -c 100 "$B/big" | sha256sum)" = "$(head -c 100 "$A/big" | sha256sum)" ] || return 1
	sleep 1; after=$(field b w '["traffic"]["received"]')
	echo "moved $((after - before)) bytes"; [ $((after - before)) -lt 1048576 ] && [ $((after - before)) -gt 0 ]
}
check "head -c 100 of a cold 1 GiB file moves less than 1 MiB" moved
cat "$B/warm" "$B/warm2" >/dev/null
stalled() { # 64 cold reads while the server does not answer
	local pids=() i rc waiting
	drop_caches; timeout 60 python3 "$ROOT/tests/e2e/network_quick.py" "$B" "$WORK/before" || return 1
	server_signal STOP
	for i in $(seq 64); do cat "$B/cold$i" >/dev/null 2>&1 & pids+=($!); done
	sleep 1; drop_caches
	timeout 60 python3 "$ROOT/tests/e2e/network_quick.py" "$B" "$WORK/before" stalled; rc=$?
	waiting=$(jobs -r | wc -l); echo "$waiting readers still wait"; [ "$waiting" -ge 60 ] || rc=1
	server_signal CONT
	for i in "${pids[@]}"; do wait "$i" || { echo "a reader failed"; rc=1; }; done
	return $rc
}
check "64 stalled cold reads: all else answers within 50 ms, and they end well" stalled
same_cold() { local i; for i in $(seq 64); do cmp "$A/cold$i" "$B/cold$i" || return 1; done; }
check "and the bytes are right" same_cold
settle_b() { sync_vault b w && wait_for 30 eval '[ "$(stat -c %s "$A/small")" = 160000 ]'; } # or a and b would race
check "what was written meanwhile reaches the other device" settle_b
interrupted() {
	local p start rc
	head -c 300000 /dev/urandom >"$A/late"; sync_vault a v >/dev/null && wait_for 20 test -e "$B/late" || return 1
	server_signal STOP
	cat "$B/late" >/dev/null 2>&1 & p=$!
	sleep 0.7; kill -0 $p || { server_signal CONT; echo "it did not wait"; return 1; }
	start=$(date +%s%3N); kill -TERM $p; wait $p; rc=$?
	start=$(($(date +%s%3N) - start)); server_signal CONT
	echo "gone after $start ms (exit $rc)"; [ $rc = 143 ] && [ $start -lt 1500 ] && cmp "$A/late" "$B/late"
}
check "a stalled reader can be interrupted" interrupted

# --- no network at all ---
head -c 300000 /dev/urandom >"$A/never-read"
check "sync of one more file" sync_vault a v
check "the other device knows it" wait_for 30 test -e "$B/never-read"
server_down
remount() { lock_vault b w && mount_vault b w "$B" && [ "$(cat "$B/warm")" = warm ]; }
check "lock, mount and cached read without the server" remount
written() { echo offline >"$B/offline" && mkdir "$B/made" && mv "$B/dir/1" "$B/made/one" && rm "$B/dir/2"; }
check "write, mkdir, rename, remove" written
check "lock and mount again" remount
kept() { [ "$(cat "$B/offline")" = offline ] && [ "$(cat "$B/made/one")" = 1 ] && [ ! -e "$B/dir/2" ]; }
check "what was done offline is there" kept
status_words() { on b "$CLOUDSEAL" status w | tee /dev/stderr | grep -qi 'OFFLINE' && on b "$CLOUDSEAL" status w | grep -qiE 'last error.*(127.0.0.1|connect|refused)'; }
check "status says so, and why, in words" wait_for 30 status_words
check "and --json" wait_for 10 eval '[ "$(field b w "[\"online\"]")" = False ]'
cold() { # an error within the time a reader is made to wait, not an endless wait
	local start=$SECONDS; timeout 100 cat "$B/never-read" >/dev/null 2>"$WORK/e"; local rc=$?
	cat "$WORK/e"; echo "exit $rc after $((SECONDS - start)) s"; [ $rc = 1 ] && [ $((SECONDS - start)) -lt 45 ]
}
check "a cold read fails in bounded time" cold
no_sync() { on b timeout 60 "$CLOUDSEAL" sync --timeout 20 w; local rc=$?; echo "exit $rc"; [ $rc = 4 ]; }
check "sync ends with the code for an unreachable store" no_sync
check "the server starts again" server_up
check "sync works without a new mount" sync_vault b w --timeout 90
check "the cold file can be read" cmp "$A/never-read" "$B/never-read"
check "and the other device sees what was done offline" wait_for 60 eval '[ "$(cat "$A/offline")" = offline ] && [ ! -e "$A/dir/2" ]'
check "status is online again" wait_for 30 eval '[ "$(field a v "[\"online\"]")" = True ] && [ "$(field b w "[\"online\"]")" = True ]'
killed_server() { # killed mid-upload, restarted
	local p
	on a "$CLOUDSEAL" config v up-limit 8M >/dev/null # so that the moment is within the upload
	head -c 30000000 /dev/urandom >"$A/upload"; on a "$CLOUDSEAL" sync v >/dev/null 2>&1 & p=$!
	wait_for 20 eval "find '$DAV/tmp' '$DAV/data' -newer '$A/upload' -size +1M | grep -q ." || echo "no upload seen"
	sleep 0.5; server_signal KILL; sleep 1.5; server_up || return 1
	on a "$CLOUDSEAL" config --unset v up-limit >/dev/null
	wait $p; echo "the sync that met it: exit $?"
	sync_vault a v --timeout 90 && wait_for 60 cmp -s "$A/upload" "$B/upload"
}
check "server killed during an upload and restarted" killed_server
check "lock a" lock_vault a v; check "lock b" lock_vault b w
finish
