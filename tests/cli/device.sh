#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cloudseal device, verify: who is in a vault, under which name, how a device is removed, and what it is told then.
# timeout: 420
. "$(dirname "$0")/../lib.sh"

C=$CLOUDSEAL
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
is() { local want=$1 got; shift; got=$("$@") && [ "$got" = "$want" ] || { echo "'$got', not '$want'"; return 1; }; }
devices() { on "$1" "$C" device list --json two | json "$2"; } # ON EXPRESSION: of the JSON `d`
row() { devices "$1" "[x for x in d['devices'] if x['name'] == '$2'][-1]$3"; } # ON NAME MEMBER
words() { local on=$1; shift; on "$on" "$C" "$@"; }
verified() { on "$1" "$C" verify --json two | json "$2"; }
shows() { devices "$1" "[x['name'] for x in d['devices']]" | grep -qF "$2"; }

A=$WORK/a B=$WORK/b P=$WORK/p S=$WORK/store
new_vault a two "$S" --device-name desk >/dev/null || { not_ok "init"; finish; }
fails_with 10 "two: is not mounted: mount it first" "a locked vault" words a device list two
fails_with 10 "two: is not mounted: mount it first" "and to compare" words a verify two
mount_vault a two "$A" && echo 1 >"$A/one" && sync_vault a two >/dev/null || { not_ok "mount"; finish; }
check "one device: this one, a member, let in with the vault" is "1 desk True member None" \
	devices a '"%d %s %s %s %s" % (d["total"], (x := d["devices"][0])["name"], x["this"], x["state"], x["admitted_by"])'
check "its newest commit and when" devices a 'int(d["devices"][0]["commit"] > 0 and d["devices"][0]["seen"][:2] == "20") or 1 / 0'

join_vault b two "$S" --device-name laptop >/dev/null && join_vault p two "$S" --device-name phone >/dev/null || { not_ok "join"; finish; }
sync_vault a two >/dev/null
check "who joined is shown: pending, as nothing of it was seen" is "['member', 'pending', 'pending']" devices a "sorted(x['state'] for x in d['devices'])"
check "nor its name" is "[None, None, 'desk']" devices a "sorted([x['name'] for x in d['devices']], key=str)"
check "by the recovery key" is "[None, 'the recovery key', 'the recovery key']" devices a "sorted([x['admitted_by'] for x in d['devices']], key=str)"
mount_vault b two "$B" && mount_vault p two "$P" || { not_ok "mount"; finish; }
echo 2 >"$P/two" && sync_vault p two >/dev/null && sync_vault a two >/dev/null && sync_vault b two >/dev/null
check "what it uploads makes it a member" is member row a phone '["state"]'
check "in words, this one marked" sh -c 'echo "$0" | grep -qE "^\* desk  +[0-9a-f]{8}  member +[0-9]+  20.*with the vault$"' "$(words a device list two)"
check "the others are not" sh -c 'echo "$0" | grep -qE "^  phone +[0-9a-f]{8}  member .*by the recovery key$"' "$(words a device list two)"

# --- names ---
check "a device is renamed" words a device rename two desk "big desk"
check "and called so at once" shows a "big desk"
sync_vault a two >/dev/null && sync_vault b two >/dev/null
check "by the others, too" wait_for 30 shows b "big desk"
fails_with 2 "two: phone can be renamed on that device alone: run this there" "another's name is its own" words a device rename two phone mine
fails_with 2 "1 to 64 bytes of UTF-8 without control characters" "a name that cannot be" words a device rename two "big desk" "$(printf 'a\001b')"
fails_with 2 "1 to 64 bytes" "one that is too long" words a device rename two "big desk" "$(printf %65s x)"
fails_with 2 "1 to 64 bytes" "none" words a device rename two "big desk" ""
fails_with 2 "1 to 64 bytes" "one that is no text" words a device rename two "big desk" "$(printf '\377')"
check "by how its id begins" words a device rename two "$(row a 'big desk' '["id"][:6]')" desk
sync_vault a two >/dev/null
mv "$S" "$S.away"; ln -s of-a "$A/link"; ln -s of-b "$B/link"; mv "$S.away" "$S"
for d in a b a b; do sync_vault $d two >/dev/null; done
check "conflict copies have the new name" wait_for 30 sh -c 'ls "$0" | grep -qE "link \(conflict (desk|laptop) "' "$B"
check "and not the old one" sh -c '! ls "$0" | grep -q "big desk"' "$B"
rm "$A"/link*; for d in a b p a b p; do sync_vault $d two >/dev/null; done

# --- comparing ---
same() { [ "$(verified a "$1")" = "$(verified b "$1")" ]; }
for what in genesis members state; do
	check "two devices show the same $what" wait_for 30 same "d['$what']['digits']"
done
check "in groups of five digits" sh -c 'echo "$0" | grep -qxE "([0-9]{5} ){5}[0-9]{5}"' "$(verified a 'd["state"]["digits"]')"
check "and in words" sh -c 'echo "$0" | grep -qF "$1" && echo "$0" | grep -q "devices 3, keys to join by 1"' "$(words b verify two)" "$(verified a 'd["members"]["digits"]')"
state=$(verified a 'd["state"]["digits"]')
echo 3 >"$A/three" && sync_vault a two >/dev/null
check "what changes the files changes the state" sh -c '[ "$0" != "$1" ]' "$state" "$(verified a 'd["state"]["digits"]')"
check "which is another than the other's until it has read that" sync_vault b two
check "then it is the same" wait_for 30 same "d['state']['digits']"

# --- wrong input ---
fails_with 2 "usage: cloudseal device list\|invite\|rename\|revoke NAME" "nothing" words a device
fails_with 2 "usage: cloudseal device list NAME" "no vault" words a device list
fails_with 2 "usage: cloudseal device list NAME" "too much" words a device list two two
fails_with 2 "usage: cloudseal device revoke NAME DEVICE" "no device" words a device revoke two
fails_with 2 "device: 'revok' is nothing to do with devices; did you mean revoke" "a slip" words a device revok two phone
fails_with 10 "no vault of that name" "no such vault" words a device list nowhere
fails_with 10 "no device 'phoen' in this vault; did you mean phone" "no such device" words a device revoke --yes two phoen
fails_with 10 "no device .* in this vault \(cloudseal device list" "hostile" words a device revoke --yes two "$(printf '\033[31m%%s%%n')"
fails_with 10 "no device" "an empty one" words a device revoke --yes two ""
fails_with 2 "desk is this device, which cannot remove itself" "this device" words a device revoke --yes two desk
fails_with 2 "no terminal to ask on: nothing was removed; --yes removes phone" "nobody to ask" setsid -w env HOME="$WORK/device-a/home" XDG_DATA_HOME="$WORK/device-a/data" XDG_RUNTIME_DIR="$WORK/device-a/run" "$C" device revoke two phone
fails_with 2 "usage: cloudseal verify NAME" "nothing to compare" words a verify
check "nobody was removed" is "['member', 'member']" devices a "[x['state'] for x in d['devices'] if x['name'] in ('phone', 'desk')]"

# --- a device is removed, while the cloud is away ---
echo keep >"$P/unsaved"   # on the phone alone
exec 9>>"$P/open"; echo begun >&9
mv "$S" "$S.away"
fails_with 10 "two: phone is removed for this device; for the others once that is uploaded: " "revoked without the cloud" words a device revoke --yes two phone
check "here it is so" is revoked row a phone '["state"]'
check "by this one" is desk row a phone '["revoked_by"]'
check "there it is not known yet" is member row p phone '["state"]'
mv "$S.away" "$S"
check "once the cloud is back it is uploaded" sync_vault a two
fails_with 8 "two: phone was removed already" "twice" words a device revoke --yes two phone
sync_vault b two >/dev/null
check "another device sees it" wait_for 30 is revoked row b phone '["state"]'

# --- the device that was removed ---
told() { on p "$C" status two 2>/dev/null | grep -q "ALARM *this device was removed from the vault by desk on 20.*: it uploads nothing, and its folder is read-only.*copy what matters out"; }
check "the one that was removed is told, by whom and since when" wait_for 60 told
on p "$C" status two >/dev/null 2>&1; check "status ends with 7" test $? = 7
check "its alarm for programs" is "removed" sh -c cat < <(on p "$C" status --json two | json 'd["alarms"][0]["kind"]')
check "and its phase" is "removed False" sh -c cat < <(on p "$C" status --json two | json '"%s %s" % (d["phase"], d["queue"]["saved"])')
fails_with 7 "this device was removed from the vault by desk on 20" "sync says so" sync_vault p two
check "its files can be read" is "keep 1" sh -c 'echo $(cat "$0/unsaved" "$0/one")' "$P"
fails_with 6 "this device is not a member of the vault any more" "it lets nobody in" on p timeout 60 "$C" device invite --yes two
check "nothing new can be written" sh -c '! echo x 2>/dev/null >"$0/new"' "$P"
check "nor removed" sh -c '! rm "$0/one" 2>/dev/null' "$P"
check "nor opened for writing" sh -c '! echo x 2>/dev/null >>"$0/one"' "$P"
check "what is open for writing can be written on" sh -c 'echo ended >&9 && [ "$(wc -l <"$0/open")" = 2 ]' "$P"
exec 9>&-
sent() { on p "$C" status --json two | json 'd["traffic"]["sent"]'; }
before=$(sent)
words p sync two >/dev/null 2>&1; words p sync two >/dev/null 2>&1
check "it uploads nothing" is "$before" sent
fails_with 12 "uploaded" "it cannot be forgotten by mistake" sh -c 'on_p() { HOME=$0/home XDG_DATA_HOME=$0/data XDG_RUNTIME_DIR=$0/run "$@"; }; on_p "$1" lock two >/dev/null 2>&1; on_p "$1" forget two' "$WORK/device-p" "$C"
mount_vault p two "$P" >"$WORK/said" 2>&1
check "it mounts again, and mount says so" grep -q "^cloudseal: two: this device was removed from the vault by desk on 20.*: cloudseal status two tells what to do$" "$WORK/said"
check "once, beside the log" test "$(grep -c "^cloudseal: .*removed" "$WORK/said")" = 1
check "and is told at once" told
check "its files are there" is "keep begun ended" sh -c 'echo $(cat "$0/unsaved" "$0/open")' "$P"
check "and read-only from the start" sh -c '! mkdir "$0/dir" 2>/dev/null' "$P"

# --- what the others have ---
sync_vault a two >/dev/null; sync_vault b two >/dev/null
check "of what it had not uploaded nothing comes to the others" sh -c '! [ -e "$0/unsaved" ] && ! [ -e "$1/unsaved" ]' "$A" "$B"
check "what it had uploaded stays" is 2 cat "$B/two"
echo 4 >"$A/four" && sync_vault a two >/dev/null && sync_vault b two >/dev/null
check "the others go on" wait_for 30 is 4 cat "$B/four"
check "who joins now knows" join_vault c two "$S" --device-name tablet
check "and mounts it" mount_vault c two "$WORK/c"
check "the removed one is out there, too" wait_for 30 is revoked row c phone '["state"]'
check "its last files are not there" sh -c '! [ -e "$0/unsaved" ] && [ -e "$0/two" ]' "$WORK/c"
for d in a b c a b; do sync_vault $d two >/dev/null; done
members() { [ "$(verified c 'd["members"]["digits"]')" = "$(verified b 'd["members"]["digits"]')" ]; }
check "all three agree on who is in" wait_for 30 members

# --- coming back ---
check "lock" lock_vault p two
check "the copy is dropped" words p forget --discard two
check "it joins anew" join_vault p two "$S" --device-name phone
check "and mounts" mount_vault p two "$P"
check "and writes" sh -c 'echo back >"$0/back"' "$P"
check "and uploads" sync_vault p two
sync_vault a two >/dev/null
check "that counts" wait_for 30 is back cat "$A/back"
check "a name means the device that is in" is "member" row a phone '["state"]'

# --- asked on a terminal ---
terminal() { on "$1" python3 "$ROOT/tests/helpers/terminal.py" "${@:2}" >"$WORK/typed" 2>&1; }
typed() { grep -qE "$1" "$WORK/typed" || { cat "$WORK/typed"; return 1; }; }
terminal b n -- "$C" device revoke two tablet
check "no: it ends with 1" test $? = 1
check "it says what cannot be taken back" typed "That cannot be taken back"
check "what it keeps, and what it will not read" typed "it keeps. The others get new keys: what they write then"
check "that the cloud's password is to be changed" typed "change the user and password"
check "nothing was removed" typed "two: nothing was removed"
check "it is in still" is member row b tablet '["state"]'
terminal b y -- "$C" device revoke two tablet
check "yes: it ends with 0" test $? = 0
check "it is out" is revoked row b tablet '["state"]'
sync_vault a two >/dev/null
check "for others as well" wait_for 30 is revoked row a tablet '["state"]'
for d in a b c p; do lock_vault $d two >/dev/null || not_ok "lock of $d"; done
finish
