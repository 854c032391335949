/* SPDX-License-Identifier: MIT
 * The ordered, encrypted, crash-safe map under a vault: what everything local is kept in.
 *
 * Layers: memtable (memory) -> immutable memtable (memory) -> base (LMDB, or the in-memory fake of tests).
 * map_apply puts an atomic batch in the memtable; map_sync makes all that was applied durable by appending it,
 * sealed, to the intent log (one fdatasync, shared by all waiters); the committer thread folds the memtable into the
 * base about every second or when it grows, one fully synced transaction each, which also records the log position.
 * Opening replays the log behind that position. So across a crash a batch is there whole or not at all, a later batch
 * is never there without an earlier one, and what map_sync promised is there.
 *
 * Undo journal: keys of MAP_RECORDS whose first byte is < MAP_LOCAL are *shared*. For each shared key changed in the
 * current *entry*, the value before the entry is kept. map_cut closes the entry (= what one commit publishes) and opens
 * the next. The value of a key at the close of entry e is its old value in the first later entry that has it, else its
 * current value.
 *
 * Threads: every function may be called from any thread unless it says otherwise. Callbacks must not call the map.
 */
#pragma once

#include "crypto/secret.h"
#include "util/buf.h"

enum map_table {
	MAP_RECORDS, /* records of the vault (shared) and derived ones (local) */
	MAP_BLOCK,   /* block id (16) -> sealed block bytes, kept as they are (they are ciphertext already) */
	MAP_QUEUE,   /* what waits for upload */
	MAP_STATE,   /* this device's own state */
	MAP_TABLES
};
#define MAP_LOCAL 0x80 /* first key byte of MAP_RECORDS at or over this: local record, no undo, never published */
#define MAP_KEY_MAX 256
#define MAP_VALUE_MAX (16u << 20)

struct map;
struct map_config {
	const char *dir; /* state directory (0700), must exist; NULL: the in-memory fake, nothing survives map_close */
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

/* --- batches --- */
struct batch; /* ordered puts and deletes; owned by the caller until freed; the last op on a key wins */
struct batch *batch_new(void);
void batch_freep(struct batch **b);
void batch_clear(struct batch *b);
bool batch_empty(const struct batch *b);
/* Failures (out of memory, sizes over the limits) are sticky and reported by map_apply. Keys and values are copied. */
void batch_put(struct batch *b, enum map_table t, struct span key, struct span value);
void batch_del(struct batch *b, enum map_table t, struct span key);
/* batch_put_buf: like batch_put, but takes the value's memory over (no copy of a large block). */
void batch_put_buf(struct batch *b, enum map_table t, struct span key, struct buf *value);
/* map_apply: makes the batch visible at once, all or nothing, and clears it. Memory only: never waits for disk.
 * ERR_NOSPACE when the disk could not take it (checked against the reserve); ERR_NOMEM; ERR_LIMIT; ERR_IO once a commit
 * or log write has failed for good. On error nothing is applied. */
MUST_CHECK err_t map_apply(struct map *m, struct batch *b);
/* map_room: ERR_NOSPACE when the disk could not take `bytes` more, so that a writer can be told before it is too late.
 */
MUST_CHECK err_t map_room(struct map *m, uint64_t bytes);
/* map_sync: returns when everything applied before the call is durable. ERR_IO: it is not, and never will be silently.
 * ERR_NOSPACE, ERR_NOMEM: not yet; nothing is lost, the committer goes on trying. */
MUST_CHECK err_t map_sync(struct map *m);
/* map_commit: everything applied before the call is in the base, durable. */
MUST_CHECK err_t map_commit(struct map *m);
/* map_pressure: true while the memtables hold more than memtable_max: writers of bulk data should wait (map_on_drain).
 * Not while the disk is full: there is nothing to wait for, and map_apply says so. */
bool map_pressure(const struct map *m);
/* map_on_drain: fn(ctx) runs on the committer's thread after each commit, holding no lock; at most one; NULL removes
 * it. */
void map_on_drain(struct map *m, void (*fn)(void *ctx), void *ctx);

/* map_gather: runs the freeze hook alone: what is buffered above is applied. Writes nothing. */
void map_gather(struct map *m);
/* map_on_freeze: keeps the order of operations across a crash. Before the map decides what a log write, commit or cut
 * contains, it calls enter(ctx): the file system stops its operations and applies every buffered write; the map then
 * only swaps pointers and calls leave(ctx). So never call map_sync, map_commit, map_cut, map_transact or
 * map_apply_entry while holding what enter takes. At most one hook. */
void map_on_freeze(struct map *m, void (*enter)(void *ctx), void (*leave)(void *ctx), void *ctx);

/* --- reading --- */
/* map_get: replaces `out` by the newest value. ERR_NOTFOUND; ERR_DAMAGED: that value does not authenticate (others do).
 */
MUST_CHECK err_t map_get(struct map *m, enum map_table t, struct span key, struct buf *out);
/* map_peek: `len` bytes at `off` of the value (a chunk of a block, without copying the whole); ERR_LIMIT when out of
 * range. *ret_total (optional) gets the value's length. */
MUST_CHECK err_t map_peek(struct map *m, enum map_table t, struct span key, size_t off, size_t len, void *out,
                          size_t *ret_total);
/* map_has: ERR_OK or ERR_NOTFOUND. */
MUST_CHECK err_t map_has(struct map *m, enum map_table t, struct span key);
/* map_scan: fn(ctx, key, value) for each record with `prefix` and key >= from, in key order, over a consistent state,
 * until the end or until fn returns non-zero (MAP_STOP ends with ERR_OK, an err_t ends with that). A record that does
 * not authenticate is passed with value.p == NULL. Keep it short: it pins a state of the base. */
#define MAP_STOP (-1)
typedef int (*map_visit)(void *ctx, struct span key, struct span value);
MUST_CHECK err_t map_scan(struct map *m, enum map_table t, struct span prefix, struct span from, map_visit fn,
                          void *ctx);

/* --- cuts, undo, remote changes (one caller at a time: the sync engine) --- */
struct map_txn; /* direct access to the base inside one durable transaction */
MUST_CHECK err_t map_txn_get(struct map_txn *x, enum map_table t, struct span key, struct buf *out);
MUST_CHECK err_t map_txn_put(struct map_txn *x, enum map_table t, struct span key, struct span value);
MUST_CHECK err_t map_txn_del(struct map_txn *x, enum map_table t, struct span key); /* ERR_OK also when absent */
MUST_CHECK err_t map_txn_scan(struct map_txn *x, enum map_table t, struct span prefix, struct span from, map_visit fn,
                              void *ctx);
typedef err_t (*map_txn_fn)(struct map_txn *x, uint64_t entry, void *ctx);
/* map_cut: folds everything applied so far into the base and, in the same transaction, runs fn (optional) and closes
 * the current undo entry, whose number goes to *ret_entry. Shared puts of fn belong to the closed entry. All or
 * nothing: an error of fn aborts. Keys that fn writes must not be written by map_apply at the same time (readers are
 * fine). */
MUST_CHECK err_t map_cut(struct map *m, map_txn_fn fn, void *ctx, uint64_t *ret_entry);
/* map_transact: the same without closing the entry (for queue and state housekeeping that must be durable at once). */
MUST_CHECK err_t map_transact(struct map *m, map_txn_fn fn, void *ctx);
/* map_entry: number of the current (open) entry, 1 on a new map. map_dirty: it holds a shared change. */
uint64_t map_entry(struct map *m);
bool map_dirty(struct map *m);
/* map_delta: for each shared key changed in closed entry `entry` with key >= from, in order: value before it and at its
 * close (value.p NULL: absent). Keys whose value did not change in the end are left out. */
typedef int (*map_delta_fn)(void *ctx, struct span key, struct span before, struct span after);
MUST_CHECK err_t map_delta(struct map *m, uint64_t entry, struct span from, map_delta_fn fn, void *ctx);
/* map_state_at: map_scan of MAP_RECORDS's shared records as they stood at the close of `entry`, which must be the
 * newest closed. */
MUST_CHECK err_t map_state_at(struct map *m, uint64_t entry, struct span from, map_visit fn, void *ctx);
/* map_apply_entry: another device's commit (or the inverse of one): a batch that becomes a closed entry of its own,
 * visible at once and whole. ERR_BUSY, nothing applied, when the current entry holds changes (buffered writes included:
 * the freeze hook runs first). `locked` (optional) runs between the hook's enter and leave, right after the batch
 * became visible. Returns when the entry is in the base, durable; ERR_NOSPACE from there: it is visible and will be
 * closed by a later commit. Undoing entry e = map_apply_entry of the inverse of map_delta(e). */
MUST_CHECK err_t map_apply_entry(struct map *m, struct batch *b, void (*locked)(void *ctx), void *ctx,
                                 uint64_t *ret_entry);
/* map_load: like map_transact, without undo: only for filling a fresh map. */
MUST_CHECK err_t map_load(struct map *m, map_txn_fn fn, void *ctx);
/* map_forget: drops undo entries up to and including `entry`. map_undo_bytes: size of the journal. */
MUST_CHECK err_t map_forget(struct map *m, uint64_t entry);
uint64_t map_undo_bytes(struct map *m);

struct map_stats {
	uint64_t memtable_bytes, base_bytes, block_bytes, blocks, commits, log_syncs;
	uint64_t applied, committed; /* ops so far; those that are in the base, as block_bytes and blocks count it */
	err_t failed;                /* the error that made the map read-only, or ERR_OK */
};
void map_stats(struct map *m, struct map_stats *ret);
