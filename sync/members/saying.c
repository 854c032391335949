/* SPDX-License-Identifier: MIT */
#include "sync/members/saying.h"

#include "sync/core/sync_struct.h"
#include "sync/members/statements.h"
#include "util/deadline.h"

#define TRY_MS 50 /* a round that nobody waits for wakes nobody */

bool saying_lock(struct sync *s, unsigned timeout_ms)
{
	struct deadline end = deadline_in(timeout_ms * NS_PER_MS);
	while (pthread_mutex_trylock(&s->work)) {
		if (deadline_passed(end))
			return false;
		guard(&s->lock);
		(void)deadline_wait(&s->wake, &s->lock, deadline_in(TRY_MS * NS_PER_MS));
	}
	return true;
}

struct chain_of saying_of(const struct sync *s, const struct signer_mine *who)
{
	return (struct chain_of){ who, keyring_genesis(s->c.keyring), s->c.clock.wall(s->c.clock.ctx) / NS_PER_S };
}

struct chain saying_end(const struct sync *s, struct id signer)
{
	const struct roster *r = &s->statements->roster;
	size_t i = statements_end(r, signer);
	if (i == ROSTER_NONE)
		return (struct chain){ 0 };
	return (struct chain){ .number = r->said[i].s->as.number, .hash = r->said[i].s->hash };
}

err_t saying_last(struct sync *s, struct chain *ret)
{
	struct chain known = saying_end(s, s->device);
	err_t e = chain_get(s->c.map, ret);
	if (!e && known.number > ret->number)
		*ret = known;
	return e;
}

err_t saying_known(struct sync *s, const struct records *said)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < said->n; i++)
		e = statements_visit(s, records_key(said->v[i]), buf_span(&said->v[i]->value));
	return e ? e : statements_make(s);
}
