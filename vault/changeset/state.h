/* SPDX-License-Identifier: MIT
 * What a mount has to know of the open changeset: a record of MAP_STATE.
 *
 * Key "changeset". Value, little-endian: version(u8: 1) open(u8) n(u64) lamport(u64)
 *   open     kind of the open set: 0xb0 or 0xb1
 *   n        of the commit that the open changeset will be: from 1
 *   lamport  at least that of each stamp in the map
 */
#pragma once

#include "util/buf.h"

#define STATE_CHANGESET "changeset"

struct changeset_state {
	uint8_t open;
	uint64_t n, lamport;
};
/* changeset_state_encode: appends. */
void changeset_state_encode(const struct changeset_state *s, struct buf *out);
/* changeset_state_decode: ERR_DAMAGED: not what encode writes; ERR_VERSION: newer. */
MUST_CHECK err_t changeset_state_decode(struct span value, struct changeset_state *ret);
