/* SPDX-License-Identifier: MIT */
#include "vault/members/roster.h"

#include "util/cleanup.h"
#include "vault/members/good.h"
#include "vault/members/in_force.h"
#include "vault/members/pins.h"

void roster_free(struct roster *r)
{
	free(r->said);
	free(r->signer);
	free(r->slots);
	free(r->by);
	*r = (struct roster){ 0 };
}

const struct roster_signer *roster_who(const struct roster *r, struct id id)
{
	size_t at = good_signer(r, id);
	return at == ROSTER_NONE ? NULL : &r->signer[at];
}

const struct roster_signer *roster_in_force(const struct roster *r)
{
	return &r->signer[r->slots[r->slots_n - 1]];
}

bool roster_counts(const struct roster *r, size_t i)
{
	return pins_counts(r, i);
}

/* -- revocations ------------------------------------------------------------------------------------------------- */

static uint32_t rank_of(const struct roster_signer *x)
{
	return x->place == ROSTER_NONE ? x->rank : 0;
}

/* by_rank: of two REVOKEs; by rank, place of a recovery slot, then as statements are. */
static int by_rank(const void *pa, const void *pb, void *ctx)
{
	const struct roster *r = ctx;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	const struct roster_signer *x = &r->signer[r->said[a].signer], *y = &r->signer[r->said[b].signer];
	if (rank_of(x) != rank_of(y))
		return rank_of(x) < rank_of(y) ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return a < b ? -1 : a > b;
}

static size_t sort_revokes(struct roster *r, size_t *v)
{
	size_t n = 0;
	for (size_t i = 0; i < r->said_n; i++)
		if (r->said[i].s->as.kind == SIGNER_REVOKE)
			v[n++] = i;
	if (n)
		qsort_r(v, n, sizeof(*v), by_rank, r);
	return n;
}

/* revoke_one: unless it does not count, or is about a slot that was in force. */
static err_t revoke_one(struct roster *r, size_t i)
{
	struct roster_said *x = &r->said[i];
	if (!pins_counts(r, i) || x->about == ROSTER_NONE || r->signer[x->about].place != ROSTER_NONE)
		return ERR_OK;
	x->revokes = true;
	pins_put(r, x->about, x->pin);
	return pins_find_in(r);
}

static err_t revoke_all(struct roster *r)
{
	cleanup_free size_t *v = calloc(r->said_n + 1, sizeof(*v));
	if (!v)
		return ERR_NOMEM;
	size_t n = sort_revokes(r, v);
	err_t e = pins_find_in(r);
	for (size_t i = 0; !e && i < n; i++)
		e = revoke_one(r, v[i]);
	return e;
}

/* -- what the recovery slot alone can say ------------------------------------------------------------------------- */

static void find_rules(struct roster *r)
{
	for (size_t i = 0; i < r->said_n; i++) {
		const struct heard *s = r->said[i].s;
		if (r->signer[r->said[i].signer].place == ROSTER_NONE || !pins_counts(r, i))
			continue;
		if (s->as.kind == SIGNER_RULES)
			r->rules = MAX(r->rules, s->rules);
		if (!s->known && (s->as.flags & SIGNER_CRITICAL))
			r->read_only = true;
	}
}

static bool genesis_ok(const struct roster_basis *b)
{
	return b->named_n >= 2 && b->named[0].who.kind == SIGNER_RECOVERY && b->named[1].who.kind == SIGNER_DEVICE;
}

err_t roster_make(const struct roster_basis *b, const struct heard *said, size_t n, struct roster *ret)
{
	cleanup(roster_free) struct roster r = { 0 };
	if (!genesis_ok(b))
		return ERR_INVAL;
	err_t e = good_find(b, said, n, &r);
	for (size_t i = 0; !e && i < b->named_n; i++)
		r.signer[good_signer(&r, b->named[i].id)].by_genesis = true;
	if (!e)
		e = in_force_find(&r, good_signer(&r, b->named[0].id));
	if (!e)
		e = revoke_all(&r);
	if (e)
		return e;
	find_rules(&r);
	*ret = r;
	r = (struct roster){ 0 };
	return ERR_OK;
}
