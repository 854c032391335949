/* SPDX-License-Identifier: MIT
 * A store that loses places of the join mailbox which others have passed: the next joiner takes such a place, and must
 * be found there all the same.
 */
#include "sync/core/sync_struct.h"
#include "sync/members/mailbox.h"
#include "sync/members/members.h"
#include "sync/round.h"
#include "tests/sync_fleet.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, 4);
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
	assert_int_equal(name_join(f->d[0].keyring, 1, place, name), ERR_OK);
}

static void lose_place(struct fleet *f, uint64_t place)
{
	char name[OBJECT_NAME];
	place_name(f, place, name);
	assert_int_equal(store_del_sync(f->shared, name), ERR_OK);
}

static bool has_place(struct fleet *f, uint64_t place)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	place_name(f, place, name);
	return store_get_sync(f->shared, name, 0, 0, 0, &body) == ERR_OK;
}

/* poll_news: a round as the thread runs it when it is time to look for news. */
static void poll_news(struct dev *d, bool heads)
{
	struct round r = { .pull = true, .heads = heads };
	guard(&d->sync->work);
	assert_int_equal(round_run(d->sync, &r), ERR_OK);
}

static bool knows(struct dev *d, const struct dev *other)
{
	return streams_find(d->sync, other->stream) != NULL;
}

/* two_passed: the first device has passed the places of two others. The third has published nothing, so that a vault
 * without its statement lacks nothing. */
static void two_passed(struct fleet *f)
{
	struct dev *b = fleet_join(f, "laptop");
	fleet_join(f, "phone");
	dev_step(b);
	dev_step(&f->d[0]);
	dev_step(b);
}

/* join_in_place: a joiner takes a place that was lost, and publishes. */
static struct dev *join_in_place(struct fleet *f, uint64_t place)
{
	lose_place(f, place);
	struct dev *d = fleet_join(f, "tablet");
	assert_true(has_place(f, place));
	dev_write(d, "new", 5000, 'n');
	dev_step(d);
	return d;
}

static void test_joiner_in_a_passed_place_is_found_when_a_device_starts(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	two_passed(f);
	struct dev *d = join_in_place(f, 1);
	dev_crash(a);
	dev_open(a);
	poll_news(a, false);
	assert_true(knows(a, d));
	dev_check_file(a, "new", 5000, 'n');
}

static void test_joiner_in_a_passed_place_is_found_by_polling_with_one_more_request(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	two_passed(f);
	poll_news(a, false);
	uint64_t before = fault_counts(a->store).requests;
	poll_news(a, false);
	/* The next commit of each of two, the next place, and one that was passed. */
	assert_in_range(fault_counts(a->store).requests - before, 1, 4);
	struct dev *d = join_in_place(f, 1);
	for (unsigned i = 0; i < 2; i++)
		poll_news(a, false);
	assert_true(knows(a, d));
	dev_check_file(a, "new", 5000, 'n');
}

static void test_joiner_in_a_passed_place_is_found_by_the_head_of_another(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0], *b = &f->d[1];
	two_passed(f);
	a->sync->mailbox.turn = 0;
	struct dev *d = join_in_place(f, 1);
	dev_step(b);
	assert_true(knows(b, d));
	poll_news(a, true); /* the passed place whose turn it is, is the other one */
	assert_true(knows(a, d));
	dev_check_file(a, "new", 5000, 'n');
}

static void test_publishing_for_someone_who_waits_does_not_miss_a_joiner_in_a_passed_place(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	two_passed(f);
	a->sync->mailbox.turn = 0;
	struct dev *d = join_in_place(f, 1);
	dev_write(a, "mine", 5000, 'm'); /* in the same directory: two histories */
	assert_int_equal(sync_step(a->sync), ERR_RACE);
	assert_int_equal(dev_status(a).phase, SYNC_STOPPED_RACE);
	dev_step(d);
	dev_check_file(d, "new", 5000, 'n');
}

static void test_commit_that_lost_to_an_unseen_joiner_is_noticed_at_the_next_start(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	two_passed(f);
	struct dev *d = join_in_place(f, 1);
	dev_write(d, "more", 5000, 'm');
	dev_step(d);
	dev_write(a, "mine", 5000, 'm');
	a->sync->mailbox.turn = 0;
	struct round r = { .quiesced = true }; /* published with nobody waiting: looks at the other place only */
	assert_int_equal(round_run(a->sync, &r), ERR_OK);
	assert_false(knows(a, d));
	dev_crash(a);
	dev_open(a);
	struct round next = { .pull = true };
	assert_int_equal(round_run(a->sync, &next), ERR_RACE);
	sync_mirror(a->sync, ERR_RACE);
	assert_int_equal(dev_status(a).phase, SYNC_STOPPED_RACE);
}

static void test_joiner_looks_behind_a_lost_place_for_streams_that_heads_count(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	fleet_join(f, "laptop");
	struct dev *c = fleet_join(f, "phone");
	dev_step(a); /* knows both from the mailbox only: they have published nothing yet */
	assert_true(knows(a, c));
	lose_place(f, 0);
	struct dev *d = fleet_join(f, "tablet");
	dev_step(c);
	poll_news(d, false); /* publishes its own records too */
	assert_true(knows(d, c));
	dev_step(c);
	assert_same_map(c, d);
}

static void test_device_whose_place_was_lost_takes_one_again(void **state)
{
	struct fleet *f = *state;
	struct dev *b = fleet_join(f, "laptop");
	dev_step(b);
	dev_step(&f->d[0]);
	dev_step(b); /* the first device stands on its commit */
	lose_place(f, 0);
	poll_news(b, false);
	assert_false(has_place(f, 0));
	dev_crash(b);
	dev_open(b);
	poll_news(b, false);
	assert_true(has_place(f, 0));
	assert_same_map(b, fleet_join(f, "tablet"));
}

/* lose_stream: the store has no commit, head or statement of a device any more. */
static void lose_stream(struct fleet *f, struct dev *d, uint64_t place)
{
	char name[OBJECT_NAME];
	for (uint64_t n = 1; n <= dev_status(d).commits; n++) {
		assert_int_equal(name_commit(d->keyring, 1, d->stream, n, 0, name), ERR_OK);
		assert_int_equal(store_del_sync(f->shared, name), ERR_OK);
	}
	assert_int_equal(name_head(d->keyring, 1, d->stream, name), ERR_OK);
	assert_int_equal(store_del_sync(f->shared, name), ERR_OK);
	lose_place(f, place);
}

/* theirs_lost: a follows what b published, the store loses it, and a publishes. */
static void theirs_lost(struct fleet *f, struct dev *a, struct dev *b)
{
	dev_write(b, "theirs", 5000, 't');
	dev_step(b);
	dev_step(a);
	lose_stream(f, b, 0);
	dev_write(a, "mine", 5000, 'm');
	dev_step(a);
}

static void test_newcomer_gets_what_others_stand_on_and_the_store_lost(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0], *b = fleet_join(f, "laptop");
	theirs_lost(f, a, b);
	struct dev *c = fleet_join(f, "tablet");
	assert_true(knows(c, b));
	assert_same_map(a, c);
	dev_check_file(c, "mine", 5000, 'm');
	uint64_t made = dev_status(a).checkpoints;
	assert_int_equal(made, 1);
	dev_step(a);
	assert_int_equal(dev_status(a).checkpoints, made); /* once is enough */
}

static void test_own_commits_that_the_store_loses_meanwhile_are_stored_again(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	dev_write(a, "mine", 5000, 'm');
	dev_step(a);
	char name[OBJECT_NAME];
	assert_int_equal(name_commit(a->keyring, 1, a->stream, dev_status(a).commits, 0, name), ERR_OK);
	assert_int_equal(store_del_sync(f->shared, name), ERR_OK);
	dev_step(a);
	assert_same_map(a, fleet_join(f, "tablet"));
}

static void test_stream_that_nothing_proves_any_more_is_named_once(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	struct dev *b = fleet_join(f, "laptop");
	dev_step(b);
	dev_step(a);
	struct dev *c = fleet_join(f, "phone");
	dev_step(b);
	assert_true(knows(b, c));
	lose_place(f, 1);
	poll_news(a, true);
	assert_non_null(strstr(sync_alarm_text(a->sync), "proof is lost, damaged or withheld"));
	/* Looking everywhere at every poll would not find it sooner. */
	uint64_t before = fault_counts(a->store).requests;
	poll_news(a, true);
	assert_in_range(fault_counts(a->store).requests - before, 1, 6);
}

static void sign(struct fleet *f, struct statement *st, struct buf *out)
{
	cleanup(slot_freep) struct slot *slot = NULL;
	struct keyring *keyring = NULL;
	assert_int_equal(header_unlock(f->header, SLOT_PASSPHRASE, span_str(FLEET_PASS), &keyring, &slot, NULL),
	                 ERR_OK);
	st->slot = slot_id(slot);
	assert_int_equal(statement_sign(st, header_vault(f->header), header_genesis(f->header), slot, out), ERR_OK);
	keyring_freep(&keyring);
}

static void keep_statement(struct dev *d, struct span statement)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct hash hash;
	assert_int_equal(statement_hash(statement, &hash), ERR_OK);
	struct rkey k = key_bytes(REC_STATEMENT, hash_span(&hash));
	batch_put(b, MAP_RECORDS, rkey_span(&k), statement);
	assert_int_equal(map_apply(d->map, b), ERR_OK);
}

/* A place of the mailbox gave a stream, and the next one no answer: the statements known already close it all the same,
 * in that round and after a crash in it. */
static void test_stream_met_in_a_round_that_fails_is_closed_if_it_is_revoked(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0];
	cleanup(buf_free) struct buf join = BUF_INIT, revoke = BUF_INIT;
	struct statement st = { .kind = ST_JOIN, .number = 1, .time = 1, .name = span_str("stolen") };
	assert_int_equal(crypto_random_id(&st.device), ERR_OK);
	sign(f, &st, &join);
	struct statement no = { .kind = ST_REVOKE, .number = 2, .time = 2 };
	no.device = st.device;
	assert_int_equal(statement_hash(buf_span(&join), &no.previous), ERR_OK);
	sign(f, &no, &revoke);
	keep_statement(a, buf_span(&revoke));
	for (unsigned crash = 0; crash < 2; crash++) {
		memset(st.stream.b, 7 + (int)crash, ID_LEN);
		buf_clear(&join);
		sign(f, &st, &join);
		assert_int_equal(member_statement(a->sync, buf_span(&join)), ERR_OK);
		assert_false(streams_find(a->sync, st.stream)->closed);
		if (crash) {
			dev_crash(a);
			dev_open(a);
		}
		fault_offline(a->store, ERR_NET);
		assert_int_equal(member_mailbox(a->sync), ERR_NET);
		fault_offline(a->store, ERR_OK);
		assert_true(streams_find(a->sync, st.stream)->closed);
	}
}

/* The commit lies below a final checkpoint, and the device that has it no longer knows where. */
static void test_a_lost_commit_below_a_checkpoint_stays_covered(void **state)
{
	struct fleet *f = *state;
	struct dev *a = &f->d[0], *b = fleet_join(f, "laptop");
	theirs_lost(f, a, b);
	assert_int_equal(dev_status(a).checkpoints, 1);
	for (unsigned i = 0; i < 6; i++) { /* b only follows, until all of that is final */
		dev_step(b);
		dev_write(a, "mine", 5000 + i, 'm');
		dev_step(a);
	}
	const struct stream *st = streams_find(a->sync, b->stream);
	assert_null(commits_find(a->sync, st->applied.hash));
	lose_stream(f, b, 0);
	dev_crash(a);
	dev_open(a);
	dev_step(a);
	assert_int_equal(dev_status(a).checkpoints, 0); /* since the start */
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_joiner_in_a_passed_place_is_found_when_a_device_starts),
		T(test_joiner_in_a_passed_place_is_found_by_polling_with_one_more_request),
		T(test_joiner_in_a_passed_place_is_found_by_the_head_of_another),
		T(test_publishing_for_someone_who_waits_does_not_miss_a_joiner_in_a_passed_place),
		T(test_commit_that_lost_to_an_unseen_joiner_is_noticed_at_the_next_start),
		T(test_joiner_looks_behind_a_lost_place_for_streams_that_heads_count),
		T(test_device_whose_place_was_lost_takes_one_again),
		T(test_newcomer_gets_what_others_stand_on_and_the_store_lost),
		T(test_own_commits_that_the_store_loses_meanwhile_are_stored_again),
		T(test_stream_that_nothing_proves_any_more_is_named_once),
		T(test_stream_met_in_a_round_that_fails_is_closed_if_it_is_revoked),
		T(test_a_lost_commit_below_a_checkpoint_stays_covered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
