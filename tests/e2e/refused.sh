#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A cloud that refuses a password, one object, or all that is written: it is said in the cloud's own words, tried again at every
# sync and by itself, and nothing else waits for it.
# timeout: 400
. "$(dirname "$0")/../lib.sh"

D=$WORK/dav A=$WORK/ma B=$WORK/mb P=$WORK/password
mkdir "$D"
take_ports || { not_ok "ports"; finish; }
U=http://127.0.0.1:$PORTS/v
new_password() { echo "$1" >"$D/new"; mv "$D/new" "$D/password"; }
refuse() { echo "$1" >"$D/new"; mv "$D/new" "$D/refuse"; }
have_password() { echo "$1" >"$P.new"; chmod 600 "$P.new"; mv "$P.new" "$P"; }
new_password one; have_password one
"$ROOT/tests/helpers/refusing-dav" "$PORTS" "$D" >/dev/null 2>&1 & SERVERS_DOWN="kill $!"
wait_for 20 bash -c ": </dev/tcp/127.0.0.1/$PORTS"
field() { on "$1" "$CLOUDSEAL" status --json "$2" | python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$3"; }
is() { [ "$(field a v "$1")" = "$2" ]; }

check "a vault" new_vault a v "$U" --user me --pass-file "$P"
check "mounted" mount_vault a v "$A"
check "sync" sync_vault a v
check "idle" is 'd["phase"]' idle

new_password two
echo x >"$A/x"
fails_with 6 "Wrong user or password for 127.0.0.1:$PORTS\..*not with that password" "another password: sync says so, and what the server says" sync_vault a v --timeout 60
check "the phase says so" wait_for 20 is 'd["phase"]' denied
have_password two
check "the new one is in its file: sync of the mounted vault" sync_vault a v
check "all is uploaded" is 'd["queue"]["saved"], d["phase"]' "(True, 'idle')"
new_password three
echo y >"$A/y"
check "and another one" wait_for 60 is 'd["phase"]' denied
have_password three
check "it is found without being asked for" wait_for 60 is 'd["queue"]["saved"]' True

refuse "PUT 403 the scanner says no"
echo z >"$A/z"
fails_with 6 "refuses .*\(HTTP 403: the scanner says no\): allow" "what is written is refused: sync says so, and what the server says" sync_vault a v --timeout 60
check "status, too; it is not idle" is 'd["phase"], "scanner says no" in d["last_error"]' "('stuck', True)"
rm "$D/refuse"
check "it is tried again by the next sync" sync_vault a v
check "idle" is 'd["phase"], d["alarms"]' "('idle', [])"

check "another device joins" join_vault b v "$U" --user me --pass-file "$P"
check "mounted" mount_vault b v "$B"
check "sync" sync_vault b v
check "sync" sync_vault a v
: >"$D/log"
echo secret >"$B/of_b"
check "it writes something" sync_vault b v
COMMIT=$(sed -n 's/^PUT \(\S*\) 201/\1/p' "$D/log" | head -1)
refuse "PATH=$COMMIT GET 500 disk on fire"
echo mine >"$A/of_a"
fails_with 7 "alarm: " "its commit is answered with an error: sync does the rest, and says so" sync_vault a v --timeout 120
check "status names the object, and what the server says" is '[(a["object"], "disk on fire" in a["text"]) for a in d["alarms"] if a["kind"] == "object-refused"]' "[('${COMMIT##*/}', True)]"
check "it is not idle" is 'd["phase"], d["queue"]["saved"]' "('stuck', True)"
check "what this device writes is shown on the other, whose own commit is refused to it" eval 'sync_vault b v; wait_for 20 test -e "$B/of_a"'
check "what is in it is not shown" test ! -e "$A/of_b"
rm "$D/refuse"
check "it is given out again" sync_vault a v
check "and shown" eval 'wait_for 20 cmp "$A/of_b" "$B/of_b"'
check "idle" is 'd["phase"], d["alarms"]' "('idle', [])"
check "lock" lock_vault a v
check "lock" lock_vault b v

mkdir "$WORK/disk"
if mount -t tmpfs tmpfs "$WORK/disk" 2>/dev/null; then
	check "a vault on a disk" new_vault c w "$WORK/disk/w"
	check "mounted" mount_vault c w "$WORK/mc"
	check "sync" sync_vault c w
	mount -o remount,ro "$WORK/disk"
	echo 1 >"$WORK/mc/one"
	fails_with 6 "Read-only file system: mount its disk writable" "the disk may only be read: sync says so" sync_vault c w --timeout 60
	check "it is not idle" test "$(field c w 'd["phase"]')" = stuck
	mount -o remount,rw "$WORK/disk"
	check "it may be written again: sync" sync_vault c w
	check "lock" lock_vault c w
else
	skip_check "a disk that may only be read: needs root to mount"
fi
finish
