/* SPDX-License-Identifier: MIT */
#include "vault/members/confirm.h"

#include "vault/members/pins.h"
#include "vault/members/roster.h"

static bool is_asked(const struct roster *r, size_t device, size_t said)
{
	const struct roster_said *s = &r->said[said];
	const struct roster_signer *x = &r->signer[device];
	if (s->replaces != r->slots[r->slots_n - 1] || r->signer[s->about].place != ROSTER_NONE)
		return false;
	if (s->signer == device || r->signer[s->signer].place != ROSTER_NONE)
		return false;
	for (size_t i = x->first; i < x->first + x->n; i++)
		if (r->said[i].s->as.kind == SIGNER_CONFIRM && r->said[i].confirmed == said)
			return false;
	return x->who.kind == SIGNER_DEVICE && roster_member(x);
}

/* leads_to: `said` is `pin`, or before it. */
static bool leads_to(const struct roster *r, size_t said, size_t pin)
{
	return pin != ROSTER_NONE && pins_common(r, said, pin) == said;
}

/* vetoes: statement i, of the slot in force. */
static bool vetoes(const struct roster *r, size_t i, const struct roster_said *s, size_t said)
{
	const struct roster_said *x = &r->said[i];
	if (x->s->as.kind != SIGNER_REVOKE)
		return false;
	bool who_brought = x->about == s->signer && !leads_to(r, said, x->pin);
	return x->about == s->about || who_brought;
}

enum confirm confirm_ask(const struct roster *r, size_t device, size_t said)
{
	const struct roster_said *s = &r->said[said];
	enum confirm answer = CONFIRM_MAY;
	if (!is_asked(r, device, said))
		return CONFIRM_NOT_ASKED;
	const struct roster_signer *old = &r->signer[s->replaces];
	for (size_t i = old->first; i < old->first + old->n; i++) {
		if (vetoes(r, i, s, said))
			return CONFIRM_VETO;
		if (!leads_to(r, i, s->pin))
			answer = CONFIRM_LEAVES_OUT;
	}
	return answer;
}
