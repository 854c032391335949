#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cloudseal debug dump of a vault of format 2: records, changesets, commits and heads say what was made; the index is checked.
. "$(dirname "$0")/../lib.sh"
export CLOUDSEAL_TEST_FORMAT=2

S=$WORK/store M=$WORK/m C=$CLOUDSEAL
new_vault a demo "$S" >/dev/null && on a "$C" config demo upload-delay 1h >/dev/null && mount_vault a demo "$M" || { not_ok "mount"; finish; }
mkdir "$M/dir" && : >"$M/small" && ln -s ../small "$M/dir/link" && setfattr -n user.colour -v 'attribute text' "$M/small"

json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
dump() { on a "$C" debug dump "$@"; }
# dumped EXPRESSION ARG...: of the dump's JSON `d`
dumped() { local e=$1; shift; dump --json "$@" | json "$e"; }
is() { local want=$1 got; shift; got=$("$@") && [ "$got" = "$want" ] || { echo "'$got', not '$want'"; return 1; }; }
small=$(stat -c %i "$M/small") link=$(stat -c %i "$M/dir/link") dir=$(stat -c %i "$M/dir")

check "the open changeset says what was made" is "['dir', 'link', 'small']" \
	dumped 'sorted(r["place"]["where"]["name"] for r in d["changeset"]["open"] if "place" in r)' demo changeset
fails_with 10 "no record has the key" "nothing of it is published yet" dump demo record "inode:$small"
check "sync" sync_vault a demo
check "then nothing is open or closed" is "[] []" dumped '"%s %s" % (d["changeset"]["open"], d["changeset"]["closed"])' demo changeset

check "a file is a record with its groups" is "file 0644 1 small" \
	dumped '"%s %s %s %s" % ((r := d["record"]["records"][0])["type"], r["mode"]["permissions"], r["place"]["where"]["directory"], r["place"]["where"]["name"])' \
	demo record "inode:$small"
check "a symlink's target is text" is ../small dumped 'd["record"]["records"][0]["versions"][0]["target"]' demo record "inode:$link"
check "an attribute has its name and length" is "user.colour 14" \
	dumped '"%s %d" % ((a := d["record"]["records"][0]["attributes"][0])["name"], a["bytes"])' demo record "xattr:$small"
check "who claims the root's names" is "dir small" \
	dumped '" ".join(sorted(c["name"] for r in d["record"]["records"] for c in r["claims"]))' demo record names:1
check "how many directories are in it" is 1 dumped 'd["record"]["records"][0]["directories"]' demo record subdirs:1
check "counts: an inode for each file, and the root" is 4 \
	dumped 'next(k["entries"] for t in d["counts"] if t["table"] == "records" for k in t["kinds"] if k["kind"] == "inode")' demo counts
check "the index is right" is "True none" dumped '"%s %s" % (d["index"]["right"], d["index"]["difference"])' demo index

n=$(on a "$C" status demo --json | json 'd["commits"]')
check "the commit has the file" is small \
	dumped 'next(r["place"]["where"]["name"] for r in d["commit"]["changes"] if r["key"] == "inode:'"$small"'")' demo commit "$n"
check "what a commit says of itself" is "True 1" \
	dumped '"%s %d" % (d["commit"]["changes_in_all"] == len(d["commit"]["changes"]), d["commit"]["parts"])' demo commit "$n"
check "a head says what is applied" is "True" \
	dumped 'd["head"]["applied"][0]["stream"] == d["head"]["stream"] and d["head"]["applied"][0]["n"] >= 1' demo head

{ for k in inode link sibling version xattr place content extents segment super genesis statement slot device epoch names special placed set-a set-b; do
	dump demo record $k 2>/dev/null; done; dump demo commit "$n"; dump demo commit 1; dump demo changeset; } >"$WORK/all"
check "no record of all breaks a rule or cannot be read" sh -c '! grep -E "^ *(- )?(error|breaks_a_rule) " "$0"' "$WORK/all"
check "no contents" sh -c '! grep -E "attribute text|correct horse" "$0"' "$WORK/all"

fails_with 2 "there are reap, pin, inode" "a kind that is none" dump demo record dirent:1
fails_with 2 "32 hex digits" "a stream that is none" dump demo head abc
fails_with 10 "no commit 99 of that stream: not uploaded yet" "a commit that is not there" dump demo commit 99
fails_with 10 "announces no checkpoint" "a manifest that is not there" dump demo manifest
fails_with 2 "index takes nothing more" "too much" dump demo index 1

check "lock" lock_vault a demo
check "a locked vault's index, with the passphrase" is True dumped 'd["index"]["right"]' --passfile "$PASS" demo index
check "a commit too" is "$n" dumped 'd["commit"]["n"]' --passfile "$PASS" demo commit "$n"
check "it mounts again" mount_vault a demo "$M"
check "with what was made" is "$dir" stat -c %i "$M/dir"
check "lock again" lock_vault a demo
finish
