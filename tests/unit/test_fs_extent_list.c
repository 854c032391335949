/* SPDX-License-Identifier: MIT
 * Cutting and inserting extents against a map from byte to (block, offset).
 */
#include "fs/data/extent_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define SPACE 512u /* bytes of the model file: around the boundary of block 0 and 1 */
#define BASE (BLOCK_SIZE - SPACE / 2)
#define CAP 600u

struct model {
	uint8_t block[SPACE]; /* 0: hole */
	uint32_t at[SPACE];
};

static void model_check(const struct model *m, const struct extent *list, size_t n)
{
	struct model seen;
	memset(&seen, 0, sizeof(seen));
	for (size_t i = 0; i < n; i++) {
		assert_true(list[i].len > 0);
		assert_true(i == 0 || list[i - 1].off + list[i - 1].len <= list[i].off);
		assert_true(list[i].off / BLOCK_SIZE == (list[i].off + list[i].len - 1) / BLOCK_SIZE);
		for (uint32_t k = 0; k < list[i].len; k++) {
			seen.block[list[i].off - BASE + k] = list[i].block.b[0];
			seen.at[list[i].off - BASE + k] = list[i].block_off + k;
		}
	}
	assert_memory_equal(m->block, seen.block, SPACE);
	for (size_t i = 0; i < SPACE; i++)
		assert_true(!m->block[i] || m->at[i] == seen.at[i]);
}

static void extents_equal_a_map_of_bytes(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		srandom(seed);
		struct model m;
		memset(&m, 0, sizeof(m));
		struct extent list[CAP];
		size_t n = 0;
		for (unsigned step = 0; step < 400; step++) {
			uint32_t from = (uint32_t)random() % SPACE;
			uint32_t len = 1 + (uint32_t)random() % (random() % 3 ? 9 : 90);
			if (from + len > SPACE)
				len = SPACE - from;
			if (random() % 3 == 0) {
				assert_true(extent_list_cut(list, &n, CAP, BASE + from, len));
				memset(m.block + from, 0, len);
				model_check(&m, list, n);
				continue;
			}
			if (from < SPACE / 2 && from + len > SPACE / 2)
				len = SPACE / 2 - from; /* an extent never crosses a block boundary */
			struct extent p = { BASE + from, len, (uint32_t)random() % 1000, { { 0 } } };
			p.block.b[0] = (uint8_t)(1 + random() % 200);
			assert_true(extent_list_insert(list, &n, CAP, &p));
			memset(m.block + from, p.block.b[0], len);
			for (uint32_t k = 0; k < len; k++)
				m.at[from + k] = p.block_off + k;
			model_check(&m, list, n);
		}
	}
}

static void a_full_list_is_left_as_it_was(void **state)
{
	(void)state;
	struct extent list[3] = { { 0, 10, 0, { { 1 } } }, { 20, 10, 0, { { 2 } } } }, before[3];
	size_t n = 2;
	memcpy(before, list, sizeof(list));
	struct extent inside = { 4, 2, 0, { { 3 } } }; /* would make four of two */
	assert_false(extent_list_insert(list, &n, 3, &inside));
	assert_int_equal(n, 2);
	assert_memory_equal(list, before, 2 * sizeof(list[0]));
	assert_false(extent_list_cut(list, &n, 2, 22, 2));
	assert_memory_equal(list, before, 2 * sizeof(list[0]));
	struct extent over = { 0, 10, 5, { { 4 } } }; /* replaces one by one */
	assert_true(extent_list_insert(list, &n, 2, &over));
	assert_int_equal(n, 2);
}

static void neighbours_of_one_block_join(void **state)
{
	(void)state;
	struct extent list[4] = { { 0, 100, 50, { { 9 } } } };
	size_t n = 1;
	assert_true(extent_list_cut(list, &n, 4, 40, 20));
	assert_int_equal(n, 2);
	struct extent back = { 40, 20, 90, { { 9 } } };
	assert_true(extent_list_insert(list, &n, 4, &back));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].len, 100);
	assert_int_equal(list[0].block_off, 50);
}

static void cut_to_the_end_of_time(void **state)
{
	(void)state;
	struct extent list[4] = { { 0, 100, 0, { { 9 } } }, { 200, 10, 0, { { 9 } } } };
	size_t n = 2;
	assert_true(extent_list_cut(list, &n, 4, 50, UINT64_MAX));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].len, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extents_equal_a_map_of_bytes),
		cmocka_unit_test(a_full_list_is_left_as_it_was),
		cmocka_unit_test(neighbours_of_one_block_join),
		cmocka_unit_test(cut_to_the_end_of_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
