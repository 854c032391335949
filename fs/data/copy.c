/* SPDX-License-Identifier: MIT
 * copy_file_range by sharing blocks: no byte moves. It works when both files have one file key, or when the destination
 * is empty and takes the source's. Anything else is EXDEV: the kernel then copies by reading and writing.
 */
#include "fs/data/copy.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/pin_mark.h"
#include "fs/data/copy2.h"
#include "fs/data/copy_blocks.h"
#include "fs/data/edit.h"
#include "fs/data/handle.h"
#include "fs/data/open.h"

#include <fcntl.h>
#include <string.h>

static bool is_none(struct id id)
{
	return id_is_zero(id);
}

/* adopt: an empty destination takes the source's key. */
static int adopt(struct copy *c)
{
	if (is_none(c->in.content))
		return EXDEV; /* inline: a few bytes, or a hole */
	if (is_none(c->out.content) && c->out.size == 0) {
		memcpy(c->out.file_key, c->in.file_key, sizeof(c->out.file_key));
		return file_new_contents(&c->out.content, NULL);
	}
	bool same = !is_none(c->out.content) && crypto_equal(c->in.file_key, c->out.file_key, sizeof(c->in.file_key));
	return same ? 0 : EXDEV;
}

static int copy_load(struct change *t, struct file *in, struct file *out, struct copy *c)
{
	int e = edit_begin(in, t, &c->in, &c->in_raw);
	if (!e)
		e = edit_begin(out, t, &c->out, &c->out_raw);
	if (e)
		return e == ENONRESIDENT ? EXDEV : e; /* a plain copy can wait */
	c->out_before = c->out;
	c->len = c->from >= c->in.size ? 0 : MIN(c->len, c->in.size - c->from);
	if (t->txn)
		c->len = MIN(c->len, COPY_MAX);
	if (in == out && c->from < c->to + c->len && c->to < c->from + c->len)
		return EINVAL;
	return c->to > FILE_SIZE_MAX - c->len ? EFBIG : 0;
}

/* errno_of_copy: what cannot be shared, or has too many extents: a plain copy will do. */
static int errno_of_copy(err_t e)
{
	return e == ERR_LIMIT || e == ERR_INVAL ? EXDEV : errno_of(e);
}

/* copy1: format 1. */
static int copy1(struct change *t, struct copy *c)
{
	int e = adopt(c);
	return e ? e : errno_of_copy(copy_blocks(t, c));
}

static int copy_locked(struct change *t, struct file *in, struct file *out, struct copy *c)
{
	int e = copy_load(t, in, out, c);
	if (e || !c->len)
		return e;
	e = t->txn ? copy1(t, c) : errno_of_copy(copy2(t, c));
	if (e)
		return e;
	c->out.size = MAX(c->out.size, c->to + c->len);
	c->out.inline_data = SPAN(NULL, 0);
	return edit_end(out, t, &c->out_before, &c->out);
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
	struct copy c = { .from = in.off, .to = out.off, .len = len };
	struct change *t = change_begin(fs);
	int e = change_end(fs, t, !t ? ENOMEM : copy_locked(t, in.file->file, out.file->file, &c));
	buf_free(&c.in_raw);
	buf_free(&c.out_raw);
	if (e)
		return e;
	pin_wake_under(fs, fs_ino_of(out.file));
	*ret = (size_t)c.len;
	return 0;
}
