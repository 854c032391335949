#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A device lets another in by a code that counts once and for a day: whom the code lets in, whom not, and what a try that ends leaves.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
S=$WORK/store M=$WORK/m N=$WORK/n C=$CLOUDSEAL CODE=$WORK/code
mkdir "$M" "$N"
echo "passphrase two" >"$WORK/two"
echo "passphrase three" >"$WORK/three"
chmod 600 "$WORK/two" "$WORK/three"
# as DEVICE COMMAND...: no shell in between, so that a kill hits the program.
as() { local d=$WORK/device-$1; on "$1" true; shift; exec env HOME="$d/home" XDG_DATA_HOME="$d/data" XDG_RUNTIME_DIR="$d/run" "$@"; }
# invite DEVICE NAME: begins in the background, and its code is in $CODE.
invite() {
	rm -f "$WORK/invite" # of the call before, until the redirection below has emptied it
	(as "$1" "$C" device invite --yes "$2") >"$WORK/invite" 2>"$WORK/invite.err" & INVITER=$!
	wait_for 60 grep -qE '^    [0-9A-Z]{5}(-[0-9A-Z]{5}){6}$' "$WORK/invite" || { cat "$WORK/invite" "$WORK/invite.err"; return 1; }
	code_of "$WORK/invite" >"$CODE"; chmod 600 "$CODE"
}
code_of() { sed -nE 's/^    ([0-9A-Z]{5}(-[0-9A-Z]{5}){6})$/\1/p' "$1" | head -1; }
joins() { on "$1" timeout 100 "$C" join --name demo --invite-file "${3:-$CODE}" --passfile "${2:-$WORK/two}" --timeout 60 "$S"; }
number_in() { grep -oE 'number is [0-9]{3} [0-9]{3} [0-9]{3}' "$1"; }
objects() { find "$S" -type f | wc -l; }
another_digit() { python3 - "$CODE" "$1" <<'PY'
import sys
code, group = open(sys.argv[1]).read().strip(), int(sys.argv[2])
at = 6 * (group - 1) + 1
print(code[:at] + ('7' if code[at] != '7' else '8') + code[at + 1:])
PY
}
private() { (umask 077; cat >"$1"); }

check "init" new_vault a demo "$S"
fails_with 10 "is not mounted: mount it first" "the vault has to be mounted" on a "$C" device invite --yes demo
check "mount" mount_vault a demo "$M"
echo "what was there before" >"$M/before"
check "sync" sync_vault a demo
fails_with 2 "no terminal to ask on who may join: --yes" "without a terminal nobody can say who may join" setsid -w env HOME="$WORK/device-a/home" XDG_DATA_HOME="$WORK/device-a/data" "$C" device invite demo
fails_with 10 "no vault of that name here" "no such vault" on a "$C" device invite --yes nosuch
fails_with 2 "usage: cloudseal device" "too few words" on a "$C" device invite

# --- codes that are none ---
invite a demo && ok "invite shows a code" || not_ok "invite shows a code"
another_digit 3 | private "$WORK/wrong"
fails_with 3 "group 3 is mistyped" "one wrong digit is said at once" joins b "$WORK/two" "$WORK/wrong"
fails_with 3 "this is a recovery key, not the code of an invitation" "a recovery key is no code" joins b "$WORK/two" "$WORK/recovery-demo"
fails_with 3 "this is the code of an invitation, not a recovery key" "nor is a code a recovery key" on b "$C" join --name demo --recovery-file "$CODE" --passfile "$WORK/two" "$S"
echo | private "$WORK/empty"
fails_with 2 "empty" "no code" joins b "$WORK/two" "$WORK/empty"
fails_with 2 "no terminal to ask for the code of the invitation: use --invite-file" "nowhere to ask" setsid -w env HOME="$WORK/device-b/home" XDG_DATA_HOME="$WORK/device-b/data" "$C" join --invite "$S"
fails_with 2 "the code takes the place of the recovery key" "a code and a recovery key" on b "$C" join --name demo --invite-file "$CODE" --recovery-file "$WORK/recovery-demo" "$S"
fails_with 9 "No vault here" "a place without a vault" on b "$C" join --name demo --invite-file "$CODE" --passfile "$WORK/two" "$WORK"
check "nothing of it is left" sh -c '! [ -e "$0" ]' "$(state_dir b demo)"

# --- one device joins ---
joins b >"$WORK/joined" 2>"$WORK/joined.err"; rc=$?
check "the new device joins" eval 'cat "$WORK/joined" "$WORK/joined.err"; [ $rc = 0 ]'
wait $INVITER; rc=$?
check "the inviting one says whom it let in" eval 'cat "$WORK/invite" "$WORK/invite.err"; [ $rc = 0 ] && grep -q "is let in" "$WORK/invite"'
check "both showed the same number" test -n "$(number_in "$WORK/invite")" -a "$(number_in "$WORK/invite" | sed s/number/Number/I)" = "$(number_in "$WORK/joined" | sed s/number/Number/I)"
fails_with 8 "another device asks by that code" "nobody else does by that code" joins c
check "the new device has the vault" mount_vault b demo "$N" --passfile "$WORK/two"
check "with all that was there" come_together "$M" "$N"
echo "from the new device" >"$N/after"
uploads b demo >/dev/null
wait_for 30 test -e "$M/after"; check "what it writes arrives" cmp "$M/after" "$N/after"
check "its passphrase is its own" eval 'lock_vault b demo && on b "$C" mount --passfile "$WORK/two" demo "$N"'
check "what lay there of the invitation is gone" wait_for 60 eval 'sync_vault a demo; ! on c "$C" join --name demo --invite-file "$CODE" --passfile "$WORK/two" "$S" 2>"$WORK/err"; grep -q "that code is not good here" "$WORK/err"'
fails_with 3 "that code is not good here: it was used or withdrawn" "a used code lets nobody in" joins c

# --- no, and taken back ---
invite a demo
kill $INVITER; wait $INVITER 2>/dev/null
first=$(cat "$CODE")
check "a restart of the vault" eval 'lock_vault a demo && mount_vault a demo "$M"'
invite a demo
check "knows the code" test "$first" = "$(cat "$CODE")"
check "and says so" grep -q "as before" "$WORK/invite"
kill $INVITER; wait $INVITER 2>/dev/null
check "it can be taken back" on a "$C" device invite --withdraw demo
fails_with 3 "that code is not good here" "then it lets nobody in" joins c
fails_with 10 "no invitation is open any more" "there is none to take back" on a "$C" device invite --withdraw demo
# What is said on a terminal; the code is shown before, so that the other device can ask meanwhile.
invite a demo; kill $INVITER; wait $INVITER 2>/dev/null
on a python3 "$ROOT/tests/helpers/terminal.py" n -- "$C" device invite demo >"$WORK/typed" 2>&1 & asked=$!
fails_with 3 "the inviting device said no, or withdrew that code" "a no reaches the device that asks" joins c
wait $asked
check "a terminal asks, with the name and the number" grep -qE "asks to join. Its number is [0-9 ]{11}" "$WORK/typed"
check "it shows the code as QR, too" grep -q "▀" "$WORK/typed"
check "a no says that nobody was let in" grep -q "nobody was let in, and that code counts no more" "$WORK/typed"
check "nothing of the other try is left" sh -c '! [ -e "$0" ]' "$(state_dir c demo)"
invite a demo; kill $INVITER; wait $INVITER 2>/dev/null
on a python3 "$ROOT/tests/helpers/terminal.py" y -- "$C" device invite demo >"$WORK/typed" 2>&1 & asked=$!
check "a yes lets it in" joins c
wait $asked
check "and is said" grep -q "is let in" "$WORK/typed"

# --- tries that end ---
invite a demo; kill $INVITER; wait $INVITER 2>/dev/null
asks() { as d "$C" join --name demo --invite-file "$CODE" --passfile "$WORK/two" --timeout "$1" "$S"; }
(asks 100) >"$WORK/first" 2>&1 & joiner=$!
wait_for 60 grep -q "number is" "$WORK/first"
kill -KILL $joiner; wait $joiner 2>/dev/null
check "a killed join is no vault" sh -c '! "$@" 2>&1 | grep -q demo' - on d "$C" list
on d "$C" join --name demo --invite-file "$CODE" --passfile "$WORK/three" "$S" >/dev/null 2>"$WORK/err"; rc=$?
check "another passphrase does not go on with it" eval 'cat "$WORK/err"; [ $rc = 3 ] && grep -q "that is not the passphrase that was given at the try before" "$WORK/err"'
(asks 1) >"$WORK/second" 2>&1; rc=$?
check "nobody said yes: it says so" eval '[ $rc = 4 ] && grep -q "nobody has said yes yet: the same command goes on waiting" "$WORK/second"'
check "it went on with the same request" test "$(number_in "$WORK/first")" = "$(number_in "$WORK/second")"
(asks 100) >"$WORK/third" 2>&1 & joiner=$!
wait_for 60 grep -q "number is" "$WORK/third"
mv "$S" "$WORK/away"
wait $joiner; rc=$?
check "the store gone in the middle: it says that nothing is lost" eval 'cat "$WORK/third"; [ $rc != 0 ] && grep -q "nothing is lost, the same command goes on" "$WORK/third"'
away() { on a "$C" status demo | grep -q "is not there"; }
check "the inviting device sees that it is gone" wait_for 60 away
mv "$WORK/away" "$S"
check "the store is back: who asks is not told otherwise" invite a demo
(asks 100) >"$WORK/fourth" 2>&1; rc=$?
check "and it joins when all are there" eval 'cat "$WORK/fourth"; [ $rc = 0 ]'
wait $INVITER
check "with the same number as at first" test "$(number_in "$WORK/first")" = "$(number_in "$WORK/fourth")"
check "it opens by the passphrase of the first try" eval 'mkdir "$WORK/o" && on d "$C" mount --passfile "$WORK/two" demo "$WORK/o" && come_together "$M" "$WORK/o"'
check "lock" eval 'lock_vault d demo --flush; lock_vault b demo --lazy; lock_vault a demo --lazy'
fails_with 10 "is not mounted: mount it first" "a locked vault invites nobody" on a "$C" device invite --yes demo
finish
