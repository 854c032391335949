/* SPDX-License-Identifier: MIT
 * Reading and changing the base inside one durable transaction (map_transact).
 */
#pragma once

#include "cache/types.h"

MUST_CHECK err_t map_txn_get(struct map_txn *x, enum map_table t, struct span key, struct buf *out);
MUST_CHECK err_t map_txn_put(struct map_txn *x, enum map_table t, struct span key, struct span value);
MUST_CHECK err_t map_txn_del(struct map_txn *x, enum map_table t, struct span key); /* ERR_OK also when absent */
MUST_CHECK err_t map_txn_scan(struct map_txn *x, enum map_table t, struct span prefix, struct span from, map_visit fn,
                              void *ctx);
