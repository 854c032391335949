/* SPDX-License-Identifier: MIT
 * Changes of a file's extents that need no contents: truncate, punch, dropping all. Each flushes the file first, then
 * works on records only; the file is loaded anew afterwards, so a set that is not applied leaves nothing behind.
 */
#include "fs/data/truncate.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/data/edit.h"
#include "fs/data/extents.h"

#include <string.h>

static int cut(struct file *f, struct change *t, const struct inode *in, uint64_t off, uint64_t len)
{
	struct extents w = { .t = t };
	w.content = in->content;
	err_t e = extents_cut(&w, f->fs->cfg.map, off, len);
	if (!e)
		e = extents_store(&w);
	extents_free(&w);
	return e == ERR_LIMIT ? EOPNOTSUPP : errno_of(e); /* the group is full: whoever wants a hole writes zeros */
}

int file_drop(struct change *t, const struct inode *in)
{
	if (!inode_has_contents(in))
		return 0;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_id(REC_REAP, in->content);
	buf_u8(&b, 1);
	if (buf_ok(&b))
		return ENOMEM;
	txn_put(t->txn, rkey_span(&k), &b);
	return 0;
}

static int truncate_blocks(struct file *f, struct change *t, struct inode *in, uint64_t size)
{
	if (size)
		return size < in->size ? cut(f, t, in, size, UINT64_MAX) : 0;
	int e = file_drop(t, in);
	in->content = ID_ZERO;
	memset(in->file_key, 0, sizeof(in->file_key));
	return e;
}

int file_truncate(struct file *f, struct change *t, uint64_t size)
{
	if (size > FILE_SIZE_MAX)
		return EFBIG;
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	int e = edit_begin(f, t, &in, &raw);
	if (e)
		return e;
	const struct inode before = in;
	if (inode_has_contents(&in))
		e = truncate_blocks(f, t, &in, size);
	else
		in.inline_data.len = MIN(in.inline_data.len, size);
	if (e)
		return e;
	in.size = size;
	return edit_end(f, t, &before, &in);
}

int file_punch(struct file *f, struct change *t, uint64_t off, uint64_t len)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	uint8_t inl[FILE_INLINE_MAX];
	int e = edit_begin(f, t, &in, &raw);
	if (!e && inode_has_contents(&in))
		e = cut(f, t, &in, off, len);
	if (e)
		return e;
	const struct inode before = in;
	if (!inode_has_contents(&in) && off < in.inline_data.len) {
		memcpy(inl, in.inline_data.p, in.inline_data.len);
		memset(inl + off, 0, MIN(len, in.inline_data.len - off));
		in.inline_data.p = inl;
	}
	return edit_end(f, t, &before, &in);
}
