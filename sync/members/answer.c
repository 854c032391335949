/* SPDX-License-Identifier: MIT */
#include "sync/members/answer.h"

#include "sync/core/asked.h"
#include "sync/core/sync_struct.h"
#include "sync/members/letter.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"

bool answer_against(const struct sync *s, size_t i)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_said *x = &r->said[i];
	return x->s->as.kind == SIGNER_REVOKE && x->about != ROSTER_NONE && id_eq(r->signer[x->about].id, s->device);
}

/* removed_us: a signer has said that, whether it counts or not. */
static bool removed_us(const struct sync *s, size_t signer)
{
	const struct roster_signer *x = &s->statements->roster.signer[signer];
	for (size_t i = x->first; i < x->first + x->n; i++)
		if (answer_against(s, i))
			return true;
	return false;
}

/* gather: what this device says of those. */
static err_t gather(const struct sync *s, struct records *letter)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *me = roster_who(r, s->device);
	err_t e = ERR_OK;
	for (size_t i = me ? me->first : 0; !e && me && i < me->first + me->n; i++) {
		const struct roster_said *x = &r->said[i];
		if (x->revokes && removed_us(s, x->about))
			e = statement_record_put(letter, x->s->hash, x->s->bytes);
	}
	return e;
}

err_t answer_keep(struct sync *s)
{
	cleanup(records_free) struct records letter = RECORDS_INIT;
	struct letter_place at = { .epoch = 1 }; /* of later ones it may know one that others do not have */
	if (s->answered)
		return ERR_OK;
	err_t e = gather(s, &letter);
	if (!e && letter.n)
		e = letter_put(s, &letter, &at, true);
	s->answered = !e;
	if (!asked_untaken(e))
		return e;
	log_warn(AREA_SYNC, "the store does not take the answer to a removal (%s)", err_text(e));
	return ERR_OK;
}
