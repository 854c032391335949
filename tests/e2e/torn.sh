#!/usr/bin/env bash
# A store that keeps what it got of a PUT that was cut (rclone serve webdav): the torn object lies under its final name. Nobody
# takes it for the object: another device sees what was there before and nothing else, and the PUT is made again over it. Cut by
# closing the connection and by killing the server or the daemon, in a segment or in a commit. Environment: ROUNDS.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 12 || echo 1)}
take_ports || exit 1
PORT=$PORTS RELAY_PORT=$((PORTS + 1)) DAV=$WORK/dav SRV=$ROOT/tests/servers/rclone-dav MODE=$WORK/mode
SERVERS_DOWN="'$SRV' down '$DAV'; kill \$RELAY"
export NETRC=$WORK/netrc
echo 'machine 127.0.0.1 login user password secret' >"$NETRC"; chmod 600 "$NETRC"
URL=http://127.0.0.1:$PORT/basic/v SLOW_URL=http://127.0.0.1:$RELAY_PORT/basic/v OBJECTS=$DAV/data/basic/v
A=$WORK/a B=$WORK/b SEEN=$WORK/seen
set_a() { on a "$CLOUDSEAL" config v "$1" "$2" >/dev/null; }
state_of() { on "$1" "$CLOUDSEAL" status "$2" --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["phase"], d["last_error"])'; }
calm() { [ "$(state_of "$1" "$2")" = "idle None" ]; }
says_nothing() { wait_for 60 calm "$1" "$2" || { state_of "$1" "$2"; return 1; }; }

# A file says itself whether it is whole: the digest of the rest stands in its first line. Readers of b's mount note what is not.
whole_file() { # FILE BYTES: under its name only when it is whole
	head -c "$2" /dev/urandom >"$WORK/rest"
	{ sha256sum <"$WORK/rest"; cat "$WORK/rest"; } >"$WORK/whole" && cp "$WORK/whole" "$1.part" && mv "$1.part" "$1"
}

# The signal is one thread's to begin with: until that has run, the others go on, and make the PUT again that was cut.
all_stopped() { [ -z "$(grep -L '^State:.T' /proc/"$1"/task/*/status)" ]; }
# the_cut BY: once half of an object has gone through. Its name goes to $WORK/torn-name, its bytes to $WORK/torn.
the_cut() {
	local name length
	wait_for 60 test -s "$WORK/held" || { echo "no upload came"; return 1; }
	read -r name length <"$WORK/held"; name=${name#/basic/v/}
	if [ "$1" = daemon ]; then kill -KILL "$PID_A"; else kill -STOP "$PID_A"; fi # the torn object stays a while
	[ "$1" = daemon ] || wait_for 20 all_stopped "$PID_A" || { echo "a goes on"; return 1; }
	[ "$1" != server ] || "$SRV" down "$DAV"
	echo cut >"$MODE"
	wait_for 20 test -s "$OBJECTS/$name" || { echo "nothing is left of $name"; return 1; }
	sleep 0.3 # what the server had got is written
	cp "$OBJECTS/$name" "$WORK/torn"; echo "$name" >"$WORK/torn-name"
	[ "$(stat -c %s "$WORK/torn")" -lt "$length" ] && return
	echo "all $length bytes of $name are there; a: $(grep State "/proc/$PID_A/status")"; cat "$WORK/held"; return 1
}
change() { # KIND N: large enough that the server has written some of it when it is cut
	if [ "$1" = segment ]; then whole_file "$A/$1-$2" 700000
	else mkdir "$A/$1-$2" && head -c 300000 /dev/urandom | od -An -v -tx1 -w100 | tr -d ' ' | (cd "$A/$1-$2" && xargs touch); fi
}
come_back() { # BY
	if [ "$1" = daemon ]; then lock_vault a v; mount_vault a v "$A"; else kill -CONT "$PID_A"; fi
}
before_is_there() { same_tree "$WORK/tree" "$B" && [ ! -s "$SEEN" ] || { cat "$SEEN"; return 1; }; }
mended() { # longer, and the same as far as the torn one went
	local now; now=$OBJECTS/$(cat "$WORK/torn-name")
	ls -l "$now" "$WORK/torn"
	[ "$(stat -c %s "$now")" -gt "$(stat -c %s "$WORK/torn")" ]
}
agree() { sync_vault b w && wait_for 30 same_tree "$A" "$B" && same_tree "$A" "$B"; }
round() { # BY KIND N
	local what="$2 $3, the $1 cut"
	PID_A=$(pid_of a v); rm -f "$WORK/held"
	rm -rf "$WORK/tree"; cp -a "$B" "$WORK/tree"
	echo hold >"$MODE"
	change "$2" "$1-$3"
	check "$what: a torn object is left" the_cut "$1" || return
	[ "$1" != server ] || "$SRV" up "$DAV" $PORT
	on b timeout 60 "$CLOUDSEAL" sync w --timeout 20 >"$WORK/sync-b" 2>&1
	echo "# sync of b: exit $? $(head -1 "$WORK/sync-b")"
	check "$what: b has what it had" before_is_there
	check "$what: a goes on" come_back "$1"
	check "$what: a has all on the store" sync_vault a v
	check "$what: the object is whole" mended
	check "$what: b has it" agree
}

check "the server starts" "$SRV" up "$DAV" $PORT
/usr/bin/python3 "$ROOT/tests/helpers/cutting-relay" $RELAY_PORT $PORT "$WORK" & RELAY=$!
check "and a relay before it" wait_for 20 curl -s -o /dev/null "http://127.0.0.1:$RELAY_PORT/"
check "init" new_vault a v "$SLOW_URL"
set_a poll-interval 1s; set_a checkpoint-min 64K
check "mount" mount_vault a v "$A"
whole_file "$A/first" 100000
check "sync" sync_vault a v
check "b joins" join_vault b w "$URL" --recovery-file "$WORK/recovery-v"
on b "$CLOUDSEAL" config w poll-interval 1s >/dev/null
check "b mounts" mount_vault b w "$B"
check "the trees are equal" same_tree "$A" "$B"
: >"$SEEN"
/usr/bin/python3 "$ROOT/tests/e2e/torn_reader.py" "$B" "$SEEN" "$WORK/stop" & reader=$!
for n in $(seq "$ROUNDS"); do
	round server segment "$n"
	round daemon commit "$n"
	round connection segment "$n"
	[ "${CLOUDSEAL_FULL:-0}" != 1 ] || { round server commit "$n"; round daemon segment "$n"; round connection commit "$n"; }
done
touch "$WORK/stop"; wait $reader
no_wrong_bytes() { cat "$SEEN" "$SEEN.reads"; [ ! -s "$SEEN" ] && [ "$(cat "$SEEN.reads")" -gt 10 ]; }
check "readers on b never saw wrong bytes" no_wrong_bytes
check "a says nothing more of it" says_nothing a v
check "nor does b" says_nothing b w
check "a third device joins" join_vault c x "$URL" --recovery-file "$WORK/recovery-v"
check "and mounts" mount_vault c x "$WORK/c"
check "it has the same" same_tree "$A" "$WORK/c"
for d in "a v" "b w" "c x"; do check "lock" lock_vault $d; done
finish
