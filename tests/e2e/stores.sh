#!/usr/bin/env bash
# The store alone is enough, on every store: work, sync, commits by the dozen (2,000 with --full) and several checkpoints, a second
# device from nothing by passphrase and by recovery key, equal trees, and hand-over.
# timeout: 420
. "$(dirname "$0")/../lib.sh"
COMMITS=${COMMITS:-$([ "${CLOUDSEAL_FULL:-0}" = 1 ] && echo 2000 || echo 40)}
BASE=$((21000 + RANDOM % 15000)) SRV=$ROOT/tests/servers
SERVERS_DOWN="for s in apache-dav lighttpd-dav rgw; do '$SRV/'\$s down '$WORK/'\$s --wipe >/dev/null 2>&1; done"
export NETRC=$WORK/netrc AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret
printf 'machine 127.0.0.1 login user password secret\nmachine localhost login user password secret\n' >"$NETRC"; chmod 600 "$NETRC"
check "Apache" "$SRV/apache-dav" up "$WORK/apache-dav" "$BASE"
check "lighttpd" "$SRV/lighttpd-dav" up "$WORK/lighttpd-dav" $((BASE + 20))
check "RADOS Gateway" "$SRV/rgw" up "$WORK/rgw" $((BASE + 100))
. "$SRV/urls.sh" # apache_urls etc.: see tests/servers/README.md
work() { # some real work on mount $1
	mkdir -p "$1/src" && cp -r "$ROOT/util" "$ROOT/crypto" "$ROOT/docs" "$1/src/" && head -c 3000000 /dev/urandom >"$1/blob" &&
		ln "$1/blob" "$1/hard" && ln -s blob "$1/sym" && setfattr -n user.a -v b "$1/blob" && truncate -s 50M "$1/sparse" &&
		setfacl -m u:1234:r "$1/src" && touch -d '2001-02-03 04:05:06.7 UTC' "$1/src/docs"
}
commits() { # commits NAME MOUNT: each sync is a commit of its own
	local i; for i in $(seq "$COMMITS"); do
		echo "line $i" >>"$2/log"; head -c $((RANDOM % 5000)) /dev/urandom >"$2/src/r$((i % 25))"
		[ $((i % 7)) != 0 ] || mv "$2/src/r$((i % 25))" "$2/src/moved$i"
		sync_vault "a-$1" "$1" >/dev/null || return 1
	done
}
one_store() { # one_store NAME URL [store options]
	local n=$1 url=$2; shift 2
	local A=$WORK/$n-a B=$WORK/$n-b C=$WORK/$n-c
	check "$n: init" new_vault "a-$n" "$n" "$url" "$@"
	on "a-$n" "$CLOUDSEAL" config "$n" checkpoint-min 64K >/dev/null; on "a-$n" "$CLOUDSEAL" config "$n" settle 10ms >/dev/null
	check "$n: mount" mount_vault "a-$n" "$n" "$A"
	check "$n: work" work "$A"
	check "$n: $COMMITS commits" commits "$n" "$A"
	local cps; cps=$(on "a-$n" "$CLOUDSEAL" status "$n" --json | python3 -c 'import json,sys; d=json.load(sys.stdin); print(d.get("checkpoints", 0), d.get("commits", 0))')
	check "$n: several checkpoints (checkpoints, commits: $cps)" bash -c "[ ${cps% *} -ge 2 ] && [ ${cps#* } -ge $COMMITS ]"
	check "$n: a second device joins by passphrase" join_vault "b-$n" "$n" "$url" "$@"
	check "$n: and mounts" mount_vault "b-$n" "$n" "$B"
	check "$n: the trees are equal" same_tree "$A" "$B"
	check "$n: a third joins by recovery key" join_vault "c-$n" "$n" "$url" "$@" --recovery --recovery-file "$WORK/recovery-$n"
	check "$n: and mounts" mount_vault "c-$n" "$n" "$C"
	check "$n: equal too" same_tree "$A" "$C"
	lock_vault "c-$n" "$n" >/dev/null
	check "$n: a locks, b works and locks, a sees it" bash -c "$(declare -f on lock_vault mount_vault wait_for); WORK='$WORK' PASS='$PASS' CLOUDSEAL='$CLOUDSEAL'
		lock_vault a-$n $n --flush && echo by-b >'$B/by-b' && rm '$B/log' && lock_vault b-$n $n --flush && mount_vault a-$n $n '$A' && wait_for 20 grep -q by-b '$A/by-b' && [ ! -e '$A/log' ]"
	different() { printf Z | dd of="$A/blob" bs=1 seek=1000 conv=notrunc status=none; mount_vault "b-$n" "$n" "$B"; ! same_tree "$A" "$B"; }
	check "$n: the comparison sees a changed byte" different
	lock_vault "a-$n" "$n" >/dev/null; lock_vault "b-$n" "$n" >/dev/null
}
one_store dir "$WORK/store"
one_store lighttpd "$LIGHTTPD_DIGEST/v"
one_store apache "$APACHE_BASIC/v"
one_store apachetls "$APACHE_TLS/v" --ca-file "$APACHE_CA"
one_store s3 "s3://cloudseal-test/prefix" --endpoint "$RGW_ENDPOINT" --region us-east-1
finish
