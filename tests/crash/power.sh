#!/usr/bin/env bash
# Power cuts: state directory and store lie on a file system that forgets what was not synced (tests/crash/powercut.c). After
# each cut everything fsynced is there, operations are all or nothing and in order, and in the end the store converges.
# First cuts at chosen moments (forced.sh), then ROUNDS of random work.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
. "$(dirname "$0")/shim.sh"
. "$(dirname "$0")/forced.sh"
[ "$(id -u)" = 0 ] || skip "needs root"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 50 || echo 10)}
M=$WORK/mnt J=$WORK/journal CUTS=0
build_shim || exit 1
end() { shim_down a; shim_down s; finish; }
forced_cuts || end
check "empty again" find "$M" -mindepth 1 -delete
check "busy settings" hurry a v
check "lock" lock_vault a v
check "mount" mount_vault a v "$M"
crash() { power_off a "$(pid_of a v)"; }
revive() {
	CUTS=$((CUTS + 1))
	umount -l "$M"
	shim_back a $((SEED + CUTS)) && mount_vault a v "$M"
}
if [ "$ROUNDS" != 0 ] && rounds "$ROUNDS" "power cut"; then
	check "sync" sync_vault a v
	check "the second device mounts" mount_vault b w "$WORK/mnt2"
	check "takes what is new" sync_vault b w
	check "and sees the same tree" wait_for 60 same_tree "$M" "$WORK/mnt2"
	check "lock b" lock_vault b w
fi
check "lock a" lock_vault a v
end
