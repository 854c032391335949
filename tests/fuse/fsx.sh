#!/usr/bin/env bash
# Random operations on files (tests/helpers/fsx.c) through plain calls, O_DIRECT, aio and io_uring, each against a model; then what
# the model says is there after lock and mount and on a second device. CLOUDSEAL_FULL=1: 100,000 operations, three seeds each.
# FSX_SEED, FSX_OPS, FSX_SEEDS: others.
# timeout: 400
. "$(dirname "$0")/../lib.sh"
FSX=${FSX:-$BUILD/tests/fsx}
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
[ -x "$FSX" ] || skip "$FSX is not built"
ops=${FSX_OPS:-500} seeds=${FSX_SEEDS:-1} first=${FSX_SEED:-$RANDOM}
[ "${CLOUDSEAL_FULL:-0}" = 0 ] || { ops=${FSX_OPS:-100000} seeds=${FSX_SEEDS:-3}; }
A=$WORK/a B=$WORK/b KEPT=$WORK/kept
mkdir "$WORK/store" "$KEPT"
check "a vault" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$A"
mkdir "$A/fsx"
for mode in buffered direct aio uring; do
	for ((i = 0; i < seeds; i++)); do
		check "$mode: $ops operations, seed $((first + i))" timeout $((60 + ops / 10)) "$FSX" -m $mode -n "$ops" -s $((first + i)) -k "$KEPT" "$A/fsx"
	done
done
same() { diff -r "$KEPT" "$1/fsx"; }
check "they are the same when read again" same "$A"
drop_caches
check "and without the kernel's cache" same "$A"
check "sync" sync_vault a v
check "lock" lock_vault a v
check "mount again" mount_vault a v "$A"
check "the same after lock and mount" same "$A"
check "a second device joins" join_vault b w "$WORK/store"
check "and mounts" mount_vault b w "$B"
check "the same there" same "$B"
check "it locks" lock_vault b w
check "both lock" lock_vault a v
finish
