#!/usr/bin/env bash
# Locks between two processes (flock, POSIX, OFD), inotify, and locks that programs take: flock(1), sqlite from two writers.
# timeout: 180
. "$(dirname "$0")/../lib.sh"
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
mkdir "$M/dir"
timeout 150 python3 "$(dirname "$0")/locks.py" "$M/dir" || FAILED=$((FAILED + 1))
flock_counts() {
	echo 0 >"$M/n"
	one() { for _ in $(seq 10); do flock "$M/lock" sh -c 'read -r n <"$1"; echo $((n + 1)) >"$1"' sh "$M/n" || return 1; done; }
	one & local p=$!
	one && wait $p && [ "$(cat "$M/n")" = 20 ]
}
check "flock(1) keeps two loops apart" flock_counts
writers() { # journal mode
	local db=$M/two-$1.sqlite
	sqlite3 "$db" "PRAGMA journal_mode=$1; CREATE TABLE t(a)" >/dev/null || return 1
	one() { for i in $(seq 8); do echo ".timeout 60000
INSERT INTO t VALUES($i);"; done | sqlite3 "$db"; }
	one & local p=$!
	one && wait $p && [ "$(sqlite3 "$db" 'SELECT count(*) FROM t')" = 16 ] && [ "$(sqlite3 "$db" 'PRAGMA integrity_check')" = ok ]
}
check "two sqlite writers with WAL" writers wal
check "two sqlite writers with a rollback journal" writers delete
check "lock" lock_vault a v
finish
