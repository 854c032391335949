#!/usr/bin/env bash
# 5,000 files whose names and contents carry known markers: none may be found on the store, on the wire, in local state or in
# what a crash of the daemon leaves. And two vaults of equal volume but different trees look alike (docs/threat-model.md).
# timeout: 300
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root to capture the wire"
COUNT=${COUNT:-5000}
take_ports || exit 1
PORT=$PORTS
UP=$("$ROOT/tests/servers/lighttpd-dav" up "$WORK/dav" $PORT) || { not_ok "server"; finish; }
SERVERS_DOWN="'$ROOT/tests/servers/lighttpd-dav' down '$WORK/dav'"
URL=http://127.0.0.1:$PORT/open/vault
MARK=zebrafinch
tcpdump -i lo -s 0 -w "$WORK/wire.pcap" "tcp port $PORT" >/dev/null 2>&1 & DUMP=$!
wait_for 5 test -s "$WORK/wire.pcap"
check "init" new_vault a v "$URL"
check "mount" mount_vault a v "$WORK/mnt"
make_files() {
	python3 "$ROOT/tests/e2e/marked_files.py" "$WORK/mnt" "$COUNT" "$MARK"
}
check "$COUNT marked files" make_files
check "sync" sync_vault a v
check "a second device joins over the same wire" join_vault b w "$URL"
check "mounts" mount_vault b w "$WORK/mnt2"
check "and reads everything back" bash -c "[ \$(cat '$WORK/mnt2/'*/*.txt | grep -c '$MARK content') -ge $COUNT ]"
sleep 0.5; kill $DUMP; wait $DUMP 2>/dev/null
# Markers as text, and as the base64, hex and UTF-16 that a sloppy encoding would leave.
absent() { # absent DIR...
	local m hits
	for m in "$MARK" "$(printf %s $MARK | base64 | cut -c1-12)" "$(printf %s $MARK | od -An -tx1 | tr -d " \n")" "$(printf %s $MARK | sed 's/./&\\x00/g')"; do
		hits=$(grep -rlaP -- "$m" "$@" | head -3); [ -z "$hits" ] || { echo "found '$m' in $hits"; return 1; }
	done
}
planted() { echo "xx ${MARK}yy" >"$WORK/planted"; ! absent "$WORK/planted"; }
check "the search does find a planted marker" planted
check "nothing in the store's folder" absent "$WORK/dav/data"
check "store holds something" bash -c "[ \$(du -sk '$WORK/dav/data' | cut -f1) -gt 100 ]"
check "nothing on the wire ($(stat -c %s "$WORK/wire.pcap") bytes captured)" absent "$WORK/wire.pcap"
check "the capture is not empty" bash -c "[ \$(stat -c %s '$WORK/wire.pcap') -gt 100000 ]"
check "nothing in local state while mounted" absent "$WORK/device-a" "$WORK/device-b"
PID=$(pid_of a v); check "status tells the daemon's process" test -n "$PID"
no_core() {
	mkdir -p "$WORK/core"; local cwd; cwd=$(readlink "/proc/$PID/cwd")
	# Raised if that is possible here at all: then it is the kernel's dumpable flag that is looked at, else the limit.
	prlimit --core=unlimited --pid "$PID" 2>/dev/null || [ "$(prlimit --core --pid "$PID" --noheadings --output HARD --raw)" = 0 ] || return 1
	kill -SEGV "$PID" && wait_for 10 bash -c "! kill -0 $PID 2>/dev/null" || return 1
	! find "$cwd" /tmp "$WORK" -maxdepth 1 -name 'core*' -type f -newer "$WORK/planted" 2>/dev/null | grep -q .
}
check "a killed daemon leaves no core" no_core
check "nothing in local state after the crash" absent "$WORK/device-a"
umount -l "$WORK/mnt" 2>/dev/null
check "mount again" mount_vault a v "$WORK/mnt"
check "lock a" lock_vault a v; check "lock b" lock_vault b w
check "nothing in local state after lock" absent "$WORK/device-a" "$WORK/device-b"

# --- two trees of one volume ---
padme_sizes() { # every object but the header has a Padme size
	python3 "$ROOT/tests/e2e/padme_sizes.py" "$1"
}
pair() { # the same 2,000,000 bytes as 40 files in 4 folders, and as 40 other sizes and names in 10
	check "init $1" new_vault "$1" "$1" "$WORK/store-$1"
	check "mount $1" mount_vault "$1" "$1" "$WORK/mnt-$1"
	python3 - "$WORK/mnt-$1" "$2" <<'PY'
import os, random, sys
root, kind = sys.argv[1:]
folders, sizes = (4, [50_000] * 40) if kind == 'even' else (10, [2_000] * 20 + [98_000] * 20)
for i, n in enumerate(sizes):
    d = f'{root}/{kind * 3}{i % folders}'; os.makedirs(d, exist_ok=True)
    with open(f'{d}/{"n" if kind == "even" else "long name of a file " * 5}{i}', 'wb') as f: f.write(os.urandom(n))
PY
	check "sync $1" sync_vault "$1" "$1"; check "lock $1" lock_vault "$1" "$1"
	check "all objects of $1 have Padme sizes and opaque names" padme_sizes "$WORK/store-$1"
}
pair p even; pair q uneven
alike() { # what the store sees: number of objects, and total volume, within what the threat model admits
	local np nq sp sq
	np=$(find "$WORK/store-p" -type f | wc -l) nq=$(find "$WORK/store-q" -type f | wc -l)
	sp=$(du -sb --apparent-size "$WORK/store-p" | cut -f1) sq=$(du -sb --apparent-size "$WORK/store-q" | cut -f1)
	echo "objects $np $nq, bytes $sp $sq"
	[ $((np > nq ? np - nq : nq - np)) -le 2 ] && python3 -c "import sys; sys.exit(not abs($sp - $sq) < 0.12 * $sp)"
}
check "two trees of one volume look alike on the store" alike
finish
