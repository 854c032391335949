#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cloudseal debug dump: header, counts, records, changesets, commits and heads say what was made, and no secret; the index is checked.
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m C=$CLOUDSEAL
new_vault a demo "$S" >/dev/null && on a "$C" config demo upload-delay 1h >/dev/null && mount_vault a demo "$M" || { not_ok "mount"; finish; }
head -c 300000 /dev/urandom >"$M/big"
printf 'a small text that stays in its record' >"$M/small"
mkdir "$M/dir" && ln -s ../small "$M/dir/link" && setfattr -n user.colour -v 'attribute text' "$M/small"

json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
dump() { on a "$C" debug dump "$@"; }
# dumped EXPRESSION ARG...: of the dump's JSON `d`
dumped() { local e=$1; shift; dump --json "$@" | json "$e"; }
is() { local want=$1 got; shift; got=$("$@") && [ "$got" = "$want" ] || { echo "'$got', not '$want'"; return 1; }; }
big=$(stat -c %i "$M/big") small=$(stat -c %i "$M/small") link=$(stat -c %i "$M/dir/link") dir=$(stat -c %i "$M/dir")

check "the open changeset says what was made" is "['big', 'dir', 'link', 'small']" \
	dumped 'sorted(r["place"]["where"]["name"] for r in d["changeset"]["open"] if "place" in r)' demo changeset
fails_with 10 "no record has the key" "nothing of it is published yet" dump demo record "inode:$small"
check "sync" sync_vault a demo
check "then nothing is open or closed" is "[] []" dumped '"%s %s" % (d["changeset"]["open"], d["changeset"]["closed"])' demo changeset

check "a file is a record with its groups" is "file 0644 1 small" \
	dumped '"%s %s %s %s" % ((r := d["record"]["records"][0])["type"], r["mode"]["permissions"], r["place"]["where"]["directory"], r["place"]["where"]["name"])' \
	demo record "inode:$small"
check "a symlink's target is text" is ../small dumped 'd["record"]["records"][0]["versions"][0]["target"]' demo record "inode:$link"
check "a file's contents are a version, with its size" is "300000" dumped '"%d" % d["record"]["records"][0]["versions"][0]["size"]' demo record "inode:$big"
check "an attribute has its name and length" is "user.colour 14" \
	dumped '"%s %d" % ((a := d["record"]["records"][0]["attributes"][0])["name"], a["bytes"])' demo record "xattr:$small"
check "who claims the root's names" is "big dir small" \
	dumped '" ".join(sorted(c["name"] for r in d["record"]["records"] for c in r["claims"]))' demo record names:1
check "how many directories are in it" is 1 dumped 'd["record"]["records"][0]["directories"]' demo record subdirs:1
check "counts: an inode for each file, and the root" is 5 \
	dumped 'next(k["entries"] for t in d["counts"] if t["table"] == "records" for k in t["kinds"] if k["kind"] == "inode")' demo counts
check "counts: the kinds of a table are all of it" is True \
	dumped 'all(sum(k["entries"] for k in t["kinds"]) == t["entries"] for t in d["counts"] if "kinds" in t)' demo counts
check "the index is right" is "True none" dumped '"%s %s" % (d["index"]["right"], d["index"]["difference"])' demo index

n=$(on a "$C" status demo --json | json 'd["commits"]')
check "the commit has the file" is small \
	dumped 'next(r["place"]["where"]["name"] for r in d["commit"]["changes"] if r["key"] == "inode:'"$small"'")' demo commit "$n"
check "what a commit says of itself" is "True 1" \
	dumped '"%s %d" % (d["commit"]["changes_in_all"] == len(d["commit"]["changes"]), d["commit"]["parts"])' demo commit "$n"
check "a head says what is applied" is "True" \
	dumped 'd["head"]["applied"][0]["stream"] == d["head"]["stream"] and d["head"]["applied"][0]["n"] >= 1' demo head
stream=$(dumped 'd["head"]["stream"]' demo head)
check "a commit is asked for by the stream that is shown" is "$stream $n" dumped '"%s %d" % (d["commit"]["stream"], d["commit"]["n"])' demo commit "$stream:$n"
check "a head, too" is "$stream" dumped 'd["head"]["stream"]' demo head "$stream"

check "the header: the wrap of the recovery key, and who signed genesis" is "['recovery key'] ['device', 'recovery key'] 32" \
	dumped '"%s %s %d" % ([w["opened_by"] for w in d["header"]["wraps"]], sorted(s["is"] for s in d["header"]["genesis"]["signers"]), len(d["header"]["genesis"]["vault"]))' demo header
check "in words" sh -c 'echo "$0" | grep -qE "^ +- key +inode:'"$big"'$" && echo "$0" | grep -qE "^ +(- )?size +300000$"' "$(dump demo record "inode:$big")"
check "without more: header and counts" is "['counts', 'header']" dumped 'sorted(d)' demo

# No secret: not the file's key, a root, a seed; not the contents either.
{ dump demo; for k in inode link sibling version xattr place content extents segment super genesis statement slot device epoch names special placed set-a set-b; do
	dump demo record $k 2>/dev/null; done; dump demo commit "$n"; dump demo commit 1; dump demo changeset; } >"$WORK/all"
check "no record of all breaks a rule or cannot be read" sh -c '! grep -E "^ *(- )?(error|breaks_a_rule) " "$0"' "$WORK/all"
check "keys, roots and seeds are there as (secret)" sh -c 'for w in file_key root; do grep -qE "^ +(- )?$w +\(secret\)$" "$0" || { echo $w; exit 1; }; done' "$WORK/all"
check "and never as anything else" sh -c '! grep -E "(file_key|seed) " "$0" | grep -v "(secret)$" | grep .' "$WORK/all"
check "nor is a root; that of a version is none" sh -c '! echo "$0" | grep -E "root " | grep -v "(secret)$" | grep .' "$(dump demo header)"
check "no contents" sh -c '! grep -E "stays in its record|attribute text|correct horse" "$0"' "$WORK/all"

fails_with 2 "there are header, counts, record, commit, changeset, index, head, manifest" "what is unknown" dump demo nonsense
fails_with 2 "no kind of record; there are reap, pin, inode" "a kind that is none" dump demo record nonsense:1
fails_with 2 "part 1 of the key is not an inode number" "a key that is none" dump demo record inode:x
fails_with 2 "has 1 part" "a key with too many parts" dump demo record inode:1:2
fails_with 2 "part 1 of the key is not 32 hex digits" "an id that is none" dump demo record segment:00
fails_with 10 "no record has the key .inode:999" "a record that is not there" dump demo record inode:999
fails_with 2 "say which record" "no key" dump demo record
fails_with 2 "say which commit" "no number" dump demo commit
fails_with 2 "no commit" "a number that is none" dump demo commit x
fails_with 2 "16 hex digits" "a stream that is none" dump demo commit abc:1
fails_with 10 "no stream 0000000000000000 is known" "a stream that nobody has" dump demo commit 0000000000000000:1
fails_with 10 "no commit 99 of that stream: not uploaded yet" "a commit that is not there" dump demo commit 99
fails_with 2 "counts takes nothing more" "too much" dump demo counts 1
fails_with 2 "there is dump" "something else to debug" on a "$C" debug frobnicate demo
fails_with 10 "no vault of that name" "no such vault" dump nowhere

fails_with 2 "16 hex digits" "a head of a stream that is none" dump demo head abc
fails_with 10 "announces no checkpoint" "a manifest that is not there" dump demo manifest
fails_with 2 "index takes nothing more" "too much of an index" dump demo index 1

check "lock" lock_vault a demo
check "a locked vault's header needs no passphrase" is 1 dumped 'len(d["header"]["wraps"])' demo header
check "the rest is shown with the passphrase" is 300000 dumped 'd["record"]["records"][0]["versions"][0]["size"]' --passfile "$PASS" demo record "inode:$big"
check "a commit too" is "$n" dumped 'd["commit"]["n"]' --passfile "$PASS" demo commit "$n"
check "the index, too" is True dumped 'd["index"]["right"]' --passfile "$PASS" demo index
echo wrong >"$WORK/wrong"; chmod 600 "$WORK/wrong"
fails_with 3 "not the passphrase" "not with a wrong one" dump --passfile "$WORK/wrong" demo counts
check "and it mounts again" mount_vault a demo "$M"
check "with what was made" is "$dir" stat -c %i "$M/dir"
check "lock again" lock_vault a demo

# A store that does not answer: who locks does not wait for a dump that does. It would give up after 30 s.
take_ports || { not_ok "ports"; finish; }
"$ROOT/tests/helpers/mute-dav" "$PORTS" "$WORK" & SERVERS_DOWN="kill $!"
wait_for 20 bash -c ": </dev/tcp/127.0.0.1/$PORTS"
new_vault a mute "http://127.0.0.1:$PORTS/" >/dev/null && mount_vault a mute "$M" && sync_vault a mute >/dev/null || { not_ok "mount of a WebDAV store"; finish; }
touch "$WORK/mute"
dump mute commit 1 >/dev/null 2>"$WORK/said" & D=$!
check "a dump asks the store" wait_for 20 test -s "$WORK/asked"
start=${EPOCHREALTIME/./}
check "lock" lock_vault a mute
wait $D
check "it ends the dump" grep -q "given up: the vault is being locked" "$WORK/said"
took=$(((${EPOCHREALTIME/./} - start) / 1000))
check "and waits for nothing ($took ms)" test "$took" -lt 15000
finish
