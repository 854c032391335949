/* SPDX-License-Identifier: MIT */
#include "sync/members/letter_own.h"

#include "crypto/hash.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/stood_on.h"
#include "sync/members/chain.h"
#include "sync/members/letter.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/vault_key.h"

#define LETTER_AGAIN (60 * NS_PER_S) /* when the store did not take it */

/* -- what is in it ----------------------------------------------------------------------------------------------- */

/* lets_in: whether it is a JOIN of a slot that lets `device` in. */
static bool lets_in(const struct roster *r, size_t i, struct id device)
{
	const struct roster_said *x = &r->said[i];
	return x->s->as.kind == SIGNER_JOIN && r->signer[x->signer].who.kind != SIGNER_DEVICE &&
	       id_eq(x->s->about, device);
}

static err_t put_statements(struct sync *s, const struct stream *own, struct records *letter)
{
	const struct roster *r = &s->statements->roster;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < r->said_n; i++)
		if (hash_eq(r->said[i].s->hash, own->hash) || lets_in(r, i, own->device))
			e = statement_record_put(letter, r->said[i].s->hash, r->said[i].s->bytes);
	return e;
}

enum { MIX_KEYS = 1, NAME = 2 }; /* docs/format.md, "Kinds" */

/* add_mix: of the mix keys the one that counts: any member can add others, as many as it likes. */
static err_t add_mix(const struct record *r, struct hash counts, struct record *out)
{
	const struct group_node *g = group_find(group_all(r), MIX_KEYS);
	struct nodes keys = g && g->class == GROUP_MAP ? group_inside(g) : (struct nodes){ 0 };
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size) {
		struct hash h;
		err_t e = crypto_sha256(k->bytes, &h);
		if (e)
			return e;
		if (!hash_eq(h, counts))
			continue;
		size_t at = group_open(out, MIX_KEYS, GROUP_MAP, STAMP_ZERO);
		group_copy(out, k);
		group_close(out, at);
		return ERR_OK;
	}
	return ERR_OK;
}

/* of_device: what others need of its record: mix key and name. */
static err_t of_device(struct sync *s, struct span value, struct buf *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT, out = RECORD_INIT;
	const struct roster_signer *me = roster_who(&s->statements->roster, s->device);
	err_t e = record_decode(value, &r);
	if (!e && me)
		e = add_mix(&r, me->who.mix, &out);
	const struct group_node *name = e ? NULL : group_find(group_all(&r), NAME);
	if (name)
		group_copy(&out, name);
	return e || (!out.n && !out.failed) ? e : record_encode(&out, ret);
}

/* put_device: its record. */
static err_t put_device(struct sync *s, struct records *letter)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT, some = BUF_INIT;
	const struct vault_name n = { .kind = SHARED_DEVICE, .id = s->device };
	struct vault_key key = vault_key_of(&n);
	const struct view *shown = changeset_shown(s->at.changeset);
	err_t e = shown->get(shown->ctx, vault_key_span(&key), &value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	e = of_device(s, buf_span(&value), &some);
	return e || !some.len ? e : records_put(letter, vault_key_span(&key), buf_span(&some));
}

/* -- where it is ------------------------------------------------------------------------------------------------- */

/* known: whether another device's commit stands on one of ours: of a stream that goes on, so that who comes later
 * follows it. */
static err_t known(struct sync *s, const struct stream *own, bool *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && !*ret && i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		uint64_t n = 0;
		if (!st->closed && !id_eq(st->device, own->device))
			e = stood_on(s, st, own->number, &n);
		*ret = n != 0;
	}
	return e;
}

static err_t save(struct sync *s, struct chain *c, const struct letter_place *at)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	uint32_t number = keyring_number(s->c.keyring, at->epoch);
	if (c->letter == CHAIN_PLACED && c->epoch == number && c->place == at->place)
		return ERR_OK;
	c->letter = CHAIN_PLACED;
	c->epoch = number;
	c->place = at->place;
	chain_put(&o, c);
	return ops_commit(&o, s->c.map);
}

/* place_of: the last of the epochs with that number: in another one it is not found, and PUT again. */
static struct letter_place place_of(const struct sync *s, const struct chain *c)
{
	return (struct letter_place){ keyring_from(s->c.keyring, c->epoch + 1) - 1, c->place };
}

/* first_place: under the newest epoch: it may have become known since the letter was wanted. */
static struct letter_place first_place(const struct sync *s, const struct chain *c)
{
	const uint32_t newest = keyring_epoch(s->c.keyring), number = keyring_number(s->c.keyring, newest);
	struct letter_place at = { newest, number == s->st.mailbox_epoch ? s->st.mailbox : 0 };
	return c->epoch == number ? place_of(s, c) : at;
}

static err_t place(struct sync *s, struct chain *c, const struct stream *own)
{
	cleanup(records_free) struct records letter = RECORDS_INIT;
	const bool wanted = c->letter == CHAIN_WANTED;
	struct letter_place at = wanted ? first_place(s, c) : place_of(s, c);
	err_t e = wanted ? map_sync(s->c.map) : letter_hole(s, &at); /* nothing leaves before it is durable */
	if (!e)
		e = put_statements(s, own, &letter);
	if (e || !letter.n) /* nothing that lets this device in is known: it cannot be said */
		return e;
	e = put_device(s, &letter);
	if (!e)
		e = letter_put(s, &letter, &at, wanted || at.place != c->place);
	return e ? e : save(s, c, &at);
}

err_t letter_own_keep(struct sync *s)
{
	const struct stream *own = streams_find(s, s->stream);
	struct chain c;
	int64_t now = s->c.clock.mono(s->c.clock.ctx);
	if (!own || !s->at.changeset || s->mailbox.known || now < s->mailbox.own_next)
		return ERR_OK;
	err_t e = chain_get(s->c.map, &c);
	if (!e && c.letter != CHAIN_NO_LETTER)
		e = known(s, own, &s->mailbox.known);
	if (e || c.letter == CHAIN_NO_LETTER || s->mailbox.known)
		return e;
	e = place(s, &c, own);
	if (!s->asked.pulls || !asked_untaken(e)) /* who joins is told */
		return e;
	log_warn(AREA_SYNC, "what lets newcomers know this device could not be stored (%s); tried again later",
	         err_text(e));
	s->mailbox.own_next = now + LETTER_AGAIN;
	return ERR_OK;
}
