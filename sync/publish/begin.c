/* SPDX-License-Identifier: MIT */
#include "sync/publish/begin.h"

#include "sync/core/dirty.h"
#include "sync/core/sync_struct.h"
#include "sync/members/begun.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "sync/publish/build.h"
#include "vault/changeset/close_members.h"
#include "vault/changeset/operation.h"
#include "vault/join/vault_key.h"
#include "vault/keys/record_keys.h"
#include "vault/members/epochs.h"

struct begin {
	struct sync *s;
	struct records lacking; /* statements */
	struct buf start, recipients;
	struct started x;
};

static void begin_free(struct begin *b)
{
	records_free(&b->lacking);
	buf_free(&b->start);
	buf_free(&b->recipients);
	started_wipe(&b->x);
}

/* -- statements -------------------------------------------------------------------------------------------------- */

/* lacks: whether no record here has that statement. Those that let somebody in come with the keys of whom they let in,
 * from who has these. */
static err_t lacks(const struct begin *b, size_t i, bool *ret)
{
	const struct roster *r = &b->s->statements->roster;
	const struct heard *said = r->said[i].s;
	const struct view *shown = changeset_shown(b->s->at.changeset);
	const struct vault_name n = { .kind = SHARED_STATEMENT, .hash = said->hash };
	const struct vault_key key = vault_key_of(&n);
	cleanup(buf_free) struct buf value = BUF_INIT;
	*ret = false;
	if (said->as.kind == SIGNER_JOIN || said->as.kind == SIGNER_SLOT || !roster_counts(r, i))
		return ERR_OK;
	err_t e = shown->get(shown->ctx, vault_key_span(&key), &value);
	*ret = e == ERR_NOTFOUND;
	return *ret ? ERR_OK : e;
}

static err_t gather(struct begin *b)
{
	const struct roster *r = &b->s->statements->roster;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < r->said_n; i++) {
		bool is;
		e = lacks(b, i, &is);
		if (!e && is)
			e = statement_record_put(&b->lacking, r->said[i].s->hash, r->said[i].s->bytes);
	}
	return e;
}

/* say: everybody is stopped. */
static err_t say(void *ctx)
{
	const struct begin *b = ctx;
	cleanup(batch_freep) struct batch *batch = batch_new();
	struct operation o;
	err_t e = batch ? ERR_OK : ERR_NOMEM;
	if (e)
		return e;
	operation_begin(&o, b->s->at.changeset);
	for (size_t i = 0; !e && i < b->lacking.n; i++)
		e = draft_put(&o.draft, records_key(b->lacking.v[i]), buf_span(&b->lacking.v[i]->value));
	if (!e)
		e = operation_apply(&o, batch);
	operation_end(&o);
	return e;
}

static err_t say_lacking(struct begin *b)
{
	err_t e = gather(b);
	return e || !b->lacking.n ? e : map_stopped(b->s->c.map, say, b);
}

/* -- the start --------------------------------------------------------------------------------------------------- */

static err_t mix_of(void *ctx, const struct roster_signer *who, struct key *ret)
{
	const struct sync *s = ctx;
	const struct signer_wanted want = { who->id, who->who.kind, who->who.mix };
	return record_keys_mix_of(changeset_shown(s->at.changeset), &want, ret);
}

static err_t make(struct begin *b, uint32_t number)
{
	struct sync *s = b->s;
	cleanup(key_wipe) struct key first = { 0 };
	struct epoch_begin with = { .roster = &s->statements->roster, .author = s->device, .mix = mix_of, .ctx = s };
	b->x.number = number;
	b->x.author = s->device;
	b->x.at.stream = streams_find(s, s->stream)->number;
	b->x.at.n = s->st.n + 1;
	err_t e = begun_at(s, number, &first, &with.at);
	if (!e)
		e = crypto_random(b->x.root.b, sizeof(b->x.root.b));
	if (!e)
		e = epochs_start(&with, &b->x.root, &b->start, &b->recipients);
	if (!e)
		e = epoch_id(buf_span(&b->start), &b->x.id);
	b->x.start = buf_span(&b->start);
	b->x.recipients = buf_span(&b->recipients);
	return e;
}

static err_t close_members(struct sync *s)
{
	uint64_t lamport = 0;
	{
		guard(&s->lock);
		s->saved.closing = true; /* before the open set shows as empty (saved.h) */
	}
	err_t e = changeset_close_members(s->at.changeset, sync_closed(s), &lamport);
	if (!e)
		s->lamport = MAX(s->lamport, lamport);
	return e;
}

err_t begin_run(struct sync *s)
{
	cleanup(begin_free) struct begin b = { .s = s, .lacking = RECORDS_INIT, .start = BUF_INIT };
	uint32_t number;
	b.recipients = BUF_INIT;
	err_t e = begun_due(s, &number);
	if (e || !number)
		return e;
	e = say_lacking(&b);
	if (!e)
		e = close_members(s);
	if (!e)
		e = make(&b, number);
	if (!e)
		e = build_run(s, &b.x);
	if (e)
		log_error(AREA_SYNC, "an epoch has to begin, and cannot (%s): nothing is published", err_text(e));
	return e;
}
