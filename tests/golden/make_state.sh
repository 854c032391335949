#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the golden state directory (tests/golden/README.md): make_state.sh FOLDER, as root: what SIGKILL left of a device, and its store.
OUT=$(realpath "$1")
. "$(dirname "$0")/../lib.sh"
S=$WORK/disk/store M=$WORK/m C=$CLOUDSEAL STATE=$(state_dir a demo)
die() { echo "make_state: $*" >&2; exit 1; }
quiet() { "$@" >/dev/null || die "$*"; }
status() { on a "$C" status demo --json --debug | python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

mkdir "$WORK/disk" && mount -t tmpfs -o size=4m none "$WORK/disk" || die "no small disk (root makes it)"
quiet new_vault a demo "$S"
quiet join_vault b demo "$S"
quiet mount_vault b demo "$WORK/mb"
mkdir "$WORK/mb/theirs" && head -c 20000 /dev/urandom >"$WORK/mb/theirs/photo" && echo "from another device" >"$WORK/mb/theirs/note"
quiet sync_vault b demo
quiet lock_vault b demo

# On the store, another device's commits among it; some of it pinned; settings.
for setting in "upload-delay 1h" "poll-interval 1h" "cache-limit 1G" "checkpoint-min 2M"; do quiet on a "$C" config demo $setting; done
quiet mount_vault a demo "$M"
quiet sync_vault a demo # the other's first
mkdir -p "$M/kept/inner" "$M/gone"
head -c 140000 /dev/urandom >"$M/kept/inner/big"
echo "a small text" >"$M/small" && chmod 640 "$M/small" && ln "$M/small" "$M/second name" && ln -s kept/inner "$M/link"
setfattr -n user.colour -v blue "$M/small"
truncate -s 5M "$M/sparse" && printf end >>"$M/sparse"
echo gone >"$M/gone/file"
quiet sync_vault a demo
quiet on a "$C" pin "$M/kept"

# In the queue: a commit and its segment, that a full store did not take.
head -c 30000 /dev/urandom >"$M/queued"
dd if=/dev/zero of="$WORK/disk/full" bs=4k status=none 2>/dev/null
on a timeout 60 "$C" sync demo >/dev/null 2>&1 && die "the store was not full"
[ "$(status 'd["debug"]["queue"]["objects"]')" -ge 2 ] || die "nothing is queued"

status '"commits %d" % d["commits"]' >"$OUT/facts" # with the one that is queued

# In the base and in no commit.
echo changed >>"$M/small" && rm -r "$M/gone" && mv "$M/kept/inner/big" "$M/kept/big" && mkdir "$M/new" && head -c 20000 /dev/urandom >"$M/new/unpublished"
sync -f "$M" && sleep 3

# In the WAL alone. Listed, then killed before the second is over after which the memtable goes into the base.
PID=$(pid_of a demo)
python3 - "$M" "$PID" "$OUT/tree.txt" "$ROOT/tests/golden/list_tree.py" <<'P' || die "the last write"
import os, signal, subprocess, sys
m, pid, tree, lister = sys.argv[1:]
for name in ("in the WAL", "new/in the WAL too"):
    fd = os.open(f"{m}/{name}", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(fd, name.encode() * 500)
    os.fsync(fd)
    os.close(fd)
listed = subprocess.run([sys.executable, lister, m], check=True, capture_output=True).stdout
os.kill(int(pid), signal.SIGKILL)
open(tree, "wb").write(listed)
P
wait_for 20 sh -c '! kill -0 $0 2>/dev/null' "$PID"
fusermount3 -uz "$M"
rm "$WORK/disk/full"

# Without its WAL it must lack what only the WAL has.
cp -a "$WORK/device-a" "$WORK/device-c" && rm "$(state_dir c demo)/map/log"
sed -i "s|$S|$WORK/nowhere|" "$(state_dir c demo)/vault.json"
quiet mount_vault c demo "$WORK/mc"
[ -e "$WORK/mc/new/unpublished" ] && [ ! -e "$WORK/mc/in the WAL" ] || die "the last write is in the base already: once more"
quiet lock_vault c demo --lazy

rm -f "$STATE/log"
sed -i "s|$S|@STORE@|" "$STATE/vault.json"
sed -i "s|$M|@MOUNT@|" "$STATE/last.json" "$STATE/mounts.json"
! grep -rlF "$WORK" "$STATE" "$S" || die "a path of this machine is left"
cp "$PASS" "$OUT/passphrase"
fallocate -d "$STATE/map/data.mdb" && fallocate -d "$STATE/map/log" || die "no holes" # zeros that were allocated ahead
(cd "$WORK" && tar -S --sort=name --owner=0 --group=0 --numeric-owner -cf - --exclude=demo/control -C disk store -C ../device-a/data/cloudseal demo) | gzip -9n >"$OUT/state.tar.gz"
echo "made: $(stat -c %s "$OUT/state.tar.gz") bytes"
finish
