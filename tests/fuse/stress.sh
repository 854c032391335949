#!/usr/bin/env bash
# dbench and stress-ng's file system class on the mount: every stressor verifies what it did, and the vault is whole after it.
# A short round of each; CLOUDSEAL_FULL=1: dbench for a minute with 8 clients, every stressor of the class for 10 seconds.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
command -v stress-ng >/dev/null || skip "stress-ng is not installed"
command -v dbench >/dev/null || skip "dbench is not installed"
if [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then clients=8 seconds=60; else clients=2 seconds=2; fi

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
[ $FAILED = 0 ] || finish
mkdir "$M/dbench" "$M/stress" "$M/kept"; head -c 3000000 /dev/urandom >"$M/kept/file"; sha256sum "$M/kept/file" >"$WORK/sum"

dbench_runs() {
	dbench -D "$M/dbench" -t "$seconds" "$clients" >"$WORK/dbench.log" 2>&1 || { tail -5 "$WORK/dbench.log"; return 1; }
	! grep -v 'barrier semaphore' "$WORK/dbench.log" | grep -iE 'fail|error' && grep -q '^Throughput' "$WORK/dbench.log"
}
check "dbench with $clients clients" dbench_runs
echo "# $(grep '^Throughput' "$WORK/dbench.log")"

skipped=" bind-mount binderfs eventfd ioprio procfs sysfs " # the first is refused as pathological; the others are about no file of ours
limited() { # STRESSOR: by a count of operations, not by time, so that the work is the same on any machine
	stress-ng --verify --temp-path "$M/stress" --timeout 60 --no-rand-seed --quiet --"$1" 1 --"$1"-ops "$2"
}
timed() { stress-ng --verify --temp-path "$M/stress" --timeout 10 --no-rand-seed --quiet --"$1" 2; }
verified() { # HOW STRESSOR...: 0 well, 3 and 4: not for this kernel or file system; 2: a wrong result
	local rc; "$@"; rc=$?
	[ $rc = 0 ] || [ $rc = 3 ] || [ $rc = 4 ] || return $rc
	daemon_lives
}
daemon_lives() { on a "$CLOUDSEAL" status --json v | grep -q '"mounted": true' && [ "$(sha256sum "$M/kept/file")" = "$(cat "$WORK/sum")" ]; }
if [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then
	for s in $(stress-ng --class 'filesystem?' 2>/dev/null | sed 's/.*: //'); do
		case $skipped in *" $s "*) continue ;; esac
		check "stress-ng $s" verified timed "$s"
	done
else
	while read -r s ops; do check "stress-ng $s" verified limited "$s" "$ops"; done <<-'END'
		access 5
		chmod 20
		copy-file 3
		dentry 100
		dir 50
		fallocate 5
		getdent 20
		hdd 20
		lockofd 50
		rename 100
		utime 50
	END
fi
check "stress-ng leaves nothing behind" [ -z "$(ls -A "$M/stress")" ]
check "sync" sync_vault a v
check "lock" lock_vault a v
check "mount again" mount_vault a v "$M"
check "what was there before is there" daemon_lives
check "a second device joins" join_vault b w "$WORK/store"
check "and mounts" mount_vault b w "$WORK/mnt2"
check "and sees the same tree" same_tree "$M" "$WORK/mnt2"
check "lock a" lock_vault a v
check "lock b" lock_vault b w
finish
