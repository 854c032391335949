/* SPDX-License-Identifier: MIT */
#include "fs/data/seek.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/data/edit.h"
#include "fs/data/extent_source.h"
#include "fs/data/flush.h"
#include "fs/data/handle.h"

#include <string.h>
#include <unistd.h>

struct seeker {
	bool data; /* what is sought */
	bool found;
	uint64_t off; /* so far: everything from the start to here is of the other sort */
};

/* seek_extent: ERANGE: it is found. */
static int seek_extent(void *ctx, const struct extent *p)
{
	struct seeker *s = ctx;
	if (p->off + p->len <= s->off)
		return 0;
	if (s->data || p->off > s->off) {
		s->found = true;
		s->off = s->data ? MAX(s->off, p->off) : s->off;
		return ERANGE;
	}
	s->off = p->off + p->len;
	return 0;
}

/* seek_blocks: over records alone: the file was flushed. */
static int seek_blocks(struct fs *fs, const struct inode *in, struct seeker *s)
{
	struct extent_source from = extent_source_of(fs, NULL, in);
	int err = extent_source_each(&from, s->off, seek_extent, s);
	return err == ERANGE ? 0 : err;
}

static int seek_locked(struct fs *fs, struct file *f, struct seeker *s)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int e = file_flush_locked(f);
	if (!e)
		e = inode_get(fs, f->ino, &in, &raw);
	if (e)
		return e;
	if (s->off >= in.size)
		return ENXIO;
	if (inode_has_contents(&in)) {
		e = seek_blocks(fs, &in, s);
	} else if (s->off < in.inline_data.len) {
		s->off = s->data ? s->off : in.inline_data.len;
		s->found = s->data;
	}
	if (!e && s->data && (!s->found || s->off >= in.size))
		return ENXIO;
	s->off = MIN(s->off, in.size);
	return e;
}

int fs_lseek(struct fs *fs, struct fs_file *h, off_t off, int whence, off_t *ret)
{
	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return EINVAL;
	if (off < 0 || (uint64_t)off >= FILE_SIZE_MAX)
		return ENXIO;
	struct deadline end = edit_patience();
	struct seeker s;
	int e;
	do {
		s = (struct seeker){ .data = whence == SEEK_DATA, .off = (uint64_t)off };
		ns_wrlock(fs);
		e = seek_locked(fs, h->file, &s);
		ns_unlock(fs);
	} while (edit_again(fs, h->file->ino, end, &e));
	if (!e)
		*ret = (off_t)s.off;
	return e;
}
