/* SPDX-License-Identifier: MIT */
#include "fs/data/edit.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/node_table.h"
#include "fs/core/stamp.h"
#include "fs/data/compact_fetch.h"
#include "fs/data/content.h"
#include "fs/data/flush.h"
#include "util/cleanup.h"

#include <errno.h>
#include <sys/stat.h>

int inode_edit(struct fs *fs, struct change *t, uint64_t ino, struct inode *ret, struct buf *raw)
{
	struct node *n = node_find(fs, ino);
	int err = 0;
	if (n) {
		struct file *f = node_file_if(fs, n);
		if (f)
			err = file_flush_locked(f);
		if (err == ENONRESIDENT) /* contents wait for the store: this needs them not */
			err = file_flush_times_locked(f);
		node_unref(fs, n);
	}
	return err ? err : inode_get_txn(t, ino, ret, raw);
}

void inode_edit_show(struct fs *fs, struct inode *in)
{
	struct node *n = node_find(fs, in->ino);
	if (!n)
		return;
	struct file *f = node_file_if(fs, n);
	if (f)
		file_show_unflushed(f, in);
	node_unref(fs, n);
}

int edit_begin(struct file *f, struct change *t, struct inode *in, struct buf *raw)
{
	int e = file_flush_locked(f);
	if (!e)
		e = inode_get_txn(t, f->ino, in, raw);
	if (!e && !S_ISREG(in->mode))
		e = S_ISDIR(in->mode) ? EISDIR : EINVAL;
	return e;
}

int edit_end(struct file *f, struct change *t, const struct inode *before, struct inode *in)
{
	in->mtime = in->ctime = stamp_now();
	content_store(f, t, before, in);
	guard(&f->lock);
	f->now.loaded = false;
	f->generation++;
	return 0;
}

/* flush_until: 0, or why what is unflushed of the inode cannot be flushed: after waiting. */
static int flush_until(struct fs *fs, uint64_t ino, struct deadline end)
{
	struct node *n = node_find(fs, ino);
	if (!n)
		return 0;
	struct file *f = node_file_if(fs, n);
	int err = f ? compact_fetch_flush(f, deadline_left(end)) : 0;
	node_release(fs, n);
	return err;
}

struct deadline edit_patience(void)
{
	return deadline_in(COMPACT_FETCH_WAIT);
}

bool edit_again(struct fs *fs, uint64_t ino, struct deadline end, int *err)
{
	if (*err != ENONRESIDENT)
		return false;
	*err = flush_until(fs, ino, end);
	if (!*err && !deadline_passed(end))
		return true;
	*err = errno_shown(*err ? *err : ENONRESIDENT);
	return false;
}
