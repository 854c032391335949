#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Where init puts a vault: a slip in an address makes nothing, and what is not empty is not taken, unless --create or a person says so.
# timeout: 200
. "$(dirname "$0")/../lib.sh"
C=$CLOUDSEAL
take_ports || exit 1
DAV=http://127.0.0.1:$((PORTS + 1))/basic S3=http://127.0.0.1:$PORTS
python3 "$ROOT/tests/helpers/tiny-s3" "$PORTS" "$WORK/log" & s3=$!
SERVERS_DOWN="kill $s3; '$ROOT/tests/servers/lighttpd-dav' down '$WORK/dav' >/dev/null 2>&1"
check "lighttpd runs" "$ROOT/tests/servers/lighttpd-dav" up "$WORK/dav" $((PORTS + 1))
check "an S3 server runs" wait_for 60 curl -s -o /dev/null "$S3"
export NETRC=$WORK/netrc AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret
unset AWS_PROFILE AWS_SESSION_TOKEN
echo 'machine 127.0.0.1 login user password secret' >"$NETRC"; chmod 600 "$NETRC"
echo 0 >"$WORK/n"
next() { echo $(($(cat "$WORK/n") + 1)) >"$WORK/n"; n=$(cat "$WORK/n"); } # in a file: a check is a shell of its own
init() { next; on a "$C" init --name "v$n" --passfile "$PASS" --recovery-file "$WORK/key$n" "$@"; } # [options] STORE
s3_has() { [ "$(curl -s -o /dev/null -w '%{http_code}' "$S3/$1")" = 200 ]; }
no() { ! "$@"; }
# on_terminal ANSWER [options] STORE: init, asked there; the answers after the first are for what init asks anyway
on_terminal() { local answer=$1; shift; next; on a python3 "$ROOT/tests/helpers/terminal.py" "$answer" -- "$C" init --name "v$n" --passfile "$PASS" --recovery-file "$WORK/key$n" "$@" >"$WORK/typed" 2>&1; }
answers() { local code=$1 pattern=$2 rc; shift 2; on_terminal "$@"; rc=$?; [ $rc = "$code" ] && tr -d "\r" <"$WORK/typed" | tr "\n" " " | grep -qE "$pattern" || { echo "exit $rc"; cat "$WORK/typed"; return 1; }; } # CODE PATTERN ANSWER...

# absent: a place that is not there yet
absent() { # WHAT STORE THERE OPTIONS...
	local what=$1 store=$2 there=$3; shift 3
	fails_with 10 "^cloudseal: $store: there is no such (folder|bucket) yet: is the address right, is its disk mounted\? --create makes it$" "$what: a slip in the address" init "$@" "$store"
	check "$what: it made nothing" no $there
	check "$what: nor is a recovery key there" test ! -e "$WORK/key$(cat "$WORK/n")"
	check "$what: on a terminal, no" answers 1 "There is no such (folder|bucket) yet.*nothing was made" n "$@" "$store"
	check "$what: makes nothing" no $there
	check "$what: yes makes it" answers 0 "Made vault" y "$@" "$store"
	check "$what: it is there" $there
	fails_with 8 "there is a vault at that place already: use cloudseal join" "$what: a vault is not replaced, by --create neither" init --create "$@" "$store"
	check "$what: --create makes it without a question" init --create "$@" "$store-2"
}
# full: the place of something else
full() { # WHAT STORE NAME OPTIONS...
	local what=$1 store=$2 name=$3; shift 3
	fails_with 8 "^cloudseal: $store: is not empty: $name: .*such as a new directory in it; --create takes it all the same$" "$what: what is not empty is not taken" init "$@" "$store"
	check "$what: on a terminal, neither" answers 1 "Other files are at that place.*nothing was made" n "$@" "$store"
	check "$what: but for who says so" init --create "$@" "$store"
}
absent dir "$WORK/place" "test -e $WORK/place"
mkdir "$WORK/full" "$WORK/empty" "$WORK/disk" "$WORK/disk/lost+found" "$WORK/rest" "$WORK/rest/5a"; echo x >"$WORK/rest/5a/5a00000000000000000000000000000"; echo mine >"$WORK/full/mine"
full dir "$WORK/full" mine
check "dir: the other's file is there" grep -q mine "$WORK/full/mine"
check "dir: an empty one needs no option" init "$WORK/empty"
check "dir: nor does a new disk" init "$WORK/disk"
fails_with 8 "is not empty: 5a is where a vault keeps its contents" "dir: what is left of a vault is nobody's place" init --create "$WORK/rest"
ln -s "$WORK/gone" "$WORK/link"
fails_with 10 "link is not there: is its disk mounted" "dir: a link to what is away" init --create "$WORK/link"
check "dir: nothing is made there" test ! -e "$WORK/gone"

dav() { curl -sf -o /dev/null -u user:secret -X PROPFIND -H 'Depth: 0' "$DAV/place"; }
absent WebDAV "$DAV/place" dav
for d in full empty rest rest/5a; do curl -sf -u user:secret -X MKCOL "$DAV/$d"; done
curl -sf -u user:secret -T "$WORK/full/mine" "$DAV/full/mine"
full WebDAV "$DAV/full" mine
check "WebDAV: an empty one needs no option" init "$DAV/empty"
fails_with 8 "is not empty: 5a is where a vault keeps its contents" "WebDAV: what is left of a vault is nobody's place" init --create "$DAV/rest"

absent S3 s3://place/at "s3_has place" --endpoint "$S3"
for b in full empty rest; do curl -sf -X PUT "$S3/$b"; done
curl -sf -X PUT -d mine "$S3/full/mine"; curl -sf -X PUT -d x "$S3/rest/5a/5a00000000000000000000000000000"
curl -sf -X PUT -d '' "$S3/empty/of/"
full S3 s3://full mine --endpoint "$S3"
check "S3: an empty bucket needs no option" init --endpoint "$S3" s3://empty/other
check "S3: nor does what a console shows as an empty folder" init --endpoint "$S3" s3://empty/of
fails_with 8 "is not empty: 5a/.* is where a vault keeps its contents" "S3: what is left of a vault is nobody's place" init --create --endpoint "$S3" s3://rest
export AWS_ACCESS_KEY_ID=nolist
curl -sf -X PUT "$S3/dark"
fails_with 8 "what is there cannot be listed with these keys: --create takes it all the same" "S3: keys that may not list" init --endpoint "$S3" s3://dark
check "S3: but for who says so" init --create --endpoint "$S3" s3://dark
finish
