/* SPDX-License-Identifier: MIT
 * Two file systems of format 2 that hear of each other: what one does is shown by the other, which tells the kernel,
 * and who has a file open there goes on.
 */
#include "tests/unit/fs_pair.h"

static void what_is_made_and_removed_there_is_so_here(void **state)
{
	struct pair *p = *state;
	uint64_t f = mk(p->there.fs, INO_ROOT, "f");
	to_here(p);
	assert_int_equal(at(p->here.fs, INO_ROOT, "f"), f);
	was_told(p, "entry", INO_ROOT, "f");
	was_told(p, "data", INO_ROOT, NULL);
	assert_int_equal(fs_rename(p->there.fs, INO_ROOT, "f", INO_ROOT, "g", 0), 0);
	to_here(p);
	was_told(p, "gone", INO_ROOT, "f");
	was_told(p, "entry", INO_ROOT, "g");
	assert_int_equal(at(p->here.fs, INO_ROOT, "f"), 0);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "g"), 0);
	to_here(p);
	was_told(p, "gone", INO_ROOT, "g");
	assert_int_equal(at(p->here.fs, INO_ROOT, "g"), 0);
}

static void attributes_and_contents_are_told_apart(void **state)
{
	struct pair *p = *state;
	struct stat st, want = { .st_mode = 0600 };
	uint64_t f = mk(p->there.fs, INO_ROOT, "f"), g = mk(p->there.fs, INO_ROOT, "g");
	to_here(p);
	assert_int_equal(fs_lookup(p->here.fs, INO_ROOT, "f", &st), 0);
	assert_int_equal(fs_lookup(p->here.fs, INO_ROOT, "g", &st), 0);
	assert_int_equal(fs_setattr(p->there.fs, &me, f, &want, FS_SET_MODE, &st), 0);
	write_text(p->there.fs, g, "text");
	to_here(p);
	was_told(p, "attr", f, NULL);
	was_told(p, "data", g, NULL);
	assert_int_equal(st_of(p->here.fs, f).st_mode & 07777, 0600);
	assert_int_equal(st_of(p->here.fs, g).st_size, 4);
}

/* Both write: the name keeps one version, and the other stands beside it, with a number that works like any other. */
static void a_second_version_is_a_file_beside(void **state)
{
	struct pair *p = *state;
	struct stat st, beside = { 0 };
	struct fs *fs = p->here.fs;
	uint64_t f = mk(p->there.fs, INO_ROOT, "f.txt");
	to_here(p);
	assert_int_equal(fs_lookup(fs, INO_ROOT, "f.txt", &st), 0);
	write_text(fs, f, "here");
	write_text(p->there.fs, f, "there");
	to_here(p);
	was_told(p, "data", f, NULL);
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_conflict, &beside), 0);
	assert_true(beside.st_ino && beside.st_ino != f);
	assert_int_equal(st_of(fs, f).st_size + st_of(fs, beside.st_ino).st_size, strlen("here") + strlen("there"));
	struct stat want = { .st_mode = 0640 };
	assert_int_equal(fs_setattr(fs, &me, beside.st_ino, &want, FS_SET_MODE, &st), 0);
	assert_int_equal(st.st_ino, beside.st_ino);
	assert_int_equal(st_of(fs, beside.st_ino).st_mode & 07777, 0640); /* a file of its own now */
	assert_int_equal(st_of(fs, f).st_mode & 07777, 0644);
}

/* Both made a file of the name; then one becomes equal to the other, by which no local record changes. */
static void a_conflict_that_ends_is_told(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	char name[NAME_LEN_MAX + 1] = "", left[NAME_LEN_MAX + 1] = "";
	write_text(fs, mk(fs, INO_ROOT, "f.txt"), "here");
	uint64_t theirs = mk(p->there.fs, INO_ROOT, "f.txt");
	write_text(p->there.fs, theirs, "there");
	to_here(p);
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_conflict_name, name), 0);
	assert_true(at(fs, INO_ROOT, name));
	write_text(p->there.fs, theirs, "here");
	to_here(p);
	was_told(p, "gone", INO_ROOT, name);
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_conflict_name, left), 0);
	assert_string_equal(left, "");
}

/* Removed there while it is in use here: it has no name any more, and is there until its last user goes. */
static void who_has_it_open_goes_on(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h;
	struct stat st;
	uint64_t f = mk(p->there.fs, INO_ROOT, "f");
	write_text(p->there.fs, f, "text");
	assert_int_equal(fs_setxattr(p->there.fs, &me, f, "user.x", span_str("value"), 0), 0);
	to_here(p);
	assert_int_equal(fs_lookup(fs, INO_ROOT, "f", &st), 0);
	assert_int_equal(fs_file_open(fs, f, O_RDONLY, &h), 0);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "f"), 0);
	to_here(p);
	was_told(p, "gone", INO_ROOT, "f");
	assert_int_equal(st_of(fs, f).st_nlink, 0);
	assert_int_equal(st_of(fs, f).st_size, 4);
	cleanup(buf_free) struct buf value = BUF_INIT;
	assert_int_equal(fs_getxattr(fs, f, "user.x", &value), 0);
	assert_int_equal(value.len, 5);
	fs_file_close(fs, h);
	fs_forget(fs, f, 1);
	assert_int_equal(fs_getattr(fs, f, &st), ENOENT);
}

/* Removed there with its directory while it is open for writing here: what is written then is a new file. */
static void what_is_written_to_what_was_removed_is_a_new_file(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h;
	struct stat st;
	assert_int_equal(fs_mkdir(p->there.fs, &me, INO_ROOT, "d", 0755, &st), 0);
	uint64_t d = st.st_ino, f = mk(p->there.fs, d, "f");
	write_text(p->there.fs, f, "text");
	to_here(p);
	assert_int_equal(fs_lookup(fs, INO_ROOT, "d", &st), 0);
	assert_int_equal(fs_lookup(fs, d, "f", &st), 0);
	assert_int_equal(fs_file_open(fs, f, O_RDWR, &h), 0);
	assert_int_equal(fs_unlink(p->there.fs, d, "f"), 0);
	assert_int_equal(fs_rmdir(p->there.fs, INO_ROOT, "d"), 0);
	to_here(p);
	was_told(p, "gone", INO_ROOT, "d");
	assert_int_equal(at(fs, INO_ROOT, "f"), 0);
	put(fs, h, 4, " and more");
	was_told(p, "entry", INO_ROOT, "f");
	uint64_t made = at(fs, INO_ROOT, "f");
	assert_true(made && made != f);
	is_text(fs, made, "text and more");
	assert_int_equal(st_of(fs, f).st_ino, made); /* the handle is that file */
	assert_int_equal(st_of(fs, f).st_nlink, 1);
	put(fs, h, 0, "TEXT");
	was_told(p, "data", made, NULL);
	is_text(fs, made, "TEXT and more");
	send(&p->here, &p->there);
	is_text(p->there.fs, at(p->there.fs, INO_ROOT, "f"), "TEXT and more");
	put(fs, h, 0, "next");
	fs_file_close(fs, h);
	fs_forget(fs, f, 1);
	assert_int_equal(fs_getattr(fs, f, &st), ENOENT);
	is_text(fs, made, "next and more");
	send(&p->here, &p->there);
	is_text(p->there.fs, at(p->there.fs, INO_ROOT, "f"), "next and more");
}

/* The name is taken; of more than a record holds; and the new file is unlinked here while its handle is open. */
static void the_new_file_is_one_like_any_other(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h;
	struct stat st, beside = { 0 };
	static char big[20000], got[20000];
	memset(big, 'b', sizeof(big));
	uint64_t f = mk(p->there.fs, INO_ROOT, "f");
	write_text(p->there.fs, f, "text");
	to_here(p);
	assert_int_equal(fs_lookup(fs, INO_ROOT, "f", &st), 0);
	assert_int_equal(fs_file_open(fs, f, O_RDWR, &h), 0);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "f"), 0);
	uint64_t other = mk(p->there.fs, INO_ROOT, "f");
	to_here(p);
	assert_int_equal(fs_write(fs, h, 0, big, sizeof(big), 0), 0);
	assert_int_equal(fs_fsync(fs, f), 0);
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_conflict, &beside), 0);
	assert_true(beside.st_ino && beside.st_ino != f && beside.st_ino != other);
	assert_int_equal(at(fs, INO_ROOT, "f"), other);
	put(fs, h, 10, "here");
	memcpy(big + 10, "here", 4);
	assert_int_equal(st_of(fs, beside.st_ino).st_size, sizeof(big));
	char name[NAME_LEN_MAX + 1] = "";
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_conflict_name, name), 0);
	assert_int_equal(fs_unlink(fs, INO_ROOT, name), 0);
	assert_int_equal(st_of(fs, f).st_nlink, 0);
	read_all(fs, h, got, sizeof(got));
	assert_memory_equal(got, big, sizeof(got));
	put(fs, h, 0, "gone");
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_conflict_name, strcpy(name, "")), 0);
	assert_string_equal(name, ""); /* unlinked here: it stays so */
	fs_file_close(fs, h);
	fs_forget(fs, f, 1);
	assert_int_equal(fs_getattr(fs, f, &st), ENOENT);
	assert_int_equal(fs_getattr(fs, beside.st_ino, &st), ENOENT);
	assert_int_equal(at(fs, INO_ROOT, "f"), other);
	send(&p->here, &p->there);
}

/* Who makes a file has it open for writing, too. */
static void what_its_maker_writes_after_the_removal_is_a_new_file(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h;
	struct stat st;
	assert_int_equal(fs_create(fs, &me, &(struct fs_new){ INO_ROOT, "f", 0644 }, O_RDWR, &st, &h), 0);
	put(fs, h, 0, "text");
	send(&p->here, &p->there);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "f"), 0);
	to_here(p);
	assert_int_equal(at(fs, INO_ROOT, "f"), 0);
	put(fs, h, 4, " and more");
	uint64_t made = at(fs, INO_ROOT, "f");
	assert_true(made && made != st.st_ino);
	is_text(fs, made, "text and more");
	fs_file_close(fs, h);
	fs_forget(fs, st.st_ino, 1);
}

static int count_one(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	++*(size_t *)ctx;
	return 0;
}

static size_t nameless(struct fake *w)
{
	struct rkey k = key_kind(REC_UNLINKED);
	size_t n = 0;
	assert_int_equal(map_scan(w->map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), count_one, &n), ERR_OK);
	return n;
}

static void what_was_not_applied_has_told_nobody(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h;
	struct stat st;
	uint64_t f = mk(p->there.fs, INO_ROOT, "f");
	write_text(p->there.fs, f, "text");
	to_here(p);
	was_told(p, "entry", INO_ROOT, "f");
	assert_int_equal(fs_lookup(fs, INO_ROOT, "f", &st), 0);
	assert_int_equal(fs_file_open(fs, f, O_RDWR, &h), 0);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "f"), 0);
	in_vain(p);
	assert_int_equal(nameless(&p->here), 0);
	assert_int_equal(at(fs, INO_ROOT, "f"), f);
	put(fs, h, 0, "TEXT");
	fs_file_close(fs, h);
	fs_forget(fs, f, 1); /* nobody uses it: nothing of it goes */
	is_text(fs, f, "TEXT");
	fs_set_notify(fs, NULL);
	for (size_t i = 0; i < p->told.n; i++)
		assert_null(strstr(p->told.text[i], "gone"));
}

/* Replaced here by what another device moves away, before that is published: it is shown again, with its contents. */
static void what_was_replaced_by_what_others_move_is_whole(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h;
	struct stat st;
	static char big[200000], got[200000];
	memset(big, 'b', sizeof(big));
	uint64_t g = mk(p->there.fs, INO_ROOT, "g");
	to_here(p);
	assert_int_equal(fs_create(fs, &me, &(struct fs_new){ INO_ROOT, "f", 0644 }, O_RDWR, &st, &h), 0);
	assert_int_equal(fs_write(fs, h, 0, big, sizeof(big), 0), 0);
	assert_int_equal(fs_fsync(fs, st.st_ino), 0);
	fs_file_close(fs, h);
	fs_forget(fs, st.st_ino, 1);
	assert_int_equal(fs_rename(fs, INO_ROOT, "g", INO_ROOT, "f", 0), 0);
	assert_int_equal(at(fs, INO_ROOT, "f"), g);
	for (unsigned i = 0; i < 20; i++) { /* later than all that was done here */
		assert_int_equal(fs_rename(p->there.fs, INO_ROOT, "g", INO_ROOT, "h", 0), 0);
		assert_int_equal(fs_rename(p->there.fs, INO_ROOT, "h", INO_ROOT, "g", 0), 0);
	}
	to_here(p);
	assert_int_equal(at(fs, INO_ROOT, "g"), g);
	assert_int_equal(at(fs, INO_ROOT, "f"), st.st_ino);
	assert_int_equal(fs_file_open(fs, st.st_ino, O_RDONLY, &h), 0);
	read_all(fs, h, got, sizeof(got));
	assert_memory_equal(got, big, sizeof(got));
	fs_file_close(fs, h);
	send(&p->here, &p->there);
	assert_int_equal(st_of(p->there.fs, st.st_ino).st_size, sizeof(big));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_made_and_removed_there_is_so_here, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(attributes_and_contents_are_told_apart, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(a_second_version_is_a_file_beside, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(a_conflict_that_ends_is_told, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(who_has_it_open_goes_on, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(what_is_written_to_what_was_removed_is_a_new_file, pair_open,
		                                pair_close),
		cmocka_unit_test_setup_teardown(the_new_file_is_one_like_any_other, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(what_its_maker_writes_after_the_removal_is_a_new_file, pair_open,
		                                pair_close),
		cmocka_unit_test_setup_teardown(what_was_not_applied_has_told_nobody, pair_open, pair_close),
		cmocka_unit_test_setup_teardown(what_was_replaced_by_what_others_move_is_whole, pair_open, pair_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
