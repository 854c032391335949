/* SPDX-License-Identifier: MIT */
#include "sync/pull/stranger.h"

#include "sync/core/sync_struct.h"
#include "sync/members/statements.h"
#include "sync/pull/commit_get.h"

#define STRANGERS_MAX 64 /* looked for at once: any member can count what is not there */

err_t stranger_met(struct sync *s, struct hash stream)
{
	s->unknown.now++;
	s->unknown.last = id_from(stream.b);
	return s->unknown.met.n < STRANGERS_MAX ? hashes_add(&s->unknown.met, stream) : ERR_OK;
}

err_t stranger_look(struct sync *s)
{
	struct hashes *met = &s->unknown.met;
	err_t e = ERR_OK;
	for (size_t i = 0; s->statements && !e && i < met->n; i++) {
		if (streams_find(s, id_from(met->v[i].b)))
			continue;
		e = sync_stopping(s) ? ERR_CANCELED : commit_peek(s, met->v[i], statements_visit, s);
		e = e == ERR_NOTFOUND ? ERR_OK : e;
	}
	hashes_free(met);
	return e || !s->statements ? e : statements_make(s);
}
