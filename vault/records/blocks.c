/* SPDX-License-Identifier: MIT
 * Blocks that wait here.
 */
#include "vault/records/blocks.h"

#include "vault/records/codec.h"

#include <string.h>

#define PENDING_BYTES (1 + 4 + 4 + 8 + HASH_LEN)

static bool pending_ok(const struct pending_block *b)
{
	return b->length >= 1 && b->length <= BLOCK_SIZE && b->epoch >= 1;
}

/* names_epoch: what an older build wrote does not. */
static bool names_epoch(const struct pending_block *b)
{
	static const uint8_t none[sizeof(b->epoch_id)];
	return memcmp(b->epoch_id, none, sizeof(none)) != 0;
}

void pending_block_encode(const struct pending_block *b, struct buf *out)
{
	if (!record_begin(out, pending_ok(b)))
		return;
	buf_u32(out, b->length);
	buf_u32(out, b->epoch);
	buf_u64(out, b->order);
	buf_hash(out, b->hash);
	if (names_epoch(b))
		buf_put(out, b->epoch_id, sizeof(b->epoch_id));
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
	if (r.left)
		rd_copy(&r, b.epoch_id, sizeof(b.epoch_id));
	bool whole = rd_end(&r) && value.len == PENDING_BYTES + (names_epoch(&b) ? sizeof(b.epoch_id) : 0);
	if (!whole || !pending_ok(&b))
		return ERR_DAMAGED;
	*ret = b;
	return ERR_OK;
}
