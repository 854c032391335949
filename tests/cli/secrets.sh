#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Where passphrases come from, and where they never are.
# timeout: 200
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m
C=$CLOUDSEAL
mkdir "$M"
# terminal ANSWERS... -- COMMAND...: on a terminal of its own; waits for each prompt (a line ending in ": ") before typing.
# An answer "GROUP" is what a prompt "Type group N of it" asks for, out of the key that was shown.
terminal() {
	python3 "$ROOT/tests/helpers/terminal.py" "$@"
}
on a terminal "open sesame" "open sesame" GROUP GROUP -- "$C" init --create --name demo "$S" >"$WORK/typed" 2>&1
check "init asks twice, shows the recovery key and has two groups confirmed" test $? = 0
check "the passphrase is not echoed" sh -c '! grep -q sesame "$0"' "$WORK/typed"
on a terminal a b c d e f -- "$C" init --create --name demo2 "$WORK/s2" >"$WORK/typed" 2>&1
check "init gives up after three pairs that differ" test $? = 3
on a terminal "open sesame" "open says me" "open sesame" "open sesame" GROUP GROUP -- "$C" init --create --name again "$WORK/again" >"$WORK/typed" 2>&1
check "init asks again when two passphrases differ" test $? = 0
on a terminal "x" "x" wrong wrong wrong -- "$C" init --create --name demo2 "$WORK/s2" >"$WORK/typed" 2>&1
check "no vault without a confirmed recovery key" test $? = 1
check "and nothing is on the store" sh -c '[ -z "$(find "$0" -type f 2>/dev/null)" ]' "$WORK/s2"
on a terminal wrong "open sesame" -- "$C" mount demo "$M" >"$WORK/typed" 2>&1
check "mount asks again after a wrong passphrase" test $? = 0
check "lock" lock_vault a demo
on a terminal w1 w2 w3 -- "$C" mount demo "$M" >"$WORK/typed" 2>&1
check "three wrong ones are enough" test $? = 3

# while a key is derived, which takes some time with what init chooses by itself
on a env -u CLOUDSEAL_TEST_KDF "$C" init --create --name slow --passfile <(echo "open sesame") --recovery-file "$WORK/r-slow" "$WORK/slow" >"$WORK/out" 2>&1
on a terminal "open sesame" "LATER:sesame seed" -- "$C" mount slow "$M" >"$WORK/typed" 2>&1
check "a vault whose key takes time" test $? = 0
check "what is typed meanwhile is not echoed" sh -c '! grep -q sesame "$0"' "$WORK/typed"
check "lock" lock_vault a slow
on a env -u CLOUDSEAL_TEST_KDF python3 "$ROOT/tests/helpers/terminal.py" "a b" "a b" "LATER:sesame seed" GROUP GROUP -- "$C" init --create --name slow2 "$WORK/slow2" >"$WORK/typed" 2>&1
check "nor while init makes them, whose questions about the recovery key are echoed" sh -c '! grep -q sesame "$0" && grep -A1 "Type group" "$0"' "$WORK/typed"

echo "open sesame" >"$PASS"
check "--passfd" on a "$C" mount --passfd 5 demo "$M" 5<"$PASS"
check "lock" lock_vault a demo
check "--passfile takes a pipe" on a "$C" mount --passfile <(cat "$PASS") demo "$M"
check "lock" lock_vault a demo
printf '#!/bin/sh\necho "open sesame"\n' >"$WORK/askpass"; chmod 700 "$WORK/askpass"
check "askpass without a terminal" on a setsid -w env CLOUDSEAL_ASKPASS="$WORK/askpass" "$C" mount demo "$M" </dev/null
check "lock" lock_vault a demo
mkdir "$WORK/bin" # a desktop's pinentry, which types a wrong one first and notes all that it is told
cat >"$WORK/bin/pinentry-gtk-2" <<-'EOF'
	#!/bin/sh
	echo OK
	while read -r line; do
		echo "$line" >>"$WORK/told"
		case $line in
		GETPIN) if grep -q SETERROR "$WORK/told"; then echo "D open sesame"; else echo "D wrong"; fi ;;
		esac
		echo OK
	done
EOF
chmod 700 "$WORK/bin/pinentry-gtk-2"
check "pinentry with windows is asked, and again after a wrong one" on a setsid -w env WORK="$WORK" DISPLAY=:99 PATH="$WORK/bin:$PATH" "$C" mount demo "$M" </dev/null
check "it was told whose passphrase, and why again" test "$(grep -cE '^(SETTITLE cloudseal: demo|SETDESC Passphrase of demo|SETOK Unlock|SETKEYINFO u/cloudseal-demo|SETERROR .*passphrase.*)$' "$WORK/told")" = 9
check "lock" lock_vault a demo
printf '#!/bin/sh\nexit 1\n' >"$WORK/askpass"
fails_with 1 "no passphrase" "askpass that gives up" on a setsid -w env CLOUDSEAL_ASKPASS="$WORK/askpass" "$C" mount demo "$M"
on a "$C" config demo passphrase-file "$PASS" >/dev/null
check "a passphrase file the user opted in to" on a "$C" mount demo "$M"
pid=$(on a "$C" status --json demo | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
check "no passphrase in the daemon's arguments" sh -c '! tr "\0" " " <"/proc/$0/cmdline" | grep -q sesame' "$pid"
check "none in its environment" sh -c '! grep -q sesame "/proc/$0/environ"' "$pid"
check "none in its log or settings" sh -c '! grep -rq sesame "$0"' "$(state_dir a demo)"
check "no core dumps" grep -qE "Max core file size +0 +0" "/proc/$pid/limits"
check "no terminal or caller's descriptor is kept" sh -c '[ "$(readlink "/proc/$0/fd/0")" = /dev/null ] && [ ! -e "/proc/$0/fd/5" ] || [ "$(readlink "/proc/$0/fd/5")" != "$1" ]' "$pid" "$PASS"
check "control socket is private" test "$(stat -c %a "$(state_dir a demo)/control")" = 600
check "lock" lock_vault a demo
finish
