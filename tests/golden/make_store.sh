#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the golden vault of format 2 (tests/golden/README.md): make_store.sh FOLDER: a store that two devices wrote, what opens it, and what it shows.
OUT=$(realpath "$1")
. "$(dirname "$0")/../lib.sh"
export TZ=UTC
S=$WORK/store A=$WORK/a B=$WORK/b C=$CLOUDSEAL
die() { echo "make_store: $*" >&2; exit 1; }
quiet() { "$@" >/dev/null || die "$*"; }
apart() { for d in a b; do quiet on $d "$C" config v poll-interval "$1"; quiet on $d "$C" config v upload-delay "$1"; done; }
up() { quiet mount_vault a v "$A"; quiet mount_vault b v "$B"; }
down() { quiet lock_vault a v; quiet lock_vault b v; }
settle() { for d in a b a b; do quiet sync_vault $d v; done; }

quiet new_vault a v "$S" --device-name desk --portable-passphrase
quiet join_vault b v "$S" --device-name laptop
quiet on a "$C" config v checkpoint-min 16K
apart 1h
up
mkdir -p "$A/dir/sub" "$A/gone" "$A/moved"
head -c 300000 /dev/urandom >"$A/dir/large"
for i in 1 2 3 4 5 6 7 8; do head -c 900 /dev/urandom >"$A/dir/sub/$i"; quiet sync_vault a v; done
echo first >"$A/both"; echo first >"$A/kept"; echo first >"$A/gone/file"; echo first >"$A/moved/file"
ln "$A/both" "$A/dir/second name"; ln -s dir/sub "$A/link"; setfattr -n user.colour -v blue "$A/dir"
truncate -s 5M "$A/sparse"; printf end >>"$A/sparse"
settle
on a "$C" debug dump v manifest >/dev/null || die "no checkpoint"
# Neither hears of the other: one thing edited twice, removed and edited, moved to two places, made twice.
echo desk >"$A/both"; echo laptop >"$B/both"
rm -r "$A/gone"; echo laptop >"$B/gone/file"
mv "$A/moved/file" "$A/dir/at the desk"; mv "$B/moved/file" "$B/dir/on the laptop"
mkdir "$A/new" "$B/new"; echo desk >"$A/new/file"; echo laptop >"$B/new/file"
chmod 600 "$A/kept"; echo laptop >>"$B/kept"
printf changed | dd of="$A/dir/large" bs=1 seek=150000 conv=notrunc status=none
settle
down; up
rm "$A/dir/sub/3"; mv "$A/dir/sub/4" "$A/dir/sub/four"; truncate -s 100000 "$A/dir/large"
settle
quiet same_tree "$A" "$B"
quiet python3 "$ROOT/tests/golden/list_tree.py" "$A"
python3 "$ROOT/tests/golden/list_tree.py" "$A" >"$OUT/tree.txt"
on a "$C" conflicts v | sed "s|$A|.|g" >"$OUT/conflicts"
down
cp "$WORK/recovery-v" "$OUT/recovery"; cp "$PASS" "$OUT/passphrase"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf - -C "$WORK" store | gzip -9n >"$OUT/store.tar.gz"
echo "made: $(stat -c %s "$OUT/store.tar.gz") bytes"
finish
