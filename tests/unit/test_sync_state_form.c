/* SPDX-License-Identifier: MIT
 * The codecs of what the engine remembers in a vault of format 2: back whole, cut short, changed, too new.
 */
#include "sync/core/state_form.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static struct state main_state(void)
{
	struct state st = { .n = 9,
		            .confirmed = 8,
		            .sequence = 7,
		            .mailbox_epoch = 6,
		            .mailbox = 5,
		            .head_counter = 4,
		            .chain_bytes = 3,
		            .checkpoint_bytes = 2,
		            .building = 1,
		            .stopped = STOPPED_FORK,
		            .text = "why" };
	st.nonce.b[0] = 12;
	st.said.b[31] = 13;
	st.announced.id.b[0] = 15;
	st.announced.epoch = 16;
	return st;
}

static void test_the_main_record_comes_back_whole(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct state st = main_state(), back;
	state_encode(&st, &v);
	assert_int_equal(buf_ok(&v), ERR_OK);
	assert_int_equal(state_decode(buf_span(&v), &back), ERR_OK);
	assert_memory_equal(&st, &back, sizeof(st));
}

/* It is put with every commit: the digest, 2 KiB, is not in it. */
static void test_the_main_record_is_small(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct state st = main_state();
	state_encode(&st, &v);
	assert_true(v.len < 300);
}

static void test_more_confirmed_than_made_is_damage(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct state st = main_state();
	st.confirmed = st.n + 1;
	state_encode(&st, &v);
	assert_int_equal(state_decode(buf_span(&v), &st), ERR_DAMAGED);
}

static void test_no_other_reason_to_stop_is_known(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct state st = main_state();
	st.stopped = (enum stopped)1;
	state_encode(&st, &v);
	assert_int_equal(state_decode(buf_span(&v), &st), ERR_DAMAGED);
}

static void test_a_digest_comes_back_whole(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct lthash h = { { 1, 2, 3 } }, back;
	h.lane[1023] = 65535;
	state_digest_encode(&h, &v);
	assert_int_equal(state_digest_decode(buf_span(&v), &back), ERR_OK);
	assert_memory_equal(&h, &back, sizeof(h));
}

typedef err_t (*decode_fn)(struct span value);

static err_t decode_main(struct span value)
{
	struct state st;
	return state_decode(value, &st);
}
static err_t decode_digest(struct span value)
{
	struct lthash h;
	return state_digest_decode(value, &h);
}
static void refuses_what_is_not_whole(struct buf *v, decode_fn decode)
{
	assert_int_equal(buf_ok(v), ERR_OK);
	for (size_t n = 0; n < v->len; n++)
		assert_int_equal(decode(SPAN(v->p, n)), ERR_DAMAGED);
	buf_u8(v, 0);
	assert_int_equal(decode(buf_span(v)), ERR_DAMAGED);
	v->len--;
	assert_int_equal(decode(buf_span(v)), ERR_OK);
	v->p[0] = 99;
	assert_int_equal(decode(buf_span(v)), ERR_VERSION);
	v->p[0] = 0;
	assert_int_equal(decode(buf_span(v)), ERR_DAMAGED);
}

static void test_what_is_cut_or_too_new_is_refused(void **state)
{
	(void)state;
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	struct state st = main_state();
	struct lthash h = { { 1 } };
	state_encode(&st, &a);
	state_digest_encode(&h, &b);
	refuses_what_is_not_whole(&a, decode_main);
	refuses_what_is_not_whole(&b, decode_digest);
}

static void test_the_past_of_a_commit_is_found_by_its_position(void **state)
{
	(void)state;
	static const struct key key = { { 9 } };
	struct map_config c = { .key = &key, .commit_ms = 1000000 };
	struct map *m = NULL;
	struct position p = { 1, 2, { { 3 } } },
	                others[] = { { 2, 2, { { 3 } } }, { 1, 3, { { 3 } } }, { 1, 2, { { 4 } } } };
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf v = BUF_INIT;
	assert_int_equal(map_open(&c, &m, NULL), ERR_OK);
	state_put_past(&o, p, span_str("past"));
	assert_int_equal(ops_commit(&o, m), ERR_OK);
	assert_int_equal(state_get_past(m, p, &v), ERR_OK);
	assert_int_equal(span_cmp(buf_span(&v), span_str("past")), 0);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(state_get_past(m, others[i], &v), ERR_NOTFOUND);
	assert_int_equal(map_close(m), ERR_OK);
}

static void test_keys_are_those_of_every_version(void **state)
{
	(void)state;
	assert_string_equal(STATE_DIGEST, "sync.digest");
	assert_string_equal(STATE_PAST, "sync.past.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_main_record_comes_back_whole),
		cmocka_unit_test(test_the_main_record_is_small),
		cmocka_unit_test(test_more_confirmed_than_made_is_damage),
		cmocka_unit_test(test_no_other_reason_to_stop_is_known),
		cmocka_unit_test(test_a_digest_comes_back_whole),
		cmocka_unit_test(test_what_is_cut_or_too_new_is_refused),
		cmocka_unit_test(test_the_past_of_a_commit_is_found_by_its_position),
		cmocka_unit_test(test_keys_are_those_of_every_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
