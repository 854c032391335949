#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The cache limit is kept while three times as much goes through, with a second device joined that stays behind; large files
# stream; what the store does not have is kept beyond the limit, as far as the disk goes, then ENOSPC; and all of it drains.
# The bound: 1.15 of the limit, and beside it what is not on the store yet, or what a fast reader fetches in a transaction of up
# to 32 MiB. CLOUDSEAL_FULL=1: a limit of 1 GiB.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root to mount a small file system"
LIMIT=64 DISK=420 ARRIVES=32
[ "${CLOUDSEAL_FULL:-0}" = 0 ] || LIMIT=1024 DISK=4096
PART=$((LIMIT / 2)) BIG=$((LIMIT * 5 / 2)) # what is copied before the store has it; a large file
S=$WORK/store A=$WORK/a B=$WORK/b P=$WORK/plain
on a true; on b true
mount -t tmpfs -o size=${DISK}m,mode=700 tmpfs "$WORK/device-a/data" || skip "cannot mount tmpfs"

# bounded WHAT DEVICE DIRTY_MIB COMMAND...: it works, and meanwhile the cache keeps its bound beside so much that is not on the
# store, and the daemon's memory is under $MEMORY MiB.
MEMORY=200
bounded() {
	local what=$1 d=$2 most=$((LIMIT * 115 / 100 + $3)) rc cache base memory n start=$SECONDS; shift 3
	coproc USAGE { on "$d" exec "$ROOT/tests/helpers/usage.py" "$CLOUDSEAL" v "$(state_dir "$d" v)/map/data.mdb" 2>"$WORK/usage"; }
	local pid=$USAGE_PID in=${USAGE[1]} from=${USAGE[0]}
	read -r _ <&"$from"
	("$@") >"$WORK/out" 2>&1; rc=$?
	echo >&"$in"; read -r cache base memory n <&"$from"; wait "$pid" 2>/dev/null
	local figures="cache ${cache:-?} of $most MiB, database ${base:-?}, memory ${memory:-?}; ${n:-0} samples, $((SECONDS - start)) s"
	if [ $rc != 0 ]; then not_ok "$what (exit $rc): $figures"; tail -n 5 "$WORK/out" | sed 's/^/    /'
	elif [ -z "${n:-}" ]; then not_ok "$what: not measured"; sed 's/^/    /' "$WORK/usage"
	elif [ "$cache" -gt $most ] || [ "$memory" -ge $MEMORY ]; then not_ok "$what, but too much: $figures"
	else ok "$what: $figures"; fi
}
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
field() { on "$1" "$CLOUDSEAL" status v --json | json "$2"; }
within() { [ "$(field "$1" 'd["cache"]["bytes"]')" -le $((LIMIT << 20)) ] || { field "$1" 'd["cache"]'; return 1; }; }
settled() { sync_vault "$1" v && wait_for 60 within "$1"; }

new_vault a v "$S" >/dev/null && on a "$CLOUDSEAL" config v cache-limit ${LIMIT}M >/dev/null && mount_vault a v "$A" || exit 1
check "an idle second device: joined, and not mounted" join_vault b v "$S"
on b "$CLOUDSEAL" config v cache-limit ${LIMIT}M >/dev/null
mkdir "$P"
for i in 0 1 2 3 4 5; do mkdir "$P/$i"; for j in 1 2 3 4 5 6 7 8; do head -c $((LIMIT << 16)) /dev/urandom >"$P/$i/$j"; done; done
copy_in() { local i; for i in 0 1 2 3 4 5; do cp -r "$P/$i" "$A/" && settled a || return 1; done; }
bounded "three times the limit copied in, in parts that the store takes" a $PART copy_in
bounded "all of it read on the device that wrote it, from the store mostly" a 0 diff -r "$P" "$A"
within_it() { mkdir "$1/two" && cat "$2"/0/* >"$1/two/new" && cp -r "$2/5" "$1/two/5"; }
bounded "copied within" a $PART within_it "$A" "$A"
within_it "$P" "$P"
head -c ${BIG}M /dev/urandom >"$P/big"
bounded "a file of $BIG MiB copied in" a $((BIG + PART)) cp "$P/big" "$A/big"
check "then the limit is kept again" settled a
bounded "it streams back" a 0 cmp "$P/big" "$A/big"
bounded "and is copied, without its contents" a 0 cp "$A/big" "$A/big2"
cp --reflink=auto "$P/big" "$P/big2"

# What the store does not have.
check "all is stored" settled a
used=$(df -m --output=used "$WORK/device-a/data" | tail -1)
mount -o remount,size=$((used + 2 * LIMIT))m "$WORK/device-a/data"
mv "$S" "$S.away"
MEMORY=130 # however much waits
bounded "store away: writing goes on until the disk is full" a $DISK sh -c 'timeout 200 python3 "$0" "$1" >"$2"' "$ROOT/tests/e2e/bounded_fill.py" "$A" "$WORK/kept"
MEMORY=200
beyond() { local n; n=$(wc -l <"$WORK/kept"); echo "only $n MiB were taken"; [ "$n" -gt "$LIMIT" ]; }
check "which is beyond the limit" beyond
right() { (cd "$1" && sha256sum --quiet -c "$WORK/kept"); }
check "all that was taken is there" right "$A"
mv "$S.away" "$S"
check "store back: it drains" settled a
room() { head -c 4M "$P/big" >"$A/after" && sync "$A/after"; }
check "and writes work again" wait_for 60 room
head -c 4M "$P/big" >"$P/after"
check "stored" settled a

mount_vault b v "$B" || exit 1
check "the second device catches up" wait_for 60 test -e "$B/after"
all() { right "$B" && for i in "$P"/*; do diff -r "$i" "$B/${i##*/}" || return 1; done; }
bounded "and reads all of it" b $ARRIVES all
lock_vault b v >/dev/null; lock_vault a v >/dev/null
finish
