/* SPDX-License-Identifier: MIT
 * Kernel lookup counts. Linear probing; deletion shifts back, so there are no tombstones; at most three quarters full.
 */
#include "fs/core/lookups.h"

#include <stdlib.h>

#define CAP_MIN 64

void lookups_free(struct lookups *l)
{
	free(l->slots);
	*l = (struct lookups){ 0 };
}

static size_t home_of(const struct lookups *l, uint64_t ino)
{
	uint64_t x = ino * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(x ^ (x >> 32)) & (l->cap - 1);
}

/* slot_of: the slot of `ino`, or the free one where it would go. */
static struct lookup_slot *slot_of(const struct lookups *l, uint64_t ino)
{
	size_t i = home_of(l, ino);
	while (l->slots[i].ino && l->slots[i].ino != ino)
		i = (i + 1) & (l->cap - 1);
	return &l->slots[i];
}

static bool resize(struct lookups *l, size_t cap)
{
	struct lookups to = { calloc(cap, sizeof(*to.slots)), cap, l->used };
	if (!to.slots)
		return false;
	for (size_t i = 0; i < l->cap; i++)
		if (l->slots[i].ino)
			*slot_of(&to, l->slots[i].ino) = l->slots[i];
	free(l->slots);
	*l = to;
	return true;
}

bool lookups_add(struct lookups *l, uint64_t ino)
{
	if (!l->cap && !resize(l, CAP_MIN))
		return false;
	struct lookup_slot *s = slot_of(l, ino);
	if (!s->ino) {
		if ((l->used + 1) * 4 > l->cap * 3) {
			if (!resize(l, l->cap * 2))
				return false;
			s = slot_of(l, ino);
		}
		*s = (struct lookup_slot){ .ino = ino };
		l->used++;
	}
	s->count++;
	return true;
}

static void remove_at(struct lookups *l, size_t hole)
{
	size_t mask = l->cap - 1;
	for (size_t i = (hole + 1) & mask; l->slots[i].ino; i = (i + 1) & mask) {
		size_t home = home_of(l, l->slots[i].ino);
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			l->slots[hole] = l->slots[i];
			hole = i;
		}
	}
	l->slots[hole] = (struct lookup_slot){ 0 };
	l->used--;
	if (l->cap > CAP_MIN && l->used * 8 < l->cap)
		(void)resize(l, l->cap / 2); /* out of memory: it merely stays larger */
}

bool lookups_sub(struct lookups *l, uint64_t ino, uint64_t n, bool *ret_orphan)
{
	if (!l->cap)
		return false;
	struct lookup_slot *s = slot_of(l, ino);
	if (!s->ino)
		return false;
	if (s->count > n) {
		s->count -= n;
		return false;
	}
	*ret_orphan = s->orphan;
	remove_at(l, (size_t)(s - l->slots));
	return true;
}

uint64_t lookups_count(const struct lookups *l, uint64_t ino)
{
	if (!l->cap)
		return 0;
	return slot_of(l, ino)->count;
}

bool lookups_mark(struct lookups *l, uint64_t ino, bool elsewhere)
{
	if (!l->cap)
		return false;
	struct lookup_slot *s = slot_of(l, ino);
	if (!s->ino)
		return false;
	s->orphan = 1;
	s->elsewhere |= elsewhere;
	return true;
}

bool lookups_marked(const struct lookups *l, uint64_t ino)
{
	return l->cap && slot_of(l, ino)->orphan;
}

bool lookups_elsewhere(const struct lookups *l, uint64_t ino)
{
	return l->cap && slot_of(l, ino)->elsewhere;
}
