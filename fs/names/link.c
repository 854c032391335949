/* SPDX-License-Identifier: MIT */
#include "fs/names/link.h"

#include "fs/core/change.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/name.h"
#include "fs/core/node_table.h"
#include "fs/core/pin_mark.h"
#include "fs/core/stamp.h"
#include "fs/data/edit.h"
#include "fs/data/stat.h"
#include "fs/names/dir.h"
#include "fs/names/dirent.h"

static int link_one(struct fs *fs, struct change *t, uint64_t ino, uint64_t dir, const char *name, struct stat *st)
{
	cleanup(buf_free) struct buf raw = BUF_INIT, raw2 = BUF_INIT;
	struct inode parent, in;
	struct dirent_rec d;
	struct count_rec counts;
	int err = dir_edit(fs, t, dir, &parent, &raw);
	if (!err)
		err = inode_edit(fs, t, ino, &in, &raw2);
	if (!err && S_ISDIR(in.mode))
		err = EPERM;
	if (!err)
		err = inode_counts(fs, ino, &counts);
	if (err)
		return err;
	if (!counts.names)
		return ENOENT; /* unlinked, merely open */
	err = dirent_find(fs, t, dir, name, &d);
	if (err != ENOENT)
		return err ? err : EEXIST;
	err = dirent_set(fs, t, dir, name, ino, in.mode);
	if (err)
		return err;
	const struct inode before = in, parent_before = parent;
	in.ctime = parent.mtime = parent.ctime = stamp_now();
	inode_store(t, &before, &in);
	inode_store(t, &parent_before, &parent);
	counts.names++;
	inode_edit_show(fs, &in);
	inode_stat(fs, &in, &counts, st);
	return node_ref_kernel(fs, ino);
}

static int link_applied(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *st)
{
	struct change *t = change_begin(fs);
	int err = t ? link_one(fs, t, ino, dir, name, st) : ENOMEM;
	bool ref = !err;
	err = change_end(fs, t, err);
	if (err && ref)
		nodes_forget(fs, ino, 1);
	return err;
}

int fs_link(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *ret)
{
	struct stat st = { 0 };
	int err = name_check_new(name);
	if (err)
		return err;
	err = link_applied(fs, ino, dir, name, &st);
	if (err)
		return err;
	pin_wake_under(fs, dir);
	*ret = st;
	return 0;
}
