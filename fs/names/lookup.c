/* SPDX-License-Identifier: MIT */
#include "fs/names/lookup.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/name.h"
#include "fs/core/node_table.h"
#include "fs/data/stat.h"
#include "fs/names/dir.h"
#include "fs/names/dirent.h"

#include <string.h>

static int find_checked(struct fs *fs, uint64_t dir, const char *name, struct dirent_rec *d)
{
	int err = name_check(name);
	return err ? err : dirent_find(fs, NULL, dir, name, d);
}

int fs_lookup(struct fs *fs, uint64_t dir, const char *name, struct stat *st)
{
	struct dirent_rec d = { 0 };
	struct stat got;
	int err = 0;
	ns_guard_read(fs);
	if (!strcmp(name, "."))
		d.ino = dir;
	else if (!strcmp(name, ".."))
		err = dir_parent(fs, dir, &d.ino);
	else
		err = find_checked(fs, dir, name, &d);
	if (!err)
		err = inode_getstat(fs, d.ino, &got);
	if (!err)
		err = node_ref_kernel(fs, d.ino);
	if (!err)
		*st = got;
	return err;
}

void fs_forget(struct fs *fs, uint64_t ino, uint64_t nlookup)
{
	nodes_forget(fs, ino, nlookup);
}

int fs_readlink(struct fs *fs, uint64_t ino, struct buf *out)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	ns_guard_read(fs);
	int err = inode_get(fs, ino, &in, &raw);
	if (err)
		return err;
	if (!S_ISLNK(in.mode))
		return EINVAL;
	buf_clear(out);
	buf_put(out, in.inline_data.p, in.inline_data.len);
	return errno_of(buf_ok(out));
}
