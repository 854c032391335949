/* SPDX-License-Identifier: MIT
 * The header on the store is looked at and put right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#include "remote/backends/mem.h"
#include "remote/layers/fault.h"
#include "remote/requests/sync_calls.h"
#include "sync/members/header_look.h"
#include "tests/unit/header_world.h"

struct look {
	struct hall h;
	struct store *store;
	enum header_put may;
};

static void begin(struct look *l)
{
	hall_begin(&l->h, NULL);
	l->store = fault_new(store_mem_new(), 1);
	assert_non_null(l->store);
	l->may = HEADER_AGAIN;
}

static void end(struct look *l)
{
	store_close(l->store);
	hall_end(&l->h);
}

static err_t look(struct look *l, enum header_seen *ret)
{
	struct view v = records_view(&l->h.recs);
	struct header_basis b = { &v, &l->h.r, l->h.g.vault, l->h.c.genesis_hash };
	struct header_found found;
	err_t e = header_look(l->store, &b, l->may, &found);
	if (!e)
		*ret = found.seen;
	return e;
}

/* sees: and what is there then is whole, without another PUT. */
static void sees(struct look *l, enum header_seen want)
{
	enum header_seen got = 99;
	ok(look(l, &got));
	assert_int_equal(got, want);
	uint64_t before = fault_counts(l->store).requests;
	ok(look(l, &got));
	assert_int_equal(got, HEADER_WHOLE);
	assert_int_equal(fault_counts(l->store).requests, before + 1);
}

static void put(struct look *l, struct span bytes)
{
	ok(store_put_sync(l->store, STORE_HEADER, bytes));
}

static void read_it(struct look *l, struct buf *out)
{
	buf_clear(out);
	ok(store_get_sync(l->store, STORE_HEADER, 0, 0, HEADER_MAX, out));
}

static void test_gone_or_damaged(void **state)
{
	(void)state;
	cleanup(end) struct look l;
	cleanup(buf_free) struct buf whole = BUF_INIT, now = BUF_INIT, large = BUF_INIT;
	begin(&l);
	sees(&l, HEADER_GONE);
	read_it(&l, &whole);
	put(&l, span_str("junk"));
	sees(&l, HEADER_DAMAGED);
	put(&l, SPAN(whole.p, whole.len - 1));
	sees(&l, HEADER_DAMAGED);
	memset(buf_extend(&large, HEADER_MAX + 1), 0, HEADER_MAX + 1);
	put(&l, buf_span(&large));
	sees(&l, HEADER_DAMAGED);
	read_it(&l, &now);
	assert_int_equal(span_cmp(buf_span(&now), buf_span(&whole)), 0);
}

static void test_what_it_lacks_is_added(void **state)
{
	(void)state;
	cleanup(end) struct look l;
	cleanup(buf_free) struct buf wrap = BUF_INIT, start = BUF_INIT, bytes = BUF_INIT;
	cleanup(header_free) struct header h = { 0 };
	begin(&l);
	sees(&l, HEADER_GONE);
	hall_add_slot(&l.h, &(struct hall_slot){ .rank = 5, .anchor = l.h.c.genesis_hash }, &wrap);
	hall_start(&l.h, 2, l.h.c.recovery, 0, &start);
	hall_record_start(&l.h, buf_span(&start));
	sees(&l, HEADER_LACKED);
	read_it(&l, &bytes);
	ok(header_decode(buf_span(&bytes), &h, NULL));
	assert_int_equal(h.list[HEADER_WRAP].n, 2);
	assert_int_equal(h.list[HEADER_START].n, 1);
	hall_revoke(&l.h, l.h.slot[0]);
	sees(&l, HEADER_LACKED);
}

/* Whoever's map lacks the newest epoch leaves it in the header. */
static void test_what_others_added_stays(void **state)
{
	(void)state;
	cleanup(end) struct look l;
	cleanup(buf_free) struct buf start = BUF_INIT;
	enum header_seen seen;
	begin(&l);
	struct vault_name n = { .kind = SHARED_EPOCH, .number = 2 };
	n.hash = hall_start(&l.h, 2, l.h.c.recovery, 0, &start);
	hall_record_start(&l.h, buf_span(&start));
	sees(&l, HEADER_GONE);
	struct vault_key key = vault_key_of(&n);
	records_drop(&l.h.recs, vault_key_span(&key));
	ok(look(&l, &seen));
	assert_int_equal(seen, HEADER_WHOLE);
}

/* left: it is seen so, and stays as it is. */
static void left(struct look *l, struct span bytes, enum header_seen want)
{
	cleanup(buf_free) struct buf now = BUF_INIT;
	enum header_seen got = 99;
	put(l, bytes);
	ok(look(l, &got));
	assert_int_equal(got, want);
	read_it(l, &now);
	assert_int_equal(span_cmp(buf_span(&now), bytes), 0);
}

static void test_of_another_genesis(void **state)
{
	(void)state;
	cleanup(end) struct look l, other;
	cleanup(buf_free) struct buf theirs = BUF_INIT, now = BUF_INIT;
	char name[ID_TEXT];
	begin(&l);
	begin(&other);
	sees(&other, HEADER_GONE);
	read_it(&other, &theirs);
	left(&l, buf_span(&theirs), HEADER_OTHER);
	l.may = HEADER_OVER;
	fault_set(l.store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000 });
	enum header_seen seen = 99;
	assert_int_equal(look(&l, &seen), ERR_NET); /* it is not written over before it is kept */
	fault_set(l.store, &(struct fault_plan){ 0 });
	read_it(&l, &now);
	assert_int_equal(span_cmp(buf_span(&now), buf_span(&theirs)), 0);
	sees(&l, HEADER_OTHER);
	header_aside(other.h.c.genesis_hash, name);
	buf_clear(&now);
	ok(store_get_sync(l.store, name, 0, 0, HEADER_MAX, &now));
	assert_int_equal(span_cmp(buf_span(&now), buf_span(&theirs)), 0);
}

/* Who does not know whose place it is writes no new one. */
static void test_what_it_may(void **state)
{
	(void)state;
	cleanup(end) struct look l;
	cleanup(buf_free) struct buf wrap = BUF_INIT, old = BUF_INIT;
	enum header_seen seen;
	begin(&l);
	l.may = HEADER_ADD;
	ok(look(&l, &seen));
	assert_int_equal(seen, HEADER_GONE);
	left(&l, span_str("junk"), HEADER_DAMAGED);
	l.may = HEADER_AGAIN;
	sees(&l, HEADER_DAMAGED);
	read_it(&l, &old);
	hall_add_slot(&l.h, &(struct hall_slot){ .rank = 5, .anchor = l.h.c.genesis_hash }, &wrap);
	l.may = HEADER_READ;
	left(&l, buf_span(&old), HEADER_LACKED);
	l.may = HEADER_ADD;
	sees(&l, HEADER_LACKED);
}

/* A newer program may have written it: it is not taken back. */
static void test_a_newer_one_stays(void **state)
{
	(void)state;
	cleanup(end) struct look l;
	cleanup(buf_free) struct buf bytes = BUF_INIT, now = BUF_INIT;
	enum header_seen seen;
	struct hash sum;
	begin(&l);
	sees(&l, HEADER_GONE);
	read_it(&l, &bytes);
	bytes.p[16] = 3;
	ok(crypto_sha256(SPAN(bytes.p, bytes.len - HASH_LEN), &sum));
	hash_put(bytes.p + bytes.len - HASH_LEN, sum);
	put(&l, buf_span(&bytes));
	assert_int_equal(look(&l, &seen), ERR_VERSION);
	read_it(&l, &now);
	assert_int_equal(span_cmp(buf_span(&now), buf_span(&bytes)), 0);
}

/* A store that is away says nothing of the header: it is not written over. */
static void test_a_store_that_is_away(void **state)
{
	(void)state;
	cleanup(end) struct look l;
	enum header_seen seen = 99;
	begin(&l);
	fault_offline(l.store, ERR_NET);
	assert_int_equal(look(&l, &seen), ERR_NET);
	fault_offline(l.store, ERR_OK);
	fault_set(l.store, &(struct fault_plan){ .ops = FAULT_GET, .error = 1000 });
	uint64_t before = fault_counts(l.store).requests;
	assert_int_equal(look(&l, &seen), ERR_NET);
	assert_int_equal(fault_counts(l.store).requests, before + 1);
	assert_int_equal(seen, 99);
	fault_set(l.store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000 });
	assert_int_equal(look(&l, &seen), ERR_NET);
	assert_int_equal(seen, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gone_or_damaged),
		cmocka_unit_test(test_what_it_lacks_is_added),
		cmocka_unit_test(test_what_others_added_stays),
		cmocka_unit_test(test_of_another_genesis),
		cmocka_unit_test(test_what_it_may),
		cmocka_unit_test(test_a_newer_one_stays),
		cmocka_unit_test(test_a_store_that_is_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
