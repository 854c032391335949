/* SPDX-License-Identifier: MIT
 * How many bytes of blocks are on this device, and how many may be.
 */
#pragma once

#include "fs/core/config.h"

#include <pthread.h>

#define CACHE_DROPS 32u

struct cache_drop {     /* what one round of eviction has dropped */
	uint64_t by;    /* number of its last operation */
	uint64_t bytes; /* which the base counts until that is committed */
};
struct cache_size {
	_Atomic uint64_t limit;
	pthread_mutex_t lock;                 /* a leaf */
	struct cache_drop drops[CACHE_DROPS]; /* lock; those that may not be committed, the oldest first */
	size_t n;                             /* lock */
};

/* cache_size_open: the limit, as the configuration has it. */
int cache_size_open(struct fs *fs);
void cache_size_close(struct fs *fs);
/* cache_bytes: what will be cached once what was dropped already is committed. */
uint64_t cache_bytes(struct fs *fs, const struct map_stats *s);
bool cache_over(struct fs *fs);
/* cache_note_dropped: eviction has dropped so much more. */
void cache_note_dropped(struct fs *fs, uint64_t bytes);
/* fs_set_cache_limit: 0: a share of the free disk. */
void fs_set_cache_limit(struct fs *fs, uint64_t bytes);
