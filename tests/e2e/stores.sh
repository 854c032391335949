#!/usr/bin/env bash
# The store alone is enough, on every store: work, sync, commits by the dozen (2,000 with --full) and several checkpoints, a kill in
# between, a second device from nothing by passphrase and a third by recovery key, equal trees, and hand-over.
# Environment: COMMITS (on each store), STORES (which ones: also those of more-stores.sh).
# timeout: 420
. "$(dirname "$0")/../lib.sh"
COMMITS=${COMMITS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 2000 || echo 40)}
STORES=${STORES:-dir lighttpd apache apachetls s3}
take_ports || exit 1
BASE=$PORTS SRV=$ROOT/tests/servers
chmod 755 "$WORK" # Apache serves as another user
SERVERS_DOWN="for s in apache-dav lighttpd-dav nginx-dav rclone-dav rgw swift; do '$SRV/'\$s down '$WORK/'\$s >/dev/null 2>&1; done"
export NETRC=$WORK/netrc AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION
printf 'machine 127.0.0.1 login user password secret\nmachine localhost login user password secret\n' >"$NETRC"; chmod 600 "$NETRC"
work() { # some real work on mount $1
	mkdir -p "$1/src" && cp -r "$ROOT/util" "$ROOT/crypto" "$ROOT/docs" "$1/src/" && head -c 3000000 /dev/urandom >"$1/blob" &&
		ln "$1/blob" "$1/hard" && ln -s blob "$1/sym" && setfattr -n user.a -v b "$1/blob" && truncate -s 50M "$1/sparse" &&
		seq -f "$1/src/one of many empty files, %g" 200 | xargs -d '\n' touch && setfacl -m u:1234:r "$1/src" && touch -d '2001-02-03 04:05:06.7 UTC' "$1/src/docs"
}
commits() { # commits NAME MOUNT: each sync is a commit of its own; how long they took goes to $WORK/took
	on "a-$1" "$ROOT/tests/helpers/many-commits" "$CLOUDSEAL" "$1" "$2" "$COMMITS" >"$WORK/took"
}
killed() { # NAME MOUNT: the daemon, with changes on their way; what was fsynced is there again, and goes out
	local sync
	head -c 400000 /dev/urandom >"$2/kept" && sync "$2/kept" || return 1
	sync_vault "a-$1" "$1" >/dev/null 2>&1 & sync=$!
	sleep 0.$((RANDOM % 4))
	kill -KILL "$(pid_of "a-$1" "$1")"; wait $sync
	lock_vault "a-$1" "$1"; mount_vault "a-$1" "$1" "$2" || return 1
	[ "$(stat -c %s "$2/kept")" = 400000 ] && sync_vault "a-$1" "$1"
}
several() { # several NAME CHECKPOINTS COMMITS: so many are there
	on "a-$1" "$CLOUDSEAL" status "$1" --json | python3 -c '
import json, sys
d = json.load(sys.stdin); print({k: d[k] for k in ("checkpoints", "commits", "traffic", "last_error")})
sys.exit(not (d["checkpoints"] >= int(sys.argv[1]) and d["commits"] >= int(sys.argv[2])))' "$2" "$3"
}
hand_over() { # NAME A B
	lock_vault "a-$1" "$1" --flush && echo by-b >"$3/by-b" && rm "$3/log" && lock_vault "b-$1" "$1" --flush &&
		mount_vault "a-$1" "$1" "$2" && wait_for 30 grep -q by-b "$2/by-b" && [ ! -e "$2/log" ]
}
different() { # NAME A B: b has a's state again; a copy of b with one byte changed is told apart
	mount_vault "b-$1" "$1" "$3" && wait_for 30 same_tree "$2" "$3" || return 1
	cp -a "$3" "$WORK/copy-$1" && same_tree "$WORK/copy-$1" "$3" || return 1
	another_byte "$WORK/copy-$1/blob" 1000 && touch -r "$3/blob" "$WORK/copy-$1/blob"
	! same_tree "$WORK/copy-$1" "$3"
}
invited() { # invited NAME URL [store options]: device d joins by a code of a, and has the same tree
	local n=$1 url=$2 code=$WORK/code-$1 rc; shift 2
	(umask 077; : >"$code")
	on "a-$n" timeout 200 "$CLOUDSEAL" device invite --yes "$n" >"$WORK/invite-$n" 2>&1 & local inviter=$!
	wait_for 60 grep -qE '^    [0-9A-Z]{5}-' "$WORK/invite-$n" || { cat "$WORK/invite-$n"; return 1; }
	sed -nE 's/^    ([0-9A-Z]{5}-.*)/\1/p' "$WORK/invite-$n" >"$code"
	on "d-$n" timeout 200 "$CLOUDSEAL" join --name "$n" --invite-file "$code" --passfile "$PASS" "$@" "$url" || { kill $inviter; return 1; }
	wait $inviter; rc=$?
	cat "$WORK/invite-$n"
	[ $rc = 0 ] && mount_vault "d-$n" "$n" "$WORK/$n-d" && come_together "$WORK/$n-a" "$WORK/$n-d" && lock_vault "d-$n" "$n"
}
one_store() { # one_store NAME URL [store options]
	local n=$1 url=$2; shift 2
	local A=$WORK/$n-a B=$WORK/$n-b C=$WORK/$n-c
	check "$n: init" new_vault "a-$n" "$n" "$url" "$@"
	on "a-$n" "$CLOUDSEAL" config "$n" checkpoint-min 16K >/dev/null
	on "a-$n" "$CLOUDSEAL" config "$n" poll-interval 1s >/dev/null
	check "$n: mount" mount_vault "a-$n" "$n" "$A"
	check "$n: work" work "$A"
	check "$n: a first checkpoint" wait_for 60 several "$n" 1 1
	check "$n: $COMMITS commits" commits "$n" "$A"
	echo "# $n: $(cat "$WORK/took")"
	check "$n: as many on the store, and checkpoints" wait_for 60 several "$n" $((COMMITS < 40 ? 1 : 2)) "$COMMITS"
	check "$n: killed in between" killed "$n" "$A"
	check "$n: a second device joins" join_vault "b-$n" "$n" "$url" "$@"
	check "$n: and mounts" mount_vault "b-$n" "$n" "$B"
	check "$n: the trees are equal" same_tree "$A" "$B"
	check "$n: a third joins" join_vault "c-$n" "$n" "$url" "$@"
	check "$n: and mounts" mount_vault "c-$n" "$n" "$C"
	check "$n: equal too" same_tree "$A" "$C"
	check "$n: it locks" lock_vault "c-$n" "$n"
	check "$n: a fourth joins by an invitation" invited "$n" "$url" "$@"
	check "$n: a locks, b works and locks, a sees it" hand_over "$n" "$A" "$B"
	check "$n: the comparison sees a changed byte" different "$n" "$A" "$B"
	check "$n: both lock" eval "lock_vault 'a-$n' '$n' && lock_vault 'b-$n' '$n'"
}
for s in $STORES; do
	case $s in
	dir) one_store dir "$WORK/store" ;;
	lighttpd)
		check "lighttpd starts" "$SRV/lighttpd-dav" up "$WORK/lighttpd-dav" $((BASE + 2))
		one_store lighttpd "http://127.0.0.1:$((BASE + 2))/digest/v" ;;
	apache | apachetls)
		check "Apache runs" "$SRV/apache-dav" up "$WORK/apache-dav" "$BASE"
		if [ $s = apache ]; then one_store apache "http://127.0.0.1:$BASE/basic/v"
		else one_store apachetls "https://localhost:$((BASE + 1))/basic/w" --ca-file "$WORK/apache-dav/ca.pem"; fi ;;
	nginx)
		check "nginx starts" "$SRV/nginx-dav" up "$WORK/nginx-dav" $((BASE + 4))
		one_store nginx "http://127.0.0.1:$((BASE + 4))/basic/v" ;;
	rclone)
		check "rclone starts" "$SRV/rclone-dav" up "$WORK/rclone-dav" $((BASE + 5))
		one_store rclone "http://127.0.0.1:$((BASE + 5))/basic/v" ;;
	s3 | s3virtual)
		check "RADOS Gateway runs" "$SRV/rgw" up "$WORK/rgw" $((BASE + 20))
		if [ $s = s3 ]; then one_store s3 "s3://cloudseal-test/prefix" --endpoint "http://127.0.0.1:$((BASE + 20))" --region us-east-1
		else one_store s3virtual "s3://cloudseal-virtual/prefix" --endpoint "http://s3.localhost:$((BASE + 20))" --addressing virtual; fi ;;
	swift)
		check "Swift starts" "$SRV/swift" up "$WORK/swift" $((BASE + 10))
		AWS_ACCESS_KEY_ID=test:tester AWS_SECRET_ACCESS_KEY=testing one_store swift "s3://cloudseal-test/prefix" \
			--endpoint "http://127.0.0.1:$((BASE + 10))" ;;
	*) not_ok "no store $s" ;;
	esac
done
finish
