#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pin, unpin, status PATH and the state attribute, on a device that starts cold.
# timeout: 240
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m N=$WORK/n
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
path_field() { on "$1" "$CLOUDSEAL" status --json "$2" | json "d['path']['$3']"; }
state() { python3 -c 'import os,sys; print(os.getxattr(sys.argv[1], "user.cloudseal.state").decode())' "$1"; }
is() { [ "$1" = "$2" ] || { echo "'$1', not '$2'"; return 1; }; }
state_is() { is "$(state "$1")" "$2"; }
field_is() { is "$(path_field b "$1" "$2")" "$3"; }
cache_bytes() { on b "$CLOUDSEAL" status --json v | json 'd["cache"]["bytes"]'; }
under() { [ "$(cache_bytes)" -le "$1" ]; }
refused() { ! xattr_try "$@" 2>"$WORK/why" && grep -qE "^(PermissionError|OSError)" "$WORK/why"; }
xattr_try() { python3 -c 'import os,sys; print(eval(sys.argv[2], {"os": os, "p": sys.argv[1]}))' "$1" "$2"; }

new_vault a v "$S" >/dev/null && on a "$CLOUDSEAL" config v upload-delay 60s >/dev/null && mount_vault a v "$M" || exit 1
mkdir -p "$M/keep/deep" "$M/other"
for i in 1 2 3 4 5 6; do head -c 3000000 /dev/urandom >"$M/keep/deep/$i"; done
for i in 1 2 3 4 5 6; do head -c 3000000 /dev/urandom >"$M/other/$i"; done
echo small >"$M/keep/small"
cp -a "$M/." "$WORK/plain"
check "a fresh file is on this device only" state_is "$M/other/6" cached,dirty
sync_vault a v >/dev/null
check "and after sync only cached" state_is "$M/other/6" cached
check "no list shows the attribute" is "$(xattr_try "$M/other/6" 'os.listxattr(p)')" "[]"
check "it cannot be set" refused "$M/other/6" 'os.setxattr(p, "user.cloudseal.state", b"x")'
check "nor removed" refused "$M/other/6" 'os.removexattr(p, "user.cloudseal.state")'
check "nor anything beside it" refused "$M/other/6" 'os.setxattr(p, "user.cloudseal.x", b"1")'

join_vault b v "$S" >/dev/null && mount_vault b v "$N" || exit 1
check "a cold file is remote" state_is "$N/keep/deep/1" remote
check "a small one comes with the join" state_is "$N/keep/small" cached
check "status --json PATH: nothing here" field_is "$N/other" cached_bytes 0
check "all of it on the store" field_is "$N/other" remote_bytes 18000000
check "files counted" field_is "$N/keep" files 7
head -c 100000 "$N/other/1" >/dev/null
check "a file that was read in part is partial" state_is "$N/other/1" partial

fails_with 10 "No such file" "pin of nothing" on b "$CLOUDSEAL" pin "$N/nothing"
for c in pin unpin; do fails_with 10 "nosuch: no vault of that name here" "$c of a name that is none" on b "$CLOUDSEAL" $c nosuch; done
fails_with 10 "not in a mounted vault" "pin of a path elsewhere" on b "$CLOUDSEAL" pin "$WORK/plain/keep"
on b "$CLOUDSEAL" config v cache-limit 64M >/dev/null
said=$(on b "$CLOUDSEAL" pin "$N/keep")
check "pin fetches, and says so" sh -c 'echo "$0" | grep -q "pinned, all"' "$said"
check "nothing of it is remote" field_is "$N/keep" remote_bytes 0
check "all of it is pinned" is "$(path_field b "$N/keep" pinned_bytes)" "$(path_field b "$N/keep" bytes)"
check "the rest is not" field_is "$N/other" pinned_bytes 0
check "the directory says that it is pinned" field_is "$N/keep" pin yes
check "what is in it, that one above is" field_is "$N/keep/deep/3" pin above
check "the attribute says pinned" state_is "$N/keep/deep/3" cached,pinned
check "a directory's too" state_is "$N/keep" directory,pinned
fails_with 8 "directory above" "unpin below a pin" on b "$CLOUDSEAL" unpin "$N/keep/deep"
check "status in words" sh -c 'echo "$0" | grep -q "pinned *yes"' "$(on b "$CLOUDSEAL" status "$N/keep")"

# Another device's file in a pinned directory comes by itself.
head -c 2000000 /dev/urandom >"$M/keep/new" && cp -a "$M/keep/new" "$WORK/plain/keep/new" && touch -r "$M/keep" "$WORK/plain/keep" && sync_vault a v >/dev/null
# The size first: an earlier commit of the same file, with nothing in it yet, is "cached" too.
came() { [ "$(stat -c %s "$N/keep/new")" = 2000000 ] && state_is "$N/keep/new" cached,pinned; }
check "a new file in a pinned directory comes by itself" wait_for 120 came

mv "$S" "$S.away"
whole() { same_tree "$WORK/plain/keep" "$N/keep" || { cat "$N/keep/new" >/dev/null; on b "$CLOUDSEAL" status --json "$N/keep/new"; return 1; }; }
check "with the store gone, the pinned tree reads whole" whole
check "the other does not" sh -c '! timeout 5 cat "$0" >/dev/null 2>&1' "$N/other/5"
mv "$S.away" "$S"

# Eviction: the settings' smallest limit is above what is here, so the test scale is used: 8 MiB.
lock_vault b v >/dev/null
test_switches || skip "$CLOUDSEAL has no test switches"
export CLOUDSEAL_TEST_SCALE=small
mount_vault b v "$N" || exit 1
unset CLOUDSEAL_TEST_SCALE
cat "$N"/other/* >/dev/null
check "a cache over its limit keeps what is pinned" field_is "$N/keep" remote_bytes 0
dropped() { [ "$(path_field b "$N/other" remote_bytes)" -gt 10000000 ]; }
check "and drops the rest" wait_for 60 dropped
check "unpin" on b "$CLOUDSEAL" unpin "$N/keep"
check "what was pinned may go now" wait_for 60 under $((9 << 20))
check "and reads back from the store" same_tree "$WORK/plain/keep" "$N/keep"
lock_vault b v >/dev/null; lock_vault a v >/dev/null
finish
