/* SPDX-License-Identifier: MIT
 * Compaction: many small extents of one block of a file become one block, so that appends in small steps and scattered
 * writes do not leave thousands of tiny blocks. Contents and content version stay the same. Under the namespace lock's
 * write side and the file's lock, unless said otherwise.
 */
#pragma once

#include "fs/core/file.h"
#include "fs/data/extents.h"

#define COMPACT_EXTENTS 17u /* more than these in one block of the file are compacted */

/* compact_block: if it is worth it: runs of neighbouring extents whose bytes are on this device become one block each;
 * ranges of f's pending list count as here. Last in a transaction: what it makes cannot be compacted or replaced in the
 * same one. */
MUST_CHECK err_t compact_block(struct file *f, struct extents *x, uint64_t block);
/* compact_full: the groups that f's pending ranges do not fit in are compacted as far as possible, the gaps between
 * extents too (zeros), in a transaction of its own. What it lacks is on the store only: data/compact_fetch.h. */
MUST_CHECK err_t compact_full(struct file *f);
/* compact_groups: the groups that f's pending ranges are in, ascending; free(*ret). With the file's lock. */
struct changed_group {
	uint32_t no;
	uint32_t ranges; /* of the pending list */
};
MUST_CHECK err_t compact_groups(const struct file *f, struct changed_group **ret, size_t *ret_n);
/* compact_fits: the group's ranges find room beside `extents`, whatever they split. */
bool compact_fits(const struct changed_group *g, size_t extents);
