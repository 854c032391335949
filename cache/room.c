/* SPDX-License-Identifier: MIT
 * Who may take how much of the disk: the rules are in README.md, "Space".
 *
 *   room     what the base could still write: the file system's free space, what data.mdb is extended
 *            ahead, and half of the free pages inside it
 *   waiting  what was accepted and is not in the base yet: memtables and claims, reckoned twice
 *   reserve  what writes leave: as map_config says, and twice what the records take
 */
#include "cache/room.h"

#include "cache/batch_struct.h"
#include "cache/map_struct.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define OP_COST 1024              /* what a small op is reckoned to take in the base */
#define ROOM_NS (200 * NS_PER_MS) /* how old the answer about free space may be */
#define ROOM_BYTES (4u << 20)     /* and how much may be applied on it */
#define REMOVAL_LEAVES 4          /* a removal leaves this part of what map_config says to the rest */

/* look: what the disk has, unless the last answer is still good. A commit makes it void: what waited then is in the
 * base now, and the answer does not know it. */
static void look(struct map *m)
{
	struct map_room *r = &m->room;
	int64_t now = clock_mono();
	uint64_t commits;
	{
		guard(&m->lock);
		commits = m->counts.commits;
	}
	if (r->at && r->commits == commits && now - r->at <= ROOM_NS && r->used <= ROOM_BYTES)
		return;
	m->base->ops->room(m->base, &r->seen);
	r->at = now;
	r->commits = commits;
	r->used = 0;
}

/* reserve_of: what a batch of that use must leave. */
static uint64_t reserve_of(const struct map *m, enum map_use use)
{
	uint64_t reserve = m->limits.reserve;
	return use == MAP_REMOVES ? reserve / REMOVAL_LEAVES : reserve + 2 * m->room.seen.records;
}

err_t room_for(struct map *m, uint64_t cost, enum map_use use)
{
	look(m);
	uint64_t reserve = reserve_of(m, use);
	guard(&m->lock);
	uint64_t waiting = layers_bytes(&m->layers) + m->room.claimed;
	if (m->room.seen.bytes >= reserve + cost + 2 * waiting && !(m->full && use == MAP_WRITES))
		return ERR_OK;
	m->room.at = 0;
	m->committer.woken = true; /* a commit may free pages */
	pthread_cond_signal(&m->committer.wake);
	return ERR_NOSPACE;
}

/* rest: of `bytes`, without ever going below nothing. */
static uint64_t rest(uint64_t bytes, uint64_t taken)
{
	return bytes - MIN(bytes, taken);
}

bool room_later(struct map *m, uint64_t cost)
{
	guard(&m->lock);
	uint64_t waiting = memtable_bytes(m->layers.memtable) + 2 * m->room.claimed;
	return m->room.seen.bytes >= reserve_of(m, MAP_WRITES) + cost + waiting && !m->full;
}

void room_space(struct map *m, struct map_space *ret)
{
	look(m);
	guard(&m->lock);
	uint64_t waiting = layers_bytes(&m->layers) + m->room.claimed;
	ret->free = rest(m->room.seen.bytes, 2 * waiting);
	ret->writable = m->full ? 0 : rest(ret->free, reserve_of(m, MAP_WRITES));
}

err_t room_check(struct map *m, const struct batch *b)
{
	if (b->put_bytes == 0)
		return ERR_OK; /* deleting is always possible: it is what ends the shortage */
	uint64_t cost = b->put_bytes + b->count * OP_COST;
	err_t e = b->use == MAP_CLAIMED ? ERR_OK : room_for(m, cost, b->use);
	if (!e)
		m->room.used += cost;
	return e;
}
