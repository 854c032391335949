/* SPDX-License-Identifier: MIT
 * Pooled read transactions, and snapshots: the two memtables, the number of the last op that counts, and a base
 * transaction, all taken under one lock; so a batch is seen whole or not at all, also while the committer works.
 */
#include "cache/reader.h"

#include "cache/map_struct.h"
#include "util/cleanup.h"
#include "util/invariant.h"

#include <sched.h>

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

enum begun {
	BEGUN,
	BEGIN_AGAIN, /* the base is between its commit and the drop of what it now contains */
};
/* try_begin: with `lock` held. BEGUN with an error: the base's. */
static enum begun try_begin(struct map *m, struct reader *r, err_t *e)
{
	*e = r->txn->ops->read_renew(r->txn);
	if (*e || r->txn->ops->version(r->txn) == m->published.version)
		return BEGUN;
	r->txn->ops->read_reset(r->txn);
	return BEGIN_AGAIN;
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
		bool done = r && try_begin(m, r, &e) == BEGUN;
		if (done && !e && s) {
			s->layer[0] = memtable_ref(m->layers.memtable);
			s->layer[1] = memtable_ref(m->layers.immutable);
			s->seq = m->layers.visible;
			INVARIANT(r->txn->ops->version(r->txn) == m->published.version); /* 1 */
			INVARIANT(s->seq >= m->published.seq);
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

err_t snap_begin(struct map *m, struct snap *s)
{
	return begin(m, s, &s->r);
}

void snap_end(struct map *m, struct snap *s)
{
	reader_put(m, s->r);
	memtable_unref(s->layer[0]);
	memtable_unref(s->layer[1]);
}

/* snap_find: the key's newest op in the memtables, or NULL. */
const struct mem_op *snap_find(const struct snap *s, unsigned table, struct span key)
{
	for (int i = 0; i < 2; i++) {
		const struct mem_op *op = s->layer[i] ? memtable_find(s->layer[i], table, key, s->seq) : NULL;
		if (op)
			return op;
	}
	return NULL;
}
