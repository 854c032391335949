/* SPDX-License-Identifier: MIT
 * Decisions are drawn before a request is passed on, in a fixed order, so that one seed gives one history for each name
 * whatever the threads do.
 */
#include "remote/layers/fault.h"

#include "remote/requests/store_op.h"
#include "remote/requests/sync_calls.h"
#include "remote/requests/timer.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <stddef.h>
#include <string.h>

#define NAMES 1024 /* counters of how often a name was asked for; names that collide share one */

struct fault {
	struct store base;
	struct store *inner;
	struct timer *timer;
	uint64_t seed;
	pthread_mutex_t lock;
	struct fault_plan plan;       /* lock; its name is the caller's, as long as it is set */
	struct fault_counts counts;   /* lock */
	uint32_t asked[NAMES];        /* lock */
	err_t offline;                /* lock */
	unsigned pause;               /* lock */
	bool closing;                 /* lock */
	struct store_op_queue paused; /* lock */
};
struct fault_op {
	struct store_op op;
	struct fault *owner;
	struct timer_entry timer;
	uint64_t random; /* of this request; each decision mixes it anew */
	bool lost, cut, garble, front, alone;
	err_t fail; /* to be answered by the timer instead of being passed on */
};

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static uint64_t draw(struct fault_op *op)
{
	op->random = mix(op->random);
	return op->random;
}

static bool happens(struct fault_op *op, unsigned per_mille, uint64_t *count)
{
	bool yes = draw(op) % 1000 < per_mille;
	*count += yes;
	return yes;
}

static size_t spot(struct fault_op *op, size_t len)
{
	return draw(op) % (op->front ? (len + 1) / 2 : len);
}

static void spoil(struct fault_op *op, struct buf *body)
{
	if (op->cut && body->len)
		body->len = spot(op, body->len);
	if (op->garble && body->len)
		body->p[spot(op, body->len)] ^= (uint8_t)(1 + draw(op) % 255);
}

static void on_done(void *ctx, err_t e, struct buf *body)
{
	struct fault_op *op = ctx;
	if (op->lost && e != ERR_CANCELED)
		e = store_op_say(&op->op, ERR_TIMEOUT, "Injected: the answer was lost.");
	if (!e && op->op.kind == STORE_GET)
		spoil(op, body);
	store_op_answer(&op->op, e, body);
}

static void pass(struct fault_op *op)
{
	struct store_request r = op->op.r;
	r.done = on_done;
	r.ctx = op;
	store_op_submit(op->owner->inner, op->op.kind, &r);
}

static void fire(struct timer_entry *e)
{
	struct fault_op *op = (struct fault_op *)((char *)e - offsetof(struct fault_op, timer));
	pthread_mutex_lock(&op->owner->lock);
	bool closing = op->owner->closing;
	pthread_mutex_unlock(&op->owner->lock);
	if (op->fail && op->op.r.answer)
		op->op.r.answer->alone = op->alone;
	if (op->fail && !closing)
		store_op_answer(&op->op, store_op_say(&op->op, op->fail, "Injected: %s.", err_text(op->fail)), NULL);
	else
		pass(op);
}

static void seed_op(struct fault *f, struct fault_op *op)
{
	uint64_t h = f->seed + op->op.kind;
	for (const char *c = op->op.name; *c; c++)
		h = mix(h ^ (uint64_t)(unsigned char)*c);
	op->random = mix(h ^ f->asked[h % NAMES]++);
}

/* What shall happen to `op`; returns ms to wait before it. Caller holds the lock. */
static unsigned decide(struct fault *f, struct fault_op *op)
{
	const struct fault_plan *p = &f->plan;
	struct fault_counts *n = &f->counts;
	unsigned ms = 0;
	n->requests++;
	seed_op(f, op);
	if (f->offline) {
		op->fail = f->offline;
		return 0;
	}
	if ((p->ops && !(p->ops & (1u << op->op.kind))) || (p->name && strcmp(p->name, op->op.name)))
		return 0;
	if (happens(op, p->error, &n->errors)) {
		op->fail = p->error_code ? p->error_code : ERR_NET;
		op->alone = p->alone;
	} else if (happens(op, p->stall, &n->stalls)) {
		op->fail = ERR_TIMEOUT;
		return p->stall_ms;
	} else if (op->op.kind == STORE_GET && happens(op, p->stale, &n->stales)) {
		op->fail = ERR_NOTFOUND;
	}
	op->lost = !op->fail && happens(op, p->lost, &n->lost);
	op->cut = !op->fail && op->op.kind == STORE_GET && happens(op, p->cut, &n->cuts);
	op->garble = !op->fail && op->op.kind == STORE_GET && happens(op, p->garble, &n->garbles);
	op->front = p->front;
	if (p->delay_ms && happens(op, p->delay, &n->delays))
		ms = (unsigned)(draw(op) % p->delay_ms) + 1;
	return ms;
}

static void submit(struct store *s, enum store_op_kind kind, const struct store_request *r)
{
	struct fault *f = (struct fault *)s;
	struct fault_op *op = store_op_new(sizeof(*op), kind, r);
	if (!op)
		return;
	op->owner = f;
	op->timer.fire = fire;
	pthread_mutex_lock(&f->lock);
	bool paused = !f->closing && (f->pause & (1u << kind));
	unsigned ms = f->closing ? 0 : decide(f, op);
	paused = paused && !op->fail;
	f->counts.paused += paused;
	if (paused)
		store_op_push(&f->paused, &op->op);
	pthread_mutex_unlock(&f->lock);
	if (paused)
		return;
	if (ms || op->fail)
		timer_add(f->timer, &op->timer, clock_mono() + ms * NS_PER_MS);
	else
		pass(op);
}

static void fault_put(struct store *s, const struct store_request *r)
{
	submit(s, STORE_PUT, r);
}

static void fault_get(struct store *s, const struct store_request *r)
{
	submit(s, STORE_GET, r);
}

static void fault_del(struct store *s, const struct store_request *r)
{
	submit(s, STORE_DEL, r);
}

static err_t offline(struct fault *f)
{
	guard(&f->lock);
	return f->offline;
}

static err_t fault_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct fault *f = (struct fault *)s;
	err_t e = offline(f);
	return e ? e : f->inner->ops->list(f->inner, fn, ctx);
}

static err_t fault_check(struct store *s, bool create, struct why *why)
{
	struct fault *f = (struct fault *)s;
	err_t e = offline(f);
	return e ? why_set(why, e, "Injected: %s.", err_text(e)) : f->inner->ops->check(f->inner, create, why);
}

static void release(struct fault *f)
{
	for (;;) {
		pthread_mutex_lock(&f->lock);
		struct store_op *op = store_op_pop(&f->paused, STORE_BULK);
		pthread_mutex_unlock(&f->lock);
		if (!op)
			return;
		pass((struct fault_op *)op);
	}
}

static err_t fault_look(struct store *s, struct store_place *ret, struct why *why)
{
	struct fault *f = (struct fault *)s;
	err_t e = offline(f);
	return e ? why_set(why, e, "Injected: %s.", err_text(e)) : f->inner->ops->look(f->inner, ret, why);
}

static void fault_shutdown(struct store *s)
{
	struct fault *f = (struct fault *)s;
	pthread_mutex_lock(&f->lock);
	f->closing = true;
	pthread_mutex_unlock(&f->lock);
	f->inner->ops->shutdown(f->inner);
	release(f);
	timer_rush(f->timer);
	f->inner->ops->shutdown(f->inner); /* waits for what was just passed on */
}

static void fault_destroy(struct store *s)
{
	struct fault *f = (struct fault *)s;
	timer_free(f->timer);
	f->inner->ops->destroy(f->inner);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static void fault_limit(struct store *s, uint64_t up, uint64_t down)
{
	struct store *inner = ((struct fault *)s)->inner;
	inner->ops->limit(inner, up, down);
}

static void fault_whose(struct store *base, char out[STORE_WHOSE_MAX])
{
	store_whose(((struct fault *)base)->inner, out);
}

static const struct store_ops fault_store_ops = { fault_put,      fault_get,     fault_del,   fault_list, fault_check,
	                                          fault_shutdown, fault_destroy, fault_limit, fault_look, fault_whose };

struct store *fault_new(struct store *inner, uint64_t seed)
{
	struct fault *f = inner ? calloc(1, sizeof(*f)) : NULL;
	if (!f || timer_new(&f->timer)) {
		free(f);
		store_close(inner);
		return NULL;
	}
	f->base.ops = &fault_store_ops;
	f->inner = inner;
	f->seed = seed;
	pthread_mutex_init(&f->lock, NULL);
	return &f->base;
}

void fault_set(struct store *s, const struct fault_plan *plan)
{
	struct fault *f = (struct fault *)s;
	guard(&f->lock);
	f->plan = *plan;
}

void fault_offline(struct store *s, err_t e)
{
	struct fault *f = (struct fault *)s;
	guard(&f->lock);
	f->offline = e;
}

void fault_pause(struct store *s, unsigned ops)
{
	struct fault *f = (struct fault *)s;
	pthread_mutex_lock(&f->lock);
	f->pause = ops;
	pthread_mutex_unlock(&f->lock);
	if (!ops)
		release(f);
}

struct fault_counts fault_counts(struct store *s)
{
	struct fault *f = (struct fault *)s;
	guard(&f->lock);
	return f->counts;
}
