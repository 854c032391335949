/* SPDX-License-Identifier: MIT
 * Extents records in a transaction.
 */
#include "fs/data/extents.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <string.h>

static size_t place_of(const struct windows *w, uint32_t no)
{
	size_t lo = 0, hi = w->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (w->v[mid]->no < no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static err_t window_load(struct windows *w, struct window *win)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_extents(w->content, win->no);
	err_t e = txn_get(w->t, rkey_span(&k), &b);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	return e ? e : extents_decode(buf_span(&b), win->no, win->list, WINDOW_CAP, &win->n);
}

err_t windows_get(struct windows *w, uint32_t no, struct window **ret)
{
	size_t i = place_of(w, no);
	if (i < w->n && w->v[i]->no == no) {
		*ret = w->v[i];
		return ERR_OK;
	}
	if (!vec_room(w->v, w->n, 1, &w->cap))
		return ERR_NOMEM;
	cleanup_free struct window *win = malloc(sizeof(*win));
	if (!win)
		return ERR_NOMEM;
	win->no = no;
	win->n = 0;
	win->changed = false;
	err_t e = window_load(w, win);
	if (e)
		return e;
	memmove(w->v + i + 1, w->v + i, (w->n - i) * sizeof(struct window *));
	w->n++;
	*ret = w->v[i] = steal_ptr(win);
	return ERR_OK;
}

err_t windows_insert(struct windows *w, const struct piece *p)
{
	if (p->off / WINDOW_SIZE > UINT32_MAX)
		return ERR_LIMIT;
	struct window *win;
	err_t e = windows_get(w, (uint32_t)(p->off / WINDOW_SIZE), &win);
	if (e)
		return e;
	win->changed = true;
	return pieces_insert(win->list, &win->n, WINDOW_CAP, p) ? ERR_OK : ERR_LIMIT;
}

static err_t cut_one(struct windows *w, uint32_t no, uint64_t off, uint64_t end)
{
	uint64_t start = (uint64_t)no * WINDOW_SIZE, stop = start + WINDOW_SIZE;
	struct window *win;
	err_t e = windows_get(w, no, &win);
	if (e)
		return e;
	win->changed = true;
	off = MAX(off, start);
	end = MIN(end, stop);
	return pieces_cut(win->list, &win->n, WINDOW_CAP, off, end - off) ? ERR_OK : ERR_LIMIT;
}

err_t windows_cut(struct windows *w, struct map *m, uint64_t off, uint64_t len)
{
	if (!len)
		return ERR_OK;
	uint64_t end = len > UINT64_MAX - off ? UINT64_MAX : off + len;
	uint64_t first = off / WINDOW_SIZE, last = (end - 1) / WINDOW_SIZE;
	if (first > UINT32_MAX)
		return ERR_OK;
	last = MIN(last, UINT32_MAX);
	for (size_t i = 0; i < w->n; i++) { /* those changed already may have no record */
		err_t e = ERR_OK;
		if (w->v[i]->no >= first && w->v[i]->no <= last)
			e = cut_one(w, w->v[i]->no, off, end);
		if (e)
			return e;
	}
	cleanup_free uint32_t *list = NULL;
	size_t n = 0;
	err_t e = windows_list(m, w->content, (uint32_t)first, (uint32_t)last, SIZE_MAX, &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = cut_one(w, list[i], off, end);
	return e;
}

err_t windows_store(struct windows *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i]->changed && w->v[i]->n > PIECES_MAX)
			return ERR_LIMIT;
	for (size_t i = 0; i < w->n; i++) {
		struct window *win = w->v[i];
		struct rkey k = key_extents(w->content, win->no);
		cleanup(buf_free) struct buf b = BUF_INIT;
		if (!win->changed)
			continue;
		if (!win->n) {
			txn_del(w->t, rkey_span(&k));
			continue;
		}
		extents_encode(win->list, win->n, &b);
		err_t e = buf_ok(&b);
		if (e)
			return e;
		txn_put(w->t, rkey_span(&k), &b);
	}
	return ERR_OK;
}

void windows_free(struct windows *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	w->v = NULL;
	w->n = w->cap = 0;
}

struct lister {
	uint32_t *v, last;
	size_t n, cap, max;
};

static int list_one(void *ctx, struct span key, struct span value)
{
	struct lister *l = ctx;
	uint8_t content[ID_LEN];
	uint32_t no;
	(void)value;
	if (!key_parse_extents(key, content, &no))
		return ERR_DAMAGED;
	if (no > l->last || l->n == l->max)
		return MAP_STOP;
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->v[l->n++] = no;
	return 0;
}

err_t windows_list(struct map *m, const uint8_t content[ID_LEN], uint32_t first, uint32_t last, size_t max,
                   uint32_t **ret, size_t *ret_n)
{
	struct lister l = { .last = last, .max = max };
	struct rkey prefix = key_id(REC_EXTENTS, content), from = key_extents(content, first);
	err_t e = map_scan(m, MAP_RECORDS, rkey_span(&prefix), rkey_span(&from), list_one, &l);
	if (e) {
		free(l.v);
		return e;
	}
	*ret = l.v;
	*ret_n = l.n;
	return ERR_OK;
}

bool windows_uses(const struct windows *w, uint64_t off, const uint8_t id[ID_LEN])
{
	uint32_t no = (uint32_t)(off / WINDOW_SIZE);
	size_t i = place_of(w, no);
	if (i == w->n || w->v[i]->no != no)
		return false;
	const struct window *win = w->v[i];
	for (size_t k = pieces_find(win->list, win->n, off / BLOCK_SIZE * BLOCK_SIZE); k < win->n; k++) {
		if (win->list[k].off / BLOCK_SIZE != off / BLOCK_SIZE)
			break;
		if (memcmp(win->list[k].block, id, ID_LEN) == 0)
			return true;
	}
	return false;
}
