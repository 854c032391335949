/* SPDX-License-Identifier: MIT */
#include "sync/deliver/past_map.h"

#include "sync/core/state_form.h"
#include "util/cleanup.h"

#include <string.h>

#define STATE_FLOOR "sync.floor."

static void floor_key(struct buf *key, uint64_t stream)
{
	buf_put(key, STATE_FLOOR, strlen(STATE_FLOOR));
	buf_u64be(key, stream);
}

/* below_floor: what a checkpoint brought without a word of its own. */
static err_t below_floor(struct map *m, struct position p, struct past_commit *ret)
{
	cleanup(buf_free) struct buf key = BUF_INIT, v = BUF_INIT;
	floor_key(&key, p.stream);
	err_t e = buf_ok(&key);
	if (!e)
		e = map_get(m, MAP_STATE, buf_span(&key), &v);
	if (e)
		return e;
	struct rd r = RD(buf_span(&v));
	uint64_t n = rd_u64(&r), lamport = rd_u64(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	if (p.n > n)
		return ERR_NOTFOUND;
	if (ret)
		*ret = (struct past_commit){ .lamport = lamport };
	return ERR_OK;
}

static err_t map_find(void *ctx, struct position p, struct past_commit *ret)
{
	struct map *m = ctx;
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = state_get_past(m, p, &v);
	if (e == ERR_NOTFOUND)
		return below_floor(m, p, ret);
	return e || !ret ? e : past_decode(buf_span(&v), ret);
}

struct past past_of_map(struct map *m)
{
	return (struct past){ map_find, m };
}

void past_put(struct ops *o, struct position p, const struct past_commit *c)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	if (past_encode(c, &v))
		o->b.failed = true;
	state_put_past(o, p, buf_span(&v));
}

void past_put_floor(struct ops *o, struct position p, uint64_t lamport)
{
	cleanup(buf_free) struct buf key = BUF_INIT, v = BUF_INIT;
	floor_key(&key, p.stream);
	buf_u64(&v, p.n);
	buf_u64(&v, lamport);
	if (key.failed || v.failed)
		o->b.failed = true;
	ops_put(o, MAP_STATE, buf_span(&key), buf_span(&v));
}

void past_remember(struct ops *o, const struct claim *c, const struct past_basis *b, uint64_t lamport)
{
	struct past_commit p = { .previous = c->previous, .lamport = lamport, .rules = b->rules };
	p.parts = c->parts;
	p.epoch = b->epoch_most;
	p.epoch_bound = b->epoch_most > b->epoch;
	p.whole = c->at.n % PAST_WHOLE_EVERY == 0;
	p.vv = p.whole ? b->vv : *c->entries;
	past_put(o, c->at, &p);
}
