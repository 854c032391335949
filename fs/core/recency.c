/* SPDX-License-Identifier: MIT */
#include "fs/core/recency.h"

#include "fs/core/cache_size.h"
#include "fs/core/fs_state.h"

#include <string.h>

#define LOOK_EVERY 16u /* so many blocks that are used: is the cache too large? */

static uint64_t value_of(struct id id)
{
	uint64_t v;
	memcpy(&v, id.b, sizeof(v)); /* ids are random: any eight bytes are a hash */
	return v | 1;
}

static size_t first_way(uint64_t value)
{
	return value / 2 % (RECENCY_SLOTS / RECENCY_WAYS) * RECENCY_WAYS;
}

/* slot_for: the slot of `value`, or else a free one, or else any of them. */
static _Atomic uint64_t *slot_for(_Atomic uint64_t *ways, uint64_t value, unsigned any)
{
	_Atomic uint64_t *empty = NULL;
	for (size_t i = 0; i < RECENCY_WAYS; i++) {
		uint64_t seen = ways[i];
		if (seen == value)
			return &ways[i];
		if (!seen && !empty)
			empty = &ways[i];
	}
	return empty ? empty : &ways[any % RECENCY_WAYS];
}

static void begin_generation(struct recency *r)
{
	unsigned next = (r->now + 1) & 1;
	for (size_t i = 0; i < RECENCY_SLOTS; i++)
		r->slot[next][i] = 0;
	r->now = next;
}

void recency_touch(struct fs *fs, struct id id)
{
	struct recency *r = &fs->recency;
	uint64_t value = value_of(id);
	_Atomic uint64_t *slot = slot_for(r->slot[r->now & 1] + first_way(value), value, r->uses);
	if (*slot == value)
		return;
	*slot = value;
	uint64_t generation =
	        fs->cache_size.limit / BLOCK_SIZE / 4; /* what is recent must leave room for what may go */
	unsigned n = ++r->uses;
	if (n % LOOK_EVERY == 0 && cache_over(fs)) /* a fast reader fills much between two looks of the flusher */
		wake_ask(&fs->flusher_wake);
	if (n % (unsigned)MAX(16, MIN(generation, RECENCY_SLOTS / 2)) == 0)
		begin_generation(r);
}

static bool in_generation(const struct recency *r, unsigned generation, uint64_t value)
{
	const _Atomic uint64_t *ways = r->slot[generation] + first_way(value);
	for (size_t i = 0; i < RECENCY_WAYS; i++)
		if (ways[i] == value)
			return true;
	return false;
}

bool recency_has(const struct fs *fs, struct id id)
{
	uint64_t value = value_of(id);
	return in_generation(&fs->recency, 0, value) || in_generation(&fs->recency, 1, value);
}
