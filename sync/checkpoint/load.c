/* SPDX-License-Identifier: MIT
 * The newest checkpoint into a fresh map. Trust runs: header, statement, device key, head, manifest's hash in a signed
 * commit, chunks' hashes in the manifest. One chunk is in memory at a time.
 */
#include "sync/checkpoint/load.h"

#include "sync/core/delta.h"
#include "sync/core/sync_struct.h"
#include "sync/members/epoch.h"
#include "sync/members/members.h"
#include "sync/pull/commit_get.h"
#include "sync/pull/head_read.h"

#define ANNOUNCE_SEARCH 64 /* commits after the checkpoint among which its author must announce it */

struct offer { /* a checkpoint that a head names */
	struct stream *author;
	uint64_t height, n;
	struct announce manifest;
	bool tried;
};

static err_t offers_read(struct sync *s, struct offer **ret)
{
	cleanup_free struct stream_pos *at = calloc(STREAMS_MAX, sizeof(*at));
	cleanup_free struct offer *list = calloc(s->streams.n + 1, sizeof(*list));
	if (!at || !list)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->streams.n; i++) {
		struct head h;
		if (s->streams.list[i].closed || id_eq(s->streams.list[i].id, s->c.stream))
			continue;
		err_t e = head_read(s, &s->streams.list[i], &h, at, STREAMS_MAX);
		if (sync_unproved(e))
			head_bad(s, &s->streams.list[i]);
		else if (e && e != ERR_NOTFOUND)
			return e;
		if (e || !h.manifest_epoch)
			continue;
		list[i] = (struct offer){ .author = &s->streams.list[i], .height = h.height, .n = h.n };
		list[i].manifest.epoch = h.manifest_epoch;
		list[i].manifest.hash = h.manifest;
		list[i].manifest.id = h.manifest_id;
	}
	*ret = steal_ptr(list);
	return ERR_OK;
}

static err_t object_get(struct sync *s, struct id id, uint32_t epoch, enum object_type type, struct hash wanted,
                        struct buf *plain)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	uint8_t sig[SIG_LEN];
	name_id(id, name);
	err_t e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	if (!e)
		e = object_open(OBJECT_PLACE(s->c.keyring, epoch, type, name), buf_span(&body), NULL, plain, &hash,
		                sig);
	if (!e && !hash_eq(hash, wanted))
		e = ERR_DAMAGED;
	return e;
}

/* offer_announced: some stream's commit after the checkpoint carries its hash. The head may be another device's than
 * the one that made it, so every stream is asked from its position on. */
static err_t offer_announced(struct sync *s, const struct offer *of, const struct manifest *m)
{
	for (size_t i = 0; i < m->nat; i++) {
		struct stream *st = streams_find(s, m->at[i].stream);
		for (uint64_t n = m->at[i].n + 1; st && n <= m->at[i].n + ANNOUNCE_SEARCH; n++) {
			struct commit_record record;
			struct pulled *p = NULL;
			err_t e = pull_commit(s, st, n, &record, &p);
			bool found = !e && hash_eq(p->manifest.hash, of->manifest.hash);
			pulled_free(p);
			if (found)
				return ERR_OK;
			if (e == ERR_NOTFOUND || e == ERR_DAMAGED)
				break;
			if (e)
				return e;
		}
	}
	return ERR_DAMAGED;
}

static err_t load_chunk(struct sync *s, struct span plain, struct lthash *digest, uint64_t *records)
{
	cleanup(delta_free) struct delta d = { BUF_INIT };
	struct rd r = RD(plain);
	struct span key, value;
	while (change_next(&r, &key, &value)) {
		err_t e = value.p ? delta_add(&d, key, SPAN(NULL, 0), value) : ERR_DAMAGED;
		if (e)
			return e;
		++*records;
	}
	err_t e = r.bad ? ERR_DAMAGED : delta_digest(&d, digest);
	return e ? e : delta_load(&d, s->c.map);
}

static err_t load_chunks(struct sync *s, const struct bootstrap *b, const struct offer *of, const struct manifest *m,
                         struct lthash *digest, struct why *why)
{
	uint64_t total = 0, done = 0, records = 0;
	struct hash hash;
	for (size_t i = 0; i < m->nchunks; i++)
		total += m->chunks[i].size;
	for (size_t i = 0; i < m->nchunks; i++) {
		cleanup(buf_free) struct buf plain = BUF_INIT;
		err_t e = object_get(s, m->chunks[i].id, of->manifest.epoch, OBJ_CHUNK, m->chunks[i].hash, &plain);
		if (!e)
			e = load_chunk(s, buf_span(&plain), digest, &records);
		if (e)
			return why_set(why, e, "chunk %zu of %zu of the vault's checkpoint cannot be used: %s", i + 1,
			               m->nchunks, err_text(e));
		done += m->chunks[i].size;
		if (b->progress)
			b->progress(b->ctx, done, total);
	}
	err_t e = lthash_digest(digest, &hash);
	if (!e && (records != m->records || !hash_eq(hash, m->digest)))
		e = why_set(why, ERR_DAMAGED, "the vault's checkpoint does not add up to what its author had");
	return e;
}

/* load_state: we stand where the checkpoint was made. */
static err_t load_state(struct sync *s, const struct offer *of, const struct manifest *m, const struct lthash *digest)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	struct commit_record base = { .height = m->height, .applied = true };
	base.hash = m->tip;
	next.base = m->tip;
	next.tip = m->tip;
	next.height = m->height;
	next.digest = *digest;
	next.announced = of->manifest;
	next.announced.height = m->height;
	for (size_t i = 0; i < m->nchunks; i++)
		next.checkpoint_bytes += m->chunks[i].size;
	if (!commits_reserve(s))
		return ERR_NOMEM;
	for (size_t i = 0; i < m->nat; i++) {
		struct stream *st = streams_find(s, m->at[i].stream);
		if (!st) {
			sync_alarm(s, "the checkpoint names a stream that no statement proves: ignored");
			continue;
		}
		st->seen = st->applied = m->at[i];
		state_put_stream(&o, st);
	}
	state_put(&o, &next);
	state_put_commit(&o, &base);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->st = next;
	commits_add(s, &base);
	return ERR_OK;
}

/* load_offer: *ret_begun is set once something was written into the map: then there is no second try. */
static err_t load_offer(struct sync *s, const struct bootstrap *b, const struct offer *of, bool *ret_begun,
                        struct why *why)
{
	cleanup(buf_free) struct buf plain = BUF_INIT;
	cleanup(manifest_free) struct manifest m = { 0 };
	struct lthash digest = { { 0 } };
	err_t e = object_get(s, of->manifest.id, of->manifest.epoch, OBJ_MANIFEST, of->manifest.hash, &plain);
	if (!e)
		e = manifest_decode(buf_span(&plain), &m);
	if (!e)
		e = offer_announced(s, of, &m);
	if (e)
		return e;
	*ret_begun = true;
	e = load_chunks(s, b, of, &m, &digest, why);
	if (!e)
		e = member_read(s);
	if (!e)
		e = epoch_load(s);
	return e ? e : load_state(s, of, &m, &digest);
}

err_t load_checkpoint(struct sync *s, const struct bootstrap *b, struct why *why)
{
	cleanup_free struct offer *list = NULL;
	bool begun = false;
	size_t n = s->streams.n;
	err_t e = offers_read(s, &list);
	while (!e && !begun) {
		struct offer *best = NULL;
		for (size_t i = 0; i < n; i++) {
			if (list[i].author && !list[i].tried && (!best || list[i].height > best->height))
				best = &list[i];
		}
		if (!best)
			return ERR_NOTFOUND;
		best->tried = true;
		e = load_offer(s, b, best, &begun, why);
		if (!begun && (sync_unproved(e) || e == ERR_NOTFOUND)) {
			sync_alarm(s, "a checkpoint named by a device's head does not verify and is ignored");
			e = ERR_OK;
		}
	}
	return e;
}
