/* SPDX-License-Identifier: MIT
 * Values of records that never leave this device: counts, references, marks. Encoders mark `out` failed for what the
 * format cannot hold (a zero counter has no record); decoders answer ERR_DAMAGED, ERR_VERSION.
 */
#pragma once

#include "util/buf.h"

struct count_rec {        /* REC_COUNT */
	uint32_t names;   /* directory entries that point here */
	uint32_t subdirs; /* of a directory */
};
void count_encode(const struct count_rec *c, struct buf *out);
MUST_CHECK err_t count_decode(struct span value, struct count_rec *ret);

/* REC_REF: the number of extents that use a block. */
void ref_encode(uint32_t extents, struct buf *out);
MUST_CHECK err_t ref_decode(struct span value, uint32_t *ret);
/* ORPHAN, REAP, PIN: present or absent, the value is just the version. */
void mark_encode(struct buf *out);
MUST_CHECK err_t mark_decode(struct span value);
