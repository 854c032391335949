/* SPDX-License-Identifier: MIT */
#include "sync/core/given.h"

#include "sync/core/sync_struct.h"

#define VERSION 1

/* -- asking -------------------------------------------------------------------------------------------------------- */

static const struct given *find(const struct givens *g, struct id stream)
{
	for (size_t i = 0; i < g->n; i++)
		if (id_eq(g->v[i].stream, stream))
			return &g->v[i];
	return NULL;
}

uint64_t given_to(const struct sync *s, struct id stream)
{
	const struct given *x = find(&s->givens, stream);
	return x ? x->to : 0;
}

bool given_unproved(const struct sync *s, struct id stream)
{
	const struct given *x = find(&s->givens, stream);
	return x && !x->to;
}

/* number_of: id and number of a stream are both the begin of its hash: also of one that nothing proves. */
static uint64_t number_of(struct id stream)
{
	struct rd r = RD(id_span(&stream));
	return rd_u64(&r);
}

bool givens_cover(const struct givens *g, struct position p)
{
	for (size_t i = 0; p.n && i < g->n; i++)
		if (number_of(g->v[i].stream) == p.stream && (!g->v[i].to || p.n <= g->v[i].to))
			return true;
	return false;
}

/* -- changing ------------------------------------------------------------------------------------------------------ */

err_t given_add(struct givens *g, const struct given *x)
{
	for (size_t i = 0; i < g->n; i++) {
		struct given *y = &g->v[i];
		if (!id_eq(y->stream, x->stream))
			continue;
		const uint64_t from = y->from && x->from ? MIN(y->from, x->from) : MAX(y->from, x->from);
		const struct given next = x->to > y->to ? *x : *y;
		*y = next;
		y->from = from;
		return ERR_OK;
	}
	if (g->n == GIVEN_MAX)
		return ERR_LIMIT;
	g->v[g->n++] = *x;
	return ERR_OK;
}

static void encode(const struct givens *g, struct buf *out)
{
	buf_u8(out, VERSION);
	for (size_t i = 0; i < g->n; i++) {
		const struct given *x = &g->v[i];
		buf_id(out, x->stream);
		buf_u64(out, x->from);
		buf_u64(out, x->to);
		buf_id(out, x->claimant);
		buf_u64(out, (uint64_t)x->since);
		buf_u64(out, (uint64_t)x->when);
		buf_u8(out, x->waits);
	}
}

err_t given_keep(struct sync *s, const struct givens *g)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf v = BUF_INIT;
	encode(g, &v);
	if (v.failed)
		return ERR_NOMEM;
	if (g->n)
		ops_put(&o, MAP_STATE, span_str(STATE_GIVEN), buf_span(&v));
	else
		ops_del(&o, MAP_STATE, span_str(STATE_GIVEN));
	err_t e = ops_commit(&o, s->c.map);
	if (!e && g != &s->givens)
		s->givens = *g;
	return e;
}

static bool is_here(struct sync *s, const struct given *x)
{
	const struct stream *st = streams_find(s, x->stream);
	return st && st->applied.n >= x->to;
}

err_t given_look(struct sync *s)
{
	struct givens next = { .n = 0 };
	for (size_t i = 0; i < s->givens.n; i++)
		if (!is_here(s, &s->givens.v[i]))
			next.v[next.n++] = s->givens.v[i];
	return next.n == s->givens.n ? ERR_OK : given_keep(s, &next);
}

/* -- at the opening ------------------------------------------------------------------------------------------------ */

static bool decode(struct span value, struct givens *ret)
{
	struct rd r = RD(value);
	struct givens g = { .n = 0 };
	if (rd_u8(&r) != VERSION)
		return false;
	while (!r.bad && r.left && g.n < GIVEN_MAX) {
		struct given *x = &g.v[g.n++];
		x->stream = rd_id(&r);
		x->from = rd_u64(&r);
		x->to = rd_u64(&r);
		x->claimant = rd_id(&r);
		x->since = (int64_t)rd_u64(&r);
		x->when = (int64_t)rd_u64(&r);
		x->waits = rd_u8(&r) != 0;
	}
	if (!rd_end(&r))
		return false;
	*ret = g;
	return true;
}

err_t given_load(struct sync *s)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_GIVEN), &v);
	if (!e && !decode(buf_span(&v), &s->givens))
		log_warn(AREA_SYNC, "what was given up on this device cannot be read: it counts as lacking again");
	return e == ERR_NOTFOUND || e == ERR_DAMAGED ? ERR_OK : e;
}
