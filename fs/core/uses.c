/* SPDX-License-Identifier: MIT */
#include "fs/core/uses.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <stdlib.h>

void uses_free(struct uses *u)
{
	free(u->v);
	*u = (struct uses){ 0 };
}

static err_t add(struct uses *u, const struct use *x)
{
	if (!vec_room(u->v, u->n, 1, &u->cap))
		return ERR_NOMEM;
	u->v[u->n++] = *x;
	return ERR_OK;
}

err_t uses_add(struct uses *u, struct id block, int32_t more)
{
	return add(u, &(struct use){ block, more, false });
}

err_t uses_block(struct uses *u, struct batch *b, struct id block, const struct pending_block *p, struct buf *sealed)
{
	cleanup(buf_free) struct buf value = BUF_INIT, bytes = BUF_INIT;
	struct rkey key = key_queue(QUEUE_BLOCK, block);
	buf_move(&bytes, sealed);
	pending_block_encode(p, &value);
	err_t e = buf_ok(&value);
	if (!e)
		e = buf_ok(&bytes);
	if (!e)
		e = add(u, &(struct use){ block, 0, true });
	if (e)
		return e;
	batch_put(b, MAP_QUEUE, rkey_span(&key), buf_span(&value));
	batch_put_buf(b, MAP_BLOCK, id_span(&block), &bytes);
	return ERR_OK;
}

static int by_id(const void *a, const void *b)
{
	return id_cmp(((const struct use *)a)->id, ((const struct use *)b)->id);
}

/* sum: one entry a block. */
static void sum(struct uses *u)
{
	size_t n = 0;
	if (u->n)
		qsort(u->v, u->n, sizeof(*u->v), by_id);
	for (size_t i = 0; i < u->n; i++) {
		if (!n || !id_eq(u->v[n - 1].id, u->v[i].id)) {
			u->v[n++] = u->v[i];
			continue;
		}
		u->v[n - 1].more += u->v[i].more;
		u->v[n - 1].fresh |= u->v[i].fresh;
	}
	u->n = n;
}

static err_t queued(struct map *m, struct rkey key, bool *ret)
{
	err_t e = map_has(m, MAP_QUEUE, rkey_span(&key));
	*ret = !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* uses_now: as the map says of a block that waits in the queue. */
static err_t uses_now(struct map *m, const struct use *x, uint32_t *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey key = key_id(REC_USES, x->id);
	if (x->fresh) {
		*ret = 0;
		return ERR_OK;
	}
	err_t e = map_get(m, MAP_RECORDS, rkey_span(&key), &value);
	if (e == ERR_NOTFOUND) {
		*ret = 1;
		return ERR_OK;
	}
	return e ? e : ref_decode(buf_span(&value), ret);
}

/* needed_by: a segment waits for its bytes, or the changeset that was closed is being packed, and may name it: then it
 * keeps its place in the queue too, since packing comes after the close. */
static err_t needed_by(struct map *m, const struct use *x, bool *packing, bool *segment)
{
	err_t e = queued(m, key_bytes(QUEUE_PACKING, SPAN("", 0)), packing);
	if (!e)
		e = queued(m, key_queue(QUEUE_UPLOAD_PINNED, x->id), segment);
	*packing &= !x->fresh;
	return e;
}

static err_t drop(struct map *m, const struct use *x, struct batch *b)
{
	struct rkey uses = key_id(REC_USES, x->id), queue = key_queue(QUEUE_BLOCK, x->id);
	bool packing = false, segment = false;
	err_t e = needed_by(m, x, &packing, &segment);
	if (e)
		return e;
	batch_del(b, MAP_RECORDS, rkey_span(&uses));
	if (!packing)
		batch_del(b, MAP_QUEUE, rkey_span(&queue));
	if (!packing && !segment)
		batch_del(b, MAP_BLOCK, id_span(&x->id));
	return ERR_OK;
}

static err_t finish_one(struct map *m, const struct use *x, struct batch *b)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey key = key_id(REC_USES, x->id);
	uint32_t before;
	err_t e = uses_now(m, x, &before);
	if (e)
		return e;
	int64_t after = (int64_t)before + x->more;
	if (after <= 0)
		return drop(m, x, b);
	if (after == 1) {
		if (before > 1)
			batch_del(b, MAP_RECORDS, rkey_span(&key));
		return ERR_OK;
	}
	ref_encode((uint32_t)after, &value);
	e = buf_ok(&value);
	if (!e && after != before)
		batch_put(b, MAP_RECORDS, rkey_span(&key), buf_span(&value));
	return e;
}

err_t uses_finish(struct uses *u, struct map *m, struct batch *b)
{
	err_t e = ERR_OK;
	sum(u);
	for (size_t i = 0; !e && i < u->n; i++) {
		const struct use *x = &u->v[i];
		bool counted = x->fresh;
		if (!counted)
			e = queued(m, key_queue(QUEUE_BLOCK, x->id), &counted);
		if (!e && counted && (x->more || x->fresh))
			e = finish_one(m, x, b);
	}
	uses_free(u);
	return e;
}
