#!/usr/bin/env bash
# Objects and LMDB values are flipped, cut, deleted, swapped and replayed: the touched file gives EIO and is named; the rest works.
# timeout: 600
. "$(dirname "$0")/../lib.sh"
S=$WORK/store A=$WORK/a FLIP=${CLOUDSEAL%/cli/cloudseal}/tests/lmdb-flip
# What a PUT is writing is no object yet (".cloudseal-").
objects() { (cd "$S" && find . -type f ! -name cloudseal-vault ! -name '.cloudseal-*' | sort); }
segments() { (cd "$S" && find . -type f -size +300k ! -name '.cloudseal-*' | sort); }
new_since() { comm -13 "$1" <(objects); } # LIST: objects that are not in it

# --- a vault with a bit of everything; what each sync added to the store is known ---
check "init" new_vault a v "$S"
check "mount" mount_vault a v "$A"
declare -A SEGMENT
for i in 1 2 3 4 5 6 7 8; do
	segments >"$WORK/before"
	head -c 400000 /dev/urandom >"$A/f$i"; sync_vault a v >/dev/null
	SEGMENT[$i]=$(comm -13 "$WORK/before" <(segments))
done
mkdir "$A/dir"; for i in 1 2 3; do echo "small $i" >"$A/dir/s$i"; setfattr -n user.note -v "note $i" "$A/dir/s$i"; done
ln "$A/dir/s1" "$A/dir/hard"; ln -s s2 "$A/dir/sym"
check "sync" sync_vault a v
cp -a "$A" "$WORK/good"
check "each file has a segment of its own" test "$(printf '%s\n' "${SEGMENT[@]}" | grep -c .)" = 8
sleep 6 # heads are lazy: until then nothing but the commits themselves proves that they exist
# From here on the store goes back again and again, and nobody but the device that is looked at may speak: what the author's head
# says of a commit that then goes makes the vault incomplete for who joins next.
check "lock a" lock_vault a v
cp -r "$S" "$WORK/pristine"
back() { rsync -a --checksum --delete "$WORK/pristine/" "$S/"; }

# read_all MOUNT [behind]: every path of the tree: the right bytes or EIO. Prints the refused ones. `behind`: the tree may be one of
# an earlier commit: files may be missing, but only the last ones.
read_all() {
	timeout 120 python3 "$ROOT/tests/e2e/damage_read.py" "$WORK/good" "$1" "${2:-}"
}
writes() { echo "$2" >"$1/written" && [ "$(cat "$1/written")" = "$2" ] && rm "$1/written"; }
# can_write DEVICE NAME MOUNT: or it says that the vault is incomplete, and does when that is to be passed over.
can_write() {
	(writes "$3" x) 2>/dev/null && return
	on "$1" "$CLOUDSEAL" status "$2" | grep -q "READ-ONLY    since the vault is incomplete" || { echo "neither writable nor said to be incomplete"; return 1; }
	lock_vault "$1" "$2" >/dev/null && mount_vault "$1" "$2" "$3" --force-writable && writes "$3" x
}
alive() { timeout 20 bash -c "$(declare -f on); WORK='$WORK'; on $1 '$CLOUDSEAL' status $2" >/dev/null; case $? in 0 | 7) ;; *) return 1 ;; esac; }
alarmed() { sync_vault "$@"; [ $? = 7 ]; } # DEVICE NAME: all is uploaded, and sync says that an alarm is open
no_file_alarm() { # DEVICE NAME
	on "$1" "$CLOUDSEAL" status "$2" --json | python3 -c '
import json, sys
sys.exit(any(a["kind"] == "file-damaged" for a in json.load(sys.stdin)["alarms"]))'
}
# named DEVICE NAME PATH OBJECT: in status, in its JSON, and in the log, on one line each
named() {
	local text json log=$(state_dir "$1" "$2")/log
	text=$(on "$1" "$CLOUDSEAL" status "$2") json=$(on "$1" "$CLOUDSEAL" status "$2" --json)
	grep DAMAGED <<<"$text" | grep -F -- "$3" | grep -qF -- "$4" || { echo "status: $text"; return 1; }
	python3 -c '
import json, sys
all = json.load(sys.stdin)
d, alarms = all["damaged"], all["alarms"]
sys.exit(not any(x["path"] == sys.argv[1] and x["object"] == sys.argv[2] and x["when"] for x in d) or
         not any(x["kind"] == "file-damaged" and x["path"] == sys.argv[1] and (x["object"] or "") == sys.argv[2] and x["since"] for x in alarms))' "$3" "$4" <<<"$json" || { echo "$json"; return 1; }
	grep -F -- "$3" "$log" | grep -F -- "$4" | grep -q damaged || { tail -5 "$log"; return 1; }
}

# --- segments: only the file whose blocks they hold ---
n=0
next_device() { n=$((n + 1)); D=d$n DM=$WORK/m$n; }
# fresh_device: it shows all commits that were there, which a mount does not wait for.
fresh_device() { on $D rm -rf "$(state_dir $D w)"; join_vault $D w "$S" && mount_vault $D w "$DM" && wait_for 20 test -L "$DM/dir/sym"; }
contained() { # contained WHAT "FILES" HOW: HOW damages; then a device with nothing in its cache reads everything
	local what=$1 files=$2; shift 2
	back; next_device; check "$what: a fresh device joins" fresh_device
	"$@"
	one_round() { local r; r=$(read_all "$DM") || return 1; echo "refused: $r"; [ "$(echo $r)" = "$files" ]; }
	check "$what: $files gives EIO, the others are right" one_round
	local f; for f in $files; do check "$what: /$f is named with its object" named $D w "/$f" "$(basename "${SEGMENT[${f#f}]}")"; done
	check "$what: writing goes on" writes "$DM" still
	check "$what: and is published, with an alarm" alarmed $D w
	back
	healed() { local r; r=$(read_all "$DM") && [ -z "$r" ]; }
	check "$what: all is well when the store is" wait_for 20 healed
	check "$what: and its alarm is over" no_file_alarm $D w # another may be open: to bring the store back takes away what came after
	check "$what: lock" lock_vault $D w
}
flip() { printf '\377\376\375' | dd of="$S/${SEGMENT[1]}" bs=1 seek=5000 conv=notrunc status=none; }
cut_short() { truncate -s 4096 "$S/${SEGMENT[2]}"; }
del() { rm "$S/${SEGMENT[3]}"; }
swap() { mv "$S/${SEGMENT[4]}" "$WORK/t"; mv "$S/${SEGMENT[5]}" "$S/${SEGMENT[4]}"; mv "$WORK/t" "$S/${SEGMENT[5]}"; }
copied() { cp "$S/${SEGMENT[7]}" "$S/${SEGMENT[6]}"; }
empty() { : >"$S/${SEGMENT[8]}"; }
contained "flipped segment" f1 flip
contained "cut segment" f2 cut_short
contained "deleted segment" f3 del
contained "swapped segments" "f4 f5" swap
contained "another segment in its place" f6 copied
contained "emptied segment" f8 empty

# --- every other object, one at a time: a newcomer is refused in one line, or sees the right tree; never anything else ---
newcomer() { # OBJECT: after it was damaged
	local d m rc r; serial=$((serial + 1)); d=$how-$serial m=$WORK/mount-$d
	timeout 60 bash -c "$(declare -f on recovery_at join_vault); WORK='$WORK' CLOUDSEAL='$CLOUDSEAL' PASS='$PASS'; join_vault $d w '$S'" >"$WORK/join" 2>&1; rc=$?
	if [ $rc != 0 ]; then # warnings may stand before it
		[ "$(grep -c '^cloudseal: ' "$WORK/join")" = 1 ] && [ $rc = 9 ] && { refused=$((refused + 1)); return 0; }
		echo "$1: join: exit $rc"; cat "$WORK/join"; return 1
	fi
	mount_vault $d w "$m" || { echo "$1: no mount"; return 1; }
	on $d "$CLOUDSEAL" sync w --timeout 20 >"$WORK/sync" 2>&1
	r=$(read_all "$m" behind) || { echo "$1: $r"; return 1; }
	can_write $d w "$m" || { echo "$1: $r"; return 1; }
	on $d "$CLOUDSEAL" status w >"$WORK/status"
	lock_vault $d w >/dev/null || { echo "$1: no lock"; return 1; }
	[ -z "$r" ] && { right=$((right + 1)); return 0; }
	grep -q EIO <<<"$r" && { echo "$1: $r"; return 1; }
	# join says so, or status does
	cat "$WORK/join" "$WORK/status" | grep -qE 'lost, damaged or withheld|does not verify' || { echo "$1: not named:"; cat "$WORK/join" "$WORK/status"; return 1; }
	earlier=$((earlier + 1)); echo "$1 ($(stat -c %s "$WORK/pristine/$1") bytes): an earlier tree, without" $(grep -oE 'f[0-9]|dir/$' <<<"$r"); cat "$WORK/sync"; grep -E 'online|OFFLINE|last error' "$WORK/status"
}
metadata() { comm -23 <(objects) <(segments); }
each_object() { # HOW
	local o bad=0 how=$1 serial=0 refused=0 right=0 earlier=0
	back
	for o in $(metadata); do
		back; "$@" "$S/$o"; newcomer "$o" || bad=1
	done
	echo "$right joined and right, $earlier with an earlier tree, $refused refused"
	[ $bad = 0 ] && [ $((right + refused + earlier)) -ge 10 ] && [ $right -ge 1 ]
}
flip_object() { printf 'XYZ' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc status=none; }
cut_object() { truncate -s $(($(stat -c %s "$1") / 2)) "$1"; }
swap_object() { local other; other=$(cd "$S" && comm -23 <(objects) <(segments) | grep -v "${1#"$S"/}" | head -1); cp "$S/$other" "$1"; }
check "any one commit, head, join, checkpoint or manifest flipped" each_object flip_object
check "any one of them deleted" each_object rm
check "any one of them replaced with another" each_object swap_object
back

# --- the author has what the store lost ---
lost_commits() { local o; for o in $(metadata); do flip_object "$S/$o"; done; }
lost_commits
check "the author mounts over a store whose every commit is damaged" mount_vault a v "$A"
whole() { local r; r=$(read_all "$1") && [ -z "$r" ]; }
check "and has all" whole "$A"
check "sync" uploads a v
next_device
check "it has stored its commits again: a fresh device joins" wait_for 40 fresh_device
check "and has all" whole "$DM"
check "lock it" lock_vault $D w

# --- replay: a head and commits as they were; the store goes back under a device that knows better ---
cp -r "$S" "$WORK/old"
echo newest >"$A/newest"; check "sync" uploads a v
next_device
check "a fresh device joins" fresh_device
check "and sees what is newest" wait_for 20 test -s "$DM/newest"
rsync -a --checksum --delete "$WORK/old/" "$S/"
sleep 3
still_new() { [ "$(cat "$DM/newest")" = newest ] && whole "$DM"; }
check "a store that went back takes nothing away" still_new
check "and the device lives" alive $D w
check "lock" lock_vault $D w
rm -f "$A/newest"; check "the author brings the store forward again" uploads a v
# garbage under the next name: what this device writes stands on what it can read, and goes on beside it
next_device
check "a fresh device joins" fresh_device
objects >"$WORK/before"
echo more >"$A/f9"; sync_vault a v >/dev/null
for o in $(new_since "$WORK/before"); do flip_object "$S/$o"; done
sleep 3
check "a damaged new commit: everything before it stays right" whole "$DM"
check "and writing works" can_write $D w "$DM"
check "and is published" uploads $D w
check "lock" lock_vault $D w
rm -f "$A/f9"; sync_vault a v >/dev/null; cp -r "$S/." "$WORK/pristine/"

# --- the header ---
H=$S/cloudseal-vault; cp "$H" "$WORK/header"
check "lock: who has it open would put it right" lock_vault a v
refused_header() { fails_with 9 "$2" "$1: join is refused" join_vault h h "$S"; }
flip_object "$H"; refused_header "flipped header" 'damaged .its checksum does not match.: put a good copy of it back'
cp "$WORK/header" "$H"; truncate -s 700 "$H"; refused_header "cut header" 'damaged|cut short'
: >"$H"; refused_header "empty header" 'not the header|cut short'
echo hello >"$H"; refused_header "something else" 'not the header'
check "a device that has the vault mounts" mount_vault a v "$A"
check "and puts the header right" wait_for 20 cmp "$H" "$WORK/header"
flip_object "$H"
works_on() { echo on >"$A/on" && uploads a v && lock_vault a v && mount_vault a v "$A" && [ "$(cat "$A/on")" = on ] && rm "$A/on"; }
check "it works on, locks and mounts" works_on
check "flipped meanwhile, it is right again" cmp "$H" "$WORK/header"
rm "$H"
check "sync" uploads a v
check "deleted, it is there again" cmp "$H" "$WORK/header"

# --- values of local state ---
check "sync" uploads a v
declare -A INO # as keys have them
for p in . f1 dir dir/s1 dir/sym; do INO[$p]=$(printf '%016x' "$(stat -c %i "$A/$p")"); done
check "lock a" lock_vault a v
STATE=$(state_dir a v)
cp -a "$STATE" "$WORK/state"
pending() {
	if cat "$A/pending" >"$WORK/got" 2>"$WORK/err"; then cmp "$WORK/got" "$WORK/is-pending"; return; fi
	grep -q 'Input/output error' "$WORK/err" || { cat "$WORK/err"; return 1; }
	named a v /pending "$(packed_into)"
}
# packed_into: the object of /pending, if it was packed before it was read: one that the store did not have before. Else nothing.
packed_into() {
	local o
	o=$(on a "$CLOUDSEAL" status v --json | python3 -c '
import json, sys
print(*(x["object"] for x in json.load(sys.stdin)["damaged"] if x["path"] == "/pending"))')
	[ -z "$o" ] || find "$WORK/pristine" -name "$o" | grep -q . || echo "$o"
}
# to_name REFUSED: the paths that have to be named. Below a directory that cannot be reached, the directory.
to_name() {
	local below='(dir/)?'
	if grep -qE '(^| )dir/( |$)' <<<"$1"; then echo dir; below=; fi
	grep -oE "(^| )$below[fs][0-9]( |\$)" <<<"${1// /  }" | sort -u
}
told() { named a v "/$1" "" >/dev/null || { [ "$1" = dir/s1 ] && named a v /dir/hard "" >/dev/null; }; } # two names, one inode
local_case() { # local_case WHAT TABLE PREFIX N EXPECT: flips values; EXPECT is a pattern for what may be refused, "" for nothing
	local what=$1 table=$2 prefix=$3 which=$4 expect=$5 r rc p
	rm -rf "$STATE"; cp -a "$WORK/state" "$STATE"; back
	: >"$STATE/log"
	"$FLIP" "$STATE/map" "$table" "$prefix" "$which" >"$WORK/flipped" || { not_ok "$what: no such value (exit $?)"; return; }
	what="$what ($(wc -l <"$WORK/flipped") values)"
	one() { # runs in a shell of its own
		mount_vault a v "$A" >"$WORK/mounted" 2>&1; rc=$?
		if [ $rc != 0 ]; then
			umount -l "$A" 2>/dev/null
			echo "mount: exit $rc: $(cat "$WORK/mounted")"
			[ "$expect" = MOUNT ] && [ $rc = 9 ] && [ "$(grep -c "^cloudseal: " "$WORK/mounted")" = 1 ] && grep -q 'cloudseal: .*damaged' "$WORK/mounted"; return
		fi
		r=$(read_all "$A") || return 1
		echo "refused:" $r; tail -3 "$STATE/log"
		alive a v || return 1
		if [ -z "$expect" ]; then [ -z "$r" ]; elif [ "$expect" != ANY ]; then [ -n "$r" ] && ! grep -qvE "$expect" <<<"$r"; fi
	}
	check "$what" one
	echo "    $(grep refused "$WORK/out" | tr '\n' ' '; tail -2 "$STATE/log" | cut -c1-150 | tr '\n' ' ')"
	r=$(sed -n 's/^refused: *//p' "$WORK/out")
	[ -z "$r" ] || [ "$expect" = ANY ] || for p in $(to_name "$r"); do told "$p" && ok "$what: $p named" || not_ok "$what: $p named"; done
	[ "$expect" != MOUNT ] || return
	if [ -e "$STATE/pending" ]; then check "$what: what is not uploaded yet is right or refused" pending; fi
	check "$what: writing works" writes "$A" w
	check "$what: lock" lock_vault a v
}
local_case "an extent group of a file" tree 47 2 '^f[0-9]$'
local_case "a content" tree 46 2 '^f[0-9]$'
local_case "the root's inode" tree "40${INO[.]}" 0 MOUNT
local_case "a file's inode" tree "40${INO[f1]}" 0 '^(f1|\./:lacks:f1)$'
local_case "a directory's inode" tree "40${INO[dir]}" 0 'dir'
local_case "the inode of two names" tree "40${INO[dir/s1]}" 0 '^dir/(s1|hard|:lacks:.*)( xattr)?$'
local_case "a symbolic link's inode" tree "40${INO[dir/sym]}" 0 '^dir/(sym|:lacks:sym)$'
if [ "${CLOUDSEAL_FULL:-0}" = 1 ]; then for i in $(seq 1 13); do local_case "inode $i" tree 40 "$i" ANY; done; fi # some are removed
# anew: what is derived is made anew by the mount after the one that met it
anew() {
	all_here() { local r; mount_vault a v "$A" && r=$(read_all "$A") && { echo "refused: $r"; [ -z "$r" ]; }; }
	check "$1: the next mount has all" all_here
	check "$1: lock" lock_vault a v
}
local_case "a directory entry" tree a0 2 .
anew "a directory entry"
local_case "all directory entries" tree a0 all .
anew "all directory entries"
local_case "a hard link" tree 41 0 .
local_case "an attribute" tree 44 1 'xattr$'
local_case "a block's place" tree a7 1 '^f[0-9]$'
local_case "segments" tree 48 all ""
local_case "devices" tree 54 all ""
local_case "counts of directories" tree ab all ""
anew "counts of directories"
local_case "which inodes have several links" tree ac all .
anew "which inodes have several links"
local_case "cached blocks" block "" all ""
local_case "queue" queue "" all ""
local_case "state of sync" state 73796e all MOUNT
local_case "state of the changeset" state 6368 all MOUNT
local_case "state of device" state 636c69 all MOUNT
local_case "book-keeping of the map" meta "" all MOUNT
# the same with work that no store has: in the queue and the open set
rm -rf "$STATE"; cp -a "$WORK/state" "$STATE"; back
check "mount" mount_vault a v "$A"
mv "$S" "$S.away"
head -c 300000 /dev/urandom >"$WORK/is-pending"; cp "$WORK/is-pending" "$A/pending"
setfattr -n user.more -v more "$A/f1"
check "lock with work that is not uploaded" lock_vault a v
mv "$S.away" "$S"
rm -rf "$WORK/state"; cp -a "$STATE" "$WORK/state"; touch "$WORK/state/pending"
local_case "queue of pending work" queue 42 all ""
local_case "blocks of pending work" block "" all ""
# records of the open set are left out by inode, and named; what is published of it stays, and the rest is uploaded
open_set() { if "$FLIP" "$STATE/map" tree b0 keys >/dev/null; then echo b0; else echo b1; fi; }
left_out() { # WHAT PREFIX WHICH: of the open set; the vault mounts all the same
	rm -rf "$STATE"; cp -a "$WORK/state" "$STATE"; back; : >"$STATE/log"
	check "$1: damaged" "$FLIP" "$STATE/map" tree "$(open_set)$2" "$3"
	check "$1: mount" eval 'mount_vault a v "$A" >"$WORK/mounted" 2>&1'
	check "$1: what is published is all there" published
}
published() { local r; r=$(read_all "$A") && { echo "refused: $r"; [ -z "$r" ]; }; }
left_out "all of the changeset" "" all
check "all of the changeset: what was new is not there" sh -c '! [ -e "$0" ]' "$A/pending"
numbered() { on a "$CLOUDSEAL" status v --json | python3 -c '
import json, sys
sys.exit(not any(a["kind"] == "file-damaged" and a["path"].startswith("(inode ") for a in json.load(sys.stdin)["alarms"]))'; }
check "all of the changeset: it is named by its number" numbered
check "all of the changeset: writing works" writes "$A" w
check "all of the changeset: and is published, with an alarm" alarmed a v
check "all of the changeset: lock" lock_vault a v
check "all of the changeset: the next mount" mount_vault a v "$A"
check "all of the changeset: has no alarm of it" no_file_alarm a v
check "all of the changeset: lock" lock_vault a v
left_out "an attribute of a file" "44${INO[f1]}" 0
check "an attribute of a file: which is not there now" sh -c '! getfattr -n user.more "$0"' "$A/f1"
listed() { on a "$CLOUDSEAL" status v | grep DAMAGED | grep -qF /f1 && ! no_file_alarm a v; }
check "an attribute of a file: it is named" listed
check "an attribute of a file: at the mount, too" grep -q "what was changed and not uploaded is damaged: /f1" "$WORK/mounted"
check "an attribute of a file: other work is still there" cmp "$A/pending" "$WORK/is-pending"
check "an attribute of a file: and is published, with an alarm" alarmed a v
check "an attribute of a file: lock" lock_vault a v
# contents stay: their file fails, and nothing is uploaded, until it is removed
left_out "contents" 47 0
fails() { ! cat "$1" >/dev/null 2>"$WORK/err" && grep -q 'Input/output error' "$WORK/err"; }
check "contents: their file gives EIO" fails "$A/pending"
pending_listed() { on a "$CLOUDSEAL" status v | grep DAMAGED | grep -qF /pending; }
check "contents: it is named" pending_listed
check "contents: at the mount, too" grep -q "what was written and not uploaded is damaged: /pending" "$WORK/mounted"
check "contents: writing works" writes "$A" w
not_uploaded() { sync_vault a v --timeout 20 2>"$WORK/err"; [ $? = 9 ]; }
check "contents: nothing is uploaded" not_uploaded
said() { grep -E "$1" "$WORK/err" || { cat "$WORK/err"; return 1; }; }
check "contents: sync names the file, and says what to do" said "v: /pending is damaged on this device, and nothing is uploaded while it is there: .* remove it"
check "contents: lock" lock_vault a v
check "contents: mount again" mount_vault a v "$A"
check "contents: it is named before it is read" pending_listed
rm "$A/pending"
check "contents: once it is removed, all is uploaded" uploads a v
check "contents: lock" lock_vault a v
finish
