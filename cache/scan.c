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

static err_t scan_layers(struct map *m, struct snap *s, unsigned table, struct span prefix, struct span from,
                         map_visit fn, void *ctx)
{
	cleanup(values_free) struct values v = { 0 };
	struct merge g = { 0 };
	struct span start = span_max(prefix, from), key, value;
	const struct mem_op *op;
	for (int i = 0; i < 2; i++)
		if (s->layer[i])
			g.at[i] = memtable_seek(s->layer[i], table, start, s->seq);
	err_t e = iter_seek(s->r->txn, &g.it, table, start);
	while (!e && merge_least(&g, &key, &op) && key_has_prefix(key, prefix)) {
		if (!op || !op->del) {
			if (op)
				value = SPAN(op->value, op->value_len);
			else
				e = iter_value(m, s->r->txn, s->r->opener, table, &g.it, &v, &value);
			if (e || visited(fn(ctx, key, value), &e))
				break;
		}
		e = merge_pass(&g, s, key);
	}
	base_cursor_freep(&g.it.c);
	return e;
}

err_t map_scan(struct map *m, enum map_table t, struct span prefix, struct span from, map_visit fn, void *ctx)
{
	struct snap s = { 0 };
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	e = scan_layers(m, &s, t, prefix, from, fn, ctx);
	snap_end(m, &s);
	return e;
}
