#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is printed or held before a camera: the recovery sheet of init, and the QR codes of verify.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
for tool in zbarimg rsvg-convert pdftoppm pdftotext; do command -v $tool >/dev/null || skip "$tool is not installed (dev/deps test)"; done
C=$CLOUDSEAL S=$WORK/store M=$WORK/m
mkdir "$M" "$WORK/paper"
read_code() { zbarimg -q --raw "$1" 2>/dev/null; }
terminal() { on "$1" python3 "$ROOT/tests/helpers/terminal.py" "${@:2}" >"$WORK/typed" 2>&1; }
init() { # FILE STORE [options]: with a sheet, and as "n" + the last part of STORE
	on a "$C" init --create --name "n${2##*/}" --passfile "$PASS" --recovery-sheet "$1" "${@:3}" "$2"
}
nothing_left() { # NAME STORE FILE
	[ ! -e "$3" ] && [ ! -L "$3" ] && [ ! -e "$(state_dir a "$1")" ] && [ -z "$(find "$2" -type f 2>/dev/null)" ] ||
		{ ls -ld "$3" "$(state_dir a "$1")"; find "$2" -type f; return 1; }
}
refused() { # CODE PATTERN WHAT FILE STORE [options]: in one line, and nothing is left of it
	local code=$1 pattern=$2 what=$3; shift 3
	[ ! -d "$2" ] || find "$2" -mindepth 1 -delete
	fails_with "$code" "$pattern" "$what" init "$@"
	check "  nothing is left of it" nothing_left "n${2##*/}" "$2" "$1"
}

# --- what is on it ---
for form in svg pdf; do
	F=$WORK/paper/$form.$form
	init "$F" "$S-$form" --recovery-file "$WORK/key-$form" >"$WORK/said" 2>&1 || { cat "$WORK/said"; not_ok "init with a sheet as $form"; finish; }
	key=$(cat "$WORK/key-$form")
	check "$form: init says that the file is the key, and has to go" eval 'grep -q "The page to print is $F. That file is the recovery key: print it, remove the file" "$WORK/said"'
	check "$form: the key is not on the terminal" sh -c '! grep -q "$1" "$0"' "$WORK/said" "$key"
	check "$form: the file is for its owner alone" test "$(stat -c %a "$F")" = 600
	if [ $form = svg ]; then rsvg-convert -w 1240 "$F" -o "$WORK/page.png"; else pdftoppm -r 150 -png -singlefile "$F" "$WORK/page"; fi
	check "$form: its QR code is the recovery key" test "$(read_code "$WORK/page.png")" = "$key"
	if [ $form = svg ]; then
		python3 -c 'import sys, xml.etree.ElementTree as t; print("\n".join(e.text or "" for e in t.parse(sys.argv[1]).iter()))' "$F" >"$WORK/text"
	else
		pdftotext -layout "$F" "$WORK/text"
		check "pdf: one page, without a fault" sh -c 'pdfinfo "$0" 2>&1 | tee "$1"; grep -q "^Pages: *1$" "$1" && ! grep -qi error "$1"' "$F" "$WORK/info"
	fi
	for text in "$key" "nstore-$form" "$S-$form" "$(date +%Y)-" "cloudseal mount --recovery nstore-$form" "Notes" "remove it"; do
		check "$form: '${text/$key/the key}' can be read" grep -qF -- "$text" "$WORK/text"
	done
	# the command that stands there, as somebody types it from the page
	command=$(tr '\n' ' ' <"$WORK/text" | tr -s ' ' | grep -oE "cloudseal join --name nstore-$form [^ ]*")
	check "$form: the command that stands there joins" on b "$C" ${command#cloudseal } --passfile "$PASS" --recovery-file <(read_code "$WORK/page.png")
done
check "only a sheet is enough to init" init "$WORK/paper/only.pdf" "$WORK/s-only" </dev/null
pdftoppm -r 150 -png -singlefile "$WORK/paper/only.pdf" "$WORK/page"
check "and is the way in" on b "$C" join --passfile "$PASS" --recovery-file <(read_code "$WORK/page.png") "$WORK/s-only"
check "capitals in the suffix, and letters of other languages in an SVG" init "$WORK/paper/DOM.SVG" "$WORK/дом & <сад>" --name dom
check "  which is well-formed" python3 -c 'import sys, xml.etree.ElementTree as t; assert any("дом & <сад>" in (e.text or "") for e in t.parse(sys.argv[1]).iter())' "$WORK/paper/DOM.SVG"
check "letters of Latin-1 in a PDF" init "$WORK/paper/kuehe.pdf" "$WORK/kühe" --name kuehe
check "  which can be read" sh -c 'pdftotext -layout "$0" - | grep -q kühe' "$WORK/paper/kuehe.pdf"

# --- where it must not be, and what it must not be ---
refused 2 "a recovery sheet is a page to print: name a .pdf or .svg file" "another suffix" "$WORK/paper/x.png" "$WORK/s1"
refused 2 "name a .pdf or .svg file" "none" "$WORK/paper/x" "$WORK/s1"
refused 2 "name a .pdf or .svg file" "nothing before it" ".pdf" "$WORK/s1"
refused 2 "name a .pdf or .svg file" "nor in a folder" "$WORK/paper/.svg" "$WORK/s1"
refused 2 "letters that a PDF of ours does not have: name an .svg file" "letters that a PDF does not have" "$WORK/paper/x.pdf" "$WORK/дом" --name x
refused 2 "cannot be printed: use --recovery-file" "bytes that are no letters" "$WORK/paper/x.svg" "$WORK/$(printf 'a\377')" --name x
refused 2 "too long for a sheet: use --recovery-file" "an address that fills the page" "$WORK/paper/x.svg" "$WORK/$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..200})" --name x
refused 11 "cannot write $WORK/nowhere/x.pdf: No such file or directory" "no such folder" "$WORK/nowhere/x.pdf" "$WORK/s1"
refused 11 "cannot write .*: Not a directory" "a folder that is none" "$PASS/x.pdf" "$WORK/s1"
refused 11 "cannot write $WORK/nowhere/key: No such file or directory" "a recovery file that cannot be written beside it" "$WORK/paper/x.pdf" "$WORK/s1" --recovery-file "$WORK/nowhere/key"
echo mine >"$WORK/paper/mine.pdf"
fails_with 8 "mine.pdf exists already, and a recovery key is never written over a file: name another" "a file that is there" init "$WORK/paper/mine.pdf" "$WORK/s1"
check "  it is as it was, and no vault" sh -c '[ "$(cat "$0")" = mine ] && [ ! -e "$1" ]' "$WORK/paper/mine.pdf" "$(state_dir a ns1)"
ln -s "$WORK/elsewhere.pdf" "$WORK/paper/link.pdf"
fails_with 8 "link.pdf exists already" "a link to where nothing is" init "$WORK/paper/link.pdf" "$WORK/s1"
check "  nothing is written through it" test ! -e "$WORK/elsewhere.pdf"
mkdir -p "$WORK/s1/below" "$WORK/device-a/home/cloudseal/ns1"; ln -s "$WORK/s1/below" "$WORK/paper/innocent"
fails_with 2 "would lie in the cloud, where others read" "in the store's folder" init "$WORK/s1/x.pdf" "$WORK/s1"
fails_with 2 "would lie in the cloud, where others read" "below it, by a link" init "$WORK/paper/innocent/x.pdf" "dir:$WORK/s1"
fails_with 2 "would lie where the vault is mounted" "where it will be mounted" init "$WORK/device-a/home/cloudseal/ns1/x.pdf" "$WORK/s1"
fails_with 2 "would lie in the vault's state on this device" "in its state" init "$WORK/device-a/data/cloudseal/ns1/x.pdf" "$WORK/s1"
check "nothing is left of them" eval '[ ! -e "$(state_dir a ns1)" ] && [ -z "$(find "$WORK/s1" "$WORK/device-a/home/cloudseal" -type f)" ]'
if [ "$(id -u)" = 0 ] && mkdir "$WORK/disk" && mount -t tmpfs -o size=4k tmpfs "$WORK/disk" 2>/dev/null; then
	refused 11 "cannot write $WORK/disk/x.pdf: No space left on device" "a full disk" "$WORK/disk/x.pdf" "$WORK/s2"
	refused 11 "cannot write $WORK/disk/x.svg: No space left on device" "likewise" "$WORK/disk/x.svg" "$WORK/s2"
	: >"$WORK/disk/full"; head -c 4096 /dev/zero >"$WORK/disk/full"
	fails_with 11 "cannot write $WORK/disk/key: No space left on device" "a recovery file, likewise" on a "$C" init --create --name ns2 --passfile "$PASS" --recovery-file "$WORK/disk/key" "$WORK/s2"
	check "  nothing is left of it" nothing_left ns2 "$WORK/s2" "$WORK/disk/key"
	mkdir "$WORK/disk/store"
	refused 5 "" "a store that is full" "$WORK/paper/x.pdf" "$WORK/disk/store" --recovery-file "$WORK/paper/x"
	check "  nor of the key" test ! -e "$WORK/paper/x"
	rm "$WORK/disk/full"
	mount -o remount,ro "$WORK/disk"
	refused 11 "cannot write $WORK/disk/x.pdf: Read-only file system" "a disk that is read-only" "$WORK/disk/x.pdf" "$WORK/s2"
	umount "$WORK/disk"
else
	skip_check "a full disk: needs root to mount a small one"
fi

# --- verify ---
T=$WORK/t
mount_vault a nstore-svg "$M" && mount_vault a nstore-pdf "$T" || { not_ok "mount"; finish; }
verified() { on "$1" "$C" verify --json "$2" | python3 -c 'import json, sys; print(json.load(sys.stdin)["qr"])'; }
shown=$(verified a nstore-svg)
check "the text of the code is for programs, too" sh -c 'echo "$0" | grep -qxE "CLOUDSEAL( [0-9]{5}){6} /( [0-9]{5}){6} /( [0-9]{5}){6}"' "$shown"
check "it is the three numbers" sh -c '[ "$0" = "$1" ]' "$shown" "$(on a "$C" verify --json nstore-svg | python3 -c 'import json, sys; d = json.load(sys.stdin); print("CLOUDSEAL", " / ".join(d[k]["digits"] for k in ("genesis", "members", "state")))')"
terminal a -- "$C" verify --qr nstore-svg
check "verify --qr shows them on a terminal" eval 'python3 "$ROOT/tests/helpers/qr_lines.py" "$WORK/code.pbm" <"$WORK/typed"'
check "a camera reads them" test "$(read_code "$WORK/code.pbm")" = "$shown"
check "and they fit on one of 24 lines" test "$(grep -c '▀' "$WORK/typed")" -le 23
check "beside the words" grep -q "which vault this is" "$WORK/typed"
check "without --qr there is none" sh -c '! "$@" | grep -q ▀' - on a "$C" verify nstore-svg
fails_with 1 "no QR code can be shown here: that needs a terminal of UTF-8 and 45 columns; --json has its text" "where no terminal is" on a "$C" verify --qr nstore-svg
terminal a -- sh -c 'stty cols 44; "$0" verify --qr nstore-svg' "$C"
check "on a narrow one it says so" eval 'grep -q "needs a terminal of UTF-8 and 45 columns" "$WORK/typed" && ! grep -q ▀ "$WORK/typed"'
check "what a camera read is compared" on a "$C" verify --against "$(read_code "$WORK/code.pbm")" nstore-svg
fails_with 1 "that is another vault" "with another vault's" on a "$C" verify --against "$shown" nstore-pdf
set -- ${shown//[^0-9]/ }
fails_with 1 "the same vault, but its members differ" "with other members" on a "$C" verify --against "${*:1:6} 00000 ${*:8}" nstore-svg
fails_with 1 "the same vault and members, but the state differs" "with another state" on a "$C" verify --against "${*:1:17} 99999" nstore-svg
same() { on a "$C" verify --json --against "$1" "$2" 2>/dev/null | python3 -c 'import json, sys; v = json.load(sys.stdin); print(v["name"], *(v["same"][n] for n in ("genesis", "members", "state")))'; }
check "in JSON: all the same" test "$(same "$(read_code "$WORK/code.pbm")" nstore-svg)" = "nstore-svg True True True"
check "members and state are not" test "$(same "${*:1:6} 00000 ${*:8:10} 99999" nstore-svg)" = "nstore-svg True False False"
json_fails() { on a "$C" verify --json --against "${*:1:17} 99999" nstore-svg; }
fails_with 1 "but the state differs" "which ends as in words" json_fails "$@"
fails_with 2 "needs all that the QR code says: three numbers of 30 digits" "half of it" on a "$C" verify --against "${*:1:17}" nstore-svg
fails_with 2 "three numbers of 30 digits" "too much of it" on a "$C" verify --against "$* 1" nstore-svg
fails_with 2 "three numbers of 30 digits" "what is no number" on a "$C" verify --against "$(printf '\033[31mhttps://example.org')" nstore-svg
fails_with 2 "against: needs a value" "nothing" on a "$C" verify --against "" nstore-svg

# --- recovery new ---
K=$WORK/k
check "mount" mount_vault a kuehe "$K"
pdftoppm -r 150 -png -singlefile "$WORK/paper/kuehe.pdf" "$WORK/page"
(umask 077; read_code "$WORK/page.png" >"$WORK/key-kuehe")
another() { on a "$C" recovery new --recovery-sheet "$@" kuehe; } # FILE [options]
F=$WORK/paper/another.svg
fails_with 2 "name a .pdf or .svg file" "recovery new: another suffix" another "$WORK/paper/another.png"
fails_with 2 "would lie in the vault, which opens with that key" "in the vault, wherever that is mounted" another "$K/x.svg"
fails_with 2 "would lie in the cloud, where others read" "in the store's folder" another "$WORK/kühe/x.svg"
fails_with 2 "would lie in the vault's state on this device" "in its state" another "$(state_dir a kuehe)/x.svg"
fails_with 8 "mine.pdf exists already, and a recovery key is never written over a file" "over a file" another "$WORK/paper/mine.pdf"
fails_with 11 "cannot write $WORK/nowhere/key: No such file or directory" "a recovery file that cannot be written beside it" another "$F" --recovery-file "$WORK/nowhere/key"
fails_with 2 "recovery-sheet is for cloudseal recovery new" "where no key is made" on a "$C" recovery check --recovery-sheet "$F" kuehe
check "  the old key stays, and no page is left" eval '[ ! -e "$F" ] && [ ! -e "$K/x.svg" ] && on a "$C" recovery check --recovery-file "$WORK/key-kuehe" kuehe'
check "a new key on a page, and nobody is asked" eval 'another "$F" >"$WORK/said" 2>&1 </dev/null'
check "  it is said that the file is the key, and has to go" grep -q "The page to print is $F. That file is the recovery key: print it, remove the file" "$WORK/said"
check "  for its owner alone" test "$(stat -c %a "$F")" = 600
rsvg-convert -w 1240 "$F" -o "$WORK/page.png"
(umask 077; read_code "$WORK/page.png" >"$WORK/from-paper")
check "  what stands there opens the vault" on a "$C" recovery check --recovery-file "$WORK/from-paper" kuehe
fails_with 3 "not a recovery key of the vault" "  and the one before does not" on a "$C" recovery check --recovery-file "$WORK/key-kuehe" kuehe
check "on a page and in a file" another "$WORK/paper/both.pdf" --recovery-file "$WORK/both"
pdftoppm -r 150 -png -singlefile "$WORK/paper/both.pdf" "$WORK/page"
check "  it is the same" test "$(read_code "$WORK/page.png")" = "$(cat "$WORK/both")"
check "lock" lock_vault a kuehe
lock_vault a nstore-svg --lazy >/dev/null; lock_vault a nstore-pdf --lazy >/dev/null
fails_with 10 "is not mounted: mount it first" "a locked vault" on a "$C" verify --qr nstore-svg

# --- portable passphrases ---
echo "letmein letmein letmein" >"$WORK/taken"; echo "Geschwindigkeit7" >"$WORK/word"; chmod 600 "$WORK"/{taken,word}
for weak in taken word; do
	fails_with 2 "too weak to be portable.*four words or more" "'$(cat "$WORK/$weak")' is refused" on a "$C" init --create --name weak --portable-passphrase --passfile "$WORK/$weak" --recovery-sheet "$WORK/paper/weak.pdf" "$WORK/weak"
	check "  nothing is left of it" nothing_left weak "$WORK/weak" "$WORK/paper/weak.pdf"
done
terminal a "letmein letmein letmein" "letmein letmein letmein" -- "$C" init --create --name weak --portable-passphrase --recovery-sheet "$WORK/paper/weak.pdf" "$WORK/weak"
check "on a terminal, too" test $? = 2
check "where it is said before what it means" eval 'tr -d "\r" <"$WORK/typed" | tr "\n" " " | grep -q "Whoever can read there, or gets a copy, can try passphrases .*New passphrase"'
terminal a "four small brown stones" "four small brown stones" -- "$C" init --create --name strong --portable-passphrase --recovery-sheet "$WORK/paper/strong.pdf" "$WORK/strong"
check "a strong one is taken, and nothing is asked of who has the sheet" test $? = 0
finish
