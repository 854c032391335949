/* SPDX-License-Identifier: MIT
 * The engine's two lists: commits known and streams known.
 */
#include "sync/core/lists.h"

#include "sync/core/stream2.h"
#include "sync/core/sync_struct.h"
#include "util/vec.h"
#include "vault/objects/applied2.h"

struct commit_record *commits_find(struct sync *s, struct hash hash)
{
	for (size_t i = s->commits.n; i > 0; i--) {
		if (hash_eq(s->commits.list[i - 1].hash, hash))
			return &s->commits.list[i - 1];
	}
	return NULL;
}

bool commits_reserve(struct sync *s)
{
	return vec_room(s->commits.list, s->commits.n, 1, &s->commits.cap);
}

void commits_add(struct sync *s, const struct commit_record *n)
{
	struct commit_record *at = commits_find(s, n->hash);
	if (at)
		*at = *n;
	else
		s->commits.list[s->commits.n++] = *n;
}

void commits_remove(struct sync *s, struct hash hash)
{
	struct commit_record *at = commits_find(s, hash);
	if (!at)
		return;
	memmove(at, at + 1, (size_t)(s->commits.list + s->commits.n - (at + 1)) * sizeof(*at));
	s->commits.n--;
}

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

err_t streams_name(const struct sync *s, struct stream *st)
{
	if (s->format != VAULT_FORMAT_2)
		return ERR_OK;
	err_t e = stream2_hash(st->id, &st->hash);
	if (!e)
		st->number = applied_stream(st->hash);
	return e;
}

bool streams_reserve(struct sync *s)
{
	return s->streams.n < STREAMS_MAX && vec_room(s->streams.list, s->streams.n, 1, &s->streams.cap);
}

err_t streams_add(struct sync *s, const struct stream *st)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct stream named = *st;
	if (streams_find(s, st->id))
		return ERR_OK;
	if (!streams_reserve(s))
		return s->streams.n >= STREAMS_MAX ? ERR_LIMIT : ERR_NOMEM;
	state_put_stream(&o, st);
	err_t e = streams_name(s, &named);
	if (!e)
		e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->streams.list[s->streams.n++] = named;
	s->heads.due = true; /* it tells those who missed the new one's statement */
	return ERR_OK;
}
