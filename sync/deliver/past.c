/* SPDX-License-Identifier: MIT */
#include "sync/deliver/past.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

#define VERSION 1
enum { FLAG_WHOLE = 1, FLAG_BOUND = 2, FLAG_EPOCH = 4, FLAG_PARTS = 8, FLAGS = 15 };

void past_commit_free(struct past_commit *p)
{
	vv_free(&p->vv);
	*p = (struct past_commit){ 0 };
}

void past_basis_free(struct past_basis *b)
{
	vv_free(&b->vv);
	*b = (struct past_basis){ 0 };
}

/* -- bytes ------------------------------------------------------------------------------------------------------- */

err_t past_encode(const struct past_commit *p, struct buf *out)
{
	buf_u8(out, VERSION);
	buf_u8(out, (p->whole ? FLAG_WHOLE : 0) | (p->bound ? FLAG_BOUND : 0) | (p->epoch_bound ? FLAG_EPOCH : 0) |
	                    (p->parts ? FLAG_PARTS : 0));
	buf_id(out, p->previous);
	varint_put(out, p->lamport);
	varint_put(out, p->rules);
	varint_put(out, p->epoch);
	if (p->parts)
		varint_put(out, p->parts);
	return vv_put(out, &p->vv);
}

err_t past_decode(struct span value, struct past_commit *ret)
{
	cleanup(past_commit_free) struct past_commit p = { 0 };
	struct rd r = RD(value);
	uint8_t version = rd_u8(&r), flags = rd_u8(&r);
	if (version > VERSION)
		return ERR_VERSION;
	p.previous = rd_id(&r);
	p.lamport = varint_get(&r);
	p.rules = varint_get(&r);
	const uint64_t epoch = varint_get(&r), parts = flags & FLAG_PARTS ? varint_get(&r) : 1;
	const bool bad = r.bad || version != VERSION || flags > FLAGS;
	err_t e = bad || !epoch || epoch > UINT32_MAX || !parts || parts > UINT32_MAX ? ERR_DAMAGED : vv_get(&r, &p.vv);
	if (e || !rd_end(&r))
		return e ? e : ERR_DAMAGED;
	p.whole = flags & FLAG_WHOLE;
	p.bound = flags & FLAG_BOUND;
	p.epoch_bound = flags & FLAG_EPOCH;
	p.epoch = (uint32_t)epoch;
	p.parts = flags & FLAG_PARTS ? (uint32_t)parts : 0;
	*ret = p;
	p = (struct past_commit){ 0 };
	return ERR_OK;
}

/* -- what a commit stands on ------------------------------------------------------------------------------------- */

struct position past_position(uint64_t stream, uint64_t n, struct hash hash)
{
	return (struct position){ stream, n, id_from(hash.b) };
}

/* stand: vv(C) out of that of its n - 1, by its entries and itself. */
static err_t stand(struct vv *vv, const struct vv *entries, struct position self)
{
	err_t e = vv_replace(vv, entries);
	return e ? e : vv_replace(vv, &(struct vv){ .v = &self, .n = 1 });
}

/* The way back to a commit of which all of vv is known. */
struct way {
	struct past_commit *v; /* the newest first */
	size_t n, cap;
};

static void way_free(struct way *w)
{
	for (size_t i = 0; i < w->n; i++)
		past_commit_free(&w->v[i]);
	free(w->v);
}

static err_t way_back(const struct past *past, struct position p, struct way *w)
{
	for (bool whole = false; !whole; p.n--) {
		if (!vec_room(w->v, w->n, 1, &w->cap))
			return ERR_NOMEM;
		struct past_commit *x = &w->v[w->n];
		*x = (struct past_commit){ 0 };
		err_t e = past->find(past->ctx, p, x);
		if (e)
			return e;
		w->n++;
		if (!x->epoch)
			return ERR_NOTFOUND;
		whole = x->whole || p.n == 1;
		p.hash = x->previous;
	}
	return ERR_OK;
}

err_t past_vv(const struct past *past, struct position p, struct vv *ret)
{
	cleanup(way_free) struct way w = { 0 };
	cleanup(vv_free) struct vv vv = { 0 };
	err_t e = way_back(past, p, &w);
	for (size_t i = w.n; !e && i > 0; i--) {
		struct position self = { p.stream, p.n - (i - 1), i == 1 ? p.hash : w.v[i - 2].previous };
		e = stand(&vv, &w.v[i - 1].vv, self);
	}
	if (e)
		return e;
	*ret = vv;
	vv = (struct vv){ 0 };
	return ERR_OK;
}

/* before: the commit that leads to `p`; *ret_known: false: what a checkpoint brought, of which nothing more is known.
 */
static err_t before(const struct past *past, struct position p, struct position *ret, bool *ret_known)
{
	cleanup(past_commit_free) struct past_commit c = { 0 };
	err_t e = past->find(past->ctx, p, &c);
	*ret_known = !id_is_zero(c.previous);
	*ret = (struct position){ p.stream, p.n - 1, c.previous };
	return e;
}

err_t past_leads(const struct past *past, struct position from, struct position to, bool *ret)
{
	bool known = true;
	err_t e = ERR_OK;
	while (!e && known && to.n > from.n)
		e = before(past, to, &to, &known);
	*ret = from.stream == to.stream && (position_cmp(from, to) == 0 || (!known && to.n >= from.n));
	return e;
}

/* greatest: what the commits say that C stands on. What they stand on says no more. */
static err_t greatest(const struct past *past, const struct vv *causes, struct past_basis *b)
{
	for (size_t i = 0; i < causes->n; i++) {
		cleanup(past_commit_free) struct past_commit x = { 0 };
		err_t e = past->find(past->ctx, causes->v[i], &x);
		if (e)
			return e;
		b->lamport_most = MAX(b->lamport_most, x.lamport);
		b->lamport = x.epoch && !x.bound ? MAX(b->lamport, x.lamport) : b->lamport;
		b->rules = MAX(b->rules, x.rules);
		b->epoch_most = MAX(b->epoch_most, x.epoch ? x.epoch : UINT32_MAX);
		b->epoch = x.epoch_bound ? b->epoch : MAX(b->epoch, x.epoch);
	}
	return ERR_OK;
}

err_t past_basis_of(const struct past *past, const struct claim *c, struct past_basis *ret)
{
	cleanup(past_basis_free) struct past_basis b = { .epoch = 1, .epoch_most = 1 };
	struct position before = { c->at.stream, c->at.n - 1, c->previous };
	err_t e = ERR_OK;
	if (before.n) {
		e = past_vv(past, before, &b.vv);
		if (!e)
			e = greatest(past, &(struct vv){ .v = &before, .n = 1 }, &b);
	}
	if (!e)
		e = greatest(past, c->entries, &b);
	if (!e)
		e = stand(&b.vv, c->entries, c->at);
	if (e)
		return e;
	*ret = b;
	b = (struct past_basis){ 0 };
	return ERR_OK;
}
