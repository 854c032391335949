#!/usr/bin/env bash
# Full disks: of the state directory (ENOSPC, nothing accepted is lost) and of the store (status says so, sync has its own exit code,
# work goes on locally, and all is well once there is room).
# timeout: 200
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root to mount small file systems"
A=$WORK/a
on a true
mount -t tmpfs -o size=300m,mode=700 tmpfs "$WORK/device-a/data" || skip "cannot mount tmpfs"
mkdir "$WORK/small"; mount -t tmpfs -o size=40m tmpfs "$WORK/small"
check "init" new_vault a v "$WORK/small/store"
check "mount" mount_vault a v "$A"
fill_store() { head -c 80000000 /dev/urandom >"$A/too-much" && on a timeout 100 "$CLOUDSEAL" sync v --timeout 60s >"$WORK/out2" 2>&1; local rc=$?; echo "exit $rc"; cat "$WORK/out2"; [ $rc = 5 ]; }
check "store full: sync fails with its own exit code" fill_store
check "and status says so" bash -c "$(declare -f on); WORK='$WORK' on a '$CLOUDSEAL' status v | grep -i full"
goes_on() { echo on >"$A/goes-on" && [ "$(cat "$A/goes-on")" = on ] && [ "$(stat -c %s "$A/too-much")" = 80000000 ]; }
check "work goes on" goes_on
sum=$(sha256sum <"$A/too-much")
mount -o remount,size=400m "$WORK/small"
check "room again: sync succeeds" sync_vault a v --timeout 90s
fill_disk() { # write until ENOSPC; everything accepted and fsynced must be right afterwards
	python3 - "$A" <<'PY'
import errno, hashlib, os, sys
root = sys.argv[1]; kept = {}
for i in range(100000):
    data = os.urandom(900_000)
    try:
        fd = os.open(f'{root}/fill{i}', os.O_CREAT | os.O_WRONLY)
        n = 0
        while n < len(data): n += os.write(fd, data[n:])
        os.fsync(fd); os.close(fd)
    except OSError as e:
        assert e.errno == errno.ENOSPC, e
        print('ENOSPC after', i, 'files'); break
    kept[f'fill{i}'] = hashlib.sha256(data).hexdigest()
else: sys.exit('never full')
for n, h in kept.items():
    assert hashlib.sha256(open(f'{root}/{n}', 'rb').read()).hexdigest() == h, n
import json; json.dump(kept, open(root + '/../kept', 'w'))
PY
}
umount -l "$WORK/small.none" 2>/dev/null
mount -o remount,size=20m "$WORK/small" 2>/dev/null || mount -o remount,size=120m "$WORK/small"
check "state disk full: ENOSPC, what was accepted is right" fill_disk
check "files can be removed on a full disk" bash -c "rm '$A'/fill[0-9] && ls '$A' >/dev/null"
check "lock" lock_vault a v
check "mount again" mount_vault a v "$A"
verify() { python3 -c "
import hashlib, json, os
for n, h in json.load(open('$WORK/kept')).items():
    p = '$A/' + n
    if os.path.exists(p): assert hashlib.sha256(open(p, 'rb').read()).hexdigest() == h, n
"; }
check "all there after remount" verify
check "and the first file too" bash -c "[ \"\$(sha256sum <'$A/too-much')\" = '$sum' ]"
lock_vault a v >/dev/null
finish
