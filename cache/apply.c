/* SPDX-License-Identifier: MIT
 * Applying batches: the check for room, then the link.
 */
#include "cache/apply.h"

#include "cache/batch_struct.h"
#include "cache/failure.h"
#include "cache/link.h"
#include "cache/map_struct.h"
#include "cache/room.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define LATELY (5 * NS_PER_S)

err_t map_apply(struct map *m, struct batch *b)
{
	if (b->failed)
		return b->failed;
	guard(&m->apply_lock);
	err_t e = map_failed(m);
	if (!e && b->count)
		e = room_check(m, b);
	return e || !b->count ? e : map_link(m, b);
}

err_t map_room(struct map *m, uint64_t bytes)
{
	guard(&m->apply_lock);
	err_t e = room_for(m, bytes, MAP_WRITES);
	return e == ERR_NOSPACE && room_later(m, bytes) ? ERR_BUSY : e;
}

err_t map_claim(struct map *m, uint64_t bytes)
{
	guard(&m->apply_lock);
	err_t e = map_failed(m); /* then no commit gives room any more */
	if (!e)
		e = room_for(m, bytes, MAP_WRITES);
	if (!e)
		m->room.claimed += bytes;
	else if (e == ERR_NOSPACE && room_later(m, bytes))
		return ERR_BUSY;
	else if (e == ERR_NOSPACE)
		m->room.refused = deadline_in(LATELY);
	return e;
}

bool map_refused_lately(struct map *m)
{
	guard(&m->apply_lock);
	return !deadline_passed(m->room.refused);
}

void map_claim_change(struct map *m, int64_t by)
{
	m->room.claimed += (uint64_t)by;
}

bool map_pressure(const struct map *map)
{
	struct map *m = (struct map *)map;
	guard(&m->lock);
	return layers_bytes(&m->layers) > m->limits.memtable_max && !m->failed && !m->full;
}
