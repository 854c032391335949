#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A test's folder goes with the test, and not with a part of a pipeline that fails to expand: bash runs the trap of EXIT there, too.
. "$(dirname "$0")/../lib.sh"
half_of_nothing() { printf x | dd of=/dev/null seek=$(($(stat -c %s "$WORK/nothing") / 2)); }
half_of_nothing 2>/dev/null
check "its folder is there" test -d "$WORK"
bash -c '. tests/lib.sh; echo "$WORK"; (exit 3) | cat; exit 0' >"$WORK/said"
check "and goes in the end" test ! -e "$(cat "$WORK/said")"
finish
