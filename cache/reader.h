/* SPDX-License-Identifier: MIT
 * Pooled read transactions and snapshots.
 */
#pragma once

#include "cache/base.h"
#include "cache/memtable.h"

struct reader { /* a pooled read transaction with its cipher context */
	struct reader *next;
	struct base_txn *txn;
	struct opener *opener;
	struct buf cell; /* scratch */
};
/* reader_get: begun over the published base. */
MUST_CHECK err_t reader_get(struct map *m, struct reader **ret);
void reader_put(struct map *m, struct reader *r);
void reader_free_all(struct map *m);

struct snap {
	struct memtable *layer[2]; /* newest first; the second may be NULL */
	uint64_t seq;              /* the last op that counts */
	struct reader *r;
};
MUST_CHECK err_t snap_begin(struct map *m, struct snap *s);
void snap_end(struct map *m, struct snap *s);
/* snap_find: the key's newest op in the memtables, or NULL. */
const struct mem_op *snap_find(const struct snap *s, unsigned table, struct span key);
