#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A vault that is known to be incomplete mounts read-only, and is told so everywhere: changes of a device that another
# one has are taken away from a directory store. What is only away, or late, does nothing of that.
# timeout: 420
. "$(dirname "$0")/../lib.sh"

S=$WORK/store A=$WORK/a B=$WORK/b M=$WORK/m
C=$CLOUDSEAL
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
is() { local want=$1 got; shift; got=$("$@") && [ "$got" = "$want" ] || { echo "'$got', not '$want'"; return 1; }; }
field() { on "$1" "$C" status --json v | json "$2"; } # ON EXPRESSION
kinds() { field "$1" '[x["kind"] for x in d["alarms"]]'; }
read_only() { field "$1" 'd["read_only"]'; }
words() { on "$1" "$C" status v; }
objects() { find "$S" -type f | sort; }
writes() { echo "$2" 2>/dev/null >"$1"; }
said() { grep -qE "$1" "$WORK/said" || { cat "$WORK/said"; return 1; }; }
mount_says() { # PATTERN DEVICE DIR OPTIONS...
	local pattern=$1; shift
	mount_vault "$1" v "${@:2}" >"$WORK/said" 2>&1 && said "$pattern"
}
quiet() { ! grep -qE "READ-ONLY|incomplete" "$WORK/said"; }
away() { mkdir -p "$WORK/away/$(dirname "$1")" && mv "$1" "$WORK/away/$1"; } # a few objects, by their paths
back() { (cd "$WORK/away" && find . -type f) | while read -r f; do mv "$WORK/away/$f" "/$f"; done; }

new_vault a v "$S" --device-name desk >/dev/null && mount_vault a v "$A" && echo 1 >"$A/one" && sync_vault a v >/dev/null || { not_ok "init"; finish; }
join_vault b v "$S" --device-name laptop >/dev/null && mount_vault b v "$B" && sync_vault b v >/dev/null || { not_ok "join"; finish; }
join_vault m v "$S" --device-name phone >/dev/null && on m "$C" config v poll-interval 1h && mount_vault m v "$M" && sync_vault m v >/dev/null || { not_ok "join"; finish; }
sync_vault a v >/dev/null; sync_vault b v >/dev/null; sync_vault m v >/dev/null

# --- the cloud loses what one device uploaded, and another has ---
objects >"$WORK/before"
echo 2 >"$A/two" && sync_vault a v >/dev/null || not_ok "sync"
objects >"$WORK/after"
lost=$(comm -13 "$WORK/before" "$WORK/after")
check "it is one object" test "$(echo "$lost" | wc -l)" = 1
sync_vault b v >/dev/null; check "another device has it" is 2 cat "$B/two"
check "which says so" lock_vault b v
check "and so does the one that wrote it" lock_vault a v
for f in $lost; do away "$f"; done

# --- who joins now ---
check "joins" join_vault c v "$S" --device-name tablet
check "mount says that it is read-only, why, and what to do" \
	mount_says "^cloudseal: v: READ-ONLY: the vault is incomplete: the cloud lacks changes that another device uploaded \(known since 20.*\)\. It can be written as soon as they are there; to write before that: cloudseal lock v, then cloudseal mount --force-writable v$" c "$WORK/c"
check "where" said "^Mounted at $WORK/c$"
check "once" test "$(grep -c incomplete "$WORK/said")" = 1
check "what is there can be read" is 1 cat "$WORK/c/one"
check "nothing new can be written" sh -c '! echo x 2>/dev/null >"$0/new"' "$WORK/c"
check "it is a file system that is read-only" sh -c 'mkdir "$0/dir" 2>&1 | grep -q "Read-only file system"' "$WORK/c"
check "nor opened for writing" sh -c '! echo x 2>/dev/null >>"$0/one"' "$WORK/c"
check "status says so" sh -c 'echo "$0" | grep -q "^  READ-ONLY    since the vault is incomplete, until it is complete again$"' "$(words c)"
check "and what to do" sh -c 'echo "$0" | grep -q "^  ALARM        the vault is incomplete: .* (since 20.*): look at the cloud and its backups.*--force-writable; if nobody has them any more: cloudseal lost NAME$"' "$(words c)"
words c >/dev/null; check "with 7" test $? = 7
check "for programs" is incomplete read_only c
check "as an alarm" is incomplete field c 'd["alarms"][0]["kind"]'
fails_with 7 "v: alarm: the vault is incomplete" "sync, too" sync_vault c v
check "what this device has to say itself is uploaded" is True field c 'd["queue"]["saved"]'
check "which changes are lacking" sh -c 'echo "$0" | grep -q commits-missing' "$(kinds c)"
check "lock" lock_vault c v

# --- what is known needs no network, and an outage changes nothing of it ---
mv "$S" "$S.away"
check "offline it is known from before" mount_says "^cloudseal: v: READ-ONLY: the vault is incomplete" c "$WORK/c"
words c >/dev/null; check "status: 7" test $? = 7
check "and read-only" sh -c '! echo x 2>/dev/null >"$0/new"' "$WORK/c"
check "lock" lock_vault c v --no-wait
check "a vault of which nothing is lacking mounts offline as ever" mount_says "Mounted at" b "$B"
check "and nothing of that is said" quiet
check "it can be written" writes "$B/three" 3
check "lock" lock_vault b v --no-wait
mv "$S.away" "$S"

# --- who says so writes all the same ---
check "--force-writable" mount_says "^cloudseal: v: the vault is incomplete: .*\(known since 20.*\)\. It can be written, as you said$" c "$WORK/c" --force-writable
check "it can be written" writes "$WORK/c/four" 4
check "for programs it is no more read-only" is None read_only c
check "the alarm is open all the same" is incomplete field c 'd["alarms"][0]["kind"]'
check "what is written is uploaded" uploads c v
check "lock" lock_vault c v
check "or in fstab" mount_says "It can be written, as you said" c "$WORK/c" -o rw,force-writable
check "it can be written" writes "$WORK/c/four" 5
check "lock" lock_vault c v
check "else it is read-only" mount_says "READ-ONLY" c "$WORK/c"
check "as asked" sh -c '! echo x 2>/dev/null >"$0/new"' "$WORK/c"
fails_with 2 "unknown option --force-writeable; did you mean --force-writable" "a slip" on c "$C" mount --force-writeable v
fails_with 2 "unknown mount option 'forcewritable'; did you mean force-writable" "another" on c "$C" mount -o forcewritable v

# --- found while it is mounted and writable ---
fails_with 7 "lost, damaged or withheld" "a device that was there before is told" sync_vault m v
check "it goes on" writes "$M/five" 5
check "it is not known to last yet" is "['commits-missing']" kinds m
lasts() { sync_vault m v >/dev/null 2>&1; kinds m | grep -q incomplete; }
check "after two minutes it is" wait_for 200 lasts
check "it is written on" writes "$M/six" 6
check "and uploaded" uploads m v
check "nothing else changes" is None read_only m
check "status says that the next mount will be read-only" sh -c 'echo "$0" | grep -q "until they are there it mounts read-only, unless with --force-writable"' "$(words m)"
check "lock" lock_vault m v
check "the next mount is" mount_says "^cloudseal: v: READ-ONLY: the vault is incomplete" m "$M"
check "what was written is there" is "5 6" sh -c 'echo $(cat "$0/five" "$0/six")' "$M"

# --- it is there again ---
back
check "it is found" uploads c v
check "what was lacking is there" wait_for 20 is 2 cat "$WORK/c/two"
check "and the folder can be written at once" writes "$WORK/c/seven" 7
check "no alarm is left" is "None []" field c '"%s %s" % (d["read_only"], d["alarms"])'
check "sync is content" sync_vault c v
check "lock" lock_vault c v
check "the next mount says nothing" mount_says "Mounted at" c "$WORK/c"
check "of it" quiet
sync_vault m v >/dev/null; check "so for the other one" is None read_only m
check "which can be written" writes "$M/eight" 8
check "and has all" wait_for 20 is "2 7" sh -c 'echo $(cat "$0/two" "$0/seven")' "$M"

# --- or the device that wrote it stores it again ---
sync_vault m v >/dev/null; sync_vault c v >/dev/null
objects >"$WORK/before"
echo 9 >"$M/nine" && sync_vault m v >/dev/null
lost=$(comm -13 <(cat "$WORK/before") <(objects))
sync_vault c v >/dev/null; check "another has it" is 9 cat "$WORK/c/nine"
check "lock" lock_vault c v
check "lock" lock_vault m v
for f in $lost; do away "$f"; done
check "who joins" join_vault e v "$S" --device-name new
check "is told" mount_says "READ-ONLY" e "$WORK/e"
check "the device that wrote it is there again" mount_vault m v "$M"
check "and stores it again" uploads m v
check "then it is complete" wait_for 60 sh -c '"$@"' sh env HOME="$WORK/device-e/home" XDG_DATA_HOME="$WORK/device-e/data" XDG_RUNTIME_DIR="$WORK/device-e/run" "$C" sync v
check "and can be written" writes "$WORK/e/ten" 10
check "with all" is 9 cat "$WORK/e/nine"
finish
