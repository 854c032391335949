/* SPDX-License-Identifier: MIT
 * Plaintext of the guide, which leads a newcomer to the heads: version(u8: 2) stream(u64, not 0) of its author
 * time(i64, nanoseconds), then a pack (pack.h) of STATEMENT records. docs/format.md, "Guide".
 */
#pragma once

#include "vault/objects/pack.h"

struct guide {
	uint64_t stream;  /* of its author */
	int64_t time;     /* ns since 1970 */
	struct span pack; /* of a decoded one inside the input */
};
/* guide_encode: appends; ERR_INVAL: no stream, or other records. guide_decode: pure. ERR_DAMAGED, ERR_VERSION,
 * ERR_NOMEM. Its records are read with pack_read. */
MUST_CHECK err_t guide_encode(const struct guide *g, struct buf *out);
MUST_CHECK err_t guide_decode(struct span plain, struct guide *ret);
