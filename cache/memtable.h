/* SPDX-License-Identifier: MIT
 * An ordered in-memory map with versions: a skip list over arena memory for each table.
 * One writer at a time (the caller's lock); readers need no lock: they see the versions whose sequence number is at
 * most the one they pinned. Nothing is ever unlinked; a memtable is dropped as a whole with its last reference.
 */
#pragma once

#include "util/buf.h"

#include <stdatomic.h>

#define MEMTABLE_TABLES 5
#define MEMTABLE_SMALL 4096 /* values over this have memory of their own */

struct mem_op {                         /* one version of one key */
	_Atomic(struct mem_op *) order; /* the op applied after this one in the same memtable */
	uint64_t seq;
	uint64_t begin; /* of the key, as a number: keys whose begins differ are in the order of these */
	const uint8_t *key;
	uint8_t *value;
	uint32_t value_len;
	uint16_t key_len;
	uint8_t table;
	uint8_t height;
	bool del;
	bool owned; /* value is malloc'ed and goes with the memtable */
	_Atomic(struct mem_op *) next[];
};
struct memtable;
struct memtable *memtable_new(void);
struct memtable *memtable_ref(struct memtable *o);
void memtable_unref(struct memtable *o); /* NULL is fine; the last one wipes and frees */
/* memtable_prepare: an op that is not visible yet; NULL: out of memory. The value is copied; with value.p NULL it is
 * left uninitialised. memtable_adopt: takes over `value` (malloc'ed) at memtable_link; until then it is the caller's.
 */
struct mem_op *memtable_prepare(struct memtable *o, unsigned table, struct span key, struct span value, bool del);
struct mem_op *memtable_adopt(struct memtable *o, unsigned table, struct span key, uint8_t *value, size_t len);
/* memtable_link: makes it visible at `seq`, which must be greater than every one linked before. Cannot fail. */
void memtable_link(struct memtable *o, struct mem_op *op, uint64_t seq);

/* memtable_find: the newest version of `key` not newer than `seq` (a delete too), or NULL. */
const struct mem_op *memtable_find(const struct memtable *o, unsigned table, struct span key, uint64_t seq);
/* memtable_seek, memtable_next: the same for the first key >= `key`, and for the next key after `op`. */
const struct mem_op *memtable_seek(const struct memtable *o, unsigned table, struct span key, uint64_t seq);
const struct mem_op *memtable_next(const struct memtable *o, const struct mem_op *op, uint64_t seq);
/* memtable_first, memtable_after: every op in the order of application. */
const struct mem_op *memtable_first(const struct memtable *o);
const struct mem_op *memtable_after(const struct mem_op *op);

/* memtable_mark: a place in that order that one user (the log) remembers; NULL at first. */
const struct mem_op *memtable_mark(const struct memtable *o);
void memtable_set_mark(struct memtable *o, const struct mem_op *op);

size_t memtable_bytes(const struct memtable *o); /* memory, each op counted as 512 bytes at least */
uint64_t memtable_ops(const struct memtable *o); /* ops linked */
static inline struct span mem_op_key(const struct mem_op *op)
{
	return SPAN(op->key, op->key_len);
}
static inline struct span mem_op_value(const struct mem_op *op)
{
	return SPAN(op->value, op->value_len);
}
