/* SPDX-License-Identifier: MIT
 * Old checkpoints leave when a newer one is announced.
 */
#include "sync/checkpoint/prune.h"

#include "sync/core/sync_struct.h"

#define CHECKPOINTS_KEPT 2

void checkpoint_key(uint64_t sequence, struct buf *key)
{
	buf_put(key, STATE_CHECKPOINT, strlen(STATE_CHECKPOINT));
	buf_u64be(key, sequence);
}

/* --- pruning --- */
struct old {
	struct buf all; /* sequence(8 be) blob32(refs), in order of sequence */
	size_t n;
};

static int old_collect(void *ctx, struct span key, struct span value)
{
	struct old *l = ctx;
	if (!value.p || key.len != strlen(STATE_CHECKPOINT) + 8)
		return 0;
	buf_put(&l->all, (const uint8_t *)key.p + key.len - 8, 8);
	buf_blob32(&l->all, value);
	l->n++;
	return buf_ok(&l->all);
}

static err_t old_list(struct sync *s, struct old *l)
{
	return map_scan(s->c.map, MAP_STATE, span_str(STATE_CHECKPOINT), SPAN(NULL, 0), old_collect, l);
}

static int newest_visit(void *ctx, struct span key, struct span value)
{
	struct buf *refs = ctx;
	(void)key;
	if (!value.p)
		return 0;
	buf_clear(refs);
	buf_put(refs, value.p, value.len);
	return buf_ok(refs);
}

err_t checkpoint_refs(struct sync *s, struct buf *ret)
{
	buf_clear(ret);
	err_t e = map_scan(s->c.map, MAP_STATE, span_str(STATE_CHECKPOINT), SPAN(NULL, 0), newest_visit, ret);
	return e || ret->len ? e : ERR_NOTFOUND;
}

/* prune_one: manifest and chunks of an old checkpoint leave the store, then the note about them leaves us. */
static err_t prune_one(struct sync *s, uint64_t sequence, struct span refs)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct rd r = RD(refs);
	err_t e = ERR_OK;
	while (!e && r.left >= ID_LEN) {
		char name[OBJECT_NAME];
		name_id(rd_id(&r), name);
		e = store_del_sync(s->c.store, name);
	}
	if (e)
		return e;
	checkpoint_key(sequence, &key);
	ops_del(&o, MAP_STATE, buf_span(&key));
	return ops_commit(&o, s->c.map);
}

err_t checkpoint_prune(struct sync *s)
{
	struct old l = { BUF_INIT, 0 };
	if (s->st.building)
		return ERR_OK;
	err_t e = old_list(s, &l);
	struct rd r = RD(buf_span(&l.all));
	for (size_t i = 0; !e && i + CHECKPOINTS_KEPT < l.n; i++) {
		uint64_t sequence = rd_u64be(&r);
		e = prune_one(s, sequence, rd_blob32(&r));
	}
	buf_free(&l.all);
	return e;
}
