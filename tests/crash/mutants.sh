#!/usr/bin/env bash
# Takes each fdatasync, fsync and LMDB's own syncing out of the code, one at a time, and expects the power cuts to notice.
# full only
# timeout: 600
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root"
cp -r "$ROOT"/* "$WORK/" && rm -rf "$WORK"/build*
cd "$WORK" || exit 1
meson setup build >/dev/null && ninja -C build cli/cloudseal >/dev/null 2>&1 || { not_ok "build"; finish; }
mapfile -t sites < <(grep -nE '\b(fdatasync|fsync|mdb_env_sync)\(|\bmdb_env_open\(' cache/*.c cli/*.c | grep -vE ':\s*(/?\*|//)' | cut -d: -f1,2)
echo "${#sites[@]} sites"
take_out() { # take_out FILE LINE
	sed -i -E "$2s/\b(fdatasync|fsync|mdb_env_sync)\(([^()]*|[^()]*\([^()]*\)[^()]*)\)/(0 \&\& \1(\2))/; $2s/(mdb_env_open\(.*)\bMDB_NOTLS\b/\1MDB_NOTLS | MDB_NOSYNC/" "$1"
}
noticed() { # the power cuts fail with some seed: few rounds first, since most sites show at once
	local n
	for n in 2 2 6 12 12; do
		seed=$((seed + 11))
		SEED=$seed ROUNDS=$n CLOUDSEAL=$WORK/build/cli/cloudseal "$ROOT/tests/crash/power.sh" >"$WORK/mutant.log" 2>&1 || return 0
	done
	return 1
}
for site in "${sites[@]}"; do
	[[ $site == *${ONLY:-}* ]] || continue
	file=${site%:*} line=${site#*:} seed=0
	cp "$file" "$WORK/saved.c"
	take_out "$file" "$line"
	if cmp -s "$file" "$WORK/saved.c"; then not_ok "$site: could not be taken out"
	elif ! ninja -C build cli/cloudseal >"$WORK/mutant.log" 2>&1; then not_ok "$site: mutant does not build"; tail -3 "$WORK/mutant.log"
	elif noticed; then ok "$site: noticed (seed $seed): $(grep -m1 '^not ok' "$WORK/mutant.log")"
	else not_ok "$site: nobody noticed: $(sed -n "${line}p" "$WORK/saved.c")"; fi
	cp "$WORK/saved.c" "$file"
done
finish
