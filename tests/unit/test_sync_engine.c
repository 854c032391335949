/* SPDX-License-Identifier: MIT
 * The engine with its thread: settling, waiting, stopping, status.
 */
#include <sched.h>

#include "tests/sync_files.h"

static int set_up(void **state)
{
	static struct clock real;
	struct fleet *f = calloc(1, sizeof(*f));
	real = clock_system();
	fleet_new(f, &vault);
	f->clock = &real;
	f->d[0].quiesce_ms = f->d[0].poll_ms = 20;
	ship_restart(f, &f->d[0]);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fleet *f = *state;
	for (size_t i = 0; i < f->n; i++)
		if (f->d[i].sync)
			sync_stop(f->d[i].sync);
	fleet_free(f);
	free(f);
	return 0;
}

static void test_wait_means_on_the_store(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct why why = { 0 };
	ok(sync_start(d->sync));
	for (unsigned i = 0; i < 10; i++) {
		file_write(f, d, "a", 4000 + i, (uint8_t)i);
		ok(sync_wait(d->sync, 0, &why));
		file_check(f, d, "a", 4000 + i, (uint8_t)i);
		assert_int_equal(ship_saved(d).objects, 0);
	}
	sync_stop(d->sync);
	ships_same(d, fleet_join(f, "laptop"));
}

static void nap(unsigned ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };
	nanosleep(&ts, NULL);
}

static void test_changes_are_published_and_followed_without_being_asked(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	b->quiesce_ms = b->poll_ms = 20;
	ship_restart(f, b);
	ship_step(b);
	ship_step(a);
	ok(sync_start(a->sync));
	ok(sync_start(b->sync));
	file_write(f, a, "a", 4000, 'x');
	sync_wake(a->sync);
	for (unsigned i = 0; i < 500 && !file_is_there(b, "a"); i++)
		nap(20);
	file_check(f, b, "a", 4000, 'x');
}

static int64_t still_mono(void *ctx)
{
	return *(_Atomic int64_t *)ctx;
}

/* Who works and asks, again and again, so that there is always something: no commit comes between by itself, however
 * long that goes on, as long as each is asked for before its changes rest or are old. */
static void test_who_asks_all_the_time_makes_all_commits(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	static _Atomic int64_t time = 1;
	static const struct clock still = { still_mono, still_mono, &time };
	f->clock = &still;
	ship_restart(f, d);
	ok(sync_start(d->sync));
	ok(sync_wait(d->sync, 0, NULL));
	uint64_t before = ship_status(d).commits;
	for (unsigned i = 0; i < 40; i++) {
		file_write(f, d, "a", 4000 + i, (uint8_t)i);
		sync_wake(d->sync);
		nap(15); /* so that the engine looks in between; if it does not, less is seen */
		time += 10 * NS_PER_MS;
		file_write(f, d, "b", 4000 + i, (uint8_t)i);
		sync_wake(d->sync);
		ok(sync_wait(d->sync, 0, NULL));
	}
	assert_int_equal(ship_status(d).commits - before, 40);
	sync_stop(d->sync);
	ship_crash(f, d);
}

static void test_wait_offline_says_so(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct why why = { 0 };
	ok(sync_start(d->sync));
	fault_offline(d->store, ERR_NET);
	file_write(f, d, "a", 4000, 'x');
	assert_int_equal(sync_wait(d->sync, 5000, &why), ERR_NET);
	assert_true(why.text[0] != 0);
	fault_offline(d->store, ERR_OK);
	ok(sync_wait(d->sync, 20000, NULL));
	file_check(f, d, "a", 4000, 'x');
}

static void test_wait_times_out_while_an_upload_hangs(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ok(sync_wait(d->sync, 0, NULL));
	ok(sync_start(d->sync));
	fault_pause(d->store, FAULT_PUT);
	file_write(f, d, "a", 4000, 'x');
	assert_int_equal(sync_wait(d->sync, 100, NULL), ERR_TIMEOUT);
	fault_pause(d->store, 0);
	ok(sync_wait(d->sync, 20000, NULL));
}

static void test_denied_is_a_phase(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct why why = { 0 };
	ok(sync_start(d->sync));
	fault_offline(d->store, ERR_DENIED);
	file_write(f, d, "a", 4000, 'x');
	assert_int_equal(sync_wait(d->sync, 5000, &why), ERR_DENIED);
	while (ship_status(d).phase != SYNC_STOPPED_DENIED) /* told a moment after who waits; the runner has a limit */
		sched_yield();
}

static void test_stop_and_start_again(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	for (unsigned i = 0; i < 5; i++) {
		ok(sync_start(d->sync));
		file_write(f, d, "a", 4000 + i, 'x');
		sync_wake(d->sync);
		sync_stop(d->sync);
	}
	ship_step(d);
	file_check(f, d, "a", 4004, 'x');
}

static void test_a_wait_after_stop_uploads_nothing(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct why why = { 0 };
	ok(sync_start(d->sync));
	ok(sync_wait(d->sync, 0, NULL));
	sync_stop(d->sync);
	uint64_t sent = ship_status(d).sent_total;
	file_write(f, d, "a", 4000, 'x');
	assert_int_equal(sync_wait(d->sync, 0, &why), ERR_CANCELED);
	assert_true(why.text[0] != 0);
	assert_true(ship_saved(d).lacks & SAVED_OPEN);
	assert_int_equal(ship_status(d).sent_total, sent);
	ok(sync_start(d->sync));
	ok(sync_wait(d->sync, 0, NULL));
	file_check(f, d, "a", 4000, 'x');
}

/* Who asks waits for the work and for nothing else: not for the changes to rest, not for the next poll. A small change
 * is a look over the mailbox (one place), one for our newest commit, a segment and a commit, and three transactions:
 * packing, commit, confirmation. The map's own commits, and the head come on top now and then, so the best of some
 * rounds is what it costs. */
static void test_a_small_change_that_is_waited_for_is_cheap(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	uint64_t commits = UINT64_MAX, requests = UINT64_MAX;
	d->quiesce_ms = d->poll_ms = 3600000;
	ship_restart(f, d);
	ok(sync_start(d->sync));
	for (unsigned i = 0; i < 2000 && (commits > 3 || requests > 5); i++) {
		struct map_stats before, after;
		uint64_t asked = fault_counts(d->store).requests;
		file_write(f, d, "a", 4000 + i, (uint8_t)i);
		map_stats(d->map, &before);
		ok(sync_wait(d->sync, 0, NULL));
		map_stats(d->map, &after);
		commits = MIN(commits, after.commits - before.commits);
		requests = MIN(requests, fault_counts(d->store).requests - asked);
		file_check(f, d, "a", 4000 + i, (uint8_t)i);
	}
	assert_int_equal(commits, 3);
	assert_int_equal(requests, 5);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_a_wait_after_stop_uploads_nothing),
		T(test_wait_means_on_the_store),
		T(test_changes_are_published_and_followed_without_being_asked),
		T(test_a_small_change_that_is_waited_for_is_cheap),
		T(test_who_asks_all_the_time_makes_all_commits),
		T(test_wait_offline_says_so),
		T(test_wait_times_out_while_an_upload_hangs),
		T(test_denied_is_a_phase),
		T(test_stop_and_start_again),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
