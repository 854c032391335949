/* SPDX-License-Identifier: MIT
 * Own commits that the cloud lost.
 */
#include "sync/publish/repair.h"

#include "sync/core/alarm_object.h"
#include "sync/core/looks.h"
#include "sync/core/suspect.h"
#include "sync/core/sync_struct.h"
#include "util/vec.h"
#include "vault/objects/frame.h"

#define REPAIR_MAX 16 /* newest objects of own commits looked at when the engine starts: each is fetched whole */

/* --- what the cloud lost --- */
static err_t repair_one(struct sync *s, const struct item *it)
{
	cleanup(buf_free) struct buf ours = BUF_INIT, theirs = BUF_INIT;
	struct rkey key = queue_key(QUEUE_RETAINED, it->sequence, it->name);
	err_t e = map_get(s->c.map, MAP_QUEUE, rkey_span(&key), &ours);
	if (e)
		return e;
	e = store_get_sync(s->c.store, it->name, 0, 0, OBJECT_MAX, &theirs);
	if (!e && span_cmp(buf_span(&ours), buf_span(&theirs)) == 0)
		return ERR_OK;
	if (asked_alone(e)) { /* it may be there */
		s->own.unasked = e;
		return ERR_OK;
	}
	if (e && e != ERR_NOTFOUND && !sync_unproved(e))
		return e;
	s->own.repair = store_put_sync(s->c.store, it->name, buf_span(&ours));
	s->own.refused = s->own.repair ? it->sequence : 0;
	sync_suspect(s);
	if (!s->own.repair)
		sync_alarm(s, &(struct alarm_about){ ALARM_OVER, alarm_own(s), alarm_object(it->name), ID_ZERO },
		           "the cloud had lost or damaged an own commit (%s): stored again", it->name);
	return ERR_OK;
}

static void name_refusal(struct sync *s)
{
	struct transient_key k = transient_key(TRANSIENT_REPAIR, ID_ZERO, 0);
	const struct item *it = queue_find(&s->queue, s->own.refused);
	const struct alarm_about about = { ALARM_OWN_COMMIT_LOST, alarm_own(s), it ? alarm_object(it->name) : ID_ZERO,
		                           ID_ZERO };
	if (!s->own.repair)
		alarm_clear(s, &k);
	else
		alarm_transient(s, &k, &about,
		                "the cloud lost or damaged an own commit, and does not take it again (%s)",
		                err_text(s->own.repair));
}

/* repair_known: the one that the store did not take, which may be older than those that are looked at. What is not kept
 * any more, newcomers get in another way. */
static err_t repair_known(struct sync *s)
{
	const struct item *it = queue_find(&s->queue, s->own.refused);
	s->own.repair = ERR_OK;
	err_t e = it && it->kind == QUEUE_RETAINED ? repair_one(s, it) : ERR_OK;
	if (!e && !s->own.repair && !s->own.unasked)
		s->own.refused = 0;
	return e;
}

err_t upload_repair(struct sync *s)
{
	const err_t was = s->own.repair;
	unsigned looked = 0;
	err_t e = repair_known(s);
	for (size_t i = s->queue.n; !e && !s->own.repair && i > 0 && looked < REPAIR_MAX && !sync_stopping(s); i--) {
		if (s->queue.items[i - 1].kind != QUEUE_RETAINED)
			continue;
		looked++;
		e = repair_one(s, &s->queue.items[i - 1]);
	}
	if (e && !s->own.repair) /* not all was looked at */
		s->own.repair = was;
	if (!e)
		name_refusal(s);
	return e;
}

/* -- all that are kept ------------------------------------------------------------------------------------------- */

#define KEPT_TURN ((size_t)64) /* objects in one turn */
#define KEPT_PERIOD (600 * NS_PER_S)
#define KEPT_AGE_S (7 * 24 * INT64_C(3600))
#define KEPT_ASKED_S INT64_C(60)

struct kept_turn {
	struct look *looks;
	size_t *at; /* of each its place in the queue */
	size_t n, cap, at_cap;
};

static void kept_turn_free(struct kept_turn *t)
{
	free(t->looks);
	free(t->at);
}

static bool kept_due(const struct sync *s, const struct item *it, bool asked, int64_t now)
{
	const int64_t age = asked ? s->c.audit.asked_s : s->c.audit.age_s, usual = asked ? KEPT_ASKED_S : KEPT_AGE_S;
	if (it->kind != QUEUE_RETAINED)
		return false;
	return !it->looked || it->looked > now || it->looked < s->contents.suspect ||
	       now - it->looked >= (age ? age : usual);
}

static err_t kept_list(struct sync *s, struct kept_turn *t, bool asked, int64_t now)
{
	const size_t most = s->c.audit.objects ? s->c.audit.objects : KEPT_TURN;
	for (size_t i = s->queue.n; i-- > 0 && t->n < most;) {
		const struct item *it = &s->queue.items[i];
		if (!kept_due(s, it, asked, now))
			continue;
		if (!vec_room(t->looks, t->n, 1, &t->cap) || !vec_room(t->at, t->n, 1, &t->at_cap))
			return ERR_NOMEM;
		t->looks[t->n] = (struct look){ .at = it->size ? it->size - 1 : 0 };
		snprintf(t->looks[t->n].name, sizeof(t->looks[t->n].name), "%s", it->name);
		t->at[t->n++] = i;
	}
	return ERR_OK;
}

static bool turn_due(const struct sync *s, bool asked, int64_t mono)
{
	const int64_t usual = s->c.audit.asked_s ? s->c.audit.asked_s : KEPT_ASKED_S;
	if (!s->own.kept_time || s->contents.suspect || s->own.unasked)
		return true;
	if (!asked)
		return mono - s->own.kept_time >= KEPT_PERIOD;
	return !s->own.kept_asked || mono - s->own.kept_asked >= usual * NS_PER_S;
}

err_t repair_turn(struct sync *s, bool asked)
{
	cleanup(kept_turn_free) struct kept_turn t = { 0 };
	const int64_t mono = s->c.clock.mono(s->c.clock.ctx), now = s->c.clock.wall(s->c.clock.ctx) / NS_PER_S;
	if (!turn_due(s, asked, mono) || !s->own_checked || s->own.repair)
		return ERR_OK;
	s->own.unasked = ERR_OK;
	err_t e = kept_list(s, &t, asked, now);
	if (!e)
		e = looks_run(s->c.store, t.looks, t.n);
	for (size_t i = 0; !e && !s->own.repair && i < t.n && !sync_stopping(s); i++) {
		struct item *it = &s->queue.items[t.at[i]];
		const err_t is = t.looks[i].result;
		if (!look_is_answer(is))
			s->own.unasked = is;
		else if (is)
			e = repair_one(s, it);
		if (!e && look_is_answer(is) && !s->own.repair && !s->own.unasked)
			it->looked = now;
	}
	if (e)
		return e;
	s->own.kept_time = mono;
	if (asked)
		s->own.kept_asked = mono;
	name_refusal(s);
	return ERR_OK;
}
