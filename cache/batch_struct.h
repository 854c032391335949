/* SPDX-License-Identifier: MIT
 * Inside of struct batch, for the files of cache/: ops in the order of the calls.
 */
#pragma once

#include "cache/batch.h"

struct batch_op {
	enum map_table table;
	bool del;
	uint16_t key_len;
	size_t key_at;   /* into keys */
	size_t value_at; /* into keys, unless value is set */
	uint8_t *value;  /* a large value, malloc'ed and owned */
	size_t value_len;
};
struct batch {
	struct buf keys;      /* keys and small values */
	struct batch_op *ops; /* owned */
	size_t count, room;
	size_t put_bytes; /* keys and values of the puts */
	enum map_use use;
	err_t failed; /* sticky */
};
static inline struct span batch_key(const struct batch *b, const struct batch_op *op)
{
	return SPAN(b->keys.p + op->key_at, op->key_len);
}
static inline struct span batch_value(const struct batch *b, const struct batch_op *op)
{
	return SPAN(op->value ? op->value : b->keys.p + op->value_at, op->value_len);
}
