/* SPDX-License-Identifier: MIT
 * Packing: blocks that are in no segment yet are given their place, inside a transaction of the map.
 */
#pragma once

#include "sync/core/sync_struct.h"

#define PACK_BLOCKS 2048       /* of one transaction before the changeset is closed: up to 256 MiB of data */
#define SEGMENT_AIM (8u << 20) /* a segment is closed before it grows over this */

struct packing { /* a block on its way into a segment */
	struct segment_place place;
	struct pending_block block;
};
struct pack {
	struct sync *s;
	struct state st;      /* a copy whose sequence moves on; the caller keeps it when the transaction succeeds */
	struct queue added;   /* segments made, for the index */
	struct packing *list; /* in the order in which the blocks were sealed: mostly that of their files */
	size_t n, cap;
};
void pack_free(struct pack *p);
/* pack_run: all that waits. Writes block and segment records and queue entries into the transaction. */
MUST_CHECK err_t pack_run(struct pack *p, struct map_txn *x);
/* pack_ahead: transactions of PACK_BLOCKS until fewer are left, so that the closing stays short. */
MUST_CHECK err_t pack_ahead(struct sync *s);
/* pack_keep: the transaction of pack_run is in the base: index and state follow. */
MUST_CHECK err_t pack_keep(struct pack *p);
