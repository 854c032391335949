/* SPDX-License-Identifier: MIT
 * Where sealed blocks are: on the store, or waiting here (QUEUE_BLOCK).
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/extents.h"

struct block_rec {       /* what is known of one that is on the store */
	uint32_t length; /* plaintext bytes in the block, 1..BLOCK_SIZE */
	uint32_t epoch;  /* it is sealed under */
	struct id segment;
	uint64_t offset;  /* bytes, in the segment */
	uint32_t stored;  /* bytes in the segment */
	struct hash hash; /* SHA-256 of the sealed bytes */
};

struct pending_block { /* QUEUE_BLOCK: version(u8: 1) length(u32) epoch(u32) order(u64) hash of the sealed bytes */
	uint32_t length, epoch;
	uint8_t epoch_id[8]; /* its first bytes; zero: there is one epoch of that number alone */
	uint64_t order;      /* a hint, wall ns: blocks sealed one after the other are packed side by side */
	struct hash hash;
};
/* pending_block_encode: marks `out` failed for what the format cannot hold. The decoder: ERR_DAMAGED, ERR_VERSION. */
void pending_block_encode(const struct pending_block *b, struct buf *out);
MUST_CHECK err_t pending_block_decode(struct span value, struct pending_block *ret);
