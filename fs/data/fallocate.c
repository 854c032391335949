/* SPDX-License-Identifier: MIT */
#include "fs/data/fallocate.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pressed.h"
#include "fs/data/edit.h"
#include "fs/data/handle.h"
#include "fs/data/stat.h"
#include "fs/data/truncate.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/statvfs.h>

/* there: how many bytes of a range the file has already; about: holes are taken to be outside of it. */
static int there(struct fs *fs, uint64_t ino, uint64_t off, uint64_t len, uint64_t *ret)
{
	struct stat st;
	ns_guard_read(fs);
	int e = inode_getstat(fs, ino, &st);
	if (e)
		return e;
	uint64_t size = (uint64_t)st.st_size, covered = off < size ? MIN(len, size - off) : 0;
	*ret = MIN(covered, (uint64_t)st.st_blocks * 512);
	return 0;
}

/* room_for: would what a range lacks fit on this device's disk? It is a look, and reserves nothing. */
static int room_for(struct fs *fs, uint64_t ino, uint64_t off, uint64_t len)
{
	struct statvfs v;
	uint64_t has;
	if (!fs->cfg.state_dir)
		return 0;
	int e = there(fs, ino, off, len, &has);
	if (e || has == len)
		return e;
	if (statvfs(fs->cfg.state_dir, &v))
		return errno;
	return (len - has) / v.f_frsize >= v.f_bavail ? ENOSPC : 0;
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
