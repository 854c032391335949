/* SPDX-License-Identifier: MIT
 * Two devices: hand-overs, races, and what a store can do to a follower.
 */
#include "sync/core/sync_struct.h"
#include "sync/round.h"
#include "tests/sync_fleet.h"

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, 2);
	fleet_join(f, "laptop");
	/* The joiner's own records are its first commit. */
	dev_step(&f->d[1]);
	dev_step(&f->d[0]);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

static void test_changes_of_one_arrive_at_the_other(void **state)
{
	struct fleet *f = *state;
	dev_write(&f->d[0], "a", 70000, 'x');
	dev_step(&f->d[0]);
	uint64_t before = f->d[1].changed;
	dev_step(&f->d[1]);
	assert_true(f->d[1].changed > before);
	assert_same_map(&f->d[0], &f->d[1]);
	dev_check_file(&f->d[1], "a", 70000, 'x');
}

static void test_both_see_each_other_as_members(void **state)
{
	struct fleet *f = *state;
	struct rkey key = key_id(REC_DEVICE, f->d[1].id), stream = key_id(REC_STREAM, f->d[1].stream);
	assert_int_equal(map_has(f->d[0].map, MAP_RECORDS, rkey_span(&key)), ERR_OK);
	assert_int_equal(map_has(f->d[0].map, MAP_RECORDS, rkey_span(&stream)), ERR_OK);
	assert_same_map(&f->d[0], &f->d[1]);
}

static void test_hand_overs_back_and_forth(void **state)
{
	struct fleet *f = *state;
	for (unsigned i = 0; i < 12; i++) {
		struct dev *d = &f->d[i % 2];
		dev_step(d);
		if (i >= 2)
			dev_check_file(d, "shared", 1000 + i - 1, (uint8_t)(i - 1));
		dev_write(d, "shared", 1000 + i, (uint8_t)i);
		dev_step(d);
	}
	dev_step(&f->d[0]);
	assert_same_map(&f->d[0], &f->d[1]);
	assert_int_equal(dev_status(&f->d[0]).height, dev_status(&f->d[1]).height);
}

static void test_unpublished_changes_meet_a_newer_history(void **state)
{
	struct fleet *f = *state;
	dev_write(&f->d[0], "a", 5000, 'x');
	dev_write(&f->d[1], "b", 5000, 'y');
	dev_step(&f->d[0]);
	assert_int_equal(sync_step(f->d[1].sync), ERR_RACE);
	assert_int_equal(dev_status(&f->d[1]).phase, SYNC_STOPPED_RACE);
	assert_true(strlen(dev_status(&f->d[1]).last_text) > 20);
	dev_step(&f->d[0]);
	/* Kept across a restart, and the local data with it. */
	dev_crash(&f->d[1]);
	dev_open(&f->d[1]);
	assert_int_equal(sync_step(f->d[1].sync), ERR_RACE);
	assert_true(dev_lookup(&f->d[1], "b") != 0);
}

static void both_have_a_and_b(struct fleet *f)
{
	dev_write(&f->d[0], "a", 5000, 1);
	dev_write(&f->d[0], "b", 5000, 1);
	dev_step(&f->d[0]);
	dev_step(&f->d[1]);
}

static void test_changes_of_different_files_stand_side_by_side(void **state)
{
	struct fleet *f = *state;
	both_have_a_and_b(f);
	for (uint8_t i = 2; i < 8; i++) {
		dev_write(&f->d[0], "a", 5000 + i, i);
		dev_write(&f->d[1], "b", 6000 + i, i);
		dev_step(&f->d[i % 2]);
		dev_step(&f->d[!(i % 2)]);
		dev_step(&f->d[i % 2]);
		assert_same_map(&f->d[0], &f->d[1]);
		dev_check_file(&f->d[0], "b", 6000 + i, i);
		dev_check_file(&f->d[1], "a", 5000 + i, i);
		assert_string_equal(dev_status(&f->d[1]).last_text, "");
	}
	assert_same_map(&f->d[0], fleet_join(f, "phone"));
}

static void test_cut_changes_survive_a_crash_and_later_changes(void **state)
{
	struct fleet *f = *state;
	both_have_a_and_b(f);
	for (uint8_t i = 2; i < 8; i++) {
		dev_write(&f->d[0], "a", 5000 + i, i);
		dev_write(&f->d[1], "b", 6000 + i, i);
		dev_step(&f->d[0]);
		/* Every PUT fails: cut, perhaps committed, not sent. Then more changes, and news beside them. */
		struct fault_plan plan = { .ops = i % 2 ? FAULT_PUT : FAULT_ALL, .error = 500 }, none = { 0 };
		fault_set(f->d[1].store, &plan);
		err_t e = sync_step(f->d[1].sync);
		assert_true(e == ERR_OK || e == ERR_NET);
		dev_crash(&f->d[1]);
		dev_open(&f->d[1]);
		dev_write(&f->d[1], "b", 7000 + i, i);
		fault_set(f->d[1].store, &none);
		dev_step(&f->d[1]);
		dev_step(&f->d[0]);
		assert_same_map(&f->d[0], &f->d[1]);
		dev_check_file(&f->d[0], "b", 7000 + i, i);
	}
}

static void test_changes_of_one_file_are_a_race(void **state)
{
	struct fleet *f = *state;
	both_have_a_and_b(f);
	dev_write(&f->d[0], "a", 5001, 2);
	dev_write(&f->d[1], "a", 5002, 3);
	dev_step(&f->d[0]);
	assert_int_equal(sync_step(f->d[1].sync), ERR_RACE);
	assert_true(dev_lookup(&f->d[1], "a") != 0);
}

static void test_changes_that_come_to_nothing_are_no_race(void **state)
{
	struct fleet *f = *state;
	dev_write(&f->d[0], "a", 5000, 'x');
	dev_write(&f->d[1], "b", 5000, 'y');
	dev_remove(&f->d[1], "b");
	dev_step(&f->d[0]);
	dev_step(&f->d[1]);
	assert_same_map(&f->d[0], &f->d[1]);
}

/* Both published blindly: `hidden` keeps each from seeing the other. */
static void publish_blindly(struct dev *d, const char *name)
{
	struct fault_plan blind = { .ops = FAULT_GET, .stale = 1000 }, none = { 0 };
	struct round r = { .quiesced = true, .heads = true }; /* nobody waits: what is lost is not looked for */
	fault_set(d->store, &blind);
	dev_write(d, name, 5000, 'z');
	assert_int_equal(round_run(d->sync, &r), ERR_OK);
	fault_set(d->store, &none);
}

static void test_exactly_one_of_two_racers_wins_and_followers_agree(void **state)
{
	struct fleet *f = *state;
	struct dev *c = fleet_join(f, "phone");
	dev_step(c);
	dev_step(&f->d[0]);
	dev_step(&f->d[1]);
	publish_blindly(&f->d[0], "a");
	dev_step(c); /* follows the first branch, whichever wins */
	publish_blindly(&f->d[1], "b");
	err_t x = sync_step(f->d[0].sync), y = sync_step(f->d[1].sync);
	assert_true((x == ERR_OK && y == ERR_RACE) || (x == ERR_RACE && y == ERR_OK));
	struct dev *winner = x ? &f->d[1] : &f->d[0];
	dev_step(c);
	assert_same_map(winner, c);
	dev_write(winner, "after", 5000, 'w');
	dev_step(winner);
	dev_step(c);
	assert_same_map(winner, c);
	dev_check_file(c, "after", 5000, 'w');
}

static void test_longer_history_makes_a_follower_undo(void **state)
{
	struct fleet *f = *state;
	struct dev *c = fleet_join(f, "phone");
	dev_step(c);
	dev_step(&f->d[0]);
	dev_step(&f->d[1]);
	publish_blindly(&f->d[0], "a");
	dev_step(c);
	assert_true(dev_lookup(c, "a") != 0);
	publish_blindly(&f->d[1], "b");
	publish_blindly(&f->d[1], "c");
	dev_step(c);
	assert_true(dev_lookup(c, "a") == 0);
	dev_check_file(c, "c", 5000, 'z');
	assert_same_map(&f->d[1], c);
	assert_int_equal(sync_step(f->d[0].sync), ERR_RACE);
	/* A newcomer agrees. */
	assert_same_map(&f->d[1], fleet_join(f, "tablet"));
}

static void test_damaged_and_short_objects_change_nothing_and_are_named(void **state)
{
	struct fleet *f = *state;
	struct hash before, after;
	dev_write(&f->d[0], "a", 70000, 'x');
	dev_step(&f->d[0]);
	dev_digest(&f->d[1], &before);
	struct fault_plan bad = { .ops = FAULT_GET, .garble = 1000, .front = true }, none = { 0 };
	fault_set(f->d[1].store, &bad);
	(void)!sync_step(f->d[1].sync);
	dev_digest(&f->d[1], &after);
	assert_true(hash_eq(before, after));
	assert_non_null(strstr(dev_status(&f->d[1]).last_text, "does not verify"));
	bad = (struct fault_plan){ .ops = FAULT_GET, .cut = 1000, .front = true };
	fault_set(f->d[1].store, &bad);
	(void)!sync_step(f->d[1].sync);
	dev_digest(&f->d[1], &after);
	assert_true(hash_eq(before, after));
	fault_set(f->d[1].store, &none);
	dev_step(&f->d[1]);
	assert_same_map(&f->d[0], &f->d[1]);
}

static void test_state_older_than_the_store_stops_for_good(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	/* A copy of the device: its stream goes on elsewhere. What it wrote is then on the store as our next commit. */
	cleanup(buf_free) struct buf main = BUF_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	assert_int_equal(map_get(d->map, MAP_STATE, span_str("sync.main"), &main), ERR_OK);
	dev_write(d, "a", 5000, 'x');
	dev_step(d);
	dev_crash(d);
	batch_put(b, MAP_STATE, span_str("sync.main"), buf_span(&main));
	assert_int_equal(map_apply(d->map, b), ERR_OK);
	dev_open(d);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	assert_int_equal(dev_status(d).phase, SYNC_STOPPED_FORK);
	assert_non_null(strstr(dev_status(d).last_text, "older than the store"));
}

/* A device that does not know the commits it stands on: every round fails, and says why, once. */
static void test_lost_records_of_commits_are_named_with_ids(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[1];
	char id[ID_TEXT], line[600] = "";
	int p[2];
	assert_int_equal(pipe(p), 0);
	id_hex(id_from(d->sync->st.tip.b), id);
	while (d->sync->commits.n)
		commits_remove(d->sync, d->sync->commits.list[0].hash);
	log_to(log_levels_all(LOG_WARN), p[1]);
	err_t first = sync_step(d->sync), second = sync_step(d->sync);
	log_to(log_levels_all(LOG_WARN), 2);
	close(p[1]);
	ssize_t n = read(p[0], line, sizeof(line) - 1);
	close(p[0]);
	assert_int_equal(first, ERR_DAMAGED);
	assert_int_equal(second, ERR_DAMAGED);
	assert_non_null(strstr(dev_status(d).last_text, "forget this vault here and join again"));
	assert_true(n > 0);
	assert_non_null(strstr(line, id));
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
}

/* start_epoch: the next commit of `d`, made by hand: epoch 2, its root boxed for device `to`. */
static void start_epoch(struct dev *d, struct dev *to, const struct key *root)
{
	cleanup(buf_free) struct buf v = BUF_INIT, aad = BUF_INIT, box = BUF_INIT, start = BUF_INIT, plain = BUF_INIT,
	                             sealed = BUF_INIT;
	struct state st;
	struct public_keys keys;
	struct epoch_start es = { .nboxes = 1 };
	char name[OBJECT_NAME];
	struct hash hash;
	assert_int_equal(map_get(d->map, MAP_STATE, span_str(STATE_MAIN), &v), ERR_OK);
	assert_int_equal(state_decode(buf_span(&v), &st), ERR_OK);
	assert_int_equal(keys_from_seed(&to->seed, &keys), ERR_OK);
	buf_put(&aad, "cloudseal epoch", 15);
	buf_id(&aad, keyring_vault(d->keyring));
	buf_hash(&aad, keyring_genesis(d->keyring));
	buf_u32(&aad, 2);
	buf_hash(&aad, es.cause);
	buf_id(&aad, to->id);
	buf_id(&box, to->id);
	assert_int_equal(box_seal(keyring_cipher(d->keyring), keys.box, buf_span(&aad), SPAN(root->b, 32), &box),
	                 ERR_OK);
	es.boxes = box.p;
	assert_int_equal(epoch_start_encode(&es, &start), ERR_OK);
	struct commit c = {
		.n = st.n + 1, .epoch = 1, .parts = 1, .height = st.height + 1, .time = 1, .new_epoch = buf_span(&start)
	};
	c.stream = d->stream;
	c.parent = st.tip;
	assert_int_equal(lthash_digest(&st.digest, &c.digest), ERR_OK);
	assert_int_equal(commit_encode(&c, &plain), ERR_OK);
	assert_int_equal(name_commit(d->keyring, 1, d->stream, c.n, 0, name), ERR_OK);
	assert_int_equal(
	        object_seal(OBJECT_PLACE(d->keyring, 1, OBJ_COMMIT, name), buf_span(&plain), &d->seed, &sealed, &hash),
	        ERR_OK);
	assert_int_equal(store_put_sync(d->store, name, buf_span(&sealed)), ERR_OK);
}

static void test_started_epoch_is_followed_and_kept(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[1];
	const struct key root = { { 5 } };
	cleanup(key_wipe) struct key got;
	start_epoch(&f->d[0], d, &root);
	dev_write(d, "a", 5000, 1);
	dev_step(d);
	assert_int_equal(keyring_epoch(d->keyring), 2);
	assert_int_equal(dev_status(d).queued_objects, 0);
	assert_string_equal(dev_status(d).last_text, "");
	/* A restart: the header still has only the first root. */
	struct slot *slot = NULL;
	dev_crash(d);
	keyring_freep(&d->keyring);
	assert_int_equal(header_unlock(f->header, SLOT_PASSPHRASE, span_str(FLEET_PASS), &d->keyring, &slot, NULL),
	                 ERR_OK);
	slot_freep(&slot);
	dev_open(d);
	assert_int_equal(keyring_epoch_root(d->keyring, 2, &got), ERR_OK);
	assert_memory_equal(&got, &root, sizeof(root));
	dev_write(d, "a", 5001, 2);
	dev_step(d);
	dev_check_file(d, "a", 5001, 2);
}

/* put_commit: the next commit of `d` without changes, made by hand. */
static void put_commit(struct dev *d, const struct key *signer, uint64_t rise)
{
	cleanup(buf_free) struct buf v = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
	struct state st;
	char name[OBJECT_NAME];
	struct hash hash;
	assert_int_equal(map_get(d->map, MAP_STATE, span_str(STATE_MAIN), &v), ERR_OK);
	assert_int_equal(state_decode(buf_span(&v), &st), ERR_OK);
	struct commit c = { .n = st.n + 1, .epoch = 1, .parts = 1, .height = st.height + rise, .time = 1 };
	c.stream = d->stream;
	c.parent = st.tip;
	assert_int_equal(lthash_digest(&st.digest, &c.digest), ERR_OK);
	assert_int_equal(commit_encode(&c, &plain), ERR_OK);
	assert_int_equal(name_commit(d->keyring, 1, d->stream, c.n, 0, name), ERR_OK);
	assert_int_equal(
	        object_seal(OBJECT_PLACE(d->keyring, 1, OBJ_COMMIT, name), buf_span(&plain), signer, &sealed, &hash),
	        ERR_OK);
	assert_int_equal(store_put_sync(d->store, name, buf_span(&sealed)), ERR_OK);
}

static void test_commit_signed_by_another_device_is_named_and_ignored(void **state)
{
	struct fleet *f = *state;
	uint64_t height = dev_status(&f->d[1]).height;
	put_commit(&f->d[0], &f->d[1].seed, 1);
	(void)!sync_step(f->d[1].sync);
	assert_int_equal(dev_status(&f->d[1]).height, height);
	assert_non_null(strstr(dev_status(&f->d[1]).last_text, "does not verify"));
	put_commit(&f->d[0], &f->d[0].seed, 1); /* by the right one it counts */
	dev_step(&f->d[1]);
	assert_int_equal(dev_status(&f->d[1]).height, height + 1);
}

/* cut: what a store without transactions keeps of an upload that broke off; the whole of it goes to `ret`. */
static void cut(struct fleet *f, const char *name, size_t keep, struct buf *ret)
{
	assert_int_equal(store_get_sync(f->shared, name, 0, 0, 0, ret), ERR_OK);
	assert_in_range(ret->len, keep + 1, UINT32_MAX);
	assert_int_equal(store_put_sync(f->shared, name, SPAN(ret->p, keep)), ERR_OK);
}

static void test_commit_cut_in_its_upload_is_named_until_it_is_whole(void **state)
{
	struct fleet *f = *state;
	static const size_t keeps[] = { 0, 1, 200 };
	struct dev *a = &f->d[0], *b = &f->d[1];
	for (unsigned i = 0; i < ARRAY_LEN(keeps); i++) {
		cleanup(buf_free) struct buf whole = BUF_INIT;
		char name[OBJECT_NAME];
		uint64_t height = dev_status(b).height;
		dev_write(a, "a", 70000, (uint8_t)('p' + i));
		dev_step(a);
		assert_int_equal(name_commit(a->keyring, 1, a->stream, dev_status(a).commits, 0, name), ERR_OK);
		cut(f, name, keeps[i], &whole);
		(void)!sync_step(b->sync);
		assert_int_equal(dev_status(b).height, height);
		assert_non_null(strstr(dev_status(b).last_text, "damaged")); /* the head, there already, counts it */
		assert_int_equal(store_put_sync(f->shared, name, buf_span(&whole)), ERR_OK);
		dev_step(b);
		assert_int_equal(dev_status(b).height, height + 1);
		assert_string_equal(dev_status(b).last_text, "");
		assert_same_map(a, b);
	}
}

/* lose: the object is not on the store any more. */
static void lose(struct fleet *f, const char *name)
{
	assert_int_equal(store_del_sync(f->shared, name), ERR_OK);
}

static void test_a_commit_that_a_head_counts_and_the_store_lost_is_named(void **state)
{
	struct fleet *f = *state;
	cleanup(buf_free) struct buf commit = BUF_INIT;
	char name[OBJECT_NAME];
	uint64_t n = dev_status(&f->d[0]).commits + 1;
	dev_write(&f->d[0], "a", 5000, 'x');
	dev_step(&f->d[0]);
	assert_int_equal(name_commit(f->d[0].keyring, 1, f->d[0].stream, n, 0, name), ERR_OK);
	assert_int_equal(store_get_sync(f->shared, name, 0, 0, 0, &commit), ERR_OK);
	lose(f, name);
	dev_step(&f->d[1]);
	assert_non_null(strstr(dev_status(&f->d[1]).last_text, "lost, damaged or withheld"));
	assert_int_equal(dev_lookup(&f->d[1], "a"), 0);
	assert_int_equal(store_put_sync(f->shared, name, buf_span(&commit)), ERR_OK);
	dev_step(&f->d[1]);
	dev_check_file(&f->d[1], "a", 5000, 'x');
}

static void test_a_height_far_ahead_wins_nothing(void **state)
{
	struct fleet *f = *state;
	uint64_t height = dev_status(&f->d[1]).height;
	put_commit(&f->d[0], &f->d[0].seed, 1000);
	dev_step(&f->d[1]);
	assert_int_equal(dev_status(&f->d[1]).height, height);
}

static void test_replayed_head_is_named(void **state)
{
	struct fleet *f = *state;
	cleanup(buf_free) struct buf old = BUF_INIT;
	char name[OBJECT_NAME];
	assert_int_equal(name_head(f->d[0].keyring, 1, f->d[0].stream, name), ERR_OK);
	assert_int_equal(store_get_sync(f->shared, name, 0, 0, 0, &old), ERR_OK);
	dev_write(&f->d[0], "a", 5000, 'x');
	dev_step(&f->d[0]);
	dev_step(&f->d[1]);
	assert_string_equal(dev_status(&f->d[1]).last_text, "");
	assert_int_equal(store_put_sync(f->shared, name, buf_span(&old)), ERR_OK);
	dev_step(&f->d[1]);
	assert_non_null(strstr(dev_status(&f->d[1]).last_text, "went back"));
	dev_check_file(&f->d[1], "a", 5000, 'x');
}

static void test_a_damaged_head_is_named_until_it_is_whole_and_hides_nothing(void **state)
{
	struct fleet *f = *state;
	cleanup(buf_free) struct buf old = BUF_INIT, whole = BUF_INIT;
	struct dev *a = &f->d[0], *b = &f->d[1];
	char name[OBJECT_NAME];
	assert_int_equal(name_head(a->keyring, 1, a->stream, name), ERR_OK);
	assert_int_equal(store_get_sync(f->shared, name, 0, 0, 0, &old), ERR_OK);
	dev_write(a, "a", 3000, 'q');
	dev_step(a);
	dev_step(b);
	assert_int_equal(store_get_sync(f->shared, name, 0, 0, 0, &whole), ERR_OK);
	assert_int_equal(store_put_sync(f->shared, name, SPAN(whole.p, whole.len / 2)), ERR_OK);
	dev_step(b);
	assert_non_null(strstr(dev_status(b).last_text, "head does not verify"));
	assert_int_equal(store_del_sync(f->shared, name), ERR_OK); /* missing is not whole */
	dev_step(b);
	assert_non_null(strstr(dev_status(b).last_text, "head does not verify"));
	assert_int_equal(store_put_sync(f->shared, name, buf_span(&whole)), ERR_OK);
	dev_step(b);
	assert_string_equal(dev_status(b).last_text, "");
	assert_int_equal(store_put_sync(f->shared, name, buf_span(&old)), ERR_OK);
	dev_step(b);
	assert_non_null(strstr(dev_status(b).last_text, "went back"));
	assert_int_equal(store_put_sync(f->shared, name, SPAN(whole.p, whole.len / 2)), ERR_OK);
	dev_step(b);
	assert_int_equal(store_put_sync(f->shared, name, buf_span(&old)), ERR_OK);
	dev_step(b);
	assert_non_null(strstr(dev_status(b).last_text, "went back"));
}

static void test_own_head_ahead_of_the_state_stops_for_good(void **state)
{
	struct fleet *f = *state;
	struct dev *d = &f->d[0];
	cleanup(buf_free) struct buf main = BUF_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	assert_int_equal(map_get(d->map, MAP_STATE, span_str(STATE_MAIN), &main), ERR_OK);
	dev_crash(d);
	dev_open(d);
	dev_step(d); /* a head and no commit */
	dev_crash(d);
	batch_put(b, MAP_STATE, span_str(STATE_MAIN), buf_span(&main));
	assert_int_equal(map_apply(d->map, b), ERR_OK);
	dev_open(d);
	assert_int_equal(sync_step(d->sync), ERR_FORK);
	assert_int_equal(dev_status(d).phase, SYNC_STOPPED_FORK);
}

static void test_crashes_and_faults_while_following(void **state)
{
	struct fleet *f = *state;
	struct fault_plan rough = { .error = 200, .lost = 100, .stale = 100 }, none = { 0 };
	for (unsigned i = 0; i < 15; i++) {
		dev_write(&f->d[0], i % 3 ? "a" : "b", 2000 + i, (uint8_t)i);
		dev_step(&f->d[0]);
		fault_set(f->d[1].store, &rough);
		(void)!sync_step(f->d[1].sync);
		dev_crash(&f->d[1]);
		dev_open(&f->d[1]);
	}
	fault_set(f->d[1].store, &none);
	dev_step(&f->d[1]);
	assert_same_map(&f->d[0], &f->d[1]);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_changes_of_one_arrive_at_the_other),
		T(test_both_see_each_other_as_members),
		T(test_hand_overs_back_and_forth),
		T(test_unpublished_changes_meet_a_newer_history),
		T(test_changes_of_different_files_stand_side_by_side),
		T(test_cut_changes_survive_a_crash_and_later_changes),
		T(test_changes_of_one_file_are_a_race),
		T(test_changes_that_come_to_nothing_are_no_race),
		T(test_exactly_one_of_two_racers_wins_and_followers_agree),
		T(test_longer_history_makes_a_follower_undo),
		T(test_damaged_and_short_objects_change_nothing_and_are_named),
		T(test_lost_records_of_commits_are_named_with_ids),
		T(test_state_older_than_the_store_stops_for_good),
		T(test_started_epoch_is_followed_and_kept),
		T(test_commit_signed_by_another_device_is_named_and_ignored),
		T(test_commit_cut_in_its_upload_is_named_until_it_is_whole),
		T(test_a_commit_that_a_head_counts_and_the_store_lost_is_named),
		T(test_a_height_far_ahead_wins_nothing),
		T(test_replayed_head_is_named),
		T(test_a_damaged_head_is_named_until_it_is_whole_and_hides_nothing),
		T(test_own_head_ahead_of_the_state_stops_for_good),
		T(test_crashes_and_faults_while_following),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
