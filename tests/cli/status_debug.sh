#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# status --debug: figures of each floor that move with what is done.
. "$(dirname "$0")/../lib.sh"

S=$WORK/store M=$WORK/m C=$CLOUDSEAL
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
# debug EXPRESSION: of `status --debug`'s figures `d`
debug() { on a "$C" status --debug --json demo | json "(lambda d: $1)(d['debug'])"; }
true_of() { local got; got=$(debug "$1") && [ "$got" = True ] || { echo "'$got' of $1"; on a "$C" status --debug demo; return 1; }; }

new_vault a demo "$S" >/dev/null && on a "$C" config demo upload-delay 1h >/dev/null && mount_vault a demo "$M" || { not_ok "mount"; finish; }
check "every floor has its part" true_of \
	'sorted(d) == sorted("credentials queue engine requests write_buffers locks memtables wal fetching threads alarms".split())'
check "the threads have names" true_of 'set("cloudseal flusher signals control-accept control".split()) <= set(d["threads"])'
check "nothing is parked, asked for or wrong" true_of \
	'd["requests"]["writes_parked"] == d["fetching"]["blocks"] == len(d["alarms"]) == 0 and not d["memtables"]["disk_full"]'

syncs=$(debug 'd["wal"]["syncs"]') freezes=$(debug 'd["locks"]["freezes"]')
dd if=/dev/urandom of="$M/file" bs=300000 count=1 conv=fsync status=none
check "fsync writes the WAL" true_of 'd["wal"]["syncs"] > '"$syncs"' and 300000 < d["wal"]["used"] < d["wal"]["size"]'
check "and stops the file system for a moment" true_of 'd["locks"]["freezes"] > '"$freezes"' and d["locks"]["longest_freeze_ms"] >= 0'
check "what was written waits for its upload, since when is known" true_of \
	'd["queue"]["pending_blocks"] == 3 and d["queue"]["pending_bytes"] == 300000 and d["queue"]["oldest_pending"][:2] == "20"'
exec 8<"$M/file" 9<"$M/file"
check "open files are counted" true_of 'd["requests"]["open_files"] == 2'
exec 8<&- 9<&-
known=$(debug 'd["engine"]["commits_known"]')
check "sync" sync_vault a demo
check "then nothing waits, and a commit more is known" true_of \
	'd["queue"]["pending_blocks"] == d["queue"]["objects"] == d["queue"]["in_flight"] == d["queue"]["not_empty_for_ms"] == 0 and d["queue"]["oldest_pending"] is None and d["engine"]["commits_known"] > '"$known"

check "only when asked for" sh -c '! grep -q debug' <<<"$(on a "$C" status --json demo)"
on a "$C" status --debug demo >"$WORK/words"
check "in words" sh -c 'for w in "^memtables$" "^  changes " "^wal$" "^locks$" "^threads$" "^  - flusher$"; do grep -qE "$w" "$0" || exit 1; done' "$WORK/words"
check "lock" lock_vault a demo
on a "$C" status --debug demo >"$WORK/words"
check "a locked vault has none" sh -c 'grep -q "demo: locked" "$0" && ! grep -q memtables "$0"' "$WORK/words"
finish
