/* SPDX-License-Identifier: MIT */
#include "sync/members/chain.h"

#include "sync/members/statement_record.h"
#include "util/cleanup.h"

#include <string.h>

#define CHAIN_VERSION 1

/* -- "sync.said" ------------------------------------------------------------------------------------------------- */

void chain_encode(const struct chain *c, struct buf *out)
{
	buf_u8(out, CHAIN_VERSION);
	buf_u64(out, c->number);
	buf_hash(out, c->hash);
	buf_u8(out, (uint8_t)c->letter);
	buf_u32(out, c->epoch);
	buf_u64(out, c->place);
}

err_t chain_decode(struct span value, struct chain *ret)
{
	struct rd r = RD(value);
	uint8_t version = rd_u8(&r);
	struct chain c = { .number = rd_u64(&r) };
	if (version > CHAIN_VERSION)
		return ERR_VERSION;
	c.hash = rd_hash(&r);
	c.letter = (enum chain_letter)rd_u8(&r);
	c.epoch = rd_u32(&r);
	c.place = rd_u64(&r);
	if (!rd_end(&r) || version < CHAIN_VERSION || !c.number || c.letter > CHAIN_PLACED)
		return ERR_DAMAGED;
	*ret = c;
	return ERR_OK;
}

err_t chain_get(struct map *m, struct chain *ret)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str(STATE_SAID), &v);
	if (e == ERR_NOTFOUND) {
		*ret = (struct chain){ 0 };
		return ERR_OK;
	}
	return e ? e : chain_decode(buf_span(&v), ret);
}

void chain_put(struct ops *o, const struct chain *c)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	chain_encode(c, &v);
	o->b.failed |= v.failed;
	ops_put(o, MAP_STATE, span_str(STATE_SAID), buf_span(&v));
}

/* -- saying ------------------------------------------------------------------------------------------------------ */

err_t chain_next(const struct chain_of *of, const struct statement *body, struct chain *at, struct records *ret)
{
	cleanup(buf_free) struct buf said = BUF_INIT, bytes = BUF_INIT;
	struct signer_said s = { .kind = (uint8_t)body->kind, .number = at->number + 1, .previous = at->hash };
	struct chain next = *at;
	err_t e = statement_put_body(&said, body);
	next.number = s.number;
	s.time = of->time;
	s.body = buf_span(&said);
	if (!e)
		e = mine_sign(of->mine, of->genesis, &s, &bytes);
	if (!e)
		e = signer_statement_hash(buf_span(&bytes), &next.hash);
	if (!e)
		e = statement_record_put(ret, next.hash, buf_span(&bytes));
	if (!e)
		*at = next;
	return e;
}

struct saying {
	struct changeset *c;
	const struct chain *at;
	const struct chain_with *with;
};

static err_t put_said(struct draft *d, const struct records *said)
{
	err_t e = ERR_OK;
	for (size_t i = 0; said && !e && i < said->n; i++)
		e = draft_put(d, records_key(said->v[i]), buf_span(&said->v[i]->value));
	return e;
}

static err_t put_ops(const struct saying *y, struct batch *b)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	chain_put(&o, y->at);
	err_t e = ops_batch(&o, b);
	return e || !y->with->ops ? e : ops_batch(y->with->ops, b);
}

/* say: everybody is stopped. */
static err_t say(void *ctx)
{
	const struct saying *y = ctx;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	if (!b)
		return ERR_NOMEM;
	operation_begin(&o, y->c);
	err_t e = put_said(&o.draft, y->with->said);
	if (!e && y->with->more)
		e = y->with->more(y->with->ctx, y->c, &o.draft);
	if (!e)
		e = put_ops(y, b);
	if (!e)
		e = operation_apply(&o, b);
	operation_end(&o);
	return e;
}

err_t chain_say(struct changeset *c, const struct chain *at, const struct chain_with *with)
{
	struct saying y = { c, at, with };
	err_t e = map_stopped(c->map, say, &y);
	return e ? e : map_sync(c->map);
}
