#!/usr/bin/env bash
# Power cuts: the state directory lies on a file system that forgets what was not synced (tests/crash/powercut.c). After each cut
# everything fsynced is there, operations are all or nothing and in order, and in the end the store converges.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
. "$(dirname "$0")/shim.sh"
[ "$(id -u)" = 0 ] || skip "needs root"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 50 || echo 12)}
M=$WORK/mnt J=$WORK/journal CUTS=0
build_shim || exit 1
check "shim" shim_up a
check "init" on a "$CLOUDSEAL" init --name v --passfile "$PASS" --recovery-file "$(data_of a)/recovery" "$WORK/store"
again() { power_off a && CUTS=$((CUTS + 1)) && shim_back a $((SEED + CUTS)); }
check "cut right after init" again
check "the recovery key is in its file" grep -qE '[0-9A-Z]{4}' "$(data_of a)/recovery"
check "the log is whole" test "$(stat -c %s "$(state_dir a v)/map/log")" -ge $((16 << 20))
[ "$FAILED" = 0 ] || finish # nothing below could say more
check "busy settings" hurry a v
check "cut right after config" again
check "the settings are there" test "$(on a "$CLOUDSEAL" config v settle)" = 100ms
check "mount" mount_vault a v "$M"
crash() { power_off a "$(pid_of a v)"; }
revive() {
	CUTS=$((CUTS + 1))
	umount -l "$M"
	shim_back a $((SEED + CUTS)) && mount_vault a v "$M"
}
check "cut right after the first mount" crash
check "mounts again" revive
[ "$FAILED" = 0 ] || finish
if rounds "$ROUNDS" "power cut"; then
	check "sync" sync_vault a v
	check "a second device joins" join_vault b w "$WORK/store"
	check "mounts" mount_vault b w "$WORK/mnt2"
	check "and sees the same tree" same_tree "$M" "$WORK/mnt2"
	check "lock a" lock_vault a v
	check "lock b" lock_vault b w
fi
umount -l "$(data_of a)" 2>/dev/null; kill "$(cat "$WORK/shim-a.pid")" 2>/dev/null
finish
