/* SPDX-License-Identifier: MIT */
#include "remote/backends/mem.h"
#include "remote/layers/bucket.h"
#include "remote/layers/fault.h"
#include "remote/layers/late.h"
#include "remote/open.h"
#include "remote/layers/retry.h"
#include "remote/layers/throttle.h"
#include "remote/requests/sync_calls.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
/* cmocka wants these first */
#include <cmocka.h>

#define NAME "00112233445566778899aabbccddeeff"

static void waits_double_within_bounds(void **state)
{
	(void)state;
	assert_int_equal(retry_wait_ms(1, 0, 60000, 0), 100);
	assert_int_equal(retry_wait_ms(1, 0, 60000, 100), 200);
	assert_int_equal(retry_wait_ms(3, 0, 60000, 0), 400);
	for (unsigned tries = 1; tries < 100; tries++)
		for (uint32_t r = 0; r < 5000; r += 7)
			assert_in_range(retry_wait_ms(tries, 0, 1000, r * 77777), 100, 1000);
}

static void the_server_s_wish_counts_up_to_the_longest_wait(void **state)
{
	(void)state;
	assert_int_equal(retry_wait_ms(1, 5000, 60000, 0), 5000);
	assert_int_equal(retry_wait_ms(1, 3600000, 60000, 0), 60000);
	assert_int_equal(retry_wait_ms(1, 1, 60000, 0), 100);
}

static void only_what_may_pass_is_tried_again(void **state)
{
	(void)state;
	assert_true(retry_tries(ERR_NET, true) > 1);
	assert_true(retry_tries(ERR_TIMEOUT, false) > 1);
	assert_true(retry_tries(ERR_DAMAGED, false) > 1);
	static const err_t once[] = { ERR_OK,  ERR_NOTFOUND, ERR_DENIED,   ERR_STOREFULL, ERR_CLOCK,
		                      ERR_TLS, ERR_NOSTORE,  ERR_CANCELED, ERR_LIMIT,     ERR_NOMEM };
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		assert_int_equal(retry_tries(once[i], true), 1);
}

static void a_bucket_holds_its_rate(void **state)
{
	(void)state;
	struct bucket b = { 0 };
	int64_t now = 1000;
	assert_true(bucket_wait(&b, now) == 0);
	bucket_rate(&b, 1000000, now);
	uint64_t sent = 0;
	int64_t start = now;
	for (int i = 0; i < 100; i++) {
		now += bucket_wait(&b, now);
		assert_true(bucket_wait(&b, now) == 0);
		bucket_spend(&b, 200000);
		sent += 200000;
	}
	now += bucket_wait(&b, now);
	double rate = (double)sent * 1e9 / (double)(now - start);
	assert_true(rate > 950000 && rate < 1050000);
	now += INT64_C(3600) * 1000000000; /* an idle hour gives a quarter of a second, not an hour, of burst */
	assert_true(bucket_wait(&b, now) == 0);
	bucket_spend(&b, 250002);
	assert_true(bucket_wait(&b, now) > 0);
	bucket_rate(&b, 0, now);
	assert_true(bucket_wait(&b, now) == 0);
}

static void one_error_in_ten_is_not_seen_above_the_retry_layer(void **state)
{
	(void)state;
	struct store *fault = fault_new(store_mem_new(), 42);
	struct store *s = store_retry_new(fault, 20);
	fault_set(fault, &(struct fault_plan){ .error = 100, .lost = 50 });
	for (int i = 0; i < 60; i++) {
		char name[33];
		struct buf got = BUF_INIT;
		snprintf(name, sizeof(name), "%032x", i);
		assert_int_equal(store_put_sync(s, name, SPAN(name, 32)), ERR_OK);
		assert_int_equal(store_get_sync(s, name, 0, 0, 0, &got), ERR_OK);
		assert_int_equal(got.len, 32);
		assert_memory_equal(got.p, name, 32);
		buf_free(&got);
	}
	struct store_state st;
	store_state_of(s, &st);
	assert_true(st.online && st.errors > 0 && st.requests >= 120 + st.errors);
	assert_int_equal(st.sent, 60 * 32);
	assert_int_equal(st.received, 60 * 32);
	assert_true(fault_counts(fault).errors > 0 && fault_counts(fault).lost > 0);
	store_close(s);
}

static void a_short_range_is_tried_again(void **state)
{
	(void)state;
	struct store *fault = fault_new(store_mem_new(), 1);
	struct store *s = store_retry_new(fault, 5);
	struct buf got = BUF_INIT;
	assert_int_equal(store_put_sync(s, NAME, SPAN("0123456789", 10)), ERR_OK);
	uint64_t before = fault_counts(fault).requests;
	assert_int_equal(store_get_sync(s, NAME, 5, 10, 0, &got), ERR_DAMAGED);
	assert_int_equal(fault_counts(fault).requests - before, 3);
	assert_int_equal(store_get_sync(s, NAME, 5, 5, 0, &got), ERR_OK);
	assert_memory_equal(got.p, "56789", 5);
	buf_free(&got);
	store_close(s);
}

/* next_try: puts until the server was asked once more: then the gate is closed for so many ms. */
static void next_try(struct store *s, struct store *fault, unsigned ms)
{
	struct store_state st;
	const uint64_t asked = fault_counts(fault).requests;
	int64_t before = 0;
	while (fault_counts(fault).requests == asked) {
		before = clock_wall();
		assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_DENIED);
	}
	store_state_of(s, &st);
	assert_true(st.retry_at >= before + ms * NS_PER_MS && st.retry_at <= clock_wall() + ms * NS_PER_MS);
}

static void refused_credentials_are_tried_again_in_growing_pauses(void **state)
{
	(void)state;
	struct store *fault = fault_new(store_mem_new(), 1);
	struct store *s = store_retry_new(fault, 100);
	struct store_state st;
	fault_offline(fault, ERR_DENIED);
	for (unsigned ms = 100; ms <= 1600; ms *= 2) { /* further than other failures would let it grow */
		next_try(s, fault, ms);
		store_state_of(s, &st);
		assert_false(st.online);
		assert_int_equal(st.last_error, ERR_DENIED);
		assert_true(*st.last_text);
	}
	const uint64_t before = fault_counts(fault).requests;
	assert_int_equal(store_del_sync(s, NAME), ERR_DENIED);
	assert_int_equal(fault_counts(fault).requests, before); /* not in between */
	fault_offline(fault, ERR_OK);
	store_retry_now(s); /* somebody asks */
	assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_OK);
	store_state_of(s, &st);
	assert_true(st.online && st.last_error == ERR_OK);
	fault_offline(fault, ERR_DENIED);
	next_try(s, fault, 100); /* short ones again */
	fault_offline(fault, ERR_OK);
	while (store_put_sync(s, NAME, SPAN("x", 1))) /* and by itself; the runner has a limit */
		;
	store_close(s);
}

/* others_get: what another object says. */
static err_t others_get(struct store *s)
{
	cleanup(buf_free) struct buf got = BUF_INIT;
	return store_get_sync(s, NAME, 0, 0, 0, &got);
}

static void an_error_of_one_object_closes_nothing(void **state)
{
	(void)state;
	static const char one[] = "ffeeddccbbaa99887766554433221100";
	static const err_t errors[] = { ERR_REFUSED, ERR_NET };
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct store *fault = fault_new(store_mem_new(), 1);
		struct store *s = store_retry_new(fault, 10);
		struct buf got = BUF_INIT;
		assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_OK);
		fault_set(fault,
		          &(struct fault_plan){ .name = one, .error = 1000, .error_code = errors[i], .alone = true });
		for (unsigned k = 0; k < 9; k++) {
			/* try after try, while others are answered: it is refused, whatever the server calls it */
			assert_int_equal(store_get_sync(s, one, 0, 0, 0, &got), ERR_REFUSED);
			if (k % 2)
				assert_int_equal(others_get(s), ERR_OK);
		}
		uint64_t before = fault_counts(fault).requests; /* the last of them was alone; now two more in a row */
		assert_int_equal(store_get_sync(s, one, 0, 0, 0, &got), ERR_REFUSED);
		assert_int_equal(store_get_sync(s, one, 0, 0, 0, &got), errors[i]);
		assert_true(fault_counts(fault).requests > before);
		assert_int_equal(others_get(s), errors[i]);
		store_close(s);
	}
}

static void a_store_that_may_only_be_read_is_read(void **state)
{
	(void)state;
	struct store *fault = fault_new(store_mem_new(), 1);
	struct store *s = store_retry_new(fault, 60000);
	assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_OK);
	fault_set(fault, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000, .error_code = ERR_REFUSED });
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(store_put_sync(s, NAME, SPAN("y", 1)), ERR_REFUSED);
		assert_int_equal(others_get(s), ERR_OK); /* which says nothing of those that write */
	}
	const uint64_t before = fault_counts(fault).requests;
	assert_int_equal(store_put_sync(s, NAME, SPAN("y", 1)), ERR_REFUSED);
	assert_int_equal(fault_counts(fault).requests, before);
	assert_int_equal(others_get(s), ERR_OK);
	struct store_state st;
	store_state_of(s, &st);
	assert_true(st.online && *st.refused);
	fault_set(fault, &(struct fault_plan){ 0 });
	store_retry_now(s);
	assert_int_equal(store_put_sync(s, NAME, SPAN("y", 1)), ERR_OK);
	store_state_of(s, &st);
	assert_false(*st.refused);
	store_close(s);
}

static void what_is_refused_is_named_until_it_is_not(void **state)
{
	(void)state;
	static const char one[] = "ffeeddccbbaa99887766554433221100";
	struct store *fault = fault_new(store_mem_new(), 1);
	struct store *s = store_retry_new(fault, 10);
	struct store_refusal list[REFUSALS_MAX];
	struct buf got = BUF_INIT;
	assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_OK);
	assert_int_equal(store_refusals(s, list), 0);
	fault_set(fault, &(struct fault_plan){ .name = one, .error = 1000, .error_code = ERR_REFUSED });
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(store_get_sync(s, one, 0, 0, 0, &got), ERR_REFUSED);
		assert_int_equal(others_get(s), ERR_OK);
		assert_int_equal(store_refusals(s, list), 1);
		assert_string_equal(list[0].name, one);
		assert_int_equal(list[0].kind, STORE_GET);
		assert_non_null(strstr(list[0].text, "Injected"));
	}
	const int64_t since = list[0].since;
	assert_int_equal(store_put_sync(s, one, SPAN("x", 1)), ERR_REFUSED);
	assert_int_equal(store_refusals(s, list), 2);
	assert_int_equal(list[0].kind, STORE_PUT);
	assert_int_equal(list[1].since, since);
	fault_set(fault, &(struct fault_plan){ 0 });
	assert_int_equal(store_get_sync(s, one, 0, 0, 0, &got), ERR_NOTFOUND); /* an answer */
	assert_int_equal(store_refusals(s, list), 1);
	fault_set(fault, &(struct fault_plan){ .error = 1000, .error_code = ERR_REFUSED });
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, &got), ERR_REFUSED);
	assert_int_equal(store_refusals(s, list), 0); /* it is the store */
	buf_free(&got);
	store_close(s);
}

struct keys {
	bool there, freed;
	unsigned asked;
};

static err_t open_with_keys(void *ctx, struct store **ret, struct why *why)
{
	struct keys *k = ctx;
	k->asked++;
	if (!k->there)
		return why_set(why, ERR_INVAL, "no keys");
	*ret = store_mem_new();
	return *ret ? ERR_OK : ERR_NOMEM;
}

static void free_keys(void *ctx)
{
	((struct keys *)ctx)->freed = true;
}

static void a_store_opens_once_its_keys_are_there(void **state)
{
	(void)state;
	struct keys k = { .there = false };
	struct buf got = BUF_INIT;
	struct why why = { 0 };
	struct store *s = store_retry_new(store_late_new(&(struct late_config){ open_with_keys, free_keys, &k }), 10);
	struct store_state st;
	assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_DENIED);
	store_state_of(s, &st);
	assert_false(st.online);
	assert_string_equal(st.last_text, "no keys");
	assert_int_equal(s->ops->check(s, false, &why), ERR_DENIED);
	assert_string_equal(why.text, "no keys");
	unsigned asked = k.asked;
	k.there = true;
	while (store_put_sync(s, NAME, SPAN("x", 1))) /* after a while, by itself; the runner has a limit */
		;
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, &got), ERR_OK);
	assert_int_equal(k.asked, asked + 1); /* it stays open */
	buf_free(&got);
	assert_false(k.freed);
	store_close(s);
	assert_true(k.freed);
}

static void a_store_that_never_opened_is_closed(void **state)
{
	(void)state;
	struct keys k = { .there = false };
	struct store *s = store_late_new(&(struct late_config){ open_with_keys, free_keys, &k });
	assert_int_equal(store_del_sync(s, NAME), ERR_DENIED);
	s->ops->shutdown(s);
	assert_int_equal(store_del_sync(s, NAME), ERR_CANCELED);
	store_close(s);
	assert_true(k.freed);
}

static void a_full_store_still_reads_and_is_not_asked_to_write(void **state)
{
	(void)state;
	struct store *fault = fault_new(store_mem_new(), 1);
	struct store *s = store_retry_new(fault, 60000);
	struct buf got = BUF_INIT;
	assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_OK);
	fault_set(fault, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL });
	assert_int_equal(store_put_sync(s, NAME, SPAN("y", 1)), ERR_STOREFULL);
	uint64_t before = fault_counts(fault).requests;
	assert_int_equal(store_put_sync(s, NAME, SPAN("y", 1)), ERR_STOREFULL);
	assert_int_equal(fault_counts(fault).requests, before);
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, &got), ERR_OK);
	buf_free(&got);
	struct store_state st;
	store_state_of(s, &st);
	assert_true(st.online && st.retry_at > 0);
	fault_set(fault, &(struct fault_plan){ 0 });
	store_retry_now(s);
	assert_int_equal(store_put_sync(s, NAME, SPAN("y", 1)), ERR_OK);
	store_close(s);
}

static void an_outage_answers_fast_after_the_first_tries(void **state)
{
	(void)state;
	struct store *fault = fault_new(store_mem_new(), 1);
	struct store *s = store_retry_new(fault, 1000);
	fault_offline(fault, ERR_NET);
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, NULL), ERR_NET);
	uint64_t before = fault_counts(fault).requests;
	assert_true(before > 1);
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, NULL), ERR_NET);
	assert_int_equal(fault_counts(fault).requests, before);
	fault_offline(fault, ERR_OK);
	assert_int_equal(s->ops->check(s, false, NULL), ERR_OK); /* what works opens the gate */
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, NULL), ERR_NOTFOUND);
	store_close(s);
}

struct tally {
	unsigned answers, canceled;
};

static void count(void *ctx, err_t e, struct buf *body)
{
	(void)body;
	struct tally *t = ctx;
	__atomic_add_fetch(&t->answers, 1, __ATOMIC_SEQ_CST);
	if (e == ERR_CANCELED)
		__atomic_add_fetch(&t->canceled, 1, __ATOMIC_SEQ_CST);
}

static void shutdown_answers_what_waits_in_every_layer(void **state)
{
	(void)state;
	struct store *fault = fault_new(store_mem_new(), 1);
	struct store *s = store_retry_new(store_throttle_new(fault, 1000, 1000), 60000);
	struct tally t = { 0 };
	static const uint8_t body[4000];
	fault_pause(fault, FAULT_GET);
	fault_set(fault, &(struct fault_plan){ .ops = FAULT_DEL, .stall = 1000, .stall_ms = 600000 });
	for (unsigned i = 0; i < 30; i++) {
		struct store_request r = { .name = NAME, .urgency = i % 3, .done = count, .ctx = &t };
		s->ops->get(s, &r);
		s->ops->del(s, &r);
		r.body = SPAN(body, sizeof(body));
		s->ops->put(s, &r);
	}
	s->ops->shutdown(s);
	assert_int_equal(t.answers, 90);
	assert_in_range(t.canceled, 80, 90); /* a first PUT may have passed the throttle */
	s->ops->put(s, &(struct store_request){ .name = NAME, .done = count, .ctx = &t });
	s->ops->shutdown(s);
	assert_int_equal(t.answers, 91);
	s->ops->destroy(s);
}

static void a_held_request_waits_for_its_release(void **state)
{
	(void)state;
	struct store *s = fault_new(store_mem_new(), 1);
	struct tally t = { 0 };
	fault_pause(s, FAULT_PUT);
	s->ops->put(s, &(struct store_request){ .name = NAME, .body = SPAN("x", 1), .done = count, .ctx = &t });
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, NULL), ERR_NOTFOUND);
	assert_int_equal(fault_counts(s).paused, 1);
	fault_pause(s, 0);
	while (!__atomic_load_n(&t.answers, __ATOMIC_SEQ_CST))
		sched_yield();
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, NULL), ERR_OK);
	store_close(s);
}

static void faults_repeat_with_their_seed(void **state)
{
	(void)state;
	char first[201] = { 0 }, second[201] = { 0 };
	for (int round = 0; round < 2; round++) {
		struct store *s = fault_new(store_mem_new(), 7);
		fault_set(s, &(struct fault_plan){ .ops = FAULT_GET, .error = 300, .stale = 200 });
		assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_OK);
		for (int i = 0; i < 200; i++)
			(round ? second : first)[i] = (char)('a' + store_get_sync(s, NAME, 0, 0, 0, NULL));
		store_close(s);
	}
	assert_string_equal(first, second);
	assert_non_null(strchr(first, 'a' + ERR_NET));
	assert_non_null(strchr(first, 'a' + ERR_NOTFOUND));
	assert_non_null(strchr(first, 'a' + ERR_OK));
}

static void bodies_are_cut_and_garbled(void **state)
{
	(void)state;
	struct store *s = fault_new(store_mem_new(), 3);
	struct buf got = BUF_INIT;
	assert_int_equal(store_put_sync(s, NAME, SPAN("0123456789", 10)), ERR_OK);
	fault_set(s, &(struct fault_plan){ .cut = 1000 });
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, &got), ERR_OK);
	assert_true(got.len < 10);
	buf_free(&got);
	fault_set(s, &(struct fault_plan){ .garble = 1000 });
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, &got), ERR_OK);
	assert_int_equal(got.len, 10);
	assert_true(memcmp(got.p, "0123456789", 10) != 0);
	buf_free(&got);
	store_close(s);
}

static void a_lost_answer_has_happened(void **state)
{
	(void)state;
	struct store *s = fault_new(store_mem_new(), 3);
	fault_set(s, &(struct fault_plan){ .ops = FAULT_PUT, .lost = 1000 });
	assert_int_equal(store_put_sync(s, NAME, SPAN("x", 1)), ERR_TIMEOUT);
	assert_int_equal(store_get_sync(s, NAME, 0, 0, 0, NULL), ERR_OK);
	store_close(s);
}

static void the_throttle_slows_down(void **state)
{
	(void)state;
	struct store *s = store_throttle_new(store_mem_new(), 1000000, 0);
	static const uint8_t body[100000];
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < 5; i++)
		assert_int_equal(store_put_sync(s, NAME, SPAN(body, sizeof(body))), ERR_OK);
	clock_gettime(CLOCK_MONOTONIC, &b);
	int64_t ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	assert_true(ms >= 140); /* half a megabyte, less a quarter of a second's burst and the debt of the last */
	s->ops->limit(s, 0, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(store_put_sync(s, NAME, SPAN(body, sizeof(body))), ERR_OK);
	store_close(s);
}

static void a_get_ends_when_its_time_is_over(void **state)
{
	(void)state;
	struct store *s = fault_new(store_mem_new(), 1);
	cleanup(buf_free) struct buf b = BUF_INIT;
	static const char name[] = "00112233445566778899aabbccddeeff";
	assert_int_equal(store_put_sync(s, name, span_str("body")), ERR_OK);
	assert_int_equal(store_get_until(s, name, 0, deadline_in(60 * NS_PER_S), &b), ERR_OK);
	assert_int_equal(b.len, 4);
	fault_pause(s, FAULT_GET); /* for ever */
	assert_int_equal(store_get_until(s, name, 0, deadline_in(50 * NS_PER_MS), &b), ERR_TIMEOUT);
	assert_int_equal(b.len, 4);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_within_bounds),
		cmocka_unit_test(the_server_s_wish_counts_up_to_the_longest_wait),
		cmocka_unit_test(only_what_may_pass_is_tried_again),
		cmocka_unit_test(a_bucket_holds_its_rate),
		cmocka_unit_test(one_error_in_ten_is_not_seen_above_the_retry_layer),
		cmocka_unit_test(a_short_range_is_tried_again),
		cmocka_unit_test(refused_credentials_are_tried_again_in_growing_pauses),
		cmocka_unit_test(a_store_that_may_only_be_read_is_read),
		cmocka_unit_test(what_is_refused_is_named_until_it_is_not),
		cmocka_unit_test(an_error_of_one_object_closes_nothing),
		cmocka_unit_test(a_store_opens_once_its_keys_are_there),
		cmocka_unit_test(a_store_that_never_opened_is_closed),
		cmocka_unit_test(a_full_store_still_reads_and_is_not_asked_to_write),
		cmocka_unit_test(an_outage_answers_fast_after_the_first_tries),
		cmocka_unit_test(shutdown_answers_what_waits_in_every_layer),
		cmocka_unit_test(a_held_request_waits_for_its_release),
		cmocka_unit_test(faults_repeat_with_their_seed),
		cmocka_unit_test(bodies_are_cut_and_garbled),
		cmocka_unit_test(a_lost_answer_has_happened),
		cmocka_unit_test(the_throttle_slows_down),
		cmocka_unit_test(a_get_ends_when_its_time_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
