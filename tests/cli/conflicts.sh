#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cloudseal conflicts: what two devices did to one name is listed, with what it stands beside.
. "$(dirname "$0")/../lib.sh"

C=$CLOUDSEAL
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
is() { local want=$1 got; shift; got=$("$@") && [ "$got" = "$want" ] || { echo "'$got', not '$want'"; return 1; }; }
# listed DEVICE EXPRESSION [ARG...]: of the JSON `d`
listed() { local on=$1 e=$2; shift 2; on "$on" "$C" conflicts --json "$@" | json "$e"; }
conflicts() { local on=$1; shift; on "$on" "$C" conflicts "$@"; }

check "nothing is mounted: one line" is "No vault is mounted." conflicts a
check "and an empty list" is "[]" listed a d

A=$WORK/a B=$WORK/b S=$WORK/store
new_vault a two "$S" --device-name desk >/dev/null && mount_vault a two "$A" && mkdir "$A/dir" "$A/other" && sync_vault a two >/dev/null || { not_ok "mount"; finish; }
join_vault b two "$S" --device-name laptop >/dev/null && mount_vault b two "$B" || { not_ok "join"; finish; }
check "the joiner sees the folder" wait_for 30 test -d "$B/dir"
check "no conflicts yet" is "two: no conflicts." conflicts a two
check "as JSON" is "two 0 []" listed a '"%s %d %s" % (d["name"], d["total"], d["conflicts"])' two
check "status counts none" is "0 2" sh -c cat < <(on b "$C" status two --json | json '"%d %d" % (d["conflicts"], d["devices"])')

# Each without the other's: what is published later was not seen by the one before.
mv "$S" "$S.away"
ln -s of-desk "$A/dir/link.txt"
ln -s of-laptop "$B/dir/link.txt"
mv "$S.away" "$S"
for d in a b a b; do sync_vault $d two >/dev/null || not_ok "sync of $d"; done
check "both are shown, on both" wait_for 30 sh -c '[ $(ls "$0/dir" | wc -l) = 2 ] && [ $(ls "$1/dir" | wc -l) = 2 ]' "$A" "$B"
check "and are called alike" is "$(ls "$A/dir")" ls "$B/dir"
check "one is listed" is "1 1" listed a '"%d %d" % (d["total"], len(d["conflicts"]))' two
one='d["conflicts"][0]'
check "with the name that it wants and what has it" is "symlink link.txt symlink False" \
	listed a '"%s %s %s %s" % ((c := '"$one"')["type"], c["name"], c["beside"], c["version"])' two
path=$(listed a "$one"'["path"]' two)
check "its path is there" test -L "$path"
check "it says whose it is: that is what is in it" is "of-$(listed a "$one"'["device"]' two)" readlink "$path"
check "its name says so, too" sh -c 'case $0 in *"(conflict $1 "*) ;; *) exit 1 ;; esac' "$path" "$(listed a "$one"'["device"]' two)"
check "in words" sh -c 'echo "$0" | grep -qE "^.*/dir/link \(conflict .*\)\.txt: a symlink by itself, beside the symlink link\.txt, by (desk|laptop), 20[0-9-]+ [0-9:]{8} UTC$"' \
	"$(conflicts a two)"
check "at a path above it" is 1 listed a 'd["total"]' "$A/dir"
check "not elsewhere" is 0 listed a 'd["total"]' "$A/other"
check "of all vaults that are mounted" is "['two']" listed a '[v["name"] for v in d]'
check "status counts it and the devices" is "1 2" sh -c cat < <(on b "$C" status two --json | json '"%d %d" % (d["conflicts"], d["devices"])')
check "status says so in words" sh -c 'echo "$0" | grep -q "conflicts  *1: cloudseal conflicts lists them"' "$(on a "$C" status two)"
check "the index is right" is True sh -c cat < <(on a "$C" debug dump --json two index | json 'd["index"]["right"]')

rm "$path"
check "who removes one has decided it" is "two: no conflicts." conflicts a two
sync_vault a two >/dev/null && sync_vault b two >/dev/null
check "for the other one, too" wait_for 30 sh -c '[ "$(ls "$0/dir")" = link.txt ]' "$B"

fails_with 10 "No such file" "a path that is not there" conflicts a "$A/nothing"
fails_with 10 "nowhere: no vault of that name here \(cloudseal list shows them\)" "no such vault" conflicts a nowhere
fails_with 10 "tow: no vault of that name here; did you mean two\? \(cloudseal list shows them\)" "a slip in its name" conflicts a tow
fails_with 2 "usage: cloudseal conflicts" "too much" conflicts a two two
check "lock" lock_vault a two
fails_with 10 "not mounted" "a locked vault" conflicts a two
check "lock" lock_vault b two
finish
