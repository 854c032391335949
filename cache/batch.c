/* SPDX-License-Identifier: MIT */
#include "cache/batch.h"

#include "cache/batch_struct.h"
#include "cache/memtable.h"
#include "util/cleanup.h"
#include "util/vec.h"

#include <string.h>

struct batch *batch_new(void)
{
	return calloc(1, sizeof(struct batch));
}

static void value_free(struct batch_op *op)
{
	if (!op->value)
		return;
	if (op->table != MAP_BLOCK)
		explicit_bzero(op->value, op->value_len);
	free(op->value);
}

void batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		value_free(&b->ops[i]);
	if (b->keys.p)
		explicit_bzero(b->keys.p, b->keys.len);
	buf_clear(&b->keys);
	b->count = b->put_bytes = 0;
	b->use = MAP_WRITES;
	b->failed = ERR_OK;
}

void batch_freep(struct batch **b)
{
	if (!*b)
		return;
	batch_clear(*b);
	buf_wipe_free(&(*b)->keys);
	free((*b)->ops);
	free(*b);
	*b = NULL;
}

void batch_use(struct batch *b, enum map_use use)
{
	b->use = use;
}

bool batch_empty(const struct batch *b)
{
	return b->count == 0 && b->failed == ERR_OK;
}

static struct batch_op *op_add(struct batch *b, enum map_table t, struct span key, size_t value_len)
{
	if (b->failed)
		return NULL;
	if ((unsigned)t >= MAP_TABLES || !key.len || key.len > MAP_KEY_MAX || value_len > MAP_VALUE_MAX) {
		b->failed = ERR_LIMIT;
		return NULL;
	}
	if (!vec_room(b->ops, b->count, 1, &b->room)) {
		b->failed = ERR_NOMEM;
		return NULL;
	}
	size_t at = b->keys.len;
	buf_put(&b->keys, key.p, key.len);
	if (buf_ok(&b->keys)) {
		b->failed = ERR_NOMEM;
		return NULL;
	}
	struct batch_op *op = &b->ops[b->count];
	*op = (struct batch_op){ .table = t, .key_len = (uint16_t)key.len, .key_at = at, .value_len = value_len };
	return op;
}

void batch_put(struct batch *b, enum map_table t, struct span key, struct span value)
{
	struct batch_op *op = op_add(b, t, key, value.len);
	if (!op)
		return;
	op->value_at = b->keys.len;
	if (value.len > MEMTABLE_SMALL) {
		op->value = malloc(value.len);
		if (op->value)
			memcpy(op->value, value.p, value.len);
		else
			b->failed = ERR_NOMEM;
	} else {
		buf_put(&b->keys, value.p, value.len);
		b->failed = buf_ok(&b->keys);
	}
	if (b->failed)
		return;
	b->put_bytes += key.len + value.len;
	b->count++;
}

void batch_put_buf(struct batch *b, enum map_table t, struct span key, struct buf *value)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	buf_move(&v, value);
	if (!b->failed)
		b->failed = buf_ok(&v);
	if (v.len <= MEMTABLE_SMALL) {
		batch_put(b, t, key, buf_span(&v));
		return;
	}
	struct batch_op *op = op_add(b, t, key, v.len);
	if (!op)
		return;
	op->value = steal_ptr(v.p);
	b->put_bytes += key.len + op->value_len;
	b->count++;
}

void batch_del(struct batch *b, enum map_table t, struct span key)
{
	struct batch_op *op = op_add(b, t, key, 0);
	if (!op)
		return;
	op->value_at = b->keys.len;
	op->del = true;
	b->count++;
}
