/* SPDX-License-Identifier: MIT */
#include "vault/objects/vv.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

#include <string.h>

#define POSITION_LEAST (8 + 1 + ID_LEN)

int position_cmp(struct position a, struct position b)
{
	if (a.stream != b.stream)
		return a.stream < b.stream ? -1 : 1;
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return id_cmp(a.hash, b.hash);
}

void vv_free(struct vv *a)
{
	free(a->v);
	*a = (struct vv){ 0 };
}

static int order(const void *a, const void *b)
{
	return position_cmp(*(const struct position *)a, *(const struct position *)b);
}

void vv_sort(struct vv *a)
{
	if (a->n)
		qsort(a->v, a->n, sizeof(*a->v), order);
}

/* -- bytes ------------------------------------------------------------------------------------------------------- */

static bool in_order(const struct vv *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (!a->v[i].stream || !a->v[i].n || (i && position_cmp(a->v[i - 1], a->v[i]) >= 0))
			return false;
	return a->n <= VV_MAX;
}

err_t vv_put(struct buf *out, const struct vv *a)
{
	if (!in_order(a))
		return ERR_INVAL;
	varint_put(out, a->n);
	for (size_t i = 0; i < a->n; i++) {
		buf_u64(out, a->v[i].stream);
		varint_put(out, a->v[i].n);
		buf_id(out, a->v[i].hash);
	}
	return buf_ok(out);
}

err_t vv_get(struct rd *r, struct vv *ret)
{
	cleanup(vv_free) struct vv a = { 0 };
	uint64_t n = varint_get(r);
	if (r->bad || n > VV_MAX || n > r->left / POSITION_LEAST)
		return ERR_DAMAGED;
	if (!vec_room(a.v, a.n, (size_t)n + 1, &a.cap))
		return ERR_NOMEM;
	for (; a.n < n; a.n++) {
		a.v[a.n].stream = rd_u64(r);
		a.v[a.n].n = varint_get(r);
		a.v[a.n].hash = rd_id(r);
	}
	if (r->bad || !in_order(&a))
		return ERR_DAMAGED;
	*ret = a;
	a = (struct vv){ 0 };
	return ERR_OK;
}

/* -- what is in it ----------------------------------------------------------------------------------------------- */

/* first_of: index of the first entry not before `stream`. */
static size_t first_of(const struct vv *a, uint64_t stream)
{
	size_t low = 0, high = a->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (a->v[mid].stream < stream)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct vv vv_of(const struct vv *a, uint64_t stream)
{
	size_t at = first_of(a, stream), n = 0;
	while (at + n < a->n && a->v[at + n].stream == stream)
		n++;
	return (struct vv){ .v = n ? a->v + at : NULL, .n = n };
}

bool vv_has_dot(const struct vv *a, uint64_t stream, uint64_t n)
{
	struct vv s = vv_of(a, stream);
	return n && s.n && s.v[s.n - 1].n >= n;
}

/* is_under: whether `p` is `to` or leads to it. */
static bool is_under(struct position p, struct position to, const struct vv_order *o)
{
	if (position_cmp(p, to) == 0)
		return true;
	return p.n < to.n && (!o->leads || o->leads(o->ctx, p, to));
}

bool vv_has(const struct vv *a, struct position p, const struct vv_order *o)
{
	struct vv s = vv_of(a, p.stream);
	for (size_t i = 0; i < s.n; i++)
		if (is_under(p, s.v[i], o))
			return true;
	return false;
}

bool vv_covers(const struct vv *a, const struct vv *b, const struct vv_order *o)
{
	for (size_t i = 0; i < b->n; i++)
		if (!vv_has(a, b->v[i], o))
			return false;
	return true;
}

/* -- what becomes of it ------------------------------------------------------------------------------------------ */

err_t vv_add(struct vv *a, struct position p, const struct vv_order *o)
{
	if (vv_has(a, p, o))
		return ERR_OK;
	if (!vec_room(a->v, a->n, 1, &a->cap))
		return ERR_NOMEM;
	size_t kept = 0, at = 0, under = 0;
	for (size_t i = 0; i < a->n; i++)
		under += a->v[i].stream == p.stream && is_under(a->v[i], p, o);
	if (a->n - under >= VV_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].stream == p.stream && is_under(a->v[i], p, o))
			continue;
		a->v[kept++] = a->v[i];
		at += position_cmp(a->v[kept - 1], p) < 0;
	}
	memmove(a->v + at + 1, a->v + at, (kept - at) * sizeof(*a->v));
	a->v[at] = p;
	a->n = kept + 1;
	return ERR_OK;
}

err_t vv_join(struct vv *a, const struct vv *b, const struct vv_order *o)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < b->n; i++)
		e = vv_add(a, b->v[i], o);
	return e;
}

bool vv_same(const struct vv *a, const struct vv *b)
{
	bool equal = a->n == b->n;
	for (size_t i = 0; equal && i < a->n; i++)
		equal = position_cmp(a->v[i], b->v[i]) == 0;
	return equal;
}

static bool append(struct vv *a, const struct vv *more)
{
	if (!vec_room(a->v, a->n, more->n + 1, &a->cap))
		return false;
	for (size_t i = 0; i < more->n; i++)
		a->v[a->n++] = more->v[i];
	return true;
}

err_t vv_changed(const struct vv *before, const struct vv *now, uint64_t own, struct vv *ret)
{
	cleanup(vv_free) struct vv out = { 0 };
	struct vv s;
	for (size_t i = 0; i < now->n; i += s.n) {
		s = vv_of(now, now->v[i].stream);
		struct vv old = vv_of(before, now->v[i].stream);
		if (now->v[i].stream != own && !vv_same(&s, &old) && !append(&out, &s))
			return ERR_NOMEM;
	}
	*ret = out;
	out = (struct vv){ 0 };
	return ERR_OK;
}

err_t vv_replace(struct vv *a, const struct vv *more)
{
	cleanup(vv_free) struct vv out = { 0 };
	size_t i = 0, k = 0;
	while (i < a->n || k < more->n) {
		bool old = k == more->n || (i < a->n && a->v[i].stream < more->v[k].stream);
		uint64_t stream = old ? a->v[i].stream : more->v[k].stream;
		struct vv was = vv_of(a, stream), is = old ? was : vv_of(more, stream);
		if (!append(&out, &is))
			return ERR_NOMEM;
		i += was.n;
		k += old ? 0 : is.n;
	}
	if (out.n > VV_MAX)
		return ERR_LIMIT;
	struct vv was = *a;
	*a = out;
	out = was;
	return ERR_OK;
}
