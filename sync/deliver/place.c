/* SPDX-License-Identifier: MIT */
#include "sync/deliver/place.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "util/vec.h"

#define STATE_BRANCHES "sync.branches"
#define STATE_COVERED "sync.covered"

void place_change_free(struct place_change *c)
{
	vv_free(&c->branches);
}

static err_t read_ends(struct map *m, const char *key, struct vv *ret)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str(key), &v);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	struct rd r = RD(buf_span(&v));
	return e ? e : vv_get(&r, ret);
}

err_t place_read_branches(struct map *m, struct vv *ret)
{
	return read_ends(m, STATE_BRANCHES, ret);
}

err_t place_read_covered(struct map *m, struct vv *ret)
{
	return read_ends(m, STATE_COVERED, ret);
}

/* append: without looking at what is there already. */
static bool append(struct vv *vv, struct position p)
{
	if (!vec_room(vv->v, vv->n, 1, &vv->cap))
		return false;
	vv->v[vv->n++] = p;
	return true;
}

void place_put_covered(struct ops *o, const struct vv *ends)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	if (vv_put(&v, ends))
		o->b.failed = true;
	ops_put(o, MAP_STATE, span_str(STATE_COVERED), buf_span(&v));
}

err_t place_set_covered(struct sync *s, const struct vv *ends)
{
	cleanup(vv_free) struct vv vv = { 0 };
	vv_free(&s->deliver->covered);
	for (size_t i = 0; i < ends->n; i++)
		if (!append(&vv, ends->v[i]))
			return ERR_NOMEM;
	s->deliver->covered = vv;
	vv = (struct vv){ 0 };
	return ERR_OK;
}

bool place_is_covered(const struct sync *s, struct position p)
{
	const struct vv *vv = &s->deliver->covered;
	bool ret = false;
	for (size_t i = 0; i < vv->n; i++)
		ret |= !position_cmp(vv->v[i], p);
	return ret;
}

static struct position end_of(const struct stream *st)
{
	return past_position(st->number, st->applied.n, st->applied.hash);
}

struct position place_newest(const struct sync *s, const struct stream *st)
{
	struct vv of = vv_of(&s->deliver->branches, st->number);
	struct position best = end_of(st);
	for (size_t i = 0; i < of.n; i++)
		best = of.v[i].n > best.n ? of.v[i] : best;
	return best;
}

err_t place_positions(const struct sync *s, struct vv *ret)
{
	const struct vv *branches = &s->deliver->branches;
	cleanup(vv_free) struct vv vv = { 0 };
	for (size_t i = 0; i < s->streams.n; i++)
		if (s->streams.list[i].applied.n && !append(&vv, end_of(&s->streams.list[i])))
			return ERR_NOMEM;
	for (size_t i = 0; i < branches->n; i++)
		if (!append(&vv, branches->v[i]))
			return ERR_NOMEM;
	if (vv.n > VV_MAX)
		return ERR_LIMIT;
	vv_sort(&vv);
	*ret = vv;
	vv = (struct vv){ 0 };
	return ERR_OK;
}

err_t place_applied(const struct sync *s, struct applied *ret)
{
	cleanup(applied_free) struct applied a = { 0 };
	cleanup(vv_free) struct vv vv = { 0 };
	err_t e = place_positions(s, &vv);
	if (!e && !vec_room(a.v, a.n, vv.n + 1, &a.cap))
		e = ERR_NOMEM;
	for (size_t i = 0; !e && i < vv.n; i++) {
		const struct stream *st = streams_number((struct sync *)(uintptr_t)s, vv.v[i].stream);
		if (st)
			a.v[a.n++] = (struct applied_entry){ st->hash, vv.v[i].n, vv.v[i].hash };
	}
	if (e)
		return e;
	applied_sort(&a);
	*ret = a;
	a = (struct applied){ 0 };
	return ERR_OK;
}

err_t place_load(struct sync *s, struct stream *st, const struct applied_entry *a, struct ops *o)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct vv *branches = &s->deliver->branches;
	if (!st->applied.n) {
		st->applied.n = a->n;
		st->applied.hash = HASH_ZERO; /* no more of it is known than these bytes */
		id_put(st->applied.hash.b, a->hash);
		st->seen = st->applied;
		state_put_stream(o, st);
		return ERR_OK;
	}
	if (!append(branches, (struct position){ st->number, a->n, a->hash }))
		return ERR_NOMEM;
	vv_sort(branches);
	err_t e = vv_put(&v, branches);
	ops_put(o, MAP_STATE, span_str(STATE_BRANCHES), buf_span(&v));
	return e;
}

/* branch_after: the branches when `p` is the end of that which `before` was the end of, or of one more. */
static err_t branch_after(const struct vv *branches, struct position p, struct position before, struct place_change *c)
{
	cleanup(vv_free) struct vv vv = { 0 };
	c->begins = true;
	for (size_t i = 0; i < branches->n; i++) {
		bool goes_on = position_cmp(branches->v[i], before) == 0;
		c->begins &= !goes_on;
		if (!append(&vv, goes_on ? p : branches->v[i]))
			return ERR_NOMEM;
	}
	if (c->begins && (branches->n >= BRANCHES_ALL || vv_of(branches, p.stream).n >= BRANCHES_MAX))
		return ERR_LIMIT;
	if (c->begins && !append(&vv, p))
		return ERR_NOMEM;
	vv_sort(&vv);
	c->branches = vv;
	vv = (struct vv){ 0 };
	return ERR_OK;
}

/* is_full: another end has no room: ours has its own. */
static bool is_full(const struct sync *s, const struct vv *branches)
{
	size_t n = branches->n + 1;
	for (size_t i = 0; i < s->streams.n; i++)
		n += s->streams.list[i].applied.n && !id_eq(s->streams.list[i].id, s->stream);
	return n >= VV_MAX;
}

err_t place_change(struct sync *s, const struct vv *branches, const struct pulled *p, struct place_change *ret)
{
	const struct stream *st = streams_number(s, p->arrival.at.stream);
	struct position at = p->arrival.at, before = { at.stream, at.n - 1, p->arrival.previous };
	if (!st)
		return ERR_NOTFOUND;
	struct place_change c = { .stream = *st };
	c.stream.epoch = MAX(st->epoch, p->epoch);
	c.beside = at.n == 1 ? st->applied.n != 0 : position_cmp(end_of(st), before) != 0;
	c.beside |= id_eq(st->id, s->stream); /* what is at our own end, we say */
	if (!c.beside) {
		c.stream.applied.n = at.n;
		c.stream.applied.hash = p->hash;
		c.stream.time = MAX(st->time, pulled_last(p)->time);
	}
	err_t e = c.beside ? branch_after(branches, at, before, &c) : ERR_OK;
	bool more = c.begins || (!c.beside && !st->applied.n);
	if (!e && more && is_full(s, branches))
		e = ERR_LIMIT;
	if (e)
		place_change_free(&c);
	else
		*ret = c;
	return e;
}

void place_put(struct ops *o, const struct place_change *c)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	state_put_stream(o, &c->stream);
	if (!c->beside)
		return;
	if (vv_put(&v, &c->branches))
		o->b.failed = true;
	ops_put(o, MAP_STATE, span_str(STATE_BRANCHES), buf_span(&v));
}

void place_done(struct sync *s, struct vv *branches, struct place_change *c)
{
	*streams_number(s, c->stream.number) = c->stream;
	if (!c->beside)
		return;
	vv_free(branches);
	*branches = c->branches;
	c->branches = (struct vv){ 0 };
}
