/* SPDX-License-Identifier: MIT
 * Plaintext of a head: what one incarnation of a device says about itself. docs/format1.md, "Head".
 */
#pragma once

#include "vault/objects/positions.h"

struct head {
	struct id stream;
	uint64_t n; /* newest own commit */
	uint32_t epoch;
	struct hash tip; /* chain tip this device stands on */
	uint64_t height;
	int64_t time;         /* wall ns */
	uint64_t counter;     /* of this head: only ever grows */
	struct hash manifest; /* newest checkpoint known, or zero */
	struct id manifest_id;
	uint32_t manifest_epoch;
	struct stream_pos *applied; /* newest n applied of every stream */
	size_t napplied;
};
/* head_encode: appends, the positions in stream order. ERR_INVAL: what the format cannot hold.
 * head_decode: pure; positions go to `pos`, to which ret->applied points. ERR_DAMAGED, ERR_VERSION; ERR_LIMIT: there
 * are over `max`. */
MUST_CHECK err_t head_encode(const struct head *h, struct buf *out);
MUST_CHECK err_t head_decode(struct span plain, struct head *ret, struct stream_pos pos[], size_t max);
