#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The golden state directory (tests/golden/README.md): what a device of an older build left when it was killed is mounted by this
# one with all that was written, goes up, and other devices see it.
. "$(dirname "$0")/../lib.sh"
G=$ROOT/tests/golden/state1 S=$WORK/store M=$WORK/m C=$CLOUDSEAL PASS=$G/passphrase STATE=$(state_dir a demo)

mkdir -p "$WORK/device-a/data/cloudseal"
tar xzf "$G/state.tar.gz" --no-same-owner -C "$WORK" || { not_ok "unpacking"; finish; }
mv "$WORK/demo" "$STATE" && sed -i "s|@STORE@|$S|" "$STATE/vault.json" && sed -i "s|@MOUNT@|$M|" "$STATE/last.json"

json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
status() { local e=$1; shift; on a "$C" status --json --debug "$@" | json "$e"; }
settings() { on a "$C" config demo | awk '$1 ~ /^(upload-delay|poll-interval|cache-limit|connections)$/ { printf "%s ", $2 }'; }
is() { local want=$1 got; shift; got=$("$@") && [ "$got" = "$want" ] || { echo "'$got', not '$want'"; return 1; }; }
shows_all() { python3 "$ROOT/tests/golden/list_tree.py" "$1" | diff "$G/tree.txt" -; }
pinned() { status 'd["path"]["pin"]' "$M/$1"; }
# figures MORE: of the golden state, and MORE commits.
figures() { awk -v n="$1" '{ printf "%s %d %s %d", $1, $2 + n, $3, $4 + n }' "$G/facts"; }

check "settings are what they were" is "3 1G 1h 1h " settings
check "locked, it is known that it was not locked cleanly" is "it was not locked cleanly, so work may be waiting" status 'd["waiting"]' demo
check "it mounts" mount_vault a demo "$M"
check "everything is there, also what was in the WAL alone" shows_all "$M"
check "what was pinned is" is yes pinned kept
check "and what lies in it, also what was moved" is above pinned kept/big
check "other things are not" is no pinned theirs/photo
check "sync: what was pending goes up" sync_vault a demo
check "nothing is left" is "0 False" status '"%d %s" % (d["queue"]["objects"], d["queue"]["unpublished"])' demo
check "one commit more than was queued" is "$(figures 1)" status '"commits %d height %d" % (d["commits"], d["height"])' demo
check "no alarm" is "[]" status 'd["debug"]["alarms"]' demo
check "a change more" sh -c 'echo more >"$0/more"' "$M"
check "sync" sync_vault a demo
check "lock" lock_vault a demo
check "and mounts again" mount_vault a demo "$M"
check "another device joins" join_vault b demo "$S"
check "and mounts" mount_vault b demo "$WORK/mb"
check "it has the same" same_tree "$M" "$WORK/mb"
check "lock" lock_vault b demo
check "lock" lock_vault a demo
finish
