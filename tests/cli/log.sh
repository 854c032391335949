#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# CLOUDSEAL_LOG: levels by area, in the background and in front; what a line says, and what it never says.
# timeout: 200
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m
C=$CLOUDSEAL
LINE='^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z (error|warning|info|debug) (util|crypto|remote|cache|vault|sync|fs|cli) [a-z-]+( #[0-9]+)?: .'
aloud() { CLOUDSEAL_LOG=debug "$@"; }
levels() { awk '{ print $3 "=" $2 }' "$1" | sort -u | tr '\n' ' '; }
has_level() { levels "$1" | grep -qE "$2"; }
work() { echo "never in a log" >"$M/name-never-in-a-log" && cat "$M/name-never-in-a-log" >/dev/null && sync_vault a demo >/dev/null; }
# with LIST [mount options]: mounts, works, locks; what was logged is in $log, what mount said in $said.
with() {
	local list=$1; shift
	: >"$log"
	CLOUDSEAL_LOG=$list mount_vault a demo "$M" "$@" 2>"$said" && work && lock_vault a demo >/dev/null
}
in_front() { # LIST: the same with mount -f; $log is its standard error
	mkdir -p "$M"; : >"$said"
	CLOUDSEAL_LOG=$1 on a "$C" mount -f --passfile "$PASS" demo "$M" >/dev/null 2>"$said" &
	local pid=$!
	wait_for 60 grep -q "is mounted at" "$said" && work && lock_vault a demo >/dev/null && wait "$pid"
	sed '/^cloudseal: /d' "$said" >"$log"
}
new_vault a demo "$S" >/dev/null 2>&1 || { not_ok "init"; finish; }
log=$(state_dir a demo)/log said=$WORK/said

check "mount without a list" with ""
check "the background's file has info and no debug" sh -c "grep -q ' info ' '$log' && ! grep -q ' debug ' '$log'"
check "a list by areas" with "error,sync=debug"
check "the named area is heard" has_level "$log" "sync=debug"
check "the others only as loud as the list says" sh -c "! grep -vE ' (error [a-z]+|[a-z]+ sync) ' '$log'"
check "a level alone is for all" with "debug"
for area in cache cli fs remote sync; do check "debug of $area" has_level "$log" "$area=debug"; done
check "every line has its form" sh -c "! grep -vE '$LINE' '$log'"
check "a request of the kernel has a number" grep -qE ' debug fs fuse #[0-9]+: inode [0-9]+: lookup' "$log"
check "a request of a command" grep -qE ' debug cli control #[0-9]+: request: sync' "$log"
check "a round" grep -qE ' debug sync sync #[0-9]+: round: ' "$log"
round=$(grep -oE 'sync #[0-9]+: round: asked for' "$log" | grep -oE '#[0-9]+' | tail -1)
check "its requests to the store have the same number" grep -qE " debug remote [a-z]+ $round: put [0-9a-f]{32}, try 1" "$log"
check "no name and no contents" sh -c "! grep -iE 'never.in.a.log' '$log'"

# The threads of a mount are those that docs/architecture.md lists.
mount_vault a demo "$M" && work
sed -n '/^## Threads/,/^### /p' "$ROOT/docs/architecture.md" | grep -oE '^\| [^|]*' | grep -oE '`[a-z-]+`' | tr -d '`' | sort -u >"$WORK/listed"
cat /proc/"$(pid_of a demo)"/task/*/comm | sort -u >"$WORK/threads"
check "a mount has several threads" test "$(wc -l <"$WORK/threads")" -ge 8
check "and they are listed" test -z "$(comm -23 "$WORK/threads" "$WORK/listed")"
comm -23 "$WORK/threads" "$WORK/listed"
lock_vault a demo >/dev/null

check "in front" in_front "debug"
check "in front it is heard too" has_level "$log" "fs=debug"
check "and every line has its form" sh -c "! grep -vE '$LINE' '$log'"
check "in front without a list" in_front ""
check "only warnings and errors" sh -c "! grep -vE ' (error|warning) ' '$log'"

for list in "sync=loud" "map=debug" "debug,"; do
	check "a bad list ($list) does not keep from mounting" with "$list"
	check "one line says so" sh -c "test \"\$(wc -l <'$said')\" = 1 && grep -qF 'CLOUDSEAL_LOG=$list: ' '$said'"
	check "and the default holds" sh -c "grep -q ' info ' '$log' && ! grep -q ' debug ' '$log'"
done

# What is answered on another thread keeps the number of the request: a read of what is on the store only.
same_number() { # LOG: a read, and a GET of the store, with one number
	local n
	for n in $(grep -oE ' fs fuse #[0-9]+: inode [0-9]+: read$' "$1" | grep -oE '#[0-9]+'); do
		grep -qE " debug remote [a-z-]+ $n: get " "$1" && return
	done
	return 1
}
mount_vault a demo "$M" && head -c 300000 /dev/urandom >"$M/large" && sync_vault a demo >/dev/null
check "another device" join_vault b demo "$S"
check "its mount" aloud mount_vault b demo "$WORK/b"
check "a cold read" cmp "$M/large" "$WORK/b/large"
check "the read and its request to the store have one number" same_number "$(state_dir b demo)/log"
finish
