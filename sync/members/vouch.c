/* SPDX-License-Identifier: MIT */
#include "sync/members/vouch.h"

#include "sync/core/sync_struct.h"
#include "sync/members/device.h"
#include "sync/members/recovery.h"
#include "sync/members/saying.h"
#include "sync/members/statements.h"
#include "vault/keys/record_keys.h"

#define ONCE 64                    /* at one close */
#define LATE_NS (86400 * NS_PER_S) /* without one */

/* is_senior: of all devices that are members this one has the least rank. */
static bool is_senior(const struct roster *r, const struct roster_signer *me)
{
	for (size_t i = 0; i < r->signer_n; i++) {
		const struct roster_signer *x = &r->signer[i];
		if (x->who.kind != SIGNER_DEVICE || !roster_member(x) || x == me)
			continue;
		if (x->rank < me->rank || (x->rank == me->rank && id_cmp(x->id, me->id) < 0))
			return false;
	}
	return true;
}

/* by_devices: of each signer whether genesis or a device let it in, or this one has said so, whatever became of it. */
static bool *by_devices(const struct roster *r, struct id own)
{
	bool *v = calloc(r->signer_n + 1, sizeof(*v));
	for (size_t i = 0; v && i < r->signer_n; i++)
		v[i] = r->signer[i].by_genesis;
	for (size_t i = 0; v && i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		bool device = r->signer[x->signer].who.kind == SIGNER_DEVICE;
		if (heard_lets_in(x->s) && device && (roster_counts(r, i) || id_eq(x->s->as.signer, own)))
			v[x->about] = true;
	}
	return v;
}

struct newcomer {
	const struct heard *join; /* by the recovery key */
	const struct roster_signer *who;
	struct key mix;
};

static void newcomer_wipe(struct newcomer *n)
{
	key_wipe(&n->mix);
}

static err_t mix_of(const struct sync *s, struct newcomer *n)
{
	const struct signer_wanted want = { n->who->id, n->who->who.kind, n->who->who.mix };
	return record_keys_mix_of(changeset_shown(s->at.changeset), &want, &n->mix);
}

/* next: the first one. ERR_NOTFOUND: there is none; ERR_BUSY: but one whose mix key is not here yet. */
static err_t next(const struct sync *s, struct newcomer *ret)
{
	const struct roster *r = &s->statements->roster;
	cleanup_free bool *known = by_devices(r, s->device);
	bool waits = false;
	for (size_t i = 0; known && i < r->said_n; i++) {
		const struct roster_said *x = &r->said[i];
		if (x->s->as.kind != SIGNER_JOIN || !roster_counts(r, i) || known[x->about])
			continue;
		struct newcomer n = { .join = x->s, .who = &r->signer[x->about] };
		bool slot = r->signer[x->signer].who.kind == SIGNER_RECOVERY;
		if (!slot || n.who->who.kind != SIGNER_DEVICE || !roster_member(n.who))
			continue;
		err_t e = mix_of(s, &n);
		if (!e)
			*ret = n;
		newcomer_wipe(&n);
		if (e != ERR_NOTFOUND)
			return e;
		waits = true;
	}
	if (!known)
		return ERR_NOMEM;
	return waits ? ERR_BUSY : ERR_NOTFOUND;
}

static err_t say_device(void *ctx, struct changeset *c, struct draft *d)
{
	const struct newcomer *n = ctx;
	(void)c;
	return device_put_again(d, n->who->id, &n->mix);
}

/* say: with what the newcomer proved when it joined. */
static err_t say(struct sync *s, struct newcomer *n)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	cleanup(statement_free) struct statement body = { 0 };
	const struct chain_of who = saying_of(s, s->c.members.mine);
	const struct chain_with with = { .said = &said, .more = say_device, .ctx = n };
	struct chain at;
	err_t e = statement_get_body(&n->join->as, &body);
	body.who.rank = statements_rank(&s->statements->roster, s->device);
	if (!e)
		e = saying_last(s, &at);
	if (!e)
		e = chain_next(&who, &body, &at, &said);
	if (!e)
		e = chain_say(s->at.changeset, &at, &with);
	return e ? e : saying_known(s, &said);
}

/* one: ERR_NOTFOUND: there is none any more. */
static err_t one(struct sync *s)
{
	cleanup(newcomer_wipe) struct newcomer n = { 0 };
	const uint64_t looked = s->statements->roster.said_n;
	err_t e = next(s, &n);
	if (e == ERR_NOTFOUND)
		s->vouch = (struct vouch_need){ .of = looked };
	return e ? e : say(s, &n);
}

/* may: this device is the one that says it, and there may be somebody. */
static bool may(const struct sync *s)
{
	const struct roster *r = &s->statements->roster;
	const struct roster_signer *me = roster_who(r, s->device);
	if (!s->at.changeset || !s->own_checked || s->removed.is || s->vouch.of == r->said_n)
		return false;
	return me && roster_member(me) && is_senior(r, me) && !recovery_pends(s);
}

err_t vouch_say(struct sync *s)
{
	err_t e = ERR_OK;
	for (unsigned i = 0; !e && i < ONCE && may(s); i++)
		e = one(s);
	return e == ERR_NOTFOUND || e == ERR_BUSY ? ERR_OK : e;
}

err_t vouch_say_late(struct sync *s)
{
	const int64_t now = s->c.clock.mono(s->c.clock.ctx);
	if (!may(s))
		return ERR_OK;
	if (!s->vouch.since)
		s->vouch.since = now;
	return now - s->vouch.since < LATE_NS ? ERR_OK : vouch_say(s);
}
