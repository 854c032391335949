#!/usr/bin/env bash
# What a local disk never does: pages, listings and attributes that are older than an operation that has returned
# (tests/helpers/pages.c, tests/fuse/seen.py).
# CLOUDSEAL_FULL=1: ten times as long.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt PAGES=${PAGES:-$BUILD/tests/pages}
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
[ -x "$PAGES" ] || skip "$PAGES is not built"
more=$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 10 || echo 1)
here=$(dirname "$0")
part() { timeout $((120 * more)) "$@" || FAILED=$((FAILED + 1)); }

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
[ $FAILED = 0 ] || finish
part "$PAGES" "$M" $((150 * more))
part python3 "$here/seen.py" "$M" $((150 * more))
check "lock" lock_vault a v
finish
