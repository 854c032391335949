#!/bin/bash
# Two devices, both mounted, change the same things while neither hears of the other; then both sync. What both show is
# what docs/join.md says, name by name, at once and without a mount. Whatever is of both, the laptop's has the name: it is the busier
# device, so its stamps are the greater ones.
. "$(dirname "$0")/../lib.sh"
S=$WORK/store A=$WORK/desk B=$WORK/laptop
MANY=200; [ "${CLOUDSEAL_FULL:-0}" != 1 ] || MANY=1000
mkdir "$S"
both_sync() { for d in desk laptop desk laptop; do sync_vault $d v || return 1; done; }
both_show() { same_tree "$A" "$B"; }
# shown ROOT: "path=contents" of each file, "path/" of each empty folder, times of conflict names left out
shown() {
	python3 - "$1" <<'END'
import os, re, sys
root, lines = sys.argv[1], []
for folder, folders, files in os.walk(root):
    for f in files:
        path = os.path.join(folder, f)
        lines.append(os.path.relpath(path, root) + "=" + open(path).read().strip())
    if not folders and not files:
        lines.append(os.path.relpath(folder, root) + "/")
time = r" \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\)"
print("; ".join(re.sub(time, ")", line) for line in sorted(lines)))
END
}
# listed DEVICE DIR: "name type version device" of each conflict, sorted
listed() {
	on "$1" "$CLOUDSEAL" conflicts --json "$2" | python3 -c 'import json, sys
d = json.load(sys.stdin)
print("; ".join(sorted("%s %s %s" % (c["name"], "version" if c["version"] else "itself", c["device"]) for c in d["conflicts"])))'
}
# is WHAT DIR SHOWN [LISTED]: on both
is() {
	local got d root
	for d in desk laptop; do
		root=$WORK/$d; got=$(shown "$root/$2")
		[ "$got" = "$3" ] || { not_ok "$1: $d shows '$got', not '$3'"; return; }
		got=$(listed $d "$root/$2")
		[ "$got" = "${4:-}" ] || { not_ok "$1: $d lists '$got', not '${4:-}'"; return; }
	done
	ok "$1"
}
state_of() { on "$1" "$CLOUDSEAL" status v --json | python3 -c 'import json, sys
d = json.load(sys.stdin)
print(d["phase"] not in ("denied", "full", "fork"), d["last_error"], d["damaged"], d["conflicts"])'; }
not_stopped() { local d got; for d in desk laptop; do got=$(state_of $d); [ "$got" = "True None [] $1" ] || { echo "$d: $got"; return 1; }; done; }
counted() { [ "$(find "$1" -name '*(conflict desk *' | wc -l)" = "$MANY" ] && [ "$(find "$1" -type f | wc -l)" = $((2 * MANY)) ]; }
contents_are() { # ROOT: of the many, the laptop's under the names, the desk's beside them
	[ "$(find "$1" -name '*(conflict desk *' -exec cat {} + | sort -u)" = desk ] && [ "$(find "$1" ! -name '*(conflict *' -type f -exec cat {} + | sort -u)" = laptop ]
}

check "a vault" new_vault desk v "$S" --device-name desk
check "it is mounted" mount_vault desk v "$A"
cd "$A" || finish
mkdir edits remove move names cycle cycle/left cycle/right twice folder folder/sub folder2 mode save links archive many rm mv cp
echo 0 >edits/both.txt
for f in 1 2; do echo 0 >remove/$f; echo 0 >move/$f; done
echo l >cycle/left/l; echo r >cycle/right/r
echo 0 >twice/file
for f in folder/a folder/sub/b folder2/a mode/file mode/gone save/saved.odt save/kept.txt rm/f.txt mv/f.txt cp/f.txt; do echo 0 >$f; done
echo 0 >links/one; ln links/one links/two
for ((i = 0; i < MANY; i++)); do echo 0 >many/$i.txt; done
mkdir "$WORK/packed" "$WORK/packed/empty" "$WORK/packed/inner"
echo small >"$WORK/packed/small"; : >"$WORK/packed/nothing"; head -c 100000 /dev/zero | tr '\0' x >"$WORK/packed/inner/block"
tar --format=posix -cf "$WORK/packed.tar" -C "$WORK" packed
cd "$WORK" || finish
check "synced" sync_vault desk v
check "a second device joins" join_vault laptop v "$S" --device-name laptop
check "and mounts it" mount_vault laptop v "$B"
check "it shows the same" both_show

mv "$S" "$S.away"
python3 - "$B/many" <<'END'
import os, sys
for i in range(4000):
    os.chmod(sys.argv[1], 0o700 + i % 2 * 0o55)
END
# work ROOT WHO: what both do alike
work() {
	cd "$1" || return
	echo $2 >edits/both.txt
	echo $2 >names/new.txt; echo same >names/alike; mkdir names/d; echo $2 >names/d/$2; echo $2 >names/d/f
	mv twice/file twice/to-$2
	echo $2 >save/saved.tmp-$2; mv save/saved.tmp-$2 save/saved.odt
	mv save/kept.txt save/kept.txt~; echo $2 >save/kept.txt
	tar -xf "$WORK/packed.tar" -C archive
	for f in many/*; do echo $2 >$f; done
	for d in rm mv cp; do echo $2 >$d/f.txt; echo $2 >$d/n.txt; done
}
(work "$A" desk) && (work "$B" laptop) || not_ok "work on both"
echo desk >"$A/remove/1"; rm "$B/remove/1"; rm "$A/remove/2"; echo laptop >"$B/remove/2"
rm "$A/move/1"; mv "$B/move/1" "$B/move/moved1"; mv "$A/move/2" "$A/move/moved2"; rm "$B/move/2"
mkdir "$A/names/mixed"; echo laptop >"$B/names/mixed"; echo desk >"$A/names/mixed/in"
mv "$A/cycle/left" "$A/cycle/right/left"; mv "$B/cycle/right" "$B/cycle/left/right"
echo desk >"$A/folder/sub/b"; rm -r "$B/folder"; rm -r "$A/folder2"; echo laptop >"$B/folder2/new"
chmod 600 "$A/mode/file"; echo laptop >"$B/mode/file"; chmod 600 "$A/mode/gone"; rm "$B/mode/gone"
rm "$A/links/one" "$B/links/two"
mv "$S.away" "$S"

check "both synced" both_sync
check "both show the same" both_show
is "both edit" edits "both (conflict desk).txt=desk; both.txt=laptop" "both.txt version desk"
is "edit against remove" remove "1=desk; 2=laptop"
is "remove against move" move "moved1=0; moved2=0"
is "one name made twice: files, folders, a folder and a file" names "alike=same; d/desk=desk; d/f (conflict desk)=desk; d/f=laptop; d/laptop=laptop; \
mixed (conflict laptop)=laptop; mixed/in=desk; new (conflict desk).txt=desk; new.txt=laptop" "f itself desk; mixed itself laptop; new.txt itself desk"
is "folders moved into each other: the later move is void" cycle "right/left/l=l; right/r=r"
is "one file moved to two names: the greater move counts" twice "to-laptop=0"
is "an edit in a folder that the other removes" folder "sub/b=desk"
is "a new file in a folder that the other removes" folder2 "new=laptop"
is "chmod against edit and against remove" mode "file=laptop"
check "and the mode counts" test "$(stat -c %a "$A/mode/file")" = 600
is "save by rename on both sides" save "kept (conflict desk).txt=desk; kept.txt=laptop; kept.txt~=0; saved (conflict desk).odt=desk; saved.odt=laptop" \
	"kept.txt itself desk; saved.odt itself desk"
is "two hard links, one removed on each: that which was written through" links "one=0"
check "the same archive unpacked on both" same_tree "$WORK/packed" "$A/archive/packed"
check "no conflict is made of it" test -z "$(listed desk "$A/archive")"
check "$MANY conflicting files, on one" counted "$A/many"
check "on the other" counted "$B/many"
check "each with its contents" contents_are "$A/many"
AFTER=$((MANY + 1 + 3 + 2 + 6))
check "no stop, and all are counted" not_stopped $AFTER

rm -rf "$A/rm"; mv "$B/mv" "$B/moved"; cp -a "$A/cp" "$A/copied"
check "both synced" both_sync
check "both show the same" both_show
check "rm -rf of a folder with conflicts" test ! -e "$B/rm"
THERE="f (conflict desk).txt=desk; f.txt=laptop; n (conflict desk).txt=desk; n.txt=laptop" BOTH="f.txt version desk; n.txt itself desk"
is "mv of a folder with conflicts" moved "$THERE" "$BOTH"
check "it is not at its old place" test ! -e "$A/mv"
is "cp -a of a folder with conflicts: these stay" cp "$THERE" "$BOTH"
is "and its copy has none" copied "$THERE"
check "no stop" not_stopped $((AFTER - 2))

check "a third device joins" join_vault third v "$S"
check "and mounts it" mount_vault third v "$WORK/third"
check "it shows the same" same_tree "$A" "$WORK/third"
finish
