/* SPDX-License-Identifier: MIT
 * Asked is each device that genesis names, that a slot in force let in (the last one: up to the pin that the statement
 * gives it), that the statement's signer let in, or that one of those so found let in: but for whom the signer let in
 * behind the statement, and another behind its confirmation. Other slots need not confirm, but whom they let in. Whom
 * one of the slots in force revoked need not; what it said behind its pin is not asked about.
 */
#include "vault/members/settled.h"

#include "util/cleanup.h"
#include "vault/members/pins.h"

struct asked {
	const struct roster *r;
	size_t said;                      /* the statement */
	bool *after, *lost, *by_slot;     /* by statement: see mark_* */
	bool *revoked, *confirmed, *need; /* by signer */
	size_t *pin, *todo, todo_n;       /* of who is revoked; signers */
};

static void asked_free(struct asked *a)
{
	free(a->after);
	free(a->lost);
	free(a->by_slot);
	free(a->revoked);
	free(a->confirmed);
	free(a->need);
	free(a->pin);
	free(a->todo);
}

static bool asked_room(struct asked *a)
{
	size_t said = a->r->said_n + 1, signer = a->r->signer_n + 1;
	a->after = calloc(said, sizeof(bool));
	a->lost = calloc(said, sizeof(bool));
	a->by_slot = calloc(said, sizeof(bool));
	a->revoked = calloc(signer, sizeof(bool));
	a->confirmed = calloc(signer, sizeof(bool));
	a->need = calloc(signer, sizeof(bool));
	a->pin = calloc(signer, sizeof(size_t));
	a->todo = calloc(signer, sizeof(size_t));
	return a->after && a->lost && a->by_slot && a->revoked && a->confirmed && a->need && a->pin && a->todo;
}

static bool is_device(const struct roster *r, size_t signer)
{
	return r->signer[signer].who.kind == SIGNER_DEVICE;
}

/* mark_after: what its signer said behind the statement, others behind a confirmation of it; these too. */
static void mark_after(struct asked *a)
{
	const struct roster *r = a->r;
	for (size_t i = 0; i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		bool confirms = x->s->as.kind == SIGNER_CONFIRM && x->confirmed == a->said && is_device(r, x->signer);
		if (confirms && x->signer != r->said[a->said].signer)
			a->confirmed[x->signer] = a->after[i] = true;
		if (i == a->said || (x->before != ROSTER_NONE && a->after[x->before]))
			a->after[i] = true;
	}
}

/* mark_by_slot: what counts of the slots that are or were in force. */
static void mark_by_slot(struct asked *a)
{
	const struct roster *r = a->r;
	for (size_t k = 0; k + 1 < r->slots_n; k++) {
		const struct roster_signer *x = &r->signer[r->slots[k]];
		for (size_t i = x->first; i < x->first + x->n; i++)
			a->by_slot[i] = r->said[i].kept;
	}
	for (size_t i = r->said[a->said].pin; i != ROSTER_NONE; i = r->said[i].before)
		a->by_slot[i] = true;
}

/* mark_lost: whom these slots revoked, and what is not left of what it said. */
static void mark_lost(struct asked *a)
{
	const struct roster *r = a->r;
	for (size_t i = 0; i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		if (!a->by_slot[i] || x->s->as.kind != SIGNER_REVOKE || x->about == ROSTER_NONE)
			continue;
		a->pin[x->about] = a->revoked[x->about] ? pins_common(r, a->pin[x->about], x->pin) : x->pin;
		a->revoked[x->about] = true;
	}
	for (size_t k = 0; k < r->signer_n; k++) {
		const struct roster_signer *x = &r->signer[k];
		for (size_t i = x->first; a->revoked[k] && i < x->first + x->n; i++)
			a->lost[i] = true;
		for (size_t i = a->pin[k]; a->revoked[k] && i != ROSTER_NONE; i = r->said[i].before)
			a->lost[i] = false;
	}
}

/* ask: `signer` was in before; false: it would have to confirm, and has not. */
static bool ask(struct asked *a, size_t signer)
{
	if (a->need[signer] || a->r->signer[signer].place != ROSTER_NONE)
		return true;
	a->need[signer] = true;
	a->todo[a->todo_n++] = signer;
	return !is_device(a->r, signer) || signer == a->r->said[a->said].signer || a->confirmed[signer] ||
	       a->revoked[signer];
}

/* ask_first: those that are asked whoever let them in. */
static bool ask_first(struct asked *a)
{
	const struct roster *r = a->r;
	bool all = ask(a, r->said[a->said].signer);
	for (size_t i = 0; all && i < r->signer_n; i++)
		if (r->signer[i].by_genesis)
			all = ask(a, i);
	for (size_t i = 0; all && i < r->said_n; i++)
		if (a->by_slot[i] && heard_lets_in(r->said[i].s))
			all = ask(a, r->said[i].about);
	return all;
}

static bool ask_on(struct asked *a)
{
	const struct roster *r = a->r;
	bool all = true;
	while (all && a->todo_n) {
		const struct roster_signer *x = &r->signer[a->todo[--a->todo_n]];
		for (size_t i = x->first; all && i < x->first + x->n; i++)
			if (heard_lets_in(r->said[i].s) && !a->after[i] && !a->lost[i])
				all = ask(a, r->said[i].about);
	}
	return all;
}

err_t settled(const struct roster *r, size_t said, bool *ret)
{
	cleanup(asked_free) struct asked a = { .r = r, .said = said };
	if (!asked_room(&a))
		return ERR_NOMEM;
	mark_after(&a);
	mark_by_slot(&a);
	mark_lost(&a);
	*ret = !a.lost[said] && ask_first(&a) && ask_on(&a);
	return ERR_OK;
}
