/* SPDX-License-Identifier: MIT */
#include "fs/residency/evict.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/residency/pinned_set.h"
#include "util/clock.h"
#include "util/log.h"

#include <limits.h>
#include <string.h>

#define EVICT_BLOCKS 64u        /* looked at under one read lock */
#define EVICT_BYTES (32u << 20) /* dropped in one batch at most */
#define SHORT_LOOKS 32u         /* in a short round */

int evict_open(struct fs *fs)
{
	struct eviction *v = calloc(1, sizeof(*v));
	int err = v ? pthread_mutex_init(&v->lock, NULL) : ENOMEM;
	if (err) {
		free(v);
		return err;
	}
	fs->eviction = v;
	return 0;
}

void evict_close(struct fs *fs)
{
	struct eviction *v = steal_ptr(fs->eviction);
	if (!v)
		return;
	pthread_mutex_destroy(&v->lock);
	free(v);
}

/* --- one look at some blocks --- */
struct seen_blocks {
	struct id ids[EVICT_BLOCKS];
	uint32_t bytes[EVICT_BLOCKS];
	size_t n;
};
struct progress {
	uint64_t wanted; /* bytes still to be dropped */
	uint64_t dropped;
	unsigned looks; /* how many more may be taken */
	bool send;      /* the store may be asked whether it has them */
};

static int see_block(void *ctx, struct span key, struct span value)
{
	struct seen_blocks *b = ctx;
	if (key.len != ID_LEN)
		return 0;
	b->ids[b->n] = id_from(key.p);
	b->bytes[b->n] = (uint32_t)value.len;
	return ++b->n == EVICT_BLOCKS ? MAP_STOP : 0;
}

/* closes: the close of a changeset is under way. It makes its blocks upload-pinned in the moment in which it is over,
 * so whoever asks of a block asks this first. */
static bool closes(struct map *m)
{
	struct rkey closing = key_bytes(QUEUE_PACKING, SPAN("", 0));
	return map_has(m, MAP_QUEUE, rkey_span(&closing)) != ERR_NOTFOUND;
}

/* may_go: the store has it. Or: nothing knows it (left over from a fetch that crossed a deletion); but not during a
 * close: then it may be of a file that was deleted meanwhile, and about to be put into a segment. */
static bool may_go(const struct fs *fs, struct id id, bool closing)
{
	struct map *m = fs->cfg.map;
	struct rkey held = key_queue(QUEUE_UPLOAD_PINNED, id), own = key_queue(QUEUE_BLOCK, id),
	            record = key_id(REC_PLACED, id);
	return map_has(m, MAP_QUEUE, rkey_span(&own)) == ERR_NOTFOUND &&
	       map_has(m, MAP_QUEUE, rkey_span(&held)) == ERR_NOTFOUND &&
	       (!closing || map_has(m, MAP_RECORDS, rkey_span(&record)) == ERR_OK);
}

static void note_unstored(struct sweep_pause *p, struct id id)
{
	if (p->n < UNSTORED_SAMPLE)
		p->unstored[p->n++] = id;
}

/* store_took_some: of the sample. One that is gone was written anew: the store took nothing. */
static bool store_took_some(struct fs *fs, const struct sweep_pause *p)
{
	struct map *m = fs->cfg.map;
	bool closing = closes(m);
	for (size_t i = 0; i < p->n; i++)
		if (map_has(m, MAP_BLOCK, id_span(&p->unstored[i])) == ERR_OK && may_go(fs, p->unstored[i], closing))
			return true;
	return false;
}

/* chosen: those of them that may go, as many as are wanted. */
static void chosen(struct fs *fs, const struct seen_blocks *seen, uint64_t wanted, struct seen_blocks *ret)
{
	uint64_t bytes = 0;
	bool closing = closes(fs->cfg.map);
	ret->n = 0;
	for (size_t i = 0; i < seen->n && bytes < wanted; i++) {
		struct id id = seen->ids[i];
		if (recency_has(fs, id) || pinned_set_has(fs->pinned_set, id))
			continue;
		if (!may_go(fs, id, closing)) {
			note_unstored(&fs->eviction->pause, id);
			continue;
		}
		ret->ids[ret->n] = id;
		ret->bytes[ret->n++] = seen->bytes[i];
		bytes += seen->bytes[i];
	}
}

/* confirm: only those stay of which the store shows that it has them now; no lock is held, since it may be asked. */
static err_t confirm(struct fs *fs, struct seen_blocks *list, bool send)
{
	bool is[EVICT_BLOCKS] = { false };
	size_t n = 0;
	if (!fs->cfg.confirmed || !list->n)
		return ERR_OK;
	err_t e = confirmed_ask(fs->cfg.confirmed, list->ids, list->n, send, clock_mono(), is);
	for (size_t i = 0; !e && i < list->n; i++) {
		if (!is[i])
			continue;
		list->ids[n] = list->ids[i];
		list->bytes[n++] = list->bytes[i];
	}
	list->n = n;
	return e;
}

static err_t drop_some(struct fs *fs, const struct seen_blocks *seen, struct progress *ret)
{
	cleanup_free struct seen_blocks *sure = malloc(2 * sizeof(*sure));
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b || !sure)
		return ERR_NOMEM;
	struct seen_blocks *go = sure + 1;
	uint64_t bytes = 0;
	chosen(fs, seen, ret->wanted, sure);
	err_t e = confirm(fs, sure, ret->send);
	if (e)
		return e;
	ns_guard_read(fs); /* nothing is deleted meanwhile */
	chosen(fs, sure, ret->wanted, go);
	for (size_t i = 0; i < go->n; i++) {
		batch_del(b, MAP_BLOCK, id_span(&go->ids[i]));
		bytes += go->bytes[i];
	}
	e = batch_empty(b) ? ERR_OK : map_apply(fs->cfg.map, b);
	if (e)
		return e;
	ret->wanted -= MIN(bytes, ret->wanted);
	ret->dropped += bytes;
	return ERR_OK;
}

/* --- a sweep --- */
enum hand_at { HAND_ON_ITS_WAY, HAND_ROUND };
struct turn {
	struct id start;
	bool whole;   /* it started at the first block: one way through is a whole turn */
	bool wrapped; /* it has begun again at the first block */
};

/* turn_hand: behind the blocks seen, of which there were fewer than asked for when it came to the last. */
static enum hand_at turn_hand(struct id *hand, const struct seen_blocks *seen, struct turn *t)
{
	if (seen->n < EVICT_BLOCKS) {
		*hand = ID_ZERO;
		if (t->wrapped || t->whole)
			return HAND_ROUND;
		t->wrapped = true;
		return HAND_ON_ITS_WAY;
	}
	*hand = seen->ids[seen->n - 1];
	return t->wrapped && id_cmp(*hand, t->start) >= 0 ? HAND_ROUND : HAND_ON_ITS_WAY;
}

/* sweep: from the hand on, until enough is dropped or one turn is over. */
static err_t sweep(struct fs *fs, struct progress *p)
{
	struct eviction *v = fs->eviction;
	static const struct id first;
	struct turn t = { .whole = id_eq(v->hand, first) };
	enum hand_at at = HAND_ON_ITS_WAY;
	t.start = v->hand;
	v->pause.n = 0;
	cleanup_free struct seen_blocks *seen = malloc(sizeof(*seen));
	if (!seen)
		return ERR_NOMEM;
	while (at != HAND_ROUND && p->looks-- && p->wanted && p->dropped < EVICT_BYTES && !fs->flusher_wake.stopped) {
		seen->n = 0;
		err_t e = map_scan(fs->cfg.map, MAP_BLOCK, SPAN(NULL, 0), id_span(&v->hand), see_block, seen);
		if (!e)
			e = drop_some(fs, seen, p);
		if (e)
			return e;
		at = turn_hand(&v->hand, seen, &t);
	}
	return ERR_OK;
}

/* --- a round --- */
static uint64_t events_so_far(struct fs *fs, const struct map_stats *s)
{
	return s->commits + fs->recency.uses;
}

/* pausing: the last sweep found nothing to drop, and nothing has changed since, or it is too soon for another. What the
 * store took brings the next one forward. */
static bool pausing(struct fs *fs, const struct map_stats *s, int64_t now)
{
	const struct sweep_pause *p = &fs->eviction->pause;
	if (!p->until || fs->pins_stale)
		return false;
	if (events_so_far(fs, s) == p->events || now < p->not_before)
		return true;
	return now < p->until && !store_took_some(fs, p);
}

/* make_room: 0, or why the sweep did not come through. */
static int make_room(struct fs *fs, struct progress *p)
{
	int err = pinned_set_refresh(fs);
	if (!err)
		err = errno_of(sweep(fs, p));
	if (err && err != ECANCELED)
		log_warn(AREA_FS, "keeping the cache small: %s", strerror(err));
	if (p->dropped) {
		cache_note_dropped(fs, p->dropped);
		fs->pinned_set->used = true;
	}
	return err;
}

/* round_of: so many looks at most; `send`: the store may be asked; with the lock. */
static bool round_of(struct fs *fs, unsigned looks, bool send)
{
	struct eviction *v = fs->eviction;
	struct map_stats s;
	uint64_t limit = fs->cache_size.limit;
	int64_t start = clock_mono();
	pinned_set_wake_fetcher(fs, start);
	map_stats(fs->cfg.map, &s);
	uint64_t cached = cache_bytes(fs, &s);
	if (cached <= limit || pausing(fs, &s, start))
		return false;
	uint64_t excess = cached - limit + limit / 16;
	struct progress p = { .wanted = MIN(excess, EVICT_BYTES), .looks = looks, .send = send };
	int err = make_room(fs, &p);
	v->pause.events = events_so_far(fs, &s);
	int64_t took = clock_mono() - start;
	v->pause.not_before = start + 4 * took;
	v->pause.until = p.dropped ? 0 : start + 20 * took + 1;
	return !err && p.dropped > 0 && p.dropped < excess;
}

bool evict_run(struct fs *fs)
{
	guard(&fs->eviction->lock);
	return round_of(fs, UINT_MAX, true);
}

void evict_before_commit(struct fs *fs)
{
	struct eviction *v = fs->eviction;
	if (!cache_over(fs) || pthread_mutex_trylock(&v->lock))
		return;
	if (pinned_set_is_quick(fs))
		(void)round_of(fs, SHORT_LOOKS, false); /* the flusher does what is left */
	pthread_mutex_unlock(&v->lock);
}
