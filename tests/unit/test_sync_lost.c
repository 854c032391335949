/* SPDX-License-Identifier: MIT
 * What a store loses, or never had: the header, contents, a PUT that it said it took; and another vault in its place.
 */
#include "sync/core/stored.h"
#include "sync/core/suspect.h"
#include "sync/lost.h"
#include "tests/sync_files.h"
#include "tests/sync_saving.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_saving(f, &vault);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

static struct lossy *lossy_of(struct fleet *f)
{
	return (struct lossy *)f->shared;
}

static void lose(struct fleet *f, const char *name)
{
	ok(store_del_sync(lossy_of(f)->to, name));
}

static bool there(struct fleet *f, const char *name)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	return store_get_sync(f->shared, name, 0, 0, 0, &body) == ERR_OK;
}

static const struct fault_plan is_full = { .ops = FAULT_PUT, .error = 1000, .error_code = ERR_STOREFULL }, none = { 0 };

/* -- which vault lies there -------------------------------------------------------------------------------------- */

static void test_a_header_that_the_store_lost_is_stored_again(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	lose(f, STORE_HEADER);
	ship_step(d);
	assert_true(there(f, STORE_HEADER));
	assert_true(ship_saved(d).yes);
}

static void test_a_header_that_the_store_does_not_take_again_keeps_from_a_yes(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	lose(f, STORE_HEADER);
	fault_set(d->store, &is_full);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	assert_true(ship_saved(d).lacks & SAVED_PLACE);
	assert_true(ship_alarmed(d, "does not take it again"));
	fault_set(d->store, &none);
	ship_step(d);
	assert_true(ship_saved(d).yes);
	assert_false(ship_alarmed(d, "does not take it again"));
}

static void test_nothing_is_written_to_another_vault(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	ok(store_put_sync(lossy_of(f)->to, STORE_HEADER, span_str("another vault")));
	file_write(f, d, "new", 5000, 1);
	unsigned before = lossy_of(f)->puts;
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_int_equal(lossy_of(f)->puts, before);
	assert_true(ship_saved(d).lacks & SAVED_PLACE);
	assert_true(ship_alarmed(d, "another vault"));
	ok(header_again(NULL, lossy_of(f)->to));
	ship_step(d);
	assert_true(ship_saved(d).yes);
	assert_false(ship_alarmed(d, "another vault"));
}

static void test_nothing_is_written_to_an_empty_place(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	struct store *full = lossy_copy(f->shared), *empty = lossy_new(store_mem_new());
	lossy_back(f->shared, empty);
	file_write(f, d, "new", 5000, 1);
	unsigned before = lossy_of(f)->puts;
	assert_int_equal(sync_step(d->sync), ERR_NOSTORE);
	assert_int_equal(lossy_of(f)->puts, before);
	assert_false(ship_saved(d).yes);
	ship_restart(f, d);
	assert_int_equal(sync_step(d->sync), ERR_NOSTORE);
	assert_int_equal(lossy_of(f)->puts, before);
	lossy_back(f->shared, full);
	ship_step(d);
	assert_true(ship_saved(d).yes);
	store_close(full);
	store_close(empty);
}

/* -- a PUT counts when it was found in its place ----------------------------------------------------------------- */

static void test_a_put_that_was_not_kept_is_sent_again(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	file_write(f, d, "swallowed", 5000, 1);
	lossy_of(f)->swallow = 1;
	assert_int_equal(sync_step(d->sync), ERR_DAMAGED);
	assert_int_equal(lossy_of(f)->swallowed, 1);
	assert_true(ship_alarmed(d, "does not have it"));
	assert_false(ship_saved(d).yes);
	ship_step(d);
	assert_false(ship_alarmed(d, "does not have it"));
	assert_true(ship_saved(d).yes);
	struct ship *new = fleet_join(f, "new");
	file_check(f, new, "swallowed", 5000, 1);
}

/* -- contents ---------------------------------------------------------------------------------------------------- */

/* block_of: its key among the blocks of a map. */
static struct id block_of(struct ship *d, const char *name)
{
	struct version_rec v = { 0 };
	files_version(d, name, &v);
	struct id id = id_from(v.payload.p);
	version_rec_free(&v);
	return id;
}

/* hand_over: that block is on the other device now, and not on this. */
static void hand_over(struct ship *from, struct ship *to, struct id block)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	cleanup(batch_freep) struct batch *put = batch_new(), *del = batch_new();
	ok(map_get(from->map, MAP_BLOCK, id_span(&block), &v));
	batch_put(put, MAP_BLOCK, id_span(&block), buf_span(&v));
	batch_del(del, MAP_BLOCK, id_span(&block));
	ok(map_apply(to->map, put));
	ok(map_apply(from->map, del));
}

static void segment_of(struct ship *d, const char *name, char object[OBJECT_NAME])
{
	struct block_where w = file_where(d, name);
	name_id(w.rec.segment, object);
}

static void test_contents_that_the_store_lost_are_stored_again(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	char object[OBJECT_NAME];
	file_write(f, d, "f", 5000, 1);
	ship_step(d);
	segment_of(d, "f", object);
	lose(f, object);
	ship_step(d);
	assert_true(there(f, object));
	assert_true(ship_saved(d).yes);
	file_check(f, fleet_join(f, "new"), "f", 5000, 1);
}

static void test_two_devices_put_together_what_each_has(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	char object[OBJECT_NAME], other[OBJECT_NAME];
	file_write(f, a, "one", 5000, 1);
	file_write(f, a, "two", 6000, 2);
	ship_step(a);
	ship_step(b);
	segment_of(a, "one", object);
	segment_of(a, "two", other);
	assert_string_equal(object, other);
	hand_over(a, b, block_of(a, "two"));
	lose(f, object);
	assert_int_equal(sync_step(a->sync), ERR_FORK);
	assert_true(ship_saved(a).lacks & SAVED_SEGMENT);
	assert_true(ship_alarmed(a, "not all of them are on this device"));
	assert_true(there(f, object)); /* what a has of it */
	ship_restart(f, a);
	assert_true(ship_saved(a).lacks & SAVED_SEGMENT); /* not forgotten */
	ship_step(b);
	ship_step(a);
	assert_true(ship_saved(a).yes && ship_saved(b).yes);
	assert_false(ship_alarmed(a, "not all of them are on this device"));
	struct ship *new = fleet_join(f, "new");
	file_check(f, new, "one", 5000, 1);
	file_check(f, new, "two", 6000, 2);
}

static void test_what_a_reader_met_as_lost_is_known_at_once(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	file_write(f, d, "f", 5000, 1);
	ship_step(d);
	assert_true(ship_saved(d).yes);
	ok(stored_lose(d->map, file_where(d, "f").rec.segment));
	assert_true(ship_saved(d).lacks & SAVED_SEGMENT);
	ship_step(d); /* it is there after all */
	assert_true(ship_saved(d).yes);
}

/* -- given up ------------------------------------------------------------------------------------------------------ */

static struct lost lost_of(struct ship *d)
{
	struct lost l;
	struct why why = { 0 };
	ok(lost_get(d->sync, 10000, &l, &why));
	return l;
}

static err_t give_up(struct ship *d)
{
	struct why why = { 0 };
	ok(lost_look(d->sync, 10000, &why));
	return lost_give_up(d->sync, lost_of(d).token, 10000, &why);
}

/* forget_block: nobody has it here, as after an eviction. */
static void forget_block(struct ship *d, const char *name)
{
	cleanup(batch_freep) struct batch *del = batch_new();
	struct id block = block_of(d, name);
	batch_del(del, MAP_BLOCK, id_span(&block));
	ok(map_apply(d->map, del));
}

static void test_contents_that_are_given_up_are_no_lack_and_others_are(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	char object[OBJECT_NAME], other[OBJECT_NAME];
	file_write(f, d, "f", 5000, 1);
	ship_step(d);
	file_write(f, d, "g", 5000, 2);
	ship_step(d);
	segment_of(d, "f", object);
	segment_of(d, "g", other);
	forget_block(d, "f");
	lose(f, object);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	assert_int_equal(lost_of(d).contents.objects, 1);
	ok(give_up(d));
	assert_true(ship_saved(d).yes);
	assert_false(ship_alarmed(d, "not all of them are on this device"));
	ship_step(d);
	ship_crash(f, d);
	assert_true(ship_saved(d).yes);
	ship_step(d);
	assert_int_equal(lost_of(d).contents_given.objects, 1);
	ok(stored_lose(d->map, file_where(d, "f").rec.segment)); /* as a reader meets it */
	assert_true(ship_saved(d).yes);
	forget_block(d, "g");
	lose(f, other);
	sync_suspect(d->sync);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	assert_true(ship_saved(d).lacks & SAVED_SEGMENT);
	assert_int_equal(lost_of(d).contents.objects, 1);
}

static void test_more_of_what_was_given_up_is_a_lack(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	char object[OBJECT_NAME];
	cleanup(buf_free) struct buf body = BUF_INIT;
	file_write(f, d, "one", 5000, 1);
	file_write(f, d, "two", 6000, 2);
	ship_step(d);
	segment_of(d, "one", object);
	ok(store_get_sync(f->shared, object, 0, 0, 0, &body));
	forget_block(d, "one");
	lose(f, object);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	ok(give_up(d));
	ship_step(d); /* what is here of it is stored again */
	assert_true(there(f, object));
	forget_block(d, "two");
	lose(f, object);
	sync_suspect(d->sync);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	assert_true(ship_saved(d).lacks & SAVED_SEGMENT);
	ok(give_up(d));
	assert_true(ship_saved(d).yes);
	ok(store_put_sync(f->shared, object, buf_span(&body)));
	sync_suspect(d->sync);
	ship_step(d);
	assert_int_equal(lost_of(d).contents_given.objects, 0); /* all of it is there again */
}

/* -- what is known, at the next opening --------------------------------------------------------------------------- */

/* still_lacks: behind a power cut, before anything is looked at; behind an orderly end; and while the store is away. */
static void still_lacks(struct fleet *f, struct ship *d, unsigned lack)
{
	assert_true(ship_saved(d).lacks & lack);
	ship_crash(f, d);
	assert_true(ship_saved(d).lacks & lack);
	ship_restart(f, d);
	assert_true(ship_saved(d).lacks & lack);
	fault_offline(d->store, ERR_NET);
	assert_int_equal(sync_step(d->sync), ERR_NET);
	assert_true(ship_saved(d).lacks & lack);
	ship_crash(f, d); /* the store is there again */
	assert_true(ship_saved(d).lacks & lack);
}

static void test_a_power_cut_makes_no_yes_of_lost_contents(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	char object[OBJECT_NAME];
	file_write(f, a, "f", 5000, 1);
	ship_step(a);
	ship_step(b);
	segment_of(a, "f", object);
	hand_over(a, b, block_of(a, "f"));
	ship_step(a); /* nothing else is to be made durable any more */
	ok(map_commit(a->map));
	lose(f, object);
	assert_int_equal(sync_step(a->sync), ERR_FORK);
	still_lacks(f, a, SAVED_SEGMENT);
	ship_step(b);
	ship_step(a);
	assert_true(ship_saved(a).yes);
	file_check(f, fleet_join(f, "new"), "f", 5000, 1);
}

/* As many as there are: each is in the map before anybody is told. */
static void test_a_power_cut_forgets_none_of_several(void **state)
{
	static const char *const names[] = { "one", "two" };
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	struct stored x = { .lost = false };
	struct id segments[2];
	for (size_t i = 0; i < 2; i++) {
		file_write(f, a, names[i], 5000, (uint8_t)i);
		ship_step(a);
		ship_step(b);
		segments[i] = file_where(a, names[i]).rec.segment;
		hand_over(a, b, block_of(a, names[i]));
		ok(map_commit(a->map));
	}
	for (size_t i = 0; i < 2; i++) {
		char object[OBJECT_NAME];
		name_id(segments[i], object);
		lose(f, object);
		assert_int_equal(sync_step(a->sync), ERR_FORK);
	}
	ship_crash(f, a);
	for (size_t i = 0; i < 2; i++) {
		ok(stored_get(a->map, segments[i], &x));
		assert_true(x.lost);
	}
}

static void test_a_header_that_is_not_taken_again_stays_known(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	lose(f, STORE_HEADER);
	fault_set(d->store, &is_full);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	still_lacks(f, d, SAVED_PLACE);
	fault_set(d->store, &none);
	ship_step(d);
	assert_true(ship_saved(d).yes);
}

static void test_that_newcomers_need_a_checkpoint_stays_known(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	char name[OBJECT_NAME];
	file_write(f, b, "f", 5000, 1);
	ship_step(b);
	ship_step(a);
	ship_commit_name(f, b, b->sync->st.n, 0, name);
	lose(f, name);
	fault_set(a->store, &is_full);
	assert_int_not_equal(sync_step(a->sync), ERR_OK);
	still_lacks(f, a, SAVED_CHECKPOINT);
	assert_true(a->sync->heads.missed); /* it is made, and waits */
	fault_set(a->store, &none);
	ship_step(a);
	assert_true(ship_saved(a).yes);
	file_check(f, fleet_join(f, "new"), "f", 5000, 1);
}

/* The cloud lost them and has no room, or shows nothing of what it took: all is here, so it is no loss. */
static void test_contents_that_are_here_are_nothing_to_be_given_up(void **state)
{
	static const struct fault_plan hidden = { .ops = FAULT_GET, .error = 1000, .error_code = ERR_NOTFOUND };
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct why why = { 0 };
	struct stored x;
	file_write(f, d, "f", 5000, 1);
	ship_step(d);
	const struct id segment = file_where(d, "f").rec.segment;
	char object[OBJECT_NAME];
	name_id(segment, object);
	struct fault_plan unseen = hidden;
	unseen.name = object;
	const struct fault_plan *const plans[] = { &is_full, &unseen };
	for (size_t i = 0; i < 2; i++) {
		cleanup_free struct lost *l = calloc(1, sizeof(*l));
		lose(f, object);
		fault_set(d->store, plans[i]);
		assert_int_equal(sync_step(d->sync), ERR_FORK);
		ok(stored_get(d->map, segment, &x));
		assert_true(x.lost);
		ok(lost_get(d->sync, 1000, l, &why));
		assert_int_equal(l->contents.objects, 0);
		assert_true(id_is_zero(l->token));
		fault_set(d->store, &none);
		ship_step(d);
		assert_true(ship_saved(d).yes);
	}
}

static void test_a_checkpoint_that_is_wanted_stays_so(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	d->sync->checkpoint.wanted = true; /* as an audit leaves it */
	fault_offline(d->store, ERR_NET);
	assert_int_equal(sync_step(d->sync), ERR_NET);
	still_lacks(f, d, SAVED_CHECKPOINT);
	assert_int_equal(d->sync->checkpoint.announced, 0);
	ship_step(d);
	assert_int_equal(d->sync->checkpoint.announced, 1);
	assert_true(ship_saved(d).yes);
}

static void test_that_all_is_to_be_looked_for_stays_known(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	sync_suspect(d->sync);
	fault_offline(d->store, ERR_NET);
	assert_int_equal(sync_step(d->sync), ERR_NET);
	still_lacks(f, d, SAVED_SEGMENT);
	assert_true(d->sync->contents.suspect != 0);
	ship_step(d);
	assert_true(ship_saved(d).yes);
	ship_restart(f, d);
	assert_true(ship_saved(d).yes); /* that it ended is known, too */
}

static void test_what_cannot_be_read_counts_as_lacking(void **state)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	ship_step(d);
	ops_put(&o, MAP_STATE, span_str("sync.lacking"), span_str("?"));
	ok(ops_commit(&o, d->map));
	ship_crash(f, d);
	assert_int_equal(ship_saved(d).lacks, SAVED_SEGMENT);
	ship_step(d);
	assert_true(ship_saved(d).yes);
	assert_int_equal(map_has(d->map, MAP_STATE, span_str("sync.lacking")), ERR_NOTFOUND);
}

/* -- own commits --------------------------------------------------------------------------------------------------- */

static int64_t stands(void *ctx)
{
	(void)ctx;
	return 1800000000 * NS_PER_S;
}

/* An older one than those that are looked at when own commits are (publish/repair.c), within the minute in which the
 * others that are kept are not looked at again. */
static void test_an_old_own_commit_that_is_not_taken_again_stays_known(void **state)
{
	static const struct clock still = { stands, stands, NULL };
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	char name[OBJECT_NAME];
	f->clock = &still;
	f->audit = (struct audit_budget){ 0 };
	ship_restart(f, d);
	for (unsigned i = 0; i < 20; i++) {
		file_write(f, d, "f", 3000 + i, 1);
		ship_step(d);
	}
	ship_commit_name(f, d, 2, 0, name);
	lose(f, name);
	ship_restart(f, d);
	fault_set(d->store, &is_full);
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	assert_true(ship_saved(d).lacks & SAVED_COMMIT);
	assert_int_equal(sync_step(d->sync), ERR_STOREFULL);
	still_lacks(f, d, SAVED_COMMIT);
	fault_set(d->store, &none);
	ship_step(d);
	assert_true(there(f, name));
	assert_true(ship_saved(d).yes);
}

static void test_records_of_what_was_seen_are_read_as_they_are(void **state)
{
	struct fleet *f = *state;
	struct map *m = f->d[0].map;
	const struct stored x = { .segment = { { 7 } }, .sequence = 5, .size = 8192, .looked = 99, .lost = true };
	struct stored got = { .size = 0 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(stored_list_free) struct stored_list all = { 0 };
	assert_int_equal(stored_get(m, x.segment, &got), ERR_NOTFOUND);
	stored_put(&o, &x);
	ok(ops_commit(&o, m));
	ok(stored_get(m, x.segment, &got));
	assert_true(id_eq(got.segment, x.segment) && got.sequence == 5 && got.size == 8192 && got.looked == 99);
	assert_true(got.lost);
	ok(stored_all(m, &all));
	assert_int_equal(all.n, 1);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_a_header_that_the_store_lost_is_stored_again),
		T(test_a_header_that_the_store_does_not_take_again_keeps_from_a_yes),
		T(test_nothing_is_written_to_another_vault),
		T(test_nothing_is_written_to_an_empty_place),
		T(test_a_put_that_was_not_kept_is_sent_again),
		T(test_contents_that_the_store_lost_are_stored_again),
		T(test_two_devices_put_together_what_each_has),
		T(test_what_a_reader_met_as_lost_is_known_at_once),
		T(test_contents_that_are_given_up_are_no_lack_and_others_are),
		T(test_more_of_what_was_given_up_is_a_lack),
		T(test_a_power_cut_makes_no_yes_of_lost_contents),
		T(test_a_power_cut_forgets_none_of_several),
		T(test_a_header_that_is_not_taken_again_stays_known),
		T(test_that_newcomers_need_a_checkpoint_stays_known),
		T(test_contents_that_are_here_are_nothing_to_be_given_up),
		T(test_a_checkpoint_that_is_wanted_stays_so),
		T(test_that_all_is_to_be_looked_for_stays_known),
		T(test_what_cannot_be_read_counts_as_lacking),
		T(test_an_old_own_commit_that_is_not_taken_again_stays_known),
		T(test_records_of_what_was_seen_are_read_as_they_are),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
