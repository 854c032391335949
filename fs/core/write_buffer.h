/* SPDX-License-Identifier: MIT
 * Bytes of one file that are written and not flushed. A write lands in a dirty range, at most one for each BLOCK_SIZE
 * block; one that would leave a gap first moves the old range to the pending list, where later wins. Pure memory; the
 * file's lock guards it.
 */
#pragma once

#include "cache/map.h"
#include "util/buf.h"
#include "fs/core/config.h"

struct dirty { /* bytes [from, to) of one block, at p[0]; the whole block only when memory ran out */
	uint64_t block;
	uint32_t from, to, cap;
	uint8_t *p;
};
struct pending { /* a range inside one block on its way to the records */
	struct pending *next;
	uint64_t off;
	uint32_t len;
	uint8_t *plain; /* kept until the batch is applied: reads, and sealing anew after a failure */
	struct id id;   /* these three once sealed */
	struct pending_block block;
	struct buf sealed; /* empty: not sealed yet */
};
struct write_buffer {
	struct dirty *dirty; /* by block */
	size_t ndirty, dirty_cap;
	struct pending *pending, **pending_tail;
	size_t npending;
	uint64_t bytes;        /* in dirty and pending */
	_Atomic uint64_t *all; /* of all files */
	struct map *map;       /* has the room claimed that all this will take (map_claim) */
};
#define RANGE_CLAIM 8192u /* what a range takes beside its bytes: its block's last page, its records */

void write_buffer_init(struct write_buffer *w, _Atomic uint64_t *all, struct map *map);
/* write_buffer_put: bytes into one block. ENOMEM: nothing was put. */
int write_buffer_put(struct write_buffer *w, uint64_t block, uint32_t from, const uint8_t *p, uint32_t n);
/* write_buffer_collect: every dirty range to the pending list. ENOMEM: some stay, and nothing is lost. */
int write_buffer_collect(struct write_buffer *w);
/* write_buffer_drop: pending ranges before `end` go; NULL: all. write_buffer_clear: everything goes. */
void write_buffer_drop(struct write_buffer *w, const struct pending *end);
void write_buffer_clear(struct write_buffer *w);
/* pending_seal: seals a range that is not. */
int pending_seal(struct pending *p, const struct fs_config *c, const uint8_t key[32]);
