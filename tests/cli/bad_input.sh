#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What people get wrong and what crashes leave: one clear line each, and the documented exit code.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m
C=$CLOUDSEAL
mkdir "$M"
new_vault a demo "$S" >/dev/null || { not_ok "init"; finish; }
new_vault a other "$WORK/store2" >/dev/null || { not_ok "second init"; finish; }
KEY=$WORK/recovery-demo; key=$(cat "$KEY")
echo wrong >"$WORK/wrong"
for f in wrong typo short empty; do : >>"$WORK/$f"; chmod 600 "$WORK/$f"; done
header() { # header FILE EXPRESSION: changes the bytes h of a header, checksum made right again unless RAW is set
	python3 - "$1" "$2" <<'PY'
import hashlib, os, struct, sys
h = bytearray(open(sys.argv[1], 'rb').read())
exec(sys.argv[2])
if 'RAW' not in os.environ:
    h[-32:] = hashlib.sha256(bytes(h[:-32])).digest()
open(sys.argv[1], 'wb').write(h)
PY
}

# secrets
fails_with 3 "demo: this is not the passphrase of this vault on this device.*--recovery opens it" "wrong passphrase" on a "$C" mount --passfile "$WORK/wrong" demo "$M"
fails_with 2 "no passphrase opens this vault from the cloud: its recovery key does" "no passphrase opens it at join, also not the right one" on b "$C" join --portable-passphrase --passfile "$PASS" "$S"
first=${key:0:1}; [ "$first" != 7 ] && typo=7${key:1} || typo=8${key:1}
echo "$typo" >"$WORK/typo"
fails_with 3 "group 1" "mistyped recovery key: the group is named" on b "$C" join --recovery-file "$WORK/typo" "$S"
echo "short" >"$WORK/short"
fails_with 3 "recovery key|group" "far too short a recovery key" on b "$C" join --recovery-file "$WORK/short" "$S"
fails_with 3 "not a recovery key of the vault" "another vault's recovery key" on b "$C" join --recovery-file "$WORK/recovery-other" "$S"
fails_with 2 "empty" "empty passphrase file" on b "$C" join --recovery-file "$KEY" --passfile "$WORK/empty" "$S"
fails_with 2 "cannot read .*/nowhere" "missing passphrase file" on a "$C" mount --passfile "$WORK/nowhere" demo "$M"
fails_with 2 "no terminal to ask for the passphrase" "nowhere to ask" setsid env -u SSH_ASKPASS -u DISPLAY HOME="$WORK/device-a/home" XDG_DATA_HOME="$WORK/device-a/data" "$C" mount demo "$M"
fails_with 2 "no terminal to ask for the recovery key: use --recovery-file" "nor for a recovery key" setsid env -u SSH_ASKPASS -u DISPLAY XDG_DATA_HOME="$WORK/device-b/data" "$C" join "$S"
check "a failed join leaves nothing behind" test ! -e "$(state_dir b store)"

# the store
fails_with 9 "No vault here\. Is it the right folder\? cloudseal init makes a new one" "a place that is no vault" on b "$C" join --passfile "$PASS" "$(mkdir "$WORK/nothing" && echo "$WORK/nothing")"
fails_with 10 "nowhere/at/all is not there: is its disk mounted" "a place that is not there" on b "$C" join --passfile "$PASS" "$WORK/nowhere/at/all"
fails_with 10 "cannot be made: .*make that first, or mount its disk" "init where no directory is" on b "$C" init --passfile "$PASS" --recovery-file "$WORK/r2" "$WORK/nowhere/at/all"
fails_with 10 "is no directory: say another" "init on a file" on b "$C" init --passfile "$PASS" --recovery-file "$WORK/r2" "$WORK/wrong"
fails_with 4 "does the server run, is the address right\?" "a server that is not there" on b "$C" join --passfile "$PASS" "http://127.0.0.1:1/x"
fails_with 2 "join --help tells more" "no store at all" on b "$C" join
fails_with 2 "unknown option --nope; did you mean --name. .--help lists them." "an option that is none" on b "$C" join --nope
fails_with 2 "." "a bad store address" on b "$C" join --passfile "$PASS" "gopher://x/y"
fails_with 8 "vault .* already" "init over a vault" on b "$C" init --passfile "$PASS" --recovery-file "$WORK/r2" "$S"
mkdir "$WORK/full" && echo x >"$WORK/full/x"
fails_with 8 "not empty: .*such as a new directory in it" "init into a directory with other files" on b "$C" init --passfile "$PASS" --recovery-file "$WORK/r2" "$WORK/full"
fails_with 8 "exists already.*: name another" "a recovery key is never written over a file" on b "$C" init --passfile "$PASS" --recovery-file "$WORK/short" "$WORK/new"
check "and no recovery key was written" test ! -e "$WORK/r2"
fails_with 8 "of that name" "init under a name in use" on a "$C" init --name demo --passfile "$PASS" --recovery-file "$WORK/r2" "$WORK/new"
fails_with 2 "cannot be a vault's name" "a bad name" on a "$C" init --name a/b --passfile "$PASS" --recovery-file "$WORK/r2" "$WORK/new"

# the header
cp "$S/cloudseal-vault" "$WORK/header"
RAW=1 header "$S/cloudseal-vault" 'h[100] ^= 1'
fails_with 9 "header is damaged .* put a good copy of it back" "damaged header" on b "$C" join --recovery-file "$KEY" --passfile "$PASS" "$S"
cp "$WORK/header" "$S/cloudseal-vault"; truncate -s 50 "$S/cloudseal-vault"
fails_with 9 "." "short header" on b "$C" join --recovery-file "$KEY" --passfile "$PASS" "$S"
head -c 3000000 /dev/zero >"$S/cloudseal-vault"
fails_with 9 "." "huge header" on b "$C" join --recovery-file "$KEY" --passfile "$PASS" "$S"
cp "$WORK/header" "$S/cloudseal-vault"; header "$S/cloudseal-vault" 'h[100] ^= 1'
fails_with 9 "The vault's header looks tampered with\. Do not enter your passphrase again" "a header that somebody made" on b "$C" join --recovery-file "$KEY" --passfile "$PASS" "$S"
cp "$WORK/header" "$S/cloudseal-vault"; header "$S/cloudseal-vault" 'h[16] = 3'
fails_with 9 "newer" "newer format" on b "$C" join --recovery-file "$KEY" --passfile "$PASS" "$S"
cp "$WORK/header" "$S/cloudseal-vault"; header "$S/cloudseal-vault" 'h[18] |= 1'
fails_with 9 "newer|feature" "unknown incompatible feature" on b "$C" join --recovery-file "$KEY" --passfile "$PASS" "$S"
cp "$WORK/header" "$S/cloudseal-vault"
# what trying a portable passphrase shall cost is said by the header: 64 passes over 4 GiB. Genesis has a hash of the wrap, so one that was
# changed counts for nothing, whatever it asks for.
P=$WORK/store-portable PH=$WORK/header-portable
check "a vault with a portable passphrase" new_vault a portable "$P" --portable-passphrase
cp "$P/cloudseal-vault" "$PH"
header "$P/cloudseal-vault" "k = struct.pack('<III', 65536, 3, 1); assert h.count(k) == 1; h[:] = h.replace(k, struct.pack('<III', 4194304, 64, 1))"
fails_with 2 "no passphrase opens this vault from the cloud" "a wrap that was changed to cost more is not tried" on b "$C" join --portable-passphrase --passfile "$PASS" "$P"
check "the recovery key opens it without" on b "$C" join --name by-key --recovery-file "$WORK/recovery-portable" --passfile "$PASS" "$P"
on b "$C" forget --discard by-key >/dev/null
cp "$PH" "$P/cloudseal-vault"
fails_with 3 "not a passphrase of the vault: try again, or without --portable-passphrase by its recovery key" "a wrong one" on b "$C" join --portable-passphrase --passfile "$WORK/wrong" "$P"
check "the right one joins by the passphrase" join_vault b portable "$P" --portable-passphrase
on b "$C" forget --discard portable >/dev/null
cp "$WORK/store2/cloudseal-vault" "$S/cloudseal-vault"
fails_with 3 "not a recovery key of the vault" "another vault's header on this store" on b "$C" join --recovery-file "$KEY" --passfile "$PASS" "$S"
fails_with 9 "." "nor does that one's key open what is here" on b "$C" join --recovery-file "$WORK/recovery-other" --passfile "$PASS" "$S"
cp "$WORK/header" "$S/cloudseal-vault"
check "the right header joins again" join_vault b demo "$S"

# mount points
mkdir "$WORK/used" && echo x >"$WORK/used/x"
fails_with 8 "is not empty: x: move that away" "mount point that is not empty" on a "$C" mount --passfile "$PASS" demo "$WORK/used"
fails_with 10 "nowhere is not there: make it first" "mount point that is not there" on a "$C" mount --passfile "$PASS" demo "$WORK/nowhere"
fails_with 2 "not a directory: name another" "mount point that is a file" on a "$C" mount --passfile "$PASS" demo "$WORK/wrong"
check "mount" mount_vault a demo "$M"
mkdir "$WORK/m2"
fails_with 10 "is not mounted: mount it first" "sync of what is not mounted" on a "$C" sync other
fails_with 8 "mounted already, at $M: lock it first" "second mount of the same vault" on a "$C" mount --passfile "$PASS" demo "$WORK/m2"
fails_with 8 "mounted|not empty" "another vault on a used mount point" on a "$C" mount --passfile "$PASS" other "$M"

# a stale mount
echo kept >"$M/kept"; sync "$M/kept"
pid=$(on a "$C" status --json demo | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
kill -KILL "$pid"
wait_for 10 sh -c '! kill -0 '"$pid"' 2>/dev/null'
check "the mount is dead" sh -c '! stat "$0" 2>/dev/null' "$M"
fails_with 12 "not locked cleanly" "forget refuses after a crash" on a "$C" forget demo
check "status tells of the crash" sh -c 'echo "$0" | grep -q "not locked cleanly"' "$(on a "$C" status demo)"
check "mounting again cleans up" mount_vault a demo "$M"
check "what was synced is there" grep -q kept "$M/kept"
pid=$(on a "$C" status --json demo | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
kill -KILL "$pid"; wait_for 10 sh -c '! kill -0 '"$pid"' 2>/dev/null'
check "lock cleans up too" lock_vault a demo
check "the directory is usable again" ls "$M"

# the state directory
if [ "$(id -u)" = 0 ] && mkdir "$WORK/small" && mount -t tmpfs -o size=8m none "$WORK/small" 2>/dev/null; then
	fails_with 11 "full" "state directory on a full disk" env XDG_DATA_HOME="$WORK/small" "$C" init --passfile "$PASS" --recovery-file "$WORK/r3" "$WORK/new"
	mount -o remount,ro "$WORK/small"
	fails_with 11 "[Rr]ead-only" "state directory on a read-only disk" env XDG_DATA_HOME="$WORK/small" "$C" init --passfile "$PASS" --recovery-file "$WORK/r3" "$WORK/new"
	umount "$WORK/small"
	cp -r "$WORK/device-a/data" "$WORK/ro" && mount --bind "$WORK/ro" "$WORK/ro" && mount -o remount,bind,ro "$WORK/ro"
	fails_with 11 "read-only" "mount with a read-only state directory" env XDG_DATA_HOME="$WORK/ro" "$C" mount --passfile "$PASS" demo "$M"
	umount "$WORK/ro"
else
	skip_check "state directory on a full disk and a read-only one: needs root to mount small file systems"
fi
mount_vault a demo "$M" && mkdir -p "$M/data"
fails_with 11 "network file system" "state directory on a network file system" env XDG_DATA_HOME="$M/data" "$C" init --passfile "$PASS" --recovery-file "$WORK/r3" "$WORK/new"
lock_vault a demo --lazy >/dev/null

# local state
printf '{"format":2,"store":"/x"}' >"$WORK/vault.json"
cp "$(state_dir a other)/vault.json" "$WORK/saved"
cp "$WORK/vault.json" "$(state_dir a other)/vault.json"
fails_with 9 "newer" "settings of a newer version" on a "$C" mount --passfile "$PASS" other "$M"
echo '{' >"$(state_dir a other)/vault.json"
fails_with 9 "damaged" "damaged settings" on a "$C" mount --passfile "$PASS" other "$M"
cp "$WORK/saved" "$(state_dir a other)/vault.json"
U=$(state_dir a other)/unlock; cp "$U" "$WORK/unlock"
head -c 50 "$WORK/unlock" >"$U"
fails_with 9 "unlock is damaged: --recovery opens it with the recovery key" "a damaged file that the passphrase opens" on a "$C" mount --passfile "$PASS" other "$M"
rm "$U"
fails_with 10 "unlock is missing: --recovery opens it" "a lost one" on a "$C" mount --passfile "$PASS" other "$M"
check "and it does, with a new passphrase" on a "$C" mount --recovery-file "$WORK/recovery-other" --passfile "$WORK/wrong" other "$M"
check "lock" lock_vault a other
fails_with 3 "not the passphrase" "not the old one, then" on a "$C" mount --passfile "$PASS" other "$M"
rm "$U"; head -c 20 /dev/zero >"$(state_dir a other)/rescue"
fails_with 9 "rescue is damaged: if the passphrase is lost, too, forget this vault here and join again" "both files lost" on a "$C" mount --recovery-file "$WORK/recovery-other" --passfile "$PASS" other "$M"
rm -f "$(state_dir a demo)/header"
check "a lost header copy is fetched again" mount_vault a demo "$M"
lock_vault a demo >/dev/null

# an ordinary user
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	mkdir -p "$WORK/user/home" "$WORK/user/m"; cp -r "$WORK/device-a/data" "$WORK/user/data"; cp "$PASS" "$WORK/user/pass"; cp "$C" "$WORK/user/cs"
	chown -R nobody "$WORK/user"; chmod 755 "$WORK"
	no_fuse() { unshare -m sh -c 'cp -p /dev/null "$0/fuse" 2>/dev/null; mknod -m 600 "$0/node" c 10 229; mount --bind "$0/node" /dev/fuse; shift 0; exec "$@"' "$WORK" "$@"; }
	fails_with 1 "no permission for /dev/fuse" "ordinary user without /dev/fuse" no_fuse setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups \
		env HOME="$WORK/user/home" XDG_DATA_HOME="$WORK/user/data" "$WORK/user/cs" mount --passfile "$WORK/user/pass" demo "$WORK/user/m"
else
	skip_check "ordinary user without /dev/fuse: needs root and setpriv to become one and to hide it"
fi
finish
