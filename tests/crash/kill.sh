#!/usr/bin/env bash
# The daemon is killed (SIGKILL) at random moments of random work, while it uploads, checkpoints and evicts. After each
# remount the tree is the state after a prefix of the operations that holds everything fsynced; in the end the store converges.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 200 || echo 25)}
M=$WORK/mnt J=$WORK/journal
check "init" new_vault a v "$WORK/store"
check "busy settings" hurry a v
check "mount" mount_vault a v "$M"
crash() { vanish "$(pid_of a v)"; }
revive() { mount_vault a v "$M"; }
if rounds "$ROUNDS" "SIGKILL"; then
	check "sync" sync_vault a v
	check "a second device joins" join_vault b w "$WORK/store"
	check "mounts" mount_vault b w "$WORK/mnt2"
	check "and sees the same tree" same_tree "$M" "$WORK/mnt2"
	check "lock a" lock_vault a v
	check "lock b" lock_vault b w
fi
finish
