/* SPDX-License-Identifier: MIT
 * copy_file_range by sharing blocks: no byte moves. It works when both files have one file key, or when the destination
 * is empty and takes the source's. Anything else is EXDEV: the kernel then copies by reading and writing.
 */
#include "fs/data/copy.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/pin_mark.h"
#include "fs/data/edit.h"
#include "fs/data/extents.h"
#include "fs/data/handle.h"
#include "fs/data/open.h"

#include <fcntl.h>
#include <string.h>

#define COPY_MAX (64 * EXTENT_GROUP_SIZE) /* a call; the caller asks for the rest */

struct copy {
	struct inode in, out, out_before;
	struct buf in_raw, out_raw;
	uint64_t from, to, len;
};

static bool is_none(struct id id)
{
	return id_is_zero(id);
}

/* insert_shifted: an extent of the source at its new place, cut at block boundaries. */
static err_t insert_shifted(struct extents *w, const struct copy *c, struct extent p)
{
	p.off = p.off - c->from + c->to;
	while (p.len) {
		struct extent part = p;
		part.len = (uint32_t)MIN(p.len, BLOCK_SIZE - p.off % BLOCK_SIZE);
		err_t e = extents_insert(w, &part);
		if (e)
			return e;
		p.off += part.len;
		p.block_off += part.len;
		p.len -= part.len;
	}
	return ERR_OK;
}

static err_t copy_group(struct extents *src, struct extents *dst, const struct copy *c, uint32_t no)
{
	struct extent_group *group;
	uint64_t end = c->from + c->len;
	err_t e = extents_group(src, no, &group);
	for (size_t i = e ? 0 : extent_list_find(group->list, group->n, c->from);
	     !e && i < group->n && group->list[i].off < end; i++) {
		struct extent p = group->list[i];
		uint32_t skip = p.off < c->from ? (uint32_t)(c->from - p.off) : 0;
		p.off += skip;
		p.block_off += skip;
		p.len -= skip;
		p.len = (uint32_t)MIN(p.len, end - p.off);
		e = insert_shifted(dst, c, p);
	}
	return e;
}

static err_t copy_extents(struct fs *fs, struct change *t, const struct copy *c)
{
	struct extents src = { .t = t }, dst = { .t = t };
	cleanup_free uint32_t *list = NULL;
	size_t n = 0;
	src.content = c->in.content;
	dst.content = c->out.content;
	struct group_range range = { (uint32_t)(c->from / EXTENT_GROUP_SIZE),
		                     (uint32_t)((c->from + c->len - 1) / EXTENT_GROUP_SIZE), SIZE_MAX };
	err_t e = extents_groups(fs->cfg.map, src.content, range, &list, &n);
	if (!e)
		e = extents_cut(&dst, fs->cfg.map, c->to, c->len);
	for (size_t i = 0; !e && i < n; i++)
		e = copy_group(&src, &dst, c, list[i]);
	if (!e)
		e = extents_store(&dst);
	extents_free(&src);
	extents_free(&dst);
	return e;
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
	c->len = MIN(c->len, COPY_MAX);
	if (in == out && c->from < c->to + c->len && c->to < c->from + c->len)
		return EINVAL;
	return c->to > FILE_SIZE_MAX - c->len ? EFBIG : 0;
}

static int copy_locked(struct fs *fs, struct change *t, struct file *in, struct file *out, struct copy *c)
{
	int e = copy_load(t, in, out, c);
	if (e || !c->len)
		return e;
	e = adopt(c);
	if (e)
		return e;
	err_t r = copy_extents(fs, t, c);
	if (r)
		return r == ERR_LIMIT ? EXDEV : errno_of(r); /* too many extents: a plain copy will do */
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
	int e = change_end(fs, t, !t ? ENOMEM : copy_locked(fs, t, in.file->file, out.file->file, &c));
	buf_free(&c.in_raw);
	buf_free(&c.out_raw);
	if (e)
		return e;
	pin_wake_under(fs, fs_ino_of(out.file));
	*ret = (size_t)c.len;
	return 0;
}
