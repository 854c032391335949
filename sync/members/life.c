/* SPDX-License-Identifier: MIT */
#include "sync/members/life.h"

#include "sync/core/sync_struct.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "vault/objects/applied.h"

#define DRAWS 8 /* a number that is taken, or 0, comes once in 2^64 */

void life_free(struct life *l)
{
	records_free(&l->said);
}

static struct chain_of of(const struct sync *s, const struct signer_mine *who)
{
	return (struct chain_of){ who, keyring_genesis(s->c.keyring), s->c.clock.wall(s->c.clock.ctx) / NS_PER_S };
}

/* end_of: what that signer said last, by what is known here; nothing: number 0. */
static struct chain end_of(const struct sync *s, struct id signer)
{
	const struct roster *r = &s->statements->roster;
	size_t i = statements_end(r, signer);
	if (i == ROSTER_NONE)
		return (struct chain){ 0 };
	return (struct chain){ .number = r->said[i].s->as.number, .hash = r->said[i].s->hash };
}

/* last: of this device. A state that was restored from a backup may have said more than it knows. */
static err_t last(struct sync *s, struct chain *ret)
{
	struct chain known = end_of(s, s->device);
	err_t e = chain_get(s->c.map, ret);
	if (!e && known.number > ret->number)
		*ret = known;
	return e;
}

/* mailbox_next: from where on a place is looked for. Behind a bad place of an older epoch the mark stays there: then it
 * says nothing of this one, and a place chosen by it would leave a hole that readers stop at. */
static void want_letter(const struct sync *s, struct chain *c)
{
	c->letter = CHAIN_WANTED;
	c->epoch = keyring_epoch(s->c.keyring);
	c->place = s->st.mailbox_epoch == c->epoch ? s->st.mailbox : 0;
}

/* -- drawing ----------------------------------------------------------------------------------------------------- */

static void fill(const struct sync *s, const struct chain *at, struct stream *ret)
{
	struct stream st = { .id = id_from(at->hash.b), .hash = at->hash, .device = s->device, .epoch = 1 };
	st.number = applied_stream(at->hash);
	st.seen.stream = st.applied.stream = st.id;
	memcpy(st.key, s->c.members.mine->sign_key, sizeof(st.key));
	*ret = st;
}

static err_t draw_once(struct sync *s, const struct chain *from, struct life *l)
{
	struct chain_of who = of(s, s->c.members.mine);
	struct statement2 body = { .kind = SIGNER_INCARNATION };
	err_t e = crypto_random_id(&body.id);
	l->at = *from;
	if (!e)
		e = chain_next(&who, &body, &l->at, &l->said);
	fill(s, &l->at, &l->stream);
	return e;
}

static bool usable(struct sync *s, const struct life *l)
{
	return l->stream.number && !streams_number(s, l->stream.number);
}

err_t life_draw(struct sync *s, struct life *ret)
{
	cleanup(life_free) struct life l = { .said = RECORDS_INIT };
	struct chain from;
	err_t e = last(s, &from);
	for (unsigned i = 0; !e && i < DRAWS; i++) {
		records_free(&l.said);
		e = draw_once(s, &from, &l);
		if (!e && usable(s, &l))
			break;
	}
	if (!e && !usable(s, &l))
		e = ERR_CRYPTO;
	if (e)
		return e;
	want_letter(s, &l.at);
	*ret = l;
	l.said = RECORDS_INIT;
	return ERR_OK;
}

err_t life_join(struct sync *s, const struct signer_mine *slot, struct life *l)
{
	const struct signer_mine *mine = s->c.members.mine;
	struct chain_of who = of(s, slot);
	struct chain at = end_of(s, slot->id);
	uint8_t proof[SIGNER_SIG];
	struct statement2 body = { .kind = SIGNER_JOIN, .proof = proof };
	body.who = signer_mine_new_of(mine, statements_rank(&s->statements->roster, slot->id));
	err_t e = mine_prove(mine, who.genesis, proof);
	return e ? e : chain_next(&who, &body, &at, &l->said);
}

/* -- saying ------------------------------------------------------------------------------------------------------ */

void life_put(const struct life *l, const struct own_life *own, struct ops *o)
{
	state_put_life(o, own);
	state_put_stream(o, &l->stream);
}

/* known: what was said is in the set of statements. */
static err_t known(struct sync *s, const struct records *said)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < said->n; i++)
		e = statements_visit(s, records_key(said->v[i]), buf_span(&said->v[i]->value));
	return e ? e : statements_make(s);
}

err_t life_begun(struct sync *s, const struct life *l, const struct own_life *own)
{
	if (!streams_find(s, l->stream.id))
		s->streams.list[s->streams.n++] = l->stream; /* there is room: who says it has seen to that */
	s->stream = l->stream.id;
	s->life2 = *own;
	s->mailbox.known = false;
	s->heads.due = true;
	return known(s, &l->said);
}

err_t life_say(struct sync *s, struct life *l, const struct chain_with *more)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	const struct own_life own = { .stream = l->stream.id };
	struct chain_with with = { &l->said, more->more, more->ctx, &o };
	if (!streams_reserve(s))
		return s->streams.n >= STREAMS_MAX ? ERR_LIMIT : ERR_NOMEM;
	life_put(l, &own, &o);
	err_t e = buf_ok(&o.b);
	if (!e)
		e = chain_say(s->at.changeset, &l->at, &with);
	return e ? e : life_begun(s, l, &own);
}
