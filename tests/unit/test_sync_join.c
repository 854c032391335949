/* SPDX-License-Identifier: MIT
 * Joining from the store alone, and checkpoints.
 */
#include "sync/members/chain.h"
#include "sync/members/letter.h"
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

static void fill(struct fleet *f, struct ship *d, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		file_write(f, d, name, 2000 + i, (uint8_t)i);
	}
}

static int count_visit(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(size_t *)ctx;
	return 0;
}

/* checkpoints: of this device that are on the store. */
static size_t checkpoints(struct ship *d)
{
	size_t n = 0;
	ok(map_scan(d->map, MAP_STATE, span_str(STATE_CHECKPOINT), SPAN(NULL, 0), count_visit, &n));
	return n;
}

static void test_join_from_first_commit(void **state)
{
	struct fleet *f = *state;
	fill(f, &f->d[0], 0, 20);
	ship_step(&f->d[0]);
	struct ship *b = fleet_join(f, "laptop");
	ships_same(&f->d[0], b);
	file_check(f, b, "f7", 2007, 7);
}

static void test_join_from_checkpoint_and_later_commits(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	d->checkpoint_min = 1;
	ship_restart(f, d);
	for (unsigned i = 0; i < 10; i++) {
		fill(f, d, i * 20, i * 20 + 20);
		ship_step(d);
	}
	assert_true(checkpoints(d) >= 1);
	struct ship *b = fleet_join(f, "laptop");
	ships_same(d, b);
	file_check(f, b, "f7", 2007, 7);
	file_check(f, b, "f199", 2199, 199);
	ship_step(b);
	ship_step(d);
	ships_same(d, b);
	file_write(f, b, "from b", 4000, 'b');
	ship_step(b);
	ship_step(d);
	ships_same(d, b);
}

static void test_old_checkpoints_are_pruned(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	d->checkpoint_min = 1;
	ship_restart(f, d);
	for (unsigned i = 0; i < 25; i++) {
		fill(f, d, 0, 40); /* the same files again: the map does not grow */
		ship_step(d);
	}
	assert_in_range(checkpoints(d), 1, 2);
	ships_same(d, fleet_join(f, "laptop"));
}

static void test_interrupted_checkpoint_is_made_anew(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	d->checkpoint_min = 1;
	ship_restart(f, d);
	struct fault_plan plan = { .ops = FAULT_PUT, .error = 600, .lost = 200 }, none = { 0 };
	for (unsigned i = 0; i < 25; i++) {
		fill(f, d, i, i + 5);
		fault_set(d->store, &plan);
		(void)!sync_step(d->sync);
		ship_crash(f, d);
	}
	fault_set(d->store, &none);
	ship_step(d);
	assert_int_equal(ship_saved(d).objects, 0);
	ships_same(d, fleet_join(f, "laptop"));
}

static void test_several_join_one_after_the_other(void **state)
{
	struct fleet *f = *state;
	fill(f, &f->d[0], 0, 5);
	ship_step(&f->d[0]);
	struct ship *b = fleet_join(f, "laptop"), *c = fleet_join(f, "phone");
	ship_step(b);
	ship_step(c);
	ship_step(&f->d[0]);
	ship_step(b);
	ships_same(b, c);
	ships_same(&f->d[0], c);
}

static void test_join_says_why_it_cannot(void **state)
{
	struct fleet *f = *state;
	struct why why = { 0 };
	struct ship *d;
	struct store *real = f->shared, *empty = store_mem_new();
	f->shared = empty;
	assert_int_equal(fleet_try_join(f, "laptop", &d, &why), ERR_NOTFOUND);
	assert_true(strlen(why.text) > 20);
	f->shared = real;
	store_close(d->store);
	store_close(empty);
	d->store = fault_new(passing_new(real), 1);
}

static void place_name(struct fleet *f, uint64_t place, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_join(&epoch.names, place, name));
}

/* forge: a JOIN in the name of the recovery slot, signed by one of another vault, and what the thief says. */
static void forge(struct fleet *f, const struct signer_mine *thief, struct records *letter, struct hash *stream)
{
	struct signer_mine *other = NULL;
	struct chain slot = { 0 }, own = { 0 };
	struct hash genesis = keyring_genesis(f->v->keyring);
	uint8_t proof[SIGNER_SIG];
	ok(signer_mine_draw(keyring_vault(f->v->keyring), SIGNER_RECOVERY, &other));
	other->id = f->v->slot->id;
	ok(mine_prove(thief, genesis, proof));
	struct statement join = { .kind = SIGNER_JOIN, .who = signer_mine_new_of(thief, 2), .proof = proof };
	ok(chain_next(&(struct chain_of){ other, genesis, 1 }, &join, &slot, letter));
	ok(chain_next(&(struct chain_of){ thief, genesis, 1 }, &(struct statement){ .kind = SIGNER_INCARNATION }, &own,
	              letter));
	*stream = own.hash;
	secret_free(other);
}

static void test_forged_join_is_ignored_and_bars_nobody(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	cleanup(records_free) struct records letter = RECORDS_INIT;
	struct letter_place at = { .epoch = 1 };
	struct signer_mine *thief = NULL;
	struct hash stream;
	ok(signer_mine_draw(keyring_vault(f->v->keyring), SIGNER_DEVICE, &thief));
	forge(f, thief, &letter, &stream);
	ok(letter_put(a->sync, &letter, &at, true));
	assert_int_equal(at.place, 0);
	ship_step(a);
	assert_null(streams_find(a->sync, id_from(stream.b)));
	struct ship *b = fleet_join(f, "laptop");
	file_write(f, b, "a", 4000, 'b');
	ship_step(b);
	ship_step(a);
	ships_same(a, b);
	file_check(f, a, "a", 4000, 'b');
	ship_crash(f, a);
	assert_null(streams_find(a->sync, id_from(stream.b)));
	secret_free(thief);
}

static void test_what_is_no_letter_is_named_and_bars_nobody(void **state)
{
	struct fleet *f = *state;
	char name[OBJECT_NAME];
	place_name(f, 0, name);
	ok(store_put_sync(f->shared, name, span_str("no letter")));
	ship_step(&f->d[0]);
	assert_non_null(strstr(ship_status(&f->d[0]).last_text, "mailbox does not verify"));
	struct ship *b = fleet_join(f, "laptop");
	ship_step(b);
	ship_step(&f->d[0]);
	ships_same(&f->d[0], b);
}

static void test_join_from_a_damaging_store_fails_or_is_right(void **state)
{
	struct fleet *f = *state;
	struct ship *d = &f->d[0];
	struct store *bad[3];
	d->checkpoint_min = 1;
	ship_restart(f, d);
	for (unsigned i = 0; i < 6; i++) {
		fill(f, d, i * 10, i * 10 + 10);
		ship_step(d);
	}
	for (unsigned i = 0; i < 3; i++) {
		struct why why = { 0 };
		struct ship *b;
		/* Damage on the way is in the layer of the one who reads: set before joining. */
		struct store *real = f->shared;
		struct fault_plan plan = { .ops = FAULT_GET, .garble = 60, .cut = 60 };
		bad[i] = fault_new(passing_new(real), 100 * (i + 1));
		fault_set(bad[i], &plan);
		f->shared = bad[i];
		err_t e = fleet_try_join(f, "laptop", &b, &why);
		f->shared = real;
		fault_set(bad[i], &(struct fault_plan){ 0 }); /* what was joined goes on over it */
		if (e) {
			assert_true(strlen(why.text) > 10);
			continue;
		}
		ship_step(b);
		ship_step(d);
		ship_step(b);
		ships_same(d, b);
	}
	for (unsigned i = 0; i < 3; i++)
		store_close(bad[i]); /* those above it ask it nothing when they are closed */
}

/* rounds: a checkpoint is due in each. */
static void rounds(struct fleet *f, struct ship *d, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		fill(f, d, i * 20, i * 20 + 20);
		ship_step(d);
	}
}

static struct ship *with_checkpoints(struct fleet *f)
{
	struct ship *d = &f->d[0];
	d->checkpoint_min = 1;
	ship_restart(f, d);
	return d;
}

static void test_an_old_head_hides_no_later_commit_from_a_joiner(void **state)
{
	struct fleet *f = *state;
	struct ship *d = with_checkpoints(f);
	cleanup(buf_free) struct buf old = BUF_INIT, now = BUF_INIT;
	char name[OBJECT_NAME];
	rounds(f, d, 0, 4);
	assert_true(checkpoints(d) >= 1);
	ship_head_name(f, d, name);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &old));
	rounds(f, d, 4, 5);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &now));
	assert_int_not_equal(span_cmp(buf_span(&old), buf_span(&now)), 0);
	ok(store_put_sync(f->shared, name, buf_span(&old)));
	struct ship *b = fleet_join(f, "laptop");
	ships_same(d, b);
	file_check(f, b, "f99", 2099, 99);
}

static enum store_list_next name_one(void *ctx, const char *name, uint64_t size)
{
	(void)size;
	buf_put(ctx, name, strlen(name) + 1);
	return STORE_LIST_NEXT;
}

static struct store *store_copy(struct store *from)
{
	struct store *to = store_mem_new();
	cleanup(buf_free) struct buf names = BUF_INIT;
	ok(from->ops->list(from, name_one, &names));
	for (size_t at = 0; at < names.len; at += strlen((char *)names.p + at) + 1) {
		cleanup(buf_free) struct buf body = BUF_INIT;
		const char *name = (char *)names.p + at;
		ok(store_get_sync(from, name, 0, 0, 0, &body));
		ok(store_put_sync(to, name, buf_span(&body)));
	}
	return to;
}

static void test_a_joiner_who_was_shown_yesterday_goes_on_today(void **state)
{
	struct fleet *f = *state;
	struct ship *d = with_checkpoints(f), *b;
	struct why why = { 0 };
	struct store *today = f->shared, *yesterday;
	rounds(f, d, 0, 4);
	assert_true(checkpoints(d) >= 1);
	yesterday = store_copy(today);
	rounds(f, d, 4, 8);
	f->shared = yesterday;
	ok(fleet_try_join(f, "laptop", &b, &why));
	f->shared = today;
	file_write(f, b, "from b", 4000, 'b');
	ship_step(b);
	file_check(f, b, "f79", 2079, 79); /* yesterday whole: it cannot know better */
	struct store *old = b->store;
	b->store = fault_new(passing_new(today), 1);
	ship_restart(f, b);
	store_close(old);
	ship_step(b);
	file_check(f, b, "f159", 2159, 159);
	ship_step(d);
	ships_same(d, b);
	ships_same(d, fleet_join(f, "phone"));
	store_close(yesterday);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_join_from_first_commit),
		T(test_join_from_checkpoint_and_later_commits),
		T(test_old_checkpoints_are_pruned),
		T(test_interrupted_checkpoint_is_made_anew),
		T(test_several_join_one_after_the_other),
		T(test_join_says_why_it_cannot),
		T(test_forged_join_is_ignored_and_bars_nobody),
		T(test_what_is_no_letter_is_named_and_bars_nobody),
		T(test_an_old_head_hides_no_later_commit_from_a_joiner),
		T(test_a_joiner_who_was_shown_yesterday_goes_on_today),
		T(test_join_from_a_damaging_store_fails_or_is_right),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
