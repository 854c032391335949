/* SPDX-License-Identifier: MIT
 * Freezing: the freeze hook, and the memtable becomes the immutable one.
 */
#include "cache/freeze.h"

#include "cache/map_struct.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/invariant.h"

struct freeze_hook freeze_enter(struct map *m)
{
	pthread_mutex_lock(&m->freeze_lock);
	struct freeze_hook h = m->freeze;
	h.since = clock_mono();
	if (h.enter)
		h.enter(h.ctx);
	return h;
}

void freeze_leave(struct map *m, const struct freeze_hook *h)
{
	if (h->leave)
		h->leave(h->ctx);
	pthread_mutex_unlock(&m->freeze_lock);
	int64_t took = clock_mono() - h->since;
	guard(&m->lock);
	m->counts.freezes++;
	m->counts.longest_freeze = MAX(m->counts.longest_freeze, took);
}

void freeze_swap(struct map *m, struct memtable *fresh, bool closes)
{
	guard(&m->lock);
	INVARIANT(!m->layers.immutable); /* 2: only publish() ends it */
	m->layers.immutable = m->layers.memtable;
	m->layers.immutable_seq = m->layers.visible;
	m->layers.immutable_closes = closes;
	m->layers.memtable = fresh;
}

err_t freeze_memtable(struct map *m)
{
	struct memtable *fresh = memtable_new();
	if (!fresh)
		return ERR_NOMEM;
	struct freeze_hook h = freeze_enter(m);
	pthread_mutex_lock(&m->apply_lock);
	if (memtable_ops(m->layers.memtable))
		freeze_swap(m, steal_ptr(fresh), false);
	pthread_mutex_unlock(&m->apply_lock);
	freeze_leave(m, &h);
	memtable_unref(fresh);
	return ERR_OK;
}
