#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The folder of a locked vault takes no plaintext: it cannot be written, or a text in it says what that would mean. What lies in
# it is named, never hidden under a mount, and never changed.
# timeout: 300
if [ "$(id -u)" = 0 ] && [ -z "${APART:-}" ] && unshare -m true 2>/dev/null; then
	APART=1 exec unshare -m --propagation private "$0" "$@" # where /dev/fuse is for all users
fi
. "$(dirname "$0")/../lib.sh"
C=$CLOUDSEAL S=$WORK/store M=$WORK/m TEXT="UNLOCK ME.txt"
chmod 755 "$WORK"; mkdir "$M"
mode() { stat -c %a "$1"; }
has() { [ "$(ls -A "$1")" = "$2" ]; } # DIR NAMES
open_here() { on a "$C" mount --passfile "$PASS" demo "$@"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
killed() { # DIR: the daemon dies, and somebody takes its mount away
	local pid; pid=$(pid_of a demo) && kill -KILL "$pid" && wait_for 10 gone "$pid" && umount -l "$1"
}
immutable() { lsattr -d "$1" | cut -d' ' -f1 | grep -q i; }
check "init" new_vault a demo "$S"

# --- what lies there ---
for n in one two three four five; do echo "$n" >"$M/$n"; done
cp -a "$M" "$WORK/lay"
fails_with 8 "m is not empty: .*(one|two|three|four|five), .* and 2 more: move that away" "files in the folder are named" open_here "$M"
check "and stay as they are" same_tree "$WORK/lay" "$M"
rm "$M"/t* "$M"/f*
fails_with 8 "m is not empty: one: move that away" "one file too" open_here "$M"
mv "$M/one" "$M/$(printf 'a\033[31mb')"
fails_with 8 'm is not empty: a\\x1b\[31mb: move' "a name is no message to the terminal" open_here "$M"
rm "$M"/a*
comes() { # somebody writes into it while the passphrase is asked
	printf '#!/bin/sh\necho plain >"%s/late"\ncat "%s"\n' "$1" "$2" >"$WORK/ask"; chmod 755 "$WORK/ask"
}
comes "$M" "$PASS"
fails_with 8 "m is not empty: late: move that away" "what comes before it is mounted ends the mount" on a env CLOUDSEAL_ASKPASS="$WORK/ask" setsid -w "$C" mount demo "$M"
check "and lies there, seen by all" grep -qx plain "$M/late"
check "nothing is mounted" sh -c '! grep -q " $0 " /proc/self/mounts' "$M"
rm "$M/late"

# --- by hand, as root: it may be /mnt ---
if [ "$(id -u)" = 0 ]; then
	check "mount" open_here "$M"
	check "lock" lock_vault a demo
	check "root's folder that was named by hand is as it was" sh -c '[ "$(stat -c %a "$0")" = 755 ] && : >"$0/x" && rm "$0/x"' "$M"
fi

# --- by the setting, as root ---
settings_root() {
	check "setting" on a "$C" config demo mount-point "$M"
	chmod 775 "$M"
	check "mount" open_here
	echo mine >"$M/kept"
	check "lock" lock_vault a demo
	if immutable "$M"; then
		check "root cannot write into it" sh -c '! touch "$0/x" && ! mkdir "$0/d"' "$M"
		check "nothing is in it" has "$M" ""
	else
		skip_check "no immutable folders on $(stat -f -c %T "$M")"
	fi
	check "it is mounted again" open_here
	check "and shows what is in the vault" grep -qx mine "$M/kept"
	check "killed" killed "$M"
	check "it is closed all the same" sh -c '! touch "$0/x"' "$M"
	check "and mounts" open_here
	check "sync" sync_vault a demo
	check "lock" lock_vault a demo
	# without the capability, as in containers
	chattr -i "$M"
	weak() { on a setpriv --bounding-set=-linux_immutable "$C" "$@"; }
	check "mount where root may not make it immutable" weak mount --passfile "$PASS" demo
	check "lock" lock_vault a demo
	check "a text says what it is" grep -q "^The vault demo opens in this folder. It is locked now" "$M/$TEXT"
	check "which is all there is" has "$M" "$TEXT"
	check "the text is no hindrance" weak mount --passfile "$PASS" demo
	check "lock" lock_vault a demo
	chmod 755 "$M"; echo more >>"$M/$TEXT"
	fails_with 8 "m is not empty: $TEXT: move" "one that somebody wrote in is theirs" weak mount --passfile "$PASS" demo
	check "and stays" grep -qx more "$M/$TEXT"
	sed -i '/^more$/d' "$M/$TEXT"; : >"$M/other"
	fails_with 8 "m is not empty: other: move" "what lies beside it is named" weak mount --passfile "$PASS" demo
	rm "$M/other"
	check "where it can be closed, the text goes" open_here
	check "lock" lock_vault a demo
	check "it went" has "$M" ""
	# what is mounted there is no business of forget's
	mkdir "$WORK/else"; mount --bind "$WORK/else" "$M"
	on a "$C" config demo mount-point "$WORK/m3" >/dev/null; mkdir "$WORK/m3"
	check "mount elsewhere" open_here
	check "lock" lock_vault a demo
	umount "$M"
	check "forget" on a "$C" forget demo
	check "the folders are as they were before, with their permissions" sh -c '[ $(stat -c %a "$0") = 755 ] && [ $(stat -c %a "$1") = 755 ] && : >"$0/x" && : >"$1/x"' "$M" "$WORK/m3"
	rm -f "$M/x" "$WORK/m3/x"
}
# --- autofs, and what cannot be written at all ---
others_root() {
	check "join" join_vault a demo "$S" --recovery-file "$WORK/recovery-demo"
	lay=$WORK/auto; mkdir "$lay"
	automounts() { on a "$ROOT/tests/cli/autofs_direct.py" "$lay" sh -c '"$0" mount --passfile "$1" demo "$2" && ls "$2" && "$0" lock demo' "$C" "$PASS" "$lay"; }
	(automounts) >"$WORK/said" 2>&1; rc=$?
	if [ $rc = 77 ]; then skip_check "mounting on autofs: $(tail -1 "$WORK/said")"; else check "mounts where autofs waits for it" sh -c "cat '$WORK/said'; exit $rc"; fi
	mkdir "$WORK/ro" "$WORK/ro/m"; mount --bind "$WORK/ro" "$WORK/ro"; mount -o remount,ro,bind "$WORK/ro"
	on a "$C" config demo mount-point "$WORK/ro/m" >/dev/null
	check "mount on a read-only file system" open_here
	check "lock" lock_vault a demo
	check "nothing was to be done" has "$WORK/ro/m" ""
	umount "$WORK/ro"
}
# --- an ordinary user ---
users() {
	U=$WORK/user N=$(id -u nobody); mkdir "$U" "$U/bin"; cp "$C" "$U/bin/cloudseal"; cp "$PASS" "$U/pass"; mkdir -m 750 "$U/m"; mkdir "$U/m2"; chown -R nobody "$U"
	mknod "$WORK/fuse" c 10 229 && chmod 666 "$WORK/fuse" && mount --bind "$WORK/fuse" /dev/fuse || { skip_check "an ordinary user mounts: no device file for it"; return; }
	as_user() { setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME="$U" XDG_DATA_HOME="$U/data" XDG_RUNTIME_DIR="$U/run" "$@"; }
	user() { as_user "$U/bin/cloudseal" "$@"; }
	check "a user makes a vault" user init --create --name own --passfile "$U/pass" --recovery-file "$U/rec" "$U/store"
	check "and mounts it" user mount --passfile "$U/pass" own "$U/m"
	echo text >"$WORK/text"; chmod 644 "$WORK/text"
	check "writes" as_user cp "$WORK/text" "$U/m/file"
	check "lock" user lock own
	check "the folder cannot be written" sh -c '[ $(stat -c %a "$0") = 550 ]' "$U/m"
	refused() { ! as_user cp "$WORK/text" "$U/m/plain" && ! as_user mkdir -p "$U/m/d/e" && has "$U/m" ""; }
	check "nothing is put into it" refused
	check "it mounts again" user mount --passfile "$U/pass" own "$U/m"
	check "and can be written" as_user cp "$WORK/text" "$U/m/file2"
	pid=$(pgrep -u "$N" -f "^$U/bin/cloudseal mount")
	kill -KILL $pid; wait_for 10 gone "$pid"; umount -l "$U/m"
	check "killed: it is closed" refused
	check "and mounts" user mount --passfile "$U/pass" own "$U/m"
	check "sync" user sync own
	check "lock" user lock own
	comes "$U/m2" "$U/pass"
	as_user env CLOUDSEAL_ASKPASS="$WORK/ask" setsid -w "$U/bin/cloudseal" mount own "$U/m2" >"$WORK/said" 2>&1 </dev/null; rc=$?
	check "what comes before it is mounted ends the mount" sh -c '[ $1 = 8 ] && grep -q "m2 is not empty: late" "$0"' "$WORK/said" $rc
	check "and can be moved away" as_user mv "$U/m2/late" "$U/late"
	# a folder of others, which this user may write
	mkdir -m 777 "$WORK/shared"
	check "mount on a folder of others" user mount --passfile "$U/pass" own "$WORK/shared"
	check "lock" user lock own
	check "it has the text" grep -q "^The vault own opens" "$WORK/shared/$TEXT"
	check "and is theirs as it was" [ "$(mode "$WORK/shared")" = 777 ]
	check "a wrong passphrase" sh -c '! "$@" </dev/null' - as_user "$U/bin/cloudseal" mount --passfile "$WORK/text" own "$U/m"
	check "leaves it closed" refused
	# the default folder is removed again
	check "mount at the default folder" user mount --passfile "$U/pass" own
	check "lock" user lock own
	check "which is removed" [ ! -e "$U/cloudseal/own" ]
	check "forget" user forget own
	check "gives the folder back" [ "$(mode "$U/m")" = 750 ]
	check "without the text" has "$WORK/shared" ""
}
export -f has
if [ "$(id -u)" = 0 ] && [ -n "${APART:-}" ]; then
	settings_root; others_root; users
	chattr -i "$M" "$WORK/m3" 2>/dev/null
else
	skip_check "folders of root and of other users: needs root"
fi
finish
