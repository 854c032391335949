/* SPDX-License-Identifier: MIT
 * Cutting and inserting extents. The lists are short (EXTENTS_MAX), so arrays and memmove do.
 */
#include "fs/data/extent_list.h"

#include "util/invariant.h"

#include <string.h>

static uint64_t extent_end(const struct extent *p)
{
	return p->off + p->len;
}

bool extent_list_sound(const struct extent *list, size_t n)
{
	uint64_t end = 0;
	for (size_t i = 0; i < n; end = extent_end(&list[i]), i++) {
		const struct extent *p = &list[i];
		if (!p->len || p->off < end || p->off % BLOCK_SIZE + p->len > BLOCK_SIZE)
			return false;
	}
	return true;
}

size_t extent_list_find(const struct extent *list, size_t n, uint64_t off)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (extent_end(&list[mid]) > off)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void remove_range(struct extent *list, size_t *n, size_t from, size_t to)
{
	memmove(list + from, list + to, (*n - to) * sizeof(*list));
	*n -= to - from;
}

/* split: extent i contains [off, end) strictly inside. */
static bool split(struct extent *list, size_t *n, size_t cap, size_t i, uint64_t off, uint64_t end)
{
	if (*n + 1 > cap)
		return false;
	memmove(list + i + 1, list + i, (*n - i) * sizeof(*list));
	++*n;
	struct extent *left = &list[i], *right = &list[i + 1];
	uint32_t skip = (uint32_t)(end - right->off);
	left->len = (uint32_t)(off - left->off);
	right->off += skip;
	right->block_off += skip;
	right->len -= skip;
	return true;
}

static bool cut(struct extent *list, size_t *n, size_t cap, uint64_t off, uint64_t len)
{
	uint64_t end = len > UINT64_MAX - off ? UINT64_MAX : off + len;
	size_t i = extent_list_find(list, *n, off);
	if (i == *n || list[i].off >= end || !len)
		return true;
	if (list[i].off < off && extent_end(&list[i]) > end)
		return split(list, n, cap, i, off, end);
	if (list[i].off < off) {
		list[i].len = (uint32_t)(off - list[i].off);
		i++;
	}
	size_t last = i;
	while (last < *n && extent_end(&list[last]) <= end)
		last++;
	if (last < *n && list[last].off < end) {
		uint32_t skip = (uint32_t)(end - list[last].off);
		list[last].off += skip;
		list[last].block_off += skip;
		list[last].len -= skip;
	}
	remove_range(list, n, i, last);
	return true;
}

bool extent_list_cut(struct extent *list, size_t *n, size_t cap, uint64_t off, uint64_t len)
{
	bool fits = cut(list, n, cap, off, len);
	INVARIANT(extent_list_sound(list, *n)); /* F1 */
	return fits;
}

/* joins: b continues a, in the same block of the file and of the store. */
static bool joins(const struct extent *a, const struct extent *b)
{
	return extent_end(a) == b->off && b->off % BLOCK_SIZE && a->block_off + a->len == b->block_off &&
	       id_eq(a->block, b->block);
}

/* room_for: how many extents an insertion may add at most is two (a split and itself); count exactly. */
static bool room_for(const struct extent *list, size_t n, size_t cap, const struct extent *p)
{
	size_t i = extent_list_find(list, n, p->off);
	size_t covered = 0, extra = 1;
	for (; i < n && list[i].off < extent_end(p); i++) {
		bool starts_in = list[i].off >= p->off, ends_in = extent_end(&list[i]) <= extent_end(p);
		covered += starts_in && ends_in;
		extra += !starts_in && !ends_in;
	}
	return n - covered + extra <= cap;
}

bool extent_list_insert(struct extent *list, size_t *n, size_t cap, const struct extent *p)
{
	if (!room_for(list, *n, cap, p) || !cut(list, n, cap, p->off, p->len))
		return false;
	size_t i = extent_list_find(list, *n, p->off);
	memmove(list + i + 1, list + i, (*n - i) * sizeof(*list));
	list[i] = *p;
	++*n;
	if (i + 1 < *n && joins(&list[i], &list[i + 1])) {
		list[i].len += list[i + 1].len;
		remove_range(list, n, i + 1, i + 2);
	}
	if (i > 0 && joins(&list[i - 1], &list[i])) {
		list[i - 1].len += list[i].len;
		remove_range(list, n, i, i + 1);
	}
	INVARIANT(extent_list_sound(list, *n)); /* F1 */
	return true;
}
