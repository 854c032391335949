/* SPDX-License-Identifier: MIT
 * Durability on demand. A round lets the freeze hook apply what is buffered, then makes everything applied durable: by
 * one log write, or by a commit when the log is not the place. Waiters that come during a round share the next one.
 */
#include "cache/map_sync.h"

#include "cache/failure.h"
#include "cache/freeze.h"
#include "cache/map_commit.h"
#include "cache/map_struct.h"
#include "util/cleanup.h"

struct pending {
	struct memtable *immutable, *memtable;
	uint64_t base_seq, upto;
	size_t bytes;
};

static struct pending look(struct map *m)
{
	struct freezing f = freeze_enter(m);
	struct pending p;
	{
		guard(&m->lock);
		p = (struct pending){
			.immutable = memtable_ref(m->layers.immutable),
			.memtable = memtable_ref(m->layers.memtable),
			.base_seq = m->published.seq,
			.upto = m->layers.visible,
		};
	}
	freeze_leave(m, &f);
	return p;
}

static err_t wal_round(struct map *m, const struct pending *p)
{
	err_t e = wal_append(m->wal, p->immutable, p->memtable, p->base_seq, p->upto);
	if (e == ERR_IO)
		return map_fail(m, ERR_IO, "log write");
	if (!e) {
		guard(&m->lock);
		m->counts.wal_syncs++;
		m->counts.wal = wal_fill(m->wal);
	}
	return e;
}

static err_t sync_round(struct map *m)
{
	struct pending p = look(m);
	err_t e = map_failed(m);
	bool all = p.upto == p.base_seq && !p.immutable;
	if (!e && !all) {
		e = m->wal ? wal_round(m, &p) : ERR_NOSPACE;
		all = !e;
	}
	memtable_unref(p.immutable);
	memtable_unref(p.memtable);
	if (all || (e && e != ERR_NOSPACE))
		return e;
	guard(&m->commit_lock);
	return commit_all(m);
}

err_t map_sync(struct map *m)
{
	guard(&m->lock);
	uint64_t mine = m->rounds.started + 1; /* only a round that starts from now on covers this call */
	while (m->rounds.done < mine) {
		if (m->rounds.running) {
			pthread_cond_wait(&m->ended, &m->lock);
			continue;
		}
		m->rounds.running = true;
		m->rounds.started++;
		pthread_mutex_unlock(&m->lock);
		err_t e = sync_round(m);
		pthread_mutex_lock(&m->lock);
		m->rounds.running = false;
		m->rounds.done = m->rounds.started;
		m->rounds.result = e;
		pthread_cond_broadcast(&m->ended);
	}
	return m->failed ? ERR_IO : m->rounds.result; /* a later round's answer covers this one too */
}

err_t map_commit(struct map *m)
{
	guard(&m->commit_lock);
	return commit_all(m);
}

err_t map_transact(struct map *m, map_txn_fn fn, void *ctx)
{
	guard(&m->commit_lock);
	return commit_run(m, &(struct commit_work){ fn, ctx });
}
