/* SPDX-License-Identifier: MIT
 * What a person gave up of the vault's history (sync/lost.h, sync/core/given.h) is no lack any more: that, and nothing
 * else.
 */
#include "sync/core/epoch.h"
#include "sync/core/given.h"
#include "sync/lost.h"
#include "tests/sync_lacking.h"

#define WAIT_MS 10000

static void get(struct ship *d, struct lost *ret)
{
	struct why why = { 0 };
	ok(lost_get(d->sync, WAIT_MS, ret, &why));
}

static err_t give_up_by(struct ship *d, struct id token)
{
	struct why why = { 0 };
	err_t e = lost_give_up(d->sync, token, WAIT_MS, &why);
	assert_int_equal(e != ERR_OK, why.text[0] != 0);
	return e;
}

/* shown: as the person was shown it. */
static void give_up_shown(struct ship *d, struct lost *shown)
{
	struct why why = { 0 };
	ok(lost_look(d->sync, WAIT_MS, &why));
	get(d, shown);
	ok(give_up_by(d, shown->token));
}

static size_t alarms(struct ship *d)
{
	struct alarm list[SYNC_ALARMS_MAX];
	return sync_alarms(d->sync, list);
}

/* gone: as taken, where a device that has it stored it again. */
static void gone(struct world *w, const struct taken *t)
{
	ok(store_del_sync(w->f.shared, t->name));
}

/* stays_well: at each later look and opening, and after a power cut. */
static void stays_well(struct world *w)
{
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(alarms(w->c), 0);
		assert_int_equal(sync_step(w->c->sync), ERR_OK);
		later(w, LACK_LASTS_S);
	}
	reopen(w);
	assert_int_equal(alarms(w->c), 0);
	look(w->c);
	ship_crash(&w->f, w->c);
	listen(w);
	assert_int_equal(alarms(w->c), 0);
	look(w->c);
	assert_int_equal(alarms(w->c), 0);
}

/* -- what is no lack any more ---------------------------------------------------------------------------------------
 */

static void what_is_given_up_is_no_lack(void **state)
{
	struct world *w = *state;
	struct lost shown, l;
	struct taken t;
	write_a(w, "/x", &t);
	const uint64_t n = w->a->sync->st.n;
	lasting(w);
	give_up_shown(w->c, &shown);
	assert_int_equal(shown.n, 1);
	assert_true(shown.now[0].lasts && shown.now[0].stream == w->a->number);
	assert_int_equal(shown.now[0].is.from, n);
	assert_int_equal(shown.now[0].is.to, n);
	const struct id says = shown.now[0].is.claimant; /* both say so: a's head of it is there */
	assert_true(id_eq(says, w->a->id) || id_eq(says, w->b->id));
	assert_int_equal(w->ended, 1); /* the folder can be written at once */
	get(w->c, &l);
	assert_int_equal(l.n, 0);
	assert_int_equal(l.given_n, 1);
	assert_int_equal(l.given[0].is.to, n);
	assert_int_equal(l.given[0].is.when, w->now / NS_PER_S);
	stays_well(w);
	buf_free(&t.body);
}

static void what_stood_on_it_is_given_up_with_it(void **state)
{
	struct world *w = *state;
	struct lost l;
	struct taken t;
	write_a(w, "/x", &t);
	ship_must(w->b, DEED_WRITE, "/of-b", "on x");
	ship_step(w->b);
	lasting(w);
	give_up_shown(w->c, &l);
	assert_int_equal(l.n, 2); /* it is shown */
	assert_true(l.now[1].is.waits && l.now[1].lasts && l.now[1].stream == w->b->number);
	assert_int_equal(l.now[1].is.to, w->b->sync->st.n);
	get(w->c, &l);
	assert_int_equal(l.given_n, 2);
	assert_true(l.given[1].is.waits && l.given[1].stream == w->b->number);
	stays_well(w);
	buf_free(&t.body);
}

static void it_is_asked_for_and_joins_when_it_comes(void **state)
{
	struct world *w = *state;
	struct lost l;
	struct taken t;
	write_a(w, "/x", &t);
	ship_must(w->b, DEED_WRITE, "/of-b", "on x");
	ship_step(w->b);
	lasting(w);
	give_up_shown(w->c, &l);
	reopen(w);
	give(w, &t);
	look(w->c);
	assert_true(ship_has(w->c, "/x") && ship_has(w->c, "/of-b"));
	get(w->c, &l);
	assert_int_equal(l.given_n, 0);
	assert_int_equal(map_has(w->c->map, MAP_STATE, span_str(STATE_GIVEN)), ERR_NOTFOUND);
	fleet_settle(&w->f);
	fleet_same(&w->f);
}

static void what_is_there_and_damaged_is_given_up_too(void **state)
{
	struct world *w = *state;
	struct lost l;
	struct taken t;
	write_a(w, "/x", &t);
	ok(store_put_sync(w->f.shared, t.name, span_str("rubbish")));
	lasting(w);
	assert_true(ship_alarmed(w->c, "does not verify"));
	give_up_shown(w->c, &l);
	stays_well(w);
	give(w, &t);
	look(w->c);
	assert_true(ship_has(w->c, "/x"));
}

static void a_device_that_nothing_proves_is_given_up(void **state)
{
	struct world *w = *state;
	struct fleet *f = &w->f;
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	struct taken guide, place, first;
	struct lost l;
	struct ship *d = fleet_join(f, "tablet");
	ship_must(d, DEED_WRITE, "/of-d", "1");
	ship_step(d);
	ship_step(w->a);
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_guide(&epoch.names, guide.name));
	ok(name_join(&epoch.names, 2, place.name));
	take(w, &place);
	take(w, &guide);
	ship_commit_name(f, d, 1, 0, first.name);
	take(w, &first);
	lasting(w);
	give_up_shown(w->c, &l);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.now[0].is.to, 0);
	assert_int_equal(alarms(w->c), 0);
	look(w->c);
	assert_int_equal(alarms(w->c), 0);
	ship_must(w->a, DEED_WRITE, "/of-a", "on d's");
	ship_step(w->a);
	gone(w, &place); /* a may have put them again */
	gone(w, &guide);
	look(w->c);
	assert_true(ship_alarmed(w->c, "on what was given up here"));
	give(w, &place);
	give(w, &first);
	look(w->c);
	look(w->c);
	assert_true(ship_has(w->c, "/of-d") && ship_has(w->c, "/of-a"));
	assert_int_equal(alarms(w->c), 0);
	buf_free(&guide.body);
}

/* -- what is ------------------------------------------------------------------------------------------------------- */

static void a_later_loss_is_one(void **state)
{
	struct world *w = *state;
	struct lost l;
	struct taken t, next;
	write_a(w, "/x", &t);
	lasting(w);
	give_up_shown(w->c, &l);
	write_a(w, "/y", &next);
	gone(w, &t);
	look(w->c);
	assert_true(ship_alarmed(w->c, "withheld"));
	assert_false(is_alarm(w->c));
	lasting(w);
	assert_int_equal(w->begun, 2);
	get(w->c, &l);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.now[0].is.from, w->a->sync->st.n);
	assert_int_equal(l.now[0].is.to, w->a->sync->st.n);
	give_up_shown(w->c, &l);
	stays_well(w);
	buf_free(&t.body);
	buf_free(&next.body);
}

/* Else what two devices that have it go on to write would be shown nowhere, in silence. */
static void what_comes_to_stand_on_it_is_one(void **state)
{
	struct world *w = *state;
	struct lost l;
	struct taken t;
	write_a(w, "/x", &t);
	lasting(w);
	give_up_shown(w->c, &l);
	ship_must(w->b, DEED_WRITE, "/of-b", "on x");
	ship_step(w->b);
	look(w->c);
	assert_true(ship_alarmed(w->c, "on what was given up here"));
	assert_false(ship_has(w->c, "/of-b"));
	lasting(w);
	reopen(w);
	assert_true(is_alarm(w->c));
	assert_true(known(w->c).waits);
	assert_false(ship_alarmed(w->c, "the cloud lacks"));
	look(w->c);
	give_up_shown(w->c, &l);
	assert_int_equal(l.n, 1);
	assert_true(l.now[0].is.waits && l.now[0].stream == w->b->number);
	stays_well(w);
	ship_must(w->b, DEED_WRITE, "/of-b", "again");
	ship_step(w->b);
	look(w->c);
	assert_true(ship_alarmed(w->c, "on what was given up here"));
	give(w, &t);
	look(w->c);
	assert_int_equal(alarms(w->c), 0);
	assert_true(ship_has(w->c, "/of-b"));
}

/* -- what is not given up -------------------------------------------------------------------------------------------
 */

static void nothing_is_given_up_where_nothing_is_lost(void **state)
{
	struct world *w = *state;
	struct why why = { 0 };
	struct lost l;
	look(w->c);
	ok(lost_look(w->c->sync, WAIT_MS, &why));
	get(w->c, &l);
	assert_int_equal(l.n + l.given_n, 0);
	assert_true(id_is_zero(l.token));
	assert_int_equal(give_up_by(w->c, l.token), ERR_NOTFOUND);
	assert_int_equal(give_up_by(w->c, w->a->id), ERR_NOTFOUND);
}

static void what_was_found_only_now_is_not_given_up(void **state)
{
	struct world *w = *state;
	struct lost l;
	struct taken t;
	write_a(w, "/x", &t);
	look(w->c);
	get(w->c, &l);
	assert_int_equal(l.n, 1);
	assert_false(l.now[0].lasts);
	assert_true(id_is_zero(l.token));
	assert_int_equal(give_up_by(w->c, l.token), ERR_NOTFOUND);
	assert_true(ship_alarmed(w->c, "withheld"));
	buf_free(&t.body);
}

static void what_was_not_shown_is_not_given_up(void **state)
{
	struct world *w = *state;
	struct lost shown, l;
	struct taken t, next;
	write_a(w, "/x", &t);
	lasting(w);
	get(w->c, &shown);
	write_a(w, "/y", &next);
	gone(w, &t);
	look(w->c);
	assert_int_equal(give_up_by(w->c, shown.token), ERR_BUSY);
	assert_int_equal(give_up_by(w->c, ID_ZERO), ERR_BUSY);
	get(w->c, &l);
	assert_int_equal(l.given_n, 0);
	assert_true(is_alarm(w->c));
	buf_free(&t.body);
	buf_free(&next.body);
}

static void what_came_to_stand_on_it_was_not_shown(void **state)
{
	struct world *w = *state;
	struct lost shown, l;
	struct taken t;
	write_a(w, "/x", &t);
	lasting(w);
	get(w->c, &shown);
	ship_must(w->b, DEED_WRITE, "/of-b", "on x");
	ship_step(w->b);
	gone(w, &t);
	look(w->c);
	assert_int_equal(give_up_by(w->c, shown.token), ERR_BUSY);
	get(w->c, &l);
	assert_int_equal(l.given_n, 0);
	assert_int_equal(l.n, 2);
	ok(give_up_by(w->c, l.token));
	stays_well(w);
	buf_free(&t.body);
}

static void a_store_that_is_away_says_nothing(void **state)
{
	struct world *w = *state;
	struct why why = { 0 };
	struct taken t;
	write_a(w, "/x", &t);
	lasting(w);
	fault_offline(w->c->store, ERR_NET);
	assert_int_equal(lost_look(w->c->sync, WAIT_MS, &why), ERR_NET);
	assert_int_not_equal(why.text[0], 0);
	fault_offline(w->c->store, ERR_OK);
	ok(lost_look(w->c->sync, WAIT_MS, &why));
	buf_free(&t.body);
}

static void a_record_that_cannot_be_read_gives_nothing_up(void **state)
{
	struct world *w = *state;
	static const char *const records[] = { "", "\2", "\1x" };
	struct lost l;
	struct taken t;
	write_a(w, "/x", &t);
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		cleanup(ops_free) struct ops o = OPS_INIT;
		lasting(w);
		give_up_shown(w->c, &l);
		ops_put(&o, MAP_STATE, span_str(STATE_GIVEN), span_str(records[i]));
		ok(ops_commit(&o, w->c->map));
		reopen(w);
	}
	lasting(w);
	buf_free(&t.body);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_given_up_is_no_lack),
		TEST(what_stood_on_it_is_given_up_with_it),
		TEST(it_is_asked_for_and_joins_when_it_comes),
		TEST(what_is_there_and_damaged_is_given_up_too),
		TEST(a_device_that_nothing_proves_is_given_up),
		TEST(a_later_loss_is_one),
		TEST(what_comes_to_stand_on_it_is_one),
		TEST(nothing_is_given_up_where_nothing_is_lost),
		TEST(what_was_found_only_now_is_not_given_up),
		TEST(what_was_not_shown_is_not_given_up),
		TEST(what_came_to_stand_on_it_was_not_shown),
		TEST(a_store_that_is_away_says_nothing),
		TEST(a_record_that_cannot_be_read_gives_nothing_up),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
