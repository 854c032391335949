/* SPDX-License-Identifier: MIT
 * Scanning over the layers: a merge of both memtables and the base.
 */
#include "cache/scan.h"

#include "cache/base_scan.h"
#include "cache/map_struct.h"
#include "cache/reader.h"
#include "util/cleanup.h"

/* The merge of the layers at the smallest key; op is NULL when the base's record is the one that counts. */
struct merge {
	const struct mem_op *at[2];
	struct base_iter it;
};

static bool merge_least(const struct merge *g, struct span *ret_key, const struct mem_op **ret_op)
{
	const struct mem_op *best = NULL;
	for (int i = 0; i < 2; i++)
		if (g->at[i] && (!best || span_cmp(mem_op_key(g->at[i]), mem_op_key(best)) < 0))
			best = g->at[i];
	if (!g->it.end && (!best || span_cmp(iter_key(&g->it), mem_op_key(best)) < 0)) {
		*ret_key = iter_key(&g->it);
		*ret_op = NULL;
		return true;
	}
	if (!best)
		return false;
	*ret_key = mem_op_key(best);
	*ret_op = best;
	return true;
}

/* merge_pass: moves every layer that stands at `key` on. */
static err_t merge_pass(struct merge *g, const struct snap *s, struct span key)
{
	bool base = !g->it.end && span_cmp(iter_key(&g->it), key) == 0;
	for (int i = 0; i < 2; i++)
		if (g->at[i] && span_cmp(mem_op_key(g->at[i]), key) == 0)
			g->at[i] = memtable_next(s->layer[i], g->at[i], s->seq);
	return base ? iter_next(s->r->txn, &g->it) : ERR_OK; /* last: `key` may be the iterator's own */
}

struct layers { /* one table of a snapshot, being scanned */
	const struct snap *s;
	struct base_view base;
	unsigned table;
	struct merge merge;
	struct values values;
};

static err_t layers_begin(struct layers *l, struct span start)
{
	for (int i = 0; i < 2; i++)
		if (l->s->layer[i])
			l->merge.at[i] = memtable_seek(l->s->layer[i], l->table, start, l->s->seq);
	return iter_seek(l->base.txn, &l->merge.it, l->table, start);
}

static void layers_end(struct layers *l)
{
	base_cursor_freep(&l->merge.it.c);
	values_free(&l->values);
}

/* layers_value: of the record that the merge stands at; `op`: in a memtable, NULL: in the base. */
static err_t layers_value(struct layers *l, const struct mem_op *op, struct span *ret)
{
	if (!op)
		return iter_value(&l->base, l->table, &l->merge.it, &l->values, ret);
	*ret = SPAN(op->value, op->value_len);
	return ERR_OK;
}

static err_t layers_visit(struct layers *l, struct span prefix, map_visit fn, void *ctx)
{
	struct span key, value;
	const struct mem_op *op;
	err_t e = ERR_OK;
	while (!e && merge_least(&l->merge, &key, &op) && key_has_prefix(key, prefix)) {
		int answer = 0;
		if (!op || !op->del) {
			e = layers_value(l, op, &value);
			answer = e ? 0 : fn(ctx, key, value);
		}
		if (answer)
			return visited_error(answer);
		if (!e)
			e = merge_pass(&l->merge, l->s, key);
	}
	return e;
}

err_t map_scan(struct map *m, enum map_table t, struct span prefix, struct span from, map_visit fn, void *ctx)
{
	struct snap s = { 0 };
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	struct layers l = { .s = &s, .base = { m, s.r->txn, s.r->opener }, .table = t };
	e = layers_begin(&l, span_max(prefix, from));
	if (!e)
		e = layers_visit(&l, prefix, fn, ctx);
	layers_end(&l);
	snap_end(m, &s);
	return e;
}
