/* SPDX-License-Identifier: MIT */
#include "fs/data/resize.h"

#include "fs/data/content.h"
#include "fs/data/extents.h"
#include "fs/data/own.h"

#include <string.h>

/* nothing: no bytes, no key. */
static err_t nothing(struct change *t, struct inode *in)
{
	err_t e = content_release(t, in);
	if (e)
		return e;
	in->form = CONTENTS_NONE;
	in->size = 0;
	in->content = in->block = ID_ZERO;
	in->inline_data = SPAN(NULL, 0);
	memset(in->file_key, 0, sizeof(in->file_key));
	return ERR_OK;
}

/* inline_of: what is inline, with zeros up to `size`. */
static void inline_of(struct inode *in, uint64_t size, uint8_t inl[FILE_INLINE_MAX])
{
	size_t n = (size_t)MIN(MIN(in->inline_data.len, size), FILE_INLINE_MAX);
	memset(inl, 0, FILE_INLINE_MAX);
	if (n)
		memcpy(inl, in->inline_data.p, n);
	in->form = CONTENTS_INLINE;
	in->inline_data = SPAN(inl, (size_t)size);
	in->size = size;
}

err_t contents_resize(struct change *t, struct inode *in, uint64_t size, uint8_t inl[FILE_INLINE_MAX])
{
	if (!size)
		return nothing(t, in);
	if (!inode_has_contents(in) && size <= FILE_INLINE_MAX) {
		inline_of(in, size, inl);
		return ERR_OK;
	}
	err_t e = size == in->size ? ERR_OK : own_make(t, in, MIN(size, in->size));
	if (!e)
		in->size = size;
	return e;
}

static err_t cut(struct change *t, struct inode *in, uint64_t off, uint64_t len)
{
	err_t e = own_make(t, in, in->size);
	if (e)
		return e;
	struct extents x = extents_begin(t, in->content);
	e = extents_cut(&x, off, len);
	if (!e)
		e = extents_store(&x);
	extents_free(&x);
	return e;
}

err_t contents_punch(struct change *t, struct inode *in, uint64_t off, uint64_t len, uint8_t inl[FILE_INLINE_MAX])
{
	if (off >= in->size)
		return ERR_OK;
	len = MIN(len, in->size - off);
	if (inode_has_contents(in))
		return cut(t, in, off, len);
	inline_of(in, in->size, inl);
	memset(inl + off, 0, (size_t)len);
	return ERR_OK;
}
