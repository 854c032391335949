/* SPDX-License-Identifier: MIT
 * A store that loses places of the join mailbox which others have passed: the next joiner takes such a place, and must
 * be found there all the same.
 */
#include "sync/core/sync_struct.h"
#include "sync/members/chain.h"
#include "sync/members/mailbox.h"
#include "sync/members/statements.h"
#include "sync/round.h"
#include "tests/sync_files.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, &vault);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

static void place_name(struct fleet *f, uint64_t place, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_join(&epoch.names, place, name));
}

static void lose_place(struct fleet *f, uint64_t place)
{
	char name[OBJECT_NAME];
	place_name(f, place, name);
	ok(store_del_sync(f->shared, name));
}

static void lose_guide(struct fleet *f)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	char name[OBJECT_NAME];
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_guide(&epoch.names, name));
	ok(store_del_sync(f->shared, name));
}

static bool has_place(struct fleet *f, uint64_t place)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	place_name(f, place, name);
	return store_get_sync(f->shared, name, 0, 0, 0, &body) == ERR_OK;
}

/* poll_news: a round as the thread runs it when it is time to look for news. */
static void poll_news(struct ship *d, bool heads)
{
	struct round r = { .pull = true, .heads = heads };
	guard(&d->sync->work);
	ok(round_run(d->sync, &r));
}

static bool knows(struct ship *d, struct ship *other)
{
	return streams_find(d->sync, other->stream) != NULL;
}

/* two_passed: the first device has passed the places of two others. The third has published nothing, so that a vault
 * without its statement lacks nothing. */
static void two_passed(struct fleet *f)
{
	struct ship *b = fleet_join(f, "laptop");
	fleet_join(f, "phone");
	ship_step(b);
	ship_step(&f->d[0]);
	ship_step(b);
}

/* join_in_place: a joiner takes a place that was lost, and publishes. */
static struct ship *join_in_place(struct fleet *f, uint64_t place)
{
	lose_place(f, place);
	struct ship *d = fleet_join(f, "tablet");
	assert_true(has_place(f, place));
	file_write(f, d, "new", 5000, 'n');
	ship_step(d);
	return d;
}

static void test_joiner_in_a_passed_place_is_found_when_a_device_starts(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	two_passed(f);
	struct ship *d = join_in_place(f, 1);
	ship_crash(f, a);
	poll_news(a, false);
	assert_true(knows(a, d));
	file_check(f, a, "new", 5000, 'n');
}

static void test_joiner_in_a_passed_place_is_found_by_polling_with_one_more_request(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	two_passed(f);
	poll_news(a, false);
	uint64_t before = fault_counts(a->store).requests;
	poll_news(a, false);
	/* The next commit of each of two, the next place, and one that was passed. */
	assert_in_range(fault_counts(a->store).requests - before, 1, 4);
	struct ship *d = join_in_place(f, 1);
	for (unsigned i = 0; i < 2; i++)
		poll_news(a, false);
	assert_true(knows(a, d));
	file_check(f, a, "new", 5000, 'n');
}

static void test_joiner_in_a_passed_place_is_found_by_the_head_of_another(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = &f->d[1];
	two_passed(f);
	a->sync->mailbox.turn = 0;
	struct ship *d = join_in_place(f, 1);
	ship_step(b);
	assert_true(knows(b, d));
	poll_news(a, true); /* the passed place whose turn it is, is the other one */
	assert_true(knows(a, d));
	file_check(f, a, "new", 5000, 'n');
}

static void test_publishing_for_someone_who_waits_does_not_miss_a_joiner_in_a_passed_place(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	two_passed(f);
	a->sync->mailbox.turn = 0;
	struct ship *d = join_in_place(f, 1);
	file_write(f, a, "mine", 5000, 'm');
	ship_step(a);
	assert_true(knows(a, d));
	file_check(f, a, "new", 5000, 'n');
	ship_step(d);
	ships_same(a, d);
}

static void test_joiner_looks_behind_a_lost_place_for_streams_that_heads_count(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	fleet_join(f, "laptop");
	struct ship *c = fleet_join(f, "phone");
	ship_step(a); /* knows both from the mailbox only: they have published nothing yet */
	assert_true(knows(a, c));
	lose_place(f, 0);
	struct ship *d = fleet_join(f, "tablet");
	ship_step(c);
	poll_news(d, false); /* publishes its own records too */
	assert_true(knows(d, c));
	ship_step(c);
	ships_same(c, d);
}

static void test_device_whose_place_was_lost_takes_one_again(void **state)
{
	struct fleet *f = *state;
	struct ship *b = fleet_join(f, "laptop");
	ship_step(b);
	ship_step(&f->d[0]);
	ship_step(b); /* the first device stands on its commit */
	lose_place(f, 0);
	poll_news(b, false); /* statements are nowhere else: who made one looks after it in each round */
	assert_true(has_place(f, 0));
	ships_same(b, fleet_join(f, "tablet"));
}

/* lose_stream: the store has no commit and no head of a device any more. */
static void lose_stream(struct fleet *f, struct ship *d)
{
	char name[OBJECT_NAME];
	for (uint64_t n = 1; n <= ship_status(d).commits; n++) {
		ship_commit_name(f, d, n, 0, name);
		ok(store_del_sync(f->shared, name));
	}
	ship_head_name(f, d, name);
	ok(store_del_sync(f->shared, name));
}

/* theirs_lost: a follows what b published, the store loses it, and a publishes. */
static void theirs_lost(struct fleet *f, struct ship *a, struct ship *b)
{
	file_write(f, b, "theirs", 5000, 't');
	ship_step(b);
	ship_step(a);
	lose_stream(f, b);
	file_write(f, a, "mine", 5000, 'm');
	ship_step(a);
}

static void test_newcomer_gets_what_others_stand_on_and_the_store_lost(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	theirs_lost(f, a, b);
	struct ship *c = fleet_join(f, "tablet");
	assert_true(knows(c, b));
	ships_same(a, c);
	file_check(f, c, "mine", 5000, 'm');
	uint64_t made = ship_status(a).checkpoints;
	assert_int_equal(made, 1);
	ship_step(a);
	assert_int_equal(ship_status(a).checkpoints, made); /* once is enough */
}

/* A commit of several parts, of which the store loses a later one: the newest, and one below it. */
static void a_part_is_lost(struct fleet *f, unsigned behind)
{
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	char name[OBJECT_NAME], file[16];
	b->sync->c.part_bytes = 512;
	for (unsigned i = 0; i < 8; i++) {
		snprintf(file, sizeof(file), "theirs%u", i);
		file_write(f, b, file, 5000, 't');
	}
	ship_step(b);
	const uint64_t n = b->sync->st.n;
	for (unsigned i = 0; i < behind; i++) {
		file_write(f, b, "more", 5000 + i, 'u');
		ship_step(b);
	}
	ship_step(a);
	assert_int_equal(ship_status(a).checkpoints, 0);
	ship_commit_name(f, b, n, 1, name);
	ok(store_del_sync(f->shared, name));
	a->sync->checkpoint.older = 0; /* those below the newest are due */
	file_write(f, a, "mine", 5000, 'm');
	ship_step(a);
	assert_int_equal(ship_status(a).checkpoints, 1);
	struct ship *c = fleet_join(f, "tablet");
	ships_same(a, c);
	file_check(f, c, "theirs7", 5000, 't');
}

static void test_newcomer_gets_what_a_later_part_of_a_commit_had(void **state)
{
	a_part_is_lost(*state, 0);
}

static void test_newcomer_gets_what_a_later_part_of_an_older_commit_had(void **state)
{
	a_part_is_lost(*state, 2);
}

static unsigned places(struct fleet *f)
{
	unsigned n = 0;
	for (uint64_t place = 0; place < 16; place++)
		n += has_place(f, place);
	return n;
}

/* A store that went back: neither what a device published nor the statement by which it joined is there any more, nor
 * comes the device back. What others wrote since stands on it. */
static void test_newcomer_gets_what_stands_on_a_device_whose_statement_the_store_lost(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop"), *gone = fleet_join(f, "phone");
	file_write(f, b, "theirs", 5000, 't');
	ship_step(b);
	ship_step(a);
	assert_true(knows(a, gone));
	lose_stream(f, b);
	lose_place(f, 0);
	lose_place(f, 1);
	file_write(f, a, "mine", 5000, 'm');
	ship_step(a);
	struct ship *c = fleet_join(f, "tablet");
	assert_true(knows(c, b));
	assert_true(knows(c, gone));
	ships_same(a, c);
	file_check(f, c, "mine", 5000, 'm');
	ship_step(a);
	assert_int_equal(places(f), 2); /* of who published nothing, and the newcomer's: once is enough */
}

/* Who published nothing is in no commit: what it said is kept by who read it. */
static void test_a_statement_is_kept_over_a_restart_and_stored_once_by_many(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop"), *c = fleet_join(f, "phone");
	struct ship *d = fleet_join(f, "desktop");
	ship_step(d);
	ship_step(a);
	ship_crash(f, a);
	ship_crash(f, d);
	lose_place(f, 0);
	lose_place(f, 1);
	ship_step(d); /* both in the first free one */
	assert_true(has_place(f, 0));
	assert_true(ship_alarmed(d, "stored again"));
	ship_step(a);
	ship_step(d);
	assert_int_equal(places(f), 2);
	assert_false(ship_alarmed(a, "stored again"));
	lose_guide(f);
	struct ship *e = fleet_join(f, "tablet");
	assert_true(knows(e, b) && knows(e, c));
}

/* What a checkpoint has of a stream counts for who knows the stream when it is loaded: a lost place must not hide it.
 */
static void test_joiner_looks_behind_a_lost_place_before_it_takes_a_checkpoint(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	ship_step(fleet_join(f, "laptop"));
	ship_step(fleet_join(f, "phone"));
	struct ship *b = fleet_join(f, "desktop");
	file_write(f, b, "theirs", 5000, 't');
	ship_step(b);
	ship_step(a);
	lose_stream(f, b);
	ship_step(a); /* a checkpoint: the next commit names what is nowhere else */
	file_write(f, a, "mine", 5000, 'm');
	ship_step(a);
	lose_place(f, 0);
	lose_place(f, 1);
	struct ship *c = fleet_join(f, "tablet");
	assert_true(knows(c, b));
	ship_step(a); /* the others' statements are there again */
	poll_news(c, false);
	ships_same(a, c);
	file_check(f, c, "mine", 5000, 'm');
}

/* stands_on_another: the first device, under that clock, has what a second wrote, which is given back. */
static struct ship *stands_on_another(struct fleet *f, const struct clock *clock)
{
	struct ship *b = fleet_join(f, "laptop");
	f->clock = clock;
	ship_crash(f, &f->d[0]);
	file_write(f, b, "theirs", 5000, 't');
	ship_step(b);
	ship_step(&f->d[0]);
	return b;
}

/* wait_for: a round as the thread runs it for someone who waits. */
static void wait_for(struct ship *d)
{
	struct round r = { .force = true, .pull = true, .quiesced = true };
	guard(&d->sync->work);
	ok(round_run(d->sync, &r));
}

/* Heads are late; but when all is said to be on the store, who joins finds the checkpoint that has what it lost. */
static void test_who_waited_for_a_checkpoint_waited_for_the_head_that_names_it(void **state)
{
	struct fleet *f = *state;
	int64_t now = 1000 * NS_PER_S;
	const struct clock clock = { standing, standing, &now };
	struct ship *a = &f->d[0], *b = stands_on_another(f, &clock);
	char name[OBJECT_NAME];
	lose_stream(f, b);
	wait_for(a);
	file_write(f, a, "mine", 5000, 'm');
	wait_for(a);
	ships_same(a, fleet_join(f, "tablet"));
	ship_head_name(f, a, name);
	ok(store_del_sync(f->shared, name));
	file_write(f, a, "more", 5000, 'm');
	wait_for(a);
	ships_same(a, fleet_join(f, "phone"));
}

/* Nobody waits, and no device starts: our head tells. */
static void test_a_store_that_went_back_is_noticed_by_who_only_polls(void **state)
{
	struct fleet *f = *state;
	int64_t now = 1000 * NS_PER_S;
	const struct clock clock = { standing, standing, &now };
	struct ship *a = &f->d[0], *b = stands_on_another(f, &clock);
	char name[OBJECT_NAME];
	poll_news(a, false);
	lose_stream(f, b);
	lose_place(f, 0);
	ship_head_name(f, a, name);
	ok(store_del_sync(f->shared, name));
	now += 301 * NS_PER_S;
	poll_news(a, false);
	poll_news(a, false);
	struct ship *c = fleet_join(f, "tablet");
	assert_true(knows(c, b));
	ships_same(a, c);
	file_check(f, c, "theirs", 5000, 't');
	ok(store_del_sync(f->shared, name));
	now += 301 * NS_PER_S;
	poll_news(a, false);
	poll_news(a, false);
	uint64_t before = fault_counts(a->store).requests;
	poll_news(a, false);
	assert_in_range(fault_counts(a->store).requests - before, 1, 5); /* all of it was looked at once */
}

static void test_own_commits_that_the_store_loses_meanwhile_are_stored_again(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	file_write(f, a, "mine", 5000, 'm');
	ship_step(a);
	char name[OBJECT_NAME];
	ship_commit_name(f, a, ship_status(a).commits, 0, name);
	ok(store_del_sync(f->shared, name));
	ship_step(a);
	ships_same(a, fleet_join(f, "tablet"));
}

static void test_stream_that_nothing_proves_any_more_is_named_once(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	struct ship *b = fleet_join(f, "laptop");
	ship_step(b);
	ship_step(a);
	struct ship *c = fleet_join(f, "phone");
	ship_step(c);
	ship_step(b);
	assert_true(knows(b, c));
	lose_place(f, 1);
	lose_stream(f, c);
	lose_guide(f);
	poll_news(a, true);
	assert_non_null(strstr(sync_alarm_text(a->sync), "proof is lost, damaged or withheld"));
	/* Looking everywhere at every poll would not find it sooner. */
	uint64_t before = fault_counts(a->store).requests;
	poll_news(a, true);
	assert_in_range(fault_counts(a->store).requests - before, 1, 6);
	ship_step(c); /* it gives back what the store lost */
	for (unsigned i = 0; i < 100 && !knows(a, c); i++)
		poll_news(a, true);
	assert_true(knows(a, c));
	poll_news(a, true);
	assert_false(ship_alarmed(a, "proof is lost"));
}

/* say: a statement of `by` behind `at`, which then is it. */
static void say(struct fleet *f, const struct signer_mine *by, const struct statement *body, struct chain *at,
                struct records *ret)
{
	const struct chain_of of = { by, keyring_genesis(f->v->keyring), 1 };
	ok(chain_next(&of, body, at, ret));
}

/* stolen: let in by the recovery slot, with a stream, and thrown out again. */
struct stolen {
	struct signer_mine *mine;
	struct records join, begin, revoke;
	struct hash stream;
};

static void stolen_free(struct stolen *x)
{
	secret_free(x->mine);
	records_free(&x->join);
	records_free(&x->begin);
	records_free(&x->revoke);
}

static void stolen_make(struct fleet *f, struct stolen *x)
{
	struct chain slot = { 0 }, own = { 0 };
	uint8_t proof[SIGNER_SIG];
	*x = (struct stolen){ .join = RECORDS_INIT };
	ok(signer_mine_draw(keyring_vault(f->v->keyring), SIGNER_DEVICE, &x->mine));
	ok(mine_prove(x->mine, keyring_genesis(f->v->keyring), proof));
	struct statement join = { .kind = SIGNER_JOIN, .who = signer_mine_new_of(x->mine, 2), .proof = proof };
	say(f, f->v->slot, &join, &slot, &x->join);
	say(f, x->mine, &(struct statement){ .kind = SIGNER_INCARNATION, .id = { { 1 } } }, &own, &x->begin);
	say(f, f->v->slot, &(struct statement){ .kind = SIGNER_REVOKE, .id = x->mine->id }, &slot, &x->revoke);
	x->stream = own.hash;
}

static void tell(struct ship *d, const struct records *said)
{
	for (size_t i = 0; i < said->n; i++)
		ok(statements_visit(d->sync, records_key(said->v[i]), buf_span(&said->v[i]->value)));
}

/* A place of the mailbox gave a stream, and the next one no answer: the statements known already close it all the same,
 * in that round. */
static void test_stream_met_in_a_round_that_fails_is_closed_if_it_is_revoked(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	cleanup(stolen_free) struct stolen x;
	stolen_make(f, &x);
	tell(a, &x.join);
	tell(a, &x.begin);
	ok(statements_make(a->sync));
	assert_false(streams_find(a->sync, id_from(x.stream.b))->closed);
	tell(a, &x.revoke);
	fault_offline(a->store, ERR_NET);
	assert_int_equal(member_mailbox(a->sync), ERR_NET);
	fault_offline(a->store, ERR_OK);
	assert_true(streams_find(a->sync, id_from(x.stream.b))->closed);
}

/* What a checkpoint has need not be asked for again, also after the next start. */
static void test_a_lost_commit_below_a_checkpoint_stays_covered(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	theirs_lost(f, a, b);
	assert_int_equal(ship_status(a).checkpoints, 1);
	for (unsigned i = 0; i < 6; i++) { /* b only follows */
		ship_step(b);
		file_write(f, a, "mine", 5000 + i, 'm');
		ship_step(a);
	}
	lose_stream(f, b);
	ship_crash(f, a);
	ship_step(a);
	assert_int_equal(ship_status(a).checkpoints, 0); /* since the start */
}

static void test_a_checkpoint_that_the_store_lost_is_made_anew(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = fleet_join(f, "laptop");
	char name[OBJECT_NAME];
	theirs_lost(f, a, b);
	assert_int_equal(ship_status(a).checkpoints, 1);
	name_id(a->sync->st.announced.id, name);
	ok(store_del_sync(f->shared, name));
	ship_step(a);
	assert_int_equal(ship_status(a).checkpoints, 2);
	ship_step(a);
	assert_int_equal(ship_status(a).checkpoints, 2);
	ships_same(a, fleet_join(f, "tablet"));
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_joiner_in_a_passed_place_is_found_when_a_device_starts),
		T(test_joiner_in_a_passed_place_is_found_by_polling_with_one_more_request),
		T(test_joiner_in_a_passed_place_is_found_by_the_head_of_another),
		T(test_publishing_for_someone_who_waits_does_not_miss_a_joiner_in_a_passed_place),
		T(test_joiner_looks_behind_a_lost_place_for_streams_that_heads_count),
		T(test_device_whose_place_was_lost_takes_one_again),
		T(test_newcomer_gets_what_others_stand_on_and_the_store_lost),
		T(test_newcomer_gets_what_a_later_part_of_a_commit_had),
		T(test_newcomer_gets_what_a_later_part_of_an_older_commit_had),
		T(test_newcomer_gets_what_stands_on_a_device_whose_statement_the_store_lost),
		T(test_a_statement_is_kept_over_a_restart_and_stored_once_by_many),
		T(test_joiner_looks_behind_a_lost_place_before_it_takes_a_checkpoint),
		T(test_who_waited_for_a_checkpoint_waited_for_the_head_that_names_it),
		T(test_a_store_that_went_back_is_noticed_by_who_only_polls),
		T(test_own_commits_that_the_store_loses_meanwhile_are_stored_again),
		T(test_stream_that_nothing_proves_any_more_is_named_once),
		T(test_stream_met_in_a_round_that_fails_is_closed_if_it_is_revoked),
		T(test_a_lost_commit_below_a_checkpoint_stays_covered),
		T(test_a_checkpoint_that_the_store_lost_is_made_anew),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
