#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the golden vault whose last commit purges records (tests/golden/README.md): make_purge.sh FOLDER.
OUT=$(realpath "$1")
. "$(dirname "$0")/../lib.sh"
export TZ=UTC
S=$WORK/store A=$WORK/a B=$WORK/b C=$CLOUDSEAL G=$ROOT/tests/golden
die() { echo "make_purge: $*" >&2; exit 1; }
quiet() { "$@" >/dev/null || die "$*"; }
dump() { on a "$C" debug dump --json v record "$1" | python3 -c 'import json,sys; r=json.load(sys.stdin)["record"]["records"]; print(eval(sys.argv[1]))' "$2" || die "no record $1"; }

quiet new_vault a v "$S" --device-name desk --portable-passphrase
quiet join_vault b v "$S" --device-name laptop
quiet on a "$C" config v checkpoint-min 16K
for d in a b; do quiet on $d "$C" config v poll-interval 1h; quiet on $d "$C" config v upload-delay 1h; done
quiet mount_vault a v "$A"; quiet mount_vault b v "$B"
mkdir "$A/dir"; echo first >"$A/kept"; echo first >"$A/dir/gone"; head -c 140000 /dev/urandom >"$A/large"
setfattr -n user.colour -v blue "$A/dir/gone"
quiet sync_vault a v
gone=$(stat -c %i "$A/dir/gone") kept=$(stat -c %i "$A/kept")
old=$(dump "inode:$(stat -c %i "$A/large")" 'r[0]["versions"][0]["content"]')
echo second >"$A/kept"; chmod 600 "$A/kept"; rm "$A/dir/gone"; rm "$A/large"; head -c 140000 /dev/urandom >"$A/large"
settle() { for d in a b a b; do quiet sync_vault $d v; done; }
settle
quiet join_vault c v "$S" --device-name phone && quiet mount_vault c v "$WORK/c" && echo phone >"$WORK/c/from the third" && quiet sync_vault c v && quiet lock_vault c v
on c "$BUILD/tests/golden-commit" v "$PASS" history "$kept" >/dev/null || die "no history"
settle
version=$(dump "version:$kept" 'r[0]["key"]') place=$(dump "place:$kept" 'r[0]["key"]') window=$(dump "extents:$old" 'r[0]["key"]')
quiet lock_vault b v
# A commit that the other does not stand on, in a checkpoint: so nobody has exactly what the purge stands on, and its digest is compared nowhere.
whole() { # the newest checkpoint that the head tells of has all commits; heads are some seconds behind
	quiet sync_vault a v
	[ "$(on a "$C" debug dump --json v manifest 2>/dev/null | python3 -c 'import json,sys; d=json.load(sys.stdin)["manifest"]; print(max(x["n"] for x in d["applied"]))')" = \
		"$(on a "$C" status v --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["commits"])')" ]
}
for i in $(seq 20); do head -c 1000 /dev/urandom >"$A/dir/$i"; done # more than checkpoint-min
wait_for 60 whole || die "the checkpoint has not everything"
python3 "$G/list_tree.py" "$A" >"$OUT/tree.txt"
quiet lock_vault a v
printf '%s\n' "inode:$gone" "$version" "$place" "content:$old" "$window" >"$OUT/purged"
mapfile -t keys <"$OUT/purged"
on b "$BUILD/tests/golden-commit" v "$PASS" purge "${keys[@]}" >"$OUT/commit" || die "no commit"
cp "$WORK/recovery-v" "$OUT/recovery"; cp "$PASS" "$OUT/passphrase"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf - -C "$WORK" store | gzip -9n >"$OUT/store.tar.gz"
echo "made: $(stat -c %s "$OUT/store.tar.gz") bytes"
finish
