#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Words that a person knows: what stands in the place of what the program once said, row by row; what it says no more is not in it.
. "$(dirname "$0")/../lib.sh"
C=$CLOUDSEAL S=$WORK/place M=$WORK/m
says() { local pattern=$1; shift; "$@" >"$WORK/said" 2>&1; grep -qE -- "$pattern" "$WORK/said" || { cat "$WORK/said"; return 1; }; } # PATTERN COMMAND...
gone() { # TEXT: no message of the program has it
	check "gone: $1" sh -c '! grep -qaF -- "$1" "$0"' "$C" "$1"
}
gone "its history won"
gone "published first"
gone " in %llu objects"
gone "out of range"
gone "has no code of its own"
gone "refuses the credentials"
gone "it has no object named"
gone "the header asks for more or less work"
gone "not published yet"
gone "does not store objects"
gone "names no store"
check "init" new_vault a v "$S"
check "mount" mount_vault a v "$M"
check "settle is upload-delay" says '^upload-delay ' on a "$C" config v
fails_with 2 "no setting 'settle'" "and nobody is told of the old one" on a "$C" config v settle 1s
check "checkpoint-min is under Advanced" sh -c 'sed -n "/^Advanced:/,\$p" "$0" | grep -q "^checkpoint-min "' "$WORK/said"
on a "$C" config v >"$WORK/said"
check "and nowhere else" test "$(sed '/^Advanced:/,$d' "$WORK/said" | grep -c checkpoint)" = 0
fails_with 2 "^cloudseal: v: poll-interval: '0' cannot be; use 1 s to 1 day$" "a number out of its range" on a "$C" config v poll-interval 0
fails_with 2 "^cloudseal: v: cache-limit: '1' cannot be; use 64(\.0)? MiB to " "a size" on a "$C" config v cache-limit 1
check "exit code 1 is failed" says '^ *1  failed$' "$C" --help
on a "$C" config v upload-delay 10m >/dev/null
check "lock" lock_vault a v
check "mount" mount_vault a v "$M"
head -c 1300000 /dev/urandom >"$M/f"
check "what waits, and when its upload starts" wait_for 20 says '^  to upload    1\.[23] MiB waiting; upload starts in (10|9) min' on a "$C" status v
check "sync" sync_vault a v
check "lock" lock_vault a v
mkdir "$WORK/nothing"
fails_with 9 "No vault here\. Is it the right folder\? cloudseal init makes a new one$" "join where no vault is" on b "$C" join --passfile "$PASS" "$WORK/nothing"
python3 - "$S/cloudseal-vault" <<'END'
import hashlib, sys
h = bytearray(open(sys.argv[1], 'rb').read()); h[100] ^= 1; h[-32:] = hashlib.sha256(bytes(h[:-32])).digest()
open(sys.argv[1], 'wb').write(h)
END
fails_with 9 "The vault's header looks tampered with\. Do not enter your passphrase again" "a header that somebody made" on b "$C" join --passfile "$PASS" --recovery-file "$WORK/recovery-v" "$S"
finish
