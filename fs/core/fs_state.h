/* SPDX-License-Identifier: MIT
 * struct fs: what every part of fs/ stands on, and the namespace lock. For fs/ only: whoever uses a file system sees
 * fs/fs.h, where the struct is opaque. A part's own state is private to the file that is named with it.
 */
#pragma once

#include "fs/core/cache_size.h"
#include "fs/core/changed.h"
#include "fs/core/ns_wait.h"
#include "fs/core/recency.h"
#include "fs/core/wake.h"
#include "util/cleanup.h"

#include <pthread.h>

/* Called when what is written to a file that others removed made a new one, or goes into that; and when the making was
 * not applied. Under the namespace lock's write side. */
struct made_again;
typedef void (*fs_again_fn)(struct fs *fs, const struct made_again *made);
/* Is the kernel still being told that a name does not stand for the inode any more? */
typedef bool (*fs_telling_fn)(struct fs *fs, uint64_t ino);

struct fs {
	struct fs_config cfg;     /* strings copied */
	pthread_rwlock_t ns_lock; /* writer-preferring; below */
	struct ns_waits ns_waits;
	_Atomic uint64_t open_files;
	_Atomic bool read_only; /* fs_set_read_only */

	struct wake flusher_wake; /* for the flusher thread (flusher.c) */
	struct wake pins_wake;    /* for the pin fetcher (residency/pin_fetcher.c) */
	_Atomic bool walks_stop;  /* walks and fetching end, now and from now on */
	_Atomic bool pins_stale;  /* a pin was set or taken away: the pinned set is to be made anew */

	struct changed changed;                  /* core/changed.c */
	struct cache_size cache_size;            /* core/cache_size.c */
	struct recency recency;                  /* core/recency.c */
	struct damage *damage;                   /* core/damage.c */
	struct node_table *nodes;                /* core/node_table.c */
	struct compact_waiters *compact_waiters; /* data/compact_fetch.c */
	struct reads *reads;                     /* data/read.c */
	struct room *room;                       /* data/room.c */
	struct eviction *eviction;               /* residency/evict.c */
	struct pinned_set *pinned_set;           /* residency/pinned_set.c */
	struct pin_fetcher *pin_fetcher;         /* residency/pin_fetcher.c */
	struct flusher *flusher;                 /* flusher.c */
	struct invalidations *invalidations;     /* invalidate.c */
	fs_again_fn on_again;                    /* invalidate.c; ns_lock's write side */
	fs_telling_fn is_telling;                /* likewise */
};

/* The namespace lock: every change of records is made under its write side, which is memory only; file writes into
 * buffers hold its read side. Never twice by one thread, either side: a waiting writer blocks new readers. */
static inline void ns_rdlock(struct fs *fs)
{
	if (pthread_rwlock_tryrdlock(&fs->ns_lock))
		ns_wait_read(fs);
}
static inline void ns_wrlock(struct fs *fs)
{
	if (pthread_rwlock_trywrlock(&fs->ns_lock))
		ns_wait_write(fs);
}
static inline void ns_unlock(struct fs *fs)
{
	if (pthread_rwlock_unlock(&fs->ns_lock))
		abort();
}
static inline void ns_unlock_(struct fs *const *fs)
{
	if (*fs)
		ns_unlock(*fs);
}
/* ns_guard_read(fs): the read side until the end of the scope. */
#define ns_guard_read(fs_)                                                                                             \
	cleanup(ns_unlock_) __attribute__((unused)) struct fs *const GUARD_CAT_(guard_, __LINE__) = (fs_);             \
	ns_rdlock(fs_)
