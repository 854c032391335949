/* SPDX-License-Identifier: MIT */
#include "sync/members/invite_admit.h"

#include "sync/core/sync_struct.h"
#include "sync/members/device.h"
#include "sync/members/invite.h"
#include "sync/members/saying.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"

/* What is said of the newcomer. */
struct admission {
	const struct invitation_request *q;
	struct invite_record *r;
	struct records said;
	struct chain at;
};

static void admission_free(struct admission *a)
{
	records_free(&a->said);
}

/* may: this device is a member, and can say something. */
static err_t may(struct sync *s, struct why *why)
{
	if (s->st.stopped)
		return why_set(why, ERR_FORK,
		               "uploading has ended for good on this device: cloudseal status tells why");
	if (sync_stopping(s) || !s->at.changeset)
		return why_set(why, ERR_CANCELED, "the vault is being locked: mount it again");
	const struct roster_signer *me = roster_who(&s->statements->roster, s->device);
	if (!me || !roster_member(me))
		return why_set(why, ERR_INVAL,
		               "this device was revoked, so nobody would believe it: invite from another device");
	return ERR_OK;
}

/* statement_of: the bytes of the JOIN, out of its record. */
static err_t statement_of(const struct records *said, struct buf *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct span bytes;
	err_t e = statement_record_get(buf_span(&said->v[said->n - 1]->value), &r, &bytes);
	if (e)
		return e;
	buf_put(ret, bytes.p, bytes.len);
	return buf_ok(ret);
}

/* make: mix key, JOIN, and what is kept of it. */
static err_t make(struct sync *s, struct admission *a)
{
	const struct chain_of who = saying_of(s, s->c.members.mine);
	struct statement body = { .kind = SIGNER_JOIN, .proof = a->q->proof };
	body.who = (struct signer_new){ .rank = statements_rank(&s->statements->roster, s->device),
		                        .kind = SIGNER_DEVICE,
		                        .sign_key = a->q->sign_key,
		                        .box_key = SPAN(a->q->box_key, sizeof(a->q->box_key)) };
	err_t e = crypto_random(a->r->mix.b, sizeof(a->r->mix.b));
	if (!e)
		e = crypto_sha256(SPAN(a->r->mix.b, sizeof(a->r->mix.b)), &body.who.mix);
	if (!e)
		e = signer_id(keyring_vault(s->c.keyring), &body.who, &a->r->device);
	if (!e)
		e = saying_last(s, &a->at);
	if (!e)
		e = chain_next(&who, &body, &a->at, &a->said);
	memcpy(a->r->box_key, a->q->box_key, sizeof(a->r->box_key));
	a->r->step = INVITE_ADMITTED;
	return e ? e : statement_of(&a->said, &a->r->join);
}

static err_t say_device(void *ctx, struct changeset *c, struct draft *d)
{
	const struct admission *a = ctx;
	const struct device_said says = { a->r->device, SPAN(NULL, 0), &a->r->mix };
	return device_put(d, &says, changeset_tick(c));
}

static err_t say(struct sync *s, struct admission *a)
{
	cleanup(invitation_wipe) struct invitation v = { 0 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	const struct chain_with with = { &a->said, say_device, a, &o };
	err_t e = make(s, a);
	if (!e)
		e = invite_keys(s, a->r, &v);
	if (!e)
		e = invite_record_put(&v, a->r, &o);
	if (!e)
		e = chain_say(s->at.changeset, &a->at, &with);
	return e ? e : saying_known(s, &a->said);
}

static err_t admit(struct sync *s, struct invite_record *open, struct hash request, struct why *why)
{
	struct invitation_request q;
	cleanup(admission_free) struct admission a = { .q = &q, .r = open, .said = RECORDS_INIT };
	if (!open)
		return ERR_NOTFOUND;
	err_t e = may(s, why);
	if (!e)
		e = invite_request(s, open, &q, &open->request);
	if (!e && !hash_eq(open->request, request))
		e = ERR_EXISTS;
	return e ? e : say(s, &a);
}

err_t invite_admit(struct sync *s, struct hash request, struct why *why)
{
	cleanup_free struct invite_records *l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	guard(&s->work);
	guard(&s->invites);
	err_t e = invite_records_load(s->c.map, l);
	if (!e)
		e = admit(s, invite_records_open(l, invite_now(s)), request, why);
	invite_records_free(l);
	return e;
}

bool invite_answered(struct sync *s, struct hash request)
{
	cleanup_free struct invite_records *l = calloc(1, sizeof(*l));
	bool waits = false;
	if (!l)
		return false;
	guard(&s->invites);
	if (invite_records_load(s->c.map, l))
		return false;
	for (size_t i = 0; i < l->n; i++)
		waits |= l->v[i].step == INVITE_ADMITTED && hash_eq(l->v[i].request, request);
	invite_records_free(l);
	return !waits;
}
