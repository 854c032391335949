#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/fuzz/row on made-up targets: what it counts, who is next, what a stop and a finding leave.
. "$(dirname "$0")/../lib.sh"
FAKE=$WORK/build LEDGER=$WORK/executed.md TURNS=$WORK/turns
export LEDGER TURNS
mkdir -p "$FAKE/tests/fuzz" "$WORK/bin"
for tool in ninja clang; do printf '#!/bin/sh\n' >"$WORK/bin/$tool"; chmod +x "$WORK/bin/$tool"; done
touch "$FAKE/build.ninja" "$TURNS"

target() { # NAME: what it does in a turn, from stdin
	{ echo '#!/usr/bin/env bash'; echo "echo $1 >>\"\$TURNS\""; cat; } >"$FAKE/tests/fuzz/fuzz_$1"
	chmod +x "$FAKE/tests/fuzz/fuzz_$1"
}
table() { # ROW...: as the ledger
	printf '%s\n' 'A text | with bars' '' '| target | executed | seconds | begun at | findings |' '|---|---:|---:|---|---:|' "$@" >"$LEDGER"
}
row() { PATH=$WORK/bin:$PATH FUZZ_BUILD=$FAKE "$ROOT/tests/fuzz/row" 1 "$@" >"$WORK/said" 2>&1; }
turns() { [ "$(wc -l <"$TURNS")" -ge "$1" ]; }
has() { grep -qE "^$1\$" "$LEDGER"; } # a row

stopped() { # TURNS TARGET...: a row that is stopped when so many turns were begun; how it ended
	local n=$1 pid; shift
	row "$@" & pid=$!
	wait_for 60 turns "$n"
	kill -TERM "$(pgrep -P "$pid" -f tests/fuzz/row || echo "$pid")"
	wait "$pid"
}

target head <<'END'
sleep 0.2
echo "stat::number_of_executed_units: 1000"
END
target pack <<'END'
trap 'kill %1; echo "stat::number_of_executed_units: 77"; exit 72' TERM
sleep 100 & wait
END
table '| head | 5 | 7 | 12345678 | 0 |' '| pack | 0 | 9 | - | 0 |' '| tree | 3 | 0 | - | 0 |'
check "a stop is no finding" stopped 4 head pack
check "who had least time for its share is next, until it is no more" [ "$(paste -sd' ' "$TURNS")" = "head head head pack" ]
check "each turn is added, seconds too, and the commit stays" has '\| head \| 300[0-9] \| 10 \| 12345678 \| 0 \|'
check "what was stopped counts, from this commit on" has '\| pack \| 77 \| 1[0-9]* \| [0-9a-f]{8} \| 0 \|'
check "nothing else is touched" eval 'has "\| tree \| 3 \| 0 \| - \| 0 \|" && [ "$(head -n 1 "$LEDGER")" = "A text | with bars" ]'

target pack <<'END'
echo "==1==ERROR: AddressSanitizer: heap-buffer-overflow"
echo "artifact_prefix='x'; Test unit written to x"
echo "#4 pulse"
exit 77
END
table '| head | 0 | 100 | - | 0 |'
check "a finding ends the row with 1, when it has no other target" eval '! row pack'
check "and is said" eval 'grep -q "^not ok - fuzz_pack" "$WORK/said" && grep -q heap-buffer-overflow "$WORK/said"'
check "its target has a row, with what it executed at least" has '\| pack \| 4 \| 1 \| [0-9a-f]{8} \| 1 \|'
finish
