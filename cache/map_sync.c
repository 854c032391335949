/* SPDX-License-Identifier: MIT
 * Durability on demand. A round lets the freeze hook apply what is buffered, then makes everything applied durable: by
 * one log write, or by a commit when the log is not the place. Waiters that come during a round share the next one.
 */
#include "cache/internal.h"

struct pending {
	struct memtable *immutable, *memtable;
	uint64_t base_seq, upto;
	size_t bytes;
	bool closes;
};

static struct pending look(struct map *m)
{
	struct hook h = freeze_enter(m);
	struct pending p;
	{
		guard(&m->lock);
		p = (struct pending){
			.immutable = memtable_ref(m->immutable),
			.memtable = memtable_ref(m->memtable),
			.base_seq = m->base_seq,
			.upto = m->visible,
			.closes = m->immutable && m->immutable_closes,
		};
	}
	freeze_leave(m, &h);
	return p;
}

static err_t log_round(struct map *m, const struct pending *p)
{
	err_t e = log_append(m->log, p->immutable, p->memtable, p->base_seq, p->upto);
	if (e == ERR_IO)
		return map_fail(m, ERR_IO, "log write");
	if (!e) {
		guard(&m->lock);
		m->log_syncs++;
	}
	return e;
}

static err_t sync_round(struct map *m)
{
	struct pending p = look(m);
	err_t e = map_failed(m);
	bool all = p.upto == p.base_seq && !p.immutable;
	if (!e && !all) {
		/* An entry of its own (map_apply_entry) must not be replayed into the open entry. */
		e = m->log && !p.closes ? log_round(m, &p) : ERR_NOSPACE;
		all = !e;
	}
	memtable_unref(p.immutable);
	memtable_unref(p.memtable);
	if (all || (e && e != ERR_NOSPACE))
		return e;
	guard(&m->commit_lock);
	return commit_run(m, NULL, NULL, 0, NULL);
}

err_t map_sync(struct map *m)
{
	guard(&m->lock);
	uint64_t mine = m->rounds_started + 1; /* only a round that starts from now on covers this call */
	while (m->rounds_done < mine) {
		if (m->round_running) {
			pthread_cond_wait(&m->round, &m->lock);
			continue;
		}
		m->round_running = true;
		m->rounds_started++;
		pthread_mutex_unlock(&m->lock);
		err_t e = sync_round(m);
		pthread_mutex_lock(&m->lock);
		m->round_running = false;
		m->rounds_done = m->rounds_started;
		m->round_result = e;
		pthread_cond_broadcast(&m->round);
	}
	return m->failed ? ERR_IO : m->round_result; /* a later round's answer covers this one too */
}

void map_gather(struct map *m)
{
	struct hook h = freeze_enter(m);
	freeze_leave(m, &h);
}

err_t map_commit(struct map *m)
{
	guard(&m->commit_lock);
	return commit_run(m, NULL, NULL, 0, NULL);
}
