/* SPDX-License-Identifier: MIT */
#include "fs/names/dir.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
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

int dir_parent(struct fs *fs, uint64_t dir, uint64_t *ret)
{
	return errno_of(work_parent(fs->cfg.work, dir, ret));
}
