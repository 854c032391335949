/* SPDX-License-Identifier: MIT
 * A file of pages of 4,096 bytes without its zeros: pages(u8), then for each run of bytes: gap before it(u16)
 * length(u8) bytes.
 */
#pragma once

#include "util/buf.h"
#include "util/cleanup.h"

#include <string.h>

#define SPARSE_PAGE 4096u
#define SPARSE_GAP 4 /* so many zeros end a run */

/* sparse_read: the file; ERR_DAMAGED: it is over its end. What is cut off is zeros. */
static inline err_t sparse_read(struct span s, struct buf *out)
{
	struct rd r = RD(s);
	size_t len = rd_u8(&r) * SPARSE_PAGE, at = 0;
	uint8_t *to = buf_extend(out, len);
	if (r.bad || !len || !to)
		return ERR_DAMAGED;
	memset(to, 0, len);
	while (r.left) {
		at += rd_u16(&r);
		size_t most = rd_u8(&r), n = MIN(most, r.left);
		const uint8_t *b = rd_bytes(&r, n);
		if (r.bad || at > len || n > len - at)
			return ERR_DAMAGED;
		memcpy(to + at, b, n);
		at += n;
	}
	return ERR_OK;
}

static inline size_t sparse_zeros(struct span s, size_t at)
{
	const uint8_t *b = s.p;
	size_t n = 0;
	while (at + n < s.len && !b[at + n])
		n++;
	return n;
}

static inline void sparse_write(struct span s, struct buf *out)
{
	const uint8_t *b = s.p;
	buf_u8(out, (uint8_t)(s.len / SPARSE_PAGE));
	for (size_t at = 0; at < s.len;) {
		size_t gap = MIN(sparse_zeros(s, at), UINT16_MAX), n = 0;
		at += gap;
		while (n < UINT8_MAX && at + n < s.len && (b[at + n] || sparse_zeros(s, at + n) < SPARSE_GAP))
			n++;
		buf_u16(out, (uint16_t)gap);
		buf_u8(out, (uint8_t)n);
		buf_put(out, b + at, n);
		at += n;
	}
}
