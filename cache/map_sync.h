/* SPDX-License-Identifier: MIT
 * Durability on demand.
 */
#pragma once

#include "cache/types.h"

/* map_sync: returns when everything applied before the call is durable. ERR_IO: it is not, and never will be silently.
 * ERR_NOSPACE, ERR_NOMEM: not yet; nothing is lost, the committer goes on trying. */
MUST_CHECK err_t map_sync(struct map *m);
/* map_commit: everything applied before the call is in the base, durable. */
MUST_CHECK err_t map_commit(struct map *m);
/* map_transact: the same and, in the same transaction, what fn does. All or nothing: an error of fn aborts, and is
 * passed on. Keys that fn writes must not be written by map_apply at the same time (readers are fine). */
MUST_CHECK err_t map_transact(struct map *m, map_txn_fn fn, void *ctx);
