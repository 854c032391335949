/* SPDX-License-Identifier: MIT
 * The ordered, encrypted, crash-safe map under a vault: what everything local is kept in.
 *
 * Layers: memtable (memory) -> immutable memtable (memory) -> base (LMDB, or the in-memory fake of tests).
 * map_apply puts an atomic batch in the memtable; map_sync makes all that was applied durable by appending it,
 * sealed, to the write-ahead log (one fdatasync, shared by all waiters); the committer thread flushes the memtable into
 * the base about every second or when it grows, one fully synced transaction each, which also records the log position.
 * Opening replays the log behind that position. So across a crash a batch is there whole or not at all, a later batch
 * is never there without an earlier one, and what map_sync promised is there.
 * map_transact is for what must be in the base together: all that was applied, and changes made past memtable and log.
 *
 * Threads: every function may be called from any thread unless it says otherwise. Callbacks must not call the map, but
 * for what map_stopped calls.
 */
#pragma once

#include "cache/apply.h"
#include "cache/batch.h"
#include "cache/hooks.h"
#include "cache/map_sync.h"
#include "cache/map_txn.h"
#include "cache/open.h"
#include "cache/read.h"
#include "cache/scan.h"
#include "cache/stats.h"
#include "cache/types.h"
