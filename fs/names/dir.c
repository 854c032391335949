/* SPDX-License-Identifier: MIT */
#include "fs/names/dir.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/data/edit.h"
#include "vault/work/ask.h"

#include <sys/stat.h>

int dir_edit(struct fs *fs, struct change *t, uint64_t dir, struct inode *ret, struct buf *raw)
{
	int err = inode_get_txn(t, dir, ret, raw);
	if (err)
		return err;
	if (!S_ISDIR(ret->mode))
		return ENOTDIR;
	if (dir == INO_ROOT)
		return 0;
	unsigned names;
	err = inode_names(fs, dir, &names);
	if (err)
		return err;
	return names ? 0 : ENOENT;
}

int dir_touch(struct change *t, uint64_t dir, struct timestamp now)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int err = inode_get_txn(t, dir, &in, &raw);
	if (err)
		return err;
	const struct inode before = in;
	in.mtime = in.ctime = now;
	inode_store(t, &before, &in);
	return 0;
}

int inode_touch(struct fs *fs, struct change *t, uint64_t ino, struct timestamp now)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int err = inode_edit(fs, t, ino, &in, &raw);
	if (err)
		return err;
	const struct inode before = in;
	in.ctime = now;
	inode_store(t, &before, &in);
	return 0;
}

static int found_one(void *ctx, struct span key, struct span value)
{
	(void)key;
	(void)value;
	*(bool *)ctx = true;
	return MAP_STOP;
}

int dir_empty(struct fs *fs, uint64_t dir)
{
	bool any = false;
	struct rkey k = key_ino(REC_DIRENT, dir);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), found_one, &any);
	if (e)
		return errno_of(e);
	return any ? ENOTEMPTY : 0;
}

static int first_link(void *ctx, struct span key, struct span value)
{
	(void)value;
	uint64_t ino, hash;
	return key_parse_link(key, &ino, ctx, &hash) ? MAP_STOP : (int)ERR_DAMAGED;
}

int dir_parent(struct fs *fs, uint64_t dir, uint64_t *ret)
{
	uint64_t parent = 0;
	if (fs->cfg.format == VAULT_FORMAT_2)
		return errno_of(work_parent(fs->cfg.work, dir, ret));
	if (dir == INO_ROOT)
		parent = INO_ROOT;
	struct rkey k = key_ino(REC_LINK, dir);
	err_t e =
	        parent ? ERR_OK : map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), first_link, &parent);
	if (e || !parent)
		return e ? errno_of(e) : ENOENT;
	*ret = parent;
	return 0;
}
