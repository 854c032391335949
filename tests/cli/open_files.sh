#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# lock cuts nothing off that is in use, by whatever way: it names who has it, and --lazy alone cuts it off.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

[ "$(id -u)" = 0 ] || skip "bind mounts and mount namespaces need root"
M=$WORK/m B=$WORK/bind
C=$CLOUDSEAL
mkdir -p "$B"
mounted() { grep -q " $M " /proc/self/mounts; }
check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"
mkdir "$M/d"; for f in f g h; do head -c 8192 /dev/urandom >"$M/d/$f"; done
uploads a v >/dev/null 2>&1

for f in f g h; do cp "$M/d/$f" "$WORK/$f"; done
# holds NAMESPACE HOW PATH [OTHER]: a process that has it; its pid in $holder. It ends by release.
holds() {
	local apart=(env); [ "$1" = here ] || apart=(unshare -m --propagation private)
	shift
	mkfifo "$WORK/end" && rm -f "$WORK/ready"
	"${apart[@]}" python3 "$ROOT/tests/cli/holder.py" "$@" <"$WORK/end" >"$WORK/ready" 2>"$WORK/held" & holder=$!
	exec 8>"$WORK/end"; rm "$WORK/end"
	wait_for 60 grep -q ready "$WORK/ready"
}
release() { exec 8>&-; wait "$holder" 2>/dev/null; }
# refused WHAT [PATTERN]: lock names it, and the mount works.
refused() {
	fails_with 8 "${2:-pid $holder}" "$1: lock refuses, and says who" on a timeout 60 "$C" lock v
	mounted && cmp "$M/d/f" "$WORK/f" || not_ok "$1: it is mounted, and works"
}
locks_again() { # WHAT: released, it locks; and is there again for the next
	release
	check "$1: released, it locks" lock_vault a v
	mounted || mount_vault a v "$M" >/dev/null || not_ok "$1: mount again"
}
held() { # WHAT [PATTERN]: both
	if ! grep -q ready "$WORK/ready"; then not_ok "$1: $(tail -1 "$WORK/held")"; release; return; fi
	refused "$@"
	locks_again "$1"
}

holds here file "$M/d/f"; held "an open file"
holds here mapping "$M/d/f"; held "a mapping of a closed file"
holds here thread "$M/d"; held "a directory of one thread"
holds here path "$M/d/f"; held "a file that is only named (O_PATH)"
holds here handle "$M/d/f" "$M/d"; held "a file that is open by a handle"
holds here proc "$M/d/f"; held "a file that is open by /proc/PID/fd"
holds here map_files "$M/d/f"; held "a file that is open by map_files"
holds here passed "$M/d/f"; held "a file on its way between programs" "files are open in"

# Another mount of it: what the kernel calls busy is the mount alone.
bind() { mounted || mount_vault a v "$M"; mount --bind "$M/d" "$B" || not_ok "bind mount"; }
unbind() { umount -l "$B"; }
for how in file mapping removed path handle proc map_files passed; do
	bind
	pattern=; [ $how != passed ] || pattern="files are open in"
	holds here $how "$B/$([ $how = removed ] && echo g || echo f)" "$B"
	if grep -q ready "$WORK/ready"; then refused "$how, through a bind mount" $pattern; else not_ok "$how: $(tail -1 "$WORK/held")"; fi
	release; unbind
done
for how in cwd thread root directory; do
	bind; holds here $how "$B"; refused "$how, through a bind mount"; release; unbind
done
# The kernel itself has it open, where there are loop devices.
bind; loop=$(losetup -f --show "$B/f" 2>/dev/null) || loop=
if [ -n "$loop" ]; then
	fails_with 8 "loop device" "a loop device, through a bind mount: lock refuses" on a timeout 60 "$C" lock v
	losetup -d "$loop"
fi
unbind
check "nobody has it: it locks" lock_vault a v
check "mount" mount_vault a v "$M"

# Another mount namespace has a copy of the mount.
for how in file mapping path handle cwd thread; do
	case $how in cwd | thread) at=$M/d ;; *) at=$M/d/h ;; esac
	holds apart $how "$at" "$M/d"; held "$how, in another mount namespace"
done
holds apart file "$M/d/h"
pid=$(pid_of a v)
check "--lazy cuts it off" lock_vault a v --lazy
gone() { ! kill -0 "$1" 2>/dev/null; }
check "and no process stays" wait_for 5 gone "$pid"
check "and whoever has it reads nothing" sh -c '! head -c 1 /proc/"$0"/fd/3' "$holder"
release
check "mount" mount_vault a v "$M"
check "what was there is there" test -s "$M/d/h"
check "lock" lock_vault a v
finish
