/* SPDX-License-Identifier: MIT
 * The inner store is NULL until it opens, and then stays. Refusals are answered on the timer's thread.
 */
#include "remote/layers/late.h"

#include "remote/requests/store_op.h"
#include "remote/requests/sync_calls.h"
#include "remote/requests/timer.h"
#include "util/cleanup.h"

#include <stddef.h>

struct late {
	struct store base;
	struct late_config c;
	struct timer *timer;
	pthread_mutex_t lock;
	struct store *inner; /* lock */
	bool closing;        /* lock */
	uint64_t up, down;   /* lock */
};
struct late_op {
	struct store_op op;
	struct timer_entry timer;
	err_t refused;
};

/* code_of: how a failure to open is answered. */
static err_t code_of(err_t e)
{
	return e == ERR_TLS || e == ERR_NOMEM ? e : ERR_DENIED;
}

/* opened: *ret stays valid until the store is destroyed. */
static err_t opened(struct late *l, struct store **ret, struct why *why)
{
	guard(&l->lock);
	if (!l->inner && l->closing)
		return ERR_CANCELED; /* as any store that is shut down */
	err_t e = l->inner ? ERR_OK : l->c.open(l->c.ctx, &l->inner, why);
	if (e)
		return code_of(e);
	l->inner->ops->limit(l->inner, l->up, l->down);
	*ret = l->inner;
	return ERR_OK;
}

static void fire(struct timer_entry *e)
{
	struct late_op *op = (struct late_op *)((char *)e - offsetof(struct late_op, timer));
	store_op_answer(&op->op, op->refused, NULL);
}

static void submit(struct store *base, enum store_op_kind kind, const struct store_request *r)
{
	struct late *l = (struct late *)base;
	struct store *inner;
	struct why why = { 0 };
	err_t e = opened(l, &inner, &why);
	if (!e) {
		store_op_submit(inner, kind, r);
		return;
	}
	struct late_op *op = store_op_new(sizeof(*op), kind, r);
	if (!op)
		return;
	op->refused = store_op_say(&op->op, e, "%s", why.text);
	op->timer.fire = fire;
	timer_add(l->timer, &op->timer, 0);
}

static void late_put(struct store *s, const struct store_request *r)
{
	submit(s, STORE_PUT, r);
}

static void late_get(struct store *s, const struct store_request *r)
{
	submit(s, STORE_GET, r);
}

static void late_del(struct store *s, const struct store_request *r)
{
	submit(s, STORE_DEL, r);
}

static err_t late_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct store *inner;
	err_t e = opened((struct late *)s, &inner, NULL);
	return e ? e : inner->ops->list(inner, fn, ctx);
}

static err_t late_check(struct store *s, bool create, struct why *why)
{
	struct store *inner;
	err_t e = opened((struct late *)s, &inner, why);
	return e ? e : inner->ops->check(inner, create, why);
}

static err_t late_look(struct store *s, struct store_place *ret, struct why *why)
{
	struct store *inner;
	err_t e = opened((struct late *)s, &inner, why);
	return e ? e : inner->ops->look(inner, ret, why);
}

static void late_shutdown(struct store *s)
{
	struct late *l = (struct late *)s;
	pthread_mutex_lock(&l->lock);
	l->closing = true;
	struct store *inner = l->inner;
	pthread_mutex_unlock(&l->lock);
	if (inner)
		inner->ops->shutdown(inner);
	timer_rush(l->timer);
}

static void late_destroy(struct store *s)
{
	struct late *l = (struct late *)s;
	timer_free(l->timer);
	if (l->inner)
		l->inner->ops->destroy(l->inner);
	if (l->c.free)
		l->c.free(l->c.ctx);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void late_limit(struct store *s, uint64_t up, uint64_t down)
{
	struct late *l = (struct late *)s;
	guard(&l->lock);
	l->up = up;
	l->down = down;
	if (l->inner)
		l->inner->ops->limit(l->inner, up, down);
}

static void late_whose(struct store *base, char out[STORE_WHOSE_MAX])
{
	struct late *l = (struct late *)base;
	guard(&l->lock);
	snprintf(out, STORE_WHOSE_MAX, "none were found yet");
	if (l->inner)
		store_whose(l->inner, out);
}

static const struct store_ops late_ops = { late_put,      late_get,     late_del,   late_list, late_check,
	                                   late_shutdown, late_destroy, late_limit, late_look, late_whose };

struct store *store_late_new(const struct late_config *c)
{
	struct late *l = calloc(1, sizeof(*l));
	if (!l || timer_new(&l->timer)) {
		free(l);
		if (c->free)
			c->free(c->ctx);
		return NULL;
	}
	l->base.ops = &late_ops;
	l->c = *c;
	pthread_mutex_init(&l->lock, NULL);
	return &l->base;
}
