#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Memory stays bounded while 1,000,000 files are made, listed, renamed, synced, joined on a second device and removed:
# 200 MiB of anonymous memory for a daemon, 300 for join. COUNT: another number of files.
# full only
# timeout: 600
. "$(dirname "$0")/../lib.sh"
COUNT=${COUNT:-1000000}
H=$ROOT/tests/helpers S=$WORK/store A=$WORK/a B=$WORK/b

# measured WHAT LIMIT_MIB PROCESS COMMAND...: the command works, and no process with that text in its line grew over the limit.
measured() {
	local what=$1 limit=$2 text=$3 peak rc out start=$SECONDS; shift 3
	coproc SAMPLE { exec "$H/rss.py" "$text"; }
	local pid=$SAMPLE_PID in=${SAMPLE[1]} from=${SAMPLE[0]}
	out=$("$@" 2>&1); rc=$?
	echo >&"$in"; read -r peak <&"$from"; wait "$pid" 2>/dev/null
	[ -z "$out" ] || echo "$out" | tail -n 3 | sed 's/^/    /'
	if [ $rc != 0 ]; then not_ok "$what (exit $rc)"
	elif [ "$peak" -eq 0 ]; then not_ok "$what: no process was seen"
	elif [ "$peak" -gt $((limit * 1024)) ]; then not_ok "$what: $((peak / 1024)) MiB, over $limit ($((SECONDS - start)) s)"
	else ok "$what: $((peak / 1024)) MiB, $((SECONDS - start)) s"; fi
}
up() { on "$1" timeout 7200 "$CLOUDSEAL" sync v; }
seen() { wait_for 3600 eval "$@"; }
fewer() { [ "$(find "$1" -mindepth 1 -maxdepth 1 | head -1)" = "" ]; }

new_vault a v "$S" >/dev/null && mount_vault a v "$A" || exit 1
measured "made" 200 "mount --passfile $PASS v $A" "$H/many.py" make "$A" "$COUNT"
measured "listed" 200 "mount --passfile $PASS v $A" "$H/many.py" list "$A" "$COUNT"
measured "synced" 200 "mount --passfile $PASS v $A" up a
measured "renamed" 200 "mount --passfile $PASS v $A" "$H/many.py" rename "$A" "$COUNT"
measured "synced again" 200 "mount --passfile $PASS v $A" up a
measured "joined" 300 "join --name v --passfile" on b timeout 7200 "$CLOUDSEAL" join --name v --passfile "$PASS" "$S"
mount_vault b v "$B" || exit 1
measured "listed on the second device" 200 "mount --passfile $PASS v $B" "$H/many.py" list "$B" "$COUNT"
measured "removed" 200 "mount --passfile $PASS v $A" "$H/many.py" remove "$A" "$COUNT"
measured "removal synced" 200 "mount --passfile $PASS v $A" up a
measured "removal seen by the second device" 200 "mount --passfile $PASS v $B" seen 'fewer "$B"'
echo "    store: $(du -sm "$S" | cut -f1) MiB; state of the two devices: $(du -sm "$(state_dir a v)" "$(state_dir b v)" | cut -f1 | tr '\n' ' ')MiB"
lock_vault b v >/dev/null; lock_vault a v >/dev/null
finish
