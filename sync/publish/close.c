/* SPDX-License-Identifier: MIT
 * Closing the changeset, the first of two durable steps to a queued commit. Nothing is sent here.
 */
#include "sync/publish/close.h"

#include "sync/checkpoint/prune.h"
#include "sync/core/sync_struct.h"
#include "sync/members/epoch.h"
#include "sync/publish/pack.h"
#include "util/trace.h"

/* --- closing --- */
struct close_run {
	struct pack pack;
	struct ops roster, own;
	bool bare;
};

static void close_run_free(struct close_run *c)
{
	pack_free(&c->pack);
	ops_free(&c->roster);
	ops_free(&c->own);
}

static void closing_announce(struct ops *o, const struct announce *a, struct buf *value)
{
	struct rkey key = key_ino(REC_CHECKPOINT, a->height);
	struct checkpoint_rec rec = { .epoch = a->epoch };
	rec.manifest_id = a->id;
	rec.manifest = a->hash;
	checkpoint_encode(&rec, value);
	ops_put(o, MAP_RECORDS, rkey_span(&key), buf_span(value));
}

static err_t closing_fn(struct map_txn *x, uint64_t changeset, void *ctx)
{
	struct close_run *c = ctx;
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf rec = BUF_INIT;
	err_t e = pack_run(&c->pack, x);
	if (!c->bare) {
		if (!e && c->pack.st.roster_due)
			e = ops_map_txn(&c->roster, x);
		if (!e)
			e = ops_map_txn(&c->own, x);
		if (c->pack.st.announce.epoch)
			closing_announce(&o, &c->pack.st.announce, &rec);
		c->pack.st.roster_due = false;
	}
	if (!c->pack.st.uncommitted)
		c->pack.st.uncommitted = changeset;
	c->pack.st.uncommitted_last = changeset;
	state_put(&o, &c->pack.st);
	struct rkey closing = key_bytes(QUEUE_PACKING, SPAN("", 0));
	ops_del(&o, MAP_QUEUE, rkey_span(&closing));
	if (!e)
		e = buf_ok(&rec);
	return e ? e : ops_map_txn(&o, x);
}

/* closing_begin: from now on until the changeset is closed or that is given up, a block that loses its last reference
 * keeps its bytes: the commit may name it nevertheless. Left over by a crash or a failure it costs room in the cache
 * only. */
static err_t closing_begin(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct rkey closing = key_bytes(QUEUE_PACKING, SPAN("", 0));
	if (!b)
		return ERR_NOMEM;
	ops_put(&o, MAP_QUEUE, rkey_span(&closing), span_str("1"));
	err_t e = ops_batch(&o, b);
	batch_use(b, MAP_REMOVES);
	if (!e)
		e = map_apply(s->c.map, b);
	return e == ERR_NOSPACE ? ops_commit(&o, s->c.map)
	                        : e; /* closing is what ends a shortage: it has the reserve */
}

err_t publish_close(struct sync *s, bool bare)
{
	cleanup(close_run_free) struct close_run c = { .pack = { .s = s }, .bare = bare };
	uint64_t changeset;
	err_t e = pack_ahead(s);
	if (!e && s->st.roster_due && !bare)
		e = map_get(s->c.map, MAP_STATE, span_str(STATE_ROSTER), &c.roster.b);
	if (!e && s->st.announce.epoch && !bare)
		e = checkpoint_retire(s, &c.own);
	if (!e && !bare)
		e = epoch_record(s, &c.own);
	if (e)
		return e;
	c.pack.st = s->st;
	e = closing_begin(s);
	if (e)
		return e;
	TRACE(close_begin, bare);
	e = map_changeset_close(s->c.map, closing_fn, &c, &changeset);
	TRACE(close_end, e ? 0 : changeset, e);
	return e ? e : pack_keep(&c.pack);
}
