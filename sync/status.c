/* SPDX-License-Identifier: MIT
 * What others are told about the engine.
 */
#include "sync/status.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/incomplete.h"
#include "sync/members/recovery.h"
#include "sync/members/roll.h"
#include "sync/saved.h"

/* is_stuck: behind a round that went well: something did not, and is tried again. */
static bool is_stuck(const struct sync *s, unsigned lacks)
{
	return lacks & SAVED_OF_STORE || !asked_all(s);
}

static enum sync_phase phase_of(const struct sync *s, err_t e, unsigned lacks)
{
	if (s->removed.is)
		return SYNC_STOPPED_REMOVED;
	if (s->here.refused)
		return SYNC_OFFLINE;
	switch (e) {
	case ERR_OK:
	case ERR_BUSY:
	case ERR_CANCELED:
		return is_stuck(s, lacks) ? SYNC_STUCK : SYNC_IDLE;
	case ERR_FORK:
		return s->st.stopped ? SYNC_STOPPED_FORK : SYNC_STUCK;
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
		return SYNC_STUCK;
	}
}

static const char *words_of(const struct sync *s, err_t e)
{
	if (s->removed.is && (!e || e == ERR_FORK))
		return s->removed.text;
	if (e && s->here.refused)
		return s->here.why;
	switch (e) {
	case ERR_FORK:
		return s->st.stopped ? s->st.text : sync_alarm_text(s);
	case ERR_STOREFULL:
		return "the cloud is full: nothing can be uploaded until there is room again";
	case ERR_DENIED:
		return "the cloud refuses user or keys";
	case ERR_BUSY:
		return "so much is being changed here that the rest waits; trying again";
	case ERR_OK:
		return sync_alarm_text(s);
	case ERR_DAMAGED: /* what it was is in the alarm; of a local disk there is none */
	case ERR_LIMIT:
		return sync_alarm_text(s)[0] ? sync_alarm_text(s) : err_text(e);
	default:
		return err_text(e);
	}
}

/* is_counted: an open stream whose device has none before it. */
static bool is_counted(const struct sync *s, size_t at)
{
	const struct stream *list = s->streams.list;
	for (size_t i = 0; i < at; i++)
		if (!list[i].closed && id_eq(list[i].device, list[at].device))
			return false;
	return !list[at].closed;
}

static uint64_t devices(const struct sync *s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s->streams.n; i++)
		n += is_counted(s, i);
	return n;
}

/* commits_known: those that are applied: no list of them is kept. */
static uint64_t commits_known(const struct sync *s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s->streams.n; i++)
		n += s->streams.list[i].applied.n;
	return n;
}

void sync_mirror(struct sync *s, err_t e)
{
	const struct saved_question now = { 0 };
	struct saved_known known = { .lacks = saved_lacks(s, &now) };
	queue_waiting(&s->queue, &known.objects, &known.bytes);
	if (roll_make(s))
		log_warn(AREA_SYNC, "no memory: the list of devices is as it was");
	recovery_mirror(s);
	guard(&s->lock);
	s->saved = known;
	s->status.phase = phase_of(s, s->st.stopped ? ERR_FORK : e, known.lacks);
	s->status.commits = s->st.n;
	s->status.devices = devices(s);
	s->status.checkpoints = s->checkpoint.announced;
	s->status.last_error = e;
	snprintf(s->status.last_text, sizeof(s->status.last_text), "%s", words_of(s, s->st.stopped ? ERR_FORK : e));
	s->shown.commits = commits_known(s);
	s->shown.streams = s->streams.n;
	if (!known.objects)
		s->shown.queue_since = 0;
	else if (!s->shown.queue_since)
		s->shown.queue_since = s->c.clock.mono(s->c.clock.ctx);
}

/* starts_in: lock held. Nobody knows while the store does not take anything, or a commit is being made. Where something
 * else is stuck, the rest goes on. */
static int64_t starts_in(const struct sync *s)
{
	enum sync_phase p = s->status.phase;
	bool stands = p == SYNC_STUCK && s->status.last_error;
	if (!s->life.due || (p != SYNC_IDLE && p != SYNC_PULLING && p != SYNC_STUCK) || stands)
		return -1;
	return MAX(s->life.due - s->c.clock.mono(s->c.clock.ctx), INT64_C(0));
}

void sync_status(struct sync *s, struct sync_status *ret)
{
	bool dirty = sync_dirty(s);
	guard(&s->lock);
	*ret = s->status;
	ret->starts_in = dirty ? starts_in(s) : -1;
}

static void copy_text(void *ctx, const struct alarm *one)
{
	struct sync_debug *ret = ctx;
	if (ret->alarms < SYNC_ALARMS_MAX)
		snprintf(ret->alarm[ret->alarms++], sizeof(ret->alarm[0]), "%s", one->text);
}

struct open_alarms {
	struct alarm *list;
	size_t n;
};

static void copy_open(void *ctx, const struct alarm *one)
{
	struct open_alarms *open = ctx;
	if (one->about.kind != ALARM_OVER && open->n < SYNC_ALARMS_MAX)
		open->list[open->n++] = *one;
}

size_t sync_alarms(struct sync *s, struct alarm ret[SYNC_ALARMS_MAX])
{
	struct open_alarms open = { ret, 0 };
	guard(&s->lock);
	if (s->status.phase == SYNC_STOPPED_FORK) {
		ret[open.n] = (struct alarm){ .about.kind = ALARM_HISTORY };
		snprintf(ret[open.n++].text, sizeof(ret->text), "%.*s", STATE_TEXT, s->status.last_text);
	}
	if (s->incomplete.is) {
		const enum alarm_kind kind = s->incomplete.waits ? ALARM_BUILDS_ON_LOST : ALARM_INCOMPLETE;
		ret[open.n] = (struct alarm){ .about = { kind, s->incomplete.stream, s->incomplete.object, ID_ZERO },
			                      .since = s->incomplete.since };
		snprintf(ret[open.n++].text, sizeof(ret->text), "%s", incomplete_words(&s->incomplete));
	}
	alarms_each(&s->alarms, copy_open, &open);
	return open.n;
}

void sync_debug(struct sync *s, struct sync_debug *ret)
{
	int64_t now = s->c.clock.mono(s->c.clock.ctx);
	*ret = (struct sync_debug){ .in_flight = s->puts };
	guard(&s->lock);
	ret->commits = s->shown.commits;
	ret->streams = s->shown.streams;
	ret->round_age = s->shown.round_since ? now - s->shown.round_since : 0;
	ret->queue_age = s->shown.queue_since ? now - s->shown.queue_since : 0;
	ret->waiters = s->waiters.wanted > s->waiters.served;
	alarms_each(&s->alarms, copy_text, ret);
}
