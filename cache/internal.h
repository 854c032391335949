/* SPDX-License-Identifier: MIT
 * What the files of cache/ share. Not for other folders.
 *
 * Locks, in order: commit_lock -> freeze_lock -> (what the freeze hook takes) -> apply_lock -> lock. commit_lock is
 * held over base transactions, freeze_lock over the hook, apply_lock while ops are linked, lock for a few instructions.
 */
#pragma once

#include "cache/base.h"
#include "cache/wal.h"
#include "cache/memtable.h"
#include "cache/seal.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <string.h>

struct reader { /* a pooled read transaction with its cipher context */
	struct reader *next;
	struct base_txn *txn;
	struct opener *opener;
	struct buf cell; /* scratch */
};
struct hook {
	void (*enter)(void *ctx);
	void (*leave)(void *ctx);
	void *ctx;
};
struct map {
	struct base *base;
	struct seal *seal; /* NULL in the fake; cell_write under commit_lock */
	struct log *log;   /* NULL in the fake; the leader of a sync round */
	int lock_fd;       /* flock of the state directory; -1 in the fake */
	size_t memtable_max;
	unsigned commit_ms;
	uint64_t reserve;

	pthread_mutex_t commit_lock, freeze_lock, apply_lock, lock;
	pthread_cond_t wake;  /* lock; the committer's */
	pthread_cond_t round; /* lock; a sync round or a drain call ended */
	pthread_t committer;
	bool started;

	struct hook freeze; /* freeze_lock */
	uint64_t room;      /* apply_lock; bytes that the disk could take, as of room_at */
	int64_t room_at;    /* apply_lock */
	uint64_t room_used; /* apply_lock; cost applied since */

	struct memtable *memtable, *immutable;    /* lock; memtable is changed under apply_lock too */
	bool immutable_closes;                    /* lock; the immutable memtable ends an entry (map_apply_entry) */
	uint64_t visible;                         /* lock; number of the last op applied */
	uint64_t immutable_seq;                   /* lock; number of the last op in the immutable memtable */
	uint64_t base_seq;                        /* lock; ops up to this one are in the base */
	uint64_t base_version;                    /* lock; of the base as published to readers */
	uint64_t entry;                           /* lock; current undo entry */
	bool entry_dirty;                         /* lock; the base holds undo records of it */
	uint64_t undo_bytes, block_bytes, blocks; /* lock; of the base */
	uint64_t commits, log_syncs;              /* lock */
	bool full;                                /* lock; the last commit found no space */
	err_t failed;                             /* lock; sticky */
	struct reader *readers;                   /* lock; idle */

	bool stop, kick, drain_due, draining; /* lock */
	void (*drain)(void *ctx);             /* lock */
	void *drain_ctx;                      /* lock */

	uint64_t rounds_started, rounds_done; /* lock; of map_sync */
	bool round_running;                   /* lock */
	err_t round_result;                   /* lock */
};

/* --- map.c --- */
/* map_fail: makes the map read-only for good; returns `e`. */
err_t map_fail(struct map *m, err_t e, const char *what);
err_t map_failed(struct map *m);
/* map_link: links the batch's ops at the next numbers and publishes them; apply_lock held; clears the batch. */
MUST_CHECK err_t map_link(struct map *m, struct batch *b);

/* --- durable.c: the state directory --- */
MUST_CHECK err_t durable_open(struct map *m, const struct map_config *c, struct why *why);
MUST_CHECK err_t durable_replay(struct map *m, struct why *why);

/* --- map_commit.c --- */
struct map_txn {
	struct map *m;
	struct base_txn *t;
	uint64_t entry; /* the open entry */
	bool undo;      /* shared changes are journaled */
	bool dirty;     /* the open entry holds undo records */
	uint64_t undo_bytes, block_bytes, blocks;
	struct opener *opener;
	struct buf cell;
	err_t base_failed; /* what the base said when it failed, sticky: the transaction cannot be committed */
};
enum commit_flags { COMMIT_CLOSE = 1, COMMIT_NO_UNDO = 2 };
/* commit_run: folds all that was applied, runs fn, all in one transaction; commit_lock held. commit_immutable: only
 * what is immutable already. */
MUST_CHECK err_t commit_run(struct map *m, map_txn_fn fn, void *ctx, unsigned flags, uint64_t *ret_entry);
MUST_CHECK err_t commit_immutable(struct map *m, map_txn_fn fn, void *ctx, unsigned flags, uint64_t *ret_entry);
/* freeze_enter, freeze_leave: around a decision about what is written; freeze_swap: the memtable becomes the immutable
 * one, which must be free, and `fresh` the memtable; apply_lock held. */
struct hook freeze_enter(struct map *m);
void freeze_leave(struct map *m, const struct hook *h);
void freeze_swap(struct map *m, struct memtable *fresh, bool closes);
/* commit_load: reads the state record at opening. */
MUST_CHECK err_t commit_load(struct map *m);
void commit_extend(struct map *m);
MUST_CHECK err_t map_txn_forget(struct map_txn *x, uint64_t entry, bool *ret_more);
/* map_txn_cell: the stored bytes of a value, copied to `out`. */
MUST_CHECK err_t map_txn_cell(struct map_txn *x, unsigned table, struct span key, struct buf *out);
size_t undo_key(uint64_t entry, struct span key, uint8_t out[8 + MAP_KEY_MAX]);

/* --- map_read.c --- */
MUST_CHECK err_t reader_get(struct map *m, struct reader **ret); /* begun over the published base */
void reader_put(struct map *m, struct reader *r);
void reader_free_all(struct map *m);
/* scan_base: records of one table of a base transaction, decoded. */
MUST_CHECK err_t scan_base(struct map *m, struct base_txn *t, struct opener *o, unsigned table, struct span prefix,
                           struct span from, map_visit fn, void *ctx);
static inline bool key_shared(unsigned table, struct span key)
{
	return table == MAP_RECORDS && *(const uint8_t *)key.p < MAP_LOCAL;
}
static inline bool key_has_prefix(struct span key, struct span prefix)
{
	return key.len >= prefix.len && (!prefix.len || memcmp(key.p, prefix.p, prefix.len) == 0);
}
