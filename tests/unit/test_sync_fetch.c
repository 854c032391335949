/* SPDX-License-Identifier: MIT
 * Fetching blocks: one request a block, ranges for neighbours, damage, deletion meanwhile, stopping. Where a block is:
 * test_sync_fetch_where.c.
 */
#include "fs_data_util.h"
#include "sync/fetch/block_where.h"
#include "vault/join/segment.h"

#define N 24u
#define LEN 30000u

struct answered {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned n, ok;
	err_t last;
	const uint8_t *want; /* hash of the sealed bytes, when given */
};

static void on_answer(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct answered *a = ctx;
	struct hash hash;
	guard(&a->lock);
	a->n++;
	a->last = e;
	if (!e) {
		assert_int_equal(sealed.len, segment_sealed(rec->length));
		assert_int_equal(crypto_sha256(sealed, &hash), ERR_OK);
		assert_true(hash_eq(hash, rec->hash));
		a->ok++;
	}
	pthread_cond_broadcast(&a->cond);
}

static struct answered none(void)
{
	return (struct answered){ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, ERR_OK, NULL };
}

static void await(struct answered *a, unsigned n)
{
	guard(&a->lock);
	while (a->n < n)
		pthread_cond_wait(&a->cond, &a->lock);
}

struct blocks {
	struct rig r;
	struct id id[N];
};

/* setup: N blocks on the store, in one segment, none here. */
static void begin(struct blocks *b)
{
	struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	uint8_t *p = malloc(LEN);
	rig_open(&b->r);
	struct fs_file *h = rig_create(&b->r);
	for (unsigned i = 0; i < N; i++) {
		fill(p, LEN, i);
		rig_write(&b->r, h, (uint64_t)i * BLOCK_SIZE, p, LEN);
	}
	assert_int_equal(rig_publish(&b->r), N);
	for (unsigned i = 0, k = 0; i < N; i++, k++) {
		if (i % EXTENT_GROUP_BLOCKS == 0) {
			k = 0;
			rig_extents(&b->r, h, i / EXTENT_GROUP_BLOCKS, list);
		}
		b->id[i] = list[k].block;
	}
	rig_drop_local(&b->r);
	fs_file_close(b->r.fs, h);
	free(list);
	free(p);
}

static bool here(struct blocks *b, unsigned i)
{
	return map_has(b->r.map, MAP_BLOCK, id_span(&b->id[i])) == ERR_OK;
}

static void many_askers_make_one_request(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	fault_pause(b.r.store, FAULT_GET);
	for (unsigned i = 0; i < 10; i++)
		fetch_block(b.r.fetch, b.id[3], on_answer, &a);
	fault_pause(b.r.store, 0);
	await(&a, 10);
	assert_int_equal(a.ok, 10);
	assert_int_equal(b.r.count->gets, 1);
	assert_true(here(&b, 3));
	fetch_block(b.r.fetch, b.id[3], on_answer, &a); /* it is here: no request at all */
	await(&a, 11);
	assert_int_equal(b.r.count->gets, 1);
	rig_close(&b.r);
}

static void figures_say_what_is_asked_for(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	struct fetch_debug d;
	begin(&b);
	fault_pause(b.r.store, FAULT_GET);
	fetch_ahead(b.r.fetch, b.id, N);
	fetch_block(b.r.fetch, b.id[N - 1], on_answer, &a);
	fetch_debug(b.r.fetch, &d);
	assert_int_equal(d.wanted, N);
	assert_int_equal(d.ahead, N - 1); /* for the last one somebody waits */
	assert_int_equal(d.in_line, 0);
	assert_true(d.bytes_under_way >= (uint64_t)N * LEN);
	fault_pause(b.r.store, 0);
	await(&a, 1);
	fetch_stop(b.r.fetch);
	fetch_debug(b.r.fetch, &d);
	assert_int_equal(d.wanted, 0);
	rig_close(&b.r);
}

static void neighbours_come_in_one_range(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	fault_pause(b.r.store, FAULT_GET);
	fetch_ahead(b.r.fetch, b.id, N);
	assert_int_equal(b.r.count->gets, 1);
	fetch_block(b.r.fetch, b.id[N - 1], on_answer, &a); /* joins */
	fault_pause(b.r.store, 0);
	await(&a, 1);
	assert_int_equal(a.ok, 1);
	assert_int_equal(b.r.count->gets, 1);
	for (unsigned i = 0; i < N - 1; i++)
		fetch_block(b.r.fetch, b.id[i], on_answer, &a);
	await(&a, N);
	assert_int_equal(a.ok, N);
	assert_int_equal(b.r.count->gets, 1);
	rig_close(&b.r);
}

static void many_are_one_range_and_all_answered(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	fetch_many(b.r.fetch, b.id, N, on_answer, &a);
	await(&a, N);
	assert_int_equal(a.ok, N);
	assert_int_equal(b.r.count->gets, 1);
	for (unsigned i = 0; i < N; i++)
		assert_true(here(&b, i));
	fetch_many(b.r.fetch, b.id, N, on_answer, &a); /* from the cache now */
	await(&a, 2 * N);
	assert_int_equal(a.ok, 2 * N);
	assert_int_equal(b.r.count->gets, 1);
	fetch_stop(b.r.fetch);
	fetch_many(b.r.fetch, b.id, 2, on_answer, &a);
	assert_int_equal(a.n, 2 * N + 2);
	assert_int_equal(a.last, ERR_CANCELED);
	rig_close(&b.r);
}

static void damage_is_tried_twice_then_told(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	struct fault_plan plan = { .ops = FAULT_GET, .garble = 1000, .front = true };
	fault_set(b.r.store, &plan);
	/* the byte changed may be in the padding, which nothing depends on: so a cut too */
	plan.cut = 1000;
	fault_set(b.r.store, &plan);
	fetch_block(b.r.fetch, b.id[0], on_answer, &a);
	await(&a, 1);
	assert_int_equal(a.last, ERR_DAMAGED);
	assert_int_equal(b.r.count->gets, 2);
	assert_false(here(&b, 0));
	plan = (struct fault_plan){ .ops = FAULT_GET, .stale = 1000 };
	fault_set(b.r.store, &plan);
	fetch_block(b.r.fetch, b.id[0], on_answer, &a);
	await(&a, 2);
	assert_int_equal(a.last, ERR_NOTFOUND);
	assert_int_equal(b.r.count->gets, 4);
	plan = (struct fault_plan){ 0 };
	fault_set(b.r.store, &plan);
	fetch_block(b.r.fetch, b.id[0], on_answer, &a);
	await(&a, 3);
	assert_int_equal(a.ok, 1);
	rig_close(&b.r);
}

static void a_bad_range_spoils_no_other_block(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	fault_pause(b.r.store, FAULT_GET);
	fetch_ahead(b.r.fetch, b.id, N);
	for (unsigned i = 0; i < N; i += 5)
		fetch_block(b.r.fetch, b.id[i], on_answer, &a);
	struct fault_plan plan = { .ops = FAULT_GET, .error = 400, .error_code = ERR_NOTFOUND };
	fault_set(b.r.store, &plan); /* some of the tries fail */
	fault_pause(b.r.store, 0);
	await(&a, 5);
	plan = (struct fault_plan){ 0 };
	fault_set(b.r.store, &plan);
	for (unsigned i = 0; i < N; i++)
		fetch_block(b.r.fetch, b.id[i], on_answer, &a);
	await(&a, 5 + N);
	assert_true(a.ok >= N);
	rig_close(&b.r);
}

/* lose_segment: the object that all blocks are in goes from the store. */
static void lose_segment(struct blocks *b)
{
	struct block_where w;
	char name[OBJECT_NAME];
	assert_int_equal(block_where(b->r.map, b->id[0], &w), ERR_OK);
	name_id(w.rec.segment, name);
	assert_int_equal(store_del_sync(b->r.store, name), ERR_OK);
}

static void a_failed_range_is_asked_again_as_urgently_as_someone_waits(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	struct fault_plan plan = { .ops = FAULT_GET, .error = 1000, .error_code = ERR_NET };
	fault_set(b.r.store, &plan);
	fetch_many(b.r.fetch, b.id, N, on_answer, &a);
	await(&a, N);
	assert_int_equal(a.last, ERR_NET);
	assert_int_equal(b.r.count->gets, 1 + N);
	assert_int_equal(b.r.count->urgent, 0);
	plan = (struct fault_plan){ 0 };
	fault_set(b.r.store, &plan);
	fault_pause(b.r.store, FAULT_GET);
	fetch_many(b.r.fetch, b.id, N, on_answer, &a);
	fetch_block(b.r.fetch, b.id[N / 2], on_answer, &a); /* joins */
	lose_segment(&b);
	fault_pause(b.r.store, 0);
	await(&a, 2 * N + 1);
	assert_int_equal(a.last, ERR_NOTFOUND);
	assert_int_equal(b.r.count->gets, 1 + N + 1 + 2 * N); /* each alone is tried twice */
	assert_int_equal(b.r.count->urgent, 2);
	rig_close(&b.r);
}

static void a_missing_object_is_asked_for_again_as_urgently_as_someone_waits(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	struct fault_plan plan = { .ops = FAULT_GET, .stale = 1000 };
	fault_set(b.r.store, &plan);
	fetch_many(b.r.fetch, b.id, 1, on_answer, &a);
	await(&a, 1);
	assert_int_equal(b.r.count->gets, 2);
	assert_int_equal(b.r.count->urgent, 0);
	fetch_block(b.r.fetch, b.id[0], on_answer, &a);
	await(&a, 2);
	assert_int_equal(b.r.count->gets, 4);
	assert_int_equal(b.r.count->urgent, 2);
	rig_close(&b.r);
}

static void a_deleted_block_is_not_kept(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	fault_pause(b.r.store, FAULT_GET);
	fetch_block(b.r.fetch, b.id[2], on_answer, &a);
	struct batch *d = batch_new();
	struct rkey k = key_id(REC_PLACED, b.id[2]);
	batch_del(d, MAP_RECORDS, rkey_span(&k));
	assert_int_equal(map_apply(b.r.map, d), ERR_OK);
	batch_freep(&d);
	fault_pause(b.r.store, 0);
	await(&a, 1);
	assert_int_equal(a.ok, 1); /* who asked still gets the bytes */
	assert_false(here(&b, 2));
	fetch_block(b.r.fetch, b.id[2], on_answer, &a);
	await(&a, 2);
	assert_int_equal(a.last, ERR_NOTFOUND);
	rig_close(&b.r);
}

static void the_forgotten_are_not_answered(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none(), gone = none();
	begin(&b);
	fault_pause(b.r.store, FAULT_GET);
	fetch_block(b.r.fetch, b.id[1], on_answer, &gone);
	fetch_block(b.r.fetch, b.id[1], on_answer, &a);
	assert_true(fetch_forget(b.r.fetch, &gone));
	assert_false(fetch_forget(b.r.fetch, &gone));
	fault_pause(b.r.store, 0);
	await(&a, 1);
	assert_int_equal(gone.n, 0);
	assert_false(fetch_forget(b.r.fetch, &a));
	rig_close(&b.r);
}

static void stopping_answers_everyone(void **state)
{
	(void)state;
	struct blocks b;
	struct answered a = none();
	begin(&b);
	fault_pause(b.r.store, FAULT_GET);
	fetch_ahead(b.r.fetch, b.id, 4);
	for (unsigned i = 0; i < N; i++)
		fetch_block(b.r.fetch, b.id[i], on_answer, &a);
	fetch_stop(b.r.fetch); /* while the requests are still out */
	assert_int_equal(a.n, N);
	assert_int_equal(a.last, ERR_CANCELED);
	fetch_block(b.r.fetch, b.id[0], on_answer, &a);
	assert_int_equal(a.n, N + 1);
	fault_pause(b.r.store, 0);
	rig_close(&b.r);
}

struct asker {
	struct blocks *b;
	struct answered a;
	unsigned seed;
};

static void *ask_a_lot(void *ctx)
{
	struct asker *k = ctx;
	unsigned seed = k->seed;
	for (unsigned i = 0; i < 150; i++) {
		unsigned which = (unsigned)rand_r(&seed) % N;
		if (rand_r(&seed) % 5 == 0)
			fetch_ahead(k->b->r.fetch, k->b->id, 1 + which);
		fetch_block(k->b->r.fetch, k->b->id[which], on_answer, &k->a);
		if (rand_r(&seed) % 8 == 0) {
			struct batch *d = batch_new();
			batch_del(d, MAP_BLOCK, id_span(&k->b->id[which]));
			assert_int_equal(map_apply(k->b->r.map, d), ERR_OK);
			batch_freep(&d);
		}
	}
	await(&k->a, 150);
	return NULL;
}

static void threads_may_ask_at_once(void **state)
{
	(void)state;
	struct blocks b;
	begin(&b);
	struct fault_plan plan = { .ops = FAULT_GET, .delay = 300, .delay_ms = 3, .cut = 50 };
	fault_set(b.r.store, &plan);
	struct asker k[3];
	pthread_t t[3];
	for (unsigned i = 0; i < 3; i++) {
		k[i] = (struct asker){ &b, none(), i + 1 };
		assert_int_equal(pthread_create(&t[i], NULL, ask_a_lot, &k[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(t[i], NULL);
		assert_true(k[i].a.ok > 100);
	}
	rig_close(&b.r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_are_one_range_and_all_answered),
		cmocka_unit_test(many_askers_make_one_request),
		cmocka_unit_test(figures_say_what_is_asked_for),
		cmocka_unit_test(neighbours_come_in_one_range),
		cmocka_unit_test(damage_is_tried_twice_then_told),
		cmocka_unit_test(a_bad_range_spoils_no_other_block),
		cmocka_unit_test(a_failed_range_is_asked_again_as_urgently_as_someone_waits),
		cmocka_unit_test(a_missing_object_is_asked_for_again_as_urgently_as_someone_waits),
		cmocka_unit_test(a_deleted_block_is_not_kept),
		cmocka_unit_test(the_forgotten_are_not_answered),
		cmocka_unit_test(stopping_answers_everyone),
		cmocka_unit_test(threads_may_ask_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
