/* SPDX-License-Identifier: MIT */
#include "vault/shown/claims.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <string.h>

void claims_free(struct claims *c)
{
	free(c->v);
	*c = (struct claims){ 0 };
}

static int cmp(const struct claim *c, uint64_t ino, uint64_t lid)
{
	if (c->ino != ino)
		return c->ino < ino ? -1 : 1;
	return (c->lid > lid) - (c->lid < lid);
}

/* The first claim that is not before (ino, lid). */
static size_t find(const struct claims *c, uint64_t ino, uint64_t lid)
{
	size_t low = 0, high = c->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (cmp(&c->v[mid], ino, lid) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

err_t claims_add(struct claims *c, const struct claim *one)
{
	size_t at = find(c, one->ino, one->lid);
	if (at == c->n || cmp(&c->v[at], one->ino, one->lid)) {
		if (!vec_room(c->v, c->n, 1, &c->cap))
			return ERR_NOMEM;
		memmove(&c->v[at + 1], &c->v[at], (c->n - at) * sizeof(*c->v));
		c->n++;
	}
	c->v[at] = *one;
	return ERR_OK;
}

void claims_drop(struct claims *c, uint64_t ino, uint64_t lid)
{
	size_t at = find(c, ino, lid);
	if (at == c->n || cmp(&c->v[at], ino, lid))
		return;
	c->n--;
	memmove(&c->v[at], &c->v[at + 1], (c->n - at) * sizeof(*c->v));
}

err_t claims_encode(const struct claims *c, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct claim *one = &c->v[i];
		buf_u8(out, one->type);
		buf_u64(out, one->ino);
		buf_u64(out, one->lid);
		buf_u8(out, one->name.len);
		buf_put(out, one->name.b, one->name.len);
	}
	return buf_ok(out);
}

static err_t decode_one(struct rd *r, struct claims *ret, size_t first)
{
	if (!vec_room(ret->v, ret->n, 1, &ret->cap))
		return ERR_NOMEM;
	struct claim *c = &ret->v[ret->n];
	c->type = rd_u8(r);
	c->ino = rd_u64(r);
	c->lid = rd_u64(r);
	c->name.len = rd_u8(r);
	rd_copy(r, c->name.b, c->name.len);
	if (r->bad || (ret->n > first && cmp(&ret->v[ret->n - 1], c->ino, c->lid) >= 0))
		return ERR_DAMAGED;
	ret->n++;
	return ERR_OK;
}

err_t claims_decode(struct span value, struct claims *ret)
{
	struct rd r = RD(value);
	size_t first = ret->n;
	err_t e = r.left ? ERR_OK : ERR_DAMAGED;
	while (e == ERR_OK && r.left)
		e = decode_one(&r, ret, first);
	return e;
}
