/* SPDX-License-Identifier: MIT
 * Freezing: the freeze hook, and the memtable becomes the immutable one.
 */
#include "cache/freeze.h"

#include "cache/map_struct.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/invariant.h"

struct freezing freeze_enter(struct map *m)
{
	pthread_mutex_lock(&m->freeze_lock);
	struct freezing f = { .hook = m->freeze };
	if (f.hook.before)
		f.hook.before(f.hook.ctx);
	f.since = clock_mono();
	if (f.hook.enter)
		f.hook.enter(f.hook.ctx);
	return f;
}

void freeze_leave(struct map *m, const struct freezing *f)
{
	if (f->hook.leave)
		f->hook.leave(f->hook.ctx);
	pthread_mutex_unlock(&m->freeze_lock);
	int64_t took = clock_mono() - f->since;
	guard(&m->lock);
	m->counts.freezes++;
	m->counts.longest_freeze = MAX(m->counts.longest_freeze, took);
}

/* swap: the memtable becomes the immutable one, and `fresh` the memtable; apply_lock held. */
static void swap(struct map *m, struct memtable *fresh)
{
	guard(&m->lock);
	INVARIANT(!m->layers.immutable); /* 2: only publish() ends it */
	m->layers.immutable = m->layers.memtable;
	m->layers.immutable_seq = m->layers.visible;
	m->layers.memtable = fresh;
}

err_t freeze_memtable(struct map *m)
{
	struct memtable *fresh = memtable_new();
	if (!fresh)
		return ERR_NOMEM;
	struct freezing f = freeze_enter(m);
	pthread_mutex_lock(&m->apply_lock);
	if (memtable_ops(m->layers.memtable))
		swap(m, steal_ptr(fresh));
	pthread_mutex_unlock(&m->apply_lock);
	freeze_leave(m, &f);
	memtable_unref(fresh);
	return ERR_OK;
}
