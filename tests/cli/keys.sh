#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Who may open a vault: each device by its own passphrase, which nothing in the cloud can be compared with; the recovery key on all of
# them, and on a new one; a portable passphrase where somebody wanted one.
# timeout: 200
. "$(dirname "$0")/../lib.sh"
S=$WORK/store M=$WORK/m N=$WORK/n C=$CLOUDSEAL
mkdir "$M" "$N"
for n in two three; do echo "passphrase $n" >"$WORK/$n"; done
echo "Passw0rd2024!" >"$WORK/weak"
chmod 600 "$WORK"/{two,three,weak}
terminal() { on "$1" python3 "$ROOT/tests/helpers/terminal.py" "${@:2}" >"$WORK/typed" 2>&1; }
said() { grep -qE "$1" "$WORK/typed" || { cat "$WORK/typed"; return 1; }; }
again() { on "$1" "$C" mount --passfile "$3" "$2" "$4" && lock_vault "$1" "$2"; }

new_vault a demo "$S" >"$WORK/said" || { not_ok "init"; finish; }
check "init says what the recovery key is" grep -q "Without it and without a device" "$WORK/said"
key=$(cat "$WORK/recovery-demo")

# --- a passphrase for each device ---
check "another device joins with the recovery key, and gets a passphrase of its own" on b "$C" join --name demo --recovery-file "$WORK/recovery-demo" --passfile "$WORK/two" "$S"
check "which opens it there" again b demo "$WORK/two" "$N"
fails_with 3 "this is not the passphrase of this vault on this device" "that of the first device does not" on b "$C" mount --passfile "$PASS" demo "$N"
fails_with 3 "this is not the passphrase of this vault on this device" "nor does this one open the first" on a "$C" mount --passfile "$WORK/two" demo "$M"
fails_with 2 "no passphrase opens this vault from the cloud" "none of them opens it from the cloud" on c "$C" join --portable-passphrase --passfile "$PASS" "$S"
check "nothing in the cloud has work for a passphrase" python3 -c 'import struct, sys; assert struct.pack("<III", 65536, 3, 1) not in open(sys.argv[1], "rb").read()' "$S/cloudseal-vault"
terminal c "$key" "open sesame" "open sesame" -- "$C" join --name demo "$S"
check "on a terminal join asks for the recovery key, then for a passphrase twice" test $? = 0
check "it says whose that is" said "New passphrase for demo on this device"
check "none of it is echoed" sh -c '! grep -qE "sesame|$1" "$0"' "$WORK/typed" "$key"

# --- the recovery key on a device that has the vault ---
mv "$S" "$WORK/away"
check "the recovery key opens it, offline, and the passphrase is another then" on a "$C" mount --recovery-file "$WORK/recovery-demo" --passfile "$WORK/three" demo "$M"
check "lock" lock_vault a demo --lazy
check "which opens it from then on" again a demo "$WORK/three" "$M"
fails_with 3 "not the passphrase" "the one before does not" on a "$C" mount --passfile "$PASS" demo "$M"
fails_with 2 "no terminal to ask for the passphrase" "where nobody says another" setsid -w env -u SSH_ASKPASS -u DISPLAY HOME="$WORK/device-a/home" XDG_DATA_HOME="$WORK/device-a/data" "$C" mount --recovery-file "$WORK/recovery-demo" demo "$M"
check "it stays as it was" again a demo "$WORK/three" "$M"
mv "$WORK/away" "$S"
terminal a "$key" "a b c" "a b c" -- "$C" mount --recovery demo "$M"
check "on a terminal it asks for both" test $? = 0
check "lock" lock_vault a demo
new_vault a other "$WORK/store2" >/dev/null
fails_with 3 "not a recovery key of the vault" "another vault's recovery key" on a "$C" mount --recovery-file "$WORK/recovery-other" --passfile "$PASS" demo "$M"

# --- a portable passphrase ---
fails_with 2 "too weak to be portable.*four words or more" "a weak one is refused" on a "$C" init --create --name weak --portable-passphrase --passfile "$WORK/weak" --recovery-file "$WORK/r-weak" "$WORK/s-weak"
check "and nothing is in the cloud" sh -c '[ -z "$(find "$0" -type f 2>/dev/null)" ]' "$WORK/s-weak"
new_vault a portable "$WORK/store3" --portable-passphrase >"$WORK/said" || not_ok "init with a portable passphrase"
check "init says what it means" grep -q "can try passphrases" "$WORK/said"
check "a device joins by it" join_vault b portable "$WORK/store3" --portable-passphrase
check "and is opened by it" again b portable "$PASS" "$N"
check "one joins by the recovery key all the same" on c "$C" join --name portable --recovery-file "$WORK/recovery-portable" --passfile "$WORK/two" "$WORK/store3"
check "the recovery key opens where the passphrase let in" on b "$C" mount --recovery-file "$WORK/recovery-portable" --passfile "$WORK/three" portable "$N"
check "lock" lock_vault b portable
fails_with 3 "not a recovery key of the vault: --portable-passphrase opens it with its passphrase" "a wrong recovery key" on d "$C" join --recovery-file "$WORK/recovery-other" --passfile "$PASS" "$WORK/store3"
finish
