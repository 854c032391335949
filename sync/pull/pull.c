/* SPDX-License-Identifier: MIT */
#include "sync/pull/pull.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/members/roots.h"
#include "sync/members/statements.h"
#include "sync/pull/commit_get.h"
#include "util/trace.h"
#include "util/vec.h"
#include "vault/objects/pack.h"

#define PULL_ROUND 512 /* commits of one stream before the next stream's turn */

struct turn { /* once through all streams */
	struct sync *s;
	bool applied, more;
};

/* listen: what a commit's statements say holds wherever they are seen: also of one that waits, or is refused. */
static err_t listen(struct sync *s, const struct pulled *p)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < p->n; i++)
		e = pack_read(p->parts[i].c.pack, statements_visit, s);
	return e ? e : statements_make(s);
}

/* arrived: takes `p`. *ret_full: it wants room; its stream waits for its turn. */
static err_t arrived(struct turn *t, struct pulled *p, bool *ret_full)
{
	struct position at = p->arrival.at;
	bool known = false;
	enum ready what = READY_NEVER;
	err_t e = deliver_knows(t->s, at, &known);
	if (e || known) {
		pulled_free(p);
		return e;
	}
	TRACE(commit_found, at.stream, at.n, p->stored);
	e = deliver_arrived(t->s, p, &what, &t->applied);
	*ret_full = what == READY_FULL;
	return e;
}

/* next_one: commit n + 1 of a stream. ERR_NOTFOUND: none, or none that can be used now. Of a stream that is cut nothing
 * is taken in turn: of two branches one leads to the cut. That is asked for, and so what leads to it, and what stands
 * on others (causes). */
static err_t next_one(struct turn *t, size_t at)
{
	struct stream *st = &t->s->streams.list[at];
	struct pulled *p = NULL;
	uint64_t n = st->seen.n + 1;
	bool full = false;
	if (st->closed || room_turned(&t->s->deliver->room, st->number, n, NULL))
		return ERR_NOTFOUND;
	err_t e = commit_get(t->s, st, n, &p);
	if (e)
		return e == ERR_DAMAGED ? ERR_NOTFOUND : e;
	struct hash hash = p->hash;
	e = listen(t->s, p);
	if (e || t->s->streams.list[at].closed) {
		pulled_free(p);
		return e ? e : ERR_NOTFOUND;
	}
	e = arrived(t, p, &full);
	if (!e && full)
		return ERR_NOTFOUND;
	if (!e) {
		st = &t->s->streams.list[at];
		st->seen.n = n;
		st->seen.hash = hash;
	}
	return e;
}

static err_t one_stream(struct turn *t, size_t at)
{
	err_t e = ERR_OK;
	for (unsigned i = 0; !e && i < PULL_ROUND; i++)
		e = sync_stopping(t->s) ? ERR_CANCELED : next_one(t, at);
	t->more |= !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* -- what is waited for and is not the next of its stream: another branch, or behind a cut --------------------------
 */

/* wanted: what the commits that wait lack, and no stream's turn brings: what is ahead of a stream only once all turns
 * are over. */
static bool wanted(const struct turn *t, struct position p)
{
	const struct stream *st = p.n ? streams_number(t->s, p.stream) : NULL;
	return st && (p.n <= st->seen.n || st->closed || !t->more);
}

/* list_wanted: what several wait for several times. */
static err_t list_wanted(const struct turn *t, struct vv *list)
{
	const struct room *room = &t->s->deliver->room;
	if (!vec_room(list->v, list->n, room->n + 1, &list->cap))
		return ERR_NOMEM;
	for (const struct arrival *a = room->first; a; a = a->next)
		if (wanted(t, a->lacks))
			list->v[list->n++] = a->lacks;
	vv_sort(list);
	return ERR_OK;
}

/* cause: one of them; it may be here by now, or wait itself. One of our own stream is of another life of this device.
 * Nothing of that is applied before this state goes on as a new stream (publish/own.h): what is open has stamps of the
 * same commit. */
static err_t cause(struct turn *t, struct position p)
{
	struct pulled *got = NULL;
	bool full = false, here = false;
	err_t e = deliver_knows(t->s, p, &here);
	if (e || here || room_turned(&t->s->deliver->room, p.stream, p.n, &p.hash))
		return e;
	const struct stream *st = streams_number(t->s, p.stream);
	e = commit_get_at(t->s, st, p, &got);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	if (id_eq(st->id, t->s->stream)) {
		t->s->own.met = true;
		pulled_free(got);
		return ERR_OK;
	}
	e = listen(t->s, got);
	if (e) {
		pulled_free(got);
		return e;
	}
	e = arrived(t, got, &full);
	t->more |= !e && !full;
	return e;
}

/* ends: where streams are cut. */
static err_t ends(struct turn *t)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < t->s->streams.n; i++) {
		const struct stream *st = &t->s->streams.list[i];
		if (st->closed && st->closed_at && !id_eq(st->id, t->s->stream))
			e = cause(t, past_position(st->number, st->closed_at, st->closed_hash));
	}
	return e;
}

static err_t causes(struct turn *t)
{
	cleanup(vv_free) struct vv list = { 0 };
	err_t e = list_wanted(t, &list);
	for (size_t i = 0; !e && i < list.n; i++)
		if (!i || position_cmp(list.v[i - 1], list.v[i]))
			e = cause(t, list.v[i]);
	return e;
}

/* held_of: the stream that has it. */
static uint64_t held_of(const struct sync *s)
{
	for (const struct arrival *a = s->deliver->room.first; a; a = a->next)
		if (!position_cmp(a->at, a->lacks))
			return a->at.stream;
	return 0;
}

/* name_held: until it is applied. */
static void name_held(struct sync *s)
{
	const struct transient_key k = transient_key(TRANSIENT_ROOT, ID_ZERO, 0);
	const struct alarm_about about = { .kind = ALARM_KEYS_MISSING, .stream = held_of(s) };
	if (room_holds(&s->deliver->room) && !s->removed.is)
		alarm_transient(s, &k, &about,
		                "the vault's keys were changed when this device joined, and it does not have the new "
		                "ones yet: another device gives them in its next sync");
	else
		alarm_clear(s, &k);
}

/* held: starts of epochs that wait for a root, or for who is named in them. */
static err_t held(struct turn *t)
{
	struct sync *s = t->s;
	bool any = false;
	if (!room_holds(&s->deliver->room))
		return ERR_OK;
	err_t e = roots_take(s, &any);
	if (!e)
		e = deliver_again(s, &t->applied);
	if (!e)
		name_held(s);
	return e;
}

err_t pull_run(struct sync *s, bool *ret_applied)
{
	struct turn t = { .s = s, .more = true };
	err_t e = ERR_OK;
	while (!e && t.more) {
		bool before = t.applied;
		t.more = t.applied = false;
		for (size_t i = 0; !e && i < s->streams.n; i++)
			if (!id_eq(s->streams.list[i].id, s->stream))
				e = one_stream(&t, i);
		if (!e)
			e = ends(&t);
		if (!e)
			e = causes(&t);
		if (!e)
			e = held(&t);
		t.more |= t.applied; /* what found no room may find it now */
		t.applied |= before;
	}
	*ret_applied |= t.applied;
	return e;
}

err_t pull_one(struct sync *s, struct position p, bool *ret_applied)
{
	struct turn t = { .s = s };
	err_t e = cause(&t, p);
	*ret_applied |= t.applied;
	return e || !t.more ? e : pull_run(s, ret_applied);
}
