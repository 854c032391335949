/* SPDX-License-Identifier: MIT
 * Plaintext of the guide, which leads a newcomer to the heads: version(u8: 2) stream(u64, not 0) of its author
 * time(i64, nanoseconds), then a pack (pack2.h) of STATEMENT records. docs/format.md, "Guide".
 */
#pragma once

#include "vault/objects/pack2.h"

struct guide2 {
	uint64_t stream;  /* of its author */
	int64_t time;     /* ns since 1970 */
	struct span pack; /* of a decoded one inside the input */
};
/* guide2_encode: appends; ERR_INVAL: no stream, or other records. guide2_decode: pure. ERR_DAMAGED, ERR_VERSION,
 * ERR_NOMEM. Its records are read with pack2_read. */
MUST_CHECK err_t guide2_encode(const struct guide2 *g, struct buf *out);
MUST_CHECK err_t guide2_decode(struct span plain, struct guide2 *ret);
