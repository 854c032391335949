/* SPDX-License-Identifier: MIT */
#include "fs/data/compact.h"

#include "fs/core/fs_state.h"
#include "fs/core/seal.h"
#include "fs/data/block_read.h"
#include "fs/data/content.h"

#include <string.h>

struct compaction { /* of one group */
	struct file *f;
	struct extents *x;
	struct extent_group *group;
	bool full;      /* the group is as the map has it, without pending ranges; gaps are filled */
	uint8_t *plain; /* BLOCK_SIZE bytes */
};

/* pending_of: the pending range whose block is the extent's; NULL: none. */
static const struct pending *pending_of(const struct file *f, const struct extent *p)
{
	const struct pending *q = f->buffer.pending;
	while (q && (!id_eq(q->id, p->block) || q->off / BLOCK_SIZE != p->off / BLOCK_SIZE))
		q = q->next;
	return q;
}

/* extent_bytes: from the pending list (not in the map yet) or from the block on this device. */
static err_t extent_bytes(struct file *f, const struct extent *p, uint8_t *out)
{
	const struct pending *q = pending_of(f, p);
	if (!q)
		return block_read(f->fs, f->now.key, p->block, p->block_off, p->len, out);
	memcpy(out, q->plain + p->block_off, p->len);
	return ERR_OK;
}

static bool is_here(const struct compaction *c, const struct extent *p)
{
	return block_is_here(c->f->fs, p->block) || (!c->full && pending_of(c->f, p));
}

/* --- runs: extents [i, j) of one block --- */
/* run_end: as many from i on as are here; only neighbours, unless `full`. */
static size_t run_end(const struct compaction *c, size_t i)
{
	const struct extent_group *g = c->group;
	uint64_t block = g->list[i].off / BLOCK_SIZE, at = g->list[i].off;
	for (; i < g->n; i++) {
		const struct extent *p = &g->list[i];
		bool joined = p->off / BLOCK_SIZE == block && (p->off == at || c->full);
		if (!joined || !is_here(c, p))
			break;
		at = p->off + p->len;
	}
	return i;
}

/* run_read: the bytes of the run to `plain`, zeros for the gaps; returns the first extent that cannot be read. */
static size_t run_read(struct compaction *c, size_t i, size_t j)
{
	const struct extent *list = c->group->list;
	uint64_t start = list[i].off, at = start;
	for (; i < j; i++) {
		memset(c->plain + (at - start), 0, list[i].off - at);
		if (extent_bytes(c->f, &list[i], c->plain + (list[i].off - start)))
			break;
		at = list[i].off + list[i].len;
	}
	return i;
}

/* run_join: one new block of the bytes in `plain`, and one extent. */
static err_t run_join(struct compaction *c, size_t i, size_t j)
{
	struct extent_group *g = c->group;
	struct extent one = { .off = g->list[i].off };
	one.len = (uint32_t)(g->list[j - 1].off + g->list[j - 1].len - one.off);
	struct pending_block rec;
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	err_t e = seal_block(&c->f->fs->cfg, c->f->now.key, SPAN(c->plain, one.len), &one.block, &rec, &sealed);
	if (!e)
		e = content_block(c->x->from.t, one.block, &rec, &sealed);
	if (e)
		return e;
	g->list[i] = one;
	memmove(g->list + i + 1, g->list + j, (g->n - j) * sizeof(one));
	g->n -= j - i - 1;
	g->changed = true;
	return ERR_OK;
}

static err_t compact_runs(struct compaction *c, uint64_t block)
{
	struct extent_group *g = c->group;
	cleanup_free uint8_t *plain = malloc(BLOCK_SIZE);
	if (!plain)
		return ERR_NOMEM;
	c->plain = plain;
	size_t i = extent_list_find(g->list, g->n, block * BLOCK_SIZE);
	for (; i < g->n && g->list[i].off / BLOCK_SIZE == block; i++) {
		size_t j = run_end(c, i);
		if (j > i + 1) /* nothing is read for an extent alone */
			j = run_read(c, i, j);
		err_t e = j > i + 1 ? run_join(c, i, j) : ERR_OK;
		if (e)
			return e;
	}
	return ERR_OK;
}

/* --- one block --- */
/* is_own: it was not published: it is pending, or in the queue of this device. */
static bool is_own(const struct file *f, const struct extent *p)
{
	struct rkey k = key_queue(QUEUE_BLOCK, p->block);
	return pending_of(f, p) || map_has(f->fs->cfg.map, MAP_QUEUE, rkey_span(&k)) == ERR_OK;
}

/* worth_it: many extents; or the block is complete, ends here, and none of it was published. */
static bool worth_it(const struct file *f, const struct extent_group *g, uint64_t block)
{
	size_t first = extent_list_find(g->list, g->n, block * BLOCK_SIZE), end = first;
	uint64_t bytes = 0;
	for (; end < g->n && g->list[end].off / BLOCK_SIZE == block; end++)
		bytes += g->list[end].len;
	if (end - first > COMPACT_EXTENTS)
		return true;
	bool own = end - first >= 2 && bytes == BLOCK_SIZE;
	for (size_t i = first; own && i < end; i++)
		own = is_own(f, &g->list[i]);
	return own;
}

err_t compact_block(struct file *f, struct extents *x, uint64_t block)
{
	struct compaction c = { .f = f, .x = x };
	err_t e = extents_group(x, (uint32_t)(block / EXTENT_GROUP_BLOCKS), &c.group);
	if (e || !worth_it(f, c.group, block))
		return e;
	return compact_runs(&c, block);
}

/* --- full groups --- */
#define RANGE_ADDS 2u /* extents: the range, and the second half of one that it splits */

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct changed_group *)a)->no, y = ((const struct changed_group *)b)->no;
	return x < y ? -1 : x > y;
}

err_t compact_groups(const struct file *f, struct changed_group **ret, size_t *ret_n)
{
	struct changed_group *v = malloc((f->buffer.npending + 1) * sizeof(*v));
	size_t n = 0, k = 0;
	if (!v)
		return ERR_NOMEM;
	for (const struct pending *p = f->buffer.pending; p; p = p->next)
		v[n++] = (struct changed_group){ (uint32_t)(p->off / EXTENT_GROUP_SIZE), 1 };
	qsort(v, n, sizeof(*v), by_number);
	for (size_t i = 0; i < n; i++)
		if (k && v[k - 1].no == v[i].no)
			v[k - 1].ranges++;
		else
			v[k++] = v[i];
	*ret = v;
	*ret_n = k;
	return ERR_OK;
}

bool compact_fits(const struct changed_group *g, size_t extents)
{
	return extents + (size_t)RANGE_ADDS * g->ranges <= EXTENTS_MAX;
}

static err_t compact_group(struct file *f, struct extents *x, const struct changed_group *v)
{
	struct compaction c = { .f = f, .x = x, .full = true };
	err_t e = extents_group(x, v->no, &c.group);
	if (e || compact_fits(v, c.group->n))
		return e;
	for (uint64_t b = 0; !e && b < EXTENT_GROUP_BLOCKS; b++)
		e = compact_runs(&c, (uint64_t)v->no * EXTENT_GROUP_BLOCKS + b);
	return e;
}

err_t compact_full(struct file *f)
{
	cleanup_free struct changed_group *v = NULL;
	size_t n = 0;
	err_t e = compact_groups(f, &v, &n);
	if (e)
		return e;
	cleanup(change_freep) struct change *t = change_new(f->fs);
	if (!t)
		return ERR_NOMEM;
	struct extents x = extents_begin(t, f->now.content);
	change_use(t, MAP_REMOVES); /* what was accepted cannot be flushed without; it gives the old blocks back */
	for (size_t i = 0; !e && i < n; i++)
		e = compact_group(f, &x, &v[i]);
	if (!e)
		e = extents_store(&x);
	extents_free(&x);
	return e ? e : change_apply(t);
}
