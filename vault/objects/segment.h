/* SPDX-License-Identifier: MIT
 * Segments of format 2 (docs/format.md, "Segments"): sealed blocks (block.h), one behind the other from offset 0, then
 * random bytes up to the size. Where each block is follows from the facts in its record, which are
 * vault/join/segment.h. Its name on the store is its id in hexadecimal.
 */
#pragma once

#include "vault/join/segment.h"

/* A block that is to be packed. */
struct packed_block {
	struct hash hash; /* of its sealed form */
	uint32_t length;
	struct short_epoch epoch; /* that it is sealed under */
};
/* short_epoch_of: of the epoch `number` with this id. */
struct short_epoch short_epoch_of(uint32_t number, struct hash id);
/* segment_make: facts of a segment of these blocks in this order; draws the salt. `ret` is the caller's to free.
 * ERR_INVAL: none, over SEGMENT_BLOCKS_MAX, over SEGMENT_SIZE_MAX, or one that no block is. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t segment_make(const struct packed_block *v, size_t n, struct segment_facts *ret);
/* segment_put_record: the value of its SEGMENT record; `ret_id` is its id, which is the key and the name. */
MUST_CHECK err_t segment_put_record(const struct segment_facts *f, struct id *ret_id, struct buf *value);

/* What a SEGMENT record says. */
struct segment {
	struct segment_facts facts;
	bool condemned;
	int64_t condemned_at; /* seconds since 1970 */
};
void segment_free(struct segment *s);
/* segment_read: the value of the record of segment `id`. A group that breaks its rule is as if it were not there.
 * ERR_NOTFOUND: no facts; ERR_DAMAGED: no record. */
MUST_CHECK err_t segment_read(struct span value, struct id id, struct segment *ret);

/* Where a block is in the object. */
struct segment_place {
	uint64_t offset;
	uint32_t size; /* of its sealed form */
};
/* segment_place_of: of block `i`; size 0: there are fewer. segment_used: where the random bytes begin. */
struct segment_place segment_place_of(const struct segment_facts *f, size_t i);
uint64_t segment_used(const struct segment_facts *f);
