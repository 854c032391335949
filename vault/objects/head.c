/* SPDX-License-Identifier: MIT
 * Plaintext of a head: what one incarnation says about itself. Layout: docs/format1.md, "Head".
 */
#include "vault/objects/head.h"

#include <string.h>

#define HEAD_VERSION 1

static bool manifest_ok(const struct head *h)
{
	bool has = !hash_is_zero(h->manifest);
	return has ? h->manifest_epoch >= 1 : !h->manifest_epoch && id_is_zero(h->manifest_id);
}

err_t head_encode(const struct head *h, struct buf *out)
{
	if (h->epoch < 1 || !manifest_ok(h))
		return ERR_INVAL;
	buf_u8(out, HEAD_VERSION);
	buf_id(out, h->stream);
	buf_u64(out, h->n);
	buf_u32(out, h->epoch);
	buf_hash(out, h->tip);
	buf_u64(out, h->height);
	buf_u64(out, (uint64_t)h->time);
	buf_u64(out, h->counter);
	buf_hash(out, h->manifest);
	buf_id(out, h->manifest_id);
	buf_u32(out, h->manifest_epoch);
	return positions_put(out, h->applied, h->napplied);
}

static void get_fixed(struct rd *r, struct head *h)
{
	h->stream = rd_id(r);
	h->n = rd_u64(r);
	h->epoch = rd_u32(r);
	h->tip = rd_hash(r);
	h->height = rd_u64(r);
	h->time = (int64_t)rd_u64(r);
	h->counter = rd_u64(r);
	h->manifest = rd_hash(r);
	h->manifest_id = rd_id(r);
	h->manifest_epoch = rd_u32(r);
}

err_t head_decode(struct span plain, struct head *ret, struct stream_pos pos[], size_t max)
{
	struct rd r = RD(plain);
	struct head h = { 0 };
	uint8_t version = rd_u8(&r);
	if (version > HEAD_VERSION)
		return ERR_VERSION;
	get_fixed(&r, &h);
	if (version == 0 || !positions_count(&r, &h.napplied) || h.epoch < 1 || !manifest_ok(&h))
		return ERR_DAMAGED;
	if (h.napplied > max)
		return ERR_LIMIT;
	if (!positions_get(&r, pos, h.napplied) || !rd_end(&r))
		return ERR_DAMAGED;
	h.applied = pos;
	*ret = h;
	return ERR_OK;
}
