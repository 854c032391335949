/* SPDX-License-Identifier: MIT */
#include "fs/data/read_plan.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/data/extent_list.h"
#include "fs/data/extent_source.h"
#include "util/vec.h"

#include <string.h>

static int part_add(struct read_plan *r, const struct extent *p)
{
	if (!vec_room(r->parts, r->nparts, 1, &r->parts_cap))
		return ENOMEM;
	struct read_part *n = &r->parts[r->nparts++];
	*n = (struct read_part){ NULL, (uint32_t)(p->off - r->off), p->len, p->block_off, { { 0 } } };
	n->block = p->block;
	return 0;
}

/* clip: of [off, off + n) what is inside the read; false: nothing. */
static bool clip(const struct read_plan *r, uint64_t off, uint64_t n, uint64_t *lo, uint64_t *hi)
{
	*lo = MAX(off, r->off);
	*hi = MIN(off + n, r->off + r->got);
	return *lo < *hi;
}

/* each_in_memory: ranges of pending and dirty bytes, oldest first: copied, or (list) cut out of the extents. */
static bool take_memory(struct file *f, struct read_plan *r, struct extent *list, size_t *n, size_t cap)
{
	uint64_t lo, hi;
	for (const struct pending *p = f->buffer.pending; p; p = p->next) {
		if (!clip(r, p->off, p->len, &lo, &hi))
			continue;
		memcpy(r->p + (lo - r->off), p->plain + (lo - p->off), hi - lo);
		if (!extent_list_cut(list, n, cap, lo, hi - lo))
			return false;
	}
	for (size_t i = 0; i < f->buffer.ndirty; i++) {
		uint64_t off = f->buffer.dirty[i].block * BLOCK_SIZE + f->buffer.dirty[i].from;
		if (!clip(r, off, f->buffer.dirty[i].to - f->buffer.dirty[i].from, &lo, &hi))
			continue;
		memcpy(r->p + (lo - r->off), f->buffer.dirty[i].p + (lo - off), hi - lo);
		if (!extent_list_cut(list, n, cap, lo, hi - lo))
			return false;
	}
	return true;
}

/* load_extents: the extents of all groups of the read, clipped to it. */
static err_t load_extents(struct file *f, struct read_plan *r, struct extent *list, size_t cap, size_t *ret)
{
	uint64_t end = r->off + r->got;
	struct extent_source s = extent_source_of_file(f);
	size_t n = 0;
	for (uint64_t no = r->off / EXTENT_GROUP_SIZE; no * EXTENT_GROUP_SIZE < end; no++) {
		size_t more = 0;
		err_t e = extent_source_group(&s, (uint32_t)no, list + n, cap - n, &more);
		if (e)
			return damage_check(f->fs, e, f->ino, NULL, "the list of its blocks");
		n += more;
	}
	bool ok = extent_list_cut(list, &n, cap, 0, r->off) && extent_list_cut(list, &n, cap, end, UINT64_MAX);
	*ret = n;
	return ok ? ERR_OK : ERR_LIMIT;
}

static int plan_blocks(struct file *f, struct read_plan *r)
{
	size_t groups = (size_t)((r->off + r->got - 1) / EXTENT_GROUP_SIZE - r->off / EXTENT_GROUP_SIZE + 1);
	size_t cap = (groups + 1) * EXTENTS_MAX + f->buffer.npending + f->buffer.ndirty, n = 0;
	cleanup_free struct extent *list = malloc(cap * sizeof(*list));
	if (!list)
		return ENOMEM;
	err_t e = load_extents(f, r, list, cap, &n);
	if (e)
		return errno_of(e);
	if (!take_memory(f, r, list, &n, cap))
		return EIO;
	int err = 0;
	for (size_t i = 0; !err && i < n; i++)
		err = part_add(r, &list[i]);
	return err;
}

static int plan_locked(struct file *f, struct read_plan *r)
{
	int e = file_load(f);
	if (e)
		return e;
	r->generation = f->generation;
	r->nparts = 0;
	r->got = r->off >= f->now.size ? 0 : (size_t)MIN(r->len, f->now.size - r->off);
	if (!r->got)
		return 0;
	if (r->made)
		memset(r->p, 0, r->got);
	memcpy(r->key, f->now.key, sizeof(r->key));
	if (!file_inline(f))
		return plan_blocks(f, r);
	if (r->off < f->now.inl_len)
		memcpy(r->p, f->now.inl + r->off, MIN(r->got, f->now.inl_len - r->off));
	return 0;
}

int read_plan_make(struct read_plan *r, struct file *f)
{
	ns_guard_read(f->fs);
	guard(&f->lock);
	int e = plan_locked(f, r);
	r->made++;
	return e;
}

void read_plan_free(struct read_plan *r)
{
	crypto_wipe(r->key, sizeof(r->key));
	free(r->parts);
	free(r->p);
}
