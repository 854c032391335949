/* SPDX-License-Identifier: MIT
 * What is there after a process that died without closing: everything before an fsync, and of the rest a prefix, each
 * operation whole or not at all.
 */
#include "tests/unit/fs_util.h"

#include <ftw.h>
#include <sys/wait.h>

#define PAIRS 300

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void name_of(char *out, char kind, int i)
{
	snprintf(out, 16, "%c%d", kind, i);
}

/* same_ring: the same secrets in child and parent: secret memory does not survive a fork. */
static int same_ring(struct fake *w)
{
	static const struct id id = { { 1 } };
	static const struct hash genesis = { { 2 } };
	cleanup(key_wipe) struct key root = { { 3 } };
	w->keyring = keyring_new(cipher_best(), id, genesis);
	return w->keyring ? errno_of(keyring_add(w->keyring, 1, genesis, &root)) : ENOMEM;
}

/* child: dies in the middle of things. */
static void work_and_die(struct fake *w, const char *dir)
{
	char from[16], to[16];
	struct stat st;
	if (same_ring(w) || fake_open(w, dir, 1000, 1000))
		_exit(1);
	struct fs *fs = w->fs;
	for (int i = 0; i < PAIRS; i++) {
		name_of(from, 'a', i);
		if (fs_mkdir(fs, &me, INO_ROOT, from, 0755, &st))
			_exit(2);
	}
	if (fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "orphan", S_IFREG | 0600 }, &st) ||
	    fs_unlink(fs, INO_ROOT, "orphan"))
		_exit(3);
	if (fs_setxattr(fs, &me, INO_ROOT, "user.ino", SPAN(&st.st_ino, sizeof(st.st_ino)), 0) ||
	    fs_fsync(fs, INO_ROOT))
		_exit(4);
	for (int i = 0; i < PAIRS; i++) {
		name_of(from, 'a', i);
		name_of(to, 'b', i);
		if (fs_rename(fs, INO_ROOT, from, INO_ROOT, to, 0))
			_exit(5);
		if (i == PAIRS / 2 && fs_fsync(fs, INO_ROOT))
			_exit(6);
	}
	_exit(0);
}

static void a_crash_leaves_a_prefix(void **state)
{
	(void)state;
	char dir[] = "/tmp/fs-reopen.XXXXXX", from[16], to[16];
	struct fake w = { 0 };
	int status;
	assert_non_null(mkdtemp(dir));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		work_and_die(&w, dir);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);

	assert_int_equal(same_ring(&w), 0);
	assert_int_equal(fake_open(&w, dir, 1000, 1000), 0);
	bool moved = true;
	for (int i = 0; i < PAIRS; i++) {
		name_of(from, 'a', i);
		name_of(to, 'b', i);
		uint64_t a = at(w.fs, INO_ROOT, from), b = at(w.fs, INO_ROOT, to);
		assert_true(!a != !b);    /* one name, never both, never none */
		assert_true(moved || !b); /* nothing later without what was before it */
		moved = b;
		assert_true(moved || i > PAIRS / 2); /* what fsync promised */
		assert_int_equal(st_of(w.fs, a ? a : b).st_nlink, 2);
	}
	assert_int_equal(st_of(w.fs, INO_ROOT).st_nlink, 2 + PAIRS);
	cleanup(buf_free) struct buf ino = BUF_INIT;
	assert_int_equal(fs_getxattr(w.fs, INO_ROOT, "user.ino", &ino), 0);
	uint64_t orphan;
	memcpy(&orphan, ino.p, sizeof(orphan));
	assert_false(there(w.fs, orphan));
	fake_free(&w);
	assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void a_clean_close_keeps_everything(void **state)
{
	(void)state;
	char dir[] = "/tmp/fs-reopen.XXXXXX";
	struct fake w = { 0 };
	struct stat st;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(fake_open(&w, dir, 1000, 1000), 0);
	uint64_t d = mkd(w.fs, INO_ROOT, "d");
	uint64_t f = mk(w.fs, d, "f");
	assert_int_equal(fs_link(w.fs, f, INO_ROOT, "g", &st), 0);
	assert_int_equal(fake_close(&w), 0);
	assert_int_equal(fake_open(&w, dir, 1000, 1000), 0);
	assert_true(at(w.fs, INO_ROOT, "g") == f && at(w.fs, d, "f") == f);
	assert_int_equal(st_of(w.fs, f).st_nlink, 2);
	uint64_t again = mk(w.fs, d, "new");
	assert_true(again != f && again != d && again >> 32 != f >> 32); /* numbers are never used again */
	fake_free(&w);
	assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_leaves_a_prefix), /* first: it forks */
		cmocka_unit_test(a_clean_close_keeps_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
