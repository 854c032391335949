/* SPDX-License-Identifier: MIT
 * INVARIANT as a release builds it: compiled, but never evaluated. */
#undef CLOUDSEAL_INVARIANTS
#include "util/invariant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static int calls;
static int no(void)
{
	calls++;
	return 0;
}

static void it_is_not_evaluated(void **state)
{
	(void)state;
	INVARIANT(no());
	assert_int_equal(calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(it_is_not_evaluated) };
	return cmocka_run_group_tests_name("invariant_off", tests, NULL, NULL);
}
