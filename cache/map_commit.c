/* SPDX-License-Identifier: MIT
 * Commits: the immutable memtable goes into the base, one durable transaction each.
 *
 * Terms
 *   memtable        where batches are linked; readers see it
 *   immutable       a memtable that nothing is linked to any more, on its way into the base; at most one
 *   flush           its newest version of each key is put into the base, in the transaction of the commit
 *   published       the base as readers are promised it: struct base_state. A transaction has its own copy,
 *                   which says what it will leave
 *   final           a failure after which the map is read-only for good (map_fail)
 *
 * Invariants (1, 2: of README.md)
 *   1. Readers are let at a base whose version is the published one: publish() changes both under `lock`.
 *   2. Only publish() drops the immutable memtable, after a durable commit that contains all of it.
 *   C. commit_lock is held from freezing to publish() or failure, so one memtable is immutable at a time, and what is
 *      immutable was applied before what is linked meanwhile.
 *   D. The state record in a transaction says what that transaction contains: it is put last.
 *
 * States of what was applied
 *
 *      (no immutable memtable)                       (one)
 *      +-----------+    freeze_memtable          +-----------+
 *      | OPEN      | --------------------------> | IMMUTABLE | <---+
 *      +-----------+                             +-----------+     | judge: no space, no memory; a caller's error
 *            ^                                     |       |       | in its part of the work: nothing has changed
 *            |                                     |       +-------+
 *            +-------------------------------------+       |
 *               publish: flushed and committed             | judge: anything else
 *                                                          v
 *                                                       FINAL
 *
 *   commit_run first takes an immutable memtable that an earlier commit left behind, then freezes, then does the work.
 *   commit_immutable is one transaction: begin, work (flush, the caller's part, the state record), end; then
 *   publish or judge.
 */
#include "cache/map_commit.h"

#include "cache/failure.h"
#include "cache/freeze.h"
#include "cache/map_struct.h"
#include "cache/map_txn.h"
#include "cache/map_txn_struct.h"
#include "cache/txn_raw.h"
#include "util/cleanup.h"
#include "util/invariant.h"
#include "util/log.h"
#include "util/trace.h"

#define STATE_KEY span_str("state")
#define STATE_NUMBERS 3 /* in the state record, 8 bytes each */

static const struct commit_work nothing = { 0 };

/* flush: the newest version of each key in the memtable, up to `seq`. */
static err_t flush(struct map_txn *x, const struct memtable *o, uint64_t seq)
{
	for (enum map_table t = 0; t < MAP_TABLES; t++)
		for (const struct mem_op *op = memtable_seek(o, t, SPAN("", 0), seq); op;
		     op = memtable_next(o, op, seq)) {
			err_t e = op->del ? map_txn_del(x, t, mem_op_key(op))
			                  : map_txn_put(x, t, mem_op_key(op), mem_op_value(op));
			if (e)
				return e;
		}
	return ERR_OK;
}

static err_t state_put(struct map_txn *x)
{
	const struct base_state *st = &x->state;
	uint64_t v[STATE_NUMBERS] = { st->seq, st->block_bytes, st->blocks };
	cleanup(buf_free) struct buf b = BUF_INIT;
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		buf_u64(&b, v[i]);
	uint8_t *to;
	err_t e = buf_ok(&b);
	if (!e)
		e = raw_put(x, BASE_META, STATE_KEY, cell_size(x->m->seal, BASE_META, b.len), &to);
	return e ? e : base_said(x, cell_write(x->m->seal, BASE_META, STATE_KEY, buf_span(&b), to));
}

/* state_cell: the state record, opened. */
static err_t state_cell(struct map *m, struct base_txn *t, struct buf *ret)
{
	struct span s;
	err_t e = t->ops->get(t, BASE_META, STATE_KEY, &s);
	if (e)
		return e;
	cleanup(buf_free) struct buf cell = BUF_INIT;
	cleanup(opener_freep) struct opener *o = opener_new(m->seal);
	if (!o || (s.len && !buf_extend(&cell, s.len)))
		return ERR_NOMEM;
	e = t->ops->copy(cell.p, s);
	return e ? e : cell_read(m->seal, o, BASE_META, STATE_KEY, buf_span(&cell), ret);
}

/* no_state: without the record nothing was ever committed, so nothing is here. */
static err_t no_state(struct base_txn *t)
{
	err_t e = ERR_NOTFOUND;
	for (unsigned table = 0; e == ERR_NOTFOUND && table < MAP_TABLES; table++) {
		cleanup(base_cursor_freep) struct base_cursor *c = NULL;
		struct span k, v;
		e = t->ops->cursor_new(t, table, &c);
		if (!e)
			e = t->ops->seek(c, SPAN("", 0), &k, &v);
	}
	if (!e)
		return ERR_DAMAGED;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t load_state(struct map *m, struct base_txn *t)
{
	m->published.version = t->ops->version(t);
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = state_cell(m, t, &b);
	if (e == ERR_NOTFOUND)
		return no_state(t);
	struct rd r = RD(buf_span(&b));
	struct base_state st = { .version = m->published.version };
	st.seq = rd_u64(&r);
	st.block_bytes = rd_u64(&r);
	st.blocks = rd_u64(&r);
	if (!e && !rd_end(&r))
		e = ERR_DAMAGED;
	if (e)
		return e;
	m->published = st;
	m->layers.visible = st.seq;
	return ERR_OK;
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

static err_t begin(struct map *m, struct map_txn *x)
{
	*x = (struct map_txn){ .m = m };
	{
		guard(&m->lock);
		x->state = m->published;
	}
	x->opener = opener_new(m->seal);
	err_t e = x->opener ? m->base->ops->write_begin(m->base, &x->t) : ERR_NOMEM;
	if (e) {
		opener_freep(&x->opener);
		x->base_failed = e;
	}
	return e;
}

/* commit_extend: room for two full memtables' worth is the map's before anything is accepted on it. */
void commit_extend(struct map *m)
{
	m->base->ops->extend(m->base, MAX(m->limits.reserve, 2 * (uint64_t)m->limits.memtable_max));
}

/* publish: what was committed becomes what readers are promised; the immutable memtable goes. */
static void publish(struct map *m, const struct map_txn *x)
{
	struct memtable *done;
	{
		guard(&m->lock);
		INVARIANT(!m->layers.immutable || x->state.seq == m->layers.immutable_seq); /* 2 */
		INVARIANT(x->state.seq >= m->published.seq && x->state.seq <= m->layers.visible);
		done = steal_ptr(m->layers.immutable);
		m->published = x->state;
		m->full = false;
		m->counts.commits++;
		m->drain.due = true;
		pthread_cond_signal(&m->committer.wake);
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

/* work: everything that the transaction holds; the state record last. */
static err_t work(struct map_txn *x, const struct memtable *immutable, const struct commit_work *w)
{
	err_t e = immutable ? flush(x, immutable, x->state.seq) : ERR_OK;
	if (!e && w->fn)
		e = w->fn(x, w->ctx);
	if (!e && x->base_failed)
		e = x->base_failed;
	return e ? e : state_put(x);
}

/* end: commits or gives up; what the transaction took is freed. */
static err_t end(struct map_txn *x, err_t e)
{
	x->state.version = x->t->ops->version(x->t);
	if (e)
		x->t->ops->write_abort(x->t);
	else
		e = base_said(x, x->t->ops->write_commit(x->t));
	opener_freep(&x->opener);
	buf_wipe_free(&x->cell);
	return e;
}

/* commit_immutable: one transaction: what is immutable already, and the work. */
static err_t commit_immutable(struct map *m, const struct commit_work *w)
{
	struct map_txn x;
	err_t e = begin(m, &x);
	if (e)
		return judge(m, &x, e);
	struct memtable *immutable;
	{
		guard(&m->lock);
		immutable = m->layers.immutable;
		if (immutable)
			x.state.seq = m->layers.immutable_seq;
	}
	TRACE(base_commit_begin, x.state.seq);
	e = end(&x, work(&x, immutable, w));
	TRACE(base_commit_end, x.state.seq, e);
	log_debug(AREA_CACHE, "base commit up to change %" PRIu64 ": %s", x.state.seq, err_text(e));
	if (e)
		return judge(m, &x, e);
	publish(m, &x);
	return ERR_OK;
}

/* was_full: the last one found no space. Whether there is some again is told by the next one, though nothing waits for
 * it: who writes is refused until then. */
static bool was_full(struct map *m)
{
	guard(&m->lock);
	return m->full;
}

err_t commit_run(struct map *m, const struct commit_work *w)
{
	err_t e = map_failed(m);
	if (!e && m->layers.immutable) /* left by a commit that failed; commit_lock keeps it in place */
		e = commit_immutable(m, &nothing);
	if (!e)
		e = freeze_memtable(m);
	bool idle = !m->layers.immutable && !w->fn;
	if (e || (idle && !was_full(m)))
		return e;
	return commit_immutable(m, w);
}

err_t commit_all(struct map *m)
{
	return commit_run(m, &nothing);
}
