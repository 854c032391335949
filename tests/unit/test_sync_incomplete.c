/* SPDX-License-Identifier: MIT
 * What makes a vault known to be incomplete, and what does not (sync/incomplete.h): devices on one store, from which
 * objects are taken away.
 */
#include "sync/core/epoch.h"
#include "sync/members/revoke.h"
#include "tests/sync_lacking.h"

/* is_named: an alarm of that kind says which object. */
static bool is_named(struct ship *d, enum alarm_kind kind, const struct taken *t)
{
	struct alarm list[SYNC_ALARMS_MAX];
	size_t n = sync_alarms(d->sync, list);
	char name[OBJECT_NAME];
	bool found = false;
	for (size_t i = 0; i < n; i++) {
		name_id(list[i].about.object, name);
		found |= list[i].about.kind == kind && !strcmp(name, t->name) && list[i].about.stream;
	}
	return found;
}

/* -- what does -------------------------------------------------------------------------------------------------------
 */

static void what_lasts_is_known_and_known_at_the_next_opening(void **state)
{
	struct world *w = *state;
	struct taken t;
	write_a(w, "/x", &t);
	int64_t found = w->now / NS_PER_S * NS_PER_S;
	look(w->c);
	assert_true(ship_alarmed(w->c, "withheld"));
	assert_false(is_alarm(w->c));
	later(w, LACK_LASTS_S - 1);
	look(w->c);
	assert_false(is_alarm(w->c));
	later(w, 1);
	look(w->c);
	assert_true(is_alarm(w->c));
	assert_int_equal(known(w->c).since, found);
	assert_int_equal(known(w->c).stream, w->a->number);
	assert_true(is_named(w->c, ALARM_INCOMPLETE, &t) && is_named(w->c, ALARM_COMMITS_MISSING, &t));
	assert_int_equal(w->begun, 1);
	fault_offline(w->c->store, ERR_NET);
	reopen(w);
	assert_true(is_alarm(w->c)); /* before anything was looked for */
	assert_int_equal(known(w->c).since, found);
	buf_free(&t.body);
}

static void it_ends_with_the_look_that_finds_it(void **state)
{
	struct world *w = *state;
	struct taken t;
	write_a(w, "/x", &t);
	lasting(w);
	reopen(w);
	give(w, &t);
	look(w->c);
	assert_false(is_alarm(w->c));
	assert_int_equal(w->ended, 1);
	assert_true(ship_has(w->c, "/x"));
	reopen(w);
	assert_false(is_alarm(w->c));
}

static void it_is_asked_for_although_nobody_says_so_any_more(void **state)
{
	struct world *w = *state;
	struct taken t, heads[2];
	write_a(w, "/x", &t);
	lasting(w);
	take_head(w, w->a, &heads[0]);
	take_head(w, w->b, &heads[1]);
	reopen(w);
	look(w->c);
	assert_true(is_alarm(w->c));
	assert_true(ship_alarmed(w->c, "withheld"));
	give(w, &t);
	look(w->c); /* and the heads need not be there for that */
	assert_false(is_alarm(w->c));
	buf_free(&heads[0].body);
	buf_free(&heads[1].body);
}

static void who_joins_knows_at_once(void **state)
{
	struct world *w = *state;
	struct taken t;
	write_a(w, "/x", &t);
	struct ship *d = fleet_join(&w->f, "tablet");
	assert_true(is_alarm(d));
	ship_step(d); /* what it says itself is uploaded */
	give(w, &t);
	look(d);
	assert_false(is_alarm(d));
	assert_true(ship_has(d, "/x"));
}

static void a_device_that_nothing_proves_is_lacking(void **state)
{
	struct world *w = *state;
	struct fleet *f = &w->f;
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	struct taken guide, place, first, head;
	struct ship *d = fleet_join(f, "tablet");
	ship_must(d, DEED_WRITE, "/of-d", "1");
	ship_step(d);
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_guide(&epoch.names, guide.name));
	ok(name_join(&epoch.names, 2, place.name));
	take(w, &place);
	ship_commit_name(f, d, 1, 0, first.name);
	ship_step(w->a);
	assert_null(streams_find(w->a->sync, d->stream)); /* that was the place */
	give(w, &place);
	ship_step(w->a);
	assert_non_null(streams_find(w->a->sync, d->stream));
	take(w, &place);
	take(w, &guide);
	take(w, &first);
	take_head(w, d, &head);
	look(w->c);
	later(w, LACK_LASTS_S);
	look(w->c);
	assert_null(streams_find(w->c->sync, d->stream));
	assert_true(is_alarm(w->c));
	reopen(w);
	assert_true(is_alarm(w->c));
	struct taken heads[2];
	take_head(w, w->a, &heads[0]);
	take_head(w, w->b, &heads[1]);
	look(w->c);
	assert_true(is_alarm(w->c)); /* who counted it is not to be seen */
	give(w, &heads[0]);
	give(w, &heads[1]);
	give(w, &place);
	give(w, &first);
	look(w->c);
	look(w->c);
	assert_false(is_alarm(w->c));
	assert_true(ship_has(w->c, "/of-d"));
	buf_free(&guide.body);
	buf_free(&head.body);
}

/* -- what does not ---------------------------------------------------------------------------------------------------
 */

static void an_outage_is_none(void **state)
{
	struct world *w = *state;
	struct taken t;
	write_a(w, "/x", &t);
	look(w->c);
	fault_offline(w->c->store, ERR_NET);
	later(w, 100 * LACK_LASTS_S);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sync_step(w->c->sync), ERR_NET);
	assert_false(is_alarm(w->c));
	give(w, &t);
	fault_offline(w->c->store, ERR_OK);
	look(w->c);
	assert_false(is_alarm(w->c));
	assert_int_equal(w->begun, 0);
}

static void an_outage_ends_nothing(void **state)
{
	struct world *w = *state;
	struct taken t;
	write_a(w, "/x", &t);
	lasting(w);
	give(w, &t);
	fault_offline(w->c->store, ERR_NET);
	assert_int_equal(sync_step(w->c->sync), ERR_NET);
	assert_true(is_alarm(w->c));
	assert_int_equal(w->ended, 0);
}

static void a_device_that_is_always_a_little_behind_has_all(void **state)
{
	struct world *w = *state;
	struct taken t[5];
	static const char *const paths[] = { "/0", "/1", "/2", "/3", "/4" };
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		write_a(w, paths[i], &t[i]);
		if (i)
			give(w, &t[i - 1]);
		look(w->c);
		assert_false(is_alarm(w->c));
		later(w, LACK_LASTS_S);
	}
	give(w, &t[ARRAY_LEN(t) - 1]);
	look(w->c);
	assert_false(is_alarm(w->c));
}

static void a_clock_that_is_set_back_makes_nothing_last(void **state)
{
	struct world *w = *state;
	struct taken t;
	write_a(w, "/x", &t);
	look(w->c);
	later(w, -86400);
	look(w->c);
	later(w, LACK_LASTS_S - 1);
	look(w->c);
	assert_false(is_alarm(w->c));
	later(w, 1);
	look(w->c);
	assert_true(is_alarm(w->c));
	buf_free(&t.body);
}

static void heads_that_are_gone_say_nothing(void **state)
{
	struct world *w = *state;
	struct taken heads[2];
	take_head(w, w->a, &heads[0]);
	take_head(w, w->b, &heads[1]);
	look(w->c);
	later(w, LACK_LASTS_S);
	look(w->c);
	assert_true(ship_alarmed(w->c, "lost or withheld"));
	assert_false(is_alarm(w->c));
	buf_free(&heads[0].body);
	buf_free(&heads[1].body);
}

static void what_newer_software_made_is_there(void **state)
{
	struct world *w = *state;
	struct fleet *f = &w->f;
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
	struct taken t;
	uint8_t sig[SIG_LEN];
	struct hash hash;
	write_a(w, "/x", &t);
	ok(epoch_open(f->v->keyring, 1, &epoch));
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, t.name);
	ok(object_open(&at, buf_span(&t.body), &plain, &hash, sig));
	plain.p[0] = 3;
	ok(object_seal(&at, buf_span(&plain), &w->a->seed, &sealed, &hash));
	ok(store_put_sync(f->shared, t.name, buf_span(&sealed)));
	look(w->c);
	later(w, LACK_LASTS_S);
	look(w->c);
	assert_true(ship_alarmed(w->c, "newer cloudseal"));
	assert_false(is_alarm(w->c));
	buf_free(&t.body);
}

static void the_word_of_who_was_removed_counts_no_more(void **state)
{
	struct world *w = *state;
	struct taken t, head;
	ship_must(w->a, DEED_WRITE, "/x", "of a");
	ship_step(w->a);
	take_commit(w, w->a, &t);
	take_head(w, w->a, &head);
	struct stream *st = streams_find(w->c->sync, w->a->stream);
	st->claimed = w->a->sync->st.n; /* as a head of b has it */
	st->claimant = w->b->id;
	lasting(w);
	reopen(w);
	assert_true(is_alarm(w->c));
	ok(revoke_say(w->c->sync, &(struct revoke){ w->b->id, 1000 }, NULL));
	look(w->c);
	assert_false(is_alarm(w->c));
	reopen(w);
	assert_false(is_alarm(w->c));
	buf_free(&t.body);
	buf_free(&head.body);
}

/* -- its record ------------------------------------------------------------------------------------------------------
 */

static void a_record_that_cannot_be_read_is_made_anew(void **state)
{
	struct world *w = *state;
	struct taken t;
	static const char *const records[] = { "", "\2", "\1x" };
	write_a(w, "/x", &t);
	lasting(w);
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		cleanup(ops_free) struct ops o = OPS_INIT;
		ops_put(&o, MAP_STATE, span_str(STATE_INCOMPLETE), span_str(records[i]));
		ok(ops_commit(&o, w->c->map));
		reopen(w);
		assert_false(is_alarm(w->c));
		lasting(w);
	}
	buf_free(&t.body);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_lasts_is_known_and_known_at_the_next_opening),
		TEST(it_ends_with_the_look_that_finds_it),
		TEST(it_is_asked_for_although_nobody_says_so_any_more),
		TEST(who_joins_knows_at_once),
		TEST(a_device_that_nothing_proves_is_lacking),
		TEST(an_outage_is_none),
		TEST(an_outage_ends_nothing),
		TEST(a_device_that_is_always_a_little_behind_has_all),
		TEST(a_clock_that_is_set_back_makes_nothing_last),
		TEST(heads_that_are_gone_say_nothing),
		TEST(what_newer_software_made_is_there),
		TEST(the_word_of_who_was_removed_counts_no_more),
		TEST(a_record_that_cannot_be_read_is_made_anew),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
