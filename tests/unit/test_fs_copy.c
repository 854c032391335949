/* SPDX-License-Identifier: MIT
 * copy_file_range by sharing blocks.
 */
#include "fs/residency/reclaim.h"
#include "fs_data_util.h"

static void a_copy_into_an_empty_file_moves_nothing(void **state)
{
	(void)state;
	struct rig r;
	size_t n = 5u << 20, done, at = 0;
	uint8_t *p = malloc(n);
	rig_open(&r);
	fill(p, n, 1);
	struct fs_file *a = rig_create(&r), *b = rig_create(&r);
	rig_write(&r, a, 0, p, n);
	rig_publish(&r);
	rig_drop_local(&r);
	while (at < n) { /* whatever the request sizes */
		assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, at }, (struct fs_at){ b, at }, 700000, &done),
		                 0);
		assert_true(done > 0);
		at += done;
	}
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, at }, (struct fs_at){ b, at }, 700000, &done), 0);
	assert_int_equal(done, 0);
	assert_int_equal(r.count->gets, 0);
	assert_int_equal(rig_count(r.map, MAP_BLOCK, 0), 0); /* nothing new was sealed */
	assert_int_equal(rig_stored(&r), 40);
	rig_check(&r, b, p, n);
	/* the copy is a file of its own */
	rig_write(&r, b, 100, "changed", 7);
	rig_check(&r, a, p, n);
	assert_int_equal(fs_unlink(r.fs, INO_ROOT, "file0"), 0);
	fs_forget(r.fs, fs_ino_of(a), 1);
	fs_file_close(r.fs, a);
	while (reclaim_run(r.fs))
		;
	memcpy(p + 100, "changed", 7);
	rig_check(&r, b, p, n);
	fs_file_close(r.fs, b);
	rig_close(&r);
	free(p);
}

static void dirty_source_and_destination_are_flushed_first(void **state)
{
	(void)state;
	struct rig r;
	size_t done;
	uint8_t *p = malloc(300000);
	rig_open(&r);
	fill(p, 300000, 1);
	struct fs_file *a = rig_create(&r), *b = rig_create(&r);
	rig_write(&r, a, 0, p, 300000);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ b, 0 }, 300000, &done), 0);
	assert_int_equal(done, 300000);
	rig_write(&r, a, 1000, "new bytes", 9); /* not in the copy made before */
	rig_write(&r, b, 5000, "more", 4);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, 1000 }, (struct fs_at){ b, 2000 }, 9, &done),
	                 0); /* the same key: any offset */
	memcpy(p + 2000, "new bytes", 9);
	memcpy(p + 5000, "more", 4);
	rig_check(&r, b, p, 300000);
	fs_file_close(r.fs, a);
	fs_file_close(r.fs, b);
	rig_close(&r);
	free(p);
}

static void strangers_are_left_to_the_kernel(void **state)
{
	(void)state;
	struct rig r;
	size_t done = 77;
	uint8_t *p = malloc(300000);
	rig_open(&r);
	fill(p, 300000, 1);
	struct fs_file *a = rig_create(&r), *b = rig_create(&r), *small = rig_create(&r);
	rig_write(&r, a, 0, p, 300000);
	rig_write(&r, b, 0, p, 200000);
	rig_write(&r, small, 0, "small", 5);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ b, 0 }, 1000, &done), EXDEV);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ small, 0 }, (struct fs_at){ b, 0 }, 5, &done), EXDEV);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ a, 1000 }, 2000, &done), EINVAL);
	assert_int_equal(done, 77);
	rig_check(&r, b, p, 200000);
	struct fs_file *ro = rig_reopen(&r, fs_ino_of(b), O_RDONLY);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ ro, 0 }, 1000, &done), EBADF);
	fs_file_close(r.fs, ro);
	fs_file_close(r.fs, small);
	fs_file_close(r.fs, a);
	fs_file_close(r.fs, b);
	rig_close(&r);
	free(p);
}

static void holes_are_copied_as_holes(void **state)
{
	(void)state;
	struct rig r;
	size_t done;
	off_t at;
	uint8_t *p = calloc(1, 8u << 20);
	rig_open(&r);
	fill(p + (6u << 20), 100000, 1);
	struct fs_file *a = rig_create(&r), *b = rig_create(&r);
	rig_write(&r, a, 6u << 20, p + (6u << 20), 100000);
	assert_int_equal(fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ b, 0 }, 8u << 20, &done), 0);
	assert_int_equal(done, (6u << 20) + 100000);
	rig_check(&r, b, p, done);
	assert_int_equal(fs_lseek(r.fs, b, 0, SEEK_DATA, &at), 0);
	assert_true(at == 6 << 20);
	/* a hole over data */
	assert_int_equal(
	        fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ b, (6u << 20) + 50000 }, 20000, &done), 0);
	memset(p + (6u << 20) + 50000, 0, 20000);
	rig_check(&r, b, p, (6u << 20) + 100000);
	fs_file_close(r.fs, a);
	fs_file_close(r.fs, b);
	rig_close(&r);
	free(p);
}

/* The kernel would make a refused copy by reading and writing: all the data would move, and when there is least room.
 */
static void a_copy_waits_for_room_like_a_write(void **state)
{
	(void)state;
	struct rig r;
	size_t n = 1u << 20, done;
	uint8_t *p = malloc(n);
	rig_open(&r);
	fill(p, n, 1);
	struct fs_file *a = rig_create(&r), *b = rig_create(&r), *other = rig_create(&r);
	rig_write(&r, a, 0, p, n);
	int e = 0;
	for (uint64_t off = 0; !e;
	     off += n) { /* until a copy meets full memtables, which may drain between two calls */
		p[0]++;
		while (fs_write(r.fs, other, off % (256 * n), p, n, 0) == 0)
			off += n;
		e = fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ b, 0 }, n, &done);
	}
	assert_int_equal(e, EAGAIN);
	while ((e = fs_copy_range(r.fs, (struct fs_at){ a, 0 }, (struct fs_at){ b, 0 }, n, &done)) == EAGAIN)
		assert_int_equal(map_commit(r.map), ERR_OK);
	assert_int_equal(e, 0);
	assert_int_equal(done, n);
	fs_file_close(r.fs, a);
	fs_file_close(r.fs, b);
	fs_file_close(r.fs, other);
	rig_close(&r);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_into_an_empty_file_moves_nothing),
		cmocka_unit_test(dirty_source_and_destination_are_flushed_first),
		cmocka_unit_test(strangers_are_left_to_the_kernel),
		cmocka_unit_test(holes_are_copied_as_holes),
		cmocka_unit_test(a_copy_waits_for_room_like_a_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
