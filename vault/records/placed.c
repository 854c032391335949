/* SPDX-License-Identifier: MIT */
#include "vault/records/placed.h"

#include "vault/records/codec.h"

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
