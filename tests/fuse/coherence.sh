#!/usr/bin/env bash
# What a local disk never does: pages, listings and attributes that are older than an operation that has returned
# (tests/helpers/pages.c, tests/fuse/seen.py), and an error where it makes the writer wait (tests/fuse/writers.py).
# CLOUDSEAL_FULL=1: ten times as long.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt PAGES=${PAGES:-$BUILD/tests/pages} MEMFS=${MEMFS:-$BUILD/tests/memfs}
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
for program in "$PAGES" "$MEMFS"; do [ -x "$program" ] || skip "$program is not built"; done
more=$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 10 || echo 1)
here=$(dirname "$0")
part() { timeout $((120 * more)) "$@" || FAILED=$((FAILED + 1)); }

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
[ $FAILED = 0 ] || finish
part "$PAGES" "$M" $((150 * more))
part python3 "$here/seen.py" "$M" $((150 * more))
check "lock" lock_vault a v

# without a store: it is about what waits for this disk
mkdir "$WORK/state"
"$MEMFS" -s "$WORK/state" "$M" &
daemon=$!
check "a file system without a vault" wait_for 30 mountpoint -q "$M"
part python3 "$here/writers.py" "$M" 300
umount "$M" 2>/dev/null || fusermount3 -u "$M"
wait "$daemon"
check "it ends" [ $? = 0 ]
finish
