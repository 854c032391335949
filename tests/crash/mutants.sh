#!/usr/bin/env bash
# Takes each fdatasync, fsync and LMDB's own syncing out of the code, one at a time, and expects the power cuts to notice: those
# at chosen moments, whatever the seed. ONLY=PART: only sites whose file:line contains PART.
# full only
# timeout: 1200
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root"
tree=$WORK/tree
mkdir "$tree" && tar -C "$ROOT" --exclude=./build* --exclude=./.git -cf - . | tar -C "$tree" -xf - && cd "$tree" || exit 1
meson setup build -Doptimization=0 >/dev/null && ninja -C build cli/cloudseal >"$WORK/build.log" 2>&1 || { not_ok "build"; finish; }
mapfile -t sites < <(grep -rnE --include='*.c' '\b(fdatasync|fsync|mdb_env_sync|syncfs|sync_file_range|msync)\(|\bmdb_env_open\(' \
	cache cli fs remote sync util vault | grep -vE ':\s*(/?\*|//)' | cut -d: -f1,2)
echo "${#sites[@]} sites"
take_out() { # take_out FILE LINE
	sed -i -E "$2s/\b(fdatasync|fsync|mdb_env_sync|syncfs|sync_file_range|msync)\(([^()]*|[^()]*\([^()]*\)[^()]*)\)/(0 \&\& \1(\2))/; $2s/(mdb_env_open\(.*)\bMDB_NOTLS\b/\1MDB_NOTLS | MDB_NOSYNC/" "$1"
}
cuts() { ROUNDS=0 CLOUDSEAL=$tree/build/cli/cloudseal "$ROOT/tests/crash/power.sh" >"$WORK/mutant.log" 2>&1; }
if cuts; then ok "nothing taken out: all well"; else not_ok "nothing taken out"; cat "$WORK/mutant.log"; finish; fi
for site in "${sites[@]}"; do
	[[ $site == *${ONLY:-}* ]] || continue
	file=${site%:*} line=${site#*:}
	cp "$file" "$WORK/saved.c"
	take_out "$file" "$line"
	if cmp -s "$file" "$WORK/saved.c"; then not_ok "$site: could not be taken out"
	elif ! ninja -C build cli/cloudseal >"$WORK/mutant.log" 2>&1; then not_ok "$site: mutant does not build"; tail -3 "$WORK/mutant.log"
	elif cuts; then not_ok "$site: nobody noticed: $(sed -n "${line}p" "$WORK/saved.c")"
	else ok "$site: noticed: $(grep -m1 '^not ok' "$WORK/mutant.log")"; fi
	cp "$WORK/saved.c" "$file"
done
finish
