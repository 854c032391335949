/* SPDX-License-Identifier: MIT
 * Changesets. One caller at a time: the sync engine.
 */
#pragma once

#include "cache/batch.h"

/* map_changeset_close: flushes everything applied so far into the base and, in the same transaction, runs fn (optional)
 * and closes the current undo changeset, whose number goes to *ret_changeset. Shared puts of fn belong to the closed
 * changeset. All or nothing: an error of fn aborts. Keys that fn writes must not be written by map_apply at the same
 * time (readers are fine). */
MUST_CHECK err_t map_changeset_close(struct map *m, map_txn_fn fn, void *ctx, uint64_t *ret_changeset);
/* map_transact: the same without closing the changeset (for queue and state housekeeping that must be durable at once).
 */
MUST_CHECK err_t map_transact(struct map *m, map_txn_fn fn, void *ctx);
/* map_changeset: number of the current (open) changeset, 1 on a new map. map_dirty: it holds a shared change. */
uint64_t map_changeset(struct map *m);
bool map_dirty(struct map *m);
/* map_apply_changeset: another device's commit (or the inverse of one): a batch that becomes a closed changeset of its
 * own, visible at once and whole. ERR_BUSY, nothing applied, when the current changeset holds changes (buffered writes
 * included: the freeze hook runs first). `locked` (optional) runs between the hook's enter and leave, right after the
 * batch became visible. Returns when the changeset is in the base, durable; ERR_NOSPACE from there: it is visible and
 * will be closed by a later commit. Undoing changeset e = map_apply_changeset of the inverse of map_delta(e). */
MUST_CHECK err_t map_apply_changeset(struct map *m, struct batch *b, void (*locked)(void *ctx), void *ctx,
                                     uint64_t *ret_changeset);
/* map_load: like map_transact, without undo: only for filling a fresh map. */
MUST_CHECK err_t map_load(struct map *m, map_txn_fn fn, void *ctx);
/* map_forget: drops undo changesets up to and including `changeset`. map_undo_bytes: size of the journal. */
MUST_CHECK err_t map_forget(struct map *m, uint64_t changeset);
uint64_t map_undo_bytes(struct map *m);
