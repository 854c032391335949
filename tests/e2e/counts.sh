#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bench/counts, in its small form: what two independent counts say of one operation agrees, and figures are where they must be.
. "$(dirname "$0")/../lib.sh"
rows=$WORK/rows
check "it runs and counts" sh -c "BUILD='$BUILD' '$ROOT/bench/counts' --quick --json --dir '$WORK' >'$rows'"
[ -s "$rows" ] || finish
# says WHAT EXPRESSION: true of the rows; rows: name -> figures, each: all of single operations.
says() {
	check "$1" python3 - "$rows" "$2" <<-'PYTHON'
		import json, sys
		rows = {r["row"]: r for r in map(json.loads, open(sys.argv[1]))}
		each = [r for name, r in rows.items() if name != "many"]
		chmod, create, over = rows["chmod"], rows["create, 100 bytes"], rows["rename over a file of 10 KiB"]
		change, many = rows["change 4 KiB in the large file"], rows["many"]
		sys.exit(not eval(sys.argv[2]))
	PYTHON
}
changed='(r["shared"] + r["local"] + r["other"])'
says "every key that changed in the memtable goes into LMDB once, and the state record" \
	"all(r['commit']['puts'] + r['commit']['dels'] == $changed + 1 for r in each)"
says "a key is changed by one op at least" "all(r['puts'] + r['dels'] >= $changed for r in each)"
says "an fsync writes whole pages of the WAL" 'all(r["wal"] and r["wal"] % 4096 == 0 for r in each)'
says "chmod changes one shared record and nothing else" "chmod['shared'] == 1 and chmod['local'] == chmod['other'] == 0"
says "a create and a removal change more" "create['shared'] > 1 and create['local'] and over['dels']"
says "4 KiB are 4 KiB to LMDB and to the store, names and attributes are less" \
	"all(change[k] > 4096 > chmod[k] == 0 for k in ['other_bytes']) and change['commit']['bytes'] > 4096 > chmod['commit']['bytes'] > 0"
says "what is published is a commit" 'all(r["commit_parts"] == 1 and r["commit_bytes"] and r["publish"]["puts"] for r in each)'
says "200 new files of 100 bytes cost over 100 bytes each on the store" "200 * 100 < many['commit_bytes'] < 200 * 1000"
finish
