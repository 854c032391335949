/* SPDX-License-Identifier: MIT
 * Blocks (on the store, or waiting here) and segments.
 */
#include "vault/records/blocks.h"

#include "vault/records/codec.h"

#define SEGMENT_BYTES_MAX (64u << 20) /* far over what is written; bounds what a reader believes */

static bool block_rec_ok(const struct block_rec *b)
{
	return b->length >= 1 && b->length <= BLOCK_SIZE && b->epoch >= 1 && b->stored >= b->length &&
	       b->stored <= STORED_MAX && b->offset <= SEGMENT_BYTES_MAX - b->stored;
}

void block_rec_encode(const struct block_rec *b, struct buf *out)
{
	if (!record_begin(out, block_rec_ok(b)))
		return;
	buf_u32(out, b->length);
	buf_u32(out, b->epoch);
	buf_id(out, b->segment);
	buf_u64(out, b->offset);
	buf_u32(out, b->stored);
	buf_hash(out, b->hash);
}

err_t block_rec_decode(struct span value, struct block_rec *ret)
{
	struct rd r = RD(value);
	struct block_rec b = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	b.length = rd_u32(&r);
	b.epoch = rd_u32(&r);
	b.segment = rd_id(&r);
	b.offset = rd_u64(&r);
	b.stored = rd_u32(&r);
	b.hash = rd_hash(&r);
	if (!rd_end(&r) || !block_rec_ok(&b))
		return ERR_DAMAGED;
	*ret = b;
	return ERR_OK;
}

static bool pending_ok(const struct pending_block *b)
{
	return b->length >= 1 && b->length <= BLOCK_SIZE && b->epoch >= 1;
}

void pending_block_encode(const struct pending_block *b, struct buf *out)
{
	if (!record_begin(out, pending_ok(b)))
		return;
	buf_u32(out, b->length);
	buf_u32(out, b->epoch);
	buf_u64(out, b->order);
	buf_hash(out, b->hash);
}

err_t pending_block_decode(struct span value, struct pending_block *ret)
{
	struct rd r = RD(value);
	struct pending_block b = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	b.length = rd_u32(&r);
	b.epoch = rd_u32(&r);
	b.order = rd_u64(&r);
	b.hash = rd_hash(&r);
	if (!rd_end(&r) || !pending_ok(&b))
		return ERR_DAMAGED;
	*ret = b;
	return ERR_OK;
}

static bool segment_ok(const struct segment_rec *s)
{
	return s->size >= 1 && s->size <= SEGMENT_BYTES_MAX && s->blocks >= 1 && s->blocks <= s->size;
}

void segment_rec_encode(const struct segment_rec *s, struct buf *out)
{
	if (!record_begin(out, segment_ok(s)))
		return;
	buf_u64(out, s->size);
	buf_u32(out, s->blocks);
	buf_id(out, s->stream);
}

err_t segment_rec_decode(struct span value, struct segment_rec *ret)
{
	struct rd r = RD(value);
	struct segment_rec s = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	s.size = rd_u64(&r);
	s.blocks = rd_u32(&r);
	s.stream = rd_id(&r);
	if (!rd_end(&r) || !segment_ok(&s))
		return ERR_DAMAGED;
	*ret = s;
	return ERR_OK;
}
