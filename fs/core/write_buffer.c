/* SPDX-License-Identifier: MIT */
#include "fs/core/write_buffer.h"

#include "fs/core/errno_of.h"
#include "fs/core/seal.h"
#include "util/cleanup.h"
#include "util/invariant.h"
#include "util/vec.h"

#include <stdlib.h>
#include <string.h>

void write_buffer_init(struct write_buffer *w, _Atomic uint64_t *all, struct map *map)
{
	w->pending_tail = &w->pending;
	w->all = all;
	w->map = map;
}

/* count: so many bytes and ranges more. */
static void count(struct write_buffer *w, int64_t bytes, int ranges)
{
	w->bytes += (uint64_t)bytes;
	*w->all += (uint64_t)bytes;
	map_claim_change(w->map, bytes + (int64_t)ranges * RANGE_CLAIM);
}

/* is_sound: F2 and F3. */
static bool is_sound(const struct write_buffer *w)
{
	uint64_t bytes = 0;
	size_t pending = 0;
	for (const struct pending *p = w->pending; p; p = p->next, pending++) {
		if (!p->len || p->off % BLOCK_SIZE + p->len > BLOCK_SIZE)
			return false;
		bytes += p->len;
	}
	for (size_t i = 0; i < w->ndirty; i++) {
		const struct dirty *d = &w->dirty[i];
		if (d->from >= d->to || d->to > BLOCK_SIZE || d->to - d->from > d->cap)
			return false;
		if (i && w->dirty[i - 1].block >= d->block)
			return false;
		bytes += d->to - d->from;
	}
	return pending == w->npending && bytes == w->bytes;
}

/* --- the pending list --- */
/* pending_add: takes `plain` over. */
static int pending_add(struct write_buffer *w, uint64_t off, uint32_t len, uint8_t *plain)
{
	struct pending *p = calloc(1, sizeof(*p));
	if (!p)
		return ENOMEM;
	p->off = off;
	p->len = len;
	p->plain = plain;
	*w->pending_tail = p;
	w->pending_tail = &p->next;
	w->npending++;
	return 0;
}

int pending_seal(struct pending *p, const struct fs_config *c, const uint8_t key[32])
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	err_t e = seal_block(c, key, SPAN(p->plain, p->len), &p->id, &p->block, &sealed);
	if (!e)
		buf_move(&p->sealed, &sealed);
	return errno_of(e);
}

void write_buffer_drop(struct write_buffer *w, const struct pending *end)
{
	while (w->pending != end) {
		struct pending *p = w->pending;
		w->pending = p->next;
		w->npending--;
		count(w, -(int64_t)p->len, -1);
		buf_free(&p->sealed);
		free(p->plain);
		free(p);
	}
	if (!w->pending)
		w->pending_tail = &w->pending;
	INVARIANT(is_sound(w)); /* F2, F3 */
}

/* --- dirty ranges --- */
static size_t dirty_place(const struct write_buffer *w, uint64_t block)
{
	size_t lo = 0, hi = w->ndirty;
	if (hi && w->dirty[hi - 1].block < block)
		return hi; /* appending */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (w->dirty[mid].block < block)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* dirty_move: range i leaves for the pending list. */
static int dirty_move(struct write_buffer *w, size_t i)
{
	struct dirty *d = &w->dirty[i];
	int e = pending_add(w, d->block * BLOCK_SIZE + d->from, d->to - d->from, d->p);
	if (e)
		return e;
	memmove(d, d + 1, (w->ndirty - i - 1) * sizeof(*d));
	w->ndirty--;
	return 0;
}

int write_buffer_collect(struct write_buffer *w)
{
	int e = 0;
	while (!e && w->ndirty)
		e = dirty_move(w, w->ndirty - 1); /* disjoint ranges: their order does not matter */
	return e;
}

void write_buffer_clear(struct write_buffer *w)
{
	for (size_t i = 0; i < w->ndirty; i++) {
		count(w, -(int64_t)(w->dirty[i].to - w->dirty[i].from), -1);
		free(w->dirty[i].p);
	}
	free(w->dirty);
	w->dirty = NULL;
	w->ndirty = w->dirty_cap = 0;
	write_buffer_drop(w, NULL);
}

static int dirty_add(struct write_buffer *w, size_t i, uint64_t block, uint32_t from, uint32_t n)
{
	if (!vec_room(w->dirty, w->ndirty, 1, &w->dirty_cap))
		return ENOMEM;
	uint8_t *p = malloc(n);
	if (!p)
		return ENOMEM;
	memmove(w->dirty + i + 1, w->dirty + i, (w->ndirty - i) * sizeof(*w->dirty));
	w->ndirty++;
	w->dirty[i] = (struct dirty){ block, from, from, n, p };
	count(w, 0, 1);
	return 0;
}

/* dirty_widen: the range covers at least [from, to), which touches or overlaps it. */
static int dirty_widen(struct dirty *d, uint32_t from, uint32_t to)
{
	uint32_t lo = MIN(d->from, from), hi = MAX(d->to, to);
	if (hi - lo > d->cap) {
		uint32_t cap = MIN(MAX(2 * d->cap, hi - lo), BLOCK_SIZE);
		uint8_t *p = realloc(d->p, cap);
		if (!p)
			return ENOMEM;
		d->p = p;
		d->cap = cap;
	}
	if (lo < d->from)
		memmove(d->p + (d->from - lo), d->p, d->to - d->from);
	d->from = lo;
	d->to = hi;
	return 0;
}

int write_buffer_put(struct write_buffer *w, uint64_t block, uint32_t from, const uint8_t *p, uint32_t n)
{
	size_t i = dirty_place(w, block);
	bool there = i < w->ndirty && w->dirty[i].block == block;
	int e = 0;
	if (there && (from > w->dirty[i].to || from + n < w->dirty[i].from)) {
		e = dirty_move(w, i);
		there = false;
	}
	if (!e && !there)
		e = dirty_add(w, i, block, from, n);
	if (e)
		return e;
	uint32_t before = w->dirty[i].to - w->dirty[i].from;
	e = dirty_widen(&w->dirty[i], from, from + n);
	if (e)
		return e;
	memcpy(w->dirty[i].p + (from - w->dirty[i].from), p, n);
	uint32_t now = w->dirty[i].to - w->dirty[i].from;
	count(w, (int64_t)now - before, 0);
	if (now == BLOCK_SIZE)
		(void)dirty_move(w, i); /* out of memory: it can stay; write_buffer_collect moves it */
	INVARIANT(is_sound(w));         /* F2, F3 */
	return 0;
}
