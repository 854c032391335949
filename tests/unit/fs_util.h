/* SPDX-License-Identifier: MIT
 * What the unit tests of fs/ share: a file system over the in-memory map for each test, owned by uid and gid 1000.
 */
#pragma once

#include "tests/fs_fake.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these first */
#include <cmocka.h>

static const struct fs_caller me = { 1000, 1000, 022, 1 };

static inline int setup(void **state)
{
	struct fake *w = calloc(1, sizeof(*w));
	*state = w;
	return w ? fake_open(w, NULL, 1000, 1000) : -1;
}

static inline int teardown(void **state)
{
	fake_free(*state);
	free(*state);
	return 0;
}

static inline struct fs *fs_of(void **state)
{
	return ((struct fake *)*state)->fs;
}

static inline uint64_t mk(struct fs *fs, uint64_t dir, const char *name)
{
	struct stat st;
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ dir, name, S_IFREG | 0644 }, &st), 0);
	return st.st_ino;
}

static inline uint64_t mkd(struct fs *fs, uint64_t dir, const char *name)
{
	struct stat st;
	assert_int_equal(fs_mkdir(fs, &me, dir, name, 0755, &st), 0);
	return st.st_ino;
}

/* at: inode number behind a name, 0: none. */
static inline uint64_t at(struct fs *fs, uint64_t dir, const char *name)
{
	struct stat st;
	int err = fs_lookup(fs, dir, name, &st);
	if (err == ENOENT)
		return 0;
	assert_int_equal(err, 0);
	fs_forget(fs, st.st_ino, 1);
	return st.st_ino;
}

static inline struct stat st_of(struct fs *fs, uint64_t ino)
{
	struct stat st;
	assert_int_equal(fs_getattr(fs, ino, &st), 0);
	return st;
}

static inline bool there(struct fs *fs, uint64_t ino)
{
	struct stat st;
	return !fs_getattr(fs, ino, &st);
}

static inline bool newer(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
