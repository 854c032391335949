/* SPDX-License-Identifier: MIT */
#include "sync/core/stream.h"

#include "sync/core/state_form.h"
#include "util/cleanup.h"

#include <string.h>

struct search {
	uint64_t number;
	bool found;
	struct stream stream;
};

static int visit(void *ctx, struct span key, struct span value)
{
	struct search *s = ctx;
	(void)key;
	if (!value.p)
		return ERR_DAMAGED;
	err_t e = state_stream_decode(value, &s->stream);
	if (e || s->stream.number != s->number)
		return (int)e;
	s->found = true;
	return MAP_STOP;
}

/* stream_find: id and number of a stream are both the begin of its hash, so of most numbers one record begins so. */
err_t stream_find(struct map *m, uint64_t number, struct stream *ret)
{
	cleanup(buf_free) struct buf prefix = BUF_INIT;
	struct search s = { .number = number };
	buf_put(&prefix, STATE_STREAM, strlen(STATE_STREAM));
	buf_u64(&prefix, number);
	err_t e = buf_ok(&prefix);
	if (!e)
		e = map_scan(m, MAP_STATE, buf_span(&prefix), SPAN(NULL, 0), visit, &s);
	if (!e && !s.found)
		e = ERR_NOTFOUND;
	if (!e)
		*ret = s.stream;
	return e;
}

err_t stream_own(struct map *m, struct stream *ret)
{
	cleanup(buf_free) struct buf key = BUF_INIT, v = BUF_INIT;
	struct own_life life;
	err_t e = state_get_life(m, &life);
	if (e)
		return e;
	buf_put(&key, STATE_STREAM, strlen(STATE_STREAM));
	buf_id(&key, life.stream);
	e = buf_ok(&key);
	if (!e)
		e = map_get(m, MAP_STATE, buf_span(&key), &v);
	return e ? e : state_stream_decode(buf_span(&v), ret);
}
