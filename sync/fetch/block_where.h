/* SPDX-License-Identifier: MIT
 * Where a block is on the store, of either format.
 *
 *   format 1  REC_BLOCK says all
 *   format 2  REC_PLACED says in which segment, SEGMENT what is in that: published, or said in the changeset that is
 *             being published
 */
#pragma once

#include "cache/map.h"
#include "vault/records/record.h"

struct block_where {
	struct block_rec rec; /* of format 2 as format 1 would have it: `stored` is what the sealed form has */
	uint32_t sealed;      /* bytes of the sealed form */
	uint64_t object;      /* bytes of the object; 0: not known */
};
/* block_where: ERR_NOTFOUND: on no store, as far as is known here; ERR_DAMAGED: records that cannot be; what map_get
 * fails with. */
MUST_CHECK err_t block_where(struct map *m, struct id block, struct block_where *ret);
/* block_where_known: false: it is not on the store (any more). */
bool block_where_known(struct map *m, struct id block);
