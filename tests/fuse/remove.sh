#!/usr/bin/env bash
# dev/remove, which ends the tests and the demo: nothing that is mounted in a folder is ever removed with it.
# timeout: 60
. "$(dirname "$0")/../lib.sh"
MEMFS=${MEMFS:-$BUILD/tests/memfs}
[ -x "$MEMFS" ] || skip "$MEMFS is not built"
if [ "$(id -u)" = 0 ]; then own=(unshare -m); else own=(unshare -rm); fi
"${own[@]}" true 2>/dev/null || skip "no mount namespace of its own for $(id -un)"
export ROOT WORK MEMFS
in_own() { "${own[@]}" --propagation private bash -eu -c "$1"; }
new='f="$WORK/to go"; rm -rf "$WORK/outside"; mkdir -p "$f/a b" "$f/c" "$WORK/outside"; echo kept >"$WORK/outside/file"; touch "$f/x"'
bind="$new"'; mount --bind "$WORK/outside" "$f/a b"'

check "what is mounted in it is unmounted and stays, the folder goes" in_own "$bind"'
	"$ROOT/dev/remove" "$f"; [ ! -e "$f" ]; grep -qx kept "$WORK/outside/file"'
check "also one mount over another, and the folder itself" in_own "$bind"'
	mount -t tmpfs none "$f/a b"; mount --bind "$WORK/outside" "$f"
	"$ROOT/dev/remove" "$f"; [ ! -e "$f" ]; grep -qx kept "$WORK/outside/file"'
check "what cannot be unmounted keeps the whole folder" in_own "$bind"'
	mkdir -p "$WORK/bin"; ln -sf /bin/false "$WORK/bin/umount"; ln -sf /bin/false "$WORK/bin/fusermount3"
	! PATH=$WORK/bin:$PATH "$ROOT/dev/remove" "$f" 2>"$WORK/said"
	grep -q "still mounted" "$WORK/said"; [ -e "$f/x" ]; grep -qx kept "$WORK/outside/file"'
check "a neighbour of a longer name is not touched" in_own "$new"'
	mkdir -p "$WORK/to go on"; mount --bind "$WORK/outside" "$WORK/to go on"
	"$ROOT/dev/remove" "$f"; grep -qx kept "$WORK/to go on/file"'
check "-u only unmounts" in_own "$bind"'
	"$ROOT/dev/remove" -u "$f"; [ -e "$f/x" ]; [ ! -e "$f/a b/file" ]; grep -qx kept "$WORK/outside/file"'
check "a folder that is not there is no error" "$ROOT/dev/remove" "$WORK/none" "$WORK/no/ne"
if [ -w /dev/fuse ] && [ "$(id -u)" = 0 ]; then
	check "a mount that nobody serves any more goes too" in_own "$new"'
		"$MEMFS" "$f/c" 2>/dev/null & pid=$!
		for i in $(seq 600); do ! grep -q "/c fuse" /proc/self/mounts || break; sleep 0.05; done
		kill -KILL $pid; wait $pid || true
		! stat "$f/c" 2>/dev/null
		"$ROOT/dev/remove" "$f"; [ ! -e "$f" ]'
else
	skip_check "a mount that nobody serves any more: needs root and /dev/fuse"
fi
finish
