/* SPDX-License-Identifier: MIT */
#include "vault/join/group_encode.h"

#include "util/cleanup.h"
#include "vault/join/varint.h"

#include <stdlib.h>
#include <string.h>

/* About so many bytes, so that room is made once. */
enum { HEAD_BYTES = 4, NODE_BYTES = 6, STAMP_BYTES = 16 };

#define STAMPS_FEW 16 /* most records have no more: these need no memory of their own, and are sorted as they come */

struct writer {
	struct buf out;
	struct stamp *stamp;
	size_t stamps;
	bool bad;
	struct stamp few[STAMPS_FEW];
};

static void writer_free(struct writer *w)
{
	buf_wipe_free(&w->out);
	if (w->stamp != w->few)
		free(w->stamp);
}

static int stamp_order(const void *a, const void *b)
{
	return stamp_cmp(*(const struct stamp *)a, *(const struct stamp *)b);
}

static bool has_stamp(const struct group_node *g)
{
	return g->class != GROUP_MAP && g->class != GROUP_VERSION && stamp_cmp(g->stamp, STAMP_ZERO);
}

/* gather_few: false: there are more. */
static bool gather_few(struct writer *w, const struct record *r)
{
	w->stamp = w->few;
	for (size_t i = 0; i < r->n; i++) {
		size_t at = w->stamps;
		int c = -1;
		if (!has_stamp(&r->v[i]))
			continue;
		while (at > 0 && (c = stamp_cmp(w->few[at - 1], r->v[i].stamp)) > 0)
			at--;
		if (c == 0) /* it is there */
			continue;
		if (w->stamps == STAMPS_FEW)
			return false;
		memmove(w->few + at + 1, w->few + at, (w->stamps - at) * sizeof(*w->few));
		w->few[at] = r->v[i].stamp;
		w->stamps++;
	}
	return true;
}

static bool gather_many(struct writer *w, const struct record *r)
{
	size_t n = 0;
	w->stamps = 0;
	w->stamp = calloc(r->n + 1, sizeof(*w->stamp));
	if (!w->stamp)
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (has_stamp(&r->v[i]))
			w->stamp[n++] = r->v[i].stamp;
	qsort(w->stamp, n, sizeof(*w->stamp), stamp_order);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || stamp_cmp(w->stamp[w->stamps - 1], w->stamp[i]))
			w->stamp[w->stamps++] = w->stamp[i];
	return true;
}

/* gather: the table of stamps: each once. */
static bool gather(struct writer *w, const struct record *r)
{
	size_t bytes = HEAD_BYTES;
	if (!gather_few(w, r) && !gather_many(w, r))
		return false;
	for (size_t i = 0; i < r->n; i++)
		bytes += NODE_BYTES + r->v[i].bytes.len;
	buf_reserve(&w->out, bytes + w->stamps * STAMP_BYTES);
	return true;
}

static void put_index(struct writer *w, const struct group_node *g)
{
	const struct stamp *at = NULL;
	if (has_stamp(g))
		at = bsearch(&g->stamp, w->stamp, w->stamps, sizeof(*w->stamp), stamp_order);
	varint_put(&w->out, at ? (uint64_t)(at - w->stamp) + 1 : 0);
}

/* count_of: how many there are in a list, which must be in order. */
static size_t count_of(struct writer *w, struct nodes list)
{
	size_t n = 0;
	const struct group_node *before = NULL;
	for (const struct group_node *g = list.v; g < group_end(list); g += g->size, n++) {
		if (before && node_cmp(before, g) >= 0)
			w->bad = true;
		before = g;
	}
	return n;
}

static void put_groups(struct writer *w, struct nodes list, unsigned depth);

static void put_keys(struct writer *w, const struct group_node *map, unsigned depth)
{
	struct nodes list = group_inside(map);
	size_t n = count_of(w, list);
	varint_put(&w->out, n);
	w->bad |= n == 0;
	for (const struct group_node *k = list.v; k < group_end(list) && !w->bad; k += k->size) {
		w->bad |= k->class != GROUP_KEY || (map->class == GROUP_VERSION && k->bytes.len != ID_LEN);
		put_index(w, k);
		if (map->class == GROUP_MAP)
			varint_put(&w->out, k->bytes.len);
		buf_put(&w->out, k->bytes.p, k->bytes.len);
		put_groups(w, group_inside(k), depth);
	}
}

static void put_group(struct writer *w, const struct group_node *g, unsigned depth)
{
	varint_put(&w->out, g->number);
	buf_u8(&w->out, g->class);
	switch (g->class) {
	case GROUP_VALUE:
		put_index(w, g);
		varint_put(&w->out, g->bytes.len);
		buf_put(&w->out, g->bytes.p, g->bytes.len);
		break;
	case GROUP_SCOPED:
		put_index(w, g);
		put_groups(w, group_inside(g), depth + 1);
		break;
	case GROUP_MAP:
	case GROUP_VERSION:
		put_keys(w, g, depth + 1);
		break;
	default:
		w->bad = true;
	}
}

static void put_groups(struct writer *w, struct nodes list, unsigned depth)
{
	varint_put(&w->out, count_of(w, list));
	if (list.n && depth > GROUP_DEPTH_MAX)
		w->bad = true;
	for (const struct group_node *g = list.v; g < group_end(list) && !w->bad; g += g->size) {
		w->bad |= g->number == 0;
		put_group(w, g, depth);
	}
}

err_t record_encode(const struct record *r, struct buf *out)
{
	cleanup(writer_free) struct writer w = { 0 };
	if (r->failed || !gather(&w, r))
		return ERR_NOMEM;
	buf_u8(&w.out, SHARED_RECORD_VERSION);
	varint_put(&w.out, w.stamps);
	for (size_t i = 0; i < w.stamps; i++)
		stamp_put(&w.out, w.stamp[i]);
	put_groups(&w, group_all(r), 1);
	if (w.bad || r->n == 0)
		return ERR_INVAL;
	if (w.out.failed)
		return ERR_NOMEM;
	size_t before = out->len;
	if (!out->p && !out->failed)
		buf_move(out, &w.out);
	else
		buf_put(out, w.out.p, w.out.len);
	err_t e = buf_ok(out);
	if (e)
		out->len = before;
	return e;
}
