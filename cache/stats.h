/* SPDX-License-Identifier: MIT
 * Figures of the map.
 */
#pragma once

#include "cache/types.h"

struct map_stats {
	uint64_t memtable_bytes, base_bytes, block_bytes, blocks, commits, log_syncs;
	uint64_t applied, committed; /* ops so far; those that are in the base, as block_bytes and blocks count it */
	err_t failed;                /* the error that made the map read-only, or ERR_OK */
};
void map_stats(struct map *m, struct map_stats *ret);
