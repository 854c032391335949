#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is left of a vault's files in a home after the lock: thumbnails that Thunar has tumbler make, and GTK's recent files. It is said,
# goes when asked and nothing else with it, and does not come where the programs are told not to make it.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
PATH=/usr/bin:/bin:$PATH
[ -w /dev/fuse ] || skip "/dev/fuse is not writable for $(id -un)"
for p in thunar Xvfb dbus-daemon gdbus; do command -v $p >/dev/null || skip "$p is not installed"; done
[ -e /usr/share/dbus-1/services/org.xfce.Tumbler.Thumbnailer1.service ] || skip "tumbler is not installed"
DESK=$WORK/desk H=$WORK/desk/home M="$WORK/desk/home/My Vault" SCREEN=
mkdir -p -m 700 "$DESK" "$DESK/run" "$H" "$M" "$H/Pictures"
. "$ROOT/tests/fuse/desk.sh"
here() { desk timeout 120 "$CLOUDSEAL" "$@"; }
picture() { "$ROOT/tests/fuse/make_picture.py" "$@"; }
recent() { desk timeout 60 "$ROOT/tests/fuse/gtk_recent.py" "$@"; }
# left: files in the home, but for the vault's state, that name what is in the vault
left() { grep -rlaE 'file://[^"]*/My(%20| )Vault/' "$H" --exclude-dir=cloudseal --exclude-dir="My Vault" "$@" | sort; }
thumbs() { left | grep -c thumbnails/; }
shows() { call org.xfce.FileManager.DisplayFolder "$1" "$SCREEN" ''; }
outside() { grep -rlaE 'file://[^"]*/Pictures/' "$H/.cache/thumbnails" | wc -l; }

check "init" here init --create --name v --passfile "$PASS" --recovery-file "$WORK/recovery" "$WORK/store"
check "mount" here mount --passfile "$PASS" v "$M"
check "lock, with nothing to say of thumbnails" sh -c '! echo "$0" | grep -q "programs keep"' "$(here lock v)"
nothing() { here traces v >"$WORK/said" && grep -q "^v: there are no thumbnails" "$WORK/said"; }
check "there are none" nothing
check "mount" here mount --passfile "$PASS" v "$M"
picture "$M/secret.png" 1; mkdir "$M/a & b"; picture "$M/a & b/déjà vu.png" 2; picture "$H/Pictures/mine.png" 3
check "the desktop's session" start_desk
SCREEN=:$(cat "$DESK/display")
[ $FAILED = 0 ] || finish
has_thumbs() { [ "$(thumbs)" -ge "$1" ]; }
check "Thunar shows a folder of the vault" shows "$M"
check "and a thumbnail is made of the picture" wait_for 60 has_thumbs 1
check "another folder of it" shows "$M/a & b"
check "has another" wait_for 60 has_thumbs 2
check "a folder outside" shows "$H/Pictures"
is_outside() { [ "$(outside)" -ge 1 ]; }
check "has one, too" wait_for 60 is_outside
check "a GTK program opens files" recent "$M/a & b/déjà vu.png" "$H/Pictures/mine.png" "$M/secret.png"
check "and lists them" sh -c '[ $(grep -c "<bookmark " "$0") = 3 ]' "$H/.local/share/recently-used.xbel"
desk timeout 20 thunar -q
n=$(thumbs) o=$(outside)
here lock v >"$WORK/said" 2>&1
check "lock says what is left" grep -q "programs keep $n thumbnails and 2 recent files in your home, unencrypted: cloudseal traces v" "$WORK/said"
cp -a "$H/.cache/thumbnails" "$WORK/thumbnails"
counted() { here traces v >"$WORK/said" && grep -q "^v: of its files there are $n thumbnails and 2 recent files" "$WORK/said" && grep -q "tumbler.rc" "$WORK/said" && [ "$(thumbs)" = "$n" ]; }
check "traces counts it, tells what to do, and takes nothing away" counted
check "it is removed when that is asked" here traces --remove v
check "nothing names a file of the vault any more" [ -z "$(left)" ]
others() { # what was of other folders is as it was
	[ "$(outside)" = "$o" ] || return 1
	(cd "$H/.cache/thumbnails" && find . -type f) | while read -r f; do cmp "$H/.cache/thumbnails/$f" "$WORK/thumbnails/$f" || exit 1; done
	grep -q 'Pictures/mine.png' "$H/.local/share/recently-used.xbel" && python3 -c 'import sys, xml.dom.minidom as m; sys.exit(len(m.parse(sys.argv[1]).getElementsByTagName("bookmark")) != 1)' "$H/.local/share/recently-used.xbel"
}
check "what is of other folders stays" others
check "and there is no more to say" nothing

# --- told not to, as `traces` has it ---
mkdir -p "$H/.config/tumbler" "$H/.config/gtk-3.0"
sed "s#^Excludes=.*#Excludes=$M#" /etc/xdg/tumbler/tumbler.rc >"$H/.config/tumbler/tumbler.rc"
grep -q "^Excludes=$M" "$H/.config/tumbler/tumbler.rc" || not_ok "tumbler.rc has Excludes"
printf '[Settings]\ngtk-recent-files-enabled=0\n' >"$H/.config/gtk-3.0/settings.ini"
rm -rf "$H/.cache/thumbnails"
check "the session ends" eval 'stop_desk; wait_for 20 no_desk'
check "mount" here mount --passfile "$PASS" v "$M"
check "another session" start_desk
SCREEN=:$(cat "$DESK/display")
check "Thunar shows the vault" shows "$M"
check "and the folder of it" shows "$M/a & b"
check "and one outside" shows "$H/Pictures"
check "of which a thumbnail is made" wait_for 60 is_outside
check "a GTK program opens a file" recent "$M/secret.png"
desk timeout 20 thunar -q
check "lock" here lock v
check "nothing is left of it" [ -z "$(left)" ]
check "and nothing is said" nothing
check "forget" here forget v
finish
