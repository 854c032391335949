/* SPDX-License-Identifier: MIT */
#include "fs/data/fallocate.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pressed.h"
#include "fs/data/edit.h"
#include "fs/data/handle.h"
#include "fs/data/truncate.h"
#include "fs/data/usage.h"

#include <fcntl.h>
#include <linux/falloc.h>

#define SEALED_MORE 16 /* one part in so many: what sealed blocks and their records take beside the bytes */

/* lacks: how many bytes of a range the file has not; about. */
static int lacks(struct fs *fs, uint64_t ino, uint64_t off, uint64_t len, uint64_t *ret)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	ns_guard_read(fs);
	int e = inode_get(fs, ino, &in, &raw);
	if (!e)
		*ret = len - usage_in(fs, &in, off, len);
	return e;
}

/* room_for: would writes into what a range lacks find room now? It is a look, and sets nothing aside (D113). */
static int room_for(struct fs *fs, uint64_t ino, uint64_t off, uint64_t len)
{
	uint64_t more;
	int e = lacks(fs, ino, off, len, &more);
	return e || !more ? e : pressed_room(fs, more + more / SEALED_MORE);
}

static int record_size(struct fs *fs, uint64_t ino, uint64_t *ret)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int e = inode_get(fs, ino, &in, &raw);
	if (!e)
		*ret = in.size;
	return e;
}

static int allocate_locked(struct fs *fs, struct file *f, struct change *t, int mode, uint64_t off, uint64_t len)
{
	uint64_t size, end = off + len;
	int e = record_size(fs, f->ino, &size);
	if (!e && (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)))
		e = file_punch(f, t, off, len);
	if (!e && !(mode & FALLOC_FL_KEEP_SIZE) && end > size)
		e = file_truncate(f, t, end);
	return e;
}

int fs_fallocate(struct fs *fs, struct fs_file *h, int mode, uint64_t off, uint64_t len)
{
	int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
	if ((mode & ~known) || ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE)))
		return EOPNOTSUPP;
	if (!len)
		return EINVAL;
	if ((h->flags & O_ACCMODE) == O_RDONLY)
		return EBADF;
	if (off > FILE_SIZE_MAX || len > FILE_SIZE_MAX - off)
		return EFBIG;
	struct deadline end = edit_patience();
	bool frees = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE);
	int e = frees ? 0 : room_for(fs, h->file->ino, off, len);
	if (e)
		return e;
	unsigned tries = 0;
	do {
		struct change *t = frees ? change_begin_removal(fs) : change_begin(fs);
		e = change_end(fs, t, t ? allocate_locked(fs, h->file, t, mode, off, len) : ENOMEM);
	} while (edit_again(fs, h->file->ino, end, &e) || pressed_again(fs, &tries, e));
	return e;
}
