/* SPDX-License-Identifier: MIT */
#include "sync/members/invite.h"

#include "sync/core/sync_struct.h"
#include "vault/keys/header.h"

int64_t invite_now(const struct sync *s)
{
	return s->c.clock.wall(s->c.clock.ctx) / NS_PER_S;
}

/* -- the offer ---------------------------------------------------------------------------------------------------- */

/* place_is_ours: nothing is put where another vault is, or none. */
static err_t place_is_ours(struct sync *s, struct why *why)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	cleanup(header_free) struct header found = { 0 };
	err_t e = store_get_sync(s->c.store, STORE_HEADER, 0, 0, HEADER_MAX, &bytes);
	if (e && e != ERR_NOTFOUND)
		return e;
	if (e || header_decode(buf_span(&bytes), &found, NULL) ||
	    !hash_eq(found.genesis_hash, keyring_genesis(s->c.keyring)))
		return why_set(why, ERR_NOSTORE,
		               "the vault's header is not at its place in the cloud: cloudseal status tells more");
	return ERR_OK;
}

static err_t draw(struct sync *s, struct invite_record *r, struct invitation_offer *o)
{
	struct public_keys keys;
	r->step = INVITE_OPEN;
	r->until = o->until = invite_now(s) + INVITATION_DAY;
	err_t e = crypto_random(r->code, sizeof(r->code));
	if (!e)
		e = crypto_random(r->seed.b, sizeof(r->seed.b));
	if (!e)
		e = keys_from_seed(&r->seed, &keys);
	if (e)
		return e;
	o->box_key[0] = BOX_SUITE;
	memcpy(o->box_key + 1, keys.box, sizeof(keys.box));
	return ERR_OK;
}

/* offer: a new code. The record is durable before the store has its offer, so one that lies there can be taken away. */
static err_t offer(struct sync *s, struct invite_record *r)
{
	cleanup(invitation_wipe) struct invitation v = { 0 };
	cleanup(buf_free) struct buf object = BUF_INIT;
	cleanup(ops_free) struct ops ops = OPS_INIT;
	struct invitation_offer o = { 0 };
	char name[ID_TEXT];
	err_t e = draw(s, r, &o);
	if (!e)
		e = invite_keys(s, r, &v);
	if (!e)
		e = invitation_offer_seal(&v, &o, &object);
	if (!e)
		e = invitation_name(&v, INVITATION_OFFER, name);
	r->offer = o.hash;
	if (!e)
		e = invite_record_put(&v, r, &ops);
	if (!e)
		e = ops_commit(&ops, s->c.map);
	return e ? e : store_put_sync(s->c.store, name, buf_span(&object));
}

/* fetch: one of its objects, and the keys to open it with: `v` is wiped by the caller. */
static err_t fetch(struct sync *s, const struct invite_record *r, enum invitation_object which, struct invitation *v,
                   struct buf *ret)
{
	char name[ID_TEXT];
	err_t e = invite_keys(s, r, v);
	if (!e)
		e = invitation_name(v, which, name);
	return e ? e : store_get_sync(s->c.store, name, 0, 0, INVITATION_MAX, ret);
}

/* offered: whether its offer is there; after a crash it may not be, and what is lost cannot be made again. */
static err_t offered(struct sync *s, const struct invite_record *r)
{
	cleanup(invitation_wipe) struct invitation v = { 0 };
	cleanup(buf_free) struct buf object = BUF_INIT;
	struct invitation_offer o;
	err_t e = fetch(s, r, INVITATION_OFFER, &v, &object);
	if (!e)
		e = invitation_offer_open(&v, buf_span(&object), &o);
	if (!e && !hash_eq(o.hash, r->offer))
		e = ERR_DAMAGED;
	return e == ERR_LIMIT || sync_unproved(e) ? ERR_NOTFOUND : e;
}

static void show(const struct invite_record *r, bool again, struct invite_shown *ret)
{
	memcpy(ret->code, r->code, sizeof(ret->code));
	ret->until = r->until;
	ret->again = again;
}

static err_t begin(struct sync *s, struct invite_records *l, struct invite_shown *ret, struct why *why)
{
	cleanup(invite_record_free) struct invite_record fresh = { .join = BUF_INIT };
	const struct invite_record *open = invite_records_open(l, invite_now(s));
	err_t e = open ? offered(s, open) : ERR_NOTFOUND;
	if (!e)
		show(open, true, ret);
	if (e != ERR_NOTFOUND)
		return e;
	if (open)
		e = invite_forget(s, open);
	else
		e = l->n < INVITES_MAX ? ERR_OK
		                       : why_set(why, ERR_LIMIT,
		                                 "too many devices are being let in: wait until they "
		                                 "have joined");
	if (!e)
		e = offer(s, &fresh);
	if (!e)
		show(&fresh, false, ret);
	return e;
}

err_t invite_begin(struct sync *s, struct invite_shown *ret, struct why *why)
{
	cleanup_free struct invite_records *l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	err_t e = place_is_ours(s, why);
	if (e)
		return e;
	guard(&s->invites);
	e = invite_records_load(s->c.map, l);
	if (!e)
		e = begin(s, l, ret, why);
	invite_records_free(l);
	return e;
}

/* -- who asks ----------------------------------------------------------------------------------------------------- */

err_t invite_request(struct sync *s, const struct invite_record *r, struct invitation_request *ret,
                     struct hash *ret_hash)
{
	cleanup(invitation_wipe) struct invitation v = { 0 };
	cleanup(buf_free) struct buf object = BUF_INIT;
	err_t e = fetch(s, r, INVITATION_REQUEST, &v, &object);
	if (!e)
		e = invitation_request_open(&v, r->offer, &r->seed, buf_span(&object), ret);
	if (!e)
		e = crypto_sha256(buf_span(&object), ret_hash);
	return sync_unproved(e) ? ERR_NOTFOUND : e;
}

static err_t number_of(struct sync *s, const struct invite_record *r, struct invite_asked *a)
{
	cleanup(invitation_wipe) struct invitation v = { 0 };
	err_t e = invite_keys(s, r, &v);
	return e ? e : invitation_number(&v, r->offer, a->request, &a->number);
}

static err_t look(struct sync *s, const struct invite_record *open, struct invite_asked *ret)
{
	struct invitation_request q;
	if (!open)
		return ERR_NOTFOUND;
	err_t e = invite_request(s, open, &q, &ret->request);
	if (e)
		return e == ERR_NOTFOUND ? ERR_BUSY : e;
	memcpy(ret->name, q.name, sizeof(ret->name));
	return number_of(s, open, ret);
}

err_t invite_look(struct sync *s, struct invite_asked *ret)
{
	cleanup_free struct invite_records *l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	guard(&s->invites);
	err_t e = invite_records_load(s->c.map, l);
	if (!e)
		e = look(s, invite_records_open(l, invite_now(s)), ret);
	invite_records_free(l);
	return e;
}

/* -- over --------------------------------------------------------------------------------------------------------- */

err_t invite_forget(struct sync *s, const struct invite_record *r)
{
	static const enum invitation_object all[] = { INVITATION_OFFER, INVITATION_REQUEST, INVITATION_REPLY };
	cleanup(invitation_wipe) struct invitation v = { 0 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	char name[ID_TEXT];
	err_t e = invite_keys(s, r, &v);
	for (size_t i = 0; !e && i < ARRAY_LEN(all); i++) {
		e = invitation_name(&v, all[i], name);
		if (!e)
			e = store_del_sync(s->c.store, name);
	}
	if (!e)
		e = invite_record_del(&v, &o);
	return e ? e : ops_commit(&o, s->c.map);
}

/* end: the record first: from then on nobody is let in by that code, whatever the store has. */
static err_t end(struct sync *s, struct invite_record *open)
{
	cleanup(invitation_wipe) struct invitation v = { 0 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	if (!open)
		return ERR_NOTFOUND;
	open->until = 0;
	err_t e = invite_keys(s, open, &v);
	if (!e)
		e = invite_record_put(&v, open, &o);
	if (!e)
		e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	err_t left = invite_forget(s, open);
	if (left)
		log_info(AREA_SYNC, "what lies in the cloud of an invitation that is over goes later (%s)",
		         err_text(left));
	return ERR_OK;
}

err_t invite_end(struct sync *s)
{
	cleanup_free struct invite_records *l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	guard(&s->invites);
	err_t e = invite_records_load(s->c.map, l);
	if (!e)
		e = end(s, invite_records_open(l, invite_now(s)));
	invite_records_free(l);
	return e;
}
