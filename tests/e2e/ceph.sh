#!/usr/bin/env bash
# Ceph with three OSDs, three copies and two gateways: two devices, one on each gateway; an OSD is killed under load, then a gateway.
# Nothing that was said to be on the store is lost, both agree, and so does a third device that joins afterwards.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
ROUNDS=${ROUNDS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 200 || echo 6)}
take_ports || exit 1
SRV=$ROOT/tests/servers/ceph C=$WORK/ceph A=$WORK/a B=$WORK/b
SERVERS_DOWN="'$SRV' down '$C'"
export AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION
URL=s3://cloudseal-test/v ONE=http://127.0.0.1:$PORTS TWO=http://127.0.0.1:$((PORTS + 2))
up_is() { "$SRV" status "$C" | grep -q "$1 up"; }
load() { # FIRST LAST: each round's files are in its sync's promise
	local i
	for i in $(seq "$1" "$2"); do
		head -c 1500000 /dev/urandom >"$A/data-$i" && echo "$i" >"$A/small-$i" && rm -f "$A/data-$((i - 100))" || return 1
		sync_vault a v || { echo "round $i: not synced"; return 1; }
	done
}
with_kill() { # WHAT FIRST LAST: killed while the rounds run
	local rc
	load "$2" "$3" >"$WORK/load" 2>&1 & local pid=$!
	sleep 1
	"$SRV" kill "$C" "$1" || { kill $pid; return 1; }
	wait $pid; rc=$?
	cat "$WORK/load"
	return $rc
}
agree() { sync_vault b w && wait_for 60 same_tree "$A" "$B"; same_tree "$A" "$B"; }
check "the cluster starts" "$SRV" up "$C" "$PORTS"
check "three OSDs" wait_for 30 up_is 3
check "init by the first gateway" new_vault a v "$URL" --endpoint "$ONE"
check "mount" mount_vault a v "$A"
check "work" load 1 "$ROUNDS"
check "join by the second gateway" join_vault b w "$URL" --endpoint "$TWO"
check "mount" mount_vault b w "$B"
check "the trees are equal" same_tree "$A" "$B"
check "an OSD is killed under load: every sync ends well" with_kill osd.1 $((ROUNDS + 1)) $((ROUNDS * 2))
check "the cluster has noticed" wait_for 30 up_is 2
check "b has all of it" agree
check "b's gateway is killed under load: a does not care" with_kill client.rgw1 $((ROUNDS * 2 + 1)) $((ROUNDS * 3))
check "both are started again" "$SRV" up "$C" "$PORTS"
check "three OSDs again" wait_for 60 up_is 3
check "b has all of it" agree
echo by-b >"$B/by-b"
check "b writes" sync_vault b w
check "a sees it" wait_for 60 grep -qx by-b "$A/by-b"
check "a third device joins" join_vault c x "$URL" --endpoint "$TWO"
check "and mounts" mount_vault c x "$WORK/c"
check "it has the same" same_tree "$A" "$WORK/c"
for d in "a v" "b w" "c x"; do check "lock" lock_vault $d; done
finish
