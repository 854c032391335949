#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A header says what trying a passphrase on it costs, so whoever can write to the cloud does: over 1 GiB of memory a person is asked first,
# and where there is nobody to ask, or they say no, nothing is tried and nothing is left. This takes that memory.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
S=$WORK/store M=$WORK/m C=$CLOUDSEAL ASKS="To try a passphrase takes 1\.0 GiB of memory and about [^:]*: so says the header"
[ "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -gt 2000000 ] || skip "under 2 GB of memory is free"
mkdir "$M"
terminal() { on "$1" python3 "$ROOT/tests/helpers/terminal.py" "${@:2}" >"$WORK/typed" 2>&1; }
said() { grep -qE "$1" "$WORK/typed" || { cat "$WORK/typed"; return 1; }; }
times() { [ "$(grep -cE "$2" "$WORK/typed")" = "$1" ] || { cat "$WORK/typed"; return 1; }; }
join() { terminal b "$@" -- "$C" join --name v --portable-passphrase "$S"; }
none() { ! on b "$C" list | grep -q . && ! [ -e "$(state_dir b v)" ]; }
ends() { local code=$1 rc; shift; "$@"; rc=$?; [ "$rc" = "$code" ] || { echo "exit $rc"; cat "$WORK/typed"; return 1; }; }
CLOUDSEAL_TEST_KDF=large check "a vault whose portable passphrase costs over 1 GiB" new_vault a v "$S" --portable-passphrase
for answer in n "" N no perhaps EOF; do
	check "'$answer': it is not tried" ends 1 join "$(cat "$PASS")" "$answer"
	check "it was asked" said "$ASKS"
	check "what else opens it is said" said "$S: it was not tried: without --portable-passphrase its recovery key opens it"
	check "and nothing is left here" none
done
fails_with 1 "$S: to try a passphrase takes 1\.0 GiB of memory and about .*: open it on a terminal, which asks first, or with its recovery key" "without a terminal nobody is asked" \
	on b setsid -w "$C" join --name v --portable-passphrase --passfile "$PASS" "$S"
check "nor is anything left" none
check "yes, once, also where the first passphrase is wrong" join wrong y "$(cat "$PASS")"
check "it was asked once" times 1 "$ASKS"
check "and joins" said "Joined vault v"
check "what opens it on this device is its own, and is not asked about" terminal b "$(cat "$PASS")" -- "$C" mount v "$M"
check "that is so" times 0 "$ASKS"
check "lock" lock_vault b v
check "the recovery key opens it unasked" ends 0 terminal c "$(cat "$WORK/recovery-v")" "$(cat "$PASS")" "$(cat "$PASS")" -- "$C" join --name v "$S"
check "that is so" times 0 "$ASKS"
finish
