/* SPDX-License-Identifier: MIT
 * A pending set of changes: a hash table from record key to what becomes of the record.
 * Derived counters (REC_COUNT, REC_REF) are kept as deltas and turned into values only when the set is finished.
 */
#pragma once

#include "vault/txn/txn.h"

enum node_state {
	NODE_NEW,   /* just made by txn_node_of; nothing said about it yet */
	NODE_PUT,   /* becomes `value` */
	NODE_DEL,   /* goes */
	NODE_DELTA, /* a counter: changes by `delta` */
};
struct node {
	struct node *chain; /* of its bucket */
	struct node *next;  /* of all, in the order they were made */
	struct buf value;
	int64_t delta[2]; /* COUNT: names, subdirectories; REF: pieces */
	uint32_t hash;
	uint16_t len;
	enum node_state state;
	uint8_t key[];
};

struct txn {
	struct map *map; /* one of these two */
	struct map_txn *txn;
	bool own; /* our operations: a block without references loses its REC_BLOCK, too */
	struct node **bucket;
	size_t buckets, n;
	struct node *first, **last;
	struct batch *batch;  /* over a map only */
	struct buf before;    /* value before the change in hand */
	struct piece *pieces; /* 2 * PIECES_MAX, made on first use */
	err_t failed;         /* sticky */
};

/* txn_node_find: NULL when the set says nothing about that key. txn_node_of: makes it (NULL: out of memory, sticky).
 */
struct node *txn_node_find(const struct txn *t, struct span key);
struct node *txn_node_of(struct txn *t, struct span key);
static inline struct span node_key(const struct node *n)
{
	return SPAN(n->key, n->len);
}
/* txn_read: below the set: the map or the transaction. */
MUST_CHECK err_t txn_read(struct txn *t, enum map_table table, struct span key, struct buf *out);

/* derive_change: adds to the set what follows from record `key` turning from `before` into `after` (p NULL: absent). */
MUST_CHECK err_t derive_change(struct txn *t, struct span key, struct span before, struct span after);
/* derive_count, derive_ref: a counter as it will be. `n` may be NULL (no delta). */
MUST_CHECK err_t derive_count(struct txn *t, struct span key, const struct node *n, struct count_rec *ret);
MUST_CHECK err_t derive_ref(struct txn *t, struct span key, const struct node *n, uint32_t *ret);
