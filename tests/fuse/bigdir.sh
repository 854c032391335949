#!/usr/bin/env bash
# One directory with 2,000 files (CLOUDSEAL_FULL=1: 100,000), read with seekdir while others add and remove; here, after a
# remount, and on a second device.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
M=$WORK/mnt M2=$WORK/mnt2
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
if [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then files=100000; else files=2000; fi
names() { find "$1/big" -type f | wc -l; }

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
python3 "$(dirname "$0")/bigdir.py" "$M/big" "$files" || FAILED=$((FAILED + 1))
check "sync" sync_vault a v
check "lock" lock_vault a v
check "mount again" mount_vault a v "$M"
check "all $files are there" [ "$(names "$M")" = "$files" ]
check "a second device joins" join_vault b w "$WORK/store"
check "and mounts" mount_vault b w "$M2"
check "and lists them all" [ "$(names "$M2")" = "$files" ]
check "the same names" cmp <(ls -U "$M/big" | sort) <(ls -U "$M2/big" | sort)
python3 "$(dirname "$0")/bigdir.py" "$M2/big" "$files" empty || FAILED=$((FAILED + 1))
check "sync b" sync_vault b w
check "sync a" sync_vault a v
check "is seen on the first" wait_for 60 test ! -e "$M/big"
check "lock a" lock_vault a v
check "lock b" lock_vault b w
finish
