/* SPDX-License-Identifier: MIT
 * Reading closed changesets back out of the undo journal.
 */
#include "cache/changeset_read.h"

#include "cache/base_scan.h"
#include "cache/map_struct.h"
#include "cache/reader.h"
#include "cache/undo.h"
#include "util/cleanup.h"

struct walk { /* one base state and its scratch */
	struct map *m;
	struct reader *r;
	uint64_t changeset, open; /* the closed one asked for; the open one of this state */
	struct buf before, after;
};

static err_t walk_begin(struct map *m, uint64_t changeset, struct walk *w)
{
	*w = (struct walk){ .m = m, .changeset = changeset };
	for (;;) {
		uint64_t version;
		err_t e = reader_get(m, &w->r);
		if (e)
			return e;
		{
			guard(&m->lock);
			w->open = m->published.changeset;
			version = m->published.version;
		}
		if (w->r->txn->ops->version(w->r->txn) == version)
			break; /* the number belongs to this state */
		reader_put(m, w->r);
	}
	if (changeset && changeset < w->open)
		return ERR_OK;
	reader_put(m, w->r);
	return ERR_INVAL;
}

static void walk_end(struct walk *w)
{
	reader_put(w->m, w->r);
	buf_wipe_free(&w->before);
	buf_wipe_free(&w->after);
}

/* read_cell: a stored cell of a shared key; *ret_there false: absent (an empty undo record). ERR_DAMAGED. */
static err_t read_cell(struct walk *w, struct span key, struct span cell, struct buf *out, bool *ret_there)
{
	struct reader *r = w->r;
	*ret_there = cell.len != 0;
	if (!cell.len)
		return ERR_OK;
	buf_clear(&r->cell);
	uint8_t *to = buf_extend(&r->cell, cell.len);
	err_t e = to ? r->txn->ops->copy(to, cell) : ERR_NOMEM;
	return e ? e : cell_read(w->m->seal, r->opener, MAP_RECORDS, key, buf_span(&r->cell), out);
}

/* value_at_close: of the changeset walked: the old value in the first later changeset that has the key, else today's.
 */
static err_t value_at_close(struct walk *w, struct span key, struct buf *out, bool *ret_there)
{
	struct base_txn *t = w->r->txn;
	struct span cell;
	err_t e = ERR_NOTFOUND;
	for (uint64_t later = w->changeset + 1; e == ERR_NOTFOUND && later <= w->open; later++) {
		uint8_t b[8 + MAP_KEY_MAX];
		e = t->ops->get(t, BASE_UNDO, SPAN(b, undo_key(later, key, b)), &cell);
	}
	if (e == ERR_NOTFOUND)
		e = t->ops->get(t, MAP_RECORDS, key, &cell);
	if (e == ERR_NOTFOUND)
		cell = SPAN(NULL, 0);
	else if (e)
		return e;
	return read_cell(w, key, cell, out, ret_there);
}

static struct span present(const struct buf *b, bool there)
{
	if (!there)
		return SPAN(NULL, 0);
	return SPAN(b->len ? (const void *)b->p : "", b->len);
}

static err_t delta_one(struct walk *w, struct span key, struct span cell, map_delta_fn fn, void *ctx, int *ret_answer)
{
	bool was = false, is = false;
	err_t e = read_cell(w, key, cell, &w->before, &was);
	if (!e)
		e = value_at_close(w, key, &w->after, &is);
	if (e)
		return e;
	struct span before = present(&w->before, was), after = present(&w->after, is);
	bool same = was == is && (!was || span_cmp(before, after) == 0);
	*ret_answer = same ? 0 : fn(ctx, key, before, after);
	return ERR_OK;
}

static err_t delta_walk(struct walk *w, struct span from, map_delta_fn fn, void *ctx)
{
	cleanup(base_cursor_freep) struct base_cursor *c = NULL;
	struct base_txn *t = w->r->txn;
	uint8_t start[8 + MAP_KEY_MAX], key[8 + MAP_KEY_MAX];
	size_t n = undo_key(w->changeset, from, start);
	struct span k, cell;
	err_t e = t->ops->cursor_new(t, BASE_UNDO, &c);
	if (e)
		return e;
	int answer = 0;
	for (e = t->ops->seek(c, SPAN(start, n), &k, &cell); !e; e = t->ops->next(c, &k, &cell)) {
		if (!key_has_prefix(k, SPAN(start, 8)) || k.len > sizeof(key))
			return ERR_OK;
		e = t->ops->copy(key, k);
		if (!e)
			e = delta_one(w, SPAN(key + 8, k.len - 8), cell, fn, ctx, &answer);
		if (e || answer)
			return e ? e : visited_error(answer);
	}
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

err_t map_delta(struct map *m, uint64_t changeset, struct span from, map_delta_fn fn, void *ctx)
{
	struct walk w;
	err_t e = walk_begin(m, changeset, &w);
	if (e)
		return e;
	e = delta_walk(&w, from, fn, ctx);
	walk_end(&w);
	return e;
}

/* Two cursors side by side: the records of today, and the undo records of the open changeset, which win. */
struct side {
	struct base_cursor *c;
	uint8_t key[8 + MAP_KEY_MAX];
	size_t skip, len; /* the record's key starts after `skip` bytes */
	struct span cell;
	bool end;
};
static struct span side_key(const struct side *s)
{
	return SPAN(s->key + s->skip, s->len - s->skip);
}

/* side_take: what a cursor just answered; the end is also where the changeset or the shared records end. */
static err_t side_take(struct side *s, const struct base_txn *t, struct span bound, err_t e, struct span k)
{
	s->end = true;
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	if (k.len > sizeof(s->key) || k.len <= s->skip)
		return ERR_DAMAGED;
	e = t->ops->copy(s->key, k);
	s->len = k.len;
	s->end = !key_has_prefix(SPAN(s->key, s->len), bound) || (!bound.len && s->key[0] >= MAP_LOCAL);
	return e;
}

static err_t side_next(struct side *s, const struct base_txn *t, struct span bound)
{
	struct span k = { 0 };
	return side_take(s, t, bound, t->ops->next(s->c, &k, &s->cell), k);
}

static err_t side_seek(struct side *s, struct base_txn *t, unsigned table, struct span at, struct span bound)
{
	struct span k = { 0 };
	err_t e = t->ops->cursor_new(t, table, &s->c);
	return e ? e : side_take(s, t, bound, t->ops->seek(s->c, at, &k, &s->cell), k);
}

static err_t state_give(struct walk *w, const struct side *s, map_visit fn, void *ctx, int *ret_answer)
{
	bool there = false;
	err_t e = read_cell(w, side_key(s), s->cell, &w->before, &there);
	if (e && e != ERR_DAMAGED)
		return e;
	if (e)
		*ret_answer = fn(ctx, side_key(s), SPAN(NULL, 0));
	else if (there)
		*ret_answer = fn(ctx, side_key(s), present(&w->before, true));
	return ERR_OK;
}

/* side_order: which of the two comes first; what has ended comes last. */
static int side_order(const struct side *now, const struct side *old)
{
	if (now->end)
		return 1;
	return old->end ? -1 : span_cmp(side_key(now), side_key(old));
}

static err_t state_walk(struct walk *w, struct span from, map_visit fn, void *ctx, struct side *now, struct side *old)
{
	struct base_txn *t = w->r->txn;
	uint8_t b[8 + MAP_KEY_MAX];
	struct span at = SPAN(b, undo_key(w->open, from, b)), bound = SPAN(b, 8), none = SPAN(NULL, 0);
	err_t e = side_seek(now, t, MAP_RECORDS, from, none);
	if (!e)
		e = side_seek(old, t, BASE_UNDO, at, bound);
	while (!e && !(now->end && old->end)) {
		int c = side_order(now, old), answer = 0;
		e = state_give(w, c < 0 ? now : old, fn, ctx, &answer);
		if (answer)
			return e ? e : visited_error(answer);
		if (!e && c <= 0)
			e = side_next(now, t, none);
		if (!e && c >= 0)
			e = side_next(old, t, bound);
	}
	return e;
}

err_t map_state_at(struct map *m, uint64_t changeset, struct span from, map_visit fn, void *ctx)
{
	struct walk w;
	struct side now = { 0 }, old = { .skip = 8 };
	err_t e = walk_begin(m, changeset, &w);
	if (e)
		return e;
	e = changeset + 1 == w.open ? state_walk(&w, from, fn, ctx, &now, &old) : ERR_INVAL;
	base_cursor_freep(&now.c);
	base_cursor_freep(&old.c);
	walk_end(&w);
	return e;
}
