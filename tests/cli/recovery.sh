#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The recovery key: does it open, what is known of it, and another in its place, with other devices asked, and the one before
# objecting; whatever goes wrong, one of the two opens.
# timeout: 600
. "$(dirname "$0")/../lib.sh"
S=$WORK/store M=$WORK/m N=$WORK/n C=$CLOUDSEAL
mkdir "$M" "$N" "$WORK/p" "$WORK/q"
D=$(state_dir a demo)
terminal() { on "$1" python3 "$ROOT/tests/helpers/terminal.py" "${@:2}" >"$WORK/typed" 2>&1; }
said() { grep -qE "$1" "$WORK/said" || { cat "$WORK/said"; return 1; }; }
not_said() { ! grep -qE "$1" "$WORK/said" || { cat "$WORK/said"; return 1; }; }
recovery() { on "$1" "$C" recovery "${@:2}" >"$WORK/said" 2>&1; } # DEVICE ...
quiet() { on a setsid -w env -u SSH_ASKPASS -u CLOUDSEAL_ASKPASS -u DISPLAY -u WAYLAND_DISPLAY "$@" </dev/null; } # nobody to ask
joins() { on "$1" "$C" join --name demo --recovery-file "$2" --passfile "$PASS" "$S"; }                          # DEVICE KEYFILE
rescued() { on "$1" "$C" mount --recovery-file "$2" --passfile "$PASS" demo "$3" && lock_vault "$1" demo; }       # DEVICE KEYFILE DIR
K=$WORK/recovery-demo
new_vault a demo "$S" >/dev/null || { not_ok "init"; finish; }

# --- check and status ---
check "status of a locked vault" recovery a status demo
check "says when the key was made, and that it was not checked" said "made .*with the vault"
json() { on "$1" "$C" status --json "$2" | python3 -c 'import json,sys; r = json.load(sys.stdin)["recovery"]; sys.exit(not eval(sys.argv[1]))' "$3"; } # DEVICE NAME EXPRESSION
check "programs are told, too" json a demo 'r["made"].startswith("20") and r["by"] is None and r["checked"] is None and r["pending"] == []'
recovery a status demo
check "and how to" said "never here since it was made: cloudseal recovery check demo"
check "check: it opens the vault from the cloud, and this device" recovery a check --recovery-file "$K" demo
check "which is said" said "opens demo from the cloud, and what this device keeps"
check "status" recovery a status demo
check "has when" said "checked +20"
check "for programs" json a demo 'r["checked"].startswith("20") and r["checked"].endswith("Z")'
terminal a "$(cat "$K")" -- "$C" recovery check demo
check "on a terminal it is asked for, and not shown" sh -c '! grep -q "$1" "$0" && grep -q "opens demo" "$0"' "$WORK/typed" "$(cut -c1-11 "$K")"
new_vault a other "$WORK/store2" >/dev/null
fails_with 3 "not a recovery key of the vault" "another vault's" on a "$C" recovery check --recovery-file "$WORK/recovery-other" demo
fails_with 3 "that is not a recovery key|characters" "none at all" on a "$C" recovery check --recovery-file "$PASS" demo
sed 's/./0/3' "$K" >"$WORK/typo"; chmod 600 "$WORK/typo"; cmp -s "$K" "$WORK/typo" && sed -i 's/./1/3' "$WORK/typo"
fails_with 3 "group 1 is mistyped" "a wrong letter names its group" on a "$C" recovery check --recovery-file "$WORK/typo" demo
mv "$S" "$WORK/away"
fails_with 10 "opens the copy of the header here; the cloud's cannot be looked at" "without the cloud half of it is known" on a "$C" recovery check --recovery-file "$K" demo
mkdir "$S"
fails_with 9 "opens the copy of the header here; the cloud's cannot be looked at: No vault here" "nor with another folder there" on a "$C" recovery check --recovery-file "$K" demo
cp "$WORK/store2/cloudseal-vault" "$S"
fails_with 9 "another vault lies in the cloud's folder" "nor another vault's" on a "$C" recovery check --recovery-file "$K" demo
rm -rf "$S"; mv "$WORK/away" "$S"

# --- the reminder ---
old() { printf '{"slot":"%s","checked":%d,"reminded":%d}' "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["slot"])' "$D/recovery.json")" $(($(date +%s) - 86400 * $1)) $(($(date +%s) - 86400 * $2)) >"$WORK/json"; cp "$WORK/json" "$D/recovery.json"; }
status() { on a "$C" status demo >"$WORK/said" 2>&1; }
status; check "nobody is reminded in the first year" not_said "recovery check"
old 366 31; status
check "after a year a line says so" said "nobody has checked its recovery key here since 20.*: cloudseal recovery check demo"
status; check "once" not_said "recovery check"
old 366 29; status; check "not again within a month" not_said "recovery check"
old 366 31; on a "$C" mount --passfile "$PASS" demo "$M" >"$WORK/said" 2>&1
check "mount says it, too" said "nobody has checked"
check "lock" lock_vault a demo
old 366 31; on a "$C" config demo recovery-reminder off >/dev/null; status
check "it can be switched off" not_said "recovery check"
fails_with 2 "recovery-reminder: is on or off" "and is nothing else" on a "$C" config demo recovery-reminder perhaps
on a "$C" config --unset demo recovery-reminder >/dev/null
echo junk >"$D/recovery.json"; status; check "what is damaged says nothing" test $? = 0
check "check again" recovery a check --recovery-file "$K" demo

# --- a new one, with one device ---
fails_with 10 "is not mounted, and only an open vault" "a vault that is locked cannot have one" on a "$C" recovery new --recovery-file "$WORK/k2" demo
check "nothing was written" test ! -e "$WORK/k2"
fails_with 10 "is not mounted, and only an open vault can replace its recovery key, or refuse that: cloudseal mount demo first" "nor can that be refused" on a "$C" recovery veto --recovery-file "$K" demo
check "mount" mount_vault a demo "$M"
fails_with 8 "exists already, and a recovery key is never written over a file" "never over a file" on a "$C" recovery new --recovery-file "$K" demo
fails_with 2 "no terminal to show the recovery key on" "nobody to show it to" quiet "$C" recovery new demo
terminal a wrong wrong wrong -- "$C" recovery new demo
check "one that is not confirmed" test $? = 1
check "says that the old one stays" grep -q "not confirmed, so the old one stays" "$WORK/typed"
check "so it is" recovery a check --recovery-file "$K" demo
check "a new one" recovery a new --recovery-file "$WORK/k2" demo
check "opens the vault" said "It opens the vault from the cloud"
check "at once, with one device" said "The one before opens it no more"
check "it is private" test "$(stat -c %a "$WORK/k2")" = 600
check "check" recovery a check --recovery-file "$WORK/k2" demo
check "opens this device, too" said "and what this device keeps"
fails_with 3 "not a recovery key of the vault" "the old one does not" on a "$C" recovery check --recovery-file "$K" demo
recovery a status demo
check "status says when, by whom, and that it was checked" said "made +20.*by device"
check "that nothing is under way" said "none is under way"
check "lock" lock_vault a demo
check "a device joins by it" joins b "$WORK/k2"
fails_with 3 "not a recovery key of the vault" "by the old one none" on c "$C" join --recovery-file "$K" --passfile "$PASS" "$S"
check "the first device is opened by it, without its passphrase" rescued a "$WORK/k2" "$M"
fails_with 3 "recovery key" "and not by the old one" on a "$C" mount --recovery-file "$K" --passfile "$PASS" demo "$M"

# --- with two: the other one confirms when somebody saw it there long enough ---
export CLOUDSEAL_TEST_CONFIRM=soon # a second in place of seven days
check "mount" mount_vault a demo "$M"
terminal a GROUP GROUP -- "$C" recovery new demo
check "shown on the terminal, and confirmed from paper" test $? = 0
grep -oE '^    [0-9A-Z-]{41}' "$WORK/typed" | tr -d ' ' >"$WORK/k3"; chmod 600 "$WORK/k3"
check "both open it until the other device has confirmed" grep -q "until all devices have confirmed that both keys open it" "$WORK/typed"
check "the old one" recovery a check --recovery-file "$WORK/k2" demo
check "the new one" recovery a check --recovery-file "$WORK/k3" demo
fails_with 8 "has replaced the recovery key already" "a second one meanwhile" on a "$C" recovery new --recovery-file "$WORK/k4" demo
check "its file is gone again" test ! -e "$WORK/k4"
check "the other device mounts" mount_vault b demo "$N"
check "and follows" sync_vault b demo
echo "another passphrase" >"$WORK/another"; chmod 600 "$WORK/another"
check "its passphrase is changed while it is mounted" on b "$C" passwd --passfile "$PASS" --new-passfile "$WORK/another" demo
on b "$C" status demo >"$WORK/said" 2>&1
check "there status says it, and what to do" said "is being replaced, by device .*"
check "namely" said "if nobody of yours did that: cloudseal recovery veto demo"
sleep 1.5; sync_vault b demo
recovery b check --recovery-file "$WORK/k2" demo
check "nothing is confirmed that nobody was shown" test $? = 0
check "a program is nobody" json b demo 'len(r["pending"]) == 1 and r["pending"][0]["here"] == "waits" and r["pending"][0]["until"] is None and r["pending"][0]["confirmed"] == 0 and r["pending"][0]["by"]'
check "somebody sees it there" recovery b status demo
check "with a time" said "with the key before, until 20"
check "for programs" json b demo 'r["pending"][0]["until"].startswith("20")'
settled() { sync_vault b demo && sync_vault a demo && on a "$C" recovery status demo | grep -q "none is under way"; }
check "then it is confirmed" wait_for 60 settled
unset CLOUDSEAL_TEST_CONFIRM
gone() { ! on a "$C" recovery check --recovery-file "$WORK/k2" demo; }
check "and the old one opens it no more" wait_for 70 gone
check "the new one does" recovery a check --recovery-file "$WORK/k3" demo
rescues() { cp "$(state_dir b demo)/rescue" "$WORK/rescue"; recovery b check --recovery-file "$WORK/k3" demo; said "and what this device keeps"; }
check "the other device is opened by it, too" wait_for 70 rescues
check "and is, when it was locked: the mount of before its passphrase was changed has followed" lock_vault b demo
check "by the new key, which gives it the former passphrase again" rescued b "$WORK/k3" "$N"
fails_with 3 "not a recovery key of the vault" "by the old one nobody joins" on d "$C" join --recovery-file "$WORK/k2" --passfile "$PASS" "$S"
check "by the new one somebody does" joins d "$WORK/k3"

# --- the one before objects ---
check "lock" lock_vault a demo # what was mounted had the second in place of the seven days
check "mount" mount_vault a demo "$M"
check "mount" mount_vault b demo "$N"
fails_with 1 "is not being replaced: there is nothing to object to" "where nothing is under way" on a "$C" recovery veto --recovery-file "$WORK/k3" demo
check "a thief has the other device" recovery b new --recovery-file "$WORK/k5" demo
check "sync" sync_vault a demo
recovery a status demo; check "which the first one says" said "is being replaced, by device"
fails_with 3 "is to take the place of the one in force" "the new key objects to nothing" on a "$C" recovery veto --recovery-file "$WORK/k5" demo
fails_with 3 "not a recovery key" "nor does another vault's" on a "$C" recovery veto --recovery-file "$WORK/recovery-other" demo
check "the one before does" recovery a veto --recovery-file "$WORK/k3" demo
check "it stays" said "stays as it is"
recovery a status demo; check "and was shown here" said "checked +20"
check "sync" sync_vault b demo
recovery b status demo; check "on all devices" said "none is under way"
out() { ! on a "$C" recovery check --recovery-file "$WORK/k5" demo; }
check "the thief's opens nothing" wait_for 70 out
check "the owner's does" recovery a check --recovery-file "$WORK/k3" demo
check "the thief again" recovery b new --recovery-file "$WORK/k7" demo
check "sync" sync_vault a demo
mv "$S" "$WORK/away"
on a "$C" recovery veto --recovery-file "$WORK/k3" demo >"$WORK/said" 2>&1 </dev/null
check "the owner objects without the cloud" test $? != 0
check "one line says what that means" said "stays as it is on this device, and on the others once that is uploaded: "
check "no more" test "$(wc -l <"$WORK/said")" = 1
mv "$WORK/away" "$S"
check "once it is back" wait_for 60 sync_vault a demo
check "sync" sync_vault b demo
recovery b status demo; check "the others hear of it" said "none is under way"

# --- a device that has joined by the key, of which the first one has not heard, stays ---
new_vault a late "$WORK/store4" >/dev/null
on a "$C" config late poll-interval 60s >/dev/null
check "mount" mount_vault a late "$WORK/p"
check "sync" sync_vault a late
check "a device joins by the key" join_vault e late "$WORK/store4"
check "a new key" recovery a new --recovery-file "$WORK/k9" late
check "both open it" said "until all devices have confirmed that both keys open it"
check "that device mounts" mount_vault e late "$WORK/q"
check "and is still in" eval 'sync_vault e late && ! on e "$C" status late | grep -q removed'
check "lock" lock_vault e late
check "lock" lock_vault a late

# --- the cloud goes in the middle ---
mv "$S" "$WORK/away"
on b "$C" recovery new --recovery-file "$WORK/k6" demo >"$WORK/said" 2>&1 </dev/null
check "without the cloud none is made" test $? != 0 -a ! -e "$WORK/k6" -a "$(wc -l <"$WORK/said")" = 1
check "and why is said" said "stays as it is, since the cloud has to be looked at first"
mv "$WORK/away" "$S"
check "sync" wait_for 60 sync_vault b demo
as() { local d=$WORK/device-$1; on "$1" true; shift; exec env HOME="$d/home" XDG_DATA_HOME="$d/data" XDG_RUNTIME_DIR="$d/run" "$@"; }
(as b CLOUDSEAL_TEST_STOP=recovery-shown "$C" recovery new --recovery-file "$WORK/k6" demo) >"$WORK/said" 2>"$WORK/err" </dev/null & new=$!
check "the key is shown" wait_for 60 eval 'ps -o stat= -p $new | grep -q T'
mv "$S" "$WORK/away"
kill -CONT $new
wait $new
check "the cloud is gone now: it is made all the same" test $? != 0 -a -s "$WORK/k6"
check "and what is lacking is said" said "does not open demo from the cloud yet: until then the one before does"
check "in one line, and how to go on" test "$(wc -l <"$WORK/err")" = 1
mv "$WORK/away" "$S"
check "once it is back it opens it" wait_for 60 sync_vault b demo
check "the new one" wait_for 70 recovery b check --recovery-file "$WORK/k6" demo
check "and the one before" recovery b check --recovery-file "$WORK/k3" demo

# --- a device that is let in otherwise is opened by the key in force, before it was ever mounted ---
new_vault a inv "$WORK/store3" >/dev/null
check "mount" mount_vault a inv "$WORK/p"
check "a new one" recovery a new --recovery-file "$WORK/k8" inv
(as a "$C" device invite --yes inv) >"$WORK/invite" 2>&1 & inviter=$!
code() { sed -nE 's/^    ([0-9A-Z]{5}(-[0-9A-Z]{5}){6})$/\1/p' "$WORK/invite" | grep .; }
check "a device is invited" wait_for 60 code
(umask 077; code >"$WORK/code")
check "it joins" on e "$C" join --name inv --invite-file "$WORK/code" --passfile "$PASS" --timeout 60 "$WORK/store3"
wait $inviter
check "the new recovery key opens it" eval 'on e "$C" mount --recovery-file "$WORK/k8" --passfile "$PASS" inv "$WORK/q" && sync_vault e inv'
check "and is in force there" eval 'on e "$C" recovery status inv | grep -q "none is under way"'
fails_with 3 "not a recovery key of the vault" "the one before opens nothing" on e "$C" recovery check --recovery-file "$WORK/recovery-inv" inv
check "lock" lock_vault e inv
check "lock" lock_vault a inv

# --- nothing, too much, wrong ---
fails_with 2 "usage: cloudseal recovery new\|check\|status\|veto NAME" "nothing" on a "$C" recovery
fails_with 2 "usage: cloudseal recovery" "no name" on a "$C" recovery check
fails_with 2 "usage: cloudseal recovery" "too much" on a "$C" recovery check demo demo
fails_with 2 "'chekc' is nothing to do with a recovery key.*check" "a word that is none" on a "$C" recovery chekc demo
for w in new check status veto; do fails_with 10 "no vault" "$w: no such vault" on a "$C" recovery $w nothing; done
control() { on a python3 - "$D/control" "$1" <<-'PY'
	import json, os, socket, sys
	os.chdir(os.path.dirname(sys.argv[1]))
	s = socket.socket(socket.AF_UNIX); s.connect("control"); s.sendall(sys.argv[2].encode() + b"\n")
	answer = json.loads(s.makefile().readline())
	sys.exit(answer["ok"])
	PY
}
for v in '' zz 00 "$(printf 'ab%.0s' $(seq 335))" "$(printf 'ab%.0s' $(seq 2040))"; do
	for op in recovery-new recovery-veto; do
		check "$op of ${#v} characters of nothing is refused" control "{\"op\":\"$op\",\"value\":\"$v\"}"
	done
done
check "lock" lock_vault a demo
check "lock" lock_vault b demo
finish
