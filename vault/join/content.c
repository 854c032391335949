/* SPDX-License-Identifier: MIT */
#include "vault/join/content.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

void window_extents_free(struct window_extents *w)
{
	free(w->v);
	*w = (struct window_extents){ 0 };
}

uint64_t content_stream(struct id content)
{
	struct rd r = RD(id_span(&content));
	return rd_u64(&r);
}

static bool content_ok(const struct content_rec *c)
{
	return !c->has_parent || (c->inherited && c->inherited <= CONTENT_SIZE_MAX);
}

bool content_get(struct span value, struct content_rec *ret)
{
	struct rd r = RD(value);
	struct content_rec c = { .has_parent = value.len > 0 };
	if (c.has_parent) {
		c.parent = rd_id(&r);
		c.inherited = varint_get(&r);
	}
	if (!rd_end(&r) || !content_ok(&c))
		return false;
	*ret = c;
	return true;
}

err_t content_put(struct buf *out, const struct content_rec *c)
{
	if (!content_ok(c))
		return ERR_INVAL;
	if (c->has_parent) {
		buf_id(out, c->parent);
		varint_put(out, c->inherited);
	}
	return buf_ok(out);
}

/* extent_ok: after what ends at `from`. */
static bool extent_ok(const struct window_extent *x, uint32_t from)
{
	if (x->start < from || x->start >= CONTENT_WINDOW || x->length == 0)
		return false;
	return x->length <= CONTENT_BLOCK - x->start % CONTENT_BLOCK && x->offset <= CONTENT_BLOCK - x->length;
}

/* get_extent: one behind what ends at `from`. */
static bool get_extent(struct rd *r, uint32_t from, struct window_extent *ret)
{
	uint64_t distance = varint_get(r), length = varint_get(r);
	struct id block = rd_id(r);
	uint64_t offset = varint_get(r);
	if (r->bad || distance > CONTENT_WINDOW || length > CONTENT_BLOCK || offset > CONTENT_BLOCK)
		return false;
	*ret = (struct window_extent){ from + (uint32_t)distance, (uint32_t)length, block, (uint32_t)offset };
	return extent_ok(ret, from);
}

err_t content_get_extents(struct span value, struct window_extents *ret)
{
	cleanup(window_extents_free) struct window_extents w = { 0 };
	struct rd r = RD(value);
	uint64_t n = varint_get(&r);
	uint32_t from = 0;
	if (r.bad || n > CONTENT_EXTENTS_MAX)
		return ERR_DAMAGED;
	for (; w.n < n; w.n++) {
		if (!vec_room(w.v, w.n, 1, &w.cap))
			return ERR_NOMEM;
		if (!get_extent(&r, from, &w.v[w.n]))
			return ERR_DAMAGED;
		from = w.v[w.n].start + w.v[w.n].length;
	}
	if (!rd_end(&r))
		return ERR_DAMAGED;
	*ret = w;
	w = (struct window_extents){ 0 };
	return ERR_OK;
}

err_t content_put_extents(struct buf *out, const struct window_extents *w)
{
	uint32_t from = 0;
	if (w->n > CONTENT_EXTENTS_MAX)
		return ERR_INVAL;
	varint_put(out, w->n);
	for (size_t i = 0; i < w->n; i++) {
		const struct window_extent *x = &w->v[i];
		if (!extent_ok(x, from))
			return ERR_INVAL;
		varint_put(out, x->start - from);
		varint_put(out, x->length);
		buf_id(out, x->block);
		varint_put(out, x->offset);
		from = x->start + x->length;
	}
	return buf_ok(out);
}
