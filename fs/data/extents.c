/* SPDX-License-Identifier: MIT
 * Extents records in a transaction.
 */
#include "fs/data/extents.h"

#include "fs/data/content.h"
#include "util/cleanup.h"
#include "util/invariant.h"
#include "util/vec.h"

#include <string.h>

static size_t place_of(const struct extents *x, uint32_t no)
{
	size_t lo = 0, hi = x->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (x->v[mid]->no < no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct extents extents_begin(struct change *t, struct id content)
{
	return (struct extents){ .from = { .fs = t->fs, .t = t, .content = content } };
}

err_t extents_group(struct extents *x, uint32_t no, struct extent_group **ret)
{
	size_t i = place_of(x, no);
	if (i < x->n && x->v[i]->no == no) {
		*ret = x->v[i];
		return ERR_OK;
	}
	if (!vec_room(x->v, x->n, 1, &x->cap))
		return ERR_NOMEM;
	cleanup_free struct extent_group *group = malloc(sizeof(*group));
	if (!group)
		return ERR_NOMEM;
	group->no = no;
	group->n = 0;
	group->changed = false;
	err_t e = extent_source_group(&x->from, no, group->list, EXTENT_GROUP_CAP, &group->n);
	if (e)
		return e;
	memmove(x->v + i + 1, x->v + i, (x->n - i) * sizeof(struct extent_group *));
	x->n++;
	*ret = x->v[i] = steal_ptr(group);
	return ERR_OK;
}

err_t extents_insert(struct extents *x, const struct extent *p)
{
	if (p->off / EXTENT_GROUP_SIZE > UINT32_MAX)
		return ERR_LIMIT;
	struct extent_group *group;
	err_t e = extents_group(x, (uint32_t)(p->off / EXTENT_GROUP_SIZE), &group);
	if (e)
		return e;
	group->changed = true;
	return extent_list_insert(group->list, &group->n, EXTENT_GROUP_CAP, p) ? ERR_OK : ERR_LIMIT;
}

static err_t cut_one(struct extents *x, uint32_t no, uint64_t off, uint64_t end)
{
	uint64_t start = (uint64_t)no * EXTENT_GROUP_SIZE, stop = start + EXTENT_GROUP_SIZE;
	struct extent_group *group;
	err_t e = extents_group(x, no, &group);
	if (e)
		return e;
	group->changed = true;
	off = MAX(off, start);
	end = MIN(end, stop);
	return extent_list_cut(group->list, &group->n, EXTENT_GROUP_CAP, off, end - off) ? ERR_OK : ERR_LIMIT;
}

err_t extents_cut(struct extents *x, uint64_t off, uint64_t len)
{
	if (!len)
		return ERR_OK;
	uint64_t end = len > UINT64_MAX - off ? UINT64_MAX : off + len;
	uint64_t first = off / EXTENT_GROUP_SIZE, last = (end - 1) / EXTENT_GROUP_SIZE;
	if (first > UINT32_MAX)
		return ERR_OK;
	last = MIN(last, UINT32_MAX);
	for (size_t i = 0; i < x->n; i++) { /* those changed already may have no record */
		err_t e = ERR_OK;
		if (x->v[i]->no >= first && x->v[i]->no <= last)
			e = cut_one(x, x->v[i]->no, off, end);
		if (e)
			return e;
	}
	cleanup_free uint32_t *list = NULL;
	size_t n = 0;
	err_t e = extent_source_groups(&x->from, (struct group_range){ (uint32_t)first, (uint32_t)last, SIZE_MAX },
	                               &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = cut_one(x, list[i], off, end);
	return e;
}

/* group_sound: its extents are, and all are of this group. */
static bool group_sound(const struct extent_group *group)
{
	if (!group->n)
		return true;
	const struct extent *first = &group->list[0], *last = &group->list[group->n - 1];
	return extent_list_sound(group->list, group->n) && first->off / EXTENT_GROUP_SIZE == group->no &&
	       last->off / EXTENT_GROUP_SIZE == group->no;
}

err_t extents_store(struct extents *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i]->changed && x->v[i]->n > EXTENTS_MAX)
			return ERR_LIMIT;
	for (size_t i = 0; i < x->n; i++) {
		const struct extent_group *g = x->v[i];
		if (!g->changed)
			continue;
		INVARIANT(group_sound(g)); /* F1 */
		err_t e = content_window(x->from.t, &x->from.chain, g->no, g->list, g->n);
		if (e)
			return e;
	}
	return ERR_OK;
}

void extents_free(struct extents *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->v[i]);
	free(x->v);
	x->v = NULL;
	x->n = x->cap = 0;
}

bool extents_use(const struct extents *x, uint64_t off, struct id id)
{
	uint32_t no = (uint32_t)(off / EXTENT_GROUP_SIZE);
	size_t i = place_of(x, no);
	if (i == x->n || x->v[i]->no != no)
		return false;
	const struct extent_group *group = x->v[i];
	for (size_t k = extent_list_find(group->list, group->n, off / BLOCK_SIZE * BLOCK_SIZE); k < group->n; k++) {
		if (group->list[k].off / BLOCK_SIZE != off / BLOCK_SIZE)
			break;
		if (id_eq(group->list[k].block, id))
			return true;
	}
	return false;
}
