#!/usr/bin/env bash
# Full disks: of the store (status says so, sync has its own exit code, work goes on locally, and all is well once there is room) and
# of the state directory (ENOSPC, nothing accepted is lost, files can be removed, and the vault mounts again).
# timeout: 200
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root to mount small file systems"
A=$WORK/a B=$WORK/b
on a true
mount -t tmpfs -o size=300m,mode=700 tmpfs "$WORK/device-a/data" || skip "cannot mount tmpfs"
mkdir "$WORK/small"; mount -t tmpfs -o size=40m tmpfs "$WORK/small"
status() { on a "$CLOUDSEAL" status v; }
check "init" new_vault a v "$WORK/small/store"
check "mount" mount_vault a v "$A"
fill_store() { head -c 60000000 /dev/urandom >"$A/too-much"; on a timeout 60 "$CLOUDSEAL" sync --timeout 40 v; local rc=$?; echo "exit $rc"; [ $rc = 5 ]; }
check "store full: sync fails with its own exit code" fill_store
says_full() { status; status | grep -qi "cloud is full"; }
check "and status says so" says_full
goes_on() { echo on >"$A/goes-on" && [ "$(cat "$A/goes-on")" = on ] && [ "$(stat -c %s "$A/too-much")" = 60000000 ] && mkdir "$A/d" && mv "$A/goes-on" "$A/d/"; }
check "work goes on" goes_on
sum=$(sha256sum <"$A/too-much")
again() { lock_vault a v && mount_vault a v "$A" && [ "$(cat "$A/d/goes-on")" = on ] && [ "$(sha256sum <"$A/too-much")" = "$sum" ]; }
check "also after lock and mount" again
mount -o remount,size=120m "$WORK/small"
recovered() { wait_for 60 eval '! status | grep -qi full && status | grep -q "everything is uploaded"' || { status; return 1; }; }
check "room again: it goes on by itself" recovered
check "and sync succeeds" sync_vault a v --timeout 60
check "a second device" join_vault b w "$WORK/small/store"
check "mounts" mount_vault b w "$B"
check "and has the file" eval '[ "$(sha256sum <"$B/too-much")" = "$sum" ]'
check "it locks" lock_vault b w
cat >"$WORK/verify.py" <<'PY'
import hashlib, json, os, sys
kept = json.load(open(sys.argv[2])); n = 0
for name, h in kept.items():
    p = f'{sys.argv[1]}/{name}'
    if os.path.exists(p): assert hashlib.sha256(open(p, 'rb').read()).hexdigest() == h, name; n += 1
print(n, 'of', len(kept), 'files'); sys.exit(n < int(sys.argv[3]))
PY
mount -o remount,size=70m "$WORK/small"
# Some of it waits for the store, so what is written after it is in no changeset, and goes at once when it is removed.
stuck() { : >"$A/unsynced" && head -c 20000000 /dev/urandom >"$A/stuck" && wait_for 60 eval 'status | grep -q "waiting: the cloud is full"'; }
check "the store is full again" stuck
check "state disk full: ENOSPC, what was accepted is right" timeout 100 python3 "$ROOT/tests/e2e/full_fill.py" "$A" "$WORK/kept"
# It is there already: where less is left than a new name takes, making it would be refused, and nothing written.
unsynced() { ! timeout 60 dd if=/dev/urandom of="$A/unsynced" conv=notrunc bs=64k count=4000 2>"$WORK/dd"; local rc=$?; cat "$WORK/dd"; [ $rc = 0 ] && grep -q "No space left" "$WORK/dd" && rm "$A/unsynced"; }
check "and writes without fsync get ENOSPC too, they do not wait for room" unsynced
check "and status says that the local disk is full" on a env CLOUDSEAL="$CLOUDSEAL" timeout 100 python3 "$ROOT/tests/e2e/full_said.py" "$A/more"
rm -f "$A"/more*
check "the rest still answers" eval 'ls "$A" >/dev/null && [ "$(cat "$A/d/goes-on")" = on ]'
status
check "lock on a full disk" lock_vault a v
check "mount on a full disk" mount_vault a v "$A"
files=$(ls "$A" | grep -c fill)
check "all there" python3 "$WORK/verify.py" "$A" "$WORK/kept" $((files - 1))
check "files can be removed" rm "$A"/fill[0-9] "$A"/fill[1-5][0-9]
room() { head -c 3000000 /dev/urandom >"$A/after" && sync "$A/after"; }
check "which makes room for others" wait_for 20 room
local_ok() { local s; s=$(status) && ! grep "LOCAL DISK" <<<"$s"; }
check "and status says no more that it is full" wait_for 20 local_ok
mount -o remount,size=600m "$WORK/small"
check "room in the store too: sync" sync_vault a v --timeout 100
check "lock" lock_vault a v
left() { local n; n=$(df --output=avail -B1 "$WORK/device-a/data" | tail -1); echo "$n bytes are free"; [ "$n" -ge 3000000 ]; }
check "the database leaves room for the log and for what lies beside it" left
check "mount again" mount_vault a v "$A"
check "still right" python3 "$WORK/verify.py" "$A" "$WORK/kept" $((files - 61))
check "and the first file too" eval '[ "$(sha256sum <"$A/too-much")" = "$sum" ]'
check "the other device mounts" mount_vault b w "$B"
check "and gets everything" wait_for 60 same_tree "$A" "$B"
lock_vault a v >/dev/null; lock_vault b w >/dev/null
finish
