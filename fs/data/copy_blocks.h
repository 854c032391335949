/* SPDX-License-Identifier: MIT
 * Extents of one file become those of another. Under the namespace lock's write side.
 */
#pragma once

#include "fs/core/inode.h"

#define COPY_MAX                                                                                                       \
	(64 * EXTENT_GROUP_SIZE) /* a call of what is copied extent by extent; the caller asks for the rest            \
	                          */

struct copy {
	struct inode in, out, out_before;
	struct buf in_raw, out_raw;
	uint64_t from, to, len;
};
/* copy_blocks: `len` bytes at `from` of what `in` has are at `to` of out.content. ERR_LIMIT: a group is full. */
MUST_CHECK err_t copy_blocks(struct change *t, const struct copy *c);
