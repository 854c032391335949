#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What `meson install` brings: man page, completion, mount helper, user unit; and that each does what it says.
# timeout: 400
. "$(dirname "$0")/../lib.sh"
D=$WORK/dest M=$WORK/m H=$(dirname "$0")/../helpers
chmod 755 "$WORK"
check "meson install" meson install -C "$BUILD" --no-rebuild --destdir "$D"
P=$D$(meson introspect "$BUILD" --buildoptions | python3 -c 'import json,sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
for f in bin/cloudseal share/man/man1/cloudseal.1 share/bash-completion/completions/cloudseal \
	share/zsh/site-functions/_cloudseal lib/systemd/user/cloudseal@.service; do
	check "installs $f" [ -s "$P/$f" ]
done
HELPER=$(find "$D" -name mount.fuse.cloudseal)
check "the mount helper is a link to the installed program" [ "$D$(readlink "$HELPER")" = "$P/bin/cloudseal" ]
CLOUDSEAL=$P/bin/cloudseal
export PATH=$P/bin:$PATH
check "the installed program runs" "$CLOUDSEAL" --version
new_vault a demo "$WORK/store" >/dev/null || { not_ok "init"; finish; }

# --- man page ---
page=$P/share/man/man1/cloudseal.1
check "man page and --help say the same" on a "$H/man_check.py" "$page" "$CLOUDSEAL" demo
differs() { ! on a "$H/man_check.py" "$1" "$CLOUDSEAL" demo; }
sed '/^\.BI sync /,/^\.TP/d' "$page" >"$WORK/less"
check "a command that the page lacks is noticed" differs "$WORK/less"
sed 's/discard/discharge/' "$page" >"$WORK/other"
check "an option of another name is noticed" differs "$WORK/other"
sed 's/^(mount)$/(lock)/' "$page" >"$WORK/other"
check "an option under another command is noticed" differs "$WORK/other"

commands() { "$CLOUDSEAL" --help | sed -n 's/^  \([a-z-]\+\) .*/\1/p' | sort; }
options() { "$CLOUDSEAL" "$1" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | grep -oE -e '-[a-zA-Z-]+' | sort; }
line() { tr '\n' ' ' | sed 's/ $//'; }
own_help() { # each option once, no blanks at ends of lines, and of another command's options nothing
	local c
	for c in $(commands); do
		[ -z "$(options "$c" | uniq -d)" ] && ! "$CLOUDSEAL" help "$c" | grep -E ' $' && ! "$CLOUDSEAL" help "$c" | sed 1,3d | grep -E '\b(init|mount|lock|passwd|join):' || { echo "of $c"; return 1; }
	done
}
check "help of a command says what its options do there" own_help
# every_command SHELL_gives: completes after "cloudseal COMMAND -" what the command's --help says, and that is something
every_command() {
	local c want n=0
	for c in $(commands); do
		want=$(options "$c" | line)
		[[ $want == *--help* ]] && "$1" "$want" cloudseal "$c" - || { echo "of $c"; return 1; }
		n=$((n + 1))
	done
	[ $n -ge 10 ]
}

# --- bash completion ---
cat >"$WORK/complete.bash" <<'END'
. "$1"; shift
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_cloudseal cloudseal "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
END
bash_gives() { # bash_gives "REPLIES " WORD...
	local want=$1 got; shift
	got=$(cd "$WORK" && on a bash "$WORK/complete.bash" "$P/share/bash-completion/completions/cloudseal" "$@")
	[ "$got" = "$want " ] || { echo "'$got', not '$want '"; return 1; }
}
touch "$WORK/some-file"; mkdir "$WORK/some-dir"
check "bash: commands" bash_gives "join" cloudseal jo
check "bash: every command" bash_gives "$({ commands; echo --help; echo --version; } | sort | line)" cloudseal ""
check "bash: every option of every command" every_command bash_gives
check "bash: options of the command" bash_gives "--passfd --passfile" cloudseal mount --passf
check "bash: no options of other commands" bash_gives "" cloudseal lock --passf
check "bash: vault names" bash_gives "demo" cloudseal lock ""
check "bash: vault names after options" bash_gives "demo" cloudseal mount -f --passfile x ""
check "bash: a file for an option" bash_gives "some-file" cloudseal mount --passfile some-f
check "bash: directories for the mount point" bash_gives "some-dir" cloudseal mount demo some-
check "bash: settings" bash_gives "cache-limit" cloudseal config demo cache
check "bash: what can be dumped" bash_gives "commit counts" cloudseal debug dump demo co
check "bash: and of which vault" bash_gives "demo" cloudseal debug dump ""
check "bash: nothing for a value nobody can know" bash_gives "" cloudseal init --endpoint ""

# --- zsh completion: its own functions stand in for the line editor's ---
cat >"$WORK/complete.zsh" <<'END'
emulate zsh
_describe() { print -l -- ${${(P)2}%%:*} }
compadd() { while [[ $1 == -* ]]; do [[ $1 == -a ]] && { print -l -- ${(P)2}; return }; shift; done; print -l -- $@ }
_files() { print -- files $@ }
_alternative() { _cloudseal_vaults; _files }
file=$1; shift
words=("$@") CURRENT=$#
. $file
END
zsh_gives() {
	local want=$1 got; shift
	got=$(on a zsh -f "$WORK/complete.zsh" "$P/share/zsh/site-functions/_cloudseal" "$@" | sort | tr '\n' ' ')
	[ "$got" = "$want " ] || { echo "'$got', not '$want '"; return 1; }
}
if command -v zsh >/dev/null; then
	check "zsh: it parses" zsh -n "$P/share/zsh/site-functions/_cloudseal"
	check "zsh: every command" zsh_gives "$(commands | line)" cloudseal ""
	check "zsh: every option of every command" every_command zsh_gives
	check "zsh: options of the command" zsh_gives "--discard --help -h" cloudseal forget -
	check "zsh: vault names" zsh_gives "demo" cloudseal mount -f --passfile x ""
	check "zsh: a file for an option" zsh_gives "files" cloudseal mount --passfile ""
	check "zsh: directories for the mount point" zsh_gives "files -/" cloudseal mount demo ""
	check "zsh: what can be dumped" zsh_gives "changeset commit counts head header index manifest record" cloudseal debug dump demo ""
	check "zsh: settings" [ "$(on a zsh -f "$WORK/complete.zsh" "$P/share/zsh/site-functions/_cloudseal" cloudseal config demo "" | grep -cE '^(store|cache-limit|askpass)$')" = 3 ]
else
	not_ok "zsh is not installed"
fi

# --- user unit ---
unit=$P/lib/systemd/user/cloudseal@.service
says() { grep -qx -- "$2" "$1"; }
check "the unit waits for the program's word" says "$unit" "Type=notify"
check "the unit runs the installed program in front" says "$unit" "ExecStart=${CLOUDSEAL#"$D"} mount -f %i"
mkdir -p "$M"
for address in "$WORK/notify" "@cloudseal-test-$$"; do
	check "the service manager is told (${address/$WORK/...})" on a python3 "$ROOT/tests/cli/service_manager.py" "$address" "$M" \
		"$CLOUDSEAL" mount -f --passfile "$PASS" demo "$M"
done
# a daemon in the background is not the service of whoever started it
quiet() { on a python3 - "$WORK/quiet" "$CLOUDSEAL" mount --passfile "$PASS" demo "$M" <<'END'
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); s.setblocking(False)
subprocess.run(sys.argv[2:], env=dict(os.environ, NOTIFY_SOCKET=sys.argv[1]), check=True)
try: print(s.recv(4096)); sys.exit(1)
except BlockingIOError: pass
END
}
check "in the background nothing is sent" quiet
check "lock" lock_vault a demo

# --- mount(8) ---
helper() { on a bash -c 'exec -a mount.fuse.cloudseal "$0" "$@"' "$CLOUDSEAL" "$@"; }
fails_with 1 "unknown mount option 'nofial'; did you mean nofail\?" "a slip in a mount option" helper demo "$M" -o "rw,nofial"
fails_with 1 "mount option 'uid=1000' does nothing here: files have the owners and modes that they were given" "an option of other file systems" helper demo "$M" -o "rw,uid=1000"
fails_with 1 "unknown mount option 'nonsense'" "an unknown mount option" helper demo "$M" -o "rw,nonsense"
fails_with 1 "nothing is mounted at" "remount of nothing" helper demo "$M" -o "remount,ro"
fails_with 2 "remount" "remount without mount(8)" on a "$CLOUDSEAL" mount -o remount demo "$M"
fails_with 32 "no vault of that name" "an unknown vault" helper nosuch "$M" -o "rw,passfile=$PASS"
(umask 077; echo wrong >"$WORK/wrong")
fails_with 32 "passphrase" "a wrong passphrase" helper demo "$M" -o "rw,passfile=$WORK/wrong"
fails_with 2 "setuid" "setuid without mount(8)" on a "$CLOUDSEAL" mount -o setuid=root demo "$M"
check "the helper pretends when it shall" helper demo "$M" -f -o rw
check "the helper mounts" helper demo "$M" -v -o "noauto,user,_netdev,x-systemd.automount,passfile=$PASS,noexec" -t fuse.cloudseal
has_mount() { grep -qE "^$1 $M fuse.cloudseal [^ ]*$2" /proc/self/mounts; }
check "with the source and options that were asked" has_mount demo noexec
check "lock" lock_vault a demo

# In a mount namespace of its own, with the installed files where mount(8) looks.
cat >"$WORK/fstab.sh" <<'END'
set -eu
trap 'umount -l "$M" 2>/dev/null || true' EXIT
gone() { for i in $(seq 1800); do pgrep -f "^[^ ]*mount.fuse.cloudseal .*$M" >/dev/null || return 0; sleep 0.1; done; return 1; }
mount -t overlay none -o "lowerdir=$D/usr/sbin:/usr/sbin" /usr/sbin
mount -t overlay none -o "lowerdir=$D/usr/local/bin:/usr/local/bin" /usr/local/bin
mount -t fuse.cloudseal demo "$M" -o "ro,passfile=$PASS"
grep -q "^demo $M fuse.cloudseal ro," /proc/self/mounts
! touch "$M/x" 2>/dev/null
# flags of the mount can be changed under open files; what is not said stays as it is
mount -o remount,rw "$M"
exec 5>"$M/open"
mount -o remount,noexec "$M"
grep -q "^demo $M fuse.cloudseal rw,nosuid,nodev,noexec," /proc/self/mounts
echo through >&5
exec 5>&-
mount -o remount,ro "$M"
! touch "$M/x" 2>/dev/null
grep -qx through "$M/open"
umount "$M"; gone
mount -t fuse.cloudseal demo "$M" -o "nodiratime,lazytime,passfile=$PASS"
umount "$M"; gone
cloudseal mount --passfile "$PASS" -o suid,dev demo "$M" # mount(8) hands neither on
grep -q "^[^ ]* $M fuse.cloudseal rw,relatime," /proc/self/mounts
cloudseal lock demo
# a line of fstab; a second mount -a leaves it alone
echo "cloudseal#demo $M fuse.cloudseal noauto,user,_netdev,passfile=$PASS 0 0" >"$WORK/fstab"
mount -T "$WORK/fstab" "$M"
echo kept >"$M/file"
sed -i s/noauto/auto/ "$WORK/fstab"
mount -a -T "$WORK/fstab"
[ "$(grep -c " $M " /proc/self/mounts)" = 1 ]
grep -qx kept "$M/file"
umount "$M"; gone
# a line with all that people write there
echo "demo $M fuse.cloudseal defaults,auto,nofail,user,nouser,users,owner,group,_netdev,comment=mine,x-systemd.automount,x-gvfs-show,rw,exec,suid,dev,atime,relatime,strictatime,nodiratime,lazytime,async,mand,silent,loud,passfile=$PASS 0 0" >"$WORK/usual"
mount -a -T "$WORK/usual"
grep -q "^demo $M fuse.cloudseal rw," /proc/self/mounts
grep -qx kept "$M/file"
mount -a -T "$WORK/usual"
[ "$(grep -c " $M " /proc/self/mounts)" = 1 ]
mount -T "$WORK/usual" -o remount,ro "$M"
if touch "$M/x" 2>/dev/null; then false; fi
umount "$M"; gone
sed -i s/nofail/uid=1000/ "$WORK/usual"
if mount -a -T "$WORK/usual" 2>"$WORK/uid"; then false; fi
cat "$WORK/uid"
grep -q "^cloudseal: demo: mount option 'uid=1000' does nothing here: files have the owners and modes" "$WORK/uid"
echo root part is through
# an ordinary user, by the line's "user"
mknod "$WORK/fuse" c 10 229; chmod 666 "$WORK/fuse"; mount --bind "$WORK/fuse" /dev/fuse
mount --bind "$WORK/fstab" /etc/fstab
chattr -i "$M" # root's folder of a line of fstab; whoever gives it away opens it
chown -R nobody "$WORK/device-a" "$M" "$PASS" "$WORK/store"
user() { setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"; }
user mount "$M"
user grep -qx kept "$M/file"
grep -q "^cloudseal.043demo $M fuse.cloudseal [^ ]*nosuid,nodev[^ ]*user_id=$(id -u nobody)" /proc/self/mounts
user umount "$M"; gone
echo user part is through
# root, for that user: at boot
mkdir -p "$WORK/home/.local"
ln -s "$WORK/device-a/data" "$WORK/home/.local/share"
sed "s#^\(nobody:.*\):[^:]*:\([^:]*\)\$#\1:$WORK/home:\2#" /etc/passwd >"$WORK/passwd"
mount --bind "$WORK/passwd" /etc/passwd
sed -i "s/auto,user/auto,setuid=nobody/" "$WORK/fstab"
env -i PATH="$PATH" mount -T "$WORK/fstab" "$M"
grep -q "^cloudseal.043demo $M fuse.cloudseal [^ ]*user_id=$(id -u nobody)" /proc/self/mounts
user grep -qx kept "$M/file"
[ "$(stat -c %U "/proc/$(pgrep -f "^[^ ]*mount.fuse.cloudseal .*$M")")" = nobody ]
umount "$M"; gone
chattr -i "$M"
END
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	export D M WORK PASS
	check "mount -t fuse.cloudseal, fstab as root, as a user, for a user" on a unshare -m --propagation private bash -x "$WORK/fstab.sh"
else
	skip_check "mount -t fuse.cloudseal, fstab as root, as a user, for a user: needs root and a mount namespace of its own"
fi
finish
