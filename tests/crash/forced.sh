# Power cuts at chosen moments, after which the disk has nothing that was not synced; sourced by power.sh. Each sync in the
# code has a check here that fails without it, whatever the seed. `a` is the device; the store lies on a shim of its own, `s`.
STORE=$WORK/device-s/data/store
KEYS=$WORK/device-a/data/keys # beside the vaults' folder, so that syncing the key's name does not save theirs
recovery_key_is_there() { grep -qE '[0-9A-Z]{4}' "$KEYS/recovery"; }
log_is_whole() { test "$(stat -c %s "$(state_dir a v)/map/log")" -ge $((16 << 20)); }
known() { on a "$CLOUDSEAL" list --json | grep -q '"v"'; }
forced_init() {
	on a "$CLOUDSEAL" init --create --name v --passfile "$PASS" --recovery-file "$KEYS/recovery" "$STORE"
}
folders() { # the shims' folders that are older than what is tested
	mkdir -p "$WORK/backing-a/live/keys"
}
power_cut() { power_off a "${1:-}" && shim_back a nothing; }
cut_store() { power_off s && shim_back s nothing; }
remount() { umount -l "$M" && mount_vault a v "$M"; }

# The log gets its name while init runs; at the cut all names are on the disk, and no byte that was not synced.
log_creation() {
	folders
	shim_up a log || return 1
	forced_init >"$WORK/cut.log" 2>&1 && { echo "the power did not go"; return 1; }
	power_off a && shim_back a names || return 1
	[ -e "$(state_dir a v)/map/log" ] || { echo "the log has no name yet"; return 1; }
	log_is_whole
}
# fsync_and_cut FILE TEXT: the disk goes the moment fsync returns.
fsync_and_cut() {
	python3 - "$M/$1" "$2" "$(cat "$WORK/shim-a.pid")" <<-'PY'
		import os, sys
		fd = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o644)
		os.write(fd, sys.argv[2].encode())
		os.fsync(fd)
		os.kill(int(sys.argv[3]), 9)
	PY
	power_cut "$(pid_of a v)"
}
forced_cuts() {
	check "shim for the store" shim_up s
	check "a cut while the log gets its name: the log is whole" log_creation
	shim_down a; rm -rf "$STORE"
	folders
	check "shim" shim_up a
	check "init" forced_init
	check "cut right after init" power_cut
	check "cut of the store" cut_store
	check "the recovery key is in its file" recovery_key_is_there
	check "the vault is known" known
	check "the log is whole" log_is_whole
	check "the store has the vault: a second device joins" join_vault b w "$STORE" --recovery-file "$KEYS/recovery"
	[ "$FAILED" = 0 ] || return 1 # nothing below could say more
	check "setting" on a "$CLOUDSEAL" config v poll-interval 7s
	check "cut right after config" power_cut
	check "the setting is there" test "$(on a "$CLOUDSEAL" config v poll-interval)" = 7s
	echo "another passphrase" >"$WORK/another"; chmod 600 "$WORK/another"
	check "passwd" on a "$CLOUDSEAL" passwd --passfile "$PASS" --new-passfile "$WORK/another" v
	check "cut right after passwd" power_cut
	check "the new passphrase opens, and is changed back" on a "$CLOUDSEAL" passwd --passfile "$WORK/another" --new-passfile "$PASS" v
	check "mount" mount_vault a v "$M"
	check "cut right after the first mount" power_cut "$(pid_of a v)"
	check "mounts again" remount
	[ "$FAILED" = 0 ] || return 1
	local n
	for n in 1 2; do
		check "fsync, and the power goes ($n)" fsync_and_cut "f$n" "text $n"
		check "mounts" remount
		check "the file is there" grep -qx "text $n" "$M/f$n"
	done
	check "work for the store" cp -r "$ROOT/docs" "$M/docs"
	check "is synced" sync_vault a v
	check "cut of the store right after sync" cut_store
	check "the second device mounts" mount_vault b w "$WORK/mnt2"
	check "takes what is new" sync_vault b w
	check "and sees it all" wait_for 60 same_tree "$M" "$WORK/mnt2"
	check "lock b" lock_vault b w
	[ "$FAILED" = 0 ]
}
