/* SPDX-License-Identifier: MIT */
#include "fs/core/change.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"

struct change *change_new(struct fs *fs)
{
	cleanup(change_freep) struct change *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->fs = fs;
	c->txn = txn_begin(fs->cfg.map);
	return c->txn ? steal_ptr(c) : NULL;
}

void change_freep(struct change **c)
{
	if (!*c)
		return;
	txn_freep(&(*c)->txn);
	free(steal_ptr(*c));
}

void change_use(struct change *c, enum map_use use)
{
	txn_use(c->txn, use);
}

err_t change_apply(struct change *c)
{
	return txn_apply(c->txn);
}

struct change *change_begin(struct fs *fs)
{
	ns_wrlock(fs);
	return change_new(fs);
}

struct change *change_begin_removal(struct fs *fs)
{
	struct change *c = change_begin(fs);
	if (c)
		change_use(c, MAP_REMOVES);
	return c;
}

int change_end(struct fs *fs, struct change *c, int err)
{
	if (!err)
		err = c ? errno_of(change_apply(c)) : ENOMEM;
	change_freep(&c);
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
