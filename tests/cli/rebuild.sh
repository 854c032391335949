#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A vault whose local state is damaged is made anew from the store, with its settings; what is there stays until that is done, and what
# was not uploaded is not lost unasked.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
S=$WORK/store A=$WORK/a
KEY=$WORK/recovery-v
rebuild() { on a timeout 120 "$CLOUDSEAL" rebuild --passfile "$PASS" --recovery-file "$KEY" "$@" v; }
check "init" new_vault a v "$S"
mkdir -p "$A"
on a "$CLOUDSEAL" config v cache-limit 3G >/dev/null; on a "$CLOUDSEAL" config v mount-point "$A" >/dev/null; on a "$CLOUDSEAL" config v upload-delay 7s >/dev/null
settings() { on a "$CLOUDSEAL" config v | grep -E '^(cache-limit|mount-point|upload-delay|store) '; }
settings >"$WORK/settings"
check "mount" mount_vault a v "$A"
for i in 1 2 3; do head -c 50000 /dev/urandom >"$A/f$i"; done; mkdir "$A/d"; echo deep >"$A/d/file"
check "sync" sync_vault a v
cp -a "$A" "$WORK/good"
fails_with 8 "mounted" "not while it is mounted" rebuild
check "lock" lock_vault a v
STATE=$(state_dir a v)
# all but LMDB's two first pages: which of the others are in use is its own matter
zero() { local f=$STATE/map/data.mdb; dd if=/dev/zero of="$f" bs=4096 seek=2 count=$(($(stat -c %s "$f") / 4096 - 2)) conv=notrunc status=none; }
refused() { fails_with 9 'damaged.*cloudseal rebuild makes it anew' "$1" mount_vault a v "$A"; }
check "pages of the database are overwritten" zero
refused "it does not mount, and is told what to do"
sums() { (cd "$STATE" && find . -type f ! -name log ! -name lock | sort | xargs sha256sum); }
sums >"$WORK/state"
unchanged() { sums | diff "$WORK/state" - && [ "$(on a "$CLOUDSEAL" list | grep -c dir:\\\|/store)" = 1 ]; }

# --- what goes wrong leaves it as it is ---
tr 0-9A-Z 1-9A-Z0 <"$KEY" >"$WORK/wrong"; chmod 600 "$WORK/wrong"
fails_with 3 "." "a wrong recovery key" on a "$CLOUDSEAL" rebuild --passfile "$PASS" --recovery-file "$WORK/wrong" v
check "changes nothing" unchanged
mv "$S" "$S.away"
fails_with 10 "." "no store" rebuild
check "changes nothing" unchanged
mv "$S.away" "$S"
fails_with 10 "no vault of that name" "an unknown name" on a "$CLOUDSEAL" rebuild nosuch
fails_with 2 "usage" "no name" on a "$CLOUDSEAL" rebuild
killed() { # in the middle of it
	on a "$CLOUDSEAL" rebuild --recovery-file "$KEY" --passfd 9 v 9< <(sleep 60) & local pid=$!
	sleep 1; kill -KILL $pid; wait $pid; [ $? = 137 ]
}
check "killed in the middle" killed 2>/dev/null
check "changes nothing" unchanged

# --- and right ---
check "it is rebuilt" rebuild
check "it has its settings" sh -c 'diff "$1" -' - "$WORK/settings" < <(settings)
one() { [ "$(ls "$(dirname "$STATE")")" = v ]; }
check "there is one state directory" one
check "mount" mount_vault a v "$A"
all_there() { diff -r "$WORK/good" "$A"; }
check "all is there" wait_for 20 all_there
echo x >"$A/x"
check "it works" sync_vault a v

# --- with work that no store has ---
mv "$S" "$S.away"
echo pending >"$A/pending"
check "lock with work that is not uploaded" lock_vault a v
mv "$S.away" "$S"
check "pages are overwritten" zero
refused "it does not mount"
fails_with 12 'not uploaded yet.*rebuild --discard loses it' "it is not rebuilt with what was not uploaded" rebuild
refused "and stays"
mkdir "$STATE.rebuilding"; cp "$STATE/vault.json" "$STATE.rebuilding/"
fails_with 8 'v.rebuilding is left of a rebuild that was ended: cloudseal forget v.rebuilding first' "what another one left is named" rebuild --discard
rm -rf "$STATE.rebuilding"
check "but when that is asked for" rebuild --discard
check "mount" mount_vault a v "$A"
there() { [ -e "$A/x" ] && [ ! -e "$A/pending" ]; }
check "with what was uploaded" wait_for 20 there
check "sync" sync_vault a v
check "lock" lock_vault a v
check "forget" on a "$CLOUDSEAL" forget v
check "the folder it was mounted on before is given back" sh -c ': >"$0/file"' "$A"
[ "$(id -u)" != 0 ] || chattr -i "$A" 2>/dev/null
finish
