#!/usr/bin/env bash
# A mounted vault that nobody uses costs nothing: under 0.1 % of a CPU, not one byte written, no request beyond the poll.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
WINDOW=${WINDOW:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 300 || echo 30)}
M=$WORK/mnt
POLL=3 # requests of a poll: the other stream's next commit, the mailbox's next place and one that was passed
said() { on a "$CLOUDSEAL" status v --json | python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }
cpu_ns() { cat /proc/"$PID"/task/*/schedstat | awk '{ n += $1 } END { printf "%d\n", n }'; }
written() { awk '/^write_bytes/ { print $2 }' /proc/"$PID"/io; }
wakeups() { cat /proc/"$PID"/task/*/status | awk '/_ctxt_switches/ { n += $2 } END { print n }'; }
disk() { find "$(state_dir a v)" -printf '%P %s %b %T@\n' | sort | sha256sum; }
calm() { # nothing is queued, and nothing was written for longer than settling and the head take
	local before; before=$(written)
	sleep 6
	[ "$(said '["queue"]["objects"]')" = 0 ] && [ "$(written)" = "$before" ]
}
check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
cp -r "$ROOT/docs" "$ROOT/tests" "$M"
check "sync" sync_vault a v
check "a second device joins" join_vault b w "$WORK/store"
check "mounts" mount_vault b w "$WORK/mnt2"
check "and works" cp -r "$ROOT/docs" "$WORK/mnt2/more"
check "and goes" lock_vault b w --flush
check "sync" sync_vault a v
check "lock" lock_vault a v
check "mount again, with nothing to do" mount_vault a v "$M"
PID=$(said '["pid"]')
check "it comes to rest" wait_for 90 calm
cpu=$(cpu_ns) bytes=$(written) files=$(disk) requests=$(said '["traffic"]["requests"]') wakes=$(wakeups) from=$(date +%s%N)
sleep "$WINDOW"
cpu=$(($(cpu_ns) - cpu)) bytes=$(($(written) - bytes)) took=$(($(date +%s%N) - from)) wakes=$(($(wakeups) - wakes))
requests=$(($(said '["traffic"]["requests"]') - requests))
share=$(python3 -c "print(round(100 * $cpu / $took, 4))")
echo "$share % of a CPU, $bytes bytes written, $requests requests, $wakes wakeups in $((took / 1000000000)) s"
check "under 0.1 % of a CPU ($share %)" test $((cpu * 1000)) -lt $took
check "nothing written" test $bytes = 0
check "the state directory is untouched" test "$(disk)" = "$files"
check "$requests requests are polls" test $requests -le $(((took / 5000000000 + 2) * POLL))
check "lock" lock_vault a v
finish
