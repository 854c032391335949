/* SPDX-License-Identifier: MIT
 * Checkpoints and heads of format 2: who begins with a checkpoint has what the others have, and goes on with them.
 */
#include "sync/checkpoint/checkpoint.h"
#include "sync/checkpoint/load.h"
#include "sync/checkpoint/make.h"
#include "sync/checkpoint/prune.h"
#include "sync/heads.h"
#include "sync/publish/upload.h"
#include "tests/sync_peers.h"

static void work(struct peers *f, size_t n, unsigned steps, uint64_t *seed)
{
	for (unsigned i = 0; i < steps; i++) {
		struct peer *p = &f->p[pick(seed, (unsigned)n)];
		peer_operate(p, seed);
		if (one_in(seed, 3))
			(void)peer_publish(f, p, NULL, NULL);
		if (one_in(seed, 3))
			(void)peer_pull(p);
	}
}

static void all_pull(struct peers *f, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++)
		(void)peer_pull(&f->p[i % n]);
}

static void checkpoint(struct peers *f, struct peer *p)
{
	ok(make_run(p->sync));
	ok(upload_run(p->sync));
	peer_head(f, p, NULL);
}

/* join: a peer that has applied nothing begins with a checkpoint. */
static err_t join(struct peers *f, struct peer *p)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct why why = { 0 };
	peer_anew(f, p);
	changeset_freep(&p->c);
	batch_del(b, MAP_STATE, span_str(STATE_CHANGESET)); /* it was open already */
	ok(map_apply(p->map, b));
	return load_run(p->sync, NULL, &why);
}

static void same_everywhere(struct peers *f)
{
	for (size_t i = 0; i < f->n; i++)
		(void)peer_publish(f, &f->p[i], NULL, NULL);
	all_pull(f, f->n);
	for (size_t i = 0; i < f->n; i++) {
		peer_check(&f->p[i]);
		assert_string_equal(peer_alarm(&f->p[i]), "");
		assert_same_published(&f->p[0], &f->p[i]);
	}
}

static void who_joins_has_what_the_others_have(void **state)
{
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < random_rounds(4, 100); round++) {
		struct peers f;
		peers_new(&f, 4);
		struct peer *last = &f.p[3], *author = &f.p[pick(&seed, 3)];
		work(&f, 3, 30, &seed);
		(void)peer_publish(&f, author, NULL, NULL);
		peer_operate(author, &seed); /* in no commit: not in the checkpoint */
		checkpoint(&f, author);
		ok(join(&f, last));
		peer_changeset(last);
		peer_check(last);
		assert_same_published(author, last);
		assert_true(last->c->lamport > 0 && peer_stream(last, author)->applied.n > 0);
		if (one_in(&seed, 2))
			peer_crash(&f, last);
		work(&f, 4, 30, &seed);
		same_everywhere(&f);
		peers_free(&f);
	}
}

/* begin: two that have worked, and a third who has not. */
static void begin(struct peers *f)
{
	uint64_t seed = 7;
	peers_new(f, 3);
	work(f, 2, 30, &seed);
	for (size_t i = 0; i < 2; i++)
		while (!peer_publish(f, &f->p[i], NULL, NULL))
			peer_operate(&f->p[i], &seed);
	all_pull(f, 2);
}

static void spoil(struct peers *f, struct id id)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	char name[OBJECT_NAME];
	name_id(id, name);
	ok(store_get_sync(f->store, name, 0, 0, 0, &b));
	b.p[80] ^= 1;
	ok(store_put_sync(f->store, name, buf_span(&b)));
}

static void a_damaged_one_is_passed_over(void **state)
{
	struct peers f;
	(void)state;
	begin(&f);
	assert_int_equal(join(&f, &f.p[2]), ERR_NOTFOUND);
	checkpoint(&f, &f.p[0]);
	checkpoint(&f, &f.p[1]);
	spoil(&f, f.p[1].sync->st.announced.id);
	ok(load_run(f.p[2].sync, NULL, &(struct why){ 0 }));
	assert_non_null(strstr(peer_alarm(&f.p[2]), "does not verify"));
	peer_changeset(&f.p[2]);
	peer_check(&f.p[2]);
	(void)peer_pull(&f.p[2]);
	assert_same_published(&f.p[0], &f.p[2]);
	peers_free(&f);
}

/* say_wrong: what no commit can bring, and its digest. */
static void say_wrong(struct peer *p, struct span key, struct span value)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_put(b, MAP_RECORDS, key, value);
	ok(map_apply(p->map, b));
	ok(lthash_add(&p->sync->st.digest, key, value));
}

static size_t objects_of(struct peer *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->sync->queue.n; i++)
		n += p->sync->queue.items[i].kind == QUEUE_OBJECT;
	return n;
}

static size_t records_of(struct peer *p)
{
	cleanup(records_free) struct records all = RECORDS_INIT;
	struct view v = published_view(p->map);
	ok(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), peers_gather, &all));
	return all.n;
}

/* lose_chunk: the first chunk of a checkpoint that is about to be stored never is. */
static void lose_chunk(struct peers *f, struct peer *p)
{
	char name[OBJECT_NAME] = "";
	ok(make_run(p->sync));
	for (size_t i = 0; i < p->sync->queue.n && !name[0]; i++)
		if ((p->sync->queue.items[i].sequence & 0xff) == CLASS_CHUNK)
			memcpy(name, p->sync->queue.items[i].name, sizeof(name));
	ok(upload_run(p->sync));
	ok(store_del_sync(f->store, name));
	peer_head(f, p, NULL);
}

/* Any member can name the greatest lamport, and a checkpoint that is not there. */
static void one_that_cannot_be_loaded_ends_no_join(void **state)
{
	struct peers f;
	(void)state;
	begin(&f);
	lose_chunk(&f, &f.p[0]);
	assert_int_equal(join(&f, &f.p[2]), ERR_NOTFOUND);
	assert_int_equal(records_of(&f.p[2]), 0);
	checkpoint(&f, &f.p[1]);
	lose_chunk(&f, &f.p[0]);
	ok(load_run(f.p[2].sync, NULL, &(struct why){ 0 }));
	assert_non_null(strstr(peer_alarm(&f.p[2]), "passed over"));
	peer_changeset(&f.p[2]);
	peer_check(&f.p[2]);
	assert_same_published(&f.p[1], &f.p[2]);
	peers_free(&f);
}

/* What the joiner says from then on must not be refused by the others. */
static void a_lamport_that_no_record_has_is_not_believed(void **state)
{
	struct peers f;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(past_commit_free) struct past_commit c = { 0 };
	(void)state;
	begin(&f);
	struct peer *p = &f.p[0];
	struct past past = past_of_map(p->map);
	const struct stream *own = peer_stream(p, p);
	struct position end = past_position(own->number, own->applied.n, own->applied.hash);
	ok(past.find(past.ctx, end, &c));
	c.lamport = UINT64_C(1) << 61;
	past_put(&o, end, &c);
	ok(ops_commit(&o, p->map));
	checkpoint(&f, p);
	ok(join(&f, &f.p[2]));
	peer_changeset(&f.p[2]);
	assert_true(f.p[2].c->lamport < COMMIT_LAMPORT_STEP);
	peers_free(&f);
}

/* Joining may make what fits in no chunk: then there is no checkpoint, and all else goes on. */
static void a_record_that_fits_in_no_chunk_holds_nothing_up(void **state)
{
	struct peers f;
	static uint8_t large[10 << 20];
	static const uint8_t key[] = { 0x60, 1 };
	(void)state;
	begin(&f);
	struct peer *p = &f.p[0];
	large[0] = 3; /* of a later version: as it is */
	say_wrong(p, SPAN(key, sizeof(key)), SPAN(large, sizeof(large)));
	p->sync->checkpoint.wanted = true;
	assert_true(make_due(p->sync, 1));
	ok(make_run(p->sync));
	assert_non_null(strstr(peer_alarm(p), "no checkpoint"));
	assert_false(make_due(p->sync, 1));
	assert_int_equal(objects_of(p), 0);
	peers_free(&f);
}

static void one_with_what_is_no_record_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct peers f;
		begin(&f);
		struct shared_key key = shared_key_ino(SHARED_INODE, UINT64_MAX);
		say_wrong(&f.p[0], SPAN(key.b, key.len - i), i ? SPAN("\x03\xff", 2) : SPAN("\x02\x00\xff", 3));
		checkpoint(&f, &f.p[0]);
		assert_int_equal(join(&f, &f.p[2]), ERR_NOTFOUND);
		assert_non_null(strstr(peer_alarm(&f.p[2]), "cannot be used"));
		assert_int_equal(records_of(&f.p[2]), 0);
		peers_free(&f);
	}
}

static void an_unfinished_one_is_dropped(void **state)
{
	struct peers f;
	(void)state;
	begin(&f);
	struct peer *p = &f.p[0];
	p->sync->life.stopping = true;
	assert_int_equal(make_run(p->sync), ERR_CANCELED);
	p->sync->life.stopping = false;
	assert_int_equal(objects_of(p), 0);
	assert_int_equal(p->sync->st.building, 0);
	checkpoint(&f, p);
	peers_free(&f);
}

static void two_of_ones_own_stay(void **state)
{
	struct peers f;
	struct id ids[4];
	uint64_t seed = 5;
	(void)state;
	begin(&f);
	struct peer *p = &f.p[0];
	for (size_t i = 0; i < 4; i++) {
		checkpoint(&f, p);
		ids[i] = p->sync->st.announced.id;
		ok(checkpoint_prune(p->sync));
		peer_operate(p, &seed);
		(void)peer_publish(&f, p, NULL, NULL);
	}
	for (size_t i = 0; i < 4; i++) {
		cleanup(buf_free) struct buf b = BUF_INIT;
		char name[OBJECT_NAME];
		name_id(ids[i], name);
		assert_int_equal(store_get_sync(f.store, name, 0, 0, 0, &b), i < 2 ? ERR_NOTFOUND : ERR_OK);
	}
	peers_free(&f);
}

/* -- heads ------------------------------------------------------------------------------------------------------- */

static void check_heads(struct peer *p)
{
	bool news = false;
	ok(heads_check(p->sync, &news));
}

static void other_digest(struct head *h)
{
	h->digest.b[5] ^= 1;
}

static void a_head_with_another_digest_names_both(void **state)
{
	struct peers f;
	(void)state;
	begin(&f);
	peer_head(&f, &f.p[0], NULL);
	check_heads(&f.p[1]);
	assert_string_equal(peer_alarm(&f.p[1]), "");
	peer_head(&f, &f.p[0], other_digest);
	check_heads(&f.p[1]);
	assert_non_null(strstr(peer_alarm(&f.p[1]), "different records"));
	peers_free(&f);
}

static void an_older_head_is_named(void **state)
{
	struct peers f;
	(void)state;
	begin(&f);
	f.p[0].sync->st.head_counter = 9;
	peer_head(&f, &f.p[0], NULL);
	check_heads(&f.p[1]);
	f.p[0].sync->st.head_counter = 5;
	peer_head(&f, &f.p[0], other_digest);
	check_heads(&f.p[1]);
	assert_non_null(strstr(peer_alarm(&f.p[1]), "went back in time"));
	assert_null(strstr(peer_alarm(&f.p[1]), "different records"));
	peers_free(&f);
}

static void what_heads_count_and_the_store_lacks_is_named(void **state)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	char name[OBJECT_NAME];
	struct peers f;
	(void)state;
	begin(&f);
	struct peer *p = &f.p[0];
	uint64_t n = peer_stream(p, p)->applied.n;
	ok(epoch_open(f.keyring, 1, &epoch));
	ok(name_commit(&epoch.names, p->hash, n, 0, name));
	ok(store_get_sync(f.store, name, 0, 0, 0, &bytes));
	ok(store_del_sync(f.store, name));
	peer_head(&f, p, NULL);
	(void)peer_pull(&f.p[2]);
	check_heads(&f.p[2]);
	char device[ID_TEXT];
	id_hex(p->id, device);
	device[8] = 0;
	assert_non_null(strstr(peer_alarm(&f.p[2]), "lost, damaged or withheld"));
	assert_non_null(strstr(peer_alarm(&f.p[2]), device)); /* who says so: it may be wrong */
	ok(store_put_sync(f.store, name, buf_span(&bytes)));
	check_heads(&f.p[2]);
	assert_string_equal(peer_alarm(&f.p[2]), "");
	assert_same_published(p, &f.p[2]);
	peers_free(&f);
}

static void a_head_that_is_gone_is_named(void **state)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	char name[OBJECT_NAME];
	struct peers f;
	(void)state;
	begin(&f);
	struct peer *p = &f.p[0];
	ok(epoch_open(f.keyring, 1, &epoch));
	ok(name_head(&epoch.names, p->hash, name));
	check_heads(&f.p[1]);
	assert_string_equal(peer_alarm(&f.p[1]), "");
	peer_head(&f, p, NULL);
	check_heads(&f.p[1]);
	ok(store_del_sync(f.store, name));
	check_heads(&f.p[1]);
	assert_non_null(strstr(peer_alarm(&f.p[1]), "lost or withheld"));
	peer_head(&f, p, NULL);
	check_heads(&f.p[1]);
	assert_string_equal(peer_alarm(&f.p[1]), "");
	peers_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_joins_has_what_the_others_have),
		cmocka_unit_test(a_damaged_one_is_passed_over),
		cmocka_unit_test(one_with_what_is_no_record_is_refused),
		cmocka_unit_test(one_that_cannot_be_loaded_ends_no_join),
		cmocka_unit_test(a_lamport_that_no_record_has_is_not_believed),
		cmocka_unit_test(a_record_that_fits_in_no_chunk_holds_nothing_up),
		cmocka_unit_test(an_unfinished_one_is_dropped),
		cmocka_unit_test(two_of_ones_own_stay),
		cmocka_unit_test(a_head_with_another_digest_names_both),
		cmocka_unit_test(an_older_head_is_named),
		cmocka_unit_test(what_heads_count_and_the_store_lacks_is_named),
		cmocka_unit_test(a_head_that_is_gone_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
