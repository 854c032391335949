/* SPDX-License-Identifier: MIT
 * REC_PLACED, format 2: where a block is on the store. It follows from the SEGMENT that lists it, and holds what
 * reading one of our own copies needs, so that the segment's whole list is looked at only for what comes from the
 * store. Any member can list any block: what is known first stays, and the others count when it proves wrong.
 */
#pragma once

#include "vault/records/key.h"

/* key_placed: of a further segment that lists a block, beside the one that is under key_id(REC_PLACED, block). */
struct rkey key_placed(struct id block, struct id segment);

struct placed {
	struct id segment;
	uint32_t index;         /* in the segment's list */
	uint32_t offset;        /* bytes, in the object */
	uint32_t length, epoch; /* bytes in it, number of the epoch it is sealed under; not 0 */
};
/* placed_encode: marks `out` failed for what cannot be. placed_decode: ERR_DAMAGED, ERR_VERSION. */
void placed_encode(const struct placed *p, struct buf *out);
MUST_CHECK err_t placed_decode(struct span value, struct placed *ret);
