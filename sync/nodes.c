/* SPDX-License-Identifier: MIT
 * The engine's two lists: commits known and streams known.
 */
#include "sync/internal.h"
#include "util/vec.h"

struct node *nodes_find(struct sync *s, const uint8_t hash[HASH_LEN])
{
	for (size_t i = s->nnodes; i > 0; i--) {
		if (memcmp(s->nodes[i - 1].hash, hash, HASH_LEN) == 0)
			return &s->nodes[i - 1];
	}
	return NULL;
}

bool nodes_reserve(struct sync *s)
{
	return vec_room(s->nodes, s->nnodes, 1, &s->nodes_cap);
}

void nodes_add(struct sync *s, const struct node *n)
{
	struct node *at = nodes_find(s, n->hash);
	if (at)
		*at = *n;
	else
		s->nodes[s->nnodes++] = *n;
}

void nodes_remove(struct sync *s, const uint8_t hash[HASH_LEN])
{
	struct node *at = nodes_find(s, hash);
	if (!at)
		return;
	memmove(at, at + 1, (size_t)(s->nodes + s->nnodes - (at + 1)) * sizeof(*at));
	s->nnodes--;
}

struct stream *streams_find(struct sync *s, const uint8_t id[ID_LEN])
{
	for (size_t i = 0; i < s->nstreams; i++) {
		if (memcmp(s->streams[i].id, id, ID_LEN) == 0)
			return &s->streams[i];
	}
	return NULL;
}

bool streams_reserve(struct sync *s)
{
	return s->nstreams < STREAMS_MAX && vec_room(s->streams, s->nstreams, 1, &s->streams_cap);
}

err_t streams_add(struct sync *s, const struct stream *st)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	if (streams_find(s, st->id))
		return ERR_OK;
	if (!streams_reserve(s))
		return s->nstreams >= STREAMS_MAX ? ERR_LIMIT : ERR_NOMEM;
	state_put_stream(&o, st);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->streams[s->nstreams++] = *st;
	s->head_due = true; /* it tells those who missed the new one's statement */
	return ERR_OK;
}
