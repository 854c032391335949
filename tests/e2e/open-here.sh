#!/bin/bash
# A file is open on one mounted device while another device's version comes to have its name: who has it open goes on in
# their own, the name shows the other, and a save over the name takes that one alone.
. "$(dirname "$0")/../lib.sh"
S=$WORK/store A=$WORK/desk B=$WORK/laptop
mkdir "$S"
both_sync() { for d in desk laptop desk laptop; do sync_vault $d v || return 1; done; }
copies() { find "$1" -name "$2 (conflict *" | wc -l; }
copy_is() { [ "$(copies "$1" "$2")" = 1 ] && [ "$(cat "$1/$2 (conflict "*)" = "$3" ]; }
is() { [ "$(cat "$1")" = "$2" ]; }
fd_is() { [ "$(python3 -c 'import os; print(os.pread(3, 99, 0).decode())')" = "$1" ]; }
fd_stat() { [ "$(python3 -c 'import os; print(os.fstat(3).st_size)')" = "$1" ]; }
fd_put() { python3 -c 'import os, sys; os.pwrite(3, sys.argv[2].encode(), int(sys.argv[1])); os.fsync(3)' "$1" "$2"; }
until_is() { local i; for ((i = 0; i < 100; i++)); do is "$1" "$2" && return; sleep 0.1; done; return 1; }

check "a vault" new_vault desk v "$S" --device-name desk
check "it is mounted" mount_vault desk v "$A"
check "a second device joins" join_vault laptop v "$S" --device-name laptop
check "and mounts it" mount_vault laptop v "$B"
printf base >"$B/f"
check "both have the file" both_sync
check "so it is shown" until_is "$A/f" base

exec 3<>"$B/f"
fd_put 0 mine
printf 'theirs!' >"$A/f"
check "both write" both_sync
check "the name shows the other's" until_is "$B/f" 'theirs!'
check "who has it open sees their own" fd_is mine
check "and its size" fd_stat 4
check "which stands beside the name" copy_is "$B" f mine
fd_put 4 ' and more'
check "what is written goes on there" copy_is "$B" f 'mine and more'
check "and not under the name" is "$B/f" 'theirs!'
printf saved >"$B/new" && mv "$B/new" "$B/f"
printf %s Mine >&3 # at its beginning
exec 3>&-
check "the name is saved over" both_sync
check "both have what was saved" until_is "$A/f" saved
check "and what was written to the open file" copy_is "$A" f 'Mine and more'
check "both show the same" come_together "$A" "$B"
finish
