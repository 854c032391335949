/* SPDX-License-Identifier: MIT
 * Opening and closing the map.
 */
#pragma once

#include "cache/types.h"
#include "crypto/secret.h"

struct base;
struct map_config {
	const char *dir; /* state directory (0700), must exist; NULL: the in-memory fake, nothing survives map_close */
	struct base
	        *base; /* with dir NULL: what the fake goes over (cache/base_mem.h); taken over; NULL: an empty one */
	const struct key
	        *key; /* seals every value of RECORDS, QUEUE, STATE and the log; copied into the secret allocator */
	uint64_t size_max;   /* LMDB map size in bytes (sparse); 0: default */
	size_t memtable_max; /* bytes in memtables before map_pressure says so; 0: 32 MiB */
	unsigned commit_ms;  /* committer's period; 0: 1000 */
	uint64_t reserve;    /* bytes of disk kept free for committing and deleting; 0: 64 MiB */
};
/* map_open: opens or makes the map, replays the log, starts the committer. ERR_BUSY: open elsewhere; ERR_WRONGKEY:
 * another key; ERR_NOSPACE, ERR_IO, ERR_DAMAGED with a sentence in `why`. */
MUST_CHECK err_t map_open(const struct map_config *c, struct map **ret, struct why *why);
/* map_close: commits everything (durable), stops the committer, wipes. Returns what the last commit said. */
err_t map_close(struct map *m);
