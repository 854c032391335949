/* SPDX-License-Identifier: MIT */
#include "sync/members/recovery.h"

#include "sync/core/sync_struct.h"
#include "sync/members/saying.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "vault/join/group_encode.h"
#include "vault/join/vault_key.h"
#include "vault/keys/record_map.h"
#include "vault/members/confirm.h"
#include "vault/members/root_box.h"
#include "vault/members/signature.h"

static int64_t wall(const struct sync *s)
{
	return s->c.clock.wall(s->c.clock.ctx) / NS_PER_S;
}

/* -- when it was shown -------------------------------------------------------------------------------------------- */

struct shown_key {
	uint8_t b[sizeof(STATE_TOLD) - 1 + HASH_LEN];
};

static struct shown_key shown_key(struct hash said)
{
	struct shown_key k;
	memcpy(k.b, STATE_TOLD, sizeof(STATE_TOLD) - 1);
	hash_put(k.b + sizeof(STATE_TOLD) - 1, said);
	return k;
}

/* shown_at: 0: nobody was; what cannot be read is so, too: then the time begins anew. */
static int64_t shown_at(struct sync *s, struct hash said)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	const struct shown_key k = shown_key(said);
	if (map_get(s->c.map, MAP_STATE, SPAN(k.b, sizeof(k.b)), &v))
		return 0;
	struct rd r = RD(buf_span(&v));
	uint64_t at = rd_u64(&r);
	return rd_end(&r) ? (int64_t)at : 0;
}

static void put_shown(struct ops *o, struct hash said, int64_t at)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	const struct shown_key k = shown_key(said);
	buf_u64(&v, (uint64_t)at);
	o->b.failed |= v.failed;
	ops_put(o, MAP_STATE, SPAN(k.b, sizeof(k.b)), buf_span(&v));
}

void recovery_shown(struct sync *s, struct ops *o)
{
	const int64_t now = wall(s);
	guard(&s->lock);
	for (size_t i = 0; i < s->recovery.pending_n; i++) {
		struct recovery_pending *p = &s->recovery.pending[i];
		if (p->shown)
			continue;
		p->shown = now;
		put_shown(o, p->said, now);
	}
}

/* -- what is known ------------------------------------------------------------------------------------------------ */

/* is_pending: statement i, by who counts, would put another key in the place of the one in force. */
static bool is_pending(const struct roster *r, size_t i)
{
	const struct roster_said *x = &r->said[i];
	return x->s->as.kind == SIGNER_SLOT && x->replaces == r->slots[r->slots_n - 1] && roster_counts(r, i) &&
	       x->s->who.kind == SIGNER_RECOVERY && r->signer[x->about].place == ROSTER_NONE &&
	       roster_member(&r->signer[x->about]);
}

bool recovery_pends(const struct sync *s)
{
	const struct roster *r = &s->statements->roster;
	bool any = false;
	for (size_t i = 0; i < r->said_n && !any; i++)
		any = is_pending(r, i);
	return any;
}

static size_t confirmed_by(const struct roster *r, size_t said, struct id only, bool *ret_only)
{
	size_t n = 0;
	for (size_t i = 0; i < r->said_n; i++) {
		if (r->said[i].s->as.kind != SIGNER_CONFIRM || r->said[i].confirmed != said || !roster_counts(r, i))
			continue;
		n++;
		*ret_only |= id_eq(r->signer[r->said[i].signer].id, only);
	}
	return n;
}

static enum recovery_here here_of(const struct sync *s, size_t said, bool confirmed)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *me = roster_who(r, s->device);
	if (confirmed)
		return RECOVERY_CONFIRMED;
	if (!me)
		return RECOVERY_NOT_ASKED;
	if (r->said[said].signer == (size_t)(me - r->signer))
		return RECOVERY_OWN;
	switch (confirm_ask(r, (size_t)(me - r->signer), said)) {
	case CONFIRM_MAY:
		return RECOVERY_WAITS;
	case CONFIRM_VETO:
	case CONFIRM_LEAVES_OUT:
		return RECOVERY_HINDERED;
	case CONFIRM_NOT_ASKED:
		break;
	}
	return RECOVERY_NOT_ASKED;
}

static struct recovery_pending pending_of(struct sync *s, size_t said)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_said *x = &r->said[said];
	bool own = false;
	struct recovery_pending p = { .said = x->s->hash, .made = x->s->as.time };
	p.slot = r->signer[x->about].id;
	p.by = r->signer[x->signer].id;
	p.confirmed = confirmed_by(r, said, s->device, &own);
	p.here = here_of(s, said, own);
	p.shown = shown_at(s, p.said);
	return p;
}

void recovery_mirror(struct sync *s)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *in_force = roster_in_force(r);
	const struct chain end = saying_end(s, in_force->id);
	size_t by = r->by[r->slots_n - 1];
	struct recovery_state now = { .slot = in_force->id, .last = { end.number, end.hash } };
	if (by != ROSTER_NONE) {
		now.by = r->signer[r->said[by].signer].id;
		now.made = r->said[by].s->as.time;
	}
	for (size_t i = 0; i < r->said_n && now.pending_n < RECOVERY_PENDING_MAX; i++)
		if (is_pending(r, i))
			now.pending[now.pending_n++] = pending_of(s, i);
	guard(&s->lock);
	s->recovery = now;
}

/* -- saying ------------------------------------------------------------------------------------------------------- */

/* durably: nothing is said, or ERR_OK: it may not be durable yet, but then nothing of it leaves this device either, as
 * a commit is durable before it is uploaded. */
static err_t durably(struct sync *s, const struct chain *at, const struct chain_with *with)
{
	struct chain is = { 0 };
	err_t e = chain_say(s->at.changeset, at, with);
	if (!e || chain_get(s->c.map, &is) || is.number != at->number || !hash_eq(is.hash, at->hash))
		return e;
	log_warn(AREA_SYNC, "what was said of the recovery key is not durable yet: %s", err_text(e));
	return ERR_OK;
}

/* say: as the next statement of this device, with what `more` puts. What fails has said nothing. */
static err_t say(struct sync *s, const struct statement *body, const struct chain_with *more)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct chain_of who = saying_of(s, s->c.members.mine);
	const struct chain_with with = { .said = &said, .more = more->more, .ctx = more->ctx };
	struct chain at;
	err_t e = saying_last(s, &at);
	if (!e)
		e = chain_next(&who, body, &at, &said);
	if (!e)
		e = durably(s, &at, &with);
	if (e)
		return e;
	e = saying_known(s, &said);
	if (e)
		log_warn(AREA_SYNC, "what was said of the recovery key is seen here at the next start: %s",
		         err_text(e));
	return ERR_OK;
}

/* is_due: a person was shown it long enough. */
static bool is_due(struct sync *s, size_t said)
{
	const int64_t shown = shown_at(s, s->statements->roster.said[said].s->hash);
	const int64_t after = s->c.confirm_after_s ? s->c.confirm_after_s : CONFIRM_AFTER;
	return shown && wall(s) - shown >= after;
}

/* next_due: index of the statement; ROSTER_NONE: there is none. */
static size_t next_due(struct sync *s)
{
	const struct roster *r = &s->statements->roster;
	for (size_t i = 0; i < r->said_n; i++) {
		bool own = false;
		if (!is_pending(r, i))
			continue;
		(void)confirmed_by(r, i, s->device, &own);
		if (here_of(s, i, own) == RECOVERY_WAITS && is_due(s, i))
			return i;
	}
	return ROSTER_NONE;
}

err_t recovery_say_due(struct sync *s)
{
	const struct chain_with nothing = { 0 };
	struct statement body = { .kind = SIGNER_CONFIRM };
	if (!s->at.changeset)
		return ERR_OK;
	size_t i = next_due(s);
	if (i == ROSTER_NONE)
		return ERR_OK;
	body.confirmed = s->statements->roster.said[i].s->hash;
	log_info(AREA_SYNC, "the replaced recovery key is confirmed by this device");
	return say(s, &body, &nothing); /* a further one in a later round */
}

bool recovery_said(const struct sync *s)
{
	const struct roster *r = &s->statements->roster;
	for (size_t i = 0; i < r->said_n; i++)
		if (r->said[i].s->as.kind == SIGNER_SLOT && id_eq(r->signer[r->said[i].signer].id, s->device))
			return true;
	return false;
}

/* -- a new one ---------------------------------------------------------------------------------------------------- */

struct boxes { /* of the roots: of epoch 1, and of the newest */
	struct buf box[2];
	struct root_boxes v;
};

static void boxes_free(struct boxes *b)
{
	for (size_t i = 0; i < ARRAY_LEN(b->box); i++)
		buf_free(&b->box[i]);
}

static err_t add_box(const struct sync *s, uint32_t place, const struct recovery_offer *o, struct id slot,
                     struct boxes *b)
{
	cleanup(key_wipe) struct key first = { 0 }, root = { 0 };
	const struct keyring *k = s->c.keyring;
	const uint32_t number = keyring_number(k, place);
	struct root_box_at at = { keyring_vault(k), keyring_genesis(k), keyring_cipher(k), number, &first };
	const struct box_to to = { SPAN(o->box_key, sizeof(o->box_key)), &o->mix };
	struct root_box *x = &b->v.v[b->v.n];
	err_t e = keyring_epoch_root(k, 1, &first);
	if (!e)
		e = keyring_epoch_root(k, place, &root);
	if (!e)
		e = keyring_epoch_id(k, place, &x->epoch_id);
	if (!e)
		e = root_box_seal(&at, &root, slot, &to, &b->box[b->v.n]);
	x->epoch = number;
	x->box = buf_span(&b->box[b->v.n]);
	b->v.n += !e;
	return e;
}

static err_t make_boxes(const struct sync *s, const struct recovery_offer *o, struct id slot, struct boxes *b)
{
	uint32_t newest = keyring_epoch(s->c.keyring);
	err_t e = add_box(s, 1, o, slot, b);
	return e || newest == 1 ? e : add_box(s, newest, o, slot, b);
}

struct new_slot {
	const struct recovery_offer *offer;
	struct id id;
};

/* put_slot: its record: 1. */
static err_t put_slot(void *ctx, struct changeset *c, struct draft *d)
{
	const struct new_slot *n = ctx;
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	const struct vault_name name = { .kind = SHARED_SLOT, .id = n->id };
	struct vault_key key = vault_key_of(&name);
	(void)c;
	record_map_add(&r, 1, SPAN(n->offer->mix.b, sizeof(n->offer->mix.b)));
	record_map_add(&r, 2, SPAN(n->offer->wrap, sizeof(n->offer->wrap)));
	err_t e = record_encode(&r, &value);
	return e ? e : draft_put(d, vault_key_span(&key), buf_span(&value));
}

/* may_replace: a second one before the first is settled would leave open which of them it is. */
static err_t may_replace(const struct sync *s, struct why *why)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *me = roster_who(r, s->device);
	if (!s->at.changeset || s->st.stopped)
		return why_set(why, ERR_BUSY, "nothing is uploaded from here any more: cloudseal status tells why");
	if (!me || !roster_member(me))
		return why_set(why, ERR_DENIED, "this device is not a member of the vault any more");
	for (size_t i = 0; i < r->said_n; i++)
		if (is_pending(r, i) && id_eq(r->signer[r->said[i].signer].id, s->device))
			return why_set(why, ERR_EXISTS,
			               "this device has replaced the recovery key already, and not all devices have "
			               "confirmed that: cloudseal recovery status tells");
	return ERR_OK;
}

err_t recovery_replace(struct sync *s, const struct recovery_offer *o, struct why *why)
{
	cleanup(boxes_free) struct boxes boxes = { 0 };
	const struct roster *r = &s->statements->roster;
	struct statement body = { .kind = SIGNER_SLOT, .id = roster_in_force(r)->id };
	const struct chain end = saying_end(s, body.id);
	struct new_slot n = { .offer = o };
	const struct chain_with with = { .more = put_slot, .ctx = &n };
	err_t e = recovery_offer_who(o, keyring_vault(s->c.keyring), &body.who, &n.id);
	if (!e)
		e = may_replace(s, why);
	if (!e)
		e = make_boxes(s, o, n.id, &boxes);
	if (e)
		return e;
	body.who.rank = statements_rank(r, s->device);
	body.pin = (struct statement_pin){ end.number, end.hash };
	body.boxes = boxes.v;
	return say(s, &body, &with);
}

/* -- objecting ---------------------------------------------------------------------------------------------------- */

/* is_objection: next in the chain of the key in force, and about one that would take its place. */
static bool is_objection(const struct sync *s, const struct heard *h)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *in_force = roster_in_force(r);
	const struct chain end = saying_end(s, in_force->id);
	if (h->as.kind != SIGNER_REVOKE || !id_eq(h->as.signer, in_force->id) || h->as.number != end.number + 1 ||
	    !hash_eq(h->as.previous, end.hash))
		return false;
	for (size_t i = 0; i < r->said_n; i++)
		if (is_pending(r, i) && id_eq(r->signer[r->said[i].about].id, h->about))
			return true;
	return false;
}

err_t recovery_object(struct sync *s, struct span statement, struct why *why)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct signature_of of = { keyring_vault(s->c.keyring), keyring_genesis(s->c.keyring) };
	const struct chain_with with = { .said = &said };
	struct chain own;
	struct heard h;
	if (!s->at.changeset || s->st.stopped)
		return why_set(why, ERR_BUSY, "nothing is uploaded from here any more: cloudseal status tells why");
	err_t e = heard_read(of.vault, statement, &h);
	if (!e && !is_objection(s, &h))
		return why_set(why, ERR_INVAL, "something was said of the recovery key meanwhile: try again");
	if (!e)
		e = signature_check((void *)(uintptr_t)&of, &h, roster_in_force(&s->statements->roster)->who.sign_key);
	if (!e)
		e = statement_record_put(&said, h.hash, statement);
	if (!e)
		e = saying_last(s, &own);
	if (!e)
		e = chain_say(s->at.changeset, &own, &with);
	return e ? e : saying_known(s, &said);
}
