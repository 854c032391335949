/* SPDX-License-Identifier: MIT
 * The inside of a sealed object: frame and compression. Pure functions over what the envelope held.
 */
#include "vault/objects/frame.h"

#include "util/cleanup.h"
#include "util/log.h"
#include "util/padme.h"
#include "vault/objects/object.h"

#include <string.h>
#include <zstd.h>

#define PACK_LEVEL 3

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
	f.packed = rd_blob32(&r);
	if (r.bad || flag > 1 || f.packed.len == 0 || !all_zero(r.p, r.left))
		return ERR_DAMAGED;
	if (ENVELOPE_LEN + frame.len != padme(ENVELOPE_LEN + frame.len - r.left))
		return ERR_DAMAGED;
	*ret = f;
	return ERR_OK;
}

err_t object_pack(struct span plain, struct buf *out)
{
	if (plain.len > OBJECT_PLAIN_MAX)
		return ERR_LIMIT;
	size_t start = out->len, room = ZSTD_compressBound(plain.len);
	uint8_t *at = buf_extend(out, room);
	if (!at)
		return ERR_NOMEM;
	size_t n = ZSTD_compress(at, room, plain.p, plain.len, PACK_LEVEL);
	if (ZSTD_isError(n)) {
		log_error(AREA_VAULT, "compressing failed: %s", ZSTD_getErrorName(n));
		out->len = start;
		return ERR_NOMEM;
	}
	out->len = start + n;
	return ERR_OK;
}

/* is_zstd: a data frame; a skippable one would otherwise pass as empty. */
static bool is_zstd(struct span packed)
{
	struct rd r = RD(packed);
	return rd_u32(&r) == ZSTD_MAGICNUMBER;
}

err_t object_unpack(struct span packed, struct buf *plain)
{
	unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.len);
	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > OBJECT_PLAIN_MAX)
		return ERR_DAMAGED;
	/* one frame and nothing after it */
	if (!is_zstd(packed) || ZSTD_findFrameCompressedSize(packed.p, packed.len) != packed.len)
		return ERR_DAMAGED;
	size_t start = plain->len;
	uint8_t *at = buf_extend(plain, size ? (size_t)size : 1);
	if (!at)
		return ERR_NOMEM;
	size_t n = ZSTD_decompress(at, (size_t)size, packed.p, packed.len);
	bool good = !ZSTD_isError(n) && n == size;
	plain->len = good ? start + n : start;
	return good ? ERR_OK : ERR_DAMAGED;
}
