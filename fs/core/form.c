/* SPDX-License-Identifier: MIT */
#include "fs/core/form.h"

#include "vault/join/version.h"
#include "vault/keys/keyring.h"

#include <string.h>

err_t form_read(const struct version_rec *v, struct inode *in, struct buf *raw)
{
	struct rd r = RD(buf_span(&v->payload));
	buf_clear(raw);
	in->form = v->contents;
	in->size = v->size;
	in->version = v->id.tag;
	in->written = v->id.stamp;
	in->block = in->content = ID_ZERO;
	in->inline_data = SPAN(NULL, 0);
	if (v->contents == CONTENTS_BLOCK)
		in->block = rd_id(&r);
	else if (v->contents == CONTENTS_ID)
		in->content = rd_id(&r);
	rd_copy(&r, in->file_key, sizeof(in->file_key)); /* zero, if there is none */
	if (v->contents != CONTENTS_INLINE)
		return ERR_OK;
	memset(in->file_key, 0, sizeof(in->file_key));
	buf_put(raw, v->payload.p, v->payload.len);
	in->inline_data = buf_span(raw);
	return buf_ok(raw);
}

static err_t put_inline(const struct keyring *k, const struct inode *in, struct buf *payload, struct act_contents *ret)
{
	if (in->size != in->inline_data.len || in->size > VERSION_INLINE_MAX)
		return ERR_INVAL;
	buf_put(payload, in->inline_data.p, in->inline_data.len);
	return keyring_tag(k, in->inline_data, &ret->tag);
}

/* put_stored: a block or a content, and the key of the file. */
static err_t put_stored(const struct inode *in, struct buf *payload, struct act_contents *ret)
{
	bool block = in->form == CONTENTS_BLOCK;
	if (!in->size || in->size > (block ? VERSION_BLOCK_MAX : VERSION_SIZE_MAX))
		return ERR_INVAL;
	buf_id(payload, block ? in->block : in->content);
	buf_put(payload, in->file_key, sizeof(in->file_key));
	ret->tag = block ? in->version : in->content;
	return ERR_OK;
}

err_t form_write(const struct keyring *k, const struct inode *in, struct buf *payload, struct act_contents *ret)
{
	struct act_contents c = { .kind = in->form, .size = in->size };
	bool bytes = in->form == CONTENTS_NONE || in->form == CONTENTS_INLINE;
	buf_clear(payload);
	if (bytes && !in->size != (in->form == CONTENTS_NONE))
		return ERR_INVAL;
	err_t e = bytes ? put_inline(k, in, payload, &c) : put_stored(in, payload, &c);
	if (!e)
		e = buf_ok(payload);
	if (e)
		return e;
	c.payload = buf_span(payload);
	*ret = c;
	return ERR_OK;
}
