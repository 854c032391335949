/* SPDX-License-Identifier: MIT
 * The engine's life: opening, its thread and timing, waiting, status.
 * Locks: `work` around a round, `lock` around what other threads see; never `work` inside `lock`.
 */
#include "sync/round.h"
#include "util/deadline.h"
#include "util/process.h"
#include "util/trace.h"

#define IDLE_MAX (60 * NS_PER_S)
#define QUIESCE_MS 2000
#define POLL_MS 5000
#define QUIESCE_LIMIT 5 /* times the quiesce delay: under constant change a commit is made nevertheless */

struct timing { /* the thread's own */
	int64_t quiesce, poll, interval, next_pull, retry_at, backoff, dirty_since;
};

static int64_t now(const struct sync *s)
{
	return s->c.clock.mono(s->c.clock.ctx);
}

err_t sync_open(const struct sync_config *c, struct sync **ret, struct why *why)
{
	cleanup(sync_freep) struct sync *s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	s->c = *c;
	if (pthread_mutex_init(&s->work, NULL) || pthread_mutex_init(&s->lock, NULL) ||
	    pthread_cond_init(&s->wake, NULL))
		return ERR_NOMEM;
	err_t e = sync_load(s);
	if (!e)
		e = checkpoint_drop(s);
	if (e == ERR_NOTFOUND)
		return why_set(why, e, "this vault's local state has no record of its history");
	if (e)
		return why_set(why, e, "the record of this vault's history cannot be read: %s", err_text(e));
	TRACE(sync_loaded, s->st.n, s->st.height, s->st.cut);
	s->head_due = true;
	s->members_due = true;
	sync_mirror(s, ERR_OK);
	*ret = steal_ptr(s);
	return ERR_OK;
}

void sync_freep(struct sync **sp)
{
	struct sync *s = *sp;
	if (!s)
		return;
	while (s->pulled) {
		struct pulled *p = s->pulled;
		s->pulled = p->next;
		pulled_free(p);
	}
	queue_free(&s->queue);
	header_freep(&s->header);
	free(s->nodes);
	free(s->streams);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->work);
	free(s);
	*sp = NULL;
}

static enum sync_phase phase_of(const struct sync *s, err_t e)
{
	switch (e) {
	case ERR_RACE:
		return SYNC_STOPPED_RACE;
	case ERR_FORK:
		return s->st.stopped == STOPPED_FORK ? SYNC_STOPPED_FORK : SYNC_IDLE;
	case ERR_DENIED:
		return SYNC_STOPPED_DENIED;
	case ERR_STOREFULL:
		return SYNC_STOPPED_FULL;
	case ERR_NET:
	case ERR_TIMEOUT:
	case ERR_TLS:
	case ERR_NOSTORE:
	case ERR_CLOCK:
		return SYNC_OFFLINE;
	default:
		return SYNC_IDLE;
	}
}

static const char *words_of(const struct sync *s, err_t e)
{
	switch (e) {
	case ERR_RACE:
	case ERR_FORK:
		return s->st.stopped ? s->st.text : sync_alarm_text(s);
	case ERR_STOREFULL:
		return "the store is full: nothing can be uploaded until there is room again";
	case ERR_DENIED:
		return "the store refuses these credentials";
	case ERR_BUSY:
		return "changes are made here faster than another device's can be applied; trying again";
	case ERR_OK:
		return sync_alarm_text(s);
	default:
		return err_text(e);
	}
}

void sync_mirror(struct sync *s, err_t e)
{
	bool unpublished = round_unpublished(s);
	guard(&s->lock);
	s->status.phase = phase_of(s, s->st.stopped == STOPPED_FORK   ? ERR_FORK
	                              : s->st.stopped == STOPPED_RACE ? ERR_RACE
	                                                              : e);
	s->status.unpublished = unpublished;
	s->status.commits = s->st.n;
	s->status.height = s->st.height;
	s->status.checkpoints = s->checkpoints;
	s->status.last_error = e;
	snprintf(s->status.last_text, sizeof(s->status.last_text), "%s", words_of(s, s->st.stopped ? ERR_RACE : e));
	queue_waiting(&s->queue, &s->status.queued_objects, &s->status.queued_bytes);
}

static err_t engine_round(struct sync *s, struct round *r)
{
	guard(&s->work);
	log_operation();
	uint64_t ticket;
	{
		guard(&s->lock);
		ticket = s->wanted;
		s->woken = false;
	}
	r->force |= ticket != s->served;
	r->pull |= r->force;
	r->quiesced |= r->force;
	err_t e = round_run(s, r);
	log_debug(AREA_SYNC, "round:%s%s%s%s: %s", r->force ? " asked for," : "", r->pulled ? " pulled," : "",
	          r->news ? " with news," : "", r->published ? " published" : " nothing published", err_text(e));
	sync_mirror(s, e);
	guard(&s->lock);
	if (r->force && e != ERR_BUSY) { /* busy: the next round answers */
		s->served = ticket;
		s->served_error = e;
		pthread_cond_broadcast(&s->wake);
	}
	return e;
}

err_t sync_step(struct sync *s)
{
	struct round r = { .force = true, .pull = true, .quiesced = true, .heads = true };
	return engine_round(s, &r);
}

/* --- timing --- */
static bool quiesced(struct sync *s, struct timing *t)
{
	int64_t at = now(s), changed;
	if (!map_dirty(s->c.map)) {
		t->dirty_since = 0;
		return false;
	}
	if (!t->dirty_since)
		t->dirty_since = at;
	{
		guard(&s->lock);
		changed = s->changed_at;
	}
	return at - MAX(t->dirty_since, changed) >= t->quiesce || at - t->dirty_since >= QUIESCE_LIMIT * t->quiesce;
}

/* timing_after: when to look for news again, and how long to leave an unwilling store alone. */
static void timing_after(struct sync *s, struct timing *t, const struct round *r, err_t e)
{
	int64_t at = now(s);
	if (e == ERR_BUSY) {
		t->next_pull = t->retry_at = at + t->quiesce;
		return;
	}
	if (e && e != ERR_CANCELED) {
		t->backoff = MIN(t->backoff ? t->backoff * 2 : t->poll, IDLE_MAX);
		t->retry_at = at + t->backoff;
		t->next_pull = t->retry_at;
		return;
	}
	t->backoff = t->retry_at = 0;
	t->interval = r->news || t->dirty_since ? t->poll : MIN(t->interval * 3 / 2, IDLE_MAX);
	if (r->pulled)
		t->next_pull = at + t->interval;
}

/* engine_sleep: until something is due or someone calls; a quarter of the settling time at most, to see changes, half
 * of it when there was none. */
static void engine_sleep(struct sync *s, const struct timing *t)
{
	int64_t nap = MAX(t->quiesce / (t->dirty_since ? 4 : 2), 10 * NS_PER_MS);
	struct deadline end = deadline_in(nap);
	guard(&s->lock);
	while (!s->stopping && !s->woken && s->wanted == s->served && deadline_wait(&s->wake, &s->lock, end))
		;
}

static bool engine_called(struct sync *s, bool *wanted)
{
	guard(&s->lock);
	*wanted = s->wanted != s->served;
	return s->woken || *wanted;
}

static void engine_turn(struct sync *s, struct timing *t)
{
	bool wanted, called = engine_called(s, &wanted);
	struct round r = { .quiesced = quiesced(s, t) };
	if (called && t->interval > t->poll) {
		t->interval = t->poll;
		t->next_pull = MIN(t->next_pull, now(s) + t->poll);
	}
	{
		guard(&s->lock);
		s->woken = false;
	}
	if (!wanted && now(s) < t->retry_at)
		return;
	r.pull = now(s) >= t->next_pull;
	uint64_t objects, bytes;
	queue_waiting(&s->queue, &objects, &bytes); /* only this thread runs rounds now */
	bool head = s->head_due && now(s) - s->head_time >= HEAD_PERIOD;
	if (!wanted && !r.pull && !r.quiesced && !head && !objects)
		return;
	timing_after(s, t, &r, engine_round(s, &r));
}

static void *engine_thread(void *arg)
{
	process_name_thread("sync");
	struct sync *s = arg;
	struct timing t = { .quiesce = (s->c.quiesce_ms ? s->c.quiesce_ms : QUIESCE_MS) * NS_PER_MS,
		            .poll = (s->c.poll_ms ? s->c.poll_ms : POLL_MS) * NS_PER_MS };
	t.interval = t.poll;
	while (!sync_stopping(s)) {
		engine_turn(s, &t);
		engine_sleep(s, &t);
	}
	guard(&s->work);
	uint64_t objects, bytes;
	queue_waiting(&s->queue, &objects, &bytes);
	if (!t.retry_at && s->head_due && s->own_checked && !objects && !s->st.stopped && head_write(s))
		log_info(AREA_SYNC, "the head could not be written at the end; the next start does");
	guard(&s->lock);
	s->served = s->wanted;
	s->served_error = ERR_CANCELED;
	pthread_cond_broadcast(&s->wake);
	return NULL;
}

err_t sync_start(struct sync *s)
{
	{
		guard(&s->lock);
		s->stopping = s->stopped = false;
		s->started = true;
	}
	if (pthread_create(&s->thread, NULL, engine_thread, s)) {
		guard(&s->lock);
		s->started = false;
		return ERR_NOMEM;
	}
	return ERR_OK;
}

void sync_stop(struct sync *s)
{
	bool started;
	{
		guard(&s->lock);
		started = s->started;
		s->stopping = s->stopped = true;
		s->started = false;
		pthread_cond_broadcast(&s->wake);
	}
	if (started)
		pthread_join(s->thread, NULL);
	guard(&s->lock);
	s->stopping = false;
}

void sync_wake(struct sync *s)
{
	int64_t at = now(s);
	guard(&s->lock);
	s->woken = true;
	s->changed_at = at;
	pthread_cond_broadcast(&s->wake);
}

static err_t wait_served(struct sync *s, uint64_t ticket, unsigned timeout_ms)
{
	struct deadline end = timeout_ms ? deadline_in(timeout_ms * NS_PER_MS) : DEADLINE_NEVER;
	while (s->served < ticket)
		if (!deadline_wait(&s->wake, &s->lock, end) && s->served < ticket)
			return ERR_TIMEOUT;
	return s->served_error;
}

err_t sync_wait(struct sync *s, unsigned timeout_ms, struct why *why)
{
	err_t e = ERR_OK;
	bool started;
	{
		guard(&s->lock);
		started = s->started;
		if (s->stopped) /* nothing goes up after sync_stop */
			e = ERR_CANCELED;
		else if (started) { /* asked under the same lock: a thread that ends later answers it */
			uint64_t ticket = ++s->wanted;
			pthread_cond_broadcast(&s->wake);
			e = wait_served(s, ticket, timeout_ms);
		}
	}
	if (!e && !started)
		e = sync_step(s);
	if (e == ERR_CANCELED)
		return why_set(why, e, "%s", err_text(e));
	if (e == ERR_TIMEOUT)
		return why_set(why, e, "not everything is on the store yet");
	guard(&s->lock);
	return e ? why_set(why, e, "%s", s->status.last_text[0] ? s->status.last_text : err_text(e)) : ERR_OK;
}

static int status_block(void *ctx, struct span key, struct span value)
{
	struct sync_status *st = ctx;
	struct pending_block p;
	(void)key;
	if (value.p && pending_block_decode(value, &p) == ERR_OK) {
		st->pending_blocks++;
		st->pending_bytes += p.length;
	}
	return 0;
}

void sync_status(struct sync *s, struct sync_status *ret)
{
	static const uint8_t prefix = QUEUE_BLOCK;
	struct sync_status st;
	bool dirty = map_dirty(s->c.map);
	{
		guard(&s->lock);
		st = s->status;
	}
	st.unpublished |= dirty;
	st.pending_blocks = st.pending_bytes = 0;
	if (map_scan(s->c.map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), status_block, &st))
		log_warn(AREA_SYNC, "the queue of blocks cannot be read");
	*ret = st;
}
