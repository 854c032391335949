#!/usr/bin/env bash
# A thumbnailer on a device that has nothing of a large video: it gets its picture from a small part of the file's bytes.
# timeout: 300
. "$(dirname "$0")/../lib.sh"
command -v ffmpegthumbnailer >/dev/null || skip "ffmpegthumbnailer is not installed"
take_ports || exit 1
"$ROOT/tests/servers/lighttpd-dav" up "$WORK/dav" "$PORTS" || { not_ok "server"; finish; }
SERVERS_DOWN="'$ROOT/tests/servers/lighttpd-dav' down '$WORK/dav'"
URL=http://127.0.0.1:$PORTS/open/vault A=$WORK/a B=$WORK/b
received() { on b "$CLOUDSEAL" status w --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["traffic"]["received"])'; }
cached() { on b "$CLOUDSEAL" status "$1" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["path"]["cached_bytes"])'; }

# An AVI of raw pictures (noise, so that no two blocks are the same) with its index at the end.
make_video() { # FILE FRAMES
	python3 "$ROOT/tests/e2e/make_video.py" "$@"
}
check "init" new_vault a v "$URL"
check "mount a" mount_vault a v "$A"
mkdir "$A/videos"
check "a has a video of 66 MiB" make_video "$A/videos/long.avi" 300
SIZE=$(stat -c %s "$A/videos/long.avi")
thumbnail() { ffmpegthumbnailer -i "$1" -o "$2" -s 128 -t "$3" && [ "$(head -c 4 "$2" | tail -c 3)" = PNG ]; }
for t in 10 90; do check "a thumbnail at $t % where the file is" thumbnail "$A/videos/long.avi" "$WORK/a-$t.png" $t%; done
check "sync" sync_vault a v
check "b joins" join_vault b w "$URL"
check "and mounts" mount_vault b w "$B"
check "b has all that is named" sync_vault b w
check "and nothing of the video" test "$(cached "$B/videos/long.avi")" = 0
# A player's library opens the file, reads its head until it knows the streams, the index at the end, and one picture: three
# places. At each it reads a few blocks in sequence, and is taken for a reader of all when it does: 2, 4 and 8 blocks ahead, with
# its own 3 that is 17 of 128 KiB. Three times that is a tenth of the file; 3 MB were seen. What is here after both overlaps.
one_picture() { # AT: the same picture as a's, for few bytes
	local before after here
	before=$(received)
	thumbnail "$B/videos/long.avi" "$WORK/b-$1.png" "$1%" && same_picture "$WORK/a-$1.png" "$WORK/b-$1.png" || return 1
	wait_for 60 quiet
	after=$(received) here=$(cached "$B/videos/long.avi")
	echo "$1%: received $((after - before)) of $SIZE, here now $here" | tee -a "$WORK/figures"
	[ $((after - before)) -lt $((SIZE / 10)) ] && [ "$here" -lt $((SIZE / 8)) ]
}
same_picture() { # the texts in a PNG name the file
	python3 - "$@" <<'PY'
import struct, sys
def pixels(path):
    b, at, out = open(path, 'rb').read(), 8, b''
    while at < len(b):
        n, kind = struct.unpack('>I4s', b[at:at + 8])
        if kind == b'IDAT': out += b[at + 8:at + 8 + n]
        at += 12 + n
    return out
a, b = map(pixels, sys.argv[1:])
sys.exit(not a and 'no picture' or a != b and 'another picture' or 0)
PY
}
quiet() { local r; r=$(received); sleep 1; [ "$(received)" = "$r" ]; } # what was asked for ahead has come
for t in 10 90; do check "b's thumbnail at $t % takes under a tenth of the file from the store" one_picture $t; done
whole() { local r; r=$(received); cmp "$A/videos/long.avi" "$B/videos/long.avi" && [ $(($(received) - r)) -gt $((SIZE / 50)) ]; }
sed 's/^/# /' "$WORK/figures"
check "whoever reads it whole gets it whole" whole
check "lock a" lock_vault a v
check "lock b" lock_vault b w
finish
