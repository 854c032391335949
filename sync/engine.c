/* SPDX-License-Identifier: MIT
 * The engine's thread and timing, and waiting for it.
 * Locks: `work` around a round, `lock` around what other threads see; never `work` inside `lock`.
 */
#include "sync/engine.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/members/vault_here.h"
#include "sync/publish/head_write.h"
#include "sync/round.h"
#include "sync/saved.h"
#include "sync/saved_kept.h"
#include "sync/status.h"
#include "util/deadline.h"
#include "util/process.h"

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

static err_t engine_round(struct sync *s, struct round *r)
{
	guard(&s->work);
	log_operation();
	uint64_t ticket;
	{
		guard(&s->lock);
		ticket = s->waiters.wanted;
		s->life.woken = false;
		s->shown.round_since = now(s);
	}
	r->force |= ticket != s->waiters.served;
	r->pull |= r->force;
	r->quiesced |= r->force;
	err_t e = round_run(s, r);
	log_debug(AREA_SYNC, "round:%s%s%s%s: %s", r->force ? " asked for," : "", r->pulled ? " pulled," : "",
	          r->news ? " with news," : "", r->published ? " published" : " nothing published", err_text(e));
	saved_keep(s);
	sync_mirror(s, e);
	guard(&s->lock);
	s->shown.round_since = 0;
	if (r->force && e != ERR_BUSY) { /* busy: the next round answers */
		s->waiters.served = ticket;
		s->waiters.error = e ? e : r->answer;
		pthread_cond_broadcast(&s->wake);
	}
	return e;
}

err_t sync_step(struct sync *s)
{
	struct round r = { .force = true, .pull = true, .quiesced = true, .heads = true };
	err_t e = engine_round(s, &r);
	return e ? e : r.answer;
}

/* --- timing --- */
static bool quiesced(struct sync *s, struct timing *t)
{
	int64_t at = now(s);
	bool dirty = sync_dirty(s);
	if (!dirty)
		t->dirty_since = 0;
	else if (!t->dirty_since)
		t->dirty_since = at;
	guard(&s->lock);
	int64_t quiet = MAX(t->dirty_since, s->life.changed_at) + t->quiesce;
	s->life.due = dirty ? MIN(quiet, t->dirty_since + QUIESCE_LIMIT * t->quiesce) : 0;
	return dirty && at >= s->life.due;
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
	if (r->published)
		t->dirty_since = 0; /* what changed since is another commit's */
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
	while (!s->life.stopping && !s->life.woken && s->waiters.wanted == s->waiters.served &&
	       deadline_wait(&s->wake, &s->lock, end))
		;
}

static bool engine_called(struct sync *s, bool *wanted)
{
	guard(&s->lock);
	*wanted = s->waiters.wanted != s->waiters.served;
	return s->life.woken || *wanted;
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
		s->life.woken = false;
	}
	if (!wanted && now(s) < t->retry_at)
		return;
	r.pull = now(s) >= t->next_pull;
	uint64_t objects, bytes;
	queue_waiting(&s->queue, &objects, &bytes); /* only this thread runs rounds now */
	bool head = s->heads.due && now(s) - s->heads.written >= HEAD_PERIOD;
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
	bool stopped = s->st.stopped || s->removed.is;
	bool may = !t.retry_at && s->own_checked && !stopped && vault_here_known(s);
	if (may && s->heads.due && !objects && head_write(s))
		log_info(AREA_SYNC, "the head could not be written at the end; the next start does");
	saved_keep(s);
	guard(&s->lock);
	s->waiters.served = s->waiters.wanted;
	s->waiters.error = ERR_CANCELED;
	pthread_cond_broadcast(&s->wake);
	return NULL;
}

err_t sync_start(struct sync *s)
{
	{
		guard(&s->lock);
		s->life.stopping = s->life.stopped = false;
		s->life.started = true;
	}
	if (pthread_create(&s->life.thread, NULL, engine_thread, s)) {
		guard(&s->lock);
		s->life.started = false;
		return ERR_NOMEM;
	}
	return ERR_OK;
}

void sync_stop(struct sync *s)
{
	bool started;
	{
		guard(&s->lock);
		started = s->life.started;
		s->life.stopping = s->life.stopped = true;
		s->life.started = false;
		pthread_cond_broadcast(&s->wake);
	}
	if (started)
		pthread_join(s->life.thread, NULL);
	guard(&s->lock);
	s->life.stopping = false;
}

void sync_wake(struct sync *s)
{
	int64_t at = now(s);
	guard(&s->lock);
	s->life.woken = true;
	s->life.changed_at = at;
	pthread_cond_broadcast(&s->wake);
}

static err_t wait_served(struct sync *s, uint64_t ticket, unsigned timeout_ms)
{
	struct deadline end = timeout_ms ? deadline_in(timeout_ms * NS_PER_MS) : DEADLINE_NEVER;
	while (s->waiters.served < ticket)
		if (!deadline_wait(&s->wake, &s->lock, end) && s->waiters.served < ticket)
			return ERR_TIMEOUT;
	return s->waiters.error;
}

err_t sync_wait(struct sync *s, unsigned timeout_ms, struct why *why)
{
	err_t e = ERR_OK;
	bool started;
	{
		guard(&s->lock);
		started = s->life.started;
		if (s->life.stopped) /* nothing goes up after sync_stop */
			e = ERR_CANCELED;
		else if (started) { /* asked under the same lock: a thread that ends later answers it */
			uint64_t ticket = ++s->waiters.wanted;
			pthread_cond_broadcast(&s->wake);
			e = wait_served(s, ticket, timeout_ms);
		}
	}
	if (!e && !started)
		e = sync_step(s);
	if (e == ERR_CANCELED)
		return why_set(why, e, "%s", err_text(e));
	if (e == ERR_TIMEOUT)
		return why_set(why, e, "not everything is uploaded yet: it goes on; cloudseal status tells how far");
	if (!e)
		return ERR_OK;
	guard(&s->lock);
	const char *said = s->status.last_text[0] ? s->status.last_text : saved_words(s->saved.lacks);
	return why_set(why, e, "%s", said[0] ? said : err_text(e));
}
