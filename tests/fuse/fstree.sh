#!/usr/bin/env bash
# Random operations on one tree by several processes (fstree.py); then every name with contents, times, owners, xattrs and links
# must be the same after lock and mount, with cold caches, and on a second device. CLOUDSEAL_FULL=1: 100,000 operations, three
# seeds. FSTREE_SEED, FSTREE_OPS, FSTREE_SEEDS: others.
# timeout: 400
. "$(dirname "$0")/../lib.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
ops=${FSTREE_OPS:-300} seeds=${FSTREE_SEEDS:-1} seed=${FSTREE_SEED:-$RANDOM}
[ "${CLOUDSEAL_FULL:-0}" = 0 ] || { ops=${FSTREE_OPS:-25000} seeds=${FSTREE_SEEDS:-3}; }
A=$WORK/a B=$WORK/b
mkdir "$WORK/store"
listing() { python3 "$HERE/fstree.py" list "$1/t" >"$2"; }
same() { listing "$1" "$WORK/now" && diff "$WORK/before" "$WORK/now"; }
check "a vault" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$A"
check "a second device joins" join_vault b w "$WORK/store"
for ((i = 0; i < seeds; i++, seed++)); do
	check "4 processes, $ops operations each, seed $seed" timeout $((60 + ops / 4)) python3 "$HERE/fstree.py" run "$A/t" "$seed" "$ops" 4
	check "the tree can be listed, and its link counts are right" listing "$A" "$WORK/before"
	check "and has something in it" [ "$(wc -l <"$WORK/before")" -gt 30 ]
	drop_caches
	check "the same without the kernel's cache" same "$A"
	check "sync" sync_vault a v
	check "lock" lock_vault a v
	check "mount again" mount_vault a v "$A"
	check "the same after lock and mount" same "$A"
	check "the second device mounts" mount_vault b w "$B"
	there() { [ -e "$B/t" ] && same "$B"; }
	check "the same there" wait_for 60 there
	check "it locks" lock_vault b w
done
check "lock" lock_vault a v
finish
