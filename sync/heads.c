/* SPDX-License-Identifier: MIT */
#include "sync/heads.h"

#include "sync/core/alarm_object.h"
#include "sync/core/given.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/digest.h"
#include "sync/incomplete.h"
#include "sync/members/guided.h"
#include "sync/members/mailbox.h"
#include "sync/members/unknown.h"
#include "sync/pull/head_read.h"
#include "sync/pull/pull.h"
#include "sync/pull/stranger.h"
#include "util/vec.h"

/* positions_of: what the head says it has applied. */
static err_t positions_of(const struct applied *a, struct vv *ret)
{
	cleanup(vv_free) struct vv vv = { 0 };
	if (!vec_room(vv.v, vv.n, a->n + 1, &vv.cap))
		return ERR_NOMEM;
	for (; vv.n < a->n; vv.n++)
		vv.v[vv.n] = (struct position){ applied_stream(a->v[vv.n].stream), a->v[vv.n].n, a->v[vv.n].hash };
	vv_sort(&vv);
	*ret = vv;
	vv = (struct vv){ 0 };
	return ERR_OK;
}

/* claim: a device has applied that commit of a stream. */
static void claim(struct stream *st, struct position p, struct id device)
{
	if (p.n <= st->claimed)
		return;
	st->claimed = p.n;
	st->claim = p.hash;
	st->claimant = device;
}

/* claims: what it counts of each stream. */
static err_t claims(struct sync *s, const struct applied *a, struct id device)
{
	bool any = false;
	for (size_t i = 0; i < a->n; i++) {
		struct stream *st = streams_number(s, applied_stream(a->v[i].stream));
		if (st && hash_eq(st->hash, a->v[i].stream))
			claim(st, (struct position){ st->number, a->v[i].n, a->v[i].hash }, device);
	}
	return stranger_heard(s, a, &any);
}

/* name_gone: a head that was there before. */
static void name_gone(struct sync *s, const struct stream *st, bool gone)
{
	char id[ID_TEXT];
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 1);
	id_hex(st->device, id);
	if (!gone || !st->head_counter) {
		alarm_clear(s, &k);
		return;
	}
	const struct alarm_about about = { ALARM_HEAD_MISSING, st->number, alarm_head(s, st, 0), ID_ZERO };
	alarm_transient(s, &k, &about, "the head of device %.8s is lost or withheld by the cloud", id);
}

/* is_end: what we have of it ends there, as it mostly does. */
static bool is_end(const struct stream *st, struct position p)
{
	return p.n == st->applied.n && id_eq(p.hash, id_from(st->applied.hash.b));
}

#define BESIDE_MOST 16 /* of one head: who signs it can name any; what is found is asked for no more */

/* beside: what it has applied beside what we have of a stream: another branch, which no turn of that stream brings, and
 * nothing that comes may stand on. */
static err_t beside(struct sync *s, const struct vv *applied, bool *ret_news)
{
	unsigned left = BESIDE_MOST;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && left && i < applied->n; i++) {
		const struct stream *st = streams_number(s, applied->v[i].stream);
		bool here = false;
		if (!st || applied->v[i].n > st->seen.n || is_end(st, applied->v[i]))
			continue;
		e = deliver_knows(s, applied->v[i], &here);
		left -= !here;
		if (!e && !here)
			e = pull_one(s, applied->v[i], ret_news);
	}
	return e;
}

static err_t one_head(struct sync *s, size_t at, bool *ret_news)
{
	cleanup(head_got_free) struct head_got g = { 0 };
	cleanup(vv_free) struct vv applied = { 0 };
	struct stream *st = &s->streams.list[at];
	bool older = false;
	err_t e = head_read(s, st, &g);
	name_gone(s, st, e == ERR_NOTFOUND);
	if (e == ERR_NOTFOUND || e == ERR_DAMAGED) {
		s->heads.unseen |= st->head_counter > 0;
		return ERR_OK;
	}
	if (!e)
		e = head_note(s, st, &g.h, &older);
	s->heads.unseen |= older;
	if (e || older)
		return e;
	e = claims(s, &g.h.applied, st->device);
	if (!e)
		e = positions_of(&g.h.applied, &applied);
	if (!e)
		e = digest_said(s, st->id, &applied, g.h.digest);
	return e ? e : beside(s, &applied, ret_news);
}

static err_t read_all(struct sync *s, bool *ret_news)
{
	err_t e = ERR_OK;
	s->heads.unseen = false;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		if (!st->closed && !id_eq(st->id, s->stream))
			e = sync_stopping(s) ? ERR_CANCELED : one_head(s, i, ret_news);
	}
	if (!e)
		s->heads.read = s->c.clock.mono(s->c.clock.ctx);
	return e;
}

/* seek: what no stream's turn brought: it may be under its hash. */
static err_t seek(struct sync *s, bool *ret_news)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		if (incomplete_ahead(s, st))
			e = pull_one(s, (struct position){ st->number, st->claimed, st->claim }, ret_news);
	}
	return e;
}

static void name_missing(struct sync *s, struct stream *st)
{
	char id[ID_TEXT], device[ID_TEXT];
	const uint64_t first = MAX(st->seen.n + 1, incomplete_first(s, st));
	if (st->lost == first)
		return;
	id_hex(st->id, id);
	id_hex(st->claimant, device);
	struct transient_key k = transient_key(TRANSIENT_LACKS, st->id, first);
	const struct alarm_about about = { ALARM_COMMITS_MISSING, st->number, alarm_commit(s, st, first, 0), ID_ZERO };
	alarm_transient(s, &k, &about,
	                "of stream %.8s the commits %llu to %llu, which device %.8s says it has, are lost, damaged or "
	                "withheld by the cloud",
	                id, (unsigned long long)first, (unsigned long long)st->claimed, device);
	st->lost = first;
}

/* name_waiting: commits that are here and stand on one that is not. */
static void name_waiting(struct sync *s)
{
	for (const struct arrival *a = s->deliver->room.first; a; a = a->next) {
		struct stream *st = streams_number(s, a->lacks.stream);
		const struct stream *by = streams_number(s, a->at.stream);
		if (st && by)
			claim(st, a->lacks, by->device);
		if (!st && !givens_cover(&s->givens, a->lacks))
			s->unknown.now++;
	}
}

err_t heads_check(struct sync *s, bool *ret_news)
{
	bool missing = false;
	err_t e = read_all(s, ret_news);
	if (e)
		return e;
	name_waiting(s);
	for (size_t i = 0; i < s->streams.n; i++)
		missing |= incomplete_ahead(s, &s->streams.list[i]);
	bool sweep = member_sweep_due(s);
	if (!missing && !sweep)
		return incomplete_look(s);
	/* A head is PUT after the commits and statements it stands on: a pull that begins now must find them. */
	e = sweep ? member_mailbox(s) : ERR_OK;
	if (!e && sweep)
		e = guided_read(s);
	if (!e && sweep)
		e = stranger_look(s);
	if (!e)
		e = pull_run(s, ret_news);
	if (!e)
		e = seek(s, ret_news);
	for (size_t i = 0; !e && i < s->streams.n; i++)
		if (incomplete_first(s, &s->streams.list[i]) && !incomplete_own_met(s, &s->streams.list[i]))
			name_missing(s, &s->streams.list[i]);
	if (!e && sweep)
		member_unproved(s);
	return e ? e : incomplete_look(s);
}
