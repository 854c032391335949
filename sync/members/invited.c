/* SPDX-License-Identifier: MIT */
#include "sync/members/invited.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/members/statements.h"
#include "vault/objects/applied.h"

static bool has(struct sync *s, const struct applied_entry *had)
{
	const struct stream *st = streams_number(s, applied_stream(had->stream));
	return st && hash_eq(st->hash, had->stream) && place_newest(s, st).n >= had->n;
}

err_t invited_check(struct sync *s, const struct applied *had, struct why *why)
{
	const struct roster_signer *me = roster_who(&s->statements->roster, s->device);
	size_t lacks = 0;
	for (size_t i = 0; i < had->n; i++)
		lacks += !has(s, &had->v[i]);
	if (lacks)
		return why_set(why, ERR_DAMAGED,
		               "the cloud shows less than the inviting device had, so it is older, or something was "
		               "lost there: try again in a minute");
	if (!me || !roster_member(me))
		return why_set(why, ERR_DAMAGED,
		               "the cloud does not show that this device was let in: it lost that, or the inviting "
		               "device was revoked; ask for a new invitation");
	return ERR_OK;
}
