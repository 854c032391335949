/* SPDX-License-Identifier: MIT
 * The table of a pending set: chained buckets, and a list in the order in which keys were first named.
 */
#include "vault/txn/txn_table.h"

#include <stdlib.h>
#include <string.h>

void txn_table_clear(struct txn *t)
{
	for (struct txn_change *n = t->first, *next; n; n = next) {
		next = n->next;
		buf_wipe_free(&n->value); /* inode and epoch records hold keys */
		free(n);
	}
	if (t->n)
		memset(t->bucket, 0, t->buckets * sizeof(struct txn_change *));
	t->first = NULL;
	t->last = &t->first;
	t->n = 0;
}

void txn_table_free(struct txn *t)
{
	txn_table_clear(t);
	free(t->bucket);
	t->bucket = NULL;
	t->buckets = 0;
}

static uint32_t hash_of(struct span key)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a, the high half folded in */
	for (size_t i = 0; i < key.len; i++)
		h = (h ^ ((const uint8_t *)key.p)[i]) * 0x100000001b3;
	return (uint32_t)(h ^ h >> 32);
}

static struct txn_change *find(const struct txn *t, struct span key, uint32_t hash)
{
	if (!t->buckets)
		return NULL;
	struct txn_change *n = t->bucket[hash & (t->buckets - 1)];
	while (n && !(n->hash == hash && n->len == key.len && !memcmp(n->key, key.p, key.len)))
		n = n->chain;
	return n;
}

struct txn_change *txn_change_find(const struct txn *t, struct span key)
{
	return find(t, key, hash_of(key));
}

static bool grow(struct txn *t)
{
	size_t buckets = t->buckets ? t->buckets * 2 : 64;
	struct txn_change **b = calloc(buckets, sizeof(struct txn_change *));
	if (!b)
		return false;
	for (struct txn_change *n = t->first; n; n = n->next) {
		struct txn_change **at = &b[n->hash & (buckets - 1)];
		n->chain = *at;
		*at = n;
	}
	free(t->bucket);
	t->bucket = b;
	t->buckets = buckets;
	return true;
}

struct txn_change *txn_change_of(struct txn *t, struct span key)
{
	uint32_t hash = hash_of(key);
	struct txn_change *n = find(t, key, hash);
	if (n)
		return n;
	if (key.len < 1 || key.len > MAP_KEY_MAX || (t->n >= t->buckets && !grow(t)) ||
	    !(n = calloc(1, sizeof(*n) + key.len))) {
		if (!t->failed)
			t->failed = key.len < 1 || key.len > MAP_KEY_MAX ? ERR_LIMIT : ERR_NOMEM;
		return NULL;
	}
	n->hash = hash;
	n->len = (uint16_t)key.len;
	memcpy(n->key, key.p, key.len);
	struct txn_change **at = &t->bucket[hash & (t->buckets - 1)];
	n->chain = *at;
	*at = n;
	*t->last = n;
	t->last = &n->next;
	t->n++;
	return n;
}

err_t txn_read(struct txn *t, enum map_table table, struct span key, struct buf *out)
{
	return t->map ? map_get(t->map, table, key, out) : map_txn_get(t->within, table, key, out);
}
