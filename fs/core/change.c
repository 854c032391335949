/* SPDX-License-Identifier: MIT */
#include "fs/core/change.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"

struct txn *change_begin(struct fs *fs)
{
	ns_wrlock(fs);
	return txn_begin(fs->cfg.map);
}

struct txn *change_begin_removal(struct fs *fs)
{
	struct txn *t = change_begin(fs);
	if (t)
		txn_use(t, MAP_REMOVES);
	return t;
}

int change_end(struct fs *fs, struct txn *t, int err)
{
	if (!err)
		err = t ? errno_of(txn_apply(t)) : ENOMEM;
	txn_freep(&t);
	ns_unlock(fs);
	if (!err)
		change_published(fs);
	return err;
}

void change_published(struct fs *fs)
{
	if (fs->cfg.wake_sync)
		fs->cfg.wake_sync(fs->cfg.ctx);
}
