/* SPDX-License-Identifier: MIT */
#include "sync/members/invite_turn.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/members/invite.h"
#include "sync/members/roots.h"
#include "vault/join/vault_key.h"
#include "vault/objects/invitation_reply.h"

/* -- the reply ---------------------------------------------------------------------------------------------------- */

/* is_stored: a commit of ours has it, and nothing of ours is on its way. ERR_NOTFOUND: not yet. */
static err_t is_stored(struct sync *s, const struct invite_record *r)
{
	struct vault_name n = { .kind = SHARED_STATEMENT };
	err_t e = signer_statement_hash(buf_span(&r->join), &n.hash);
	const struct vault_key key = vault_key_of(&n);
	if (!e)
		e = map_has(s->c.map, MAP_RECORDS, vault_key_span(&key));
	return !e && s->st.confirmed != s->st.n ? ERR_NOTFOUND : e;
}

static err_t fill(struct sync *s, const struct invite_record *r, struct invitation_reply *ret)
{
	ret->mix = r->mix;
	const uint32_t newest = keyring_epoch(s->c.keyring);
	ret->epoch = keyring_number(s->c.keyring, newest);
	buf_put(&ret->join, r->join.p, r->join.len);
	err_t e = keyring_epoch_root(s->c.keyring, 1, &ret->first);
	if (!e)
		e = keyring_epoch_root(s->c.keyring, newest, &ret->root);
	if (!e)
		e = keyring_epoch_id(s->c.keyring, newest, &ret->epoch_id);
	if (!e)
		e = place_applied(s, &ret->positions);
	return e ? e : buf_ok(&ret->join);
}

static err_t reply(struct sync *s, struct invite_record *r)
{
	cleanup(invitation_wipe) struct invitation v = { 0 };
	cleanup(invitation_reply_free) struct invitation_reply a = { .join = BUF_INIT };
	cleanup(buf_free) struct buf object = BUF_INIT;
	cleanup(ops_free) struct ops o = OPS_INIT;
	char name[ID_TEXT];
	err_t e = roots_give(s, r->device);
	if (!e)
		e = fill(s, r, &a);
	if (!e)
		e = invite_keys(s, r, &v);
	if (!e)
		e = invitation_reply_seal(&v, r->box_key, r->request, &a, &object);
	if (!e)
		e = invitation_name(&v, INVITATION_REPLY, name);
	if (!e)
		e = store_put_sync(s->c.store, name, buf_span(&object));
	if (e)
		return e;
	r->step = INVITE_ANSWERED;
	e = invite_record_put(&v, r, &o);
	return e ? e : ops_commit(&o, s->c.map);
}

/* -- over --------------------------------------------------------------------------------------------------------- */

/* has_published: until then it may have to read the reply again. */
static bool has_published(const struct sync *s, struct id device)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		if (id_eq(st->device, device) && place_newest(s, st).n)
			return true;
	}
	return false;
}

/* is_over: a reply stays for a day more than the code counted. */
static bool is_over(const struct sync *s, const struct invite_record *r)
{
	const int64_t now = invite_now(s);
	switch (r->step) {
	case INVITE_OPEN:
		return now >= r->until;
	case INVITE_ADMITTED:
		return false;
	case INVITE_ANSWERED:
		return has_published(s, r->device) || now >= r->until + INVITATION_DAY;
	}
	return false;
}

static err_t turn(struct sync *s, struct invite_record *r)
{
	if (is_over(s, r))
		return invite_forget(s, r);
	if (r->step != INVITE_ADMITTED)
		return ERR_OK;
	err_t e = is_stored(s, r);
	if (!e)
		e = reply(s, r);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

err_t invite_turn(struct sync *s)
{
	cleanup_free struct invite_records *l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	guard(&s->invites);
	err_t e = invite_records_load(s->c.map, l);
	for (size_t i = 0; !e && i < l->n && !sync_stopping(s); i++) {
		const err_t was = turn(s, &l->v[i]);
		if (was)
			log_warn(AREA_SYNC, "an invitation waits for the cloud (%s); tried again later", err_text(was));
	}
	invite_records_free(l);
	return e;
}
