/* SPDX-License-Identifier: MIT
 * The recency set: which blocks were used lately. In memory only: two generations of a bounded set of block ids. An id
 * is in the older one or in the present one; when the present one has taken as many as leave room for what eviction may
 * drop, it becomes the older one, and the older one is forgotten.
 */
#pragma once

#include "fs/core/config.h"

#define RECENCY_SLOTS 4096u /* of a generation: 512 MiB of blocks */
#define RECENCY_WAYS 4u     /* slots that an id may take: with one only, ids that share it push each other out */

struct recency {
	_Atomic uint64_t slot[2][RECENCY_SLOTS]; /* the first eight bytes of ids; 0: free */
	_Atomic unsigned now;                    /* the present generation */
	_Atomic unsigned uses;                   /* ids put in since the beginning */
};

/* recency_touch: a block was used. Wakes the flusher when the cache is over its limit. Any thread, no lock needed. */
void recency_touch(struct fs *fs, struct id id);
bool recency_has(const struct fs *fs, struct id id);
