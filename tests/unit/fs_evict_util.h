/* SPDX-License-Identifier: MIT
 * What tests of eviction and of pins share: files of BLOCKS blocks, and eviction until nothing more goes.
 */
#pragma once

#include "fs/residency/evict.h"
#include "fs_data_util.h"

#define BLOCKS 64u
#define SIZE (BLOCKS * BLOCK_SIZE)

/* run: evicts down to `limit`. Not by fs_set_cache_limit, which wakes the flusher: only one may turn the hand. */
static inline void run(struct rig *r, uint64_t limit)
{
	r->fs->cache_size.limit = limit;
	while (evict_run(r->fs))
		;
}
