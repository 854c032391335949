#!/usr/bin/env bash
# Several devices of format 2 work in the same folder and publish every second, on Apache's WebDAV and on the RADOS Gateway: nobody is
# stopped, nothing is lost, there are no commits but theirs, and when they end it is quiet and all show the same.
# Environment: DEVICES (how many: a list), STORES, DURATION (seconds, of each).
# timeout: 300
. "$(dirname "$0")/../lib.sh"
DEVICES=${DEVICES:-2 4}
STORES=${STORES:-apache rgw}
DURATION=${DURATION:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 600 || echo 10)}
take_ports || exit 1
SRV=$ROOT/tests/servers HERE=$(dirname "$0")
chmod 755 "$WORK" # Apache serves as another user
SERVERS_DOWN="'$SRV/apache-dav' down '$WORK/apache-dav'; '$SRV/rgw' down '$WORK/rgw'"
export NETRC=$WORK/netrc AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION
printf 'machine 127.0.0.1 login user password secret\n' >"$NETRC"; chmod 600 "$NETRC"

status_of() { # of all devices, as one list
	local d sep=[
	for d in $ALL; do echo "$sep"; on "$d" "$CLOUDSEAL" status "$V" --json || return 1; sep=,; done
	echo ]
}
# said WHAT: of all devices: commits, their sum; sent, the sum of bytes; stopped, what stops them; busy, who is
said() {
	status_of | python3 -c '
import json, sys
all = json.load(sys.stdin)
print({
    "commits": lambda: sum(d["commits"] for d in all),
    "sent": lambda: sum(d["traffic"]["sent"] for d in all),
    "stopped": lambda: [(d["phase"], d["last_error"], d["damaged"]) for d in all
                        if d["phase"] in ("denied", "full", "fork") or d["last_error"] or d["damaged"]],
    "busy": lambda: [d["phase"] for d in all if d["phase"] != "idle" or d["queue"]["objects"] or d["queue"]["unpublished"]],
}[sys.argv[1]]())' "$1"
}
quiet() { # nobody has anything to do, nor sends anything for some rounds
	local before
	[ "$(said busy)" = "[]" ] && before=$(said sent) || return 1
	sleep 3
	[ "$(said busy) $(said sent)" = "[] $before" ]
}
begin() { # URL N [store options]: the devices, mounted
	local url=$1 n=$2 d i; shift 2
	for i in $(seq "$n"); do
		d=$V-$i
		if [ "$i" = 1 ]; then new_vault "$d" "$V" "$url" --device-name "dev$i" "$@"
		else join_vault "$d" "$V" "$url" --device-name "dev$i" "$@"; fi || return 1
		on "$d" "$CLOUDSEAL" config "$V" poll-interval 1s || return 1
		mount_vault "$d" "$V" "$WORK/$d" || return 1
		if [ "$i" = 1 ]; then mkdir "$WORK/$d/same" && sync_vault "$d" "$V" || return 1; fi
	done
	for d in $ALL; do wait_for 30 test -d "$WORK/$d/same" || return 1; done
	wait_for 30 quiet
}
work() { # all of them at once
	local d pids=() rc=0
	for d in $ALL; do
		on "$d" python3 "$HERE/same_folder_writer.py" "$CLOUDSEAL" "$V" "$WORK/$d/same" "$d" "$DURATION" >"$WORK/$d.said" &
		pids+=($!)
	done
	for d in "${pids[@]}"; do wait "$d" || rc=1; done
	cat $(printf "$WORK/%s.said " $ALL)
	return $rc
}
few_commits() { # BEFORE: at most 5 percent more than the users made
	local made users
	made=$(($(said commits) - $1))
	users=$(cat $(printf "$WORK/%s.said " $ALL) | awk '{ n += $2 } END { print n }')
	echo "# $V: $made commits for $users of users"
	[ "$made" -gt 0 ] && [ $((made * 100)) -le $((users * 105)) ]
}
all_equal() { local d; for d in $ALL; do same_tree "$WORK/$V-1" "$WORK/$d" || { echo "$d"; return 1; }; done; }
all_there() { python3 "$HERE/same_folder_writer.py" --check "$WORK/$V-1/same" $(printf "$WORK/%s.said " $ALL); }
not_stopped() { local got; got=$(said stopped); [ "$got" = "[]" ] || { echo "$got"; return 1; }; }

several() { # NAME URL N [store options]
	V=$1$3
	local n=$3 url=$2 before d; shift 3
	ALL=$(seq -f "$V-%g" "$n" | tr '\n' ' ')
	check "$V: $n devices on one vault" begin "$url" "$n" "$@"
	before=$(said commits)
	check "$V: $DURATION s, each publishes every second" work
	check "$V: quiet within 30 s" wait_for 30 quiet
	check "$V: nobody is stopped" not_stopped
	check "$V: at most 1.05 commits for each that a user made" few_commits "$before"
	tail -n 3 "$WORK/out" | grep '^#'
	check "$V: nothing is lost" all_there
	check "$V: all show the same" all_equal
	for d in $ALL; do check "$V: $d locks" lock_vault "$d" "$V"; done
}
for s in $STORES; do
	case $s in
	apache)
		check "Apache runs" "$SRV/apache-dav" up "$WORK/apache-dav" "$PORTS"
		for n in $DEVICES; do several apache "http://127.0.0.1:$PORTS/basic/v$n" "$n"; done ;;
	rgw)
		check "RADOS Gateway runs" "$SRV/rgw" up "$WORK/rgw" $((PORTS + 20))
		for n in $DEVICES; do
			several rgw "s3://cloudseal-test/v$n" "$n" --endpoint "http://127.0.0.1:$((PORTS + 20))" --region us-east-1
		done ;;
	*) not_ok "no store $s" ;;
	esac
done
finish
