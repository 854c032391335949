#!/usr/bin/env bash
# init and join are killed at any moment: afterwards no half vault opens, running the same again works or says what to do,
# and nothing of what the store had is lost.
# timeout: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 100 || echo 12)}
moment() { python3 -c "import random; print(round(random.Random($SEED * 1000 + $1).uniform(0.0, $2), 4))"; }
# killed N SECONDS COMMAND...: started, and killed after a random share of that time; 0 when the kill came in time.
killed() {
	local n=$1 longest=$2 pid rc; shift 2
	"$@" >"$WORK/killed.log" 2>&1 & pid=$!
	sleep "$(moment "$n" "$longest")"
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null; rc=$?
	[ $rc = 137 ]
}
seconds_of() { local from=$EPOCHREALTIME; "$@" >/dev/null 2>&1 || return 1; python3 -c "print(max(0.05, $EPOCHREALTIME - $from))"; }
start() { # start DEVICE VERB STORE KEYFILE: no shell in between, so that the kill hits the program
	local d=$WORK/device-$1
	on "$1" true
	exec env HOME="$d/home" XDG_DATA_HOME="$d/data" XDG_RUNTIME_DIR="$d/run" \
		"$CLOUDSEAL" $2 --name v --passfile "$PASS" ${4:+--recovery-file "$4"} "$3"
}
usable() { # usable DEVICE DIR: mounts, takes a file, uploads it, locks
	mount_vault "$1" v "$2" && echo "made by $1" >"$2/from-$1" && sync_vault "$1" v && lock_vault "$1" v
}
known() { on "$1" "$CLOUDSEAL" list --json | grep -q '"v"'; }

init_round() { # a killed init: the vault exists on both sides, or the same command makes it now, or says why not
	local n=$1 d=i$1 store=$WORK/store-i$1 key=$WORK/key-i$1
	killed "$n" "$INIT_TIME" start "$d" "init --create" "$store" "$key"
	if known "$d"; then usable "$d" "$WORK/mnt-$d"; return; fi
	! on "$d" "$CLOUDSEAL" mount --passfile "$PASS" v "$WORK" 2>/dev/null || { echo "a half vault opens"; return 1; }
	rm -f "$key.2"
	if (start "$d" "init --create" "$store" "$key.2") >"$WORK/again.log" 2>&1; then usable "$d" "$WORK/mnt-$d"; return; fi
	grep -qE 'cloudseal join|not empty|exists already' "$WORK/again.log" || { echo "no advice:"; cat "$WORK/again.log"; return 1; }
	if [ -e "$store/cloudseal-vault" ]; then # the header was PUT: the vault is there, and the key of the first run opens it
		[ -s "$key" ] || { echo "a vault without its recovery key"; return 1; }
		join_vault "$d" v "$store" --recovery-file "$key" && usable "$d" "$WORK/mnt-$d"; return
	fi
	grep -q 'not empty' "$WORK/again.log" && rm -rf "$store" && (start "$d" "init --create" "$store" "$key.3") && usable "$d" "$WORK/mnt-$d"
}
join_round() { # a killed join: the same command works afterwards, and the vault is as it was
	local n=$1 d=j$1
	killed "$n" "$JOIN_TIME" start "$d" join "$WORK/store" "$KEY"
	if ! known "$d"; then
		! on "$d" "$CLOUDSEAL" mount --passfile "$PASS" v "$WORK" 2>/dev/null || { echo "a half vault opens"; return 1; }
		(start "$d" join "$WORK/store" "$KEY") || return 1
	fi
	mount_vault "$d" v "$WORK/mnt-$d" && cmp "$WORK/mnt-$d/precious" "$PASS" && echo "$n" >"$WORK/mnt-$d/joined-$n" &&
		sync_vault "$d" v && lock_vault "$d" v
}
many() { # many init|join: 0 when all rounds went well
	local n
	for n in $(seq "$ROUNDS"); do
		"$1_round" "$n" >"$WORK/$1.log" 2>&1 || { echo "round $n of seed $SEED:"; head -20 "$WORK/$1.log"; return 1; }
		rm -rf "$WORK/device-${1:0:1}"* "$WORK/store-${1:0:1}"*
	done
}
check "init" new_vault a v "$WORK/store"
KEY=$(recovery_at "$WORK/store")
check "mount" mount_vault a v "$WORK/mnt"
cp "$PASS" "$WORK/mnt/precious"
check "lock" lock_vault a v --flush
first_init() { (start t "init --create" "$WORK/store-t" "$WORK/key-t"); }
first_join() { (start u join "$WORK/store" "$KEY"); }
# Both at the same time, as what is measured for the moments of the kills.
seconds_of first_init >"$WORK/init-time" & timed=$!
JOIN_TIME=$(seconds_of first_join); wait $timed
INIT_TIME=$(cat "$WORK/init-time")
many init >"$WORK/inits" & inits=$!
many join >"$WORK/joins"; joined=$?
wait $inits; made=$?
check "init killed: $ROUNDS rounds, seed $SEED" eval 'cat "$WORK/inits"; [ $made = 0 ]'
check "join killed: $ROUNDS rounds, seed $SEED" eval 'cat "$WORK/joins"; [ $joined = 0 ]'
check "mount again" mount_vault a v "$WORK/mnt"
check "the file is still there" cmp "$WORK/mnt/precious" "$PASS"
wait_for 30 test -e "$WORK/mnt/joined-$ROUNDS"
check "and all that came after" test "$(ls "$WORK"/mnt | grep -c joined-)" = "$ROUNDS"
check "lock again" lock_vault a v

# --- what one left is forgotten ---
left() { mkdir -p -m 700 "$(state_dir l v)/map" && : >"$(state_dir l v)/lock" && { [ -z "$1" ] || : >"$(state_dir l v)/$1"; }; }
gone() { ! [ -e "$(state_dir l v)" ]; }
left unlock
fails_with 12 "^cloudseal: v: an init or join of that name did not end, and goes on when it is run again; forget --discard drops it" "not by mistake" on l "$CLOUDSEAL" forget v
check "nor is it a vault" sh -c '! "$@" 2>/dev/null' sh env XDG_DATA_HOME="$WORK/device-l/data" "$CLOUDSEAL" mount v
check "it is there" test -e "$(state_dir l v)/unlock"
exec 8>>"$(state_dir l v)/lock"; flock 8
fails_with 8 "an init or join of that name is running: end it first" "while one runs" on l "$CLOUDSEAL" forget --discard v
exec 8>&-
check "with --discard" on l "$CLOUDSEAL" forget --discard v
check "it goes" gone
left ""
check "one that had not begun goes at once" on l "$CLOUDSEAL" forget v
check "it is gone" gone
fails_with 10 "no vault of that name" "and then there is none" on l "$CLOUDSEAL" forget v
finish
