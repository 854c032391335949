#!/usr/bin/env bash
# Two devices: hand-over both ways, the kernel's caches follow the other device's changes, and a race is detected: the loser keeps
# its queue, stops publishing and says so.
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
echo two >"$B/docs/two"; mv "$B/docs/one" "$B/docs/uno"; printf X | dd of="$B/data" bs=1 seek=250000 conv=notrunc status=none
cp -a "$B/." "$WORK/copy-b"
check "b locks" lock_vault b w --flush
check "a mounts again" mount_vault a v "$A"
sees() { [ "$(cat "$A/docs/two")" = two ] && [ ! -e "$A/docs/one" ] && [ "$(cat "$A/docs/uno")" = one ]; }
check "a sees b's work" wait_for 20 sees
check "byte for byte" same_tree "$WORK/copy-b" "$A"
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
check "byte for byte" same_tree "$A" "$B"

# --- a race: both write while the store is away ---
mv "$WORK/store" "$WORK/store.away"
echo from-a >"$A/race-a"; echo from-b >"$B/race-b"
sleep 3
mv "$WORK/store.away" "$WORK/store"
on a "$CLOUDSEAL" sync v --timeout 40 >"$WORK/sync-a" 2>&1; ra=$?
on b "$CLOUDSEAL" sync w --timeout 40 >"$WORK/sync-b" 2>&1; rb=$?
one_won() { echo "sync exit codes $ra $rb"; cat "$WORK/sync-a" "$WORK/sync-b"; [ $((ra * 10 + rb)) = 7 ] || [ $((ra * 10 + rb)) = 70 ]; }
check "one wins, the other's sync fails with the code of a race (7)" one_won
if [ $ra != 0 ]; then L=a LN=v LM=$A LF=race-a W=b WN=w WM=$B WF=race-b; else L=b LN=w LM=$B LF=race-b W=a WN=v WM=$A WF=race-a; fi
says() { on $L "$CLOUDSEAL" status $LN | grep -q 'another device changed the vault' && [ "$(field $L $LN '["phase"]')" = race ]; }
check "the loser says so" says
waits() { [ "$(field $L $LN '["queue"]["unpublished"]')" = True ] || [ "$(field $L $LN '["queue"]["objects"]')" -gt 0 ]; }
check "and that something is not uploaded" waits
check "the loser keeps its work" grep -qx "from-$L" "$LM/$LF"
more() { echo later >"$LM/later" && [ "$(cat "$LM/later")" = later ]; }
check "and goes on working locally" more
objects() { find "$WORK/store" -type f | wc -l; }
before=$(objects)
fails_with 7 'another device' "sync says it in one line" on $L timeout 60 "$CLOUDSEAL" sync $LN --timeout 10
check "it publishes nothing" test "$(objects)" = "$before"
goes_on() { echo on >"$WM/on" && sync_vault $W $WN && [ "$(field $W $WN '["phase"]')" != race ]; }
check "the winner goes on" goes_on
check "lock the loser" lock_vault $L $LN
check "status of the locked vault: not uploaded" bash -c "$(declare -f on); WORK='$WORK'; ! on $L '$CLOUDSEAL' status $LN | grep -E 'to upload +nothing'"
fails_with 12 'upload' "forget refuses" on $L "$CLOUDSEAL" forget $LN
check "and mount it again" mount_vault $L $LN "$LM"
all_there() { [ "$(cat "$LM/$LF")" = "from-$L" ] && [ "$(cat "$LM/later")" = later ]; }
check "still all there" all_there
check "it still says so" wait_for 20 says
check "lock it" lock_vault $L $LN
check "forget --discard does it" on $L "$CLOUDSEAL" forget --discard $LN
check "join anew" join_vault $L $LN "$WORK/store"
check "mount" mount_vault $L $LN "$LM"
winner_only() { [ "$(cat "$LM/$WF")" = "from-$W" ] && [ ! -e "$LM/$LF" ]; }
check "the winner's tree is there" winner_only
lock_vault a v >/dev/null 2>&1; lock_vault b w >/dev/null 2>&1
finish
