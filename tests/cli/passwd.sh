#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# passwd: the passphrase of a device becomes another, with the vault mounted or locked, and the cloud away; whatever goes wrong, one
# of the two opens.
# timeout: 200
. "$(dirname "$0")/../lib.sh"
S=$WORK/store M=$WORK/m N=$WORK/n C=$CLOUDSEAL
mkdir "$M" "$N"
word() { echo "passphrase $1" >"$WORK/$1"; chmod 600 "$WORK/$1"; }
for n in two three four five six; do word "$n"; done
D=$(state_dir a demo)
opens() { on a "$C" mount --passfile "$1" demo "$M" && lock_vault a demo; } # FILE
terminal() { on a python3 "$ROOT/tests/helpers/terminal.py" "$@" >"$WORK/typed" 2>&1; }
said() { grep -qE "$1" "$WORK/${2:-typed}" || { cat "$WORK/${2:-typed}"; return 1; }; }
passwd() { on a "$C" passwd "$@"; }
quiet() { on a setsid -w env -u SSH_ASKPASS -u CLOUDSEAL_ASKPASS -u DISPLAY -u WAYLAND_DISPLAY "$@" </dev/null; } # nobody to ask
new_vault a demo "$S" >/dev/null || { not_ok "init"; finish; }

# --- the cloud is away ---
mv "$S" "$WORK/away"
cp "$D/unlock" "$WORK/unlock-before"
ino=$(stat -c %i "$D/unlock")
exec 9<"$D/unlock" # what had the name before
check "a passphrase is changed, without the cloud" passwd --passfile "$PASS" --new-passfile "$WORK/two" demo
check "it is another file" test "$(stat -c %i "$D/unlock")" != "$ino"
check "of the old one nothing is left, in its own place either" python3 -c 'import os; b = os.pread(9, 4096, 0); assert b and not b.strip(b"\0"), b'
exec 9<&-
check "nor beside it" test "$(cd "$D" && echo unlock*)" = unlock
check "private" test "$(stat -c %a "$D/unlock")" = 600
check "the new one opens" opens "$WORK/two"
fails_with 3 "this is not the passphrase of this vault on this device" "the old one does not" on a "$C" mount --passfile "$PASS" demo "$M"
both() { cat "$1" "$2" | on a "$C" passwd --passfd 0 demo; }
check "both from one descriptor, a line each" both "$WORK/two" "$WORK/three"
check "it opens" opens "$WORK/three"
check "by the recovery key, which needs no old one" passwd --recovery-file "$WORK/recovery-demo" --new-passfile "$WORK/four" demo
check "it opens" opens "$WORK/four"
check "or as mount takes it" passwd --recovery-file "$WORK/recovery-demo" --passfile "$WORK/two" demo
check "it opens" opens "$WORK/two"
mv "$WORK/away" "$S"

# --- on a terminal, and mounted ---
check "mount" on a "$C" mount --passfile "$WORK/two" demo "$M"
terminal "passphrase two" "open sesame" "open says me" "passphrase four" "passphrase four" -- "$C" passwd demo
check "on a terminal it asks for the old one, then twice for the new one, again when the two differ; mounted" test $? = 0
check "it says whose" said "New passphrase for demo on this device"
check "and that it is done" said "passphrase of demo on this device is changed"
check "none of it is echoed" sh -c '! grep -qE "sesame|passphrase (two|four)" "$0"' "$WORK/typed"
check "the mount goes on" touch "$M/file"
check "lock" lock_vault a demo
check "the new one opens" opens "$WORK/four"
terminal wrong "passphrase four" "a b c" "a b c" -- "$C" passwd demo
check "a wrong old one is asked for again" test $? = 0
echo "a b c" >"$WORK/abc"; chmod 600 "$WORK/abc"
check "it opens" opens "$WORK/abc"
check "back" passwd --passfile "$WORK/abc" --new-passfile "$WORK/four" demo

# --- what else has it ---
on a "$C" config demo passphrase-file "$WORK/four" >/dev/null
passwd --new-passfile "$WORK/five" demo >"$WORK/said" 2>&1
check "the file that the settings name is the old one's, and has to be written" said "passphrase-file names $WORK/four: write the new" said
check "it opens" opens "$WORK/five"
cp "$WORK/five" "$WORK/four"
passwd --passfile "$WORK/five" --new-passfile "$WORK/four" demo >"$WORK/said" 2>&1
check "nothing is said where it was" sh -c '! grep -q passphrase-file "$0"' "$WORK/said"
on a "$C" config --unset demo passphrase-file >/dev/null
mkdir "$WORK/bin" # a desktop's pinentry, which notes all that it is told
cat >"$WORK/bin/pinentry-gtk-2" <<-'EOF'
	#!/bin/sh
	echo OK
	while read -r line; do
		echo "$line" >>"$WORK/told"
		echo OK
	done
EOF
chmod 700 "$WORK/bin/pinentry-gtk-2"
on a env WORK="$WORK" DISPLAY=:99 PATH="$WORK/bin:$PATH" "$C" passwd --passfile "$WORK/four" --new-passfile "$WORK/two" demo >"$WORK/said" 2>&1
check "the desktop's keyring drops what it kept" grep -qx "CLEARPASSPHRASE u/cloudseal-demo" "$WORK/told"
check "which is said" said "keyring does not have the old one" said
printf '#!/bin/sh\necho "ERR 1 no"\n' >"$WORK/bin/pinentry-gtk-2"
check "a pinentry that does not answer so is no failure" on a env DISPLAY=:99 PATH="$WORK/bin:$PATH" "$C" passwd --passfile "$WORK/two" --new-passfile "$WORK/five" demo
check "it opens" opens "$WORK/five"
new_vault a portable "$WORK/store2" --portable-passphrase >/dev/null
on a "$C" passwd --passfile "$PASS" --new-passfile "$WORK/two" portable >"$WORK/said" 2>&1
check "a portable passphrase stays, and that is said" said "portable passphrase.*stays as it was" said
check "a device joins by it" join_vault b portable "$WORK/store2" --portable-passphrase

# --- bad input: it stays as it was ---
: >"$WORK/empty"; head -c 5000 /dev/zero | tr '\0' x >"$WORK/long"; printf 'a\0b\n' >"$WORK/binary"
chmod 600 "$WORK"/{empty,long,binary}
cp "$WORK/six" "$WORK/open"; chmod 644 "$WORK/open"
sum=$(sha256sum <"$D/unlock")
fails_with 2 "usage: cloudseal passwd NAME" "no name" on a "$C" passwd
fails_with 2 "usage: cloudseal passwd NAME" "too many" on a "$C" passwd demo demo
fails_with 10 "no vault" "no such vault" on a "$C" passwd nothing
fails_with 2 "cannot be a vault's name" "a name that is none" on a "$C" passwd ../demo
fails_with 3 "this is not the passphrase" "a wrong old one" on a "$C" passwd --passfile "$WORK/six" --new-passfile "$WORK/two" demo
fails_with 3 "not a recovery key of the vault" "another vault's recovery key" on a "$C" passwd --recovery-file "$WORK/recovery-portable" --new-passfile "$WORK/two" demo
fails_with 3 "recovery key" "no recovery key" on a "$C" passwd --recovery-file "$WORK/six" --new-passfile "$WORK/two" demo
for f in empty long binary open missing; do
	fails_with 2 "$WORK/$f" "$f: a new passphrase that cannot be" on a "$C" passwd --passfile "$WORK/five" --new-passfile "$WORK/$f" demo
	fails_with 2 "$WORK/$f" "$f: an old one" on a "$C" passwd --passfile "$WORK/$f" --new-passfile "$WORK/two" demo
done
one_line() { on a "$C" passwd --passfd 0 demo <"$WORK/five"; }
fails_with 2 "no new passphrase: there is no second line in the descriptor \(--passfd reads the old passphrase from the first line, the new one from the second\)$" "one line where two are to be" one_line
no_line() { on a "$C" passwd --passfd 0 demo </dev/null; }
fails_with 2 "^cloudseal: demo: the secret in the descriptor is empty" "none at all: then the old one is meant" no_line
new_only() { on a "$C" passwd --recovery-file "$WORK/recovery-demo" --passfd 0 demo </dev/null; }
fails_with 2 "no new passphrase: the secret in the descriptor is empty" "the new one by the recovery key" new_only
fails_with 2 "that is the passphrase which it has already: nothing was changed" "the same" on a "$C" passwd --passfile "$WORK/five" --new-passfile "$WORK/five" demo
fails_with 2 "that is the passphrase which it has already" "likewise by the recovery key" on a "$C" passwd --recovery-file "$WORK/recovery-demo" --new-passfile "$WORK/five" demo
fails_with 2 "no terminal to ask for the passphrase.*--new-passfile" "nobody to ask for the new one" quiet "$C" passwd --passfile "$WORK/five" demo
fails_with 2 "no terminal to ask for the passphrase" "nor for the old one" quiet "$C" passwd --new-passfile "$WORK/two" demo
terminal "passphrase five" a b c d e f -- "$C" passwd demo
check "three pairs that differ" test $? = 3
held() (exec 7<"$D"; flock 7; on a "$C" passwd --passfile "$WORK/five" --new-passfile "$WORK/two" demo)
fails_with 8 "being changed by another" "two at once" held
mv "$D/header" "$WORK/header"
fails_with 10 "header is missing or damaged: cloudseal mount demo" "without the header's copy" on a "$C" passwd --passfile "$WORK/five" --new-passfile "$WORK/two" demo
echo junk >"$D/header"
fails_with 9 "header is missing or damaged: cloudseal mount demo" "with a damaged one" on a "$C" passwd --passfile "$WORK/five" --new-passfile "$WORK/two" demo
mv "$WORK/header" "$D/header"
check "nothing was changed by all this" test "$(sha256sum <"$D/unlock")" = "$sum"
check "nothing is left" test "$(cd "$D" && echo unlock*)" = unlock
cp "$D/unlock" "$WORK/good"; echo junk >"$D/unlock"
fails_with 9 "is damaged: --recovery opens it" "a damaged file needs the recovery key" on a "$C" passwd --passfile "$WORK/five" --new-passfile "$WORK/two" demo
check "by which it is made anew" passwd --recovery-file "$WORK/recovery-demo" --new-passfile "$WORK/two" demo
check "it opens" opens "$WORK/two"

finish
