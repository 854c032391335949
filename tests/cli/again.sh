#!/usr/bin/env bash
# A vault is mounted again at once after every way to end a mount, and pairs of ways at the same moment: the first try works, no process
# stays, and what was made durable is there. SEED: another order.
# timeout: 400
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
[ "$(id -u)" = 0 ] || skip "umount -f and -l need root"
RANDOM=${SEED:-$$}
echo "# SEED=${SEED:-$$}"
ways=(umount umount_lazy umount_forced lock lock_lazy terminate kill)
umount_() { umount "$M"; }
umount_lazy() { umount -l "$M"; }
umount_forced() { umount -f "$M"; }
lock() { lock_vault a v; }
lock_lazy() { lock_vault a v --lazy; }
terminate() { kill -TERM "$pid"; }
kill_() { kill -KILL "$pid"; }
end() { # WAY: how it ends does not matter: another way may have been there before
	case $1 in umount) umount_ ;; kill) kill_ ;; *) "$1" ;; esac >/dev/null 2>&1
	return 0
}
again() { # COUNT: mount at once; what was durable before is there, one daemon serves it
	mount_vault a v "$M" || return 1
	local old=$pid
	pid=$(pid_of a v) || return 1
	[ "$pid" != "$old" ] || { echo "the same daemon"; return 1; }
	[ "$(cat "$M/count")" = "$1" ] || { echo "$(cat "$M/count") is there, not $1"; return 1; }
	[ "$(grep -c " $M " /proc/mounts)" = 1 ] || { grep " $M " /proc/mounts; return 1; }
}
durable() { echo "$1" >"$M/count" && sync "$M/count"; }

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
pid=$(pid_of a v)
n=0
round() { # WAY [WAY]
	local first
	n=$((n + 1))
	durable $n || { not_ok "write before $*"; return; }
	if [ $# = 2 ]; then
		end "$2" & first=$!
	fi
	end "$1"
	[ $# = 1 ] || wait $first
	again $n >"$WORK/out" 2>&1 && return
	not_ok "mount again at once after $*"
	sed 's/^/    /' "$WORK/out"
	wait_for 60 mount_vault a v "$M"
	pid=$(pid_of a v)
}
for way in "${ways[@]}"; do round "$way"; done
[ $FAILED != 0 ] || ok "each way to end it, then mount"
for _ in 1 2 3 4 5; do round "${ways[RANDOM % ${#ways[@]}]}" "${ways[RANDOM % ${#ways[@]}]}"; done
[ $FAILED != 0 ] || ok "two ways at once, then mount"
two_mounts() { # one is the mount, the other is told that it is one, or both begin after one that ends
	umount "$M"
	mount_vault a v "$M" 2>"$WORK/err1" & local first=$!
	mount_vault a v "$M" 2>"$WORK/err2"; local second=$?
	wait $first; first=$?
	[ $((first == 0)) != $((second == 0)) ] || { cat "$WORK/err1" "$WORK/err2"; echo "$first and $second"; return 1; }
	grep -qE "is mounted already|in use" "$WORK/err1" "$WORK/err2"
}
check "two mounts at once: one serves, the other says that it is mounted" two_mounts
pid=$(pid_of a v)
check "it works" durable 0
check "lock" lock_vault a v
no_daemon() { ! pgrep -f -- "^$CLOUDSEAL mount .*$WORK" >/dev/null; }
check "no daemon stays" wait_for 30 no_daemon
check "nothing is mounted" sh -c '! grep -q " $0 " /proc/mounts' "$M"
finish
