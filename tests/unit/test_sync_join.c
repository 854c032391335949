/* SPDX-License-Identifier: MIT
 * Joining from the store alone, and checkpoints.
 */
#include "tests/sync_fleet.h"
#include "vault/keys/keys.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, 3);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

static void fill(struct dev *d, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%u", i);
		dev_write(d, name, 2000 + i, (uint8_t)i);
	}
}

static size_t checkpoints(struct dev *d)
{
	size_t n = 0;
	for (uint64_t h = 1; h < 200; h++) {
		struct rkey key = key_ino(REC_CHECKPOINT, h);
		n += map_has(d->map, MAP_RECORDS, rkey_span(&key)) == ERR_OK;
	}
	return n;
}

static void test_join_from_first_commit(void **state)
{
	struct fleet *f = *state;
	fill(&f->d[0], 0, 20);
	dev_step(&f->d[0]);
	struct dev *b = fleet_join(f, "laptop");
	assert_same_map(&f->d[0], b);
	dev_check_file(b, "f7", 2007, 7);
}

static void test_join_from_checkpoint_and_later_commits(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_crash(d);
	d->checkpoint_min = 1;
	dev_open(d);
	for (unsigned i = 0; i < 10; i++) {
		fill(d, i * 20, i * 20 + 20);
		dev_step(d);
	}
	assert_true(checkpoints(d) >= 1);
	struct dev *b = fleet_join(f, "laptop");
	assert_same_map(d, b);
	dev_check_file(b, "f7", 2007, 7);
	dev_check_file(b, "f199", 2199, 199);
	dev_step(b);
	dev_step(d);
	assert_same_map(d, b);
	dev_write(b, "from b", 4000, 'b');
	dev_step(b);
	dev_step(d);
	assert_same_map(d, b);
}

static void test_old_checkpoints_are_pruned(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_crash(d);
	d->checkpoint_min = 1;
	dev_open(d);
	for (unsigned i = 0; i < 25; i++) {
		fill(d, 0, 40); /* the same files again: the map does not grow */
		dev_step(d);
	}
	assert_in_range(checkpoints(d), 1, 2);
	assert_same_map(d, fleet_join(f, "laptop"));
}

static void test_interrupted_checkpoint_is_made_anew(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_crash(d);
	d->checkpoint_min = 1;
	dev_open(d);
	struct fault_plan plan = { .ops = FAULT_PUT, .error = 600, .lost = 200 }, none = { 0 };
	for (unsigned i = 0; i < 25; i++) {
		fill(d, i, i + 5);
		fault_set(d->store, &plan);
		(void)!sync_step(d->sync);
		dev_crash(d);
		dev_open(d);
	}
	fault_set(d->store, &none);
	dev_step(d);
	assert_int_equal(dev_status(d).queued_objects, 0);
	assert_same_map(d, fleet_join(f, "laptop"));
}

static void test_several_join_one_after_the_other(void **state)
{
	struct fleet *f = *state;
	fill(&f->d[0], 0, 5);
	dev_step(&f->d[0]);
	struct dev *b = fleet_join(f, "laptop"), *c = fleet_join(f, "phone");
	dev_step(b);
	dev_step(c);
	dev_step(&f->d[0]);
	dev_step(b);
	assert_same_map(b, c);
	assert_same_map(&f->d[0], c);
}

static void test_join_says_why_it_cannot(void **state)
{
	struct fleet *f = *state;
	struct why why = { 0 };
	struct dev *d;
	struct store *real = f->shared, *empty = store_mem_new();
	f->shared = empty;
	assert_int_equal(fleet_try_join(f, "laptop", &d, &why), ERR_NOTFOUND);
	assert_true(strlen(why.text) > 20);
	f->shared = real;
	store_close(d->store);
	store_close(empty);
	d->store = fault_new(relay_new(real), 1);
}

/* mailbox_put_forged: a JOIN in the first place: in the name of a slot of the vault, signed by one of another vault. */
static void mailbox_put_forged(struct fleet *f, struct id stream)
{
	struct fleet other;
	struct slot *foreign = NULL, *real = NULL;
	struct keyring *keyring = NULL;
	cleanup(buf_free) struct buf bytes = BUF_INIT, sealed = BUF_INIT;
	struct statement st = { .kind = ST_JOIN, .number = 1, .name = span_str("thief") };
	char name[OBJECT_NAME];
	struct hash hash;
	fleet_new(&other, 9);
	assert_int_equal(header_unlock(other.header, SLOT_PASSPHRASE, span_str(FLEET_PASS), &keyring, &foreign, NULL),
	                 ERR_OK);
	keyring_freep(&keyring);
	assert_int_equal(header_unlock(f->header, SLOT_PASSPHRASE, span_str(FLEET_PASS), &keyring, &real, NULL),
	                 ERR_OK);
	st.slot = slot_id(foreign);
	st.stream = stream;
	assert_int_equal(statement_sign(&st, header_vault(f->header), header_genesis(f->header), foreign, &bytes),
	                 ERR_OK);
	id_put(bytes.p + 2, slot_id(real));
	assert_int_equal(name_join(keyring, 1, 0, name), ERR_OK);
	assert_int_equal(object_seal(OBJECT_PLACE(keyring, 1, OBJ_JOIN, name), buf_span(&bytes), NULL, &sealed, &hash),
	                 ERR_OK);
	assert_int_equal(store_put_sync(f->shared, name, buf_span(&sealed)), ERR_OK);
	keyring_freep(&keyring);
	slot_freep(&foreign);
	slot_freep(&real);
	fleet_free(&other);
}

static void test_forged_join_is_named_and_ignored_and_bars_nobody(void **state)
{
	struct fleet *f = *state;
	static const struct id stream = { { 66 } };
	cleanup(buf_free) struct buf key = BUF_INIT;
	mailbox_put_forged(f, stream);
	dev_step(&f->d[0]);
	assert_non_null(strstr(dev_status(&f->d[0]).last_text, "mailbox does not verify"));
	buf_put(&key, "sync.stream.", 12);
	buf_id(&key, stream);
	assert_int_equal(map_has(f->d[0].map, MAP_STATE, buf_span(&key)), ERR_NOTFOUND);
	struct dev *b = fleet_join(f, "laptop");
	dev_write(b, "a", 4000, 'b');
	dev_step(b);
	dev_step(&f->d[0]);
	assert_same_map(&f->d[0], b);
	dev_check_file(&f->d[0], "a", 4000, 'b');
}

static void test_join_from_a_damaging_store_fails_or_is_right(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	dev_crash(d);
	d->checkpoint_min = 1;
	dev_open(d);
	for (unsigned i = 0; i < 6; i++) {
		fill(d, i * 10, i * 10 + 10);
		dev_step(d);
	}
	for (unsigned i = 0; i < 3; i++) {
		struct why why = { 0 };
		struct dev *b;
		/* Damage on the way is in the layer of the one who reads: set before joining. */
		f->seed += 100;
		struct store *real = f->shared;
		struct store *bad = fault_new(relay_new(real), f->seed);
		struct fault_plan plan = { .ops = FAULT_GET, .garble = 60, .cut = 60 };
		fault_set(bad, &plan);
		f->shared = bad;
		err_t e = fleet_try_join(f, "laptop", &b, &why);
		f->shared = real;
		store_close(b->store);
		b->store = fault_new(relay_new(real), 1);
		store_close(bad);
		if (e) {
			assert_true(strlen(why.text) > 10);
			continue;
		}
		sync_freep(&b->sync);
		dev_open(b);
		dev_step(b);
		dev_step(d);
		dev_step(b);
		assert_same_map(d, b);
	}
}

/* rounds: a checkpoint is due in each. */
static void rounds(struct dev *d, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		fill(d, i * 20, i * 20 + 20);
		dev_step(d);
	}
}

static struct dev *with_checkpoints(struct fleet *f)
{
	struct dev *d = &f->d[0];
	dev_crash(d);
	d->checkpoint_min = 1;
	dev_open(d);
	return d;
}

static void test_an_old_head_hides_no_later_commit_from_a_joiner(void **state)
{
	struct fleet *f = *state;
	struct dev *d = with_checkpoints(f);
	cleanup(buf_free) struct buf old = BUF_INIT, now = BUF_INIT;
	char name[OBJECT_NAME];
	rounds(d, 0, 4);
	assert_true(checkpoints(d) >= 1);
	assert_int_equal(name_head(d->keyring, 1, d->stream, name), ERR_OK);
	assert_int_equal(store_get_sync(f->shared, name, 0, 0, 0, &old), ERR_OK);
	rounds(d, 4, 5);
	assert_int_equal(store_get_sync(f->shared, name, 0, 0, 0, &now), ERR_OK);
	assert_int_not_equal(span_cmp(buf_span(&old), buf_span(&now)), 0);
	assert_int_equal(store_put_sync(f->shared, name, buf_span(&old)), ERR_OK);
	struct dev *b = fleet_join(f, "laptop");
	assert_same_map(d, b);
	dev_check_file(b, "f99", 2099, 99);
}

static enum store_list_next name_one(void *ctx, const char *name, uint64_t size)
{
	(void)size;
	buf_put(ctx, name, strlen(name) + 1);
	return STORE_LIST_NEXT;
}

static struct store *copy_of(struct store *from)
{
	struct store *to = store_mem_new();
	cleanup(buf_free) struct buf names = BUF_INIT;
	assert_int_equal(from->ops->list(from, name_one, &names), ERR_OK);
	for (size_t at = 0; at < names.len; at += strlen((char *)names.p + at) + 1) {
		cleanup(buf_free) struct buf body = BUF_INIT;
		const char *name = (char *)names.p + at;
		assert_int_equal(store_get_sync(from, name, 0, 0, 0, &body), ERR_OK);
		assert_int_equal(store_put_sync(to, name, buf_span(&body)), ERR_OK);
	}
	return to;
}

static void test_a_joiner_who_was_shown_yesterday_is_told_once_today_shows(void **state)
{
	struct fleet *f = *state;
	struct dev *d = with_checkpoints(f), *b;
	struct why why = { 0 };
	struct store *today = f->shared, *yesterday;
	rounds(d, 0, 4);
	assert_true(checkpoints(d) >= 1);
	yesterday = copy_of(today);
	rounds(d, 4, 8);
	f->shared = yesterday;
	assert_int_equal(fleet_try_join(f, "laptop", &b, &why), ERR_OK);
	f->shared = today;
	sync_freep(&b->sync);
	dev_open(b);
	dev_step(b);
	dev_check_file(b, "f79", 2079, 79); /* yesterday whole: it cannot know better */
	dev_crash(b);
	store_close(b->store);
	store_close(yesterday);
	b->store = fault_new(relay_new(today), 1);
	dev_open(b);
	assert_int_equal(sync_step(b->sync), ERR_RACE); /* what it published yesterday cannot win, and it says so */
	dev_check_file(b, "f79", 2079, 79);
	dev_step(d);
	dev_check_file(d, "f159", 2159, 159);
	assert_same_map(d, fleet_join(f, "phone"));
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
		T(test_forged_join_is_named_and_ignored_and_bars_nobody),
		T(test_an_old_head_hides_no_later_commit_from_a_joiner),
		T(test_a_joiner_who_was_shown_yesterday_is_told_once_today_shows),
		T(test_join_from_a_damaging_store_fails_or_is_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
