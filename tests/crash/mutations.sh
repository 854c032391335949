#!/usr/bin/env bash
# A million structural mutations of a locked vault's local state (unit/cache_mutations): none is a memory error, a hang or a wrong byte.
# timeout: 1800
# full only
. "$(dirname "$0")/../lib.sh"
P=${CLOUDSEAL%/cli/cloudseal}/tests/unit-cache_mutations
[ -x "$P" ] || skip "$P is not built"
for ((i = 0; i < 100; i++)); do
	check "10,000 from seed $((i * 10000 + 1))" env SEED=$((i * 10000 + 1)) MUTATIONS=10000 "$P"
done
finish
