#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A join by invitation is killed at any moment, and the inviting daemon, too: afterwards the same commands let that device in, and no
# half vault opens.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 60 || echo 6)}
moment() { python3 -c "import random; print(round(random.Random($SEED * 1000 + $1).uniform(0.0, $2), 4))"; }
S=$WORK/store M=$WORK/m
as() { # DEVICE COMMAND...: no shell in between, so that a kill hits the program
	local d=$WORK/device-$1
	on "$1" true; shift
	exec env HOME="$d/home" XDG_DATA_HOME="$d/data" XDG_RUNTIME_DIR="$d/run" "$@"
}
joiner() { as "$1" "$CLOUDSEAL" join --name v --invite-file "$WORK/code" --passfile "$PASS" --timeout 90 "$S"; }
invites() { rm -f "$WORK/invite"; (as a "$CLOUDSEAL" device invite --yes v) >"$WORK/invite" 2>&1 & inviter=$!; }
code() { # of a new invitation
	invites
	wait_for 60 grep -qE '^    [0-9A-Z]{5}-' "$WORK/invite" || { cat "$WORK/invite"; return 1; }
	(umask 077; sed -nE 's/^    ([0-9A-Z]{5}-.*)/\1/p' "$WORK/invite" >"$WORK/code")
}
known() { on "$1" "$CLOUDSEAL" list --json | grep -q '"v"'; }
usable() { mount_vault "$1" v "$WORK/m-$1" && cmp "$WORK/m-$1/precious" "$PASS" && echo "$1" >"$WORK/m-$1/by-$1" && sync_vault "$1" v && lock_vault "$1" v; }
round_of() { # N
	local n=$1 d=d$1 pid
	code || return 1
	(joiner "$d") >"$WORK/join" 2>&1 & pid=$!
	sleep "$(moment "$n" "$JOIN_TIME")"
	kill -KILL "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
	if [ $((n % 2)) = 0 ]; then # and the daemon of the inviting one
		kill -KILL "$(pid_of a v)"; wait $inviter; lock_vault a v; mount_vault a v "$M" || return 1
		invites
	fi
	if ! known "$d"; then
		! on "$d" "$CLOUDSEAL" mount --passfile "$PASS" v "$WORK" 2>/dev/null || { echo "a half vault opens"; return 1; }
		(joiner "$d") >"$WORK/join2" 2>&1 || { cat "$WORK/join" "$WORK/join2" "$WORK/invite"; return 1; }
	fi
	kill $inviter 2>/dev/null; wait $inviter 2>/dev/null
	on a "$CLOUDSEAL" device invite --withdraw v >/dev/null 2>&1 # where an invitation was begun that nobody needs
	usable "$d"
}
check "init" new_vault a v "$S"
check "mount" mount_vault a v "$M"
cp "$PASS" "$M/precious"
check "sync" sync_vault a v
from=$EPOCHREALTIME
check "one that nobody kills" eval 'code && (joiner u) >"$WORK/join" 2>&1 && wait $inviter'
JOIN_TIME=$(python3 -c "print(max(0.05, $EPOCHREALTIME - $from))")
for n in $(seq "$ROUNDS"); do
	check "killed: round $n of seed $SEED" round_of "$n"
done
check "all that joined have written" wait_for 60 eval '[ "$(ls "$M" | grep -c by-)" = "$ROUNDS" ]'
check "lock" lock_vault a v
finish
