#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# init and join are killed between any two of their steps: afterwards the same goes on or begins anew, nothing half is on the
# store, and there is one member more, not two. POINTS=N: so many of the steps, the first and the last among them.
# timeout: 900
. "$(dirname "$0")/../lib.sh"
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
POINTS=${POINTS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 10000 || echo 9)}
SHIM=$WORK/kill_at.so
gcc -O1 -Wall -D_GNU_SOURCE -shared -fPIC -o "$SHIM" "$ROOT/tests/crash/kill_at.c" -ldl || skip "the shim does not build"
grep -qa __asan_init "$CLOUDSEAL" && skip "a preloaded library comes before the sanitizer's"

# at K DEVICE ARGUMENTS...: the command, killed before its step K; 0: it lives.
at() {
	local k=$1 d=$2; shift 2
	on "$d" env LD_PRELOAD="$SHIM" KILL_AT="$k" KILL_COUNT="$WORK/count" "$CLOUDSEAL" "$@"
}
some() { # some TOTAL: which of them
	seq "$1" | awk -v n="$1" -v p="$POINTS" 'p >= n || NR == 1 || int(NR * (p - 1) / n) != int((NR - 1) * (p - 1) / n)'
}
objects() { find "$1" -type f ! -name '.cloudseal-*' | wc -l; }
known() { on "$1" "$CLOUDSEAL" list --json | grep -q '"v"'; }
usable() { # usable DEVICE DIR PASSFILE: mounts, takes a file, uploads it
	mkdir -p "$2"
	on "$1" timeout 240 "$CLOUDSEAL" mount --passfile "$3" v "$2" && echo "by $1" >"$2/from-$1" && sync_vault "$1" v
}
members() { on "$1" "$CLOUDSEAL" status --json v | python3 -c 'import json,sys; print(json.load(sys.stdin)["devices"])'; }
OTHER=$WORK/other-passphrase
echo "another one, staple" >"$OTHER"; chmod 600 "$OTHER"

# -- init --
init_at() { at "$1" "$2" init --name v --passfile "$PASS" --recovery-file "$3" --create "$4"; }
check "init" init_at 0 i0 "$WORK/key-0" "$WORK/store-0"
INIT_STEPS=$(cat "$WORK/count")
WHOLE=$(objects "$WORK/store-0")
check "it has steps" test "$INIT_STEPS" -gt 20
init_killed() { # init_killed K
	local k=$1 d=i$1 s=$WORK/store-$1 key=$WORK/key-$1 rc secret=$PASS
	init_at "$k" "$d" "$key" "$s"; rc=$?
	[ $rc = 137 ] || { echo "not killed: $rc"; return 1; }
	if ! known "$d"; then
		if [ -e "$s/cloudseal-vault" ]; then # the vault is there: the key on paper opens it, and it goes on as its first device
			secret=$OTHER
			on "$d" "$CLOUDSEAL" init --name v --passfile "$PASS" --recovery-file "$key.2" --create "$s" 2>&1 | grep -q "use cloudseal join" || { echo "no advice"; return 1; }
			on "$d" "$CLOUDSEAL" join --name v --passfile "$OTHER" --recovery-file "$key" "$s" || return 1
		else
			on "$d" "$CLOUDSEAL" init --name v --passfile "$PASS" --recovery-file "$key.2" --create "$s" || return 1
		fi
	fi
	[ "$(objects "$s")" = "$WHOLE" ] || { echo "$(objects "$s") objects, not $WHOLE"; return 1; }
	usable "$d" "$WORK/mnt-$d" "$secret" || return 1
	[ "$(members "$d")" = 1 ] || { echo "$(members "$d") members"; return 1; }
	lock_vault "$d" v
}
for k in $(some "$INIT_STEPS"); do check "init killed before step $k of $INIT_STEPS" init_killed "$k"; done

# -- join --
S=$WORK/store-a
check "a vault" new_vault a v "$S"
KEY=$(recovery_at "$S")
check "mounted" mount_vault a v "$WORK/mnt-a"
cp "$PASS" "$WORK/mnt-a/precious"
check "sync" sync_vault a v
join_at() { at "$1" "$2" join --name v --passfile "$PASS" --recovery-file "$KEY" "$S"; }
check "join" join_at 0 j0
JOIN_STEPS=$(cat "$WORK/count")
check "it has steps" test "$JOIN_STEPS" -gt 20
check "and is usable" usable j0 "$WORK/mnt-j0" "$PASS"
has() { sync_vault a v >/dev/null && [ "$(members a)" = "$1" ]; }
check "two members" wait_for 60 has 2
MEMBERS=2
join_killed() { # join_killed K: and again with another passphrase, which is the one that opens it then
	local k=$1 d=j$1 rc secret=$PASS
	join_at "$k" "$d"; rc=$?
	[ $rc = 137 ] || { echo "not killed: $rc"; return 1; }
	if ! known "$d"; then
		secret=$OTHER
		on "$d" "$CLOUDSEAL" join --name v --passfile "$OTHER" --recovery-file "$KEY" "$S" || return 1
	fi
	usable "$d" "$WORK/mnt-$d" "$secret" && cmp "$WORK/mnt-$d/precious" "$PASS" || return 1
	wait_for 60 has $((MEMBERS + 1)) || { echo "$(members a) members, not $((MEMBERS + 1))"; return 1; }
	lock_vault "$d" v
}
for k in $(some "$JOIN_STEPS"); do
	check "join killed before step $k of $JOIN_STEPS" join_killed "$k"
	MEMBERS=$((MEMBERS + 1))
done
check "lock" lock_vault a v
finish
