/* SPDX-License-Identifier: MIT
 * Keeping the block cache under its limit: a clock hand walks the blocks in id order and drops those that the store
 * has, nobody used lately, and no pinned file needs. Recency is kept in memory only: two generations of a bounded set.
 */
#include "fs/data/contents.h"
#include "util/clock.h"
#include "util/log.h"

#include <string.h>

#define EVICT_BLOCKS 64u        /* looked at under one read lock */
#define EVICT_BYTES (32u << 20) /* dropped in one batch at most */
#define NUDGE_BLOCKS 16u        /* every so many that are used: is it time to look? */

/* --- how much there is --- */
/* counted: blocks in the base and, about, those on their way into it: what waits there is dropped before it gets that
 * far. Records lie there too, so it is not taken for more than a part. */
static uint64_t counted(const struct data *d, const struct map_stats *s)
{
	return s->block_bytes + MIN(s->memtable_bytes, d->limit / 2);
}

/* cached_bytes: what will be cached once what was dropped already is committed. */
static uint64_t cached_bytes(const struct data *d, const struct map_stats *s)
{
	uint64_t all = counted(d, s), dropped = s->committed < d->dropped_by ? d->dropped : 0;
	return all - MIN(dropped, all);
}

static bool evict_over(struct fs *fs)
{
	struct map_stats s;
	map_stats(fs->cfg.map, &s);
	return cached_bytes(fs->data, &s) > fs->data->limit;
}

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
	uint64_t generation = d->limit / BLOCK_SIZE / 4; /* what is recent must leave room for what may go */
	unsigned n = ++d->recent_n;
	if (n % NUDGE_BLOCKS == 0 && evict_over(fs)) /* a fast reader fills much between two looks */
		data_nudge(fs);
	if (n % (unsigned)MAX(16, MIN(generation, RECENT_SLOTS / 2)))
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

/* note_awaited: it would go if the store had it. Ids are random: a few of them stand for all. */
static void note_awaited(struct data *d, const uint8_t id[ID_LEN])
{
	if (d->nawaited < AWAITED)
		memcpy(d->awaited[d->nawaited++], id, ID_LEN);
}

static bool awaited_came(struct fs *fs)
{
	struct map *m = fs->cfg.map;
	struct data *d = fs->data;
	for (size_t i = 0; i < d->nawaited; i++) /* one that is gone was written anew: the store took nothing */
		if (map_has(m, MAP_BLOCK, SPAN(d->awaited[i], ID_LEN)) == ERR_OK && may_go(m, d->awaited[i]))
			return true;
	return false;
}

static err_t drop_some(struct fs *fs, const struct hand *h, uint64_t *excess, uint64_t *ret)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return ERR_NOMEM;
	uint64_t bytes = 0;
	ns_guard_read(fs);
	for (size_t i = 0; i < h->n && bytes < *excess; i++) {
		const uint8_t *id = h->ids[i];
		if (used_lately(fs->data, id) || evict_pinned_has(fs->data, id))
			continue;
		if (!may_go(fs->cfg.map, id)) {
			note_awaited(fs->data, id);
			continue;
		}
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

static bool stopping(struct data *d)
{
	guard(&d->lock);
	return d->stop;
}

/* sweep: from the hand on, until enough is dropped or one turn is over. */
static err_t sweep(struct fs *fs, uint64_t excess, uint64_t *dropped)
{
	struct data *d = fs->data;
	static const uint8_t first[ID_LEN];
	uint8_t start[ID_LEN];
	memcpy(start, d->hand, ID_LEN);
	bool whole = !memcmp(start, first, ID_LEN), wrapped = false; /* one way through is a whole turn */
	d->nawaited = 0;
	cleanup_free struct hand *h = malloc(sizeof(*h));
	if (!h)
		return ERR_NOMEM;
	while (excess && *dropped < EVICT_BYTES && !stopping(d)) {
		h->n = 0;
		err_t e = map_scan(fs->cfg.map, MAP_BLOCK, SPAN(NULL, 0), SPAN(d->hand, ID_LEN), hand_visit, h);
		if (!e)
			e = drop_some(fs, h, &excess, dropped);
		if (e)
			return e;
		if (h->n < EVICT_BLOCKS) {
			memset(d->hand, 0, ID_LEN);
			if (wrapped || whole)
				break;
			wrapped = true;
			continue;
		}
		memcpy(d->hand, h->ids[h->n - 1], ID_LEN);
		if (wrapped && memcmp(d->hand, start, ID_LEN) >= 0)
			break;
	}
	return ERR_OK;
}

static void note_dropped(struct fs *fs, uint64_t bytes)
{
	struct map_stats s;
	map_stats(fs->cfg.map, &s);
	if (s.committed >= fs->data->dropped_by)
		fs->data->dropped = 0; /* those of before are in the base */
	fs->data->dropped += bytes;
	fs->data->dropped_by = s.applied;
	fs->data->pinned_used = true;
}

/* fruitless: the last sweep found nothing to drop, and nothing has changed since, or it is too soon for another: it
 * takes long when much waits for the store. What the store took brings the next one forward. */
static bool fruitless(struct fs *fs, const struct map_stats *s, int64_t now)
{
	const struct data *d = fs->data;
	if (!d->fruitless_until || d->pins_stale)
		return false;
	if (s->commits + d->recent_n == d->fruitless_seen || now < d->fruitless_soon)
		return true;
	return now < d->fruitless_until && !awaited_came(fs);
}

bool evict_run(struct fs *fs)
{
	struct data *d = fs->data;
	struct map_stats s;
	uint64_t dropped = 0, limit = d->limit;
	guard(&d->evict_lock);
	int64_t start = clock_mono();
	evict_pinned_mend(fs, start);
	map_stats(fs->cfg.map, &s);
	uint64_t cached = cached_bytes(d, &s);
	if (cached <= limit || fruitless(fs, &s, start))
		return false;
	uint64_t excess = cached - limit + limit / 16;
	int err = evict_pinned_fresh(fs);
	if (!err)
		err = errno_of(sweep(fs, MIN(excess, EVICT_BYTES), &dropped));
	if (err && err != ECANCELED)
		log_warn(AREA_FS, "keeping the cache small: %s", strerror(err));
	if (dropped)
		note_dropped(fs, dropped);
	d->fruitless_seen = s.commits + d->recent_n;
	int64_t took = clock_mono() - start;
	d->fruitless_soon = start + 4 * took;
	d->fruitless_until = dropped ? 0 : start + 20 * took + 1;
	return !err && dropped > 0 && dropped < excess;
}
