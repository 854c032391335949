/* SPDX-License-Identifier: MIT */
#include "util/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka wants setjmp, stdarg, stddef and stdint first */
#include <cmocka.h>

struct list {
	uint32_t *v;
	size_t n, cap;
};

static void it_grows_and_keeps_what_is_there(void **state)
{
	(void)state;
	struct list l = { 0 };
	for (uint32_t i = 0; i < 1000; i++) {
		assert_true(vec_room(l.v, l.n, 1, &l.cap));
		l.v[l.n++] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(l.v[i], i);
	assert_true(l.cap >= 1000 && l.cap < 2100);
	free(l.v);
}

/* Many arrays have one or two large elements. */
static void the_first_room_is_of_some_bytes(void **state)
{
	struct {
		struct {
			uint8_t b[700];
		} * v;
		size_t n, cap;
	} large = { 0 };
	struct list small = { 0 };
	(void)state;
	assert_true(vec_room(large.v, large.n, 1, &large.cap));
	assert_int_equal(large.cap, 1);
	assert_true(vec_room(large.v, large.n, 2, &large.cap));
	assert_int_equal(large.cap, 2);
	assert_true(vec_room(small.v, small.n, 1, &small.cap));
	assert_int_equal(small.cap, 8);
	free(large.v);
	free(small.v);
}

static void what_has_room_is_left_alone(void **state)
{
	(void)state;
	struct list l = { 0 };
	assert_true(vec_room(l.v, l.n, 40, &l.cap));
	assert_true(l.cap >= 40);
	uint32_t *before = l.v;
	assert_true(vec_room(l.v, l.n, l.cap, &l.cap));
	assert_ptr_equal(l.v, before);
	free(l.v);
}

static void too_much_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	struct list l = { 0 };
	assert_true(vec_room(l.v, l.n, 1, &l.cap));
	struct list before = l;
	l.n = before.n = 1;
	assert_false(vec_room(l.v, l.n, SIZE_MAX, &l.cap));
	assert_false(vec_room(l.v, l.n, SIZE_MAX / 2, &l.cap));
	assert_ptr_equal(l.v, before.v);
	assert_int_equal(l.cap, before.cap);
	free(l.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_and_keeps_what_is_there),
		cmocka_unit_test(the_first_room_is_of_some_bytes),
		cmocka_unit_test(what_has_room_is_left_alone),
		cmocka_unit_test(too_much_is_refused_and_changes_nothing),
	};
	return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
