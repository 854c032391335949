/* SPDX-License-Identifier: MIT */
#include "sync/members/bound.h"

#include "sync/core/sync_struct.h"

#define STATE_PLACE "sync.place"

void bound_put(const struct sync *s, struct ops *o)
{
	if (!hash_is_zero(s->c.place))
		ops_put(o, MAP_STATE, span_str(STATE_PLACE), hash_span(&s->c.place));
}

static err_t bind(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	bound_put(s, &o);
	err_t e = buf_ok(&o.b);
	return e ? e : ops_commit(&o, s->c.map);
}

err_t bound_check(struct sync *s)
{
	cleanup(buf_free) struct buf was = BUF_INIT;
	if (hash_is_zero(s->c.place))
		return ERR_OK;
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_PLACE), &was);
	if (e && e != ERR_NOTFOUND)
		return e;
	if (!e && !span_cmp(buf_span(&was), hash_span(&s->c.place)))
		return ERR_OK;
	if (e || !s->st.n)
		return bind(s);
	s->own.met = s->own.moved = true;
	return ERR_OK;
}
