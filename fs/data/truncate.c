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
#include "fs/data/truncate2.h"

#include <string.h>

/* errno_of_cut: the group is full: whoever wants a hole writes zeros. */
static int errno_of_cut(err_t e)
{
	return e == ERR_LIMIT ? EOPNOTSUPP : errno_of(e);
}

static int cut(struct change *t, const struct inode *in, uint64_t off, uint64_t len)
{
	struct extents w = extents_begin(t, in->content);
	err_t e = extents_cut(&w, off, len);
	if (!e)
		e = extents_store(&w);
	extents_free(&w);
	return errno_of_cut(e);
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

static int truncate_blocks(struct change *t, struct inode *in, uint64_t size)
{
	if (size)
		return size < in->size ? cut(t, in, size, UINT64_MAX) : 0;
	int e = file_drop(t, in);
	in->content = ID_ZERO;
	memset(in->file_key, 0, sizeof(in->file_key));
	return e;
}

/* truncate1, punch1: format 1. */
static int truncate1(struct change *t, struct inode *in, uint64_t size)
{
	int e = 0;
	if (inode_has_contents(in))
		e = truncate_blocks(t, in, size);
	else
		in->inline_data.len = MIN(in->inline_data.len, size);
	if (!e)
		in->size = size;
	return e;
}

static int punch1(struct change *t, struct inode *in, uint64_t off, uint64_t len, uint8_t inl[FILE_INLINE_MAX])
{
	if (inode_has_contents(in))
		return cut(t, in, off, len);
	if (off >= in->inline_data.len)
		return 0;
	memcpy(inl, in->inline_data.p, in->inline_data.len);
	memset(inl + off, 0, MIN(len, in->inline_data.len - off));
	in->inline_data.p = inl;
	return 0;
}

int file_truncate(struct file *f, struct change *t, uint64_t size)
{
	if (size > FILE_SIZE_MAX)
		return EFBIG;
	cleanup(buf_free) struct buf raw = BUF_INIT;
	uint8_t inl[FILE_INLINE_MAX];
	struct inode in;
	int e = edit_begin(f, t, &in, &raw);
	if (e)
		return e;
	const struct inode before = in;
	e = t->txn ? truncate1(t, &in, size) : errno_of_cut(truncate2(t, &in, size, inl));
	return e ? e : edit_end(f, t, &before, &in);
}

int file_punch(struct file *f, struct change *t, uint64_t off, uint64_t len)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	uint8_t inl[FILE_INLINE_MAX];
	int e = edit_begin(f, t, &in, &raw);
	if (e)
		return e;
	const struct inode before = in;
	e = t->txn ? punch1(t, &in, off, len, inl) : errno_of_cut(punch2(t, &in, off, len, inl));
	return e ? e : edit_end(f, t, &before, &in);
}
