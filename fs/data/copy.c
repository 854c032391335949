/* SPDX-License-Identifier: MIT
 * copy_file_range by sharing blocks: no byte moves. It works when both files have one file key, or when the destination
 * is empty and takes the source's. Anything else is EXDEV: the kernel then copies by reading and writing.
 */
#include "fs/data/copy.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/pin_mark.h"
#include "fs/core/pressed.h"
#include "fs/data/copy_share.h"
#include "fs/data/edit.h"
#include "fs/data/handle.h"
#include "fs/data/open.h"

#include <fcntl.h>

static int copy_load(struct change *t, struct file *in, struct file *out, struct copy *c)
{
	int e = edit_begin(in, t, &c->in, &c->in_raw);
	if (!e)
		e = edit_begin(out, t, &c->out, &c->out_raw);
	if (e)
		return e == ENONRESIDENT ? EXDEV : e; /* a plain copy can wait */
	c->out_before = c->out;
	c->len = c->from >= c->in.size ? 0 : MIN(c->len, c->in.size - c->from);
	if (in == out && c->from < c->to + c->len && c->to < c->from + c->len)
		return EINVAL;
	return c->to > FILE_SIZE_MAX - c->len ? EFBIG : 0;
}

/* errno_of_copy: what cannot be shared, or has too many extents: a plain copy will do. */
static int errno_of_copy(err_t e)
{
	return e == ERR_LIMIT || e == ERR_INVAL ? EXDEV : errno_of(e);
}

static int copy_locked(struct change *t, struct file *in, struct file *out, struct copy *c)
{
	int e = copy_load(t, in, out, c);
	if (e || !c->len)
		return e;
	e = errno_of_copy(copy_share(t, c));
	if (e)
		return e;
	c->out.size = MAX(c->out.size, c->to + c->len);
	c->out.inline_data = SPAN(NULL, 0);
	return edit_end(out, t, &c->out_before, &c->out);
}

static int copy_one(struct fs *fs, const struct fs_at *in, const struct fs_at *out, uint64_t len, uint64_t *ret)
{
	struct copy c = { .from = in->off, .to = out->off, .len = len };
	struct change *t = change_begin(fs);
	int e = change_end(fs, t, !t ? ENOMEM : copy_locked(t, in->file->file, out->file->file, &c));
	buf_free(&c.in_raw);
	buf_free(&c.out_raw);
	*ret = c.len;
	return e;
}

int fs_copy_range(struct fs *fs, struct fs_at in, struct fs_at out, size_t len, size_t *ret)
{
	if ((in.file->flags & O_ACCMODE) == O_WRONLY || (out.file->flags & O_ACCMODE) == O_RDONLY ||
	    (out.file->flags & O_APPEND))
		return EBADF;
	if (in.off > FILE_SIZE_MAX || out.off > FILE_SIZE_MAX)
		return EFBIG;
	if (map_pressure(fs->cfg.map))
		return EAGAIN;
	uint64_t copied = 0;
	unsigned tries = 0;
	int e;
	do
		e = copy_one(fs, &in, &out, len, &copied);
	while (pressed_again(fs, &tries, e));
	if (e)
		return e;
	pin_wake_under(fs, fs_ino_of(out.file));
	*ret = (size_t)copied;
	return 0;
}
