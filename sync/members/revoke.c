/* SPDX-License-Identifier: MIT */
#include "sync/members/revoke.h"

#include "sync/core/sync_struct.h"
#include "sync/members/answer.h"
#include "sync/members/roll.h"
#include "sync/members/saying.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "util/vec.h"

/* -- what is said ------------------------------------------------------------------------------------------------ */

/* pin_of: what it said last; but of one that has removed this device, what it said before that: else both were out. */
static struct statement_pin pin_of(const struct sync *s, struct id device)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *who = roster_who(r, device);
	const struct roster_said *first = NULL;
	size_t pin = statements_end(r, device);
	for (size_t i = who->first; i < who->first + who->n; i++) {
		const struct roster_said *x = &r->said[i];
		if (!answer_against(s, i) || (first && first->s->as.number <= x->s->as.number))
			continue;
		first = x;
		pin = x->before;
	}
	if (pin == ROSTER_NONE)
		return (struct statement_pin){ 0 };
	return (struct statement_pin){ r->said[pin].s->as.number, r->said[pin].s->hash };
}

static int by_stream(const void *pa, const void *pb)
{
	const struct stream_end *a = pa, *b = pb;
	return a->stream < b->stream ? -1 : a->stream > b->stream;
}

/* add_ends: of its streams that are cut already, or are not: what is applied of each. A statement names so many at
 * most: of more, those that are open come first, and the rest is cut at nothing but what others stand on. */
static err_t add_ends(const struct sync *s, struct id device, bool closed, struct stream_ends *to)
{
	for (size_t i = 0; i < s->streams.n && to->n < STATEMENT_REVOKE_MAX; i++) {
		const struct stream *st = &s->streams.list[i];
		if (!id_eq(st->device, device) || st->closed != closed || !st->applied.n)
			continue;
		if (!vec_room(to->v, to->n, 1, &to->cap))
			return ERR_NOMEM;
		to->v[to->n++] = (struct stream_end){ st->number, st->applied.n, st->applied.hash };
	}
	return ERR_OK;
}

static err_t body_of(const struct sync *s, struct id device, struct statement *ret)
{
	*ret = (struct statement){ .kind = SIGNER_REVOKE, .id = device, .pin = pin_of(s, device) };
	err_t e = add_ends(s, device, false, &ret->ends);
	if (!e)
		e = add_ends(s, device, true, &ret->ends);
	if (ret->ends.n)
		qsort(ret->ends.v, ret->ends.n, sizeof(*ret->ends.v), by_stream);
	return e;
}

/* -- whether it may be ------------------------------------------------------------------------------------------- */

static err_t device_ok(const struct sync *s, struct id device, struct why *why)
{
	const struct roster_signer *x = roster_who(&s->statements->roster, device);
	if (!x || x->who.kind != SIGNER_DEVICE)
		return why_set(why, ERR_NOTFOUND, "this vault has no such device any more: list them again");
	if (!roster_member(x))
		return why_set(why, ERR_EXISTS, "that device was removed already");
	if (id_eq(device, s->device))
		return why_set(why, ERR_INVAL,
		               "this device cannot remove itself: do it on another one; to drop this device's copy of "
		               "the vault: cloudseal forget");
	return ERR_OK;
}

struct outcome {
	struct id device, own;
	bool gone, stays; /* that device, this one */
};

static void look(void *ctx, const struct roster *r)
{
	struct outcome *o = ctx;
	const struct roster_signer *that = roster_who(r, o->device), *own = roster_who(r, o->own);
	o->gone = !that || !roster_member(that);
	o->stays = own && roster_member(own);
}

/* statement_of: the bytes of what chain_next made. */
static err_t statement_of(const struct records *said, struct record *r, struct span *ret)
{
	return statement_record_get(buf_span(&said->v[0]->value), r, ret);
}

/* outcome_ok: who revoked this device may count more than it, or that device. */
static err_t outcome_ok(struct sync *s, struct id device, const struct records *said, struct why *why)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct outcome o = { .device = device, .own = s->device };
	struct span bytes;
	err_t e = statement_of(said, &r, &bytes);
	if (!e)
		e = statements_if(s, bytes, &(struct statements_look){ look, &o });
	if (!e && (!o.gone || !o.stays))
		return why_set(why, ERR_DENIED,
		               "this device was removed itself by one that counts more: do it on another device");
	return e;
}

/* -- saying it --------------------------------------------------------------------------------------------------- */

static err_t say(struct sync *s, struct id device, struct why *why)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	cleanup(statement_free) struct statement body = { 0 };
	struct chain_of who = saying_of(s, s->c.members.mine);
	struct chain at;
	if (!s->at.changeset)
		return ERR_BUSY;
	err_t e = body_of(s, device, &body);
	if (!e)
		e = saying_last(s, &at);
	if (!e)
		e = chain_next(&who, &body, &at, &said);
	if (!e)
		e = outcome_ok(s, device, &said, why);
	if (!e)
		e = chain_say(s->at.changeset, &at, &(struct chain_with){ .said = &said });
	if (!e)
		e = saying_known(s, &said);
	s->answered = false;
	return e ? e : roll_make(s);
}

err_t revoke_say(struct sync *s, const struct revoke *what, struct why *why)
{
	if (!saying_lock(s, what->timeout_ms))
		return why_set(
		        why, ERR_TIMEOUT,
		        "the cloud is being asked something and does not answer: nothing was removed; try again");
	err_t e = device_ok(s, what->device, why);
	if (!e)
		e = say(s, what->device, why);
	pthread_mutex_unlock(&s->work);
	return e;
}
