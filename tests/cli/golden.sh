#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A vault of format 1, and a device's state directory with one (tests/golden/README.md): join and mount refuse it in one line that says
# what to do, and leave it as it is; the device can forget it.
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
finish
