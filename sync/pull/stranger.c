/* SPDX-License-Identifier: MIT */
#include "sync/pull/stranger.h"

#include "sync/core/given.h"
#include "sync/core/sync_struct.h"
#include "sync/members/statements.h"
#include "sync/pull/commit_get.h"

#define STRANGERS_MAX 256 /* looked for at once */
#define STRANGERS_HEAD 8  /* of what one head counts */

static bool is_stranger(struct sync *s, struct hash stream)
{
	const struct stream *st = streams_number(s, applied_stream(stream));
	return !st || !hash_eq(st->hash, stream);
}

err_t stranger_heard(struct sync *s, const struct applied *a, bool *ret)
{
	struct unknown_streams *u = &s->unknown;
	size_t all = 0, at = 0;
	err_t e = ERR_OK;
	u->claimed = MAX(u->claimed, a->n);
	for (size_t i = 0; i < a->n; i++)
		all += is_stranger(s, a->v[i].stream);
	*ret |= all > 0;
	size_t first = all ? u->turn++ * STRANGERS_HEAD % all : 0;
	for (size_t i = 0; !e && i < a->n; i++) {
		if (!is_stranger(s, a->v[i].stream))
			continue;
		const struct id stream = id_from(a->v[i].stream.b);
		if (!given_unproved(s, stream)) {
			u->last = stream;
			u->now++;
		}
		if ((at++ + all - first) % all < STRANGERS_HEAD && u->met.n < STRANGERS_MAX)
			e = hashes_add(&u->met, a->v[i].stream);
	}
	return e;
}

err_t stranger_look(struct sync *s)
{
	struct hashes *met = &s->unknown.met;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < met->n; i++) {
		if (streams_find(s, id_from(met->v[i].b)))
			continue;
		e = sync_stopping(s) ? ERR_CANCELED : commit_peek(s, met->v[i], statements_visit, s);
		e = e == ERR_NOTFOUND ? ERR_OK : e;
	}
	hashes_free(met);
	return e ? e : statements_make(s);
}
