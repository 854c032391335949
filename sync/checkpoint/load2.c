/* SPDX-License-Identifier: MIT
 * One chunk is in memory at a time. What a head names and does not verify before the first chunk is named, and the next
 * best is taken.
 */
#include "sync/checkpoint/load2.h"

#include "sync/checkpoint/stands2.h"
#include "sync/core/epoch2.h"
#include "sync/core/placed2.h"
#include "sync/core/state2.h"
#include "sync/core/sync_struct.h"
#include "sync/pull/head_read2.h"
#include "util/vec.h"
#include "vault/changeset/said.h"
#include "vault/changeset/state.h"
#include "vault/join/known.h"
#include "vault/objects/manifest2.h"
#include "vault/objects/pack2.h"

struct offer {
	struct announce manifest; /* as a head names it */
	struct manifest2 m;
	struct buf plain; /* which it points into */
};
struct offers {
	struct offer *v;
	size_t n, cap;
};

static void offer_free(struct offer *o)
{
	manifest2_free(&o->m);
	buf_free(&o->plain);
}

static void offers_free(struct offers *l)
{
	for (size_t i = 0; i < l->n; i++)
		offer_free(&l->v[i]);
	free(l->v);
}

/* object_get: a manifest, or a chunk: by its id, with that hash. */
struct wanted {
	struct id id;
	struct hash hash;
	enum object2_type type;
	uint32_t epoch;
};

static err_t object_get(struct sync *s, const struct wanted *w, struct buf *plain, uint8_t sig[SIG_LEN])
{
	cleanup(epoch2_wipe) struct epoch2 epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	name_id(w->id, name);
	err_t e = epoch2_open(s->c.keyring, w->epoch, &epoch);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, OBJECT2_MAX, &body);
	struct object2_place at = epoch2_place(&epoch, w->type, name);
	if (!e)
		e = object2_open(&at, buf_span(&body), plain, &hash, sig);
	return !e && !hash_eq(hash, w->hash) ? ERR_DAMAGED : e;
}

/* -- what heads name --------------------------------------------------------------------------------------------- */

/* manifest_get: signed by the device of the stream that it says it is of, which is a member. */
static err_t manifest_get(struct sync *s, const struct announce *a, struct offer *ret)
{
	struct wanted w = { a->id, a->hash, OBJECT2_MANIFEST, a->epoch };
	uint8_t sig[SIG_LEN];
	*ret = (struct offer){ .manifest = *a };
	err_t e = object_get(s, &w, &ret->plain, sig);
	if (!e)
		e = manifest2_decode(buf_span(&ret->plain), &ret->m);
	const struct stream *author = e ? NULL : streams_number(s, ret->m.stream);
	if (!e)
		e = author ? object2_verify(author->key, a->hash, sig) : ERR_DAMAGED;
	if (e)
		offer_free(ret);
	return e;
}

static err_t offer_add(struct sync *s, const struct announce *a, struct offers *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (hash_eq(list->v[i].manifest.hash, a->hash))
			return ERR_OK;
	if (!vec_room(list->v, list->n, 1, &list->cap))
		return ERR_NOMEM;
	err_t e = manifest_get(s, a, &list->v[list->n]);
	list->n += !e;
	if (sync_unproved(e) || e == ERR_NOTFOUND) {
		sync_alarm(s, "a checkpoint named by a device's head does not verify and is ignored");
		return ERR_OK;
	}
	return e;
}

static err_t offers_read(struct sync *s, struct offers *list)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		cleanup(head_got_free) struct head_got g = { 0 };
		const struct stream *st = &s->streams.list[i];
		if (st->closed || id_eq(st->id, s->c.stream))
			continue;
		e = head_read2(s, st, &g);
		if (!e && g.h.has_checkpoint)
			e = offer_add(s,
			              &(struct announce){ .hash = g.h.manifest_hash,
			                                  .id = g.h.manifest,
			                                  .epoch = g.h.manifest_epoch },
			              list);
		if (e == ERR_NOTFOUND || e == ERR_DAMAGED)
			e = ERR_OK;
	}
	return e;
}

/* newest: by lamport, then by hash, so that everybody takes the same. */
static struct offer *newest(struct offers *list)
{
	struct offer *best = NULL;
	for (size_t i = 0; i < list->n; i++) {
		struct offer *o = &list->v[i];
		if (!best || o->m.lamport > best->m.lamport ||
		    (o->m.lamport == best->m.lamport && hash_cmp(o->manifest.hash, best->manifest.hash) > 0))
			best = o;
	}
	return best;
}

/* -- its records ------------------------------------------------------------------------------------------------- */

struct loading {
	struct sync *s;
	struct lthash digest;
	uint64_t records;
	struct buf last; /* key: they ascend from chunk to chunk */
	struct ops ops;  /* of this chunk */
};

static err_t load_visit(void *ctx, struct span key, struct span value)
{
	struct loading *l = ctx;
	if (l->last.len && span_cmp(buf_span(&l->last), key) >= 0)
		return ERR_DAMAGED;
	err_t e = known_form(key, value);
	if (e)
		return e;
	buf_clear(&l->last);
	buf_put(&l->last, key.p, key.len);
	ops_put(&l->ops, MAP_RECORDS, key, value);
	l->records++;
	e = buf_ok(&l->last);
	if (!e)
		e = placed2_put(&l->ops, key, value);
	return e ? e : lthash_add(&l->digest, key, value);
}

static err_t load_fn(struct map_txn *x, uint64_t changeset, void *ctx)
{
	(void)changeset;
	return ops_map_txn(ctx, x);
}

static err_t load_chunk(struct loading *l, const struct chunk2 *c, uint32_t epoch)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct wanted w = { c->id, c->hash, OBJECT2_CHUNK, epoch };
	uint8_t sig[SIG_LEN];
	err_t e = object_get(l->s, &w, &plain, sig);
	if (!e)
		e = pack2_read(buf_span(&plain), load_visit, l);
	if (!e)
		e = map_load(l->s->c.map, load_fn, &l->ops);
	ops_free(&l->ops);
	return e;
}

static err_t load_chunks(struct loading *l, const struct offer *o, const struct bootstrap *b, struct why *why)
{
	uint64_t total = 0, done = 0;
	struct hash hash;
	for (size_t i = 0; i < o->m.chunks_n; i++)
		total += o->m.chunks[i].size;
	for (size_t i = 0; i < o->m.chunks_n; i++) {
		err_t e = load_chunk(l, &o->m.chunks[i], o->manifest.epoch);
		if (e)
			return why_set(why, e, "chunk %zu of %zu of the vault's checkpoint cannot be used: %s", i + 1,
			               o->m.chunks_n, err_text(e));
		done += o->m.chunks[i].size;
		if (b && b->progress)
			b->progress(b->ctx, done, total);
	}
	err_t e = lthash_digest(&l->digest, &hash);
	if (!e && (l->records != o->m.records || !hash_eq(hash, o->m.digest)))
		e = why_set(why, ERR_DAMAGED, "the vault's checkpoint does not add up to what its author had");
	return e;
}

/* -- where it stands --------------------------------------------------------------------------------------------- */

static void put_changeset(uint64_t lamport, struct ops *o)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	changeset_state_encode(&(struct changeset_state){ SAID_A, 1, lamport }, &v);
	if (v.failed)
		o->b.failed = true;
	ops_put(o, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&v));
}

static err_t load_state(struct loading *l, const struct offer *of)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct sync *s = l->s;
	struct state next = s->st;
	next.digest = l->digest;
	for (size_t i = 0; i < of->m.chunks_n; i++)
		next.checkpoint_bytes += of->m.chunks[i].size;
	state_put(&o, &next);
	state_put_digest(&o, &next.digest);
	put_changeset(of->m.lamport, &o);
	err_t e = stands2_load(s, &of->m, &o);
	if (!e)
		e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

err_t load2_run(struct sync *s, const struct bootstrap *b, struct why *why)
{
	cleanup(offers_free) struct offers list = { 0 };
	struct loading l = { .s = s, .last = BUF_INIT, .ops = OPS_INIT };
	err_t e = offers_read(s, &list);
	struct offer *best = e ? NULL : newest(&list);
	if (!e && !best)
		e = ERR_NOTFOUND;
	if (!e)
		e = load_chunks(&l, best, b, why);
	if (!e)
		e = load_state(&l, best);
	buf_free(&l.last);
	ops_free(&l.ops);
	if (!e)
		log_info(AREA_SYNC, "checkpoint loaded: %llu records", (unsigned long long)l.records);
	return e;
}
