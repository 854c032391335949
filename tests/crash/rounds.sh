# Crash rounds, sourced by kill.sh and power.sh after lib.sh. Needs: M (mount dir), J (journal), revive (brings the vault
# back after the crash), crash (kills). A round: work, crash at a random moment, revive, compare with the journal.
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
WORKPY=$ROOT/tests/crash/work.py
SEED=${SEED:-$RANDOM}
worker_stops() { wait "$1" 2>/dev/null; local rc=$?; [ $rc = 0 ] || { echo "worker: exit $rc"; tail -5 "$WORK/worker.log"; return 1; }; }
round() { # round N: 0 when the tree is right afterwards
	local n=$1 worker
	python3 "$WORKPY" run "$M" "$J" $((SEED + n)) 60 >"$WORK/worker.log" 2>&1 & worker=$!
	wait_for 10 test -s "$J"
	sleep "$(python3 -c "import random; print(random.Random($SEED * 1000 + $n).choice([0.05, 0.2, 0.5, 1.0, 1.6]) * random.Random($SEED + $n).uniform(0.5, 1.2))")"
	crash || { echo "nothing to kill in round $n"; return 1; }
	if ! worker_stops $worker; then return 1; fi
	revive || { echo "does not come back after round $n"; return 1; }
	python3 "$WORKPY" check "$M" "$J" >"$WORK/check.log" 2>&1 || { cat "$WORK/check.log"; return 1; }
}
rounds() { # rounds COUNT WHAT
	local n bad=0 done=0
	for n in $(seq "$1"); do
		local at=$EPOCHREALTIME
		if round "$n" >"$WORK/round.log" 2>&1; then
			[ -z "${VERBOSE:-}" ] || echo "round $n: $(tail -1 "$WORK/check.log"); $(python3 -c "print(round($EPOCHREALTIME - $at, 1))") s"
			done=$((done + 1))
		else
			bad=$((bad + 1)); echo "round $n of seed $SEED:"; head -20 "$WORK/round.log" | cut -c1-300
			[ -z "${KEEP_ON_FAILURE:-}" ] || cp -r "$WORK" "$KEEP_ON_FAILURE"
			break
		fi
	done
	if [ $bad = 0 ]; then ok "$2: $done rounds, seed $SEED"; else not_ok "$2: round $((done + 1)) failed, seed $SEED: $(tail -1 "$WORK/round.log" | cut -c1-200)"; fi
	[ $bad = 0 ]
}
# Busy background: uploads, checkpoints and eviction run all the time during the rounds.
test_switches || skip "$CLOUDSEAL has no test switches"
export CLOUDSEAL_TEST_SCALE=small
hurry() { # hurry DEVICE NAME
	on "$1" "$CLOUDSEAL" config "$2" upload-delay 100ms >/dev/null && on "$1" "$CLOUDSEAL" config "$2" poll-interval 1s >/dev/null &&
		on "$1" "$CLOUDSEAL" config "$2" checkpoint-min 64K >/dev/null
}
# vanish PID: the process is gone with all its threads; its first one is a zombie (which counts) before the others end.
vanish() { local p=$1; kill -KILL "$p"; while alive "$p"; do sleep 0.01; done; }
alive() {
	local state threads
	read -r _ _ state _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ threads _ 2>/dev/null <"/proc/$1/stat" && { [ "$state" != Z ] || [ "$threads" != 1 ]; }
}
