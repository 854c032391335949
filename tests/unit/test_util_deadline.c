/* SPDX-License-Identifier: MIT
 * Waiting until a time. That a clock set back does not lengthen it: tests/e2e/clock_back.sh. */
#include "util/deadline.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants setjmp, stdarg, stddef and stdint first */
#include <cmocka.h>

static void one_ahead_is_not_passed(void **state)
{
	(void)state;
	struct deadline d = deadline_in(60 * NS_PER_S);
	assert_false(deadline_passed(d));
	assert_true(deadline_left(d) > 59 * NS_PER_S && deadline_left(d) <= 60 * NS_PER_S);
}

static void one_behind_is_passed_and_has_nothing_left(void **state)
{
	(void)state;
	struct deadline d = deadline_in(-1);
	assert_true(deadline_passed(d));
	assert_true(deadline_left(d) == 0);
	assert_int_equal(deadline_poll_ms(d), 0);
}

static void one_too_far_to_count_is_never(void **state)
{
	(void)state;
	struct deadline d = deadline_in(INT64_MAX);
	assert_true(d.ns == DEADLINE_NEVER.ns);
	assert_false(deadline_passed(d));
	assert_int_equal(deadline_poll_ms(d), -1);
}

static void poll_does_not_wake_before_it(void **state)
{
	(void)state;
	int ms = deadline_poll_ms(deadline_in(NS_PER_S));
	assert_true(ms > 900 && ms <= 1000);
	assert_int_equal(deadline_poll_ms((struct deadline){ clock_mono() + 10 }) <= 1, 1);
	assert_int_equal(deadline_poll_ms((struct deadline){ INT64_MAX - 1 }), INT_MAX);
}

/* On a condition variable that nobody gave a clock. */
static void a_wait_ends_when_it_has_passed(void **state)
{
	(void)state;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct deadline d = deadline_in(30 * NS_PER_MS);
	pthread_mutex_lock(&lock);
	while (deadline_wait(&cond, &lock, d))
		;
	pthread_mutex_unlock(&lock);
	assert_true(deadline_passed(d));
	assert_true(clock_mono() - d.ns < 10 * NS_PER_S);
}

struct waited {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done; /* lock */
};

static void *finish(void *arg)
{
	struct waited *w = arg;
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void wait_for_signal(struct deadline d)
{
	struct waited w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	pthread_t thread;
	pthread_mutex_lock(&w.lock);
	assert_int_equal(pthread_create(&thread, NULL, finish, &w), 0);
	while (!w.done)
		assert_true(deadline_wait(&w.cond, &w.lock, d));
	pthread_mutex_unlock(&w.lock);
	pthread_join(thread, NULL);
}

static void a_signal_ends_the_wait(void **state)
{
	(void)state;
	wait_for_signal(deadline_in(60 * NS_PER_S));
	wait_for_signal(DEADLINE_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_ahead_is_not_passed),
		cmocka_unit_test(one_behind_is_passed_and_has_nothing_left),
		cmocka_unit_test(one_too_far_to_count_is_never),
		cmocka_unit_test(poll_does_not_wake_before_it),
		cmocka_unit_test(a_wait_ends_when_it_has_passed),
		cmocka_unit_test(a_signal_ends_the_wait),
	};
	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
