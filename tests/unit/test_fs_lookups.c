/* SPDX-License-Identifier: MIT
 * The table of the kernel's lookup counts, against plain arrays.
 */
#include "fs/core/lookups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants these first */
#include <cmocka.h>

#define INODES 3000
#define STEPS 400000

static uint64_t ino_of(size_t i) /* as fs/ numbers them: one prefix, a counter */
{
	return UINT64_C(0xdeadbeef) << 32 | (i + 1);
}

static void agrees_with_plain_counting(void **state)
{
	(void)state;
	struct lookups l = { 0 };
	static uint64_t count[INODES];
	static bool orphan[INODES];
	unsigned seed = 1;
	for (int step = 0; step < STEPS; step++) {
		size_t range = step / 100000 % 2 ? 50 : INODES; /* grows, shrinks, grows */
		size_t i = (size_t)rand_r(&seed) % INODES;
		unsigned what = (unsigned)rand_r(&seed) % 8;
		bool gone_orphan = false;
		if (what < 4 && i < range) {
			assert_true(lookups_add(&l, ino_of(i)));
			count[i]++;
		} else if (what == 4) {
			assert_int_equal(lookups_mark(&l, ino_of(i), i % 2), count[i] > 0);
			orphan[i] = count[i] > 0;
		} else {
			uint64_t n = (uint64_t)rand_r(&seed) % 4 + 1;
			bool gone = lookups_sub(&l, ino_of(i), n, &gone_orphan);
			assert_int_equal(gone, count[i] && n >= count[i]);
			if (gone)
				assert_int_equal(gone_orphan, orphan[i]);
			count[i] = n >= count[i] ? 0 : count[i] - n;
			orphan[i] = orphan[i] && count[i];
		}
		assert_true(lookups_count(&l, ino_of(i)) == count[i]);
		assert_int_equal(lookups_marked(&l, ino_of(i)), orphan[i]);
		assert_int_equal(lookups_elsewhere(&l, ino_of(i)), orphan[i] && i % 2);
	}
	size_t used = 0;
	for (size_t i = 0; i < INODES; i++) {
		assert_true(lookups_count(&l, ino_of(i)) == count[i]);
		used += count[i] > 0;
	}
	assert_int_equal(l.used, used);
	lookups_free(&l);
}

static void a_million_inodes_take_little(void **state)
{
	(void)state;
	struct lookups l = { 0 };
	bool orphan;
	for (size_t i = 0; i < 1000000; i++)
		assert_true(lookups_add(&l, ino_of(i)));
	assert_int_equal(sizeof(struct lookup_slot), 16);
	assert_true(l.cap <= 2u << 20);
	for (size_t i = 0; i < 1000000; i++)
		assert_true(lookups_sub(&l, ino_of(i), 1, &orphan));
	assert_int_equal(l.used, 0);
	assert_true(l.cap <= 1024); /* and gives it back */
	lookups_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_plain_counting),
		cmocka_unit_test(a_million_inodes_take_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
