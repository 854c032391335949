#!/usr/bin/env bash
# Power cuts: the state directory lies on a file system that forgets what was not synced (tests/crash/powercut.c). After each cut
# everything fsynced is there, operations are all or nothing and in order, and in the end the store converges.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
[ "$(id -u)" = 0 ] || skip "needs root"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 50 || echo 12)}
M=$WORK/mnt J=$WORK/journal SHIM=$WORK/powercut
# shellcheck disable=SC2046
gcc -O1 -Wall -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DFUSE_USE_VERSION=314 $(pkg-config --cflags fuse3) -o "$SHIM" \
	"$ROOT/tests/crash/powercut.c" $(pkg-config --libs fuse3) 2>/dev/null || exit 1
export CLOUDSEAL_TEST_STATE_FS=any
B=$WORK/backing S=$(state_dir a v) CUTS=0
check "init" new_vault a v "$WORK/store"
check "busy settings" hurry a v
mkdir -p "$B" && mv "$S" "$B/live" && mkdir "$S"
shim_up() { "$SHIM" "$B" "$S" >/dev/null 2>&1 & SHIM_PID=$!; wait_for 10 mountpoint -q "$S"; }
check "shim" shim_up
check "mount" mount_vault a v "$M"
crash() {
	local p; p=$(on a "$CLOUDSEAL" status v --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
	kill -KILL "$SHIM_PID"; kill -KILL "$p"; wait "$SHIM_PID" 2>/dev/null
}
revive() {
	umount -l "$M"; umount -l "$S"
	CUTS=$((CUTS + 1)); "$SHIM" --restore "$B" $((SEED + CUTS)) && shim_up && mount_vault a v "$M"
}
if rounds "$ROUNDS" "power cut"; then
	check "sync" sync_vault a v
	check "a second device joins" join_vault b w "$WORK/store"
	check "mounts" mount_vault b w "$WORK/mnt2"
	check "and sees the same tree" same_tree "$M" "$WORK/mnt2"
	check "lock a" lock_vault a v
	check "lock b" lock_vault b w
fi
umount -l "$S" 2>/dev/null; kill "$SHIM_PID" 2>/dev/null
finish
