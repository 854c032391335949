/* SPDX-License-Identifier: MIT */
#include "sync/checkpoint/make.h"

#include "sync/checkpoint/checkpoint.h"
#include "sync/checkpoint/prune.h"
#include "sync/checkpoint/stands.h"
#include "sync/core/alarm_object.h"
#include "sync/core/digest_now.h"
#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/place.h"
#include "util/vec.h"
#include "vault/changeset/published.h"
#include "vault/objects/manifest.h"
#include "vault/objects/pack.h"

#define CHUNK_BYTES ((size_t)4 << 20) /* of records */
#define LEAST_BYTES ((uint64_t)1 << 20)

bool make_due(const struct sync *s, unsigned times)
{
	uint64_t least = s->c.checkpoint_min ? s->c.checkpoint_min : LEAST_BYTES;
	if (s->checkpoint.failed && s->st.chain_bytes < 2 * s->checkpoint.failed)
		return false;
	return s->checkpoint.wanted || s->st.chain_bytes > times * MAX(least, s->st.checkpoint_bytes / 4);
}

struct making {
	struct sync *s;
	struct epoch epoch;
	struct manifest m;
	struct pack pack; /* records of this chunk */
	struct buf next;  /* the first key of the next one */
	struct buf refs;  /* ids, for pruning */
	uint64_t bytes;
	bool more;
};

static void making_free(struct making *k)
{
	epoch_wipe(&k->epoch);
	manifest_free(&k->m);
	pack_free(&k->pack);
	buf_free(&k->next);
	buf_free(&k->refs);
}

/* -- objects into the queue -------------------------------------------------------------------------------------- */

struct making_object {
	enum object_type type;
	struct span plain;
	struct id id; /* its name */
	struct hash hash;
	struct item item;
	struct buf sealed;
};

static err_t seal(struct making *k, struct making_object *x)
{
	bool last = x->type == OBJECT_MANIFEST;
	err_t e = crypto_random_id(&x->id);
	if (e)
		return e;
	name_id(x->id, x->item.name);
	struct object_place at = epoch_place(&k->epoch, x->type, x->item.name);
	e = object_seal(&at, x->plain, last ? k->s->seed : NULL, &x->sealed, &x->hash);
	x->item.kind = QUEUE_OBJECT;
	x->item.size = x->sealed.len;
	buf_id(&k->refs, x->id);
	return e ? e : buf_ok(&k->refs);
}

/* announced: the manifest is the last object: with it in the queue the checkpoint is whole, and the next head, which is
 * written when all is on the store, says so. */
static void announced(const struct making *k, const struct making_object *x, struct state *next, struct ops *o)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	next->building = 0;
	next->chain_bytes = 0;
	next->checkpoint_bytes = k->bytes + x->sealed.len;
	next->announced = (struct announce){ .hash = x->hash, .id = x->id, .epoch = k->epoch.at.number };
	checkpoint_key(x->item.sequence, &key);
	if (key.failed)
		o->b.failed = true;
	ops_put(o, MAP_STATE, buf_span(&key), buf_span(&k->refs));
}

/* put_covered: what newcomers have by it. */
static void put_covered(const struct sync *s, struct ops *o)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		struct stream next = s->streams.list[i];
		next.covered = MAX(next.covered, next.applied.n);
		state_put_stream(o, &next);
	}
	place_put_covered(o, &s->deliver->branches);
}

static err_t covered(struct sync *s)
{
	for (size_t i = 0; i < s->streams.n; i++) {
		struct stream *st = &s->streams.list[i];
		st->covered = MAX(st->covered, st->applied.n);
	}
	return place_set_covered(s, &s->deliver->branches);
}

static err_t enqueue(struct making *k, struct making_object *x)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct sync *s = k->s;
	struct state next = s->st;
	bool last = x->type == OBJECT_MANIFEST;
	err_t e = seal(k, x);
	if (e)
		return e;
	x->item.sequence = sequence_next(&next, last ? CLASS_MANIFEST : CLASS_CHUNK);
	struct rkey key = queue_key(QUEUE_OBJECT, x->item.sequence, x->item.name);
	ops_put(&o, MAP_QUEUE, rkey_span(&key), buf_span(&x->sealed));
	if (last) {
		announced(k, x, &next, &o);
		put_covered(s, &o);
	}
	state_put(&o, &next);
	if (!queue_reserve(&s->queue, 1))
		return ERR_NOMEM;
	e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->st = next;
	queue_add(&s->queue, &x->item);
	k->bytes += x->sealed.len;
	return last ? covered(s) : ERR_OK;
}

/* -- chunks ------------------------------------------------------------------------------------------------------ */

static err_t chunk_visit(void *ctx, struct span key, struct span value)
{
	struct making *k = ctx;
	if (k->pack.raw.len && k->pack.raw.len + key.len + value.len > CHUNK_BYTES) {
		buf_clear(&k->next);
		buf_put(&k->next, key.p, key.len);
		k->more = true;
		return ERR_CANCELED;
	}
	k->m.records++;
	return pack_add(&k->pack, key, value);
}

static err_t chunk_end(struct making *k)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct making_object x = { .type = OBJECT_CHUNK, .sealed = BUF_INIT };
	if (!vec_room(k->m.chunks, k->m.chunks_n, 1, &k->m.chunks_cap))
		return ERR_NOMEM;
	err_t e = pack_put(&k->pack, &plain);
	x.plain = buf_span(&plain);
	if (!e)
		e = enqueue(k, &x);
	if (!e)
		k->m.chunks[k->m.chunks_n++] = (struct chunk){ x.id, x.hash, x.sealed.len };
	buf_free(&x.sealed);
	pack_free(&k->pack);
	return e;
}

static err_t chunks(struct making *k)
{
	struct view v = published_view(k->s->c.map);
	err_t e = ERR_OK;
	do {
		k->more = false;
		e = v.scan(v.ctx, SPAN(NULL, 0), buf_span(&k->next), chunk_visit, k);
		if (k->more)
			e = buf_ok(&k->next);
		if (!e && k->pack.raw.len)
			e = chunk_end(k);
		if (!e && sync_stopping(k->s))
			e = ERR_CANCELED;
	} while (!e && k->more);
	return e;
}

/* -- all of it --------------------------------------------------------------------------------------------------- */

static err_t manifest(struct making *k)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct making_object x = { .type = OBJECT_MANIFEST, .sealed = BUF_INIT };
	struct sync *s = k->s;
	k->m.stream = streams_find(s, s->stream)->number;
	k->m.rules = SYNC_RULES;
	err_t e = digest_now(s, &k->m.digest);
	if (!e)
		e = stands_fill(s, &k->m);
	if (!e)
		e = manifest_encode(&k->m, &plain);
	x.plain = buf_span(&plain);
	if (!e)
		e = enqueue(k, &x);
	buf_free(&x.sealed);
	return e;
}

/* begin: from now on what is queued is of this checkpoint, until its manifest is. */
static err_t begin(struct making *k)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct sync *s = k->s;
	struct state next = s->st;
	next.building = (s->st.sequence + 1) << 8;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e ? e : epoch_open(s->c.keyring, keyring_epoch(s->c.keyring), &k->epoch);
}

/* failed: of what is here no checkpoint can be made, as of a record that fits in no chunk: all else goes on, and it is
 * tried again when there is much more. */
static err_t failed(struct sync *s, err_t e)
{
	if (e != ERR_LIMIT && e != ERR_INVAL && e != ERR_DAMAGED)
		return e;
	s->checkpoint.failed = MAX(s->st.chain_bytes, 1u);
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_CHECKPOINT_IMPOSSIBLE, .stream = alarm_own(s) },
	           "no checkpoint of this vault can be made: %s", err_text(e));
	return ERR_OK;
}

err_t make_run(struct sync *s)
{
	cleanup(making_free) struct making k = { .s = s };
	sync_phase_set(s, SYNC_CHECKPOINT);
	err_t e = begin(&k);
	if (!e)
		e = chunks(&k);
	if (!e)
		e = manifest(&k);
	if (e) {
		if (checkpoint_drop(s))
			log_error(AREA_SYNC, "what was begun of a checkpoint is dropped at the next start");
		return failed(s, e);
	}
	s->checkpoint.failed = 0;
	s->checkpoint.wanted = false;
	s->checkpoint.announced++;
	s->heads.due = s->heads.missed = true;
	log_info(AREA_SYNC, "checkpoint: %llu records, %zu chunk(s), %llu bytes", (unsigned long long)k.m.records,
	         k.m.chunks_n, (unsigned long long)k.bytes);
	return ERR_OK;
}
