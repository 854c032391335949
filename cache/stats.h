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
/* map_version: as long as it stays, so does all that is read: it grows with each batch, and with each commit. */
uint64_t map_version(struct map *m);

/* map_space: what the base could still take beside all that waits, and how much of it writes may: what they must leave
 * is not in it (README.md, "Space"). Takes apply_lock. */
struct map_space {
	uint64_t free, writable;
};
void map_space(struct map *m, struct map_space *ret);

/* What a person who looks for a fault wants to know. Counted since opening. */
struct map_layer_stats {
	uint64_t bytes, records;
};
struct map_debug {
	struct map_layer_stats memtable, immutable;
	bool immutable_waits; /* there is one: its commit runs, or is tried again */
	uint64_t commits, wal_syncs;
	uint64_t wal_pass, wal_used, wal_size; /* ring pass; bytes of it that are written */
	uint64_t freezes;                      /* times that the file system was stopped for a moment */
	int64_t longest_freeze;                /* ns */
	bool full;                             /* the last commit found no space */
};
void map_debug(struct map *m, struct map_debug *ret);
