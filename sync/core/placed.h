/* SPDX-License-Identifier: MIT
 * Where blocks are follows from the segments that list them, whoever made these.
 */
#pragma once

#include "sync/core/ops.h"
#include "vault/changeset/ino_set.h"

/* Of records that go into the map at once. */
struct placing {
	struct map *map;
	struct ino_set begun; /* beginnings of the ids of blocks that got a place, maybe more */
};
void placing_free(struct placing *p);
/* placed_put: of a published record that is new or changed: if it is a SEGMENT, the places of its blocks (REC_PLACED),
 * to be put with it. A block that has a place keeps it, and gets one more. One whose facts say nothing (or nothing that
 * can be) has none. ERR_NOMEM, ERR_CRYPTO, what the map fails with. */
MUST_CHECK err_t placed_put(struct placing *p, struct ops *o, struct span key, struct span value);
