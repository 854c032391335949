/* SPDX-License-Identifier: MIT
 * Blocks from the store. A *want* is one block that somebody asked for; it is in the table from the first request until
 * its bytes are in the cache, so that a second request joins it or finds the bytes. A *job* is one GET: a want alone,
 * or neighbours in one segment that were asked for ahead.
 *
 * A want leaves the table after its bytes were put in the map, and before its waiters are answered.
 */
#include "sync/fetch/fetch.h"

#include "sync/core/asked.h"
#include "sync/core/stored.h"
#include "sync/fetch/block_where.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "vault/objects/name.h"
#include "util/trace.h"

#include <stdatomic.h>
#include <string.h>

#define WANT_BUCKETS 256u
#define RANGE_PAGE 4096u
#define PLACES_MAX 16u          /* segments in which a block is looked for */
#define JOB_BYTES (1u << 20)    /* of one range GET */
#define JOB_GAP (64u * 1024)    /* bytes not wanted that are fetched along rather than asked for twice */
#define AHEAD_BYTES (32u << 20) /* under way; what is asked ahead beyond that is dropped */
#define WAIT_BYTES (64u << 20)  /* under way for readers; beyond that they queue here */

struct waiter {
	struct waiter *next;
	fetch_done done;
	void *ctx;
	bool reads; /* a program waits: fetch_block's, not fetch_many's */
};
struct want {
	struct want *next; /* hash chain */
	struct want *line; /* readers' queue */
	struct id id;
	struct block_where at;
	struct waiter *waiters;
	unsigned tries; /* that failed */
	bool last_try;
};
struct fetch {
	struct store *store;
	struct map *map;
	_Atomic unsigned refs; /* the owner's and one a job */
	pthread_mutex_t lock;  /* all below */
	pthread_cond_t idle;
	struct want *bucket[WANT_BUCKETS];
	struct want *line, **line_end; /* not submitted yet */
	uint64_t bytes;                /* under way */
	unsigned active;               /* threads inside that use store or map */
	bool stopped;
};
struct job {
	struct fetch *f;
	uint64_t offset, length;
	size_t n;
	struct want *wants[];
};

struct fetch *fetch_new(struct store *store, struct map *map)
{
	struct fetch *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	if (pthread_mutex_init(&f->lock, NULL) || pthread_cond_init(&f->idle, NULL)) {
		free(f);
		return NULL;
	}
	f->store = store;
	f->map = map;
	f->refs = 1;
	f->line_end = &f->line;
	return f;
}

static void fetch_unref(struct fetch *f)
{
	if (--f->refs)
		return;
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->idle);
	free(f);
}

void fetch_freep(struct fetch **f)
{
	if (*f)
		fetch_unref(*f);
	*f = NULL;
}

/* begin: false once stopped; otherwise the store and the map may be used until `end`. */
static bool begin(struct fetch *f)
{
	guard(&f->lock);
	f->active += !f->stopped;
	return !f->stopped;
}

static void end(struct fetch *f)
{
	guard(&f->lock);
	if (!--f->active)
		pthread_cond_broadcast(&f->idle);
}

/* --- the table, with the lock --- */
static struct want **place_of(struct fetch *f, struct id id)
{
	struct want **p = &f->bucket[id.b[0] % WANT_BUCKETS];
	while (*p && !id_eq((*p)->id, id))
		p = &(*p)->next;
	return p;
}

static struct want *want_new(struct fetch *f, struct id id)
{
	struct want *w = calloc(1, sizeof(*w)), **p = place_of(f, id);
	if (!w)
		return NULL;
	w->id = id;
	w->next = *p;
	*p = w;
	TRACE(fetch_begin, w->id.b);
	return w;
}

/* --- answers --- */
static void answer(struct waiter *list, err_t e, struct span sealed, const struct block_rec *rec)
{
	while (list) {
		struct waiter *w = list;
		list = w->next;
		w->done(w->ctx, e, sealed, rec);
		free(w);
	}
}

/* want_end: the want leaves the table, its waiters are answered. */
static void want_end(struct fetch *f, struct want *w, err_t e, struct span sealed)
{
	struct waiter *list;
	TRACE(fetch_end, w->id.b, e);
	{
		guard(&f->lock);
		struct want **p = place_of(f, w->id);
		*p = w->next;
		list = steal_ptr(w->waiters);
	}
	answer(list, e, sealed, e ? NULL : &w->at.rec);
	free(w);
}

/* --- the map --- */
/* keep: the bytes into the cache, unless the block was deleted meanwhile. Failing that, it is fetched again one day. */
static void keep(struct fetch *f, const struct want *w, struct span sealed)
{
	cleanup(batch_freep) struct batch *b = NULL;
	if (map_pressure(f->map) || !block_where_known(f->map, w->id) || !(b = batch_new()))
		return;
	batch_put(b, MAP_BLOCK, id_span(&w->id), sealed);
	err_t e = w->tries ? block_where_proved(f->map, w->id, &w->at, b) : ERR_OK;
	if (!e)
		e = map_apply(f->map, b);
	if (e)
		log_debug(AREA_SYNC, "not kept in the cache: %s", err_text(e));
}

/* --- jobs --- */
static void submit(struct fetch *f, struct want **wants, size_t n, enum store_urgency urgency);

static err_t check(const struct want *w, struct span bytes)
{
	struct hash hash;
	uint32_t size = w->at.sealed;
	if (bytes.len < size)
		return ERR_DAMAGED;
	err_t e = crypto_sha256(SPAN(bytes.p, size), &hash);
	if (!e && !crypto_equal(hash.b, w->at.rec.hash.b, HASH_LEN))
		e = ERR_DAMAGED;
	return e;
}

static void complain(struct fetch *f, const struct want *w, err_t e)
{
	if (!block_where_known(f->map, w->id))
		return; /* deleted meanwhile, and its object with it */
	char object[OBJECT_NAME], block[OBJECT_NAME];
	name_id(w->at.rec.segment, object);
	name_id(w->id, block);
	if ((e == ERR_DAMAGED || e == ERR_NOTFOUND) && stored_lose(f->map, w->at.rec.segment))
		log_warn(AREA_SYNC, "that the cloud lost object %s could not be remembered", object);
	if (e == ERR_DAMAGED)
		log_error(AREA_SYNC, "object %s does not hold what was stored as block %s", object, block);
	else if (e == ERR_NOTFOUND)
		log_error(AREA_SYNC, "object %s is not on the store (block %s)", object, block);
}

static bool has_waiters(struct fetch *f, const struct want *w)
{
	guard(&f->lock);
	return w->waiters != NULL;
}

/* urgency_of: a want that is asked for once more, by who waits for it. */
static enum store_urgency urgency_of(struct fetch *f, const struct want *w)
{
	guard(&f->lock);
	for (const struct waiter *p = w->waiters; p; p = p->next)
		if (p->reads)
			return STORE_READER_WAITS;
	return STORE_BULK;
}

/* again: after damage, or an object that is missing or refused, in the next segment that lists the block, and then once
 * more in the first: it may not have been there yet, or be elsewhere by now. False: give up. */
static bool again(struct fetch *f, struct want *w, err_t e)
{
	bool elsewhere = e == ERR_DAMAGED || e == ERR_NOTFOUND || asked_alone(e);
	if (!has_waiters(f, w) || w->last_try || !elsewhere)
		return false;
	e = ++w->tries < PLACES_MAX ? block_where_next(f->map, w->id, w->tries, &w->at) : ERR_NOTFOUND;
	w->last_try = e == ERR_NOTFOUND;
	if (w->last_try)
		e = block_where(f->map, w->id, &w->at);
	if (e)
		return false;
	submit(f, &w, 1, urgency_of(f, w));
	return true;
}

/* arrived: one want of a job; `body` came from `from` in the segment. */
static void arrived(struct fetch *f, struct want *w, err_t e, const struct buf *body, uint64_t from)
{
	struct span sealed = SPAN(NULL, 0);
	if (!e) {
		uint64_t skip = w->at.rec.offset - from;
		if (skip < body->len)
			sealed = SPAN(body->p + skip, MIN(body->len - skip, w->at.rec.stored));
		e = check(w, sealed);
		sealed.len = MIN(sealed.len, w->at.sealed);
	}
	if (e && again(f, w, e))
		return;
	if (e)
		complain(f, w, e);
	else
		keep(f, w, sealed);
	want_end(f, w, e, e ? SPAN(NULL, 0) : sealed);
}

/* part_failed: the error of a range for several says nothing about each: those that somebody waits for are tried alone,
 * the others forgotten. */
static void part_failed(struct fetch *f, struct want *w)
{
	{
		guard(&f->lock);
		if (!w->waiters) {
			struct want **p = place_of(f, w->id);
			*p = w->next;
			free(w);
			return;
		}
	}
	submit(f, &w, 1, urgency_of(f, w));
}

static void next_in_line(struct fetch *f);

static void job_done(void *ctx, err_t e, struct buf *body)
{
	struct job *j = ctx;
	struct fetch *f = j->f;
	bool on = begin(f);
	if (on && !e && !body)
		e = ERR_DAMAGED;
	{
		guard(&f->lock);
		f->bytes -= j->length;
	}
	for (size_t i = 0; i < j->n; i++) {
		if (!on)
			want_end(f, j->wants[i], ERR_CANCELED, SPAN(NULL, 0));
		else if (e && j->n > 1)
			part_failed(f, j->wants[i]);
		else
			arrived(f, j->wants[i], e, body, j->offset);
	}
	if (on) {
		next_in_line(f);
		end(f);
	}
	free(j);
	fetch_unref(f);
}

/* range_of: whole pages, so that a range says less of what is in it. */
static void range_of(const struct want *first, const struct want *last, struct job *j)
{
	uint64_t from = first->at.rec.offset, to = last->at.rec.offset + last->at.rec.stored;
	from -= from % RANGE_PAGE;
	to = MIN(to + RANGE_PAGE - 1 - (to - 1) % RANGE_PAGE, first->at.object);
	j->offset = from;
	j->length = to - from;
}

/* submit: all in one segment, in order of offset. Between begin and end. */
static void submit(struct fetch *f, struct want **wants, size_t n, enum store_urgency urgency)
{
	struct job *j = malloc(sizeof(*j) + n * sizeof(struct want *));
	if (!j) {
		for (size_t i = 0; i < n; i++)
			want_end(f, wants[i], ERR_NOMEM, SPAN(NULL, 0));
		return;
	}
	const struct block_rec *last = &wants[n - 1]->at.rec;
	char name[OBJECT_NAME];
	name_id(last->segment, name);
	*j = (struct job){ .f = f, .n = n };
	range_of(wants[0], wants[n - 1], j);
	memcpy(j->wants, wants, n * sizeof(struct want *));
	f->refs++;
	{
		guard(&f->lock);
		f->bytes += j->length;
	}
	struct store_request r = { .name = name,
		                   .offset = j->offset,
		                   .length = j->length,
		                   .limit = j->length,
		                   .urgency = urgency,
		                   .done = job_done,
		                   .ctx = j };
	f->store->ops->get(f->store, &r);
}

static struct want *line_pop(struct fetch *f)
{
	guard(&f->lock);
	struct want *w = f->bytes < WAIT_BYTES ? f->line : NULL;
	if (!w)
		return NULL;
	f->line = w->line;
	if (!f->line)
		f->line_end = &f->line;
	return w;
}

static void next_in_line(struct fetch *f)
{
	struct want *w;
	while ((w = line_pop(f)))
		submit(f, &w, 1, STORE_READER_WAITS);
}

/* --- requests --- */
/* join: with a want of that block already in the table, or as a new one. `*fresh`: the caller sees to it. */
static struct want *join(struct fetch *f, struct id id, struct waiter *waiter, bool *fresh)
{
	guard(&f->lock);
	struct want *w = *place_of(f, id);
	*fresh = !w;
	if (!w)
		w = want_new(f, id);
	if (w) {
		waiter->next = w->waiters;
		w->waiters = waiter;
	}
	return w;
}

/* cached: it arrived, or was never away. */
static bool cached(struct fetch *f, struct want *w)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = map_get(f->map, MAP_BLOCK, id_span(&w->id), &b);
	if (e || check(w, buf_span(&b)))
		return false;
	want_end(f, w, ERR_OK, buf_span(&b));
	return true;
}

/* ready: a new want is to be fetched; false: it is answered already. */
static bool ready(struct fetch *f, struct want *w)
{
	err_t e = block_where(f->map, w->id, &w->at);
	if (!e)
		return !cached(f, w);
	if (e != ERR_NOTFOUND)
		log_error(AREA_SYNC, "block record: %s", err_text(e));
	want_end(f, w, e, SPAN(NULL, 0));
	return false;
}

static void begin_want(struct fetch *f, struct want *w)
{
	if (!ready(f, w))
		return;
	{
		guard(&f->lock);
		*f->line_end = w;
		f->line_end = &w->line;
	}
	next_in_line(f);
}

void fetch_block(struct fetch *f, struct id id, fetch_done done, void *ctx)
{
	struct waiter *waiter = malloc(sizeof(*waiter));
	bool fresh = false;
	if (!waiter || !begin(f)) {
		done(ctx, waiter ? ERR_CANCELED : ERR_NOMEM, SPAN(NULL, 0), NULL);
		free(waiter);
		return;
	}
	*waiter = (struct waiter){ NULL, done, ctx, true };
	struct want *w = join(f, id, waiter, &fresh);
	if (!w) {
		done(ctx, ERR_NOMEM, SPAN(NULL, 0), NULL);
		free(waiter);
	} else if (fresh) {
		begin_want(f, w);
	}
	end(f);
}

static int by_place(const void *a, const void *b)
{
	const struct want *x = *(struct want *const *)a, *y = *(struct want *const *)b;
	int c = id_cmp(x->at.rec.segment, y->at.rec.segment);
	if (c)
		return c;
	return (x->at.rec.offset > y->at.rec.offset) - (x->at.rec.offset < y->at.rec.offset);
}

static bool neighbours(const struct want *first, const struct want *a, const struct want *b)
{
	uint64_t stop = a->at.rec.offset + a->at.rec.stored;
	return id_eq(a->at.rec.segment, b->at.rec.segment) && b->at.rec.offset >= stop &&
	       b->at.rec.offset - stop <= JOB_GAP &&
	       b->at.rec.offset + b->at.rec.stored - first->at.rec.offset <= JOB_BYTES;
}

/* ahead_wants: a want for each block that is on the store only and that nobody asked for yet. */
static size_t ahead_wants(struct fetch *f, const struct id *ids, size_t n, struct want **out)
{
	size_t k = 0;
	uint64_t taken = 0;
	for (size_t i = 0; i < n; i++) {
		struct block_where at;
		if (map_has(f->map, MAP_BLOCK, id_span(&ids[i])) != ERR_NOTFOUND || block_where(f->map, ids[i], &at))
			continue;
		guard(&f->lock);
		if (*place_of(f, ids[i]))
			continue;
		struct want *w = f->bytes + taken < AHEAD_BYTES ? want_new(f, ids[i]) : NULL;
		if (!w)
			continue;
		w->at = at;
		taken += at.rec.stored;
		out[k++] = w;
	}
	return k;
}

static void submit_ranges(struct fetch *f, struct want **wants, size_t k)
{
	qsort(wants, k, sizeof(struct want *), by_place);
	for (size_t i = 0, j; i < k; i = j) {
		for (j = i + 1; j < k && neighbours(wants[i], wants[j - 1], wants[j]); j++)
			;
		submit(f, wants + i, j - i, STORE_BULK);
	}
}

void fetch_ahead(struct fetch *f, const struct id *ids, size_t n)
{
	cleanup_free struct want **wants = n ? calloc(n, sizeof(struct want *)) : NULL;
	if (!wants || !begin(f))
		return;
	submit_ranges(f, wants, ahead_wants(f, ids, n, wants));
	end(f);
}

/* many_want: NULL: it is answered, or somebody else sees to it. */
static struct want *many_want(struct fetch *f, struct id id, fetch_done done, void *ctx)
{
	struct waiter *waiter = malloc(sizeof(*waiter));
	bool fresh = false;
	if (waiter)
		*waiter = (struct waiter){ NULL, done, ctx, false };
	struct want *w = waiter ? join(f, id, waiter, &fresh) : NULL;
	if (!w) {
		free(waiter);
		done(ctx, ERR_NOMEM, SPAN(NULL, 0), NULL);
	}
	return w && fresh && ready(f, w) ? w : NULL;
}

void fetch_many(struct fetch *f, const struct id *ids, size_t n, fetch_done done, void *ctx)
{
	cleanup_free struct want **wants = calloc(n ? n : 1, sizeof(struct want *));
	bool on = begin(f);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		struct want *w = NULL;
		if (wants && on)
			w = many_want(f, ids[i], done, ctx);
		else
			done(ctx, on ? ERR_NOMEM : ERR_CANCELED, SPAN(NULL, 0), NULL);
		if (w)
			wants[k++] = w;
	}
	if (wants && on)
		submit_ranges(f, wants, k);
	if (on)
		end(f);
}

bool fetch_forget(struct fetch *f, void *ctx)
{
	guard(&f->lock);
	for (size_t i = 0; i < WANT_BUCKETS; i++)
		for (struct want *w = f->bucket[i]; w; w = w->next)
			for (struct waiter **p = &w->waiters; *p; p = &(*p)->next)
				if ((*p)->ctx == ctx) {
					struct waiter *gone = *p;
					*p = gone->next;
					free(gone);
					return true;
				}
	return false;
}

/* all_waiters: taken out; wants that were never submitted go. */
static struct waiter *all_waiters(struct fetch *f)
{
	struct waiter *all = NULL, **end_of = &all;
	guard(&f->lock);
	for (size_t i = 0; i < WANT_BUCKETS; i++)
		for (struct want *w = f->bucket[i]; w; w = w->next) {
			*end_of = steal_ptr(w->waiters);
			while (*end_of)
				end_of = &(*end_of)->next;
		}
	struct want *w;
	while ((w = f->line)) {
		f->line = w->line;
		*place_of(f, w->id) = w->next;
		free(w);
	}
	f->line_end = &f->line;
	return all;
}

void fetch_stop(struct fetch *f)
{
	{
		guard(&f->lock);
		f->stopped = true;
		while (f->active)
			pthread_cond_wait(&f->idle, &f->lock);
	}
	answer(all_waiters(f), ERR_CANCELED, SPAN(NULL, 0), NULL);
}

void fetch_debug(struct fetch *f, struct fetch_debug *ret)
{
	guard(&f->lock);
	*ret = (struct fetch_debug){ .bytes_under_way = f->bytes };
	for (size_t i = 0; i < WANT_BUCKETS; i++) {
		for (const struct want *w = f->bucket[i]; w; w = w->next) {
			ret->wanted++;
			ret->ahead += !w->waiters;
		}
	}
	for (const struct want *w = f->line; w; w = w->line)
		ret->in_line++;
}
