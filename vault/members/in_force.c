/* SPDX-License-Identifier: MIT */
#include "vault/members/in_force.h"

#include "util/cleanup.h"
#include "vault/members/pins.h"
#include "vault/members/settled.h"

static bool is_before(const struct roster *r, size_t a, size_t b)
{
	return b == ROSTER_NONE || hash_cmp(r->said[a].s->hash, r->said[b].s->hash) < 0;
}

/* What the first device, which is always asked, says of replacements: who says many of them that it has not confirmed
 * makes nobody look at all statements for each. */
struct first {
	size_t device;
	bool *confirms; /* by statement */
	bool revoked;   /* by a slot, perhaps: then it need not confirm */
};

static void first_free(struct first *f)
{
	free(f->confirms);
}

static err_t first_find(const struct roster *r, struct first *f)
{
	f->confirms = calloc(r->said_n + 1, sizeof(*f->confirms));
	if (!f->confirms)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->signer_n; i++)
		if (r->signer[i].by_genesis && r->signer[i].who.kind == SIGNER_DEVICE)
			f->device = i;
	for (size_t i = 0; i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		if (x->signer == f->device && x->confirmed != ROSTER_NONE)
			f->confirms[x->confirmed] = true;
		bool slot = r->signer[x->signer].who.kind != SIGNER_DEVICE;
		f->revoked |= slot && x->s->as.kind == SIGNER_REVOKE && x->about == f->device;
	}
	return ERR_OK;
}

/* may_settle: whether the first device does not stand against it. */
static bool may_settle(const struct first *f, const struct roster_said *x, size_t i)
{
	return f->revoked || x->signer == f->device || f->confirms[i];
}

/* next: the statement by which the slot at hand is replaced, or ROSTER_NONE: the one that it signed itself, or the
 * settled one, with the smallest hash. */
static err_t next(const struct roster *r, const struct first *f, size_t *ret)
{
	size_t now = r->slots[r->slots_n - 1], own = ROSTER_NONE, other = ROSTER_NONE;
	for (size_t i = 0; i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		bool is_settled = false;
		if (x->replaces != now || r->signer[x->about].place != ROSTER_NONE)
			continue;
		if (x->signer == now && is_before(r, i, own))
			own = i;
		if (r->signer[x->signer].place != ROSTER_NONE || !is_before(r, i, other) || !may_settle(f, x, i))
			continue;
		err_t e = settled(r, i, &is_settled);
		if (e)
			return e;
		if (is_settled)
			other = i;
	}
	*ret = own != ROSTER_NONE ? own : other;
	return ERR_OK;
}

static void take_place(struct roster *r, size_t slot, size_t by)
{
	r->signer[slot].place = r->slots_n;
	r->slots[r->slots_n] = slot;
	r->by[r->slots_n++] = by;
}

err_t in_force_find(struct roster *r, size_t first)
{
	cleanup(first_free) struct first f = { 0 };
	size_t by = ROSTER_NONE;
	err_t e;
	r->slots = calloc(r->signer_n + 1, sizeof(*r->slots));
	r->by = calloc(r->signer_n + 1, sizeof(*r->by));
	if (!r->slots || !r->by)
		return ERR_NOMEM;
	e = first_find(r, &f);
	if (e)
		return e;
	take_place(r, first, ROSTER_NONE);
	while (!(e = next(r, &f, &by)) && by != ROSTER_NONE) {
		size_t now = r->slots[r->slots_n - 1];
		pins_put(r, now, r->said[by].signer == now ? by : r->said[by].pin);
		take_place(r, r->said[by].about, by);
	}
	return e;
}
