/* SPDX-License-Identifier: MIT
 * Whether the disk would take what is about to be applied. The answer of the file system is reused for a moment.
 */
#include "cache/room.h"

#include "cache/batch_struct.h"
#include "cache/map_struct.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define OP_COST 1024              /* what a small op is reckoned to take in the base */
#define ROOM_NS (200 * NS_PER_MS) /* how old the answer about free space may be */
#define ROOM_BYTES (4u << 20)     /* and how much may be applied on it */
#define RESCUE_BYTES (64u << 10)  /* a batch with deletes and no more puts than this may use the reserve */

/* room_for: would the disk take `cost` bytes after all that waits in the memtables? With apply_lock. */
err_t room_for(struct map *m, uint64_t cost, uint64_t reserve)
{
	int64_t now = clock_mono();
	if (now - m->room.at > ROOM_NS || m->room.used > ROOM_BYTES || !m->room.at) {
		m->room.bytes = m->base->ops->room(m->base);
		m->room.at = now;
		m->room.used = 0;
	}
	guard(&m->lock);
	uint64_t need = reserve + cost + 2 * (uint64_t)layers_bytes(&m->layers);
	if (m->room.bytes < need || (m->full && reserve == m->limits.reserve)) {
		m->room.at = 0;
		m->committer.kick = true; /* a commit may free pages */
		pthread_cond_signal(&m->committer.wake);
		return ERR_NOSPACE;
	}
	return ERR_OK;
}

err_t room_check(struct map *m, const struct batch *b)
{
	if (b->put_bytes == 0)
		return ERR_OK; /* deleting is always possible: it is what ends the shortage */
	uint64_t cost = b->put_bytes + b->count * OP_COST, reserve = m->limits.reserve;
	if (b->dels && b->put_bytes <= RESCUE_BYTES)
		reserve /= 4;
	err_t e = room_for(m, cost, reserve);
	if (!e)
		m->room.used += cost;
	return e;
}
