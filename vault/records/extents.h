/* SPDX-License-Identifier: MIT
 * REC_EXTENTS: which bytes of which blocks make up one window of a file's contents.
 */
#pragma once

#include "util/buf.h"
#include "vault/records/kinds.h"

#define BLOCK_SIZE (128u * 1024) /* plaintext bytes; of every vault of format 1 */
#define WINDOW_BLOCKS 16u        /* blocks of one extents record: 2 MiB of file */
#define WINDOW_SIZE ((uint64_t)WINDOW_BLOCKS * BLOCK_SIZE)
#define FILE_MAX (WINDOW_SIZE << 32) /* bytes of a file; window numbers have 32 bits: 8 PiB */
#define PIECES_MAX 1024              /* of one window */

struct piece { /* `len` bytes of a file at `off` are at `block_off` of the block; pieces never cross a BLOCK_SIZE
	          boundary */
	uint64_t off;
	uint32_t len;
	uint32_t block_off;
	uint8_t block[ID_LEN];
};
/* extents_encode: 1..PIECES_MAX pieces of one window, in offset order, no overlap; marks `out` failed otherwise. */
void extents_encode(const struct piece *list, size_t n, struct buf *out);
/* extents_decode: the pieces of window number `window`. ERR_DAMAGED, ERR_VERSION; ERR_LIMIT: more than `max`. */
MUST_CHECK err_t extents_decode(struct span value, uint32_t window, struct piece *list, size_t max, size_t *ret_n);
