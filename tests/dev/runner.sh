#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# dev/test itself, on made-up tests (runner.py): what it counts, ends, leaves and writes.
. "$(dirname "$0")/../lib.sh"
python3 "$(dirname "$0")/runner.py" "$WORK" || FAILED=1
finish
