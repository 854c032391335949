#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Other users of the machine: who may read a mount and the files of secrets, what children and another user get of this process, and whose
# files root makes.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
C=$CLOUDSEAL S=$WORK/store M=$WORK/m
chmod 755 "$WORK"; mkdir -p "$M"
new_vault a demo "$S" >/dev/null || { not_ok "init"; finish; }

# --- files that hold secrets ---
cp "$PASS" "$WORK/pass2"; cp "$WORK/recovery-demo" "$WORK/key2"
for mode in 644 604 602; do
	chmod $mode "$WORK/pass2" "$WORK/key2"
	fails_with 2 "open to all users.*chmod 600 .*/pass2" "a passphrase file of mode $mode is refused" on a "$C" mount --passfile "$WORK/pass2" demo "$M"
done
fails_with 2 "open to all users.*chmod 600 .*/pass2" "in mount options too" on a "$C" mount -o passfile="$WORK/pass2" demo "$M"
fails_with 2 "open to all users" "at init too" on a "$C" init --create --name new --passfile "$WORK/pass2" --recovery-file "$WORK/r2" "$WORK/new"
fails_with 2 "open to all users.*/key2" "a file with the recovery key too" on b "$C" join --recovery-file "$WORK/key2" "$S"
on a "$C" config demo passphrase-file "$WORK/pass2" >/dev/null
fails_with 2 "open to all users" "what the settings name, too" on a "$C" mount demo "$M"
chmod 640 "$WORK/pass2"
check "one that its group can read is taken" on a "$C" mount demo "$M"
check "lock" lock_vault a demo
on a "$C" config --unset demo passphrase-file >/dev/null

# --- what programs that are started get: standard input, output and errors, whatever the caller left open and however the store is reached ---
cat >"$WORK/list" <<'END'
#!/bin/sh
# This program's descriptors but that of the list: number and what it is.
ls -l /proc/self/fd | awk '$10 == "->" && $11 !~ "^/proc/" { print $9, $11 }' | sort -n >"$WORK/fds.${0##*/}"
END
mkdir "$WORK/bin"
{ cat "$WORK/list"; echo 'cat "$PASS"'; } >"$WORK/bin/ask"
{ cat "$WORK/list"; echo 'exec "$REAL" "$@"'; } >"$WORK/bin/fusermount3"
{ cat "$WORK/list"; cat <<'END'; } >"$WORK/bin/pinentry-gtk-2"
echo OK
while read -r line; do case $line in GETPIN) echo "D $(cat "$PASS")" ;; esac; echo OK; done
END
chmod 755 "$WORK/bin" "$WORK/bin"/*
export WORK PASS
REAL=$(command -v fusermount3); export REAL
# got PROGRAM [PATTERN]: those of standard input, output and errors, and what has the pattern
got() { [ "$(head -n 3 "$WORK/fds.$1" | cut -d' ' -f1 | tr '\n' ' ')" = "0 1 2 " ] && ! tail -n +4 "$WORK/fds.$1" | grep -vE "${2:-^$}" || { cat "$WORK/fds.$1"; return 1; }; rm "$WORK/fds.$1"; }
# away: as a program that has files open and tells nobody to close them
away() { on a setsid -w env PATH="$WORK/bin:$PATH" "$@" </dev/null 5<"$WORK/recovery-demo" 77<"$S"; }
check "a program that asks" away env CLOUDSEAL_ASKPASS="$WORK/bin/ask" "$C" mount demo "$M"
check "gets no descriptor" got ask
check "lock" lock_vault a demo
check "pinentry" away env DISPLAY=:99 "$C" mount demo "$M"
check "gets no descriptor" got pinentry-gtk-2
check "lock" lock_vault a demo

# --- an ordinary user ---
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && unshare -m true 2>/dev/null || { skip_check "other users, and what they get: needs root"; finish; }
U=$WORK/user; mkdir "$U" "$U/m"; cp "$C" "$U/cloudseal"; cp "$PASS" "$U/pass"; chown -R nobody "$U"
nobody() { setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"; }
user() { nobody env HOME="$U" XDG_DATA_HOME="$U/data" XDG_RUNTIME_DIR="$U/run" PATH="$WORK/bin:$PATH" WORK="$U" PASS="$U/pass" REAL="$U/real" "$U/cloudseal" "$@"; }
cp -p "$REAL" "$U/real"; chown root "$U/real"; chmod 4755 "$U/real"
take_ports || exit 1
mkdir "$WORK/mute"; "$ROOT/tests/helpers/mute-dav" "$PORTS" "$WORK/mute" >/dev/null 2>&1 & SERVERS_DOWN="kill $!"
wait_for 10 sh -c "ss -Hltn | grep -q ':$PORTS '" || exit 1
user_mounts() { # with the helper that mounts, which is looked for at its own place, in the place of this one
	mknod "$WORK/fuse" c 10 229 && chmod 666 "$WORK/fuse" && mount --bind "$WORK/fuse" /dev/fuse && mount --bind "$WORK/bin/fusermount3" "$REAL" || return 1
	user init --create --name own --passfile "$U/pass" --recovery-file "$U/rec" "http://127.0.0.1:$PORTS/own" || return 1 # so that there are sockets
	user mount --passfile "$U/pass" own "$U/m" 5<"$WORK/recovery-demo" || return 1
	mv "$U/fds.fusermount3" "$WORK/fds.mounts"
	nobody cat "/proc/$(user status --json own | python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')/environ" >"$WORK/looked" 2>&1
	user lock own && mv "$U/fds.fusermount3" "$WORK/fds.unmounts"
}
export -f nobody user user_mounts
export U PORTS
check "an ordinary user mounts and unmounts" unshare -m --propagation private bash -xc user_mounts
sockets=$(grep -c socket: "$WORK/fds.mounts")
# libfuse has a socket for it, by which it gets the mount, and leaves a descriptor of /dev/null open; what is ours has several sockets
check "the helper that mounts gets what libfuse gives it, and no more" got mounts '/dev/null$|socket:'
check "that is one socket" [ "$sockets" = 1 ]
check "that which unmounts gets no descriptor" got unmounts
check "other processes of that user cannot look into the daemon" grep -q "environ: Permission denied" "$WORK/looked"

# --- a mount is its user's alone ---
check "root mounts" mount_vault a demo "$M"
echo for me >"$M/file"; chmod 644 "$M/file"
hidden() { ! nobody cat "$M/file" 2>"$WORK/err" && grep -q "Permission denied" "$WORK/err"; }
check "other users see nothing in it" hidden
check "it does not say allow_other" sh -c "! grep ' $M fuse' /proc/self/mounts | grep allow_other"
check "lock" lock_vault a demo
check "root mounts for all" mount_vault a demo "$M" -o allow_other
check "other users see what they may" nobody grep -qx "for me" "$M/file"
# what a member may have written
cp "$(command -v id)" "$M/id"; chmod 4755 "$M/id"; mknod -m 666 "$M/null" c 1 3
setid() { [ "$(nobody "$1/id" -u)" = "$2" ]; }
cp -p "$M/id" "$WORK/id"
check "a file with set-id would make somebody root elsewhere" setid "$WORK" 0
check "here it does not" setid "$M" "$(id -u nobody)"
check "a device opens for nobody" sh -c 'test -c "$0" && ! cat "$0"' "$M/null"
check "lock" lock_vault a demo

# --- root with the home of somebody else ---
H=$WORK/home; mkdir -p "$H/.local/share"; chown -R nobody "$H"
root_in() { env -u XDG_DATA_HOME HOME="$H" "$@"; }
fails_with 2 "is user nobody's: do this as that user, or mount with setuid=nobody" "root makes no vault in the home of another" \
	root_in "$C" init --create --name x --passfile "$PASS" --recovery-file "$WORK/r5" "$WORK/store5"
cp -r "$WORK/device-a/data/cloudseal" "$H/.local/share/"; chown -R nobody "$H"
fails_with 2 "is user nobody's" "nor mounts one" root_in "$C" mount --passfile "$PASS" demo "$M"
fails_with 2 "is user nobody's" "nor drops it" root_in "$C" forget --discard demo
fails_with 2 "is user nobody's" "nor makes a mount point there" on a env HOME="$H" "$C" mount --passfile "$PASS" demo
check "nothing there is root's" sh -c '[ -z "$(find "$0" -user root)" ]' "$H"

# --- setuid=: nothing of root's goes along ---
cat >"$WORK/bin/who" <<'END'
#!/bin/sh
env | sort >"$U/env"; echo $PPID >"$U/asked"
until [ -e "$U/go" ]; do sleep 0.05; done
cat "$U/pass"
END
sed -i "s#\$U#$U#g" "$WORK/bin/who"; chmod 755 "$WORK/bin/who"; chown -R nobody "$S"; chown nobody "$M"
sed "s#^\(nobody:.*\):[^:]*:\([^:]*\)\$#\1:$H:\2#" /etc/passwd >"$WORK/passwd"
becomes() {
	mount --bind "$WORK/passwd" /etc/passwd; mount --bind "$WORK/fuse" /dev/fuse
	nobody env HOME="$H" "$U/cloudseal" config demo askpass "$WORK/bin/who" || return 1
	env -i SECRET=of-root AWS_SECRET_ACCESS_KEY=of-root XDG_DATA_HOME=/root/x HOME=/root CLOUDSEAL_ASKPASS=/bin/false LANG=C.UTF-8 PATH="/root/bin:$PATH" \
		setsid -w bash -c 'exec -a mount.fuse.cloudseal "$0" "$@"' "$U/cloudseal" demo "$M" -o setuid=nobody 5<"$WORK/recovery-demo" 6>>"$WORK/roots" &
	wait_for 20 test -s "$U/asked" || return 1
	ls -l "/proc/$(cat "$U/asked")/fd" >"$WORK/fds"
	touch "$U/go"; wait $! && grep " $M fuse.cloudseal" /proc/self/mounts >"$WORK/mounted"
	umount "$M"
	wait_for 30 sh -c "! kill -0 $(cat "$U/asked")"
}
export -f becomes wait_for
export H M
check "root mounts for a user" unshare -m --propagation private bash -c becomes
check "as that user" grep -q "user_id=$(id -u nobody)," "$WORK/mounted"
clean() { ! grep -vE '^(HOME|USER|LOGNAME|PATH|LANG|PWD|OLDPWD|SHLVL|_)=' "$U/env" && grep -qx "HOME=$H" "$U/env" && grep -qx USER=nobody "$U/env" && ! grep -q root "$U/env"; }
check "with an environment of its own" clean
closed() { [ -s "$WORK/fds" ] && ! grep -E "recovery-demo|/roots" "$WORK/fds"; }
check "and none of root's files" closed
check "nothing of the user's is root's now" sh -c '[ -z "$(find "$0" -user root)" ]' "$H"
finish
