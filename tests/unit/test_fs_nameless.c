/* SPDX-License-Identifier: MIT
 * Format 2: contents of what loses its name, or is made and gone within one changeset: they stay as long as somebody
 * may read them, and no longer.
 */
#include "fs/core/shown.h"
#include "fs/names/unlinked.h"
#include "fs_data_util.h"
#include "vault/changeset/said.h"

#include <unistd.h>

#define SIZE (3 * BLOCK_SIZE)

static uint8_t text[SIZE];

/* filled: a new file, of which the kernel knows. */
static uint64_t filled(struct rig *r, const char *name)
{
	struct fs_file *h;
	struct stat st;
	assert_int_equal(fs_create(r->fs, &r->who, &(struct fs_new){ INO_ROOT, name, 0644 }, O_RDWR, &st, &h), 0);
	fill(text, SIZE, 1);
	rig_write(r, h, 0, text, SIZE);
	assert_int_equal(fs_fsync(r->fs, st.st_ino), 0);
	fs_file_close(r->fs, h);
	return st.st_ino;
}

static uint64_t forgotten(struct rig *r, const char *name)
{
	uint64_t ino = filled(r, name);
	fs_forget(r->fs, ino, 1);
	return ino;
}

#define WINDOWS 20u /* more than are dropped at once */

/* wide: a block in each of many windows. */
static void wide(struct rig *r, const char *name)
{
	struct fs_file *h;
	struct stat st;
	assert_int_equal(fs_create(r->fs, &r->who, &(struct fs_new){ INO_ROOT, name, 0644 }, O_RDWR, &st, &h), 0);
	for (uint64_t i = 0; i < WINDOWS; i++)
		rig_write(r, h, i * EXTENT_GROUP_SIZE, text, BLOCK_SIZE);
	assert_int_equal(fs_fsync(r->fs, st.st_ino), 0);
	fs_file_close(r->fs, h);
	fs_forget(r->fs, st.st_ino, 1);
}

static void moved(struct rig *r, const char *from, const char *to)
{
	assert_int_equal(fs_rename(r->fs, INO_ROOT, from, INO_ROOT, to, 0), 0);
}

static size_t waiting(struct rig *r)
{
	return rig_count(r->map, MAP_QUEUE, QUEUE_BLOCK);
}

/* said: how many records of a kind the open changeset has. */
static size_t said(struct rig *r, uint8_t kind)
{
	return rig_said(r, work_changeset(r->work)->open->kind, kind);
}

static void what_is_made_and_removed_goes_at_once(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r);
	forgotten(&r, "f");
	assert_int_equal(waiting(&r), SIZE / BLOCK_SIZE);
	assert_int_equal(fs_unlink(r.fs, INO_ROOT, "f"), 0);
	assert_int_equal(waiting(&r), 0);
	assert_int_equal(said(&r, SHARED_INODE), 1); /* times of the directory */
	assert_int_equal(said(&r, SHARED_CONTENT), 0);
	rig_close(&r);
}

/* A program that saves by rename, again and again. */
static void what_was_saved_before_goes_with_the_next_save(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r);
	forgotten(&r, "f");
	rig_publish(&r);
	for (unsigned i = 0; i < 3; i++) {
		forgotten(&r, "new");
		moved(&r, "new", "f");
		assert_int_equal(waiting(&r), SIZE / BLOCK_SIZE);
	}
	rig_close(&r);
}

/* What replaced it is on other devices, too: until the close these can move that away. */
static void what_may_be_shown_again_goes_with_the_close(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r);
	forgotten(&r, "old");
	rig_publish(&r);
	size_t stored = rig_stored(&r);
	forgotten(&r, "f");
	moved(&r, "old", "f");
	assert_int_equal(waiting(&r), SIZE / BLOCK_SIZE);
	rig_publish(&r);
	assert_int_equal(waiting(&r), 0);
	assert_int_equal(rig_stored(&r), stored);
	rig_close(&r);
}

static void however_much_it_is_nothing_of_it_is_published(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r);
	forgotten(&r, "old");
	rig_publish(&r);
	size_t stored = rig_stored(&r);
	wide(&r, "f");
	moved(&r, "old", "f");
	wide(&r, "g");
	assert_int_equal(fs_unlink(r.fs, INO_ROOT, "g"), 0);
	rig_publish(&r);
	assert_int_equal(waiting(&r), 0);
	assert_int_equal(rig_stored(&r), stored);
	rig_close(&r);
}

/* What published records name is published as removed, and whole. */
static void what_is_named_is_published_with_its_contents(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r);
	forgotten(&r, "a");
	rig_publish(&r);
	size_t stored = rig_stored(&r);
	uint64_t t = forgotten(&r, "t");
	moved(&r, "t", "a");
	moved(&r, "a", "b");
	assert_int_equal(fs_unlink(r.fs, INO_ROOT, "b"), 0);
	rig_publish(&r);
	bool named = false;
	ns_rdlock(r.fs);
	assert_int_equal(shown_recorded(work_view(r.work), t, &named), ERR_OK);
	ns_unlock(r.fs);
	assert_int_equal(rig_stored(&r) - stored, named ? SIZE / BLOCK_SIZE : 0);
	rig_close(&r);
}

/* As after a crash: the kernel knows it still when the file system goes. */
static void what_was_open_at_a_crash_leaves_nothing(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r);
	filled(&r, "f");
	assert_int_equal(fs_unlink(r.fs, INO_ROOT, "f"), 0);
	assert_int_equal(waiting(&r), SIZE / BLOCK_SIZE);
	assert_int_equal(rig_count(r.map, MAP_RECORDS, REC_UNLINKED), 1);
	assert_int_equal(fs_close(r.fs), 0);
	rig_fs(&r, r.fetch);
	assert_int_equal(rig_count(r.map, MAP_RECORDS, REC_UNLINKED), 0);
	assert_int_equal(waiting(&r), 0);
	assert_int_equal(said(&r, SHARED_CONTENT), 0);
	assert_int_equal(said(&r, SHARED_EXTENTS), 0);
	rig_close(&r);
}

#define TRIES 600u /* of 100 ms */

static void waited_for(struct rig *r)
{
	for (unsigned i = 0; i < TRIES && rig_count(r->map, MAP_RECORDS, REC_UNLINKED); i++)
		usleep(100000);
	assert_int_equal(rig_count(r->map, MAP_RECORDS, REC_UNLINKED), 0);
}

/* Its unflushed bytes are all that knows it, and nothing is opened or closed any more. */
static void what_nobody_uses_goes_though_nothing_else_happens(void **state)
{
	struct fs_file *h;
	struct stat st;
	struct rig r;
	(void)state;
	rig_open(&r);
	assert_int_equal(fs_create(r.fs, &r.who, &(struct fs_new){ INO_ROOT, "f", 0644 }, O_RDWR, &st, &h), 0);
	rig_write(&r, h, 0, text, SIZE);
	fs_file_close(r.fs, h);
	fs_forget(r.fs, st.st_ino, 1);
	assert_int_equal(fs_unlink(r.fs, INO_ROOT, "f"), 0);
	waited_for(&r);
	assert_int_equal(waiting(&r), 0);
	rig_close(&r);
}

/* Others removed it; it was used here when that was looked at, and is not any more when it is applied. */
static void what_goes_while_others_remove_it_leaves_nothing(void **state)
{
	struct batch *b = batch_new();
	struct rig r;
	(void)state;
	assert_non_null(b);
	rig_open(&r);
	uint64_t f = filled(&r, "f");
	ns_wrlock(r.fs);
	assert_int_equal(unlinked_keep(r.fs, f, b), ERR_OK);
	fs_forget(r.fs, f, 1);
	assert_int_equal(map_apply(r.map, b), ERR_OK);
	assert_int_equal(rig_count(r.map, MAP_RECORDS, REC_UNLINKED), 1);
	unlinked_elsewhere(r.fs, f);
	ns_unlock(r.fs);
	waited_for(&r);
	batch_freep(&b);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_and_removed_goes_at_once),
		cmocka_unit_test(what_was_saved_before_goes_with_the_next_save),
		cmocka_unit_test(what_may_be_shown_again_goes_with_the_close),
		cmocka_unit_test(however_much_it_is_nothing_of_it_is_published),
		cmocka_unit_test(what_is_named_is_published_with_its_contents),
		cmocka_unit_test(what_was_open_at_a_crash_leaves_nothing),
		cmocka_unit_test(what_nobody_uses_goes_though_nothing_else_happens),
		cmocka_unit_test(what_goes_while_others_remove_it_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
