/* SPDX-License-Identifier: MIT
 * Pins, and what is fetched ahead of its readers: for a pin, by the pin fetcher, or when asked.
 */
#include "fs/residency/pinned_set.h"
#include "fs_evict_util.h"
#include "util/clock.h"

#include <time.h>

/* in_dir: a file of BLOCKS blocks in `dir`, which the store does not have yet. */
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
