/* SPDX-License-Identifier: MIT
 * From closed changesets to a queued commit, built from the journal: the second of two durable steps. Nothing is sent
 * here. After a crash between the two the same changes are built again.
 */
#include "sync/publish/publish.h"

#include "sync/core/delta.h"
#include "sync/core/sync_struct.h"
#include "sync/publish/pending.h"
#include "util/vec.h"
#include "util/trace.h"

/* --- the commit --- */
struct build {
	struct buf *parts; /* changes */
	size_t n, cap;
	struct lthash digest;
};

static void build_free(struct build *b)
{
	for (size_t i = 0; i < b->n; i++)
		buf_free(&b->parts[i]);
	free(b->parts);
}

static bool build_part(struct build *b)
{
	if (!vec_room(b->parts, b->n, 1, &b->cap))
		return false;
	b->parts[b->n++] = BUF_INIT;
	return true;
}

static int build_change(void *ctx, struct span key, struct span before, struct span after)
{
	struct build *b = ctx;
	err_t e = ERR_OK;
	if (before.p)
		e = lthash_remove(&b->digest, key, before);
	if (!e && after.p)
		e = lthash_add(&b->digest, key, after);
	if (e)
		return e;
	if (b->n == 0 || b->parts[b->n - 1].len + key.len + after.len > CHANGES_MAX) {
		if (!build_part(b))
			return ERR_NOMEM;
	}
	if (after.p)
		change_put(&b->parts[b->n - 1], key, after);
	else
		change_del(&b->parts[b->n - 1], key);
	return buf_ok(&b->parts[b->n - 1]);
}

struct sealing { /* one commit on its way into the queue */
	struct sync *s;
	struct state next;
	struct commit_record record;
	struct commit c;
	struct ops ops;
	struct queue added;
	struct buf hashes;
};

static void sealing_free(struct sealing *g)
{
	ops_free(&g->ops);
	queue_free(&g->added);
	buf_free(&g->hashes);
}

/* sealing_part: encodes, seals and queues one part; *hash gets its hash. */
static err_t sealing_part(struct sealing *g, struct hash *hash)
{
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
	const struct sync_config *c = &g->s->c;
	bool last = g->c.part + 1 == g->c.parts;
	struct item it = { .kind = QUEUE_OBJECT };
	err_t e = commit_encode(&g->c, &plain);
	if (!e)
		e = name_commit(c->keyring, g->c.epoch, c->stream, g->c.n, g->c.part, it.name);
	if (!e)
		e = object_seal(OBJECT_PLACE(c->keyring, g->c.epoch, OBJ_COMMIT, it.name), buf_span(&plain),
		                c->device_seed, &sealed, hash);
	if (e)
		return e;
	if (!queue_reserve(&g->added, 1))
		return ERR_NOMEM;
	it.sequence = sequence_next(&g->next, last ? CLASS_COMMIT : CLASS_PART);
	it.size = sealed.len;
	g->record.bytes += sealed.len;
	struct rkey key = queue_key(QUEUE_OBJECT, it.sequence, it.name);
	ops_put(&g->ops, MAP_QUEUE, rkey_span(&key), buf_span(&sealed));
	queue_add(&g->added, &it);
	return buf_ok(&g->ops.b);
}

static err_t sealing_parts(struct sealing *g, const struct build *b)
{
	for (uint32_t i = 0; i < g->c.parts; i++) {
		g->c.part = i;
		g->c.changes = buf_span(&b->parts[i]);
		g->c.part_hashes = g->hashes.p;
		struct hash hash;
		err_t e = sealing_part(g, &hash);
		if (e)
			return e;
		if (i + 1 == g->c.parts)
			g->record.hash = hash;
		else
			buf_hash(&g->hashes, hash);
		if (g->hashes.failed)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static void sealing_identity(struct sealing *g, const struct build *b)
{
	struct sync *s = g->s;
	g->c.stream = s->c.stream;
	g->c.parent = s->st.tip;
	g->c.n = s->st.n + 1;
	g->c.epoch = keyring_epoch(s->c.keyring);
	g->c.parts = (uint32_t)b->n;
	g->c.height = s->st.height + 1;
	g->c.time = s->c.clock.wall(s->c.clock.ctx);
	if (s->st.announce.epoch) {
		g->c.manifest = s->st.announce.hash;
		g->c.manifest_id = s->st.announce.id;
	}
	g->record.parent = s->st.tip;
	g->record.stream = s->c.stream;
	g->record.n = g->c.n;
	g->record.height = g->c.height;
	g->record.epoch = g->c.epoch;
	g->record.parts = g->c.parts;
	g->record.changeset = s->st.uncommitted_last;
	g->record.applied = g->record.own = true;
	g->record.manifest = s->st.announce.epoch != 0;
}

/* sealing_state: everything that moves with the commit. */
static void sealing_state(struct sealing *g, const struct build *b, struct stream *own)
{
	struct state *next = &g->next;
	g->record.previous = own->applied;
	own->seen.n = own->applied.n = g->record.n;
	own->seen.hash = g->record.hash;
	own->applied.hash = g->record.hash;
	own->epoch = g->record.epoch;
	next->n = g->record.n;
	next->height = g->record.height;
	next->tip = g->record.hash;
	next->digest = b->digest;
	next->uncommitted = next->uncommitted_last = 0;
	next->chain_bytes += g->record.bytes;
	if (g->record.manifest) {
		next->announced = next->announce;
		next->announced_n = g->record.n;
		next->announce = (struct announce){ 0 };
		next->chain_bytes = 0;
	}
	state_put(&g->ops, next);
	state_put_commit(&g->ops, &g->record);
	state_put_stream(&g->ops, own);
}

static err_t publish_commit(struct sync *s, const struct build *b)
{
	cleanup(sealing_free) struct sealing g = { .s = s, .next = s->st };
	struct stream *own = streams_find(s, s->c.stream);
	struct stream own_next = *own;
	sealing_identity(&g, b);
	err_t e = lthash_digest(&b->digest, &g.c.digest);
	if (!e)
		e = sealing_parts(&g, b);
	if (e)
		return e;
	sealing_state(&g, b, &own_next);
	if (!commits_reserve(s) || !queue_reserve(&s->queue, g.added.n))
		return ERR_NOMEM;
	e = ops_commit(&g.ops, s->c.map);
	if (e)
		return e;
	s->st = g.next;
	*own = own_next;
	commits_add(s, &g.record);
	for (size_t i = 0; i < g.added.n; i++)
		queue_add(&s->queue, &g.added.items[i]);
	s->heads.due = true;
	s->checkpoint.announced += g.record.manifest;
	TRACE(commit_queued, g.record.n, g.record.height, b->n, g.record.bytes);
	log_info(AREA_SYNC, "commit %llu: height %llu, %zu part(s), %llu bytes", (unsigned long long)g.record.n,
	         (unsigned long long)g.record.height, b->n, (unsigned long long)g.record.bytes);
	return ERR_OK;
}

/* publish_nothing: what was closed came to nothing in the end. */
static err_t publish_nothing(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	next.uncommitted = next.uncommitted_last = 0;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

/* publish_changes: what the commit holds. One changeset is read straight from the journal, several are merged first. */
static err_t publish_changes(struct sync *s, struct build *b)
{
	cleanup(delta_free) struct delta d = { .roster = false };
	struct change c;
	if (s->st.uncommitted == s->st.uncommitted_last)
		return map_delta(s->c.map, s->st.uncommitted, SPAN(NULL, 0), build_change, b);
	err_t e = delta_pending(&d, s);
	for (struct rd r = RD(buf_span(&d.b)); !e && delta_next(&r, &c);)
		e = (err_t)build_change(b, c.key, c.before, c.after);
	return e;
}

err_t publish_finish(struct sync *s)
{
	cleanup(build_free) struct build b = { .digest = s->st.digest };
	if (!s->st.uncommitted)
		return ERR_OK;
	err_t e = publish_changes(s, &b);
	if (e)
		return e;
	return b.n ? publish_commit(s, &b) : publish_nothing(s);
}
