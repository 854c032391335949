/* SPDX-License-Identifier: MIT
 * Publishing of format 2: what reaches the store, and that a crash or a lost answer at any point loses nothing.
 */
#include "tests/sync_desk.h"

#include "sync/core/dirty.h"
#include "sync/core/state_form.h"

static int set_up(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));
	desk_begin(d);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	desk_end(*state);
	free(*state);
	return 0;
}

static enum store_list_next count_one(void *ctx, const char *name, uint64_t size)
{
	(void)name, (void)size;
	++*(size_t *)ctx;
	return STORE_LIST_NEXT;
}

static size_t objects_of(struct desk *d)
{
	size_t n = 0;
	ok(d->real->ops->list(d->real, count_one, &n));
	return n;
}

static bool shows(struct desk *d, uint64_t ino)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct shared_key k = shared_key_ino(SHARED_INODE, ino);
	const struct view *view = changeset_shown(d->c);
	return view->get(view->ctx, shared_key_span(&k), &v) == ERR_OK;
}

static void a_new_vault_is_one_commit_a_head_and_a_guide(void **state)
{
	struct desk *d = *state;
	assert_int_equal(objects_of(d), 3);
	assert_true(shows(d, INO_ROOT));
	desk_check(d);
	reader_check(d);
}

/* -- what becomes of a change ------------------------------------------------------------------------------------ */

static void a_change_is_a_commit_and_its_segment(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	size_t before = objects_of(d);
	uint64_t ino = desk_write(d, "a", 100000, 'x');
	assert_true(desk_saved(d).lacks & SAVED_OPEN);
	desk_step(d);
	assert_int_equal(objects_of(d), before + 2);
	assert_false(desk_saved(d).lacks & SAVED_OPEN);
	assert_int_equal(desk_saved(d).objects, 0);
	assert_int_equal(desk_status(d).commits, 2);
	assert_int_equal(desk_held(d), 0);
	assert_int_equal(desk_waiting(d), 0);
	assert_true(shows(d, ino));
	assert_true(said_empty(d->c->closed) && said_empty(d->c->open));
	desk_check(d);
	reader_check(d);
}

static void nothing_changed_makes_no_commit(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 1);
}

static void changes_one_after_the_other_are_commits(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	for (unsigned i = 0; i < 3; i++) {
		(void)desk_write(d, "a", 10 + i, 'x');
		desk_step(d);
		assert_int_equal(desk_status(d).commits, 2 + i);
		assert_true(d->sync->st.confirmed == d->sync->st.n);
		reader_check(d);
	}
}

/* What takes more than one part, and more than one batch until it is published. */
static void a_large_changeset_is_a_commit_of_parts(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	size_t before = objects_of(d);
	for (unsigned i = 0; i < 7000; i++)
		(void)desk_write(d, "a", 1000, (uint8_t)i);
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 2);
	assert_int_equal(objects_of(d), before + 2);
	desk_check(d);
	reader_check(d);
}

static void many_blocks_are_packed_into_segments(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	size_t before = objects_of(d);
	for (unsigned i = 0; i < 100; i++)
		(void)desk_write(d, "a", 131072, (uint8_t)i);
	desk_step(d);
	assert_int_equal(objects_of(d), before + 3);
	assert_int_equal(desk_held(d), 0);
	reader_check(d);
}

static int put_uses(void *ctx, struct span key, struct span value)
{
	cleanup(buf_free) struct buf uses = BUF_INIT;
	struct rkey k = key_id(REC_USES, id_from((const uint8_t *)key.p + 1));
	(void)value;
	ref_encode(2, &uses);
	batch_put(ctx, MAP_RECORDS, rkey_span(&k), buf_span(&uses));
	return 0;
}

/* As blocks are counted that files share, or that a file has twice: while they wait. */
static void what_is_packed_is_counted_no_more(void **state)
{
	struct desk *d = *state;
	static const uint8_t waits = QUEUE_BLOCK;
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(records_free) struct records left = RECORDS_INIT;
	struct rkey uses = key_kind(REC_USES);
	desk_step(d);
	(void)desk_write(d, "a", 100000, 'x');
	(void)desk_write(d, "b", 100000, 'y');
	ok(map_scan(d->map, MAP_QUEUE, SPAN(&waits, 1), SPAN(NULL, 0), put_uses, b));
	ok(map_apply(d->map, b));
	desk_step(d);
	ok(map_scan(d->map, MAP_RECORDS, rkey_span(&uses), SPAN(NULL, 0), held_visit, &left));
	assert_int_equal(left.n, 0);
}

/* More than one transaction takes, and more blocks than one segment lists. */
static void small_blocks_are_packed_in_several_transactions(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	size_t before = objects_of(d);
	for (unsigned i = 0; i < 2 * 2048 + 100; i++)
		(void)desk_write(d, "a", 1025, (uint8_t)i);
	desk_step(d);
	assert_int_equal(objects_of(d), before + 4);
	assert_int_equal(desk_waiting(d), 0);
	reader_check(d);
}

/* -- a store that does not do as it should ----------------------------------------------------------------------- */

static void offline_changes_stay_open(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	fault_offline(d->store, ERR_NET);
	(void)desk_write(d, "a", 9000, 'x');
	assert_int_equal(sync_step(d->sync), ERR_NET);
	(void)desk_write(d, "b", 9000, 'y');
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_int_equal(desk_status(d).commits, 1);
	assert_true(desk_saved(d).lacks & SAVED_OPEN);
	fault_offline(d->store, ERR_OK);
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 2);
	reader_check(d);
}

static void nothing_is_closed_while_the_store_is_full(void **state)
{
	struct desk *d = *state;
	struct fault_plan plan = { .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL };
	desk_step(d);
	(void)desk_write(d, "a", 9000, 'x');
	fault_set(d->store, &plan);
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	assert_int_equal(desk_held(d), 1);
	assert_int_equal(desk_status(d).commits, 2);
	(void)desk_write(d, "b", 9000, 'y');
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	assert_int_equal(desk_status(d).commits, 2);
	assert_int_equal(desk_waiting(d), 1);
	assert_true(desk_saved(d).lacks & SAVED_OPEN);
	plan.error = 0;
	fault_set(d->store, &plan);
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 3);
	reader_check(d);
}

static void lost_answers_are_asked_again(void **state)
{
	struct desk *d = *state;
	struct fault_plan plan = { .ops = FAULT_ALL, .error = 200, .lost = 200 };
	for (unsigned i = 0; i < 60; i++) {
		fault_set(d->store, &plan);
		(void)desk_write(d, "a", 9000 + i, (uint8_t)i);
		err_t e = sync_step(d->sync);
		assert_true(e == ERR_OK || e == ERR_NET || e == ERR_TIMEOUT);
		if (i % 4 == 0)
			desk_cut(d);
		fault_set(d->store, &(struct fault_plan){ 0 });
		desk_step(d);
		assert_int_equal(desk_saved(d).objects, 0);
		assert_int_equal(desk_held(d), 0);
	}
	reader_check(d);
}

static void what_the_store_lost_of_ours_is_stored_again(void **state)
{
	struct desk *d = *state;
	(void)desk_write(d, "a", 9000, 'x');
	desk_step(d);
	struct item last = { 0 };
	for (size_t i = 0; i < d->sync->queue.n; i++)
		if (d->sync->queue.items[i].kind == QUEUE_RETAINED)
			last = d->sync->queue.items[i];
	ok(store_del_sync(d->real, last.name));
	desk_cut(d);
	ok(sync_step(d->sync));
	reader_check(d);
}

static size_t kept_of(struct desk *d)
{
	static const uint8_t prefix = QUEUE_RETAINED;
	cleanup(records_free) struct records all = RECORDS_INIT;
	ok(map_scan(d->map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), held_visit, &all));
	size_t indexed = 0;
	for (size_t i = 0; i < d->sync->queue.n; i++)
		indexed += d->sync->queue.items[i].kind == QUEUE_RETAINED;
	assert_int_equal(indexed, all.n);
	return all.n;
}

/* Own commits are kept until a checkpoint has them: after that they would only fill the disk. */
static void own_commits_are_kept_until_a_checkpoint_has_them(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	for (unsigned i = 0; i < 3; i++) {
		(void)desk_write(d, "a", 10 + i, 'x');
		desk_step(d);
	}
	assert_int_equal(kept_of(d), 4);
	d->sync->c.checkpoint_min = 1;
	(void)desk_write(d, "b", 10, 'x');
	desk_step(d);
	assert_int_equal(kept_of(d), 0);
	d->sync->c.checkpoint_min = UINT32_MAX;
	(void)desk_write(d, "c", 10, 'x');
	desk_step(d);
	assert_int_equal(kept_of(d), 1);
	desk_cut(d);
	desk_step(d);
	assert_int_equal(kept_of(d), 1);
	reader_check(d);
}

static void who_never_published_may_still_want_them(void **state)
{
	struct desk *d = *state;
	struct stream other = { .epoch = 1 };
	memset(other.id.b, 7, ID_LEN);
	desk_step(d);
	ok(streams_add(d->sync, &other));
	d->sync->c.checkpoint_min = 1;
	(void)desk_write(d, "b", 10, 'x');
	desk_step(d);
	assert_true(d->sync->st.announced.epoch != 0);
	assert_int_equal(kept_of(d), 2);
}

/* -- a copy of this device --------------------------------------------------------------------------------------- */

static void a_state_that_is_older_than_the_store_goes_on_as_another_stream(void **state)
{
	struct desk *d = *state;
	struct base *old = NULL;
	desk_step(d);
	ok(base_mem_copy(d->base, &old));
	uint64_t a = desk_write(d, "a", 10, 'x');
	desk_step(d);
	desk_close(d);
	ok(map_close(d->map));
	d->base = old;
	desk_map(d);
	desk_open(d);
	struct id before = d->sync->stream;
	uint64_t b = desk_write(d, "b", 10, 'x');
	ok(sync_step(d->sync));
	assert_false(id_eq(before, d->sync->stream));
	assert_int_equal(desk_status(d).commits, 1);
	d->number = streams_find(d->sync, d->sync->stream)->number;
	assert_true(shows(d, a) && shows(d, b));
	desk_check(d);
	reader_check(d);
}

/* -- power cuts -------------------------------------------------------------------------------------------------- */

struct cut { /* the disk goes after so many durable transactions */
	unsigned left;
	bool gone;
};
static err_t cut_before(void *ctx)
{
	struct cut *c = ctx;
	c->gone |= c->left == 0;
	if (c->gone)
		return ERR_IO;
	c->left--;
	return ERR_OK;
}

/* crashed_at: a change is made durable and published; the disk goes behind `n` transactions of that. False: it did not
 * come to so many. */
static bool crashed_at(unsigned n)
{
	struct desk d;
	struct cut cut = { .left = n };
	uint64_t ino[40];
	desk_begin(&d);
	desk_step(&d);
	for (size_t i = 0; i < ARRAY_LEN(ino); i++)
		ino[i] = desk_write(&d, "a", i % 2 ? 100000 : 1000, (uint8_t)i);
	ok(map_commit(d.map));
	base_mem_on_commit(d.base, &(struct base_mem_hook){ cut_before, NULL, &cut });
	err_t e = sync_step(d.sync);
	assert_true(cut.gone ? e != ERR_OK : e == ERR_OK);
	base_mem_on_commit(d.base, &(struct base_mem_hook){ 0 });
	struct base *copy = NULL;
	ok(base_mem_copy(d.base, &copy));
	desk_close(&d);
	err_t closed = map_close(d.map);
	assert_true(closed == ERR_OK || cut.gone);
	d.base = copy;
	desk_map(&d);
	desk_open(&d);
	for (size_t i = 0; i < ARRAY_LEN(ino); i++)
		assert_true(shows(&d, ino[i]));
	(void)desk_write(&d, "later", 5000, 'z');
	desk_step(&d);
	assert_int_equal(desk_held(&d) + desk_waiting(&d), 0);
	assert_true(desk_status(&d).commits >= 2 && desk_status(&d).commits <= 3);
	desk_check(&d);
	reader_check(&d);
	desk_end(&d);
	return cut.gone;
}

static void a_power_cut_between_any_two_transactions_loses_nothing(void **state)
{
	unsigned n = 0;
	(void)state;
	while (crashed_at(n))
		n++;
	print_message("%u transactions\n", n);
	assert_true(n >= 3);
}

/* The same where the process goes and the map stays: between any two requests to the store. */
static void an_end_between_any_two_requests_loses_nothing(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	for (unsigned i = 0; i < 12; i++) {
		(void)desk_write(d, "a", 9000 + i, (uint8_t)i);
		fault_offline(d->store, ERR_OK);
		struct fault_plan plan = { .ops = FAULT_PUT, .error = 500, .error_code = ERR_NET };
		fault_set(d->store, &plan);
		(void)!sync_step(d->sync);
		desk_close(d);
		desk_open(d);
	}
	fault_set(d->store, &(struct fault_plan){ 0 });
	desk_step(d);
	desk_check(d);
	reader_check(d);
}

/* A head that was not written, or a first commit that was not: the vault is made by another try. */
static void a_new_vault_is_made_by_another_try(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 6; n++) {
		struct desk d;
		struct cut cut = { .left = n };
		struct why why = { 0 };
		desk_make(&d);
		struct bootstrap b = desk_bootstrap(&d);
		base_mem_on_commit(d.base, &(struct base_mem_hook){ cut_before, NULL, &cut });
		err_t e = bootstrap_create(&b, &why);
		assert_true(cut.gone ? e != ERR_OK : e == ERR_OK);
		base_mem_on_commit(d.base, &(struct base_mem_hook){ 0 });
		struct base *copy = NULL;
		ok(base_mem_copy(d.base, &copy));
		err_t closed = map_close(d.map);
		assert_true(closed == ERR_OK || cut.gone);
		d.base = copy;
		desk_map(&d);
		b = desk_bootstrap(&d);
		if (bootstrap_create(&b, &why))
			fail_msg("bootstrap_create: %s", why.text);
		desk_open(&d);
		assert_int_equal(d.sync->st.n, 1);
		desk_step(&d);
		reader_check(&d);
		desk_end(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_vault_is_one_commit_a_head_and_a_guide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_change_is_a_commit_and_its_segment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_changed_makes_no_commit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changes_one_after_the_other_are_commits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_large_changeset_is_a_commit_of_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_blocks_are_packed_into_segments, set_up, tear_down),
		cmocka_unit_test_setup_teardown(small_blocks_are_packed_in_several_transactions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_packed_is_counted_no_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(offline_changes_stay_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_closed_while_the_store_is_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lost_answers_are_asked_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_the_store_lost_of_ours_is_stored_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(own_commits_are_kept_until_a_checkpoint_has_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_never_published_may_still_want_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_state_that_is_older_than_the_store_goes_on_as_another_stream, set_up,
		                                tear_down),
		cmocka_unit_test(a_power_cut_between_any_two_transactions_loses_nothing),
		cmocka_unit_test_setup_teardown(an_end_between_any_two_requests_loses_nothing, set_up, tear_down),
		cmocka_unit_test(a_new_vault_is_made_by_another_try),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
