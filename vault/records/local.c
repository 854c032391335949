/* SPDX-License-Identifier: MIT
 * Records that never leave this device: references, marks.
 */
#include "vault/records/local.h"

#include "vault/records/codec.h"

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
