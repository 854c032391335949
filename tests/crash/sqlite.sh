#!/usr/bin/env bash
# sqlite while the daemon is killed (SIGKILL) at random moments: after each remount the database is sound and has every
# transaction that sqlite had said is committed. 2 rounds a journal mode; CLOUDSEAL_FULL=1: 40.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/rounds.sh"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 40 || echo 2)}
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"

# The writer: transactions of some rows; what is committed goes to a file outside before the next one begins. Accounts
# move between each other, so half a transaction shows as a wrong sum. With journal_mode=delete a transaction is committed
# by removing the journal, which sqlite does not sync (synchronous=FULL), or only tries to: with EXTRA it takes it for
# committed if it cannot open the directory any more. So the writer syncs the directory itself before it tells.
create() { # MODE
	sqlite3 "$M/$1.db" "PRAGMA journal_mode=$1; CREATE TABLE account(id INTEGER PRIMARY KEY, v); CREATE TABLE log(n INTEGER PRIMARY KEY, b);
		WITH RECURSIVE i(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM i WHERE x < 99) INSERT INTO account SELECT x, 100 FROM i;" >/dev/null &&
		sync "$M"
}
lines() { if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi; }
more_than() { [ "$(lines "$WORK/$1.done")" -gt "$2" ]; }
sound() { # MODE
	local told last
	[ "$(sqlite3 "$M/$1.db" 'PRAGMA integrity_check')" = ok ] || { sqlite3 "$M/$1.db" 'PRAGMA integrity_check' | head -5; return 1; }
	[ "$(sqlite3 "$M/$1.db" 'SELECT sum(v) FROM account')" = 10000 ] || { echo "half a transaction is there"; return 1; }
	told=$(tail -1 "$WORK/$1.done"); last=$(sqlite3 "$M/$1.db" 'SELECT max(n) FROM log')
	[ "$last" -ge "$told" ] || { echo "$told was committed, $last is there"; return 1; }
	[ "$last" -le $((told + 1)) ] || { echo "$told was committed, $last is there: more than was made"; return 1; }
}
round() { # MODE: writes until some more is committed, and a moment longer
	local had writer; had=$(lines "$WORK/$1.done")
	python3 "$ROOT/tests/crash/sqlite_writer.py" "$M/$1.db" "$1" "$WORK/$1.done" 2>/dev/null & writer=$!
	wait_for 60 more_than "$1" $((had + RANDOM % 20)) || { echo "nothing is committed"; kill $writer; return 1; }
	sleep "0.0$((RANDOM % 10))"
	vanish "$(pid_of a v)"
	wait $writer # it meets the dead mount and ends
	mount_vault a v "$M" || { echo "mount: exit $?"; return 1; }
	sound "$1"
}

check "init" new_vault a v "$WORK/store"
check "busy settings" hurry a v
check "mount" mount_vault a v "$M"
[ $FAILED = 0 ] || finish
for mode in wal delete truncate; do
	check "a database with journal_mode=$mode" create $mode
	good=0
	for i in $(seq "$ROUNDS"); do
		if round $mode >"$WORK/out" 2>&1; then good=$((good + 1)); else not_ok "round $i with $mode"; cat "$WORK/out"; break; fi
	done
	check "$good of $ROUNDS kills with $mode: every committed transaction is there ($(lines "$WORK/$mode.done") in all)" [ "$good" = "$ROUNDS" ]
done
check "sync" sync_vault a v
check "a second device joins" join_vault b w "$WORK/store"
check "and mounts" mount_vault b w "$WORK/mnt2"
M=$WORK/mnt2
for mode in wal delete truncate; do check "and finds the $mode database sound" sound $mode; done
check "lock a" lock_vault a v
check "lock b" lock_vault b w
finish
