#!/usr/bin/env bash
# Real programs at work on a real mount, then the same tree from the store alone. Runs as whoever calls it.
# timeout: 600
. "$(dirname "$0")/../lib.sh"
M=$WORK/mnt
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
command -v vim.tiny >/dev/null || skip "vim.tiny is not installed"
git() { command git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main -c protocol.file.allow=always "$@"; }
gcc -O1 -o "$WORK/mmap_writer" "$ROOT/tests/helpers/mmap_writer.c" || exit 1

check "init" new_vault a v "$WORK/store"
check "mount" mount_vault a v "$M"

# --- git ---
mkdir -p "$WORK/src" && tar -C "$ROOT" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$WORK/src" -xf -
(cd "$WORK/src" && git init -q . && git add -A && git commit -qm one) >/dev/null 2>&1
git_work() {
	git clone -q "$WORK/src" "$M/repo" && cd "$M/repo" || return 1
	for i in 1 2 3 4 5 6 7 8 9 10; do echo "$i" >"file$i" && git add -A && git commit -qm "change $i" || return 1; done
	git gc -q --aggressive && git fsck --full --strict && [ "$(git log --oneline | wc -l)" = 11 ] && git status --porcelain | { ! grep -q .; }
}
check "git clone, 10 commits, gc, fsck" git_work

# --- a C package ---
package=${C_PACKAGE:-}
build_package() {
	mkdir -p "$M/build" && cd "$M/build" && tar xzf "$package" --strip-components=1 &&
		./configure -q CFLAGS=-O0 --disable-nls && make -s -j2 && ./hello | grep -q 'Hello, world!'
}
if [ "$(id -u)" != 0 ] || [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then # programs-user.sh does it in each run
	[ -n "$package" ] || package=$("$ROOT/tests/helpers/c-package" "$WORK/package")
	if [ -n "$package" ]; then check "untar, configure, make of a C package" build_package; else not_ok "no C package to build"; fi
fi

# --- sqlite ---
sqlite_run() { # journal mode
	local db=$M/db-$1.sqlite
	{
		echo "PRAGMA journal_mode=$1; CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);"
		for i in $(seq 200); do echo "INSERT INTO t(b) VALUES('row $i $(printf '%0100d' "$i")');"; done
		echo "BEGIN; UPDATE t SET b = b || 'x'; DELETE FROM t WHERE a % 3 = 0; COMMIT; VACUUM;"
	} | sqlite3 "$db" >/dev/null && [ "$(sqlite3 "$db" 'PRAGMA integrity_check')" = ok ] && [ "$(sqlite3 "$db" 'SELECT count(*) FROM t')" = 134 ]
}
check "sqlite with WAL" sqlite_run wal
check "sqlite with rollback journal" sqlite_run delete

# --- rsync with everything it can keep ---
T=$WORK/tree; mkdir -p "$T/d/e"
echo text >"$T/a"; ln "$T/a" "$T/hard"; ln -s a "$T/sym"; ln -s /nowhere "$T/dangling"; mkfifo "$T/fifo"
dd if=/dev/urandom of="$T/d/random" bs=1000 count=700 status=none
: >"$T/empty"; truncate -s 5M "$T/sparse"; echo end >>"$T/sparse"
setfattr -n user.one -v "$(printf 'v%.0s' {1..200})" "$T/a"; setfattr -n user.empty "$T/d"
chmod 640 "$T/d/random"; chmod 1770 "$T/d/e"; touch -d '1980-02-03 04:05:06.789012345 UTC' "$T/empty"
setfacl -m u:1234:rwx,g:77:r "$T/a" "$T/d" && setfacl -d -m u:1234:rx "$T/d"
check "rsync -aHAX into the mount" rsync -aHAX --modify-window=-1 --sparse "$T/" "$M/tree/"
check "and nothing differs" same_tree "$T" "$M/tree"

# --- editors ---
vim_saves() {
	echo one >"$M/note.txt" && vim.tiny -es -u NONE -c 'set backupcopy=yes' -c 'normal Gotwo' -c 'x' "$M/note.txt" </dev/null
	vim.tiny -es -u NONE -c 'set backupcopy=no' -c 'normal Gothree' -c 'x' "$M/note.txt" </dev/null
	[ "$(cat "$M/note.txt")" = "$(printf 'one\ntwo\nthree')" ] && [ "$(find "$M" -maxdepth 1 -name 'note.txt*' | wc -l)" = 1 ]
}
check "vim saves in place and by rename" vim_saves
nano_types() { # FILE: nano on a terminal, as it wants; locks the file, and keeps what was there in one beside it
	/usr/bin/python3 "$ROOT/tests/fuse/nano_types.py" "$1"
}
nano_saves() {
	echo one >"$M/nano.txt" && nano_types "$M/nano.txt" && [ "$(cat "$M/nano.txt")" = "$(printf 'zero\none')" ] &&
		[ "$(cat "$M/nano.txt~")" = one ] && [ "$(find "$M" -maxdepth 1 -name '*nano.txt*' | wc -l)" = 2 ]
}
if command -v nano >/dev/null; then check "nano saves, keeps a backup and drops its lock file" nano_saves; else skip_check "nano saves: it is not installed"; fi
check "writer through mmap" "$WORK/mmap_writer" "$M/mapped" 3000001

# --- shapes that file systems get wrong ---
sparse_6g() {
	truncate -s 6G "$M/sparse" && printf start | dd of="$M/sparse" conv=notrunc status=none &&
		printf end | dd of="$M/sparse" bs=1 seek=$((5 * 1024 * 1024 * 1024 + 12345)) conv=notrunc status=none &&
		[ "$(stat -c %s "$M/sparse")" = $((6 * 1024 * 1024 * 1024)) ] && [ "$(stat -c %b "$M/sparse")" -lt 2000 ] &&
		[ "$(dd if="$M/sparse" bs=1 skip=$((5 * 1024 * 1024 * 1024 + 12345)) count=3 status=none)" = end ] &&
		[ "$(dd if="$M/sparse" bs=1M skip=3000 count=2 status=none | tr -d '\0' | wc -c)" = 0 ]
}
check "6 GiB sparse file" sparse_6g
unlink_open() {
	exec 7<>"$M/gone" || return 1
	echo before >&7; rm "$M/gone" || return 1
	echo after >&7; [ ! -e "$M/gone" ] && [ "$(cat "/proc/self/fd/7" | wc -l)" = 2 ]; local r=$?
	exec 7>&-; return $r
}
check "unlink while open keeps the file usable" unlink_open
rename_over() {
	echo old >"$M/target"; echo new >"$M/source"; exec 7<"$M/target"
	mv "$M/source" "$M/target" && [ "$(cat <&7)" = old ] && [ "$(cat "$M/target")" = new ]; local r=$?
	exec 7<&-; return $r
}
check "rename over an open file" rename_over
names() {
	python3 "$ROOT/tests/fuse/any_names.py" "$M/names"
}
check "names of 255 bytes and of any bytes" names

# --- after remount, and from the store alone ---
cp -a "$M/names" "$WORK/names"
rsync -aHAX --modify-window=-1 --exclude /sparse "$M/" "$WORK/before/"
check "lock" lock_vault a v
check "mount again" mount_vault a v "$M"
check "the same tree after remount" bash -c "$(declare -f same_tree); same_tree '$WORK/names' '$M/names'"
remount_same() { local d; d=$(rsync -aHAXcni --delete --modify-window=-1 --exclude /sparse "$WORK/before/" "$M/") && [ -z "$d" ] || { echo "$d" | head; return 1; }; }
check "and everything else" remount_same
check "sync" sync_vault a v
check "a second device joins with the recovery key" join_vault b w "$WORK/store" --recovery-file "$WORK/recovery-v"
check "and mounts" mount_vault b w "$WORK/mnt2"
check "and sees the same tree" same_tree "$M" "$WORK/mnt2"
one_byte() { # in a copy, since the devices would bring a change to each other
	cp -a "$M/tree" "$WORK/copy" && same_tree "$WORK/copy" "$WORK/mnt2/tree" || return 1
	another_byte "$WORK/copy/d/random" 500000 && touch -r "$M/tree/d/random" "$WORK/copy/d/random"
	! same_tree "$WORK/copy" "$WORK/mnt2/tree"
}
check "a changed byte is noticed by the comparison" one_byte
memory_refused() { # root may look at anything; the user's own other programs may not
	local pid; pid=$(on a "$CLOUDSEAL" status v --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
	python3 - "$pid" <<'PY'
import ctypes, errno, sys
pid = int(sys.argv[1])
try:
    open(f'/proc/{pid}/mem', 'rb'); sys.exit('memory can be opened')
except PermissionError:
    pass
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH = 16
if libc.ptrace(PTRACE_ATTACH, pid, None, None) == 0 or ctypes.get_errno() != errno.EPERM: sys.exit('can be traced')
PY
}
[ "$(id -u)" = 0 ] || check "its own user's programs cannot read or trace the daemon" memory_refused
check "lock a" lock_vault a v
check "lock b" lock_vault b w
no_daemon() { ! pgrep -f -- "$WORK/" -a | grep -F "$CLOUDSEAL"; }
check "no daemon stays" wait_for 5 no_daemon
finish
