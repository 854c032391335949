/* SPDX-License-Identifier: MIT
 * Reading directories: stable cookies, ties, changes meanwhile, lookup references of the plus form.
 */
#include "tests/unit/fs_util.h"

#define MANY 3000

struct seen {
	size_t n, stop; /* stop: full after so many */
	uint64_t cookie;
	struct {
		char name[NAME_LEN_MAX + 1];
		uint64_t ino, cookie;
		mode_t mode;
		nlink_t nlink;
	} e[MANY + 50];
};

static bool take(void *ctx, const char *name, const struct stat *st, uint64_t next)
{
	struct seen *s = ctx;
	if (s->n == s->stop)
		return false;
	assert_true(s->n < ARRAY_LEN(s->e));
	assert_true(next > s->cookie && (int64_t)next > 0);
	snprintf(s->e[s->n].name, sizeof(s->e[0].name), "%s", name);
	s->e[s->n].ino = st->st_ino;
	s->e[s->n].mode = st->st_mode;
	s->e[s->n].nlink = st->st_nlink;
	s->e[s->n++].cookie = next;
	s->cookie = next;
	return true;
}

static struct seen *seen_new(void)
{
	struct seen *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	return s;
}

static void read_on(struct fs *fs, uint64_t dir, struct seen *s, size_t at_most)
{
	s->stop = s->n + at_most;
	assert_int_equal(fs_readdir(fs, dir, s->cookie, false, take, s), 0);
}

static bool has(const struct seen *s, const char *name)
{
	size_t found = 0;
	for (size_t i = 0; i < s->n; i++)
		found += !strcmp(s->e[i].name, name);
	assert_true(found <= 1);
	return found;
}

static void fill(struct fs *fs, uint64_t dir, int from, int to)
{
	char name[32];
	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "file %d", i);
		mk(fs, dir, name);
	}
}

static void dots_come_first(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup_free struct seen *s = seen_new();
	uint64_t d = mkd(fs, INO_ROOT, "d"), f = mk(fs, d, "f");
	read_on(fs, d, s, 100);
	assert_int_equal(s->n, 3);
	assert_string_equal(s->e[0].name, ".");
	assert_true(s->e[0].ino == d && S_ISDIR(s->e[0].mode));
	assert_string_equal(s->e[1].name, "..");
	assert_true(s->e[1].ino == INO_ROOT);
	assert_true(s->e[2].ino == f && S_ISREG(s->e[2].mode));
	assert_int_equal(fs_readdir(fs, f, 0, false, take, s), ENOTDIR);
	assert_int_equal(fs_readdir(fs, 99, 0, false, take, s), ENOENT);
}

static void every_cookie_resumes_where_it_was_given(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup_free struct seen *all = seen_new(), *part = seen_new();
	fill(fs, INO_ROOT, 0, MANY);
	read_on(fs, INO_ROOT, all, MANY + 10);
	assert_int_equal(all->n, MANY + 2);
	for (size_t i = 0; i < all->n; i++) {
		part->n = 0;
		part->cookie = all->e[i].cookie;
		read_on(fs, INO_ROOT, part, 2);
		for (size_t k = 0; k < part->n; k++)
			assert_string_equal(part->e[k].name, all->e[i + 1 + k].name);
		assert_int_equal(part->n, MIN(2, all->n - i - 1));
	}
}

static void small_replies_give_everything_once(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup_free struct seen *s = seen_new();
	char name[32];
	fill(fs, INO_ROOT, 0, 1000);
	size_t before;
	do {
		before = s->n;
		read_on(fs, INO_ROOT, s, 7);
	} while (s->n > before);
	assert_int_equal(s->n, 1002);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "file %d", i);
		assert_true(has(s, name));
	}
}

static void what_stays_is_given_once_whatever_comes_and_goes(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup_free struct seen *s = seen_new();
	char name[32];
	fill(fs, INO_ROOT, 0, 2000);
	for (int step = 0; step < 1000; step++) { /* odd ones go, new ones come */
		read_on(fs, INO_ROOT, s, 2);
		snprintf(name, sizeof(name), "file %d", 2 * step + 1);
		assert_int_equal(fs_unlink(fs, INO_ROOT, name), 0);
		snprintf(name, sizeof(name), "new %d", step);
		mk(fs, INO_ROOT, name);
	}
	read_on(fs, INO_ROOT, s, MANY);
	for (int i = 0; i < 2000; i += 2) {
		snprintf(name, sizeof(name), "file %d", i);
		assert_true(has(s, name));
	}
}

static void plus_gives_attributes_and_references(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup_free struct seen *s = seen_new();
	uint64_t d = mkd(fs, INO_ROOT, "d");
	struct stat st;
	uint64_t f = mk(fs, INO_ROOT, "f");
	assert_int_equal(fs_link(fs, f, d, "g", &st), 0);
	fs_forget(fs, f, 2);
	s->stop = 2; /* the third is refused, so it must leave no reference */
	assert_int_equal(fs_readdir(fs, d, 0, true, take, s), 0);
	assert_int_equal(s->n, 2);
	s->stop = 10;
	assert_int_equal(fs_readdir(fs, d, s->cookie, true, take, s), 0);
	assert_int_equal(s->n, 3);
	assert_int_equal(s->e[2].mode, S_IFREG | 0644);
	assert_int_equal(s->e[2].nlink, 2);
	s->cookie = 2;
	assert_int_equal(fs_readdir(fs, d, s->cookie, true, take, s), 0); /* it is known now: its number and type */
	assert_int_equal(s->n, 4);
	assert_int_equal(s->e[3].ino, f);
	assert_int_equal(s->e[3].nlink, 0);
	assert_int_equal(fs_unlink(fs, INO_ROOT, "f"), 0);
	assert_int_equal(fs_unlink(fs, d, "g"), 0);
	assert_true(there(fs, f)); /* the one reference of the plus entry */
	fs_forget(fs, f, 1);
	assert_false(there(fs, f));
}

static void a_removed_directory_is_empty(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup_free struct seen *s = seen_new();
	uint64_t d = mkd(fs, INO_ROOT, "d");
	assert_int_equal(fs_rmdir(fs, INO_ROOT, "d"), 0);
	read_on(fs, d, s, 10);
	assert_true(s->n <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(dots_come_first),
		T(every_cookie_resumes_where_it_was_given),
		T(small_replies_give_everything_once),
		T(what_stays_is_given_once_whatever_comes_and_goes),
		T(plus_gives_attributes_and_references),
		T(a_removed_directory_is_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
