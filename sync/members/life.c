/* SPDX-License-Identifier: MIT */
#include "sync/members/life.h"

#include "sync/core/sync_struct.h"
#include "sync/members/saying.h"
#include "sync/members/statements.h"
#include "vault/objects/applied.h"

#define DRAWS 8 /* a number that is taken, or 0, comes once in 2^64 */

void life_free(struct life *l)
{
	records_free(&l->said);
}

/* mailbox_next: from where on a place is looked for. Behind a bad place of an older epoch the mark stays there: then it
 * says nothing of this one, and a place chosen by it would leave a hole that readers stop at. */
static void want_letter(const struct sync *s, struct chain *c)
{
	c->letter = CHAIN_WANTED;
	c->epoch = keyring_number(s->c.keyring, keyring_epoch(s->c.keyring));
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
	struct chain_of who = saying_of(s, s->c.members.mine);
	struct statement body = { .kind = SIGNER_INCARNATION };
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
	err_t e = saying_last(s, &from);
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
	struct chain_of who = saying_of(s, slot);
	struct chain at = saying_end(s, slot->id);
	uint8_t proof[SIGNER_SIG];
	struct statement body = { .kind = SIGNER_JOIN, .proof = proof };
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

err_t life_begun(struct sync *s, const struct life *l, const struct own_life *own)
{
	if (!streams_find(s, l->stream.id))
		s->streams.list[s->streams.n++] = l->stream; /* there is room: who says it has seen to that */
	s->stream = l->stream.id;
	s->own_life = *own;
	s->mailbox.known = false;
	s->heads.due = true;
	return saying_known(s, &l->said);
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
