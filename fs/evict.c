/* SPDX-License-Identifier: MIT
 * Keeping the block cache under its limit: a clock hand walks the blocks in id order and drops those that the store
 * has, nobody used lately, and no pinned file needs. Recency is kept in memory only: two generations of a bounded set.
 */
#include "fs/contents.h"
#include "fs/windows.h"

#include "util/log.h"

#include <string.h>

#define EVICT_BLOCKS 64u        /* looked at under one read lock */
#define EVICT_BYTES (32u << 20) /* dropped in one batch at most */

/* --- recency --- */
static uint64_t mark_of(const uint8_t id[ID_LEN])
{
	uint64_t v;
	memcpy(&v, id, sizeof(v)); /* ids are random: any eight bytes are a hash */
	return v | 1;
}

static _Atomic uint64_t *places_of(struct data *d, unsigned generation, uint64_t mark)
{
	return d->recent[generation & 1] + mark / 2 % (RECENT_SLOTS / RECENT_WAYS) * RECENT_WAYS;
}

/* place_for: the place of `mark`, or else a free one, or else any of them. */
static _Atomic uint64_t *place_for(_Atomic uint64_t *places, uint64_t mark, unsigned any)
{
	_Atomic uint64_t *empty = NULL;
	for (size_t i = 0; i < RECENT_WAYS; i++) {
		uint64_t seen = places[i];
		if (seen == mark)
			return &places[i];
		if (!seen && !empty)
			empty = &places[i];
	}
	return empty ? empty : &places[any % RECENT_WAYS];
}

void evict_touch(struct fs *fs, const uint8_t id[ID_LEN])
{
	struct data *d = fs->data;
	uint64_t mark = mark_of(id);
	_Atomic uint64_t *slot = place_for(places_of(d, d->recent_now, mark), mark, d->recent_n);
	if (*slot == mark)
		return;
	*slot = mark;
	if (++d->recent_n % (RECENT_SLOTS / 2))
		return;
	unsigned next = (d->recent_now + 1) & 1;
	for (size_t i = 0; i < RECENT_SLOTS; i++)
		d->recent[next][i] = 0;
	d->recent_now = next;
}

static bool used_lately(struct data *d, const uint8_t id[ID_LEN])
{
	uint64_t mark = mark_of(id);
	return *place_for(places_of(d, 0, mark), mark, 0) == mark || *place_for(places_of(d, 1, mark), mark, 0) == mark;
}

/* --- pinned files --- */
struct ids {
	uint8_t (*v)[ID_LEN];
	size_t n, cap;
	struct piece *list;
};

static err_t ids_add(struct ids *s, const uint8_t id[ID_LEN])
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		uint8_t(*v)[ID_LEN] = realloc(s->v, cap * ID_LEN);
		if (!v)
			return ERR_NOMEM;
		s->v = v;
		s->cap = cap;
	}
	memcpy(s->v[s->n++], id, ID_LEN);
	return ERR_OK;
}

static int add_extents(void *ctx, struct span key, struct span value)
{
	struct ids *s = ctx;
	uint8_t content[ID_LEN];
	uint32_t no;
	size_t n;
	if (!value.p || !key_parse_extents(key, content, &no) || extents_decode(value, no, s->list, PIECES_MAX, &n))
		return 0;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		e = ids_add(s, s->list[i].block);
	return (int)e;
}

static int add_ino(void *ctx, struct span key, struct span value)
{
	uint64_t ino;
	(void)value;
	if (key_parse_ino(key, REC_PIN, &ino))
		buf_put(ctx, &ino, sizeof(ino));
	return 0;
}

static int cmp_id(const void *a, const void *b)
{
	return memcmp(a, b, ID_LEN);
}

static err_t pinned_one(struct fs *fs, uint64_t ino, struct ids *s)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_ino(REC_INODE, ino);
	struct inode_rec in;
	err_t e = map_get(fs->cfg.map, MAP_TREE, rkey_span(&k), &b);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (!e)
		e = inode_decode(buf_span(&b), &in);
	if (e || !S_ISREG(in.mode))
		return e;
	struct rkey prefix = key_id(REC_EXTENTS, in.content);
	return map_scan(fs->cfg.map, MAP_TREE, rkey_span(&prefix), rkey_span(&prefix), add_extents, s);
}

/* pinned_ids: blocks of the files pinned; sorted. A pin of a directory is kept by whoever sets it for every file. */
static err_t pinned_ids(struct fs *fs, struct ids *s)
{
	cleanup(buf_free) struct buf inos = BUF_INIT;
	struct rkey k = key_kind(REC_PIN);
	err_t e = map_scan(fs->cfg.map, MAP_TREE, rkey_span(&k), rkey_span(&k), add_ino, &inos);
	if (!e)
		e = buf_ok(&inos);
	s->list = e ? NULL : malloc(PIECES_MAX * sizeof(*s->list));
	if (!e && !s->list)
		e = ERR_NOMEM;
	for (size_t i = 0; !e && i + 8 <= inos.len; i += 8) {
		uint64_t ino;
		memcpy(&ino, inos.p + i, sizeof(ino));
		e = pinned_one(fs, ino, s);
	}
	if (!e && s->n)
		qsort(s->v, s->n, ID_LEN, cmp_id);
	return e;
}

/* --- the hand --- */
struct hand {
	uint8_t ids[EVICT_BLOCKS][ID_LEN];
	uint32_t bytes[EVICT_BLOCKS];
	size_t n;
};

static int hand_visit(void *ctx, struct span key, struct span value)
{
	struct hand *h = ctx;
	if (key.len != ID_LEN)
		return 0;
	memcpy(h->ids[h->n], key.p, ID_LEN);
	h->bytes[h->n] = (uint32_t)value.len;
	return ++h->n == EVICT_BLOCKS ? MAP_STOP : 0;
}

/* may_go: the store has it. Or: nothing knows it (left over from a fetch that crossed a deletion). */
static bool may_go(struct map *m, const uint8_t id[ID_LEN])
{
	struct rkey held = key_queue(QUEUE_HELD, id), own = key_queue(QUEUE_BLOCK, id);
	return map_has(m, MAP_QUEUE, rkey_span(&own)) == ERR_NOTFOUND &&
	       map_has(m, MAP_QUEUE, rkey_span(&held)) == ERR_NOTFOUND;
}

static err_t drop_some(struct fs *fs, const struct hand *h, const struct ids *pinned, uint64_t *excess, uint64_t *ret)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return ERR_NOMEM;
	uint64_t bytes = 0;
	guard_read(fs);
	for (size_t i = 0; i < h->n && bytes < *excess; i++) {
		const uint8_t *id = h->ids[i];
		if (used_lately(fs->data, id) || !may_go(fs->cfg.map, id))
			continue;
		if (pinned->n && bsearch(id, pinned->v, pinned->n, ID_LEN, cmp_id))
			continue;
		batch_del(b, MAP_BLOCK, SPAN(id, ID_LEN));
		bytes += h->bytes[i];
	}
	err_t e = batch_empty(b) ? ERR_OK : map_apply(fs->cfg.map, b);
	if (e)
		return e;
	*excess -= MIN(bytes, *excess);
	*ret += bytes;
	return ERR_OK;
}

/* sweep: from the hand on, until enough is dropped or one turn is over. */
static err_t sweep(struct fs *fs, uint64_t excess, const struct ids *pinned, uint64_t *dropped)
{
	struct data *d = fs->data;
	bool wrapped = false;
	cleanup_free struct hand *h = malloc(sizeof(*h));
	if (!h)
		return ERR_NOMEM;
	while (excess && *dropped < EVICT_BYTES) {
		h->n = 0;
		err_t e = map_scan(fs->cfg.map, MAP_BLOCK, SPAN(NULL, 0), SPAN(d->hand, ID_LEN), hand_visit, h);
		if (!e)
			e = drop_some(fs, h, pinned, &excess, dropped);
		if (e)
			return e;
		if (h->n < EVICT_BLOCKS) {
			memset(d->hand, 0, ID_LEN);
			if (wrapped)
				break;
			wrapped = true;
			continue;
		}
		memcpy(d->hand, h->ids[h->n - 1], ID_LEN);
	}
	return ERR_OK;
}

/* cached_bytes: what will be cached once what was dropped already is committed; evict_lock held. */
static uint64_t cached_bytes(struct fs *fs)
{
	struct data *d = fs->data;
	struct map_stats s;
	map_stats(fs->cfg.map, &s);
	if (s.committed >= d->dropped_by)
		d->dropped = 0;
	return s.block_bytes - MIN(d->dropped, s.block_bytes);
}

static void note_dropped(struct fs *fs, uint64_t bytes)
{
	struct map_stats s;
	map_stats(fs->cfg.map, &s);
	fs->data->dropped += bytes;
	fs->data->dropped_by = s.applied;
}

bool evict_run(struct fs *fs)
{
	struct ids pinned = { 0 };
	uint64_t dropped = 0, limit = fs->data->limit;
	guard(&fs->data->evict_lock);
	uint64_t cached = cached_bytes(fs);
	if (cached <= limit)
		return false;
	uint64_t excess = cached - limit + limit / 16;
	err_t e = pinned_ids(fs, &pinned);
	if (!e)
		e = sweep(fs, MIN(excess, EVICT_BYTES), &pinned, &dropped);
	free(pinned.v);
	free(pinned.list);
	if (dropped)
		note_dropped(fs, dropped);
	if (e)
		log_warn("fs", "keeping the cache small: %s", err_text(e));
	return !e && dropped > 0 && dropped < excess;
}
