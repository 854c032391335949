/* SPDX-License-Identifier: MIT
 * Small operations when there is no room yet: what waits for a commit is reckoned twice until that ends.
 */
#include "cache/base_mem.h"
#include "tests/unit/fs_util.h"

#include <fcntl.h>

#define RESERVE (1u << 20)
#define WAITS (2u << 20)

/* A base in memory on a disk of some bytes. */
static struct base_ops small_ops;
static uint64_t disk;

static void small_room(struct base *b, struct base_room *ret)
{
	*ret = (struct base_room){ .bytes = disk - MIN(disk, b->ops->bytes(b)) };
}

static struct base *small_base(void)
{
	struct base *b;
	assert_int_equal(base_mem_open(&b), ERR_OK);
	disk = UINT32_MAX;
	small_ops = *b->ops;
	small_ops.room = small_room;
	b->ops = &small_ops;
	return b;
}

struct small {
	struct fake w;
	struct base *base;
	uint64_t f; /* a file with an attribute */
};

static void small_open(struct small *s)
{
	static const struct key key = { { 9 } };
	*s = (struct small){ .base = small_base() };
	assert_int_equal(fake_keyring(&s->w), 0);
	struct map_config c = { .key = &key, .base = s->base, .commit_ms = 3600000, .reserve = RESERVE };
	assert_int_equal(map_open(&c, &s->w.map, NULL), ERR_OK);
	assert_int_equal(fake_fs(&s->w, 1000, 1000), 0);
	s->f = mk(s->w.fs, INO_ROOT, "f");
	assert_int_equal(fs_setxattr(s->w.fs, &me, s->f, "user.x", span_str("1"), 0), 0);
}

static void small_close(struct small *s)
{
	disk = UINT32_MAX;
	fake_free(&s->w);
}

/* press: all is in the base but what a commit is going to take: there is room for that, and for little more. Under a
 * key of its own each time: what replaces another takes no room. */
static void press(struct small *s, uint64_t more)
{
	static unsigned pressed;
	char key[16];
	snprintf(key, sizeof(key), "junk %u", pressed++);
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf junk = BUF_INIT;
	assert_int_equal(map_commit(s->w.map), ERR_OK);
	disk = s->base->ops->bytes(s->base) + RESERVE + more;
	for (size_t i = 0; i < WAITS; i += 8)
		buf_u64(&junk, i);
	batch_put_buf(b, MAP_STATE, span_str(key), &junk);
	batch_use(b, MAP_CLAIMED);
	assert_int_equal(map_apply(s->w.map, b), ERR_OK);
}

static int make_dir(struct small *s)
{
	struct stat st;
	return fs_mkdir(s->w.fs, &me, INO_ROOT, "d", 0755, &st);
}

static int make_symlink(struct small *s)
{
	struct stat st;
	return fs_symlink(s->w.fs, &me, "to", INO_ROOT, "s", &st);
}

static int create(struct small *s)
{
	struct stat st;
	struct fs_file *h;
	int err = fs_create(s->w.fs, &me, &(struct fs_new){ INO_ROOT, "c", 0644 }, O_RDWR, &st, &h);
	if (!err)
		fs_file_close(s->w.fs, h);
	return err;
}

static int make_link(struct small *s)
{
	struct stat st;
	return fs_link(s->w.fs, s->f, INO_ROOT, "l", &st);
}

static int move(struct small *s)
{
	return fs_rename(s->w.fs, INO_ROOT, "f", INO_ROOT, "g", 0);
}

static int set_mode(struct small *s)
{
	struct stat st, want = { .st_mode = 0600 };
	return fs_setattr(s->w.fs, &me, s->f, &want, FS_SET_MODE, &st);
}

static int set_xattr(struct small *s)
{
	return fs_setxattr(s->w.fs, &me, s->f, "user.y", span_str("2"), 0);
}

static int clear_xattr(struct small *s)
{
	return fs_removexattr(s->w.fs, s->f, "user.x");
}

static int (*const operations[])(struct small *s) = {
	make_dir, make_symlink, create, make_link, move, set_mode, set_xattr, clear_xattr,
};

static void what_finds_no_room_yet_is_made_behind_a_commit(void **state)
{
	struct small s;
	(void)state;
	small_open(&s);
	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		press(&s, WAITS + WAITS / 2);
		assert_int_equal(operations[i](&s), 0);
	}
	assert_true(at(s.w.fs, INO_ROOT, "d") && at(s.w.fs, INO_ROOT, "s") && at(s.w.fs, INO_ROOT, "c"));
	assert_true(at(s.w.fs, INO_ROOT, "l") == s.f && at(s.w.fs, INO_ROOT, "g") == s.f);
	assert_int_equal(st_of(s.w.fs, s.f).st_mode & 07777, 0600);
	small_close(&s);
}

/* One question, by who commits, when the base has all of the memtable that is still there. */
static err_t (*mem_commit)(struct base_txn *x);
static struct map *asked;
static err_t answer;

static err_t commit_and_ask(struct base_txn *x)
{
	err_t e = mem_commit(x);
	if (asked)
		answer = map_room(steal_ptr(asked), 1024);
	return e;
}

static void what_a_commit_wrote_is_not_in_the_way_until_it_ends(void **state)
{
	struct small s;
	(void)state;
	small_open(&s);
	press(&s, WAITS + WAITS / 2);
	mem_commit = small_ops.write_commit;
	small_ops.write_commit = commit_and_ask;
	asked = s.w.map;
	assert_int_equal(map_commit(s.w.map), ERR_OK);
	assert_int_equal(answer, ERR_BUSY);
	small_close(&s);
}

static void a_full_disk_is_full(void **state)
{
	struct small s;
	(void)state;
	small_open(&s);
	for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
		press(&s, WAITS / 2);
		assert_int_equal(operations[i](&s), ENOSPC);
	}
	disk = UINT32_MAX;
	assert_int_equal(map_commit(s.w.map), ERR_OK);
	assert_int_equal(make_dir(&s), 0);
	small_close(&s);
}

static int allocate(struct small *s, uint64_t off, uint64_t len)
{
	struct fs_file *h;
	assert_int_equal(fs_file_open(s->w.fs, s->f, O_RDWR, &h), 0);
	int e = fs_fallocate(s->w.fs, h, 0, off, len);
	fs_file_close(s->w.fs, h);
	return e;
}

/* Also what waits for a commit is not in the way: the base itself has room for it, and for the range. */
static void fallocate_asks_for_the_room_that_writes_get(void **state)
{
	const uint64_t range = WAITS + WAITS / 4;
	struct small s;
	(void)state;
	small_open(&s);
	press(&s, WAITS + range + range / 8);
	assert_int_equal(allocate(&s, 0, range), 0);
	press(&s, WAITS + range / 2);
	assert_int_equal(allocate(&s, range, range), ENOSPC);
	assert_int_equal(st_of(s.w.fs, s.f).st_size, range);
	small_close(&s);
}

/* A file that is long and has little lacks what is a hole, wherever its bytes are. */
static void fallocate_of_a_hole_asks_for_room(void **state)
{
	const size_t half = 4u << 20;
	struct small s;
	struct fs_file *h;
	(void)state;
	small_open(&s);
	uint8_t *bytes = calloc(1, half);
	assert_int_equal(fs_file_open(s.w.fs, s.f, O_RDWR, &h), 0);
	assert_int_equal(fs_write(s.w.fs, h, half, bytes, half, 0), 0);
	fs_file_close(s.w.fs, h);
	free(bytes);
	press(&s, WAITS);
	assert_int_equal(allocate(&s, half, half), 0); /* it has these */
	assert_int_equal(allocate(&s, 0, half), ENOSPC);
	assert_int_equal(allocate(&s, half / 2, half), ENOSPC);
	small_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_finds_no_room_yet_is_made_behind_a_commit),
		cmocka_unit_test(what_a_commit_wrote_is_not_in_the_way_until_it_ends),
		cmocka_unit_test(a_full_disk_is_full),
		cmocka_unit_test(fallocate_asks_for_the_room_that_writes_get),
		cmocka_unit_test(fallocate_of_a_hole_asks_for_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
