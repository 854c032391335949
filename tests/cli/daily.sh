#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The everyday commands on a directory store, two devices.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m N=$WORK/n
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
field() { on "$1" "$CLOUDSEAL" status --json "$2" | json "$3"; }

check "help lists every command and exit code" sh -c '
	out=$("$0" --help) && for w in init join mount lock status sync pin unpin config list conflicts forget " 12 "; do
	case $out in *"$w"*) ;; *) echo "no $w"; exit 1 ;; esac; done' "$CLOUDSEAL"
check "version" sh -c '"$0" --version | grep -q "^cloudseal [0-9]"' "$CLOUDSEAL"
fails_with 2 "unknown command" "unknown command" "$CLOUDSEAL" frobnicate
fails_with 2 "did you mean mount?" "a slip in a command" "$CLOUDSEAL" mont
check "help COMMAND is COMMAND --help" test "$("$CLOUDSEAL" help mount)" = "$("$CLOUDSEAL" mount --help)"
fails_with 2 "unknown command 'mont'; did you mean mount?" "help of a slip" "$CLOUDSEAL" help mont
fails_with 2 "unknown option --jsn; did you mean --json?" "a slip in an option" "$CLOUDSEAL" status --jsn
fails_with 2 "unknown option --nonsense" "unknown option" "$CLOUDSEAL" status --nonsense

check "init makes a vault" new_vault a demo "$S"
check "the recovery key's file is private" test "$(stat -c %a "$WORK/recovery-demo")" = 600
check "the state directory is private" test "$(stat -c %a "$(state_dir a demo)")" = 700
check "list shows it locked" sh -c 'echo "$0" | grep -q "^demo .*locked"' "$(on a "$CLOUDSEAL" list)"
fails_with 10 "did you mean demo?" "a slip in a vault's name" on a "$CLOUDSEAL" status dmeo
check "list has a header" sh -c 'echo "$0" | grep -q "^NAME  *CLOUD  *MOUNTED AT$"' "$(on a "$CLOUDSEAL" list)"
fails_with 8 "demo: locked: mount it first" "pin of a locked vault" on a "$CLOUDSEAL" pin demo
check "mount says where" test "$(mount_vault a demo "$M")" = "Mounted at $(realpath "$M")"
check "the mount has the vault's name" test "$(findmnt -no SOURCE "$M")" = demo
free_to_gio() { # as file managers show it: within 64 MiB of what df says
	local of; of=$(gio info -f -a filesystem::free "$M" | awk '/filesystem::free:/ { print $2 }')
	echo "gio: $of, df: $(df --output=avail -B1 "$M" | tail -1)"
	[ $((of >> 26)) -le $(($(df --output=avail -B1 "$M" | tail -1) / 67108864 + 1)) ]
}
check "free space as a file manager reads it" free_to_gio
check "status --json says mounted" test "$(field a demo 'd["mounted"], d["name"]')" = "(True, 'demo')"

mkdir "$M/docs" && cp -r "$ROOT"/cli/. "$M/docs/" && ln -s docs/main.c "$M/link" && echo hello >"$M/hello"
head -c 3000000 /dev/urandom >"$M/big"
check "sync returns when all is on the store" sync_vault a demo
check "nothing is left then" test "$(field a demo 'd["queue"]["objects"], d["queue"]["bytes"], d["queue"]["unpublished"]')" = "(0, 0, False)"
check "the last commit has a time" test "$(field a demo 'd["last_commit"][:2]')" = 20
check "sync takes a path inside" on a "$CLOUDSEAL" sync "$M/docs/main.c"
check "status in words" sh -c 'echo "$0" | grep -q "to upload    nothing: everything is uploaded"' "$(on a "$CLOUDSEAL" status demo)"

check "config shows all" sh -c 'echo "$0" | grep -q "^cache-limit .*default"' "$(on a "$CLOUDSEAL" config demo)"
check "config sets a live value" sh -c 'echo "$0" | grep -qx "cache-limit = 1G"' "$(on a "$CLOUDSEAL" config demo cache-limit 1G)"
check "the daemon uses it" test "$(field a demo 'd["cache"]["limit"]')" = 1073741824
check "config reads it back" test "$(on a "$CLOUDSEAL" config demo cache-limit)" = 1G
check "config says when a value waits for the next mount" sh -c 'echo "$0" | grep -q "next mount"' "$(on a "$CLOUDSEAL" config demo upload-delay 1s)"
check "config --json" test "$(on a "$CLOUDSEAL" config --json demo | json 'd["upload-delay"]')" = 1s
check "config --unset" sh -c 'echo "$0" | grep -q "default"' "$(on a "$CLOUDSEAL" config --unset demo cache-limit)"
fails_with 2 "no setting .settle. .there are .*upload-delay" "config refuses a name that is no setting, and lists those that are" on a "$CLOUDSEAL" config demo settle 1s
fails_with 2 "not a size" "config refuses a bad value" on a "$CLOUDSEAL" config demo cache-limit lots
fails_with 2 "poll-interval: '0' cannot be; use 1 s to 1 day" "config says what a time may be" on a "$CLOUDSEAL" config demo poll-interval 0
fails_with 2 "did you mean cache-limit?" "a slip in a setting" on a "$CLOUDSEAL" config demo cache-limt 1G
check "a name stands for all of its vault" on a "$CLOUDSEAL" pin demo
check "and takes the pin off" on a "$CLOUDSEAL" unpin demo
fails_with 2 "there are .*cache-limit" "config names the keys" on a "$CLOUDSEAL" config demo nonsense 1

cp -a "$M/." "$WORK/plain" 2>/dev/null || mkdir "$WORK/plain" && cp -a "$M/." "$WORK/plain/"
check "lock" lock_vault a demo
check "status says locked and uploaded" sh -c 'echo "$0" | grep -q "everything is uploaded"' "$(on a "$CLOUDSEAL" status demo)"
check "lock of a locked vault is fine" lock_vault a demo

check "a second device joins with the recovery key" on b "$CLOUDSEAL" join --name demo --recovery-file "$WORK/recovery-demo" --passfile "$PASS" "$S"
check "it mounts" mount_vault b demo "$N"
check "it has the same tree" same_tree "$WORK/plain" "$N"
echo "from b" >"$N/from-b"
check "lock --flush uploads first" lock_vault b demo --flush
check "the first device mounts again" mount_vault a demo "$M"
check "and sees what the second one wrote" wait_for 30 grep -q "from b" "$M/from-b"
fails_with 8 "mounted already, at $M" "forget refuses a mounted vault" on a "$CLOUDSEAL" forget demo
check "lock by directory" on a "$CLOUDSEAL" lock "$M"

check "a third device joins" join_vault c demo "$S"
check "forget drops it" on c "$CLOUDSEAL" forget demo
check "nothing of it is left" test ! -e "$(state_dir c demo)"
fails_with 10 "no vault of that name" "mount of an unknown vault" on c "$CLOUDSEAL" mount demo "$N"
fails_with 10 "neither a vault" "sync of an unknown path" on c "$CLOUDSEAL" sync "$WORK"
finish
