/* SPDX-License-Identifier: MIT
 * What a store can do to a device that follows another: whole devices. Single commits and heads that are wrong:
 * test_sync_deliver.c, test_sync_checkpoint.c.
 */
#include "sync/core/digest_now.h"
#include "sync/round.h"
#include "tests/sync_files.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, &vault);
	fleet_join(f, "laptop");
	/* What the joiner says of itself is its first commit. */
	ship_step(&f->d[1]);
	ship_step(&f->d[0]);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

static struct hash digest_of(struct ship *d)
{
	struct hash h;
	ok(lthash_digest(&d->sync->st.digest, &h));
	return h;
}

static void damaged_and_short_objects_change_nothing_and_are_named(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = &f->d[1];
	const struct fault_plan plans[] = { { .ops = FAULT_GET, .garble = 1000, .front = true },
		                            { .ops = FAULT_GET, .cut = 1000, .front = true } };
	file_write(f, a, "a", 70000, 'x');
	ship_step(a);
	struct hash before = digest_of(b);
	for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
		fault_set(b->store, &plans[i]);
		(void)!sync_step(b->sync);
		assert_true(hash_eq(before, digest_of(b)));
		assert_non_null(strstr(ship_status(b).last_text, "does not verify"));
	}
	fault_set(b->store, &(struct fault_plan){ 0 });
	ship_step(b);
	ships_same(a, b);
	file_check(f, b, "a", 70000, 'x');
}

static void digest_is_now(struct ship *d, struct hash *ret)
{
	ok(digest_now(d->sync, ret));
	assert_true(hash_eq(*ret, digest_of(d)));
}

static void the_digest_is_of_the_records_as_they_are(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = &f->d[1];
	struct hash before, after, there, other;
	digest_is_now(a, &before);
	digest_is_now(a, &before);
	file_write(f, a, "a", 5000, 'x');
	ship_step(a);
	ship_step(b);
	digest_is_now(a, &after);
	digest_is_now(b, &there);
	assert_false(hash_eq(before, after));
	assert_true(hash_eq(after, there));
	a->sync->st.digest.lane[ARRAY_LEN(a->sync->st.digest.lane) - 1] ^= 1;
	digest_is_now(a, &other);
	assert_false(hash_eq(after, other));
	a->sync->st.digest.lane[ARRAY_LEN(a->sync->st.digest.lane) - 1] ^= 1;
	digest_is_now(a, &other);
	assert_true(hash_eq(after, other));
}

/* sign_anew: commit n of `d`, as it is but for its version, signed by `signer`. */
static void sign_anew(struct fleet *f, struct ship *d, uint64_t n, const struct key *signer, uint8_t version)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ship_commit_name(f, d, n, 0, name);
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &body));
	ok(object_open(&at, buf_span(&body), &plain, &hash, sig));
	plain.p[0] = version;
	ok(object_seal(&at, buf_span(&plain), signer, &sealed, &hash));
	ok(store_put_sync(f->shared, name, buf_span(&sealed)));
}

static void a_commit_signed_by_another_device_is_named_and_ignored(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = &f->d[1];
	struct hash before = digest_of(b);
	file_write(f, a, "a", 5000, 'x');
	ship_step(a);
	sign_anew(f, a, ship_status(a).commits, &b->seed, 2);
	(void)!sync_step(b->sync);
	assert_true(hash_eq(before, digest_of(b)));
	assert_non_null(strstr(ship_status(b).last_text, "damaged"));
	sign_anew(f, a, ship_status(a).commits, &a->seed, 2); /* by the right one it counts */
	ship_step(b);
	assert_string_equal(ship_status(b).last_text, "");
	ships_same(a, b);
}

/* What a later format needs everybody for is in commits of its own version. */
static void a_commit_of_a_later_version_is_named_and_taken_once_it_can_be_read(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = &f->d[1];
	struct hash before = digest_of(b);
	file_write(f, a, "a", 5000, 'x');
	ship_step(a);
	sign_anew(f, a, ship_status(a).commits, &a->seed, 3);
	(void)!sync_step(b->sync);
	assert_true(hash_eq(before, digest_of(b)));
	assert_true(ship_alarmed(b, "newer cloudseal"));
	sign_anew(f, a, ship_status(a).commits, &a->seed, 2);
	ship_step(b);
	assert_string_equal(ship_status(b).last_text, "");
	ships_same(a, b);
}

/* cut: what a store without transactions keeps of an upload that broke off; the whole of it goes to `ret`. */
static void cut(struct fleet *f, const char *name, size_t keep, struct buf *ret)
{
	ok(store_get_sync(f->shared, name, 0, 0, 0, ret));
	assert_in_range(ret->len, keep + 1, UINT32_MAX);
	ok(store_put_sync(f->shared, name, SPAN(ret->p, keep)));
}

static void a_commit_cut_in_its_upload_is_named_until_it_is_whole(void **state)
{
	struct fleet *f = *state;
	static const size_t keeps[] = { 0, 1, 200 };
	struct ship *a = &f->d[0], *b = &f->d[1];
	for (unsigned i = 0; i < ARRAY_LEN(keeps); i++) {
		cleanup(buf_free) struct buf whole = BUF_INIT;
		char name[OBJECT_NAME];
		struct hash before = digest_of(b);
		file_write(f, a, "a", 70000, (uint8_t)('p' + i));
		ship_step(a);
		ship_commit_name(f, a, ship_status(a).commits, 0, name);
		cut(f, name, keeps[i], &whole);
		(void)!sync_step(b->sync);
		assert_true(hash_eq(before, digest_of(b)));
		assert_non_null(strstr(ship_status(b).last_text, "damaged")); /* the head, there already, counts it */
		ok(store_put_sync(f->shared, name, buf_span(&whole)));
		ship_step(b);
		assert_string_equal(ship_status(b).last_text, "");
		ships_same(a, b);
	}
}

static void a_damaged_head_is_named_until_it_is_whole_and_hides_nothing(void **state)
{
	struct fleet *f = *state;
	cleanup(buf_free) struct buf old = BUF_INIT, whole = BUF_INIT;
	struct ship *a = &f->d[0], *b = &f->d[1];
	char name[OBJECT_NAME];
	ship_head_name(f, a, name);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &old));
	file_write(f, a, "a", 3000, 'q');
	ship_step(a);
	ship_step(b);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &whole));
	ok(store_put_sync(f->shared, name, SPAN(whole.p, whole.len / 2)));
	ship_step(b);
	assert_true(ship_alarmed(b, "head does not verify"));
	ok(store_del_sync(f->shared, name)); /* missing is not whole */
	ship_step(b);
	assert_true(ship_alarmed(b, "head does not verify"));
	ok(store_put_sync(f->shared, name, buf_span(&whole)));
	ship_step(b);
	assert_string_equal(ship_status(b).last_text, "");
	ok(store_put_sync(f->shared, name, buf_span(&old)));
	ship_step(b);
	assert_true(ship_alarmed(b, "went back"));
	ok(store_put_sync(f->shared, name, SPAN(whole.p, whole.len / 2)));
	ship_step(b);
	ok(store_put_sync(f->shared, name, buf_span(&old)));
	ship_step(b);
	assert_true(ship_alarmed(b, "went back"));
}

/* Its device has nothing to write any more. */
static void an_older_head_that_came_late_is_written_over(void **state)
{
	struct fleet *f = *state;
	cleanup(buf_free) struct buf old = BUF_INIT;
	struct ship *a = &f->d[0], *b = &f->d[1];
	char name[OBJECT_NAME];
	ship_head_name(f, a, name);
	ok(store_get_sync(f->shared, name, 0, 0, 0, &old));
	file_write(f, a, "a", 3000, 'q');
	ship_step(a);
	ship_step(b);
	ok(store_put_sync(f->shared, name, buf_span(&old)));
	ship_step(b);
	assert_true(ship_alarmed(b, "went back"));
	ship_step(a);
	ship_step(b);
	assert_string_equal(ship_status(b).last_text, "");
	ok(store_del_sync(f->shared, name));
	ship_step(b);
	assert_true(ship_alarmed(b, "lost or withheld"));
	ship_step(a);
	ship_step(b);
	assert_string_equal(ship_status(b).last_text, "");
	uint64_t counter = a->sync->st.head_counter;
	ship_step(a);
	assert_int_equal(a->sync->st.head_counter, counter); /* one that is right is left alone */
}

/* poll: a round as the thread runs it. */
static err_t poll(struct ship *d, bool heads)
{
	struct round r = { .pull = true, .quiesced = true, .heads = heads };
	guard(&d->sync->work);
	return round_run(d->sync, &r);
}

/* refuse: the store gives b an error for that object, for ever. */
static void refuse(struct ship *b, const char *name, err_t e)
{
	fault_set(b->store, &(struct fault_plan){ .ops = FAULT_GET, .name = name, .error = 1000, .error_code = e });
}

static void an_error_for_one_object_holds_nothing_else_up(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = &f->d[1];
	static const err_t errors[] = { ERR_REFUSED, ERR_IO };
	for (unsigned i = 0; i < 2 * ARRAY_LEN(errors); i++) {
		bool head = i % 2;
		char name[OBJECT_NAME];
		file_write(f, a, "a", 5000, (uint8_t)('a' + i));
		ship_step(a);
		if (head)
			ship_head_name(f, a, name);
		else
			ship_commit_name(f, a, ship_status(a).commits, 0, name);
		refuse(b, name, errors[i / 2]);
		file_write(f, b, "b", 3000, (uint8_t)('A' + i));
		ok(poll(b, true));
		ship_step(b);
		assert_int_equal(ship_status(b).phase, SYNC_STUCK); /* something is, and all else went on */
		assert_true(ship_alarmed(b, head ? "lost or withheld" : "does not give out"));
		ship_step(a); /* what b wrote is published */
		file_check(f, a, "b", 3000, (uint8_t)('A' + i));
		fault_set(b->store, &(struct fault_plan){ 0 });
		ship_step(b);
		ship_step(a);
		ship_step(b);
		assert_string_equal(ship_status(b).last_text, "");
		assert_int_equal(ship_status(b).phase, SYNC_IDLE);
		ships_same(a, b);
	}
}

/* Whether another life of b has taken its next place is not known: so nothing is published there. */
static void what_is_refused_of_ours_hides_no_news(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b = &f->d[1];
	char name[OBJECT_NAME];
	file_write(f, b, "b", 3000, 'B');
	ship_step(b);
	const uint64_t before = ship_status(b).commits;
	ship_commit_name(f, b, before + 1, 0, name);
	refuse(b, name, ERR_REFUSED);
	file_write(f, a, "a", 5000, 'a');
	ship_step(a);
	file_write(f, b, "b", 3000, 'C');
	assert_int_equal(sync_step(b->sync), ERR_REFUSED);
	assert_int_equal(ship_status(b).phase, SYNC_STUCK);
	assert_int_equal(ship_status(b).commits, before);
	file_check(f, b, "a", 5000, 'a');
	fault_set(b->store, &(struct fault_plan){ 0 });
	ship_step(b);
	ship_step(a);
	ship_step(b);
	ships_same(a, b);
}

static void a_store_that_answers_nothing_is_an_error(void **state)
{
	struct fleet *f = *state;
	struct ship *b = &f->d[1];
	static const err_t errors[] = { ERR_REFUSED, ERR_DENIED };
	for (unsigned heads = 0; heads < 2; heads++) { /* also where less than a row is asked for */
		ok(poll(b, true));
		refuse(b, NULL, errors[heads]);
		assert_int_equal(poll(b, heads), errors[heads]);
		fault_set(b->store, &(struct fault_plan){ 0 });
	}
	ok(poll(b, true));
}

static void less_than_a_row_is_an_error_where_nothing_else_was_asked_for(void **state)
{
	struct fleet *f = *state;
	struct sync *s = f->d[1].sync;
	ship_step(&f->d[1]);
	for (unsigned answers = 0; answers < 2; answers++) {
		asked_begin(s);
		assert_int_equal(asked_one(s, ERR_REFUSED), ERR_NOTFOUND);
		if (answers)
			assert_int_equal(asked_one(s, ERR_NOTFOUND), ERR_NOTFOUND);
		assert_int_equal(asked_end(s, ERR_OK), answers ? ERR_OK : ERR_REFUSED);
	}
	static const err_t all[] = { ERR_NET, ERR_TIMEOUT, ERR_DENIED, ERR_STOREFULL, ERR_TLS, ERR_NOSTORE };
	asked_begin(s);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) /* may pass for all */
		assert_int_equal(asked_one(s, all[i]), all[i]);
	assert_true(asked_all(s));
	(void)!asked_end(s, ERR_OK);
	assert_int_equal(asked_one(s, ERR_REFUSED), ERR_REFUSED); /* who joins wants all there is */
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(damaged_and_short_objects_change_nothing_and_are_named),
		T(the_digest_is_of_the_records_as_they_are),
		T(a_commit_signed_by_another_device_is_named_and_ignored),
		T(a_commit_of_a_later_version_is_named_and_taken_once_it_can_be_read),
		T(a_commit_cut_in_its_upload_is_named_until_it_is_whole),
		T(a_damaged_head_is_named_until_it_is_whole_and_hides_nothing),
		T(an_older_head_that_came_late_is_written_over),
		T(an_error_for_one_object_holds_nothing_else_up),
		T(what_is_refused_of_ours_hides_no_news),
		T(a_store_that_answers_nothing_is_an_error),
		T(less_than_a_row_is_an_error_where_nothing_else_was_asked_for),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
