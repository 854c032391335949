/* SPDX-License-Identifier: MIT */
#include "vault/objects/head.h"

#include "util/cleanup.h"
#include "vault/join/varint.h"

#define HEAD_VERSION 2

void head_free(struct head *h)
{
	applied_free(&h->applied);
	extensions_free(&h->extensions);
	*h = (struct head){ 0 };
}

static bool head_ok(const struct head *h)
{
	return h->stream && !(h->flags & ~HEAD_SETTLED) && (!h->has_checkpoint || h->manifest_epoch);
}

static void put_checkpoint(const struct head *h, struct buf *out)
{
	varint_put(out, h->has_checkpoint);
	if (!h->has_checkpoint)
		return;
	buf_id(out, h->manifest);
	buf_hash(out, h->manifest_hash);
	buf_u32(out, h->manifest_epoch);
	buf_hash(out, h->manifest_epoch_id);
}

err_t head_encode(const struct head *h, struct buf *out)
{
	if (!head_ok(h))
		return ERR_INVAL;
	buf_u8(out, HEAD_VERSION);
	buf_u64(out, h->stream);
	buf_u64(out, h->counter);
	buf_u64(out, (uint64_t)h->time);
	buf_u64(out, h->features);
	buf_u8(out, h->flags);
	varint_put(out, h->rules);
	varint_put(out, h->lamport);
	err_t e = applied_put(out, &h->applied);
	if (e)
		return e;
	buf_hash(out, h->digest);
	buf_hash(out, h->tree);
	put_checkpoint(h, out);
	return extensions_put(out, &h->extensions);
}

static void get_fixed(struct rd *r, struct head *h)
{
	h->stream = rd_u64(r);
	h->counter = rd_u64(r);
	h->time = (int64_t)rd_u64(r);
	h->features = rd_u64(r);
	h->flags = rd_u8(r);
	h->rules = varint_get(r);
	h->lamport = varint_get(r);
}

static void get_checkpoint(struct rd *r, struct head *h)
{
	uint64_t n = varint_get(r);
	if (n > 1)
		r->bad = true;
	h->has_checkpoint = n == 1;
	if (!h->has_checkpoint)
		return;
	h->manifest = rd_id(r);
	h->manifest_hash = rd_hash(r);
	h->manifest_epoch = rd_u32(r);
	h->manifest_epoch_id = rd_hash(r);
}

err_t head_decode(struct span plain, struct head *ret)
{
	cleanup(head_free) struct head h = { 0 };
	struct rd r = RD(plain);
	uint8_t version = rd_u8(&r);
	if (version > HEAD_VERSION)
		return ERR_VERSION;
	get_fixed(&r, &h);
	err_t e = version < HEAD_VERSION ? ERR_DAMAGED : applied_get(&r, &h.applied);
	if (e)
		return e;
	h.digest = rd_hash(&r);
	h.tree = rd_hash(&r);
	get_checkpoint(&r, &h);
	e = extensions_get(&r, &h.extensions);
	if (!e && (!rd_end(&r) || !head_ok(&h)))
		e = ERR_DAMAGED;
	if (e)
		return e;
	*ret = h;
	h = (struct head){ 0 };
	return ERR_OK;
}
