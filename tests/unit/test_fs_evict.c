/* SPDX-License-Identifier: MIT
 * The block cache stays under its limit, and what must stay stays.
 */
#include "fs/residency/evict.h"
#include "fs/residency/pinned_set.h"
#include "fs_data_util.h"
#include "util/clock.h"

#include <time.h>

#define BLOCKS 64u
#define SIZE (BLOCKS * BLOCK_SIZE)

static struct fs_file *filled(struct rig *r, uint8_t *p, unsigned seed)
{
	struct fs_file *h = rig_create(r);
	fill(p, SIZE, seed);
	rig_write(r, h, 0, p, SIZE);
	return h;
}

static void run(struct rig *r, uint64_t limit)
{
	r->fs->cache_size.limit =
	        limit; /* not fs_set_cache_limit, which wakes the flusher: only one may turn the hand */
	while (evict_run(r->fs))
		;
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
	r.fs->cache_size.limit = limit;
	assert_true(cached(&r) <= limit);
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

/* in_dir: a published file of BLOCKS blocks in `dir`. */
static uint64_t in_dir(struct rig *r, uint64_t dir, const char *name, uint8_t *p, unsigned seed)
{
	struct fs_file *h;
	struct stat st;
	assert_int_equal(fs_create(r->fs, &r->who, &(struct fs_new){ dir, name, 0644 }, O_RDWR, &st, &h), 0);
	fill(p, SIZE, seed);
	rig_write(r, h, 0, p, SIZE);
	fs_file_close(r->fs, h);
	return st.st_ino;
}

static void space_is(struct rig *r, uint64_t ino, uint64_t cached, uint64_t remote, uint64_t pinned)
{
	struct fs_space s;
	assert_int_equal(fs_space(r->fs, ino, &s), 0);
	assert_int_equal(s.cached, cached);
	assert_int_equal(s.remote, remote);
	assert_int_equal(s.pinned, pinned);
	assert_int_equal(s.bytes, cached + remote);
}

static void a_pinned_directory_holds_what_comes_into_it(void **state)
{
	(void)state;
	struct rig r;
	struct stat st;
	enum fs_pin_state pin;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	assert_int_equal(fs_mkdir(r.fs, &r.who, INO_ROOT, "keep", 0755, &st), 0);
	uint64_t keep = st.st_ino;
	assert_int_equal(fs_mkdir(r.fs, &r.who, keep, "deep", 0755, &st), 0);
	uint64_t deep = st.st_ino;
	assert_int_equal(fs_pin(r.fs, keep), 0);
	uint64_t a = in_dir(&r, deep, "a", p, 1), b = in_dir(&r, INO_ROOT, "b", p, 2);
	rig_publish(&r);
	run(&r, 1);
	space_is(&r, a, SIZE, 0, SIZE);
	space_is(&r, b, 0, SIZE, 0);
	space_is(&r, INO_ROOT, SIZE, SIZE, SIZE);
	assert_int_equal(fs_pin_state(r.fs, a, &pin), 0);
	assert_int_equal(pin, FS_PINNED_ABOVE);
	assert_int_equal(fs_unpin(r.fs, deep), EBUSY);
	assert_int_equal(fs_unpin(r.fs, keep), 0);
	assert_int_equal(fs_pin_state(r.fs, a, &pin), 0);
	assert_int_equal(pin, FS_UNPINNED);
	run(&r, 1);
	space_is(&r, a, 0, SIZE, 0);
	rig_close(&r);
	free(p);
}

static void what_is_brought_is_here(void **state)
{
	(void)state;
	struct rig r;
	struct buf text = BUF_INIT;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	uint64_t a = in_dir(&r, INO_ROOT, "a", p, 1);
	rig_publish(&r);
	rig_drop_local(&r);
	assert_int_equal(fs_getxattr(r.fs, a, STATE_XATTR, &text), 0);
	assert_int_equal(span_cmp(buf_span(&text), span_str("remote")), 0);
	assert_int_equal(fs_fetch_tree(r.fs, INO_ROOT, NULL, NULL), 0);
	space_is(&r, a, SIZE, 0, 0);
	assert_int_equal(fs_getxattr(r.fs, a, STATE_XATTR, &text), 0);
	assert_int_equal(span_cmp(buf_span(&text), span_str("cached")), 0);
	fs_pins_stop(r.fs);
	assert_int_equal(fs_fetch_tree(r.fs, INO_ROOT, NULL, NULL), ECANCELED);
	buf_free(&text);
	rig_close(&r);
	free(p);
}

/* --- the pin fetcher, which looks some time after it was woken --- */
static bool all_here(struct rig *r, uint64_t ino)
{
	struct fs_space s;
	assert_int_equal(fs_space(r->fs, ino, &s), 0);
	return !s.remote;
}

static void comes(struct rig *r, uint64_t ino)
{
	const struct timespec step = { .tv_nsec = 20 * NS_PER_MS };
	for (unsigned i = 0; i < 3000 && !all_here(r, ino); i++)
		nanosleep(&step, NULL);
	assert_true(all_here(r, ino));
	const struct timespec rest = { .tv_nsec = 100 * NS_PER_MS }; /* what comes next is to wake it anew: */
	nanosleep(&rest, NULL); /* the pin fetcher's last look is over, most likely */
}

/* keep_dir: a pinned directory with one file in it, which has come. */
static uint64_t keep_dir(struct rig *r, uint8_t *p)
{
	struct stat st;
	assert_int_equal(fs_mkdir(r->fs, &r->who, INO_ROOT, "keep", 0755, &st), 0);
	in_dir(r, st.st_ino, "first", p, 9);
	rig_publish(r);
	rig_drop_local(r);
	assert_int_equal(fs_pin(r->fs, st.st_ino), 0);
	comes(r, st.st_ino);
	return st.st_ino;
}

static void what_is_pinned_comes_by_itself(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	uint64_t a = in_dir(&r, INO_ROOT, "a", p, 1), b = in_dir(&r, INO_ROOT, "b", p, 2);
	rig_publish(&r);
	rig_drop_local(&r);
	assert_int_equal(fs_pin(r.fs, a), 0);
	comes(&r, a);
	space_is(&r, b, 0, SIZE, 0);
	rig_close(&r);
	free(p);
}

static void what_is_moved_under_a_pin_comes_by_itself(void **state)
{
	(void)state;
	struct rig r;
	struct stat st;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	uint64_t keep = keep_dir(&r, p);
	uint64_t a = in_dir(&r, INO_ROOT, "a", p, 1), b = in_dir(&r, INO_ROOT, "b", p, 2);
	uint64_t c = in_dir(&r, INO_ROOT, "c", p, 3);
	in_dir(&r, keep, "d", p, 4);
	assert_int_equal(fs_mkdir(r.fs, &r.who, INO_ROOT, "dir", 0755, &st), 0);
	uint64_t e = in_dir(&r, st.st_ino, "e", p, 5);
	rig_publish(&r);
	rig_drop_local(&r);
	assert_int_equal(fs_rename(r.fs, INO_ROOT, "a", keep, "a", 0), 0);
	comes(&r, a);
	assert_int_equal(fs_rename(r.fs, INO_ROOT, "dir", keep, "dir", 0), 0);
	comes(&r, e);
	assert_int_equal(fs_rename(r.fs, keep, "d", INO_ROOT, "c", RENAME_EXCHANGE), 0);
	comes(&r, c);
	assert_int_equal(fs_link(r.fs, b, keep, "b", &st), 0);
	comes(&r, b);
	rig_close(&r);
	free(p);
}

static void what_is_copied_under_a_pin_comes_by_itself(void **state)
{
	(void)state;
	struct rig r;
	struct stat st;
	struct fs_file *in, *out;
	size_t n;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	uint64_t keep = keep_dir(&r, p), a = in_dir(&r, INO_ROOT, "a", p, 1);
	rig_publish(&r);
	rig_drop_local(&r);
	in = rig_reopen(&r, a, O_RDONLY);
	assert_int_equal(fs_create(r.fs, &r.who, &(struct fs_new){ keep, "copy", 0644 }, O_RDWR, &st, &out), 0);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ in, 0 }, (struct fs_at){ out, 0 }, SIZE, &n), 0);
	assert_int_equal(n, SIZE);
	comes(&r, a); /* of the same blocks */
	fs_file_close(r.fs, in);
	fs_file_close(r.fs, out);
	rig_close(&r);
	free(p);
}

/* goes: evicts until nothing of it is here: a round that comes too soon after one in vain does nothing. */
static void goes(struct rig *r, uint64_t ino)
{
	const struct timespec step = { .tv_nsec = 5 * NS_PER_MS };
	struct fs_space s;
	for (;;) {
		run(r, 1);
		assert_int_equal(fs_space(r->fs, ino, &s), 0);
		if (!s.cached)
			return;
		nanosleep(&step, NULL);
	}
}

/* set_is_used: whether the set of pinned blocks, as it is, goes on being used. */
static void set_is_used(struct rig *r, bool on)
{
	guard(&r->fs->eviction->lock);
	r->fs->pins_stale = false;
	r->fs->pinned_set->until = on ? INT64_MAX : 0;
}

static void what_eviction_drops_before_it_sees_the_pin_comes_back(void **state)
{
	(void)state;
	struct rig r;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	uint64_t keep = keep_dir(&r, p);
	run(&r, 1);
	set_is_used(&r, true);
	uint64_t a = in_dir(&r, keep, "a", p, 1);
	rig_publish(&r);
	goes(&r, a);
	r.fs->cache_size.limit = UINT64_MAX;
	set_is_used(&r, false);
	comes(&r, a);
	rig_close(&r);
	free(p);
}

/* --- changes meanwhile --- */
struct fetcher {
	struct rig *r;
	uint64_t ino;
	int err;
};

static void *fetch_it(void *ctx)
{
	struct fetcher *b = ctx;
	b->err = fs_fetch_tree(b->r->fs, b->ino, NULL, NULL);
	return NULL;
}

/* sparse: a published file of one block and, from the second group on, BLOCKS more: the fetch of the first BLOCKS
 * is under way when the last one is known but not asked for. */
static uint64_t sparse(struct rig *r, uint8_t *p)
{
	struct fs_file *h = rig_create(r);
	uint64_t ino = fs_ino_of(h);
	fill(p, SIZE, 1);
	rig_write(r, h, 0, p, BLOCK_SIZE);
	rig_write(r, h, EXTENT_GROUP_SIZE, p, SIZE);
	rig_publish(r);
	fs_file_close(r->fs, h);
	rig_drop_local(r);
	return ino;
}

static void a_change_during_the_fetch_is_not_damage(void **state)
{
	(void)state;
	struct rig r;
	struct stat st = { .st_size = EXTENT_GROUP_SIZE };
	pthread_t t;
	uint8_t *p = malloc(SIZE);
	rig_open(&r);
	struct fetcher b = { &r, sparse(&r, p), -1 };
	fault_pause(r.store, FAULT_GET);
	assert_int_equal(pthread_create(&t, NULL, fetch_it, &b), 0);
	const struct timespec step = { .tv_nsec = 5 * NS_PER_MS };
	while (!r.count->gets) /* all of the batch are looked up before the first is asked for */
		nanosleep(&step, NULL);
	assert_int_equal(fs_setattr(r.fs, &r.who, b.ino, &st, FS_SET_SIZE, &st), 0);
	assert_int_equal(map_commit(r.map), ERR_OK);
	fault_pause(r.store, 0);
	pthread_join(t, NULL);
	assert_int_equal(b.err, 0);
	space_is(&r, b.ino, BLOCK_SIZE, 0, 0);
	rig_close(&r);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_store_lacks_stays),
		cmocka_unit_test(what_the_store_took_goes_at_once),
		cmocka_unit_test(the_limit_is_kept),
		cmocka_unit_test(what_is_dropped_already_is_not_made_up_for_again),
		cmocka_unit_test(what_was_dropped_counts_until_its_own_commit),
		cmocka_unit_test(a_reader_wakes_the_flusher_only_for_what_is_not_dropped_yet),
		cmocka_unit_test(what_is_on_its_way_into_the_base_counts),
		cmocka_unit_test(what_arrives_finds_its_place_under_the_limit),
		cmocka_unit_test(what_was_used_lately_stays),
		cmocka_unit_test(blocks_that_share_a_place_do_not_push_each_other_out),
		cmocka_unit_test(pinned_files_stay),
		cmocka_unit_test(a_pinned_directory_holds_what_comes_into_it),
		cmocka_unit_test(what_is_brought_is_here),
		cmocka_unit_test(what_is_pinned_comes_by_itself),
		cmocka_unit_test(what_is_moved_under_a_pin_comes_by_itself),
		cmocka_unit_test(what_is_copied_under_a_pin_comes_by_itself),
		cmocka_unit_test(what_eviction_drops_before_it_sees_the_pin_comes_back),
		cmocka_unit_test(a_change_during_the_fetch_is_not_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
