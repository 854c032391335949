#!/usr/bin/env bash
# POSIX semantics through the kernel's way in, over the in-memory map: no vault, no store.
# timeout: 500
. "$(dirname "$0")/../lib.sh"
MEMFS=${MEMFS:-$BUILD/tests/memfs}
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
[ -x "$MEMFS" ] || skip "$MEMFS is not built"
chmod 755 "$WORK"; mkdir "$M"
options=(); [ "$(id -u)" != 0 ] || options=(-o allow_other) # root tries as other users, too
"$MEMFS" "${options[@]}" "$M" 2>"$WORK/log" &
pid=$!
mounted() { grep -q " $M fuse.cloudseal " /proc/mounts; }
check "mount" wait_for 10 mounted
export PYTHONDONTWRITEBYTECODE=1
for part in posix posix_calls posix_several; do
	mkdir "$M/$part"
	timeout 240 python3 "$(dirname "$0")/$part.py" "$M/$part" || FAILED=1
done
check "unmount" wait_for 5 bash -c "umount $M || fusermount3 -u $M"
wait "$pid"; rc=$?
check "the loop ends cleanly" [ "$rc" = 0 ]
check "and without a word" [ ! -s "$WORK/log" ]
cat "$WORK/log"
finish
