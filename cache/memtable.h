/* SPDX-License-Identifier: MIT
 * An ordered in-memory map with versions: a skip list over arena memory for each table.
 * One writer at a time (the caller's lock); readers need no lock: they see the versions whose sequence number is at
 * most the one they pinned. Nothing is ever unlinked; an overlay is dropped as a whole with its last reference.
 */
#pragma once

#include "util/buf.h"

#include <stdatomic.h>

#define OVERLAY_TABLES 6
#define OVERLAY_SMALL 4096 /* values over this have memory of their own */

struct op {                         /* one version of one key */
	_Atomic(struct op *) order; /* the op applied after this one in the same overlay */
	uint64_t seq;
	const uint8_t *key;
	uint8_t *value;
	uint32_t value_len;
	uint16_t key_len;
	uint8_t table;
	uint8_t height;
	bool del;
	bool owned; /* value is malloc'ed and goes with the overlay */
	_Atomic(struct op *) next[];
};
struct overlay;
struct overlay *overlay_new(void);
struct overlay *overlay_ref(struct overlay *o);
void overlay_unref(struct overlay *o); /* NULL is fine; the last one wipes and frees */
/* overlay_prepare: an op that is not visible yet; NULL: out of memory. The value is copied; with value.p NULL it is
 * left uninitialised. overlay_adopt: takes over `value` (malloc'ed) at overlay_link; until then it is the caller's. */
struct op *overlay_prepare(struct overlay *o, unsigned table, struct span key, struct span value, bool del);
struct op *overlay_adopt(struct overlay *o, unsigned table, struct span key, uint8_t *value, size_t len);
/* overlay_link: makes it visible at `seq`, which must be greater than every one linked before. Cannot fail. */
void overlay_link(struct overlay *o, struct op *op, uint64_t seq);

/* overlay_find: the newest version of `key` not newer than `seq` (a delete too), or NULL. */
const struct op *overlay_find(const struct overlay *o, unsigned table, struct span key, uint64_t seq);
/* overlay_seek, overlay_next: the same for the first key >= `key`, and for the next key after `op`. */
const struct op *overlay_seek(const struct overlay *o, unsigned table, struct span key, uint64_t seq);
const struct op *overlay_next(const struct overlay *o, const struct op *op, uint64_t seq);
/* overlay_first, overlay_after: every op in the order of application. */
const struct op *overlay_first(const struct overlay *o);
const struct op *overlay_after(const struct op *op);

/* overlay_mark: a place in that order that one user (the log) remembers; NULL at first. */
const struct op *overlay_mark(const struct overlay *o);
void overlay_set_mark(struct overlay *o, const struct op *op);

size_t overlay_bytes(const struct overlay *o);    /* memory, each op counted as 512 bytes at least */
uint64_t overlay_ops(const struct overlay *o);    /* ops linked */
uint64_t overlay_shared(const struct overlay *o); /* of those, on shared keys (see map.h) */
static inline struct span op_key(const struct op *op)
{
	return SPAN(op->key, op->key_len);
}
static inline struct span op_value(const struct op *op)
{
	return SPAN(op->value, op->value_len);
}
