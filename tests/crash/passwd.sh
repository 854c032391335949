#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# passwd is killed between any two of its steps, and at random moments: afterwards the old passphrase opens or the new one, never
# neither, never both, and what is left of the other goes at the next mount.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
test_switches || skip "the program has no test switches: meson configure -Dtest_switches=true"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 200 || echo 15)}
M=$WORK/mnt C=$CLOUDSEAL D=$(state_dir a v)
mkdir "$M"
for n in 0 1; do echo "passphrase $n" >"$WORK/pass$n"; chmod 600 "$WORK/pass$n"; done
now=0 # which of the two is in force
opens() { on a "$C" mount --passfile "$WORK/pass$1" v "$M" 2>>"$WORK/why" && lock_vault a v >/dev/null; }
only_unlock() { test "$(cd "$D" && echo unlock*)" = unlock; }
# either: one of the two opens, and that is in force; nothing of the other is left.
either() {
	local old=0 new=0
	opens "$now" && old=1
	opens $((1 - now)) && new=1
	[ $((old + new)) = 1 ] || { echo "old: $old, new: $new"; cat "$WORK/why"; return 1; }
	[ $new = 0 ] || now=$((1 - now))
	only_unlock
}
change() { # change [VARIABLE=...]: from what is in force to the other
	on a env "$@" "$C" passwd --passfile "$WORK/pass$now" --new-passfile "$WORK/pass$((1 - now))" v
}
start() { # as change, with no shell in between, so that the kill hits the program
	local d=$WORK/device-a
	exec env HOME="$d/home" XDG_DATA_HOME="$d/data" XDG_RUNTIME_DIR="$d/run" \
		"$C" passwd --passfile "$WORK/pass$now" --new-passfile "$WORK/pass$((1 - now))" v
}
check "init" on a "$C" init --name v --passfile "$WORK/pass0" --recovery-file "$WORK/key" --create "$WORK/store"
for step in sealed written in-force durable overwritten; do
	before=$now
	change CLOUDSEAL_TEST_KILL=unlock-$step >/dev/null 2>&1; rc=$?
	check "killed where it is $step" test $rc = 137
	either >"$WORK/log" 2>&1; rc=$?
	check "one of the two opens, and nothing else is left" eval 'cat "$WORK/log"; [ $rc = 0 ]'
	case $step in
	sealed | written) want=$before ;;
	*) want=$((1 - before)) ;;
	esac
	check "it is the one that it must be" test $now = $want
done
moments() {
	local n pid
	for n in $(seq "$ROUNDS"); do
		start & pid=$!
		sleep "$(python3 -c "import random; print(round(random.Random($SEED * 1000 + $n).uniform(0.0, $1), 4))")"
		kill -KILL "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
		either || { echo "round $n of seed $SEED"; return 1; }
	done
}
from=$EPOCHREALTIME
check "one that is not killed" change
now=$((1 - now))
longest=$(python3 -c "print(max(0.05, 1.2 * ($EPOCHREALTIME - $from)))")
moments "$longest" >"$WORK/moments" 2>&1; rc=$?
check "killed at $ROUNDS moments, seed $SEED" eval 'tail -5 "$WORK/moments"; [ $rc = 0 ]'
finish
