/* SPDX-License-Identifier: MIT
 * What the envelope of a sealed object of format 2 holds: signed(u8: 1 or 0) signature(64, if signed) length(u32)
 * contents, and zeros up to where the whole object has its size (size.h). Pure.
 */
#pragma once

#include "crypto/crypto.h"

#define OBJECT_MAX (9u << 20)          /* bytes of an object */
#define OBJECT_CONTENTS_MAX (8u << 20) /* bytes of contents */

struct frame {
	bool is_signed;
	uint8_t sig[SIG_LEN]; /* zero when unsigned */
	struct span contents; /* not empty; of a decoded one inside the input */
};
/* frame_put: appends to an empty `out`. ERR_INVAL: no contents; ERR_LIMIT: too many; ERR_NOMEM. */
MUST_CHECK err_t frame_put(struct buf *out, const struct frame *f);
/* frame_get: ERR_DAMAGED: not what frame_put writes. */
MUST_CHECK err_t frame_get(struct span frame, struct frame *ret);
