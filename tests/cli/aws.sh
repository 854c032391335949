#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the AWS_* variables say of server, region, profile and keys: which is used, that messages tell, and that a mount without them
# goes to the same server.
# timeout: 200
. "$(dirname "$0")/../lib.sh"
C=$CLOUDSEAL
take_ports || exit 1
ONE=http://127.0.0.1:$PORTS TWO=http://127.0.0.1:$((PORTS + 1)) NOBODY=http://127.0.0.1:$((PORTS + 2))
python3 "$ROOT/tests/helpers/tiny-s3" "$PORTS" "$WORK/one" & one=$!
python3 "$ROOT/tests/helpers/tiny-s3" $((PORTS + 1)) "$WORK/two" & two=$!
SERVERS_DOWN="kill $one $two"
check "two servers run" wait_for 60 curl -s -o /dev/null "$ONE" "$TWO"
check "the second, too" wait_for 60 curl -s -o /dev/null "$TWO"
for v in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\)=.*/\1/p'); do unset "$v"; done
KEYS="AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret"
echo 0 >"$WORK/n"
next() { echo $(($(cat "$WORK/n") + 1)) >"$WORK/n"; n=$(cat "$WORK/n"); } # in a file: a check is a shell of its own
# with "VARIABLES" ARGUMENTS...: init of another vault of device a
with() { local env=$1; shift; next; : >"$WORK/one"; : >"$WORK/two"; on a env $env "$C" init --create --name "v$n" --passfile "$PASS" --recovery-file "$WORK/key$n" "$@" >"$WORK/said"; }
setting() { on a "$C" config "v$(cat "$WORK/n")" "$1"; }
went() { tail -n 1 "$WORK/$1" | grep -qE "$2"; } # SERVER PATTERN: its last request

check "AWS_ENDPOINT_URL" with "$KEYS AWS_ENDPOINT_URL=$ONE" s3://bucket/a
check "it is said" grep -qx "Made vault v1 on s3://bucket/a at $ONE (by AWS_ENDPOINT_URL)\." "$WORK/said"
check "the first server was asked" went one "bucket/a/.* id us-east-1 -$"
check "and is remembered" test "$(setting endpoint)" = "$ONE"
check "a mount without the variable goes there" on a env $KEYS "$C" mount --passfile "$PASS" v1 "$(mkdir -p "$WORK/m" && echo "$WORK/m")"
check "status says where" on a sh -c '"$0" status v1 | grep -qx "  cloud        s3://bucket/a at $1"' "$C" "$ONE"
check "and for programs" on a sh -c '"$0" status --json v1 | grep -q "\"endpoint\": \"$1\""' "$C" "$ONE"
check "sync" sync_vault a v1
check "lock" lock_vault a v1
check "one with another in the environment, as well" on a env $KEYS AWS_ENDPOINT_URL="$NOBODY" "$C" mount --passfile "$PASS" v1 "$WORK/m"
check "sync" sync_vault a v1
check "lock" lock_vault a v1
check "a locked one says where, too" on a sh -c '"$0" status v1 | grep -qx "  cloud        s3://bucket/a at $1"' "$C" "$ONE"
check "AWS_ENDPOINT_URL_S3 stands before it" with "$KEYS AWS_ENDPOINT_URL=$NOBODY AWS_ENDPOINT_URL_S3=$TWO" s3://bucket/b
check "the second server was asked" went two "bucket/b/"
check "--endpoint before both" with "$KEYS AWS_ENDPOINT_URL=$NOBODY AWS_ENDPOINT_URL_S3=$NOBODY" --endpoint "$ONE" s3://bucket/c
check "and then nothing is said of them" grep -qx "Made vault v3 on s3://bucket/c\." "$WORK/said"
fails_with 4 "^cloudseal: s3://bucket/x at $NOBODY \(by AWS_ENDPOINT_URL\): .*does not accept connections" "an error says who named the server" with "$KEYS AWS_ENDPOINT_URL=$NOBODY" s3://bucket/x
fails_with 2 "^cloudseal: s3://bucket/x at ftp://h \(by AWS_ENDPOINT_URL_S3\): " "one that is none" with "$KEYS AWS_ENDPOINT_URL_S3=ftp://h" s3://bucket/x
check "a directory has nothing to do with it" with "$KEYS AWS_ENDPOINT_URL=ftp://h" "$WORK/dir"

check "AWS_REGION" with "$KEYS AWS_ENDPOINT_URL=$ONE AWS_REGION=eu-a AWS_DEFAULT_REGION=eu-b" s3://bucket/d
check "requests are signed for it" went one " id eu-a -$"
check "it is remembered" test "$(setting region)" = eu-a
check "AWS_DEFAULT_REGION" with "$KEYS AWS_ENDPOINT_URL=$ONE AWS_DEFAULT_REGION=eu-b" s3://bucket/e
check "requests are signed for that" went one " id eu-b -$"
check "AWS_SESSION_TOKEN" with "$KEYS AWS_ENDPOINT_URL=$ONE AWS_SESSION_TOKEN=token" s3://bucket/f
check "it goes along" went one " id us-east-1 token$"

A=$WORK/device-a/home/.aws; mkdir -p "$A"
printf '[default]\naws_access_key_id=d\naws_secret_access_key=s\n[work]\naws_access_key_id=w\naws_secret_access_key=s\n' >"$A/credentials"
printf '[profile work]\nregion=eu-w\nendpoint_url=%s\n' "$TWO" >"$A/config"
printf '[work]\naws_access_key_id=other\naws_secret_access_key=s\n[bad]\naws_access_key_id=wrong\naws_secret_access_key=s\n' >"$WORK/shared"
printf '[profile work]\nregion=eu-o\n' >"$WORK/config"
chmod 600 "$A"/* "$WORK/shared" "$WORK/config"
check "a profile's endpoint_url" with "AWS_PROFILE=work" s3://bucket/g
check "with its keys and region" went two " w eu-w -$"
check "it is said" grep -qx "Made vault v$(cat "$WORK/n") on s3://bucket/g at $TWO (by the profile's endpoint_url)." "$WORK/said"
printf '[profile served]\nregion=eu-w\nservices = mine\nendpoint_url=%s\n[services mine]\ns3 =\n  endpoint_url = %s\n' "$NOBODY" "$ONE" >"$WORK/served"; chmod 600 "$WORK/served"
check "a services section stands before it" with "$KEYS AWS_PROFILE=served AWS_CONFIG_FILE=$WORK/served" s3://bucket/s
check "it is said" grep -qx "Made vault v$(cat "$WORK/n") on s3://bucket/s at $ONE (by the profile's services)." "$WORK/said"
check "a profile's endpoint_url, again" with "AWS_PROFILE=work" s3://bucket/g2
check "AWS_PROFILE is remembered" test "$(setting profile)" = work
check "not that endpoint" with "AWS_PROFILE=work AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true" --endpoint "$ONE" s3://bucket/h
check "AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE" with "AWS_PROFILE=work AWS_SHARED_CREDENTIALS_FILE=$WORK/shared AWS_CONFIG_FILE=$WORK/config AWS_ENDPOINT_URL=$ONE" s3://bucket/i
check "have the keys and the region" went one " other eu-o -$"
check "keys in the environment stand before a profile" with "$KEYS AWS_PROFILE=work AWS_ENDPOINT_URL=$ONE" s3://bucket/j
check "with the profile's region" went one " id eu-w -$"
check "and the profile is not remembered" test "$(setting profile)" = "(default: AWS_PROFILE, default)"
fails_with 6 "Wrong access key or secret \(InvalidAccessKeyId\), as profile bad of $WORK/shared has them\." "wrong keys: whose" with "AWS_PROFILE=bad AWS_SHARED_CREDENTIALS_FILE=$WORK/shared AWS_ENDPOINT_URL=$ONE" s3://bucket/k
fails_with 6 "Wrong access key or secret \(InvalidAccessKeyId\), as the environment has them\." "wrong keys of the environment" with "AWS_ACCESS_KEY_ID=wrong AWS_SECRET_ACCESS_KEY=s AWS_ENDPOINT_URL=$ONE" s3://bucket/k
fails_with 6 "fill the profile \"none\" in $WORK/shared\." "no keys: where they were looked for" with "AWS_PROFILE=none AWS_SHARED_CREDENTIALS_FILE=$WORK/shared AWS_ENDPOINT_URL=$ONE" s3://bucket/k
finish
