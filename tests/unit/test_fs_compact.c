/* SPDX-License-Identifier: MIT
 * Extent groups that are full: what they need to be compacted comes from the store, and what waits for it is bounded
 * and never lost.
 */
#include "fs_data_util.h"

#include "cache/map_struct.h"
#include "fs/data/compact.h"
#include "util/clock.h"

#include <linux/falloc.h>
#include <pthread.h>
#include <unistd.h>

#define GROUPS 3u
#define SIZE (GROUPS * EXTENT_GROUP_SIZE)

struct bed {
	struct rig r;
	struct fs_file *h;
	uint64_t ino;
	uint8_t *p;    /* what the file holds */
	int64_t claim; /* of bed_full */
};

/* bed_open: a file of GROUPS groups, all of it on the store only. */
static void bed_open(struct bed *b)
{
	rig_open(&b->r);
	b->h = rig_create(&b->r);
	b->ino = fs_ino_of(b->h);
	b->p = malloc(SIZE);
	fill(b->p, SIZE, 1);
	for (size_t at = 0; at < SIZE; at += BLOCK_SIZE)
		rig_write(&b->r, b->h, at, b->p + at, BLOCK_SIZE);
	rig_publish(&b->r);
	rig_drop_local(&b->r);
}

static void bed_close(struct bed *b)
{
	if (b->h)
		fs_file_close(b->r.fs, b->h);
	free(b->p);
	rig_close(&b->r);
}

static int bed_write(struct bed *b, uint64_t off, size_t n, unsigned seed)
{
	uint8_t p[512];
	fill(p, n, seed);
	int e = fs_write(b->r.fs, b->h, off, p, n, 0);
	if (!e)
		memcpy(b->p + off, p, n);
	return e;
}

/* scatter: more extents into each group than one record holds, none next to another. */
static void scatter(struct bed *b, unsigned first, unsigned groups)
{
	for (unsigned i = 0; i < 1100; i++)
		for (unsigned w = first; w < first + groups; w++)
			assert_int_equal(bed_write(b, w * EXTENT_GROUP_SIZE + 1 + i * 1900, 100, i + w), 0);
}

static void every_full_group_gets_its_blocks(void **state)
{
	(void)state;
	struct bed b;
	bed_open(&b);
	scatter(&b, 0, GROUPS);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	rig_check(&b.r, b.h, b.p, SIZE);
	bed_close(&b);
}

static void a_sparse_file_is_compacted_across_its_gaps(void **state)
{
	(void)state;
	struct bed b;
	rig_open(&b.r);
	b.h = rig_create(&b.r);
	b.ino = fs_ino_of(b.h);
	b.p = calloc(1, SIZE);
	scatter(&b, 0, 2);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	rig_check(&b.r, b.h, b.p, rig_size(&b.r, b.h));
	bed_close(&b);
}

/* --- with the disk full --- */
#define RESERVE ((uint64_t)1 << 40)

/* bed_full: a group that has to be compacted to take what is accepted; then all room is claimed but for what a removal
 * must leave, and `more`. */
static void bed_full(struct bed *b, uint64_t more)
{
	rig_open(&b->r);
	b->h = rig_create(&b->r);
	b->ino = fs_ino_of(b->h);
	b->p = calloc(1, SIZE);
	for (unsigned i = 0; i < 1100; i++) {
		if (i == 800)
			assert_int_equal(map_commit(b->r.map), ERR_OK);
		assert_int_equal(bed_write(b, 1 + i * 1900, 100, i), 0);
	}
	struct map *m = b->r.map;
	guard(&m->apply_lock);
	m->limits.reserve = RESERVE;
	b->claim = (int64_t)((INT64_MAX - RESERVE / 4 - more) / 2 - m->room.claimed);
	map_claim_change(m, b->claim);
	assert_true(file_dirty(b->h->file));
}

static void bed_has_room(struct bed *b)
{
	struct map *m = b->r.map;
	guard(&m->apply_lock);
	m->limits.reserve = 0;
	map_claim_change(m, -b->claim);
}

static void what_was_accepted_is_flushed_from_the_reserve(void **state)
{
	(void)state;
	struct bed b;
	bed_full(&b, RESERVE / 4);
	assert_int_equal(bed_write(&b, 0, 1, 1), ENOSPC);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	assert_false(file_dirty(b.h->file));
	bed_has_room(&b);
	rig_check(&b.r, b.h, b.p, rig_size(&b.r, b.h));
	bed_close(&b);
}

static void what_cannot_be_flushed_can_be_removed(void **state)
{
	(void)state;
	struct bed b;
	bed_full(&b, 1u << 20);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), ENOSPC);
	assert_int_equal(fs_unlink(b.r.fs, INO_ROOT, "file0"), 0);
	bed_has_room(&b);
	fs_file_close(b.r.fs, b.h);
	b.h = NULL;
	bed_close(&b);
}

/* --- with the store held back --- */
struct release {
	struct bed *b;
	pthread_t thread;
};

static void *release_later(void *ctx)
{
	struct release *x = ctx;
	usleep(300000); /* so that others wait; nothing fails if they come later */
	fault_pause(x->b->r.store, 0);
	return NULL;
}

static struct release *released_later(struct bed *b)
{
	struct release *x = calloc(1, sizeof(*x));
	assert_non_null(x);
	x->b = b;
	assert_int_equal(pthread_create(&x->thread, NULL, release_later, x), 0);
	return x;
}

static void released(struct release *x)
{
	assert_int_equal(pthread_join(x->thread, NULL), 0);
	free(x);
}

static void syncfs_waits_for_blocks_of_the_store(void **state)
{
	(void)state;
	struct bed b;
	bed_open(&b);
	fault_pause(b.r.store, FAULT_GET);
	scatter(&b, 0, 1);
	struct release *x = released_later(&b);
	assert_int_equal(fs_sync(b.r.fs), 0);
	released(x);
	assert_false(file_dirty(b.h->file));
	rig_check(&b.r, b.h, b.p, SIZE);
	bed_close(&b);
}

static void closing_waits_for_blocks_of_the_store(void **state)
{
	(void)state;
	struct bed b;
	bed_open(&b);
	fault_pause(b.r.store, FAULT_GET);
	scatter(&b, 1, 1);
	fs_file_close(b.r.fs, b.h);
	struct release *x = released_later(&b);
	fs_flush_fetching(b.r.fs, 60);
	released(x);
	fetch_stop(b.r.fetch); /* as the engine does before it closes the file system */
	assert_int_equal(fs_close(b.r.fs), 0);
	fetch_freep(&b.r.fetch);
	b.r.fetch = fetch_new(&b.r.count->base, b.r.map);
	rig_fs(&b.r, b.r.fetch);
	b.h = rig_reopen(&b.r, b.ino, O_RDWR);
	rig_check(&b.r, b.h, b.p, SIZE);
	bed_close(&b);
}

static void *fsync_of(void *ctx)
{
	struct bed *b = ctx;
	return (void *)(intptr_t)fs_fsync(b->r.fs, b->ino);
}

/* A try is told by the file's generation. The flusher makes one every 250 ms. */
static void fsync_sleeps_while_blocks_are_on_their_way(void **state)
{
	(void)state;
	struct bed b;
	pthread_t t;
	void *e;
	bed_open(&b);
	fault_pause(b.r.store, FAULT_GET);
	scatter(&b, 0, 1);
	assert_int_equal(pthread_create(&t, NULL, fsync_of, &b), 0);
	int64_t start = clock_mono();
	uint64_t tries = b.h->file->generation;
	usleep(1000000);
	tries = b.h->file->generation - tries;
	int64_t ms = (clock_mono() - start) / NS_PER_MS;
	fault_pause(b.r.store, 0);
	assert_int_equal(pthread_join(t, &e), 0);
	assert_int_equal((intptr_t)e, 0);
	assert_true(tries <= 3 + (uint64_t)ms / 100);
	rig_check(&b.r, b.h, b.p, SIZE);
	bed_close(&b);
}

static void a_stopped_fetch_ends_the_wait(void **state)
{
	(void)state;
	struct bed b;
	pthread_t t;
	void *e;
	bed_open(&b);
	fault_pause(b.r.store, FAULT_GET);
	scatter(&b, 0, 1);
	assert_int_equal(pthread_create(&t, NULL, fsync_of, &b), 0);
	usleep(200000); /* so that it waits; it ends as well if it does not yet */
	fetch_stop(b.r.fetch);
	int64_t start = clock_mono();
	assert_int_equal(pthread_join(t, &e), 0);
	assert_int_equal((intptr_t)e, EIO);
	assert_true(clock_mono() - start < 12 * NS_PER_S);
	fault_pause(b.r.store, 0);
	fs_file_close(b.r.fs, b.h);
	assert_int_equal(fs_close(b.r.fs), EIO);
	b.h = NULL;
	rig_fs(&b.r, b.r.fetch);
	bed_close(&b);
}

/* --- operations that need what is unflushed in the records --- */
static int do_chmod(struct bed *b)
{
	struct stat want = { .st_mode = 0600 }, st;
	return fs_setattr(b->r.fs, &b->r.who, b->ino, &want, FS_SET_MODE, &st);
}

static int do_truncate(struct bed *b)
{
	struct stat want = { .st_size = SIZE }, st;
	return fs_setattr(b->r.fs, &b->r.who, b->ino, &want, FS_SET_SIZE, &st);
}

static int do_setxattr(struct bed *b)
{
	return fs_setxattr(b->r.fs, &b->r.who, b->ino, "user.a", SPAN("1", 1), 0);
}

static int do_link(struct bed *b)
{
	struct stat st;
	return fs_link(b->r.fs, b->ino, INO_ROOT, "another", &st);
}

static int do_rename(struct bed *b)
{
	return fs_rename(b->r.fs, INO_ROOT, "file0", INO_ROOT, "renamed", 0);
}

static int do_seek(struct bed *b)
{
	off_t at;
	return fs_lseek(b->r.fs, b->h, 0, SEEK_HOLE, &at);
}

static int do_punch(struct bed *b)
{
	return fs_fallocate(b->r.fs, b->h, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, SIZE, 10);
}

static int do_removexattr(struct bed *b)
{
	return fs_removexattr(b->r.fs, b->ino, "user.a");
}

static int do_utimens(struct bed *b)
{
	struct stat want = { .st_mtim = { .tv_sec = 1000 } }, st;
	int err = fs_setattr(b->r.fs, &b->r.who, b->ino, &want, FS_SET_MTIME, &st);
	assert_int_equal(st.st_size, SIZE + 200); /* what is unflushed counts */
	return err;
}

typedef int (*operation)(struct bed *b);
static const operation needing[] = { do_truncate, do_seek, do_punch };
/* in this order, on one file */
static const operation needing_none[] = { do_chmod, do_setxattr, do_removexattr, do_link, do_rename, do_utimens };

static void every_operation_waits_for_the_blocks_that_it_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(needing); i++) {
		struct bed b;
		bed_open(&b);
		fault_pause(b.r.store, FAULT_GET);
		scatter(&b, 0, 1);
		struct release *x = released_later(&b);
		assert_int_equal(needing[i](&b), 0);
		released(x);
		rig_check(&b.r, b.h, b.p, SIZE);
		bed_close(&b);
	}
}

static struct stat stat_of(struct bed *b)
{
	struct stat st;
	assert_int_equal(fs_getattr(b->r.fs, b->ino, &st), 0);
	return st;
}

/* The kernel holds the directories of a rename or a link. Blocks never come here: who waited would fail. */
static void what_needs_no_blocks_waits_for_none(void **state)
{
	(void)state;
	struct bed b;
	uint8_t p[100];
	bed_open(&b);
	fault_pause(b.r.store, FAULT_GET);
	scatter(&b, 0, 1);
	fill(p, sizeof(p), 3);
	assert_int_equal(fs_write(b.r.fs, b.h, SIZE + 100, p, sizeof(p), 0), 0);
	for (size_t i = 0; i < ARRAY_LEN(needing_none); i++)
		assert_int_equal(needing_none[i](&b), 0);
	assert_true(file_dirty(b.h->file));
	struct stat before = stat_of(&b);
	assert_int_equal(before.st_mtim.tv_sec, 1000);
	assert_int_equal(before.st_mode & 07777, 0600);
	assert_int_equal(before.st_nlink, 2);
	assert_int_equal(before.st_size, SIZE + 200);
	fault_pause(b.r.store, 0);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	struct stat after = stat_of(&b);
	assert_int_equal(after.st_mtim.tv_sec, 1000);
	assert_memory_equal(&after.st_ctim, &before.st_ctim, sizeof(after.st_ctim));
	assert_int_equal(after.st_mode, before.st_mode);
	cleanup_free uint8_t *all = calloc(1, SIZE + 200);
	memcpy(all, b.p, SIZE);
	memcpy(all + SIZE + 100, p, sizeof(p));
	rig_check(&b.r, b.h, all, SIZE + 200);
	bed_close(&b);
}

/* Set-id bits go with a write, and what comes after it sets them again, whenever the bytes are flushed. */
static void set_id_bits_are_those_of_the_last_who_set_them(void **state)
{
	(void)state;
	struct bed b;
	struct stat want = { .st_mode = 04755 }, st;
	bed_open(&b);
	fault_pause(b.r.store, FAULT_GET);
	assert_int_equal(fs_setattr(b.r.fs, &b.r.who, b.ino, &want, FS_SET_MODE, &st), 0);
	scatter(&b, 0, 1);
	assert_int_equal(fs_write(b.r.fs, b.h, 1, b.p + 1, 10, FS_WRITE_KILL_SUID), 0);
	assert_int_equal(do_setxattr(&b), 0);
	assert_int_equal(stat_of(&b).st_mode & 07777, 0755);
	assert_int_equal(fs_setattr(b.r.fs, &b.r.who, b.ino, &want, FS_SET_MODE, &st), 0);
	assert_int_equal(st.st_mode & 07777, 04755);
	assert_int_equal(fs_write(b.r.fs, b.h, 1, b.p + 1, 10, 0), 0);
	fault_pause(b.r.store, 0);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	assert_int_equal(stat_of(&b).st_mode & 07777, 04755);
	bed_close(&b);
}

static void what_cannot_have_them_says_so_and_loses_nothing(void **state)
{
	(void)state;
	struct bed b;
	bed_open(&b);
	fault_pause(b.r.store, FAULT_GET);
	scatter(&b, 0, 1);
	fs_leave(b.r.fs); /* nobody waits any more */
	for (size_t i = 0; i < ARRAY_LEN(needing); i++)
		assert_int_equal(needing[i](&b), EIO);
	fault_pause(b.r.store, 0);
	fs_flush_fetching(b.r.fs, 60);
	rig_check(&b.r, b.h, b.p, SIZE);
	bed_close(&b);
}

static void a_hole_in_a_full_group_is_to_be_written(void **state)
{
	(void)state;
	struct bed b;
	rig_open(&b.r);
	b.h = rig_create(&b.r);
	b.ino = fs_ino_of(b.h);
	b.p = calloc(1, SIZE);
	for (unsigned i = 0; i < EXTENTS_MAX; i++) {
		unsigned block = i / (EXTENTS_MAX / EXTENT_GROUP_BLOCKS), at = i % (EXTENTS_MAX / EXTENT_GROUP_BLOCKS);
		assert_int_equal(bed_write(&b, (uint64_t)block * BLOCK_SIZE + at * 2000, 100, i), 0);
	}
	assert_int_equal(bed_write(&b, EXTENT_GROUP_SIZE - 200, 100, 1), 0); /* the first two are one */
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	assert_int_equal(rig_extents(&b.r, b.h, 0, list), EXTENTS_MAX);
	free(list);
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	assert_int_equal(fs_fallocate(b.r.fs, b.h, mode, 10, 10), EOPNOTSUPP);
	rig_check(&b.r, b.h, b.p, rig_size(&b.r, b.h));
	bed_close(&b);
}

/* --- what may wait --- */
#define RANGES (SIZE / 1000 - 1)

struct writer {
	struct bed *b;
	_Atomic unsigned done;
	_Atomic bool over;
	int err;
};

static void *write_ranges(void *ctx)
{
	struct writer *w = ctx;
	for (unsigned i = 0; !w->err && i < RANGES; i++, w->done++)
		while ((w->err = bed_write(w->b, 1 + i * 1000ull, 100, i)) == EAGAIN)
			assert_int_equal(map_commit(w->b->r.map), ERR_OK);
	w->over = true;
	return NULL;
}

/* write_held: a writer of its own, up to where the blocks that the store holds back are needed. */
static void write_held(struct writer *w, pthread_t *t)
{
	fault_pause(w->b->r.store, FAULT_GET);
	assert_int_equal(pthread_create(t, NULL, write_ranges, w), 0);
	while (w->done < WRITE_RANGES_FULL && !w->over)
		usleep(1000);
}

static void writers_wait_when_too_much_waits_for_blocks(void **state)
{
	(void)state;
	struct bed b;
	pthread_t t;
	bed_open(&b);
	struct writer w = { .b = &b };
	write_held(&w, &t);
	unsigned done;
	do { /* until it stands still */
		done = w.done;
		usleep(500000);
	} while (done != w.done && !w.over);
	assert_in_range(b.h->file->buffer.npending + b.h->file->buffer.ndirty, 1, WRITE_RANGES_FULL + 2);
	/* who must not wait is refused, with nothing taken */
	assert_int_equal(fs_write(b.r.fs, b.h, 0, "x", 1, FS_WRITE_NOWAIT), EIO);
	size_t copied; /* and a copy neither waits nor fails: a plain one will wait */
	assert_int_equal(fs_copy_range(b.r.fs, (struct fs_at){ b.h, 0 }, (struct fs_at){ b.h, SIZE }, 1000, &copied),
	                 EXDEV);
	fault_pause(b.r.store, 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(w.err, 0);
	assert_int_equal(w.done, RANGES);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	rig_check(&b.r, b.h, b.p, SIZE);
	bed_close(&b);
}

static void leaving_the_mount_ends_the_wait_and_the_file_can_be_removed(void **state)
{
	(void)state;
	struct bed b;
	pthread_t t;
	bed_open(&b);
	struct writer w = { .b = &b };
	write_held(&w, &t);
	fs_leave(b.r.fs);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(w.err, EIO);
	assert_int_equal(fs_unlink(b.r.fs, INO_ROOT, "file0"), 0); /* what cannot be flushed can be removed */
	fault_pause(b.r.store, 0);
	fs_flush_fetching(b.r.fs, 60);
	assert_int_equal(fs_fsync(b.r.fs, b.ino), 0);
	bed_close(&b);
}

static void without_a_store_writes_are_refused_in_the_end(void **state)
{
	(void)state;
	struct bed b;
	uint8_t got[100];
	size_t n;
	bed_open(&b);
	fs_file_close(b.r.fs, b.h);
	assert_int_equal(fs_close(b.r.fs), 0);
	rig_fs(&b.r, NULL);
	b.h = rig_reopen(&b.r, b.ino, O_RDWR);
	struct writer w = { .b = &b };
	write_ranges(&w);
	assert_int_equal(w.err, EIO);
	assert_true(w.done < 2 * WRITE_RANGES_FULL);
	for (unsigned i = 0; i < w.done - 1; i++) { /* all that was accepted is there */
		assert_int_equal(rig_read(&b.r, b.h, 1 + i * 1000ull, got, 100, &n), 0);
		assert_memory_equal(got, b.p + 1 + i * 1000ull, 100);
	}
	fs_file_close(b.r.fs, b.h);
	assert_int_equal(fs_close(b.r.fs), EIO);
	b.h = NULL;
	rig_fs(&b.r, b.r.fetch);
	bed_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_full_group_gets_its_blocks),
		cmocka_unit_test(a_sparse_file_is_compacted_across_its_gaps),
		cmocka_unit_test(what_was_accepted_is_flushed_from_the_reserve),
		cmocka_unit_test(what_cannot_be_flushed_can_be_removed),
		cmocka_unit_test(syncfs_waits_for_blocks_of_the_store),
		cmocka_unit_test(closing_waits_for_blocks_of_the_store),
		cmocka_unit_test(fsync_sleeps_while_blocks_are_on_their_way),
		cmocka_unit_test(a_stopped_fetch_ends_the_wait),
		cmocka_unit_test(every_operation_waits_for_the_blocks_that_it_needs),
		cmocka_unit_test(what_needs_no_blocks_waits_for_none),
		cmocka_unit_test(set_id_bits_are_those_of_the_last_who_set_them),
		cmocka_unit_test(what_cannot_have_them_says_so_and_loses_nothing),
		cmocka_unit_test(a_hole_in_a_full_group_is_to_be_written),
		cmocka_unit_test(writers_wait_when_too_much_waits_for_blocks),
		cmocka_unit_test(leaving_the_mount_ends_the_wait_and_the_file_can_be_removed),
		cmocka_unit_test(without_a_store_writes_are_refused_in_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
