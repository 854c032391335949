/* SPDX-License-Identifier: MIT
 * REC_EXTENTS: which bytes of which blocks make up one group of a file's contents.
 */
#pragma once

#include "util/buf.h"
#include "vault/records/kinds.h"

#define BLOCK_SIZE (128u * 1024) /* plaintext bytes; of every vault of format 1 */
#define EXTENT_GROUP_BLOCKS 16u  /* blocks of one extents record: 2 MiB of file */
#define EXTENT_GROUP_SIZE ((uint64_t)EXTENT_GROUP_BLOCKS * BLOCK_SIZE)
#define FILE_SIZE_MAX (EXTENT_GROUP_SIZE << 32) /* bytes of a file; group numbers have 32 bits: 8 PiB */
#define EXTENTS_MAX 1024                        /* of one group */

struct extent { /* `len` bytes of a file at `off` are at `block_off` of the block; extents never cross a BLOCK_SIZE
	          boundary */
	uint64_t off;
	uint32_t len;
	uint32_t block_off;
	struct id block;
};
/* extents_encode: 1..EXTENTS_MAX extents of one group, in offset order, no overlap; marks `out` failed otherwise. */
void extents_encode(const struct extent *list, size_t n, struct buf *out);
/* extents_decode: the extents of group number `group`. ERR_DAMAGED, ERR_VERSION; ERR_LIMIT: more than `max`. */
MUST_CHECK err_t extents_decode(struct span value, uint32_t group, struct extent *list, size_t max, size_t *ret_n);
