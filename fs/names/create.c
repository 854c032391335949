/* SPDX-License-Identifier: MIT
 * Each operation is one set, applied whole.
 */
#include "fs/names/create.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/name.h"
#include "fs/core/node_table.h"
#include "fs/core/stamp.h"
#include "fs/data/handle.h"
#include "fs/data/stat.h"
#include "fs/meta/acl.h"
#include "fs/meta/xattr_store.h"
#include "fs/names/dir.h"
#include "fs/names/dirent.h"
#include "fs/names/made.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

/* new_ino: under the write side. A prefix serves four thousand million inodes, then another is drawn. */
static int new_ino(struct fs *fs, uint64_t *ret)
{
	if (atomic_load(&fs->ino_next) == UINT32_MAX) {
		uint32_t prefix;
		err_t e = crypto_random(&prefix, sizeof(prefix));
		if (e)
			return errno_of(e);
		fs->ino_prefix = prefix | 1u << 31;
		atomic_store(&fs->ino_next, 1);
	}
	*ret = (uint64_t)fs->ino_prefix << 32 | atomic_fetch_add(&fs->ino_next, 1);
	return 0;
}

static int make(struct fs *fs, struct change *t, const struct made *m, struct stat *st)
{
	cleanup(buf_free) struct buf raw = BUF_INIT, given = BUF_INIT;
	struct inode parent, in;
	struct dirent_rec d;
	if (!t->txn)
		return made_shown(t, m, st);
	int err = dir_edit(fs, t, m->dir, &parent, &raw);
	if (err)
		return err;
	err = dirent_find(fs, t, m->dir, m->name, &d);
	if (err != ENOENT)
		return err ? err : EEXIST;
	err = made_fill(fs, m, &parent, &in);
	if (!err)
		err = new_ino(fs, &in.ino);
	if (!err)
		err = acl_inherit(t, m->dir, m->who->umask, &in, &given);
	if (!err && given.len)
		err = xattr_set(fs, t, in.ino, ACL_DEFAULT, buf_span(&given), 0);
	if (!err)
		err = dirent_set(fs, t, m->dir, m->name, in.ino, in.mode);
	if (err)
		return err;
	inode_store(t, NULL, &in);
	const struct inode before = parent;
	parent.mtime = parent.ctime = in.ctime;
	inode_store(t, &before, &parent);
	struct count_rec counts = { .names = 1 };
	inode_stat(fs, &in, &counts, st);
	return node_ref_kernel(fs, in.ino);
}

static int make_one(struct fs *fs, const struct made *m, struct stat *ret)
{
	struct stat st = { 0 };
	int err = name_check_new(m->name);
	if (err)
		return err;
	struct change *t = change_begin(fs);
	bool ref = false;
	if (t) {
		err = make(fs, t, m, &st);
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
	if (err) {
		if (n)
			node_release(fs, n);
		return err;
	}
	if (!n)
		n = node_acquire(fs, got.st_ino); /* the lookup reference keeps the inode until then */
	err = n ? handle_open(fs, n, flags, ret) : ENOMEM;
	if (err)
		nodes_forget(fs, got.st_ino, 1); /* the file stays, as after a failed open(2) */
	else
		*st = got;
	return err;
}
