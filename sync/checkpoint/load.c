/* SPDX-License-Identifier: MIT
 * One chunk is in memory at a time. What a head names and does not verify is named, what was loaded of it is taken out
 * again, and the next best is tried.
 */
#include "sync/checkpoint/load.h"

#include "sync/checkpoint/stands.h"
#include "sync/core/epoch.h"
#include "sync/core/placed.h"
#include "sync/core/state_form.h"
#include "sync/core/sync_struct.h"
#include "sync/members/begun.h"
#include "sync/members/mailbox.h"
#include "sync/members/statements.h"
#include "sync/pull/head_read.h"
#include "sync/pull/stranger.h"
#include "util/vec.h"
#include "vault/changeset/said.h"
#include "vault/changeset/state.h"
#include "vault/join/known.h"
#include "vault/join/varint.h"
#include "vault/objects/commit_check.h"
#include "vault/objects/manifest.h"
#include "vault/objects/pack.h"

struct offer {
	struct announce manifest; /* as a head names it */
	struct manifest m;
	struct buf plain; /* which it points into */
	bool tried;
};
struct hex {
	char text[ID_TEXT];
};
struct offers {
	struct offer *v;
	size_t n, cap;
};

static void offer_free(struct offer *o)
{
	manifest_free(&o->m);
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
	enum object_type type;
	uint32_t epoch; /* number */
};
struct got {
	struct buf body;
	struct buf *plain;
	uint8_t *sig;
	char name[OBJECT_NAME];
};

static void got_free(struct got *g)
{
	buf_free(&g->body);
}

/* open_under: by the epoch at that place of the keyring. */
static err_t open_under(struct sync *s, const struct wanted *w, uint32_t place, struct got *g)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, place, &epoch);
	struct object_place at = epoch_place(&epoch, w->type, g->name);
	buf_clear(g->plain);
	if (!e)
		e = object_open(&at, buf_span(&g->body), g->plain, &hash, g->sig);
	return !e && !hash_eq(hash, w->hash) ? ERR_DAMAGED : e;
}

static err_t object_get(struct sync *s, const struct wanted *w, struct buf *plain, uint8_t sig[SIG_LEN])
{
	cleanup(got_free) struct got g = { .plain = plain, .sig = sig };
	const struct keyring *k = s->c.keyring;
	uint32_t i = keyring_from(k, w->epoch);
	name_id(w->id, g.name);
	if (keyring_number(k, i) != w->epoch)
		return ERR_NOTFOUND;
	err_t e = store_get_sync(s->c.store, g.name, 0, 0, OBJECT_MAX, &g.body);
	if (!e)
		e = open_under(s, w, i, &g);
	while (e && sync_unproved(e) && keyring_number(k, ++i) == w->epoch)
		e = open_under(s, w, i, &g);
	return e;
}

/* -- what heads name --------------------------------------------------------------------------------------------- */

/* manifest_get: signed by the device of the stream that it says it is of, which is a member. */
static err_t manifest_get(struct sync *s, const struct announce *a, struct offer *ret)
{
	struct wanted w = { a->id, a->hash, OBJECT_MANIFEST, a->epoch };
	uint8_t sig[SIG_LEN];
	*ret = (struct offer){ .manifest = *a };
	err_t e = object_get(s, &w, &ret->plain, sig);
	if (!e)
		e = manifest_decode(buf_span(&ret->plain), &ret->m);
	const struct stream *author = e ? NULL : streams_number(s, ret->m.stream);
	if (!e)
		e = author ? object_verify(author->key, a->hash, sig) : ERR_DAMAGED;
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
		sync_alarm(s, &(struct alarm_about){ .kind = ALARM_CHECKPOINT_DAMAGED, .object = a->id },
		           "a checkpoint named by a device's head does not verify and is ignored");
		return ERR_OK;
	}
	return e;
}

static err_t offers_read(struct sync *s, struct offers *list, bool *ret_unknown)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n; i++) {
		cleanup(head_got_free) struct head_got g = { 0 };
		const struct stream *st = &s->streams.list[i];
		if (st->closed || id_eq(st->id, s->stream))
			continue;
		e = head_read(s, st, &g);
		if (!e)
			e = stranger_heard(s, &g.h.applied, ret_unknown);
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

/* offers_all: of every stream that something proves. A place of the mailbox that the store lost hides those behind it
 * until a head has told how many there are; and what a checkpoint has of a stream that is not known when it is loaded,
 * does not count here: if the store lost that, too, nothing brings it again. */
static err_t offers_all(struct sync *s, struct offers *list)
{
	size_t known;
	do {
		bool unknown = false;
		known = s->streams.n;
		err_t e = offers_read(s, list, &unknown);
		s->mailbox.swept &= !unknown;
		if (!e && unknown)
			e = member_mailbox(s);
		if (!e)
			e = stranger_look(s);
		if (e)
			return e;
	} while (s->streams.n > known);
	return ERR_OK;
}

/* newest: of those that were not tried: by lamport, then by hash, so that everybody takes the same. */
static struct offer *newest(struct offers *list)
{
	struct offer *best = NULL;
	for (size_t i = 0; i < list->n; i++) {
		struct offer *o = &list->v[i];
		if (o->tried)
			continue;
		if (!best || o->m.lamport > best->m.lamport ||
		    (o->m.lamport == best->m.lamport && hash_cmp(o->manifest.hash, best->manifest.hash) > 0))
			best = o;
	}
	return best;
}

static struct hex device_of(struct sync *s, uint64_t stream)
{
	struct hex h;
	id_hex(streams_number(s, stream)->device, h.text);
	return h;
}

/* -- its records ------------------------------------------------------------------------------------------------- */

struct loading {
	struct sync *s;
	struct lthash digest;
	uint64_t records;
	uint64_t lamport; /* greatest of all stamps */
	struct buf last;  /* key: they ascend from chunk to chunk */
	struct ops ops;   /* of this chunk */
	struct placing placing;
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
		e = placed_put(&l->placing, &l->ops, key, value);
	return e ? e : lthash_add(&l->digest, key, value);
}

static err_t load_fn(struct map_txn *x, void *ctx)
{
	return ops_map_txn(ctx, x);
}

static err_t load_chunk(struct loading *l, const struct chunk *c, uint32_t epoch)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct wanted w = { c->id, c->hash, OBJECT_CHUNK, epoch };
	uint8_t sig[SIG_LEN];
	err_t e = object_get(l->s, &w, &plain, sig);
	struct rd r = RD(buf_span(&plain));
	l->lamport = MAX(l->lamport, varint_get(&r)); /* a pack begins with it */
	if (!e)
		e = pack_read(buf_span(&plain), load_visit, l);
	if (!e)
		e = map_transact(l->s->c.map, load_fn, &l->ops);
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
	bool adds_up = l->records == o->m.records && l->lamport <= o->m.lamport && hash_eq(hash, o->m.digest);
	if (!e && !adds_up)
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

/* believed: the lamport that the manifest says is what commits had: of stamps most are still there. What is said here
 * from now on is refused by others when it is too far over theirs. */
static uint64_t believed(const struct loading *l, uint64_t said)
{
	return MIN(said, l->lamport + COMMIT_LAMPORT_STEP / 2);
}

static err_t load_state(struct loading *l, struct offer *of)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct sync *s = l->s;
	struct state next = s->st;
	next.digest = l->digest;
	for (size_t i = 0; i < of->m.chunks_n; i++)
		next.checkpoint_bytes += of->m.chunks[i].size;
	state_put(&o, &next);
	state_put_digest(&o, &next.digest);
	of->m.lamport = believed(l, of->m.lamport);
	put_changeset(of->m.lamport, &o);
	err_t e = stands_load(s, &of->m, &o);
	if (!e)
		e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

static int key_visit(void *ctx, struct span key, struct span value)
{
	struct ops *o = ctx;
	(void)value;
	ops_del(o, MAP_RECORDS, key);
	return o->b.failed ? ERR_NOMEM : ERR_OK;
}

/* unload: what is in the map is of a checkpoint that proved wrong, and nothing else. */
static err_t unload(struct sync *s)
{
	err_t e = ERR_OK;
	for (unsigned kind = SHARED_LOW; !e && kind <= REC_PLACED; kind = kind == SHARED_HIGH ? REC_PLACED : kind + 1) {
		cleanup(ops_free) struct ops o = OPS_INIT;
		uint8_t prefix = (uint8_t)kind;
		e = map_scan(s->c.map, MAP_RECORDS, SPAN(&prefix, 1), SPAN(NULL, 0), key_visit, &o);
		if (!e && o.b.len)
			e = ops_commit(&o, s->c.map);
	}
	return e;
}

static void loading_free(struct loading *l)
{
	buf_free(&l->last);
	ops_free(&l->ops);
	placing_free(&l->placing);
}

static err_t load_one(struct sync *s, struct offer *o, const struct bootstrap *b, struct why *why)
{
	cleanup(loading_free) struct loading l = { .s = s, .ops = OPS_INIT, .placing = { .map = s->c.map } };
	o->tried = true;
	err_t e = load_chunks(&l, o, b, why);
	if (!e) /* now: what it has of a stream that is not known does not count */
		e = statements_records(s);
	if (!e)
		e = statements_make(s);
	if (!e)
		e = begun_records(s);
	if (!e)
		e = load_state(&l, o);
	if (!e)
		log_info(AREA_SYNC, "checkpoint loaded: %llu records", (unsigned long long)l.records);
	return e;
}

/* next_best: whether another one may do. */
static bool next_best(err_t e)
{
	return sync_unproved(e) || e == ERR_NOTFOUND;
}

err_t load_run(struct sync *s, const struct bootstrap *b, struct why *why)
{
	cleanup(offers_free) struct offers list = { 0 };
	err_t e = offers_all(s, &list);
	struct offer *best;
	while (!e && (best = newest(&list))) {
		err_t loaded = load_one(s, best, b, why);
		if (!next_best(loaded))
			return loaded;
		e = unload(s);
		sync_alarm(
		        s,
		        &(struct alarm_about){ ALARM_CHECKPOINT_DAMAGED, best->m.stream, best->manifest.id, ID_ZERO },
		        "a checkpoint of device %.8s cannot be used and is passed over: %s",
		        device_of(s, best->m.stream).text, err_text(loaded));
	}
	return e ? e : ERR_NOTFOUND;
}
