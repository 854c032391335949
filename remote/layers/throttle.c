/* SPDX-License-Identifier: MIT
 * The throttle layer: one token bucket a direction, requests in order of urgency. PUTs and ranges pay in advance, a
 * whole object when it has arrived. Once shut down everything passes, to be cancelled below.
 */
#include "remote/layers/throttle.h"

#include "remote/layers/bucket.h"
#include "remote/requests/store_op.h"
#include "remote/requests/sync_calls.h"
#include "remote/requests/timer.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <stddef.h>

enum way { UP, DOWN };
struct throttle;
struct lane {
	struct timer_entry tick;
	struct throttle *owner;
	struct store_op_queue queue; /* lock */
	struct bucket bucket;        /* lock */
	bool armed;                  /* lock: tick is with the timer */
};
struct throttle {
	struct store base;
	struct store *inner;
	struct timer *timer;
	pthread_mutex_t lock;
	bool closing; /* lock */
	struct lane lane[2];
};
struct throttle_op {
	struct store_op op;
	struct throttle *owner;
};

static void on_done(void *ctx, err_t e, struct buf *body)
{
	struct throttle_op *op = ctx;
	struct throttle *t = op->owner;
	if (!e && op->op.kind == STORE_GET && !op->op.r.length) {
		guard(&t->lock);
		bucket_spend(&t->lane[DOWN].bucket, body->len);
	}
	store_op_answer(&op->op, e, body);
}

static void pass(struct throttle_op *op)
{
	struct store_request r = op->op.r;
	r.done = on_done;
	r.ctx = op;
	store_op_submit(op->owner->inner, op->op.kind, &r);
}

/* The next op of `l` that may go now, else NULL with the tick set. */
static struct throttle_op *next(struct throttle *t, struct lane *l)
{
	guard(&t->lock);
	int64_t now = clock_mono();
	int64_t wait = t->closing ? 0 : bucket_wait(&l->bucket, now);
	if (wait) {
		if (!l->armed && !store_op_empty(&l->queue))
			timer_add(t->timer, &l->tick, now + wait);
		l->armed = l->armed || !store_op_empty(&l->queue);
		return NULL;
	}
	struct store_op *op = store_op_pop(&l->queue, STORE_BULK);
	if (op)
		bucket_spend(&l->bucket, op->kind == STORE_PUT ? op->r.body.len : op->r.length);
	return (struct throttle_op *)op;
}

static void pump(struct throttle *t, struct lane *l)
{
	for (struct throttle_op *op; (op = next(t, l));)
		pass(op);
}

static void on_tick(struct timer_entry *e)
{
	struct lane *l = (struct lane *)((char *)e - offsetof(struct lane, tick));
	pthread_mutex_lock(&l->owner->lock);
	l->armed = false;
	pthread_mutex_unlock(&l->owner->lock);
	pump(l->owner, l);
}

static void submit(struct store *s, enum store_op_kind kind, const struct store_request *r)
{
	struct throttle *t = (struct throttle *)s;
	struct lane *l = &t->lane[kind == STORE_PUT ? UP : DOWN];
	struct throttle_op *op = store_op_new(sizeof(*op), kind, r);
	if (!op)
		return;
	op->owner = t;
	if (kind == STORE_DEL) {
		pass(op);
		return;
	}
	pthread_mutex_lock(&t->lock);
	store_op_push(&l->queue, &op->op);
	pthread_mutex_unlock(&t->lock);
	pump(t, l);
}

static void throttle_put(struct store *s, const struct store_request *r)
{
	submit(s, STORE_PUT, r);
}

static void throttle_get(struct store *s, const struct store_request *r)
{
	submit(s, STORE_GET, r);
}

static void throttle_del(struct store *s, const struct store_request *r)
{
	submit(s, STORE_DEL, r);
}

static err_t throttle_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct store *inner = ((struct throttle *)s)->inner;
	return inner->ops->list(inner, fn, ctx);
}

static err_t throttle_check(struct store *s, bool create, struct why *why)
{
	struct store *inner = ((struct throttle *)s)->inner;
	return inner->ops->check(inner, create, why);
}

static err_t throttle_look(struct store *s, struct store_place *ret, struct why *why)
{
	struct store *inner = ((struct throttle *)s)->inner;
	return inner->ops->look(inner, ret, why);
}

static void throttle_shutdown(struct store *s)
{
	struct throttle *t = (struct throttle *)s;
	pthread_mutex_lock(&t->lock);
	t->closing = true;
	pthread_mutex_unlock(&t->lock);
	t->inner->ops->shutdown(t->inner);
	timer_rush(t->timer);              /* what waited is passed on, to be cancelled below ... */
	t->inner->ops->shutdown(t->inner); /* ... which this waits for */
}

static void throttle_destroy(struct store *s)
{
	struct throttle *t = (struct throttle *)s;
	timer_free(t->timer);
	t->inner->ops->destroy(t->inner);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static void throttle_limit(struct store *s, uint64_t up, uint64_t down)
{
	struct throttle *t = (struct throttle *)s;
	pthread_mutex_lock(&t->lock);
	bucket_rate(&t->lane[UP].bucket, up, clock_mono());
	bucket_rate(&t->lane[DOWN].bucket, down, clock_mono());
	pthread_mutex_unlock(&t->lock);
	t->inner->ops->limit(t->inner, up, down);
	pump(t, &t->lane[UP]);
	pump(t, &t->lane[DOWN]);
}

static void throttle_whose(struct store *base, char out[STORE_WHOSE_MAX])
{
	store_whose(((struct throttle *)base)->inner, out);
}

static const struct store_ops throttle_ops = { throttle_put,   throttle_get,      throttle_del,     throttle_list,
	                                       throttle_check, throttle_shutdown, throttle_destroy, throttle_limit,
	                                       throttle_look,  throttle_whose };

struct store *store_throttle_new(struct store *inner, uint64_t up, uint64_t down)
{
	struct throttle *t = inner ? calloc(1, sizeof(*t)) : NULL;
	if (!t || timer_new(&t->timer)) {
		free(t);
		store_close(inner);
		return NULL;
	}
	t->base.ops = &throttle_ops;
	t->inner = inner;
	pthread_mutex_init(&t->lock, NULL);
	for (int i = UP; i <= DOWN; i++) {
		t->lane[i].tick.fire = on_tick;
		t->lane[i].owner = t;
	}
	throttle_limit(&t->base, up, down);
	return &t->base;
}
