/* SPDX-License-Identifier: MIT
 * Publishing by whole devices: what is held until the store has it, and what never leaves. What reaches the store, in
 * which order, and crashes at any point: test_sync_publish_store.c.
 */
#include "sync/left.h"
#include "tests/sync_files.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, &vault);
	ship_step(&f->d[0]);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

static size_t queued(struct ship *d)
{
	return ship_saved(d).objects;
}

static void made_and_removed_again_makes_no_commit(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	file_write(f, d, "a", 5000, 'x');
	file_remove(d, "a");
	ship_step(d);
	assert_int_equal(ship_status(d).commits, 1);
	assert_false(ship_saved(d).lacks & SAVED_OPEN);
}

static int held_one(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(size_t *)ctx;
	return 0;
}

static size_t held(struct ship *d)
{
	static const uint8_t prefix = QUEUE_UPLOAD_PINNED;
	size_t n = 0;
	ok(map_scan(d->map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), held_one, &n));
	return n;
}

static void blocks_are_held_until_the_commit_is_confirmed(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct fault_plan plan = { .ops = FAULT_PUT, .error = 1000 }, none = { 0 };
	file_write(f, d, "a", 9000, 'x');
	fault_set(d->store, &plan);
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_int_equal(held(d), 1);
	assert_int_equal(ship_status(d).phase, SYNC_OFFLINE);
	assert_int_equal(queued(d), 2);
	fault_set(d->store, &none);
	ship_step(d);
	assert_int_equal(held(d), 0);
	assert_int_equal(queued(d), 0);
}

/* The last segments are confirmed together with the commit. When it cannot be stored they are so on their own. */
static void segments_are_confirmed_although_the_commit_is_refused(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct fault_plan half = { .ops = FAULT_PUT, .error = 500 }, none = { 0 };
	bool apart = false;
	for (unsigned i = 0; i < 50; i++) {
		file_write(f, d, "a", 9000 + i, 'x');
		fault_set(d->store, &half);
		err_t e = sync_step(d->sync);
		assert_true(e == ERR_OK || e == ERR_NET);
		apart |= queued(d) == 1;
		ship_crash(f, d);
		assert_true(queued(d) <= 2);
		fault_set(d->store, &none);
		ship_step(d);
		assert_int_equal(queued(d), 0);
		assert_int_equal(held(d), 0);
		file_check(f, d, "a", 9000 + i, 'x');
	}
	assert_true(apart);
	ships_same(d, fleet_join(f, "laptop"));
}

static void a_full_store_is_said_and_tried_again(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct fault_plan full = { .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL }, none = { 0 };
	file_write(f, d, "a", 9000, 'x');
	fault_set(d->store, &full);
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	assert_int_equal(ship_status(d).phase, SYNC_STOPPED_FULL);
	fault_set(d->store, &none);
	ship_step(d);
	assert_int_equal(ship_status(d).phase, SYNC_IDLE);
	file_check(f, d, "a", 9000, 'x');
}

static uint64_t left(struct ship *d)
{
	struct left l;
	sync_left(d->sync, &l);
	assert_false(l.more);
	return l.files;
}

/* What is open, and what is in a commit that waits; each once, and no directory. */
static void files_that_are_left_are_counted(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct fault_plan plan = { .ops = FAULT_PUT, .error = 1000 }, none = { 0 };
	assert_int_equal(left(d), 0);
	file_write(f, d, "a", 9000, 'x');
	file_write(f, d, "b", 9000, 'y');
	{
		guard(&d->names);
		ship_must(d, DEED_MKDIR, "d", NULL);
	}
	assert_int_equal(left(d), 2);
	fault_set(d->store, &plan);
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_int_equal(queued(d), 2);
	assert_int_equal(left(d), 2);
	file_write(f, d, "b", 8000, 'z');
	file_write(f, d, "c", 9000, 'x');
	file_remove(d, "a");
	assert_int_equal(left(d), 3);
	ship_crash(f, d);
	assert_int_equal(left(d), 2);
	fault_set(d->store, &none);
	ship_step(d);
	assert_int_equal(left(d), 0);
}

/* waiting: of what is queued the one that goes up first. */
static const struct item *waiting(const struct ship *d)
{
	const struct queue *q = &d->sync->queue;
	for (size_t i = 0; i < q->n; i++)
		if (q->items[i].kind == QUEUE_SEGMENT)
			return &q->items[i];
	return NULL;
}

/* much: contents of several segments. */
static void much(struct fleet *f, struct ship *d)
{
	for (unsigned i = 0; i < 480; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		file_write(f, d, name, BLOCK_SIZE - i, (uint8_t)i);
	}
}

/* The others go up beside it; what names it waits, and goes up once it does. */
static void one_object_that_is_refused_keeps_back_what_names_it(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	char name[OBJECT_NAME];
	much(f, d);
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000 });
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_in_range(queued(d), 7, 12); /* more than are under way at once */
	assert_non_null(waiting(d));
	snprintf(name, sizeof(name), "%s", waiting(d)->name);
	fault_set(d->store,
	          &(struct fault_plan){ .ops = FAULT_PUT, .name = name, .error = 1000, .error_code = ERR_REFUSED });
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(sync_step(d->sync), ERR_REFUSED);
		assert_int_equal(queued(d), 2);
		assert_int_equal(ship_status(d).phase, SYNC_STUCK);
	}
	fault_set(d->store, &(struct fault_plan){ 0 });
	ship_step(d);
	assert_int_equal(queued(d), 0);
	assert_int_equal(ship_status(d).phase, SYNC_IDLE);
	ships_same(d, fleet_join(f, "laptop"));
}

/* Three in a row are the store's: it is not asked for each. */
static void a_store_that_refuses_all_is_left_alone(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	much(f, d);
	fault_set(d->store, &(struct fault_plan){ .ops = FAULT_PUT, .error = 1000, .error_code = ERR_REFUSED });
	assert_int_equal(sync_step(d->sync), ERR_REFUSED);
	const uint64_t all = queued(d), before = fault_counts(d->store).errors;
	assert_int_equal(sync_step(d->sync), ERR_REFUSED);
	assert_in_range(fault_counts(d->store).errors - before, 3, 6);
	assert_int_equal(queued(d), all);
	fault_set(d->store, &(struct fault_plan){ 0 });
	ship_step(d);
	assert_int_equal(queued(d), 0);
}

/* Blocks of one file lie in a segment in the order in which they were written. */
static void blocks_keep_the_order_of_writing(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	uint64_t last = 0;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 30; i++) {
			char name[16];
			snprintf(name, sizeof(name), "f%u", i);
			if (!round)
				file_write(f, d, name, 1000, (uint8_t)i);
			uint64_t at = round ? file_where(d, name).rec.offset : 0;
			assert_true(!round || !i || at > last);
			last = at;
		}
		ship_step(d);
	}
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(made_and_removed_again_makes_no_commit),
		T(blocks_are_held_until_the_commit_is_confirmed),
		T(segments_are_confirmed_although_the_commit_is_refused),
		T(one_object_that_is_refused_keeps_back_what_names_it),
		T(a_store_that_refuses_all_is_left_alone),
		T(a_full_store_is_said_and_tried_again),
		T(files_that_are_left_are_counted),
		T(blocks_keep_the_order_of_writing),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
