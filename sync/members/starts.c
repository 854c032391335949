/* SPDX-License-Identifier: MIT */
#include "sync/members/starts.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/past_map.h"
#include "sync/deliver/pulled.h"
#include "sync/members/begun.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "vault/changeset/published.h"
#include "vault/join/vault_key.h"
#include "vault/keys/record_keys.h"
#include "vault/members/epochs.h"
#include "vault/objects/pack.h"

struct looking {
	struct sync *s;
	struct records carried; /* by the commit itself */
	struct view published, own;
};

static void looking_free(struct looking *l)
{
	records_free(&l->carried);
}

static err_t carry(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static err_t look_begin(struct looking *l, const struct pulled *p)
{
	err_t e = ERR_OK;
	l->carried = RECORDS_INIT;
	l->published = published_view(l->s->c.map);
	for (size_t i = 0; !e && i < p->n; i++)
		e = pack_read(p->parts[i].c.pack, carry, &l->carried);
	l->own = records_view(&l->carried);
	return e;
}

/* mix_of: in what is published, or in the commit. */
static err_t mix_of(void *ctx, const struct roster_signer *who, struct key *ret)
{
	const struct looking *l = ctx;
	const struct signer_wanted want = { who->id, who->who.kind, who->who.mix };
	err_t e = record_keys_mix_of(&l->published, &want, ret);
	return e == ERR_NOTFOUND ? record_keys_mix_of(&l->own, &want, ret) : e;
}

/* open_start: as epochs_open. */
static err_t open_start(struct looking *l, struct started *x)
{
	struct sync *s = l->s;
	cleanup(key_wipe) struct key first = { 0 }, known = { 0 };
	const struct signer_mine *mine = s->c.members.mine;
	const struct root_box_mine by = { mine->id, { &mine->seed, &mine->mix } };
	struct epoch_begin b = { .roster = &s->statements->roster, .author = x->author, .mix = mix_of, .ctx = l };
	struct epochs_got got = { x->start, x->recipients, NULL };
	uint32_t place = keyring_find(s->c.keyring, x->number, x->id);
	err_t e = begun_at(s, x->number, &first, &b.at);
	if (!e && place)
		e = keyring_epoch_root(s->c.keyring, place, &known);
	if (place)
		got.known = &known;
	return e ? e : epochs_open(&b, &by, &got, &x->root);
}

/* keep: what it says of members holds though it waits, and waits for ever where it removes this device: so that is kept
 * beyond a restart. */
static err_t keep(struct looking *l)
{
	struct sync *s = l->s;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < l->carried.n; i++) {
		cleanup(record_free) struct record r = RECORD_INIT;
		struct span bytes;
		if (l->carried.v[i]->key[0] != SHARED_STATEMENT)
			continue;
		e = statement_record_get(buf_span(&l->carried.v[i]->value), &r, &bytes);
		if (!e)
			e = statements_keep(s, bytes);
	}
	s->statements->stale = true;
	return e ? e : statements_make(s);
}

static err_t look(struct sync *s, const struct pulled *p, struct started *ret, enum start_seen *ret_seen)
{
	cleanup(looking_free) struct looking l = { .s = s };
	const struct commit *c = pulled_last(p);
	const struct stream *st = streams_number(s, p->arrival.at.stream);
	struct started x = { .author = st ? st->device : ID_ZERO, .start = c->start, .recipients = c->recipients };
	x.at = p->arrival.at;
	err_t e = look_begin(&l, p);
	if (!e)
		e = epoch_id(x.start, &x.id);
	if (!e && (!epoch_start_ok(x.start, &x.number) || x.number > KEYRING_NUMBER_MAX))
		e = ERR_DAMAGED;
	if (!e)
		e = open_start(&l, &x);
	*ret_seen = START_GOOD;
	if (e == ERR_NOTFOUND || e == ERR_BUSY)
		*ret_seen = START_HELD;
	else if (e == ERR_DAMAGED || e == ERR_LIMIT)
		*ret_seen = START_BAD;
	else if (e)
		return e;
	if (e)
		log_debug(AREA_SYNC, "the start of epoch %u is %s (%s)", (unsigned)x.number,
		          *ret_seen == START_HELD ? "waited for" : "refused", err_text(e));
	else
		*ret = x;
	started_wipe(&x);
	return *ret_seen == START_HELD ? keep(&l) : ERR_OK;
}

/* -- whether a commit stands on one ------------------------------------------------------------------------------ */

/* leads: from the start's commit to one that is applied here, of the same stream. As long as that has no branches, the
 * number tells. */
static err_t leads(struct sync *s, const struct begun_epoch *x, struct position to, bool *ret)
{
	const struct past past = past_of_map(s->c.map);
	*ret = to.n >= x->at.n;
	if (!*ret || id_is_zero(x->at.hash) || !vv_of(&s->deliver->branches, to.stream).n)
		return ERR_OK;
	return past_leads(&past, x->at, to, ret);
}

/* begun_in: of one whose start came with a checkpoint it is not known which commit it is in: taken to be. */
static err_t begun_in(struct sync *s, const struct begun_epoch *x, const struct started_asked *q, bool *ret)
{
	struct vv of = vv_of(q->vv, x->at.stream);
	err_t e = ERR_OK;
	*ret = !x->direct;
	for (size_t i = 0; !e && !*ret && i < of.n; i++) {
		bool self = position_cmp(of.v[i], q->is) == 0;
		e = leads(s, x, self ? q->before : of.v[i], ret);
	}
	return e;
}

static err_t begun(struct sync *s, const struct started_asked *q, bool *ret)
{
	const struct begun *b = s->begun;
	*ret = false;
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].number == q->number && hash_eq(b->v[i].id, q->id))
			return begun_in(s, &b->v[i], q, ret);
	return ERR_OK;
}

struct start_hooks starts_hooks(void)
{
	return (struct start_hooks){ look, begun_put, begun_add, begun };
}
