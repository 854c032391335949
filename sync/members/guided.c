/* SPDX-License-Identifier: MIT */
#include "sync/members/guided.h"

#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "vault/join/vault_key.h"
#include "vault/objects/guide.h"

#define GUIDE_PERIOD (24 * 3600 * NS_PER_S)
#define GUIDE_ASKED (60 * NS_PER_S)
#define GUIDE_AGAIN (60 * NS_PER_S) /* when the store did not take it */

/* -- reading ----------------------------------------------------------------------------------------------------- */

struct found {
	struct sync *s;
	struct hashes has; /* STATEMENTs */
	struct buf plain;
	struct guide g;
	struct hash hash;
	uint8_t sig[SIG_LEN];
	bool whole; /* signed by the device that it says wrote it, under the epoch that we would write it under */
};

static void found_free(struct found *f)
{
	hashes_free(&f->has);
	buf_free(&f->plain);
}

static err_t get(struct sync *s, uint32_t number, struct found *f)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	err_t e = epoch_open(s->c.keyring, number, &epoch);
	if (!e)
		e = name_guide(&epoch.names, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	struct object_place at = epoch_place(&epoch, OBJECT_GUIDE, name);
	if (!e)
		e = opened_get(&s->opened, &at, buf_span(&body), &f->plain, &f->hash, f->sig);
	return e ? e : guide_decode(buf_span(&f->plain), &f->g);
}

static err_t visit(void *ctx, struct span key, struct span value)
{
	struct found *f = ctx;
	struct vault_name n;
	err_t e = vault_key_parse(key, &n);
	if (!e)
		e = statements_visit(f->s, key, value);
	return e ? e : hashes_add(&f->has, n.hash);
}

/* take: what it says, and then whether its author is who it says. */
static err_t take(struct sync *s, struct found *f)
{
	err_t e = pack_read(f->g.pack, visit, f);
	if (!e)
		e = statements_make(s);
	const struct stream *by = e ? NULL : streams_number(s, f->g.stream);
	f->whole = by && !by->closed && !object_verify(by->key, f->hash, f->sig);
	return e;
}

/* find: the one under the newest epoch. ERR_NOTFOUND: none that opens. What the store fails with: it may be there. */
static err_t find(struct sync *s, struct found *f)
{
	err_t e = ERR_NOTFOUND;
	for (uint32_t i = keyring_claimed(s->c.keyring); e == ERR_NOTFOUND && i >= 1; i--) {
		buf_clear(&f->plain);
		err_t was = get(s, i, f);
		e = asked_one(s, was);
		if (e != was)
			return was;
		if (sync_unproved(e))
			e = ERR_NOTFOUND;
		if (!e)
			e = take(s, f);
		f->whole &= i == keyring_epoch(s->c.keyring);
	}
	return e;
}

err_t guided_read(struct sync *s)
{
	cleanup(found_free) struct found f = { .s = s };
	err_t e = find(s, &f);
	return e == ERR_NOTFOUND || (s->asked.pulls && asked_alone(e)) ? ERR_OK : e;
}

/* -- what belongs in it ------------------------------------------------------------------------------------------ */

struct resting { /* statements that others rest on */
	const struct roster *r;
	bool *in;
	size_t *todo, todo_n;
};

static void resting_free(struct resting *x)
{
	free(x->in);
	free(x->todo);
}

static void want(struct resting *x, size_t said)
{
	if (said == ROSTER_NONE || x->in[said])
		return;
	x->in[said] = true;
	x->todo[x->todo_n++] = said;
}

/* want_signer: whoever let that one in. What does not count is nothing that others rest on: who was revoked can let in
 * anybody again, behind as many statements as it likes. */
static void want_signer(struct resting *x, size_t signer)
{
	if (x->r->signer[signer].by_genesis)
		return;
	for (size_t i = 0; i < x->r->said_n; i++)
		if (heard_lets_in(x->r->said[i].s) && x->r->said[i].about == signer && roster_counts(x->r, i))
			want(x, i);
}

/* rest: with each one that before it in its chain, and what its signer rests on. */
static void rest(struct resting *x)
{
	while (x->todo_n) {
		size_t i = x->todo[--x->todo_n];
		want(x, x->r->said[i].before);
		want_signer(x, x->r->said[i].signer);
	}
}

static bool is_open(const struct roster_stream *x)
{
	return x->begins && !x->cut;
}

static err_t pack_all(const struct resting *x, struct buf *out)
{
	cleanup(records_free) struct records all = RECORDS_INIT;
	cleanup(pack_free) struct pack p = PACK_INIT;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < x->r->said_n; i++)
		if (x->in[i])
			e = statement_record_put(&all, x->r->said[i].s->hash, x->r->said[i].s->bytes);
	for (size_t i = 0; !e && i < all.n; i++)
		e = pack_add(&p, records_key(all.v[i]), buf_span(&all.v[i]->value));
	return e ? e : pack_put(&p, out);
}

static err_t pack_open(const struct statements *t, struct buf *out)
{
	cleanup(resting_free) struct resting x = { .r = &t->roster };
	x.in = calloc(t->roster.said_n + 1, sizeof(*x.in));
	x.todo = calloc(t->roster.said_n + 1, sizeof(*x.todo));
	if (!x.in || !x.todo)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->streams.n; i++)
		if (is_open(&t->streams.v[i]))
			want(&x, t->streams.v[i].said);
	rest(&x);
	return pack_all(&x, out);
}

/* -- writing ----------------------------------------------------------------------------------------------------- */

static err_t seal(struct sync *s, struct span plain, char name[OBJECT_NAME], struct buf *sealed)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, keyring_epoch(s->c.keyring), &epoch);
	if (!e)
		e = name_guide(&epoch.names, name);
	struct object_place at = epoch_place(&epoch, OBJECT_GUIDE, name);
	return e ? e : object_seal(&at, plain, s->seed, sealed, &hash);
}

err_t guided_write(struct sync *s)
{
	cleanup(buf_free) struct buf pack = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
	const struct stream *own = streams_find(s, s->stream);
	char name[OBJECT_NAME];
	if (!own)
		return ERR_OK;
	err_t e = pack_open(s->statements, &pack);
	struct guide g = { own->number, s->c.clock.wall(s->c.clock.ctx), buf_span(&pack) };
	if (!e)
		e = guide_encode(&g, &plain);
	if (!e)
		e = seal(s, buf_span(&plain), name, &sealed);
	return e ? e : store_put_sync(s->c.store, name, buf_span(&sealed));
}

/* lacks: an open stream. */
static bool lacks(const struct sync *s, const struct found *f)
{
	const struct roster_streams *l = &s->statements->streams;
	for (size_t i = 0; i < l->n; i++)
		if (is_open(&l->v[i]) && !hashes_has(&f->has, l->v[i].hash))
			return true;
	return false;
}

static err_t look(struct sync *s)
{
	cleanup(found_free) struct found f = { .s = s };
	err_t e = find(s, &f);
	if (e && e != ERR_NOTFOUND)
		return e;
	return e || !f.whole || lacks(s, &f) ? guided_write(s) : ERR_OK;
}

void guided_asked(struct sync *s)
{
	const int64_t age = s->c.audit.asked_s ? s->c.audit.asked_s * NS_PER_S : GUIDE_ASKED;
	if (s->guide.refused || s->c.clock.mono(s->c.clock.ctx) - s->guide.looked >= age)
		s->guide.next = 0;
}

err_t guided_keep(struct sync *s)
{
	int64_t now = s->c.clock.mono(s->c.clock.ctx);
	if ((now < s->guide.next && s->guide.streams == s->streams.n) || !streams_find(s, s->stream))
		return ERR_OK;
	err_t e = look(s);
	bool refused = asked_untaken(e) || asked_alone(e); /* of a store, or of an object */
	if (e && !refused)
		return e;
	s->guide.refused = e == ERR_LIMIT ? ERR_OK : e;
	s->guide.looked = now;
	if (refused) /* what others say is read all the same */
		log_warn(AREA_SYNC, "the guide for newcomers could not be written (%s); tried again later",
		         err_text(e));
	s->guide.next = now + (refused ? GUIDE_AGAIN : GUIDE_PERIOD);
	s->guide.streams = s->streams.n;
	return ERR_OK;
}
