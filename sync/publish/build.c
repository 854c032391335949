/* SPDX-License-Identifier: MIT
 * The records of the closed set are packed verbatim, in parts; what else the commit says is as of the close, since
 * nothing of others is applied between that and this. Bytes, n, position and past are one transaction: so one n is
 * signed once.
 */
#include "sync/publish/build.h"

#include "sync/core/epoch.h"
#include "sync/core/state_form.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/deliver/past_map.h"
#include "sync/deliver/refuse.h"
#include "sync/members/begun.h"
#include "util/invariant.h"
#include "util/trace.h"
#include "util/vec.h"
#include "vault/changeset/digest.h"
#include "vault/objects/pack.h"

#define PART_BYTES (6u << 20) /* of records in one part of a commit */

struct build {
	struct sync *s;
	struct started *begins; /* NULL: nothing */
	struct buf *packs;      /* one a part */
	size_t n, cap;
	struct pack pack; /* while it grows */
	struct commit c;  /* its vv is `entries` */
	struct vv entries;
	struct epoch epoch;
	struct past_basis basis;
	struct claim claim;
	struct lthash digest; /* behind it */
	struct buf hashes;    /* of the parts before the last */
	struct hash hash;
	struct pulled *own; /* as others will get it */
	struct state next;
	struct stream stream; /* our own, as it becomes */
	struct ops ops;
	struct queue added;
	uint64_t bytes;
};

static void build_free(struct build *b)
{
	for (size_t i = 0; i < b->n; i++)
		buf_wipe_free(&b->packs[i]);
	free(b->packs);
	pack_free(&b->pack);
	vv_free(&b->entries);
	epoch_wipe(&b->epoch);
	past_basis_free(&b->basis);
	buf_free(&b->hashes);
	pulled_freep(&b->own);
	ops_free(&b->ops);
	queue_free(&b->added);
}

/* -- records ----------------------------------------------------------------------------------------------------- */

/* pack_end: what was gathered is a part. */
static err_t pack_end(struct build *b)
{
	if (!vec_room(b->packs, b->n, 1, &b->cap))
		return ERR_NOMEM;
	b->packs[b->n] = BUF_INIT;
	err_t e = pack_put(&b->pack, &b->packs[b->n]);
	b->n++;
	pack_free(&b->pack);
	b->pack = PACK_INIT;
	return e;
}

static err_t pack_visit(void *ctx, struct span key, struct span value)
{
	struct build *b = ctx;
	err_t e = ERR_OK;
	const size_t most = b->s->c.part_bytes ? b->s->c.part_bytes : PART_BYTES;
	if (b->pack.raw.len && pack_bound(&b->pack) + key.len + value.len > most)
		e = pack_end(b);
	return e ? e : pack_add(&b->pack, key, value);
}

static err_t pack_records(struct build *b)
{
	const struct view *said = &b->s->at.changeset->closed->view;
	err_t e = said->scan(said->ctx, SPAN(NULL, 0), SPAN(NULL, 0), pack_visit, b);
	return e ? e : pack_end(b);
}

/* -- what it says of itself -------------------------------------------------------------------------------------- */

/* say_positions: what changed since the commit before. */
static err_t say_positions(struct build *b, const struct stream *own)
{
	cleanup(vv_free) struct vv now = { 0 }, before = { 0 };
	struct past past = past_of_map(b->s->c.map);
	err_t e = place_positions(b->s, &now);
	if (!e && b->s->st.n)
		e = past_vv(&past, past_position(own->number, b->s->st.n, own->applied.hash), &before);
	return e ? e : vv_changed(&before, &now, own->number, &b->entries);
}

static err_t say_all(struct build *b, const struct stream *own)
{
	struct sync *s = b->s;
	b->c.stream = own->number;
	b->c.n = s->st.n + 1;
	b->c.parts = (uint32_t)b->n;
	b->c.previous = s->st.n ? own->applied.hash : HASH_ZERO;
	b->c.time = s->c.clock.wall(s->c.clock.ctx);
	b->c.lamport = s->lamport;
	b->c.nonce = s->st.nonce;
	b->c.rules = SYNC_RULES;
	b->digest = s->st.digest;
	if (b->begins) {
		b->c.start = b->begins->start;
		b->c.recipients = b->begins->recipients;
	}
	err_t e = say_positions(b, own);
	if (!e)
		e = changeset_digest(s->at.changeset, &b->digest);
	if (!e)
		e = lthash_digest(&b->digest, &b->c.digest);
	b->c.vv = b->entries;
	return e;
}

/* -- bytes ------------------------------------------------------------------------------------------------------- */

static err_t queue_part(struct build *b, struct item *it, struct span sealed)
{
	bool last = commit_is_last(&b->c);
	if (!queue_reserve(&b->added, 1))
		return ERR_NOMEM;
	it->sequence = sequence_next(&b->next, last ? CLASS_COMMIT : CLASS_PART);
	it->size = sealed.len;
	b->bytes += sealed.len;
	struct rkey key = queue_key(QUEUE_OBJECT, it->sequence, it->name);
	ops_put(&b->ops, MAP_QUEUE, rkey_span(&key), sealed);
	queue_add(&b->added, it);
	return buf_ok(&b->ops.b);
}

/* seal_part: its name is its place. */
static err_t seal_part(struct build *b, struct hash stream)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	struct item it = { .kind = QUEUE_OBJECT };
	struct object_place at = epoch_place(&b->epoch, OBJECT_COMMIT, it.name);
	err_t e = commit_encode(&b->c, &plain);
	if (!e)
		e = name_commit(&b->epoch.names, stream, b->c.n, b->c.part, it.name);
	if (!e)
		e = object_seal(&at, buf_span(&plain), b->s->seed, &sealed, &b->hash);
	if (!e)
		e = pulled_add(b->own, &plain, b->hash);
	return e ? e : queue_part(b, &it, buf_span(&sealed));
}

static err_t seal_all(struct build *b, const struct stream *own)
{
	err_t e = epoch_open(b->s->c.keyring, keyring_epoch(b->s->c.keyring), &b->epoch);
	for (uint32_t i = 0; !e && i < b->c.parts; i++) {
		b->c.part = i;
		b->c.pack = buf_span(&b->packs[i]);
		b->c.part_hashes = b->hashes.p;
		e = seal_part(b, own->hash);
		if (!e && !commit_is_last(&b->c))
			buf_hash(&b->hashes, b->hash);
		if (!e)
			e = buf_ok(&b->hashes);
	}
	return e;
}

/* stands: what others find out of it. A commit that they would refuse must not be made: all later ones stand on it. */
static err_t stands(struct build *b, const struct stream *own)
{
	struct past past = past_of_map(b->s->c.map);
	enum refusal why = REFUSED_NOT;
	b->claim = (struct claim){ past_position(own->number, b->c.n, b->hash), ID_ZERO, &b->entries, b->c.parts };
	if (b->s->st.n)
		b->claim.previous = id_from(own->applied.hash.b);
	err_t e = past_basis_of(&past, &b->claim, &b->basis);
	if (!e)
		e = pulled_whole(b->own);
	if (!e)
		e = refuse_look(b->s, b->own, &b->basis, &why);
	if (e || !why)
		return e;
	log_error(AREA_SYNC, "commit %llu would be refused: reason %d", (unsigned long long)b->c.n, (int)why);
	INVARIANT(why == REFUSED_NOT);
	refuse_named(b->s, b->own, why);
	return ERR_DAMAGED;
}

/* -- durable ----------------------------------------------------------------------------------------------------- */

/* put_all: everything that moves with the commit. */
static err_t put_all(struct build *b, const struct stream *own)
{
	struct rkey packing = key_bytes(QUEUE_PACKING, SPAN("", 0));
	struct state *next = &b->next;
	b->stream = *own;
	b->stream.seen.n = b->stream.applied.n = b->c.n;
	b->stream.seen.hash = b->stream.applied.hash = b->hash;
	b->stream.epoch = b->epoch.at.number;
	b->stream.time = b->c.time;
	next->n = b->c.n;
	next->said = b->c.digest;
	next->chain_bytes += b->bytes;
	err_t e = crypto_random_id(&next->nonce);
	if (e)
		return e;
	state_put(&b->ops, next);
	state_put_stream(&b->ops, &b->stream);
	if (b->begins) {
		b->begins->at = b->claim.at;
		begun_put(&b->ops, b->begins);
		b->basis.epoch = b->basis.epoch_most = b->begins->number;
	}
	past_remember(&b->ops, &b->claim, &b->basis, b->c.lamport);
	ops_del(&b->ops, MAP_QUEUE, rkey_span(&packing));
	return buf_ok(&b->ops.b);
}

static err_t keep(struct build *b, struct stream *own)
{
	struct sync *s = b->s;
	if (!queue_reserve(&s->queue, b->added.n))
		return ERR_NOMEM; /* now, so that nothing fails once the map has it */
	err_t e = ops_commit(&b->ops, s->c.map);
	if (e)
		return e;
	s->st = b->next;
	*own = b->stream;
	for (size_t i = 0; i < b->added.n; i++)
		queue_add(&s->queue, &b->added.items[i]);
	s->heads.due = true;
	TRACE(commit_queued, b->c.n, b->n, b->bytes);
	log_info(AREA_SYNC, "commit %llu: %zu part(s), %llu bytes", (unsigned long long)b->c.n, b->n,
	         (unsigned long long)b->bytes);
	return ERR_OK;
}

err_t build_run(struct sync *s, struct started *begins)
{
	cleanup(build_free) struct build b = { .s = s, .begins = begins, .next = s->st };
	struct stream *own = streams_find(s, s->stream);
	b.own = calloc(1, sizeof(*b.own));
	err_t e = b.own ? pack_records(&b) : ERR_NOMEM;
	if (!e)
		e = say_all(&b, own);
	if (!e)
		e = seal_all(&b, own);
	if (!e)
		e = stands(&b, own);
	if (!e)
		e = put_all(&b, own);
	if (!e)
		e = keep(&b, own);
	return e || !begins ? e : begun_add(s, begins);
}
