/* SPDX-License-Identifier: MIT
 * One round of the engine. The order is the protocol: docs/sync.md. That of a vault of format 2: round2.c.
 *
 * Terms
 *   news         commits of other devices, verified; applied in the same round when their turn has come
 *   dirty        the open changeset of the map holds shared changes
 *   uncommitted  closed changesets that are in no commit yet
 *   queued       sealed objects that the store has not confirmed; a commit comes after all that it names
 *   swept        all places of the mailbox and all that we stand on were looked at since somebody asked
 *   stopped      publishing has ended for good: a lost race, or a fork (persisted)
 *
 * Invariants
 *   1. Nothing new is published before a pull of the same round went well, and before the store was found
 *      to hold nothing of our stream that we did not write (own_checked).
 *   2. What is queued was decided earlier: it is sent whatever the pull met, once the store was found so.
 *   3. Our head says only what the store has confirmed: it is written when nothing is queued.
 *   4. What may be forgotten is decided last, and never while a closed changeset waits for its commit.
 *   5. A stopped engine changes nothing, here and on the store.
 *   6. Nothing is closed while what is queued cannot leave: a store that is full would make it stay on this disk, too,
 *      whatever is removed meanwhile.
 *
 * One round. An error ends it where it is (but for 2), and the next round begins at the top.
 *
 *   round_pull       mailbox, news, audit, heads    when due, and before anything new is published
 *       |
 *       v
 *   upload_run       what an earlier round left     dirty and quiesced; uncommitted; something is due
 *       |
 *   round_publish    finish, close, finish          likewise
 *       |
 *       v
 *   upload_run       the queue, up to its end       always
 *       |
 *       v
 *   round_after      checkpoint                     when due; then pull, publish and upload once more
 *                    our head                       when due, and nothing is queued
 *                    finality                       at times
 *
 *   From the first two to STOPPED, by sync_halt: another history won that ours cannot stay beside, or the
 *   store knows more of our stream than we do. No round leads back.
 */
#include "sync/round.h"

#include "sync/checkpoint/checkpoint.h"
#include "sync/checkpoint/prune.h"
#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/heads.h"
#include "sync/history/finality.h"
#include "sync/history/store_audit.h"
#include "sync/members/join.h"
#include "sync/news.h"
#include "sync/publish/close.h"
#include "sync/publish/head_write.h"
#include "sync/publish/publish.h"
#include "sync/publish/upload.h"
#include "sync/round2.h"
#include "util/invariant.h"

#define HEADS_PERIOD (60 * NS_PER_S)
#define FINALITY_EVERY 16 /* own commits, while one follows the other */

static int64_t now(const struct sync *s)
{
	return s->c.clock.mono(s->c.clock.ctx);
}

bool round_unpublished(struct sync *s)
{
	return sync_closed(s) || sync_dirty(s);
}

/* round_rest: something that is in no closed changeset. */
static bool round_rest(struct sync *s)
{
	return s->st.roster_due || s->st.announce.epoch || map_dirty(s->c.map);
}

static bool publish_due(struct sync *s, const struct round *r)
{
	return s->st.uncommitted || s->st.roster_due || s->st.announce.epoch || (map_dirty(s->c.map) && r->quiesced);
}

static err_t round_pull(struct sync *s, struct round *r)
{
	sync_phase_set(s, SYNC_PULLING);
	bool all = !s->mailbox.swept;
	err_t e = pull_run(s, &r->news);
	if (!e)
		e = join_keep(s, all);
	if (!e && all)
		e = store_audit_run(s);
	if (!e && (r->heads || r->news || !s->heads.read || now(s) - s->heads.read >= HEADS_PERIOD))
		e = head_check(s, &r->news);
	r->pulled = !e;
	return e;
}

static err_t round_publish(struct sync *s)
{
	INVARIANT(s->own_checked && !s->st.stopped); /* 1, 5 */
	sync_phase_set(s, SYNC_PUBLISHING);
	err_t e = publish_finish(s); /* closed earlier, and what was pulled since stands beside it */
	if (!e && round_rest(s))
		e = publish_close(s, false);
	return e ? e : publish_finish(s);
}

/* round_checkpoint: the commit that announces it is an own publication, so a pull comes before it too. */
static err_t round_checkpoint(struct sync *s, struct round *r)
{
	err_t e = checkpoint_make(s);
	if (!e)
		e = upload_run(s);
	if (!e)
		e = round_pull(s, r);
	if (!e)
		e = round_publish(s);
	return e ? e : upload_run(s);
}

/* checkpoint_now: who waits for a commit should not wait for a checkpoint too, while one is not long overdue. */
static bool checkpoint_now(struct sync *s, const struct round *r)
{
	return checkpoint_due(s, r->force && !r->heads ? 2 : 1) && !sync_stopping(s);
}

/* finality_now: it is a transaction or two; while commit follows commit, many share them. */
static bool finality_now(const struct sync *s, const struct round *r)
{
	return !r->published || r->heads || s->st.n >= s->finality_n + FINALITY_EVERY;
}

static err_t round_after(struct sync *s, struct round *r)
{
	uint64_t objects, bytes;
	err_t e = checkpoint_now(s, r) ? round_checkpoint(s, r) : ERR_OK;
	if (!e && checkpoint_prune(s))
		log_warn(AREA_SYNC, "an old checkpoint could not be deleted from the store; tried again later");
	queue_waiting(&s->queue, &objects, &bytes);
	if (!e && s->heads.due && !objects &&
	    (r->heads || !s->heads.written || now(s) - s->heads.written >= HEAD_PERIOD))
		e = head_write(s);
	if (e || s->st.uncommitted || !finality_now(s, r)) /* 4 */
		return e;
	return finality_run(s);
}

static err_t round_stopped(const struct sync *s)
{
	return s->st.stopped == STOPPED_RACE ? ERR_RACE : ERR_FORK;
}

err_t round_run(struct sync *s, struct round *r)
{
	if (s->st.stopped)
		return round_stopped(s);
	if (s->format == VAULT_FORMAT_2)
		return round2_run(s, r);
	err_t e = ERR_OK;
	if (r->force)
		map_gather(s->c.map);  /* what is buffered above shows as dirty */
	s->mailbox.swept &= !r->force; /* who waits for this round is told that all is well: then it must be known */
	bool publish = r->published = publish_due(s, r);
	err_t pulled = publish || r->pull || !s->own_checked ? round_pull(s, r) : ERR_OK;
	if (s->st.stopped)
		return round_stopped(s);
	if (!pulled && (publish || s->st.uncommitted))
		e = upload_run(s); /* 6 */
	if (!e && !pulled && (publish || s->st.uncommitted))
		e = round_publish(s);
	/* What is queued was decided earlier: it goes on whatever the pull met. */
	if (!e && s->own_checked)
		e = upload_run(s);
	if (!e && !pulled)
		e = round_after(s, r);
	return pulled ? pulled : e;
}
