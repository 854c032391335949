#!/usr/bin/env bash
# overlayfs has its upper directory on a vault: what is removed and renamed there leaves whiteouts (RENAME_WHITEOUT), which other devices
# see as well.
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt M2=$WORK/mnt2 O=$WORK/merged
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
whiteout() { # FROM TO: renameat2 with RENAME_WHITEOUT
	python3 -c 'import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.renameat2(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 4):
    sys.exit(os.strerror(ctypes.get_errno()))' "$1" "$2"
}
is_whiteout() { [ "$(stat -c "%F %t:%T" "$1")" = "character special file 0:0" ]; } # an overlay has one of many links

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
echo text >"$M/f"
[ "$(id -u)" = 0 ] || skip "only root mounts an overlay"
check "a rename leaves a whiteout" whiteout "$M/f" "$M/g"
check "which is a device of its own" is_whiteout "$M/f"
check "beside what was moved" [ "$(cat "$M/g")" = text ]
check "over another file, too" eval 'echo other >"$M/h" && whiteout "$M/g" "$M/h" && is_whiteout "$M/g" && [ "$(cat "$M/h")" = text ]'
check "whiteouts are removed as files are" rm "$M/f" "$M/g" "$M/h"

# --- an overlay ---
grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null
grep -qw overlay /proc/filesystems || { skip_check "an overlay: this kernel has none"; check "lock" lock_vault a v; finish; }
mkdir -p "$WORK/lower/dir/deep" "$O" "$M/upper" "$M/work"
for f in a b dir/c dir/deep/d; do echo "$f" >"$WORK/lower/$f"; done
cp -a "$WORK/lower" "$WORK/want"
overlay() { mount -t overlay overlay -o "lowerdir=$WORK/lower,upperdir=$M/upper,workdir=$M/work,userxattr" "$O"; }
changed() { # DIR: the same on an overlay and on a plain directory
	(cd "$1" && rm a && mv b b2 && echo more >>dir/c && mv dir/c c && mv b2 b && rm -r dir/deep && mkdir dir/deep && echo new >dir/deep/new &&
		touch -d @1700000000 c dir/deep dir/deep/new dir b .)
}
check "an overlay with its upper directory here" overlay
check "what is changed in it" changed "$O"
check "and in a plain directory" changed "$WORK/want"
check "is the same" same_tree "$O" "$WORK/want"
check "what is removed is a whiteout here" is_whiteout "$M/upper/a"
umount "$O"
check "sync" sync_vault a v
check "lock" lock_vault a v
check "mount again" mount_vault a v "$M"
check "the overlay again" overlay
check "it is the same still" same_tree "$O" "$WORK/want"
umount "$O"

# --- another device ---
check "join" join_vault b v "$WORK/store"
check "mount there" mount_vault b v "$M2"
check "the upper directory is the same there" same_tree "$M/upper" "$M2/upper"
check "a whiteout is one" is_whiteout "$M2/upper/a"
check "lock there" lock_vault b v
check "lock" lock_vault a v
finish
