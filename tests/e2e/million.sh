#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Memory stays bounded while very many files are made, listed, renamed, synced, joined on a second device and removed.
# CLOUDSEAL_FULL=1: 1,000,000, under 200 MiB of anonymous memory for a daemon and 300 for join. COUNT: another number.
# full only
# timeout: 600
. "$(dirname "$0")/../lib.sh"
COUNT=${COUNT:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 1000000 || echo 3000)}
H=$ROOT/tests/helpers S=$WORK/store A=$WORK/a B=$WORK/b LOG=${LOG:-$WORK/log}
DAEMON=200 JOIN=300
DAEMONS="mount --passfile $PASS v " JOINER="join --name v --passfile $PASS"

# measured WHAT LIMIT_MIB PROCESS COMMAND...: the command works, and no process with that text in its line grew over the limit.
measured() {
	local what=$1 limit=$2 text=$3 peak cpu rc start=$SECONDS; shift 3
	coproc SAMPLE { exec "$H/rss.py" "$text"; }
	local pid=$SAMPLE_PID in=${SAMPLE[1]} from=${SAMPLE[0]}
	read -r _ <&"$from"; echo "== $what" >>"$LOG"
	"$@" >"$WORK/said" 2>>"$LOG"; rc=$?
	echo >&"$in"; read -r peak cpu <&"$from"; wait "$pid" 2>/dev/null
	tail -n 3 "$WORK/said" | sed 's/^/    /'
	if [ $rc != 0 ]; then not_ok "$what (exit $rc)"; tail -n 3 "$LOG" | sed 's/^/    /'
	elif [ "$peak" -eq 0 ]; then not_ok "$what: no process was seen"
	elif [ "$peak" -gt $((limit * 1024)) ]; then not_ok "$what: $((peak / 1024)) MiB, over $limit ($((SECONDS - start)) s, CPU $cpu s)"
	else ok "$what: $((peak / 1024)) MiB, $((SECONDS - start)) s, CPU $cpu s"; fi
}
up() { on "$1" timeout 7200 "$CLOUDSEAL" sync v; }
seen() { wait_for 3600 eval "$@"; }
fewer() { [ "$(find "$1" -mindepth 1 -maxdepth 1 | head -1)" = "" ]; }

new_vault a v "$S" >/dev/null && mount_vault a v "$A" || exit 1
measured "made" $DAEMON "$DAEMONS" "$H/many.py" make "$A" "$COUNT"
measured "listed" $DAEMON "$DAEMONS" "$H/many.py" list "$A" "$COUNT"
measured "synced" $DAEMON "$DAEMONS" up a
measured "renamed" $DAEMON "$DAEMONS" "$H/many.py" rename "$A" "$COUNT"
measured "synced again" $DAEMON "$DAEMONS" up a
measured "joined" $JOIN "$JOINER" on b timeout 7200 "$CLOUDSEAL" join --name v --passfile "$PASS" --recovery-file "$WORK/recovery-v" "$S"
mount_vault b v "$B" || exit 1
measured "listed on the second device" $DAEMON "$DAEMONS" "$H/many.py" list "$B" "$COUNT"
measured "removed" $DAEMON "$DAEMONS" "$H/many.py" remove "$A" "$COUNT"
measured "removal synced" $DAEMON "$DAEMONS" up a
measured "removal seen by the second device" $DAEMON "$DAEMONS" seen 'fewer "$B"'
echo "    store: $(du -sm "$S" | cut -f1) MiB; state of the two devices: $(du -sm "$(state_dir a v)" "$(state_dir b v)" | cut -f1 | tr '\n' ' ')MiB"
lock_vault b v >/dev/null; lock_vault a v >/dev/null
finish
