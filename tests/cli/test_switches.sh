#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What packagers build obeys no variable of tests. The sources that could are compiled as they are by default and in a release (dev/builds
# and cli/deb.sh look at whole programs), and as tests have them, which shows that they would be seen.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
users=$(grep -rlE 'TEST_SWITCH\(' --include='*.c' cli)
check "there are some" [ "$(wc -w <<<"$users")" -ge 2 ]
named_once() { [ "$(grep -rlE 'CLOUDSEAL_TEST_[A-Z]*"' --include='*.[ch]' util crypto remote cache vault sync fs cli)" = cli/ui/test_switch.h ]; }
check "all of them go through cli/ui/test_switch.h" named_once
# objects NAME OPTION...: compiled in a folder of their own
objects() {
	local name=$1 u; shift
	meson setup "$WORK/$name" "$@" >/dev/null || return 1
	# shellcheck disable=SC2046
	ninja -C "$WORK/$name" $(for u in $users; do u=${u#cli/}; echo "cli/libcs_cli.a.p/${u//\//_}.o"; done)
}
obeys() { grep -rqa CLOUDSEAL_TEST_ "$WORK/$1/cli/libcs_cli.a.p" --include='*.o'; }
ignores() { ! obeys "$1"; }
for kind in default release plain debug; do
	if [ $kind = default ]; then set --; else set -- --buildtype=$kind; fi
	check "they are compiled: $kind" objects $kind "$@"
	check "and obey nothing" ignores $kind
done
check "they are compiled for tests" objects tests -Dtest_switches=true
check "and there they obey" obeys tests
finish
