/* SPDX-License-Identifier: MIT */
#include "sync/deliver/stood_on.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/past_map.h"

err_t stood_on(struct sync *s, const struct stream *st, uint64_t number, uint64_t *ret)
{
	cleanup(vv_free) struct vv vv = { 0 };
	struct past past = past_of_map(s->c.map);
	*ret = 0;
	if (!st->applied.n)
		return ERR_OK;
	err_t e = past_vv(&past, past_position(st->number, st->applied.n, st->applied.hash), &vv);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	struct vv of = vv_of(&vv, number);
	for (size_t i = 0; i < of.n; i++)
		*ret = MAX(*ret, of.v[i].n);
	return ERR_OK;
}
