/* SPDX-License-Identifier: MIT */
#include "fs/data/copy_share.h"

#include "fs/data/content.h"
#include "fs/data/own.h"

#include <string.h>

static void adopt(struct copy *c)
{
	c->out.form = CONTENTS_ID;
	c->out.block = ID_ZERO;
	c->out.version = c->out.content;
	memcpy(c->out.file_key, c->in.file_key, sizeof(c->out.file_key));
}

static err_t share(struct change *t, struct copy *c)
{
	c->len = MIN(c->len, COPY_MAX);
	return copy_blocks(t, c);
}

/* same_block: the whole file, which is one block. */
static err_t same_block(struct change *t, struct copy *c)
{
	c->out.form = CONTENTS_BLOCK;
	c->out.block = c->in.block;
	c->out.version = c->in.version;
	memcpy(c->out.file_key, c->in.file_key, sizeof(c->out.file_key));
	return uses_add(&t->uses, c->out.block, 1);
}

/* onto_nothing: from the beginning. What is own is still changed in place: it can be no parent. */
static err_t onto_nothing(struct change *t, struct copy *c)
{
	bool own = true;
	err_t e = ERR_OK;
	if (!id_is_zero(c->in.content))
		e = content_own(t, c->in.content, &own);
	if (!e && !own)
		e = content_new(t, &(struct content_rec){ true, c->in.content, c->len }, &c->out.content);
	else if (!e)
		e = content_new(t, &(struct content_rec){ 0 }, &c->out.content);
	if (e)
		return e;
	adopt(c);
	return own ? share(t, c) : ERR_OK;
}

/* behind: the source goes on where the destination, which is a child of it, ends. */
static err_t behind(struct change *t, const struct copy *c, bool *ret)
{
	*ret = false;
	if (id_is_zero(c->in.content) || c->from != c->to || c->to != c->out.size)
		return ERR_OK;
	return content_extend(t, c->out.content, &(struct content_rec){ true, c->in.content, c->to + c->len }, c->to,
	                      ret);
}

static err_t into(struct change *t, struct copy *c)
{
	bool done = false;
	err_t e = own_make(t, &c->out, c->out.size);
	if (!e)
		e = behind(t, c, &done);
	return e || done ? e : share(t, c);
}

err_t copy_share(struct change *t, struct copy *c)
{
	if (!inode_has_contents(&c->in))
		return ERR_INVAL; /* a few bytes, or a hole */
	if (!c->out.size && !c->to && !c->from) {
		bool whole = !id_is_zero(c->in.block) && c->len == c->in.size;
		return whole ? same_block(t, c) : onto_nothing(t, c);
	}
	if (!c->out.size) {
		err_t e = content_new(t, &(struct content_rec){ 0 }, &c->out.content);
		if (e)
			return e;
		adopt(c);
		return share(t, c);
	}
	bool same =
	        inode_has_contents(&c->out) && crypto_equal(c->in.file_key, c->out.file_key, sizeof(c->in.file_key));
	return same ? into(t, c) : ERR_INVAL;
}
