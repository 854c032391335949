/* SPDX-License-Identifier: MIT
 * Writing records with everything that is derived from them, in one batch.
 * A change of a shared record changes local ones: a directory entry gives REC_LINK and REC_COUNT, an extents record
 * gives REC_REF. They are computed here and only here, from the value before and the value after, for our own
 * operations (over map_apply) and for another device's (inside a transaction).
 *
 * A block whose last reference goes: its MAP_BLOCK bytes and QUEUE_BLOCK entry are deleted; in our own operations so is
 * its REC_BLOCK (a published deletion; the other devices get it with the same commit). Bytes that a segment waits for
 * (QUEUE_UPLOAD_PINNED), or that the close of a changeset under way may be packing (QUEUE_PACKING), stay as ordinary
 * cache contents.
 */
#pragma once

#include "cache/map.h"
#include "vault/records/record.h"

struct txn; /* one pending set of changes; not thread-safe; the caller holds its own write lock from begin to apply */
/* txn_begin: our own operations, over a map. txn_begin_remote: another device's changes, over a map (REC_BLOCK
 * records are left to the commit; txn_batch gives the batch for map_apply_changeset). txn_begin_within: the same inside
 * map_load. */
struct txn *txn_begin(struct map *m);
struct txn *txn_begin_remote(struct map *m);
struct txn *txn_begin_within(struct map_txn *x);
/* txn_freep: what was not applied is forgotten; NULL is fine. */
void txn_freep(struct txn **t);
/* txn_use: what it is for (cache/batch.h), until it is applied. */
void txn_use(struct txn *t, enum map_use use);
/* txn_get: as the records will be after this set (pending changes first, then the map). */
MUST_CHECK err_t txn_get(struct txn *t, struct span key, struct buf *out);
/* txn_put, txn_del: of shared and local records of MAP_RECORDS. Failures are sticky and reported by txn_apply. */
void txn_put(struct txn *t, struct span key, const struct buf *value);
void txn_del(struct txn *t, struct span key);
/* txn_block: a freshly sealed block: MAP_BLOCK and QUEUE_BLOCK. Takes `sealed` over. */
void txn_block(struct txn *t, struct id id, const struct pending_block *p, struct buf *sealed);
/* txn_apply: computes the derived records and applies all atomically; the set is empty afterwards. On error nothing
 * is. */
MUST_CHECK err_t txn_apply(struct txn *t);
/* txn_batch: instead of txn_apply: the finished batch, caller frees it. */
MUST_CHECK err_t txn_batch(struct txn *t, struct batch **ret);
/* txn_counts: derived link counts of an inode, with this set's changes. */
MUST_CHECK err_t txn_counts(struct txn *t, uint64_t ino, struct count_rec *ret);
