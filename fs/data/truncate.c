/* SPDX-License-Identifier: MIT
 * Changes of a file's extents that need no contents: truncate, punch, dropping all. Each flushes the file first, then
 * works on records only; the file is loaded anew afterwards, so a set that is not applied leaves nothing behind.
 */
#include "fs/data/truncate.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/data/edit.h"
#include "fs/data/resize.h"

/* errno_of_cut: the group is full: whoever wants a hole writes zeros. */
static int errno_of_cut(err_t e)
{
	return e == ERR_LIMIT ? EOPNOTSUPP : errno_of(e);
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
	e = errno_of_cut(contents_resize(t, &in, size, inl));
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
	e = errno_of_cut(contents_punch(t, &in, off, len, inl));
	return e ? e : edit_end(f, t, &before, &in);
}
