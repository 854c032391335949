#!/usr/bin/env bash
# A million structural mutations of a locked vault's local state (unit/cache_mutations): none is a memory error, a hang or a wrong byte.
# Under AddressSanitizer, as it is meant: dev/asan cache_mutations && BUILD=build-asan tests/crash/mutations.sh
# Whoever is stopped goes on there: what was done by this very program is kept in $BUILD. MUTATIONS: how many, from seed 1 on.
# timeout: 1800
# full only
# In memory, where there is room: the syncs of a map that nobody cuts the power of would take most of the time.
[ "$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 300000 ] 2>/dev/null && export TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
P=$BUILD/tests/unit-cache_mutations EACH=10000
[ -x "$P" ] || skip "$P is not built"
DONE=$BUILD/mutations-$(sha256sum "$P" | cut -c1-16) # lines: seed, how many, and of these: refused, ...
touch "$DONE"
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 # as dev/asan has them
some() { # SEED: as many as a check is, from there on, if they were not done before
	grep -q "^$1 " "$DONE" && return
	SEED=$1 MUTATIONS=$EACH TMPDIR=$WORK "$P" 2>&1 | tee "$WORK/said"
	[ "${PIPESTATUS[0]}" = 0 ] || return 1
	sed -nE 's/^([0-9]+) mutations from seed ([0-9]+): ([0-9]+) refused[^,]*, ([0-9]+) [^,]*, ([0-9]+) [^,]*, ([0-9]+) [^,]*, ([0-9]+) .*/\2 \1 \3 \4 \5 \6 \7/p' "$WORK/said" >>"$DONE"
	grep -q "^$1 " "$DONE"
}
for ((seed = 1; seed < ${MUTATIONS:-1000000}; seed += EACH)); do check "$EACH from seed $seed" some $seed; done
awk '{ n += $2; refused += $3; freed += $4; wrong += $5; earlier += $6; same += $7 } END {
	printf "%d mutations: %d refused at the opening, %d when a block was to be freed, %d with a value that does not authenticate, ", n, refused, freed, wrong
	printf "%d with an earlier value, %d changed nothing\n", earlier, same }' "$DONE"
finish
