/* SPDX-License-Identifier: MIT
 * Positions: bytes both ways, what is in them, and how they grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "vault/join/varint.h"
#include "vault/objects/vv.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define PLAIN (&(struct vv_order){ 0 })

static struct position at(uint64_t stream, uint64_t n, uint8_t hash)
{
	return (struct position){ stream, n, { { hash } } };
}

/* vv_from: of entries in any order. */
static struct vv vv_from(const struct position *p, size_t n)
{
	struct vv a = { 0 };
	for (size_t i = 0; i < n; i++)
		ok(vv_add(&a, p[i], PLAIN));
	return a;
}
#define VV(...) vv_from((struct position[]){ __VA_ARGS__ }, ARRAY_LEN(((struct position[]){ __VA_ARGS__ })))

static bool same(const struct vv *a, const struct vv *b)
{
	bool equal = a->n == b->n;
	for (size_t i = 0; equal && i < a->n; i++)
		equal = position_cmp(a->v[i], b->v[i]) == 0;
	return equal;
}

/* -- bytes ------------------------------------------------------------------------------------------------------- */

static err_t decode(struct span in, struct vv *ret)
{
	struct rd r = RD(in);
	err_t e = vv_get(&r, ret);
	return e || rd_end(&r) ? e : ERR_DAMAGED;
}

static void refused(const struct vv *a)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(vv_free) struct vv back = { 0 };
	assert_int_equal(vv_put(&out, a), ERR_INVAL);
	varint_put(&out, a->n);
	for (size_t i = 0; i < a->n; i++) {
		buf_u64(&out, a->v[i].stream);
		varint_put(&out, a->v[i].n);
		buf_id(&out, a->v[i].hash);
	}
	assert_int_equal(decode(buf_span(&out), &back), ERR_DAMAGED);
}

static void test_what_no_encoder_writes(void **state)
{
	(void)state;
	struct position bad[][2] = {
		{ at(2, 1, 0), at(1, 1, 0) }, /* streams out of order */
		{ at(1, 2, 0), at(1, 1, 0) }, /* branches */
		{ at(1, 1, 2), at(1, 1, 1) }, /* branches of one n */
		{ at(1, 1, 1), at(1, 1, 1) }, /* an entry twice */
		{ at(0, 1, 0), at(1, 1, 0) }, /* no stream */
		{ at(1, 1, 0), at(2, 0, 0) }, /* no commit */
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refused(&(struct vv){ .v = bad[i], .n = 2 });
}

static void test_limit(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(vv_free) struct vv a = { 0 }, back = { 0 };
	for (uint64_t i = 1; i <= VV_MAX; i++)
		ok(vv_add(&a, at(i, 300, 1), PLAIN));
	assert_int_equal(vv_add(&a, at(VV_MAX + 1, 1, 1), PLAIN), ERR_LIMIT);
	ok(vv_add(&a, at(7, 301, 1), PLAIN));
	ok(vv_put(&out, &a));
	ok(decode(buf_span(&out), &back));
	assert_true(same(&a, &back));
	struct position more[VV_MAX + 1];
	memcpy(more, a.v, VV_MAX * sizeof(*more));
	more[VV_MAX] = at(VV_MAX + 1, 1, 1);
	refused(&(struct vv){ .v = more, .n = VV_MAX + 1 });
}

static void test_ends_early(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(vv_free) struct vv a = VV(at(1, 300, 1), at(2, 1, 1)), back = { 0 };
	ok(vv_put(&out, &a));
	for (size_t n = 0; n < out.len; n++)
		assert_int_equal(decode(SPAN(out.p, n), &back), ERR_DAMAGED);
	buf_u8(&out, 0);
	assert_int_equal(decode(buf_span(&out), &back), ERR_DAMAGED);
}

/* -- what is in it ----------------------------------------------------------------------------------------------- */

static void test_has(void **state)
{
	(void)state;
	cleanup(vv_free) struct vv a = VV(at(1, 5, 1), at(3, 2, 1));
	assert_true(vv_has_dot(&a, 1, 5) && vv_has_dot(&a, 1, 1) && vv_has_dot(&a, 3, 2));
	assert_false(vv_has_dot(&a, 1, 6) || vv_has_dot(&a, 2, 1) || vv_has_dot(&a, 1, 0) || vv_has_dot(&a, 4, 1));
	assert_true(vv_has(&a, at(1, 5, 1), PLAIN) && vv_has(&a, at(1, 4, 9), PLAIN));
	assert_false(vv_has(&a, at(1, 5, 2), PLAIN)); /* another branch */
	assert_false(vv_has(&a, at(2, 1, 1), PLAIN));
}

static void test_covers(void **state)
{
	(void)state;
	cleanup(vv_free) struct vv a = VV(at(1, 5, 1), at(3, 2, 1)), b = VV(at(1, 4, 7)), none = { 0 };
	assert_true(vv_covers(&a, &b, PLAIN) && vv_covers(&a, &none, PLAIN) && vv_covers(&a, &a, PLAIN));
	assert_false(vv_covers(&b, &a, PLAIN) || vv_covers(&none, &b, PLAIN));
}

/* -- how it grows ------------------------------------------------------------------------------------------------ */

static void test_join_is_the_greatest_of_each(void **state)
{
	(void)state;
	cleanup(vv_free) struct vv a = VV(at(1, 5, 1), at(3, 2, 1)), b = VV(at(1, 7, 1), at(2, 1, 1), at(3, 1, 1));
	cleanup(vv_free) struct vv want = VV(at(1, 7, 1), at(2, 1, 1), at(3, 2, 1));
	ok(vv_join(&a, &b, PLAIN));
	assert_true(same(&a, &want));
	ok(vv_join(&b, &a, PLAIN));
	assert_true(same(&b, &want));
}

static void test_two_hashes_of_one_commit_both_stay(void **state)
{
	(void)state;
	cleanup(vv_free) struct vv a = VV(at(1, 5, 1)), b = VV(at(1, 5, 2));
	ok(vv_join(&a, &b, PLAIN));
	assert_int_equal(a.n, 2);
	ok(vv_add(&a, at(1, 5, 1), PLAIN));
	assert_int_equal(a.n, 2);
}

/* leads: a stream that parts after n = 4: one branch has odd hashes, the other even ones. */
static bool leads(void *ctx, struct position from, struct position to)
{
	(void)ctx;
	return from.n <= 4 || from.hash.b[0] % 2 == to.hash.b[0] % 2;
}

static void test_branches_go_on_beside_each_other(void **state)
{
	(void)state;
	const struct vv_order o = { leads, NULL };
	cleanup(vv_free) struct vv a = { 0 };
	ok(vv_add(&a, at(1, 4, 0), &o));
	ok(vv_add(&a, at(1, 5, 1), &o));
	ok(vv_add(&a, at(1, 7, 2), &o));
	assert_int_equal(a.n, 2);
	assert_true(vv_has(&a, at(1, 3, 1), &o) && vv_has(&a, at(1, 6, 4), &o));
	assert_false(vv_has(&a, at(1, 6, 3), &o));
	ok(vv_add(&a, at(1, 6, 3), &o));
	assert_int_equal(a.n, 2);
	assert_int_equal(position_cmp(a.v[0], at(1, 6, 3)), 0);
	ok(vv_add(&a, at(1, 4, 5), &o));
	assert_int_equal(a.n, 2); /* it leads to both */
}

static void check_changed(const struct vv *before, const struct vv *now, const struct vv *want)
{
	cleanup(vv_free) struct vv out = { 0 }, sum = { 0 };
	ok(vv_changed(before, now, 9, &out));
	assert_true(same(&out, want));
	ok(vv_replace(&sum, before));
	ok(vv_replace(&sum, &out));
	assert_true(same(&sum, now));
}

static void test_what_changed_gives_it_back(void **state)
{
	(void)state;
	cleanup(vv_free) struct vv a = VV(at(1, 5, 1), at(3, 2, 1), at(4, 1, 1), at(9, 3, 3));
	cleanup(vv_free) struct vv b = VV(at(1, 5, 1), at(1, 5, 2), at(2, 2, 1), at(3, 4, 1), at(4, 1, 1), at(9, 3, 3));
	cleanup(vv_free) struct vv want = VV(at(1, 5, 1), at(1, 5, 2), at(2, 2, 1), at(3, 4, 1)), none = { 0 };
	check_changed(&a, &b, &want);
	check_changed(&a, &a, &none);
	cleanup(vv_free) struct vv late = VV(at(1, 5, 1), at(9, 4, 4)), out = { 0 };
	ok(vv_changed(&none, &late, 9, &out));
	assert_int_equal(out.n, 1); /* without its own */
}

/* -- random ------------------------------------------------------------------------------------------------------ */

static struct vv some(uint64_t *seed)
{
	struct vv a = { 0 };
	while (!one_in(seed, 4))
		ok(vv_add(&a, at(1 + random_u64(seed) % 3, 1 + random_u64(seed) % 4, one_in(seed, 2)), PLAIN));
	return a;
}

static void check_laws(const struct vv *a, const struct vv *b, const struct vv *c)
{
	cleanup(vv_free) struct vv x = { 0 }, y = { 0 };
	const struct vv *one[] = { a, b, c }, *two[] = { c, b, a, b };
	for (size_t i = 0; i < ARRAY_LEN(one); i++)
		ok(vv_join(&x, one[i], PLAIN));
	for (size_t i = 0; i < ARRAY_LEN(two); i++)
		ok(vv_join(&y, two[i], PLAIN));
	assert_true(same(&x, &y));
	assert_true(vv_covers(&x, a, PLAIN) && vv_covers(&x, b, PLAIN) && vv_covers(&x, c, PLAIN));
}

static void test_laws(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	for (unsigned i = random_rounds(2000, 200000); i > 0; i--) {
		cleanup(vv_free) struct vv a = some(&seed), b = some(&seed), c = some(&seed), d = { 0 }, sum = { 0 };
		check_laws(&a, &b, &c);
		ok(vv_replace(&sum, &a));
		ok(vv_join(&sum, &b, PLAIN));
		ok(vv_changed(&a, &sum, 0, &d));
		ok(vv_replace(&a, &d));
		assert_true(same(&a, &sum));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_no_encoder_writes),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_ends_early),
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_join_is_the_greatest_of_each),
		cmocka_unit_test(test_two_hashes_of_one_commit_both_stay),
		cmocka_unit_test(test_branches_go_on_beside_each_other),
		cmocka_unit_test(test_what_changed_gives_it_back),
		cmocka_unit_test(test_laws),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
