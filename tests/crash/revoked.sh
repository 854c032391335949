#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A device is removed, and the daemon that does it is killed between any two steps of that: the removal durable, the epoch's first commit built, uploaded,
# said, in the header. Afterwards the same command ends well, the others have what is written then, the removed one has nothing of it, and each removal
# has begun one epoch. POINTS=N: so many of the steps, and the first three: the removal, the epoch's first commit with its root, the next with its record.
# timeout: 600
. "$(dirname "$0")/../lib.sh"
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
POINTS=${POINTS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 10000 || echo 7)}
S=$WORK/store A=$WORK/a B=$WORK/b P=$WORK/p0 C=$CLOUDSEAL
SHIM=$WORK/kill_at.so
gcc -O1 -Wall -D_GNU_SOURCE -shared -fPIC -o "$SHIM" "$ROOT/tests/crash/kill_at.c" -ldl || skip "the shim does not build"
grep -qa __asan_init "$C" && skip "a preloaded library comes before the sanitizer's"
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
revoke() { on a "$C" device revoke --yes v "$1"; }
out() { [ "$(on a "$C" device list --json v | json "[x['state'] for x in d['devices'] if x['name'] == '$1']")" = "['revoked']" ]; }
epochs() { on "$1" "$C" debug dump --json v record epoch | json 'len(d["record"]["records"])'; }
in_header() { on "$1" "$C" debug dump --json v header | json 'len(d["header"]["epochs"])'; }
all_sync() { local d; for d in "$@"; do sync_vault "$d" v >/dev/null || { echo "sync of $d"; on "$d" "$C" status v; return 1; }; done; }
to_come() { # to_come K: the desk is mounted so that its daemon is killed before step K of what it does once it is told to
	rm -f "$WORK/told"
	on a env LD_PRELOAD="$SHIM" KILL_AT="$1" KILL_FROM="$WORK/told" KILL_COUNT="$WORK/count" "$C" mount --passfile "$PASS" v "$A"
}
REMOVED=0 LATER=0
joins() { # joins DEVICE: it has all that was written after the removals before
	join_vault "$1" v "$S" --device-name "$1" >/dev/null && mount_vault "$1" v "$P" || return 1
	[ "$LATER" = 0 ] || wait_for 30 cmp "$A/later-$LATER" "$P/later-$LATER" || { echo "who joins does not have what was written"; return 1; }
	echo "$1" >"$P/by-$1"
	all_sync "$1" a b "$1"
}
goes_on() { # goes_on DEVICE: that is out
	echo "later" >"$A/later-$1"
	all_sync a b
	wait_for 30 cmp "$A/later-$1" "$B/later-$1" || { echo "the others do not go on"; return 1; }
	echo "by the laptop" >"$B/laptop-$1"
	all_sync b a b
	wait_for 30 cmp "$A/laptop-$1" "$B/laptop-$1" || { echo "the others do not go on"; return 1; }
	sync_vault "$1" v >/dev/null 2>&1
	! [ -e "$P/later-$1" ] || { echo "the removed one reads on"; return 1; }
	lock_vault "$1" v --no-wait >/dev/null 2>&1
	for d in a b; do [ "$(epochs $d)" = $((REMOVED + 1)) ] || { echo "$(epochs $d) epochs of $REMOVED removals on $d"; return 1; }; done
}
killed() { # killed K
	local d=d$1 P=$WORK/p$1 pid
	lock_vault a v >/dev/null && to_come "$1" >/dev/null && joins "$d" || return 1
	pid=$(pid_of a v)
	: >"$WORK/told"
	revoke "$d" >"$WORK/revoke" 2>&1 && wait_for 2 test ! -e "/proc/$pid" # or behind its end
	kill -KILL "$pid" 2>/dev/null
	lock_vault a v >/dev/null 2>&1; mount_vault a v "$A" >/dev/null || return 1
	out "$d" || revoke "$d" >"$WORK/revoke2" 2>&1 || { cat "$WORK/revoke" "$WORK/revoke2"; return 1; }
	goes_on "$d"
}
mkdir -p "$A"
new_vault a v "$S" --device-name desk >/dev/null && to_come 0 >/dev/null && echo 1 >"$A/one" && sync_vault a v >/dev/null || { not_ok "a vault"; finish; }
join_vault b v "$S" --device-name laptop >/dev/null && mount_vault b v "$B" >/dev/null || { not_ok "join"; finish; }
check "one joins" joins d0
all_sync a b a >/dev/null
: >"$WORK/told"
check "one that nobody kills" eval 'revoke d0 && all_sync a'
lock_vault a v >/dev/null
STEPS=$(cat "$WORK/count")
check "it has steps" test "$STEPS" -gt 8
REMOVED=1
mount_vault a v "$A" >/dev/null || { not_ok "mount"; finish; }
check "the others go on" goes_on d0
LATER=d0
for k in $(seq "$STEPS" | awk -v n="$STEPS" -v p="$POINTS" 'p >= n || NR <= 3 || int(NR * (p - 1) / n) != int((NR - 1) * (p - 1) / n)'); do
	REMOVED=$((REMOVED + 1))
	check "killed before step $k of $STEPS" killed "$k"
	LATER=d$k
done
check "who joins now has all of it" eval 'join_vault z v "$S" --device-name z >/dev/null && mount_vault z v "$WORK/z" && wait_for 60 same_tree "$A" "$WORK/z"'
check "and a header with all epochs" test "$(in_header z)" = "$REMOVED"
for d in a b z; do check "lock of $d" lock_vault $d v; done
finish
