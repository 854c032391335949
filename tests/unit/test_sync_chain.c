/* SPDX-License-Identifier: MIT
 * The chain's rule: a pure function of the set, whatever the order.
 */
#include "sync/history/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct hash base_hash;

static struct commit_record make(uint8_t id, const struct commit_record *parent)
{
	struct commit_record n = { .height = parent->height + 1 };
	memset(n.hash.b, id, HASH_LEN);
	n.parent = parent->hash;
	return n;
}

static uint8_t winner(const struct commit_record *records, size_t n)
{
	const struct commit_record *w = NULL;
	assert_int_equal(chain_choose(records, n, base_hash, &w), ERR_OK);
	return w ? w->hash.b[0] : 255;
}

static void test_higher_wins_then_smaller_hash(void **state)
{
	struct commit_record n[4] = { { .height = 0 } };
	(void)state;
	n[1] = make(7, &n[0]);
	n[2] = make(5, &n[0]);
	assert_int_equal(winner(n, 3), 5);
	n[3] = make(9, &n[1]);
	assert_int_equal(winner(n, 4), 9);
}

static void test_what_does_not_reach_the_base_does_not_count(void **state)
{
	struct commit_record n[4] = { { .height = 0 } };
	(void)state;
	struct commit_record unknown = { .height = 9 };
	memset(unknown.hash.b, 77, HASH_LEN);
	n[1] = make(7, &n[0]);
	n[2] = make(5, &unknown);
	n[3] = make(6, &n[1]);
	n[3].height = 9; /* a lie about its height */
	assert_int_equal(winner(n, 4), 7);
	assert_int_equal(winner(n + 1, 3), 255);
}

static void shuffle(struct commit_record *n, size_t count, unsigned *seed)
{
	for (size_t i = count; i > 1; i--) {
		size_t k = (size_t)rand_r(seed) % i;
		struct commit_record t = n[i - 1];
		n[i - 1] = n[k];
		n[k] = t;
	}
}

static void test_same_set_same_winner_in_any_order(void **state)
{
	unsigned seed = 20261124;
	(void)state;
	for (int round = 0; round < 50; round++) {
		struct commit_record n[60] = { { .height = 0 } };
		for (uint8_t i = 1; i < 60; i++)
			n[i] = make((uint8_t)(rand_r(&seed) % 3 ? i : 200 - i), &n[(unsigned)rand_r(&seed) % i]);
		uint8_t first = winner(n, 60);
		for (int order = 0; order < 10; order++) {
			shuffle(n, 60, &seed);
			assert_int_equal(winner(n, 60), first);
		}
	}
}

static void test_winner_is_stable_under_losers(void **state)
{
	struct commit_record n[8] = { { .height = 0 } };
	(void)state;
	n[1] = make(1, &n[0]);
	n[2] = make(2, &n[1]);
	for (uint8_t i = 3; i < 8; i++) {
		n[i] = make((uint8_t)(i + 10), &n[1]);
		assert_int_equal(winner(n, i + 1u), 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_higher_wins_then_smaller_hash),
		cmocka_unit_test(test_what_does_not_reach_the_base_does_not_count),
		cmocka_unit_test(test_same_set_same_winner_in_any_order),
		cmocka_unit_test(test_winner_is_stable_under_losers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
