#!/usr/bin/env bash
# Two devices: hand-over both ways, and a race is detected: the loser keeps its queue, stops publishing and says so.
# timeout: 200
. "$(dirname "$0")/../lib.sh"
A=$WORK/a B=$WORK/b
check "init" new_vault a v "$WORK/store"
check "mount a" mount_vault a v "$A"
mkdir "$A/docs"; echo one >"$A/docs/one"; head -c 500000 /dev/urandom >"$A/data"
check "lock --flush uploads everything" lock_vault a v --flush
check "b joins" join_vault b w "$WORK/store"
check "mount b" mount_vault b w "$B"
check "b sees a's work" bash -c "[ \"\$(cat '$B/docs/one')\" = one ]"
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
echo live >"$A/live"; check "sync" sync_vault a v
check "and what a adds while both are mounted" wait_for 20 grep -q live "$B/live"
check "through the kernel's cache: overwritten contents too" bash -c "
	echo changed contents >'$A/live'; $(declare -f wait_for on sync_vault); WORK='$WORK' CLOUDSEAL='$CLOUDSEAL' sync_vault a v >/dev/null; wait_for 20 grep -q 'changed contents' '$B/live'"

# --- a race: both write while the store is away ---
mv "$WORK/store" "$WORK/store.away"
echo from-a >"$A/race-a"; echo from-b >"$B/race-b"
sleep 3
mv "$WORK/store.away" "$WORK/store"
on a "$CLOUDSEAL" sync v --timeout 40s >"$WORK/sync-a" 2>&1; ra=$?
on b "$CLOUDSEAL" sync w --timeout 40s >"$WORK/sync-b" 2>&1; rb=$?
one_won() { echo "sync exit codes $ra $rb"; cat "$WORK/sync-a" "$WORK/sync-b"; { [ $ra = 0 ] && [ $rb != 0 ]; } || { [ $rb = 0 ] && [ $ra != 0 ]; }; }
check "one wins, the other's sync fails" one_won
if [ $ra != 0 ]; then L=a LN=v LM=$A LF=race-a; else L=b LN=w LM=$B LF=race-b; fi
check "the loser says so" bash -c "$(declare -f on); WORK='$WORK' on $L '$CLOUDSEAL' status $LN | grep -iE 'another device|race'"
check "the loser keeps its work" bash -c "[ \"\$(cat '$LM/$LF')\" = from-$L ]"
more() { echo later >"$LM/later" && [ "$(cat "$LM/later")" = later ]; }
check "and goes on working locally" more
check "lock the loser" lock_vault $L $LN
check "and mount it again" mount_vault $L $LN "$LM"
check "still all there" bash -c "[ \"\$(cat '$LM/$LF')\" = from-$L ] && [ -e '$LM/later' ]"
check "forget refuses while something is not uploaded" bash -c "$(declare -f on lock_vault); WORK='$WORK' CLOUDSEAL='$CLOUDSEAL'; lock_vault $L $LN >/dev/null; ! on $L '$CLOUDSEAL' forget $LN"
lock_vault a v >/dev/null 2>&1; lock_vault b w >/dev/null 2>&1
finish
