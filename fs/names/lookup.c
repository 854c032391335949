/* SPDX-License-Identifier: MIT */
#include "fs/names/lookup.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/name.h"
#include "fs/core/node_table.h"
#include "fs/data/stat.h"
#include "fs/names/dir.h"
#include "vault/work/ask.h"

#include <string.h>

static int find(struct fs *fs, uint64_t dir, const char *name, uint64_t *ret)
{
	struct work_entry x;
	int err = name_check(name);
	if (err)
		return err;
	err_t e = work_lookup(fs->cfg.work, dir, span_str(name), &x);
	if (!e)
		*ret = x.ino;
	return errno_of(damage_check(fs, e, dir, name, "the directory entry"));
}

/* stat_named: damage is told by the name, too: the path of an inode whose record cannot be read is not known. */
static int stat_named(struct fs *fs, uint64_t ino, uint64_t dir, const char *name, struct stat *ret)
{
	int err = inode_getstat(fs, ino, ret);
	if (err == EIO)
		damage_check(fs, ERR_DAMAGED, dir, name, "the inode record");
	return err;
}

int fs_lookup(struct fs *fs, uint64_t dir, const char *name, struct stat *st)
{
	uint64_t ino = 0;
	struct stat got;
	int err = 0;
	ns_guard_read(fs);
	if (!strcmp(name, "."))
		ino = dir;
	else if (!strcmp(name, ".."))
		err = dir_parent(fs, dir, &ino);
	else
		err = find(fs, dir, name, &ino);
	if (!err)
		err = stat_named(fs, ino, dir, name, &got);
	if (!err)
		err = node_ref_kernel(fs, ino);
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
