/* SPDX-License-Identifier: MIT
 * Records in memory: alone, and before what is below; and what a commit does to a state that has or refuses it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "tests/unit/join_util.h"
#include "vault/join/digest.h"

#define KEYS 40

/* key i: two letters, of which the first is often the same. */
static struct span key_at(unsigned i, char key[2])
{
	key[0] = (char)('a' + i / 10);
	key[1] = (char)('a' + i % 10);
	return SPAN(key, 2);
}

/* Values by key; 0: not there. */
struct plain {
	uint8_t value[KEYS];
};

static void change(uint64_t *s, struct records *t, struct plain *p)
{
	char k[2];
	unsigned i = (unsigned)(random_u64(s) >> 32) % KEYS;
	uint8_t v = (uint8_t)(1 + (random_u64(s) >> 60));
	if (one_in(s, 3)) {
		ok(records_gone(t, key_at(i, k)));
		p->value[i] = 0;
		return;
	}
	ok(records_put(t, key_at(i, k), SPAN(&v, 1)));
	p->value[i] = v;
}

struct seen {
	const struct plain *p;
	unsigned next, end; /* keys to come: from `next`, before `end` */
};

static err_t visit(void *ctx, struct span key, struct span value)
{
	struct seen *s = ctx;
	char k[2];
	while (s->next < s->end && s->p->value[s->next] == 0)
		s->next++;
	assert_true(s->next < s->end);
	assert_int_equal(span_cmp(key, key_at(s->next, k)), 0);
	assert_int_equal(*(const uint8_t *)value.p, s->p->value[s->next++]);
	return ERR_OK;
}

/* check_scan: of a prefix of one letter or none, from some key or the first. */
static void check_scan(uint64_t *s, const struct view *v, const struct plain *p)
{
	char prefix[2], from[2];
	unsigned i = (unsigned)(random_u64(s) >> 32) % KEYS, letter = (unsigned)(random_u64(s) >> 32) % (KEYS / 10);
	bool with_prefix = one_in(s, 2), with_from = one_in(s, 2);
	struct seen seen = { p, with_prefix ? letter * 10 : 0, with_prefix ? letter * 10 + 10 : KEYS };
	key_at(letter * 10, prefix);
	if (with_from && i > seen.next)
		seen.next = MIN(i, seen.end);
	ok(v->scan(v->ctx, SPAN(prefix, with_prefix ? 1 : 0), with_from ? key_at(i, from) : SPAN(NULL, 0), visit,
	           &seen));
	while (seen.next < seen.end)
		assert_int_equal(p->value[seen.next++], 0);
}

static void check_gets(const struct view *v, const struct plain *p)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	char k[2];
	for (unsigned i = 0; i < KEYS; i++) {
		err_t e = v->get(v->ctx, key_at(i, k), &b);
		assert_int_equal(e, p->value[i] ? ERR_OK : ERR_NOTFOUND);
		if (!e)
			assert_int_equal(b.p[0], p->value[i]);
	}
}

static void test_views(void **state)
{
	(void)state;
	uint64_t s = random_seed();
	for (unsigned round = random_rounds(300, 10000); round; round--) {
		cleanup(records_free) struct records below = RECORDS_INIT;
		struct records_over over = { 0 };
		struct plain p = { 0 };
		struct view low = records_view(&below), high = records_over_view(&over);
		over.below = &low;
		for (unsigned n = (random_u64(&s) >> 32) % 30; n; n--)
			change(&s, &below, &p);
		check_gets(&low, &p);
		check_scan(&s, &low, &p);
		for (unsigned n = (random_u64(&s) >> 32) % 30; n; n--)
			change(&s, &over.changes, &p);
		check_gets(&high, &p);
		for (unsigned n = 0; n < 4; n++)
			check_scan(&s, &high, &p);
		records_free(&over.changes);
	}
}

static err_t stop(void *ctx, struct span key, struct span value)
{
	(void)key;
	(void)value;
	return ++*(unsigned *)ctx == 2 ? ERR_CANCELED : ERR_OK;
}

static void test_a_scan_ends(void **state)
{
	(void)state;
	cleanup(records_free) struct records t = RECORDS_INIT;
	struct view v = records_view(&t);
	unsigned n = 0;
	for (unsigned i = 0; i < 4; i++) {
		char k[2];
		ok(records_put(&t, key_at(i, k), SPAN("x", 1)));
	}
	assert_int_equal(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), stop, &n), ERR_CANCELED);
	assert_int_equal(n, 2);
	static const uint8_t long_key[256];
	assert_int_equal(records_put(&t, SPAN(long_key, 256), SPAN("x", 1)), ERR_LIMIT);
	assert_int_equal(t.n, 4);
}

/* -- commits ----------------------------------------------------------------------------------------------------- */

static void make_commit(struct records *t)
{
	struct draft d;
	draft_begin(&d, NULL);
	struct link_rec l = link_of(7, 3, at(1, 1), "a");
	ok(draft_put_link(&d, &l));
	ok(draft_put_attr(&d, 7, ATTR_UID, at(1, 1), SPAN("\1\0\0\0", 4)));
	ok(records_add_all(t, draft_records(&d)));
	draft_end(&d);
}

static void test_nothing_new(void **state)
{
	(void)state;
	cleanup(records_free) struct records commit = RECORDS_INIT, changes = RECORDS_INIT;
	struct view v = records_view(&commit);
	make_commit(&commit);
	assert_int_equal(commit.n, 2);
	ok(join_apply(&v, &commit, &changes));
	assert_int_equal(changes.n, 0);
}

/* What is a record, but none that may stand under its key; one that says something is gone. */
static void test_refused(void **state)
{
	(void)state;
	cleanup(records_free) struct records commit = RECORDS_INIT, gone = RECORDS_INIT, none = RECORDS_INIT,
	                                     changes = RECORDS_INIT;
	static const uint8_t value[] = { 2, 0, 1, 2, 1, 0, 0 }; /* group 2 is no VALUE */
	struct shared_key link = shared_key_number(SHARED_LINK, 7, 3);
	struct view v = records_view(&none);
	ok(records_put(&commit, shared_key_span(&link), SPAN(value, sizeof(value))));
	assert_int_equal(join_apply(&v, &commit, &changes), ERR_DAMAGED);
	ok(records_gone(&gone, shared_key_span(&link)));
	assert_int_equal(join_apply(&v, &gone, &changes), ERR_DAMAGED);
	assert_int_equal(changes.n, 0);
}

/* Kinds that no commit carries. */
static void test_not_shared(void **state)
{
	(void)state;
	static const uint8_t value[] = { 2, 0, 1, 99, 1, 0, 0 }, kinds[] = { 0, 0x3f, 0x80, 0xff };
	cleanup(records_free) struct records none = RECORDS_INIT, changes = RECORDS_INIT;
	struct view v = records_view(&none);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		cleanup(records_free) struct records commit = RECORDS_INIT;
		ok(records_put(&commit, SPAN(&kinds[i], 1), SPAN(value, sizeof(value))));
		assert_int_equal(join_apply(&v, &commit, &changes), ERR_DAMAGED);
	}
	cleanup(records_free) struct records commit = RECORDS_INIT;
	ok(records_put(&commit, SPAN("\x7f", 1), SPAN(value, sizeof(value))));
	ok(join_apply(&v, &commit, &changes));
	assert_int_equal(changes.n, 1);
}

/* What is not shared counts for nothing in a digest. */
static void test_digest(void **state)
{
	(void)state;
	cleanup(records_free) struct records t = RECORDS_INIT, more = RECORDS_INIT;
	struct lthash with, without, nothing = { 0 };
	struct view v = records_view(&t);
	make_commit(&t);
	ok(digest_state(&without, &v));
	assert_true(memcmp(&without, &nothing, sizeof(nothing)));
	ok(records_put(&more, SPAN("\x85local", 6), SPAN("x", 1)));
	ok(records_put(&more, SPAN("\x13of format 1", 12), SPAN("x", 1)));
	with = without;
	ok(digest_change(&with, &v, &more));
	assert_memory_equal(&with, &without, sizeof(with));
	ok(records_add_all(&t, &more));
	ok(digest_state(&with, &v));
	assert_memory_equal(&with, &without, sizeof(with));
}

/* -- over the limit of a commit ---------------------------------------------------------------------------------- */

/* value_of: 64 KiB under a name; all have one hash. */
static void value_of(struct xattr_value *x, const char *name)
{
	static const uint8_t large[XATTR_BYTES_MAX];
	*x = (struct xattr_value){ .ino = 7, .hash = 2, .name = name_of(name), .stamp = at(1, 1) };
	buf_put(&x->value, large, sizeof(large));
	ok(buf_ok(&x->value));
}

static err_t put_large(struct draft *d, unsigned i)
{
	cleanup(xattr_value_free) struct xattr_value x = { 0 };
	value_of(&x, (const char[]){ (char)('a' + i), 0 });
	return draft_put_xattr(d, &x);
}

/* Commits below the limit can bring a record over it; all go on to join. A draft ends before its commit is refused. */
static void test_grown(void **state)
{
	(void)state;
	cleanup(records_free) struct records grown = RECORDS_INIT;
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	struct draft whole;
	struct view v = records_view(&grown);
	err_t e = ERR_OK;
	draft_begin(&whole, NULL);
	for (unsigned i = 0; i < 20; i++) {
		struct draft d;
		draft_begin(&d, &v);
		ok(put_large(&d, i));
		ok(join_into(&grown, draft_records(&d)));
		draft_end(&d);
		if (!e)
			e = put_large(&whole, i);
	}
	assert_true(grown.n == 1 && grown.v[0]->value.len > RECORD_MAX);
	ok(shared_xattrs(&v, 7, &l));
	assert_int_equal(l.n, 20);
	assert_int_equal(e, ERR_LIMIT);
	assert_true(draft_records(&whole)->n == 1 && draft_records(&whole)->v[0]->value.len <= RECORD_MAX);
	draft_end(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),   cmocka_unit_test(test_a_scan_ends), cmocka_unit_test(test_nothing_new),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_digest),      cmocka_unit_test(test_not_shared),
		cmocka_unit_test(test_grown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
