#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the golden vault of format 2 (tests/golden/README.md): make_store.sh FOLDER, as root: a store that four devices wrote, one of which was
# removed, what opens it, and what it shows.
OUT=$(realpath "$1")
. "$(dirname "$0")/../lib.sh"
export TZ=UTC
S=$WORK/store A=$WORK/a B=$WORK/b T=$WORK/t C=$CLOUDSEAL G=$ROOT/tests/golden
die() { echo "make_store: $*" >&2; exit 1; }
quiet() { "$@" >/dev/null || die "$*"; }
apart() { for d in a b; do quiet on $d "$C" config v poll-interval 1h; quiet on $d "$C" config v upload-delay 1h; done; }
up() { quiet mount_vault a v "$A"; quiet mount_vault b v "$B"; }
down() { quiet lock_vault a v; quiet lock_vault b v; }
settle() { for d in a b a b; do quiet sync_vault $d v; done; }
exchange() { python3 -c 'import ctypes, os, sys; sys.exit(ctypes.CDLL(None).renameat2(-100, os.fsencode(sys.argv[1]), -100, os.fsencode(sys.argv[2]), 2))' "$1" "$2"; }
bytes() { head -c "$1" /dev/urandom; }
begins() { # the commit of the desk that begins an epoch
	local n
	for n in $(seq 30 -1 1); do
		on a "$C" debug dump --json v commit "$n" 2>/dev/null | python3 -c 'import json,sys; c=json.load(sys.stdin)["commit"]; print("%s:%s" % (c["stream"], c["n"])) if "new_epoch" in c else sys.exit(1)' 2>/dev/null && return
	done
	return 1
}
conflict_of() { find "$A" -name "$1 (conflict *" -print -quit; } # NAME: the first of its conflict names

quiet new_vault a v "$S" --device-name desk --portable-passphrase
quiet join_vault b v "$S" --device-name laptop
quiet on a "$C" config v checkpoint-min 16K
apart
up
mkdir -p "$A/dir/sub" "$A/gone" "$A/moved" "$A/wanders" "$A/over" "$A/one" "$A/other"
bytes 140000 >"$A/dir/large"
for i in 1 2 3 4 5 6 7 8; do bytes 900 >"$A/dir/sub/$i"; quiet sync_vault a v; done
echo first >"$A/both"; echo first >"$A/kept"; echo first >"$A/gone/file"; echo first >"$A/moved/file"; echo first >"$A/torn"
ln "$A/both" "$A/dir/second name"; ln -s dir/sub "$A/link"; setfattr -n user.colour -v blue "$A/dir"
truncate -s 5M "$A/sparse"; printf end >>"$A/sparse"
truncate -s 5300000 "$A/windows"                              # three windows, something in each
for at in 0 2500000 4500000; do bytes 3000 | dd of="$A/windows" bs=1 seek=$at conv=notrunc status=none; done
bytes 9000 >"$A/block"; : >"$A/empty"; mkfifo "$A/pipe"; mknod "$A/null" c 1 3
for f in attributes moves saved old new left right unlinked linked split "split by a write"; do echo first >"$A/$f"; done
setfattr -n user.a -v 1 "$A/attributes"; setfattr -n user.b -v 1 "$A/attributes"
ln "$A/moves" "$A/dir/moves"; ln "$A/linked" "$A/dir/linked"; ln "$A/unlinked" "$A/dir/unlinked"
settle
on a "$C" debug dump v manifest >/dev/null || die "no checkpoint"

# One device alone: moves, of both links; attributes; a name that is handed on; contents that leave windows out.
mv "$A/moves" "$A/dir/moved once"; mv "$A/dir/moves" "$A/over/second link"
chmod 600 "$A/attributes"; chown 1 "$A/attributes"; chgrp 1 "$A/attributes"; touch -d @1600000000 "$A/attributes"
setfattr -n user.a -v 2 "$A/attributes"; setfattr -x user.b "$A/attributes"
echo second >"$A/.saved.tmp"; mv "$A/.saved.tmp" "$A/saved"  # as an editor does
mv "$A/old" "$A/new"                                          # over another
mv "$A/wanders" "$A/over/wanders"                             # a folder
exchange "$A/left" "$A/right" || die "exchange"
fallocate -p -o 2M -l 2M "$A/windows" || die "a hole"        # a child with an empty window
printf changed | dd of="$A/dir/large" bs=1 seek=100000 conv=notrunc status=none
bytes 9000 >"$A/block"; ln -sfn dir "$A/link"
echo again >>"$A/dir/linked"                                  # through the second name
rm "$A/unlinked"; echo again >>"$A/dir/unlinked"              # one name of two, and through the other
quiet sync_vault a v
mv "$A/over/wanders" "$A/dir/wanders"; echo third >"$A/.saved.tmp"; mv "$A/.saved.tmp" "$A/saved"; echo more >>"$A/kept"
for i in 1 2 3; do echo "$i" >>"$A/kept"; sync -f "$A"; done # versions that nobody else saw
settle

# Neither hears of the other: one thing edited twice, removed and edited, moved to two places, made twice, moved into each other.
echo desk >"$A/both"; echo laptop >"$B/both"
rm -r "$A/gone"; echo laptop >"$B/gone/file"
mv "$A/moved/file" "$A/dir/at the desk"; mv "$B/moved/file" "$B/dir/on the laptop"
mkdir "$A/new folder" "$B/new folder"; echo desk >"$A/new folder/file"; echo laptop >"$B/new folder/file"
mv "$A/one" "$A/other/one"; mv "$B/other" "$B/one/other"
chmod 600 "$A/kept"; echo laptop >>"$B/kept"
rm "$A/linked"; rm "$B/dir/linked"
for f in torn split "split by a write"; do echo desk >"$A/$f"; echo laptop >"$B/$f"; done
bytes 9000 >"$A/block"; bytes 9000 >"$B/block"
bytes 150000 >"$A/dir/large"; printf other | dd of="$B/dir/large" bs=1 seek=120000 conv=notrunc status=none
settle
down; up
# What conflicts is taken in hand: a copy of each way is a file of its own.
mv "$(conflict_of split)" "$A/split by a move"
echo settled >>"$(conflict_of "split by a write")"
rm "$A/dir/sub/3"; mv "$A/dir/sub/4" "$A/dir/sub/four"; truncate -s 100000 "$A/windows"
settle
# A third device, which is removed. The desk says so while the store is away, which begins an epoch; before that is uploaded the laptop has a commit
# under the first one, and then the tablet one that counts for nobody: the desk had not seen it, and the laptop stands on none of it.
quiet join_vault t v "$S" --device-name tablet && quiet mount_vault t v "$T"
echo desk >"$A/before the removal"; quiet sync_vault a v; quiet sync_vault t v
echo tablet >>"$T/before the removal"; echo tablet >"$T/by the tablet"; quiet sync_vault t v
settle
echo desk >"$A/waiting at the removal"
mv "$S" "$S.away"
on a "$C" device revoke --yes v tablet >/dev/null 2>&1; [ $? = 10 ] || die "a removal while the store is away"
quiet lock_vault a v --no-wait
mv "$S.away" "$S"
echo laptop >"$B/beside the removal"; quiet sync_vault b v
echo tablet >"$T/too late"; echo tablet >>"$T/before the removal"; quiet sync_vault t v; quiet lock_vault t v
quiet mount_vault a v "$A"; quiet sync_vault a v
echo desk >"$A/after the removal"; quiet sync_vault a v; quiet sync_vault b v
echo laptop >>"$B/after the removal"; echo laptop >>"$B/before the removal"
settle
# A fourth device; what was of each place and attribute, which no command writes down yet.
quiet join_vault c v "$S" --device-name phone && quiet mount_vault c v "$WORK/c" && echo phone >"$WORK/c/from the third" && quiet sync_vault c v && quiet lock_vault c v
on c "$BUILD/tests/golden-commit" v "$PASS" history $(stat -c %i "$A/attributes" "$A/dir/moved once" "$A/null" "$A/dir/wanders") >/dev/null || die "no history"
settle
quiet come_together "$A" "$B"
python3 "$G/list_tree.py" "$A" >"$OUT/tree.txt" || die "the tree"
on a "$C" conflicts v | sed "s|$A|.|g" >"$OUT/conflicts"
on a python3 "$G/forms.py" "$C" v >"$OUT/forms.txt" || die "the forms"
begins >"$OUT/begins" || die "no epoch"
down
cp "$WORK/recovery-v" "$OUT/recovery"; cp "$PASS" "$OUT/passphrase"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf - -C "$WORK" store | gzip -9n >"$OUT/store.tar.gz"
echo "made: $(stat -c %s "$OUT/store.tar.gz") bytes"
finish
