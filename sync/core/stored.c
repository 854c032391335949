/* SPDX-License-Identifier: MIT */
#include "sync/core/stored.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <string.h>

#define VERSION 2
#define GIVEN 2

static void key_of(struct id segment, struct buf *key)
{
	buf_put(key, STATE_STORED, strlen(STATE_STORED));
	buf_id(key, segment);
}

static void encode(const struct stored *x, struct buf *out)
{
	buf_u8(out, VERSION);
	buf_u64(out, x->sequence);
	buf_u64(out, x->size);
	buf_u64(out, (uint64_t)x->looked);
	buf_u8(out, x->lost && x->given ? GIVEN : x->lost);
	buf_u32(out, x->missing);
}

static err_t decode(struct id segment, struct span value, struct stored *ret)
{
	struct rd r = RD(value);
	struct stored x = { .segment = segment };
	uint8_t version = rd_u8(&r);
	if (!r.bad && version != VERSION)
		return ERR_VERSION;
	x.sequence = rd_u64(&r);
	x.size = rd_u64(&r);
	x.looked = (int64_t)rd_u64(&r);
	uint8_t lost = rd_u8(&r);
	x.missing = rd_u32(&r);
	if (r.bad || r.left || lost > GIVEN)
		return ERR_DAMAGED;
	x.lost = lost != 0;
	x.given = lost == GIVEN;
	*ret = x;
	return ERR_OK;
}

void stored_put(struct ops *o, const struct stored *x)
{
	cleanup(buf_free) struct buf key = BUF_INIT, value = BUF_INIT;
	key_of(x->segment, &key);
	encode(x, &value);
	o->b.failed |= key.failed || value.failed;
	ops_put(o, MAP_STATE, buf_span(&key), buf_span(&value));
}

void stored_del(struct ops *o, struct id segment)
{
	cleanup(buf_free) struct buf key = BUF_INIT;
	key_of(segment, &key);
	o->b.failed |= key.failed;
	ops_del(o, MAP_STATE, buf_span(&key));
}

err_t stored_get(struct map *m, struct id segment, struct stored *ret)
{
	cleanup(buf_free) struct buf key = BUF_INIT, value = BUF_INIT;
	key_of(segment, &key);
	err_t e = buf_ok(&key);
	if (!e)
		e = map_get(m, MAP_STATE, buf_span(&key), &value);
	return e ? e : decode(segment, buf_span(&value), ret);
}

err_t stored_new(struct map *m, struct ops *o, const struct stored *x)
{
	struct stored known;
	err_t e = stored_get(m, x->segment, &known);
	if (e == ERR_NOTFOUND)
		stored_put(o, x);
	return e == ERR_NOTFOUND || e == ERR_DAMAGED || e == ERR_VERSION ? ERR_OK : e;
}

bool stored_lost(struct map *m)
{
	return map_has(m, MAP_STATE, span_str(STATE_LOST)) != ERR_NOTFOUND;
}

void stored_put_lost(struct ops *o, bool any)
{
	if (any)
		ops_put(o, MAP_STATE, span_str(STATE_LOST), span_str("1"));
	else
		ops_del(o, MAP_STATE, span_str(STATE_LOST));
}

err_t stored_lose(struct map *m, struct id segment)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct stored x = { .segment = segment };
	err_t e = b ? stored_get(m, segment, &x) : ERR_NOMEM;
	if (e == ERR_NOTFOUND)
		e = ERR_OK;
	if (e || x.lost)
		return e;
	x.lost = true;
	stored_put(&o, &x);
	stored_put_lost(&o, true);
	e = ops_batch(&o, b);
	return e ? e : map_apply(m, b);
}

void stored_list_free(struct stored_list *l)
{
	free(l->v);
	*l = (struct stored_list){ 0 };
}

static int list_visit(void *ctx, struct span key, struct span value)
{
	struct stored_list *l = ctx;
	const size_t prefix = strlen(STATE_STORED);
	if (key.len != prefix + ID_LEN)
		return 0;
	struct id segment = id_from((const uint8_t *)key.p + prefix);
	struct stored x = { .segment = segment };
	if (value.p && decode(segment, value, &x))
		x = (struct stored){ .segment = segment };
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->v[l->n++] = x;
	return 0;
}

err_t stored_all(struct map *m, struct stored_list *ret)
{
	cleanup(stored_list_free) struct stored_list l = { 0 };
	err_t e = map_scan(m, MAP_STATE, span_str(STATE_STORED), SPAN(NULL, 0), list_visit, &l);
	if (e)
		return e;
	*ret = l;
	l = (struct stored_list){ 0 };
	return ERR_OK;
}
