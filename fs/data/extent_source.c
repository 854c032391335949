/* SPDX-License-Identifier: MIT */
#include "fs/data/extent_source.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/data/extent_list.h"
#include "vault/windows/window.h"
#include "vault/windows/window_list.h"
#include "vault/work/work.h"

#include <string.h>

#define GROUPS_AT_A_TIME 64u

struct extent_source extent_source_of(struct fs *fs, struct change *t, const struct inode *in)
{
	return (struct extent_source){ .fs = fs, .t = t, .content = in->content, .block = in->block, .size = in->size };
}

struct extent_source extent_source_of_file(const struct file *f)
{
	return (struct extent_source){
		.fs = f->fs, .content = f->now.content, .block = f->now.block, .size = f->now.recorded
	};
}

/* --- windows --- */
static err_t chain_of(struct extent_source *s, const struct view **v)
{
	*v = work_view(s->fs->cfg.work);
	if (s->chain.n)
		return ERR_OK;
	err_t e = chain_load(*v, s->content, &s->chain);
	return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
}

static err_t group_windows(struct extent_source *s, uint32_t no, struct extent *list, size_t cap, size_t *ret_n)
{
	cleanup(window_extents_free) struct window_extents w = { 0 };
	const struct view *v;
	err_t e = chain_of(s, &v);
	if (!e)
		e = window_read(v, &s->chain, no, &w);
	if (!e && w.n > cap)
		e = ERR_LIMIT;
	for (size_t i = 0; !e && i < w.n; i++)
		list[i] = (struct extent){ no * EXTENT_GROUP_SIZE + w.v[i].start, w.v[i].length, w.v[i].offset,
			                   w.v[i].block };
	*ret_n = w.n;
	return e;
}

static err_t groups_windows(struct extent_source *s, struct group_range range, uint32_t **ret, size_t *ret_n)
{
	struct window_list l = { 0 };
	const struct view *v;
	err_t e = chain_of(s, &v);
	if (!e)
		e = window_list_make(v, &s->chain, (struct window_range){ range.first, range.last, range.max }, &l);
	if (e)
		return e;
	*ret = l.v;
	*ret_n = l.n;
	return ERR_OK;
}

/* --- one block --- */
static err_t group_block(const struct extent_source *s, uint32_t no, struct extent *list, size_t cap, size_t *ret_n)
{
	if (no > 0 || !s->size)
		return ERR_OK;
	if (!cap)
		return ERR_LIMIT;
	list[0] = (struct extent){ .len = (uint32_t)MIN(s->size, BLOCK_SIZE), .block = s->block };
	*ret_n = 1;
	return ERR_OK;
}

static err_t groups_block(struct group_range range, uint32_t **ret, size_t *ret_n)
{
	uint32_t *v = calloc(1, sizeof(*v));
	if (!v)
		return ERR_NOMEM;
	*ret = v;
	*ret_n = range.first == 0 && range.max > 0;
	return ERR_OK;
}

/* --- all --- */
err_t extent_source_group(struct extent_source *s, uint32_t no, struct extent *list, size_t cap, size_t *ret_n)
{
	*ret_n = 0;
	if (!id_is_zero(s->block))
		return group_block(s, no, list, cap, ret_n);
	if (id_is_zero(s->content))
		return ERR_OK;
	err_t e = group_windows(s, no, list, cap, ret_n);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

err_t extent_source_groups(struct extent_source *s, struct group_range range, uint32_t **ret, size_t *ret_n)
{
	if (!id_is_zero(s->block))
		return groups_block(range, ret, ret_n);
	if (id_is_zero(s->content)) {
		range.max = 0;
		return groups_block(range, ret, ret_n);
	}
	return groups_windows(s, range, ret, ret_n);
}

struct each {
	int (*fn)(void *ctx, const struct extent *p);
	void *ctx;
	uint64_t from;
	struct extent *list;
};

static int each_in_group(struct extent_source *s, uint32_t no, const struct each *e)
{
	size_t n;
	int err = errno_of(extent_source_group(s, no, e->list, EXTENTS_MAX, &n));
	for (size_t i = err ? 0 : extent_list_find(e->list, n, e->from); !err && i < n; i++)
		err = e->fn(e->ctx, &e->list[i]);
	return err;
}

int extent_source_each(struct extent_source *s, uint64_t from, int (*fn)(void *ctx, const struct extent *p), void *ctx)
{
	cleanup_free struct extent *room = malloc(EXTENTS_MAX * sizeof(*room));
	struct group_range range = { (uint32_t)MIN(from / EXTENT_GROUP_SIZE, UINT32_MAX), UINT32_MAX,
		                     GROUPS_AT_A_TIME };
	struct each each = { fn, ctx, from, room };
	if (!room)
		return ENOMEM;
	for (;;) {
		cleanup_free uint32_t *list = NULL;
		size_t n = 0;
		int err = errno_of(extent_source_groups(s, range, &list, &n));
		for (size_t i = 0; !err && i < n; i++)
			err = each_in_group(s, list[i], &each);
		if (err || n < range.max || list[n - 1] == UINT32_MAX)
			return err;
		range.first = list[n - 1] + 1;
	}
}
