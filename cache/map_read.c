/* SPDX-License-Identifier: MIT
 * Reading: a snapshot is the two memtables, the number of the last op that counts, and a base transaction, all taken
 * under one lock; so a batch is seen whole or not at all, also while the committer works.
 */
#include "cache/internal.h"

#include <sched.h>
#include <string.h>

/* --- pooled base transactions --- */

static void reader_free(struct reader *r)
{
	if (!r)
		return;
	if (r->txn)
		r->txn->ops->read_free(r->txn);
	opener_freep(&r->opener);
	buf_wipe_free(&r->cell);
	free(r);
}

static void reader_freep(struct reader **r)
{
	reader_free(*r);
}

void reader_free_all(struct map *m)
{
	for (struct reader *r = m->readers, *next; r; r = next) {
		next = r->next;
		reader_free(r);
	}
	m->readers = NULL;
}

static err_t reader_new(struct map *m, struct reader **ret)
{
	cleanup(reader_freep) struct reader *r = calloc(1, sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	r->opener = opener_new(m->seal);
	if (!r->opener)
		return ERR_NOMEM;
	err_t e = m->base->ops->read_new(m->base, &r->txn);
	if (e)
		return e;
	*ret = steal_ptr(r);
	return ERR_OK;
}

struct snap {
	struct memtable *layer[2]; /* newest first; the second may be NULL */
	uint64_t seq;
	struct reader *r;
};

/* try_begin: with `lock` held; false: the base is between its commit and the drop of what it now contains. */
static bool try_begin(struct map *m, struct reader *r, err_t *e)
{
	*e = r->txn->ops->read_renew(r->txn);
	if (*e || r->txn->ops->version(r->txn) == m->base_version)
		return true;
	r->txn->ops->read_reset(r->txn);
	return false;
}

/* begin: a reader over the published base and, when `s` is given, the layers above it. */
static err_t begin(struct map *m, struct snap *s, struct reader **ret)
{
	cleanup(reader_freep) struct reader *r = NULL;
	for (;;) {
		err_t e = ERR_OK;
		pthread_mutex_lock(&m->lock);
		if (!r && m->readers) {
			r = m->readers;
			m->readers = r->next;
		}
		bool done = r && try_begin(m, r, &e);
		if (done && !e && s) {
			s->layer[0] = memtable_ref(m->memtable);
			s->layer[1] = memtable_ref(m->immutable);
			s->seq = m->visible;
		}
		pthread_mutex_unlock(&m->lock);
		if (e)
			return e;
		if (done)
			break;
		if (r)
			sched_yield(); /* the committer needs an instant to publish */
		else if ((e = reader_new(m, &r)))
			return e;
	}
	*ret = steal_ptr(r);
	return ERR_OK;
}

err_t reader_get(struct map *m, struct reader **ret)
{
	return begin(m, NULL, ret);
}

void reader_put(struct map *m, struct reader *r)
{
	r->txn->ops->read_reset(r->txn);
	guard(&m->lock);
	r->next = m->readers;
	m->readers = r;
}

static err_t snap_begin(struct map *m, struct snap *s)
{
	return begin(m, s, &s->r);
}

static void snap_end(struct map *m, struct snap *s)
{
	reader_put(m, s->r);
	memtable_unref(s->layer[0]);
	memtable_unref(s->layer[1]);
}

/* snap_find: the key's newest op in the memtables, or NULL. */
static const struct op *snap_find(const struct snap *s, unsigned table, struct span key)
{
	for (int i = 0; i < 2; i++) {
		const struct op *op = s->layer[i] ? memtable_find(s->layer[i], table, key, s->seq) : NULL;
		if (op)
			return op;
	}
	return NULL;
}

/* --- single keys --- */

static err_t cell_copy(struct reader *r, struct span cell)
{
	buf_clear(&r->cell);
	uint8_t *to = buf_extend(&r->cell, cell.len);
	if (cell.len && !to)
		return ERR_NOMEM;
	return cell.len ? r->txn->ops->copy(to, cell) : ERR_OK;
}

static err_t set_buf(struct buf *out, struct span value)
{
	buf_clear(out);
	buf_put(out, value.p, value.len);
	return buf_ok(out);
}

/* bare_get: an unsealed value straight from the base into `out`, one copy. */
static err_t bare_get(struct map *m, struct reader *r, unsigned table, struct span cell, struct buf *out)
{
	uint8_t head[CELL_HEAD];
	if (cell.len < sizeof(head))
		return ERR_DAMAGED;
	err_t e = r->txn->ops->copy(head, SPAN(cell.p, sizeof(head)));
	if (e)
		return e;
	struct rd rd = RD(SPAN(head, sizeof(head)));
	size_t n = rd_u32(&rd);
	if (n > MAP_VALUE_MAX || cell_size(m->seal, table, n) != cell.len)
		return ERR_DAMAGED;
	buf_clear(out);
	uint8_t *to = buf_extend(out, n);
	if (n && !to)
		return ERR_NOMEM;
	return n ? r->txn->ops->copy(to, SPAN((const uint8_t *)cell.p + CELL_HEAD, n)) : ERR_OK;
}

static err_t base_read(struct map *m, struct reader *r, unsigned table, struct span key, struct buf *out)
{
	struct span cell;
	err_t e = r->txn->ops->get(r->txn, table, key, &cell);
	if (e)
		return e;
	if (cell_bare(m->seal, table))
		return bare_get(m, r, table, cell, out);
	e = cell_copy(r, cell);
	return e ? e : cell_read(m->seal, r->opener, table, key, buf_span(&r->cell), out);
}

err_t map_get(struct map *m, enum map_table t, struct span key, struct buf *out)
{
	if (!key.len || key.len > MAP_KEY_MAX)
		return ERR_LIMIT;
	struct snap s = { 0 };
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	const struct op *op = snap_find(&s, t, key);
	if (!op)
		e = base_read(m, s.r, t, key, out);
	else
		e = op->del ? ERR_NOTFOUND : set_buf(out, op_value(op));
	snap_end(m, &s);
	return e;
}

err_t map_has(struct map *m, enum map_table t, struct span key)
{
	if (!key.len || key.len > MAP_KEY_MAX)
		return ERR_LIMIT;
	struct snap s = { 0 };
	struct span cell;
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	const struct op *op = snap_find(&s, t, key);
	if (op)
		e = op->del ? ERR_NOTFOUND : ERR_OK;
	else
		e = s.r->txn->ops->get(s.r->txn, t, key, &cell);
	snap_end(m, &s);
	return e;
}

static err_t peek_span(struct span value, size_t off, size_t len, void *out, size_t *ret_total)
{
	if (off > value.len || len > value.len - off)
		return ERR_LIMIT;
	if (len)
		memcpy(out, (const uint8_t *)value.p + off, len);
	if (ret_total)
		*ret_total = value.len;
	return ERR_OK;
}

/* peek_bare: copies only the range. */
static err_t peek_bare(struct map *m, struct reader *r, unsigned table, struct span cell, size_t off, size_t len,
                       void *out, size_t *ret_total)
{
	uint8_t head[CELL_HEAD];
	if (cell.len < sizeof(head))
		return ERR_DAMAGED;
	err_t e = r->txn->ops->copy(head, SPAN(cell.p, sizeof(head)));
	if (e)
		return e;
	struct rd rd = RD(SPAN(head, sizeof(head)));
	size_t n = rd_u32(&rd);
	if (n > MAP_VALUE_MAX || cell_size(m->seal, table, n) != cell.len)
		return ERR_DAMAGED;
	if (off > n || len > n - off)
		return ERR_LIMIT;
	e = len ? r->txn->ops->copy(out, SPAN((const uint8_t *)cell.p + CELL_HEAD + off, len)) : ERR_OK;
	if (!e && ret_total)
		*ret_total = n;
	return e;
}

static err_t peek_base(struct map *m, struct reader *r, unsigned table, struct span key, size_t off, size_t len,
                       void *out, size_t *ret_total)
{
	struct span cell;
	if (cell_bare(m->seal, table)) {
		err_t e = r->txn->ops->get(r->txn, table, key, &cell);
		return e ? e : peek_bare(m, r, table, cell, off, len, out, ret_total);
	}
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = base_read(m, r, table, key, &value);
	return e ? e : peek_span(buf_span(&value), off, len, out, ret_total);
}

err_t map_peek(struct map *m, enum map_table t, struct span key, size_t off, size_t len, void *out, size_t *ret_total)
{
	if (!key.len || key.len > MAP_KEY_MAX)
		return ERR_LIMIT;
	struct snap s = { 0 };
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	const struct op *op = snap_find(&s, t, key);
	if (!op)
		e = peek_base(m, s.r, t, key, off, len, out, ret_total);
	else
		e = op->del ? ERR_NOTFOUND : peek_span(op_value(op), off, len, out, ret_total);
	snap_end(m, &s);
	return e;
}

/* --- scans --- */

/* One base cursor whose current record is copied out of the base before anybody sees it. */
struct base_iter {
	struct base_cursor *c;
	uint8_t key[8 + MAP_KEY_MAX];
	size_t key_len;
	struct span cell; /* in the base, until the cursor moves */
	bool end;
};

static err_t iter_set(const struct base_txn *t, struct base_iter *it, err_t e, struct span k)
{
	it->end = e != ERR_OK;
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	if (k.len > sizeof(it->key))
		return ERR_DAMAGED;
	it->key_len = k.len;
	return t->ops->copy(it->key, k);
}

static err_t iter_seek(struct base_txn *t, struct base_iter *it, unsigned table, struct span from)
{
	struct span k;
	err_t e = t->ops->cursor_new(t, table, &it->c);
	return e ? e : iter_set(t, it, t->ops->seek(it->c, from, &k, &it->cell), k);
}

static err_t iter_next(const struct base_txn *t, struct base_iter *it)
{
	struct span k = { 0 };
	return iter_set(t, it, t->ops->next(it->c, &k, &it->cell), k);
}

static struct span iter_key(const struct base_iter *it)
{
	return SPAN(it->key, it->key_len);
}

struct values { /* scratch of a scan */
	struct buf cell, value;
};
static void values_free(struct values *v)
{
	buf_wipe_free(&v->cell);
	buf_wipe_free(&v->value);
}

/* decode: the record's value, p NULL when it does not authenticate. */
static err_t decode(struct map *m, const struct base_txn *t, struct opener *o, unsigned table,
                    const struct base_iter *it, struct values *v, struct span *ret)
{
	buf_clear(&v->cell);
	uint8_t *to = buf_extend(&v->cell, it->cell.len);
	if (it->cell.len && !to)
		return ERR_NOMEM;
	err_t e = it->cell.len ? t->ops->copy(to, it->cell) : ERR_OK;
	if (!e)
		e = cell_read(m->seal, o, table, iter_key(it), buf_span(&v->cell), &v->value);
	if (e && e != ERR_DAMAGED)
		return e;
	if (e)
		*ret = SPAN(NULL, 0);
	else
		*ret = SPAN(v->value.len ? (const void *)v->value.p : "", v->value.len);
	return ERR_OK;
}

static struct span later(struct span a, struct span b)
{
	return span_cmp(a, b) < 0 ? b : a;
}

/* visited: turns a visitor's answer into (stop, error). */
static bool visited(int answer, err_t *e)
{
	*e = answer == MAP_STOP ? ERR_OK : (err_t)answer;
	return answer != 0;
}

err_t scan_base(struct map *m, struct base_txn *t, struct opener *o, unsigned table, struct span prefix,
                struct span from, map_visit fn, void *ctx)
{
	cleanup(values_free) struct values v = { 0 };
	struct base_iter it = { 0 };
	struct span value;
	err_t e = iter_seek(t, &it, table, later(prefix, from));
	while (!e && !it.end && key_has_prefix(iter_key(&it), prefix)) {
		e = decode(m, t, o, table, &it, &v, &value);
		if (e || visited(fn(ctx, iter_key(&it), value), &e))
			break;
		e = iter_next(t, &it);
	}
	base_cursor_freep(&it.c);
	return e;
}

/* The merge of the layers at the smallest key; op is NULL when the base's record is the one that counts. */
struct merge {
	const struct op *at[2];
	struct base_iter it;
};

static bool merge_least(const struct merge *g, struct span *ret_key, const struct op **ret_op)
{
	const struct op *best = NULL;
	for (int i = 0; i < 2; i++)
		if (g->at[i] && (!best || span_cmp(op_key(g->at[i]), op_key(best)) < 0))
			best = g->at[i];
	if (!g->it.end && (!best || span_cmp(iter_key(&g->it), op_key(best)) < 0)) {
		*ret_key = iter_key(&g->it);
		*ret_op = NULL;
		return true;
	}
	if (!best)
		return false;
	*ret_key = op_key(best);
	*ret_op = best;
	return true;
}

/* merge_pass: moves every layer that stands at `key` on. */
static err_t merge_pass(struct merge *g, const struct snap *s, struct span key)
{
	bool base = !g->it.end && span_cmp(iter_key(&g->it), key) == 0;
	for (int i = 0; i < 2; i++)
		if (g->at[i] && span_cmp(op_key(g->at[i]), key) == 0)
			g->at[i] = memtable_next(s->layer[i], g->at[i], s->seq);
	return base ? iter_next(s->r->txn, &g->it) : ERR_OK; /* last: `key` may be the iterator's own */
}

static err_t scan_layers(struct map *m, struct snap *s, unsigned table, struct span prefix, struct span from,
                         map_visit fn, void *ctx)
{
	cleanup(values_free) struct values v = { 0 };
	struct merge g = { 0 };
	struct span start = later(prefix, from), key, value;
	const struct op *op;
	for (int i = 0; i < 2; i++)
		if (s->layer[i])
			g.at[i] = memtable_seek(s->layer[i], table, start, s->seq);
	err_t e = iter_seek(s->r->txn, &g.it, table, start);
	while (!e && merge_least(&g, &key, &op) && key_has_prefix(key, prefix)) {
		if (!op || !op->del) {
			if (op)
				value = SPAN(op->value, op->value_len);
			else
				e = decode(m, s->r->txn, s->r->opener, table, &g.it, &v, &value);
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
