/* SPDX-License-Identifier: MIT */
#include "fs/data/copy_blocks.h"

#include "fs/data/extents.h"

/* insert_shifted: an extent of the source at its new place, cut at block boundaries. */
static err_t insert_shifted(struct extents *w, const struct copy *c, struct extent p)
{
	p.off = p.off - c->from + c->to;
	while (p.len) {
		struct extent part = p;
		part.len = (uint32_t)MIN(p.len, BLOCK_SIZE - p.off % BLOCK_SIZE);
		err_t e = extents_insert(w, &part);
		if (e)
			return e;
		p.off += part.len;
		p.block_off += part.len;
		p.len -= part.len;
	}
	return ERR_OK;
}

static err_t copy_group(struct extents *src, struct extents *dst, const struct copy *c, uint32_t no)
{
	struct extent_group *group;
	uint64_t end = c->from + c->len;
	err_t e = extents_group(src, no, &group);
	for (size_t i = e ? 0 : extent_list_find(group->list, group->n, c->from);
	     !e && i < group->n && group->list[i].off < end; i++) {
		struct extent p = group->list[i];
		uint32_t skip = p.off < c->from ? (uint32_t)(c->from - p.off) : 0;
		p.off += skip;
		p.block_off += skip;
		p.len -= skip;
		p.len = (uint32_t)MIN(p.len, end - p.off);
		e = insert_shifted(dst, c, p);
	}
	return e;
}

static err_t copy_extents(struct extents *src, struct extents *dst, const struct copy *c)
{
	cleanup_free uint32_t *list = NULL;
	size_t n = 0;
	struct group_range range = { (uint32_t)(c->from / EXTENT_GROUP_SIZE),
		                     (uint32_t)((c->from + c->len - 1) / EXTENT_GROUP_SIZE), SIZE_MAX };
	err_t e = extent_source_groups(&src->from, range, &list, &n);
	if (!e)
		e = extents_cut(dst, c->to, c->len);
	for (size_t i = 0; !e && i < n; i++)
		e = copy_group(src, dst, c, list[i]);
	return e ? e : extents_store(dst);
}

err_t copy_blocks(struct change *t, const struct copy *c)
{
	struct extents src = { .from = extent_source_of(t->fs, t, &c->in) }, dst = extents_begin(t, c->out.content);
	err_t e = copy_extents(&src, &dst, c);
	extents_free(&src);
	extents_free(&dst);
	return e;
}
