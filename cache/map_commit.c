/* SPDX-License-Identifier: MIT
 * Freezing the memtable and folding it into the base, with the undo journal; the direct transactions.
 */
#include "cache/internal.h"

#include <string.h>

#define STATE_KEY span_str("state")
#define FORGET_STEP 2000

/* --- freezing --- */

struct hook freeze_enter(struct map *m)
{
	pthread_mutex_lock(&m->freeze_lock);
	struct hook h = m->freeze;
	if (h.enter)
		h.enter(h.ctx);
	return h;
}

void freeze_leave(struct map *m, const struct hook *h)
{
	if (h->leave)
		h->leave(h->ctx);
	pthread_mutex_unlock(&m->freeze_lock);
}

void freeze_swap(struct map *m, struct memtable *fresh, bool closes)
{
	guard(&m->lock);
	m->immutable = m->memtable;
	m->immutable_seq = m->visible;
	m->immutable_closes = closes;
	m->memtable = fresh;
}

static err_t freeze_all(struct map *m)
{
	struct memtable *fresh = memtable_new();
	if (!fresh)
		return ERR_NOMEM;
	struct hook h = freeze_enter(m);
	pthread_mutex_lock(&m->apply_lock);
	if (memtable_ops(m->memtable))
		freeze_swap(m, steal_ptr(fresh), false);
	pthread_mutex_unlock(&m->apply_lock);
	freeze_leave(m, &h);
	memtable_unref(fresh);
	return ERR_OK;
}

/* --- inside a transaction --- */

static err_t base_said(struct map_txn *x, err_t e)
{
	if (e && e != ERR_NOTFOUND && !x->base_failed)
		x->base_failed = e;
	return e;
}

static err_t raw_get(struct map_txn *x, unsigned table, struct span key, struct span *ret)
{
	return base_said(x, x->t->ops->get(x->t, table, key, ret));
}

static err_t raw_put(struct map_txn *x, unsigned table, struct span key, size_t len, uint8_t **ret)
{
	return base_said(x, x->t->ops->put(x->t, table, key, len, ret));
}

static err_t raw_del(struct map_txn *x, unsigned table, struct span key)
{
	return base_said(x, x->t->ops->del(x->t, table, key));
}

static err_t copy_cell(struct map_txn *x, struct span cell, struct buf *out)
{
	buf_clear(out);
	uint8_t *to = buf_extend(out, cell.len);
	if (cell.len && !to)
		return base_said(x, ERR_NOMEM);
	return cell.len ? base_said(x, x->t->ops->copy(to, cell)) : ERR_OK;
}

err_t map_txn_cell(struct map_txn *x, unsigned table, struct span key, struct buf *out)
{
	struct span cell;
	err_t e = raw_get(x, table, key, &cell);
	return e ? e : copy_cell(x, cell, out);
}

size_t undo_key(uint64_t entry, struct span key, uint8_t out[8 + MAP_KEY_MAX])
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(entry >> (56 - 8 * i));
	size_t n = MIN(key.len, (size_t)MAP_KEY_MAX);
	if (n)
		memcpy(out + 8, key.p, n);
	return 8 + n;
}

/* journal: keeps the stored cell of a shared key before its first change in the entry; empty: it was absent. */
static err_t journal(struct map_txn *x, struct span key)
{
	uint8_t b[8 + MAP_KEY_MAX], *to;
	struct span undo = SPAN(b, undo_key(x->entry, key, b)), old;
	err_t e = raw_get(x, BASE_UNDO, undo, &old);
	if (e != ERR_NOTFOUND)
		return e;
	e = map_txn_cell(x, MAP_RECORDS, key, &x->cell);
	if (e == ERR_NOTFOUND)
		buf_clear(&x->cell);
	else if (e)
		return e;
	e = raw_put(x, BASE_UNDO, undo, x->cell.len, &to);
	if (e)
		return e;
	if (x->cell.len)
		memcpy(to, x->cell.p, x->cell.len);
	x->undo_bytes += undo.len + x->cell.len;
	x->dirty = true;
	return ERR_OK;
}

/* count_block: keeps the totals right when a block comes, changes or goes. */
static err_t count_block(struct map_txn *x, struct span key, const size_t *new_len)
{
	struct span cell;
	uint8_t head[CELL_HEAD];
	err_t e = raw_get(x, MAP_BLOCK, key, &cell);
	if (!e) {
		e = base_said(x, x->t->ops->copy(head, SPAN(cell.p, MIN(cell.len, sizeof(head)))));
		if (e)
			return e;
		struct rd r = RD(SPAN(head, sizeof(head)));
		uint64_t old = rd_u32(&r);
		x->block_bytes -= MIN(old, x->block_bytes);
		x->blocks -= x->blocks != 0;
	} else if (e != ERR_NOTFOUND) {
		return e;
	}
	if (new_len) {
		x->block_bytes += *new_len;
		x->blocks++;
	}
	return ERR_OK;
}

static err_t before_change(struct map_txn *x, unsigned table, struct span key, const size_t *new_len)
{
	if (table == MAP_BLOCK)
		return count_block(x, key, new_len);
	return x->undo && key_shared(table, key) ? journal(x, key) : ERR_OK;
}

static err_t map_txn_put_any(struct map_txn *x, unsigned table, struct span key, struct span value)
{
	uint8_t *to;
	err_t e = before_change(x, table, key, &value.len);
	if (!e)
		e = raw_put(x, table, key, cell_size(x->m->seal, table, value.len), &to);
	return e ? e : base_said(x, cell_write(x->m->seal, table, key, value, to));
}

static err_t map_txn_del_any(struct map_txn *x, unsigned table, struct span key)
{
	err_t e = before_change(x, table, key, NULL);
	return e ? e : raw_del(x, table, key);
}

static bool args_fit(enum map_table t, struct span key, size_t len)
{
	return (unsigned)t < MAP_TABLES && key.len && key.len <= MAP_KEY_MAX && len <= MAP_VALUE_MAX;
}

err_t map_txn_put(struct map_txn *x, enum map_table t, struct span key, struct span value)
{
	return args_fit(t, key, value.len) ? map_txn_put_any(x, t, key, value) : ERR_LIMIT;
}

err_t map_txn_del(struct map_txn *x, enum map_table t, struct span key)
{
	return args_fit(t, key, 0) ? map_txn_del_any(x, t, key) : ERR_LIMIT;
}

err_t map_txn_get(struct map_txn *x, enum map_table t, struct span key, struct buf *out)
{
	if (!args_fit(t, key, 0))
		return ERR_LIMIT;
	err_t e = map_txn_cell(x, t, key, &x->cell);
	return e ? e : cell_read(x->m->seal, x->opener, t, key, buf_span(&x->cell), out);
}

err_t map_txn_scan(struct map_txn *x, enum map_table t, struct span prefix, struct span from, map_visit fn, void *ctx)
{
	return scan_base(x->m, x->t, x->opener, t, prefix, from, fn, ctx);
}

static err_t fold(struct map_txn *x, const struct memtable *o, uint64_t seq)
{
	for (unsigned t = 0; t < MAP_TABLES; t++)
		for (const struct op *op = memtable_seek(o, t, SPAN("", 0), seq); op; op = memtable_next(o, op, seq)) {
			err_t e = op->del ? map_txn_del_any(x, t, op_key(op))
			                  : map_txn_put_any(x, t, op_key(op), op_value(op));
			if (e)
				return e;
		}
	return ERR_OK;
}

/* map_txn_forget: deletes some undo records up to `entry`; more remain when *ret_more. */
err_t map_txn_forget(struct map_txn *x, uint64_t entry, bool *ret_more)
{
	cleanup(buf_free) struct buf keys = BUF_INIT; /* collected first: no deleting under a cursor */
	cleanup(base_cursor_freep) struct base_cursor *c = NULL;
	err_t e = base_said(x, x->t->ops->cursor_new(x->t, BASE_UNDO, &c));
	if (e)
		return e;
	struct span k, v;
	unsigned n = 0;
	e = base_said(x, x->t->ops->seek(c, SPAN("", 0), &k, &v));
	for (; !e && n < FORGET_STEP; e = base_said(x, x->t->ops->next(c, &k, &v)), n++) {
		struct rd r = RD(k);
		if (rd_u64be(&r) > entry)
			break;
		buf_blob16(&keys, k);
		x->undo_bytes -= MIN((uint64_t)(k.len + v.len), x->undo_bytes);
	}
	if (e && e != ERR_NOTFOUND)
		return e;
	base_cursor_freep(&c);
	e = buf_ok(&keys);
	for (struct rd r = RD(buf_span(&keys)); !e && r.left;)
		e = raw_del(x, BASE_UNDO, rd_blob16(&r));
	if (!e)
		*ret_more = n == FORGET_STEP;
	return e;
}

/* --- the state record and the whole transaction --- */

static err_t state_put(struct map_txn *x, uint64_t seq, uint64_t entry)
{
	uint64_t v[] = { seq, entry, x->undo_bytes, x->block_bytes, x->blocks };
	cleanup(buf_free) struct buf b = BUF_INIT;
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		buf_u64(&b, v[i]);
	uint8_t *to;
	err_t e = buf_ok(&b);
	if (!e)
		e = raw_put(x, BASE_META, STATE_KEY, b.len, &to);
	if (!e)
		memcpy(to, b.p, b.len);
	return e;
}

/* undo_present: is there an undo record of `entry`? */
static err_t undo_present(struct base_txn *t, uint64_t entry, bool *ret)
{
	cleanup(base_cursor_freep) struct base_cursor *c = NULL;
	uint8_t b[8 + MAP_KEY_MAX];
	size_t n = undo_key(entry, SPAN(NULL, 0), b);
	struct span k, v;
	err_t e = t->ops->cursor_new(t, BASE_UNDO, &c);
	if (!e)
		e = t->ops->seek(c, SPAN(b, n), &k, &v);
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = !e && key_has_prefix(k, SPAN(b, n));
	return ERR_OK;
}

static err_t load_state(struct map *m, struct base_txn *t)
{
	m->base_version = t->ops->version(t);
	m->entry = 1;
	struct span s;
	err_t e = t->ops->get(t, BASE_META, STATE_KEY, &s);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	uint8_t b[40];
	if (!e)
		e = s.len == sizeof(b) ? t->ops->copy(b, s) : ERR_DAMAGED;
	if (e)
		return e;
	struct rd r = RD(SPAN(b, sizeof(b)));
	m->base_seq = m->visible = rd_u64(&r);
	m->entry = rd_u64(&r);
	m->undo_bytes = rd_u64(&r);
	m->block_bytes = rd_u64(&r);
	m->blocks = rd_u64(&r);
	return undo_present(t, m->entry, &m->entry_dirty);
}

err_t commit_load(struct map *m)
{
	struct base_txn *t = NULL;
	err_t e = m->base->ops->read_new(m->base, &t);
	if (e)
		return e;
	e = t->ops->read_renew(t);
	if (!e)
		e = load_state(m, t);
	t->ops->read_free(t);
	return e;
}

static err_t map_txn_begin(struct map *m, struct map_txn *x, unsigned flags)
{
	*x = (struct map_txn){ .m = m, .undo = !(flags & COMMIT_NO_UNDO) };
	{
		guard(&m->lock);
		x->entry = m->entry;
		x->dirty = m->entry_dirty;
		x->undo_bytes = m->undo_bytes;
		x->block_bytes = m->block_bytes;
		x->blocks = m->blocks;
	}
	x->opener = opener_new(m->seal);
	err_t e = x->opener ? m->base->ops->write_begin(m->base, &x->t) : ERR_NOMEM;
	if (e)
		opener_freep(&x->opener);
	return e;
}

/* commit_extend: room for two full memtables' worth is the map's before anything is accepted on it. */
void commit_extend(struct map *m)
{
	m->base->ops->extend(m->base, MAX(m->reserve, 2 * (uint64_t)m->memtable_max));
}

/* publish: what was committed becomes what readers are promised; the immutable memtable goes. */
static void publish(struct map *m, const struct map_txn *x, uint64_t version, uint64_t seq, bool close)
{
	struct memtable *done;
	{
		guard(&m->lock);
		done = steal_ptr(m->immutable);
		m->immutable_closes = false;
		m->base_seq = seq;
		m->base_version = version;
		m->entry = x->entry + close;
		m->entry_dirty = x->dirty && !close;
		m->undo_bytes = x->undo_bytes;
		m->block_bytes = x->block_bytes;
		m->blocks = x->blocks;
		m->full = false;
		m->commits++;
		m->drain_due = true;
		pthread_cond_signal(&m->wake);
	}
	memtable_unref(done);
	commit_extend(m);
}

/* judge: what a failure means. Space and memory can come back, so the immutable memtable stays and is tried again; a
 * caller's own error concerns only its transaction; all else is final. */
static err_t judge(struct map *m, const struct map_txn *x, err_t e)
{
	if (x->base_failed == ERR_NOSPACE) {
		guard(&m->lock);
		m->full = true;
		return ERR_NOSPACE;
	}
	if (x->base_failed && x->base_failed != ERR_NOMEM)
		return map_fail(m, ERR_IO, "commit");
	return e;
}

err_t commit_immutable(struct map *m, map_txn_fn fn, void *ctx, unsigned flags, uint64_t *ret_entry)
{
	struct map_txn x;
	struct memtable *immutable;
	uint64_t seq;
	bool close = flags & COMMIT_CLOSE;
	{
		guard(&m->lock);
		immutable = m->immutable;
		close = close || m->immutable_closes;
		seq = immutable ? m->immutable_seq : m->base_seq;
	}
	err_t e = map_txn_begin(m, &x, 0);
	if (e) {
		x.base_failed = e;
		return judge(m, &x, e);
	}
	if (immutable)
		e = fold(&x, immutable, seq);
	x.undo = !(flags & COMMIT_NO_UNDO);
	if (!e && fn)
		e = fn(&x, x.entry, ctx);
	if (!e && x.base_failed)
		e = x.base_failed;
	if (!e)
		e = state_put(&x, seq, x.entry + close);
	uint64_t version = x.t->ops->version(x.t);
	if (e)
		x.t->ops->write_abort(x.t);
	else
		e = base_said(&x, x.t->ops->write_commit(x.t));
	opener_freep(&x.opener);
	buf_wipe_free(&x.cell);
	if (e)
		return judge(m, &x, e);
	publish(m, &x, version, seq, close);
	if (ret_entry)
		*ret_entry = x.entry;
	return ERR_OK;
}

err_t commit_run(struct map *m, map_txn_fn fn, void *ctx, unsigned flags, uint64_t *ret_entry)
{
	err_t e = map_failed(m);
	if (!e && m->immutable) /* left by a commit that failed; commit_lock keeps it in place */
		e = commit_immutable(m, NULL, NULL, 0, NULL);
	if (!e)
		e = freeze_all(m);
	if (e || (!m->immutable && !fn && !flags))
		return e;
	return commit_immutable(m, fn, ctx, flags, ret_entry);
}
