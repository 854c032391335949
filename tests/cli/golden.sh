#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Vaults and state directories of builds of their time (tests/golden/README.md). Of format 1: join and mount refuse it in one line that says
# what to do, and leave it as it is; the device can forget it. Of format 2: it opens, and shows what it showed then.
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

# Four devices' vault, one of which was removed: by the recovery key and by the passphrase, which is portable.
export TZ=UTC
unpack() { # unpack PART: its store, and what opens it
	mkdir -p "$WORK/$1" && tar xzf "$G/$1/store.tar.gz" --no-same-owner -C "$WORK/$1" && cp "$G/$1/recovery" "$G/$1/passphrase" "$WORK/$1" &&
		chmod 600 "$WORK/$1/recovery" "$WORK/$1/passphrase"
}
is_tree() { python3 "$G/list_tree.py" "$1" | diff "$G/$2/tree.txt" -; } # MOUNT PART
shows() { is_tree "$WORK/n" format2 && on "$1" "$C" conflicts v | sed "s|$WORK/n|.|g" | diff "$G/format2/conflicts" -; }
forms() { on c python3 "$G/forms.py" "$C" v; }
# What the vault is for: each of these is among its records (docs/format.md, "Kinds").
FORMS="content by itself
content of a parent
extents: an empty window
inode of a character device
inode of a directory
inode of a fifo
inode of a file
inode of a symlink
inode: block
inode: content
inode: inline
inode: none
inode: of another root
inode: through a further link
link
place of a first link, half of an exchange
place of a first link, removed, with versions seen
place of a first link, removed, without versions seen
place of a first link, replaced, with versions seen
place of a first link, with a seat of its own
place of a first link, with a seat that was handed on
place of a first link, with the one before
place of a further link
place of a further link, removed, without versions seen
place: what was gid
place: what was mode
place: what was mtime
place: what was rdev
place: what was times
place: what was uid
place: what was where
place: what was where of a further link
place: what was xattr
segment
sibling
sibling: block
sibling: content
sibling: inline
version: block, gone
version: content, gone
version: inline, gone
xattr
xattr, removed"
has_forms() { comm -13 <(cut -d' ' -f2- "$G/format2/forms.txt" | LC_ALL=C sort) <(echo "$FORMS" | LC_ALL=C sort) | { ! grep .; }; }
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); sys.exit(not eval(sys.argv[1]))' "$1"; }
# A removal and the epoch that it began: what was written before, beside and after it is there, and what the removed one uploaded too late is not.
has() { diff <(printf '%s\n' "${@:2}") "$WORK/n/$1"; } # FILE LINES...
removed() { on "$1" "$C" device list --json v | json '[(x["name"], x["revoked_by"]) for x in d["devices"] if x["state"] == "revoked"] == [("tablet", "desk")]'; }
stay() { on "$1" "$C" device list --json v | json '{x["name"] for x in d["devices"] if x["state"] == "member"} >= {"desk", "laptop", "phone"}'; }
epochs() { on "$1" "$C" debug dump --json v record epoch | json '[x["key"].split(":")[1] for x in d["record"]["records"]] == ["1", "2"]'; }
begun() { on "$1" "$C" debug dump --json v commit "$(cat "$G/format2/begins")" | json 'd["commit"]["new_epoch"]["epoch"] == 2'; }
in_header() { on "$1" "$C" debug dump --json v header | json '[x["number"] for x in d["header"]["epochs"]] == [2]'; }
removal() { # DEVICE
	check "before the removal: written by both" has "before the removal" desk tablet laptop
	check "by the one that was removed" has "by the tablet" tablet
	check "what waited for the removal's commit" has "waiting at the removal" desk
	check "beside the removal, under the epoch before" has "beside the removal" laptop
	check "after it" has "after the removal" desk laptop
	check "by one that joined after it" has "from the third" phone
	check "nothing that came too late" test ! -e "$WORK/n/too late"
	check "one device is out" removed "$1"
	check "the others are in" stay "$1"
	check "two epochs" epochs "$1"
	check "the second one is begun by a commit" begun "$1"
	check "and in the header" in_header "$1"
}
unpack format2 || { not_ok "unpacking"; finish; }
check "format 2: every form that it was made for is there" has_forms
check "a copy that was written or moved is a file of its own" grep -q "split by a" "$G/format2/tree.txt"
check "join by the recovery key" on c "$C" join --name v --recovery-file "$WORK/format2/recovery" --passfile "$PASS" "$WORK/format2/store"
check "mount" mount_vault c v "$WORK/n"
check "it shows what it showed" shows c
removal c
check "of records of the same forms" eval 'forms | diff "$G/format2/forms.txt" -'
check "none of which is read as if it were not there" eval '! forms | grep "not as it should be"'
check "what is shown follows from them" eval 'on c "$C" debug dump --json v index | grep -qE "\"right\": ?true"'
check "and takes more" eval 'echo more >"$WORK/n/more" && sync_vault c v'
check "lock" lock_vault c v
check "join by the passphrase" on d "$C" join --name v --portable-passphrase --passfile "$WORK/format2/passphrase" "$WORK/format2/store"
check "mount" on d "$C" mount --passfile "$WORK/format2/passphrase" v "$WORK/n"
check "with what was added" grep -qx more "$WORK/n/more"
removal d
rm "$WORK/n/more"; touch -d "@$(grep -oP '^\. dir \S+ \S+ \S+ \K\d{10}' "$G/format2/tree.txt").$(grep -oP '^\. dir \S+ \S+ \S+ \d{10}\K\d+' "$G/format2/tree.txt")" "$WORK/n"
check "and without it what it showed" shows d
check "lock" lock_vault d v

# A vault whose last commit purges records: it is taken, and what is shown is not touched by it.
unpack purge2 || { not_ok "unpacking"; finish; }
purged() { # purged CODE: so a dump of each record ends that the purge names: 0: it is there, 10: it is not
	local key
	while read -r key; do
		on e "$C" debug dump p record "$key" >/dev/null 2>&1 </dev/null
		[ $? = "$1" ] || { echo "$key"; return 1; }
	done <"$G/purge2/purged"
}
check "a purge: join" on e "$C" join --name p --recovery-file "$WORK/purge2/recovery" --passfile "$PASS" "$WORK/purge2/store"
check "mount" mount_vault e p "$WORK/p"
check "all is taken, and nothing is amiss" sync_vault e p
check "the commit says what it purges" eval 'on e "$C" debug dump --json p commit "$(cat "$G/purge2/commit")" |
	python3 -c "import json,sys; print(\"\n\".join(json.load(sys.stdin)[\"commit\"][\"first_purged\"]))" | diff <(LC_ALL=C sort "$G/purge2/purged") <(LC_ALL=C sort)'
check "it shows what it showed" is_tree "$WORK/p" purge2
# Nothing is deleted by it yet (docs/plan.md). Who builds that turns this into: purged 10
check "all that it names is there, or nothing is" eval 'purged 0 || purged 10'
check "lock" lock_vault e p

# What a killed daemon left of a device that was mounted elsewhere: its map with a WAL, a queue, work in no commit.
STATE=$(state_dir g demo)
mkdir -p "$WORK/state2" "$(dirname "$STATE")" && tar xzf "$G/state2/state.tar.gz" --no-same-owner -C "$WORK/state2" || { not_ok "unpacking"; finish; }
chmod -R u+rwX,go= "$WORK/device-g" && mv "$WORK/state2/demo" "$STATE" && cp "$G/state2/passphrase" "$WORK/state2" && chmod 600 "$WORK/state2/passphrase"
sed -i "s|@STORE@|$WORK/state2/store|" "$STATE/vault.json" && sed -i "s|@MOUNT@|$WORK/s|" "$STATE/last.json" "$STATE/mounts.json"
mkdir "$WORK/s"
check "a state of a former mount: mount" on g "$C" mount --passfile "$WORK/state2/passphrase" demo "$WORK/s"
check "it shows what it showed, with what was in the WAL alone" is_tree "$WORK/s" state2
check "what was waiting goes out" sync_vault g demo
check "and all is where it was" is_tree "$WORK/s" state2
check "lock" lock_vault g demo
finish
