/* SPDX-License-Identifier: MIT
 * The two hooks of the floors above: around a decision about what is written, and after a commit.
 */
#include "cache/hooks.h"

#include "cache/freeze.h"
#include "cache/map_struct.h"
#include "util/cleanup.h"

void map_on_drain(struct map *m, void (*fn)(void *ctx), void *ctx)
{
	guard(&m->lock);
	while (m->drain.running && !pthread_equal(pthread_self(), m->committer.thread))
		pthread_cond_wait(&m->ended, &m->lock);
	m->drain.fn = fn;
	m->drain.ctx = ctx;
}

void map_on_freeze(struct map *m, const struct map_freeze *hook)
{
	guard(&m->freeze_lock);
	m->freeze = hook ? *hook : (struct map_freeze){ 0 };
}

void map_gather(struct map *m)
{
	struct freezing f = freeze_enter(m);
	freeze_leave(m, &f);
}

err_t map_stopped(struct map *m, err_t (*fn)(void *ctx), void *ctx)
{
	struct freezing f = freeze_enter(m);
	err_t e = fn(ctx);
	freeze_leave(m, &f);
	return e;
}
