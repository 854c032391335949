/* SPDX-License-Identifier: MIT
 * What grows too large for one commit, format 2.
 */
#include "tests/sync_desk.h"

#include "sync/publish/close.h"
#include "sync/publish/publish.h"
#include "sync/publish/upload.h"

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

static bool shows(struct desk *d, uint64_t ino)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct shared_key k = shared_key_ino(SHARED_INODE, ino);
	const struct view *view = changeset_shown(d->c);
	return view->get(view->ctx, shared_key_span(&k), &v) == ERR_OK;
}

/* A commit has a limit, and what is in one changeset can be in no two commits. */
static void what_grows_too_large_is_closed_while_the_store_is_away(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	d->sync->c.close_at = (struct said_size){ 10, SIZE_MAX, UINT64_MAX };
	fault_offline(d->store, ERR_NET);
	for (unsigned i = 0; i < 25; i++) {
		(void)desk_write(d, "a", 2000 + i, (uint8_t)i);
		assert_int_equal(sync_step(d->sync), ERR_NET);
		assert_int_equal(desk_status(d).commits, 1 + (i + 1) / 10);
	}
	assert_int_equal(desk_waiting(d), 5);
	ok(map_commit(d->map));
	desk_cut(d);
	fault_offline(d->store, ERR_OK);
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 4);
	assert_int_equal(desk_held(d), 0);
	reader_check(d);
}

/* Keys and bytes count as inodes do: windows and large attributes are of few inodes. */
static void what_grows_too_large_is_told_by_keys_and_bytes(void **state)
{
	struct desk *d = *state;
	const struct said_size most[] = { { SIZE_MAX, 5, UINT64_MAX }, { SIZE_MAX, SIZE_MAX, 3000 } };
	desk_step(d);
	fault_offline(d->store, ERR_NET);
	for (size_t i = 0; i < ARRAY_LEN(most); i++) {
		d->sync->c.close_at = most[i];
		uint64_t before = desk_status(d).commits;
		for (unsigned k = 0; k < 5; k++)
			(void)desk_write(d, "a", 900, (uint8_t)k);
		assert_int_equal(sync_step(d->sync), ERR_NET);
		assert_int_equal(desk_status(d).commits, before + 1);
		(void)desk_write(d, "a", 900, 'x');
		assert_int_equal(sync_step(d->sync), ERR_NET);
		assert_int_equal(desk_status(d).commits, before + 1);
	}
	fault_offline(d->store, ERR_OK);
	desk_step(d);
	reader_check(d);
}

/* As it grows when a round takes long. */
static void what_is_too_large_for_a_commit_becomes_several(void **state)
{
	struct desk *d = *state;
	uint64_t ino[25];
	desk_step(d);
	d->sync->c.turn_back = (struct turn_back){ { .keys = 10, .bytes = 5000 }, 6000 };
	for (size_t i = 0; i < ARRAY_LEN(ino); i++)
		ino[i] = desk_write(d, "a", 900, (uint8_t)i);
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 1 + 7);
	assert_false(desk_saved(d).lacks & SAVED_OPEN);
	assert_true(said_empty(d->c->closed));
	for (size_t i = 0; i < ARRAY_LEN(ino); i++)
		assert_true(shows(d, ino[i]));
	desk_check(d);
	reader_check(d);
}

/* desk_content: a file of many windows, as it is said by an operation. */
static void desk_content(struct desk *d, unsigned windows)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct vault_name n = { .kind = SHARED_CONTENT };
	struct operation o;
	ok(crypto_random_id(&n.id));
	for (unsigned i = 0; i < 8; i++)
		n.id.b[i] = (uint8_t)(d->number >> 8 * i);
	operation_begin(&o, d->c);
	(void)changeset_tick(d->c);
	for (unsigned i = 0; i <= windows; i++) {
		cleanup(record_free) struct record r = RECORD_INIT;
		cleanup(buf_free) struct buf value = BUF_INIT;
		struct vault_key key = vault_key_of(&n);
		group_value(&r, 1, STAMP_ZERO, i ? SPAN("", 1) : SPAN("", 0)); /* no parent; a window of zeros */
		ok(record_encode(&r, &value));
		ok(draft_put(&o.draft, vault_key_span(&key), buf_span(&value)));
		n.kind = SHARED_EXTENTS;
		n.number = i;
	}
	ok(operation_apply(&o, b));
	operation_end(&o);
}

/* Contents are in one commit, or they are in none. */
static void contents_of_many_windows_stay_whole(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	d->sync->c.turn_back = (struct turn_back){ { .keys = 30, .bytes = 1000 }, 3000 };
	for (unsigned i = 0; i < 3; i++)
		desk_content(d, 20);
	(void)desk_write(d, "a", 10, 'x');
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 1 + 3);
	assert_false(desk_saved(d).lacks & SAVED_OPEN);
	reader_check(d);
}

/* What fits in no commit at all stays here, and nothing else waits for it; who waits for all is told. */
static void what_fits_in_no_commit_holds_nothing_up(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	d->sync->c.turn_back = (struct turn_back){ { .keys = 30, .bytes = 1000 }, 1000 };
	desk_content(d, 200);
	assert_int_equal(sync_step(d->sync), ERR_LIMIT);
	assert_non_null(strstr(desk_status(d).last_text, "too much for one commit"));
	uint64_t n = desk_status(d).commits;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sync_step(d->sync), ERR_LIMIT);
	assert_int_equal(desk_status(d).commits, n);
	uint64_t ino = desk_write(d, "a", 10, 'x');
	assert_int_equal(sync_step(d->sync), ERR_LIMIT);
	assert_true(shows(d, ino));
	assert_true(desk_saved(d).lacks & SAVED_OPEN);
	desk_check(d);
	reader_check(d);
}

/* An upload may take hours. */
static void an_upload_leaves_off_for_what_grows_too_large(void **state)
{
	struct desk *d = *state;
	desk_step(d);
	(void)desk_write(d, "a", 131072, 'x');
	ok(close_run(d->sync));
	ok(publish_finish(d->sync));
	d->sync->c.close_at = (struct said_size){ 10, SIZE_MAX, UINT64_MAX };
	for (unsigned i = 0; i < 12; i++)
		(void)desk_write(d, "b", 10, (uint8_t)i);
	assert_int_equal(upload_run(d->sync), ERR_BUSY);
	assert_int_equal(desk_held(d), 1);
	desk_step(d);
	assert_int_equal(desk_status(d).commits, 3);
	assert_int_equal(desk_held(d), 0);
	reader_check(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_grows_too_large_is_closed_while_the_store_is_away, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(what_grows_too_large_is_told_by_keys_and_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_too_large_for_a_commit_becomes_several, set_up, tear_down),
		cmocka_unit_test_setup_teardown(contents_of_many_windows_stay_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_fits_in_no_commit_holds_nothing_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_upload_leaves_off_for_what_grows_too_large, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
