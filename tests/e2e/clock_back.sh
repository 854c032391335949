#!/usr/bin/env bash
# The wall clock is set back by an hour, again and again: whatever waits until a time ends when it should. The flusher, the pin
# fetcher and HTTP transfers by their unit tests; then the built program: it mounts, uploads, answers and tells its progress.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt
FALLS=$BUILD/tests/wall-falls.so
falling() { LD_PRELOAD=$FALLS "$@"; }
seconds() { falling python3 -c 'import time; a = time.time(); time.sleep(0.3); print(int(a - time.time()))'; }
unit() { # unit NAME: in time
	[ -n "${CLOUDSEAL_BUILT:-}" ] && [ -x "$BUILD/tests/unit-$1" ] || ninja -C "$BUILD" "tests/unit-$1" >/dev/null || return 1
	falling timeout -k 5 90 "$BUILD/tests/unit-$1"
}
[ -f "$FALLS" ] || skip "no $FALLS: this compiler makes no shared modules"
check "the clock falls by hours ($(seconds) s)" test "$(seconds)" -gt 10000
check "the flusher writes" unit fs_file
check "the pin fetcher fetches" unit fs_pin
check "HTTP transfers end, and are tried again" unit remote_http

check "init" new_vault a v "$WORK/store"
check "mount" falling mount_vault a v "$M"
PID=$(pid_of a v)
check "its clock falls" grep -qF "$FALLS" "/proc/$PID/maps"
check "uploads are slow" on a "$CLOUDSEAL" config v up-limit 100k
head -c 500000 /dev/urandom >"$M/slow"
check "a request tells its progress" on a python3 "$ROOT/tests/helpers/sync_progress.py" "$(state_dir a v)/control" 5
check "lock" lock_vault a v
finish
