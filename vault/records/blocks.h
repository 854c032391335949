/* SPDX-License-Identifier: MIT
 * Where sealed blocks are: REC_BLOCK (on the store), QUEUE_BLOCK (waiting here), and REC_SEGMENT, the objects on the
 * store that hold them.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/extents.h"

#define STORED_MAX (2 * BLOCK_SIZE) /* bytes of one block in a segment, padding included */

struct block_rec {
	uint32_t length; /* plaintext bytes in the block, 1..BLOCK_SIZE */
	uint32_t epoch;  /* it is sealed under */
	struct id segment;
	uint64_t offset;  /* bytes, in the segment */
	uint32_t stored;  /* bytes in the segment (Padme-rounded): block_sealed_size(length) are used */
	struct hash hash; /* SHA-256 of the sealed bytes */
};
/* block_rec_encode and the encoders below: mark `out` failed for what the format cannot hold. The decoders:
 * ERR_DAMAGED, ERR_VERSION. */
void block_rec_encode(const struct block_rec *b, struct buf *out);
MUST_CHECK err_t block_rec_decode(struct span value, struct block_rec *ret);

struct pending_block { /* QUEUE_BLOCK */
	uint32_t length, epoch;
	uint64_t order; /* a hint, wall ns: blocks sealed one after the other are packed side by side */
	struct hash hash;
};
void pending_block_encode(const struct pending_block *b, struct buf *out);
MUST_CHECK err_t pending_block_decode(struct span value, struct pending_block *ret);

struct segment_rec {
	uint64_t size;   /* bytes of the object */
	uint32_t blocks; /* how many it was made of */
	struct id stream;
};
void segment_rec_encode(const struct segment_rec *s, struct buf *out);
MUST_CHECK err_t segment_rec_decode(struct span value, struct segment_rec *ret);
