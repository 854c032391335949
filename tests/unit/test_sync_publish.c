/* SPDX-License-Identifier: MIT
 * Publishing: what reaches the store, in which order, and that a crash or a lost answer at any point loses nothing.
 */
#include "tests/sync_fleet.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, 1);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

static size_t queued(struct dev *d)
{
	return dev_status(d).queued_objects;
}

static void test_one_changed_file_costs_two_objects_and_a_head(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_step(d);
	struct objects before = fleet_objects(f);
	dev_write(d, "a", 100000, 'x');
	assert_int_equal(dev_status(d).unpublished, 1);
	dev_step(d);
	assert_int_equal(fleet_objects(f).n, before.n + 2);
	assert_int_equal(dev_status(d).unpublished, 0);
	assert_int_equal(dev_status(d).commits, 2);
	assert_int_equal(queued(d), 0);
	dev_check_file(d, "a", 100000, 'x');
}

static void test_nothing_changed_makes_no_commit(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_step(d);
	dev_step(d);
	assert_int_equal(dev_status(d).commits, 1);
}

static void test_made_and_removed_again_makes_no_commit(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_write(d, "a", 5000, 'x');
	dev_remove(d, "a");
	dev_step(d);
	assert_int_equal(dev_status(d).commits, 1);
	assert_int_equal(dev_status(d).unpublished, 0);
}

static int held_one(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(size_t *)ctx;
	return 0;
}

static size_t held(struct dev *d)
{
	static const uint8_t prefix = QUEUE_UPLOAD_PINNED;
	size_t n = 0;
	assert_int_equal(map_scan(d->map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), held_one, &n), ERR_OK);
	return n;
}

static void test_blocks_are_held_until_the_commit_is_confirmed(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_step(d);
	dev_write(d, "a", 9000, 'x');
	struct fault_plan plan = { .ops = FAULT_PUT, .error = 1000 };
	fault_set(d->store, &plan);
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_int_equal(held(d), 1);
	assert_int_equal(dev_status(d).phase, SYNC_OFFLINE);
	assert_int_equal(queued(d), 2);
	plan.error = 0;
	fault_set(d->store, &plan);
	dev_step(d);
	assert_int_equal(held(d), 0);
	assert_int_equal(queued(d), 0);
}

/* The last segments are confirmed together with the commit. When it cannot be stored they are so on their own. */
static void test_segments_are_confirmed_although_the_commit_is_refused(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	struct fault_plan none = { 0 };
	bool apart = false;
	dev_step(d);
	for (unsigned i = 0; i < 50; i++) {
		struct fault_plan half = { .ops = FAULT_PUT, .error = 500 };
		dev_write(d, "a", 9000 + i, 'x');
		fault_set(d->store, &half);
		err_t e = sync_step(d->sync);
		assert_true(e == ERR_OK || e == ERR_NET);
		apart |= queued(d) == 1;
		dev_crash(d);
		dev_open(d);
		assert_true(queued(d) <= 2);
		fault_set(d->store, &none);
		dev_step(d);
		assert_int_equal(queued(d), 0);
		assert_int_equal(held(d), 0);
		dev_check_file(d, "a", 9000 + i, 'x');
	}
	assert_true(apart);
	assert_same_map(d, fleet_join(f, "laptop"));
}

static void test_offline_changes_collect_and_are_published_later(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_step(d);
	fault_offline(d->store, ERR_NET);
	dev_write(d, "a", 9000, 'x');
	assert_int_equal(sync_step(d->sync), ERR_NET);
	dev_write(d, "b", 9000, 'y');
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_int_equal(dev_status(d).commits, 1);
	fault_offline(d->store, ERR_OK);
	dev_step(d);
	assert_int_equal(dev_status(d).commits, 2);
	dev_check_file(d, "a", 9000, 'x');
	dev_check_file(d, "b", 9000, 'y');
}

static void test_lost_answers_and_crashes_lose_nothing(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	for (unsigned i = 0; i < 20; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		dev_write(d, name, 3000 + i, (uint8_t)i);
		struct fault_plan plan = { .ops = FAULT_PUT, .lost = 300, .error = 300 };
		fault_set(d->store, &plan);
		err_t e = sync_step(d->sync);
		assert_true(e == ERR_OK || e == ERR_NET || e == ERR_TIMEOUT);
		dev_crash(d);
		dev_open(d);
	}
	struct fault_plan none = { 0 };
	fault_set(d->store, &none);
	dev_step(d);
	for (unsigned i = 0; i < 20; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		dev_check_file(d, name, 3000 + i, (uint8_t)i);
	}
	struct dev *b = fleet_join(f, "laptop");
	assert_same_map(d, b);
}

static void test_many_blocks_make_several_segments(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_step(d);
	struct objects before = fleet_objects(f);
	for (unsigned i = 0; i < 150; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		dev_write(d, name, BLOCK_SIZE, (uint8_t)i);
	}
	dev_step(d);
	struct objects after = fleet_objects(f);
	assert_int_equal(after.n - before.n, 4); /* three segments of at most 8 MiB, one commit */
	dev_check_file(d, "f0", BLOCK_SIZE, 0);
	dev_check_file(d, "f149", BLOCK_SIZE, 149);
}

static void test_full_store_is_said_and_retried(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_step(d);
	dev_write(d, "a", 9000, 'x');
	struct fault_plan plan = { .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL };
	fault_set(d->store, &plan);
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	assert_int_equal(dev_status(d).phase, SYNC_STOPPED_FULL);
	plan.error = 0;
	fault_set(d->store, &plan);
	dev_step(d);
	assert_int_equal(dev_status(d).phase, SYNC_IDLE);
	dev_check_file(d, "a", 9000, 'x');
}

static void test_lost_own_commit_is_stored_again(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	char name[OBJECT_NAME];
	struct dev *b = fleet_join(f, "laptop"); /* has not applied what follows, so it is not final */
	dev_step(b);
	dev_write(d, "a", 9000, 'x');
	dev_step(d);
	assert_int_equal(name_commit(d->keyring, 1, d->stream, 2, 0, name), ERR_OK);
	assert_int_equal(store_del_sync(f->shared, name), ERR_OK);
	dev_step(b);
	assert_true(dev_lookup(b, "a") == 0);
	dev_crash(d);
	dev_open(d);
	dev_step(d);
	dev_step(b);
	dev_check_file(b, "a", 9000, 'x');
}

/* Blocks of one file lie in a segment in the order in which they were written. */
static void test_blocks_keep_the_order_of_writing(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	uint64_t last = 0;
	for (unsigned i = 0; i < 30; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		dev_write(d, name, 1000, (uint8_t)i);
	}
	dev_step(d);
	for (unsigned i = 0; i < 30; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		struct block_rec rec = dev_block(d, name);
		assert_true(i == 0 || rec.offset > last);
		last = rec.offset;
	}
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_one_changed_file_costs_two_objects_and_a_head),
		T(test_nothing_changed_makes_no_commit),
		T(test_made_and_removed_again_makes_no_commit),
		T(test_blocks_are_held_until_the_commit_is_confirmed),
		T(test_segments_are_confirmed_although_the_commit_is_refused),
		T(test_offline_changes_collect_and_are_published_later),
		T(test_lost_answers_and_crashes_lose_nothing),
		T(test_many_blocks_make_several_segments),
		T(test_full_store_is_said_and_retried),
		T(test_lost_own_commit_is_stored_again),
		T(test_blocks_keep_the_order_of_writing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
