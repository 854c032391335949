/* SPDX-License-Identifier: MIT
 * A list of puts and deletes that can go into a transaction or into a batch: what the engine persists at once.
 */
#pragma once

#include "cache/map.h"
#include "vault/records/record.h"

struct ops {
	struct buf b;
};
#define OPS_INIT ((struct ops){ BUF_INIT })
void ops_free(struct ops *o);
void ops_put(struct ops *o, enum map_table t, struct span key, struct span value);
void ops_del(struct ops *o, enum map_table t, struct span key);
/* ops_map_txn: replays into a map transaction; ops_batch: adds to a batch (whose failures are sticky); ops_commit: in a
 * durable transaction of their own. */
MUST_CHECK err_t ops_map_txn(const struct ops *o, struct map_txn *x);
MUST_CHECK err_t ops_batch(const struct ops *o, struct batch *b);
MUST_CHECK err_t ops_commit(const struct ops *o, struct map *m);
