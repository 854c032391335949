/* SPDX-License-Identifier: MIT */
#include "fs/data/fsync.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/data/compact_fetch.h"
#include "fs/data/writeback.h"

/* sync_own: after map_sync: what keeps this inode's bytes from being durable. It stays until a flush succeeds: every
 * fsync says it. */
static int sync_own(struct fs *fs, struct file *f)
{
	int e;
	{
		guard(&f->lock);
		e = f->flush.error;
	}
	if (e != ENONRESIDENT)
		return e;
	e = compact_fetch_flush(f, COMPACT_FETCH_WAIT);
	return e ? errno_shown(e) : errno_of(map_sync(fs->cfg.map));
}

int fs_fsync(struct fs *fs, uint64_t ino)
{
	int err = errno_of(map_sync(fs->cfg.map));
	change_published(fs);
	struct node *n = err ? NULL : node_find(fs, ino);
	if (!n)
		return err;
	struct file *f = node_file_if(fs, n);
	if (f)
		err = sync_own(fs, f);
	node_release(fs, n);
	return err;
}

int fs_sync(struct fs *fs)
{
	err_t e = map_sync(fs->cfg.map);
	change_published(fs);
	if (!e && fs->changed.unflushed) {
		writeback_older(fs, INT64_MAX, COMPACT_FETCH_WAIT);
		e = map_sync(fs->cfg.map);
	}
	return e ? errno_of(e) : errno_shown(fs->changed.unflushed);
}
