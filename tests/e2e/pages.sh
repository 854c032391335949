#!/usr/bin/env bash
# A page of the local database that was edited while the vault was locked: the mount is refused in one line, whatever was not uploaded is not lost unseen, and after joining again all works.
# timeout: 180
. "$(dirname "$0")/../lib.sh"
S=$WORK/store A=$WORK/a
check "init" new_vault a v "$S"
check "mount" mount_vault a v "$A"
for i in 1 2 3; do head -c 50000 /dev/urandom >"$A/f$i"; done
check "sync" sync_vault a v
cp -a "$A" "$WORK/good"
check "lock" lock_vault a v
STATE=$(state_dir a v)

# edit: the root of the tables says that it is in memory only (LMDB would write to its read-only map).
edit() {
	python3 -c '
import struct, sys
with open(sys.argv[1], "r+b") as f:
    metas = [f.seek(4096 * i + 16) and f.read(136) for i in (0, 1)]
    newer = max(metas, key=lambda m: struct.unpack_from("<Q", m, 128))
    root = struct.unpack_from("<Q", newer, 24 + 48 + 40)[0]
    f.seek(4096 * root + 10)
    f.write(struct.pack("<H", 0x12))' "$STATE/map/data.mdb"
}
refused() { fails_with 9 'data\.mdb is damaged \(page [0-9]+: its kind\): cloudseal rebuild makes it anew' "$1" mount_vault a v "$A"; }
check "edit" edit
refused "the mount is refused in one line that says what to do"
refused "and again"
check "everything is uploaded, so it is forgotten" on a "$CLOUDSEAL" forget v
check "and joined again" join_vault a v "$S"
check "mount" mount_vault a v "$A"
all_there() { diff -r "$WORK/good" "$A"; }
check "all is there" wait_for 20 all_there
works() { echo x >"$A/x" && [ "$(cat "$A/x")" = x ]; }
check "it works" works
check "sync" sync_vault a v

# --- with work that no store has ---
mv "$S" "$S.away"
echo pending >"$A/pending"
check "lock with work that is not uploaded" lock_vault a v
mv "$S.away" "$S"
check "edit" edit
refused "the mount is refused"
fails_with 12 'not uploaded yet' "it is not forgotten with what was not uploaded" on a "$CLOUDSEAL" forget v
check "but when that is asked for" on a "$CLOUDSEAL" forget --discard v
finish
