/* SPDX-License-Identifier: MIT
 * The in-memory fake of the LMDB base: one versioned memtable. A write transaction links its ops at numbers that no
 * reader sees until the commit; a rebuild drops old versions (now and then, and after an abort).
 */
#include "cache/base_mem.h"

#include "cache/memtable.h"
#include "util/cleanup.h"

#include <string.h>

_Static_assert(BASE_TABLES == MEMTABLE_TABLES, "one skip list for each table");
#define REBUILD_SLACK (512u << 10)

struct mem {
	struct base base;
	pthread_mutex_t lock;
	struct memtable *all;      /* lock for the pointer */
	uint64_t seq;              /* lock; newest committed */
	size_t rebuilt;            /* writer; bytes after the last rebuild */
	bool aborted;              /* writer; `all` holds ops of an aborted transaction */
	struct base_mem_hook hook; /* set before the first commit; none: no functions */
};
struct mem_txn {
	struct base_txn txn;
	struct memtable *all; /* pinned, NULL when reset */
	uint64_t seq;
};
struct mem_cursor {
	struct base_cursor cursor;
	const struct mem_txn *txn;
	unsigned table;
	const struct mem_op *at;
};

static struct mem *mem_of(const struct base_txn *x)
{
	return (struct mem *)x->base;
}

static void mem_close(struct base *b)
{
	struct mem *m = (struct mem *)b;
	memtable_unref(m->all);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static err_t mem_renew(struct base_txn *x)
{
	struct mem_txn *t = (struct mem_txn *)x;
	struct mem *m = mem_of(x);
	guard(&m->lock);
	t->all = memtable_ref(m->all);
	t->seq = m->seq;
	return ERR_OK;
}

static void mem_reset(struct base_txn *x)
{
	struct mem_txn *t = (struct mem_txn *)x;
	memtable_unref(steal_ptr(t->all));
}

static void mem_free(struct base_txn *x)
{
	mem_reset(x);
	free(x);
}

static err_t mem_read_new(struct base *b, struct base_txn **ret)
{
	struct mem_txn *t = calloc(1, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	t->txn = (struct base_txn){ b->ops, b };
	*ret = &t->txn;
	return ERR_OK;
}

/* newest: a fresh memtable with the newest committed version of each key. */
static err_t newest(const struct mem *m, struct memtable **ret)
{
	struct memtable *fresh = memtable_new();
	if (!fresh)
		return ERR_NOMEM;
	for (unsigned t = 0; t < BASE_TABLES; t++)
		for (const struct mem_op *op = memtable_seek(m->all, t, SPAN("", 0), m->seq); op;
		     op = memtable_next(m->all, op, m->seq)) {
			if (op->del)
				continue;
			struct mem_op *copy = memtable_prepare(fresh, t, mem_op_key(op), mem_op_value(op), false);
			if (!copy) {
				memtable_unref(fresh);
				return ERR_NOMEM;
			}
			memtable_link(fresh, copy, m->seq);
		}
	*ret = fresh;
	return ERR_OK;
}

/* rebuild: old versions go. */
static err_t rebuild(struct mem *m)
{
	struct memtable *fresh;
	err_t e = newest(m, &fresh);
	if (e)
		return e;
	m->rebuilt = memtable_bytes(fresh);
	m->aborted = false;
	guard(&m->lock);
	memtable_unref(m->all);
	m->all = fresh;
	return ERR_OK;
}

static void mem_extend(struct base *b, uint64_t slack)
{
	(void)b, (void)slack;
}

static err_t mem_write_begin(struct base *b, struct base_txn **ret)
{
	struct mem *m = (struct mem *)b;
	if (m->aborted || memtable_bytes(m->all) > 2 * m->rebuilt + REBUILD_SLACK) {
		err_t e = rebuild(m);
		if (e)
			return e;
	}
	struct base_txn *x;
	err_t e = mem_read_new(b, &x);
	return e ? e : mem_renew(*ret = x);
}

static void mem_write_abort(struct base_txn *x)
{
	mem_of(x)->aborted = true;
	mem_free(x);
}

static err_t mem_write_commit(struct base_txn *x)
{
	struct mem *m = mem_of(x);
	err_t e = m->hook.before ? m->hook.before(m->hook.ctx) : ERR_OK;
	if (e) {
		mem_write_abort(x);
		return e;
	}
	pthread_mutex_lock(&m->lock);
	m->seq = ((struct mem_txn *)x)->seq;
	pthread_mutex_unlock(&m->lock);
	mem_free(x);
	if (m->hook.after)
		m->hook.after(m->hook.ctx);
	return ERR_OK;
}

static uint64_t mem_version(const struct base_txn *x)
{
	return ((const struct mem_txn *)x)->seq;
}

static err_t mem_get(struct base_txn *x, unsigned table, struct span key, struct span *ret)
{
	struct mem_txn *t = (struct mem_txn *)x;
	const struct mem_op *op = memtable_find(t->all, table, key, t->seq);
	if (!op || op->del)
		return ERR_NOTFOUND;
	*ret = mem_op_value(op);
	return ERR_OK;
}

static err_t mem_change(struct base_txn *x, unsigned table, struct span key, struct span value, bool del, uint8_t **ret)
{
	struct mem_txn *t = (struct mem_txn *)x;
	struct mem_op *op = memtable_prepare(t->all, table, key, value, del);
	if (!op)
		return ERR_NOMEM;
	memtable_link(t->all, op, ++t->seq);
	if (ret)
		*ret = op->value;
	return ERR_OK;
}

static err_t mem_put(struct base_txn *x, unsigned table, struct span key, size_t len, uint8_t **ret)
{
	return mem_change(x, table, key, SPAN(NULL, len), false, ret);
}

static err_t mem_del(struct base_txn *x, unsigned table, struct span key)
{
	struct span old;
	return mem_get(x, table, key, &old) ? ERR_OK : mem_change(x, table, key, SPAN(NULL, 0), true, NULL);
}

static err_t mem_cursor_new(struct base_txn *x, unsigned table, struct base_cursor **ret)
{
	struct mem_cursor *c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_NOMEM;
	c->cursor.ops = x->ops;
	c->txn = (struct mem_txn *)x;
	c->table = table;
	*ret = &c->cursor;
	return ERR_OK;
}

static err_t give(struct mem_cursor *c, const struct mem_op *op, struct span *ret_key, struct span *ret_value)
{
	while (op && op->del)
		op = memtable_next(c->txn->all, op, c->txn->seq);
	c->at = op;
	if (!op)
		return ERR_NOTFOUND;
	*ret_key = mem_op_key(op);
	*ret_value = mem_op_value(op);
	return ERR_OK;
}

static err_t mem_seek(struct base_cursor *cursor, struct span key, struct span *ret_key, struct span *ret_value)
{
	struct mem_cursor *c = (struct mem_cursor *)cursor;
	return give(c, memtable_seek(c->txn->all, c->table, key, c->txn->seq), ret_key, ret_value);
}

static err_t mem_next(struct base_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
	struct mem_cursor *c = (struct mem_cursor *)cursor;
	return give(c, c->at ? memtable_next(c->txn->all, c->at, c->txn->seq) : NULL, ret_key, ret_value);
}

static void mem_cursor_free(struct base_cursor *c)
{
	free(c);
}

static err_t mem_copy(void *to, struct span from)
{
	if (from.len)
		memcpy(to, from.p, from.len);
	return ERR_OK;
}

static uint64_t mem_bytes(struct base *b)
{
	struct mem *m = (struct mem *)b;
	guard(&m->lock);
	return memtable_bytes(m->all);
}

static void mem_room(struct base *b, struct base_room *ret)
{
	(void)b;
	*ret = (struct base_room){ .bytes = INT64_MAX }; /* without end; a test can still claim all of it */
}

static const struct base_ops mem_ops = {
	.close = mem_close,
	.read_new = mem_read_new,
	.read_renew = mem_renew,
	.read_reset = mem_reset,
	.read_free = mem_free,
	.extend = mem_extend,
	.write_begin = mem_write_begin,
	.write_commit = mem_write_commit,
	.write_abort = mem_write_abort,
	.version = mem_version,
	.get = mem_get,
	.put = mem_put,
	.del = mem_del,
	.cursor_new = mem_cursor_new,
	.seek = mem_seek,
	.next = mem_next,
	.cursor_free = mem_cursor_free,
	.copy = mem_copy,
	.bytes = mem_bytes,
	.room = mem_room,
};

/* make: over `all`, which is taken over, also on failure; NULL: memory is out. */
static err_t make(struct memtable *all, uint64_t seq, struct base **ret)
{
	struct mem *m = calloc(1, sizeof(*m));
	if (!m || !all || pthread_mutex_init(&m->lock, NULL)) {
		memtable_unref(all);
		free(m);
		return ERR_NOMEM;
	}
	m->base.ops = &mem_ops;
	m->all = all;
	m->seq = seq;
	*ret = &m->base;
	return ERR_OK;
}

err_t base_mem_open(struct base **ret)
{
	return make(memtable_new(), 0, ret);
}

err_t base_mem_copy(const struct base *from, struct base **ret)
{
	const struct mem *m = (const struct mem *)from;
	struct memtable *all;
	err_t e = newest(m, &all);
	return e ? e : make(all, m->seq, ret);
}

void base_mem_on_commit(struct base *b, const struct base_mem_hook *hook)
{
	((struct mem *)b)->hook = *hook;
}
