/* SPDX-License-Identifier: MIT
 * The inner layer of sealed objects, apart for fuzzing and for tests that need a compressed stream of their own making.
 */
#pragma once

#include "crypto/crypto.h"

/* What the envelope holds: signed(1) [signature(64)] length(4) compressed bytes, zero padding. */
struct object_frame {
	bool is_signed;
	uint8_t sig[SIG_LEN]; /* zero when unsigned */
	struct span packed;   /* the compressed plaintext, inside the input */
};
/* object_frame_decode: pure. ERR_DAMAGED unless canonical: length fits, the rest is zero and no longer than Padme says.
 */
MUST_CHECK err_t object_frame_decode(struct span frame, struct object_frame *ret);
/* object_pack: compresses. object_unpack: pure but for the allocation, which OBJECT_PLAIN_MAX bounds; appends. */
MUST_CHECK err_t object_pack(struct span plain, struct buf *out);
MUST_CHECK err_t object_unpack(struct span packed, struct buf *plain);
