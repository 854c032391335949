/* SPDX-License-Identifier: MIT */
#include "vault/objects/frame.h"

#include "vault/objects/size.h"

#include <string.h>

static bool all_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0); /* each byte is as the one before */
}

err_t frame_put(struct buf *out, const struct frame *f)
{
	if (f->contents.len == 0)
		return ERR_INVAL;
	if (f->contents.len > OBJECT_CONTENTS_MAX)
		return ERR_LIMIT;
	buf_u8(out, f->is_signed);
	if (f->is_signed)
		buf_put(out, f->sig, SIG_LEN);
	buf_blob32(out, f->contents);
	uint64_t size = object_size(ENVELOPE_LEN + out->len);
	if (size > OBJECT_MAX)
		return ERR_LIMIT;
	size_t pad = (size_t)size - ENVELOPE_LEN - out->len;
	uint8_t *at = buf_extend(out, pad);
	if (at)
		memset(at, 0, pad);
	return buf_ok(out);
}

err_t frame_get(struct span frame, struct frame *ret)
{
	struct rd r = RD(frame);
	struct frame f = { 0 };
	uint8_t flag = rd_u8(&r);
	f.is_signed = flag == 1;
	if (f.is_signed)
		rd_copy(&r, f.sig, SIG_LEN);
	f.contents = rd_blob32(&r);
	if (r.bad || flag > 1 || f.contents.len == 0 || f.contents.len > OBJECT_CONTENTS_MAX || !all_zero(r.p, r.left))
		return ERR_DAMAGED;
	if (ENVELOPE_LEN + frame.len != object_size(ENVELOPE_LEN + frame.len - r.left))
		return ERR_DAMAGED;
	*ret = f;
	return ERR_OK;
}
