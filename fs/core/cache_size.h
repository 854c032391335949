/* SPDX-License-Identifier: MIT
 * How many bytes of blocks are on this device, and how many may be.
 */
#pragma once

#include "fs/core/config.h"

struct cache_size {
	_Atomic uint64_t limit;
	/* These two are changed by eviction, one round at a time. */
	_Atomic uint64_t dropped;    /* bytes that the base still counts */
	_Atomic uint64_t dropped_by; /* number of the operation that dropped the last of them */
};

/* cache_size_open: the limit, as the configuration has it. */
void cache_size_open(struct fs *fs);
/* cache_bytes: what will be cached once what was dropped already is committed. */
uint64_t cache_bytes(struct fs *fs, const struct map_stats *s);
bool cache_over(struct fs *fs);
/* cache_note_dropped: eviction has dropped so much more. */
void cache_note_dropped(struct fs *fs, uint64_t bytes);
/* fs_set_cache_limit: 0: a share of the free disk. */
void fs_set_cache_limit(struct fs *fs, uint64_t bytes);
