/* SPDX-License-Identifier: MIT */
#include "vault/records/placed.h"

#include "vault/records/codec.h"

struct rkey key_placed(struct id block, struct id segment)
{
	uint8_t b[2 * ID_LEN];
	id_put(b, block);
	id_put(b + ID_LEN, segment);
	return key_bytes(REC_PLACED, SPAN(b, sizeof(b)));
}

void placed_encode(const struct placed *p, struct buf *out)
{
	if (!record_begin(out, p->length && p->epoch))
		return;
	buf_id(out, p->segment);
	buf_u32(out, p->index);
	buf_u32(out, p->offset);
	buf_u32(out, p->length);
	buf_u32(out, p->epoch);
}

err_t placed_decode(struct span value, struct placed *ret)
{
	struct rd r = RD(value);
	struct placed p;
	err_t e = record_open(&r);
	if (e)
		return e;
	p.segment = rd_id(&r);
	p.index = rd_u32(&r);
	p.offset = rd_u32(&r);
	p.length = rd_u32(&r);
	p.epoch = rd_u32(&r);
	if (!rd_end(&r) || !p.length || !p.epoch)
		return ERR_DAMAGED;
	*ret = p;
	return ERR_OK;
}
