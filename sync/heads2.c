/* SPDX-License-Identifier: MIT */
#include "sync/heads2.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/digest.h"
#include "sync/members/mailbox.h"
#include "sync/members/unknown.h"
#include "sync/pull/head_read2.h"
#include "sync/pull/pull2.h"
#include "util/vec.h"

static int order(const void *a, const void *b)
{
	return position_cmp(*(const struct position *)a, *(const struct position *)b);
}

/* positions_of: what the head says it has applied. */
static err_t positions_of(const struct applied *a, struct vv *ret)
{
	cleanup(vv_free) struct vv vv = { 0 };
	if (!vec_room(vv.v, vv.n, a->n + 1, &vv.cap))
		return ERR_NOMEM;
	for (; vv.n < a->n; vv.n++)
		vv.v[vv.n] = (struct position){ applied_stream(a->v[vv.n].stream), a->v[vv.n].n, a->v[vv.n].hash };
	if (vv.n)
		qsort(vv.v, vv.n, sizeof(*vv.v), order);
	*ret = vv;
	vv = (struct vv){ 0 };
	return ERR_OK;
}

/* claims: what it counts of each stream. */
static void claims(struct sync *s, const struct applied *a)
{
	s->unknown.claimed = MAX(s->unknown.claimed, a->n);
	for (size_t i = 0; i < a->n; i++) {
		struct stream *st = streams_number(s, applied_stream(a->v[i].stream));
		if (st && hash_eq(st->hash, a->v[i].stream)) {
			st->claimed = MAX(st->claimed, a->v[i].n);
			continue;
		}
		s->unknown.now++;
		s->unknown.last = id_from(a->v[i].stream.b);
	}
}

static err_t one_head(struct sync *s, size_t at)
{
	cleanup(head_got_free) struct head_got g = { 0 };
	cleanup(vv_free) struct vv applied = { 0 };
	struct stream *st = &s->streams.list[at];
	bool older = false;
	err_t e = head_read2(s, st, &g);
	if (e)
		return e == ERR_NOTFOUND || e == ERR_DAMAGED ? ERR_OK : e;
	e = head_note2(s, st, &g.h, &older);
	if (e || older)
		return e;
	claims(s, &g.h.applied);
	e = positions_of(&g.h.applied, &applied);
	return e ? e : digest_said(s, st->id, &applied, g.h.digest);
}

static err_t read_all(struct sync *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		if (!st->closed && !id_eq(st->id, s->c.stream))
			e = sync_stopping(s) ? ERR_CANCELED : one_head(s, i);
	}
	if (!e)
		s->heads.read = s->c.clock.mono(s->c.clock.ctx);
	return e;
}

/* ahead: some device has applied commits of this stream that no pull has found. */
static bool ahead(const struct sync *s, const struct stream *st)
{
	return !st->closed && !id_eq(st->id, s->c.stream) && st->claimed > st->seen.n;
}

static void name_missing(struct sync *s, struct stream *st)
{
	char id[ID_TEXT];
	if (st->lost == st->seen.n + 1)
		return;
	id_hex(st->id, id);
	struct transient_key k = transient_key(TRANSIENT_LACKS, st->id, st->seen.n + 1);
	alarm_transient(s, &k,
	                "of stream %.8s the commits %llu to %llu are lost, damaged or withheld by the store: what is "
	                "shown here is older than the vault",
	                id, (unsigned long long)st->seen.n + 1, (unsigned long long)st->claimed);
	st->lost = st->seen.n + 1;
}

/* name_waiting: commits that are here and stand on one that is not. */
static void name_waiting(struct sync *s)
{
	for (const struct arrival *a = s->deliver->room.first; a; a = a->next) {
		struct stream *st = streams_number(s, a->lacks.stream);
		if (st && a->lacks.n > st->claimed)
			st->claimed = a->lacks.n;
		if (!st)
			s->unknown.now++;
	}
}

err_t heads2_check(struct sync *s, bool *ret_news)
{
	bool missing = false;
	err_t e = read_all(s);
	if (e)
		return e;
	name_waiting(s);
	for (size_t i = 0; i < s->streams.n; i++)
		missing |= ahead(s, &s->streams.list[i]);
	bool sweep = member_sweep_due(s);
	if (!missing && !sweep)
		return ERR_OK;
	/* A head is PUT after the commits and statements it stands on: a pull that begins now must find them. */
	e = sweep ? member_mailbox(s) : ERR_OK;
	if (!e)
		e = pull2_run(s, ret_news);
	for (size_t i = 0; !e && i < s->streams.n; i++)
		if (ahead(s, &s->streams.list[i]))
			name_missing(s, &s->streams.list[i]);
	if (!e && sweep)
		member_unproved(s);
	return e;
}
