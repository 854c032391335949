#!/usr/bin/env bash
# Two devices: hand-over both ways, the kernel's caches follow the other device's changes, and what both write while the store is
# away comes together.
# timeout: 200
. "$(dirname "$0")/../lib.sh"
A=$WORK/a B=$WORK/b
status() { on "$1" "$CLOUDSEAL" status "$2" --json; } # DEVICE NAME
field() { status "$1" "$2" | python3 -c "import json,sys; print(json.load(sys.stdin)$3)"; }
sync_a() { sync_vault a v >/dev/null; }
check "init" new_vault a v "$WORK/store"
check "mount a" mount_vault a v "$A"
mkdir "$A/docs"; echo one >"$A/docs/one"; head -c 500000 /dev/urandom >"$A/data"
check "lock --flush uploads everything" lock_vault a v --flush
check "b joins" join_vault b w "$WORK/store"
check "mount b" mount_vault b w "$B"
check "b sees a's work" grep -qx one "$B/docs/one"
echo two >"$B/docs/two"; mv "$B/docs/one" "$B/docs/uno"; another_byte "$B/data" 250000
cp -a "$B/." "$WORK/copy-b"
check "b locks" lock_vault b w --flush
check "a mounts again" mount_vault a v "$A"
sees() { [ "$(cat "$A/docs/two")" = two ] && [ ! -e "$A/docs/one" ] && [ "$(cat "$A/docs/uno")" = one ]; }
check "a sees b's work" wait_for 20 sees
check "byte for byte" come_together "$WORK/copy-b" "$A"
echo three >"$A/docs/three"
check "sync a" sync_vault a v
check "b mounts while a is mounted" mount_vault b w "$B"
check "b sees what a adds" wait_for 20 test -s "$B/docs/three"

# --- the kernel of b has names, sizes, pages, listings and a negative entry in its caches ---
mkdir "$A/k"; seq 1000 >"$A/k/text"; echo gone >"$A/k/gone"; echo old >"$A/k/name"; ln "$A/k/text" "$A/k/link"
check "sync" sync_a
wait_for 20 test -e "$B/k/link"
warm() { cat "$B/k/"* >/dev/null; ls -l "$B/k" >/dev/null; [ ! -e "$B/k/fresh" ]; }
check "b's kernel knows the folder" warm
exec 5<"$B/k/text"
seq 1001 2000 >"$A/k/text"; rm "$A/k/gone"; mv "$A/k/name" "$A/k/named"; echo new >"$A/k/fresh"
check "sync" sync_a
check "overwritten contents" wait_for 20 grep -qx 2000 "$B/k/text"
check "through the other hard link" grep -qx 1500 "$B/k/link"
not_old() { ! grep -qx 999 "$B/k/text"; }
check "and nothing of the old ones" not_old
check "the size" test "$(stat -c %s "$B/k/text")" = "$(stat -c %s "$A/k/text")"
open_file() { [ "$(head -1 <&5)" = 1001 ]; }
check "also in a file that is open" open_file
exec 5<&-
check "a removed name" test ! -e "$B/k/gone"
check "a renamed one" test -e "$B/k/named" -a ! -e "$B/k/name"
check "a new one, where there was none" grep -qx new "$B/k/fresh"
check "the listing" test "$(ls "$B/k" | tr '\n' ' ')" = "fresh link named text "
echo x >>"$A/k/text"; truncate -s 100 "$A/k/fresh"; chmod 600 "$A/k/named"; sync_a
grown() { [ "$(tail -1 "$B/k/text")" = x ] && [ "$(stat -c %s "$B/k/fresh")" = 100 ] && [ "$(stat -c %a "$B/k/named")" = 600 ]; }
check "appended, extended, mode changed" wait_for 20 grown
check "and the other way" bash -c "echo from-b >'$B/k/from-b'"
check "sync b" sync_vault b w
check "a sees it" wait_for 20 grep -qx from-b "$A/k/from-b"
check "byte for byte" come_together "$A" "$B"

# --- both write while the store is away: nothing is lost on either side, and both publish ---
mv "$WORK/store" "$WORK/store.away"
echo from-a >"$A/of-a"; echo from-b >"$B/of-b"
echo a-says >"$A/docs/three"; mkdir "$B/later" && mv "$B/docs/uno" "$B/later/uno"
away() { [ "$(field "$1" "$2" '["online"]')" = False ]; }
check "a knows that the store is away" wait_for 30 away a v
check "b too" wait_for 30 away b w
waits() { [ "$(field "$1" "$2" '["queue"]["unpublished"]')" = True ] || [ "$(field "$1" "$2" '["queue"]["objects"]')" -gt 0 ]; }
check "a says that something is not uploaded" waits a v
check "b too" waits b w
check "lock b with it" lock_vault b w
to_upload() { on b "$CLOUDSEAL" status w | grep -qE 'to upload +nothing'; }
check "status of the locked vault: not uploaded" eval '! to_upload'
fails_with 12 'upload' "forget refuses" on b "$CLOUDSEAL" forget w
check "and mount it again, still away" mount_vault b w "$B"
check "all of it is there" grep -qx from-b "$B/of-b"
mv "$WORK/store.away" "$WORK/store"
for d in "a v" "b w" "a v" "b w"; do check "sync ${d% *}" sync_vault $d; done
both() { [ "$(cat "$1/of-a" "$1/of-b" "$1/docs/three" "$1/later/uno")" = $'from-a\nfrom-b\na-says\none' ] && [ ! -e "$1/docs/uno" ]; }
check "a has both" wait_for 20 both "$A"
check "b has both" wait_for 20 both "$B"
check "byte for byte" come_together "$A" "$B"
no_conflict() { [ "$(field "$1" "$2" '["conflicts"]')" = 0 ]; }
check "and no conflict" no_conflict a v
check "on neither" no_conflict b w
check "lock a" lock_vault a v
check "lock b" lock_vault b w
finish
