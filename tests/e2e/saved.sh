#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the cloud loses while a device has it: sync, lock, status and forget do not call it uploaded, and it is stored again. And
# which vault lies there is looked at before anything is written.
# timeout: 600
. "$(dirname "$0")/../lib.sh"

S=$WORK/store A=$WORK/ma
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
field() { on a "$CLOUDSEAL" status --json v | json "$1"; }
# newcomer FILE...: a device that has the recovery key and the cloud alone reads these as a has them.
newcomer() {
	local d=n$BASHPID m=$WORK/mn$BASHPID f
	join_vault $d v "$S" >/dev/null || return 1
	mount_vault $d v "$m" || return 1
	for f; do wait_for 20 test -e "$m/$f" && timeout 60 cmp "$A/$f" "$m/$f" || return 1; done
	lock_vault $d v >/dev/null
}
objects() { (cd "$S" && find . -type f | sort); }

check "a vault" new_vault a v "$S"
check "mounted" mount_vault a v "$A"
echo base >"$A/base"
check "sync" sync_vault a v
check "status says so" test "$(field 'd["queue"]["saved"], d["queue"]["lacks"]')" = "(True, [])"

sleep 11 # a look is believed for ten seconds
rm "$S/cloudseal-vault"
check "a lost header: sync stores it again" uploads a v
check "it is there" test -s "$S/cloudseal-vault"
sleep 11
echo rubbish >"$S/cloudseal-vault"
check "a damaged header: sync stores it again" uploads a v
check "a newcomer joins" newcomer base

objects >"$WORK/before"; head -c 2000000 /dev/urandom >"$A/f"
check "sync of a file" uploads a v
SEGMENT=$(cd "$S" && objects | comm -13 "$WORK/before" - | xargs ls -S | head -1)
sleep 61 # a look is believed for a minute
rm "$S/$SEGMENT"
check "lost contents: sync stores them again" uploads a v
check "they are there" test -s "$S/$SEGMENT"
check "a newcomer reads them" newcomer base f
check "lock" lock_vault a v
rm "$S/$SEGMENT"
check "lost while locked: mounted" mount_vault a v "$A"
check "sync stores them again" uploads a v
check "a newcomer reads them, too" newcomer base f

cp -a "$S" "$WORK/night"
head -c 20000000 /dev/urandom >"$A/today"; sha256sum <"$A/today" >"$WORK/sum"
check "a day's work" uploads a v
check "locked" lock_vault a v
rm -r "$S"; cp -a "$WORK/night" "$S"
on a "$CLOUDSEAL" config v cache-limit 64M >/dev/null
check "the cloud went back: mounted" mount_vault a v "$A"
check "sync stores again what it lost" uploads a v
check "a newcomer reads today's file" newcomer today

rm -r "$S"; cp -a "$WORK/night" "$S" # and again, while nobody asks
for i in 1 2 3; do head -c 40000000 /dev/urandom >"$A/fill$i"; uploads a v >/dev/null 2>&1; done
same_sum() { timeout 120 sha256sum <"$A/today" | cmp -s - "$WORK/sum"; }
check "the last copy was not evicted" same_sum

mv "$S" "$S.away"; mkdir "$S"
echo 2 >"$A/two"
fails_with 10 "no vault lies|[Aa]nother folder" "an empty folder in its place" sync_vault a v --timeout 60
check "nothing is written into it" test -z "$(objects)"
check "status does not say that it is uploaded" test "$(field 'd["queue"]["saved"]')" = False
rmdir "$S"; mv "$S.away" "$S"
check "the disk is back: sync" uploads a v
check "a newcomer reads what waited" newcomer two

check "another vault" new_vault o other "$WORK/theirs"
sleep 11
cp "$WORK/theirs/cloudseal-vault" "$S/cloudseal-vault"
echo 4 >"$A/four"
check "another vault's header beside our objects: sync puts ours back" uploads a v
ours() { ! cmp -s "$WORK/theirs/cloudseal-vault" "$S/cloudseal-vault"; }
check "it is ours" ours
kept() { find "$S" -mindepth 2 -type f -exec cmp -s "$WORK/theirs/cloudseal-vault" {} \; -print | grep -q .; }
check "the other one is kept" kept
check "a newcomer joins" newcomer four
sleep 11
cp "$WORK/theirs/cloudseal-vault" "$S/cloudseal-vault"
echo 5 >"$A/five"
fails_with 9 "two vaults share" "it is back: sync says so" sync_vault a v --timeout 60
check "and it is left" cmp "$WORK/theirs/cloudseal-vault" "$S/cloudseal-vault"
rm "$S/cloudseal-vault"
check "removed by a person: sync" uploads a v
check "a newcomer gets what waited" newcomer five
check "lock" lock_vault a v

before=$(cd "$WORK/theirs" && find . -type f | sort)
on a "$CLOUDSEAL" config v store "$WORK/theirs" >/dev/null
check "the setting names another vault's folder: mounted" mount_vault a v "$A"
echo 3 >"$A/three"
fails_with 9 "another vault" "sync says so" sync_vault a v --timeout 60
check "nothing is written into it" test "$before" = "$(cd "$WORK/theirs" && find . -type f | sort)"
check "lock, all the same" lock_vault a v
fails_with 12 "" "forget is refused" on a "$CLOUDSEAL" forget v
finish
