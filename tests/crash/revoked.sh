#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A device is removed, and the daemon that does it is killed at any moment of that: afterwards the same command ends well, the others have what is
# written then, and the removed one has nothing of it.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 40 || echo 4)}
moment() { python3 -c "import random; print(round(random.Random($SEED * 1000 + $1).uniform(0.0, $2), 4))"; }
S=$WORK/store A=$WORK/a B=$WORK/b P=$WORK/p C=$CLOUDSEAL
revoke() { on a "$C" device revoke --yes v "$1"; }
out() { on a "$C" device list --json v | python3 -c 'import json,sys; sys.exit(not any(x["name"] == sys.argv[1] and x["state"] == "revoked" for x in json.load(sys.stdin)["devices"]))' "$1"; }
arrives() { for d in a b a b; do sync_vault "$d" v >/dev/null 2>&1; done; cmp "$A/$1" "$B/$1"; }
round_of() { # N
	local n=$1 d=d$1
	join_vault "$d" v "$S" --device-name "$d" >/dev/null && mount_vault "$d" v "$P" && echo "$d" >"$P/by-$d" || return 1
	for x in "$d" a b "$d"; do sync_vault $x v >/dev/null; done
	(revoke "$d") >"$WORK/revoke" 2>&1 & local pid=$!
	sleep "$(moment "$n" "$TIME")"
	kill -KILL "$(pid_of a v)" 2>/dev/null; wait $pid
	lock_vault a v >/dev/null 2>&1; mount_vault a v "$A" || return 1
	out "$d" || revoke "$d" >"$WORK/revoke2" 2>&1 || { out "$d" || { cat "$WORK/revoke" "$WORK/revoke2"; return 1; }; }
	echo "later $n" >"$A/later-$n"
	arrives "later-$n" || { echo "the others do not go on"; return 1; }
	on "$d" "$C" sync v >/dev/null 2>&1
	! [ -e "$P/later-$n" ] || { echo "the removed one reads on"; return 1; }
	on "$d" "$C" lock --no-wait v >/dev/null 2>&1
	on a "$C" sync v >/dev/null || { on a "$C" status v; return 1; }
}
new_vault a v "$S" --device-name desk >/dev/null && mount_vault a v "$A" && echo 1 >"$A/one" && sync_vault a v >/dev/null || { not_ok "a vault"; finish; }
join_vault b v "$S" --device-name laptop >/dev/null && mount_vault b v "$B" || { not_ok "join"; finish; }
join_vault d0 v "$S" --device-name d0 >/dev/null && mount_vault d0 v "$P" && sync_vault d0 v >/dev/null && sync_vault a v >/dev/null || { not_ok "join"; finish; }
from=$EPOCHREALTIME
check "one that nobody kills" revoke d0
TIME=$(python3 -c "print(max(0.05, $EPOCHREALTIME - $from))")
on d0 "$C" lock --no-wait v >/dev/null 2>&1
for n in $(seq "$ROUNDS"); do check "killed: round $n of seed $SEED" round_of "$n"; done
check "who joins now has all of it" eval 'join_vault z v "$S" --device-name z >/dev/null && mount_vault z v "$WORK/z" && wait_for 60 same_tree "$A" "$WORK/z"'
for d in a b z; do check "lock of $d" lock_vault $d v; done
finish
