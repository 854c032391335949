/* SPDX-License-Identifier: MIT
 * Extents: which bytes of which blocks make up one group of a file's contents.
 */
#pragma once

#include "util/buf.h"
#include "vault/records/kinds.h"

#define BLOCK_SIZE (128u * 1024) /* plaintext bytes */
#define EXTENT_GROUP_BLOCKS 16u  /* blocks of one group of extents: 2 MiB of file */
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
