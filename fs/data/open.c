/* SPDX-License-Identifier: MIT */
#include "fs/data/open.h"

#include "fs/core/change.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/node_table.h"
#include "fs/data/edit.h"
#include "fs/data/handle.h"
#include "fs/data/truncate.h"

#include <fcntl.h>
#include <sys/stat.h>

static int open_check(struct fs *fs, uint64_t ino)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	ns_guard_read(fs);
	int e = inode_get(fs, ino, &in, &raw);
	if (e)
		return e;
	if (S_ISREG(in.mode))
		return 0;
	return S_ISDIR(in.mode) ? EISDIR : EINVAL;
}

static int open_truncate(struct fs *fs, struct fs_file *h)
{
	struct deadline end = edit_patience();
	int err;
	do {
		struct change *t = change_begin_removal(fs);
		err = change_end(fs, t, t ? file_truncate(h->file, t, 0) : ENOMEM);
	} while (edit_again(fs, fs_ino_of(h), end, &err));
	return err;
}

int fs_file_open(struct fs *fs, uint64_t ino, int flags, struct fs_file **ret)
{
	struct node *n = node_open(fs, ino);
	if (!n)
		return ENOMEM;
	struct fs_file *h;
	int e = open_check(fs, ino);
	if (e) {
		node_release(fs, n);
		return e;
	}
	e = handle_open(fs, n, flags, &h);
	if (e)
		return e;
	if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY)
		e = open_truncate(fs, h);
	if (e)
		fs_file_close(fs, h);
	else
		*ret = h;
	return e;
}

void fs_file_close(struct fs *fs, struct fs_file *h)
{
	(void)fs;
	handle_unref(h);
}

uint64_t fs_ino_of(const struct fs_file *h)
{
	return h->file->ino;
}
