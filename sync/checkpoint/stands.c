/* SPDX-License-Identifier: MIT */
#include "sync/checkpoint/stands.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/past_map.h"
#include "sync/deliver/place.h"
#include "sync/members/begun.h"
#include "util/vec.h"

/* -- to the manifest --------------------------------------------------------------------------------------------- */

static struct position position_of(const struct applied_entry *a)
{
	return (struct position){ applied_stream(a->stream), a->n, a->hash };
}

/* less: how much of the stream of `of` is in `vv`; false: all that `of` is. */
static err_t less(const struct past *past, const struct vv *vv, struct position of, bool *ret, uint64_t *n)
{
	struct vv s = vv_of(vv, of.stream);
	*ret = true;
	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		bool leads = false;
		if (position_cmp(s.v[i], of) == 0)
			*ret = false;
		err_t e = past_leads(past, s.v[i], of, &leads);
		if (e)
			return e;
		*n = leads ? MAX(*n, s.v[i].n) : *n;
	}
	return ERR_OK;
}

/* behind_of: of the commit at `applied` number `of`. */
static err_t behind_of(const struct past *past, struct manifest *m, uint32_t of)
{
	cleanup(vv_free) struct vv vv = { 0 };
	struct position self = position_of(&m->applied.v[of]);
	err_t e = past_vv(past, self, &vv);
	for (uint32_t i = 0; !e && i < m->applied.n; i++) {
		struct position other = position_of(&m->applied.v[i]);
		bool is_less = false;
		uint64_t n = 0;
		if (other.stream == self.stream)
			continue;
		e = less(past, &vv, other, &is_less, &n);
		if (e || !is_less)
			continue;
		if (!vec_room(m->behind, m->behind_n, 1, &m->behind_cap))
			return ERR_NOMEM;
		m->behind[m->behind_n++] = (struct behind){ of, i, n };
	}
	return e;
}

static err_t lamport_of(const struct past *past, struct manifest *m, struct position p)
{
	cleanup(past_commit_free) struct past_commit c = { 0 };
	err_t e = past->find(past->ctx, p, &c);
	m->lamport = MAX(m->lamport, c.lamport);
	return e;
}

err_t stands_fill(const struct sync *s, struct manifest *m)
{
	struct past past = past_of_map(s->c.map);
	err_t e = place_applied(s, &m->applied);
	for (uint32_t i = 0; !e && i < m->applied.n; i++) {
		e = lamport_of(&past, m, position_of(&m->applied.v[i]));
		if (!e)
			e = behind_of(&past, m, i);
	}
	return e;
}

/* -- and back ---------------------------------------------------------------------------------------------------- */

/* once: of a stream with branches it may be as far behind the one as the other. */
static void once(struct vv *vv)
{
	size_t kept = 0;
	for (size_t i = 0; i < vv->n; i++)
		if (!kept || position_cmp(vv->v[kept - 1], vv->v[i]) != 0)
			vv->v[kept++] = vv->v[i];
	vv->n = kept;
}

/* vv_back: of the commit at `applied` number `of`: of what it is behind with, the hash is not known. */
static err_t vv_back(const struct manifest *m, uint32_t of, struct vv *ret)
{
	size_t at = 0;
	if (!vec_room(ret->v, ret->n, m->applied.n, &ret->cap))
		return ERR_NOMEM;
	while (at < m->behind_n && m->behind[at].of < of)
		at++;
	for (uint32_t i = 0; i < m->applied.n; i++) {
		struct position p = position_of(&m->applied.v[i]);
		bool behind = at < m->behind_n && m->behind[at].of == of && m->behind[at].what == i;
		if (behind)
			p = (struct position){ p.stream, m->behind[at++].n, ID_ZERO };
		if (p.n && (i == of || p.stream != applied_stream(m->applied.v[of].stream)))
			ret->v[ret->n++] = p;
	}
	vv_sort(ret);
	once(ret);
	return ERR_OK;
}

/* remember: the newest commit of a stream, as far as the manifest tells. */
static err_t remember(const struct manifest *m, uint32_t of, uint32_t epoch, struct ops *o)
{
	struct past_commit c = { .lamport = m->lamport, .bound = true, .rules = m->rules, .whole = true };
	struct position p = position_of(&m->applied.v[of]);
	c.epoch = epoch;
	c.epoch_bound = epoch > 1;
	err_t e = vv_back(m, of, &c.vv);
	if (!e) {
		past_put(o, p, &c);
		past_put_floor(o, p, m->lamport);
	}
	past_commit_free(&c);
	return e;
}

err_t stands_load(struct sync *s, const struct manifest *m, struct ops *o)
{
	err_t e = ERR_OK;
	for (uint32_t i = 0; !e && i < m->applied.n; i++) {
		const struct applied_entry *a = &m->applied.v[i];
		struct stream *st = streams_number(s, applied_stream(a->stream));
		if (!st || !hash_eq(st->hash, a->stream)) {
			sync_alarm(s, &(struct alarm_about){ .kind = ALARM_STATEMENT_MISSING },
			           "the checkpoint names a stream that no statement proves: ignored");
			continue;
		}
		e = place_load(s, st, a, o);
		if (!e)
			e = remember(m, i, begun_greatest(s), o);
	}
	return e;
}
