/* SPDX-License-Identifier: MIT
 * Checkpoints: the whole map at our tip, in sealed chunks with a signed manifest that the next own commit announces.
 * No changeset is closed while one is being built, so all chunks show the same state.
 */
#include "sync/checkpoint/checkpoint.h"

#include "sync/checkpoint/prune.h"
#include "sync/core/sync_struct.h"
#include "util/vec.h"

#define CHUNK_PLAIN (4u << 20)
#define CHECKPOINT_MIN (1u << 20)

bool checkpoint_due(const struct sync *s, unsigned times)
{
	uint64_t least = s->c.checkpoint_min ? s->c.checkpoint_min : CHECKPOINT_MIN;
	return !s->st.uncommitted && !s->st.announce.epoch && !s->st.announced_n && s->st.height > 0 &&
	       (s->checkpoint.wanted || s->st.chain_bytes > times * MAX(least, s->st.checkpoint_bytes / 4));
}

struct making {
	struct sync *s;
	struct state next;
	struct buf plain, last, refs; /* changes of this chunk; its last key; chunk ids for pruning */
	uint64_t records, bytes;
	struct chunk_ref *chunks;
	size_t nchunks, cap;
	bool more;
};

static void making_free(struct making *k)
{
	buf_free(&k->plain);
	buf_free(&k->last);
	buf_free(&k->refs);
	free(k->chunks);
}

static int making_record(void *ctx, struct span key, struct span value)
{
	struct making *k = ctx;
	if (!value.p)
		return ERR_DAMAGED;
	if (k->plain.len && k->plain.len + key.len + value.len > CHUNK_PLAIN) {
		k->more = true;
		return MAP_STOP;
	}
	change_put(&k->plain, key, value);
	k->records++;
	buf_clear(&k->last);
	buf_put(&k->last, key.p, key.len);
	return k->plain.failed || k->last.failed ? ERR_NOMEM : 0;
}

/* making_object: seals and queues one object named by ref->id, durable at once. */
static err_t making_object(struct making *k, enum object_type type, struct span plain, struct chunk_ref *ref,
                           struct ops *o)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	const struct sync_config *c = &k->s->c;
	struct item it = { .kind = QUEUE_OBJECT };
	struct state next = k->next;
	name_id(ref->id, it.name);
	err_t e = object_seal(OBJECT_PLACE(c->keyring, keyring_epoch(c->keyring), type, it.name), plain,
	                      type == OBJ_MANIFEST ? c->device_seed : NULL, &sealed, &ref->hash);
	if (e)
		return e;
	it.sequence = sequence_next(&next, type == OBJ_MANIFEST ? CLASS_MANIFEST : CLASS_CHUNK);
	it.size = ref->size = sealed.len;
	k->bytes += sealed.len;
	if (type == OBJ_MANIFEST) {
		next.building = 0;
		next.announce.epoch = keyring_epoch(c->keyring);
		next.announce.height = next.height;
		next.announce.hash = ref->hash;
		next.announce.id = ref->id;
		next.checkpoint_bytes = k->bytes;
	}
	struct rkey key = queue_key(QUEUE_OBJECT, it.sequence, it.name);
	ops_put(o, MAP_QUEUE, rkey_span(&key), buf_span(&sealed));
	state_put(o, &next);
	if (!queue_reserve(&k->s->queue, 1))
		return ERR_NOMEM;
	e = ops_commit(o, c->map);
	if (e)
		return e;
	k->next = k->s->st = next;
	queue_add(&k->s->queue, &it);
	return ERR_OK;
}

static err_t making_chunk(struct making *k)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	if (!vec_room(k->chunks, k->nchunks, 1, &k->cap))
		return ERR_NOMEM;
	struct chunk_ref *ref = &k->chunks[k->nchunks];
	err_t e = crypto_random_id(&ref->id);
	if (!e)
		e = making_object(k, OBJ_CHUNK, buf_span(&k->plain), ref, &o);
	if (e)
		return e;
	k->nchunks++;
	buf_id(&k->refs, ref->id);
	buf_clear(&k->plain);
	return buf_ok(&k->refs);
}

static err_t making_chunks(struct making *k)
{
	uint64_t changeset = map_changeset(k->s->c.map) - 1;
	cleanup(buf_free) struct buf from = BUF_INIT;
	err_t e = ERR_OK;
	do {
		k->more = false;
		e = map_state_at(k->s->c.map, changeset, buf_span(&from), making_record, k);
		if (!e && k->plain.len)
			e = making_chunk(k);
		buf_clear(&from);
		buf_put(&from, k->last.p, k->last.len);
		buf_u8(&from, 0);
		if (!e && sync_stopping(k->s))
			e = ERR_CANCELED;
	} while (!e && k->more && !(e = buf_ok(&from)));
	return e;
}

static err_t making_manifest(struct making *k)
{
	struct sync *s = k->s;
	cleanup(buf_free) struct buf plain = BUF_INIT, key = BUF_INIT;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup_free struct stream_pos *at = calloc(s->streams.n + 1, sizeof(*at));
	struct manifest m = { .height = s->st.height,
		              .records = k->records,
		              .at = at,
		              .nat = s->streams.n,
		              .chunks = k->chunks,
		              .nchunks = k->nchunks };
	struct chunk_ref ref;
	if (!at)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->streams.n; i++)
		at[i] = s->streams.list[i].applied;
	m.tip = s->st.tip;
	err_t e = lthash_digest(&s->st.digest, &m.digest);
	if (!e)
		e = manifest_encode(&m, &plain);
	if (e)
		return e;
	e = crypto_random_id(&ref.id);
	if (e)
		return e;
	checkpoint_key(s->st.height, &key);
	buf_id(&k->refs, ref.id);
	ops_put(&o, MAP_STATE, buf_span(&key), buf_span(&k->refs));
	return making_object(k, OBJ_MANIFEST, buf_span(&plain), &ref, &o);
}

err_t checkpoint_make(struct sync *s)
{
	cleanup(making_free) struct making k = { .s = s, .next = s->st };
	cleanup(ops_free) struct ops o = OPS_INIT;
	sync_phase_set(s, SYNC_CHECKPOINT);
	k.next.building = (s->st.sequence + 1) << 8;
	state_put(&o, &k.next);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->st = k.next;
	e = making_chunks(&k);
	if (!e)
		e = making_manifest(&k);
	s->checkpoint.wanted &= e != ERR_OK;
	if (!e)
		log_info(AREA_SYNC, "checkpoint at height %llu: %llu records, %llu bytes",
		         (unsigned long long)s->st.height, (unsigned long long)k.records, (unsigned long long)k.bytes);
	else if (checkpoint_drop(s))
		log_error(AREA_SYNC, "what was begun of a checkpoint is dropped at the next start");
	return e;
}

err_t checkpoint_drop(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	if (!s->st.building)
		return ERR_OK;
	for (size_t i = 0; i < s->queue.n; i++) {
		const struct item *it = &s->queue.items[i];
		if (it->kind != QUEUE_OBJECT || it->sequence < s->st.building)
			continue;
		struct rkey key = queue_key(QUEUE_OBJECT, it->sequence, it->name);
		ops_del(&o, MAP_QUEUE, rkey_span(&key));
	}
	next.building = 0;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	while (s->queue.n && s->queue.items[s->queue.n - 1].sequence >= s->st.building)
		s->queue.n--;
	s->st = next;
	return ERR_OK;
}
