/* SPDX-License-Identifier: MIT */
#include "fs/data/own.h"

#include "fs/core/fs_state.h"
#include "fs/core/seal.h"
#include "fs/data/content.h"
#include "fs/data/extents.h"

#include <string.h>

/* from_content: a child of what others read through, or the same made shorter. */
static err_t from_content(struct change *t, struct inode *in, uint64_t upto)
{
	bool own;
	err_t e = content_ours(t, in, &own);
	if (e)
		return e;
	if (own)
		return upto < in->size ? content_shorten(t, in->content, upto) : ERR_OK;
	struct content_rec of = { upto > 0, in->content, MIN(upto, in->size) };
	return content_new(t, &of, &in->content);
}

/* new_of_extent: a content of one extent at its beginning. */
static err_t new_of_extent(struct change *t, const struct extent *p, struct id *ret)
{
	struct id content;
	err_t e = content_new(t, &(struct content_rec){ 0 }, &content);
	if (e)
		return e;
	struct extents x = extents_begin(t, content);
	if (p->len)
		e = extents_insert(&x, p);
	if (!e)
		e = extents_store(&x);
	extents_free(&x);
	if (!e)
		*ret = content;
	return e;
}

static err_t from_block(struct change *t, struct inode *in, uint64_t upto)
{
	struct extent all = { .len = (uint32_t)MIN(MIN(upto, in->size), BLOCK_SIZE), .block = in->block };
	const struct inode was = *in;
	err_t e = new_of_extent(t, &all, &in->content);
	return e ? e : content_release(t, &was);
}

/* from_inline: the bytes get a block, and the file a key. */
static err_t from_inline(struct change *t, struct inode *in, uint64_t upto)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	struct extent all = { .len = (uint32_t)MIN(upto, in->inline_data.len) };
	struct pending_block p;
	uint8_t key[32];
	err_t e = crypto_random(key, sizeof(key));
	if (!e && all.len)
		e = seal_block(&t->fs->cfg, key, SPAN(in->inline_data.p, all.len), &all.block, &p, &sealed);
	if (!e && all.len)
		e = content_block(t, all.block, &p, &sealed);
	if (!e)
		e = new_of_extent(t, &all, &in->content);
	if (!e)
		memcpy(in->file_key, key, sizeof(key));
	crypto_wipe(key, sizeof(key));
	return e;
}

err_t own_make(struct change *t, struct inode *in, uint64_t upto)
{
	struct inode made = *in;
	err_t e;
	if (!id_is_zero(in->content))
		e = from_content(t, &made, upto);
	else if (!id_is_zero(in->block))
		e = from_block(t, &made, upto);
	else
		e = from_inline(t, &made, upto);
	if (e)
		return e;
	made.form = CONTENTS_ID;
	made.block = ID_ZERO;
	made.version = made.content;
	made.inline_data = SPAN(NULL, 0);
	*in = made;
	return ERR_OK;
}
