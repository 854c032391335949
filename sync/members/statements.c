/* SPDX-License-Identifier: MIT */
#include "sync/members/statements.h"

#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/members/removed.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements_room.h"
#include "vault/join/vault_key.h"
#include "vault/members/signature.h"
#include "vault/objects/applied.h"

#define RANK_STEP 65536                    /* over the greatest that a signer has */
#define FORGED_MAX 65536                   /* hashes */
#define STREAMS_VAIN_MAX (STREAMS_MAX / 2) /* known, from where on one of which nothing counts gets no place */

void statements_freep(struct statements **at)
{
	struct statements *t = *at;
	if (!t)
		return;
	roster_streams_free(&t->streams);
	roster_free(&t->roster);
	free(t->made);
	heard_set_free(&t->set);
	hashes_free(&t->seen);
	hashes_free(&t->here);
	hashes_free(&t->stray);
	hashes_free(&t->checked);
	hashes_free(&t->forged);
	hashes_free(&t->wanted);
	free(t);
	*at = NULL;
}

/* -- the set ----------------------------------------------------------------------------------------------------- */

/* add: of a record, or of who has room. */
static err_t add(struct statements *t, struct span bytes, struct hash *ret)
{
	err_t e = signer_statement_hash(bytes, ret);
	if (e || hashes_has(&t->seen, *ret))
		return e;
	e = heard_set_add(&t->set, bytes);
	t->stale |= !e;
	return e ? e : hashes_add(&t->seen, *ret);
}

/* add_some: one that anybody may have said anywhere. *ret_in: it is in the set. */
static err_t add_some(struct statements *t, struct span bytes, struct hash *ret, bool *ret_in)
{
	err_t e = signer_statement_hash(bytes, ret);
	*ret_in = !e && (hashes_has(&t->seen, *ret) || statements_have_room(t, bytes, *ret));
	return e || !*ret_in ? e : add(t, bytes, ret);
}

err_t statements_add(struct sync *s, struct span bytes)
{
	struct hash h;
	bool in;
	return add_some(s->statements, bytes, &h, &in);
}

err_t statements_keep(struct sync *s, struct span bytes)
{
	struct statements *t = s->statements;
	struct hash h;
	bool in;
	err_t e = add_some(t, bytes, &h, &in);
	if (!e && in)
		e = hashes_add(&s->mailbox.shown, h);
	return e || !in || hashes_has(&t->here, h) ? e : hashes_add(&t->stray, h);
}

err_t statements_visit(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct span bytes;
	if (!key.len || *(const uint8_t *)key.p != SHARED_STATEMENT)
		return ERR_OK;
	err_t e = statement_record_get(value, &r, &bytes);
	if (!e)
		e = statements_add(ctx, bytes);
	return e == ERR_NOMEM || e == ERR_CRYPTO ? e : ERR_OK; /* what a commit may have is looked at elsewhere */
}

/* record_visit: of the map: whoever checked the record saw that it is a statement. */
static int record_visit(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct statements *t = ctx;
	struct span bytes;
	struct hash h;
	(void)key;
	err_t e = value.p ? statement_record_get(value, &r, &bytes) : ERR_DAMAGED;
	if (!e)
		e = add(t, bytes, &h);
	if (e)
		return (int)e;
	hashes_drop(&t->stray, h);
	return (int)hashes_add(&t->here, h);
}

static int kept_visit(void *ctx, struct span key, struct span value)
{
	struct statements *t = ctx;
	struct hash h;
	(void)key;
	err_t e = value.p ? add(t, value, &h) : ERR_DAMAGED;
	t->kept++;
	return (int)(e ? e : hashes_add(&t->here, h));
}

static int checked_visit(void *ctx, struct span key, struct span value)
{
	struct statements *t = ctx;
	const size_t prefix = strlen(STATE_CHECKED);
	(void)value;
	if (key.len != prefix + HASH_LEN)
		return (int)ERR_DAMAGED;
	return (int)hashes_add(&t->checked, hash_from((const uint8_t *)key.p + prefix));
}

err_t statements_records(struct sync *s)
{
	static const uint8_t prefix = SHARED_STATEMENT;
	return map_scan(s->c.map, MAP_RECORDS, SPAN(&prefix, 1), SPAN(NULL, 0), record_visit, s->statements);
}

/* said_here: in the open and the closed set. */
static err_t said_here(struct sync *s)
{
	static const uint8_t prefix[][2] = { { SAID_A, SHARED_STATEMENT }, { SAID_B, SHARED_STATEMENT } };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < ARRAY_LEN(prefix); i++)
		e = map_scan(s->c.map, MAP_RECORDS, SPAN(prefix[i], 2), SPAN(NULL, 0), record_visit, s->statements);
	return e;
}

err_t statements_open(struct sync *s)
{
	struct statements *t = s->statements = calloc(1, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	t->set.vault = keyring_vault(s->c.keyring);
	err_t e = statements_records(s);
	if (!e)
		e = said_here(s);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_STATEMENT), SPAN(NULL, 0), kept_visit, t);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_CHECKED), SPAN(NULL, 0), checked_visit, t);
	return e ? e : statements_make(s);
}

/* -- what is remembered of it ------------------------------------------------------------------------------------ */

struct checking {
	struct statements *t;
	struct signature_of of;
	struct hashes good; /* found so now */
};

static void checking_free(struct checking *c)
{
	hashes_free(&c->good);
}

static void put_hash(struct ops *o, const char *prefix, struct hash h, struct span value)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	buf_put(&key, prefix, strlen(prefix));
	buf_hash(&key, h);
	o->b.failed |= key.failed;
	ops_put(o, MAP_STATE, buf_span(&key), value);
}

/* check: as roster_basis has it. A signer's id says its key, so what was good once is good. */
static err_t check(void *ctx, const struct heard *said, const uint8_t *sign_key)
{
	struct checking *c = ctx;
	if (hashes_has(&c->t->checked, said->hash))
		return ERR_OK;
	if (hashes_has(&c->t->forged, said->hash))
		return ERR_DAMAGED;
	err_t e = signature_check(&c->of, said, sign_key);
	if (e == ERR_DAMAGED && c->t->forged.n < FORGED_MAX)
		e = hashes_add(&c->t->forged, said->hash) ? ERR_NOMEM : ERR_DAMAGED;
	if (!e)
		e = hashes_add(&c->t->checked, said->hash);
	return e ? e : hashes_add(&c->good, said->hash);
}

/* keep_one: a good one. Durably: whose signature was found right; and what the mailbox showed: whoever reads on there
 * says so later. Of vain ones there may be any number. */
static err_t keep_one(struct checking *c, const struct roster *r, size_t i, struct ops *o)
{
	struct statements *t = c->t;
	struct hash h = r->said[i].s->hash;
	bool counts = roster_counts(r, i);
	t->vain += !counts;
	if (counts && hashes_has(&c->good, h))
		put_hash(o, STATE_CHECKED, h, span_str("1"));
	if (!hashes_has(&t->stray, h))
		return ERR_OK;
	hashes_drop(&t->stray, h);
	if (!counts && t->kept >= STATEMENTS_KEPT)
		return ERR_OK;
	t->kept++;
	put_hash(o, STATE_STATEMENT, h, r->said[i].s->bytes);
	return hashes_add(&t->here, h);
}

static err_t keep(struct checking *c, const struct roster *r, struct ops *o)
{
	err_t e = ERR_OK;
	c->t->vain = 0;
	for (size_t i = 0; !e && i < r->said_n; i++)
		e = keep_one(c, r, i, o);
	return e;
}

static err_t remember(struct sync *s, const struct ops *o)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!o->b.len)
		return ERR_OK;
	if (!b)
		return ERR_NOMEM;
	err_t e = ops_batch(o, b);
	return e ? e : map_apply(s->c.map, b);
}

/* -- roster and streams ------------------------------------------------------------------------------------------ */

struct next { /* what takes the place of what was made */
	struct heard *said;
	struct roster roster;
	struct roster_streams streams;
};

static void next_free(struct next *x)
{
	roster_streams_free(&x->streams);
	roster_free(&x->roster);
	free(x->said);
}

/* derive: with one `more`; NULL: none. */
static err_t derive(struct sync *s, const struct heard *more, struct checking *c, struct next *x)
{
	const struct heard_set *set = &s->statements->set;
	struct roster_basis b = { s->c.members.named, s->c.members.named_n, check, c };
	size_t n = set->n;
	x->said = calloc(n + 1, sizeof(*x->said));
	if (!x->said)
		return ERR_NOMEM;
	if (n)
		memcpy(x->said, set->v, n * sizeof(*x->said));
	if (more)
		x->said[n++] = *more;
	err_t e = roster_make(&b, x->said, n, &x->roster);
	return e ? e : roster_streams_make(&x->roster, &x->streams);
}

static struct checking checking_of(const struct sync *s)
{
	const struct signature_of of = { keyring_vault(s->c.keyring), keyring_genesis(s->c.keyring) };
	return (struct checking){ .t = s->statements, .of = of };
}

err_t statements_if(struct sync *s, struct span bytes, const struct statements_look *look)
{
	cleanup(next_free) struct next x = { 0 };
	cleanup(checking_free) struct checking c = checking_of(s);
	struct heard more;
	err_t e = heard_read(s->statements->set.vault, bytes, &more);
	if (!e)
		e = derive(s, &more, &c, &x);
	if (!e)
		look->fn(look->ctx, &x.roster);
	return e;
}

static void take(struct statements *t, struct next *x)
{
	struct next before = { t->made, t->roster, t->streams };
	t->stale = false;
	t->made = x->said;
	t->roster = x->roster;
	t->streams = x->streams;
	*x = before;
}

/* begin: a stream that is new here. Who was revoked can say any number of them, and a place is given for good. */
static err_t begin(struct sync *s, const struct roster_stream *x)
{
	const struct roster_signer *device = &s->statements->roster.signer[x->device];
	struct stream st = { .id = id_from(x->hash.b), .device = device->id, .hash = x->hash, .epoch = 1 };
	bool vain = !x->begins || (x->cut && !x->n);
	if (vain && s->streams.n >= STREAMS_VAIN_MAX)
		return ERR_OK;
	st.number = x->number;
	st.seen.stream = st.applied.stream = st.id;
	memcpy(st.key, device->who.sign_key, sizeof(st.key));
	log_info(AREA_SYNC, "stream %016llx is known", (unsigned long long)x->number);
	err_t e = streams_add(s, &st);
	return e == ERR_LIMIT ? ERR_OK : e; /* said in vain, as the format has it */
}

/* unclaim: what that device said it had, it says no more: others' heads are read again. */
static void unclaim(struct sync *s, struct id device)
{
	for (size_t i = 0; i < s->streams.n; i++)
		if (id_eq(s->streams.list[i].claimant, device))
			s->streams.list[i].claimed = 0;
}

/* silence: what the store has of it, in its places, is asked for no more. */
static void silence(struct sync *s, const struct stream *st)
{
	static const enum transient_kind kinds[] = { TRANSIENT_UNANSWERED, TRANSIENT_COMMIT, TRANSIENT_HEAD };
	for (size_t i = 0; st->closed && i < ARRAY_LEN(kinds); i++)
		alarm_over(s, kinds[i], st->id);
}

/* cut: what waits of the stream was taken when it counted. What was applied stays. */
static void cut(struct sync *s, struct stream *st, const struct roster_stream *x)
{
	if (st->closed == x->cut && (!x->cut || (st->closed_at == x->n && hash_eq(st->closed_hash, x->end))))
		return;
	st->closed = x->cut;
	st->closed_at = x->n;
	st->closed_hash = x->end;
	st->copied = false;
	st->seen = st->applied;
	unclaim(s, st->device);
	silence(s, st);
	room_drop(&s->deliver->room, st->number);
}

/* follow: the list of streams is as the statements have it. */
static err_t follow(struct sync *s)
{
	const struct roster_streams *l = &s->statements->streams;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < l->n; i++) {
		const struct roster_stream *x = &l->v[i];
		if (!x->number || roster_streams_find(l, x->number) != x || (!x->begins && !x->cut))
			continue;
		if (!streams_find(s, id_from(x->hash.b)))
			e = begin(s, x);
		struct stream *st = e ? NULL : streams_find(s, id_from(x->hash.b));
		if (!st)
			continue;
		cut(s, st, x);
	}
	return e;
}

/* read_again: what was dropped, and is in a record since. */
static err_t read_again(struct sync *s)
{
	struct statements *t = s->statements;
	if (!t->dropped || !s->deliver || t->applied == s->deliver->applied)
		return ERR_OK;
	t->applied = s->deliver->applied;
	return statements_records(s);
}

err_t statements_make(struct sync *s)
{
	struct statements *t = s->statements;
	cleanup(next_free) struct next x = { 0 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(checking_free) struct checking c = checking_of(s);
	err_t e = read_again(s);
	if (e || (t->made && !t->stale))
		return e;
	e = derive(s, NULL, &c, &x);
	if (!e)
		e = keep(&c, &x.roster, &o);
	if (!e)
		e = remember(s, &o);
	if (e)
		return e;
	take(t, &x);
	e = statements_trim(t);
	if (!e)
		e = follow(s);
	removed_look(s);
	return e;
}

/* -- what a writer needs ----------------------------------------------------------------------------------------- */

size_t statements_end(const struct roster *r, struct id signer)
{
	const struct roster_signer *x = roster_who(r, signer);
	return x && x->n ? x->first + x->n - 1 : ROSTER_NONE;
}

uint32_t statements_rank(const struct roster *r, struct id signer)
{
	const struct roster_signer *x = roster_who(r, signer);
	uint64_t greatest = 0, most = (x ? (uint64_t)x->highest : 0) + RANK_STEP;
	for (size_t i = 0; i < r->signer_n; i++)
		greatest = MAX(greatest, (uint64_t)r->signer[i].highest);
	return (uint32_t)MIN(MIN(greatest + 1, most), (uint64_t)UINT32_MAX);
}
