/* SPDX-License-Identifier: MIT
 * The data path's own part of a file system: changed files, reads in flight, flusher thread, cache limit.
 */
#pragma once

#include "fs/core/fs_state.h"

#include <stdatomic.h>

struct reading;
struct file;
#define RECENT_SLOTS 4096u /* block ids used lately, by hash: 512 MiB of blocks */
#define RECENT_WAYS 4u     /* places an id may take: with one only, ids that share a place push each other out */
#define AWAITED 16u        /* blocks that are looked at to know whether the store took some */

struct data {
	pthread_mutex_t lock; /* a leaf: nothing else is taken inside */
	pthread_cond_t wake;
	pthread_t thread;
	bool stop;              /* lock */
	unsigned cold_waiters;  /* lock: threads that wait for cold blocks (fs/cold.c) */
	_Atomic bool leaving;   /* nobody waits for cold blocks any more */
	bool nudged;            /* lock: the flusher should look now */
	bool resting;           /* lock: the flusher has found nothing to do for a while */
	struct file *changed;   /* lock: files with something to flush */
	uint64_t freezes;       /* rounds of data_freeze; namespace lock's write side */
	_Atomic int unflushed;  /* errno of a file that the last freeze could not flush; 0: none */
	_Atomic uint64_t bytes; /* buffered, in all files */
	_Atomic uint64_t open_files;
	struct reading *reads;            /* lock */
	uint64_t next_ticket;             /* lock */
	unsigned nreads;                  /* lock */
	void (*room)(void *ctx);          /* lock */
	void *room_ctx;                   /* lock */
	bool room_running;                /* lock */
	_Atomic uint64_t limit;           /* of the block cache */
	pthread_mutex_t evict_lock;       /* one eviction round at a time; before the namespace lock */
	uint8_t hand[ID_LEN];             /* where the clock of eviction stands; evict_lock */
	_Atomic uint64_t dropped;         /* bytes that the base still counts; changed with evict_lock */
	_Atomic uint64_t dropped_by;      /* number of the op that dropped the last of them; likewise */
	struct buf pinned;                /* sorted ids of the blocks under pins; evict_lock */
	int64_t pinned_until;             /* mono: when that is to be looked up again; evict_lock */
	bool pinned_used;                 /* blocks were dropped by it; evict_lock */
	_Atomic bool pins_stale;          /* a pin was set or taken away */
	uint64_t fruitless_seen;          /* what had happened when nothing could be dropped; evict_lock */
	int64_t fruitless_soon;           /* mono: not before that, whatever happens; evict_lock */
	int64_t fruitless_until;          /* mono; 0: the last sweep dropped something; evict_lock */
	uint8_t awaited[AWAITED][ID_LEN]; /* what that sweep might have dropped, had the store had it; evict_lock */
	size_t nawaited;                  /* evict_lock */
	_Atomic uint64_t recent[2][RECENT_SLOTS]; /* two generations of the first eight bytes of ids */
	_Atomic unsigned recent_now;
	_Atomic unsigned recent_n;
};
/* data_nudge: wakes the flusher. */
void data_nudge(struct fs *fs);
/* data_flush_all: every changed file, each in a batch of its own; no lock held. */
void data_flush_all(struct fs *fs);
void data_poke(struct fs *fs);
/* evict_touch: a block was used. evict_run: one bounded round when over the limit; true: there is more to do. */
void evict_touch(struct fs *fs, const uint8_t id[ID_LEN]);
bool evict_run(struct fs *fs);
/* The blocks under pins, with evict_lock (fs/evict_pinned.c). fresh: makes the list anew when it may be too old:
 * walking costs, so the more it costs the longer it is used. mend: what came under a pin after the list was made may
 * have been dropped: the keeper looks, as often as the list grows old and no oftener. */
int evict_pinned_fresh(struct fs *fs);
void evict_pinned_mend(struct fs *fs, int64_t now);
bool evict_pinned_has(const struct data *d, const uint8_t id[ID_LEN]);
/* reap_run: one bounded batch of contents that nothing names any more; true: there is more to do. */
bool reap_run(struct fs *fs);
