/* SPDX-License-Identifier: MIT
 * Numbers, stamps and bytes as groups write them.
 *
 *   varint   7 bits a byte, low ones first, the high bit says that more follow; as short as can be, at most 10 bytes
 *   stamp    lamport varint, stream u64, n varint: some 12 bytes
 *   blob     length varint, bytes
 */
#pragma once

#include "vault/join/types.h"

/* varint_put, stamp_put: sticky, as all writers of util/buf.h. Most are of one byte. */
void varint_put_long_(struct buf *out, uint64_t v);
static inline void varint_put(struct buf *out, uint64_t v)
{
	if (v < 0x80)
		buf_u8(out, (uint8_t)v);
	else
		varint_put_long_(out, v);
}
void stamp_put(struct buf *out, struct stamp s);
/* varint_get, stamp_get: sticky, as all readers; a number that could be shorter, or is over 64 bits, is bad. */
uint64_t varint_get_long_(struct rd *r);
static inline uint64_t varint_get(struct rd *r)
{
	if (r->bad || !r->left || *r->p >= 0x80)
		return varint_get_long_(r);
	r->left--;
	return *r->p++;
}
struct stamp stamp_get(struct rd *r);
/* blob_put, blob_get: the same; what is got is inside the input. */
void blob_put(struct buf *out, struct span s);
struct span blob_get(struct rd *r);
