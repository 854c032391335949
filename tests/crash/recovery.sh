#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# recovery new is killed between any two of its steps, and the daemon is: afterwards the old recovery key opens the vault or the new
# one does, from the cloud and here.
# timeout: 600
. "$(dirname "$0")/../lib.sh"
test_switches || skip "the program has no test switches: meson configure -Dtest_switches=true"
M=$WORK/mnt C=$CLOUDSEAL
opens() { on a "$C" recovery check --recovery-file "$1" v >"$WORK/said" 2>&1; } # KEYFILE
new() { on a env "$@" "$C" recovery new --recovery-file "$WORK/new" v; }         # [VARIABLE=...]
check "init" new_vault a v "$WORK/store"
cp "$WORK/recovery-v" "$WORK/now"
check "mount" mount_vault a v "$M"
check "sync" sync_vault a v
new CLOUDSEAL_TEST_KILL=recovery-shown >/dev/null 2>&1
check "killed when the key was shown, before it was said" test $? = 137
check "the old one opens" opens "$WORK/now"
check "the new one does not" eval '! opens "$WORK/new"'
rm "$WORK/new"
new CLOUDSEAL_TEST_KILL=recovery-said >/dev/null 2>&1
check "killed when it was said" test $? = 137
check "sync" sync_vault a v
check "the new one opens" opens "$WORK/new"
mv "$WORK/new" "$WORK/now"
check "lock" lock_vault a v

# the daemon dies when that is durable, before it answers: nobody knows whether it counts
check "mount" eval 'CLOUDSEAL_TEST_KILL=recovery-durable mount_vault a v "$M"'
new >"$WORK/log" 2>&1
check "killed before it answers" test $? != 0
check "one line says that both keys are to be kept" grep -q "whether the new recovery key in $WORK/new counts is not known: keep it and the one before" "$WORK/log"
check "and it stays" test -s "$WORK/new"
umount -l "$M" 2>/dev/null
check "mount" mount_vault a v "$M"
check "sync" sync_vault a v
check "the new one opens" opens "$WORK/new"
check "the old one does not" eval '! opens "$WORK/now"'
mv "$WORK/new" "$WORK/now"
check "lock" lock_vault a v

# the daemon dies when it has said it, and nothing is uploaded yet
check "mount" mount_vault a v "$M"
pid=$(pid_of a v)
d=$WORK/device-a
env HOME="$d/home" XDG_DATA_HOME="$d/data" XDG_RUNTIME_DIR="$d/run" CLOUDSEAL_TEST_STOP=recovery-shown \
	"$C" recovery new --recovery-file "$WORK/new" v >/dev/null 2>&1 & asks=$!
check "the key is shown" wait_for 60 eval 'ps -o stat= -p $asks | grep -q T'
mv "$WORK/store" "$WORK/away"
kill -CONT $asks
wait $asks
kill -KILL "$pid"
mv "$WORK/away" "$WORK/store"
check "the old one opens from the cloud" opens "$WORK/now"
check "mount" mount_vault a v "$M"
check "sync" sync_vault a v
check "then the new one does" opens "$WORK/new"
check "and what this device keeps" grep -q "and what this device keeps" "$WORK/said"
mv "$WORK/new" "$WORK/now"
check "lock" lock_vault a v

# the daemon dies between any two steps of what it keeps for the key: one of the two opens this device without the cloud
here() { # here KEYFILE: its state, by that key alone
	mv "$WORK/store" "$WORK/away"
	on a "$C" mount --recovery-file "$1" --passfile "$PASS" v "$M" >"$WORK/log" 2>&1; local rc=$?
	[ $rc != 0 ] || lock_vault a v --no-wait >/dev/null
	mv "$WORK/away" "$WORK/store"
	return $rc
}
for step in next header taken; do
	check "mount" eval 'CLOUDSEAL_TEST_KILL=rescue-$step mount_vault a v "$M"'
	pid=$(pid_of a v)
	new >/dev/null 2>&1
	ended() { ! kill -0 "$pid" 2>/dev/null; }
	check "killed behind $step" wait_for 90 ended
	umount -l "$M" 2>/dev/null
	if [ $step = next ]; then in=now other=new; else in=new other=now; fi
	check "this device is opened by the $in one" eval 'here "$WORK/$in" || { cat "$WORK/log"; false; }'
	check "and not by the other" eval '! here "$WORK/$other"'
	check "mount" mount_vault a v "$M"
	check "sync" sync_vault a v
	all() { opens "$WORK/new" && grep -q "and what this device keeps" "$WORK/said"; }
	check "then the new one opens all" wait_for 70 all
	check "nothing is left over" test "$(cd "$(state_dir a v)" && echo rescue*)" = rescue
	mv "$WORK/new" "$WORK/now"
	check "lock" lock_vault a v
done
finish
