/* SPDX-License-Identifier: MIT */
#include "fs/data/edit.h"

#include "fs/core/inode.h"
#include "fs/core/node_table.h"
#include "fs/data/flush.h"
#include "util/cleanup.h"

#include <errno.h>
#include <sys/stat.h>

int inode_edit(struct fs *fs, struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *raw)
{
	struct node *n = node_find(fs, ino);
	int err = 0;
	if (n) {
		struct file *f = node_file_if(fs, n);
		if (f)
			err = file_flush_locked(f);
		node_unref(fs, n);
	}
	return err ? err : inode_get_txn(t, ino, ret, raw);
}

int edit_begin(struct file *f, struct txn *t, struct inode_rec *in, struct buf *raw)
{
	int e = file_flush_locked(f);
	if (!e)
		e = inode_get_txn(t, f->ino, in, raw);
	if (!e && !S_ISREG(in->mode))
		e = S_ISDIR(in->mode) ? EISDIR : EINVAL;
	return e;
}

int edit_end(struct file *f, struct txn *t, struct inode_rec *in)
{
	int e = inode_new_version(in);
	if (e)
		return e;
	inode_put_txn(t, in);
	guard(&f->lock);
	f->now.loaded = false;
	f->generation++;
	return 0;
}
