#!/usr/bin/env bash
# Takes each fdatasync, fsync and LMDB sync out of the code, one at a time, and expects the power-cut rounds to notice.
# full only
# timeout: 600
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root"
cp -r "$ROOT"/{util,crypto,remote,cache,vault,sync,fs,cli,tests,meson.build,meson_options.txt} "$WORK/" 2>/dev/null
cd "$WORK" || exit 1
meson setup build >/dev/null && ninja -C build >/dev/null 2>&1 || { not_ok "build"; finish; }
mapfile -t sites < <(grep -nE '\b(fdatasync|fsync|mdb_env_sync)\(' cache/*.c cli/*.c | grep -vE ':\s*(/?\*|//)' | cut -d: -f1,2)
echo "${#sites[@]} sites"
for site in "${sites[@]}"; do
	file=${site%:*} line=${site#*:}
	cp "$file" "$WORK/saved.c"
	sed -i -E "${line}s/\b(fdatasync|fsync)\(([^()]*|[^()]*\([^()]*\)[^()]*)\)/(0 \&\& \1(\2))/; ${line}s/\bmdb_env_sync\(([^()]*)\)/(0 \&\& mdb_env_sync(\1))/" "$file"
	if cmp -s "$file" "$WORK/saved.c"; then not_ok "$site: could not be taken out"; continue; fi
	if ! ninja -C build >"$WORK/mutant.log" 2>&1; then not_ok "$site: mutant does not build"; else
		killed=no
		for seed in 11 22 33 44; do
			SEED=$seed ROUNDS=${ROUNDS:-12} CLOUDSEAL=$WORK/build/cli/cloudseal "$ROOT/tests/crash/power.sh" >"$WORK/mutant.log" 2>&1 || { killed=yes; break; }
		done
		if [ $killed = yes ]; then ok "$site: noticed (seed $seed)"; else not_ok "$site: nobody noticed: $(sed -n "${line}p" "$WORK/saved.c")"; fi
	fi
	cp "$WORK/saved.c" "$file"
done
finish
