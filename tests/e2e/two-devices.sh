#!/bin/bash
# Two devices, both mounted, both at work at once: what comes of it is the same on both, and stays. Small
# files; and what others changed is looked at after a lock: the file system does not tell the kernel of it yet (docs/plan.md).
. "$(dirname "$0")/../lib.sh"
trap clean_up EXIT
STORE=$WORK/store A=$WORK/one B=$WORK/two
mkdir -p "$STORE"
both_sync() { for d in one two one two; do sync_vault $d v || return 1; done; }
both_show() { same_tree "$A" "$B"; }

check "a vault" new_vault one v "$STORE"
check "it is mounted" mount_vault one v "$A"
mkdir "$A/folder" "$A/left" "$A/right"
echo 0 >"$A/both.txt"; echo gone >"$A/removed"; echo moved >"$A/moved"; echo saved >"$A/saved"
check "and synced" sync_vault one v
check "a second device joins" join_vault two v "$STORE"
check "and mounts it" mount_vault two v "$B"
check "it shows the same" both_show

echo 1 >"$A/both.txt"; echo 2 >"$B/both.txt"
echo a >"$A/folder/new"; echo b >"$B/folder/new"
rm "$A/removed"; echo edited >"$B/removed"
mkdir "$A/d" "$B/d"; echo x >"$A/d/x"; echo y >"$B/d/y"
mv "$A/left" "$A/right/left"; mv "$B/right" "$B/left/right"
mv "$A/moved" "$A/folder/moved"; echo written >"$B/moved"
echo 3 >"$A/s"; mv "$A/s" "$A/saved"; echo 4 >"$B/s"; mv "$B/s" "$B/saved"
check "both synced" both_sync
check "one is locked" lock_vault one v
check "the other too" lock_vault two v
check "one is mounted again" mount_vault one v "$A"
check "the other too" mount_vault two v "$B"
check "both show the same" both_show
check "both edits are there" test "$(cat "$A"/both*.txt | sort | tr -d '\n')" = 12
check "both new files of one name are there" test "$(cat "$A"/folder/new* | sort | tr -d '\n')" = ab
check "an edit is not lost by a removal" test "$(cat "$A/removed")" = edited
check "two folders of one name are one" test "$(cat "$A/d/x" "$A/d/y" | tr -d '\n')" = xy
check "folders moved into each other are there" test "$(find "$A" -name left -o -name right | wc -l)" = 2
check "a file is written where it was moved" test "$(cat "$A/folder/moved")" = written
check "both saves are there" test "$(cat "$A"/saved* | sort | tr -d '\n')" = 34
check "what both show stays" both_sync
check "the same" both_show

check "a third device joins" join_vault three v "$STORE"
check "and mounts it" mount_vault three v "$WORK/three"
check "it shows the same" same_tree "$A" "$WORK/three"
finish
