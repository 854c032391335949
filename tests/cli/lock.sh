#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every way to lock: afterwards no process is left, nothing is mounted, and nothing is uploaded any more.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m
C=$CLOUDSEAL
mounted() { grep -q " $M " /proc/self/mounts; }
# Another test's desktop may look into any new mount for a moment: then it is busy.
unmounted() { umount "$M" 2>/dev/null || fusermount3 -u "$M"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
new_vault a demo "$S" >/dev/null || { not_ok "init"; finish; }

# Each way has a vault and a store of its own, so that one wait does for all of them.
WAYS="lock umount fusermount SIGTERM SIGINT SIGHUP"
objects() { find "$WORK/store-$1" -type f | sort; }
for how in $WAYS; do
	new_vault a "by-$how" "$WORK/store-$how" >/dev/null && mount_vault a "by-$how" "$M" || { not_ok "mount before $how"; continue; }
	pid=$(pid_of a "by-$how")
	echo "$how" >"$M/$how"
	case $how in
	lock) on a "$C" lock "by-$how" >/dev/null ;;
	umount) wait_for 5 unmounted ;;
	fusermount) wait_for 5 fusermount3 -u "$M" ;;
	SIG*) kill -"${how#SIG}" "$pid" ;;
	esac
	check "$how: the process ends" wait_for 30 gone "$pid"
	mounted && not_ok "$how: still mounted" || ok "$how: unmounted"
	objects "$how" >"$WORK/objects-$how"
done
sleep 3
for how in $WAYS; do
	check "$how: nothing is uploaded afterwards" cmp "$WORK/objects-$how" <(objects "$how")
	check "$how: mount again" mount_vault a "by-$how" "$M"
	check "what was written before $how is there" grep -qx "$how" "$M/$how"
	check "$how: lock" lock_vault a "by-$how"
done

# What comes at once behind an umount means it, as systemd restarts a mount: the daemon that still ends is waited for.
mount_vault a demo "$M" >/dev/null
at_once() { # at_once COMMAND...: 10 times behind an umount, each after a change that the end has to write down
	local i
	for i in $(seq 10); do
		head -c 3000000 /dev/urandom >"$M/at-once"; wait_for 5 unmounted
		"$@" || return 1
		mounted || mount_vault a demo "$M" || return 1
	done
}
check "mount right after umount" at_once mount_vault a demo "$M"
# over PID: it is gone, or holds nothing any more: the kernel closes what a process has, its locks too, and is not through then.
over() { [ -z "$1" ] || gone "$1" || [ -z "$(ls "/proc/$1/fd" 2>/dev/null)" ]; }
locked_is_locked() { local pid; pid=$(pgrep -f "^$C mount .* demo $M" | head -1); lock_vault a demo && over "$pid"; }
check "lock right after umount returns when the process is gone" at_once locked_is_locked
check "lock" lock_vault a demo

# A file that is still open keeps a daemon that was detached: named with what ends it.
mount_vault a demo "$M" >/dev/null; exec 7>"$M/open-detached"; umount -l "$M"
detached() { on a timeout 60 "$C" mount --passfile "$PASS" demo "$M" 2>"$WORK/err"; [ $? = 8 ] && grep -q "still serves files .*lock --lazy demo" "$WORK/err" || { cat "$WORK/err"; return 1; }; }
check "mount beside a detached daemon says what ends it" detached
check "which ends it" lock_vault a demo --lazy
exec 7>&- 2>/dev/null
check "and then it mounts" mount_vault a demo "$M"
check "lock" lock_vault a demo
# lock while it is being mounted locks it, and does not say that it is mounted.
mount_vault a demo "$M" & mounting=$!
at_last() { local i; for i in $(seq 200); do on a "$C" lock demo >"$WORK/said" 2>&1 || { cat "$WORK/said"; return 1; }; kill -0 $mounting 2>/dev/null || break; done; wait $mounting; ! mounted || lock_vault a demo; }
check "lock beside a mount that begins" at_last
# Mounted, and nobody listens yet: lock waits for that; if nobody ever does it says what ends the mount.
mount_vault a demo "$M"; socket=$(state_dir a demo)/control
listens_late() { mv "$socket" "$socket.aside" || return 1; on a timeout 60 "$C" lock demo >"$WORK/said" 2>&1 & local lock=$!; sleep 0.5; mv "$socket.aside" "$socket"; wait $lock || { cat "$WORK/said"; return 1; }; ! mounted; }
check "lock beside a mount that does not listen yet" listens_late
mount_vault a demo "$M"
listens_never() { local code; mv "$socket" "$socket.aside" || return 1; on a timeout 60 "$C" lock demo >"$WORK/said" 2>&1; code=$?; mv "$socket.aside" "$socket"; cat "$WORK/said"; [ $code = 8 ] && grep -q "does not answer: umount $M ends it" "$WORK/said"; }
check "a daemon that does not answer is named with what ends the mount" listens_never
check "lock" lock_vault a demo
# An ordinary user's daemon is closed to its own user: that it is mounted is seen all the same, at once.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	U=$WORK/user; mkdir -m 755 "$U"; chmod 755 "$WORK"; cp "$C" "$U/cloudseal"; cp "$PASS" "$U/pass"; chown -R nobody "$U"
	user() { setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$U" XDG_DATA_HOME="$U/data" XDG_RUNTIME_DIR="$U/run" "$U/cloudseal" "$@"; }
	setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups mkdir -m 700 "$U/run" "$U/m" "$U/m2" "$U/s"
	check "an ordinary user's vault" user init --create --name own --passfile "$U/pass" --recovery-file "$U/rec" "$U/s"
	check "is mounted" user mount --passfile "$U/pass" own "$U/m"
	fails_with 8 "mounted already, at $U/m" "and a second mount says so" user mount --passfile "$U/pass" own "$U/m2"
	check "and locked" user lock own
else
	skip_check "an ordinary user's second mount: needs root and setpriv to become one"
fi

check "mount" mount_vault a demo "$M"
echo demo >"$M/lock"
exec 7>"$M/open"
echo "x" >&7
fails_with 8 "pid $$" "lock with an open file names the process" on a "$C" lock demo
(cd "$M" && exec sleep 100) 2>/dev/null & sleeper=$!
wait_for 5 sh -c '[ "$(readlink /proc/'"$sleeper"'/cwd)" = "'"$M"'" ]'
fails_with 8 "sleep \(pid $sleeper" "a working directory counts" on a "$C" lock demo
check "it is still mounted and works" cat "$M/lock"
pid=$(pid_of a demo)
check "lock --lazy detaches" lock_vault a demo --lazy
check "and no process stays" wait_for 5 gone "$pid"
mounted && not_ok "--lazy: still mounted" || ok "--lazy: unmounted"
exec 7>&- 2>/dev/null
kill "$sleeper" 2>/dev/null; wait "$sleeper" 2>/dev/null
check "mount after --lazy" mount_vault a demo "$M"
check "the file that was open kept its bytes" grep -qx x "$M/open"
(cd "$M" && exec sleep 100) & sleeper=$!
wait_for 5 sh -c '[ "$(readlink /proc/'"$sleeper"'/cwd)" = "'"$M"'" ]'
pid=$(pid_of a demo); kill -TERM "$pid"
check "SIGTERM ends it although a directory is in use" wait_for 30 gone "$pid"
kill "$sleeper" 2>/dev/null; wait "$sleeper" 2>/dev/null

# Who watches mounts looks into a new one for a moment; here what is in use is a mount inside, which no open file shows.
if [ "$(id -u)" = 0 ]; then
	check "mount" mount_vault a demo "$M"
	mkdir "$M/inside" && mount -t tmpfs tmpfs "$M/inside"
	(sleep 0.3; umount "$M/inside") &
	check "lock waits for who is gone in a moment" lock_vault a demo
	wait $!
else
	skip_check "lock waits for who is gone in a moment: needs root"
fi

# a container or sandbox may have copied the mount: locked is locked
if [ "$(id -u)" = 0 ]; then apart=(unshare -m); else apart=(unshare -rm); fi
check "mount" mount_vault a demo "$M"
pid=$(pid_of a demo)
"${apart[@]}" --propagation private sh -c 'exec 7>"$0/apart"; echo kept >&7; exec sleep 300' "$M" & apart_pid=$!
check "another mount namespace writes a file" wait_for 30 grep -q kept "$M/apart"
fails_with 8 "pid $apart_pid" "lock with a file open in another namespace names the process" on a "$C" lock demo
check "the copy works on" grep -q kept "/proc/$apart_pid/root$M/apart"
kill "$apart_pid"; wait "$apart_pid" 2>/dev/null
"${apart[@]}" --propagation private sh -c 'exec sleep 300' & apart_pid=$!
wait_for 30 sh -c '[ "$(readlink /proc/$0/ns/mnt)" != "$(readlink /proc/$$/ns/mnt)" ]' "$apart_pid"
check "lock with a copy of the mount in another namespace, and nothing open" lock_vault a demo
check "and no process stays" wait_for 5 gone "$pid"
check "nothing can be read through the copy" sh -c '! cat "/proc/$0/root$1/apart"' "$apart_pid" "$M"
kill "$apart_pid"; wait "$apart_pid" 2>/dev/null
check "mount afterwards" mount_vault a demo "$M"
check "what was written through the copy is there" grep -qx kept "$M/apart"
pid=$(pid_of a demo)
"${apart[@]}" --propagation private sleep 300 & apart_pid=$!
wait_for 30 sh -c '[ "$(readlink /proc/$0/ns/mnt)" != "$(readlink /proc/$$/ns/mnt)" ]' "$apart_pid"
wait_for 5 unmounted
check "lock after umount, with a copy elsewhere" lock_vault a demo
check "and no process stays" wait_for 5 gone "$pid"
kill "$apart_pid"; wait "$apart_pid" 2>/dev/null

# what is not uploaded is said, and stays
on a "$C" config demo upload-delay 1h >/dev/null
check "mount" mount_vault a demo "$M"
head -c 500000 /dev/urandom >"$M/late"; sum=$(sha256sum <"$M/late")
check "lock says what is not uploaded" sh -c 'echo "$0" | grep -q "not uploaded yet"' "$(on a "$C" lock --no-wait demo)"
check "status of the locked vault says it too" sh -c 'echo "$0" | grep -q "not uploaded yet"' "$(on a "$C" status demo)"
fails_with 12 "not uploaded" "forget refuses" on a "$C" forget demo
on a "$C" config --unset demo upload-delay >/dev/null
check "mount" mount_vault a demo "$M"
check "it is still here" test "$(sha256sum <"$M/late")" = "$sum"
check "lock --flush" sh -c 'echo "$0" | grep -q "everything is uploaded"' "$(on a "$C" lock --flush demo)"

# in front, and the default mount point
on a "$C" mount -f --passfile "$PASS" demo >"$WORK/front" 2>&1 & front=$!
D=$WORK/device-a/home/cloudseal/demo
check "mount -f on the default mount point" wait_for 20 grep -q "mounted at $D" "$WORK/front"
check "it works" sh -c 'echo x >"$0/x" && grep -q x "$0/x"' "$D"
kill -INT "$(pid_of a demo)"; wait "$front"
check "Ctrl-C ends it with 0" test $? = 0
check "the default mount point is removed again" test ! -e "$D"
check "forget --discard" on a "$C" forget --discard demo
finish
