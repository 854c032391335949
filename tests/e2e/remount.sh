#!/usr/bin/env bash
# Mount, work, lock, CYCLES times on one vault: no process, kernel mount, runtime or temporary file is left, and the state directory
# does not grow. Then one mount under much opening, closing, looking up and forgetting: descriptors, threads and memory stay.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
CYCLES=${CYCLES:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 500 || echo 12)}
PATH=/usr/bin:/bin:$PATH # a version manager's python3 takes a second to start
M=$WORK/mnt
mkdir -p "$WORK/tmp" "$M"
export TMPDIR=$WORK/tmp
left() { # what a mount may have left behind, one line each
	ls -A "$TMPDIR" "$WORK"/device-a/run/* "$WORK"/device-a/home
	(cd "$(state_dir a v)" && find . -type f -o -type l | sort)
	grep -F "$WORK" /proc/mounts
	pgrep -a -f -- "^$CLOUDSEAL mount .*$WORK" | cut -d' ' -f2-
}
size() { du -sk "$(state_dir a v)" | cut -f1; }
cycle() { # the same files with new contents
	mount_vault a v "$M" || return 1
	[ "$1" = 1 ] || grep -qx "cycle $(($1 - 1))" "$M/small" || { echo "what cycle $(($1 - 1)) wrote is not there"; return 1; }
	echo "cycle $1" >"$M/small"
	head -c 50000 /dev/urandom >"$M/new" && mv "$M/new" "$M/data" && mkdir "$M/d" && rmdir "$M/d"
	lock_vault a v
}
cycles() { # cycles FROM TO
	local n
	for n in $(seq "$1" "$2"); do
		cycle "$n" >"$WORK/cycle.log" 2>&1 || { echo "cycle $n:"; cat "$WORK/cycle.log"; return 1; }
	done
}
check "init" new_vault a v "$WORK/store"
check "2 cycles" cycles 1 2
left >"$WORK/left.1" 2>/dev/null
before=$(size)
check "$((CYCLES - 2)) more" cycles 3 "$CYCLES"
left >"$WORK/left.2" 2>/dev/null
check "nothing is left that was not there" diff "$WORK/left.1" "$WORK/left.2"
check "no process" test -z "$(grep -F "$CLOUDSEAL mount" "$WORK/left.2")"
check "no kernel mount" test -z "$(grep -F " fuse" "$WORK/left.2")"
after=$(size)
echo "state directory: $before KiB after 2 cycles, $after KiB after $CYCLES"
check "the state directory does not grow" test "$after" -le $((before + 8192 + 4 * CYCLES))

# --- one process
figures() { # descriptors, threads, KiB of anonymous memory
	echo "$(ls /proc/"$PID"/fd | wc -l) $(ls /proc/"$PID"/task | wc -l) $(awk '/RssAnon/ { print $2 }' /proc/"$PID"/status)"
}
churn() { # churn TIMES
	python3 "$ROOT/tests/e2e/remount_churn.py" "$M" "$1"
	{ echo 2 >/proc/sys/vm/drop_caches; } 2>/dev/null # the kernel forgets what it looked up
	return 0
}
many() { for d in $(seq 0 19); do mkdir -p "$M/t/$d" && for i in $(seq 0 99); do echo "$d $i" >"$M/t/$d/$i"; done; done; }
check "mount" mount_vault a v "$M"
check "2,000 files" many
check "sync" sync_vault a v
PID=$(pid_of a v)
# Threads come as they are needed, each with an arena of its own, which fills in some eighty rounds: 12 MiB after ten, 19 after
# eighty, 23 after 150 and after 500.
warm() { # another ten rounds take less than a MiB, before a hundred are over
	local n was
	churn 10
	for n in $(seq 9); do
		was=$(figures) && churn 10
		[ "$(figures | cut -d' ' -f3)" -gt $((${was##* } + 1024)) ] || return 0
	done
	return 1
}
check "warm up" warm
read -r fds threads kib <<<"$(figures)"
check "opened, closed, looked up, forgotten" churn $((CYCLES < 100 ? CYCLES * 2 : 200))
steady() { read -r f t _ <<<"$(figures)"; [ "$f" -le "$fds" ] && [ "$t" -le $((threads + 4)) ]; }
wait_for 30 steady
read -r fds2 threads2 kib2 <<<"$(figures)"
echo "descriptors $fds -> $fds2, threads $threads -> $threads2, RssAnon $kib -> $kib2 KiB"
check "no more descriptors" test "$fds2" -le "$fds"
check "no more threads than FUSE keeps idle" test "$threads2" -le $((threads + 4))
check "no more memory" test "$kib2" -le $((kib + 4096))
check "lock" lock_vault a v
finish
