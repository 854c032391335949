/* SPDX-License-Identifier: MIT
 * The map's inside, by owner. Not for other folders.
 *
 * Locks, in order: commit_lock -> freeze_lock -> (what the freeze hook takes) -> apply_lock -> lock. commit_lock is
 * held over base transactions, freeze_lock over the hook, apply_lock while ops are linked, lock for a few instructions.
 */
#pragma once

#include "cache/base.h"
#include "cache/memtable.h"
#include "cache/seal.h"
#include "cache/wal.h"
#include "util/deadline.h"

#include <pthread.h>
#include <string.h>

struct map_limits { /* fixed at opening */
	size_t memtable_max;
	unsigned commit_ms;
	uint64_t reserve;
};
struct map_layers { /* lock; what is above the base. The memtable is changed under apply_lock too */
	struct memtable *memtable, *immutable;
	uint64_t visible;       /* number of the last op applied */
	uint64_t immutable_seq; /* number of the last op in the immutable memtable */
};
struct base_state {       /* what the base holds, as its state record says */
	uint64_t seq;     /* ops up to this one are in it */
	uint64_t version; /* of the base */
	uint64_t block_bytes, blocks;
};
struct map_room {                /* apply_lock, but for `claimed` */
	struct base_room seen;   /* the last answer about free space */
	int64_t at;              /* mono: when it was given; 0: none */
	uint64_t commits;        /* of the map, at `at` */
	uint64_t used;           /* cost applied since */
	struct deadline refused; /* until then a writer was refused lately */
	_Atomic uint64_t claimed;
};
struct map_committer { /* lock */
	pthread_t thread;
	pthread_cond_t wake; /* monotonic clock */
	bool stop, woken;
};
struct map_drain { /* lock */
	void (*fn)(void *ctx);
	void *ctx;
	bool due, running;
};
struct map_rounds { /* lock; of map_sync */
	uint64_t started, done;
	bool running;
	err_t result;
};
struct map_counts { /* lock; since opening */
	uint64_t commits, wal_syncs;
	struct wal_fill wal; /* after the last log write */
	uint64_t freezes;
	int64_t longest_freeze; /* ns, from before the hook's enter to after its leave: how long somebody may have
	                           waited */
};
struct map {
	struct base *base;
	struct seal *seal; /* NULL in the fake; cell_write under commit_lock */
	struct wal *wal;   /* NULL in the fake; the leader of a sync round */
	int lock_fd;       /* flock of the state directory; -1 in the fake */
	struct map_limits limits;

	pthread_mutex_t commit_lock, freeze_lock, apply_lock, lock;
	pthread_cond_t ended; /* lock; a sync round or a drain call ended */

	struct map_freeze freeze; /* freeze_lock */
	struct map_room room;
	struct map_layers layers;
	struct base_state published; /* lock; the base as readers are promised it */
	struct reader *readers;      /* lock; idle */
	struct map_committer committer;
	struct map_drain drain;
	struct map_rounds rounds;
	struct map_counts counts;
	bool full;    /* lock; the last commit found no space */
	err_t failed; /* lock; sticky */
};

/* layers_bytes: what both memtables take; lock held. */
static inline size_t layers_bytes(const struct map_layers *l)
{
	return memtable_bytes(l->memtable) + (l->immutable ? memtable_bytes(l->immutable) : 0);
}
/* pending: something applied is not in the base, or the last commit found no space, maybe a transaction with nothing
 * applied beside it: then one is tried to find out whether there is some again. Lock held. */
static inline bool map_pending(const struct map *m)
{
	return m->layers.visible != m->published.seq || m->layers.immutable || m->full;
}
