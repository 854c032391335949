/* SPDX-License-Identifier: MIT
 * An object of sealed blocks (docs/format.md, "Segments"): groups of SEGMENT.
 *
 *   1 facts      VALUE, zero stamp: salt(16) size of the object(varint) epochs blocks
 *   2 condemned  VALUE: time(i64, seconds), or no bytes: not any more
 *   epochs  count(varint), then ascending, each used: number(varint, 1..2^32 - 1) first 8 bytes of the id
 *   blocks  count(varint, 1..4,096), then in order of place: hash of the sealed form(32) length(varint, 1..131,072)
 *           epoch(varint, index from 0)
 * The size is the Padme size of the sealed blocks, at least 8,192 and at most 18 MiB.
 */
#pragma once

#include "util/id.h"

#define SEGMENT_BLOCKS_MAX 4096
#define SEGMENT_SIZE_MIN 8192u /* a block of 4 KiB and one of a byte look alike */
#define SEGMENT_SIZE_MAX (18u << 20)

struct short_epoch {
	uint32_t number;
	uint8_t id[8];
};
struct segment_block {
	struct hash hash;
	uint32_t length, epoch;
};
struct segment_facts {
	struct id salt;
	struct short_epoch *epochs;
	size_t epochs_n, epochs_cap;
	struct segment_block *blocks;
	size_t blocks_n, blocks_cap;
};
void segment_facts_free(struct segment_facts *f);
/* segment_sealed: bytes of a sealed block with `length` bytes in it. segment_size: of the object; 0: it cannot be. */
uint32_t segment_sealed(uint32_t length);
uint64_t segment_size(const struct segment_facts *f);
/* segment_put_facts: appends; ERR_INVAL: what the format cannot hold. segment_get_facts: `ret` is the caller's to free;
 * ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t segment_put_facts(struct buf *out, const struct segment_facts *f);
MUST_CHECK err_t segment_get_facts(struct span value, struct segment_facts *ret);
/* segment_id: of a segment with these facts: its name and its key. */
MUST_CHECK err_t segment_id(struct span facts, struct id *ret);
