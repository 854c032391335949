/* SPDX-License-Identifier: MIT */
#include "vault/objects/extensions.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

void extensions_free(struct extensions *x)
{
	free(x->v);
	*x = (struct extensions){ 0 };
}

err_t extensions_put(struct buf *out, const struct extensions *x)
{
	varint_put(out, x->n);
	for (size_t i = 0; i < x->n; i++) {
		if (i && x->v[i - 1].number >= x->v[i].number)
			return ERR_INVAL;
		varint_put(out, x->v[i].number);
		varint_put(out, x->v[i].bytes.len);
		buf_put(out, x->v[i].bytes.p, x->v[i].bytes.len);
	}
	return buf_ok(out);
}

err_t extensions_get(struct rd *r, struct extensions *ret)
{
	cleanup(extensions_free) struct extensions x = { 0 };
	uint64_t n = varint_get(r);
	if (r->bad || n > r->left / 2)
		return ERR_DAMAGED;
	for (; x.n < n; x.n++) {
		if (!vec_room(x.v, x.n, 1, &x.cap))
			return ERR_NOMEM;
		x.v[x.n].number = varint_get(r);
		x.v[x.n].bytes = blob_get(r);
		if (r->bad || (x.n && x.v[x.n - 1].number >= x.v[x.n].number))
			return ERR_DAMAGED;
	}
	*ret = x;
	x = (struct extensions){ 0 };
	return ERR_OK;
}
