/* SPDX-License-Identifier: MIT
 * Where a block is on the store: REC_PLACED says in which segment, SEGMENT what is in that: published, or said in the
 * changeset that is being published.
 */
#pragma once

#include "cache/map.h"
#include "vault/join/segment.h"
#include "vault/records/placed.h"
#include "vault/records/record.h"

struct block_where {
	struct block_rec rec; /* `stored` is what the sealed form has */
	uint32_t sealed;      /* bytes of the sealed form */
	uint64_t object;      /* bytes of the object */
	struct placed placed;
};
/* block_where: ERR_NOTFOUND: on no store, as far as is known here; ERR_DAMAGED: records that cannot be; what map_get
 * fails with. */
MUST_CHECK err_t block_where(struct map *m, struct id block, struct block_where *ret);
/* block_where_next: of all segments that list it the one at number `nth`, from 0. */
MUST_CHECK err_t block_where_next(struct map *m, struct id block, unsigned nth, struct block_where *ret);
/* block_where_proved: its bytes were found at `at`: into a batch: that is its place, and what was before
 * is a further one. What map_get fails with. */
MUST_CHECK err_t block_where_proved(struct map *m, struct id block, const struct block_where *at, struct batch *b);
/* block_where_known: false: it is not on the store (any more). */
bool block_where_known(struct map *m, struct id block);
/* block_where_facts: what is in a segment; the caller frees. ERR_NOTFOUND: no record of it; ERR_DAMAGED. */
MUST_CHECK err_t block_where_facts(struct map *m, struct id segment, struct segment_facts *ret);
