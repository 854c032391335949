#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Vaults and state directories of builds of their time (tests/golden/README.md). Of format 1: join and mount refuse it in one line that says
# what to do, and leave it as it is; the device can forget it. Of format 2: it opens, and shows what it showed then.
. "$(dirname "$0")/../lib.sh"
G=$ROOT/tests/golden C=$CLOUDSEAL
SAYS="made by a development version; copy your files out with it"

cp -r "$G/format1/store" "$WORK/golden"
listed() { (cd "$1" && find . -type f -exec sha256sum {} + | sort); }
listed "$WORK/golden" >"$WORK/before"
fails_with 9 "$SAYS" "join with the passphrase" on a "$C" join --name old --portable-passphrase --passfile "$G/format1/passphrase" "$WORK/golden"
fails_with 9 "$SAYS" "join with the recovery key" on a "$C" join --name old --passfile "$PASS" --recovery-file "$G/format1/recovery" "$WORK/golden"
fails_with 8 "already" "a new vault on that store is none, either" new_vault a old "$WORK/golden"
listed "$WORK/golden" >"$WORK/after"
check "the store is as it was" cmp "$WORK/before" "$WORK/after"
check "and no vault is known here" test -z "$(on a "$C" list)"

STATE=$(state_dir a demo)
mkdir -p "$WORK/device-a/data/cloudseal" "$WORK/m"
tar xzf "$G/state1/state.tar.gz" --no-same-owner -C "$WORK" || { not_ok "unpacking"; finish; }
mv "$WORK/demo" "$STATE" && sed -i "s|@STORE@|$WORK/store|" "$STATE/vault.json" && sed -i "s|@MOUNT@|$WORK/m|" "$STATE/last.json"
listed "$STATE" >"$WORK/before"
fails_with 9 "$SAYS" "mount of a state directory" on a "$C" mount --passfile "$G/state1/passphrase" demo "$WORK/m"
fails_with 9 "$SAYS" "a dump of it" on a "$C" debug dump --passfile "$G/state1/passphrase" demo
listed "$STATE" >"$WORK/after"
check "it is as it was, but for the log" bash -c 'diff <(grep -v /log "$0") <(grep -v /log "$1")' "$WORK/before" "$WORK/after"
check "it is listed" sh -c 'echo "$0" | grep -q demo' "$(on a "$C" list)"
fails_with 12 "may be waiting" "forget says what may be lost" on a "$C" forget demo
check "and forgets it when told so" on a "$C" forget --discard demo
check "it is gone" test ! -e "$STATE"

# Two devices' vault, with conflicts, a checkpoint and commits behind it: by the recovery key and by the passphrase, which is portable.
export TZ=UTC
tar xzf "$G/format2/store.tar.gz" --no-same-owner -C "$WORK" || { not_ok "unpacking"; finish; }
cp "$G/format2/recovery" "$WORK/recovery" && cp "$G/format2/passphrase" "$WORK/portable" && chmod 600 "$WORK/recovery" "$WORK/portable"
shows() { python3 "$G/list_tree.py" "$WORK/n" | diff "$G/format2/tree.txt" - && on "$1" "$C" conflicts v | sed "s|$WORK/n|.|g" | diff "$G/format2/conflicts" -; }
check "format 2: join by the recovery key" on c "$C" join --name v --recovery-file "$WORK/recovery" --passfile "$PASS" "$WORK/store"
check "mount" mount_vault c v "$WORK/n"
check "it shows what it showed" shows c
check "and takes more" eval 'echo more >"$WORK/n/more" && sync_vault c v'
check "lock" lock_vault c v
check "format 2: join by the passphrase" on d "$C" join --name v --portable-passphrase --passfile "$WORK/portable" "$WORK/store"
check "mount" on d "$C" mount --passfile "$WORK/portable" v "$WORK/n"
check "with what was added" grep -qx more "$WORK/n/more"
rm "$WORK/n/more"; touch -d "@$(grep -oP '^\. dir \S+ \S+ \S+ \K\d{10}' "$G/format2/tree.txt").$(grep -oP '^\. dir \S+ \S+ \S+ \d{10}\K\d+' "$G/format2/tree.txt")" "$WORK/n"
check "and without it what it showed" shows d
check "lock" lock_vault d v
finish
