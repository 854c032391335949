/* SPDX-License-Identifier: MIT
 * Whole devices on format 2 whose state was restored or copied with something on its way.
 */
#include "sync/core/dirty.h"
#include "sync/core/epoch.h"
#include "sync/publish/close.h"
#include "sync/publish/publish.h"
#include "sync/publish/upload.h"
#include "tests/sync_backup.h"

/* What was closed and is in no commit: the other life has made commits of it, and perhaps of what is open. */
static void what_a_backup_has_closed_is_not_lost(void **state)
{
	(void)state;
	for (unsigned all = 0; all < 2; all++) {
		struct fleet f;
		struct base *before = NULL;
		struct ship *a = fleet_begin(&f);
		ship_must(a, DEED_WRITE, "/closed", "1");
		ok(close_run(a->sync));
		ship_must(a, DEED_WRITE, "/open", "2");
		backup(a, &before);
		ok(publish_finish(a->sync));
		ok(upload_run(a->sync));
		if (all)
			ship_step(a);
		restore(&f, a, before);
		ship_must(a, DEED_WRITE, "/restored", "3");
		ship_step(a);
		assert_true(ship_alarmed(a, "goes on as a new stream"));
		fleet_settle(&f);
		fleet_end(&f, "/closed=1\n/f=0\n/open=2\n/restored=3\n");
	}
}

/* Both looked at the store before either published. */
static void what_waits_while_its_place_is_taken_is_not_lost(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *a = fleet_begin(&f);
	struct ship *b = copy_of(&f, a);
	ship_step(b);
	ship_must(b, DEED_WRITE, "/b", "1");
	ok(close_run(b->sync));
	ship_must(b, DEED_WRITE, "/b later", "2");
	ok(publish_finish(b->sync));
	ok(map_commit(b->map));
	ship_must(a, DEED_WRITE, "/a", "3");
	ship_step(a);
	ship_crash(&f, b);
	ship_must(b, DEED_WRITE, "/b last", "4");
	ship_step(b);
	assert_true(ship_alarmed(b, "goes on as a new stream"));
	fleet_settle(&f);
	ship_crash(&f, b);
	fleet_end(&f, "/a=3\n/b=1\n/b last=4\n/b later=2\n/f=0\n");
}

/* Both looked at the store before either published, and none starts again. */
static void two_copies_that_both_run_are_told_apart(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *a = fleet_begin(&f);
	struct ship *b = copy_of(&f, a);
	ship_step(b);
	ship_must(a, DEED_WRITE, "/a", "1");
	ship_must(b, DEED_WRITE, "/b", "2");
	ship_step(a);
	ship_step(b);
	assert_true(ship_alarmed(b, "goes on as a new stream"));
	ship_must(a, DEED_WRITE, "/a later", "3");
	fleet_settle(&f);
	fleet_end(&f, "/a=1\n/a later=3\n/b=2\n/f=0\n");
}

/* A copy that publishes nothing learns of the other by what others stand on. */
static void a_copy_that_rests_learns_of_the_other(void **state)
{
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *travel = fleet_join(&f, "travel"), *a = &f.d[0];
	ship_must(a, DEED_WRITE, "/f", "0");
	fleet_settle(&f);
	struct ship *b = copy_of(&f, a);
	ship_step(b);
	ship_must(b, DEED_WRITE, "/open", "1");
	ship_must(a, DEED_WRITE, "/a", "2");
	ship_step(a);
	ship_step(travel);
	ship_must(travel, DEED_WRITE, "/a", "3");
	ship_step(travel);
	ship_step(b);
	assert_true(ship_alarmed(b, "goes on as a new stream"));
	fleet_settle(&f);
	fleet_same(&f);
	cleanup_free char *list = ship_list(b);
	assert_string_equal(list, "/a=3\n/f=0\n/open=1\n");
	fleet_free(&f);
}

/* Both found the place free and wrote to it: who is written over sends its commit again, under its hash. */
static void what_a_copy_wrote_over_is_not_lost(void **state)
{
	(void)state;
	for (unsigned seen = 0; seen < 2; seen++) {
		struct fleet f;
		fleet_new(&f, &vault);
		struct ship *travel = fleet_join(&f, "travel"), *a = &f.d[0];
		ship_must(a, DEED_WRITE, "/f", "0");
		fleet_settle(&f);
		struct ship *b = copy_of(&f, a);
		ship_step(b);
		ship_must(b, DEED_WRITE, "/b", "1");
		ok(close_run(b->sync));
		ok(publish_finish(b->sync));
		ship_must(a, DEED_WRITE, "/a", "2");
		ship_step(a);
		if (seen)
			ship_step(travel);
		ok(upload_run(b->sync));
		fleet_settle(&f);
		(void)fleet_join(&f, "new");
		fleet_settle(&f);
		fleet_same(&f);
		cleanup_free char *list = ship_list(&f.d[f.n - 1]);
		assert_string_equal(list, "/a=2\n/b=1\n/f=0\n");
		fleet_free(&f);
	}
}

/* Of two branches a commit may be as far behind the one as the other. */
static void who_joins_where_a_stream_has_branches_gets_all(void **state)
{
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *travel = fleet_join(&f, "travel"), *a = &f.d[0];
	ship_must(a, DEED_WRITE, "/f", "0");
	fleet_settle(&f);
	ship_must(travel, DEED_WRITE, "/t", "1");
	fleet_settle(&f);
	struct ship *b = copy_of(&f, a);
	ship_step(b);
	ship_must(b, DEED_WRITE, "/b", "2");
	ok(close_run(b->sync));
	ok(publish_finish(b->sync));
	ship_must(a, DEED_WRITE, "/a", "3");
	ship_step(a);
	ok(upload_run(b->sync));
	fleet_settle(&f);
	a->sync->c.checkpoint_min = a->checkpoint_min = 1;
	ship_must(a, DEED_WRITE, "/a", "4");
	fleet_settle(&f);
	struct ship *late = fleet_join(&f, "new");
	fleet_settle(&f);
	fleet_same(&f);
	cleanup_free char *list = ship_list(late);
	assert_string_equal(list, "/a=4\n/b=2\n/f=0\n/t=1\n");
	fleet_free(&f);
}

/* A state that may not say yet whether its stream is its own closes nothing: it would sign one number twice. */
static void a_restored_state_that_grows_signs_nothing(void **state)
{
	struct fleet f;
	struct base *before = NULL;
	(void)state;
	struct ship *a = fleet_begin(&f);
	backup(a, &before);
	ship_must(a, DEED_WRITE, "/f", "1");
	ship_step(a);
	restore(&f, a, before);
	a->sync->c.close_at = (struct said_size){ 2, SIZE_MAX, UINT64_MAX };
	fault_offline(a->store, ERR_NET);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = { "/r0", "/r1", "/r2" };
		uint64_t n = a->sync->st.n;
		ship_must(a, DEED_WRITE, names[i], "2");
		assert_int_equal(sync_step(a->sync), ERR_NET);
		assert_true(a->sync->st.n == n && !sync_closed(a->sync));
	}
	fault_offline(a->store, ERR_OK);
	fleet_settle(&f);
	fleet_same(&f);
	cleanup_free char *list = ship_list(&f.d[1]);
	assert_string_equal(list, "/f=1\n/r0=2\n/r1=2\n/r2=2\n");
	fleet_free(&f);
}

/* commit_name: of the first part of a commit. */
static void commit_name(struct fleet *f, struct hash stream, uint64_t n, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, stream, n, 0, name));
}

/* take_away: an object of the store. */
static void take_away(struct fleet *f, const char *name, struct buf *ret)
{
	ok(store_get_sync(f->shared, name, 0, 0, 0, ret));
	ok(store_del_sync(f->shared, name));
}

/* waits: each round fails, and none for good. */
static void waits(struct ship *d)
{
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_true(ship_alarmed(d, "is not uploaded yet"));
	assert_true(!d->sync->st.stopped && !d->sync->own_checked);
}

/* A new stream whose open set stands on a former one waits for that, whatever else is met meanwhile. */
static void what_the_store_lacks_for_a_time_stops_no_device(void **state)
{
	cleanup(buf_free) struct buf lost = BUF_INIT;
	struct base *first = NULL, *second = NULL;
	char name[OBJECT_NAME];
	struct fleet f;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0], *travel = fleet_join(&f, "travel");
	ship_must(a, DEED_WRITE, "/f", "0");
	fleet_settle(&f);
	ship_must(a, DEED_WRITE, "/open", "1");
	backup(a, &first);
	commit_name(&f, ship_stream(a), a->sync->st.n + 1, name);
	ship_step(a);
	restore(&f, a, first);
	take_away(&f, name, &lost);                           /* what is open stands on it */
	commit_name(&f, ship_stream(a), a->sync->st.n, name); /* and what could be followed */
	cleanup(buf_free) struct buf end = BUF_INIT;
	take_away(&f, name, &end);
	assert_int_equal(sync_step(a->sync), ERR_DAMAGED); /* who waits is not told that all is on the store */
	assert_true(ship_alarmed(a, "goes on as a new stream"));
	assert_true(ship_alarmed(a, "is not uploaded yet"));
	backup(a, &second);
	ok(store_put_sync(f.shared, name, buf_span(&end)));
	fleet_settle(&f);
	assert_false(ship_alarmed(a, "is not uploaded yet"));
	ok(store_del_sync(f.shared, name));
	restore(&f, a, second); /* another life of the new stream */
	ship_must(a, DEED_WRITE, "/restored", "3");
	waits(a);
	assert_true(ship_has(a, "/restored"));
	ok(store_put_sync(f.shared, name, buf_span(&end)));
	fleet_settle(&f);
	fleet_settle(&f);
	fleet_same(&f);
	cleanup_free char *list = ship_list(travel);
	assert_string_equal(list, "/f=0\n/open=1\n/restored=3\n");
	fleet_free(&f);
}

static size_t kept_of(struct ship *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->sync->queue.n; i++)
		n += d->sync->queue.items[i].kind == QUEUE_RETAINED;
	return n;
}

/* Of the stream before nobody wants anything once all stand on the new one. */
static void commits_of_a_former_stream_are_not_kept_for_ever(void **state)
{
	struct fleet f;
	struct base *before = NULL;
	(void)state;
	fleet_new(&f, &vault);
	struct ship *a = &f.d[0], *b = fleet_join(&f, "travel");
	for (unsigned i = 0; i < 3; i++) {
		ship_must(a, DEED_WRITE, "/f", i % 2 ? "1" : "2");
		fleet_settle(&f);
	}
	backup(a, &before);
	ship_must(a, DEED_WRITE, "/f", "3");
	ship_step(a);
	restore(&f, a, before);
	assert_true(kept_of(a) >= 3);
	ship_must(a, DEED_WRITE, "/restored", "4");
	ship_step(a);
	fleet_settle(&f);
	assert_true(kept_of(a) >= 3);
	ship_must(b, DEED_WRITE, "/b", "5");
	ship_step(b);
	a->sync->c.checkpoint_min = a->checkpoint_min = 1;
	for (unsigned i = 0; i < 3; i++) {
		ship_must(a, DEED_WRITE, "/f", i % 2 ? "5" : "6");
		ship_step(a);
	}
	assert_true(kept_of(a) <= 3); /* of the new stream, on which nobody stands yet */
	fleet_free(&f);
}

/* -- a state that is not where it was ---------------------------------------------------------------------------- */

static void in_place(struct fleet *f, struct ship *d, uint8_t place)
{
	d->place = (struct hash){ { place } };
	ship_crash(f, d);
}

/* The copy is first, so nothing on the store tells it that there is another life. */
static void a_copy_elsewhere_is_another_stream_before_anything_shows(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 2; closed++) {
		struct fleet f;
		struct ship *a = fleet_begin(&f);
		const struct id stream = a->stream;
		in_place(&f, a, 1);
		if (closed) {
			ship_must(a, DEED_WRITE, "/closed", "3");
			ok(close_run(a->sync));
		}
		struct ship *b = copy_of(&f, a);
		in_place(&f, b, 2);
		ship_must(a, DEED_WRITE, "/a", "1");
		ship_must(b, DEED_WRITE, "/b", "2");
		fault_offline(b->store, ERR_NET);
		assert_int_equal(sync_step(b->sync), ERR_NET);
		ok(map_commit(b->map));
		in_place(&f, b, 2); /* it is known still */
		fault_offline(b->store, ERR_OK);
		ship_step(b);
		assert_true(ship_alarmed(b, "copied or moved here"));
		assert_false(id_eq(b->sync->stream, stream));
		ship_step(a); /* what b wrote stands on a commit of `stream` that a did not make, so a goes on, too */
		fleet_settle(&f);
		assert_false(id_eq(a->sync->stream, b->sync->stream));
		const struct id second = b->sync->stream;
		in_place(&f, b, 2);
		ship_step(b);
		assert_true(id_eq(b->sync->stream, second)); /* once */
		fleet_end(&f, closed ? "/a=1\n/b=2\n/closed=3\n/f=0\n" : "/a=1\n/b=2\n/f=0\n");
	}
}

/* Where it was at first, and nothing told anybody of its stream. */
static void who_published_nothing_or_did_not_move_goes_on(void **state)
{
	struct fleet f;
	(void)state;
	struct ship *a = fleet_begin(&f);
	const struct id stream = a->stream;
	in_place(&f, a, 1);
	in_place(&f, a, 1);
	ship_step(a);
	assert_true(id_eq(a->sync->stream, stream));
	struct ship *c = fleet_join(&f, "new");
	const struct id its = c->stream;
	in_place(&f, c, 1);
	in_place(&f, c, 2);
	assert_int_equal(c->sync->st.n, 0);
	fleet_settle(&f);
	assert_true(id_eq(c->sync->stream, its));
	assert_false(ship_alarmed(c, "new stream"));
	fleet_end(&f, "/f=0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_backup_has_closed_is_not_lost),
		cmocka_unit_test(what_waits_while_its_place_is_taken_is_not_lost),
		cmocka_unit_test(two_copies_that_both_run_are_told_apart),
		cmocka_unit_test(a_copy_that_rests_learns_of_the_other),
		cmocka_unit_test(what_a_copy_wrote_over_is_not_lost),
		cmocka_unit_test(who_joins_where_a_stream_has_branches_gets_all),
		cmocka_unit_test(a_restored_state_that_grows_signs_nothing),
		cmocka_unit_test(a_copy_elsewhere_is_another_stream_before_anything_shows),
		cmocka_unit_test(who_published_nothing_or_did_not_move_goes_on),
		cmocka_unit_test(what_the_store_lacks_for_a_time_stops_no_device),
		cmocka_unit_test(commits_of_a_former_stream_are_not_kept_for_ever),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
