/* SPDX-License-Identifier: MIT
 * A pending set of changes: a hash table from record key to what becomes of the record. For the files of this folder.
 * Derived counters (REC_COUNT, REC_REF) are kept as deltas and turned into values only when the set is finished.
 */
#pragma once

#include "vault/txn/txn.h"

enum txn_change_state {
	CHANGE_NEW,   /* just made by txn_change_of; nothing said about it yet */
	CHANGE_PUT,   /* becomes `value` */
	CHANGE_DEL,   /* goes */
	CHANGE_DELTA, /* a counter: changes by `delta` */
};
struct txn_change {
	struct txn_change *chain; /* of its bucket */
	struct txn_change *next;  /* of all, in the order they were made */
	struct buf value;
	int64_t delta[2]; /* COUNT: names, subdirectories; REF: extents */
	uint32_t hash;
	uint16_t len;
	enum txn_change_state state;
	uint8_t key[];
};

struct txn {
	struct map *map; /* one of these two */
	struct map_txn *within;
	bool own; /* our operations: a block without references loses its REC_BLOCK, too */
	struct txn_change **bucket;
	size_t buckets, n;
	struct txn_change *first, **last;
	struct batch *batch;    /* over a map only */
	struct buf before;      /* value before the change in hand */
	struct extent *extents; /* 2 * EXTENTS_MAX, made on first use */
	err_t failed;           /* sticky */
};

/* txn_change_find: NULL when the set says nothing about that key. txn_change_of: makes it (NULL: out of memory,
 * sticky).
 */
struct txn_change *txn_change_find(const struct txn *t, struct span key);
struct txn_change *txn_change_of(struct txn *t, struct span key);
/* txn_change_key: points into `n`. */
static inline struct span txn_change_key(const struct txn_change *n)
{
	return SPAN(n->key, n->len);
}
/* txn_table_clear: the set says nothing any more; values are wiped, buckets stay. txn_table_free: buckets too. */
void txn_table_clear(struct txn *t);
void txn_table_free(struct txn *t);
/* txn_read: below the set: the map or the transaction of the map. */
MUST_CHECK err_t txn_read(struct txn *t, enum map_table table, struct span key, struct buf *out);
