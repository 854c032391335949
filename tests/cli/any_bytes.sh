#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Names of any bytes: no UTF-8, line feeds, escapes of a terminal, leading dashes, very long ones; of files, mount points, folders of
# a vault, files of secrets. On a terminal they are escaped, JSON has them whole.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
C=$CLOUDSEAL
ODD=$'-n\xff\xc3 \e[31m\n\t\\\u009b ä' # what a name can be
SHOWN='-n\\xff\\xc3 \\x1b\[31m\\n\\t\\\\xc2\\x9b ä' # what a person is shown; a pattern of grep -E
D=$WORK/$ODD; mkdir -- "$D"
S="$D/store" M="$D/m" P="$D/pass" R="$D/key"
mkdir -- "$M"; cp -- "$PASS" "$P"
plain() { ! LC_ALL=C grep -qP "[\x00-\x08\x0b-\x1f\x7f]" "$1" && iconv -f utf8 -t utf8 "$1" >/dev/null && ! grep -q "$(printf "\302\233")" "$1"; } # FILE: nothing that a terminal obeys
says() { local pattern=$1; shift; "$@" >"$WORK/said" 2>&1; grep -qE -- "$pattern" "$WORK/said" && plain "$WORK/said" || { cat -v "$WORK/said"; return 1; }; } # PATTERN COMMAND...
# bytes KEY [EXPRESSION]: of a member of the JSON on stdin, as Python's repr
same() { python3 -c '
import json, sys
d = eval(sys.argv[1], {"d": json.load(sys.stdin)}); key = sys.argv[2]
got = bytes.fromhex(d[key + "_hex"]) if key + "_hex" in d else d[key].encode()
want = bytes.fromhex(sys.argv[3])
sys.exit(0 if got == want else "%r is not %r" % (got, want))' "$1" "$2" "$(printf %s "$3" | od -An -tx1 | tr -d ' \n')"; } # EXPRESSION KEY BYTES

check "init: folder, passphrase and recovery key in such a directory" says "^Made vault v on .*$SHOWN/store\.$" on a "$C" init --create --name v --passfile "$P" --recovery-file "$R" "$S"
check "says where the key is" grep -qE "^Its recovery key is in .*$SHOWN/key: keep" "$WORK/said"
check "and it is there" test -s "$R"
check "the vault, too" test -s "$S/cloudseal-vault"
fails_with 8 "^cloudseal: .*$SHOWN/store: there is a vault at that place already" "init over it" on b "$C" init --create --passfile "$P" --recovery-file "$D/key2" "$S"
check "the error is harmless" plain "$WORK/err"
check "mount there" says "^Mounted at .*$SHOWN/m$" on a "$C" mount --passfile "$P" v "$M"
check "status" says "^v: mounted at .*$SHOWN/m$" on a "$C" status v
check "says where the vault is" grep -qE "^  cloud        .*$SHOWN/store$" "$WORK/said"
check "list" says "^v +.*$SHOWN/store +.*$SHOWN/m$" on a "$C" list
on a "$C" status --json v >"$WORK/json"
check "status --json is harmless" plain "$WORK/json"
check "it has the mount point" same d mount_point "$M" <"$WORK/json"
check "and the folder" same d store "$S" <"$WORK/json"
on a "$C" list --json >"$WORK/json"
check "list --json" same "d[0]" mount_point "$M" <"$WORK/json"
on a "$C" config --json v >"$WORK/json"
check "config --json" same d store "$S" <"$WORK/json"
check "config" says "^store +.*$SHOWN/store +where the vault is" on a "$C" config v
check "a setting of such a path" says "^mount-point = .*$SHOWN/m, from the next mount on$" on a "$C" config v mount-point "$M"
check "status by the path of the mount point" says "^v: mounted at" on a "$C" status "$M"
F="$M/$ODD" L=$M/$(printf 'l%.0s' $(seq 255))
echo x >"$F"; echo y >"$L"; mkdir -- "$M/d"
check "sync by the path of a file" on a "$C" sync "$F"
check "status of a file" says "this path    1 file" on a "$C" status "$F"
check "pin" says "^.*/$SHOWN: pinned, all 2 bytes are on this device\.$" on a "$C" pin "$F"
check "unpin" says "^.*/$SHOWN: not pinned any more\.$" on a "$C" unpin "$F"
check "pin of a long name" on a "$C" pin "$L"
cd_pin() { cd -- "$M" && on a "$C" pin -- "$ODD"; }
check "pin of a name with a leading dash, from inside" cd_pin
fails_with 10 "^cloudseal: .*$SHOWN-none: No such file or directory" "pin of what is not there" on a "$C" pin -- "$F-none"
check "the error is harmless" plain "$WORK/err"

# two devices change such a file at once
check "b joins" on b "$C" join --name v --passfile "$P" --recovery-file "$R" "$S"
mkdir -- "$D/n"
check "b mounts" says "^Mounted at .*$SHOWN/n$" on b "$C" mount --passfile "$P" v "$D/n"
check "b has the file" wait_for 20 cmp "$F" "$D/n/$ODD"
check "b locks" lock_vault b v
echo a >"$F"; check "sync" sync_vault a v
check "a locks" lock_vault a v
mv -- "$S" "$S.away"; mkdir -- "$S"
check "b mounts offline" on b "$C" mount --passfile "$P" v "$D/n"
echo b >"$D/n/$ODD"; sync -f "$D/n"
lock_vault b v >/dev/null 2>&1
rmdir -- "$S"; mv -- "$S.away" "$S"
check "b mounts again" on b "$C" mount --passfile "$P" v "$D/n"
check "sync" sync_vault b v
check "a mounts" on a "$C" mount --passfile "$P" v "$M"
conflict() { says "^.*$SHOWN.*: another version of the file $SHOWN, by " on b "$C" conflicts v; }
check "the conflict is listed" wait_for 20 conflict
on b "$C" conflicts --json v >"$WORK/json"
check "with the name as it is" same 'd["conflicts"][0]' name "$ODD" <"$WORK/json"
check "its path is there" python3 -c '
import json, os, sys
c = json.load(open(sys.argv[1]))["conflicts"][0]; os.stat(bytes.fromhex(c["path_hex"]))' "$WORK/json"
check "b locks" lock_vault b v

# a damaged one
head -c 300000 /dev/urandom >"$F"; check "sync" sync_vault a v
check "lock" lock_vault a v
check "c joins" on c "$C" join --name v --passfile "$P" --recovery-file "$R" "$S"
for f in $(cd -- "$S" && find . -type f -size +200k); do another_byte "$S/$f" 5000; another_byte "$S/$f" 150000; done
check "c mounts" on c "$C" mount --passfile "$P" v "$M"
cat -- "$F" >/dev/null 2>&1
check "status names it" says "^  DAMAGED      /$SHOWN \(object " on c "$C" status v
on c "$C" status --json v >"$WORK/json"
check "the alarm has its path" same 'next(a for a in d["alarms"] if a["kind"] == "file-damaged")' path "/$ODD" <"$WORK/json"

# after a crash
kill -KILL "$(pid_of c v)"
check "lock after a crash" says "(removed the dead mount that a crash left at .*$SHOWN/m|is locked)" on c "$C" lock v
check "c mounts" on c "$C" mount --passfile "$P" v "$M"
check "lock" lock_vault c v
touch -- "$M/$ODD" 2>/dev/null || { chmod 700 -- "$M"; chattr -i -- "$M"; touch -- "$M/$ODD"; } 2>/dev/null
fails_with 8 "^cloudseal: .*$SHOWN/m is not empty: $SHOWN: move that away" "a mount point with such a file in it" on c "$C" mount --passfile "$P" v "$M"
check "the error is harmless" plain "$WORK/err"

# long ones
long=$WORK; for i in $(seq 14); do long=$long/$(printf "d%.0s" $(seq 200)); done; mkdir -p "$long"
check "a folder of 2,900 bytes" on d "$C" init --create --name v --passfile "$PASS" --recovery-file "$WORK/key-long" "$long/store"
check "and mount there" mount_vault d v "$long/m"
check "lock" lock_vault d v
fails_with 10 "cannot be made: .*make that first, or mount its disk\.$" "of a long path, too, it is said what to do" on d "$C" init --create --name w --passfile "$PASS" --recovery-file "$WORK/key-none" "$long/none/store"
too=$long; for i in $(seq 8); do too=$too/$(printf "e%.0s" $(seq 200)); done
fails_with 2 "too long" "one that is no path any more" on d "$C" init --create --name w --passfile "$PASS" --recovery-file "$WORK/key-too" "$too"
rm -rf "${WORK:?}/$(printf "d%.0s" $(seq 200))"
finish
