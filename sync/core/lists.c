/* SPDX-License-Identifier: MIT
 * The streams that are known.
 */
#include "sync/core/lists.h"

#include "sync/core/sync_struct.h"
#include "util/vec.h"

struct stream *streams_find(struct sync *s, struct id id)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		if (id_eq(s->streams.list[i].id, id))
			return &s->streams.list[i];
	}
	return NULL;
}

struct stream *streams_number(struct sync *s, uint64_t number)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		if (s->streams.list[i].number == number)
			return &s->streams.list[i];
	}
	return NULL;
}

bool streams_reserve(struct sync *s)
{
	return s->streams.n < STREAMS_MAX && vec_room(s->streams.list, s->streams.n, 1, &s->streams.cap);
}

err_t streams_add(struct sync *s, const struct stream *st)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	if (streams_find(s, st->id))
		return ERR_OK;
	if (!streams_reserve(s))
		return s->streams.n >= STREAMS_MAX ? ERR_LIMIT : ERR_NOMEM;
	state_put_stream(&o, st);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->streams.list[s->streams.n++] = *st;
	s->heads.due = true; /* it tells those who missed the new one's statement */
	return ERR_OK;
}
