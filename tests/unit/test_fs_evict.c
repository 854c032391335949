/* SPDX-License-Identifier: MIT
 * The block cache stays under its limit, and what must stay stays.
 */
#include "fs/residency/pinned_set.h"
#include "fs/residency/reclaim.h"
#include "fs_evict_util.h"
#include "sync/core/stored.h"
#include "util/clock.h"

#include <time.h>

static struct fs_file *filled(struct rig *r, uint8_t *p, unsigned seed)
{
	struct fs_file *h = rig_create(r);
	fill(p, SIZE, seed);
	rig_write(r, h, 0, p, SIZE);
	return h;
}

static uint64_t cached(struct rig *r)
{
	struct map_stats s;
	assert_int_equal(map_commit(r->map), ERR_OK);
	map_stats(r->map, &s);
	return s.block_bytes;
}

static void set_pin(struct rig *r, uint64_t ino)
{
	struct batch *b = batch_new();
	struct rkey k = key_ino(REC_PIN, ino);
	batch_put(b, MAP_RECORDS, rkey_span(&k), SPAN("\1", 1));
	assert_int_equal(map_apply(r->map, b), ERR_OK);
	batch_freep(&b);
}

/* waiting: a file that is in the base and not on the store. */
static struct fs_file *waiting(struct rig *r, uint8_t *p)
{
	rig_open(r);
	struct fs_file *h = filled(r, p, 1);
	assert_int_equal(map_commit(r->map), ERR_OK);
	return h;
}

static void what_the_store_lacks_stays(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	struct fs_file *h = waiting(&r, p);
	run(&r, 1);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), BLOCKS);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

static void close_runs(struct rig *r, bool on)
{
	struct batch *b = batch_new();
	struct rkey k = key_bytes(QUEUE_PACKING, SPAN("", 0));
	if (on)
		batch_put(b, MAP_QUEUE, rkey_span(&k), SPAN("1", 1));
	else
		batch_del(b, MAP_QUEUE, rkey_span(&k));
	assert_int_equal(map_apply(r->map, b), ERR_OK);
	batch_freep(&b);
}

/* removed: what was in it is reclaimed. */
static void removed(struct rig *r, struct fs_file *h, const char *name)
{
	assert_int_equal(fs_unlink(r->fs, INO_ROOT, name), 0);
	fs_forget(r->fs, fs_ino_of(h), 1);
	fs_file_close(r->fs, h);
	for (int i = 0; i < 1000 && rig_count(r->map, MAP_RECORDS, REC_REAP); i++)
		if (!reclaim_run(r->fs))
			usleep(10000);
	assert_int_equal(rig_count(r->map, MAP_RECORDS, REC_REAP), 0);
}

/* A file deleted while a changeset is packed: the commit may name its blocks nevertheless. */
static void what_a_close_may_be_packing_stays(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	struct fs_file *h = waiting(&r, p);
	close_runs(&r, true);
	removed(&r, h, "file0");
	assert_int_equal(rig_count(r.map, MAP_QUEUE, QUEUE_BLOCK), BLOCKS);
	memset(&r.fs->recency, 0, sizeof(r.fs->recency)); /* long ago */
	run(&r, 1);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), BLOCKS);
	close_runs(&r, false);
	h = filled(&r, p, 2);
	assert_int_equal(map_commit(r.map), ERR_OK);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 2 * BLOCKS);
	removed(&r, h, "file1");
	assert_int_equal(rig_count(r.map, MAP_QUEUE, QUEUE_BLOCK), BLOCKS);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), BLOCKS);
	rig_close(&r);
	free(p);
}

static void what_the_store_took_goes_at_once(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	struct fs_file *h = waiting(&r, p);
	run(&r, SIZE / 2);
	{
		guard(&r.fs->eviction->lock);
		assert_true(r.fs->eviction->pause.until > 0);
		r.fs->eviction->pause.until = INT64_MAX; /* as if that had taken long */
		r.fs->eviction->pause.not_before = 0;
	}
	run(&r, SIZE / 2);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), BLOCKS);
	rig_publish(&r);
	run(&r, SIZE / 2);
	assert_true(cached(&r) <= SIZE / 2);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

/* halved: a file that the store has, and half of it at most here. */
static struct fs_file *halved(struct rig *r, uint8_t *p)
{
	rig_open(r);
	struct fs_file *h = filled(r, p, 1);
	rig_publish(r);
	run(r, SIZE / 2);
	assert_true(cached(r) <= SIZE / 2);
	return h;
}

static void the_limit_is_kept(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	struct fs_file *h = halved(&r, p);
	assert_true(cached(&r) >= SIZE / 4);
	rig_check(&r, h, p, SIZE);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

static void what_is_dropped_already_is_not_made_up_for_again(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	struct fs_file *h = filled(&r, p, 1);
	rig_publish(&r);
	for (unsigned i = 0; i < 4; i++) /* faster than the map commits */
		run(&r, SIZE / 2);
	assert_true(cached(&r) <= SIZE / 2);
	assert_true(cached(&r) >= SIZE / 4);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

/* A round of eviction may fall between a freeze and its commit: what was dropped before that is in the base then. */
static void what_was_dropped_counts_until_its_own_commit(void **state)
{
	(void)state;
	struct rig r;
	struct map_stats first, s;
	rig_open(&r);
	struct fs_file *h = rig_create(&r);
	map_stats(r.map, &first);
	cache_note_dropped(r.fs, 100);
	set_pin(&r, fs_ino_of(h));
	cache_note_dropped(r.fs, 50);
	s = (struct map_stats){ .block_bytes = 1000, .committed = first.applied - 1 };
	assert_int_equal(cache_bytes(r.fs, &s), 850);
	s.committed = first.applied;
	assert_int_equal(cache_bytes(r.fs, &s), 950);
	s.committed = first.applied + 100;
	assert_int_equal(cache_bytes(r.fs, &s), 1000);
	fs_file_close(r.fs, h);
	rig_close(&r);
}

/* wakes: whether a reader of many blocks wakes the flusher, which the caller holds up. */
static bool wakes(struct rig *r)
{
	static uint64_t next;
	struct wake *w = &r->fs->flusher_wake;
	const struct timespec step = { .tv_nsec = 5 * NS_PER_MS };
	for (int i = 0; i < 400; i++) { /* it has taken the ask of before, or is held up already */
		nanosleep(&step, NULL);
		if (!w->asked)
			break;
	}
	w->asked = false;
	for (unsigned i = 0; i < 64; i++) {
		struct id id = { 0 };
		uint64_t low = ++next << 8;
		memcpy(id.b, &low, sizeof(low));
		recency_touch(r->fs, id);
	}
	return w->asked;
}

static void a_reader_wakes_the_flusher_only_for_what_is_not_dropped_yet(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	struct fs_file *h = filled(&r, p, 1);
	rig_publish(&r);
	struct cache_size *c = &r.fs->cache_size;
	{
		guard(&r.fs->eviction->lock); /* the flusher comes this far and no further */
		wake_ask(&r.fs->flusher_wake);
		c->limit = SIZE / 2;
		c->drops[0] = (struct cache_drop){ UINT64_MAX, SIZE }; /* not committed yet */
		c->n = 1;
		assert_false(wakes(&r));
		c->n = 0;
		assert_true(wakes(&r));
	}
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

static void what_is_on_its_way_into_the_base_counts(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	struct fs_file *h = halved(&r, p);
	r.fs->cache_size.limit = UINT64_MAX;
	rig_check(&r, h, p, SIZE); /* fetched, and not committed yet */
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), BLOCKS);
	memset(&r.fs->recency, 0, sizeof(r.fs->recency)); /* long ago */
	run(&r, SIZE / 2);
	assert_true(rig_count(r.map, MAP_BLOCK, 0) < BLOCKS);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

/* What is dropped for it goes with the same commit, whenever the flusher looks. */
static void what_arrives_finds_its_place_under_the_limit(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	uint64_t limit = SIZE / 4 * 3;
	rig_open(&r);
	struct fs_file *h = filled(&r, p, 1);
	rig_publish(&r);
	run(&r, limit);
	assert_true(cached(&r) <= limit);
	r.fs->cache_size.limit = UINT64_MAX;
	rig_check(&r, h, p, SIZE);                        /* the rest is fetched */
	memset(&r.fs->recency, 0, sizeof(r.fs->recency)); /* long ago */
	r.fs->pinned_set->took = 0; /* a slow machine would leave it to the flusher: see the next test */
	r.fs->cache_size.limit = limit;
	assert_true(cached(&r) <= limit);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

/* A commit waits for the short round: none while nobody knows how long the pinned blocks take to list. */
static void a_commit_lists_no_pinned_blocks_that_it_knows_nothing_of(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	struct fs_file *h = filled(&r, p, 1);
	rig_publish(&r);
	{
		guard(&r.fs->eviction->lock);
		assert_false(pinned_set_is_quick(r.fs));
	}
	run(&r, SIZE / 2);
	{
		guard(&r.fs->eviction->lock);
		assert_true(pinned_set_is_quick(r.fs));
		r.fs->pins_stale = true; /* a pin was set: on a tree of any size */
		assert_false(pinned_set_is_quick(r.fs));
	}
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

static void what_was_used_lately_stays(void **state)
{
	(void)state;
	struct rig r;
	size_t n;
	uint8_t *p = malloc(SIZE), *out = malloc(BLOCK_SIZE);
	rig_open(&r);
	struct fs_file *h = filled(&r, p, 1);
	rig_publish(&r);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(rig_read(&r, h, (uint64_t)i * 5 * BLOCK_SIZE, out, 100, &n), 0);
	run(&r, 1);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 10);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(rig_read(&r, h, (uint64_t)i * 5 * BLOCK_SIZE, out, BLOCK_SIZE, &n), 0);
	assert_int_equal(r.count->gets, 0);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(out);
	free(p);
}

static int touch_neighbours(void *ctx, struct span key, struct span value)
{
	struct id id;
	(void)value;
	id = id_from(key.p);
	for (uint8_t i = 1; i < 4; i++) {
		id.b[7] ^= i ^ (i - 1); /* the id with i in its highest byte; the low ones choose the slots */
		recency_touch(ctx, id);
	}
	return 0;
}

static void blocks_that_share_a_place_do_not_push_each_other_out(void **state)
{
	(void)state;
	struct rig r;
	size_t n;
	uint8_t *p = malloc(BLOCK_SIZE);
	rig_open(&r);
	struct fs_file *h = rig_create(&r);
	fill(p, BLOCK_SIZE, 1);
	rig_write(&r, h, 0, p, BLOCK_SIZE);
	rig_publish(&r);
	assert_int_equal(rig_read(&r, h, 0, p, BLOCK_SIZE, &n), 0);
	assert_int_equal(map_scan(r.map, MAP_BLOCK, SPAN(NULL, 0), SPAN(NULL, 0), touch_neighbours, r.fs), ERR_OK);
	run(&r, 1);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 1);
	fs_file_close(r.fs, h);
	rig_close(&r);
	free(p);
}

static void pinned_files_stay(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE), *q = malloc(SIZE);
	rig_open(&r);
	struct fs_file *a = filled(&r, p, 1), *b = filled(&r, q, 2);
	rig_publish(&r);
	set_pin(&r, fs_ino_of(b));
	run(&r, 1);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), BLOCKS);
	rig_check(&r, b, q, SIZE);
	assert_int_equal(r.count->gets, 0);
	fs_file_close(r.fs, a);
	fs_file_close(r.fs, b);
	rig_close(&r);
	free(p);
	free(q);
}

/* confirming: what `h` has is uploaded, and the store is asked before it goes. */
static struct fs_file *confirming(struct rig *r, uint8_t *p)
{
	struct fs_file *h = waiting(r, p);
	assert_int_equal(rig_publish(r), BLOCKS);
	r->fs->cfg.confirmed = confirmed_new(&r->count->base, r->map);
	assert_non_null(r->fs->cfg.confirmed);
	return h;
}

static void confirming_end(struct rig *r, struct fs_file *h, uint8_t *p)
{
	struct confirmed *c = r->fs->cfg.confirmed;
	fs_file_close(r->fs, h);
	rig_close(r);
	confirmed_freep(&c);
	free(p);
}

static int first_block(void *ctx, struct span key, struct span value)
{
	(void)value;
	*(struct id *)ctx = id_from(key.p);
	return MAP_STOP;
}

/* What was uploaded once may be lost by now, and the copy here be the last one. */
static void what_the_store_lost_since_stays(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	struct fs_file *h = confirming(&r, p);
	char name[OBJECT_NAME];
	struct id block;
	assert_int_equal(map_scan(r.map, MAP_BLOCK, SPAN(NULL, 0), SPAN(NULL, 0), first_block, &block), ERR_OK);
	name_id(rig_segment(&r, block), name);
	assert_int_equal(store_del_sync(r.store, name), ERR_OK);
	run(&r, 1);
	assert_int_equal(map_has(r.map, MAP_BLOCK, id_span(&block)), ERR_OK);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), PACK_BLOCKS); /* those of the other segment went */
	assert_true(stored_lost(r.map));
	confirming_end(&r, h, p);
}

static void what_cannot_be_asked_for_stays(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	struct fs_file *h = confirming(&r, p);
	fault_offline(r.store, ERR_NET);
	run(&r, 1);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), BLOCKS);
	fault_offline(r.store, ERR_OK);
	r.fs->eviction->pause.until = r.fs->eviction->pause.not_before = 0;
	run(&r, 1);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 0);
	confirming_end(&r, h, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_store_lacks_stays),
		cmocka_unit_test(what_a_close_may_be_packing_stays),
		cmocka_unit_test(what_the_store_took_goes_at_once),
		cmocka_unit_test(the_limit_is_kept),
		cmocka_unit_test(what_is_dropped_already_is_not_made_up_for_again),
		cmocka_unit_test(what_was_dropped_counts_until_its_own_commit),
		cmocka_unit_test(a_reader_wakes_the_flusher_only_for_what_is_not_dropped_yet),
		cmocka_unit_test(what_is_on_its_way_into_the_base_counts),
		cmocka_unit_test(what_arrives_finds_its_place_under_the_limit),
		cmocka_unit_test(a_commit_lists_no_pinned_blocks_that_it_knows_nothing_of),
		cmocka_unit_test(what_was_used_lately_stays),
		cmocka_unit_test(blocks_that_share_a_place_do_not_push_each_other_out),
		cmocka_unit_test(pinned_files_stay),
		cmocka_unit_test(what_the_store_lost_since_stays),
		cmocka_unit_test(what_cannot_be_asked_for_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
