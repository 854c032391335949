/* SPDX-License-Identifier: MIT
 * The inner layer of sealed objects, apart for fuzzing.
 */
#pragma once

#include "crypto/crypto.h"

/* What the envelope holds: signed(1) [signature(64)] length(4) plaintext, zero padding. */
struct object_frame {
	bool is_signed;
	uint8_t sig[SIG_LEN]; /* zero when unsigned */
	struct span plain;    /* inside the input */
};
/* object_frame_decode: pure. ERR_DAMAGED unless canonical: length fits, the rest is zero and no longer than Padme says.
 */
MUST_CHECK err_t object_frame_decode(struct span frame, struct object_frame *ret);
