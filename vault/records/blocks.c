/* SPDX-License-Identifier: MIT
 * Blocks that wait here.
 */
#include "vault/records/blocks.h"

#include "vault/records/codec.h"

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
