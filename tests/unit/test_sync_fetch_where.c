/* SPDX-License-Identifier: MIT
 * Blocks of format 2 from the store: found by PLACED and SEGMENT, asked for in whole pages, checked.
 */
#include "tests/sync_desk.h"

#include "sync/core/placed.h"
#include "sync/fetch/block_where.h"
#include "sync/fetch/fetch.h"
#include "sync/publish/close.h"
#include "sync/publish/segments.h"

#define N 30u

/* A store that notes what is asked for. */
struct noting {
	struct store store;
	struct store *to;
	struct {
		uint64_t offset, length;
	} asked[2 * N];
	_Atomic unsigned n;
};
static void noting_get(struct store *s, const struct store_request *r)
{
	struct noting *t = (struct noting *)(void *)s;
	unsigned i = t->n++;
	assert_true(i < ARRAY_LEN(t->asked));
	t->asked[i].offset = r->offset;
	t->asked[i].length = r->length;
	t->to->ops->get(t->to, r);
}
static const struct store_ops noting_ops = { .get = noting_get };

struct answers {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned n, right;
	err_t last;
};
static void on_answer(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct answers *a = ctx;
	guard(&a->lock);
	a->n++;
	a->last = e;
	a->right += !e && !block_check(sealed, rec->length, rec->hash) && rec->epoch == 1;
	pthread_cond_broadcast(&a->cond);
}
static void await(struct answers *a, unsigned n)
{
	guard(&a->lock);
	while (a->n < n)
		pthread_cond_wait(&a->cond, &a->lock);
}

struct table {
	struct desk d;
	struct noting store;
	struct fetch *fetch;
	struct answers a;
	struct id ids[N];
	size_t n;
};

static int placed_visit(void *ctx, struct span key, struct span value)
{
	struct table *t = ctx;
	(void)value;
	assert_true(t->n < N);
	t->ids[t->n++] = id_from((const uint8_t *)key.p + 1);
	return 0;
}

/* drop_local: what is here of blocks that are on the store. */
static void drop_local(struct table *t)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	for (size_t i = 0; i < t->n; i++)
		batch_del(b, MAP_BLOCK, id_span(&t->ids[i]));
	ok(map_apply(t->d.map, b));
}

static int set_up(void **state)
{
	static const uint8_t placed = REC_PLACED;
	struct table *t = calloc(1, sizeof(*t));
	desk_begin(&t->d);
	for (unsigned i = 0; i < N; i++)
		(void)desk_write(&t->d, "a", 2000 + 1000 * i, (uint8_t)i);
	desk_step(&t->d);
	ok(map_scan(t->d.map, MAP_RECORDS, SPAN(&placed, 1), SPAN(NULL, 0), placed_visit, t));
	assert_int_equal(t->n, N);
	t->store = (struct noting){ { &noting_ops }, t->d.real, { { 0 } }, 0 };
	t->fetch = fetch_new(&t->store.store, t->d.map);
	pthread_mutex_init(&t->a.lock, NULL);
	pthread_cond_init(&t->a.cond, NULL);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct table *t = *state;
	fetch_stop(t->fetch);
	fetch_freep(&t->fetch);
	desk_end(&t->d);
	free(t);
	return 0;
}

static void each_block_comes_back_as_it_was_sealed(void **state)
{
	struct table *t = *state;
	drop_local(t);
	for (unsigned i = 0; i < N; i++)
		fetch_block(t->fetch, t->ids[i], on_answer, &t->a);
	await(&t->a, N);
	assert_int_equal(t->a.right, N);
	assert_int_equal(t->store.n, N);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(map_has(t->d.map, MAP_BLOCK, id_span(&t->ids[i])), ERR_OK);
}

static void ranges_are_whole_pages_up_to_the_end_of_the_object(void **state)
{
	struct table *t = *state;
	struct block_where w;
	unsigned ends = 0;
	drop_local(t);
	ok(block_where(t->d.map, t->ids[0], &w));
	for (unsigned i = 0; i < N; i++)
		fetch_block(t->fetch, t->ids[i], on_answer, &t->a);
	await(&t->a, N);
	for (unsigned i = 0; i < N; i++) {
		uint64_t end = t->store.asked[i].offset + t->store.asked[i].length;
		assert_int_equal(t->store.asked[i].offset % 4096, 0);
		assert_true(end % 4096 == 0 || end == w.object);
		ends += end == w.object;
	}
	assert_true(w.object % 4096 == 0 || ends > 0);
}

static void neighbours_are_one_request(void **state)
{
	struct table *t = *state;
	drop_local(t);
	fetch_many(t->fetch, t->ids, N, on_answer, &t->a);
	await(&t->a, N);
	assert_int_equal(t->a.right, N);
	assert_int_equal(t->store.n, 1);
}

/* Until publishing is through, what is in a segment is said in the closed set alone. */
static void a_block_is_found_before_its_segment_is_published(void **state)
{
	struct table *t = *state;
	struct block_where w;
	(void)desk_write(&t->d, "b", 5000, 'b');
	ok(close_run(t->d.sync));
	ok(segments_pack(t->d.sync));
	static const uint8_t held = QUEUE_UPLOAD_PINNED;
	t->n = 0;
	ok(map_scan(t->d.map, MAP_QUEUE, SPAN(&held, 1), SPAN(NULL, 0), placed_visit, t));
	assert_int_equal(t->n, 1);
	ok(block_where(t->d.map, t->ids[0], &w));
	assert_int_equal(w.rec.length, 5000);
}

static void other_bytes_in_a_blocks_place_are_not_taken(void **state)
{
	struct table *t = *state;
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct block_where w;
	char name[OBJECT_NAME];
	drop_local(t);
	ok(block_where(t->d.map, t->ids[3], &w));
	name_id(w.rec.segment, name);
	ok(store_get_sync(t->d.real, name, 0, 0, 0, &body));
	body.p[w.rec.offset + w.sealed - 1] ^= 1;
	ok(store_put_sync(t->d.real, name, buf_span(&body)));
	fetch_block(t->fetch, t->ids[3], on_answer, &t->a);
	await(&t->a, 1);
	assert_int_equal(t->a.last, ERR_DAMAGED);
}

/* list_as: a segment that lists blocks which it does not have, as any member can make one; `nth` of its kind, under an
 * id that is `off` its own. */
static void list_as(struct table *t, const struct block_where *of, uint8_t nth, uint8_t off)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf facts = BUF_INIT, value = BUF_INIT;
	cleanup(placing_free) struct placing placing = { t->d.map, INO_SET_INIT };
	struct segment_block blocks[] = { { of->rec.hash, 77, 0 } };
	struct short_epoch epochs[] = { { .number = 1 } };
	struct segment_facts f = { .epochs = epochs, .epochs_n = 1, .blocks = blocks, .blocks_n = 1 };
	struct vault_name name = { .kind = SHARED_SEGMENT };
	f.salt.b[0] = nth;
	ok(segment_put_facts(&facts, &f));
	ok(segment_id(buf_span(&facts), &name.id));
	name.id.b[0] ^= off;
	group_value(&r, 1, STAMP_ZERO, buf_span(&facts));
	ok(record_encode(&r, &value));
	struct vault_key key = vault_key_of(&name);
	ops_put(&o, MAP_RECORDS, vault_key_span(&key), buf_span(&value));
	ok(placed_put(&placing, &o, vault_key_span(&key), buf_span(&value)));
	ok(ops_commit(&o, t->d.map));
}

static void list(struct table *t, const struct block_where *of, uint8_t nth)
{
	list_as(t, of, nth, 0);
}

/* places: segments in which a block is looked for. */
static unsigned places(struct table *t, struct id block)
{
	struct block_where at;
	unsigned n = 0;
	while (block_where_next(t->d.map, block, n, &at) != ERR_NOTFOUND)
		n++;
	return n;
}

/* A commit with such a record is refused; a checkpoint may have one. */
static void facts_under_a_false_id_are_none(void **state)
{
	struct table *t = *state;
	struct block_where before;
	ok(block_where(t->d.map, t->ids[3], &before));
	assert_int_equal(places(t, t->ids[3]), 1);
	list_as(t, &before, 1, 1);
	assert_int_equal(places(t, t->ids[3]), 1);
	list(t, &before, 1);
	assert_int_equal(places(t, t->ids[3]), 2);
}

/* Any member can list a block of another's. */
static void a_segment_that_lists_anothers_block_takes_no_place(void **state)
{
	struct table *t = *state;
	struct block_where before, after;
	ok(block_where(t->d.map, t->ids[3], &before));
	list(t, &before, 1);
	ok(block_where(t->d.map, t->ids[3], &after));
	assert_true(id_eq(before.rec.segment, after.rec.segment) && before.rec.length == after.rec.length);
}

/* As it is for who joins: which came first cannot be told. */
static void a_block_is_looked_for_in_all_segments_that_list_it(void **state)
{
	struct table *t = *state;
	struct block_where before, after;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct rkey first = key_id(REC_PLACED, t->ids[3]);
	ok(block_where(t->d.map, t->ids[3], &before));
	struct rkey right = key_placed(t->ids[3], before.rec.segment);
	cleanup(buf_free) struct buf value = BUF_INIT;
	placed_encode(&before.placed, &value);
	batch_del(b, MAP_RECORDS, rkey_span(&first));
	ok(map_apply(t->d.map, b));
	for (uint8_t i = 1; i < 5; i++)
		list(t, &before, i);
	batch_clear(b);
	batch_put(b, MAP_RECORDS, rkey_span(&right), buf_span(&value));
	ok(map_apply(t->d.map, b));
	drop_local(t);
	fetch_block(t->fetch, t->ids[3], on_answer, &t->a);
	await(&t->a, 1);
	assert_int_equal(t->a.last, ERR_OK);
	assert_int_equal(t->a.right, 1);
	ok(block_where(t->d.map, t->ids[3], &after)); /* what is here is read as it says */
	assert_true(id_eq(before.rec.segment, after.rec.segment) && before.rec.length == after.rec.length);
}

/* As when what the store did not show at first is there the next time. */
static void the_first_place_that_proves_right_stays_the_only_one(void **state)
{
	struct table *t = *state;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct block_where at, after;
	ok(block_where(t->d.map, t->ids[3], &at));
	ok(block_where_proved(t->d.map, t->ids[3], &at, b));
	ok(map_apply(t->d.map, b));
	ok(block_where(t->d.map, t->ids[3], &after));
	assert_true(id_eq(at.rec.segment, after.rec.segment));
	assert_int_equal(block_where_next(t->d.map, t->ids[3], 1, &after), ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_block_comes_back_as_it_was_sealed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ranges_are_whole_pages_up_to_the_end_of_the_object, set_up, tear_down),
		cmocka_unit_test_setup_teardown(neighbours_are_one_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_block_is_found_before_its_segment_is_published, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_bytes_in_a_blocks_place_are_not_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(facts_under_a_false_id_are_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_segment_that_lists_anothers_block_takes_no_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_block_is_looked_for_in_all_segments_that_list_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_first_place_that_proves_right_stays_the_only_one, set_up,
		                                tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
