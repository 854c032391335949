/* SPDX-License-Identifier: MIT */
#include "sync/members/statements_room.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <stdlib.h>

bool statements_have_room(const struct statements *t, struct span bytes, struct hash h)
{
	struct signer_said as;
	if (hashes_has(&t->forged, h))
		return false;
	if (t->vain < STATEMENTS_VAIN || !signer_statement(bytes, &as))
		return true;
	const struct roster_signer *who = roster_who(&t->roster, as.signer);
	return !who || (who->in && !who->pinned) || hashes_has(&t->wanted, h);
}

static bool is_in(void *ctx, const struct heard *said)
{
	return hashes_has(ctx, said->hash);
}

static int hash_order(const void *a, const void *b)
{
	return hash_cmp(*(const struct hash *)a, *(const struct hash *)b);
}

/* good_of: the hashes of what is good. */
static err_t good_of(const struct roster *r, struct hashes *ret)
{
	if (!vec_room(ret->v, ret->n, r->said_n + 1, &ret->cap))
		return ERR_NOMEM;
	for (size_t i = 0; i < r->said_n; i++)
		ret->v[ret->n++] = r->said[i].s->hash;
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), hash_order);
	return ERR_OK;
}

/* drop_idle: what is not good, forged or not, once there is much of that: a sweep, or a record, brings it again. */
static err_t drop_idle(struct statements *t)
{
	cleanup(hashes_free) struct hashes good = { 0 };
	bool much = t->set.n - t->roster.said_n > STATEMENTS_IDLE;
	err_t e = much ? good_of(&t->roster, &good) : ERR_OK;
	if (e || !much)
		return e;
	t->dropped = true;
	heard_set_only(&t->set, is_in, &good);
	hashes_only(&t->seen, &good);
	hashes_only(&t->stray, &good);
	return ERR_OK;
}

/* want: what a statement rests on. */
static err_t want(struct statements *t, struct hash h)
{
	return hash_eq(h, HASH_ZERO) || hashes_has(&t->seen, h) ? ERR_OK : hashes_add(&t->wanted, h);
}

/* find_wanted: behind a pin of a revoked device is what it said before. */
static err_t find_wanted(struct statements *t)
{
	err_t e = ERR_OK;
	hashes_free(&t->wanted);
	if (t->vain < STATEMENTS_VAIN)
		return ERR_OK;
	for (size_t i = 0; !e && i < t->set.n; i++) {
		e = want(t, t->set.v[i].as.previous);
		if (!e && t->set.v[i].known && t->set.v[i].pin.number)
			e = want(t, t->set.v[i].pin.hash);
	}
	return e;
}

err_t statements_trim(struct statements *t)
{
	err_t e = drop_idle(t);
	return e ? e : find_wanted(t);
}
