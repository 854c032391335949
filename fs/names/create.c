/* SPDX-License-Identifier: MIT
 * Each operation is one set, applied whole.
 */
#include "fs/names/create.h"

#include "fs/core/change.h"
#include "fs/core/fs_state.h"
#include "fs/core/name.h"
#include "fs/core/node_table.h"
#include "fs/core/pressed.h"
#include "fs/data/handle.h"
#include "fs/names/made.h"

#include <fcntl.h>

static int make_now(struct fs *fs, const struct made *m, struct stat *ret)
{
	struct stat st = { 0 };
	int err = 0;
	struct change *t = change_begin(fs);
	bool ref = false;
	if (t) {
		err = made_shown(t, m, &st);
		ref = !err;
	} else {
		err = ENOMEM;
	}
	err = change_end(fs, t, err);
	if (err && ref)
		nodes_forget(fs, st.st_ino, 1);
	if (!err)
		*ret = st;
	return err;
}

static int make_one(struct fs *fs, const struct made *m, struct stat *ret)
{
	unsigned tries = 0;
	int err = name_check_new(m->name);
	if (err)
		return err;
	do {
		err = make_now(fs, m, ret);
		if (err && m->node && *m->node)
			node_release(fs, steal_ptr(*m->node));
	} while (pressed_again(fs, &tries, err));
	return err;
}

int fs_mknod(struct fs *fs, const struct fs_caller *who, const struct fs_new *what, struct stat *st)
{
	mode_t type = what->mode & S_IFMT ? what->mode & S_IFMT : S_IFREG;
	if (type == S_IFDIR || type == S_IFLNK)
		return EPERM;
	struct made m = { who, what->dir, what->name, type | (what->mode & 07777), what->rdev, SPAN(NULL, 0) };
	return make_one(fs, &m, st);
}

int fs_mkdir(struct fs *fs, const struct fs_caller *who, uint64_t dir, const char *name, mode_t mode, struct stat *st)
{
	struct made m = { who, dir, name, S_IFDIR | (mode & 07777), 0, SPAN(NULL, 0) };
	return make_one(fs, &m, st);
}

int fs_symlink(struct fs *fs, const struct fs_caller *who, const char *target, uint64_t dir, const char *name,
               struct stat *st)
{
	struct made m = { who, dir, name, S_IFLNK | 0777, 0, span_str(target) };
	if (!m.target.len)
		return ENOENT;
	if (m.target.len >= 4096)
		return ENAMETOOLONG;
	return make_one(fs, &m, st);
}

int fs_create(struct fs *fs, const struct fs_caller *who, const struct fs_new *what, int flags, struct stat *st,
              struct fs_file **ret)
{
	struct node *n = NULL;
	struct made m = { who, what->dir, what->name, S_IFREG | (what->mode & 07777), 0, SPAN(NULL, 0) };
	struct stat got;
	if ((flags & O_ACCMODE) != O_RDONLY)
		m.node = &n;
	int err = make_one(fs, &m, &got);
	if (err)
		return err;
	if (!n)
		n = node_acquire(fs, got.st_ino); /* the lookup reference keeps the inode until then */
	err = n ? handle_open(fs, n, flags, ret) : ENOMEM;
	if (err)
		nodes_forget(fs, got.st_ino, 1); /* the file stays, as after a failed open(2) */
	else
		*st = got;
	return err;
}
