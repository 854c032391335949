/* SPDX-License-Identifier: MIT */
#include "vault/keys/header_open.h"

#include "util/cleanup.h"
#include "vault/join/epoch.h"
#include "vault/join/statement.h"
#include "vault/keys/wrap.h"
#include "vault/members/root_box.h"

/* What is known of a slot before it is opened. */
struct slot_said {
	struct hash wrap;                 /* its hash */
	struct hash anchor;               /* what its wrap must have */
	const struct genesis_slot *first; /* of genesis; else NULL */
	const struct header_item *item;   /* its SLOT statement; else NULL */
};

/* by_genesis: ERR_NOTFOUND: genesis does not name it. */
static err_t by_genesis(const struct header *h, struct id slot, struct slot_said *ret)
{
	for (size_t i = 0; i < h->g.slot_n; i++) {
		struct id id;
		err_t e = signer_id(h->g.vault, &h->g.slot[i].who, &id);
		if (e)
			return e;
		if (!id_eq(id, slot))
			continue;
		*ret = (struct slot_said){ .wrap = h->g.slot[i].who.wrap, .first = &h->g.slot[i] };
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

static err_t read_statement(const struct header_item *item, struct statement *ret)
{
	struct signer_said said;
	return signer_statement(buf_span(&item->bytes), &said) ? statement_get_body(&said, ret) : ERR_DAMAGED;
}

/* by_statement: that names the slot and this wrap. */
static err_t by_statement(const struct header *h, const struct header_item *wrap, struct slot_said *ret)
{
	const struct header_list *l = &h->list[HEADER_SLOT];
	for (size_t i = 0; i < l->n; i++) {
		cleanup(statement_free) struct statement s = { 0 };
		err_t e = id_eq(l->v[i].slot, wrap->slot) ? read_statement(&l->v[i], &s) : ERR_NOTFOUND;
		if (e == ERR_NOTFOUND || (!e && !hash_eq(s.who.wrap, wrap->hash)))
			continue;
		if (e)
			return e;
		*ret = (struct slot_said){ .wrap = s.who.wrap, .anchor = h->genesis_hash, .item = &l->v[i] };
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

/* said_of: what names the slot of this wrap, and the wrap. ERR_NOTFOUND: nothing does. */
static err_t said_of(const struct header *h, const struct header_item *wrap, struct slot_said *ret)
{
	err_t e = by_genesis(h, wrap->slot, ret);
	if (e == ERR_NOTFOUND)
		e = by_statement(h, wrap, ret);
	return !e && !hash_eq(ret->wrap, wrap->hash) ? ERR_NOTFOUND : e;
}

/* -- epoch roots -------------------------------------------------------------------------------------------------- */

struct opening {
	const struct header *h;
	const struct slot_said *said;
	struct root_box_mine mine;
	struct key first; /* root 1 */
	struct keyring *keyring;
};

static void opening_free(struct opening *o)
{
	key_wipe(&o->first);
	keyring_freep(&o->keyring);
}

static struct root_box_at at_epoch(const struct opening *o, uint32_t number)
{
	struct root_box_at at = {
		.vault = o->h->g.vault, .cipher = o->h->g.cipher, .number = number, .first = &o->first
	};
	at.genesis = o->h->genesis_hash;
	return at;
}

/* first_box: of root 1 to this slot. `s` keeps what it points into. */
static err_t first_box(const struct opening *o, struct statement *s, struct span *ret)
{
	if (o->said->first) {
		*ret = o->said->first->box;
		return ERR_OK;
	}
	err_t e = read_statement(o->said->item, s);
	if (!e && (!s->boxes.n || s->boxes.v[0].epoch != 1 || !hash_eq(s->boxes.v[0].epoch_id, o->h->genesis_hash)))
		e = ERR_DAMAGED;
	if (!e)
		*ret = s->boxes.v[0].box;
	return e;
}

static err_t open_first(struct opening *o)
{
	cleanup(statement_free) struct statement s = { 0 };
	struct root_box_at at = at_epoch(o, 1);
	struct span box;
	err_t e = first_box(o, &s, &box);
	if (!e)
		e = root_box_open(&at, &o->mine, box, &o->h->g.commitment, &o->first);
	if (e == ERR_WRONGKEY)
		e = ERR_DAMAGED; /* the slot is proven, so it is the box */
	return e ? e : keyring_add(o->keyring, 1, o->h->genesis_hash, &o->first);
}

/* claim: a box that does not open here is nobody's loss; it may be forged. */
static err_t claim(struct opening *o, const struct root_box *b, const struct hash *commitment)
{
	cleanup(key_wipe) struct key root = { 0 };
	struct root_box_at at = at_epoch(o, b->epoch);
	err_t e = root_box_open(&at, &o->mine, b->box, commitment, &root);
	if (!e)
		e = keyring_claim(o->keyring, b->epoch, b->epoch_id, &root);
	return e == ERR_NOMEM || e == ERR_CRYPTO ? e : ERR_OK;
}

static err_t claim_of_start(struct opening *o, const struct header_item *item)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	err_t e = epoch_get_start(buf_span(&item->bytes), &s);
	struct hash commitment = hash_from(s.commitment);
	for (size_t i = 0; !e && i < s.slots.n; i++) {
		struct root_box b = { item->number, item->hash, s.slots.v[i].box };
		if (id_eq(s.slots.v[i].to, o->mine.id))
			return claim(o, &b, &commitment);
	}
	return e;
}

/* claim_of_statement: by its boxes of later epochs, if no start of these is here. */
static err_t claim_of_statement(struct opening *o)
{
	cleanup(statement_free) struct statement s = { 0 };
	err_t e = o->said->item ? read_statement(o->said->item, &s) : ERR_OK;
	for (size_t i = s.boxes.n; !e && i-- > 1;)
		e = claim(o, &s.boxes.v[i], NULL);
	return e;
}

/* claim_all: of two epochs with one number the newest one is claimed first, and stays. */
static err_t claim_all(struct opening *o)
{
	const struct header_list *l = &o->h->list[HEADER_START];
	err_t e = ERR_OK;
	for (size_t i = l->n; !e && i-- > 0;)
		e = claim_of_start(o, &l->v[i]);
	return e ? e : claim_of_statement(o);
}

static err_t open_roots(const struct header *h, const struct slot_said *said, const struct signer_mine *slot,
                        struct keyring **ret)
{
	cleanup(opening_free) struct opening o = { .h = h, .said = said };
	o.mine = (struct root_box_mine){ slot->id, { &slot->seed, &slot->mix } };
	o.keyring = keyring_new(h->g.cipher, h->g.vault, h->genesis_hash);
	if (!o.keyring)
		return ERR_NOMEM;
	err_t e = open_first(&o);
	if (!e)
		e = claim_all(&o);
	if (!e)
		*ret = steal_ptr(o.keyring);
	return e;
}

/* -- slots -------------------------------------------------------------------------------------------------------- */

/* A wrap that counts. */
struct candidate {
	struct wrap wrap;
	struct slot_said said;
};

/* candidate_of: ERR_NOTFOUND: of another kind, or it does not count. */
static err_t candidate_of(const struct header *h, size_t i, enum signer_kind kind, struct candidate *ret)
{
	const struct header_item *wrap = &h->list[HEADER_WRAP].v[i];
	struct candidate c = { 0 };
	err_t e = wrap_decode(buf_span(&wrap->bytes), &c.wrap);
	if (!e && c.wrap.kind != kind)
		e = ERR_NOTFOUND;
	if (!e)
		e = said_of(h, wrap, &c.said);
	if (!e)
		*ret = c;
	return e;
}

static err_t open_candidate(const struct header *h, const struct candidate *c, struct span secret,
                            struct header_opened *ret)
{
	cleanup(secret_freep) struct signer_mine *slot = NULL;
	struct wrap_at at = { h->g.vault, h->g.cipher };
	struct hash anchor;
	err_t e = wrap_open(&at, &c->wrap, secret, &slot, &anchor);
	if (!e && !hash_eq(anchor, c->said.anchor))
		e = ERR_DAMAGED;
	if (!e)
		e = open_roots(h, &c->said, slot, &ret->keyring);
	if (!e)
		ret->slot = steal_ptr(slot);
	return e;
}

/* One try of a secret on all slots. */
struct trial {
	const struct header *h;
	const struct header_secret *secret;
	err_t worst; /* what stopped one is told only if none opens */
	bool ended;  /* `may` has said something */
};

/* may_work: what is out of bounds is refused when it is opened, before any work. */
static err_t may_work(struct trial *t, const struct wrap *w, struct why *why)
{
	if (!t->secret->may || w->kind != SIGNER_PASSPHRASE || kdf_check(&w->kdf))
		return ERR_OK;
	err_t e = t->secret->may(t->secret->ctx, &w->kdf, why);
	t->ended = e != ERR_OK;
	return e;
}

/* try_slots: those of genesis, or the others. */
static err_t try_slots(struct trial *t, bool of_genesis, struct header_opened *ret, struct why *why)
{
	for (size_t i = 0; i < t->h->list[HEADER_WRAP].n; i++) {
		struct candidate c;
		err_t e = candidate_of(t->h, i, t->secret->kind, &c);
		if (!e && of_genesis != (c.said.first != NULL))
			e = ERR_NOTFOUND;
		if (!e)
			e = may_work(t, &c.wrap, why);
		if (!e)
			e = open_candidate(t->h, &c, t->secret->bytes, ret);
		if (!e || t->ended)
			return e;
		if (e != ERR_WRONGKEY && e != ERR_NOTFOUND)
			t->worst = e;
	}
	return t->worst;
}

static err_t say_why(err_t e, enum signer_kind kind, struct why *why)
{
	const char *what = kind == SIGNER_PASSPHRASE ? "passphrase" : "recovery key";
	switch (e) {
	case ERR_WRONGKEY:
		return why_set(why, e, "this is not a %s of the vault", what);
	case ERR_LIMIT:
		return why_set(why, e, HEADER_TAMPERED " (it asks for more or less work on the %s than is safe)", what);
	case ERR_DAMAGED:
		return why_set(why, e, HEADER_TAMPERED " (the slot of the %s is not genuine)", what);
	default:
		return e;
	}
}

err_t header_open(const struct header *h, const struct header_secret *secret, struct header_opened *ret,
                  struct why *why)
{
	struct trial t = { .h = h, .secret = secret, .worst = ERR_WRONGKEY };
	err_t e = try_slots(&t, true, ret, why);
	if (e && !t.ended)
		e = try_slots(&t, false, ret, why);
	return e && !t.ended ? say_why(e, secret->kind, why) : e;
}

bool header_opens(const struct header *h, enum signer_kind kind)
{
	struct candidate c;
	for (size_t i = 0; i < h->list[HEADER_WRAP].n; i++)
		if (!candidate_of(h, i, kind, &c))
			return true;
	return false;
}
