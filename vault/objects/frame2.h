/* SPDX-License-Identifier: MIT
 * What the envelope of a sealed object of format 2 holds: signed(u8: 1 or 0) signature(64, if signed) length(u32)
 * contents, and zeros up to where the whole object has its size (size.h). Pure.
 */
#pragma once

#include "crypto/crypto.h"

#define OBJECT2_MAX (9u << 20)          /* bytes of an object */
#define OBJECT2_CONTENTS_MAX (8u << 20) /* bytes of contents */

struct frame2 {
	bool is_signed;
	uint8_t sig[SIG_LEN]; /* zero when unsigned */
	struct span contents; /* not empty; of a decoded one inside the input */
};
/* frame2_put: appends to an empty `out`. ERR_INVAL: no contents; ERR_LIMIT: too many; ERR_NOMEM. */
MUST_CHECK err_t frame2_put(struct buf *out, const struct frame2 *f);
/* frame2_get: ERR_DAMAGED: not what frame2_put writes. */
MUST_CHECK err_t frame2_get(struct span frame, struct frame2 *ret);
