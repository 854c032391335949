#!/usr/bin/env bash
# fallocate on a disk that is nearly full: a range that the file has already needs no room, one that it has not is refused. What is granted
# can be written, if nobody takes it meanwhile: fallocate asks for what df says is free, also inside of the local state's file, where
# what was removed has made room. It reserves nothing (docs/posix.md).
# timeout: 120
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
on a true
mount -t tmpfs -o size=240m,mode=700 tmpfs "$WORK/device-a/data" || skip "cannot mount tmpfs"
check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
check "100 MiB are written" dd if=/dev/urandom of="$M/f" bs=1M count=100 conv=fsync
scarce() { local free=$(($(stat -f -c '%a * %S' "$WORK/device-a/data"))); echo "$free bytes are free"; [ $free -lt $((100 << 20)) ]; }
check "and less than that is free" scarce
check "all of them once more" fallocate -l 100M "$M/f"
check "a part of them" fallocate -o 10M -l 85M "$M/f"
beyond() { ! fallocate -o 100M -l "$1" "$M/f" 2>"$WORK/err" && grep -q "No space" "$WORK/err"; }
check "what does not fit is refused" beyond 200M
check "however much" beyond 4P
check "and changes nothing" [ "$(stat -c %s "$M/f")" = $((100 << 20)) ]
check "all is uploaded" sync_vault a v
rm "$M/f"
avail() { stat -f -c '%a * %S' "$M"; }
mib() { echo $(($(avail) * 15 / 17 >> 20)); } # sealed blocks take a little more than their bytes
made_room() { [ "$(mib)" -ge 40 ]; }
check "what was removed makes room" wait_for 60 made_room
more=$(mib)
check "which is not the disk's own" eval 'scarce && [ $(($(stat -f -c "%a * %S" "$WORK/device-a/data") >> 20)) -lt $more ]'
check "as much as df says is granted" fallocate -l ${more}M "$M/g"
check "and can be written" dd if=/dev/urandom of="$M/g" bs=1M count=$more conv=notrunc,fsync
twice() { fallocate -l $(($(mib) * 2 / 3 + 4))M "$M/h" && fallocate -l $(($(mib) * 2 / 3 + 4))M "$M/i" && [ "$(stat -c %b "$M/h" "$M/i" | uniq)" = 0 ]; }
check "nothing is set aside for it, and st_blocks says so" twice
check "lock" lock_vault a v
finish
