/* SPDX-License-Identifier: MIT */
#include "sync/pull/pull2.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/pull/commit_get2.h"

#define PULL2_ROUND 512 /* commits of one stream before the next stream's turn */

struct turn { /* once through all streams */
	struct sync *s;
	bool applied, more;
};

/* arrived: takes `p`. *ret_full: it wants room; its stream waits for its turn. */
static err_t arrived(struct turn *t, struct pulled2 *p, bool *ret_full)
{
	struct position at = p->arrival.at;
	bool known = false;
	enum ready what = READY_NEVER;
	err_t e = deliver_knows(t->s, at, &known);
	if (e || known) {
		pulled2_free(p);
		return e;
	}
	e = deliver_arrived(t->s, p, &what, &t->applied);
	*ret_full = what == READY_FULL;
	return e;
}

/* next_one: commit n + 1 of a stream. ERR_NOTFOUND: none, or none that can be used now. */
static err_t next_one(struct turn *t, size_t at)
{
	struct stream *st = &t->s->streams.list[at];
	struct pulled2 *p = NULL;
	uint64_t n = st->seen.n + 1;
	bool full = false;
	if (st->closed && st->seen.n >= st->closed_at)
		return ERR_NOTFOUND;
	err_t e = commit_get2(t->s, st, n, &p);
	if (e)
		return e == ERR_DAMAGED ? ERR_NOTFOUND : e;
	struct hash hash = p->hash;
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
	for (unsigned i = 0; !e && i < PULL2_ROUND; i++)
		e = sync_stopping(t->s) ? ERR_CANCELED : next_one(t, at);
	t->more |= !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* -- what is waited for and is not the next of its stream: another branch, or behind a cut --------------------------
 */

/* wanted: what the commits that wait lack, and no stream's turn brings. */
static err_t wanted(const struct sync *s, struct vv *ret)
{
	for (const struct arrival *a = s->deliver->room.first; a; a = a->next) {
		const struct stream *st = streams_number((struct sync *)(uintptr_t)s, a->lacks.stream);
		bool passed = st && (a->lacks.n <= st->seen.n || st->closed);
		if (!a->lacks.n || !passed || id_eq(st->id, s->c.stream))
			continue;
		err_t e = vv_replace(ret, &(struct vv){ .v = (struct position *)(uintptr_t)&a->lacks, .n = 1 });
		if (e)
			return e;
	}
	return ERR_OK;
}

static err_t causes(struct turn *t)
{
	cleanup(vv_free) struct vv list = { 0 };
	err_t e = wanted(t->s, &list);
	for (size_t i = 0; !e && i < list.n; i++) {
		struct pulled2 *p = NULL;
		bool full = false;
		e = commit_get2_at(t->s, streams_number(t->s, list.v[i].stream), list.v[i], &p);
		if (!e) {
			e = arrived(t, p, &full);
			t->more |= !e && !full;
		}
		if (e == ERR_NOTFOUND)
			e = ERR_OK;
	}
	return e;
}

err_t pull2_run(struct sync *s, bool *ret_applied)
{
	struct turn t = { .s = s, .more = true };
	err_t e = ERR_OK;
	while (!e && t.more) {
		bool before = t.applied;
		t.more = t.applied = false;
		for (size_t i = 0; !e && i < s->streams.n; i++)
			if (!id_eq(s->streams.list[i].id, s->c.stream))
				e = one_stream(&t, i);
		if (!e)
			e = causes(&t);
		t.more |= t.applied; /* what found no room may find it now */
		t.applied |= before;
	}
	*ret_applied |= t.applied;
	return e;
}
