/* SPDX-License-Identifier: MIT
 * Numbers, stamps and bytes as groups write them.
 *
 *   varint   7 bits a byte, low ones first, the high bit says that more follow; as short as can be, at most 10 bytes
 *   stamp    lamport varint, stream u64, n varint: some 12 bytes
 *   blob     length varint, bytes
 */
#pragma once

#include "vault/join/types.h"

/* varint_put, stamp_put: sticky, as all writers of util/buf.h. */
void varint_put(struct buf *out, uint64_t v);
void stamp_put(struct buf *out, struct stamp s);
/* varint_get, stamp_get: sticky, as all readers; a number that could be shorter, or is over 64 bits, is bad. */
uint64_t varint_get(struct rd *r);
struct stamp stamp_get(struct rd *r);
/* blob_put, blob_get: the same; what is got is inside the input. */
void blob_put(struct buf *out, struct span s);
struct span blob_get(struct rd *r);
