/* SPDX-License-Identifier: MIT
 * The inside of a sealed object. Pure.
 */
#include "vault/objects/frame.h"

#include "util/padme.h"
#include "vault/objects/object.h"

#include <string.h>

static bool all_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;
	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

err_t object_frame_decode(struct span frame, struct object_frame *ret)
{
	struct rd r = RD(frame);
	struct object_frame f = { 0 };
	uint8_t flag = rd_u8(&r);
	f.is_signed = flag == 1;
	if (f.is_signed)
		rd_copy(&r, f.sig, SIG_LEN);
	f.plain = rd_blob32(&r);
	if (r.bad || flag > 1 || f.plain.len == 0 || !all_zero(r.p, r.left))
		return ERR_DAMAGED;
	if (ENVELOPE_LEN + frame.len != padme(ENVELOPE_LEN + frame.len - r.left))
		return ERR_DAMAGED;
	*ret = f;
	return ERR_OK;
}
