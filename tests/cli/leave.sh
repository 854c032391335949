#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is left is uploaded when a mount ends, by whoever ends it, for a bounded time; what is left then is named.
# timeout: 400
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m
C=$CLOUDSEAL
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
field() { on a "$C" status --json v | json "$1"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
mounted() { grep -q " $M " /proc/self/mounts; }
unmounted() { umount "$M" 2>/dev/null || fusermount3 -u "$M"; }
setting() { on a "$C" config v "$1" "$2" >/dev/null; }
mount_v() { mount_vault a v "$M"; }
all_saved() { test "$(field 'd["queue"]["saved"]')" = True; }
ended() { # PATTERN: how the last uploading at an end did, in the log
	grep -a "uploading ended: " "$(state_dir a v)/log" | tail -1 | grep -E "$1" || { grep -a "uploading ended: " "$(state_dir a v)/log"; return 1; }
}
took_under() { # SECONDS: from the unmount to that
	python3 - "$1" "$(state_dir a v)/log" <<'END'
import datetime, sys
at = [datetime.datetime.fromisoformat(x[:23]) for x in open(sys.argv[2], errors="replace") if "unmounted; uploading" in x or "uploading ended: " in x]
print(at[-1] - at[-2])
sys.exit((at[-1] - at[-2]).total_seconds() >= float(sys.argv[1]))
END
}
CUT="ended: was canceled" TIME="ended: not everything is uploaded yet"
said() { grep -qE "$1" "$WORK/said" || { cat "$WORK/said"; return 1; }; }
lock_says() { # PATTERN OPTIONS...: and ends with 0
	local pattern=$1; shift
	lock_vault a v "$@" >"$WORK/said" 2>&1 && said "$pattern"
}
new_vault a v "$S" >/dev/null || { not_ok "init"; finish; }
setting upload-delay 1h # nothing goes up by itself
setting poll-interval 1h

# -- lock
check "mount" mount_v
mkdir "$M/d"; for i in 1 2 3; do head -c 100000 /dev/urandom >"$M/d/$i"; done
check "lock uploads what is left" lock_says "^Locked v: everything is uploaded\.$"
check "which is in the cloud" all_saved
check "lock again says that it is locked" lock_says "is locked already"
check "mount" mount_v
check "nothing is left: lock says so" lock_says "^Locked v: everything is uploaded\.$"
check "mount" mount_v
for i in 1 2 3; do echo more >>"$M/d/$i"; echo more >>"$M/d/$i"; done; rm "$M/d/3"; mkdir "$M/e"; head -c 1100000 /dev/urandom >"$M/e/new"
check "lock --no-wait names files and bytes, and what becomes of them" \
	lock_says "^Locked v: 4 files, 1\.[0-9]+ MiB not uploaded yet; they stay encrypted on this disk and go up at the next mount\.$" --no-wait
check "status of the locked vault says the same" sh -c '"$@" | grep -q "4 files, 1.* MiB not uploaded yet"' sh env HOME="$WORK/device-a/home" XDG_DATA_HOME="$WORK/device-a/data" XDG_RUNTIME_DIR="$WORK/device-a/run" "$C" status v
fails_with 12 "4 files, .* not uploaded yet" "forget refuses" on a "$C" forget v
check "mount" mount_v
mv "$M/d/1" "$M/d/one"; chmod 600 "$M/d/2"
check "they are counted once, and with what came since" lock_says "4 files, 1\.[0-9]+ MiB not uploaded yet" --no-wait
check "mount" mount_v
check "lock --flush" lock_says "everything is uploaded" --flush
check "mount" mount_v
mkdir "$M/only-a-folder"
check "changes of folders are said, too" lock_says "^Locked v: changes not uploaded yet; they stay" --no-wait

# -- nothing can be uploaded
check "mount" mount_v
mv "$S" "$S.away"; echo offline >"$M/offline"
check "the cloud is away: lock locks all the same, and names what is left" lock_says "^Locked v: 1 file not uploaded yet; they stay"
check "at once" took_under 5
mv "$S.away" "$S"
check "it is back: mount" mount_v
check "lock uploads it" lock_says "everything is uploaded"

# -- a slow cloud: so that the moment is within the upload
slow_v() { mount_v && on a "$C" config v up-limit 4K >/dev/null && head -c 9000000 /dev/urandom >"$M/big" && echo big >"$M/small"; }
AMOUNT="2 files, [0-9]+\.[0-9] [KM]iB not uploaded yet"
terminal() { on a timeout 100 python3 "$ROOT/tests/helpers/terminal.py" -- "$C" lock --timeout 3 v >"$WORK/said" 2>&1; }
check "mount" slow_v
terminal; check "lock --timeout 3 locks with 0, on a terminal" test $? = 0
check "with a bar" said 'Uploading \[[#.]*\] .* of [0-9]+\.[0-9] [KM]iB' # a first segment may have gone up before the limit holds
check "which is not there where no terminal is" sh -c '! grep -q "^Uploading what is left" "$0"' "$WORK/said"
check "after that time" ended "$TIME"
check "then what is left" said "Locked v: "
check "mount" slow_v
check "without a terminal a line says what goes up" lock_says "^Uploading what is left of v: $AMOUNT" --timeout 3
check "after that time" ended "$TIME"
check "then how it ended" said "^Locked v: "
check "mount" slow_v
on a env --default-signal=INT "$C" lock --timeout 300 v >"$WORK/said" 2>&1 & lock=$!
check "lock begins" wait_for 60 grep -q "^Uploading what is left" "$WORK/said"
check "it is unmounted meanwhile" sh -c '! grep -q " $0 " /proc/self/mounts' "$M"
check "status says so" test "$(field 'd["mounted"], d["ending"], d["queue"]["saved"]')" = "(False, True, False)"
check "in words" on a sh -c '"$0" status v | grep -q "v: locked, and uploading what is left"' "$C"
pkill -INT -P $lock; wait $lock; code=$?
check "Ctrl-C locks without waiting" test $code = 0
check "at once" ended "$CUT"
check "and says how it ended" said "^Locked v: "
check "mount" slow_v
pid=$(pid_of a v)
on a "$C" lock --timeout 300 v >"$WORK/said" 2>&1 & lock=$!
wait_for 60 grep -q "^Uploading what is left" "$WORK/said"
pkill -KILL -P $lock; wait $lock 2>/dev/null
check "who kills lock has unmounted: it goes on" test "$(field 'd["ending"]')" = True
check "lock --no-wait ends that" lock_says "^Locked v: " --no-wait
check "at once" ended "$CUT"
check "no process stays" wait_for 10 gone "$pid"

# -- umount, and what a desktop's eject does
check "mount" slow_v
pid=$(pid_of a v)
check "umount" wait_for 5 unmounted
check "mount while it uploads goes on" mount_v
check "at once" ended "$CUT"
check "in another process" test "$(pid_of a v)" != "$pid"
check "with all that is not uploaded" grep -q big "$M/small"
head -c 9000000 /dev/urandom >"$M/big"
pid=$(pid_of a v); kill -TERM "$pid"
check "SIGTERM unmounts" wait_for 10 sh -c '! grep -q " $0 " /proc/self/mounts' "$M"
check "and uploads" test "$(field 'd["ending"]')" = True
kill -TERM "$pid"
check "a second one ends that" wait_for 20 gone "$pid"
check "at once" ended "$CUT"
on a "$C" config --unset v up-limit >/dev/null
check "mount" mount_v
echo eject >"$M/eject"; pid=$(pid_of a v)
check "umount" wait_for 5 unmounted
check "it ends" wait_for 40 gone "$pid"
check "with all in the cloud" on a sh -c '"$0" status v | grep -q "everything is uploaded"' "$C"

# -- the desktop is told
mkdir "$WORK/bin"
cat >"$WORK/bin/notify-send" <<END
#!/bin/sh
printf '%s\\n' "\$@" >>"$WORK/notified"
ls -l /proc/self/fd | awk '\$10 == "->" && \$11 !~ "^/proc/" { print \$9 }' >"$WORK/fds"
END
chmod +x "$WORK/bin/notify-send"
mount_desktop() { PATH=$WORK/bin:$PATH DISPLAY=:99 mount_v; }
eject() { pid=$(pid_of a v); wait_for 5 unmounted && wait_for 40 gone "$pid"; }
check "mount on a desktop" mount_desktop
echo one >"$M/told"
check "ejected, and all is uploaded" eject
check "no notification" test ! -e "$WORK/notified"
check "mount on a desktop" mount_desktop
echo two >"$M/told"; mv "$S" "$S.away"
check "ejected while the cloud is away" eject
check "a notification names the vault" grep -qx "v is locked" "$WORK/notified"
check "and what is left" grep -qx "1 file not uploaded yet; they stay encrypted on this disk and go up at the next mount" "$WORK/notified"
check "who tells it got no descriptor" test "$(sort -n "$WORK/fds" | tr '\n' ' ')" = "0 1 2 "
rm "$WORK/notified"
check "mount on a desktop" mount_desktop
check "lock says it itself" lock_says "1 file not uploaded yet"
check "and there is no notification" test ! -e "$WORK/notified"
printf '#!/bin/sh\nexec sleep 20\n' >"$WORK/bin/notify-send"
check "mount on a desktop" mount_desktop
check "a desktop that does not answer holds nothing up" eject

# -- what is known to be lacking
mkdir "$S" # an empty folder in place of the vault's
mount_v 2>"$WORK/said"
fails_with 10 "no vault lies|[Aa]nother folder" "the cloud's folder is empty: sync says so" sync_vault a v --timeout 60
lock_vault a v --no-wait >/dev/null
mount_v 2>"$WORK/said"
check "mount says what is known to be lacking, in a line" said "^cloudseal: v: known from before: .*: cloudseal status v tells whether it lasts$"
check "in one line" test "$(wc -l <"$WORK/said")" = 1
kill -KILL "$(pid_of a v)"; wait_for 5 umount -l "$M"
mount_v 2>"$WORK/said"
check "also when its daemon was killed" said "known from before: "
rmdir "$S"; mv "$S.away" "$S"
check "the vault's folder is back: sync" uploads a v
check "lock" lock_says "everything is uploaded"
mount_v 2>"$WORK/said"
check "nothing is known to be lacking any more" test ! -s "$WORK/said"
check "lock" lock_vault a v
finish
