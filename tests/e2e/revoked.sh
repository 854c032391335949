#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A device is removed, and somebody has a copy of all that it had on its disk, its passphrase, and the store as it is later: what the others wrote
# meanwhile opens by none of its keys, and what it publishes counts for nobody.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
C=$CLOUDSEAL S=$WORK/store A=$WORK/a B=$WORK/b P=$WORK/p Q=$WORK/q
new_vault a two "$S" --device-name desk >/dev/null && mount_vault a two "$A" || { not_ok "a vault"; finish; }
mkdir "$A/shared"; head -c 300000 /dev/urandom >"$A/shared/old"; echo "known before" >"$A/shared/note"
sync_vault a two >/dev/null
for d in b p; do join_vault $d two "$S" --device-name "device-$d" >/dev/null || { not_ok "join of $d"; finish; }; done
mount_vault b two "$B" && mount_vault p two "$P" || { not_ok "mount"; finish; }
echo "by the phone" >"$P/shared/phone"; cat "$P/shared/old" >/dev/null
sync_vault p two >/dev/null; sync_vault a two >/dev/null; sync_vault b two >/dev/null
check "three devices have the same" wait_for 30 come_together "$A" "$P"

# --- what the thief has: the device as it is ---
lock_vault p two >/dev/null || not_ok "lock of the phone"
cp -a "$WORK/device-p" "$WORK/thief-copy"

# --- it is removed, and the others go on ---
check "it is removed" on a "$C" device revoke --yes two device-p
sync_vault b two >/dev/null
secret="never for the phone $RANDOM$RANDOM"
echo "$secret" >"$A/shared/after-a"; echo "$secret" >"$B/shared/after-b"
dd if=/dev/urandom of="$A/shared/old" bs=4096 count=40 conv=notrunc status=none # a file whose key it knows
mv "$A/shared/note" "$A/shared/renamed-later"
for d in a b a b; do sync_vault $d two >/dev/null; done
both() { [ "$(cat "$B/shared/after-a" 2>/dev/null)" = "$secret" ] && [ "$(cat "$A/shared/after-b" 2>/dev/null)" = "$secret" ] && [ -e "$B/shared/renamed-later" ]; }
check "the others have what they wrote" wait_for 30 both
check "who joins now has it, too" join_vault c two "$S" --device-name late
mount_vault c two "$WORK/c" || not_ok "mount of the newcomer"
check "all of it" wait_for 60 come_together "$A" "$WORK/c"
echo "by the newcomer" >"$WORK/c/shared/late"; sync_vault c two >/dev/null; sync_vault a two >/dev/null
check "and what it writes counts" wait_for 30 cmp "$WORK/c/shared/late" "$A/shared/late"

# --- the copy comes back, with its passphrase and the whole store ---
rm -rf "$WORK/device-p"; mv "$WORK/thief-copy" "$WORK/device-p"
check "the copy mounts" mount_vault p two "$P"
told() { on p "$C" status two 2>/dev/null | grep -q "ALARM *this device was removed from the vault by desk"; }
check "it learns that it is out" wait_for 60 told
on p "$C" sync two >/dev/null 2>&1; on p "$C" sync two >/dev/null 2>&1
check "it has what it had" grep -q "known before" "$P/shared/note"
check "and nothing that came later" sh -c '! [ -e "$0/shared/after-a" ] && ! [ -e "$0/shared/after-b" ] && ! [ -e "$0/shared/late" ] && ! [ -e "$0/shared/renamed-later" ]' "$P"
check "nor in its state, nor of names" sh -c '! grep -rqa "never for the phone\|renamed-later" "$0"' "$WORK/device-p"
same_old() { cmp -s "$P/shared/old" "$A/shared/old"; }
check "of a file that it knew it has the bytes of before" eval '! same_old'
check "what it publishes counts for nobody" eval 'sync_vault a two >/dev/null; [ "$(on a "$C" device list --json two | python3 -c "import json,sys; print([x[\"state\"] for x in json.load(sys.stdin)[\"devices\"] if x[\"name\"] == \"device-p\"][0])")" = revoked ]'
lock_vault p two >/dev/null 2>&1
for d in a b c; do lock_vault $d two >/dev/null || not_ok "lock of $d"; done
finish
