/* SPDX-License-Identifier: MIT
 * Folding of one block's extents.
 */
#include "fs/data/compact.h"

#include "fs/core/fs_state.h"
#include "fs/data/block_read.h"

#include <string.h>

/* extent_bytes: from the pending list (not in the map yet) or from the block on this device. */
static err_t extent_bytes(struct file *f, const struct extent *p, uint8_t *out)
{
	for (const struct pending *q = f->buffer.pending; q; q = q->next)
		if (id_eq(q->id, p->block) && q->off / BLOCK_SIZE == p->off / BLOCK_SIZE) {
			memcpy(out, q->plain + p->block_off, p->len);
			return ERR_OK;
		}
	return block_read(f->fs, f->now.key, p->block, p->block_off, p->len, out);
}

/* join_run: extents [i, j) are neighbours, their bytes in `plain`: one new block, one extent. */
static err_t join_run(struct file *f, struct extents *w, struct extent_group *group, size_t i, size_t j,
                      const uint8_t *plain)
{
	struct extent one = { .off = group->list[i].off };
	one.len = (uint32_t)(group->list[j - 1].off + group->list[j - 1].len - one.off);
	struct pending_block rec;
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	err_t e = block_seal(f->fs->cfg.ring, f->now.key, SPAN(plain, one.len), &one.block, &rec, &sealed);
	if (e)
		return e;
	txn_block(w->t, one.block, &rec, &sealed);
	group->list[i] = one;
	memmove(group->list + i + 1, group->list + j, (group->n - j) * sizeof(one));
	group->n -= j - i - 1;
	group->changed = true;
	return ERR_OK;
}

/* here: the bytes of an extent are on this device. `full`: the group is as the map has it, without pending ranges. */
static bool here(struct file *f, const struct extent *p, bool full)
{
	if (map_has(f->fs->cfg.map, MAP_BLOCK, id_span(&p->block)) == ERR_OK)
		return true;
	const struct pending *q = full ? NULL : f->buffer.pending;
	while (q && !id_eq(q->id, p->block))
		q = q->next;
	return q;
}

/* run_end: as many extents of the block from i on as are here; only neighbours, unless `full`. */
static size_t run_end(struct file *f, const struct extent_group *group, size_t i, bool full)
{
	uint64_t block = group->list[i].off / BLOCK_SIZE, at = group->list[i].off;
	for (; i < group->n; i++) {
		const struct extent *p = &group->list[i];
		if (p->off / BLOCK_SIZE != block || (p->off != at && !full) || !here(f, p, full))
			break;
		at = p->off + p->len;
	}
	return i;
}

/* run_read: the bytes of extents [i, j) to `plain`, zeros for the gaps; returns the first extent that cannot be read.
 */
static size_t run_read(struct file *f, const struct extent_group *group, size_t i, size_t j, uint8_t *plain)
{
	uint64_t start = group->list[i].off, at = start;
	for (; i < j; i++) {
		const struct extent *p = &group->list[i];
		memset(plain + (at - start), 0, p->off - at);
		if (extent_bytes(f, p, plain + (p->off - start)))
			break;
		at = p->off + p->len;
	}
	return i;
}

static err_t compact_runs(struct file *f, struct extents *w, struct extent_group *group, uint64_t block, bool full)
{
	cleanup_free uint8_t *plain = malloc(BLOCK_SIZE);
	if (!plain)
		return ERR_NOMEM;
	size_t i = extent_list_find(group->list, group->n, block * BLOCK_SIZE);
	for (; i < group->n && group->list[i].off / BLOCK_SIZE == block; i++) {
		size_t j = run_end(f, group, i, full);
		if (j > i + 1) /* nothing is read for an extent alone */
			j = run_read(f, group, i, j, plain);
		err_t e = j > i + 1 ? join_run(f, w, group, i, j, plain) : ERR_OK;
		if (e)
			return e;
	}
	return ERR_OK;
}

/* worth_it: many extents; or the block is complete, ends here, and none of it was published. */
static bool worth_it(struct file *f, const struct extent_group *group, uint64_t block)
{
	size_t i = extent_list_find(group->list, group->n, block * BLOCK_SIZE), n = 0;
	uint64_t bytes = 0;
	bool own = true;
	for (; i < group->n && group->list[i].off / BLOCK_SIZE == block; i++, n++) {
		bytes += group->list[i].len;
		if (n > COMPACT_EXTENTS)
			return true;
	}
	if (n < 2 || bytes < BLOCK_SIZE)
		return false;
	for (i -= n; own && n; i++, n--) {
		struct rkey k = key_queue(QUEUE_BLOCK, group->list[i].block);
		bool pending = false;
		for (const struct pending *q = f->buffer.pending; q && !pending; q = q->next)
			pending = id_eq(q->id, group->list[i].block);
		own = pending || map_has(f->fs->cfg.map, MAP_QUEUE, rkey_span(&k)) == ERR_OK;
	}
	return own;
}

err_t compact_block(struct file *f, struct extents *w, uint64_t block)
{
	struct extent_group *group;
	err_t e = extents_group(w, (uint32_t)(block / EXTENT_GROUP_BLOCKS), &group);
	if (e || !worth_it(f, group, block))
		return e;
	return compact_runs(f, w, group, block, false);
}

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

bool compact_fits(const struct changed_group *w, size_t extents)
{
	return extents + (size_t)RANGE_ADDS * w->ranges <= EXTENTS_MAX;
}

static err_t compact_group(struct file *f, struct extents *w, const struct changed_group *v)
{
	struct extent_group *group;
	err_t e = extents_group(w, v->no, &group);
	if (e || compact_fits(v, group->n))
		return e;
	for (uint64_t b = 0; !e && b < EXTENT_GROUP_BLOCKS; b++)
		e = compact_runs(f, w, group, (uint64_t)v->no * EXTENT_GROUP_BLOCKS + b, true);
	return e;
}

err_t compact_full(struct file *f)
{
	cleanup_free struct changed_group *v = NULL;
	size_t n = 0;
	err_t e = compact_groups(f, &v, &n);
	if (e)
		return e;
	cleanup(txn_freep) struct txn *t = txn_begin(f->fs->cfg.map);
	struct extents w = { .t = t };
	w.content = f->now.content;
	e = t ? ERR_OK : ERR_NOMEM;
	for (size_t i = 0; !e && i < n; i++)
		e = compact_group(f, &w, &v[i]);
	if (!e)
		e = extents_store(&w);
	extents_free(&w);
	return e ? e : txn_apply(t);
}
