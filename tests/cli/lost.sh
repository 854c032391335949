#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cloudseal lost: what the cloud lost for good is named, and given up by who says so: then the vault mounts writable, and
# sync and status end with 0, until something else is lost.
# timeout: 420
. "$(dirname "$0")/../lib.sh"

S=$WORK/store A=$WORK/a B=$WORK/b M=$WORK/c
C=$CLOUDSEAL
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
is() { local want=$1 got; shift; got=$("$@") && [ "$got" = "$want" ] || { echo "'$got', not '$want'"; return 1; }; }
field() { on "$1" "$C" status --json v | json "$2"; }   # ON EXPRESSION
lost_is() { on "$1" "$C" lost --json v | json "$2"; }
objects() { find "$S" -type f | sort; }
says() { # CODE PATTERN COMMAND...
	local code=$1 pattern=$2; shift 2
	"$@" >"$WORK/said" 2>&1; local got=$?
	[ $got = "$code" ] && grep -qE "$pattern" "$WORK/said" || { echo "$got:"; cat "$WORK/said"; return 1; }
}
well() { says 0 "" on "$1" "$C" status v && sync_vault "$1" v >/dev/null; } # DEVICE
terminal() { on "$1" python3 "$ROOT/tests/helpers/terminal.py" "${@:2}" >"$WORK/typed" 2>&1; }
writes() { echo "$2" 2>/dev/null >"$1"; }
gone() { comm -13 "$WORK/before" <(objects) | while read -r f; do mkdir -p "$WORK/away/$(dirname "$f")" && mv "$f" "$WORK/away/$f"; done; }
back() { (cd "$WORK/away" && find . -type f) | while read -r f; do mv "$WORK/away/$f" "/$f"; done; }

new_vault a v "$S" --device-name desk >/dev/null && mount_vault a v "$A" && echo 1 >"$A/one" && sync_vault a v >/dev/null || { not_ok "init"; finish; }
join_vault b v "$S" --device-name laptop >/dev/null && mount_vault b v "$B" && sync_vault b v >/dev/null || { not_ok "join"; finish; }
sync_vault a v >/dev/null; sync_vault b v >/dev/null

# --- bad input ---
fails_with 2 "usage: cloudseal lost NAME" "nothing" on a "$C" lost
fails_with 2 "usage: cloudseal lost NAME" "too much" on a "$C" lost v v
fails_with 10 "no vault" "a vault that is none" on a "$C" lost nosuch
fails_with 2 "unknown option --giveup; did you mean --give-up" "a slip" on a "$C" lost --giveup v
fails_with 2 "lost: --give-up takes no value" "a value" on a "$C" lost --give-up=all v
fails_with 2 "^cloudseal: --yes goes with --give-up: nothing was given up$" "half of it" on a "$C" lost --yes v
fails_with 2 "^cloudseal: --yes goes with --give-up: nothing was given up$" "which is said before the name" on a "$C" lost --yes nosuch
check "nothing is lost" says 0 "^v: as far as this device knows, nothing is lost$" on a "$C" lost v
check "so nothing is given up" says 0 "^v: as far as this device knows, nothing is lost: there is nothing to give up$" on a "$C" lost --give-up --yes v
check "for programs" is "[] 0 []" lost_is a '"%s %s %s" % (d["lost"]["commits"], d["lost"]["contents"]["objects"], d["given_up"]["commits"])'
mv "$S" "$S.away"
fails_with 10 "v: cannot ask the cloud now, so nothing was given up: .*$S" "the cloud is away" on a "$C" lost --give-up --yes v
mv "$S.away" "$S"

# --- the cloud loses what one device uploaded, and another has; nobody is there any more ---
objects >"$WORK/before"
echo 2 >"$A/two" && sync_vault a v >/dev/null || not_ok "sync"
sync_vault b v >/dev/null; check "another device has it" is 2 cat "$B/two"
check "which goes" lock_vault b v
check "and so does the one that wrote it" lock_vault a v
fails_with 10 "v: is not mounted: mount it first" "a vault that is locked" on a "$C" lost v
gone
check "who joins" join_vault c v "$S" --device-name tablet
check "mounts read-only" mount_vault c v "$M" 2>/dev/null
check "status says what to do" says 7 "if nobody has them any more: cloudseal lost" on c "$C" status v
check "what is lost is named" says 0 "^  changes? .* of desk, which (desk|laptop) says it has \(known since 20.*\)$" on c "$C" lost v
check "with what to do" grep -q "^If not: cloudseal lost --give-up v$" "$WORK/said"
check "for programs" is "desk True True" lost_is c '"%s %s %s" % (d["lost"]["commits"][0]["device"], d["lost"]["commits"][0]["said_by"] in ("desk", "laptop"), d["lost"]["commits"][0]["lasts"])'
fails_with 2 "v: no terminal to ask on: nothing was given up; --yes gives it up" "nobody is there to ask" setsid -w env HOME="$WORK/device-c/home" XDG_DATA_HOME="$WORK/device-c/data" XDG_RUNTIME_DIR="$WORK/device-c/run" "$C" lost --give-up v
fails_with 2 "v: --json does not ask: nothing was given up; --yes gives it up" "a program has to say it" on c "$C" lost --json --give-up v
check "nothing is given up by that" is "1 0" lost_is c '"%d %d" % (len(d["lost"]["commits"]), len(d["given_up"]["commits"]))'
mv "$S" "$S.away"
fails_with 10 "v: cannot ask the cloud now, so nothing was given up: .*$S" "the cloud is away" on c "$C" lost --give-up --yes v
mv "$S.away" "$S"
check "it is still read-only" sh -c '! echo x 2>/dev/null >"$0/new"' "$M"
terminal c n -- "$C" lost --give-up v; check "no: it ends with 1" test $? = 1
check "a person is asked" sh -c 'grep -q "To be given up on this device:" "$0" && grep -q "Give it up" "$0"' "$WORK/typed"
check "and says no" is "1 0" lost_is c '"%d %d" % (len(d["lost"]["commits"]), len(d["given_up"]["commits"]))'
check "it is given up" says 0 "^v: given up\. cloudseal lost v shows it\.$" on c "$C" lost --give-up --yes v
check "what was is said" sh -c 'grep -qE "^  changes? .* of desk" "$0" && grep -q "^Given up on this device:$" "$0"' "$WORK/said"
check "and stays so" says 0 "^v: as far as this device knows, nothing else is lost$" on c "$C" lost v
check "the folder can be written at once" writes "$M/three" 3
check "no alarm is left, and sync is content" well c
check "it is remembered" is "0 desk" lost_is c '"%d %s" % (len(d["lost"]["commits"]), d["given_up"]["commits"][0]["device"])'
check "lock" lock_vault c v
mount_vault c v "$M" >"$WORK/said" 2>&1; check "the next mount" test $? = 0
check "says nothing of it" sh -c '! grep -E "READ-ONLY|incomplete" "$0"' "$WORK/said"
check "and can be written" writes "$M/four" 4
check "all is well" well c
check "twice is nothing" says 0 "nothing to give up" on c "$C" lost --give-up --yes v

# --- something else is lost: contents of a file that nobody has any more ---
objects >"$WORK/before"
head -c 300000 /dev/urandom >"$M/big" && sync_vault c v >/dev/null || not_ok "sync"
check "lock" lock_vault c v
big=$(comm -13 "$WORK/before" <(objects) | while read -r f; do [ "$(stat -c %s "$f")" -gt 300000 ] && echo "$f"; done)
check "it is one object" test -f "$big"
mkdir -p "$WORK/away/$(dirname "$big")" && mv "$big" "$WORK/away/$big"
check "who joins" join_vault d v "$S" --device-name phone
mount_vault d v "$WORK/d" >/dev/null 2>&1
check "is told of the commit, and of the contents" says 7 "" sync_vault d v
check "which is named" says 0 "^  contents of files: in 1 object of" on d "$C" lost v
terminal d n -- "$C" lost --give-up v
check "what that means for files is said" grep -q "Files of which contents are lost stay in their folders, and reading them fails" "$WORK/typed"
check "given up" says 0 "given up" on d "$C" lost --give-up --yes v
check "all is well" well d
check "who reads it gets an error" sh -c '! cat "$0/big" >/dev/null 2>&1' "$WORK/d"
check "which is no alarm" well d

# --- who has it all goes on: what that one writes builds on what was given up ---
mount_vault b v "$B" >/dev/null 2>&1
echo 5 >"$B/five" && sync_vault b v >/dev/null 2>&1
builds() { sync_vault d v >/dev/null 2>&1; field d '[a["kind"] for a in d["alarms"]]' | grep -q builds-on-lost; }
check "who gave it up is told" wait_for 120 builds # heads are looked at once a minute, and the last look was at the mount
check "whose it is, and what to do" says 7 "of laptop (is|are) in the cloud, but not shown, as (it|they) builds? on what was given up here .*: if another device has it: cloudseal rebuild NAME, which takes in all; else: cloudseal lost --give-up NAME" on d "$C" status v
check "the list has it" says 0 "^In the cloud, but not shown here, as (it builds|they build) on what is lost:$" on d "$C" lost v
check "with what to do" grep -q "Then cloudseal rebuild v takes that in" "$WORK/said"
check "and asks for nothing yet" sh -c '! grep -q -- --give-up "$0"' "$WORK/said"
fails_with 8 "v: what is missing was found less than two minutes ago, and may still come: nothing was given up: try again in two minutes" "too early" on d "$C" lost --give-up --yes v
check "it is in the cloud again" back
check "and can be read" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(wc -c <"$0/big")" = 300000 ] && cat "$0/big" >/dev/null 2>&1 && exit 0; sleep 1; done; exit 1' "$WORK/d"
check "and so is the other one" wait_for 20 sh -c 'cat "$0/two" 2>/dev/null' "$WORK/d"
finish
