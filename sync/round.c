/* SPDX-License-Identifier: MIT
 * One round of the engine. The order is the protocol: docs/sync.md. States of what we say, invariants and locks:
 * core/state_form.h.
 *
 * Terms
 *   news         commits of other devices, verified
 *   queued       sealed objects that the store has not confirmed; a commit comes after all that it names
 *   swept        all places of the mailbox and all that we stand on were looked at since somebody asked
 *   stopped      publishing has ended for good: the store shows what its signed history excludes (persisted)
 *
 *   round_finish    what is closed: pack, commit, publish   first, whatever the store is like: then nothing of ours
 *       |                                                    is on its way, and what is of others may be applied
 *       v
 *   round_pull      own stream, mailbox, news, audit, heads and header when due, and before a close
 *       |
 *       v
 *   upload_run       what an earlier round left              before a close
 *       |
 *   round_close     close, and finish again                 something is in the open set, and has rested
 *       |
 *       v
 *   upload_run       the queue, up to its end                always, once own_checked
 *       |
 *       v
 *   make_run        checkpoint, and upload                  when due
 *       |
 *       v
 *   head_write      our head                                when due, and nothing is queued
 *
 * Invariants, beside those of state_form.h
 *   1. Nothing is closed while the store does not answer, or what is queued cannot leave: changes go on collecting in
 *      the open set, and what is made and removed meanwhile takes no room. But for a set that would not fit in a commit
 *      if it grew for much longer (docs/format.md, "Refused"): that one is closed, and its commit waits in the queue,
 *      once 5 allows it. An upload leaves off for that. Of one that grew too large all the same a part is published,
 *      and the rest is open again (vault/changeset/turn_back.h).
 *   2. Nothing is sent before the store was found to hold nothing of our stream that we did not write (own_checked),
 *      and nothing is closed when a commit of it was met that we did not make (own.met).
 *   3. What is queued was decided earlier: it is sent whatever the pull met.
 *   4. Our head says only what the store has confirmed.
 *   5. What was closed before the opening is not built before that was found: a state that was restored would sign its
 *      number twice.
 *   6. A stopped engine changes nothing, here and on the store. No round leads back.
 *   7. What the store lost of ours and does not take again hinders no part of a round; the round ends with that.
 *   8. Nobody who waits is told that all is on the store while saved.h knows of a lack.
 *   9. Nothing is PUT before the store's place was seen to be this vault's (members/vault_here.h).
 *  10. A device that was removed closes and PUTs nothing: what it says counts for nobody. It goes on reading:
 *      that may end (members/removed.h).
 *  11. Once it is known that an epoch has to begin (members/begun.h), that is done before anything else is built,
 *      whatever the store is like; and no head and no checkpoint is written under one that does not cover.
 */
#include "sync/round.h"

#include "sync/checkpoint/make.h"
#include "sync/checkpoint/prune.h"
#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/heads.h"
#include "sync/members/answer.h"
#include "sync/members/begun.h"
#include "sync/members/guided.h"
#include "sync/members/header_keep.h"
#include "sync/members/incarnation.h"
#include "sync/members/invite_turn.h"
#include "sync/members/letter.h"
#include "sync/members/letter_own.h"
#include "sync/members/recovery.h"
#include "sync/members/roots.h"
#include "sync/members/vault_here.h"
#include "sync/members/vouch.h"
#include "sync/news.h"
#include "sync/pull/copies.h"
#include "sync/publish/audit.h"
#include "sync/publish/close.h"
#include "sync/publish/contents.h"
#include "sync/publish/head_write.h"
#include "sync/publish/own.h"
#include "sync/publish/publish.h"
#include "sync/publish/repair.h"
#include "sync/publish/retained.h"
#include "sync/publish/upload.h"
#include "sync/saved.h"
#include "sync/saved_kept.h"

#define HEADS_PERIOD (60 * NS_PER_S)

static int64_t now(const struct sync *s)
{
	return s->c.clock.mono(s->c.clock.ctx);
}

/* round_audit: of what was found to be lost, all is given back, or said in this round. */
static err_t round_audit(struct sync *s)
{
	err_t e = letter_mend(s);
	if (!e)
		e = audit_run(s);
	s->mailbox.looked = e != ERR_OK;
	return e;
}

/* round_header: 9, where it is not as it was. */
static err_t round_header(struct sync *s)
{
	err_t e = header_keep(s);
	return e || vault_here_known(s) ? e : vault_here_check(s, false);
}

/* pull_all: the parts of it, in order. */
static err_t pull_all(struct sync *s, struct round *r)
{
	err_t e = news_run(s, &r->news);
	if (e || s->removed.is) /* 10 */
		return e;
	e = letter_own_keep(s);
	if (!e)
		e = answer_keep(s);
	if (!e)
		e = guided_keep(s);
	if (!e)
		e = copies_put(s);
	if (!e)
		e = roots_keep(s);
	bool due = r->heads || r->news || !s->heads.read || now(s) - s->heads.read >= HEADS_PERIOD;
	if (!e && due)
		e = heads_check(s, &r->news);
	if (!e && (due || r->force))
		e = round_header(s);
	if (!e && s->own.met) { /* so this state goes on as a new stream, and the former one is like any other */
		bool before = r->news;
		e = news_run(s, &r->news);
		r->news |= before;
	}
	if (!e && s->mailbox.looked)
		e = round_audit(s);
	else if (!e && s->checkpoint.unsaid)
		e = audit_run(s);
	if (!e)
		e = repair_turn(s, r->force);
	if (!e) /* behind all that brings new ones */
		e = contents_run(s, r->force);
	return e;
}

static err_t round_pull(struct sync *s, struct round *r)
{
	sync_phase_set(s, SYNC_PULLING);
	asked_begin(s);
	err_t e = asked_end(s, pull_all(s, r));
	r->pulled = !e;
	if (!e)
		saved_looked(s);
	return e;
}

static err_t round_finish(struct sync *s)
{
	if (sync_closed(s))
		sync_phase_set(s, SYNC_PUBLISHING);
	return publish_finish(s);
}

/* round_removed: 10. What was closed is finished first, as ever, and stays in the queue. */
static err_t round_removed(struct sync *s, struct round *r)
{
	bool may = !sync_closed(s) || s->own_checked; /* 5 */
	err_t e = may ? round_finish(s) : ERR_OK;
	if (e || !may || !r->pull)
		return e;
	sync_phase_set(s, SYNC_PULLING);
	asked_begin(s);
	e = asked_end(s, news_read(s, &r->news));
	r->pulled = !e;
	return e;
}

/* round_close: into as many commits as it takes. */
static err_t round_close(struct sync *s)
{
	sync_phase_set(s, SYNC_PUBLISHING);
	err_t e = begun_say(s, false);
	if (!e && sync_dirty(s) && close_may(s))
		e = vouch_say(s);
	while (!e) {
		s->turned_back = false;
		if (close_may(s))
			e = close_run(s);
		if (!e && sync_closed(s))
			e = publish_finish(s);
		if (!s->turned_back || sync_stopping(s))
			break;
	}
	s->begun->hurry &= e && e != ERR_NOTFOUND;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* round_epoch: the header has the start once its record is published: who joins now reads it there. */
static err_t round_epoch(struct sync *s)
{
	bool unsaid = true;
	err_t e = s->begun->header ? begun_unsaid(s, &unsaid) : ERR_OK;
	if (!e && !unsaid)
		e = round_header(s);
	s->begun->header &= e || unsaid;
	return e;
}

/* round_checkpoint: of what is published now; who waits for a commit should not wait for one that is not overdue. */
static err_t round_checkpoint(struct sync *s, const struct round *r)
{
	bool unsaid = false;
	uint32_t due = 0;
	err_t e = begun_due(s, &due); /* 11: it may have failed to begin, or not be allowed to */
	if (!e && !due)
		e = begun_unsaid(s, &unsaid); /* who joins by it needs the roots in it */
	if (e || due || unsaid)
		return e;
	if (!s->at.changeset || sync_closed(s) || sync_stopping(s) || !make_due(s, r->force && !r->heads ? 2 : 1))
		return ERR_OK;
	e = make_run(s);
	return e ? e : upload_run(s);
}

/* round_lacked: what the header is to have is uploaded. A store that refuses that one object hinders nothing else. */
static err_t round_lacked(struct sync *s)
{
	err_t e = header_keep(s);
	if (!e)
		s->header.due = 0;
	return asked_alone(e) ? ERR_OK : e;
}

static err_t round_after(struct sync *s, const struct round *r)
{
	uint64_t objects, bytes;
	err_t e = invite_turn(s); /* somebody waits for it */
	if (!e)
		e = round_epoch(s);
	if (!e)
		e = round_checkpoint(s, r);
	queue_waiting(&s->queue, &objects, &bytes);
	if (!e && s->header.due && s->st.confirmed >= s->header.due)
		e = round_lacked(s);
	if (e || !s->heads.due || objects)
		return e;
	bool due = r->heads || s->heads.missed || !s->heads.written || now(s) - s->heads.written >= HEAD_PERIOD;
	e = due ? head_write(s) : ERR_OK;
	if (!e && due && checkpoint_prune(s))
		log_warn(AREA_SYNC, "an old checkpoint could not be deleted from the store; tried again later");
	return e || !due ? e : retained_forget(s);
}

/* round_begin: 11, for what the pull has shown. */
static err_t round_begin(struct sync *s)
{
	uint32_t due = 0;
	err_t e = s->own_checked ? begun_due(s, &due) : ERR_OK;
	return e || !due ? e : round_finish(s);
}

/* round_publish: a close comes behind a look at the store, and an empty queue. */
static err_t round_publish(struct sync *s)
{
	err_t e = upload_run(s); /* 1 */
	return e ? e : round_close(s);
}

/* round_answer: 8. */
static err_t round_answer(struct sync *s, struct round *r, const struct saved_question *asked)
{
	if (r->force && s->at.changeset)
		r->answer = saved_error(s, saved_lacks(s, asked));
	return r->answer == ERR_BUSY ? ERR_BUSY : ERR_OK;
}

/* round_asked: somebody waits: what was put off is tried now. */
static void round_asked(struct sync *s)
{
	map_gather(s->c.map); /* what is buffered above shows as dirty */
	room_again(&s->deliver->room);
	s->mailbox.swept = false;
	s->mailbox.own_next = 0;
	guided_asked(s);
}

/* round_say: before it is seen what there is to publish. Not by a state that may be an older one: its next number may
 * be taken. */
static void round_say(struct sync *s)
{
	err_t e = s->own_checked && !s->removed.is ? recovery_say_due(s) : ERR_OK;
	if (e)
		log_warn(AREA_SYNC, "a replaced recovery key could not be confirmed (%s); tried again later",
		         err_text(e));
	e = vouch_say_late(s);
	if (e)
		log_warn(AREA_SYNC, "whom the recovery key let in could not be let in as well (%s); tried again later",
		         err_text(e));
}

err_t round_run(struct sync *s, struct round *r)
{
	if (s->st.stopped)
		return ERR_FORK;
	round_say(s);
	if (r->force)
		round_asked(s);
	const struct saved_question asked = saved_ask(s);
	if (s->removed.is) {
		err_t e = round_removed(s, r);
		if (e || s->removed.is)
			return e ? e : round_answer(s, r, &asked);
	}
	const err_t here = vault_here_check(s, r->force); /* 9 */
	bool publish = r->published = sync_closed(s) || (sync_dirty(s) && r->quiesced) || close_overdue(s);
	err_t e = ERR_OK;
	if (!s->own_checked && sync_closed(s)) /* 5 */
		e = here ? here : own_check(s);
	if (!e)
		e = round_finish(s);
	err_t pulled = e ? e : here;
	if (!pulled && (publish || r->pull || !s->own_checked))
		pulled = round_pull(s, r);
	if (s->st.stopped)
		return ERR_FORK;
	err_t began = e ? ERR_OK : round_begin(s); /* a pull that broke off may have shown it */
	publish = r->published = publish || s->begun->hurry;
	if (s->removed.is)
		return pulled ? pulled : round_answer(s, r, &asked);
	bool finished = !e && !began;
	e = !pulled && publish ? round_publish(s) : ERR_OK;
	if (finished && close_overdue(s)) {
		err_t closed = round_close(s);
		e = e && e != ERR_BUSY ? e : closed;
	}
	if (!e && vault_here_known(s) && s->own_checked)
		e = upload_run(s); /* 2, 3 */
	if (!e && !pulled)
		e = round_after(s, r);
	e = pulled ? pulled : e;
	if (!e)
		e = began ? began : s->own.repair; /* 7 */
	e = e ? e : round_answer(s, r, &asked);
	vault_here_doubt(s, e);
	return e;
}
