/* SPDX-License-Identifier: MIT
 * Records that never leave this device: counts, references, marks.
 */
#include "vault/records/local.h"

#include "vault/records/codec.h"

void count_encode(const struct count_rec *c, struct buf *out)
{
	if (!record_begin(out, c->names || c->subdirs))
		return;
	buf_u32(out, c->names);
	buf_u32(out, c->subdirs);
}

err_t count_decode(struct span value, struct count_rec *ret)
{
	struct rd r = RD(value);
	struct count_rec c = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	c.names = rd_u32(&r);
	c.subdirs = rd_u32(&r);
	if (!rd_end(&r) || (!c.names && !c.subdirs))
		return ERR_DAMAGED;
	*ret = c;
	return ERR_OK;
}

void ref_encode(uint32_t extents, struct buf *out)
{
	if (record_begin(out, extents > 0))
		buf_u32(out, extents);
}

err_t ref_decode(struct span value, uint32_t *ret)
{
	struct rd r = RD(value);
	err_t e = record_open(&r);
	if (e)
		return e;
	uint32_t v = rd_u32(&r);
	if (!rd_end(&r) || !v)
		return ERR_DAMAGED;
	*ret = v;
	return ERR_OK;
}

void mark_encode(struct buf *out)
{
	(void)record_begin(out, true);
}

err_t mark_decode(struct span value)
{
	struct rd r = RD(value);
	err_t e = record_open(&r);
	if (e)
		return e;
	return rd_end(&r) ? ERR_OK : ERR_DAMAGED;
}
