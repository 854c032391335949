/* SPDX-License-Identifier: MIT
 * Values of records that never leave this device: counts, references, marks. Encoders mark `out` failed for what the
 * format cannot hold (a zero counter has no record); decoders answer ERR_DAMAGED, ERR_VERSION.
 */
#pragma once

#include "util/buf.h"

/* REC_USES: how often a block is used: version(u8: 1) extents(u32, not 0). */
void ref_encode(uint32_t extents, struct buf *out);
MUST_CHECK err_t ref_decode(struct span value, uint32_t *ret);
/* REAP, PIN: present or absent, the value is just the version. */
void mark_encode(struct buf *out);
MUST_CHECK err_t mark_decode(struct span value);
