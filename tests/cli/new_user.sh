#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a new user reads: words, times, what to do next; with no credentials, with damage, with a server that says no.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
S=$WORK/place M=$WORK/m C=$CLOUDSEAL
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
field() { on "$1" "$C" status --json "$2" | json "$3"; }
says() { local pattern=$1; shift; "$@" >"$WORK/said" 2>&1; grep -qE -- "$pattern" "$WORK/said" || { cat "$WORK/said"; return 1; }; } # PATTERN COMMAND...
silent() { local pattern=$1; shift; "$@" >"$WORK/said" 2>&1 && ! grep -E -- "$pattern" "$WORK/said"; } # PATTERN COMMAND...

check "init" new_vault a demo "$S"
check "mount" mount_vault a demo "$M"

# --- nobody has to know what a store is, or an object ---
no_jargon() { # all help, and all that the everyday commands print
	{
		"$C" --help; for c in init join mount lock status sync pin unpin config list conflicts forget; do "$C" $c --help; done
		on a "$C" config demo; on a "$C" list; on a "$C" status demo; on a "$C" sync demo
	} >"$WORK/all" 2>&1
	! grep -niE '\bstores?\b|publish|\bobjects?\b|quiesce|has no code of its own' "$WORK/all" | grep -vE 'STORE|^[0-9]+:store '
}
check "help and everyday output: cloud, upload" no_jargon
on a "$C" config demo upload-delay 1h >/dev/null # from the next mount on
check "lock" lock_vault a demo
check "mount" mount_vault a demo "$M"
head -c 2000000 /dev/urandom >"$M/file"
check "status says how much waits, and when its upload starts" wait_for 20 says '^  to upload    (1\.9|2\.0) MiB waiting; upload starts in (59 min|1 h)' on a "$C" status demo
check "and in seconds for programs" test "$(field a demo '3000 < d["queue"]["starts_in"] <= 3600')" = True
check "sync does not wait for that" says '^demo: everything is uploaded\.$' on a "$C" sync demo
check "then nothing waits" says '^  to upload    nothing: everything is uploaded$' on a "$C" status demo
check "and nothing is to start" test "$(field a demo 'd["queue"]["starts_in"]')" = None

# --- times: local where people read them, UTC for programs ---
check "status has local time" says "^  last upload  $(TZ=XST-5 date +%Y-%m-%d) [0-9:]{8} XST$" on a env TZ=XST-5 "$C" status demo
check "its JSON has UTC" test "$(field a demo 'd["last_commit"][-1]')" = Z

# --- settings: those that have an effect ---
check "a directory has no settings of servers" silent '^(endpoint|region|profile|addressing|ca-file|user|pass-file|connections|timeout) ' on a "$C" config demo
check "what few need comes last" test "$(on a "$C" config demo | sed -n '/^Advanced:$/,$p' | awk '{ print $1 }' | tr '\n' ' ')" = "Advanced: checkpoint-min "
check "programs see all" test "$(on a "$C" config --json demo | json '"region" in d and "checkpoint-min" in d')" = True
fails_with 2 "region: has no effect on a vault at $S" "a setting for another kind of address is refused" on a "$C" config demo region eu-1
check "lock" lock_vault a demo

# --- a vault whose credentials are gone ---
on a "$C" config demo store https://localhost:1/vault >/dev/null
check "a WebDAV vault has its settings" says '^user .*WebDAV user' on a "$C" config demo
check "and those of S3 are not there" silent '^region ' on a "$C" config demo
on a "$C" config demo user ann >/dev/null
offline() { mount_vault a demo "$M" >"$WORK/mounted" 2>&1 && cat "$WORK/mounted" && grep -qx 'cloudseal: demo: works offline: No password for ann at localhost: put it in ~/.netrc, .*\. Then: cloudseal sync demo' "$WORK/mounted"; }
check "without its password a vault mounts, and says what is lacking" offline
check "what is here can be read" cmp -n 1000 "$M/file" "$M/file"
check "and written" sh -c 'echo kept >"$0/offline" && grep -q kept "$0/offline"' "$M"
check "status says it too" wait_for 20 says 'last error   No password for ann at localhost' on a "$C" status demo
fails_with 6 "demo: No password for ann at localhost: put it in ~/.netrc" "so does sync" on a "$C" sync demo
echo 'machine localhost login ann password x' >"$WORK/device-a/home/.netrc"; chmod 600 "$WORK/device-a/home/.netrc"
fails_with 4 "demo: The host localhost does not accept connections" "with the password there, sync goes on to the server" on a "$C" sync demo
check "lock" lock_vault a demo
on a "$C" config demo store "$S" >/dev/null
check "config" on a "$C" config --unset demo user
on a "$C" config demo upload-delay 1s >/dev/null

# --- a server that says no ---
take_ports || exit 1
python3 - "$PORTS" <<'END' &
import http.server, sys
class Refuses(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response({"wrong": 401, "not": 403, "busy": 503}[self.path.split("/")[1]])
        self.send_header("Content-Length", "0"); self.end_headers()
    do_GET = do_PUT = do_PROPFIND = do_MKCOL = answer
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Refuses).serve_forever()
END
server=$!
SERVERS_DOWN="kill $server"
check "a server" wait_for 20 curl -s -o /dev/null "http://127.0.0.1:$PORTS/wrong"
fails_with 6 "Wrong user or password for 127.0.0.1:$PORTS\. Set them with --user and --pass-file, or in ~/.netrc" "401: host, and where to set them" on b "$C" join --passfile "$PASS" "http://127.0.0.1:$PORTS/wrong"
fails_with 6 "127.0.0.1:$PORTS refuses /not/ .HTTP 403.: allow this user to read and write there" "403: another matter" on b "$C" join --passfile "$PASS" "http://127.0.0.1:$PORTS/not"
export AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=secret
fails_with 6 "Wrong access key or secret" "of S3: the keys" on b "$C" join --passfile "$PASS" --endpoint "http://127.0.0.1:$PORTS" s3://wrong/x
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
check "nothing is left of them" test ! -e "$WORK/device-b/data/cloudseal/wrong"

# --- damage: an alarm, until it is whole ---
check "mount" mount_vault a demo "$M"
check "sync" sync_vault a demo
check "b joins" join_vault b demo "$S"
check "b mounts" mount_vault b demo "$WORK/n"
segment=$(find "$S" -type f -size +300k | head -1)
cp "$segment" "$WORK/segment"; for at in 5000 200000 400000 600000 900000 1200000 1500000 1800000; do printf XYZ | dd of="$segment" bs=1 seek=$at conv=notrunc status=none; done
for f in $(find "$S" -type f -size +300k); do [ "$f" = "$segment" ] || { cp "$f" "$WORK/$(basename "$f")"; printf XYZ | dd of="$f" bs=1 seek=5000 conv=notrunc status=none; }; done
damaged_file() { cat "$WORK/n/file" >/dev/null 2>"$WORK/cat"; grep -q 'Input/output error' "$WORK/cat"; }
check "a damaged file gives EIO" damaged_file
ends_with_7() { "$@" >"$WORK/said" 2>&1; [ $? = 7 ] || { cat "$WORK/said"; return 1; }; }
check "status ends with 7" ends_with_7 on b "$C" status demo
check "it says what to do" grep -qE '^  DAMAGED      /file \(object [0-9a-f]{32}\): bring that object back from a backup of the cloud, ' "$WORK/said"
alarm='[a for a in d["alarms"] if a["kind"] == "file-damaged"][0]' # the store is looked through meanwhile, and says so by an alarm of its own
alarm_is() {
	field b demo 'd["alarms"]'
	[ "$(field b demo "$alarm"'["path"], '"$alarm"'["device"], len('"$alarm"'["object"]), '"$alarm"'["since"][-1]')" = "('/file', None, 32, 'Z')" ]
}
check "the alarm for programs" alarm_is
check "without a name, too" ends_with_7 on b "$C" status
fails_with 7 "^cloudseal: demo: the cloud lost or damaged contents of files, and not all of them are on this device$" "sync uploads, and ends with 7" on b "$C" sync demo
check "lock --flush says so, too, and locks all the same" ends_with_7 on b "$C" lock --flush demo
check "b mounts" mount_vault b demo "$WORK/n"
check "a damaged file gives EIO" damaged_file
cp "$WORK/segment" "$segment"; for f in $(find "$S" -type f -size +300k); do [ ! -e "$WORK/$(basename "$f")" ] || cp "$WORK/$(basename "$f")" "$f"; done
check "once it is whole" wait_for 20 cmp "$M/file" "$WORK/n/file"
check "sync looks again, and is content" sync_vault b demo
check "no alarm is open" on b "$C" status demo
check "none for programs" test "$(field b demo 'd["alarms"]')" = "[]"
check "lock" lock_vault b demo
check "lock" lock_vault a demo
finish
