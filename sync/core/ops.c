/* SPDX-License-Identifier: MIT
 * A list of puts and deletes in one buffer: table(1) kind(1) key(4+) value(4+).
 */
#include "sync/core/ops.h"

enum { OP_DEL, OP_PUT };

void ops_free(struct ops *o)
{
	buf_wipe_free(&o->b); /* may hold an epoch's root */
}

static void ops_add(struct ops *o, enum map_table t, uint8_t op, struct span key, struct span value)
{
	buf_u8(&o->b, (uint8_t)t);
	buf_u8(&o->b, op);
	buf_blob32(&o->b, key);
	buf_blob32(&o->b, value);
}

void ops_put(struct ops *o, enum map_table t, struct span key, struct span value)
{
	ops_add(o, t, OP_PUT, key, value);
}

void ops_del(struct ops *o, enum map_table t, struct span key)
{
	ops_add(o, t, OP_DEL, key, SPAN(NULL, 0));
}

struct listed {
	enum map_table table;
	bool put;
	struct span key, value;
};

static bool ops_next(struct rd *r, struct listed *op)
{
	if (r->bad || r->left == 0)
		return false;
	op->table = (enum map_table)rd_u8(r);
	op->put = rd_u8(r) == OP_PUT;
	op->key = rd_blob32(r);
	op->value = rd_blob32(r);
	return !r->bad;
}

err_t ops_map_txn(const struct ops *o, struct map_txn *x)
{
	struct rd r = RD(buf_span(&o->b));
	struct listed op;
	err_t e = buf_ok(&o->b);
	while (!e && ops_next(&r, &op))
		e = op.put ? map_txn_put(x, op.table, op.key, op.value) : map_txn_del(x, op.table, op.key);
	return e;
}

err_t ops_batch(const struct ops *o, struct batch *b)
{
	struct rd r = RD(buf_span(&o->b));
	struct listed op;
	err_t e = buf_ok(&o->b);
	while (!e && ops_next(&r, &op)) {
		if (op.put)
			batch_put(b, op.table, op.key, op.value);
		else
			batch_del(b, op.table, op.key);
	}
	return e;
}

static err_t ops_fn(struct map_txn *x, void *ctx)
{
	return ops_map_txn(ctx, x);
}

err_t ops_commit(const struct ops *o, struct map *m)
{
	return map_transact(m, ops_fn, (void *)(uintptr_t)o);
}
