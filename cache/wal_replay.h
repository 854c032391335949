/* SPDX-License-Identifier: MIT
 * Reading the write-ahead log back.
 */
#pragma once

#include "cache/wal.h"

/* wal_replay: fn for each op newer than `base_seq`, in order; `last` on the last of its record. ERR_DAMAGED:
 * synced changes are lost, after everything that can be replayed was. Ends at the first error of fn. */
typedef err_t (*wal_visit)(void *ctx, enum map_table t, bool del, struct span key, struct span value, bool last);
MUST_CHECK err_t wal_replay(struct wal *l, uint64_t base_seq, wal_visit fn, void *ctx);
